//! Step scaling, alarms and scheduled actions: what loads, and the message of each thing that does
//! not.

use super::messages::said;
use super::*;
use crate::policy::alarm::{Comparison, TreatMissingData};
use crate::policy::scheduled_scaling::BoundsUpdate;
use crate::policy::step_scaling::{AdjustmentType, MetricAggregation};
use plan::{AlarmMetric, Plan, WatchedMetric};

const SCALED: &str = "\
fleetcast: 1
run: { start: 2026-03-27T00:00:00Z, duration: 5d }
aws:
  cluster: { clusterName: shop }
  taskDefinitions:
    - { family: api, cpu: 256, memory: 512, containerDefinitions: [{ name: app, portMappings: [{ containerPort: 80 }] }] }
  targetGroups: [{ TargetGroupName: web }]
  services:
    - { serviceName: api, taskDefinition: api, desiredCount: 2, launchType: FARGATE, loadBalancers: [{ targetGroupArn: web, containerName: app }] }
  scalableTargets: [{ ResourceId: service/shop/api, MinCapacity: 1, MaxCapacity: 9 }]
  scalingPolicies:
    - ResourceId: service/shop/api
      PolicyName: out
      PolicyType: StepScaling
      StepScalingPolicyConfiguration: { AdjustmentType: PercentChangeInCapacity, MinAdjustmentMagnitude: 2, StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 25 }] }
    - ResourceId: service/shop/api
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration: { TargetValue: 60, PredefinedMetricSpecification: { PredefinedMetricType: ECSServiceAverageCPUUtilization } }
  alarms:
    - AlarmName: slow
      Namespace: AWS/ApplicationELB
      MetricName: TargetResponseTime
      Dimensions: [{ Name: LoadBalancer, Value: app/default/50dc6 }, { Name: TargetGroup, Value: targetgroup/web/73e2 }]
      ExtendedStatistic: p99
      Period: 60
      EvaluationPeriods: 5
      DatapointsToAlarm: 3
      Threshold: 0.5
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
      AlarmActions: [\"arn:aws:autoscaling:us-east-1:012345678901:scalingPolicy:6d89:resource/ecs/service/shop/api:policyName/out:createdBy/77\", \"arn:aws:sns:us-east-1:012345678901:pager\"]
    - { AlarmName: TargetTracking-service/shop/api-AlarmHigh-1, AlarmActions: [cpu] }
    - { AlarmName: busy, Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, Value: api }], Statistic: Average, Period: 300, EvaluationPeriods: 2, Threshold: 60, ComparisonOperator: GreaterThanThreshold, AlarmActions: [out] }
  scheduledActions: [{ ResourceId: service/shop/api, ScheduledActionName: morning, Schedule: \"cron(0 7 * * ? *)\", ScalableTargetAction: { MinCapacity: 4 } }]
world: { demand: { api: { rate: 2/s } } }
";

#[test]
fn step_policies_know_the_alarms_that_trigger_them() {
    let loaded = loaded(SCALED);
    let said = loaded.diagnostics.items();
    assert!(
        said.iter()
            .all(|it| it.severity != diagnostic::Severity::Warning)
    );
    let plan = loaded.plan;
    // In the order of their names; the one that target tracking made is its policy's.
    let names: Vec<&str> = plan.alarms.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["busy", "slow"]);
    let [busy, slow] = &plan.alarms[..] else {
        panic!()
    };
    assert_eq!(
        slow.metric.metrics,
        [(AlarmMetric::ResponseTimeQuantile(3), 1.0)]
    );
    assert_eq!(
        (slow.rule.datapoints_to_alarm, slow.rule.evaluation_periods),
        (3, 5)
    );
    assert_eq!(slow.rule.comparison, Comparison::GreaterThanOrEqualTo);
    assert_eq!(slow.rule.treat_missing_data, TreatMissingData::NotBreaching);
    assert_eq!(
        (busy.metric.clone(), busy.period_units),
        (WatchedMetric::of(AlarmMetric::CpuUtilization, 1.0), 5)
    );
    assert_eq!(busy.rule.datapoints_to_alarm, 2);
    assert_eq!(busy.rule.treat_missing_data, TreatMissingData::Missing);
    let target = &plan.scalable_targets[0];
    assert_eq!((target.policies.len(), target.step_policies.len()), (1, 1));
    let out = &target.step_policies[0];
    let alarms: Vec<usize> = out.alarms.iter().map(|alarm| alarm.index()).collect();
    assert_eq!(alarms, [0, 1], "in the order of the alarms' names");
    let adjustment = out.policy.adjustment;
    assert_eq!(adjustment.kind, AdjustmentType::PercentChangeInCapacity);
    assert_eq!(adjustment.min_magnitude, 2);
    assert_eq!(out.policy.aggregation, MetricAggregation::Average);
    assert_eq!(out.policy.cooldown, SimDuration::from_secs(300));
}

/// When the one scheduled action happens, hours from the start.
fn hours(fields: &str) -> Vec<f64> {
    let schedule = "Schedule: \"cron(0 7 * * ? *)\"";
    assert!(SCALED.contains(schedule));
    let plan: Plan = loaded(&SCALED.replace(schedule, fields)).plan;
    let at = plan.timeline.iter().map(|entry| entry.at.as_micros());
    at.map(|micros| micros as f64 / 3.6e9).collect()
}

/// Friday the 27th to Tuesday the 31st; on Sunday Berlin goes from UTC+1 to UTC+2.
#[test]
fn a_scheduled_action_happens_by_the_clocks_of_its_zone() {
    let daily = "Schedule: \"cron(0 7 * * ? *)\"";
    assert_eq!(hours(daily), [7.0, 31.0, 55.0, 79.0, 103.0]);
    let berlin = format!("Timezone: Europe/Berlin, {daily}");
    assert_eq!(hours(&berlin), [6.0, 30.0, 53.0, 77.0, 101.0]);
    // 02:30 does not exist on Sunday, when it does not run.
    let night = "Timezone: Europe/Berlin, Schedule: \"cron(30 2 ? * * *)\"";
    assert_eq!(hours(night), [1.5, 25.5, 72.5, 96.5]);
    let once = "Timezone: Europe/Berlin, Schedule: at(2026-03-30T07:00:00)";
    assert_eq!(hours(once), [77.0]);
    assert_eq!(hours("Schedule: rate(2 days)"), [0.0, 48.0, 96.0]);
}

/// What is said of the one scheduled action.
fn said_of(fields: &str) -> Vec<String> {
    let mut told = said(&SCALED.replace("Schedule: \"cron(0 7 * * ? *)\"", fields));
    told.retain(|line| line.contains("scheduledActions"));
    told
}

#[test]
fn a_scheduled_action_says_which_times_clocks_leave_out() {
    let night = "Timezone: Europe/Berlin, Schedule: \"cron(30 2 * * ? *)\"";
    let told = said_of(night);
    assert_eq!(
        told,
        [
            "note aws.scheduledActions.morning: the action does not happen at 2026-03-29 02:30: \
             the clocks leave these times out (AWS skips a local time that does not exist; UTC has \
             them all)"
        ]
    );
    let until = format!("{night}, EndTime: 2026-03-29T00:00:00Z");
    assert_eq!(said_of(&until), [""; 0]);
}

#[test]
fn a_scheduled_action_that_never_happens_says_why() {
    let table = [
        (
            "Timezone: Europe/Berlin, Schedule: at(2026-03-29T02:30:00)",
            "the clocks leave 2026-03-29 02:30 out, and it has no other time",
        ),
        (
            "Schedule: at(2026-03-26T07:00:00)",
            "its times are over before this run begins",
        ),
        (
            "Schedule: \"cron(0 7 1 4 ? *)\"",
            "its first time is 2026-04-01T07:00:00Z, and the run ends at 2026-04-01T00:00:00Z",
        ),
        (
            "EndTime: 2026-03-27T01:00:00Z, Schedule: \"cron(0 7 * * ? *)\"",
            "it ends at 2026-03-27T01:00:00Z, before its first time from then on, \
             2026-03-27T07:00:00Z",
        ),
        (
            "EndTime: 2026-03-26T01:00:00Z, Schedule: \"cron(0 7 * * ? *)\"",
            "it ends at 2026-03-26T01:00:00Z, before this run begins",
        ),
        (
            "StartTime: 2026-04-28T00:00:00Z, Schedule: at(2026-03-28T07:00:00)",
            "its time, 2026-03-28T07:00:00Z, is before it begins, at 2026-04-28T00:00:00Z",
        ),
    ];
    for (fields, why) in table {
        let told = said_of(fields);
        let expected = format!(
            "warning aws.scheduledActions.morning.Schedule: the action never happens within this \
             run: {why} (the run goes from 2026-03-27T00:00:00Z to 2026-04-01T00:00:00Z: move it, \
             or the action)"
        );
        assert_eq!(told, [expected], "{fields}");
    }
}

#[test]
fn a_scheduled_action_may_say_seconds() {
    let seven = "Schedule: \"cron(30 0 7 * * ? *)\"";
    assert_eq!(hours(seven), [7.0, 31.0, 55.0, 79.0, 103.0]);
}

/// AAS, scheduled-scaling-using-cron-expressions: at StartTime first, then by the schedule.
#[test]
fn a_scheduled_action_begins_at_its_start_and_ends_before_its_end() {
    let between = "StartTime: 2026-03-28T12:00:00Z, EndTime: 2026-03-30T07:00:00Z, Schedule: \
                   \"cron(0 7 * * ? *)\"";
    assert_eq!(hours(between), [36.0, 55.0]);
    let rate = "StartTime: 2026-03-28T12:00:00Z, EndTime: 2026-03-30T07:00:00Z, Schedule: \
                rate(12 hours)";
    assert_eq!(hours(rate), [36.0, 48.0, 60.0, 72.0]);
}

#[test]
fn a_scheduled_action_sets_what_it_names() {
    let plan = loaded(SCALED).plan;
    let [morning] = &plan.scalable_targets[0].scheduled[..] else {
        panic!()
    };
    let update = BoundsUpdate {
        min: Some(4),
        max: None,
    };
    assert_eq!((morning.name.as_str(), morning.update), ("morning", update));
    let TimelineAction::ScaleOnSchedule { target, action } = plan.timeline[0].action else {
        panic!()
    };
    assert_eq!((target.index(), action), (0, 0));
}

/// Checks the first thing that is said with `from` replaced by `to`.
fn check(from: &str, to: &str, expected: &str) {
    assert!(SCALED.contains(from), "{from}");
    let said = said(&SCALED.replace(from, to));
    assert_eq!(
        said.first().map(String::as_str),
        Some(expected),
        "{from} -> {to}: {said:?}"
    );
}

const STEPS: &str = "[{ MetricIntervalLowerBound: 0, ScalingAdjustment: 25 }]";
const AT_STEPS: &str = "aws.scalingPolicies.out.StepScalingPolicyConfiguration.StepAdjustments";

#[test]
fn steps_with_gaps_or_overlaps_are_refused_with_the_nearest_right_ones() {
    let closed =
        "{ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 10, ScalingAdjustment: 1 }";
    check(
        STEPS,
        &format!("[{closed}, {{ MetricIntervalLowerBound: 15, ScalingAdjustment: 3 }}]"),
        &format!(
            "error {AT_STEPS}[1]: no step holds what is between 10 and 15 (let this step begin \
             where the one below ends: MetricIntervalLowerBound: 10)"
        ),
    );
    check(
        STEPS,
        &format!("[{closed}, {{ MetricIntervalLowerBound: 5, ScalingAdjustment: 3 }}]"),
        &format!(
            "error {AT_STEPS}[1]: two steps overlap at 5 (let the step below end there: \
             MetricIntervalUpperBound: 5)"
        ),
    );
    check(
        STEPS,
        &format!("[{closed}]"),
        &format!(
            "error {AT_STEPS}[0]: a step is to have no upper bound: the others end at 10 (leave \
             MetricIntervalUpperBound out of the highest step)"
        ),
    );
    check(
        STEPS,
        "[]",
        &format!(
            "error {AT_STEPS}: there is no step (write one at least, like {{ \
             MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }})"
        ),
    );
    check(
        "MetricIntervalLowerBound: 0, ScalingAdjustment: 25",
        "MetricIntervalLowerBound: 0, ScalingAdjustment: 2.5",
        &format!("error {AT_STEPS}[0].ScalingAdjustment: 2.5 is no whole number"),
    );
}

#[test]
fn an_alarm_names_a_step_policy_that_it_can_trigger() {
    check(
        "AlarmActions: [out]",
        "AlarmActions: [outt]",
        "error aws.alarms.busy.AlarmActions[0]: there is no step scaling policy \"outt\" (did you \
         mean \"out\"?)",
    );
    check(
        "AlarmActions: [out]",
        "AlarmActions: [service/shop/api/cpu]",
        "error aws.alarms.busy.AlarmActions[0]: policy \"cpu\" tracks a target: it makes its own \
         alarms (name a policy of PolicyType StepScaling, or leave the action out)",
    );
    check(
        "ComparisonOperator: GreaterThanThreshold",
        "ComparisonOperator: LessThanThreshold",
        "error aws.alarms.busy.AlarmActions[0]: no step of policy \"out\" holds values below the \
         threshold, where this alarm goes off: it never scales (give it a step with \
         MetricIntervalUpperBound: 0, or let the alarm look the other way)",
    );
    let untriggered = SCALED.replace(", AlarmActions: [out]", "").replace(
        "AlarmActions: [\"arn:aws:autoscaling",
        "AlarmActions: [\"arn:aws:sns",
    );
    let untriggered = untriggered.replace("scalingPolicy:6d89", "topic");
    assert_eq!(
        said(&untriggered),
        [
            "warning aws.scalingPolicies.out: no alarm of aws.alarms triggers policy \"out\" (give an \
          alarm AlarmActions: [out])"
        ]
    );
}

#[test]
fn an_alarm_watches_what_is_measured() {
    check(
        "MetricName: CPUUtilization",
        "MetricName: CPUUtilisation",
        "error aws.alarms.busy.MetricName: \"CPUUtilisation\" is not one of the values here (did \
         you mean \"CPUUtilization\"?)",
    );
    check(
        "Value: api }], Statistic: Average",
        "Value: api }], Statistic: Sum",
        "error aws.alarms.busy.Statistic: CPUUtilization is watched by its Average here (write \
         Statistic: Average)",
    );
    check(
        "Value: targetgroup/web/73e2",
        "Value: targetgroup/wob/73e2",
        "error aws.alarms.slow.Dimensions.TargetGroup.Value: there is no target group \"wob\" (did \
         you mean \"web\"?)",
    );
    check(
        "Period: 300",
        "Period: 90",
        "error aws.alarms.busy.Period: a Period of 90 s is neither a number of minutes nor \
         10, 20 or 30 s (write 120)",
    );
    check(
        "DatapointsToAlarm: 3",
        "DatapointsToAlarm: 6",
        "error aws.alarms.slow.DatapointsToAlarm: DatapointsToAlarm 6 of EvaluationPeriods 5 \
         (write 5 at most, or more EvaluationPeriods)",
    );
    check(
        "EvaluationPeriods: 2",
        "EvaluationPeriods: 40",
        "error aws.alarms.busy.Period: an alarm over 200 minutes (EvaluationPeriods × Period) is \
         not simulated yet, at most 180",
    );
}

/// The alarm "busy" on metric math over these entries of `Metrics`.
fn with_math(metrics: &str) -> String {
    let of_one = "Namespace: AWS/ECS, MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, \
                  Value: api }], Statistic: Average, Period: 300,";
    assert!(SCALED.contains(of_one));
    SCALED.replace(of_one, &format!("Metrics: [{metrics}],"))
}

/// An entry of `Metrics`, of target group `web`.
fn counted(id: &str, metric: &str, period: u32) -> String {
    format!(
        "{{ Id: {id}, ReturnData: false, MetricStat: {{ Metric: {{ Namespace: AWS/ApplicationELB, \
         MetricName: {metric}, Dimensions: [{{ Name: TargetGroup, Value: web }}] }}, Period: \
         {period}, Stat: Sum }} }}"
    )
}

#[test]
fn an_alarm_watches_metric_math_over_metrics_of_one_service() {
    let (failed, all) = (
        counted("m1", "HTTPCode_Target_5XX_Count", 60),
        counted("m2", "RequestCount", 60),
    );
    let share = "{ Id: e1, Expression: \"100 * FILL(m1, 0) / m2\", Label: failed percent }";
    let plan = loaded(&with_math(&format!("{failed}, {all}, {share}"))).plan;
    let busy = plan.alarms.iter().find(|it| it.name == "busy").unwrap();
    assert_eq!(
        (busy.metric.name(), busy.metric.billed()),
        ("failed percent", 2)
    );
    let metrics: Vec<AlarmMetric> = busy.metric.metrics.iter().map(|it| it.0).collect();
    assert_eq!(metrics, [AlarmMetric::Target5xx, AlarmMetric::RequestCount]);
    // It triggers a step policy like any other.
    let [out] = &plan.scalable_targets[0].step_policies[..] else {
        panic!()
    };
    assert_eq!(out.alarms.len(), 2);
}

#[test]
fn metric_math_that_says_nothing_is_refused_at_its_place() {
    let (failed, all) = (
        counted("m1", "HTTPCode_Target_5XX_Count", 60),
        counted("m2", "RequestCount", 60),
    );
    let first = |metrics: &str| said(&with_math(metrics)).first().cloned();
    let check = |metrics: &str, expected: &str| {
        assert_eq!(first(metrics).as_deref(), Some(expected), "{metrics}");
    };
    check(
        &format!("{failed}, {{ Id: e1, Expression: m1 / m3 }}"),
        "error aws.alarms.busy.Metrics.e1.Expression: no metric has the id \"m3\" (character 6) \
         (did you mean \"m1\"?)",
    );
    check(
        &format!(
            "{}, {{ Id: e1, Expression: m1 / 2 }}",
            failed.replace("Id: m1", "Id: M1")
        ),
        "error aws.alarms.busy.Metrics.M1.Id: \"M1\" is no id: letters, digits and _, a small \
         letter first (API MetricDataQuery) (Id: m1)",
    );
    check(
        &format!("{failed}, {{ Id: e1, Expression: \"if(m1, 2)\" }}"),
        "error aws.alarms.busy.Metrics.e1.Expression: the function if at character 1 is not \
         simulated yet (functions are written in capital letters: IF)",
    );
    check(
        &format!("{failed}, {all}"),
        "error aws.alarms.busy.Metrics: one of the metrics has to be returned, and only one (write \
         ReturnData: true at the one that is watched and ReturnData: false at the others)",
    );
    let other = counted("m2", "RequestCount", 300);
    check(
        &format!("{failed}, {other}, {{ Id: e1, Expression: m1 / m2 }}"),
        "error aws.alarms.busy.Metrics.m2.MetricStat.Period: a Period of 300 s beside one of 60 s: \
         that is not simulated yet (write Period: 60)",
    );
    check(
        "{ Id: e1, Expression: 1 + 1 }",
        "error aws.alarms.busy.Metrics: an expression without a metric: nothing is measured (add a \
         metric with a MetricStat and ReturnData: false)",
    );
    check(
        &format!(
            "{failed}, {{ Id: e1, Expression: m1 * 2, ReturnData: false }}, {{ Id: e2, Expression: \
             e1 + 1 }}"
        ),
        "error aws.alarms.busy.Metrics.e2.Expression: no metric has the id \"e1\" (character 1) \
         (e1 is an expression itself: write it out here, in parentheses)",
    );
    check(
        &failed.replace("AWS/ApplicationELB", "Shop/Orders"),
        "error aws.alarms.busy.Metrics.m1.MetricStat.Metric.Namespace: a metric that the code \
         publishes in an expression (write out here what it is made of: metrics of AWS's namespaces)",
    );
}

#[test]
fn a_scheduled_action_is_one_that_can_happen() {
    check(
        "ScalableTargetAction: { MinCapacity: 4 }",
        "ScalableTargetAction: { MinCapacity: 10 }",
        "warning aws.scheduledActions.morning: at 2026-03-27T07:00:00Z MinCapacity would be 10 and \
         MaxCapacity 9: AWS refuses the action (let the action set both bounds)",
    );
    check(
        "ScalableTargetAction: { MinCapacity: 4 }",
        "ScalableTargetAction: {}",
        "error aws.scheduledActions.morning.ScalableTargetAction: the action sets neither \
         MinCapacity nor MaxCapacity (write MinCapacity, MaxCapacity or both)",
    );
    check(
        "cron(0 7 * * ? *)",
        "cron(0 7 * * * *)",
        "error aws.scheduledActions.morning.Schedule: both day fields are set (\"*\" and \"*\"): \
         one has to be ? (write ? for the day-of-week)",
    );
    check(
        "cron(0 7 * * ? *)",
        "cron(0 7 * * ? 2019)",
        "warning aws.scheduledActions.morning.Schedule: the action never happens within this run: \
         its times are over before this run begins (the run goes from 2026-03-27T00:00:00Z to \
         2026-04-01T00:00:00Z: move it, or the action)",
    );
}

#[test]
fn what_is_refused_brings_no_further_message() {
    let errors = |text: &str| -> Vec<String> {
        let mut told = said(text);
        told.retain(|line| !line.starts_with("note"));
        told
    };
    let negative = SCALED.replace("MinCapacity: 1,", "MinCapacity: -1,");
    assert_eq!(errors(&negative).len(), 1, "{:?}", errors(&negative));
    let unhealthy = SCALED.replace(
        "desiredCount: 2,",
        "desiredCount: 2, deploymentConfiguration: { minimumHealthyPercent: 101, maximumPercent: \
         100 },",
    );
    let told = errors(&unhealthy);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("minimumHealthyPercent"), "{told:?}");
}

#[test]
fn a_step_policy_has_twenty_steps_at_the_most() {
    let steps = |count: usize| {
        let step = |at: usize| {
            let upper = match at + 1 == count {
                true => String::new(),
                false => format!("MetricIntervalUpperBound: {}, ", at + 1),
            };
            format!("{{ MetricIntervalLowerBound: {at}, {upper}ScalingAdjustment: 1 }}")
        };
        let all: Vec<String> = (0..count).map(step).collect();
        SCALED.replace(STEPS, &format!("[{}]", all.join(", ")))
    };
    let out = |text: &str| loaded(text).plan.scalable_targets[0].step_policies[0].clone();
    assert_eq!(out(&steps(20)).policy.steps.len(), 20);
    let told = said(&steps(21));
    let expected = format!(
        "error {AT_STEPS}[20]: 21 steps, a policy has 20 at the most (a quota of Application Auto \
         Scaling)"
    );
    assert_eq!(told.first(), Some(&expected), "{told:?}");
}
