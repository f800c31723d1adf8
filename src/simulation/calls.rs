//! Services that call one another, in the fluid model: how much each asks of the others, and how
//! much longer its own requests take for it.
//!
//! What one service feels changes what it asks of the next. So whenever something changes in a
//! group, and every few seconds until all of it has settled, its services come to terms for the
//! stretch ahead: each is played over that stretch, callers first, then what they feel is taken
//! from those they call, until neither changes. Between two such meetings every load goes its own
//! way. Nobody outside the group is looked at.

mod addresses;
mod terms;
mod together;

use crate::demand::load::Load;
use crate::demand::period::{PERIOD, ServicePeriod};
use crate::demand::requests::{WARM_UP_HOLDINGS, WARM_UP_REQUESTS};
use crate::demand::service_load::{LoadSpec, STEADY_LOAD_MAX};
use crate::demand::split_load::Side;
use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::scenario::plan::{Begin, Fidelity};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::calls::CallGroup;
use terms::{Terms, weight};

/// The shortest and the longest stretch for which services come to terms. ASSUMPTION: within the
/// first a backlog of a minute's making is followed closely enough; it doubles while nothing
/// changes.
const STEP_LEAST: SimDuration = SimDuration::from_secs(5);
const STEP_MOST: SimDuration = SimDuration::from_secs(60);
/// Rounds of coming to terms, at most.
const ROUNDS_MAX: u32 = 40;

impl Simulation<'_> {
    /// To be called after the demand on a service or its tasks changed: those that call it and that
    /// it calls come to terms anew. False if there are none.
    pub(super) fn calls_changed(&mut self, service: ServiceId, queue: &mut Queue<Event>) -> bool {
        let Some(place) = self.world.calls.place_of[service.index()] else {
            return false;
        };
        self.world.calls.groups[place.group].step = STEP_LEAST;
        self.meet(place.group, queue);
        true
    }

    /// A stretch for which a group had come to terms is over.
    pub(super) fn on_calls_meet(&mut self, (group, tick): (u32, u32), queue: &mut Queue<Event>) {
        if self.world.calls.groups[group as usize].tick == tick {
            self.meet(group as usize, queue);
        }
    }

    fn meet(&mut self, at: usize, queue: &mut Queue<Event>) {
        for member in 0..self.world.calls.groups[at].members.len() {
            self.catch_up(self.world.calls.groups[at].members[member].service);
        }
        let mut group = std::mem::take(&mut self.world.calls.groups[at]);
        let step = group.step.max(STEP_LEAST);
        let micros = step.as_micros();
        let until = SimTime::from_micros((self.now.as_micros() / micros + 1) * micros);
        let changed = match self.plan.run.fidelity {
            Fidelity::Fluid => self.come_to_terms(&mut group, until.since(self.now), false),
            // There each request calls for itself.
            Fidelity::Requests => false,
        };
        group.step = match changed {
            true => STEP_LEAST,
            false => SimDuration::from_micros(2 * micros).min(STEP_MOST),
        };
        group.tick += 1;
        let tick = group.tick;
        self.world.calls.groups[at] = group;
        let services = self.services_of(at);
        let mut is_settled = true;
        for service in services {
            if let Some(load) = &mut self.world.loads[service.index()] {
                load.wake();
                is_settled &= load.is_settled();
            }
            self.scaling_changed(service, queue);
        }
        let is_fluid = self.plan.run.fidelity == Fidelity::Fluid;
        if is_fluid && !is_settled && until < self.plan.horizon() {
            let group = at as u32;
            queue.schedule_at(until, Event::CallsMeet { group, tick });
        }
    }

    /// What requests of a service cost without their calls, on each side.
    fn bases(&self, service: ServiceId) -> [Option<LoadSpec>; 2] {
        let shifts = self.plan.service(service).may_shift();
        let alternate = shifts.then(|| self.own_spec(service, Side::Alternate));
        [Some(self.own_spec(service, Side::First)), alternate]
    }

    /// Finds, for the `length` ahead, rates and times that go with each other; whether any of them
    /// is new. A group that `settles` is taken to have been as it is for long.
    fn come_to_terms(&mut self, group: &mut CallGroup, length: SimDuration, settles: bool) -> bool {
        group.bases.clear();
        for member in &group.members {
            group.bases.push(self.bases(member.service));
        }
        group.weights.clear();
        for edge in &group.edges {
            let caller = group.members[edge.caller].service;
            group.weights.push(weight(&self.world, caller, edge));
        }
        let mut terms = Terms {
            world: &mut self.world,
            now: self.now,
            length,
            settles,
            changed: false,
        };
        terms.begin(group);
        let mut is_agreed = false;
        for round in 0..ROUNDS_MAX {
            let rates = terms.ask(group, round);
            let times = terms.feel(group);
            if !rates && !times {
                is_agreed = true;
                break;
            }
        }
        terms.judge(group, is_agreed);
        terms.changed
    }
}

impl Simulation<'_> {
    /// The demand on services that call one another at the start, all their tasks being up or not.
    pub(super) fn begin_calls(&mut self, queue: &mut Queue<Event>) {
        for at in 0..self.world.calls.groups.len() {
            let services = self.services_of(at);
            let expected = match self.plan.run.begin {
                Begin::Steady => self.expect(at),
                Begin::Empty => Vec::new(),
            };
            self.world.calls.groups[at].step = STEP_LEAST;
            for (at, service) in services.into_iter().enumerate() {
                self.begin_alarms((service, expected.get(at)), queue);
            }
            self.meet(at, queue);
        }
    }

    fn services_of(&self, group: usize) -> Vec<ServiceId> {
        let members = self.world.calls.groups[group].members.iter();
        members.map(|member| member.service).collect()
    }

    /// The first minute of a group that has been as it is for long; request by request it is the
    /// fluid model's, and the requests themselves are played for a while before the start.
    fn expect(&mut self, at: usize) -> Vec<ServicePeriod> {
        let mut group = std::mem::take(&mut self.world.calls.groups[at]);
        let is_fluid = self.plan.run.fidelity == Fidelity::Fluid;
        let played: Vec<Option<Load>> = match is_fluid {
            true => Vec::new(),
            false => {
                let members = group.members.iter();
                let stand_in = members.map(|member| self.stand_in(member.service));
                stand_in.collect()
            }
        };
        self.come_to_terms(&mut group, STEP_MOST, true);
        let mut minutes = Vec::new();
        let mut warm_up = (0.0f64, 1.0f64);
        for member in &group.members {
            let load = self.world.loads[member.service.index()].as_mut();
            let minute = load.map(Load::expected_minute).unwrap_or_default();
            if 0.0 < minute.requests {
                let rate_per_s = minute.requests / PERIOD.as_secs_f64();
                let requests = WARM_UP_REQUESTS / rate_per_s;
                let holdings = WARM_UP_HOLDINGS * minute.response_mean;
                warm_up.0 = warm_up.0.max(holdings.min(requests));
                let most = STEADY_LOAD_MAX * minute.capacity;
                warm_up.1 = warm_up.1.min(most / rate_per_s);
            }
            minutes.push(minute);
        }
        if !is_fluid {
            for (member, load) in group.members.iter_mut().zip(played) {
                self.world.loads[member.service.index()] = load;
                member.called_per_s = 0.0;
            }
            self.with_requests(&mut group, |requests, loads| {
                requests.settle(loads, warm_up)
            });
        }
        self.world.calls.groups[at] = group;
        minutes
    }

    /// Puts a fluid load in a service's place, with its rate and its tasks; the one that was there.
    fn stand_in(&mut self, service: ServiceId) -> Option<Load> {
        let index = service.index();
        let played = self.world.loads[index].take()?;
        let key = self.plan.service(service).key;
        let spec = self.own_spec(service, Side::First);
        let mut fluid = Load::new(Fidelity::Fluid, spec, self.streams, key);
        let (running, serving) = self.world.services[index].counts_on(Side::First);
        fluid.set_tasks(Side::First, running, serving);
        self.world.loads[index] = Some(fluid);
        Some(played)
    }

    /// The rate at which a service's own users ask it.
    pub(super) fn set_own_rate(&mut self, service: ServiceId, rate: f64) {
        let called = match self.world.calls.member_mut(service) {
            Some(member) => {
                member.own_per_s = rate;
                match self.plan.run.fidelity {
                    Fidelity::Fluid => member.called_per_s,
                    Fidelity::Requests => 0.0,
                }
            }
            None => 0.0,
        };
        if let Some(load) = &mut self.world.loads[service.index()] {
            load.set_rate(rate + called);
        }
    }

    /// Whether a service's load is one of a group's.
    pub(super) fn is_called_or_calls(&self, service: ServiceId) -> bool {
        self.world.calls.place_of[service.index()].is_some()
    }
}
