//! Tasks of a service that were told to stop and still run: they hold their place.

use std::cmp::Reverse;

use super::Service;
use crate::engine::SimTime;

impl Service {
    /// How many of its tasks were told to stop and still run.
    pub fn stopping_at(&mut self, now: SimTime) -> u32 {
        while self
            .leaving
            .peek()
            .is_some_and(|Reverse((at, _))| *at <= now)
        {
            self.leaving.pop();
        }
        self.leaving.len() as u32
    }

    /// One of them that was to run until `foreseen` is gone already.
    pub fn leaves_early(&mut self, foreseen: SimTime) {
        let mut is_it = false;
        let stays = |Reverse((at, _)): &Reverse<(SimTime, u32)>| {
            let goes = !is_it && *at == foreseen;
            is_it |= goes;
            !goes
        };
        self.leaving.retain(stays);
    }

    /// When the next of these will have stopped.
    pub fn next_stopped(&mut self, now: SimTime) -> Option<SimTime> {
        self.stopping_at(now);
        self.leaving.peek().map(|Reverse((at, _))| *at)
    }

    /// Until when tasks of older deployments still run that were told to stop; none if all of them
    /// are gone.
    pub fn old_stop_until(&mut self, now: SimTime) -> Option<SimTime> {
        self.stopping_at(now);
        let primary = self.primary().ordinal;
        let leaving = self.leaving.iter();
        let old = leaving.filter(|Reverse((_, ordinal))| *ordinal != primary);
        old.map(|Reverse((at, _))| *at).max()
    }
}
