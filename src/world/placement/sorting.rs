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
        Sorting::Id => (0, (0, 0)),
        Sorting::Cpu => (free.cpu, (0, 0)),
        Sorting::Memory => (free.memory, (0, 0)),
        Sorting::CpuMemory => (free.cpu, (free.memory, Place::MEMORY_BITS)),
        Sorting::MemoryCpu => (free.memory, (free.cpu, Place::CPU_BITS)),
    };
    Place::new(first, second, instance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Instances with more than 512 GiB free do not tie where memory is the second amount, nor
    /// those with more than 512 vCPU where CPU is.
    #[test]
    fn large_instances_stand_in_their_order() {
        let free = |cpu: u32, memory: u32| Need {
            cpu,
            memory,
            ..Need::default()
        };
        let of = |sorting, free: &Need| place(sorting, InstanceId(7), free);
        let (small, large) = (free(1_024, 700 << 10), free(1_024, 6_144 << 10));
        assert!(of(Sorting::CpuMemory, &small) < of(Sorting::CpuMemory, &large));
        let (few, many) = (free(600 << 10, 1_024), free(1_920 << 10, 1_024));
        assert!(of(Sorting::MemoryCpu, &few) < of(Sorting::MemoryCpu, &many));
        for sorting in SORTINGS {
            assert_eq!(of(sorting, &large).instance(), InstanceId(7));
        }
    }
}
