//! What the orders of a class sort by.

use crate::ids::InstanceId;
use crate::policy::placement::{Binpack, Need, PlacementRule};
use crate::world::placement::place::Place;

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

impl Sorting {
    /// The order that has the instances which `binpack` leaves at its beginning, by what all of
    /// them share already and then by these rules: up to `random`, which needs an order of its
    /// beginning only.
    pub(super) fn of(shared: &[Option<Binpack>], rules: &[PlacementRule]) -> Self {
        let mut fields = [None; 2];
        let mut add = |field: Binpack| match fields {
            [None, _] => fields[0] = Some(field),
            [Some(first), None] if first != field => fields[1] = Some(field),
            [Some(_), _] => {}
        };
        shared.iter().flatten().for_each(|field| add(*field));
        let rules = rules.iter();
        for rule in rules.take_while(|rule| **rule != PlacementRule::Random) {
            if let PlacementRule::Binpack(field) = rule {
                add(*field);
            }
        }
        match fields {
            [None, _] => Sorting::Id,
            [Some(Binpack::Cpu), None] => Sorting::Cpu,
            [Some(Binpack::Memory), None] => Sorting::Memory,
            [Some(Binpack::Cpu), Some(_)] => Sorting::CpuMemory,
            [Some(Binpack::Memory), Some(_)] => Sorting::MemoryCpu,
        }
    }
}

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
