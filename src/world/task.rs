//! A task: what is known of it, and the table of its legal moves.
//!
//! Phases whose end decides nothing (PENDING, ACTIVATING, STOPPING …) are timestamps, computed when
//! the phase before them begins; the states here are those that a decision can depend on.

use crate::engine::{SimDuration, SimTime};
use crate::ids::{
    GroupId, InstanceId, JobSourceId, ProviderId, ServiceId, StartProblemId, SubnetId,
    TargetGroupId, TaskDefinitionId, ZoneId,
};
use crate::policy::container_order::Unresolved;
use crate::policy::life_cycle::{EXIT_SIGKILL, StopCause, StopCode};
use crate::scenario::plan::Plan;
use crate::units::{CpuUnits, MiB};
use crate::world::groups::Phase;
use crate::world::memory_growth::Leak;

/// Who a task belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// A service.
    Service(ServiceId),
    /// A program that calls RunTask.
    Job(JobSourceId),
}

/// All that can be said of a task, with DescribeTasks' timestamps.
#[derive(Clone, Debug)]
pub struct TaskRecord {
    /// Whose it is.
    pub owner: Owner,
    /// The owner's how-manieth task it is, from 0: part of its ARN.
    pub ordinal: u64,
    /// Which deployment of its service started it, from 0.
    pub deployment: u32,
    /// What it runs.
    pub definition: TaskDefinitionId,
    /// On which provider.
    pub provider: ProviderId,
    /// In which zone; [`ZoneId::NOWHERE`] while it waits for an instance.
    pub zone: ZoneId,
    /// On which container instance; `None`: on Fargate, or not placed yet.
    pub instance: Option<InstanceId>,
    /// The Auto Scaling group of that instance.
    pub group: Option<GroupId>,
    /// Its size.
    pub cpu: CpuUnits,
    /// Its size.
    pub memory: MiB,
    /// Its timestamps.
    pub times: TaskTimes,
    /// When it had been wanted.
    pub wanted_at: SimTime,
    /// How it ended; `None`: it has not.
    pub stop: Option<TaskStop>,
    /// The subnet whose address its network interface has, where addresses are counted.
    pub subnet: Option<SubnetId>,
    /// What keeps it from RUNNING; `None`: nothing does.
    pub problem: Option<StartProblemId>,
    /// When, and in which target group, its checks have failed, as far as that is foreseen.
    pub unhealthy_in: Option<(SimTime, TargetGroupId)>,
    /// Which of its containers can't start, and why; `None`: all could, or will.
    pub unresolved: Option<Unresolved>,
    /// How often its essential container was started again in it.
    pub restarts: u32,
    /// When that was last.
    pub restarted: Option<SimTime>,
    /// Work that was lost with it, paid for and to be done again.
    pub lost_work: SimDuration,
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskStop {
    /// `stopCode`.
    pub code: StopCode,
    /// What `stoppedReason` is made from.
    pub cause: StopCause,
    /// The exit code of its essential container; `None`: it never started.
    pub exit_code: Option<i32>,
    /// Whether Spot took back what it ran on: Fargate's capacity, or its instance.
    pub is_by_spot: bool,
}

/// DescribeTasks' timestamps; `None` where the task never got there (yet).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TaskTimes {
    /// `createdAt`: PROVISIONING from here.
    pub created: SimTime,
    /// When it got its container instance; `None` on Fargate.
    pub placed: Option<SimTime>,
    /// `connectivityAt`: PENDING from here.
    pub connectivity: Option<SimTime>,
    /// `pullStartedAt`: ACTIVATING from here; billed from here.
    pub pull_started: Option<SimTime>,
    /// `pullStoppedAt`.
    pub pull_stopped: Option<SimTime>,
    /// `startedAt`: RUNNING from here.
    pub started: Option<SimTime>,
    /// When it began to answer requests.
    pub in_service: Option<SimTime>,
    /// `stoppingAt`: DEACTIVATING from here.
    pub stopping: Option<SimTime>,
    /// When SIGTERM was sent: STOPPING from here.
    pub sigterm: Option<SimTime>,
    /// `executionStoppedAt`: DEPROVISIONING from here.
    pub execution_stopped: Option<SimTime>,
    /// `stoppedAt`.
    pub stopped: Option<SimTime>,
}

/// Where a task stands, as far as a decision can depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskState {
    /// PROVISIONING, PENDING, ACTIVATING.
    Launching,
    /// RUNNING, not answering requests yet.
    Running,
    /// RUNNING and answering requests (or, without requests, doing its work).
    Serving,
    /// DEACTIVATING, STOPPING, DEPROVISIONING: its desired status is STOPPED.
    Stopping,
}

/// How far a task has come on a container instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HostingState {
    /// It has none: on Fargate, or it waits for one.
    NotPlaced,
    /// It is placed, and the agent keeps it in PENDING until the host has the room.
    Held,
    /// It has its share of the host.
    OnHost,
}

/// A task in the arena.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is known of it.
    pub record: TaskRecord,
    /// Where it stands.
    state: TaskState,
    /// Whether it counts as healthy for its deployment.
    pub healthy: bool,
    /// The count that tells its live timer from stale ones: moved by every transition.
    tick: u32,
    /// Of a task on a container instance: how far it has come there.
    pub hosting: HostingState,
    /// The Managed Instance that was launched for it and that it waits for.
    pub intended: Option<InstanceId>,
    /// Whether its service is to replace it: its instance is draining, it is UNHEALTHY, or its
    /// platform revision is retired.
    pub is_draining: bool,
    /// Whether ECS has found it UNHEALTHY.
    pub is_unhealthy: bool,
    /// Its health checks fail, and its service will stop it for this.
    failing: Option<StopCause>,
    /// The job it works for, by index in its source.
    pub job: Option<u32>,
    /// Whether its essential container was started again and does not answer yet.
    pub is_restarting: bool,
    /// What is known of the memory that it keeps, while it serves.
    pub leak: Option<Leak>,
    /// When it runs out of memory; another instant is one of before a restart.
    pub out_of_memory_at: Option<SimTime>,
    /// When its code crashes next; a crash of another instant is one of before a restart.
    pub crash_at: Option<SimTime>,
    /// How it ended while nobody heard of it: its instance's agent is disconnected.
    pub unheard: Option<(StopCause, i32)>,
    /// When its machine failed under it; ECS hears of it later.
    pub lost_at: Option<SimTime>,
}

/// A transition that was made, to be announced.
#[must_use = "what changed must be announced as an observation"]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskChange {
    /// The state before.
    pub from: TaskState,
    /// The state now.
    pub to: TaskState,
}

impl TaskRecord {
    /// When its essential container was last started; `None`: it has not been.
    pub fn last_start(&self) -> Option<SimTime> {
        self.restarted.or(self.times.started)
    }

    /// What draws of the life of its essential container are keyed by: a restarted one has another.
    pub fn life(&self) -> u64 {
        self.ordinal | u64::from(self.restarts) << 40
    }
}

impl Owner {
    /// Whether its tasks are those of a DAEMON service.
    pub fn is_daemon(self, plan: &Plan) -> bool {
        match self {
            Owner::Service(service) => plan.service(service).is_daemon,
            Owner::Job(_) => false,
        }
    }
}

impl TaskTimes {
    /// Those of a task that stands from the start of the run, as if for long.
    pub fn standing() -> Self {
        TaskTimes {
            created: SimTime::ZERO,
            connectivity: Some(SimTime::ZERO),
            pull_started: Some(SimTime::ZERO),
            pull_stopped: Some(SimTime::ZERO),
            started: Some(SimTime::ZERO),
            ..TaskTimes::default()
        }
    }

    /// From when to when it was RUNNING, of a task that is over or cut off at `now`; the same
    /// instant twice if it never was.
    pub fn running(&self, now: SimTime) -> (SimTime, SimTime) {
        let end = self.stopped.unwrap_or(now).min(now);
        let stopping = self.stopping.unwrap_or(end).min(end);
        let started = self.started.unwrap_or(stopping).min(stopping);
        (started, stopping)
    }

    /// Forgets what had been foreseen for later than `now`: the task ended, or the run did.
    pub fn cut_after(&mut self, now: SimTime) {
        for time in [
            &mut self.placed,
            &mut self.connectivity,
            &mut self.pull_started,
            &mut self.pull_stopped,
            &mut self.started,
            &mut self.in_service,
            &mut self.stopping,
            &mut self.sigterm,
            &mut self.execution_stopped,
            &mut self.stopped,
        ] {
            *time = time.filter(|time| *time <= now);
        }
    }
}

impl TaskState {
    /// Whether the table of moves has `self` → `to`.
    pub fn may_become(self, to: TaskState) -> bool {
        use TaskState::{Launching, Running, Serving, Stopping};
        match (self, to) {
            (Launching, Running) | (Running, Serving) => true,
            (Launching | Running | Serving, Stopping) => true,
            (Launching | Running | Serving | Stopping, _) => false,
        }
    }

    /// Whether the task is RUNNING.
    pub fn is_running(self) -> bool {
        matches!(self, TaskState::Running | TaskState::Serving)
    }
}

impl Task {
    /// A task whose launch was just granted.
    #[inline]
    pub fn launching(record: TaskRecord, job: Option<u32>) -> Self {
        Task {
            record,
            state: TaskState::Launching,
            healthy: false,
            tick: 0,
            hosting: HostingState::NotPlaced,
            intended: None,
            is_draining: false,
            is_unhealthy: false,
            failing: None,
            job,
            is_restarting: false,
            leak: None,
            out_of_memory_at: None,
            crash_at: None,
            unheard: None,
            lost_at: None,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// The list of its group that it stands in.
    pub fn phase(&self) -> Phase {
        match self.state {
            TaskState::Launching => Phase::Launching,
            TaskState::Running | TaskState::Serving | TaskState::Stopping if self.healthy => {
                Phase::Healthy
            }
            TaskState::Running | TaskState::Serving | TaskState::Stopping if self.is_unhealthy => {
                Phase::Unhealthy
            }
            TaskState::Running | TaskState::Serving | TaskState::Stopping => Phase::Running,
        }
    }

    /// The tick of its live timer.
    pub fn tick(&self) -> u32 {
        self.tick
    }

    /// Whether it answers requests, whatever ECS believes.
    pub fn is_serving(&self) -> bool {
        let is_up = self.lost_at.is_none() && self.failing.is_none() && !self.is_restarting;
        self.state == TaskState::Serving && is_up
    }

    /// Its essential container is started again: until it answers, no step of its life is due.
    pub fn restart(&mut self, now: SimTime) {
        self.record.restarts += 1;
        self.record.restarted = Some(now);
        self.is_restarting = true;
        self.out_of_memory_at = None;
        self.tick += 1;
    }

    /// Its health checks fail from now on: it answers nothing more, and its timer is outdated.
    pub fn fail_checks(&mut self, cause: StopCause) {
        self.failing = Some(cause);
        self.tick += 1;
    }

    /// What it will be stopped for, if its health checks fail.
    pub fn failing(&self) -> Option<StopCause> {
        self.failing
    }

    /// Its machine fails under it: nothing more comes of it, and its timer is outdated.
    pub fn lose(&mut self, now: SimTime) {
        // What was foreseen does not happen.
        self.record.times.cut_after(now);
        self.lost_at = Some(now);
        self.tick += 1;
    }

    /// It is stopping, and gone at once: its timer is outdated. When its containers would have
    /// stopped, if they had not yet: they are killed.
    pub fn cut_short(&mut self, now: SimTime) -> Option<SimTime> {
        self.tick += 1;
        let record = &mut self.record;
        let foreseen = record.times.execution_stopped.filter(|at| now < *at);
        record.times.cut_after(now);
        record.times.execution_stopped.get_or_insert(now);
        record.times.stopped = Some(now);
        if let (Some(_), Some(stop)) = (foreseen, &mut record.stop) {
            stop.exit_code = stop.exit_code.map(|_| EXIT_SIGKILL);
        }
        foreseen
    }

    /// Moves it to `to` and outdates its timer.
    ///
    /// # Panics
    /// If the table of moves does not have this one: a defect of the caller.
    pub fn transition(&mut self, to: TaskState) -> TaskChange {
        let from = self.state;
        assert!(
            from.may_become(to),
            "a task can't go from {from:?} to {to:?}"
        );
        self.state = to;
        self.tick += 1;
        TaskChange { from, to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopping_task_never_comes_back() {
        for to in [TaskState::Launching, TaskState::Running, TaskState::Serving] {
            assert!(!TaskState::Stopping.may_become(to));
        }
    }

    #[test]
    fn every_live_state_may_stop_and_none_may_skip_running() {
        for from in [TaskState::Launching, TaskState::Running, TaskState::Serving] {
            assert!(from.may_become(TaskState::Stopping));
        }
        assert!(!TaskState::Launching.may_become(TaskState::Serving));
    }
}
