//! Queues that services pull from, and policies on metrics of their own making: what loads, and the
//! message of each thing that does not.

use super::messages::said;
use super::*;
use crate::engine::SimDuration;
use plan::{AlarmMetric, AppliedDefault, TrackedMetric, WatchedMetric};

const PULLING: &str = "\
fleetcast: 1
run: { start: 2026-03-27T00:00:00Z, duration: 1d }
aws:
  cluster: { clusterName: shop, settings: [{ name: containerInsights, value: enabled }] }
  taskDefinitions: [{ family: job, cpu: 256, memory: 512 }]
  services: [{ serviceName: worker, taskDefinition: job, desiredCount: 10, launchType: FARGATE }]
  queues: [{ QueueName: jobs, Attributes: { VisibilityTimeout: \"90\" } }]
  scalableTargets: [{ ResourceId: service/shop/worker, MinCapacity: 1, MaxCapacity: 99 }]
  scalingPolicies:
    - ResourceId: service/shop/worker
      PolicyName: backlog
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 100
        CustomizedMetricSpecification:
          Metrics:
            - { Id: m1, MetricStat: { Metric: { Namespace: AWS/SQS, MetricName: ApproximateNumberOfMessagesVisible, Dimensions: [{ Name: QueueName, Value: jobs }] }, Stat: Average }, ReturnData: false }
            - { Id: m2, MetricStat: { Metric: { Namespace: ECS/ContainerInsights, MetricName: RunningTaskCount, Dimensions: [{ Name: ClusterName, Value: shop }, { Name: ServiceName, Value: worker }] }, Stat: Average }, ReturnData: false }
            - { Id: e1, Expression: m1 / m2, ReturnData: true }
world: { demand: { worker: { queue: jobs, rate: 2/s } } }
objectives: [{ metric: ApproximateAgeOfOldestMessage, service: worker, stat: Maximum, below: 5min }]
";

/// What is said with each `from` replaced by its `to`.
fn told(changes: &[(&str, &str)]) -> String {
    let one = |(from, to): &(&str, &str)| {
        assert!(PULLING.contains(from), "{from}");
        let said = said(&PULLING.replace(from, to));
        format!("{from} -> {to}\n  {}\n", said.join("\n  "))
    };
    changes.iter().map(one).collect()
}

#[test]
fn a_service_pulls_from_a_queue() {
    assert_eq!(said(PULLING), Vec::<String>::new());
    let plan = loaded(PULLING).plan;
    let demand = plan.services[0].demand.as_ref().unwrap();
    let queue = demand.queue.as_ref().unwrap();
    assert_eq!(
        (queue.name.as_str(), queue.visibility),
        ("jobs", SimDuration::from_secs(90))
    );
    let policy = &plan.scalable_targets[0].policies[0];
    assert_eq!(policy.metric, TrackedMetric::Custom);
    assert_eq!(policy.custom_name(), "m1 / m2");
    let custom = policy.custom.as_ref().unwrap();
    let metrics = [AlarmMetric::MessagesVisible, AlarmMetric::RunningTaskCount];
    assert_eq!(custom.metrics, metrics.map(|metric| (metric, 1.0)));
}

#[test]
fn what_a_queue_leaves_out_is_aws_default() {
    let text = PULLING.replace(", Attributes: { VisibilityTimeout: \"90\" }", "");
    let plan = loaded(&text).plan;
    let queue = plan.services[0]
        .demand
        .as_ref()
        .unwrap()
        .queue
        .clone()
        .unwrap();
    assert_eq!(queue.visibility, SimDuration::from_secs(30));
    let is_it = |it: &AppliedDefault| it.path == "aws.queues.*.Attributes.VisibilityTimeout";
    assert!(plan.assumptions.iter().any(is_it));
    // Nothing is assumed of clients that there are not.
    let of_clients = plan
        .assumptions
        .iter()
        .find(|it| it.path.contains("demand"));
    assert!(of_clients.is_none(), "{of_clients:?}");
}

#[test]
fn what_is_wrong_with_queues() {
    insta::assert_snapshot!(told(&[
        ("queue: jobs, ", "queue: job, "),
        ("\"90\"", "0"),
        ("\"90\"", "43201"),
        (
            "VisibilityTimeout: \"90\"",
            "FifoQueue: true, VisibilityTimout: 9"
        ),
        ("QueueName: jobs,", "QueueName: jobs.fifo,"),
        ("rate: 2/s", "rate: 2/s, timeout: 5s"),
        ("queue: jobs, ", ""),
    ]));
}

#[test]
fn who_is_asked_does_not_pull_as_well() {
    let text = PULLING
        .replace("  queues:", "  targetGroups: [{ TargetGroupName: web }]\n  queues:")
        .replace(
            "launchType: FARGATE }]",
            "launchType: FARGATE, loadBalancers: [{ targetGroupArn: web, containerName: job, containerPort: 80 }] }]",
        );
    assert_eq!(
        said(&text),
        [
            "error world.demand.worker.queue: worker has a load balancer, which asks it; it cannot pull from a queue as well (leave its loadBalancers out, or give the queue to a service of its own)",
        ]
    );
}

#[test]
fn what_is_wrong_with_metrics_of_ones_own() {
    let second = "Stat: Average }, ReturnData: false }\n            - { Id: e1";
    insta::assert_snapshot!(told(&[
        ("m1 / m2", "m1 / "),
        ("m1 / m2", "m1 / m3"),
        ("m1 / m2", "\"RATE(m1) / m2\""),
        ("m1 / m2", "\"(m1 / m2\""),
        ("ReturnData: true", "ReturnData: false"),
        ("Id: m2", "Id: m1"),
        (
            second,
            "Stat: Sum }, ReturnData: false }\n            - { Id: e1"
        ),
        ("Expression: m1 / m2,", "Label: none,"),
        (
            "CustomizedMetricSpecification:",
            "CustomizedMetricSpecification: {}\n        Other:"
        ),
        ("Value: worker", "Value: workers"),
        ("MetricName: Approx", "MetricName: Aprox"),
        ("enabled", "disabled"),
        ("MinCapacity: 1", "MinCapacity: 0"),
    ]));
}

#[test]
fn alarms_watch_queues_too() {
    let alarm = "  alarms: [{ AlarmName: old, Namespace: AWS/SQS, MetricName: ApproximateAgeOfOldestMessage, Dimensions: [{ Name: QueueName, Value: jobs }], Statistic: Average, Period: 60, EvaluationPeriods: 3, Threshold: 300, ComparisonOperator: GreaterThanThreshold }]\nworld:";
    let text = PULLING.replace("world:", alarm);
    assert_eq!(said(&text), Vec::<String>::new());
    assert_eq!(
        loaded(&text).plan.alarms[0].metric,
        WatchedMetric::of(AlarmMetric::OldestMessage, 1.0)
    );
    let nowhere = text.replace("Value: jobs }], Statistic", "Value: jbs }], Statistic");
    assert_eq!(
        said(&nowhere),
        [
            "error aws.alarms.old.Dimensions.QueueName.Value: there is no queue \"jbs\" (did you mean \"jobs\"?)",
        ]
    );
}
