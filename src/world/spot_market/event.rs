//! The protocol of the spot market: what falls due, what changed, what a caller may impose.

use crate::engine::time::SimTime;
use crate::ids::PoolId;
use crate::policy::spot::Regime;

/// What falls due in the spot market.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SpotEvent {
    /// A pool leaves its regime, unless it has been planned anew since.
    Pool {
        /// The pool.
        pool: PoolId,
        /// The pool's tick when this was planned.
        tick: u32,
    },
    /// A shared stress begins or ends.
    Shock {
        /// Its source: the families in their order, then the zones in theirs.
        source: u32,
    },
}

/// An event and its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Due {
    /// When it falls due.
    pub at: SimTime,
    /// What falls due.
    pub what: SpotEvent,
}

/// A pool went from one regime to another.
#[must_use = "the change carries the reclaim, and is announced as an observation"]
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PoolChange {
    /// The pool.
    pub pool: PoolId,
    /// The regime it left.
    pub from: Regime,
    /// The regime it entered.
    pub to: Regime,
    /// What the shortage takes of those who run, where it takes any.
    pub reclaim: Option<Reclaim>,
}

/// A reclaim of running tasks or instances.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reclaim {
    /// Each member of the pool is taken with this chance, see
    /// [`is_reclaimed`](crate::policy::spot::is_reclaimed).
    pub severity: f64,
}

/// A regime imposed on a pool for a while, such as a drought of the timeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forced {
    /// The regime.
    pub regime: Regime,
    /// When the pool's own course goes on.
    pub until: SimTime,
}
