//! The memory of a load's tasks, in either fidelity.

use crate::demand::load::Load;
use crate::demand::split_load::Side;
use crate::ids::ZoneId;

impl Load {
    /// Memory of a task, MiB.
    pub fn memory_limit_mib(&self) -> f64 {
        match self {
            Load::Fluid(load) => load.memory_limit_mib(),
            Load::Requests(load) => load.memory_limit_mib(),
            Load::Split(load) => load.memory_mib().0,
            Load::Zonal(load) => load.memory_mib().0,
        }
    }

    /// Whether the running tasks of any side use more memory than they have, on average.
    pub fn is_anywhere_over_memory(&self) -> bool {
        match self {
            Load::Split(load) => Side::BOTH.into_iter().any(|side| load.is_over_memory(side)),
            Load::Fluid(_) | Load::Requests(_) | Load::Zonal(_) => self.is_over_memory(Side::First),
        }
    }

    /// Whether the running tasks of a side use more memory than they have, on average.
    pub fn is_over_memory(&self, side: Side) -> bool {
        match self {
            Load::Split(load) => load.is_over_memory(side),
            Load::Fluid(_) | Load::Requests(_) | Load::Zonal(_) => {
                self.memory_limit_mib() < self.memory_per_task_mib()
            }
        }
    }

    /// The same of the tasks of a side in a zone, if the balancer keeps zones apart.
    pub fn is_over_memory_in(&self, side: Side, zone: ZoneId) -> bool {
        match self {
            Load::Split(load) => load.is_over_memory_in(side, zone),
            Load::Zonal(load) => load.is_over_memory(zone),
            Load::Fluid(_) | Load::Requests(_) => self.is_over_memory(side),
        }
    }

    /// Mean memory in use by a running task now, MiB.
    pub fn memory_per_task_mib(&self) -> f64 {
        match self {
            Load::Fluid(load) => load.memory_per_task_mib(),
            Load::Requests(load) => load.memory_per_task_mib(),
            Load::Split(load) => load.memory_mib().1,
            Load::Zonal(load) => load.memory_mib().1,
        }
    }
}
