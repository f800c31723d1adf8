//! A container instance: an EC2 instance of an Auto Scaling group that registers with the cluster.

use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, InstanceId, InstanceTypeId, TaskId, ZoneId};
use crate::policy::auto_scaling_group::{PoolState, Purchase};
use crate::policy::placement::Need;
use crate::world::placement::ClassId;

/// All that can be said of an instance.
#[derive(Clone, Debug)]
pub struct InstanceRecord {
    /// Which of the run's it is.
    pub id: InstanceId,
    /// Its group.
    pub group: GroupId,
    /// Its type, by position in the group's.
    pub type_index: u32,
    /// Its type.
    pub instance_type: InstanceTypeId,
    /// Its zone.
    pub zone: ZoneId,
    /// How it is bought.
    pub purchase: Purchase,
    /// Its timestamps.
    pub times: InstanceTimes,
    /// What ended it; `None`: nothing has.
    pub cause: Option<TerminationCause>,
    /// Its time in a warm pool, if it was launched into one.
    pub warm: Option<WarmTimes>,
    /// Of its time `running`, how much it was without a task.
    pub empty: SimDuration,
    /// Whether it stood when a steady run began: it is older than the run (ASSUMPTION: than an hour
    /// at that instant).
    pub stood: bool,
}

/// An instance's timestamps; `None` where it never got there (yet).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InstanceTimes {
    /// The group decided to launch it.
    pub launched: SimTime,
    /// `running`: billed from here.
    pub running: Option<SimTime>,
    /// Registered and ACTIVE.
    pub active: Option<SimTime>,
    /// DRAINING from here.
    pub draining: Option<SimTime>,
    /// `shutting-down`: billed until here (EC2 user guide, "Instance lifecycle").
    pub terminated: Option<SimTime>,
}

/// An instance's time in a warm pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WarmTimes {
    /// How it waits there.
    pub state: PoolState,
    /// It has booted, and waits from here on.
    pub ready: Option<SimTime>,
    /// Its group takes it: it starts again, where it was stopped.
    pub taken: Option<SimTime>,
}

impl InstanceRecord {
    /// The times up to `end` in which it was paid: all since `running`, less what it stood stopped
    /// or hibernated in a warm pool.
    pub fn paid(&self, end: SimTime) -> impl Iterator<Item = (SimTime, SimTime)> {
        let rests = self.warm.filter(|warm| warm.state != PoolState::Running);
        let rest = rests.and_then(|warm| warm.ready).unwrap_or(end).min(end);
        let again = rests.and_then(|warm| warm.taken);
        let first = self.times.running.map(|running| (running, rest));
        let second = again.map(|again| (again, end));
        let parts = first.into_iter().chain(second);
        parts.filter(|(from, until)| from <= until)
    }
}

/// Where an instance stands, as far as a decision can depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstanceStatus {
    /// Launched, not registered yet.
    Launching,
    /// ACTIVE: takes tasks.
    Active,
    /// DRAINING: takes no further tasks.
    Draining,
    /// Shutting down, or gone.
    Terminated,
    /// Launched into its group's warm pool, not booted yet.
    Warming,
    /// Waits in the warm pool.
    Warm,
}

impl InstanceStatus {
    /// Whether ECS knows it.
    pub fn is_registered(self) -> bool {
        matches!(self, InstanceStatus::Active | InstanceStatus::Draining)
    }

    /// Whether it is in a warm pool.
    pub fn is_warm(self) -> bool {
        matches!(self, InstanceStatus::Warming | InstanceStatus::Warm)
    }
}

/// A change of an instance that is announced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstanceStep {
    /// It is ACTIVE.
    Active,
    /// It is DRAINING.
    Draining,
    /// It is gone, or the run is over.
    Gone,
}

/// What ends an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TerminationCause {
    /// The group scaled in.
    ScaleIn,
    /// EC2 took a Spot instance back.
    SpotInterruption,
    /// It never registered.
    LaunchFailed,
    /// It failed, or its zone did.
    Failure,
    /// An instance refresh replaces it.
    Refresh,
    /// Capacity rebalancing replaced it: it was at risk.
    Rebalance,
    /// Its zone had too many.
    ZoneBalance,
    /// Of Managed Instances: it had no task for as long as `scaleInAfter` says.
    Idle,
    /// Of Managed Instances: its tasks found room on others, or on a far cheaper type.
    Consolidation,
    /// Of Managed Instances: it was old, and what is patched takes its place.
    Patching,
    /// Of Managed Instances: it was so old that it ended with what ran on it.
    EndOfLife,
    /// `whatIf.repacking` emptied it.
    Repacking,
}

/// Counts of a group, and what its registered instances have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GroupCounts {
    /// `DesiredCapacity`.
    pub desired: u32,
    /// Launched and not registered yet.
    pub launching: u32,
    /// ACTIVE.
    pub active: u32,
    /// DRAINING.
    pub draining: u32,
    /// In the warm pool, booted or not.
    pub warm: u32,
    /// Of the launching and the active ones, on demand.
    pub on_demand: u32,
    /// Of the launching and the active ones, Spot.
    pub spot: u32,
    /// Of the launching and the active ones, without a task.
    pub empty: u32,
    /// Tasks that wait for an instance of it.
    pub waiting: u32,
    /// What ACTIVE and DRAINING instances have for tasks.
    pub registered: Amounts,
    /// What tasks whose desired status is RUNNING have of it.
    pub reserved: Amounts,
    /// What is free on ACTIVE instances and of no use to the tasks that wait; only who is told of
    /// the counts knows it.
    pub fragmented: Amounts,
}

impl GroupCounts {
    /// Whether nothing differs but what tasks have of it.
    #[inline]
    pub fn is_same_but_reserved(&self, other: &GroupCounts) -> bool {
        let parts = |it: &GroupCounts| {
            let GroupCounts {
                desired,
                launching,
                active,
                draining,
                warm,
                on_demand,
                spot,
                empty,
                waiting,
                registered,
                reserved: _,
                fragmented,
            } = *it;
            let states = [desired, launching, active, draining];
            let kinds = [warm, on_demand, spot, empty];
            (states, kinds, waiting, registered, fragmented)
        };
        parts(self) == parts(other)
    }

    /// Its container instances: ACTIVE and DRAINING.
    pub const fn registered_instances(&self) -> u32 {
        self.active + self.draining
    }
}

/// Sums over instances.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amounts {
    /// CPU units.
    pub cpu: u64,
    /// MiB.
    pub memory: u64,
    /// GPUs.
    pub gpus: u64,
}

/// A container instance in its arena.
#[derive(Clone, Debug)]
pub struct Instance {
    /// What is known of it.
    pub record: InstanceRecord,
    /// Where it stands.
    pub status: InstanceStatus,
    /// Its group, type and zone in one.
    pub class: ClassId,
    /// Tasks placed on it that are not STOPPED.
    pub tasks: Vec<TaskId>,
    /// Of these, with desired status RUNNING, those of DAEMON services left out: without any, ECS
    /// calls the instance empty.
    pub live: u32,
    /// When its group decided that it is to be one of its own: launched, or out of the warm pool.
    pub entered: SimTime,
    /// Since when it runs without a task, while it does.
    pub empty_since: SimTime,
    /// What the host really has free: a task that stops has its share until it is STOPPED.
    pub host_free: Need,
    /// Tasks that the agent keeps in PENDING until the host has the room, in order.
    pub held: Vec<TaskId>,
    /// How many instance refreshes of its group had begun when it was launched: each brings the
    /// next version of the launch template.
    pub template_version: u32,
    /// Whether scale-in protection keeps it, by the group's own setting.
    pub is_protected: bool,
    /// Whether it is DRAINING while its group keeps it: at the operator's word, or after a notice.
    pub is_draining_member: bool,
    /// Whether its Spot interruption notice has come.
    pub is_noticed: bool,
    /// Whether ECS hears of its agent: else it takes no tasks.
    pub is_connected: bool,
    /// Of a Managed Instance that is launching: the tasks that it was launched for and that wait
    /// for it.
    pub intended: Vec<TaskId>,
    /// Of a Managed Instance: since when no task has started or stopped on it.
    pub quiet_since: SimTime,
    /// Of a Managed Instance: whether infrastructure optimization has a timer on it.
    pub is_watched: bool,
    /// Of a Managed Instance that stands from the start: how old it was then.
    pub age_at_start: SimDuration,
    /// Until when its agent is disconnected, if it ever was.
    pub disconnected_until: SimTime,
    /// Of one's own machines: whether it failed and is not back, so that ECS hears nothing of it.
    pub is_down: bool,
    /// Of one's own machines: failures and disconnects so far: key the draws of the next.
    pub befell: [u32; 2],
    /// The count that tells its live timer from stale ones.
    pub tick: u32,
    /// Its position in its group's list.
    pub position: u32,
    /// The image of each task definition; `None`: nobody has pulled it.
    pub images: Vec<Option<Image>>,
}

/// An image on an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Image {
    /// When it is there.
    pub there: SimTime,
    /// When the last task with it stopped so far; as `there` before one has.
    pub left: SimTime,
}

impl Image {
    /// One that no task has left yet.
    pub fn at(there: SimTime) -> Self {
        let left = there;
        Image { there, left }
    }
}

impl Amounts {
    /// Adds a need.
    pub fn add(&mut self, need: &Need) {
        self.cpu += u64::from(need.cpu);
        self.memory += u64::from(need.memory);
        self.gpus += u64::from(need.gpus);
    }

    /// Takes a need away.
    pub fn remove(&mut self, need: &Need) {
        self.cpu -= u64::from(need.cpu);
        self.memory -= u64::from(need.memory);
        self.gpus -= u64::from(need.gpus);
    }
}

impl Instance {
    /// It has been without a task until now; it is about to have one, or to end.
    pub fn end_empty(&mut self, now: SimTime) {
        let since = self.empty_since.min(now);
        self.record.empty = self.record.empty + now.since(since);
        self.empty_since = now;
    }

    /// Whether its group counts it: launching or ACTIVE, or DRAINING at the operator's word or
    /// after a Spot interruption notice, of which the group knows nothing.
    pub fn is_member(&self) -> bool {
        self.is_draining_member
            || matches!(
                self.status,
                InstanceStatus::Launching | InstanceStatus::Active
            )
    }

    /// An instance whose launch was just granted.
    pub fn launching(
        (record, class): (InstanceRecord, ClassId),
        registered: Need,
        is_protected: bool,
    ) -> Self {
        Instance {
            entered: record.times.launched,
            record,
            status: InstanceStatus::Launching,
            class,
            tasks: Vec::new(),
            live: 0,
            empty_since: SimTime::MAX,
            host_free: registered,
            held: Vec::new(),
            template_version: 0,
            is_protected,
            is_draining_member: false,
            is_noticed: false,
            is_connected: true,
            intended: Vec::new(),
            quiet_since: SimTime::ZERO,
            is_watched: false,
            age_at_start: SimDuration::ZERO,
            disconnected_until: SimTime::ZERO,
            is_down: false,
            befell: [0; 2],
            tick: 0,
            position: 0,
            images: Vec::new(),
        }
    }
}
