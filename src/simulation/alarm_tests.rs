//! Step policies, their alarms and scheduled actions: small runs worked out by hand.

use super::fixture::{cpu_target, demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::{RateSpec, Step as RateAt};
use crate::ids::{AlarmId, ScalableTargetId, ServiceId};
use crate::observe::alarms::AlarmSummary;
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};
use crate::policy::metric_math::Expression;
use crate::policy::scheduled_scaling::BoundsUpdate;
use crate::policy::step_scaling::{
    Adjustment, AdjustmentType, MetricAggregation, Step, StepPolicy,
};
use crate::scenario::plan::{
    AlarmMetric, AlarmPlan, ScalableTargetPlan, ScheduledScalingPlan, StepPolicyPlan,
    TimelineAction, TimelineEntry, WatchedMetric,
};

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

fn play(plan: &Plan) -> RunOutcome {
    Simulation::new(plan, 0)
        .audited()
        .run(&RunLimits::default())
}

/// CPU above 60 %, so many of so many minutes.
fn alarm(name: &str, (m, n): (u32, u32)) -> AlarmPlan {
    AlarmPlan {
        name: name.into(),
        service: ServiceId(0),
        metric: WatchedMetric::of(AlarmMetric::CpuUtilization, 1.0),
        period_units: 1,
        rule: AlarmRule {
            comparison: Comparison::GreaterThan,
            threshold: 60.0,
            evaluation_periods: n,
            datapoints_to_alarm: m,
            treat_missing_data: TreatMissingData::Missing,
        },
        clock: crate::demand::period::MetricClock::of_minutes(s(150)),
        fails_deployments_of: Vec::new(),
    }
}

/// One task more up to 15 beyond the threshold, three from there on.
fn steps(cooldown: u64) -> StepPolicyPlan {
    let step = |lower, upper, adjustment| Step {
        lower: Some(lower),
        upper,
        adjustment,
    };
    StepPolicyPlan {
        name: "out".into(),
        policy: StepPolicy {
            adjustment: Adjustment {
                kind: AdjustmentType::ChangeInCapacity,
                min_magnitude: 0,
            },
            aggregation: MetricAggregation::Average,
            cooldown: s(cooldown),
            steps: vec![step(0.0, Some(15.0), 1), step(15.0, None, 3)],
        },
        alarms: vec![AlarmId(0)],
    }
}

/// Two tasks at 30 %, and at 90 % from an hour on, under one step policy.
fn stepped((m, n): (u32, u32), cooldown: u64) -> Plan {
    let mut plan = plan();
    plan.services[0].desired_count = 2;
    // 30 ms of CPU each: 20 a second are 0.6 vCPU of 2, 60 a second 1.8.
    plan.services[0].demand = Some(demand(RateSpec::Sum(vec![
        RateSpec::Constant(20.0),
        RateSpec::Step(RateAt {
            at: at(3600),
            to: 40.0,
            from: 0.0,
        }),
    ])));
    plan.scalable_targets = vec![ScalableTargetPlan {
        policies: vec![],
        step_policies: vec![steps(cooldown)],
        ..cpu_target(1, 20)
    }];
    plan.alarms = vec![alarm("busy", (m, n))];
    plan.run.duration = s(2 * 3600);
    plan
}

/// When tasks were wanted after the start.
fn wanted(outcome: &RunOutcome) -> Vec<SimTime> {
    let tasks = outcome.observed.tasks.iter();
    let created = tasks.map(|task| task.times.created);
    created.filter(|created| at(1) < *created).collect()
}

/// SVC-E10 (as-using-sqs-queue), a backlog per instance, for an alarm: metric math is over the data points of each minute.
/// CPU units used over tasks is CPU percent over 100 of tasks of 1,024 units, so an alarm on it
/// changes its state when that on CPUUtilization does, and a step policy acts on it alike.
#[test]
fn an_alarm_on_metric_math_goes_off_with_what_it_is_made_of() {
    let plain = stepped((2, 3), 300);
    let mut math = plain.clone();
    let ids = ["used", "tasks"];
    math.alarms[0].metric = WatchedMetric {
        name: "units per task".into(),
        expression: Expression::parse("100 * used / (1024 * tasks)", &ids).unwrap(),
        is_published: false,
        metrics: vec![
            (AlarmMetric::CpuUtilized, 1.0),
            (AlarmMetric::RunningTaskCount, 1.0),
        ],
    };
    let (plain, math) = (play(&plain), play(&math));
    assert_eq!(wanted(&plain), wanted(&math));
    assert!(!wanted(&math).is_empty());
    let alarm = &math.observed.summary.alarms[0];
    assert_eq!(alarm.metric, "units per task");
    assert_eq!(alarm.alarms, plain.observed.summary.alarms[0].alarms);
}

#[test]
fn a_step_policy_acts_on_the_first_data_point_that_sets_its_alarm_off() {
    let outcome = play(&stepped((1, 1), 300));
    // Minute 60 is the first at 90 %; its data point is there 150 s after its end: 61 × 60 + 150.
    // 30 beyond the threshold is the second step. Two and three tasks are at 36 %; until 4110 the
    // cooldown lets nothing more be added.
    assert_eq!(wanted(&outcome), vec![at(3810); 3]);
    // They run 25 s later: minute 63 has 108 vCPU-seconds of 2 × 60 + 3 × 5 = 135 (80 %), minute 64 of
    // 300 (36 %). That is there at 65 × 60 + 150 = 4050.
    let busy = &outcome.observed.summary.alarms[0];
    let expected = AlarmSummary {
        name: "busy".into(),
        service: "api".into(),
        metric: "CPUUtilization".into(),
        state: "OK".into(),
        state_changes: 2,
        alarms: 1,
        in_alarm_s: 240.0,
        insufficient_data_s: 0.0,
    };
    assert_eq!(*busy, expected);
}

#[test]
fn an_alarm_that_stays_in_alarm_asks_again_when_the_cooldown_is_over() {
    // The cooldown of 120 s ends at 3930, when minute 62 (still at 90 %) arrives: three more.
    let outcome = play(&stepped((1, 1), 120));
    assert_eq!(
        wanted(&outcome),
        [vec![at(3810); 3], vec![at(3930); 3]].concat()
    );
    // Without any cooldown each minute in ALARM asks for three: 60, 61, 62 and, at 80 %, 63.
    let outcome = play(&stepped((1, 1), 0));
    assert_eq!(wanted(&outcome).len(), 12);
}

#[test]
fn an_alarm_waits_for_m_of_n_data_points() {
    // Minutes 60 and 61 make two of three; the second is there at 62 × 60 + 150 = 3870.
    let outcome = play(&stepped((2, 3), 300));
    assert_eq!(wanted(&outcome), vec![at(3870); 3]);
}

#[test]
fn an_alarm_over_five_minutes_sees_their_mean_as_the_window_slides() {
    let mut plan = stepped((1, 1), 300);
    plan.alarms[0].period_units = 5;
    // Of five minutes at 30 or 90 % two high ones make 54 %, three 66 %: minute 62, at 3930. That is
    // 6 beyond the threshold: one task.
    let outcome = play(&plan);
    assert_eq!(wanted(&outcome)[0], at(3930));
    let at_once = wanted(&outcome);
    assert_eq!(at_once.iter().filter(|it| **it == at(3930)).count(), 1);
}

#[test]
fn a_settled_service_with_alarms_has_no_events() {
    let events = |days: u64| {
        let mut plan = stepped((1, 1), 300);
        plan.run.duration = s(days * 86_400);
        play(&plan).events
    };
    assert_eq!(events(1), events(20));
}

#[test]
fn an_alarm_that_triggers_nothing_changes_nothing() {
    let mut plan = stepped((1, 1), 300);
    plan.scalable_targets = vec![cpu_target(1, 20)];
    let with = play(&plan);
    plan.alarms.clear();
    let without = play(&plan);
    let of = |outcome: &RunOutcome| format!("{:?}", outcome.observed.tasks);
    assert_eq!(of(&with), of(&without));
    assert_eq!(with.observed.summary.alarms[0].alarms, 1);
}

#[test]
fn without_tasks_an_alarm_has_too_little_data() {
    let mut plan = stepped((1, 1), 300);
    plan.run.begin = crate::scenario::plan::Begin::Empty;
    let outcome = play(&plan);
    let busy = &outcome.observed.summary.alarms[0];
    // RUNNING after 25 s: minute 0 has data, which is there at 60 + 150 s.
    assert_eq!(busy.insufficient_data_s, 210.0);
    assert_eq!((busy.state_changes, busy.alarms), (3, 1));
}

/// Scheduled actions of the one target, each at its second.
fn scheduled(actions: &[(u64, Option<u32>, Option<u32>)], is_suspended: bool) -> Vec<(u64, u32)> {
    let mut plan = plan();
    plan.services[0].desired_count = 3;
    plan.services[0].demand = Some(demand(RateSpec::Constant(60.0)));
    let action =
        |(index, (_, min, max)): (usize, &(u64, Option<u32>, Option<u32>))| ScheduledScalingPlan {
            name: format!("a{index}"),
            update: BoundsUpdate {
                min: *min,
                max: *max,
            },
        };
    plan.scalable_targets = vec![ScalableTargetPlan {
        policies: vec![],
        scheduled: actions.iter().enumerate().map(action).collect(),
        scheduled_suspended: is_suspended,
        ..cpu_target(1, 10)
    }];
    let entry =
        |(action, (seconds, ..)): (usize, &(u64, Option<u32>, Option<u32>))| TimelineEntry {
            at: at(*seconds),
            action: TimelineAction::ScaleOnSchedule {
                target: ScalableTargetId(0),
                action,
            },
        };
    plan.timeline = actions.iter().enumerate().map(entry).collect();
    plan.run.duration = s(3 * 3600);
    let outcome = Simulation::new(&plan, 0)
        .audited()
        .following(Trail::of(None))
        .run(&RunLimits::default());
    let trail = outcome.observed.trail.unwrap();
    let changes = trail
        .scheduled
        .iter()
        .filter(|it| it.counts[0] != it.counts[1]);
    changes
        .map(|it| (it.at.as_micros() / 1_000_000, it.counts[1]))
        .collect()
}

/// AAS, scheduled scaling: below the new minimum it is raised, above the new maximum lowered, and nothing
/// is restored.
#[test]
fn scheduled_actions_move_the_bounds_and_the_count_with_them() {
    let day = [
        (3_600, Some(6), None),
        (7_200, Some(1), Some(4)),
        (9_000, None, Some(20)),
    ];
    assert_eq!(scheduled(&day, false), [(3_600, 6), (7_200, 4)]);
    assert_eq!(scheduled(&day, true), []);
    // Six at least of four at most: AWS refuses it.
    let wrong = [(3_600, None, Some(4)), (7_200, Some(6), None)];
    assert_eq!(scheduled(&wrong, false), []);
}

#[test]
fn policies_keep_to_the_bounds_of_scheduled_actions() {
    let mut plan = stepped((1, 1), 300);
    plan.scalable_targets[0].scheduled = vec![ScheduledScalingPlan {
        name: "cap".into(),
        update: BoundsUpdate {
            min: None,
            max: Some(3),
        },
    }];
    plan.timeline = vec![TimelineEntry {
        at: at(1_800),
        action: TimelineAction::ScaleOnSchedule {
            target: ScalableTargetId(0),
            action: 0,
        },
    }];
    // The step asks for three more than two; MaxCapacity is 3 by then.
    assert_eq!(wanted(&play(&plan)), vec![at(3810)]);
}
