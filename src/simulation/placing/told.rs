//! Searches for an instance, told to whoever asks why: as the plain scan of all instances sees
//! them.

use super::PLACEMENT;
use crate::engine::SimTime;
use crate::ids::{InstanceId, ProviderId, TaskDefinitionId, ZoneId};
use crate::observe::inputs::DecisionInputs;
use crate::observe::observation::Refusal;
use crate::observe::placements::{Nearest, PlacementSearch};
use crate::policy::cluster_query::Expression;
use crate::policy::placement::{Candidate, Need, RANDOM_TRIES};
use crate::simulation::Simulation;
use crate::simulation::launch::Refused;
use crate::world::capacity::{live_constraints, placement_of};
use crate::world::instance::{Instance, InstanceStatus};
use crate::world::task::Owner;

impl Simulation<'_> {
    /// Tells a search for an instance as the plain scan sees it: for whoever asks why.
    pub(super) fn note_placement(
        &mut self,
        key @ (owner, definition, provider): (Owner, TaskDefinitionId, ProviderId),
        (ordinal, tries, zone): (u64, u64, Option<ZoneId>),
        (need, found): (&Need, Option<InstanceId>),
    ) {
        let plan = self.plan;
        let (candidates, instances) = self.candidates(key, zone);
        let lost = self.lost(provider, None);
        let stream = self.owner_key(owner);
        let mut draws = self.streams.stream(PLACEMENT, stream, tries);
        // As many as the rule may look at.
        let draws: Vec<f64> = (0..=RANDOM_TRIES).map(|_| draws.uniform()).collect();
        let search = PlacementSearch {
            lost: &lost,
            need: *need,
            ports: &plan.task_definition(definition).hosting.ports,
            rules: &placement_of(plan, owner).rules,
            candidates: &candidates,
            instances: &instances,
            found,
            draws: &draws,
        };
        let inputs = DecisionInputs::Placement {
            owner,
            ordinal,
            provider,
            search: &search,
        };
        self.observer.note(self.now, &inputs);
    }

    /// No instance took a task: which came closest, if somebody asks, and when it is tried again.
    /// Rebalancing, which wants it in one zone, tries again of itself.
    pub(in crate::simulation) fn none_took_it(
        &mut self,
        key: (Owner, TaskDefinitionId, ProviderId),
        zone: Option<ZoneId>,
        need: &Need,
    ) -> Refused {
        let retry_at = match zone {
            None => self.now + self.plan.spot.retry,
            Some(_) => SimTime::MAX,
        };
        let is_told = match zone {
            None => self.observer.tells_nearest(key.0),
            Some(_) => self.observer.tells_reasons(),
        };
        let nearest = is_told.then(|| self.nearest(key, zone, need));
        Refused {
            nearest,
            ..Refused::new(Refusal::NoInstance, retry_at)
        }
    }

    /// The instance that came closest to taking a task: of a zone, if it has to be there; of those
    /// that miss a task of its service, if that has one on each.
    fn nearest(
        &self,
        key @ (owner, definition, provider): (Owner, TaskDefinitionId, ProviderId),
        zone: Option<ZoneId>,
        need: &Need,
    ) -> Nearest {
        let (mut candidates, instances) = self.candidates(key, None);
        let missing = match owner {
            Owner::Service(service) => self.misses_daemon(service),
            Owner::Job(_) => None,
        };
        for (candidate, id) in candidates.iter_mut().zip(&instances) {
            let stands = self.world.capacity.instances[id.index()].record.zone;
            candidate.is_connected &= zone.is_none_or(|zone| zone == stands)
                && missing.is_none_or(|missing| missing.contains(id));
        }
        let lost = self.lost(provider, zone);
        let ports = &self.plan.task_definition(definition).hosting.ports;
        let of = |id: InstanceId| self.world.capacity.instances[id.index()].record.group;
        Nearest::of(need, ports, (&candidates, &instances, &lost), of)
    }

    /// ACTIVE instances that a provider's tasks may go to and whose agents are disconnected.
    fn lost(&self, provider: ProviderId, zone: Option<ZoneId>) -> Vec<InstanceId> {
        let plan = self.plan;
        let kind = plan.provider(provider).kind;
        let is_lost = |it: &&Instance| {
            let is_active = it.status == InstanceStatus::Active && !it.is_connected;
            let group = it.record.group;
            is_active
                && kind.takes((group, plan.group(group).launcher()))
                && zone.is_none_or(|zone| zone == it.record.zone)
        };
        let all = self.world.capacity.instances.iter();
        all.filter(is_lost).map(|it| it.record.id).collect()
    }

    /// All instances that ever registered, in the order of their ids, as the plain scan sees them
    /// for a task: chance draws among them.
    fn candidates(
        &self,
        key @ (owner, _, provider): (Owner, TaskDefinitionId, ProviderId),
        zone: Option<ZoneId>,
    ) -> (Vec<Candidate>, Vec<InstanceId>) {
        let plan = self.plan;
        let capacity = &self.world.capacity;
        let placement = placement_of(plan, owner);
        let is_alone = placement.distinct_instance;
        let hosting = &plan.task_definition(key.1).hosting;
        let live: Vec<&Expression> = live_constraints(placement, hosting).collect();
        let kind = plan.provider(provider).kind;
        let candidate = |instance: &Instance| {
            let id = instance.record.id;
            let class = capacity.class(instance.class);
            let same = capacity.hosting(owner).on(id);
            let group = instance.record.group;
            let is_its = kind.takes((group, plan.group(group).launcher()));
            let candidate = Candidate {
                free: capacity.index.free(id).unwrap_or_default(),
                ports: capacity.index.ports(id).cloned().unwrap_or_default(),
                zone: class.zone_place(plan),
                values: class.values.clone(),
                same,
                is_connected: is_its
                    && instance.status == InstanceStatus::Active
                    && instance.is_connected,
                is_reached: class.is_reached(plan, key)
                    && zone.is_none_or(|zone| zone == class.zone),
                is_suitable: class.has_architecture(plan, key.1),
                meets_lasting: class.meets_lasting(plan, (owner, key.1)),
                is_without_own: !(is_alone && 0 < same),
                meets_live: live.is_empty() || {
                    let facts = capacity.facts(plan, &self.world.tasks, id);
                    live.iter().all(|it| it.holds(&facts))
                },
            };
            (candidate, id)
        };
        let registered = &capacity.instances[..capacity.index.len()];
        registered.iter().map(candidate).unzip()
    }
}
