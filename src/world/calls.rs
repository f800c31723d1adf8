//! Services that call one another: groups that are connected by calls, and what each of their
//! services is asked by the others and feels of them.

mod connecting;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::demand::requests::{CallWork, RequestGroup};
use crate::demand::service_load::{LoadSpec, Served};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::policy::calls::{CallTerms, Felt, reached};
use crate::scenario::plan::{CallPlan, Plan, RateSpec, Via};

/// All groups, and where each service stands in them.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// The groups.
    pub groups: Vec<CallGroup>,
    /// A service's group and its place there; `None`: it calls nobody, and nobody calls it.
    pub place_of: Vec<Option<Place>>,
}

/// Where a service stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// Its group.
    pub group: usize,
    /// Its place among the group's members.
    pub member: usize,
}

/// Services that are connected by calls.
#[derive(Clone, Debug, Default)]
pub struct CallGroup {
    /// Callers before those they call, as far as there is such an order.
    pub members: Vec<Member>,
    /// All calls that may be made among them.
    pub edges: Vec<CallEdge>,
    /// Tells the one live timer from those that are outdated.
    pub tick: u32,
    /// How long the last stretch was for which they came to terms.
    pub step: SimDuration,
    /// How much of its service each call's revision is at present, 0 to 1.
    pub weights: Vec<f64>,
    /// What requests cost without their calls, in either target group of each service.
    pub bases: Vec<[Option<LoadSpec>; 2]>,
    /// Request by request: what all of them share.
    pub requests: RequestGroup,
}

/// Calls of one service's revision to another service.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CallEdge {
    /// The caller's place.
    pub caller: usize,
    /// Its revision.
    pub definition: TaskDefinitionId,
    /// The place of the service that is called.
    pub callee: usize,
    /// How often, and what the caller does where no answer comes.
    pub terms: CallTerms,
    /// How long the caller goes on with Cloud Map's answer; `None`: it is found otherwise.
    pub ttl: Option<SimDuration>,
}

/// A service of a group.
#[derive(Clone, Debug)]
pub struct Member {
    /// Which.
    pub service: ServiceId,
    /// What its own users ask of it, a second.
    pub own_per_s: f64,
    /// What the others ask, a second.
    pub called_per_s: f64,
    /// What its requests' calls add to them, as its load was told.
    pub added: Added,
    /// The stretch ahead as it was worked out last.
    pub served: Served,
    /// How long callers go on with Cloud Map's addresses; `None`: nobody has any.
    pub ttl: Option<SimDuration>,
    /// Whether it is found by Cloud Map alone.
    pub by_addresses: bool,
    /// After how long its callers give up; `None`: they wait.
    pub timeout_s: Option<f64>,
    /// Tasks that callers do not know yet, and when they do.
    pub unseen: VecDeque<SimTime>,
    /// Tasks that are gone: from when on, and until when callers do not know.
    pub ghosts: VecDeque<(SimTime, SimTime)>,
}

/// What calls add to a service's requests.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Added {
    /// Mean time, seconds; in steps, as each has tables of its own.
    pub wait_s: f64,
    /// The coefficient of variation of all of a request's time, in steps; 0: its own.
    pub cv: f64,
    /// The share that fails for its calls.
    pub failed_share: f64,
    /// Whether that could not be worked out well.
    pub is_unsure: bool,
    /// Whether a service that is called is outside of the model's validated range.
    pub of_unsure: bool,
    /// How unevenly its tasks are asked: a CV, infinite where its callees are uneven or old.
    pub address_cv: f64,
}

/// Neighbouring steps of the time that calls add differ by this share.
const WAIT_STEP: f64 = 0.01;
/// Within this share a step is kept.
const WAIT_KEPT: f64 = 0.0075;
/// Calls that take less than this take no time, seconds.
const WAIT_MIN_S: f64 = 1e-7;
/// Calls that take longer take this, seconds: services that wait for each other would wait for
/// ever.
const WAIT_MAX_S: f64 = 3_600.0;
/// A step of the coefficient of variation, and how far one is kept.
const CV_STEP: f64 = 0.05;
const CV_KEPT: f64 = 0.04;
/// Failures that differ by less are the same.
const FAILED_KEPT: f64 = 1e-7;

impl Added {
    /// What `felt` adds to requests of `own_s` and `own_cv`: as before where it is nearly that.
    #[must_use]
    pub fn follow(self, felt: Felt, (own_s, own_cv): (f64, f64)) -> Added {
        if felt.mean_s < WAIT_MIN_S {
            return Added {
                wait_s: 0.0,
                cv: 0.0,
                failed_share: kept(self.failed_share, felt.failed_share, FAILED_KEPT),
                ..self
            };
        }
        let felt = Felt {
            mean_s: felt.mean_s.min(WAIT_MAX_S),
            variance_s2: felt.variance_s2.min(WAIT_MAX_S * WAIT_MAX_S),
            ..felt
        };
        let off = libm::fabs(felt.mean_s / self.wait_s.max(WAIT_MIN_S) - 1.0);
        let wait_s = if off <= WAIT_KEPT {
            self.wait_s
        } else {
            let unit = libm::log1p(WAIT_STEP);
            libm::exp(libm::round(libm::log(felt.mean_s) / unit) * unit)
        };
        let cv = felt.cv_with(own_s, own_cv);
        let stepped = (libm::round(cv / CV_STEP) * CV_STEP).max(CV_STEP);
        Added {
            wait_s,
            cv: match 0.0 < self.cv && libm::fabs(cv - self.cv) <= CV_KEPT {
                true => self.cv,
                false => stepped,
            },
            failed_share: kept(self.failed_share, felt.failed_share, FAILED_KEPT),
            ..self
        }
    }
}

fn kept(before: f64, now: f64, within: f64) -> f64 {
    if libm::fabs(before - now) <= within {
        before
    } else {
        now
    }
}

impl Member {
    fn new(service: ServiceId) -> Self {
        Member {
            service,
            own_per_s: 0.0,
            called_per_s: 0.0,
            added: Added::default(),
            served: Served::default(),
            ttl: None,
            by_addresses: false,
            timeout_s: None,
            unseen: VecDeque::new(),
            ghosts: VecDeque::new(),
        }
    }

    /// What a request of this service costs with its calls.
    pub fn add_to(&self, spec: &mut LoadSpec) {
        let added = self.added;
        spec.shape.wait_s += added.wait_s;
        if 0.0 < added.cv {
            spec.shape.cv = added.cv;
        }
        spec.errors = 1.0 - (1.0 - spec.errors) * (1.0 - added.failed_share);
        spec.calls_are_unsure = added.is_unsure;
        spec.callees_are_unsure = added.of_unsure;
        spec.address_cv = added.address_cv;
        // Users' patience counts before that of callers (ASSUMPTION: the fluid has one of them).
        spec.timeout_s = spec.timeout_s.or(self.timeout_s);
    }

    /// Of `serving` tasks, those that callers know of.
    pub fn known(&self, serving: u32) -> u32 {
        serving.saturating_sub(self.unseen.len() as u32)
    }

    /// Of `serving` tasks those that the calls of `callers` tasks reach.
    pub fn seen(&self, serving: u32, callers: u32) -> u32 {
        match self.by_addresses {
            true => reached(self.known(serving), callers),
            false => serving,
        }
    }

    /// The share of a caller's addresses that nobody answers at.
    pub fn ghost_share(&self, serving: u32, now: SimTime) -> f64 {
        let is_gone = |ghost: &&(SimTime, SimTime)| ghost.0 <= now && now < ghost.1;
        let gone = self.ghosts.iter().filter(is_gone).count() as f64;
        let all = gone + f64::from(self.known(serving));
        if gone <= 0.0 { 0.0 } else { gone / all }
    }
}

impl Calls {
    /// The groups of a plan.
    pub fn new(plan: &Plan) -> Self {
        let count = plan.services.len();
        let mut calls = Calls {
            groups: Vec::new(),
            place_of: vec![None; count],
        };
        if plan.calls.is_empty() {
            return calls;
        }
        let links = links(plan);
        let mut group_of: Vec<usize> = (0..count).collect();
        for (caller, call) in &links {
            join(&mut group_of, *caller, call.callee.index());
        }
        let mut members_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in 0..count {
            members_of.entry(find(&group_of, at)).or_default().push(at);
        }
        let linked: BTreeSet<usize> = links.iter().map(|it| find(&group_of, it.0)).collect();
        for root in linked {
            calls.add(plan, &members_of[&root], &links);
        }
        calls
    }

    fn add(&mut self, plan: &Plan, members: &[usize], links: &[(usize, &CallPlan)]) {
        let order = callers_first(members, links);
        let group = self.groups.len();
        for (member, at) in order.iter().enumerate() {
            self.place_of[*at] = Some(Place { group, member });
        }
        let place = |service: usize| self.place_of[service].map_or(0, |it| it.member);
        let here = links.iter().filter(|(caller, _)| order.contains(caller));
        let edges: Vec<CallEdge> = here
            .map(|(caller, call)| CallEdge {
                caller: place(*caller),
                definition: call.caller,
                callee: place(call.callee.index()),
                terms: call.terms,
                ttl: match call.via {
                    Via::CloudMap { ttl } => Some(ttl),
                    Via::LoadBalancer | Via::ServiceConnect => None,
                },
            })
            .collect();
        let services = order.iter().map(|at| ServiceId::from_index(*at));
        let mut members: Vec<Member> = services.map(Member::new).collect();
        for (at, member) in members.iter_mut().enumerate() {
            let its = || edges.iter().filter(|edge| edge.callee == at);
            member.ttl = its().filter_map(|edge| edge.ttl).max();
            member.by_addresses = member.ttl.is_some()
                && its().all(|edge| edge.ttl.is_some())
                && !has_users(plan, member.service);
            let patience = its().map(|edge| edge.terms.timeout_s.unwrap_or(f64::INFINITY));
            let least = patience.fold(f64::INFINITY, f64::min);
            member.timeout_s = least.is_finite().then_some(least);
        }
        self.groups.push(CallGroup {
            members,
            edges,
            ..CallGroup::default()
        });
    }

    /// What requests of a service's revision call, request by request.
    pub fn works_of(&self, service: ServiceId, definition: TaskDefinitionId) -> Vec<CallWork> {
        let Some(place) = self.place_of[service.index()] else {
            return Vec::new();
        };
        let edges = self.groups[place.group].edges.iter();
        let its = edges.filter(|edge| edge.caller == place.member && edge.definition == definition);
        let work = |edge: &CallEdge| CallWork {
            callee: edge.callee as u32,
            terms: edge.terms,
            ttl_s: edge.ttl.map(SimDuration::as_secs_f64),
        };
        its.map(work).collect()
    }

    /// The services that may call one.
    pub fn callers_of(&self, service: ServiceId) -> impl Iterator<Item = ServiceId> + '_ {
        let place = self.place_of[service.index()];
        let group = place.map(|place| (&self.groups[place.group], place.member));
        group.into_iter().flat_map(|(group, member)| {
            let callers = (0..group.members.len()).filter(move |at| {
                let mut edges = group.edges.iter();
                edges.any(|edge| edge.caller == *at && edge.callee == member)
            });
            callers.map(|at| group.members[at].service)
        })
    }

    /// A service of a group.
    pub fn member(&self, service: ServiceId) -> Option<&Member> {
        let place = self.place_of[service.index()]?;
        Some(&self.groups[place.group].members[place.member])
    }

    /// The same, to be changed.
    pub fn member_mut(&mut self, service: ServiceId) -> Option<&mut Member> {
        let place = self.place_of[service.index()]?;
        Some(&mut self.groups[place.group].members[place.member])
    }
}

/// Whether others than services ask it.
fn has_users(plan: &Plan, service: ServiceId) -> bool {
    let demand = plan.service(service).demand.as_ref();
    demand.is_some_and(|demand| demand.rate != RateSpec::Constant(0.0))
}

/// All calls that may be made, with the service whose revision makes them.
fn links(plan: &Plan) -> Vec<(usize, &CallPlan)> {
    let links = plan.call_links().into_iter();
    // Whom nobody asks, calls nobody.
    let is_made = |link: &(usize, &CallPlan)| {
        0.0 < link.1.terms.per_request && plan.services[link.0].demand.is_some()
    };
    links.filter(is_made).collect()
}

fn find(group_of: &[usize], mut at: usize) -> usize {
    while group_of[at] != at {
        at = group_of[at];
    }
    at
}

fn join(group_of: &mut [usize], one: usize, other: usize) {
    let (one, other) = (find(group_of, one), find(group_of, other));
    let (low, high) = (one.min(other), one.max(other));
    group_of[high] = low;
}

/// Callers before those they call: the reverse of the order in which a walk along the calls leaves
/// the services; where calls go round, one of them stands before its caller.
fn callers_first(members: &[usize], links: &[(usize, &CallPlan)]) -> Vec<usize> {
    let mut left: Vec<usize> = Vec::new();
    let mut seen: Vec<usize> = Vec::new();
    for start in members {
        if seen.contains(start) {
            continue;
        }
        seen.push(*start);
        let mut path = vec![*start];
        while let Some(at) = path.last().copied() {
            let next = links
                .iter()
                .filter(|(caller, _)| *caller == at)
                .map(|(_, call)| call.callee.index())
                .find(|callee| !seen.contains(callee));
            match next {
                Some(callee) => {
                    seen.push(callee);
                    path.push(callee);
                }
                None => left.extend(path.pop()),
            }
        }
    }
    left.reverse();
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn felt(mean_s: f64) -> Felt {
        Felt {
            mean_s,
            variance_s2: mean_s * mean_s,
            failed_share: 0.0,
        }
    }

    #[test]
    fn what_calls_add_goes_in_steps_and_stays_where_it_is_near() {
        let first = Added::default().follow(felt(0.1), (0.1, 1.0));
        assert!((first.wait_s / 0.1 - 1.0).abs() < 0.005, "{first:?}");
        // Two exponential halves: 0.707 is 0.70 in steps.
        assert!((first.cv - 0.7).abs() < 1e-12);
        let near = felt(first.wait_s * 1.007);
        assert_eq!(first.follow(near, (0.1, 1.0)), first);
        let far = first.follow(felt(first.wait_s * 1.02), (0.1, 1.0));
        assert!(first.wait_s < far.wait_s);
        let none = far.follow(Felt::default(), (0.1, 1.0));
        assert_eq!(none, Added::default());
    }

    #[test]
    fn callers_do_not_know_newcomers_and_still_know_who_is_gone() {
        let mut member = Member::new(ServiceId(0));
        let at = SimTime::from_secs;
        assert_eq!((member.known(4), member.ghost_share(4, at(0))), (4, 0.0));
        member.unseen.push_back(at(30));
        member.ghosts.push_back((at(10), at(30)));
        assert_eq!((member.known(4), member.ghost_share(4, at(9))), (3, 0.0));
        assert_eq!((member.known(4), member.ghost_share(4, at(10))), (3, 0.25));
        assert_eq!((member.known(0), member.ghost_share(0, at(29))), (0, 1.0));
        assert_eq!(member.ghost_share(4, at(30)), 0.0);
    }
}
