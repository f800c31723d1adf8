//! What ECS does not do and a user wants to price: nothing here is AWS's behaviour, all of it is
//! off unless a scenario's `whatIf` asks for it.

mod by_size;
mod repacking;

pub use by_size::{UpTo, rule_of_size};
pub use repacking::{Emptied, Repacking, Room};

use crate::engine::time::{SimDuration, SimTime};

/// Spot with a fallback (asked of AWS in containers-roadmap #773 and #852): what has waited for
/// Spot capacity for `after` goes on demand instead. It stays there until it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SpotFallback {
    /// How long it waits first.
    pub after: SimDuration,
}

/// Whether to wait on, or to fall back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Fallback {
    /// Not yet: it would fall back at this time.
    Waits {
        /// When it has waited long enough.
        until: SimTime,
    },
    /// It goes on demand.
    OnDemand {
        /// How long it waited.
        waited: SimDuration,
    },
}

impl SpotFallback {
    /// What becomes of something that wants Spot capacity since `since` and finds none at `now`.
    pub fn decide(self, since: SimTime, now: SimTime) -> Fallback {
        let until = since.saturating_add(self.after);
        match until <= now {
            true => Fallback::OnDemand {
                waited: now.since(since),
            },
            false => Fallback::Waits { until },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_falls_back_once_it_has_waited_long_enough() {
        let rule = SpotFallback {
            after: SimDuration::from_secs(600),
        };
        let at = SimTime::from_secs;
        let until = at(700);
        assert_eq!(rule.decide(at(100), at(699)), Fallback::Waits { until });
        let waited = SimDuration::from_secs(600);
        assert_eq!(rule.decide(at(100), at(700)), Fallback::OnDemand { waited });
        let at_once = SpotFallback {
            after: SimDuration::ZERO,
        };
        let waited = SimDuration::ZERO;
        assert_eq!(at_once.decide(at(5), at(5)), Fallback::OnDemand { waited });
    }
}
