//! Each task has a queue of its own, and one that starts while the others are backlogged does not
//! inherit their backlog; one that stops takes its part along. So tasks that started together are a
//! cohort with a state of its own, until it is like the others'. Behind round robin each gets its
//! share of the requests all the same; behind least outstanding requests everything goes to the
//! newcomers until the levels meet.
//!
//! Tasks that a balancer treats differently (`policy::balancing`) are cohorts as well, for as long
//! as it does.

mod offered;

use crate::policy::balancing::{
    ANOMALOUS_SHARE, Spread, sessions_after, slow_start_share, slow_start_since,
};
use crate::policy::load::{Arrivals, FluidQueue, Routing};

/// Requests in front of some tasks: the state of the fluid, and who came last.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queued {
    /// As if all serving tasks were like these.
    pub(crate) queue: FluidQueue,
    pub(crate) arrivals: Arrivals,
}

/// What tasks are to the balancer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    /// Since when they are in slow start; long since over, if they are not.
    since_s: f64,
    /// Sessions bound to each, over the mean of all tasks.
    sessions: f64,
    /// What one gets of a full one's requests, once its slow start is over: anomalous ones less.
    part: f64,
}

impl Default for Known {
    fn default() -> Self {
        Known {
            since_s: f64::NEG_INFINITY,
            sessions: 1.0,
            part: 1.0,
        }
    }
}

/// Tasks that started when the others had a backlog.
#[derive(Clone, Debug)]
pub(crate) struct Cohort {
    /// Their share of the serving tasks.
    pub(crate) share: f64,
    pub(crate) queued: Queued,
    known: Known,
}

/// How a balancer divides requests at an instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Division {
    pub(crate) routing: Routing,
    pub(crate) spread: Spread,
    pub(crate) now_s: f64,
}

/// The tasks that are not like the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cohorts {
    /// What the first ones are to the balancer.
    first: Known,
    /// Those that started later.
    pub(crate) late: Vec<Cohort>,
    /// Those that have left the balancer's choice with a backlog: how many, and their requests.
    pub(crate) leaving: u32,
    pub(crate) left: Queued,
    /// Tasks killed since the last change, whose requests are gone already; of one that takes a
    /// part of its requests along, that part.
    pub(crate) killed: f64,
}

/// States within this share of each other are one.
const ALIKE: f64 = 0.01;
/// What is left of the requests in slots when a draining task counts as done.
const DONE: f64 = 1e-3;
/// From this share of the slots on a queue may matter.
const BACKLOG_SHARE: f64 = 0.9;

/// Tasks of a cohort at least.
const LEAST_TASKS: f64 = 0.5;
/// Cohorts at most; the two most alike become one.
const COHORTS_MAX: usize = 24;

impl Division {
    /// The share of a full one's requests that tasks get.
    fn ramp(&self, known: &Known) -> f64 {
        known.part * slow_start_share(self.now_s - known.since_s, self.spread.slow_start_s)
    }

    /// Whether tasks are alike to the balancer, or nearly so.
    fn are_alike(&self, one: &Known, other: &Known) -> bool {
        self.spread.is_even() || self.distance(one, other) <= ALIKE
    }

    fn distance(&self, one: &Known, other: &Known) -> f64 {
        let sessions = self.spread.sticky_share * (one.sessions - other.sessions);
        (self.ramp(one) - self.ramp(other))
            .abs()
            .max(sessions.abs())
    }
}

impl Known {
    /// One for tasks that become one cohort, `part` of them from the `other` one.
    fn join(&mut self, other: &Known, part: f64) {
        self.sessions += (other.sessions - self.sessions) * part;
        if other.since_s.is_finite() && self.since_s.is_finite() {
            self.since_s += (other.since_s - self.since_s) * part;
        }
    }
}

impl Cohorts {
    /// True if all tasks are alike.
    pub(crate) fn is_empty(&self) -> bool {
        self.late.is_empty() && self.leaving == 0
    }

    /// The share of the serving tasks that are like the first ones.
    pub(crate) fn first_share(&self) -> f64 {
        1.0 - self.late.iter().map(|cohort| cohort.share).sum::<f64>()
    }

    /// All requests, in front of the first tasks and of these.
    pub(crate) fn in_flight(&self, first: &FluidQueue) -> f64 {
        let late = self.late.iter().map(|it| it.queued.queue.n * it.share);
        first.n * self.first_share() + late.sum::<f64>() + self.left.queue.n
    }

    /// Takes the share of all requests that dies with killed tasks; the number that failed.
    pub(crate) fn lose_share(&mut self, first: &mut FluidQueue, share: f64) -> f64 {
        let mut lost = first.lose_share(share) * self.first_share();
        for cohort in &mut self.late {
            lost += cohort.queued.queue.lose_share(share) * cohort.share;
        }
        self.killed += 1.0;
        lost
    }

    /// The same of one task that loses this `part` of its requests, a `share` of those at all.
    pub(crate) fn lose_part(&mut self, first: &mut FluidQueue, share: f64, part: f64) -> f64 {
        let lost = self.lose_share(first, share);
        self.killed += part - 1.0;
        lost
    }

    /// Requests in front of the tasks that serve.
    pub(crate) fn at_serving(&self, first: &FluidQueue) -> f64 {
        self.in_flight(first) - self.left.queue.n
    }

    /// Whether a change from `old` tasks with `slots` in all splits them: their own queues matter.
    pub(crate) fn is_split(&self, first: &FluidQueue, slots: f64) -> bool {
        !self.late.is_empty() || BACKLOG_SHARE * slots < first.n
    }

    /// Now `new` tasks serve instead of `old`; those that were there keep what is at each of them.
    pub(crate) fn change(&mut self, first: &mut Queued, (old, new): (u32, u32), to: &Division) {
        // The requests of killed tasks are gone from the state already.
        let gone = std::mem::take(&mut self.killed).min(f64::from(old - 1));
        let with = f64::from(old) - gone;
        let scale = f64::from(new) / with;
        if with < f64::from(new) {
            let kept = with / f64::from(new);
            self.late.iter_mut().for_each(|cohort| cohort.share *= kept);
            first.scale(scale);
            self.late
                .iter_mut()
                .for_each(|cohort| cohort.queued.scale(scale));
            let has_full = self.all_known().any(|known| 1.0 <= to.ramp(known));
            self.each_known(|known| known.sessions /= kept);
            self.late.push(Cohort {
                share: 1.0 - kept,
                queued: Queued::default(),
                known: Known {
                    since_s: slow_start_since(to.now_s, has_full),
                    sessions: 0.0,
                    part: 1.0,
                },
            });
            self.join_fractions(first, new);
            self.join_most_alike(to);
            return;
        }
        let part = (with - f64::from(new)) / with;
        if 0.0 < part {
            let mut add = |queue: &FluidQueue, share: f64| {
                self.left.queue.n += queue.n * share * part;
                self.left.queue.v += queue.v * share * part;
            };
            let late: f64 = self.late.iter().map(|cohort| cohort.share).sum();
            add(&first.queue, 1.0 - late);
            for cohort in &self.late {
                add(&cohort.queued.queue, cohort.share);
            }
            if self.leaving == 0 {
                self.left.arrivals = first.arrivals.clone();
                self.left.arrivals.scale(part);
            }
            self.leaving += (libm::ceil(with) as u32).saturating_sub(new);
            // Their sessions go on at the others, at each as many.
            self.each_known(|known| known.sessions = (1.0 - part) * known.sessions + part);
        }
        first.scale(scale);
        self.late
            .iter_mut()
            .for_each(|cohort| cohort.queued.scale(scale));
        self.join_fractions(first, new);
    }

    /// From now on `share` of the tasks are anomalous to a balancer that mitigates. Who becomes so,
    /// or is so no longer, brings what is at it.
    pub(crate) fn set_anomalous(&mut self, first: &mut Queued, share: f64) {
        let is_so = |known: &Known| known.part < 1.0;
        if share <= 0.0 && !self.all_known().any(is_so) {
            return;
        }
        let first_share = self.first_share().max(0.0);
        let old = std::mem::take(&mut self.late);
        let mut sums = [(0.0, FluidQueue::default()); 2];
        let all = old.iter().map(|it| (it.share, &it.queued.queue, &it.known));
        for (share, queue, known) in all.chain([(first_share, &first.queue, &self.first)]) {
            if 0.0 < share {
                let sum = &mut sums[usize::from(is_so(known))];
                join(&mut sum.1, sum.0, (queue, share));
                sum.0 += share;
            }
        }
        let [(usual, mut usual_queue), (before, mut queue)] = sums;
        if before < share {
            join(&mut queue, before, (&usual_queue, share - before));
        } else if share < before {
            join(&mut usual_queue, usual, (&queue, before - share));
        }
        first.queue = usual_queue;
        self.first.part = 1.0;
        if 0.0 < share {
            let known = Known {
                part: ANOMALOUS_SHARE,
                ..self.first
            };
            let arrivals = first.arrivals.clone();
            self.late.push(Cohort {
                share,
                queued: Queued { queue, arrivals },
                known,
            });
        }
    }

    /// Of `tasks` tasks a cohort of less than half a one is none any more: who stops is taken from
    /// all alike, so that shares would shrink for ever. It joins the first ones, and where those
    /// are so few, the largest cohort takes their place.
    fn join_fractions(&mut self, first: &mut Queued, tasks: u32) {
        let least = LEAST_TASKS / f64::from(tasks);
        let mut share = self.first_share().max(0.0);
        let sizes = self.late.iter().map(|cohort| cohort.share).enumerate();
        let largest = sizes.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at);
        if let Some(largest) = largest.filter(|_| share < least) {
            let Cohort {
                share: own,
                queued,
                known,
            } = self.late.remove(largest);
            let old = std::mem::replace(first, queued);
            let old_known = std::mem::replace(&mut self.first, known);
            join(&mut first.queue, own, (&old.queue, share));
            self.first.join(&old_known, share / (own + share));
            share += own;
        }
        let first_known = &mut self.first;
        self.late.retain(|cohort| {
            let stays = least <= cohort.share;
            if !stays {
                // All sessions stay bound to some task.
                let part = cohort.share / (share + cohort.share);
                first_known.join(&cohort.known, part);
                join(
                    &mut first.queue,
                    share,
                    (&cohort.queued.queue, cohort.share),
                );
                share += cohort.share;
            }
            stays
        });
    }

    /// The first tasks are as any to the balancer: all tasks began together.
    pub(crate) fn begin(&mut self) {
        self.first = Known::default();
    }

    fn all_known(&self) -> impl Iterator<Item = &Known> {
        let late = self.late.iter().map(|cohort| &cohort.known);
        late.chain(std::iter::once(&self.first))
    }

    fn each_known(&mut self, mut change: impl FnMut(&mut Known)) {
        change(&mut self.first);
        self.late.iter_mut().for_each(|it| change(&mut it.known));
    }

    /// Puts cohorts together while there are too many: those that followed each other and are the
    /// most alike to the balancer.
    fn join_most_alike(&mut self, to: &Division) {
        while COHORTS_MAX < self.late.len() {
            let apart = |at: &usize| to.distance(&self.late[*at].known, &self.late[*at + 1].known);
            let pairs = 0..self.late.len() - 1;
            let Some(at) = pairs.min_by(|a, b| apart(a).total_cmp(&apart(b))) else {
                return;
            };
            let gone = self.late.remove(at + 1);
            let cohort = &mut self.late[at];
            let share = cohort.share;
            join(
                &mut cohort.queued.queue,
                share,
                (&gone.queued.queue, gone.share),
            );
            cohort.share += gone.share;
            cohort.known.join(&gone.known, gone.share / cohort.share);
        }
    }

    /// What all tasks get in the mean, of what a full one gets.
    fn ramp_mean(&self, to: &Division) -> f64 {
        let late = self.late.iter().map(|it| it.share * to.ramp(&it.known));
        let sum = late.sum::<f64>() + self.first_share() * to.ramp(&self.first);
        // All of them have just begun: they are alike.
        if sum <= 0.0 { 1.0 } else { sum }
    }

    /// Sessions end and begin over `dt_s` seconds.
    pub(crate) fn pass(&mut self, dt_s: f64, to: &Division) {
        if to.spread.sticky_share <= 0.0 {
            return;
        }
        let mean = self.ramp_mean(to);
        let to = *to;
        self.each_known(|known| {
            let fair = to.ramp(known) / mean;
            known.sessions = sessions_after(known.sessions, fair, (dt_s, to.spread.session_s));
        });
    }

    /// Puts together what has become alike; draining tasks of `slots` slots in all may be done. How
    /// many requests end with that.
    pub(crate) fn settle(&mut self, to: &Division, first: &mut Queued, slots: f64) -> f64 {
        let mut share = self.first_share();
        let (routing, first_known) = (to.routing, &mut self.first);
        self.late.retain_mut(|cohort| {
            let (queue, first_queue) = (&cohort.queued.queue, &mut first.queue);
            let ahead = (queue.n - first_queue.n) / first_queue.n.max(1e-9);
            // A balancer that levels keeps level what has met.
            let is_alike =
                -ALIKE <= ahead && (ahead <= ALIKE || routing == Routing::LeastOutstanding);
            let is_alike = is_alike && to.are_alike(first_known, &cohort.known);
            if is_alike {
                join(first_queue, share, (queue, cohort.share));
                share += cohort.share;
                first_known.join(&cohort.known, cohort.share / share);
                if routing == Routing::LeastOutstanding {
                    // The first ones got nothing of late: their arrivals are not the service's.
                    first.arrivals = std::mem::take(&mut cohort.queued.arrivals);
                }
            }
            !is_alike
        });
        if DONE * slots < self.left.queue.n {
            return 0.0;
        }
        self.leaving = 0;
        std::mem::take(&mut self.left).queue.n
    }
}

/// Puts the requests in front of other tasks together with those in front of `share` of all.
fn join(queue: &mut FluidQueue, share: f64, (other, other_share): (&FluidQueue, f64)) {
    let part = other_share / (share + other_share);
    queue.n += (other.n - queue.n) * part;
    queue.v += (other.v - queue.v) * part;
}

impl Queued {
    /// The same at each task, of another number of them.
    fn scale(&mut self, scale: f64) {
        self.queue.n *= scale;
        self.queue.v *= scale;
        self.arrivals.scale(scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn division(spread: Spread, now_s: f64) -> Division {
        Division {
            routing: Routing::RoundRobin,
            spread,
            now_s,
        }
    }

    /// Four tasks, and a fifth from second 100 on; what the fifth gets of 500 requests a second,
    /// and what each of the others does.
    fn fifth(spread: Spread, now_s: f64, passes: u32) -> [f64; 2] {
        let (mut cohorts, mut first) = (Cohorts::default(), Queued::default());
        cohorts.change(&mut first, (4, 5), &division(spread, 100.0));
        let step_s = (now_s - 100.0) / f64::from(passes.max(1));
        for pass in 0..passes {
            let middle_s = 100.0 + step_s * (f64::from(pass) + 0.5);
            cohorts.pass(step_s, &division(spread, middle_s));
        }
        let to = division(spread, now_s);
        // As if all were like it: a task gets a fifth.
        let [late, others] = [0, 1].map(|at| cohorts.offered(&to, Some(0), at, 500.0) / 5.0);
        assert!(
            (late + 4.0 * others - 500.0).abs() < 1e-9,
            "all of it goes somewhere"
        );
        [late, others]
    }

    #[test]
    fn a_task_in_slow_start_gets_its_share_of_what_the_others_get() {
        let spread = Spread {
            slow_start_s: 60.0,
            ..Spread::EVEN
        };
        for (now_s, share) in [(100.0, 0.0), (115.0, 0.25), (130.0, 0.5), (160.0, 1.0)] {
            let [late, others] = fifth(spread, now_s, 0);
            assert!(
                (late - share * others).abs() < 1e-9,
                "at {now_s}: {late} {others}"
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
        // At first a fifth of the fifth of requests that belong to no session.
        let [late, others] = fifth(spread, 100.0, 0);
        assert!(
            (late - 20.0).abs() < 1e-9 && (others - 120.0).abs() < 1e-9,
            "{late} {others}"
        );
        // After a session's length, but for 1/e of what it lacked.
        let [late, _] = fifth(spread, 700.0, 100);
        let expected = 100.0 - 80.0 * libm::exp(-1.0);
        assert!((late - expected).abs() < 1e-6, "{late} {expected}");
    }

    /// Half of the requests are bound to four of five tasks, which leaves enough to give the fifth
    /// as many; of nine tenths the four get more than that from sessions alone.
    #[test]
    fn what_is_not_bound_makes_up_for_sessions_where_the_balancer_levels() {
        for (share, expected) in [(0.5, [500.0, 500.0]), (0.9, [250.0, 562.5])] {
            let spread = Spread {
                sticky_share: share,
                session_s: 600.0,
                ..Spread::EVEN
            };
            let (mut cohorts, mut first) = <(Cohorts, Queued)>::default();
            let to = Division {
                routing: Routing::LeastOutstanding,
                ..division(spread, 100.0)
            };
            cohorts.change(&mut first, (4, 5), &to);
            let found = [0, 1].map(|at| cohorts.offered(&to, None, at, 500.0));
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{share}: {found} {expected}"
                );
            }
        }
    }

    #[test]
    fn sessions_of_tasks_that_leave_go_on_at_the_others() {
        let spread = Spread {
            sticky_share: 1.0,
            session_s: 600.0,
            ..Spread::EVEN
        };
        let (mut cohorts, mut first) = (Cohorts::default(), Queued::default());
        let to = division(spread, 0.0);
        cohorts.change(&mut first, (4, 8), &to);
        cohorts.change(&mut first, (8, 4), &to);
        let late = cohorts.late[0].share;
        let sum = late * cohorts.late[0].known.sessions + (1.0 - late) * cohorts.first.sessions;
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        // Half of what is at a task now began elsewhere.
        assert!((cohorts.late[0].known.sessions - 0.5).abs() < 1e-12);
    }

    #[test]
    fn no_session_is_lost_where_a_cohort_is_less_than_a_task() {
        let spread = Spread {
            sticky_share: 0.9,
            session_s: 1e9,
            ..Spread::EVEN
        };
        let (mut cohorts, mut first) = (Cohorts::default(), Queued::default());
        let to = division(spread, 0.0);
        for change in [
            (13, 12),
            (12, 40),
            (40, 3),
            (3, 5),
            (5, 1),
            (1, 30),
            (30, 2),
        ] {
            cohorts.change(&mut first, change, &to);
            let late = cohorts.late.iter().map(|it| it.share * it.known.sessions);
            let sum = late.sum::<f64>() + cohorts.first_share() * cohorts.first.sessions;
            assert!((sum - 1.0).abs() < 1e-9, "{change:?}: {sum}");
        }
    }

    #[test]
    fn many_cohorts_become_few_and_no_task_is_lost() {
        let spread = Spread {
            slow_start_s: 900.0,
            ..Spread::EVEN
        };
        let (mut cohorts, mut first) = (Cohorts::default(), Queued::default());
        for more in 0..200 {
            let to = division(spread, 2.0 * f64::from(more));
            cohorts.change(&mut first, (50 + more, 51 + more), &to);
        }
        assert_eq!(cohorts.late.len(), COHORTS_MAX);
        assert!((cohorts.first_share() - 0.2).abs() < 1e-9, "50 of 250");
    }
}
