//! Service auto scaling and CloudWatch alarms: which fields of AWS's have an effect.

use super::queues::METRIC;
use super::{AwsReads, row};

const RESOURCE: (&str, &str) = (
    "ResourceId",
    "service/, the cluster's name, /, the service's",
);

/// The rows.
pub const TABLE: &[AwsReads] = &[
    row(
        "application-autoscaling.ScalableTarget",
        &[
            RESOURCE,
            ("MinCapacity", "the least tasks that policies may ask for"),
            ("MaxCapacity", "the most tasks that policies may ask for"),
            ("SuspendedState", "what policies may not do"),
        ],
        &["ServiceNamespace", "ScalableDimension"],
    ),
    row(
        "application-autoscaling.SuspendedState",
        &[
            ("DynamicScalingInSuspended", "whether none goes"),
            ("DynamicScalingOutSuspended", "whether none is added"),
            (
                "ScheduledScalingSuspended",
                "whether scheduled actions do nothing",
            ),
        ],
        &[],
    ),
    row(
        "application-autoscaling.ScalingPolicy",
        &[
            RESOURCE,
            ("PolicyName", "its name in paths and decisions"),
            (
                "TargetTrackingScalingPolicyConfiguration",
                "what it tracks, and how",
            ),
            (
                "StepScalingPolicyConfiguration",
                "how much for how far beyond its alarm's threshold",
            ),
            (
                "PredictiveScalingPolicyConfiguration",
                "which hours it foretells, and what it starts for them",
            ),
        ],
        &["ServiceNamespace", "ScalableDimension", "PolicyType"],
    ),
    row(
        "application-autoscaling.PredictiveScalingPolicyConfiguration",
        &[
            (
                "MetricSpecifications",
                "what it foretells, and a task's share",
            ),
            ("Mode", "ForecastOnly, or ForecastAndScale"),
            ("SchedulingBufferTime", "seconds before the hour"),
            (
                "MaxCapacityBreachBehavior",
                "whether a forecast may raise MaxCapacity",
            ),
            ("MaxCapacityBuffer", "percent above the forecast"),
        ],
        &[],
    ),
    row(
        "application-autoscaling.PredictiveScalingMetricSpecification",
        &[
            ("TargetValue", "of a task, in the metric's unit"),
            ("PredefinedMetricPairSpecification", "the metrics"),
        ],
        &[
            "PredefinedLoadMetricSpecification",
            "PredefinedScalingMetricSpecification",
            "CustomizedLoadMetricSpecification",
            "CustomizedScalingMetricSpecification",
            "CustomizedCapacityMetricSpecification",
        ],
    ),
    row(
        "application-autoscaling.PredictiveScalingPredefinedMetricPairSpecification",
        &[("PredefinedMetricType", "CPU, memory or requests")],
        &["ResourceLabel"],
    ),
    row(
        "application-autoscaling.TargetTrackingScalingPolicyConfiguration",
        &[
            ("TargetValue", "the metric's value that it steers to"),
            ("ScaleOutCooldown", "seconds after a scale-out"),
            ("ScaleInCooldown", "seconds after a scale-in"),
            ("DisableScaleIn", "whether it never removes tasks"),
            ("PredefinedMetricSpecification", "the metric"),
            (
                "CustomizedMetricSpecification",
                "the metric, or an expression over several",
            ),
        ],
        &[],
    ),
    row(
        "application-autoscaling.PredefinedMetricSpecification",
        &[(
            "PredefinedMetricType",
            "CPU, memory, or requests per target",
        )],
        &["ResourceLabel"],
    ),
    row(
        "application-autoscaling.StepScalingPolicyConfiguration",
        &[
            ("AdjustmentType", "what its adjustments are"),
            ("StepAdjustments", "its steps"),
            (
                "MinAdjustmentMagnitude",
                "the least change of a percentage, in tasks",
            ),
            ("Cooldown", "seconds after a change"),
            (
                "MetricAggregationType",
                "which value its alarm's data points come to",
            ),
        ],
        &[],
    ),
    row(
        "application-autoscaling.StepAdjustment",
        &[
            (
                "MetricIntervalLowerBound",
                "where it begins, from the threshold",
            ),
            (
                "MetricIntervalUpperBound",
                "where it ends, from the threshold",
            ),
            ("ScalingAdjustment", "tasks or per cent, more or fewer"),
        ],
        &[],
    ),
    row(
        "application-autoscaling.ScheduledAction",
        &[
            RESOURCE,
            ("ScheduledActionName", "its name in paths and decisions"),
            ("Schedule", "when: cron, rate or at"),
            ("Timezone", "whose clocks count"),
            ("StartTime", "its first time, and none before"),
            ("EndTime", "none from then on"),
            ("ScalableTargetAction", "the bounds that it sets"),
        ],
        &["ServiceNamespace", "ScalableDimension"],
    ),
    row(
        "application-autoscaling.ScalableTargetAction",
        &[
            ("MinCapacity", "the least tasks from then on"),
            ("MaxCapacity", "the most tasks from then on"),
        ],
        &[],
    ),
    row(
        "cloudwatch.MetricAlarm",
        &[
            ("AlarmName", "its name in paths, events and the summary"),
            (
                "Namespace",
                "AWS/ECS, AWS/ApplicationELB, AWS/SQS or ECS/ContainerInsights",
            ),
            ("MetricName", "the metric"),
            (
                "Dimensions",
                "which service's, by its name, its target group or its queue",
            ),
            ("Statistic", "the metric's mean or sum"),
            ("ExtendedStatistic", "a percentile of response times"),
            (
                "Metrics",
                "metric math over several metrics of one service, instead",
            ),
            ("Period", "seconds of a data point"),
            ("EvaluationPeriods", "data points that it looks at"),
            ("DatapointsToAlarm", "how many of them have to breach"),
            ("Threshold", "what they breach"),
            ("ComparisonOperator", "on which side"),
            ("TreatMissingData", "what a missing data point counts as"),
            ("AlarmActions", "the step policies that it triggers"),
            ("ActionsEnabled", "whether it triggers any"),
        ],
        &[
            "AlarmRule",
            "EvaluationCriteria",
            "EvaluationWindow",
            "InsufficientDataActions",
            "OKActions",
            "ThresholdMetricId",
        ],
    ),
    row(
        "cloudwatch.MetricDataQuery",
        &[
            ("Id", "its name in expressions"),
            (
                "Expression",
                "numbers, ids, + - * / ^, comparisons, AND, OR, IF, FILL, functions",
            ),
            ("MetricStat", "a metric at a statistic"),
            ("ReturnData", "whether it is the one that is watched"),
            ("Label", "its name in results"),
            ("Period", "seconds of a data point, the same for all"),
        ],
        &["AccountId"],
    ),
    row(
        "cloudwatch.MetricStat",
        &[
            ("Metric", "the metric"),
            ("Stat", "its mean, its sum or a percentile"),
            ("Period", "seconds of a data point, the same for all"),
        ],
        &["Unit"],
    ),
    row("cloudwatch.Metric", METRIC, &[]),
    row(
        "cloudwatch.Dimension",
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
