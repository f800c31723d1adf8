//! How containers ended by themselves.

use crate::engine::SimTime;
use crate::policy::life_cycle::StopCause;

/// How the essential container of a task ended by itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ContainerEnd {
    /// What ended it.
    pub cause: StopCause,
    /// With which exit code.
    pub exit_code: i32,
    /// When it had been started; `None`: it had not.
    pub since: Option<SimTime>,
    /// The memory that it had kept; `None`: its code keeps none, or nothing limits it.
    pub kept: Option<KeptMemory>,
}

/// The memory that a container had kept when it ended.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KeptMemory {
    /// How fast it keeps memory, over the mean of its revision.
    pub pace: f64,
    /// What it had kept, MiB: no more than there is beside `busy_mib`.
    pub kept_mib: f64,
    /// What it had kept already when the run began, MiB.
    pub before_mib: f64,
    /// What requests took beside it, MiB: the mean over the service's tasks.
    pub busy_mib: f64,
}
