//! A pool that follows a trace.

use std::sync::Arc;

use super::{Due, PoolChange, Reclaim, SpotEvent, SpotMarket};
use crate::engine::SimTime;
use crate::ids::PoolId;
use crate::policy::spot::{Place, Regime, ReplayStep, reclaimed_share, replayed_regime};

/// The trace of a pool and the place in it. The first step is in force from the start of the run.
#[derive(Clone, Debug)]
pub(super) struct Replay {
    steps: Arc<[ReplayStep]>,
    current: usize,
}

impl Replay {
    pub(super) fn new(steps: Arc<[ReplayStep]>) -> Self {
        Replay { steps, current: 0 }
    }

    fn share(&self) -> f64 {
        self.steps.get(self.current).map_or(1.0, |step| step.share)
    }

    /// Where the pool is now.
    pub(super) fn place(&self) -> Place {
        match replayed_regime(self.share()) {
            Regime::Empty => Place::EmptyLong,
            Regime::Calm | Regime::Tight => Place::Calm,
        }
    }

    /// The most that may run now.
    pub(super) fn most(&self) -> Option<u32> {
        self.steps.get(self.current).and_then(|step| step.most)
    }

    /// The event of the next step.
    pub(super) fn due(&self, pool: PoolId, tick: u32) -> Option<Due> {
        let what = SpotEvent::Pool { pool, tick };
        self.next_at().map(|at| Due { at, what })
    }

    /// When the next step comes.
    fn next_at(&self) -> Option<SimTime> {
        self.steps.get(self.current + 1).map(|step| step.at)
    }

    /// Goes on to the step in force `now`; the share of those who run that this takes.
    pub(super) fn advance(&mut self, now: SimTime) -> f64 {
        let before = self.share();
        while self.next_at().is_some_and(|at| at <= now) {
            self.current += 1;
        }
        reclaimed_share(before, self.share())
    }
}

impl SpotMarket {
    /// The most instances that may run in a pool, where it follows a trace that says so.
    pub fn most_running(&self, pool: PoolId) -> Option<u32> {
        let replay = self.pools[pool.index()].replay.as_ref();
        replay.and_then(Replay::most)
    }

    /// A pool that follows a trace goes on to its next step, or is back from an imposed regime.
    pub(super) fn on_replay(
        &mut self,
        id: PoolId,
        now: SimTime,
        out: &mut Vec<Due>,
    ) -> Option<PoolChange> {
        let pool = &mut self.pools[id.index()];
        let replay = pool.replay.as_mut()?;
        let from = pool.place.regime();
        let severity = replay.advance(now);
        pool.place = replay.place();
        pool.is_forced = false;
        let to = pool.place.regime();
        self.plan_pool(id.index(), now, out);
        let reclaim = (0.0 < severity).then_some(Reclaim { severity });
        (from != to || reclaim.is_some()).then_some(PoolChange {
            pool: id,
            from,
            to,
            reclaim,
        })
    }
}
