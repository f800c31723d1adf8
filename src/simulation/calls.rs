//! Services that call one another, in the fluid model: how much each asks of the others, and how
//! much longer its own requests take for it.
//!
//! What one service feels changes what it asks of the next. So whenever something changes in a
//! group, and every few seconds until all of it has settled, its services come to terms for the
//! stretch ahead: each is played over that stretch, callers first, then what they feel is taken
//! from those they call, until neither changes. Between two such meetings every load goes its own
//! way. Nobody outside the group is looked at.

use crate::demand::load::Load;
use crate::demand::period::{PERIOD, ServicePeriod};
use crate::demand::requests::{
    CallWork, RequestGroup, RequestLoad, WARM_UP_HOLDINGS, WARM_UP_REQUESTS,
};
use crate::demand::service_load::{Closed, LoadSpec, STEADY_LOAD_MAX};
use crate::demand::split_load::Side;
use crate::engine::queue::Queue;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::Observation;
use crate::policy::calls::{CONNECT_S, Felt};
use crate::scenario::plan::{Begin, Fidelity};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::World;
use crate::world::calls::{CallEdge, CallGroup};

/// The shortest and the longest stretch for which services come to terms. ASSUMPTION: within the
/// first a backlog of a minute's making is followed closely enough; it doubles while nothing
/// changes.
const STEP_LEAST: SimDuration = SimDuration::from_secs(5);
const STEP_MOST: SimDuration = SimDuration::from_secs(60);
/// Rounds of coming to terms, at most.
const ROUNDS_MAX: u32 = 40;
/// From this round on changes are halved, from the next on they are cut to a fifth.
const DAMPED_FROM: u32 = 3;
const DAMPED_MORE_FROM: u32 = 12;
/// Rates that differ by less than this share are the same.
const RATE_KEPT: f64 = 1e-6;
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
        let shifts = self.plan.service(service).traffic_shift.is_some();
        let alternate = shifts.then(|| self.own_spec(service, Side::Alternate));
        [self.own_spec(service, Side::First), alternate.flatten()]
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

/// The share of a caller's requests that are its revision's.
fn weight(world: &World, caller: ServiceId, edge: &CallEdge) -> f64 {
    let state = &world.services[caller.index()];
    let all: u32 = state.deployments.iter().map(|it| it.serving).sum();
    if all == 0 {
        return f64::from(u8::from(state.primary().definition == edge.definition));
    }
    let its = state.deployments.iter();
    let its = its.filter(|it| it.definition == edge.definition);
    f64::from(its.map(|it| it.serving).sum::<u32>()) / f64::from(all)
}

/// The services of a group coming to terms.
struct Terms<'a> {
    world: &'a mut World,
    now: SimTime,
    length: SimDuration,
    settles: bool,
    changed: bool,
}

impl Terms<'_> {
    /// Tells each load its tasks, and what it sees if nothing else changes.
    fn begin(&mut self, group: &mut CallGroup) {
        for at in 0..group.members.len() {
            let service = group.members[at].service;
            let tasks = asked(self.world, group, at);
            if let Some(load) = &mut self.world.loads[service.index()]
                && group.members[at].by_addresses
            {
                load.set_tasks(Side::First, tasks.0, tasks.1);
            }
            self.tell(group, at);
        }
    }

    /// A load hears what its requests cost and how many come, and is played over the stretch.
    fn tell(&mut self, group: &mut CallGroup, at: usize) {
        let member = &mut group.members[at];
        let Some(load) = &mut self.world.loads[member.service.index()] else {
            return;
        };
        for (side, base) in Side::BOTH.into_iter().zip(group.bases[at]) {
            if let Some(mut spec) = base {
                member.add_to(&mut spec);
                load.set_spec(side, spec);
            }
        }
        load.set_rate(member.own_per_s + member.called_per_s);
        if self.settles {
            load.settle();
        }
        member.served = load.served_ahead(self.length);
    }

    /// Callers first: what each service is asked by the others.
    fn ask(&mut self, group: &mut CallGroup, round: u32) -> bool {
        let mut any = false;
        for at in 0..group.members.len() {
            let asked: f64 = (0..group.edges.len())
                .filter(|edge| group.edges[*edge].callee == at)
                .map(|edge| self.asked_by(group, edge))
                .sum();
            let member = &mut group.members[at];
            let before = member.called_per_s;
            let share = match round {
                0..DAMPED_FROM => 1.0,
                DAMPED_FROM..DAMPED_MORE_FROM => 0.5,
                _ => 0.2,
            };
            let next = before + share * (asked - before);
            let all = member.own_per_s + before.max(asked);
            if libm::fabs(next - before) <= RATE_KEPT * all {
                continue;
            }
            member.called_per_s = next;
            any = true;
            self.tell(group, at);
        }
        self.changed |= any;
        any
    }

    /// Tries a second that a call's caller makes at the service it calls.
    fn asked_by(&self, group: &CallGroup, edge: usize) -> f64 {
        let (weight, edge) = (group.weights[edge], &group.edges[edge]);
        let each = self.each(group, edge);
        let ghosts = self.ghosts(group, edge);
        let entered = group.members[edge.caller].served.entered_per_s;
        let tries = edge.terms.tries_per_request(each.failed_share);
        entered * weight * tries * (1.0 - ghosts)
    }

    /// The share of the addresses a caller goes by at which nobody is.
    fn ghosts(&self, group: &CallGroup, edge: &CallEdge) -> f64 {
        if edge.ttl.is_none() {
            return 0.0;
        }
        let callee = &group.members[edge.callee];
        let state = &self.world.services[callee.service.index()];
        callee.ghost_share(state.counts_on(Side::First).1, self.now)
    }

    /// What one try of a call meets.
    fn each(&self, group: &CallGroup, edge: &CallEdge) -> Felt {
        let each = group.members[edge.callee].served.each;
        let ghosts = self.ghosts(group, edge);
        if ghosts <= 0.0 {
            return each;
        }
        let gone_s = edge.terms.timeout_s.unwrap_or(CONNECT_S);
        let mean_s = (1.0 - ghosts) * each.mean_s + ghosts * gone_s;
        let square = (1.0 - ghosts) * (each.variance_s2 + each.mean_s * each.mean_s)
            + ghosts * gone_s * gone_s;
        Felt {
            mean_s,
            variance_s2: (square - mean_s * mean_s).max(0.0),
            failed_share: 1.0 - (1.0 - ghosts) * (1.0 - each.failed_share),
        }
    }

    /// Those who are called first: what each service feels of those that it calls.
    fn feel(&mut self, group: &mut CallGroup) -> bool {
        let mut any = false;
        for at in (0..group.members.len()).rev() {
            let felt = self.felt(group, at);
            let Some(base) = group.bases[at][0] else {
                continue;
            };
            let shape = base.shape;
            let own_s = shape.cpu_s / shape.vcpus.clamp(1e-9, 1.0) + shape.wait_s;
            let member = &mut group.members[at];
            let is_unsure = member.added.is_unsure;
            let added = member.added.follow(felt, (own_s, shape.cv), is_unsure);
            if added != member.added {
                member.added = added;
                any = true;
                self.tell(group, at);
            }
        }
        self.changed |= any;
        any
    }

    /// All calls of a service's requests.
    fn felt(&self, group: &CallGroup, at: usize) -> Felt {
        let mut felt = Felt::default();
        for (edge, weight) in group.edges.iter().zip(&group.weights) {
            if edge.caller != at || *weight <= 0.0 {
                continue;
            }
            let of = edge.terms.felt(self.each(group, edge));
            let mean_s = weight * of.mean_s;
            felt = felt.then(Felt {
                mean_s,
                variance_s2: weight * (of.variance_s2 + of.mean_s * of.mean_s) - mean_s * mean_s,
                failed_share: weight * of.failed_share,
            });
        }
        felt
    }

    /// Says where the result is not to be trusted: no agreement, or calls to a service that is
    /// behind.
    fn judge(&mut self, group: &mut CallGroup, is_agreed: bool) {
        for at in 0..group.members.len() {
            let mut calls = group.edges.iter().zip(&group.weights);
            let is_behind = calls.any(|(edge, weight)| {
                let callee = &group.members[edge.callee];
                edge.caller == at && 0.0 < *weight && callee.served.is_behind
            });
            let is_unsure = is_behind || !is_agreed;
            if group.members[at].added.is_unsure != is_unsure {
                group.members[at].added.is_unsure = is_unsure;
                self.tell(group, at);
            }
        }
    }
}

/// The tasks that run and those that answer, as far as callers know them.
fn asked(world: &World, group: &CallGroup, at: usize) -> (u32, u32) {
    let member = &group.members[at];
    let (running, serving) = world.services[member.service.index()].counts_on(Side::First);
    if !member.by_addresses {
        return (running, serving);
    }
    let callers = (0..group.members.len()).filter(|caller| {
        let mut edges = group.edges.iter();
        edges.any(|edge| edge.caller == *caller && edge.callee == at)
    });
    let of = |caller: usize| {
        let caller = group.members[caller].service;
        world.asking(caller)
    };
    (running, member.seen(serving, callers.map(of).sum()))
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
        let spec = self.own_spec(service, Side::First)?;
        let mut fluid = Load::new(Fidelity::Fluid, spec, self.streams, key);
        let (running, serving) = self.world.services[index].counts_on(Side::First);
        fluid.set_tasks(Side::First, running, serving);
        self.world.loads[index] = Some(fluid);
        Some(played)
    }

    /// Does something with all loads of a group that is played request by request.
    fn with_requests<T>(
        &mut self,
        group: &mut CallGroup,
        act: impl FnOnce(&mut RequestGroup, &mut [&mut RequestLoad]) -> T,
    ) -> T {
        let mut taken = self.take_loads(group);
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
        for (member, load) in group.members.iter().zip(taken) {
            self.world.loads[member.service.index()] = load;
        }
    }

    /// Advances the requests of a whole group to now.
    pub(super) fn catch_up_together(&mut self, at: usize) {
        let now = self.now;
        let mut group = std::mem::take(&mut self.world.calls.groups[at]);
        let mut taken = self.take_loads(&group);
        let services: Vec<ServiceId> = group
            .members
            .iter()
            .zip(&taken)
            .filter(|(_, load)| load.is_some())
            .map(|(member, _)| member.service)
            .collect();
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
    fn minutes_closed(&mut self, service: ServiceId, (first, count, period): Closed<'_>) {
        let index = service.index();
        if let Some(target) = self.world.target_of[index] {
            self.world.targets[target].push(first, count, period);
        }
        for alarm in self.world.alarms_of[index].clone() {
            self.world.alarms[alarm].push(first, count, period);
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
    pub(super) fn calls_of_task(
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

/// The loads that are there: in a group that is played request by request each is such a one.
fn requests_of(loads: &mut [Option<Load>]) -> Vec<&mut RequestLoad> {
    let loads = loads.iter_mut().flatten();
    loads
        .filter_map(|load| match load {
            Load::Requests(load) => Some(&mut **load),
            Load::Fluid(_) | Load::Split(_) => None,
        })
        .collect()
}

impl Simulation<'_> {
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

    /// A task answers from now on: those who find it by Cloud Map learn it when the answer that they
    /// have is over, half a TTL on average.
    pub(super) fn address_gained(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let (now, is_fluid) = (self.now, self.plan.run.fidelity == Fidelity::Fluid);
        let Some(member) = self.world.calls.member_mut(service) else {
            return;
        };
        if let Some(ttl) = member.ttl.filter(|_| member.by_addresses && is_fluid)
            && SimTime::ZERO < now
        {
            let at = now.saturating_add(half(ttl));
            member.unseen.push_back(at);
            self.schedule_addresses(service, at, queue);
        }
    }

    /// A task answers no longer from `ended` on: as long as callers have its address, they try it.
    pub(super) fn address_lost(
        &mut self,
        service: ServiceId,
        ended: SimTime,
        queue: &mut Queue<Event>,
    ) {
        let (now, is_fluid) = (self.now, self.plan.run.fidelity == Fidelity::Fluid);
        let Some(member) = self.world.calls.member_mut(service) else {
            return;
        };
        let Some(ttl) = member.ttl.filter(|_| is_fluid) else {
            return;
        };
        let until = now.saturating_add(half(ttl));
        let ended = ended.max(now);
        if ended < until {
            member.ghosts.push_back((ended, until));
            if now < ended {
                self.schedule_addresses(service, ended, queue);
            }
            self.schedule_addresses(service, until, queue);
        }
    }

    fn schedule_addresses(&self, service: ServiceId, at: SimTime, queue: &mut Queue<Event>) {
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::AddressesSeen { service });
        }
    }

    /// Callers learn which tasks have come or are gone.
    pub(super) fn on_addresses_seen(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let now = self.now;
        self.catch_up(service);
        if let Some(member) = self.world.calls.member_mut(service) {
            while member.unseen.front().is_some_and(|at| *at <= now) {
                member.unseen.pop_front();
            }
            while member
                .ghosts
                .front()
                .is_some_and(|(_, until)| *until <= now)
            {
                member.ghosts.pop_front();
            }
        }
        self.calls_changed(service, queue);
    }
}

fn half(length: SimDuration) -> SimDuration {
    SimDuration::from_micros(length.as_micros() / 2)
}

impl Simulation<'_> {
    /// Whether a service's load is one of a group's.
    pub(super) fn is_called_or_calls(&self, service: ServiceId) -> bool {
        self.world.calls.place_of[service.index()].is_some()
    }
}
