//! `tasks.csv`: one row a task, with the names and timestamps of DescribeTasks.

use std::io;

use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::instances::{container_instance_arn, ec2_instance_id};
use crate::observe::times::iso8601;
use crate::policy::container_order::{OrderReason, Unresolved};
use crate::policy::life_cycle::{StopCause, TaskStatus};
use crate::scenario::plan::{Plan, ProviderKind};
use crate::world::task::{Owner, TaskRecord, TaskTimes};

/// The account of all ARNs: AWS's own example number.
pub const ACCOUNT_ID: &str = "012345678901";

/// The columns of `tasks.csv`.
pub const TASK_COLUMNS: [&str; 21] = [
    "taskArn",
    "taskDefinitionArn",
    "group",
    "startedBy",
    "launchType",
    "capacityProviderName",
    "availabilityZone",
    "containerInstanceArn",
    "cpu",
    "memory",
    "lastStatus",
    "stopCode",
    "stoppedReason",
    "createdAt",
    "connectivityAt",
    "pullStartedAt",
    "pullStoppedAt",
    "startedAt",
    "stoppingAt",
    "executionStoppedAt",
    "stoppedAt",
];

/// Writes `tasks.csv`, in the order of the slice.
pub fn write_tasks_csv<W: io::Write>(plan: &Plan, tasks: &[TaskRecord], out: W) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(TASK_COLUMNS)?;
    for task in tasks {
        csv.write_record(task_row(plan, task))?;
    }
    csv.flush()
}

/// A task's row, in the order of [`TASK_COLUMNS`]; what never was is empty.
pub fn task_row(plan: &Plan, task: &TaskRecord) -> [String; 21] {
    let times = &task.times;
    let shown =
        |time: Option<SimTime>| time.map_or_else(String::new, |at| iso8601(plan.run.start, at));
    [
        task_arn(plan, task),
        task_definition_arn(plan, task),
        task_group(plan, task.owner),
        started_by(plan, task),
        launch_type(plan, task).to_owned(),
        plan.provider(task.provider).name.clone(),
        plan.zone_name(task.zone).to_owned(),
        instance_arn(plan, task),
        task.cpu.0.to_string(),
        task.memory.0.to_string(),
        last_status(times).to_string(),
        task.stop
            .map_or_else(String::new, |stop| stop.code.to_string()),
        stopped_reason(plan, task),
        shown(Some(times.created)),
        shown(times.connectivity),
        shown(times.pull_started),
        shown(times.pull_stopped),
        shown(times.started),
        shown(times.stopping),
        shown(times.execution_stopped),
        shown(times.stopped),
    ]
}

/// 32 hexadecimal digits that stand for a resource wherever AWS makes up an id: a hash of its kind,
/// its name (for a task its owner's) and its ordinal, the same in every run.
pub fn resource_id(kind: &str, name: &str, ordinal: u64) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [kind, name] {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.update(&ordinal.to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

/// A task's `launchType`.
pub fn launch_type(plan: &Plan, task: &TaskRecord) -> &'static str {
    match plan.provider(task.provider).kind {
        ProviderKind::Fargate | ProviderKind::FargateSpot => "FARGATE",
        ProviderKind::AutoScalingGroup(_) | ProviderKind::Ec2 => "EC2",
        ProviderKind::ManagedInstances(_) => "MANAGED_INSTANCES",
        ProviderKind::External => "EXTERNAL",
    }
}

/// A task's `containerInstanceArn`; empty on Fargate, and while it waits for an instance.
pub fn instance_arn(plan: &Plan, task: &TaskRecord) -> String {
    let place = task.group.zip(task.instance);
    place.map_or_else(String::new, |(group, id)| {
        container_instance_arn(plan, group, id)
    })
}

/// The cluster's ARN.
pub fn cluster_arn(plan: &Plan) -> String {
    arn(plan, &format!("cluster/{}", plan.cluster.name))
}

/// A service's ARN.
pub fn service_arn(plan: &Plan, service: ServiceId) -> String {
    let name = &plan.service(service).name;
    arn(plan, &format!("service/{}/{name}", plan.cluster.name))
}

/// A task's ARN.
pub fn task_arn(plan: &Plan, task: &TaskRecord) -> String {
    let kind = match task.owner {
        Owner::Service(_) => "service task",
        Owner::Job(_) => "job task",
    };
    let id = resource_id(kind, owner_name(plan, task.owner), task.ordinal);
    arn(plan, &format!("task/{}/{id}", plan.cluster.name))
}

/// The ARN of a task's definition.
pub fn task_definition_arn(plan: &Plan, task: &TaskRecord) -> String {
    let name = plan.task_definition(task.definition).name();
    arn(plan, &format!("task-definition/{name}"))
}

/// The id of a service's `ordinal`-th deployment: `ecs-svc/` and 19 digits.
pub fn deployment_id(plan: &Plan, service: ServiceId, ordinal: u32) -> String {
    let id = resource_id(
        "deployment",
        &plan.service(service).name,
        u64::from(ordinal),
    );
    let number = u64::from_str_radix(&id[..16], 16).unwrap_or(0);
    format!("ecs-svc/{:019}", number % 10_u64.pow(19))
}

/// A task's `group`.
pub fn task_group(plan: &Plan, owner: Owner) -> String {
    match owner {
        Owner::Service(service) => format!("service:{}", plan.service(service).name),
        Owner::Job(source) => plan.job_sources[source.index()].group.clone(),
    }
}

/// A task's `startedBy`.
pub fn started_by(plan: &Plan, task: &TaskRecord) -> String {
    match task.owner {
        Owner::Service(service) => deployment_id(plan, service, task.deployment),
        Owner::Job(source) => plan.job_sources[source.index()].started_by.clone(),
    }
}

/// The name of whoever a task belongs to.
pub fn owner_name(plan: &Plan, owner: Owner) -> &str {
    match owner {
        Owner::Service(service) => &plan.service(service).name,
        Owner::Job(source) => &plan.job_sources[source.index()].name,
    }
}

/// A task's `stoppedReason`; empty before it stops.
pub fn stopped_reason(plan: &Plan, task: &TaskRecord) -> String {
    let Some(stop) = task.stop else {
        return String::new();
    };
    let problem = task.problem.map(|id| plan.boundary.problem(id));
    if let Some(problem) = problem.filter(|problem| problem.cause == stop.cause) {
        return stop.cause.stopped_reason(&problem.detail);
    }
    if let Some(unresolved) = task
        .unresolved
        .filter(|_| stop.cause == StopCause::CannotStartContainer)
    {
        return stop
            .cause
            .stopped_reason(&unresolved_detail(plan, task, unresolved));
    }
    let detail = match task.owner {
        Owner::Service(service) if stop.cause == StopCause::ScalingActivity => {
            deployment_id(plan, service, task.deployment)
        }
        Owner::Service(service) if stop.cause == StopCause::FailedElbHealthChecks => {
            let group = plan.failed_group(plan.service(service), task.unhealthy_in);
            group.map_or_else(String::new, |group| format!("target-group {}", group.name))
        }
        Owner::Service(_) | Owner::Job(_) if stop.cause == StopCause::CannotPullContainer => {
            let containers = &plan.task_definition(task.definition).containers;
            let image = containers
                .first()
                .map_or("", |container| &container.image[..]);
            format!("pull image manifest failed for {image}")
        }
        Owner::Service(_) | Owner::Job(_) if stop.cause == StopCause::HostTerminated => {
            let host = task.group.zip(task.instance);
            host.map_or_else(String::new, |(group, id)| ec2_instance_id(plan, group, id))
        }
        Owner::Service(_) | Owner::Job(_) if stop.cause == StopCause::OutOfMemory => {
            "Container killed due to memory usage".to_owned()
        }
        Owner::Service(_) | Owner::Job(_) => String::new(),
    };
    stop.cause.stopped_reason(&detail)
}

/// The agent's words for a container that can't start for another (amazon-ecs-agent,
/// `engine/dependencygraph`, 2026-06); for what ECS gives up after hours nobody reports the words.
fn unresolved_detail(plan: &Plan, task: &TaskRecord, of: Unresolved) -> String {
    let containers = &plan.task_definition(task.definition).containers;
    let name = |at: usize| &containers[at].name[..];
    let (target, dependency) = (name(of.container), name(of.dependency.on));
    let both = format!("container ordering dependency [{dependency}] for target [{target}]");
    match of.reason {
        OrderReason::TimedOut => format!("dependency graph: {both} has timed out."),
        OrderReason::NotSuccessful => format!(
            "dependency graph: failed to resolve {both} as dependency did not exit successfully."
        ),
        OrderReason::Never => format!("dependency graph: failed to resolve the {both}"),
    }
}

/// A task's `lastStatus`, told by how far its timestamps go.
pub fn last_status(times: &TaskTimes) -> TaskStatus {
    status_changes(times)
        .last()
        .map_or(TaskStatus::Provisioning, |(status, _)| status)
}

/// The states that a task went through, with the instants it entered them. What it had no use for
/// on its way out is left out.
pub fn status_changes(times: &TaskTimes) -> impl Iterator<Item = (TaskStatus, SimTime)> {
    let leaves = times.sigterm.or(times.execution_stopped);
    let deactivating = times
        .stopping
        .filter(|stopping| leaves.is_none_or(|leaves| *stopping < leaves));
    [
        (TaskStatus::Provisioning, Some(times.created)),
        (TaskStatus::Pending, times.connectivity),
        (TaskStatus::Activating, times.pull_started),
        (TaskStatus::Running, times.started),
        (TaskStatus::Deactivating, deactivating),
        (TaskStatus::Stopping, times.sigterm),
        (TaskStatus::Deprovisioning, times.execution_stopped),
        (TaskStatus::Stopped, times.stopped),
    ]
    .into_iter()
    .filter_map(|(status, at)| at.map(|at| (status, at)))
}

pub(super) fn arn(plan: &Plan, resource: &str) -> String {
    format!("arn:aws:ecs:{}:{ACCOUNT_ID}:{resource}", plan.region)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TargetGroupId;
    use crate::observe::fixture;

    fn statuses(times: &TaskTimes) -> String {
        let names: Vec<&str> = status_changes(times)
            .map(|(status, _)| status.as_str())
            .collect();
        names.join(" ")
    }

    #[test]
    fn a_row_has_describe_tasks_names_and_timestamps() {
        let plan = fixture::plan();
        let task = fixture::task(fixture::FARGATE, StopCause::ScalingActivity);
        let mut bytes = Vec::new();
        write_tasks_csv(&plan, std::slice::from_ref(&task), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let deployment = deployment_id(&plan, fixture::API, 0);
        let arn = task_arn(&plan, &task);
        assert!(arn.starts_with("arn:aws:ecs:us-east-1:012345678901:task/shop/"));
        let row = format!(
            "{arn},arn:aws:ecs:us-east-1:012345678901:task-definition/api:1,service:api,\
             {deployment},FARGATE,FARGATE,us-east-1b,,512,1024,STOPPED,ServiceSchedulerInitiated,\
             Scaling activity initiated by (deployment {deployment}),2026-03-05T00:01:00.000000Z,\
             2026-03-05T00:01:08.000000Z,2026-03-05T00:01:10.000000Z,2026-03-05T00:01:35.000000Z,\
             2026-03-05T00:01:40.000000Z,2026-03-05T00:16:40.000000Z,2026-03-05T00:17:43.000000Z,\
             2026-03-05T00:17:50.000000Z"
        );
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [TASK_COLUMNS.join(","), row]
        );
    }

    #[test]
    fn who_failed_health_checks_is_told_the_group_whose_checks_they_were() {
        let mut plan = fixture::plan();
        let mut admin = plan.target_groups[0].clone();
        admin.name = "admin".to_owned();
        plan.target_groups.push(admin);
        plan.services[0].further_groups = vec![TargetGroupId(1)];
        let mut task = fixture::task(fixture::FARGATE, StopCause::FailedElbHealthChecks);
        for (group, name) in [(0, "api"), (1, "admin")] {
            task.unhealthy_in = Some((SimTime::ZERO, TargetGroupId(group)));
            assert_eq!(
                stopped_reason(&plan, &task),
                format!("Task failed ELB health checks in (target-group {name})")
            );
        }
    }

    #[test]
    fn ids_are_the_same_in_every_run_and_differ_by_owner_and_ordinal() {
        let plan = fixture::plan();
        let task = fixture::task(fixture::FARGATE, StopCause::ScalingActivity);
        let mut next = task.clone();
        next.ordinal += 1;
        let arn = task_arn(&plan, &task);
        assert_eq!(arn, task_arn(&plan, &task));
        assert_ne!(arn, task_arn(&plan, &next));
        assert_eq!(arn.rsplit('/').next().unwrap().len(), 32);
        let deployment = deployment_id(&plan, fixture::API, 0);
        assert_eq!(deployment.len(), "ecs-svc/".len() + 19);
        assert_ne!(deployment, deployment_id(&plan, fixture::API, 1));
    }

    #[test]
    fn the_last_status_follows_from_how_far_the_timestamps_go() {
        let task = fixture::task(fixture::FARGATE, StopCause::ScalingActivity);
        for (seconds, status) in [
            (60, "PROVISIONING"),
            (69, "PENDING"),
            (99, "ACTIVATING"),
            (100, "RUNNING"),
            (1_059, "DEACTIVATING"),
            (1_060, "STOPPING"),
            (1_069, "DEPROVISIONING"),
            (1_070, "STOPPED"),
        ] {
            let mut times = task.times;
            times.cut_after(SimTime::from_secs(seconds));
            assert_eq!(last_status(&times).as_str(), status, "{seconds}");
        }
    }

    #[test]
    fn states_without_a_use_are_left_out() {
        let mut times = fixture::task(fixture::FARGATE, StopCause::ScalingActivity).times;
        assert_eq!(
            statuses(&times),
            "PROVISIONING PENDING ACTIVATING RUNNING DEACTIVATING STOPPING DEPROVISIONING STOPPED"
        );
        // A task that ends by itself has no target to drain and no SIGTERM.
        times.sigterm = None;
        times.execution_stopped = times.stopping;
        assert_eq!(
            statuses(&times),
            "PROVISIONING PENDING ACTIVATING RUNNING DEPROVISIONING STOPPED"
        );
    }
}
