//! What the orders of a class sort by.

use crate::ids::InstanceId;
use crate::policy::placement::Need;
use crate::world::placement::order::Place;

/// What an order sorts by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sorting {
    Id,
    Cpu,
    Memory,
    CpuMemory,
    MemoryCpu,
}

pub(super) const SORTINGS: [Sorting; 5] = [
    Sorting::Id,
    Sorting::Cpu,
    Sorting::Memory,
    Sorting::CpuMemory,
    Sorting::MemoryCpu,
];

/// Where an instance with this much free stands.
pub(super) fn place(sorting: Sorting, instance: InstanceId, free: &Need) -> Place {
    let (first, second) = match sorting {
        Sorting::Id => (0, 0),
        Sorting::Cpu => (free.cpu, 0),
        Sorting::Memory => (free.memory, 0),
        Sorting::CpuMemory => (free.cpu, free.memory),
        Sorting::MemoryCpu => (free.memory, free.cpu),
    };
    Place::new(first, second, instance)
}
