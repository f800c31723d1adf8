//! Fargate Spot's market: regimes change, and what that does to running tasks.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{JobSourceId, PoolId, ProviderId, ServiceId, ZoneId};
use crate::observe::inputs::DecisionInputs;
use crate::observe::observation::Observation;
use crate::policy::spot::{self, is_reclaimed};
use crate::scenario::plan::ProviderKind;
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate};
use crate::world::groups::Phase;
use crate::world::spot_market::{PoolChange, SpotEvent, SpotMarket};

/// Draws of whether and when a reclaim takes a task: one a task and reclaim.
const RECLAIM: Purpose = Purpose::new("spot reclaim");

impl Simulation<'_> {
    /// Starts the market's own events.
    pub(super) fn begin_spot(&mut self, queue: &mut Queue<Event>) {
        let Some(market) = &mut self.world.spot else {
            return;
        };
        self.spot_due.clear();
        market.start(&mut self.spot_due);
        self.schedule_spot(queue);
        for zone in 0..self.plan.zones.len() {
            let Some(market) = &self.world.spot else {
                return;
            };
            let pool = PoolId::from_index(zone);
            let regime = market.regime(pool);
            self.observe(&Observation::SpotRegime {
                pool,
                regime,
                reclaim: None,
            });
        }
    }

    pub(super) fn schedule_spot(&self, queue: &mut Queue<Event>) {
        for due in &self.spot_due {
            if due.at < self.plan.horizon() {
                queue.schedule_at(due.at, Event::Spot(due.what));
            }
        }
    }

    /// A pool or a shared stress changes.
    pub(super) fn on_spot_event(&mut self, event: SpotEvent, queue: &mut Queue<Event>) {
        let Some(market) = &mut self.world.spot else {
            return;
        };
        self.spot_due.clear();
        let change = market.on_event(event, self.now, &mut self.spot_due);
        self.schedule_spot(queue);
        self.regime_changed(change);
        if let Some(change) = change
            && let Some(reclaim) = change.reclaim
        {
            self.reclaim_pool(change.pool, reclaim.severity, queue);
        }
    }

    /// Announces a pool's change.
    pub(super) fn regime_changed(&mut self, change: Option<PoolChange>) {
        if let Some(change) = change {
            self.observe(&Observation::SpotRegime {
                pool: change.pool,
                regime: change.to,
                reclaim: change.reclaim.map(|reclaim| reclaim.severity),
            });
        }
    }

    /// Each live Spot task of the pool is taken with probability `severity`, by a uniform of its
    /// own: fleets of different size stay coupled.
    pub(super) fn reclaim_pool(&mut self, pool: PoolId, severity: f64, queue: &mut Queue<Event>) {
        let zone = ZoneId(pool.0);
        let mut tasks = std::mem::take(&mut self.reclaimed);
        tasks.clear();
        for provider in self.spot_providers() {
            for phase in Phase::ALL {
                for service in &self.world.services {
                    for deployment in &service.deployments {
                        tasks.extend_from_slice(deployment.groups.list(provider, zone, phase));
                    }
                }
                for source in &self.world.jobs {
                    tasks.extend_from_slice(source.groups.list(provider, zone, phase));
                }
            }
        }
        let reclaim = self.world.reclaims;
        self.world.reclaims += 1;
        for id in &tasks {
            let record = &self.world.tasks.live(*id).record;
            let ordinal = record.ordinal.wrapping_mul(1_000_003).wrapping_add(reclaim);
            let mut draws = self
                .streams
                .stream(RECLAIM, self.owner_key(record.owner), ordinal);
            let (chosen, offset) = (draws.uniform(), draws.uniform());
            if is_reclaimed(chosen, severity)
                && let Some(market) = &self.world.spot
            {
                let (owner, ordinal, uniform) = (record.owner, record.ordinal, chosen);
                let inputs = DecisionInputs::Reclaimed {
                    owner,
                    ordinal,
                    severity,
                    uniform,
                };
                self.observer.note(self.now, &inputs);
                self.schedule_fate(
                    queue,
                    *id,
                    TaskFate::Reclaim,
                    notice_offset(market, pool, offset),
                );
            }
        }
        self.reclaimed = tasks;
    }

    fn spot_providers(&self) -> impl Iterator<Item = ProviderId> + use<> {
        let spot: Vec<ProviderId> = self
            .plan
            .providers
            .iter()
            .enumerate()
            .filter(|(_, provider)| provider.kind == ProviderKind::FargateSpot)
            .map(|(index, _)| ProviderId::from_index(index))
            .collect();
        spot.into_iter()
    }

    /// The ids of all services.
    pub(super) fn service_ids(&self) -> impl Iterator<Item = ServiceId> + use<> {
        (0..self.plan.services.len()).map(ServiceId::from_index)
    }

    /// The ids of all job sources.
    pub(super) fn source_ids(&self) -> impl Iterator<Item = JobSourceId> + use<> {
        (0..self.plan.job_sources.len()).map(JobSourceId::from_index)
    }
}

/// From a reclaim to the notice of one of its tasks.
fn notice_offset(market: &SpotMarket, pool: PoolId, uniform: f64) -> SimDuration {
    spot::notice_offset(&market.behaviour(pool).parameters, uniform)
}
