//! What the code publishes (`world.customMetrics`): who may look at it, and what is wrong with it.

use super::loaded;
use super::messages::said;
use crate::ids::ServiceId;
use crate::scenario::plan::WatchedMetric;

const SHOP: &str = "\
fleetcast: 1
run: { start: 2026-03-27T00:00:00Z, duration: 1d }
aws:
  cluster: { clusterName: shop }
  taskDefinitions: [{ family: job, cpu: 256, memory: 512 }]
  services:
    - { serviceName: worker, taskDefinition: job, desiredCount: 10, launchType: FARGATE }
    - { serviceName: other, taskDefinition: job, desiredCount: 2, launchType: FARGATE }
  queues: [{ QueueName: jobs }]
  scalableTargets: [{ ResourceId: service/shop/worker, MinCapacity: 1, MaxCapacity: 99 }]
  scalingPolicies:
    - ResourceId: service/shop/worker
      PolicyName: backlog
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 100
        CustomizedMetricSpecification: { Namespace: Shop/Jobs, MetricName: Backlog, Dimensions: [{ Name: Of, Value: worker }], Statistic: Average }
  alarms:
    - { AlarmName: behind, Namespace: Shop/Jobs, MetricName: Backlog, Dimensions: [{ Name: Of, Value: worker }], Statistic: Maximum, Period: 60, EvaluationPeriods: 3, Threshold: 900, ComparisonOperator: GreaterThanThreshold }
world:
  demand: { worker: { queue: jobs, rate: 2/s }, other: { rate: 1/s } }
  customMetrics:
    - namespace: Shop/Jobs
      metricName: Backlog
      dimensions: [{ Name: Of, Value: worker }]
      metrics:
        - { Id: m1, MetricStat: { Metric: { Namespace: AWS/SQS, MetricName: ApproximateNumberOfMessagesVisible, Dimensions: [{ Name: QueueName, Value: jobs }] }, Stat: Average }, ReturnData: false }
        - { Id: m2, MetricStat: { Metric: { Namespace: ECS/ContainerInsights, MetricName: RunningTaskCount, Dimensions: [{ Name: ClusterName, Value: shop }, { Name: ServiceName, Value: worker }] }, Stat: Average }, ReturnData: false }
        - { Id: e1, Expression: m1 / m2 }
";

#[test]
fn a_policy_and_an_alarm_see_what_it_is_made_of() {
    assert_eq!(said(SHOP), Vec::<String>::new());
    let plan = loaded(SHOP).plan;
    let tracked = plan.scalable_targets[0].policies[0].custom.clone();
    let watched = plan.alarms[0].metric.clone();
    assert_eq!(tracked.as_ref(), Some(&watched));
    assert_eq!((watched.name(), watched.billed()), ("Backlog", 1));
    assert_eq!(plan.alarms[0].service, ServiceId::from_index(1));
    assert_eq!(plan.published_metrics, [ServiceId::from_index(1)]);

    // The same written out in the policy: it is scaled alike.
    let metrics = SHOP.split_once("      metrics:\n").unwrap().1;
    let metrics = metrics.replace("\n        - ", "\n            - ");
    let written_out = format!("CustomizedMetricSpecification:\n          Metrics:\n    {metrics}");
    let (before, after) = SHOP.split_once("CustomizedMetricSpecification").unwrap();
    let after = after.split_once('\n').unwrap().1;
    let text = format!("{before}{written_out}{after}");
    let plan = loaded(&text).plan;
    let math = plan.scalable_targets[0].policies[0].custom.clone();
    let expected = WatchedMetric {
        name: "m1 / m2".to_owned(),
        is_published: false,
        ..watched
    };
    assert_eq!(math, Some(expected));
}

#[test]
fn what_is_wrong_with_what_is_published() {
    let told = |(from, to): &(&str, &str)| {
        assert!(SHOP.contains(from), "{from}");
        let said = said(&SHOP.replacen(from, to, 1));
        format!("{from} -> {to}\n  {}\n", said.join("\n  "))
    };
    let of_policy = "Namespace: Shop/Jobs, MetricName: Backlog, Dimensions: [{ Name: Of, Value: \
                     worker }], Statistic: Average }";
    let cases = [
        ("- namespace: Shop/Jobs", "- namespace: Shop/Job"),
        (
            "- namespace: Shop/Jobs",
            "- namespace: ECS/ContainerInsights",
        ),
        ("- namespace: Shop/Jobs", "- namespace: AWS/Jobs"),
        ("      metricName: Backlog\n", ""),
        ("      metrics:\n", "      metric:\n"),
        ("m1 / m2", "m1 / m3"),
        ("m1 / m2", "7"),
        ("Value: jobs }", "Value: job }"),
        (
            "Stat: Average }, ReturnData",
            "Stat: Average, Period: 300 }, ReturnData",
        ),
        ("Statistic: Maximum", "Statistic: SampleCount"),
        ("Statistic: Maximum", "ExtendedStatistic: p99"),
        (
            "Statistic: Maximum",
            "Statistic: Maximum, ExtendedStatistic: p99",
        ),
        (
            "Statistic: Maximum, Period: 60",
            "Statistic: Average, Period: 300",
        ),
        (
            "Statistic: Maximum, Period: 60",
            "Statistic: Average, Period: 20",
        ),
        ("Statistic: Maximum, ", ""),
        (
            "Value: worker }], Statistic: Maximum",
            "Value: other }], Statistic: Maximum",
        ),
        (
            "Dimensions: [{ Name: Of, Value: worker }], Statistic: Maximum",
            "Statistic: Maximum",
        ),
        (
            "Value: worker }], Statistic: Average }",
            "Value: worker }], ExtendedStatistic: Average }",
        ),
        (
            of_policy,
            "Namespace: AWS/SQS, MetricName: NumberOfMessagesSent, Dimensions: [{ Name: QueueName, Value: jobs }], Statistic: Sum }",
        ),
        (
            "Name: ServiceName, Value: worker",
            "Name: ServiceName, Value: other",
        ),
        (
            "{ Namespace: AWS/SQS, MetricName: ApproximateNumberOfMessagesVisible",
            "{ Namespace: Shop/Jobs, MetricName: Backlog",
        ),
        ("MetricName: RunningTaskCount", "MetricName: MemoryUtilized"),
        ("service/shop/worker,", "service/shop/other,"),
        (
            "    - namespace:",
            "    - { namespace: Shop/Jobs, metricName: Backlog, dimensions: [{ Name: Of, Value: worker }], metrics: [] }\n    - namespace:",
        ),
    ];
    insta::assert_snapshot!(cases.iter().map(told).collect::<String>());
}

/// Each set of dimensions is a metric of its own, and of a service of its own.
#[test]
fn two_services_publish_under_one_name() {
    let second = "    - { namespace: Shop/Jobs, metricName: Backlog, dimensions: [{ Name: Of, Value: \
                  other }], metrics: [{ Id: m1, MetricStat: { Metric: { Namespace: AWS/ECS, \
                  MetricName: CPUUtilization, Dimensions: [{ Name: ServiceName, Value: other }] }, \
                  Stat: Average } }] }\n";
    let text = SHOP.replace(
        "Value: worker }], Statistic: Maximum",
        "Value: other }], Statistic: Maximum",
    );
    let text = format!("{text}{second}");
    assert_eq!(said(&text), Vec::<String>::new());
    let plan = loaded(&text).plan;
    let [worker, other] = [1, 0].map(ServiceId::from_index);
    assert_eq!(plan.published_metrics, [worker, other]);
    assert_eq!(plan.alarms[0].service, other);
    assert_eq!(plan.alarms[0].metric.metrics.len(), 1);
    assert_eq!(plan.scalable_targets[0].service, worker);
}

#[test]
fn one_that_nobody_looks_at_is_said() {
    let (text, metrics) = SHOP.split_once("  customMetrics:").unwrap();
    let (text, _) = text.split_once("  scalableTargets:").unwrap();
    let demand = "world:\n  demand: { worker: { queue: jobs, rate: 2/s }, other: { rate: 1/s } }\n";
    let text = format!("{text}{demand}  customMetrics:{metrics}");
    assert_eq!(
        said(&text),
        [
            "note world.customMetrics[0]: no alarm and no policy looks at Backlog of Shop/Jobs: it is \
             paid for, and does nothing"
        ]
    );
}
