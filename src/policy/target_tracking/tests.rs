//! Tests of the decision: AWS's worked examples, cooldowns, limits, several policies.

use super::*;
use TrackingSignal::{High, Low, Quiet};
use proptest::prelude::*;

const NOW: SimTime = SimTime::from_secs(10_000);

/// What target tracking policies alone decide.
fn decide(target: &ScalableTarget, tracking: &[Reading], now: SimTime) -> ScalingDecision {
    let steps = &[];
    super::decide(target, Signals { tracking, steps }, now)
}

fn at(desired: u32) -> ScalableTarget {
    ScalableTarget {
        desired,
        current: desired,
        min: 2,
        max: 100,
        cooldown: Cooldown::None,
        is_deploying: false,
        scale_out_suspended: false,
        scale_in_suspended: false,
    }
}

fn reading(signal: TrackingSignal, metric: f64, target: f64) -> Reading {
    Reading {
        policy: TrackingPolicy::new(target),
        signal,
        metric,
    }
}

fn after(seconds: u64) -> SimTime {
    NOW + SimDuration::from_secs(seconds)
}

#[test]
fn capacity_is_proportional_and_rounded_conservatively() {
    let table = [
        (10, 150.0, 100.0, 15, "SVC-E10, as-using-sqs-queue"),
        (
            10,
            115.0,
            100.0,
            12,
            "SVC-E11, as-scaling-target-tracking: 1.5 more are 2",
        ),
        (
            10,
            85.0,
            100.0,
            9,
            "SVC-E11, as-scaling-target-tracking: 1.5 fewer are 1",
        ),
        (3, 70.0, 70.0, 3, "at the target"),
        (49, 0.1 * 3.0, 0.3, 49, "whole but for the last bit"),
        (7, 0.0, 60.0, 0, "nothing to do"),
    ];
    for (current, metric, target, expected, source) in table {
        assert_eq!(
            proportional_capacity(current, metric, target),
            expected,
            "{source}"
        );
    }
}

#[test]
fn any_ready_policy_scales_out_and_the_largest_capacity_wins() {
    // application-auto-scaling-target-tracking, PutScalingPolicy.
    let readings = [reading(High, 1_100.0, 1_000.0), reading(High, 90.0, 60.0)];
    let decision = decide(&at(10), &readings, NOW);
    assert_eq!(decision.desired, 15);
    let proposal = Proposal {
        by: Proposer::Tracking(1),
        metric: 90.0,
        from: 10,
        wanted: 15,
    };
    assert_eq!(decision.reason, ScalingReason::ScaledOut(proposal));
    let mixed = [reading(Low, 100.0, 1_000.0), reading(High, 90.0, 60.0)];
    assert_eq!(decide(&at(10), &mixed, NOW).desired, 15);
}

#[test]
fn scale_in_waits_until_all_enabled_policies_are_ready() {
    // application-auto-scaling-target-tracking.
    let ready = reading(Low, 30.0, 60.0);
    let not_ready = reading(Quiet, 58.0, 60.0);
    let decision = decide(&at(10), &[ready, not_ready], NOW);
    assert_eq!(decision.reason, ScalingReason::NotAllReady { policy: 1 });
    let mut disabled = not_ready;
    disabled.policy.disable_scale_in = true;
    assert_eq!(decide(&at(10), &[ready, disabled], NOW).desired, 5);
    let both = [ready, reading(Low, 42.0, 60.0)];
    assert_eq!(decide(&at(10), &both, NOW).desired, 7);
}

#[test]
fn limits_hold_and_a_service_outside_them_is_brought_back_by_the_right_alarm_only() {
    // service-auto-scaling, reference 8.1: min 2, max 100.
    let table = [
        (90, High, 120.0, 100, "clamped to the maximum"),
        (3, Low, 1.0, 2, "clamped to the minimum"),
        (1, High, 90.0, 3, "below: raised to 2, then 2 x 1.5"),
        (1, Low, 30.0, 1, "below: a scale-in alarm does nothing"),
        (120, Low, 30.0, 50, "above: lowered to 100, then half"),
        (
            120,
            High,
            90.0,
            120,
            "above: a scale-out alarm does nothing",
        ),
        (100, High, 90.0, 100, "at the maximum"),
        (2, Low, 30.0, 2, "at the minimum"),
    ];
    for (desired, signal, metric, expected, source) in table {
        let decision = decide(&at(desired), &[reading(signal, metric, 60.0)], NOW);
        assert_eq!(decision.desired, expected, "{source}: {decision:?}");
    }
}

#[test]
fn within_the_scale_out_cooldown_only_what_goes_beyond_the_added_counts() {
    // target-tracking-scaling-policy-overview; SVC-E9's arithmetic (Application Auto Scaling user
    // guide, step-scaling): +2 done, now +3: one more.
    let first = decide(&at(10), &[reading(High, 72.0, 60.0)], NOW);
    assert_eq!(first.desired, 12);
    let mut target = at(12);
    target.cooldown = first.cooldown;
    let same = decide(&target, &[reading(High, 72.0, 60.0)], after(60));
    assert_eq!(same.desired, 12);
    assert!(matches!(
        same.reason,
        ScalingReason::ScaleOutCooldown { .. }
    ));
    let larger = decide(&target, &[reading(High, 78.0, 60.0)], after(60));
    assert_eq!(larger.desired, 13);
    let restarted = Cooldown::ScaleOut {
        from: 10,
        until: after(360),
    };
    assert_eq!(larger.cooldown, restarted);
    let over = decide(&target, &[reading(High, 72.0, 60.0)], after(300));
    assert_eq!(over.desired, 15, "from 12: 14.4");
}

#[test]
fn a_scale_in_cooldown_blocks_scale_in_and_is_ended_by_a_scale_out() {
    // target-tracking-scaling-policy-overview.
    let low = [reading(Low, 30.0, 60.0)];
    let first = decide(&at(40), &low, NOW);
    assert_eq!(
        (first.desired, first.cooldown),
        (20, Cooldown::ScaleIn { until: after(300) })
    );
    let mut target = at(20);
    target.cooldown = first.cooldown;
    let blocked = decide(&target, &low, after(299));
    assert_eq!(
        blocked.reason,
        ScalingReason::ScaleInCooldown { until: after(300) }
    );
    assert_eq!(decide(&target, &low, after(300)).desired, 10);
    let out = decide(&target, &[reading(High, 90.0, 60.0)], after(1));
    assert_eq!(out.desired, 30);
    assert!(matches!(out.cooldown, Cooldown::ScaleOut { from: 20, .. }));
}

#[test]
fn deployments_and_suspension_stop_their_direction_only() {
    // service-autoscaling-targettracking, SuspendedState.
    let (low, high) = ([reading(Low, 30.0, 60.0)], [reading(High, 90.0, 60.0)]);
    let mut deploying = at(10);
    deploying.is_deploying = true;
    assert_eq!(
        decide(&deploying, &low, NOW).reason,
        ScalingReason::Deploying
    );
    assert_eq!(decide(&deploying, &high, NOW).desired, 15);
    let mut suspended = at(10);
    suspended.scale_out_suspended = true;
    assert_eq!(
        decide(&suspended, &high, NOW).reason,
        ScalingReason::Suspended
    );
    assert_eq!(decide(&suspended, &low, NOW).desired, 5);
    suspended.scale_in_suspended = true;
    assert_eq!(
        decide(&suspended, &low, NOW).reason,
        ScalingReason::Suspended
    );
}

proptest! {
    #[test]
    fn a_decision_moves_with_its_alarm_and_never_leaves_the_limits_further(
        desired in 0_u32..130,
        metric in 0.0_f64..300.0,
        cooldown_from in 0_u32..130,
        in_cooldown: bool,
    ) {
        let mut target = at(desired);
        if in_cooldown {
            target.cooldown = Cooldown::ScaleOut { from: cooldown_from, until: after(9) };
        }
        let out = decide(&target, &[reading(High, metric, 60.0)], NOW).desired;
        prop_assert!(desired <= out && (out <= target.max || out == desired));
        let down = decide(&target, &[reading(Low, metric, 60.0)], NOW).desired;
        prop_assert!(down <= desired && (target.min <= down || down == desired));
    }

    #[test]
    fn what_is_enough_stays_whatever_the_alarms_say(
        desired in 2_u32..12,
        (near, further) in (-1.5_f64..0.5, -0.5_f64..1.5),
        (min, max) in (0_u32..12, 0_u32..20),
        (from, until, cooldown) in (0_u32..30, 0_u64..20_000, 0..3),
        (is_deploying, scale_out_suspended, scale_in_suspended) in any::<(bool, bool, bool)>(),
    ) {
        let until = SimTime::from_secs(until);
        let target = ScalableTarget {
            min,
            max,
            cooldown: match cooldown {
                0 => Cooldown::None,
                1 => Cooldown::ScaleOut { from, until },
                _ => Cooldown::ScaleIn { until },
            },
            is_deploying,
            scale_out_suspended,
            scale_in_suspended,
            ..at(desired)
        };
        // From about one task less than there is to one more, and just enough.
        let metric = |tasks: f64| 60.0 * (1.0 + tasks / f64::from(desired));
        let metrics = [metric(near), metric(further), 60.0];
        let are_enough = metrics.map(|metric| target.is_enough(metric, 60.0));
        let free = ScalableTarget { min: 0, max: 99, ..at(desired) };
        let is_same = proportional_capacity(desired, metrics[0], 60.0) == desired;
        prop_assert_eq!(free.is_enough(metrics[0], 60.0), is_same);
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            if !target.stays_if_enough() || !are_enough[a] || !are_enough[b] {
                continue;
            }
            for signals in [(High, Low), (Low, High), (High, High), (Low, Low), (Quiet, High)] {
                let read = |signal, at: usize| reading(signal, metrics[at], 60.0);
                let (first, second) = (read(signals.0, a), read(signals.1, b));
                prop_assert_eq!(decide(&target, &[first, second], NOW).desired, desired);
                prop_assert_eq!(decide(&target, &[first], NOW).desired, desired);
            }
        }
    }

    #[test]
    fn without_a_change_the_cooldown_stays(desired in 0_u32..130, metric in 0.0_f64..300.0) {
        let target = at(desired);
        for signal in [High, Low, Quiet] {
            let decision = decide(&target, &[reading(signal, metric, 60.0)], NOW);
            prop_assert_eq!(decision.desired == desired, decision.cooldown == Cooldown::None);
        }
    }
}

use crate::policy::step_scaling::{Adjustment, AdjustmentType, Step};

/// A step policy that is triggered, by this much.
fn step(kind: AdjustmentType, adjustment: i32) -> StepReading {
    StepReading {
        policy: 0,
        alarm: AlarmId(7),
        metric: 75.0,
        step: Step {
            lower: Some(0.0),
            upper: None,
            adjustment,
        },
        adjustment: Adjustment {
            kind,
            min_magnitude: 0,
        },
        cooldown: SimDuration::from_secs(60),
    }
}

fn change(adjustment: i32) -> StepReading {
    step(AdjustmentType::ChangeInCapacity, adjustment)
}

fn with_steps(
    target: &ScalableTarget,
    tracking: &[Reading],
    steps: &[StepReading],
    now: SimTime,
) -> ScalingDecision {
    super::decide(target, Signals { tracking, steps }, now)
}

/// SVC-E9 (AAS, step-scaling): two were added and the cooldown runs; a step of three adds one.
#[test]
fn svc_e9_a_larger_step_in_the_cooldown_adds_the_difference() {
    let first = with_steps(&at(10), &[], &[change(2)], NOW);
    assert_eq!(first.desired, 12);
    let target = ScalableTarget {
        cooldown: first.cooldown,
        ..at(12)
    };
    let same = with_steps(&target, &[], &[change(2)], after(59));
    assert_eq!(same.desired, 12);
    assert!(matches!(
        same.reason,
        ScalingReason::ScaleOutCooldown { .. }
    ));
    assert_eq!(
        with_steps(&target, &[], &[change(3)], after(59)).desired,
        13
    );
    // Once it is over the alarm, which still is in ALARM, asks for as many again.
    assert_eq!(
        with_steps(&target, &[], &[change(2)], after(60)).desired,
        14
    );
}

/// SVC-E7 (AAS, step-scaling): 10 tasks at 60 with a threshold of 50 become 11, at 70 then 14.
#[test]
fn svc_e7_steps_in_per_cent_follow_each_other() {
    let percent = |adjustment| step(AdjustmentType::PercentChangeInCapacity, adjustment);
    let first = with_steps(&at(10), &[], &[percent(10)], NOW);
    assert_eq!(first.desired, 11);
    assert_eq!(
        with_steps(&at(11), &[], &[percent(30)], after(300)).desired,
        14
    );
}

/// API PutScalingPolicy: of several policies the largest capacity wins, out and in.
#[test]
fn the_largest_capacity_wins_over_all_kinds_of_policies() {
    let high = [reading(High, 90.0, 60.0)];
    let smaller = with_steps(&at(10), &high, &[change(3)], NOW);
    assert_eq!(smaller.desired, 15);
    let larger = with_steps(&at(10), &high, &[change(7)], NOW);
    assert_eq!(larger.desired, 17);
    let by = Proposer::Step(0, AlarmId(7));
    assert!(matches!(larger.reason, ScalingReason::ScaledOut(it) if it.by == by));
    let low = [reading(Low, 30.0, 60.0)];
    assert_eq!(with_steps(&at(10), &low, &[change(-2)], NOW).desired, 8);
    // One that scales out outdoes any that would scale in.
    assert_eq!(with_steps(&at(10), &high, &[change(-2)], NOW).desired, 15);
    assert_eq!(with_steps(&at(10), &low, &[change(2)], NOW).desired, 12);
}

/// AAS: a step policy's scale-in is not held up by a target tracking policy that is not ready.
#[test]
fn a_step_policy_scales_in_past_target_tracking_that_is_not_ready() {
    let quiet = [reading(Quiet, 55.0, 60.0)];
    assert_eq!(with_steps(&at(10), &quiet, &[change(-2)], NOW).desired, 8);
    let [ready, not_ready] = [reading(Low, 30.0, 60.0), quiet[0]];
    let both = with_steps(&at(10), &[ready, not_ready], &[change(-2)], NOW);
    assert_eq!(both.desired, 8);
}

/// ECS developer guide, service-auto-scaling: below the minimum first to it, then by the policy;
/// above the maximum a scale-out does nothing.
#[test]
fn steps_count_from_the_bounds() {
    assert_eq!(with_steps(&at(1), &[], &[change(3)], NOW).desired, 5);
    assert_eq!(with_steps(&at(1), &[], &[change(-1)], NOW).desired, 1);
    assert_eq!(with_steps(&at(120), &[], &[change(3)], NOW).desired, 120);
    assert_eq!(with_steps(&at(120), &[], &[change(-3)], NOW).desired, 97);
    let exact = step(AdjustmentType::ExactCapacity, 500);
    assert_eq!(with_steps(&at(10), &[], &[exact], NOW).desired, 100);
    let nothing = with_steps(&at(10), &[], &[change(0)], NOW);
    assert!(matches!(nothing.reason, ScalingReason::Enough(_)));
}

/// ECS developer guide, deployment-type-bluegreen: while CodeDeploy deploys, the running tasks of both
/// task sets are the current capacity: of 10 desired, 20 that run become 24 at 1.2 times the target.
#[test]
fn with_code_deploy_a_scale_out_is_counted_from_what_runs() {
    let target = ScalableTarget {
        current: 20,
        ..at(10)
    };
    let high = [reading(TrackingSignal::High, 72.0, 60.0)];
    assert_eq!(decide(&target, &high, NOW).desired, 24);
    let quiet = [reading(TrackingSignal::Quiet, 50.0, 60.0)];
    assert_eq!(decide(&target, &quiet, NOW).desired, 10);
}
