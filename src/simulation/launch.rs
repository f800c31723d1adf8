//! From "a task is wanted on this provider" to a granted launch: quotas, launch rates, zones,
//! Spot's capacity.

use crate::engine::SimTime;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::ids::{PoolId, ProviderId, ZoneId};
use crate::observe::observation::Refusal;
use crate::scenario::plan::ProviderKind;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::units::CpuUnits;
use crate::world::task::Owner;

/// Draws of Fargate Spot's grants, one a try and zone.
const GRANT: Purpose = Purpose::new("spot grant");

/// A launch that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaunchRequest {
    /// For whom.
    pub(super) owner: Owner,
    /// On which provider.
    pub(super) provider: ProviderId,
    /// The task's size.
    pub(super) cpu: CpuUnits,
}

/// A launch that has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refused {
    /// Why.
    pub(super) reason: Refusal,
    /// When to try again; `SimTime::MAX`: when something else changes.
    pub(super) retry_at: SimTime,
}

impl Simulation<'_> {
    /// Grants a launch in a zone, or says why it waits and until when.
    ///
    /// The order of the checks is ECS's as far as it is known: quota, launch rate, then capacity. A
    /// refusal for capacity uses its launch token up, as a RunTask call does that finds no room
    /// (ASSUMPTION).
    pub(super) fn grant_launch(&mut self, request: LaunchRequest) -> Result<ZoneId, Refused> {
        let now = self.now;
        self.check_quota(request.provider, request.cpu)?;
        let account = &mut self.world.accounts[request.provider.index()];
        if account.bucket.take_up_to(now, 1) == 0 {
            let retry_at = account.bucket.time_of_next(now);
            return Err(Refused {
                reason: Refusal::LaunchRate,
                retry_at,
            });
        }
        match self.plan.provider(request.provider).kind {
            ProviderKind::Fargate => Ok(self.zones_by_fewest(request)[0]),
            ProviderKind::FargateSpot => self.grant_spot(request).ok_or(Refused {
                reason: Refusal::SpotCapacity,
                retry_at: now + self.plan.spot.retry,
            }),
        }
    }

    /// Whether the quota has room for one more task; a refusal is remembered until vCPUs are given
    /// back.
    pub(super) fn check_quota(
        &mut self,
        provider: ProviderId,
        cpu: CpuUnits,
    ) -> Result<(), Refused> {
        let account = &mut self.world.accounts[provider.index()];
        if account.fits(cpu) {
            return Ok(());
        }
        account.is_waited_for = true;
        Err(Refused {
            reason: Refusal::VcpuQuota,
            retry_at: SimTime::MAX,
        })
    }

    /// The owner's how-manieth try on Spot this is: keys the draws of its grants.
    fn next_attempt(&mut self, owner: Owner) -> u64 {
        let attempts = match owner {
            Owner::Service(service) => &mut self.world.services[service.index()].attempts,
            Owner::Job(source) => &mut self.world.jobs[source.index()].attempts,
        };
        *attempts += 1;
        *attempts - 1
    }

    /// The first zone, fewest tasks first, that Fargate Spot grants.
    fn grant_spot(&mut self, request: LaunchRequest) -> Option<ZoneId> {
        let zones = self.zones_by_fewest(request);
        let attempt = self.next_attempt(request.owner);
        let Some(market) = &self.world.spot else {
            return Some(zones[0]);
        };
        let tried = if self.plan.spot.other_zones {
            zones.len()
        } else {
            1
        };
        let key = self.owner_key(request.owner);
        let mut draws = self.streams.stream(GRANT, key, attempt);
        zones
            .into_iter()
            .take(tried)
            .find(|zone| market.grants(pool_of(*zone), draws.uniform()))
    }

    /// The owner's zones, those with the fewest of its live tasks on this provider first, ties in
    /// the plan's order: Fargate spreads over zones, independently for FARGATE and FARGATE_SPOT.
    fn zones_by_fewest(&self, request: LaunchRequest) -> Vec<ZoneId> {
        let (mut zones, groups) = match request.owner {
            Owner::Service(service) => (
                self.plan.service(service).zones.clone(),
                &self.world.services[service.index()].primary().groups,
            ),
            Owner::Job(source) => (
                self.plan.job_sources[source.index()].zones.clone(),
                &self.world.jobs[source.index()].groups,
            ),
        };
        zones.sort_by_key(|zone| groups.count(request.provider, *zone));
        zones
    }

    /// A refusal that waits for vCPUs is over when some are given back.
    pub(super) fn quota_freed(&mut self, provider: ProviderId, queue: &mut Queue<Event>) {
        if !std::mem::take(&mut self.world.accounts[provider.index()].is_waited_for) {
            return;
        }
        for service in self.service_ids() {
            self.reconcile(service, queue);
        }
        for source in self.source_ids() {
            self.start_jobs(source, queue);
        }
    }
}

/// Fargate Spot's pool of a zone.
pub(super) fn pool_of(zone: ZoneId) -> PoolId {
    PoolId(zone.0)
}
