//! The states of a task and what ends it, with the names that DescribeTasks prints.

use std::fmt;

/// A task's `lastStatus`, in the order of its life.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TaskStatus {
    /// Capacity is being found and the network interface attached; not billed.
    Provisioning,
    /// Told to the agent, which waits for resources on its host.
    Pending,
    /// Images are pulled, containers created, targets registered.
    Activating,
    /// Its containers run.
    Running,
    /// Its targets are deregistered; the deregistration delay is spent here.
    Deactivating,
    /// Its containers have the stop signal, and are killed after `stopTimeout`.
    Stopping,
    /// The network interface is detached.
    Deprovisioning,
    /// Over; visible for at least an hour.
    Stopped,
    /// Over and only in DescribeTasks.
    Deleted,
}

impl TaskStatus {
    /// All of them, in the order of a task's life (ECS developer guide, task-lifecycle-explanation,
    /// 2026-11).
    pub const ALL: [TaskStatus; 9] = [
        TaskStatus::Provisioning,
        TaskStatus::Pending,
        TaskStatus::Activating,
        TaskStatus::Running,
        TaskStatus::Deactivating,
        TaskStatus::Stopping,
        TaskStatus::Deprovisioning,
        TaskStatus::Stopped,
        TaskStatus::Deleted,
    ];

    /// The name as DescribeTasks prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            TaskStatus::Provisioning => "PROVISIONING",
            TaskStatus::Pending => "PENDING",
            TaskStatus::Activating => "ACTIVATING",
            TaskStatus::Running => "RUNNING",
            TaskStatus::Deactivating => "DEACTIVATING",
            TaskStatus::Stopping => "STOPPING",
            TaskStatus::Deprovisioning => "DEPROVISIONING",
            TaskStatus::Stopped => "STOPPED",
            TaskStatus::Deleted => "DELETED",
        }
    }

    /// Whether the task has yet to reach RUNNING.
    pub fn is_starting(self) -> bool {
        self < TaskStatus::Running
    }

    /// A task goes through its states in order; from any of them up to RUNNING it may turn to
    /// stopping, and what it has no use for on the way out (no target, no network interface of its
    /// own) it leaves out.
    ///
    /// Source: ECS developer guide, task-lifecycle-explanation: PROVISIONING, PENDING, ACTIVATING,
    /// RUNNING, DEACTIVATING, STOPPING, DEPROVISIONING, STOPPED.
    pub fn may_become(self, next: TaskStatus) -> bool {
        match next {
            TaskStatus::Provisioning => false,
            TaskStatus::Pending => self == TaskStatus::Provisioning,
            TaskStatus::Activating => self == TaskStatus::Pending,
            TaskStatus::Running => self == TaskStatus::Activating,
            TaskStatus::Deactivating
            | TaskStatus::Stopping
            | TaskStatus::Deprovisioning
            | TaskStatus::Stopped => self < next,
            TaskStatus::Deleted => self == TaskStatus::Stopped,
        }
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A stopped task's `stopCode` (API TaskStopCode, 2026-11).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StopCode {
    /// It never reached RUNNING.
    TaskFailedToStart,
    /// An essential container ended.
    EssentialContainerExited,
    /// StopTask was called.
    UserInitiated,
    /// The service scheduler stopped it: scale-in, deployment, failed health check.
    ServiceSchedulerInitiated,
    /// Fargate Spot took its capacity back.
    SpotInterruption,
    /// The code of 2023's documentation for the same; never emitted.
    TerminationNotice,
    /// An action on the health of its host. ASSUMPTION: the API has no text on it.
    InfrastructureHealth,
}

impl StopCode {
    /// The name as DescribeTasks prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            StopCode::TaskFailedToStart => "TaskFailedToStart",
            StopCode::EssentialContainerExited => "EssentialContainerExited",
            StopCode::UserInitiated => "UserInitiated",
            StopCode::ServiceSchedulerInitiated => "ServiceSchedulerInitiated",
            StopCode::SpotInterruption => "SpotInterruption",
            StopCode::TerminationNotice => "TerminationNotice",
            StopCode::InfrastructureHealth => "InfrastructureHealth",
        }
    }
}

impl fmt::Display for StopCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What ended a task; each has its stop code and its wording of `stoppedReason`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum StopCause {
    /// The image could not be pulled.
    CannotPullContainer,
    /// Secrets, registry authentication or log set-up failed before any container was made.
    ResourceInitialization,
    /// A container could not be started.
    CannotStartContainer,
    /// ECS could not assume a role of the task.
    RoleNotAssumed,
    /// Its network interface could not be created.
    NetworkInterface,
    /// An essential container ended, whatever its exit code, and the task with it (API
    /// ContainerDefinition, essential).
    EssentialContainerExited,
    /// A container used more memory than its hard limit (API ContainerDefinition, memory).
    OutOfMemory,
    /// A call of StopTask (API StopTask).
    StoppedByUser,
    /// The service's scale-in or a deployment.
    ScalingActivity,
    /// Its target failed the load balancer's checks.
    FailedElbHealthChecks,
    /// An essential container failed its health check.
    FailedContainerHealthChecks,
    /// Fargate Spot took its capacity back.
    SpotInterruption,
    /// Fargate retires the platform revision under it.
    Maintenance,
    /// Its host failed, or its zone did.
    InfrastructureHealth,
    /// Its container instance was terminated under it.
    HostTerminated,
    /// Its container instance is draining, and the service replaces it.
    InstanceDraining,
    /// It waited for an instance for too long.
    CapacityUnavailable,
    /// The same, and instances were there: what the nearest of them lacked.
    NoInstanceHadRoom(Shortage),
}

/// What an instance has too little of for a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Shortage {
    /// CPU units.
    Cpu,
    /// Memory.
    Memory,
    /// GPUs.
    Gpu,
    /// Network interfaces.
    Eni,
    /// Room it had; host ports or a placement constraint stood against it.
    Other,
}

impl Shortage {
    /// As DG-failures words it (`RESOURCE:*` for what it has no single word for, ASSUMPTION).
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Shortage::Cpu => "RESOURCE:CPU",
            Shortage::Memory => "RESOURCE:MEMORY",
            Shortage::Gpu => "RESOURCE:GPU",
            Shortage::Eni => "RESOURCE:ENI",
            Shortage::Other => "RESOURCE:*",
        }
    }
}

/// The exit code of a process that SIGKILL ended: 128 + 9.
pub const EXIT_SIGKILL: i32 = 137;

impl StopCause {
    /// Whether the task was taken from its owner through no fault of its own.
    pub const fn is_interruption(self) -> bool {
        matches!(
            self,
            StopCause::SpotInterruption
                | StopCause::HostTerminated
                | StopCause::InstanceDraining
                | StopCause::Maintenance
                | StopCause::InfrastructureHealth
        )
    }

    /// Whether it waited for an instance for too long.
    pub const fn is_for_want_of_an_instance(self) -> bool {
        matches!(
            self,
            StopCause::CapacityUnavailable | StopCause::NoInstanceHadRoom(_)
        )
    }

    /// Whether the scheduler stopped it because it was UNHEALTHY.
    pub const fn is_failed_check(self) -> bool {
        matches!(
            self,
            StopCause::FailedElbHealthChecks | StopCause::FailedContainerHealthChecks
        )
    }

    /// The stop code that DescribeTasks prints with it.
    ///
    /// Source: ECS developer guide, stopped-task-error-codes, and AWS re:Post's ecs-task-stopped: a
    /// reclaimed Fargate Spot task has `SpotInterruption`. The codes of maintenance, of out of
    /// memory, of a host that is gone and of capacity that never came are ASSUMPTION.
    pub const fn stop_code(self) -> StopCode {
        match self {
            StopCause::CannotPullContainer
            | StopCause::ResourceInitialization
            | StopCause::CannotStartContainer
            | StopCause::RoleNotAssumed
            | StopCause::NetworkInterface
            | StopCause::CapacityUnavailable
            | StopCause::NoInstanceHadRoom(_) => StopCode::TaskFailedToStart,
            StopCause::EssentialContainerExited | StopCause::OutOfMemory => {
                StopCode::EssentialContainerExited
            }
            StopCause::StoppedByUser => StopCode::UserInitiated,
            StopCause::ScalingActivity
            | StopCause::FailedElbHealthChecks
            | StopCause::FailedContainerHealthChecks
            | StopCause::InstanceDraining => StopCode::ServiceSchedulerInitiated,
            StopCause::SpotInterruption => StopCode::SpotInterruption,
            StopCause::Maintenance
            | StopCause::InfrastructureHealth
            | StopCause::HostTerminated => StopCode::InfrastructureHealth,
        }
    }

    /// The `stoppedReason` in the shape that AWS prints. `detail` is what stands in it: the
    /// deployment (`ecs-svc/1`), the target group, the error's text; causes without such a place
    /// ignore it.
    pub fn stopped_reason(self, detail: &str) -> String {
        match self {
            StopCause::CannotPullContainer => format!("CannotPullContainerError: {detail}"),
            StopCause::ResourceInitialization => format!("ResourceInitializationError: {detail}"),
            StopCause::CannotStartContainer => format!("CannotStartContainerError: {detail}"),
            StopCause::RoleNotAssumed | StopCause::NetworkInterface => detail.into(),
            StopCause::EssentialContainerExited => "Essential container in task exited".into(),
            StopCause::OutOfMemory => format!("OutOfMemoryError: {detail}"),
            StopCause::StoppedByUser if detail.is_empty() => "Task stopped by user".into(),
            StopCause::StoppedByUser => detail.into(),
            StopCause::ScalingActivity => {
                format!("Scaling activity initiated by (deployment {detail})")
            }
            StopCause::FailedElbHealthChecks => {
                format!("Task failed ELB health checks in ({detail})")
            }
            StopCause::FailedContainerHealthChecks => "Task failed container health checks".into(),
            StopCause::SpotInterruption => "Your Spot Task was interrupted.".into(),
            StopCause::Maintenance => {
                "ECS is performing maintenance on the underlying infrastructure hosting the task"
                    .into()
            }
            StopCause::HostTerminated => format!("Host EC2 (instance {detail}) terminated."),
            StopCause::InstanceDraining => "Task stopped as its instance is draining".into(),
            StopCause::CapacityUnavailable => "EMPTY CAPACITY PROVIDER".into(),
            StopCause::NoInstanceHadRoom(shortage) => shortage.reason().into(),
            // AWS publishes no wording for it (ASSUMPTION).
            StopCause::InfrastructureHealth => {
                "The underlying infrastructure hosting the task is impaired".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_goes_through_its_states_in_aws_order() {
        // task-lifecycle-explanation.
        let names: Vec<&str> = TaskStatus::ALL
            .iter()
            .map(|status| status.as_str())
            .collect();
        assert_eq!(
            names.join(" "),
            "PROVISIONING PENDING ACTIVATING RUNNING DEACTIVATING STOPPING DEPROVISIONING \
             STOPPED DELETED"
        );
        for pair in TaskStatus::ALL.windows(2) {
            assert!(pair[0].may_become(pair[1]), "{} to {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn no_task_goes_back_or_runs_without_activation() {
        for (index, &from) in TaskStatus::ALL.iter().enumerate() {
            for &to in &TaskStatus::ALL[..=index] {
                assert!(!from.may_become(to), "{from} to {to}");
            }
        }
        assert!(!TaskStatus::Pending.may_become(TaskStatus::Running));
        assert!(!TaskStatus::Running.may_become(TaskStatus::Deleted));
        assert!(TaskStatus::Provisioning.may_become(TaskStatus::Stopped));
        assert!(TaskStatus::Running.may_become(TaskStatus::Stopping));
    }

    #[test]
    fn each_end_has_the_code_and_words_that_aws_prints() {
        // stopped-task-error-codes, ecs-task-stopped,
        // fargate-capacity-providers.
        let table = [
            (
                StopCause::CannotPullContainer,
                "pull access denied",
                "TaskFailedToStart",
                "CannotPullContainerError: pull access denied",
            ),
            (
                StopCause::EssentialContainerExited,
                "",
                "EssentialContainerExited",
                "Essential container in task exited",
            ),
            (
                StopCause::StoppedByUser,
                "",
                "UserInitiated",
                "Task stopped by user",
            ),
            (
                StopCause::ScalingActivity,
                "ecs-svc/12",
                "ServiceSchedulerInitiated",
                "Scaling activity initiated by (deployment ecs-svc/12)",
            ),
            (
                StopCause::FailedElbHealthChecks,
                "target-group api",
                "ServiceSchedulerInitiated",
                "Task failed ELB health checks in (target-group api)",
            ),
            (
                StopCause::SpotInterruption,
                "",
                "SpotInterruption",
                "Your Spot Task was interrupted.",
            ),
        ];
        for (cause, detail, code, reason) in table {
            assert_eq!(cause.stop_code().as_str(), code);
            assert_eq!(cause.stopped_reason(detail), reason);
        }
    }
}
