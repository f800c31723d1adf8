//! The ECS target of EventBridge's rules and schedules: a RunTask call.

use crate::engine::SimDuration;
use crate::policy::launch_rate::RUN_TASK_COUNT_MAX;
use crate::policy::schedule::delivery::RetryPolicy;
use crate::scenario::context::Context;
use crate::scenario::plan::{Caller, JobSourcePlan, OnInterruption, TargetPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::demand::warn_endless;
use crate::scenario::world::schedules::Punctuality;

use super::Aws;
use super::networking::VpcSpelling;
use super::overrides;
use super::run_task::{COUNT_MAX, Call, call};
use super::service::check_cluster_field;

/// The fields of RunTask as EventBridge spells them.
const ECS_PARAMETERS: [(&str, &str); 8] = [
    ("taskDefinition", "TaskDefinitionArn"),
    ("count", "TaskCount"),
    ("group", "Group"),
    ("capacityProviderStrategy", "CapacityProviderStrategy"),
    ("launchType", "LaunchType"),
    ("networkConfiguration", "NetworkConfiguration"),
    ("placementStrategy", "PlacementStrategy"),
    ("placementConstraints", "PlacementConstraints"),
];
/// `AwsVpcConfiguration` likewise.
const VPC_NAMES: [(&str, &str); 3] = [
    ("subnets", "Subnets"),
    ("assignPublicIp", "AssignPublicIp"),
    ("securityGroups", "SecurityGroups"),
];
/// API RetryPolicy; the most of both is what they are by default.
const AGE_MIN_S: u32 = 60;
/// Other kinds of targets: nothing here listens to them.
const OTHER_PARAMETERS: [&str; 11] = [
    "AppSyncParameters",
    "BatchParameters",
    "HttpParameters",
    "KinesisParameters",
    "RedshiftDataParameters",
    "RunCommandParameters",
    "SageMakerPipelineParameters",
    "SqsParameters",
    "EventBridgeParameters",
    "EventBridgePutEventsV2Parameters",
    "EventBridgePutRawEventsParameters",
];

/// Who calls a target.
pub(super) struct Of {
    pub(super) caller: Caller,
    target: &'static str,
    parameters: &'static str,
    retry: &'static str,
    dead_letters: &'static str,
    vpc: VpcSpelling,
    /// Where the defaults stand: TaskCount, MaximumRetryAttempts, MaximumEventAgeInSeconds.
    defaults: [&'static str; 3],
    /// The most tasks a call: EventBridge Scheduler says ten, a rule's calls are of ten each.
    pub(super) count_max: u32,
}

/// Of a rule.
pub(super) const OF_RULE: Of = Of {
    caller: Caller::Rule,
    target: "events.Target",
    parameters: "events.EcsParameters",
    retry: "events.RetryPolicy",
    dead_letters: "events.DeadLetterConfig",
    vpc: VpcSpelling {
        network: "events.NetworkConfiguration",
        vpc: "events.AwsVpcConfiguration",
        names: &VPC_NAMES,
    },
    defaults: [
        "aws.ruleTargets.*.Targets.*.EcsParameters.TaskCount",
        "aws.ruleTargets.*.Targets.*.RetryPolicy.MaximumRetryAttempts",
        "aws.ruleTargets.*.Targets.*.RetryPolicy.MaximumEventAgeInSeconds",
    ],
    count_max: COUNT_MAX,
};

/// Of a schedule.
pub(super) const OF_SCHEDULE: Of = Of {
    caller: Caller::Scheduler,
    target: "scheduler.Target",
    parameters: "scheduler.EcsParameters",
    retry: "scheduler.RetryPolicy",
    dead_letters: "scheduler.DeadLetterConfig",
    vpc: VpcSpelling {
        network: "scheduler.NetworkConfiguration",
        vpc: "scheduler.AwsVpcConfiguration",
        names: &VPC_NAMES,
    },
    defaults: [
        "aws.schedules.*.Target.EcsParameters.TaskCount",
        "aws.schedules.*.Target.RetryPolicy.MaximumRetryAttempts",
        "aws.schedules.*.Target.RetryPolicy.MaximumEventAgeInSeconds",
    ],
    count_max: RUN_TASK_COUNT_MAX,
};

/// Reads a target; finishes the mapping.
pub(super) fn read(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (of, who, punctuality): (&Of, Call, Punctuality),
    aws: &mut Aws<'_>,
) -> Option<JobSourcePlan> {
    let arn = map.field("Arn");
    let other = OTHER_PARAMETERS.iter().find_map(|key| map.field(key));
    let parameters = map.field("EcsParameters");
    if let (Some(field), Some(_)) = (&arn, &parameters) {
        check_cluster_field(field, &aws.cluster);
    }
    if let (Some(field), None) = (&other, &parameters) {
        let message = "the target is no ECS task: nothing here would see it";
        let help = "leave the target out";
        let wrong = field.error("not-built-yet", message);
        wrong.help(help).report();
    } else if parameters.is_none() {
        let message = "\"EcsParameters\" is missing";
        let help = "say which task definition runs: EcsParameters: { TaskDefinitionArn: … }";
        map.error("missing-field", message).help(help).report();
    }
    let target = TargetPlan {
        caller: of.caller,
        retry: retry(cx, &mut map, of),
        has_dead_letters: dead_letters(&mut map, of),
        backoff: punctuality.backoff,
    };
    let input = map.field("Input");
    let size = input.as_ref().and_then(overrides::of_input);
    map.finish_aws(of.target);
    let mut plan = ecs_parameters(cx, &parameters?, (of, who), aws)?;
    if let (Some(field), Some(size)) = (&input, size) {
        overrides::take(field, (&mut plan, size), aws);
    }
    plan.on_interruption = OnInterruption::Fail;
    plan.target = Some(target);
    Some(plan)
}

fn ecs_parameters(
    cx: &Context<'_>,
    field: &Field<'_>,
    (of, who): (&Of, Call),
    aws: &mut Aws<'_>,
) -> Option<JobSourcePlan> {
    let mut map = field.map()?.spelled(&ECS_PARAMETERS);
    let plan = call(cx, &mut map, (who, of.defaults[0], &of.vpc), aws);
    map.finish_aws(of.parameters);
    let plan = plan?;
    warn_endless(field, aws.task_definitions.get(plan.task_definition), "");
    Some(plan)
}

fn retry(cx: &Context<'_>, target: &mut MapReader<'_>, of: &Of) -> RetryPolicy {
    let mut map = target.map("RetryPolicy");
    let mut number = |key, range| map.as_mut().and_then(|map| map.u32(key, range));
    let most = RetryPolicy::DEFAULT;
    let age_max_s = (most.age.as_micros() / 1_000_000) as u32;
    let attempts = number("MaximumRetryAttempts", 0..=most.attempts);
    let age = number("MaximumEventAgeInSeconds", AGE_MIN_S..=age_max_s);
    if let Some(map) = map {
        map.finish_aws(of.retry);
    }
    let attempts = attempts.unwrap_or_else(|| cx.default_u32(of.defaults[1]));
    let age = age.unwrap_or_else(|| cx.default_u32(of.defaults[2]));
    RetryPolicy {
        attempts,
        age: SimDuration::from_secs(age.into()),
    }
}

fn dead_letters(target: &mut MapReader<'_>, of: &Of) -> bool {
    let Some(mut map) = target.map("DeadLetterConfig") else {
        return false;
    };
    let has_queue = map.field("Arn").is_some();
    map.finish_aws(of.dead_letters);
    has_queue
}
