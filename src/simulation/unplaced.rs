//! Tasks that services want, that no container instance takes and for which none will come: who
//! misses how many is remembered, for the bill of room that is of no use and for charts.

use crate::ids::{GroupId, ProviderId, ServiceId};
use crate::observe::observation::{CapacityObservation, Observation, Refusal};
use crate::simulation::Simulation;
use crate::simulation::launch::Refused;
use crate::world::capacity::{Unplaced, need};

impl Simulation<'_> {
    /// The scheduler looks at a service anew: what it could not place before, which is forgotten.
    pub(super) fn take_unplaced(&mut self, service: ServiceId) -> Vec<Unplaced> {
        let its = self.world.capacity.unplaced_of(service);
        self.world.capacity.unplaced.drain(its).collect()
    }

    /// A task of a deployment was refused: remembered if that is for want of an instance.
    pub(super) fn note_unplaced(
        &mut self,
        (service, ordinal): (ServiceId, u32),
        provider: ProviderId,
        refused: &Refused,
    ) {
        if refused.reason != Refusal::NoInstance {
            return;
        }
        let definition = self.world.services[service.index()]
            .deployment(ordinal)
            .definition;
        let its = self.world.capacity.unplaced_of(service);
        let unplaced = &mut self.world.capacity.unplaced;
        let key = (provider, definition);
        let is_it = |it: &&mut Unplaced| (it.provider, it.definition) == key;
        if let Some(known) = unplaced[its.clone()].iter_mut().find(is_it) {
            known.tasks += 1;
            return;
        }
        let size = self.plan.task_definition(definition);
        let new = Unplaced {
            service,
            provider,
            definition,
            need: need((size.cpu.0, size.memory.0), &size.hosting),
            tasks: 1,
        };
        unplaced.insert(its.end, new);
    }

    /// The scheduler has looked at a service: what it cannot place is told if it was not so before.
    pub(super) fn tell_unplaced(&mut self, service: ServiceId, before: &[Unplaced]) {
        let its = self.world.capacity.unplaced_of(service);
        let now = &self.world.capacity.unplaced[its];
        if now == before {
            return;
        }
        let tasks = now.iter().map(|it| it.tasks).sum();
        let concerned = |group: &GroupId| {
            let key = (*group, self.plan.group(*group).launcher());
            let mut all = before.iter().chain(now);
            all.any(|it| self.plan.provider(it.provider).kind.takes(key))
        };
        let groups = (0..self.plan.groups.len()).map(GroupId::from_index);
        let groups: Vec<GroupId> = groups.filter(concerned).collect();
        let what = CapacityObservation::Unplaced { service, tasks };
        self.observe(&Observation::Capacity(what));
        for group in groups {
            self.group_counts_changed(group);
        }
    }
}
