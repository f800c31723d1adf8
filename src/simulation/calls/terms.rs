//! The services of a group coming to terms for a stretch ahead: rates down along the calls, times
//! and failures back up.

use crate::demand::split_load::Side;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::policy::calls::{CONNECT_S, Felt, is_chance_while_old, unevenness};
use crate::policy::traffic_shift::revision_part;
use crate::world::World;
use crate::world::calls::{CallEdge, CallGroup};

/// From this round on changes are halved, from the next on they are cut to a fifth.
const DAMPED_FROM: u32 = 3;
const DAMPED_MORE_FROM: u32 = 12;
/// Rates that differ by less than this share are the same.
const RATE_KEPT: f64 = 1e-6;

/// The share of a caller's requests that are its revision's.
pub(super) fn weight(world: &World, caller: ServiceId, edge: &CallEdge) -> f64 {
    let state = &world.services[caller.index()];
    let all: u32 = state.deployments.iter().map(|it| it.serving).sum();
    if all == 0 {
        return f64::from(u8::from(state.primary().definition == edge.definition));
    }
    let load = world.loads[caller.index()].as_ref();
    revision_part(Side::BOTH.map(|side| {
        let here = state.deployments.iter().filter(|it| it.side == side);
        let its = here.filter(|it| it.definition == edge.definition);
        let its = its.map(|it| it.serving).sum();
        let part = load.map_or(0.0, |load| load.part(side));
        (part, its, state.serving_on(side))
    }))
}

/// The services of a group coming to terms.
pub(super) struct Terms<'a> {
    pub(super) world: &'a mut World,
    pub(super) now: SimTime,
    pub(super) length: SimDuration,
    pub(super) settles: bool,
    pub(super) changed: bool,
}

impl Terms<'_> {
    /// Tells each load its tasks, and what it sees if nothing else changes.
    pub(super) fn begin(&mut self, group: &mut CallGroup) {
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
    pub(super) fn ask(&mut self, group: &mut CallGroup, round: u32) -> bool {
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
        // Addresses say nothing of target groups.
        let serving = Side::BOTH.map(|side| state.counts_on(side).1);
        callee.ghost_share(serving.iter().sum(), self.now)
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
    pub(super) fn feel(&mut self, group: &mut CallGroup) -> bool {
        let mut any = false;
        for at in (0..group.members.len()).rev() {
            let felt = self.felt(group, at);
            let Some(base) = group.bases[at][0] else {
                continue;
            };
            let shape = base.shape;
            let own_s = shape.cpu_s / shape.vcpus.clamp(1e-9, 1.0) + shape.wait_s;
            let member = &mut group.members[at];
            let added = member.added.follow(felt, (own_s, shape.cv));
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

    /// Says where the result is not to be trusted: no agreement, calls to a service that is behind,
    /// or whose tasks are asked unevenly. Those who are called first, as their callers feel it.
    pub(super) fn judge(&mut self, group: &mut CallGroup, is_agreed: bool) {
        for at in (0..group.members.len()).rev() {
            let calls = group.edges.iter().zip(&group.weights);
            let calls = calls.filter(|(edge, weight)| edge.caller == at && 0.0 < **weight);
            let served = calls.map(|(edge, _)| &group.members[edge.callee].served);
            let (is_behind, is_uneven, of_unsure) =
                served.fold((false, false, false), |any, served| {
                    let is_unsure = any.2 || served.is_unsure;
                    (
                        any.0 || served.is_behind,
                        any.1 || served.is_uneven,
                        is_unsure,
                    )
                });
            let address_cv = match is_uneven {
                true => f64::INFINITY,
                false => self.address_cv(group, at),
            };
            let is_unsure = is_behind || !is_agreed;
            let added = &mut group.members[at].added;
            let now = (is_unsure, of_unsure, address_cv);
            if (added.is_unsure, added.of_unsure, added.address_cv) != now {
                (added.is_unsure, added.of_unsure, added.address_cv) = now;
                self.tell(group, at);
            }
        }
    }

    /// How unevenly a service's callers ask its tasks; infinite while they go by old answers and
    /// are few.
    fn address_cv(&self, group: &CallGroup, at: usize) -> f64 {
        let member = &group.members[at];
        let state = &self.world.services[member.service.index()];
        let serving = Side::BOTH.map(|side| state.counts_on(side).1);
        let callers = callers(self.world, group, at);
        let serving = serving.iter().sum();
        let is_old = !member.unseen.is_empty() || 0.0 < member.ghost_share(serving, self.now);
        match member.ttl {
            None => 0.0,
            Some(_) if is_old && is_chance_while_old(callers) => f64::INFINITY,
            Some(_) => unevenness(member.known(serving), callers),
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
    (running, member.seen(serving, callers(world, group, at)))
}

/// The tasks that call a service.
fn callers(world: &World, group: &CallGroup, at: usize) -> u32 {
    let callers = (0..group.members.len()).filter(|caller| {
        let mut edges = group.edges.iter();
        edges.any(|edge| edge.caller == *caller && edge.callee == at)
    });
    let of = |caller: usize| {
        let caller = group.members[caller].service;
        world.asking(caller)
    };
    callers.map(of).sum()
}
