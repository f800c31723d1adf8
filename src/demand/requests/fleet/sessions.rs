//! Tasks that the balancer tells apart: those in slow start, and those that sessions are bound to.

use super::Fleet;
use crate::engine::random::Stream;
use crate::policy::balancing::{
    ANOMALOUS_SHARE, Spread, is_anomalous, sessions_after, slow_start_share, slow_start_since,
};
use crate::policy::load::Routing;

/// How often another task is drawn for a session while those drawn are in slow start.
const DRAWS_MAX: u32 = 64;

/// What the balancer knows of a serving task.
#[derive(Clone, Copy, Debug)]
struct Known {
    task: u32,
    /// Since when it is in slow start; long since over, if it is not.
    since_s: f64,
    /// Its share of all sessions when the tasks last changed.
    sessions: f64,
    /// The share of its answers that are errors.
    errors: f64,
    /// What it gets of a normal one's requests: less, if it is anomalous.
    weight: f64,
}

/// Which tasks get more than others.
#[derive(Clone, Debug)]
pub(super) struct Uneven {
    pub(super) spread: Spread,
    draws: Stream,
    known: Vec<Known>,
    /// When the tasks last changed.
    changed_s: f64,
    /// When the first of them came.
    began_s: f64,
}

impl Uneven {
    pub(super) fn new(spread: Spread, draws: Stream) -> Self {
        Uneven {
            spread,
            draws,
            known: Vec::new(),
            changed_s: 0.0,
            began_s: f64::NEG_INFINITY,
        }
    }

    /// Brings the shares of sessions to now.
    fn bring_to(&mut self, now_s: f64) {
        let fair = 1.0 / self.known.len().max(1) as f64;
        let passed = (now_s - self.changed_s, self.spread.session_s);
        for known in &mut self.known {
            known.sessions = sessions_after(known.sessions, fair, passed);
        }
        self.changed_s = now_s;
    }

    fn ramp(&self, known: &Known, now_s: f64) -> f64 {
        slow_start_share(now_s - known.since_s, self.spread.slow_start_s)
    }

    /// A task joins: no session is bound to it.
    pub(super) fn join(&mut self, task: u32, errors: f64, now_s: f64) {
        if self.spread.is_even() {
            return;
        }
        self.bring_to(now_s);
        if self.known.is_empty() {
            self.began_s = now_s;
        }
        // Those that come together to an empty group are all alike.
        let begins = now_s <= self.began_s;
        let has_full = self.known.iter().any(|it| 1.0 <= self.ramp(it, now_s));
        self.known.push(Known {
            task,
            since_s: slow_start_since(now_s, has_full && !begins),
            sessions: 0.0,
            errors,
            weight: 1.0,
        });
        if begins {
            let each = 1.0 / self.known.len() as f64;
            self.known.iter_mut().for_each(|it| it.sessions = each);
        }
        self.weigh();
    }

    /// Sets the clock back by so many seconds.
    pub(super) fn rewind(&mut self, shift_s: f64) {
        self.changed_s -= shift_s;
        self.began_s -= shift_s;
        for known in &mut self.known {
            known.since_s -= shift_s;
        }
    }

    /// Finds which tasks are anomalous, by what their code does. ASSUMPTION: at once.
    fn weigh(&mut self) {
        if !self.spread.mitigates {
            return;
        }
        let count = self.known.len() as u32;
        for at in 0..self.known.len() {
            let errors = self.known[at].errors;
            let others = self.known.iter().filter(|it| it.errors != errors);
            let sums = others.fold((0.0, 0.0), |sum, it| (sum.0 + it.errors, sum.1 + 1.0));
            let is_less = 0.0 < sums.1 && is_anomalous(errors, sums.0 / sums.1, count);
            self.known[at].weight = if is_less { ANOMALOUS_SHARE } else { 1.0 };
        }
    }

    /// A task leaves: its sessions go on at the others, at each as many.
    pub(super) fn leave(&mut self, task: u32, now_s: f64) {
        self.bring_to(now_s);
        let Some(at) = self.known.iter().position(|it| it.task == task) else {
            return;
        };
        let gone = self.known.swap_remove(at);
        let each = gone.sessions / self.known.len().max(1) as f64;
        self.known.iter_mut().for_each(|it| it.sessions += each);
        self.weigh();
    }

    /// Whether a task takes the request that it is offered at random: an anomalous one its share.
    fn takes_at_random(&mut self, task: u32) -> bool {
        let known = self.known.iter().find(|it| it.task == task);
        let weight = known.map_or(1.0, |it| it.weight);
        let has_normal = self.known.iter().any(|it| 1.0 <= it.weight);
        !has_normal || 1.0 <= weight || self.draws.uniform() < weight
    }

    /// The task that a session is bound to, if the next request belongs to one: of many sessions it
    /// is any, so that its task is drawn by how many are bound to each.
    fn bound(&mut self, now_s: f64) -> Option<u32> {
        let share = self.spread.sticky_share;
        if share <= 0.0 || share <= self.draws.uniform() {
            return None;
        }
        let old = libm::exp(-(now_s - self.changed_s) / self.spread.session_s);
        if old <= self.draws.uniform() {
            return self.bound_since(now_s);
        }
        let mut left = self.draws.uniform();
        for known in &self.known {
            if left < known.sessions {
                return Some(known.task);
            }
            left -= known.sessions;
        }
        None
    }

    /// The task of a session that is younger than the last change of the tasks: it began where new
    /// requests go, at one task as likely as at another but for those in slow start.
    fn bound_since(&mut self, now_s: f64) -> Option<u32> {
        for _ in 0..DRAWS_MAX {
            let at = (self.draws.uniform() * self.known.len() as f64) as usize;
            let task = self.known.get(at)?.task;
            if self.takes(task, now_s) {
                return Some(task);
            }
        }
        None
    }

    /// Whether a task takes the request that it is offered: one in slow start takes its share only.
    fn takes(&mut self, task: u32, now_s: f64) -> bool {
        let fullest = self.known.iter().map(|it| self.ramp(it, now_s));
        let fullest = fullest.fold(0.0, f64::max);
        let Some(known) = self.known.iter().find(|it| it.task == task) else {
            return true;
        };
        let ramp = self.ramp(known, now_s);
        fullest <= ramp || self.draws.uniform() * fullest < ramp
    }

    /// Whether any task is in slow start.
    fn is_ramping(&self, now_s: f64) -> bool {
        0.0 < self.spread.slow_start_s && self.known.iter().any(|it| self.ramp(it, now_s) < 1.0)
    }
}

impl Fleet {
    /// The same, with a balancer that sends more to one task than to another.
    #[must_use]
    pub fn with_spread(mut self, spread: Spread) -> Self {
        self.uneven.spread = spread;
        self
    }

    /// The balancer's choice where tasks are not alike; `None`: this request goes as any other.
    pub(super) fn pick_unevenly(&mut self) -> Option<u32> {
        let now_s = self.now_s;
        if let Some(task) = self.uneven.bound(now_s) {
            return Some(task);
        }
        if self.routing == Routing::Random && self.uneven.spread.mitigates {
            loop {
                let task = self.pick_next()?;
                if self.uneven.takes_at_random(task) {
                    return Some(task);
                }
            }
        }
        if self.routing != Routing::RoundRobin || !self.uneven.is_ramping(now_s) {
            return None;
        }
        // A turn that a task does not take is the next one's. The fullest takes every turn.
        loop {
            let task = self.pick_next()?;
            if self.uneven.takes(task, now_s) {
                return Some(task);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Clients;
    use super::*;
    use crate::demand::requests::law::WorkLaw;
    use crate::demand::requests::server::RequestWork;
    use crate::engine::random::{NameHash, Streams};

    /// Of 20,000 choices at an instant, those of the fifth task, which joined at second 100.
    fn fifth(routing: Routing, spread: Spread, now_s: f64) -> f64 {
        fifth_with(0.0, (routing, spread), now_s)
    }

    /// The same, of a fifth one with that share of errors.
    fn fifth_with(errors: f64, told_apart: (Routing, Spread), now_s: f64) -> f64 {
        let (mut fleet, fifth) = fleet_of_five(errors, told_apart);
        fleet.now_s = now_s;
        let picks = 20_000;
        let its = (0..picks).filter(|_| fleet.pick() == Some(fifth)).count();
        its as f64 / f64::from(picks)
    }

    /// Five tasks, the fifth of which joined at second 100.
    fn fleet_of_five(errors: f64, (routing, spread): (Routing, Spread)) -> (Fleet, u32) {
        let key = (Streams::new(1, 0), NameHash::of("test"));
        let fleet = Fleet::new(routing, Clients::default(), key, 0.0);
        let mut fleet = fleet.with_spread(spread);
        let work = RequestWork {
            cpu_s: 0.0,
            wait_s: 0.01,
            law: WorkLaw::lognormal(1.0),
            slots: 10,
            vcpus: 1.0,
            errors: 0.0,
            places: u32::MAX,
        };
        for _ in 0..4 {
            fleet.join(&work);
        }
        fleet.now_s = 100.0;
        let fifth = fleet.join(&RequestWork { errors, ..work });
        (fleet, fifth.0)
    }

    #[test]
    fn a_task_in_slow_start_gets_its_share_of_what_the_others_get() {
        let spread = Spread {
            slow_start_s: 60.0,
            ..Spread::EVEN
        };
        // A share s of the others' four shares: s of 4 + s.
        for (now_s, share) in [(100.0, 0.0), (115.0, 0.25), (130.0, 0.5), (160.0, 1.0)] {
            let found = fifth(Routing::RoundRobin, spread, now_s);
            let expected = share / (4.0 + share);
            assert!(
                (found - expected).abs() < 0.006,
                "at {now_s}: {found} {expected}"
            );
        }
    }

    #[test]
    fn sessions_stay_where_they_are_until_they_end() {
        let spread = Spread {
            sticky_share: 0.8,
            session_s: 600.0,
            ..Spread::EVEN
        };
        for routing in [Routing::RoundRobin, Routing::Random] {
            let found = fifth(routing, spread, 100.0);
            assert!((found - 0.04).abs() < 0.006, "{found}");
            let found = fifth(routing, spread, 700.0);
            let expected = 0.2 - 0.16 * libm::exp(-1.0);
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
    }

    #[test]
    fn what_is_bound_comes_to_its_task_as_at_random() {
        // In turn a task is never asked twice in a row.
        let spread = Spread {
            sticky_share: 1.0,
            session_s: 600.0,
            ..Spread::EVEN
        };
        for (spread, expected) in [(spread, 0.2), (Spread::EVEN, 0.0)] {
            let mut fleet = fleet_of_five(0.0, (Routing::RoundRobin, spread)).0;
            // All sessions are younger than the fifth task.
            fleet.now_s = 100_000.0;
            let picks: Vec<_> = (0..20_000).map(|_| fleet.pick()).collect();
            let again = picks.windows(2).filter(|pair| pair[0] == pair[1]).count();
            let found = again as f64 / picks.len() as f64;
            assert!((found - expected).abs() < 0.01, "{found} {expected}");
        }
    }

    #[test]
    fn an_anomalous_task_gets_a_tenth_of_what_the_others_get() {
        let spread = Spread {
            mitigates: true,
            ..Spread::EVEN
        };
        let found = fifth_with(0.2, (Routing::Random, spread), 200.0);
        let expected = 0.1 / 4.1;
        assert!((found - expected).abs() < 0.005, "{found} {expected}");
        let found = fifth_with(0.0, (Routing::Random, spread), 200.0);
        assert!((found - 0.2).abs() < 0.01, "{found}: it is as the others");
    }
}
