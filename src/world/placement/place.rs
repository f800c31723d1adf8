//! Where an instance stands in an order, and what is free of it.

use crate::ids::InstanceId;
use crate::policy::placement::Need;

/// Where an instance stands: what is free of two resources, then its id, in one number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Place(u64);

impl Place {
    /// After all others.
    pub(super) const LAST: Place = Place(u64::MAX);
    /// Bits of an instance's id: clusters have 5,000 instances, raised quotas more.
    const ID_BITS: u32 = 20;
    /// Bits of the second amount, 2^19 CPU units being 512 vCPU.
    const SECOND_BITS: u32 = 19;

    /// The place of an instance, smallest `first` first, then smallest `second`, then smallest id.
    /// Amounts above 32 TiB (of the first, MiB) or 512 vCPU (of the second) count as these.
    pub(crate) fn new(first: u32, second: u32, instance: InstanceId) -> Self {
        let first = u64::from(first).min((1 << (64 - Self::SECOND_BITS - Self::ID_BITS)) - 1);
        let second = u64::from(second).min((1 << Self::SECOND_BITS) - 1);
        debug_assert!(
            instance.0 < 1 << Self::ID_BITS,
            "the loader bounds instances"
        );
        let shift = Self::SECOND_BITS + Self::ID_BITS;
        Place(first << shift | second << Self::ID_BITS | u64::from(instance.0))
    }

    /// The first place of all with this much of the first amount.
    #[cfg(test)]
    pub(crate) fn from(first: u32) -> Self {
        Place::new(first, 0, InstanceId(0))
    }

    /// Whose it is.
    pub(crate) fn instance(self) -> InstanceId {
        InstanceId((self.0 & ((1 << Self::ID_BITS) - 1)) as u32)
    }
}

/// What is free beside the order, or the most of each below a node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Room {
    cpu: u32,
    memory: u32,
    gpus: u16,
    enis: u16,
}

impl Room {
    pub(super) fn of(need: &Need) -> Self {
        let short = |it: u32| u16::try_from(it).unwrap_or(u16::MAX);
        Room {
            cpu: need.cpu,
            memory: need.memory,
            gpus: short(need.gpus),
            enis: short(need.enis),
        }
    }

    pub(super) fn most(self, other: Room) -> Room {
        Room {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            gpus: self.gpus.max(other.gpus),
            enis: self.enis.max(other.enis),
        }
    }

    pub(super) fn fits(self, into: Room) -> bool {
        self.cpu <= into.cpu
            && self.memory <= into.memory
            && self.gpus <= into.gpus
            && self.enis <= into.enis
    }

    /// Whether one of its parts is as large as that of `most`: without it that may be less.
    pub(super) fn touches(self, most: Room) -> bool {
        let is = |part: u32, most: u32| 0 < part && part == most;
        is(self.cpu, most.cpu)
            || is(self.memory, most.memory)
            || is(self.gpus.into(), most.gpus.into())
            || is(self.enis.into(), most.enis.into())
    }
}
