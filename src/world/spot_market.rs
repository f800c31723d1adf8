//! The state of the spot market: pools, and the shocks that families and zones share.
//!
//! Nothing here knows the event queue or the cluster. [`SpotMarket::start`] and
//! [`SpotMarket::on_event`] say what falls due next, and the caller schedules it; a pool's path is
//! drawn from streams keyed by names, so it is the same whatever the cluster does. Each pool and
//! each shock has one pending event; a change costs O(1), a shock touches the pools of its family
//! or zone once.

mod event;
mod plan;
mod pool;
mod replay;
mod shock;

pub use event::{Due, Forced, PoolChange, Reclaim, SpotEvent};
pub use plan::{Behaviour, MarketPlan, PoolPlan};

use pool::Pool;
use replay::Replay;
use shock::Source;

use crate::engine::random::{Purpose, Stream, Streams};
use crate::engine::time::{SimDuration, SimTime};
use crate::ids::PoolId;
use crate::policy::spot::{self, CapacitySignal, Place, Regime, StationaryLaw};

/// The state of all spot pools.
#[derive(Clone, Debug)]
pub struct SpotMarket {
    pools: Vec<Pool>,
    sources: Vec<Source>,
    behaviours: Vec<Behaviour>,
    start_hour_local: f64,
}

impl SpotMarket {
    /// The market at the start of the run, drawn from its long-run law, so that no warm-up is
    /// needed.
    ///
    /// Pools of different behaviour may share a family or a zone: its shocks come at the highest
    /// rate that a pool asks for, and reach each other pool in proportion, so that every pool keeps
    /// its own level.
    ///
    /// # Panics
    /// If a pool names a behaviour, family or zone that the plan does not hold.
    pub fn new(plan: &MarketPlan, streams: Streams) -> Self {
        let mut market = SpotMarket {
            pools: plan
                .pools
                .iter()
                .map(|pool| Pool::new(pool, &plan.behaviours[pool.behaviour], &streams))
                .collect(),
            sources: Vec::with_capacity(plan.families.len() + plan.zones.len()),
            behaviours: plan.behaviours.clone(),
            start_hour_local: plan.start_hour_local,
        };
        for (pool, steps) in market.pools.iter_mut().zip(&plan.replays) {
            pool.replay = steps.clone().map(Replay::new);
        }
        for (kind, names) in [(FAMILY, &plan.families), (ZONE, &plan.zones)] {
            for (index, name) in names.iter().enumerate() {
                let is_member = |at: &usize| {
                    let pool: &PoolPlan = &plan.pools[*at];
                    // What follows a trace is stressed by nothing else.
                    [pool.family, pool.zone][kind] == index && market.pools[*at].replay.is_none()
                };
                let members = (0..plan.pools.len()).filter(is_member);
                let members = members.map(PoolId::from_index).collect();
                let shocks = streams.stream(SHOCKS[kind], *name, 0);
                market.add_source(kind, members, shocks);
            }
        }
        market.draw_places();
        market
    }

    /// Adds the first event of every pool and shock to `out`; call it once.
    pub fn start(&mut self, out: &mut Vec<Due>) {
        for source in 0..self.sources.len() {
            self.plan_shock(source, SimTime::ZERO, out);
        }
        for pool in 0..self.pools.len() {
            self.plan_pool(pool, SimTime::ZERO, out);
        }
    }

    /// Carries out what fell due `now` and adds what it brings about to `out`; stale events do
    /// nothing.
    pub fn on_event(
        &mut self,
        event: SpotEvent,
        now: SimTime,
        out: &mut Vec<Due>,
    ) -> Option<PoolChange> {
        match event {
            SpotEvent::Pool { pool, tick } => self.on_pool(pool, tick, now, out),
            SpotEvent::Shock { source } => {
                self.on_shock(source as usize, now, out);
                None
            }
        }
    }

    /// The regime of a pool.
    pub fn regime(&self, pool: PoolId) -> Regime {
        self.pools[pool.index()].place.regime()
    }

    /// What EC2 lets on of a pool's capacity at a launch, by the launch's own `uniform`.
    pub fn signal(&self, pool: PoolId, uniform: f64) -> CapacitySignal {
        let signal = self.behaviour(pool).parameters.signal;
        CapacitySignal {
            tightness: spot::seen_tightness(self.regime(pool), signal, uniform),
            stress: self.pools[pool.index()].seen_stress,
        }
    }

    /// Whether a pool grants one launch, by the launch's own `uniform`.
    pub fn grants(&self, pool: PoolId, uniform: f64) -> bool {
        spot::grants(
            self.regime(pool),
            self.behaviour(pool).parameters.tight_grant,
            uniform,
        )
    }

    /// A pool's parameters and rates, for notices, recommendations and lone interruptions.
    pub fn behaviour(&self, pool: PoolId) -> &Behaviour {
        &self.behaviours[self.pools[pool.index()].behaviour]
    }

    /// How many pools there are.
    pub fn pool_count(&self) -> usize {
        self.pools.len()
    }

    /// How many sources of shared stress there are.
    pub fn source_count(&self) -> usize {
        self.sources.len()
    }

    /// Whether an event of a pool with this tick is still to be carried out.
    pub fn is_live(&self, pool: PoolId, tick: u32) -> bool {
        self.pools[pool.index()].tick == tick
    }

    /// Imposes a regime on a pool, over whatever it was in; from `forced.until` it goes on as from
    /// that regime. Who runs is not reclaimed by it; a drought that reclaims states its own
    /// severity.
    pub fn force(
        &mut self,
        pool: PoolId,
        forced: Forced,
        now: SimTime,
        out: &mut Vec<Due>,
    ) -> Option<PoolChange> {
        let state = &mut self.pools[pool.index()];
        let from = state.place.regime();
        state.place = match forced.regime {
            Regime::Calm => Place::Calm,
            Regime::Tight => Place::Tight,
            Regime::Empty => Place::EmptyShort,
        };
        state.is_forced = true;
        state.tick = state.tick.wrapping_add(1);
        let at = forced.until.max(now);
        out.push(Due {
            at,
            what: SpotEvent::Pool {
                pool,
                tick: state.tick,
            },
        });
        let to = forced.regime;
        (from != to).then_some(PoolChange {
            pool,
            from,
            to,
            reclaim: None,
        })
    }

    /// Checks what must always hold: only a shock that is on lies on a pool, and only on its own
    /// members.
    ///
    /// # Panics
    /// If it does not hold.
    pub fn audit(&self) {
        let mut covered = vec![[false; 2]; self.pools.len()];
        for source in &self.sources {
            for member in &source.members {
                covered[member.index()][source.kind] = source.is_on;
            }
        }
        for (pool, covered) in self.pools.iter().zip(covered) {
            for kind in [FAMILY, ZONE] {
                assert!(
                    covered[kind] || !pool.pressed[kind],
                    "a pool can't be pressed by a shock that is over"
                );
            }
        }
    }

    /// Draws each pool's place from its long-run law under the shocks that lie on it.
    fn draw_places(&mut self) {
        let law = |behaviour: &Behaviour| {
            spot::stationary_law(&behaviour.parameters, behaviour.rates.stress_per_hour)
        };
        let laws: Vec<StationaryLaw> = self.behaviours.iter().map(law).collect();
        for source in self.sources.iter().filter(|source| source.is_on) {
            for member in &source.members {
                self.pools[member.index()].meet_shock(source.kind);
            }
        }
        for pool in &mut self.pools {
            if let Some(replay) = &pool.replay {
                pool.place = replay.place();
                continue;
            }
            let [family, zone] = pool.pressed;
            pool.place = laws[pool.behaviour].place_by(family, zone, pool.regimes.uniform());
        }
    }

    fn on_pool(
        &mut self,
        id: PoolId,
        tick: u32,
        now: SimTime,
        out: &mut Vec<Due>,
    ) -> Option<PoolChange> {
        if self.pools[id.index()].tick != tick {
            return None;
        }
        if self.pools[id.index()].replay.is_some() {
            return self.on_replay(id, now, out);
        }
        let hour_local = self.hour_local(now);
        let pool = &mut self.pools[id.index()];
        let behaviour = &self.behaviours[pool.behaviour];
        let from = pool.place.regime();
        pool.place = pool.next_place(behaviour, hour_local);
        pool.is_forced = false;
        let to = pool.place.regime();
        let reclaim = match to {
            Regime::Empty => pool.draw_reclaim(behaviour),
            Regime::Calm | Regime::Tight => None,
        };
        self.plan_pool(id.index(), now, out);
        (from != to).then_some(PoolChange {
            pool: id,
            from,
            to,
            reclaim,
        })
    }

    fn plan_pool(&mut self, index: usize, now: SimTime, out: &mut Vec<Due>) {
        let pool = &mut self.pools[index];
        pool.tick = pool.tick.wrapping_add(1);
        if let Some(replay) = &pool.replay {
            let id = PoolId::from_index(index);
            out.extend(replay.due(id, pool.tick));
            return;
        }
        let rate_per_hour = pool.leave_per_hour(&self.behaviours[pool.behaviour]);
        if let Some(wait) = wait(&mut pool.regimes, rate_per_hour) {
            let what = SpotEvent::Pool {
                pool: PoolId::from_index(index),
                tick: pool.tick,
            };
            out.push(Due {
                at: now.saturating_add(wait),
                what,
            });
        }
    }

    fn hour_local(&self, now: SimTime) -> f64 {
        self.start_hour_local + now.as_secs_f64() / 3_600.0
    }
}

const FAMILY: usize = 0;
const ZONE: usize = 1;
const SHOCKS: [Purpose; 2] = [
    Purpose::new("spot shocks of a family"),
    Purpose::new("spot shocks of a zone"),
];

fn wait(stream: &mut Stream, rate_per_hour: f64) -> Option<SimDuration> {
    if rate_per_hour <= 0.0 {
        return None;
    }
    spot::exponential(rate_per_hour, stream.uniform())
}

#[cfg(test)]
mod tests;
