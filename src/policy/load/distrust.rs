//! Where the load model was not validated, as flags to print beside a number.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// A set of reasons to distrust a figure of the load model; empty inside the validated range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distrust(u16);

impl Distrust {
    /// Inside the validated range.
    pub const NONE: Distrust = Distrust(0);
    /// The rate held for less than 10 slot-holding times: at 5 the mean response was 13 % off on
    /// average, p99 24 %.
    pub const SHORT_INTERVAL: Distrust = Distrust(1);
    /// Fewer than 16 slots share a queue and the CV is above 1: percentiles were up to 15 % off,
    /// with overload up to 54 %. Or the tasks behind least outstanding requests have fewer than 16
    /// slots each and the CV is 4 or more, or one slot and it is 2 or more: who waits behind a very
    /// long request is not helped by slots of other tasks; the mean was up to 14 % off.
    pub const FEW_SLOTS: Distrust = Distrust(2);
    /// The number of tasks changed while requests queued, and the tasks are not alike yet: mean
    /// response 5 to 8 % off on average, the last minute of the drain is anyone's guess.
    pub const BACKLOG_WHILE_SLOTS_CHANGED: Distrust = Distrust(4);
    /// Requests slow each other down on the CPU, and round robin lets busy tasks drift apart (load
    /// above 0.7: p99 up to 29 % off), or the work is constant (it runs in convoys, whose capacity
    /// is less than the model's).
    pub const PROCESSOR_SHARING: Distrust = Distrust(8);
    /// Load between 0.95 and 1.05 with fewer than 16 slots in a queue: it hardly ever settles, one
    /// day's luck is not the mean.
    pub const HIGH_LOAD: Distrust = Distrust(16);
    /// A CV above 4: beyond every measured cell.
    pub const HIGH_VARIATION: Distrust = Distrust(32);
    /// Clients that give up and try again could overload the service by their tries alone: it has a
    /// second state, and chance decides when it falls into it (not below a load of 0.82, where the
    /// wait falls off by 40 powers of e until patience ends). Or further tries of work that takes
    /// longer than patience are more than 3 % of the load: they all fail, which the model takes for
    /// chance; at 13 % means were 10 % too short, p99 27 %, and at 24 % 24 % and 39 %.
    pub const RETRIES: Distrust = Distrust(64);
    /// Some clients give up before their turn comes, and how many was hard to foresee: at a load of
    /// 0.9 to 1.2, with fewer than 16 slots a task (64 at a CV of 4), or with a time-out of less
    /// than 4 services of all slots. The share that fails was up to 20 points off there and p99 up
    /// to 140 %; elsewhere 2 points and 15 %.
    pub const PATIENCE: Distrust = Distrust(128);

    /// A service's requests wait for calls to one that falls behind, or whose load and theirs did
    /// not come to terms in the rounds that are made of it. Means were up to 4 % off, p99 of the
    /// one that was called 27 %.
    pub const CALLS: Distrust = Distrust(256);

    /// Sessions or slow start keep the balancer from treating all tasks alike, and some of them are
    /// crowded (a load above 0.9) or queue. Or 80 to 97 % of the requests are bound to their tasks
    /// behind least outstanding requests; or 10 to 97 % with fewer than 16 slots, above a load of
    /// 0.86 or a CV of 1. The errors are measured: `docs/validation.md`, sticky sessions.
    pub const UNEVEN: Distrust = Distrust(1024);

    /// Two revisions serve whose requests take more than 1.2 times as long on one as on the other:
    /// they are played as one of the mean. With 10 and 30 ms, a quarter of the tasks being the
    /// quick ones at a load of 0.62, the mean was 27 % too short and p99 40 %.
    pub const REVISIONS: Distrust = Distrust(2048);

    /// Work outlasts the visibility time-out, and its copies fill the slots to more than 0.7: the
    /// backlog that they make was up to 2.3 times, the wait 2.6 times too long (with two slots at
    /// 0.75 a mean response 16 %). Below it, messages received were within 1.5 %.
    pub const COPIES: Distrust = Distrust(4096);

    /// A queue with room for so many fills or empties at a load above 0.9: up to twice too many
    /// were turned away in half a minute of overload.
    pub const FILLING: Distrust = Distrust(8192);

    /// Calls to a service whose own load is outside the validated range: half of the failures of
    /// its callers were missing where their patience was short.
    pub const CALLEES: Distrust = Distrust(16384);

    /// Each caller goes by the addresses of eight tasks, of more, that Cloud Map answered with, and
    /// the load that comes of it is felt at those whom many of them know; or few callers go by old
    /// answers. The mean response was up to 2.4 times, p99 up to 3.8 times too short, and overload
    /// of some tasks remained unseen.
    pub const ADDRESSES: Distrust = Distrust(512);

    /// Every flag with the words for it.
    pub const ALL: [(Distrust, &'static str); 15] = [
        (
            Distrust::SHORT_INTERVAL,
            "rate changes faster than 10 service times",
        ),
        (Distrust::FEW_SLOTS, "few slots with a CV above 1"),
        (
            Distrust::BACKLOG_WHILE_SLOTS_CHANGED,
            "tasks changed while requests queued",
        ),
        (Distrust::PROCESSOR_SHARING, "requests share a busy CPU"),
        (Distrust::HIGH_LOAD, "few slots near load 1"),
        (Distrust::HIGH_VARIATION, "a CV above 4"),
        (
            Distrust::RETRIES,
            "further tries could tip the service over",
        ),
        (
            Distrust::PATIENCE,
            "clients give up near load 1, or with few slots",
        ),
        (Distrust::CALLS, "calls to a service that falls behind"),
        (Distrust::UNEVEN, "sessions or slow start make tasks differ"),
        (
            Distrust::ADDRESSES,
            "callers know eight addresses each, or old ones",
        ),
        (
            Distrust::REVISIONS,
            "revisions that differ in their work serve together",
        ),
        (
            Distrust::COPIES,
            "work outlasts the visibility time-out while slots are taken",
        ),
        (
            Distrust::FILLING,
            "a bounded queue fills or empties near load 1",
        ),
        (
            Distrust::CALLEES,
            "calls to a service whose load is not sure",
        ),
    ];

    /// True inside the validated range.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// True if every reason of `other` is among these.
    pub fn contains(self, other: Distrust) -> bool {
        self.0 & other.0 == other.0
    }

    /// The reasons of both.
    pub const fn and(self, other: Distrust) -> Distrust {
        Distrust(self.0 | other.0)
    }

    /// This reason if `holds`, else none.
    pub fn when(self, holds: bool) -> Distrust {
        if holds { self } else { Distrust::NONE }
    }
}

impl BitOr for Distrust {
    type Output = Distrust;
    fn bitor(self, other: Distrust) -> Distrust {
        self.and(other)
    }
}

impl BitOrAssign for Distrust {
    fn bitor_assign(&mut self, other: Distrust) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (flag, words) in Distrust::ALL {
            if self.contains(flag) {
                write!(f, "{}{words}", if first { "" } else { ", " })?;
                first = false;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_add_up_and_are_named() {
        let both = Distrust::FEW_SLOTS | Distrust::HIGH_LOAD;
        assert!(both.contains(Distrust::HIGH_LOAD));
        assert!(!both.contains(Distrust::SHORT_INTERVAL));
        assert_eq!(
            both.to_string(),
            "few slots with a CV above 1, few slots near load 1"
        );
        assert!(Distrust::NONE.is_empty());
    }
}
