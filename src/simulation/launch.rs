//! From "a task is wanted on this provider" to a granted launch: quotas, launch rates, zones,
//! Spot's capacity.

use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{PoolId, ProviderId, TaskDefinitionId, ZoneId};
use crate::observe::inputs::{DecisionInputs, HeldLaunch, Limiter, ZoneSearch};
use crate::observe::observation::Refusal;
use crate::observe::placements::Nearest;
use crate::policy::fargate::{WhenZoneRefuses, zone_for_task};
use crate::scenario::plan::ProviderKind;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::placing::Placing;
use crate::units::{CpuUnits, MiB};
use crate::world::spot_market::SpotMarket;
use crate::world::task::{Owner, TaskRecord, TaskTimes};

/// Draws of Fargate Spot's grants, one a try and zone.
const GRANT: Purpose = Purpose::new("spot grant");

/// A launch that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaunchRequest {
    /// For whom.
    pub(super) owner: Owner,
    /// Of a service: which of its deployments.
    pub(super) deployment: u32,
    /// On which provider.
    pub(super) provider: ProviderId,
    /// In which zone, where it is to be in one.
    pub(super) zone: Option<ZoneId>,
    /// What it runs.
    pub(super) definition: TaskDefinitionId,
    /// The task's size.
    pub(super) cpu: CpuUnits,
    /// The task's size.
    pub(super) memory: MiB,
}

impl LaunchRequest {
    /// The record of its task at its creation, of a program's (which has one deployment).
    #[inline]
    pub(super) fn record(
        &self,
        (ordinal, zone): (u64, ZoneId),
        (wanted_at, created): (SimTime, SimTime),
    ) -> TaskRecord {
        TaskRecord {
            owner: self.owner,
            ordinal,
            deployment: 0,
            definition: self.definition,
            provider: self.provider,
            zone,
            instance: None,
            group: None,
            cpu: self.cpu,
            memory: self.memory,
            times: TaskTimes {
                created,
                ..TaskTimes::default()
            },
            wanted_at,
            stop: None,
            subnet: None,
            problem: None,
            unresolved: None,
            restarts: 0,
            restarted: None,
            unhealthy_in: None,
            lost_work: SimDuration::ZERO,
        }
    }
}

/// A launch that was granted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    /// The zone, if it has one yet.
    pub(super) zone: ZoneId,
    /// On container instances: where it begins.
    pub(super) placing: Option<Placing>,
}

/// A launch that has to wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Refused {
    /// Why.
    pub(super) reason: Refusal,
    /// When to try again; `SimTime::MAX`: when something else changes.
    pub(super) retry_at: SimTime,
    /// Whose bucket had no token, if that is why.
    pub(super) limiter: Option<Limiter>,
    /// Which instance came closest, if none took it and somebody asks why.
    pub(super) nearest: Option<Nearest>,
}

impl Refused {
    /// A refusal that no bucket and no instance explains.
    pub(super) const fn new(reason: Refusal, retry_at: SimTime) -> Self {
        Refused {
            reason,
            retry_at,
            limiter: None,
            nearest: None,
        }
    }
}

/// Zones that were asked for a launch.
#[derive(Debug)]
struct ZonesAsked<'p> {
    /// The one that grants it.
    zone: Option<ZoneId>,
    /// The zones in the owner's order.
    zones: &'p [ZoneId],
    /// The owner's tasks on the provider by zone.
    counts: Vec<u32>,
    /// Which of them refused.
    refuses: Vec<bool>,
    /// What happens when one refuses.
    when_refused: WhenZoneRefuses,
}

impl<'p> Simulation<'p> {
    /// Grants a launch in a zone, or says why it waits and until when.
    ///
    /// The order of the checks is ECS's as far as it is known: quota, launch rate, then capacity. A
    /// refusal for capacity uses its launch token up, as a RunTask call does that finds no room
    /// (ASSUMPTION).
    pub(super) fn grant_launch(&mut self, request: LaunchRequest) -> Result<Granted, Refused> {
        let now = self.now;
        if self.plan.provider(request.provider).kind.is_hosted() {
            let definition = self.plan.task_definition(request.definition);
            let size = (request.cpu.0, request.memory.0);
            let need = crate::world::capacity::need(size, &definition.hosting);
            if let ProviderKind::ManagedInstances(_) = self.plan.provider(request.provider).kind {
                let placing = self.place_on_managed(request, need)?;
                return Ok(Granted {
                    zone: self.zone_of(placing),
                    placing: Some(placing),
                });
            }
            let of = (request.owner, request.definition);
            let placing = self.place_new(of, (request.provider, request.zone), need)?;
            return Ok(Granted {
                zone: self.zone_of(placing),
                placing: Some(placing),
            });
        }
        self.check_quota(request.provider, request.cpu)?;
        self.check_launch_rate(request.provider)?;
        let taken = self.world.accounts[request.provider.index()]
            .bucket
            .take_up_to(now, 1);
        debug_assert_eq!(taken, 1, "the rate was asked just now");
        let is_spot = self.plan.provider(request.provider).kind == ProviderKind::FargateSpot;
        let has_address = self.zones_with_addresses(request);
        let zone = if is_spot {
            let refused = Refused::new(Refusal::SpotCapacity, now + self.plan.spot.retry);
            self.grant_spot(request, has_address).ok_or(refused)?
        } else {
            let asked = self.zone_granted(request, |zone| !self.is_out(zone) && has_address(zone));
            let retry_at = self.back_at(asked.zones);
            let refused = Refused::new(Refusal::ZoneOut, retry_at);
            self.told_zone(request, &asked).ok_or(refused)?
        };
        Ok(Granted {
            zone,
            placing: None,
        })
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
        Err(Refused::new(Refusal::VcpuQuota, SimTime::MAX))
    }

    /// Whether the account may launch a task on Fargate now; instances know no such rate.
    pub(super) fn check_launch_rate(&self, provider: ProviderId) -> Result<(), Refused> {
        let bucket = &self.world.accounts[provider.index()].bucket;
        if self.plan.provider(provider).kind.is_hosted() || 0 < bucket.available(self.now) {
            return Ok(());
        }
        Err(Refused {
            limiter: Some(Limiter::Account),
            ..Refused::new(Refusal::LaunchRate, bucket.time_of_next(self.now))
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
    fn grant_spot(
        &mut self,
        request: LaunchRequest,
        has_address: impl Fn(ZoneId) -> bool,
    ) -> Option<ZoneId> {
        let attempt = self.next_attempt(request.owner);
        let key = self.owner_key(request.owner);
        let mut draws = self.streams.stream(GRANT, key, attempt);
        let asked = self.zone_granted(request, |zone| {
            let market = self.world.spot.as_ref();
            let grants = |market: &SpotMarket| market.grants(pool_of(zone), draws.uniform());
            !self.is_out(zone) && has_address(zone) && market.is_none_or(grants)
        });
        self.told_zone(request, &asked)
    }

    /// The zone that was found, after the search was told.
    fn told_zone(&mut self, request: LaunchRequest, asked: &ZonesAsked<'_>) -> Option<ZoneId> {
        let (owner, provider) = (request.owner, request.provider);
        self.note(&DecisionInputs::Zone {
            owner,
            provider,
            search: &ZoneSearch {
                zones: asked.zones,
                counts: &asked.counts,
                refuses: &asked.refuses,
                when_refused: asked.when_refused,
            },
        });
        asked.zone
    }

    /// Tells the refusal of a launch of this size, after so many failed starts in a row, with the
    /// state of what refused.
    pub(super) fn note_held(
        &mut self,
        (owner, provider): (Owner, Option<ProviderId>),
        (cpu, failed_rounds): (CpuUnits, u32),
        refused: Refused,
    ) {
        let account = provider.map(|provider| &self.world.accounts[provider.index()]);
        let state = match owner {
            Owner::Service(service) => Some(&self.world.services[service.index()]),
            Owner::Job(_) => None,
        };
        let bucket = refused.limiter.and_then(|limiter| {
            let bucket = match limiter {
                Limiter::Account => account?.bucket,
                Limiter::RunTaskCalls => match owner {
                    Owner::Job(source) => self.world.run_task_calls[self.bucket_of_calls(source)],
                    Owner::Service(_) => return None,
                },
                Limiter::Service => state?.launch_bucket,
            };
            Some((limiter, bucket))
        });
        self.note(&DecisionInputs::Held(HeldLaunch {
            owner,
            provider,
            reason: refused.reason,
            retry_at: refused.retry_at,
            cpu,
            in_use_cpu_units: account.map_or(0, |account| account.cpu_units),
            bucket,
            failed_rounds,
            nearest: refused.nearest,
        }));
    }

    /// The zone of the owner's next task on this provider, among those that grant it; each zone is
    /// asked at most once, when the rule comes to it.
    fn zone_granted(
        &self,
        request: LaunchRequest,
        mut is_granted: impl FnMut(ZoneId) -> bool,
    ) -> ZonesAsked<'p> {
        let (zones, groups) = match request.owner {
            Owner::Service(service) => (
                &self.plan.service(service).zones[..],
                &self.world.services[service.index()]
                    .deployment(request.deployment)
                    .groups,
            ),
            Owner::Job(source) => (
                &self.plan.job_sources[source.index()].zones[..],
                &self.world.jobs[source.index()].groups,
            ),
        };
        let only = |wanted: ZoneId| zones.iter().position(|zone| *zone == wanted);
        let zones = match request.zone.and_then(only) {
            Some(at) => &zones[at..=at],
            None => zones,
        };
        let is_spot = self.plan.provider(request.provider).kind == ProviderKind::FargateSpot;
        let when_refused = if self.plan.spot.other_zones || !is_spot {
            WhenZoneRefuses::TryOthers
        } else {
            WhenZoneRefuses::Wait
        };
        let count = |zone: &ZoneId| groups.count(request.provider, *zone);
        let counts: Vec<u32> = zones.iter().map(count).collect();
        let mut asked = ZonesAsked {
            zone: None,
            zones,
            refuses: vec![false; zones.len()],
            counts,
            when_refused,
        };
        while let Some(choice) = zone_for_task(&asked.counts, &asked.refuses, when_refused) {
            if is_granted(zones[choice.zone]) {
                asked.zone = Some(zones[choice.zone]);
                break;
            }
            asked.refuses[choice.zone] = true;
        }
        asked
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
