//! Of whom a trail keeps reasons where a run is too large to keep them of all: what the other
//! services wanted and had is added up, and of many searches for an instance some are looked at.

use std::collections::BTreeSet;

use super::Trail;
use crate::demand::period::PERIOD;
use crate::engine::SimTime;
use crate::ids::{AlarmId, ScalableTargetId, ServiceId};
use crate::scenario::plan::Plan;
use crate::world::service::ServiceCounts;
use crate::world::task::Owner;

/// Microseconds of a second.
const SECOND_US: u64 = 1_000_000;
/// Instances that searches may look at before fewer searches are looked at, and then each time
/// before it is half as many again: about two seconds, and half a second.
const LOOKS: [u64; 2] = [2_000_000, 500_000];

/// Of whom reasons are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Reasons {
    /// By service; empty: of all.
    services: Vec<bool>,
    targets: Vec<bool>,
    alarms: Vec<bool>,
    searches: Searches,
}

/// Which searches for an instance are looked at: all, or those of fewer and fewer tasks.
#[derive(Clone, Debug, Default)]
struct Searches {
    /// Whether there may be fewer.
    is_limited: bool,
    /// Of how many tasks one's searches are looked at, as a power of two.
    halvings: u32,
    looks: u64,
    /// Tasks of which a search that found none was looked at: the first one tells.
    in_vain: BTreeSet<(Owner, u64)>,
}

/// What services wanted and had together.
#[derive(Clone, Debug, Default)]
pub struct Together {
    /// How many services.
    pub services: usize,
    /// Their counts from a second on.
    pub counts: Vec<(u32, ServiceCounts)>,
    last: Vec<ServiceCounts>,
    /// How the requests of a minute differ from those of the minute before.
    steps: Vec<f64>,
}

impl Trail {
    /// A trail of all tasks and instances, with the reasons of these services and of all that calls
    /// RunTask only; of many searches for an instance it looks at some.
    pub fn of_some(plan: &Plan, services: &[ServiceId]) -> Self {
        let mut chosen = vec![false; plan.services.len()];
        for service in services {
            chosen[service.index()] = true;
        }
        // What an alarm saw that fails a deployment is part of the reason.
        for alarm in &plan.alarms {
            let mut fails = alarm.fails_deployments_of.iter();
            chosen[alarm.service.index()] |= fails.any(|it| services.contains(it));
        }
        let targets = plan.scalable_targets.iter();
        let targets = targets.map(|it| chosen[it.service.index()]);
        let alarms = plan.alarms.iter().map(|it| chosen[it.service.index()]);
        let others = chosen.iter().filter(|is_chosen| !**is_chosen).count();
        Trail {
            others: Together {
                services: others,
                last: vec![ServiceCounts::default(); chosen.len()],
                ..Together::default()
            },
            reasons: Reasons {
                targets: targets.collect(),
                alarms: alarms.collect(),
                services: chosen,
                searches: Searches {
                    is_limited: true,
                    ..Searches::default()
                },
            },
            ..Trail::default()
        }
    }

    /// Whether it keeps the reasons of an owner.
    pub fn has_reasons_of(&self, owner: Owner) -> bool {
        match owner {
            Owner::Service(service) => self.reasons.has(service),
            Owner::Job(_) => true,
        }
    }

    /// Whether there are services whose reasons it does not keep.
    pub fn leaves_services_out(&self) -> bool {
        0 < self.others.services
    }

    /// Whether it looked at some searches for an instance only: the last one that it knows of need
    /// not be the last.
    pub fn leaves_searches_out(&self) -> bool {
        0 < self.reasons.searches.halvings
    }

    /// Whether it looks at a task's search among so many instances.
    pub fn wants_search(&mut self, task: (Owner, u64), is_found: bool, instances: u64) -> bool {
        self.follows(task.0)
            && self.has_reasons_of(task.0)
            && self.reasons.searches.wants(task, is_found, instances)
    }

    pub(super) fn has_reasons_of_target(&self, target: ScalableTargetId) -> bool {
        let targets = &self.reasons.targets;
        targets.get(target.index()).copied().unwrap_or(true)
    }

    pub(super) fn has_reasons_of_alarm(&self, alarm: AlarmId) -> bool {
        let alarms = &self.reasons.alarms;
        alarms.get(alarm.index()).copied().unwrap_or(true)
    }
}

impl Reasons {
    pub(super) fn has(&self, service: ServiceId) -> bool {
        self.services.get(service.index()).copied().unwrap_or(true)
    }
}

impl Searches {
    fn wants(&mut self, task: (Owner, u64), is_found: bool, instances: u64) -> bool {
        let one_in = 1_u64 << self.halvings;
        if !mixed(task).is_multiple_of(one_in) {
            return false;
        }
        // The first search of a task that found none tells all that a later one does.
        if !is_found && !self.in_vain.insert(task) {
            return false;
        }
        self.looks += instances;
        let most = LOOKS[0] + u64::from(self.halvings) * LOOKS[1];
        if self.is_limited && most < self.looks {
            self.halvings = (self.halvings + 1).min(u64::BITS - 1);
        }
        true
    }
}

/// A number of a task that says nothing of when it came: those of which it is a multiple of four
/// are part of those of which it is a multiple of two.
fn mixed((owner, ordinal): (Owner, u64)) -> u64 {
    let (kind, index) = match owner {
        Owner::Service(service) => (1, service.index() as u64),
        Owner::Job(source) => (2, source.index() as u64),
    };
    // Knuth's multiplicative hash; its upper half is mixed best.
    let number = ordinal ^ (index << 32) ^ (kind << 62);
    number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

impl Together {
    /// A service has these counts from an instant on.
    pub(super) fn count(&mut self, at: SimTime, service: ServiceId, counts: ServiceCounts) {
        let before = std::mem::replace(&mut self.last[service.index()], counts);
        let second = u32::try_from(at.as_micros().div_ceil(SECOND_US)).unwrap_or(u32::MAX);
        let all = self.counts.last().map_or_else(Default::default, |it| it.1);
        let moved = |all: u32, before: u32, now: u32| (all + now).saturating_sub(before);
        let all = ServiceCounts {
            desired: moved(all.desired, before.desired, counts.desired),
            pending: moved(all.pending, before.pending, counts.pending),
            running: moved(all.running, before.running, counts.running),
            ..all
        };
        match self.counts.last_mut() {
            Some(last) if last.0 == second => last.1 = all,
            Some(last) if last.1 == all => {}
            _ => self.counts.push((second, all)),
        }
    }

    /// Each of `count` minutes from the `first` on had so many requests of a service.
    pub(super) fn load(&mut self, (first, count): (u64, u64), requests: f64) {
        let (from, to) = (first as usize, first.saturating_add(count) as usize);
        if self.steps.len() <= to {
            self.steps.resize(to + 1, 0.0);
        }
        self.steps[from] += requests;
        self.steps[to] -= requests;
    }

    /// The requests of each minute: the second at which it begins, and how many.
    pub fn requests(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        let mut now = 0.0;
        let minutes = self.steps.iter().enumerate();
        minutes.map(move |(minute, step)| {
            now += step;
            let second = minute as u64 * PERIOD.as_micros() / SECOND_US;
            // What adds up to nothing may be below it by a rounding.
            (second as u32, f64::max(now, 0.0).round() as u32)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(desired: u32, running: u32) -> ServiceCounts {
        ServiceCounts {
            desired,
            running,
            ..ServiceCounts::default()
        }
    }

    #[test]
    fn what_others_want_and_have_is_added_up() {
        let mut others = Together {
            last: vec![ServiceCounts::default(); 2],
            ..Together::default()
        };
        let at = SimTime::from_secs;
        others.count(at(0), ServiceId(0), counts(3, 0));
        others.count(at(0), ServiceId(1), counts(5, 5));
        others.count(at(60), ServiceId(0), counts(2, 2));
        others.count(SimTime::from_micros(60_000_001), ServiceId(1), counts(5, 0));
        let told = others.counts.iter();
        let told: Vec<_> = told.map(|(at, it)| (*at, it.desired, it.running)).collect();
        assert_eq!(told, [(0, 8, 5), (60, 7, 7), (61, 7, 2)]);
        others.load((0, 3), 10.0);
        others.load((1, 1), 5.0);
        let load: Vec<(u32, u32)> = others.requests().collect();
        assert_eq!(load, [(0, 10), (60, 15), (120, 10), (180, 0)]);
    }

    #[test]
    fn of_many_searches_those_of_fewer_and_fewer_tasks_are_looked_at() {
        let mut searches = Searches {
            is_limited: true,
            ..Searches::default()
        };
        let task = |ordinal| (Owner::Service(ServiceId(7)), ordinal);
        let mut looked: Vec<u64> = Vec::new();
        for ordinal in 0..20_000 {
            // One that looked in vain is looked at again when it is found a place.
            let in_vain = searches.wants(task(ordinal), false, 1_000);
            assert!(!searches.wants(task(ordinal), false, 1_000));
            let found = searches.wants(task(ordinal), true, 1_000);
            assert!(in_vain || !found, "{ordinal}");
            looked.extend(found.then_some(ordinal));
        }
        assert!(looked.starts_with(&(0..1_000).collect::<Vec<_>>()));
        assert!((1_500..6_000).contains(&looked.len()), "{}", looked.len());
        // Twenty million instances would have been looked at twice.
        assert!(searches.looks < 8_000_000, "{}", searches.looks);
        let late = looked.iter().filter(|ordinal| 15_000 <= **ordinal);
        assert!(100 < late.count());
        let mut all = Searches::default();
        assert!((0..20_000).all(|ordinal| all.wants(task(ordinal), true, 1_000)));
    }
}
