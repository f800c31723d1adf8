//! Shocks: stresses that a family of types shares in the Region, or all families share in a zone.

use super::event::{Due, SpotEvent};
use super::plan::Behaviour;
use super::{SpotMarket, wait};
use crate::engine::random::Stream;
use crate::engine::time::SimTime;
use crate::ids::PoolId;
use crate::policy::spot::{self, Place};

/// What stresses several pools at once.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) kind: usize,
    pub(super) is_on: bool,
    /// Shocks an hour while off: the most that any member's parameters ask for.
    pub(super) start_per_hour: f64,
    /// The member that asks for most gives the shock's length and its daily cycle.
    pub(super) lead: usize,
    pub(super) members: Vec<PoolId>,
    pub(super) shocks: Stream,
}

impl SpotMarket {
    pub(super) fn add_source(&mut self, kind: usize, members: Vec<PoolId>, mut shocks: Stream) {
        let asked = |pool: &PoolId| {
            let Behaviour { parameters, rates } = self.behaviour(*pool);
            rates.stress_per_hour * [parameters.family_share, parameters.zone_share][kind]
        };
        let (mut start_per_hour, mut lead) = (0.0, 0);
        for member in &members {
            if start_per_hour < asked(member) {
                start_per_hour = asked(member);
                lead = self.pools[member.index()].behaviour;
            }
        }
        let reaches: Vec<f64> = members
            .iter()
            .map(|pool| share_of(asked(pool), start_per_hour))
            .collect();
        for (member, reach) in members.iter().zip(reaches) {
            self.pools[member.index()].reach[kind] = reach;
        }
        // In the long run a source is on for (rate on) / (rate on + rate off) of the time.
        let uniform = shocks.uniform();
        let is_on = 0.0 < start_per_hour && {
            let load = start_per_hour * self.behaviours[lead].parameters.shock_hours;
            uniform < load / (1.0 + load)
        };
        self.sources.push(Source {
            kind,
            is_on,
            start_per_hour,
            lead,
            members,
            shocks,
        });
    }

    pub(super) fn on_shock(&mut self, index: usize, now: SimTime, out: &mut Vec<Due>) {
        let hour_local = self.hour_local(now);
        let source = &mut self.sources[index];
        let parameters = &self.behaviours[source.lead].parameters;
        let is_change =
            source.is_on || spot::is_kept_by_hour(parameters, hour_local, source.shocks.uniform());
        if is_change {
            source.is_on = !source.is_on;
            for at in 0..self.sources[index].members.len() {
                self.press(index, at, now, out);
            }
        }
        self.plan_shock(index, now, out);
    }

    /// Lays a source's shock, or its end, on its `at`-th member.
    fn press(&mut self, source: usize, at: usize, now: SimTime, out: &mut Vec<Due>) {
        let Source {
            kind,
            is_on,
            ref members,
            ..
        } = self.sources[source];
        let index = members[at].index();
        let pool = &mut self.pools[index];
        let before = pool.pressed[kind];
        if is_on {
            pool.meet_shock(kind);
        } else {
            pool.pressed[kind] = false;
        }
        // The stays elsewhere do not depend on the shocks, only where a tight pool goes at their
        // end.
        if before != pool.pressed[kind] && pool.place == Place::Calm && !pool.is_forced {
            self.plan_pool(index, now, out);
        }
    }

    pub(super) fn plan_shock(&mut self, index: usize, now: SimTime, out: &mut Vec<Due>) {
        let source = &mut self.sources[index];
        let parameters = &self.behaviours[source.lead].parameters;
        let rate_per_hour = if source.is_on {
            1.0 / parameters.shock_hours
        } else {
            source.start_per_hour * (1.0 + parameters.daily_amplitude)
        };
        if let Some(wait) = wait(&mut source.shocks, rate_per_hour) {
            let source = u32::try_from(index).expect("sources are bounded by the loader's limits");
            out.push(Due {
                at: now.saturating_add(wait),
                what: SpotEvent::Shock { source },
            });
        }
    }
}

fn share_of(part: f64, whole: f64) -> f64 {
    if 0.0 < whole { part / whole } else { 0.0 }
}
