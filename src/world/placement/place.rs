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

    /// Where all instances with these amounts stand together.
    #[inline]
    pub(super) fn level(self) -> u64 {
        self.0 >> Self::ID_BITS
    }

    /// The place of an instance on a level.
    #[inline]
    pub(super) fn on(level: u64, instance: InstanceId) -> Self {
        Place(level << Self::ID_BITS | u64::from(instance.0))
    }

    /// Whose it is.
    #[inline]
    pub(crate) fn instance(self) -> InstanceId {
        InstanceId((self.0 & ((1 << Self::ID_BITS) - 1)) as u32)
    }
}

/// What is free beside the order, or the most of each below a node: four amounts in one number,
/// each below a bit of its own that a comparison of all four at once may borrow from. Larger
/// amounts count as the largest one: see [`Room::holds`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Room(u64);

/// Bits of each amount: 2,047 vCPU, 64 TiB, 31 GPUs, 255 interfaces.
const WIDTHS: [u32; 4] = [21, 26, 5, 8];
/// Where each begins.
const SHIFTS: [u32; 4] = [0, 22, 49, 55];
/// The bit above each.
const GUARDS: u64 = guard(0) | guard(1) | guard(2) | guard(3);

const fn guard(part: usize) -> u64 {
    1 << (SHIFTS[part] + WIDTHS[part])
}

const fn mask(part: usize) -> u64 {
    guard(part) - (1 << SHIFTS[part])
}

/// The lowest bit of each.
const LEAST: u64 = 1 << SHIFTS[0] | 1 << SHIFTS[1] | 1 << SHIFTS[2] | 1 << SHIFTS[3];

const fn largest(part: usize) -> u32 {
    (1 << WIDTHS[part]) - 1
}

const MASKS: [u64; 4] = [mask(0), mask(1), mask(2), mask(3)];

impl Room {
    pub(super) fn of(need: &Need) -> Self {
        let part = |part: usize, amount: u32| u64::from(amount.min(largest(part))) << SHIFTS[part];
        let (cpu, memory) = (part(0, need.cpu), part(1, need.memory));
        Room(cpu | memory | part(2, need.gpus) | part(3, need.enis))
    }

    /// All of it in one number.
    pub(super) fn bits(self) -> u64 {
        self.0
    }

    /// Whether a need is known exactly: what seems to have the room for it has it.
    pub(super) fn holds(need: &Need) -> bool {
        let parts = [need.cpu, need.memory, need.gpus, need.enis];
        (0..4).all(|part| parts[part] <= largest(part))
    }

    #[inline]
    pub(super) fn most(self, other: Room) -> Room {
        let larger = |part: usize| (self.0 & MASKS[part]).max(other.0 & MASKS[part]);
        Room(larger(0) | larger(1) | larger(2) | larger(3))
    }

    #[inline]
    pub(super) fn fits(self, into: Room) -> bool {
        ((into.0 | GUARDS) - self.0) & GUARDS == GUARDS
    }

    /// What is known of `most` once this, which is one of those that it is the most of, is left
    /// out: parts in which this is smaller stay, the others are nothing. `None`: all parts stay.
    #[inline]
    pub(super) fn left_out_of(self, most: Room) -> Option<Room> {
        // The guards of the parts that are not nothing.
        let some = |parts: u64| ((parts | GUARDS) - LEAST) & GUARDS;
        let touched = some(self.0) & !some(self.0 ^ most.0);
        if touched == 0 {
            return None;
        }
        let mask = |part: usize| match touched & guard(part) {
            0 => 0,
            _ => MASKS[part],
        };
        Some(Room(most.0 & !(mask(0) | mask(1) | mask(2) | mask(3))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Amounts around the largest that are told apart, and usual ones.
    fn need() -> impl Strategy<Value = Need> {
        let amount = |part: usize| {
            let largest = largest(part);
            prop_oneof![0..40u32, largest - 2..largest + 3, Just(u32::MAX)]
        };
        let all = (amount(0), amount(1), amount(2), amount(3));
        all.prop_map(|(cpu, memory, gpus, enis)| Need {
            cpu,
            memory,
            gpus,
            enis,
        })
    }

    proptest! {
        /// Four amounts in one number are compared as four amounts are.
        #[test]
        fn rooms_are_compared_part_by_part(a in need(), b in need()) {
            let (room, other) = (Room::of(&a), Room::of(&b));
            let fits = room.fits(other);
            prop_assert!(!a.fits(&b) || fits, "what has the room seems to have it");
            prop_assert!(!Room::holds(&a) || fits == a.fits(&b));
            prop_assert_eq!(room.most(other), Room::of(&a.most(&b)));
            let parts = |it: &Need| [it.cpu, it.memory, it.gpus, it.enis];
            let left = |part: usize| {
                let [x, y] = [&a, &b].map(|it| parts(it)[part].min(largest(part)));
                if x == y { 0 } else { y }
            };
            let [cpu, memory, gpus, enis] = [0, 1, 2, 3].map(left);
            let left = Room::of(&Need { cpu, memory, gpus, enis });
            prop_assert_eq!(room.left_out_of(other), (left != other).then_some(left));
        }
    }
}
