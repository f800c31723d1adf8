//! Metrics of 20 s: small runs worked out by hand.

use super::fixture::{cpu_target, demand, plan, s};
use super::outcome::{RunLimits, RunOutcome};
use super::*;
use crate::demand::generator::{RateSpec, Step as RateAt};
use crate::demand::period::{ALARM_PART, FINE_PERIOD, MetricClock};
use crate::ids::{AlarmId, ServiceId};
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};
use crate::policy::step_scaling::{
    Adjustment, AdjustmentType, MetricAggregation, Step, StepPolicy,
};
use crate::scenario::plan::{
    AlarmMetric, AlarmPlan, FineMetrics, StepPolicyPlan, TrackedMetric, WatchedMetric,
};

fn at(seconds: u64) -> SimTime {
    SimTime::from_secs(seconds)
}

const FINE: MetricClock = MetricClock {
    period: FINE_PERIOD,
    delay: SimDuration::from_secs(16),
};

fn play(plan: &Plan) -> RunOutcome {
    Simulation::new(plan, 0)
        .audited()
        .run(&RunLimits::default())
}

/// Two tasks at 30 %, and at 90 % from an hour on.
fn crowded() -> Plan {
    let mut plan = plan();
    plan.services[0].desired_count = 2;
    plan.services[0].fine_metrics = FineMetrics {
        cpu: true,
        memory: true,
    };
    plan.services[0].demand = Some(demand(RateSpec::Sum(vec![
        RateSpec::Constant(20.0),
        RateSpec::Step(RateAt {
            at: at(3600),
            to: 40.0,
            from: 0.0,
        }),
    ])));
    plan.scalable_targets = vec![cpu_target(2, 20)];
    plan.run.duration = s(2 * 3600);
    plan
}

/// When tasks were wanted after the start.
fn wanted(plan: &Plan) -> Vec<SimTime> {
    let outcome = play(plan);
    let tasks = outcome.observed.tasks.iter();
    let created = tasks.map(|task| task.times.created);
    created.filter(|created| at(1) < *created).collect()
}

#[test]
fn target_tracking_acts_on_three_data_points_of_20_s() {
    let mut plan = crowded();
    plan.scalable_targets[0].policies[0].clock = FINE;
    plan.scalable_targets[0].clock = FINE;
    // 3600 to 3660 are three above the target, and the last is there 16 s later; with minutes it is
    // at 3930. 90 % of 50 %: 2 tasks become 4.
    assert_eq!(wanted(&plan)[..2], [at(3676); 2]);
}

#[test]
fn a_policy_on_minutes_keeps_its_pace_beside_one_of_20_s() {
    let mut plan = crowded();
    let target = &mut plan.scalable_targets[0];
    let mut fine = target.policies[0].clone();
    fine.name = "memory".into();
    fine.metric = TrackedMetric::Memory;
    fine.clock = FINE;
    // Of 2 GiB the tasks use far less, but by so much that nothing is scaled in.
    fine.target = 12.0;
    target.policies.push(fine);
    target.clock = FINE;
    // Its third minute is there at 3930, and is looked at with the next data point of 20 s.
    assert_eq!(wanted(&plan)[0], at(3936));
}

/// An alarm on CPU above 60 % in one period, which adds a task.
fn stepped(clock: MetricClock, period_units: u32) -> Plan {
    let mut plan = crowded();
    plan.alarms = vec![AlarmPlan {
        name: "busy".into(),
        service: ServiceId(0),
        metric: WatchedMetric::of(AlarmMetric::CpuUtilization, 1.0),
        period_units,
        rule: AlarmRule {
            comparison: Comparison::GreaterThan,
            threshold: 60.0,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            treat_missing_data: TreatMissingData::Missing,
        },
        clock,
        fails_deployments_of: Vec::new(),
    }];
    let target = &mut plan.scalable_targets[0];
    target.policies.clear();
    target.clock = plan.alarms[0].asked_at();
    target.step_policies = vec![StepPolicyPlan {
        name: "out".into(),
        policy: StepPolicy {
            adjustment: Adjustment {
                kind: AdjustmentType::ChangeInCapacity,
                min_magnitude: 0,
            },
            aggregation: MetricAggregation::Average,
            cooldown: s(3600),
            steps: vec![Step {
                lower: Some(0.0),
                upper: None,
                adjustment: 1,
            }],
        },
        alarms: vec![AlarmId(0)],
    }];
    plan
}

#[test]
fn an_alarm_of_10_20_or_30_s_sees_the_data_points_that_lie_in_its_period() {
    let parts = MetricClock {
        period: ALARM_PART,
        ..FINE
    };
    // The data point of 3600 to 3620 is there at 3636. It lies in 3600 to 3610: 20 and 30 s that end
    // with 3620 have it, and no other of the new load.
    assert_eq!(wanted(&stepped(parts, 2)), [at(3636)]);
    assert_eq!(wanted(&stepped(parts, 3)), [at(3636)]);
    // The 10 s that end with 3620 have none, the 10 s before have it: it is the newest there is.
    assert_eq!(wanted(&stepped(parts, 1)), [at(3636)]);
    // A minute that ends with 3660 has three; it is there 150 s after its end.
    let minutes = MetricClock::of_minutes(s(150));
    assert_eq!(wanted(&stepped(minutes, 1)), [at(3810)]);
}

#[test]
fn a_service_at_rest_is_not_looked_at_every_20_s() {
    let events = |hours: u64| {
        let mut plan = crowded();
        plan.scalable_targets[0].policies[0].clock = FINE;
        plan.scalable_targets[0].clock = FINE;
        plan.services[0].demand = Some(demand(RateSpec::Constant(30.0)));
        plan.run.duration = s(hours * 3600);
        play(&plan).events
    };
    let day = events(24);
    assert_eq!(events(48), day);
    // Until then it was: 16 data points, a quarter of an hour at the most.
    assert!(day < 100, "{day}");
}

#[test]
fn a_metric_that_nobody_looks_at_costs_no_event() {
    let plain = {
        let mut plan = crowded();
        plan.services[0].fine_metrics = FineMetrics::default();
        play(&plan).events
    };
    assert_eq!(play(&crowded()).events, plain);
}
