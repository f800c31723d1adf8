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
    /// Bits of both amounts together.
    const AMOUNT_BITS: u32 = 64 - Self::ID_BITS;

    /// Bits that hold the CPU units of any instance beside its memory: 2,048 vCPU.
    pub(super) const CPU_BITS: u32 = 21;
    /// Bits that hold the MiB of any instance beside its CPU units: 8 TiB.
    pub(super) const MEMORY_BITS: u32 = Self::AMOUNT_BITS - Self::CPU_BITS;

    /// The place of an instance, smallest `first` first, then smallest `second`, which has so many
    /// bits, then smallest id. Amounts above what their bits hold count as the most of it.
    pub(crate) fn new(first: u32, (second, bits): (u32, u32), instance: InstanceId) -> Self {
        let first = u64::from(first).min((1 << (Self::AMOUNT_BITS - bits)) - 1);
        let second = u64::from(second).min((1 << bits) - 1);
        debug_assert!(
            instance.0 < 1 << Self::ID_BITS,
            "the loader bounds instances"
        );
        let shift = bits + Self::ID_BITS;
        Place(first << shift | second << Self::ID_BITS | u64::from(instance.0))
    }

    /// The first place of all with this much of the first amount.
    #[cfg(test)]
    pub(crate) fn from(first: u32) -> Self {
        Place::new(first, (0, Self::CPU_BITS), InstanceId(0))
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
