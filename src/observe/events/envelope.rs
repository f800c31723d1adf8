//! EventBridge's envelopes around ECS's events (ECS developer guide, ecs_cwe_events).

use serde_json::{Map, Value, json};

use crate::engine::SimTime;
use crate::ids::{AlarmId, ServiceId};
use crate::observe::alarms::{state_name, verdict_words};
use crate::observe::events::ServiceEvent;
use crate::observe::instances::container_instance_arn;
use crate::observe::observation::{DeploymentStep, FailedBy, Refusal};
use crate::observe::tasks::{
    ACCOUNT_ID, cluster_arn, deployment_id, instance_arn, launch_type, resource_id, service_arn,
    started_by, status_changes, stopped_reason, task_arn, task_definition_arn, task_group,
};
use crate::observe::times::{iso8601, iso8601_seconds};
use crate::policy::alarm::{AlarmState, Verdict};
use crate::policy::life_cycle::TaskStatus;
use crate::policy::traffic_shift::HookResult;
use crate::scenario::plan::Plan;
use crate::world::task::TaskRecord;

/// The Fargate platform version of all tasks (the newest on Linux, 2026-11).
const PLATFORM_VERSION: &str = "1.4.0";

const ECS: &str = "aws.ecs";

/// What stands around a detail.
struct Event {
    source: &'static str,
    detail_type: &'static str,
    resource: String,
    /// What the event's id is made from, beside the resource.
    ordinal: u64,
    detail: Value,
}

impl Event {
    fn envelope(self, plan: &Plan, at: SimTime) -> Value {
        let digits = resource_id(self.detail_type, &self.resource, self.ordinal);
        let id = format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        );
        json!({
            "version": "0",
            "id": id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": ACCOUNT_ID,
            "time": iso8601_seconds(plan.run.start, at),
            "region": plan.region,
            "resources": [self.resource],
            "detail": self.detail,
        })
    }
}

/// The envelope of a service's event; `index` is its place among all of them.
pub(super) fn of_service(plan: &Plan, at: SimTime, event: &ServiceEvent, index: u32) -> Value {
    let (service, detail_type) = match *event {
        ServiceEvent::SteadyState(service)
        | ServiceEvent::LaunchRefused(service, ..)
        | ServiceEvent::TaskSetSteady(service, _)
        | ServiceEvent::TaskConfigurationFailure(service, _) => (service, "ECS Service Action"),
        ServiceEvent::DesiredCountUpdated(target, _) => {
            let target = &plan.scalable_targets[target.index()];
            (target.service, "ECS Service Action")
        }
        ServiceEvent::Deployment(service, ..) => (service, "ECS Deployment State Change"),
        ServiceEvent::AlarmState(alarm, from, verdict) => {
            return of_alarm(plan, at, (alarm, index), (from, verdict));
        }
    };
    let event = Event {
        source: ECS,
        detail_type,
        resource: service_arn(plan, service),
        ordinal: u64::from(index),
        detail: service_detail(plan, at, service, event),
    };
    event.envelope(plan, at)
}

/// The envelope of an alarm's change of state (CloudWatch user guide, cloudwatch-and-eventbridge).
fn of_alarm(
    plan: &Plan,
    at: SimTime,
    (alarm, index): (AlarmId, u32),
    (from, verdict): (AlarmState, Verdict),
) -> Value {
    let alarm = &plan.alarms[alarm.index()];
    let name = &alarm.name;
    let arn = format!(
        "arn:aws:cloudwatch:{}:{ACCOUNT_ID}:alarm:{name}",
        plan.region
    );
    let event = Event {
        source: "aws.cloudwatch",
        detail_type: "CloudWatch Alarm State Change",
        resource: arn,
        ordinal: u64::from(index),
        detail: json!({
            "alarmName": name,
            "state": {
                "value": state_name(verdict.state),
                "reason": verdict_words(alarm, &verdict),
                "timestamp": iso8601(plan.run.start, at),
            },
            "previousState": { "value": state_name(from) },
        }),
    };
    event.envelope(plan, at)
}

fn service_detail(plan: &Plan, at: SimTime, service: ServiceId, event: &ServiceEvent) -> Value {
    let time = iso8601(plan.run.start, at);
    let action = |kind: &str, name: &str| {
        let mut detail = Map::new();
        detail.insert("eventType".into(), kind.into());
        detail.insert("eventName".into(), name.into());
        detail.insert("clusterArn".into(), cluster_arn(plan).into());
        detail.insert("createdAt".into(), time.clone().into());
        detail
    };
    match *event {
        ServiceEvent::AlarmState(..) => unreachable!("an alarm's event is no service's"),
        ServiceEvent::SteadyState(_) => action("INFO", "SERVICE_STEADY_STATE").into(),
        // How it names the task set is ASSUMPTION: AWS's guide shows no such event.
        ServiceEvent::TaskSetSteady(_, ordinal) => {
            let mut detail = action("INFO", "TASKSET_STEADY_STATE");
            let id = deployment_id(plan, service, ordinal);
            detail.insert("taskSetId".into(), id.into());
            detail.into()
        }
        ServiceEvent::DesiredCountUpdated(_, to) => {
            let mut detail = action("INFO", "SERVICE_DESIRED_COUNT_UPDATED");
            detail.insert("desiredCount".into(), to.into());
            detail.into()
        }
        ServiceEvent::TaskConfigurationFailure(_, problem) => {
            let mut detail = action("ERROR", "SERVICE_TASK_CONFIGURATION_FAILURE");
            let reason = plan.boundary.problem(problem).detail.clone();
            detail.insert("reason".into(), reason.into());
            detail.into()
        }
        ServiceEvent::LaunchRefused(_, provider, reason, nearest) => {
            let (kind, name, reason) = refusal_words(reason);
            let mut detail = action(kind, name);
            let lacking = nearest.map(|nearest| nearest.reason());
            detail.insert("reason".into(), lacking.unwrap_or(reason).into());
            if let Some(closest) = nearest.and_then(|nearest| nearest.closest) {
                let arn = container_instance_arn(plan, closest.group, closest.instance);
                detail.insert("containerInstanceArns".into(), json!([arn]));
            }
            if let Some(provider) = provider {
                let name = &plan.provider(provider).name;
                detail.insert("capacityProviderArns".into(), json!([name]));
            }
            detail.into()
        }
        ServiceEvent::Deployment(_, ordinal, step) => {
            let id = deployment_id(plan, service, ordinal);
            let (kind, name, reason) = deployment_words(step, &id);
            json!({
                "eventType": kind,
                "eventName": name,
                "deploymentId": id,
                "updatedAt": time,
                "reason": reason,
            })
        }
    }
}

/// What failed a deployment. ASSUMPTION, but for the circuit breaker: AWS publishes no wording.
const fn detector(by: FailedBy) -> &'static str {
    match by {
        FailedBy::CircuitBreaker { .. } => "ECS deployment circuit breaker",
        FailedBy::Alarm(_) => "ECS deployment alarms",
        FailedBy::Hook { .. } => "ECS deployment lifecycle hook",
        FailedBy::StageTimeout { .. } => "ECS deployment lifecycle stage",
        FailedBy::Unsteady { .. } => "CodeDeploy deployment",
        FailedBy::Stopped => "ECS deployment",
    }
}

/// `rolloutStateReason`.
pub(in crate::observe) fn deployment_reason(step: DeploymentStep, id: &str) -> String {
    deployment_words(step, id).2
}

/// The event's type, name and reason. The words of a failed deployment are those of its
/// `rolloutStateReason`.
fn deployment_words(step: DeploymentStep, id: &str) -> (&'static str, &'static str, String) {
    const IN_PROGRESS: &str = "SERVICE_DEPLOYMENT_IN_PROGRESS";
    match step {
        DeploymentStep::Started => {
            let reason = format!("ECS deployment {id} in progress.");
            ("INFO", IN_PROGRESS, reason)
        }
        DeploymentStep::Stuck => {
            let reason = format!(
                "ECS deployment {id} unable to stop or start tasks because of the service \
                 deployment configuration."
            );
            ("INFO", IN_PROGRESS, reason)
        }
        DeploymentStep::Completed => {
            let reason = format!("ECS deployment {id} completed.");
            ("INFO", "SERVICE_DEPLOYMENT_COMPLETED", reason)
        }
        // Nobody is told of it.
        DeploymentStep::Baking { .. }
        | DeploymentStep::Stage { .. }
        | DeploymentStep::TaskSet(_)
        | DeploymentStep::ScaledOut { .. }
        | DeploymentStep::NotStopped
        | DeploymentStep::AlarmsIgnored(_) => ("INFO", IN_PROGRESS, String::new()),
        DeploymentStep::Failed(failed) => {
            let how = match failed.by {
                FailedBy::CircuitBreaker { .. } => "tasks failed to start",
                FailedBy::Alarm(_) => "alarm detected",
                FailedBy::Hook {
                    result: HookResult::Fails,
                    ..
                } => "hook failed",
                FailedBy::Hook { .. } | FailedBy::StageTimeout { .. } => "timed out",
                FailedBy::Unsteady { .. } => "its new task set was not steady",
                FailedBy::Stopped => "stopped by StopServiceDeployment",
            };
            let reason = format!("{}: {how}.", detector(failed.by));
            ("ERROR", "SERVICE_DEPLOYMENT_FAILED", reason)
        }
        DeploymentStep::RollingBack { by, .. } => {
            let by = detector(by);
            let reason = format!("{by}: rolling back to deploymentId {id}.");
            ("INFO", IN_PROGRESS, reason)
        }
    }
}

/// The event's type, name and reason. `RESOURCE:FARGATE` is AWS's own reason where Fargate has no
/// capacity; that of the instance that came closest, with its ARN, takes the place of `no container
/// instance …`; those of the quota and of the rates are ASSUMPTION.
const fn refusal_words(reason: Refusal) -> (&'static str, &'static str, &'static str) {
    match reason {
        Refusal::SpotCapacity | Refusal::ZoneOut => (
            "ERROR",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            "RESOURCE:FARGATE",
        ),
        Refusal::VcpuQuota => (
            "ERROR",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            "You've reached the limit on the number of vCPUs you can run concurrently",
        ),
        Refusal::NoInstance => (
            "ERROR",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            "no container instance met all of its requirements",
        ),
        Refusal::ProvisioningLimit => (
            "ERROR",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            "the limit of tasks in PROVISIONING is reached",
        ),
        Refusal::LaunchRate | Refusal::ServiceRate => {
            ("ERROR", "ECS_OPERATION_THROTTLED", "Rate exceeded")
        }
        Refusal::Throttled => (
            "WARN",
            "SERVICE_TASK_START_IMPAIRED",
            "tasks are consistently failing to start",
        ),
    }
}

/// The envelope of a task that enters `status` at `at`.
pub(super) fn of_task(plan: &Plan, at: SimTime, task: &TaskRecord, status: TaskStatus) -> Value {
    let event = Event {
        source: ECS,
        detail_type: "ECS Task State Change",
        resource: task_arn(plan, task),
        ordinal: status as u64,
        detail: task_detail(plan, at, task, status),
    };
    event.envelope(plan, at)
}

fn task_detail(plan: &Plan, at: SimTime, task: &TaskRecord, status: TaskStatus) -> Value {
    let start = plan.run.start;
    let is_stopping = task.times.stopping.is_some_and(|stopping| stopping <= at);
    let changes_before = status_changes(&task.times).filter(|(other, _)| *other < status);
    let desired = if is_stopping { "STOPPED" } else { "RUNNING" };
    let mut detail = Map::new();
    let mut put = |name: &str, value: Value| {
        detail.insert(name.to_owned(), value);
    };
    // A task on instances has its place from the time on that it is placed.
    let has_place = task.times.placed.is_none_or(|placed| placed <= at);
    let zone = if has_place {
        plan.zone_name(task.zone)
    } else {
        ""
    };
    put("availabilityZone", zone.into());
    put(
        "capacityProviderName",
        plan.provider(task.provider).name.clone().into(),
    );
    put("clusterArn", cluster_arn(plan).into());
    put("containers", containers(plan, task, status));
    put("cpu", task.cpu.0.to_string().into());
    put("createdAt", iso8601(start, task.times.created).into());
    put("desiredStatus", desired.into());
    put("group", task_group(plan, task.owner).into());
    put("lastStatus", status.as_str().into());
    put("launchType", launch_type(plan, task).into());
    put("memory", task.memory.0.to_string().into());
    let instance = instance_arn(plan, task);
    if has_place && !instance.is_empty() {
        put("containerInstanceArn", instance.into());
    }
    if !plan.provider(task.provider).kind.is_hosted() {
        put("platformVersion", PLATFORM_VERSION.into());
    }
    put("startedBy", started_by(plan, task).into());
    put("taskArn", task_arn(plan, task).into());
    put("taskDefinitionArn", task_definition_arn(plan, task).into());
    put("updatedAt", iso8601(start, at).into());
    put("version", (changes_before.count() + 1).into());
    let times = [
        ("connectivityAt", task.times.connectivity),
        ("pullStartedAt", task.times.pull_started),
        ("pullStoppedAt", task.times.pull_stopped),
        ("startedAt", task.times.started),
        ("stoppingAt", task.times.stopping),
        ("executionStoppedAt", task.times.execution_stopped),
        ("stoppedAt", task.times.stopped),
    ];
    for (name, time) in times {
        if let Some(time) = time.filter(|time| *time <= at) {
            put(name, iso8601(start, time).into());
        }
    }
    if let Some(stop) = task.stop.filter(|_| is_stopping) {
        put("stopCode", stop.code.as_str().into());
        put("stoppedReason", stopped_reason(plan, task).into());
    }
    detail.into()
}

fn containers(plan: &Plan, task: &TaskRecord, status: TaskStatus) -> Value {
    let exit_code = task.stop.and_then(|stop| stop.exit_code);
    let last_status = match status {
        TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating => "PENDING",
        TaskStatus::Running | TaskStatus::Deactivating | TaskStatus::Stopping => "RUNNING",
        TaskStatus::Deprovisioning | TaskStatus::Stopped | TaskStatus::Deleted => "STOPPED",
    };
    let containers = &plan.task_definition(task.definition).containers;
    let shown = containers.iter().map(|container| {
        let mut value = json!({
            "name": container.name,
            "image": container.image,
            "lastStatus": last_status,
            "taskArn": task_arn(plan, task),
        });
        if let (Some(code), "STOPPED", true) = (exit_code, last_status, container.essential) {
            value["exitCode"] = code.into();
        }
        value
    });
    shown.collect()
}
