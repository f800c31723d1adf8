//! The shapes of EventBridge: rules and their targets, schedules.

use super::{AwsReads, row};

const ECS_PARAMETERS: [(&str, &str); 8] = [
    ("TaskDefinitionArn", "family, family:revision, or an ARN"),
    ("TaskCount", "tasks a call"),
    ("Group", "the task group in events"),
    (
        "CapacityProviderStrategy",
        "which share of the tasks goes to which capacity provider",
    ),
    (
        "LaunchType",
        "FARGATE, EC2 or EXTERNAL, instead of a strategy",
    ),
    ("NetworkConfiguration", "zones and public addresses"),
    (
        "PlacementStrategy",
        "which instance takes a task, of those with room",
    ),
    ("PlacementConstraints", "which instances may take a task"),
];
const RETRY_POLICY: [(&str, &str); 2] = [
    (
        "MaximumRetryAttempts",
        "further tries after errors of RunTask",
    ),
    (
        "MaximumEventAgeInSeconds",
        "no try begins later than this after the first",
    ),
];
const TARGET: [(&str, &str); 4] = [
    ("EcsParameters", "the RunTask call"),
    ("RetryPolicy", "what happens after errors"),
    ("DeadLetterConfig", "where what is given up goes"),
    ("Input", "overrides of the task's size, as JSON"),
];

/// The rows.
pub const TABLE: &[AwsReads] = &[
    row(
        "scheduler.CreateScheduleInput",
        &[
            ("Name", "its name in paths and results"),
            ("GroupName", "before the name, where it is not default"),
            ("ScheduleExpression", "cron(…), rate(…) or at(…)"),
            ("ScheduleExpressionTimezone", "the zone of its clocks"),
            ("StartDate", "when it begins"),
            ("EndDate", "when it is over"),
            ("FlexibleTimeWindow", "how long after its time it may run"),
            ("State", "whether it runs at all"),
            ("Target", "what it runs"),
        ],
        &[],
    ),
    row(
        "scheduler.FlexibleTimeWindow",
        &[
            ("Mode", "OFF or FLEXIBLE"),
            ("MaximumWindowInMinutes", "the window's length"),
        ],
        &[],
    ),
    row(
        "scheduler.Target",
        &TARGET,
        &[
            "Arn",
            "EventBridgeParameters",
            "EventBridgePutEventsV2Parameters",
            "EventBridgePutRawEventsParameters",
            "KinesisParameters",
            "SageMakerPipelineParameters",
            "SqsParameters",
        ],
    ),
    row("scheduler.EcsParameters", &ECS_PARAMETERS, &[]),
    row("scheduler.RetryPolicy", &RETRY_POLICY, &[]),
    row(
        "scheduler.DeadLetterConfig",
        &[("Arn", "whether what is given up goes to a queue")],
        &[],
    ),
    row(
        "scheduler.AwsVpcConfiguration",
        &[
            ("Subnets", "the zones of tasks"),
            ("AssignPublicIp", "what public addresses cost"),
            ("SecurityGroups", "whether they let out what a start calls"),
        ],
        &[],
    ),
    row(
        "events.Rule",
        &[
            ("Name", "its name in paths and results"),
            ("ScheduleExpression", "cron(…) or rate(…), in UTC"),
            ("State", "whether it runs at all"),
        ],
        &["EventPattern"],
    ),
    row(
        "events.PutTargetsRequest",
        &[
            ("Rule", "the rule's name or ARN"),
            ("Targets", "what it runs"),
        ],
        &[],
    ),
    row(
        "events.Target",
        &[
            ("Id", "behind the rule's name, where it has several targets"),
            TARGET[0],
            TARGET[1],
            TARGET[2],
            TARGET[3],
        ],
        &[
            "AppSyncParameters",
            "Arn",
            "BatchParameters",
            "HttpParameters",
            "KinesisParameters",
            "RedshiftDataParameters",
            "RunCommandParameters",
            "SageMakerPipelineParameters",
            "SqsParameters",
        ],
    ),
    row("events.EcsParameters", &ECS_PARAMETERS, &[]),
    row("events.RetryPolicy", &RETRY_POLICY, &[]),
    row(
        "events.DeadLetterConfig",
        &[("Arn", "whether what is given up goes to a queue")],
        &[],
    ),
    row(
        "events.AwsVpcConfiguration",
        &[
            ("Subnets", "the zones of tasks"),
            ("AssignPublicIp", "what public addresses cost"),
            ("SecurityGroups", "whether they let out what a start calls"),
        ],
        &[],
    ),
];
