//! Queues, and metrics of a policy's own making: which fields of AWS's have an effect.

use super::{AwsReads, row};

/// What of a metric that is named has an effect: of a policy's and of an alarm's alike.
pub(super) const METRIC: &[(&str, &str)] = &[
    (
        "Namespace",
        "AWS/SQS, AWS/ECS, AWS/ApplicationELB or ECS/ContainerInsights",
    ),
    ("MetricName", "the metric"),
    (
        "Dimensions",
        "which service's, by its name, its target group or its queue",
    ),
];

/// The rows.
pub const TABLE: &[AwsReads] = &[
    row(
        "sqs.CreateQueueRequest",
        &[
            ("QueueName", "its name in demand and dimensions"),
            (
                "Attributes",
                "VisibilityTimeout: seconds that a message in work is hidden from other tasks",
            ),
        ],
        &[],
    ),
    row(
        "application-autoscaling.CustomizedMetricSpecification",
        &[
            (
                "Namespace",
                "AWS/SQS, AWS/ECS, AWS/ApplicationELB or ECS/ContainerInsights",
            ),
            ("MetricName", "the metric"),
            (
                "Dimensions",
                "which service's, by its name, its target group or its queue",
            ),
            ("Statistic", "the metric's mean or sum"),
            (
                "Metrics",
                "an expression and the metrics that it is over, instead",
            ),
        ],
        &["Unit"],
    ),
    row(
        "application-autoscaling.MetricDimension",
        &[
            (
                "Name",
                "ServiceName, ClusterName, TargetGroup, LoadBalancer or QueueName",
            ),
            ("Value", "its name"),
        ],
        &[],
    ),
    row(
        "application-autoscaling.TargetTrackingMetricDataQuery",
        &[
            ("Id", "its name in expressions"),
            (
                "Expression",
                "numbers, ids, + - * / ^, comparisons, AND, OR, IF, FILL, functions",
            ),
            ("MetricStat", "a metric at a statistic"),
            ("ReturnData", "whether it is the one that is tracked"),
            ("Label", "its name in explanations"),
        ],
        &[],
    ),
    row(
        "application-autoscaling.TargetTrackingMetricStat",
        &[("Metric", "the metric"), ("Stat", "its mean or sum")],
        &["Unit"],
    ),
    row("application-autoscaling.TargetTrackingMetric", METRIC, &[]),
    row(
        "application-autoscaling.TargetTrackingMetricDimension",
        &[
            (
                "Name",
                "ServiceName, ClusterName, TargetGroup, LoadBalancer or QueueName",
            ),
            ("Value", "its name"),
        ],
        &[],
    ),
];
