//! Alarms on what ECS and target groups count beside a load, worked out by hand.

use super::fixture::{demand, plan, s};
use super::outcome::RunLimits;
use super::*;
use crate::demand::generator::RateSpec;
use crate::demand::period::MetricClock;
use crate::ids::ServiceId;
use crate::observe::alarms::AlarmSummary;
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};
use crate::scenario::plan::{
    AlarmMetric, AlarmPlan, ServiceUpdate, TimelineAction, TimelineEntry, UnhealthyPlan,
    WatchedMetric,
};

/// Two tasks under a steady load for two hours, and an alarm on more than so many; its data points
/// are there 150 s after their minute.
fn watched(metric: AlarmMetric, threshold: f64) -> Plan {
    let mut plan = plan();
    plan.run.duration = s(2 * 3600);
    plan.services[0].desired_count = 2;
    plan.services[0].demand = Some(demand(RateSpec::Constant(5.0)));
    plan.alarms = vec![AlarmPlan {
        name: "many".into(),
        service: ServiceId(0),
        metric: WatchedMetric::of(metric, 1.0),
        period_units: 1,
        rule: AlarmRule {
            comparison: Comparison::GreaterThan,
            threshold,
            evaluation_periods: 1,
            datapoints_to_alarm: 1,
            treat_missing_data: TreatMissingData::Missing,
        },
        clock: MetricClock::of_minutes(s(150)),
        fails_deployments_of: Vec::new(),
    }];
    plan
}

fn update(at_s: u64, desired: Option<u32>) -> TimelineEntry {
    TimelineEntry {
        at: SimTime::from_secs(at_s),
        action: TimelineAction::UpdateService(ServiceUpdate {
            service: ServiceId(0),
            desired_count: desired,
            strategy: None,
            task_definition: None,
            force_new_deployment: desired.is_none(),
            deployment: Default::default(),
        }),
    }
}

fn alarm(plan: &Plan) -> AlarmSummary {
    let simulation = Simulation::new(plan, 0).audited();
    let outcome = simulation.run(&RunLimits::default());
    outcome.observed.summary.alarms[0].clone()
}

#[test]
fn the_desired_count_of_a_minute_is_its_mean() {
    let mut plan = watched(AlarmMetric::DesiredTaskCount, 2.0);
    plan.timeline = vec![update(3630, Some(5)), update(5430, Some(2))];
    let many = alarm(&plan);
    // Minutes 60 to 90 are over 2 (3.5, then 5, then 3.5), seen at 61 × 60 + 150 = 3810 and, of
    // minute 91, at 5670.
    assert_eq!((many.state_changes, many.alarms), (2, 1), "{many:?}");
    assert_eq!(many.in_alarm_s, 1860.0);
    // 3.5 is not more than 3.5.
    plan.alarms[0].rule.threshold = 3.5;
    assert_eq!(alarm(&plan).in_alarm_s, 1740.0);
}

/// A service that nobody asks has metrics all the same: AWS publishes them of every service.
#[test]
fn a_service_that_nobody_asks_is_watched_too() {
    let mut plan = watched(AlarmMetric::RunningTaskCount, 1.0);
    plan.services[0].demand = None;
    let running = alarm(&plan);
    // Two tasks run from the start on: it stands in ALARM at the first look.
    assert_eq!(running.in_alarm_s, 7200.0, "{running:?}");
    plan.timeline = vec![update(3600, Some(1))];
    let running = alarm(&plan);
    // From minute 60 on there is one; its data point is there 150 s after its end.
    assert_eq!(running.in_alarm_s, 3810.0, "{running:?}");
    plan.timeline.clear();
    // A quarter of its CPU is in use by nobody's request.
    let cpu = plan.task_definitions[0].cpu.vcpus();
    plan.task_definitions[0].work.idle_vcpus = 0.25 * cpu;
    plan.alarms[0].metric = WatchedMetric::of(AlarmMetric::CpuUtilization, 1.0);
    plan.alarms[0].rule.threshold = 24.9;
    assert_eq!(alarm(&plan).in_alarm_s, 7200.0);
    plan.alarms[0].rule.threshold = 25.1;
    assert_eq!(alarm(&plan).in_alarm_s, 0.0);
    // Of requests there is no data point, which is for TreatMissingData to judge.
    plan.alarms[0].metric = WatchedMetric::of(AlarmMetric::RequestCount, 1.0);
    assert_eq!(alarm(&plan).in_alarm_s, 0.0);
    plan.alarms[0].rule.treat_missing_data = TreatMissingData::Breaching;
    assert_eq!(alarm(&plan).in_alarm_s, 7200.0);
}

#[test]
fn tasks_are_pending_until_they_run() {
    let mut plan = watched(AlarmMetric::PendingTaskCount, 0.0);
    plan.timeline = vec![update(3630, Some(5))];
    let many = alarm(&plan);
    // They run 25 s later, in the same minute.
    assert_eq!((many.alarms, many.in_alarm_s), (1, 60.0), "{many:?}");
}

#[test]
fn a_rollout_is_two_deployments_until_the_old_tasks_are_gone() {
    let mut plan = watched(AlarmMetric::DeploymentCount, 1.0);
    plan.timeline = vec![update(3600, None)];
    let many = alarm(&plan);
    assert_eq!(many.alarms, 1, "{many:?}");
    assert!((60.0..=600.0).contains(&many.in_alarm_s), "{many:?}");
    // None of them is a task set.
    plan.alarms[0].metric = WatchedMetric::of(AlarmMetric::TaskSetCount, 1.0);
    plan.alarms[0].rule.threshold = 0.0;
    assert_eq!(alarm(&plan).alarms, 0);
}

#[test]
fn hosts_are_unhealthy_until_they_are_replaced() {
    let mut plan = watched(AlarmMetric::UnHealthyHostCount, 0.0);
    assert_eq!(alarm(&plan).alarms, 0);
    plan.task_definitions[0].work.unhealthy = Some(UnhealthyPlan {
        share: 1.0,
        after: s(3600),
    });
    let many = alarm(&plan);
    assert!(0 < many.alarms && many.in_alarm_s < 1800.0, "{many:?}");
}
