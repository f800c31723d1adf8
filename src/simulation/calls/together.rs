//! A group that is played request by request: all its loads advance together.

use crate::demand::load::Load;
use crate::demand::requests::{CallWork, RequestGroup, RequestLoad, Split};
use crate::demand::service_load::Closed;
use crate::demand::split_load::Side;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::Observation;
use crate::scenario::plan::Fidelity;
use crate::simulation::Simulation;
use crate::world::calls::CallGroup;

impl Simulation<'_> {
    /// Does something with all loads of a group that is played request by request.
    pub(super) fn with_requests<T>(
        &mut self,
        group: &mut CallGroup,
        act: impl FnOnce(&mut RequestGroup, &mut [&mut RequestLoad]) -> T,
    ) -> T {
        let mut taken = self.take_loads(group);
        group.requests.set_splits(splits_of(&taken));
        let done = act(&mut group.requests, &mut requests_of(&mut taken));
        self.put_back(group, taken);
        done
    }

    fn take_loads(&mut self, group: &CallGroup) -> Vec<Option<Load>> {
        let members = group.members.iter();
        let taken = members.map(|member| self.world.loads[member.service.index()].take());
        taken.collect()
    }

    fn put_back(&mut self, group: &CallGroup, taken: Vec<Option<Load>>) {
        for (member, mut load) in group.members.iter().zip(taken) {
            if let Some(Load::Split(load)) = &mut load {
                load.moved_on();
            }
            self.world.loads[member.service.index()] = load;
        }
    }

    /// Advances the requests of a whole group to now.
    pub(in crate::simulation) fn catch_up_together(&mut self, at: usize) {
        let now = self.now;
        let first = self.world.calls.groups[at].members.first();
        let first = first.and_then(|member| self.world.loads[member.service.index()].as_ref());
        let is_there = match first {
            Some(Load::Requests(load)) => load.is_at(now),
            Some(Load::Split(load)) => load.is_at(now),
            Some(Load::Fluid(_) | Load::Zonal(_)) | None => false,
        };
        if is_there {
            return;
        }
        let mut group = std::mem::take(&mut self.world.calls.groups[at]);
        let mut taken = self.take_loads(&group);
        let splits = splits_of(&taken);
        group.requests.set_splits(splits.clone());
        let mut services: Vec<ServiceId> = group
            .members
            .iter()
            .zip(&taken)
            .filter(|(_, load)| load.is_some())
            .map(|(member, _)| member.service)
            .collect();
        for split in &splits {
            services.push(services[split.place as usize]);
        }
        let mut loads = requests_of(&mut taken);
        while self.patience.lasts() {
            let before: Vec<u64> = loads.iter().map(|load| load.events()).collect();
            let most = self.patience.next();
            let mut closed =
                |at: usize, minutes: Closed<'_>| self.minutes_closed(services[at], minutes);
            let reached = group
                .requests
                .advance_to(&mut loads, (now, most), &mut closed);
            for ((service, load), before) in services.iter().zip(&loads).zip(before) {
                let played = load.events() - before;
                self.patience.spend(*service, played, load.at_once());
            }
            if reached {
                break;
            }
        }
        self.put_back(&group, taken);
        self.world.calls.groups[at] = group;
    }

    /// Minutes of a service are over.
    fn minutes_closed(&mut self, service: ServiceId, minutes: Closed<'_>) {
        match self.world.counted[service.index()].take() {
            None => self.minutes_told(service, minutes),
            Some(mut watch) => {
                watch.tell(minutes, |minutes| self.minutes_told(service, minutes));
                self.world.counted[service.index()] = Some(watch);
            }
        }
    }

    fn minutes_told(&mut self, service: ServiceId, (first, count, period): Closed<'_>) {
        let index = service.index();
        if let Some(target) = self.world.target_of[index] {
            self.world.targets[target].push(first, count, period);
        }
        for alarm in self.world.alarms_of[index].clone() {
            debug_assert!(
                !self.world.alarms[alarm].is_fine,
                "refused where the plan is made"
            );
            self.world.alarms[alarm].push(first, count, period);
        }
        if let Some(beside) = &mut self.world.beside {
            beside.answered(self.plan, service, (first, count, period));
        }
        let minutes = Observation::ServicePeriods {
            service,
            first,
            count,
            period,
        };
        self.observer.observe(self.now, &minutes);
    }

    /// What requests at a task of a revision call, where each is played.
    pub(in crate::simulation) fn calls_of_task(
        &self,
        service: ServiceId,
        definition: TaskDefinitionId,
    ) -> Vec<CallWork> {
        match self.plan.run.fidelity {
            Fidelity::Fluid => Vec::new(),
            Fidelity::Requests => self.world.calls.works_of(service, definition),
        }
    }
}

/// The loads that are there: in a group that is played request by request each is such a one, or
/// two of them. Those of alternate target groups come after all others.
fn requests_of(loads: &mut [Option<Load>]) -> Vec<&mut RequestLoad> {
    let (mut found, mut alternates) = (Vec::new(), Vec::new());
    for load in loads.iter_mut().flatten() {
        match load {
            Load::Requests(load) => found.push(&mut **load),
            Load::Split(load) => {
                if let Some([first, alternate]) = load.requests_mut() {
                    found.push(first);
                    alternates.push(alternate);
                }
            }
            Load::Fluid(_) | Load::Zonal(_) => {}
        }
    }
    found.append(&mut alternates);
    found
}

/// Which of the services of a group have two target groups, in the order of [`requests_of`].
fn splits_of(loads: &[Option<Load>]) -> Vec<Split> {
    let there = || loads.iter().flatten();
    let mut alternate = there().count() as u32;
    let mut splits = Vec::new();
    for (place, load) in there().enumerate() {
        if let Load::Split(load) = load {
            splits.push(Split {
                place: place as u32,
                alternate,
                part: load.part(Side::Alternate),
            });
            alternate += 1;
        }
    }
    splits
}
