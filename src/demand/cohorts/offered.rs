//! Which cohort gets how many of the requests.

use crate::policy::load::{Curve, FluidQueue, Routing};

use super::{Cohorts, Division, Known};

impl Cohorts {
    /// Whether requests queue at any task.
    pub(crate) fn are_backlogged(&self, first: &FluidQueue, curve: &Curve) -> bool {
        let mut late = self.late.iter();
        first.is_backlogged(curve) || late.any(|it| it.queued.queue.is_backlogged(curve))
    }

    /// The cohort with the fewest requests at each task; the first one comes last.
    pub(crate) fn fewest(&self, first: &FluidQueue) -> usize {
        let number = |at: usize| self.late.get(at).map_or(first.n, |it| it.queued.queue.n);
        let fewest = (0..=self.late.len()).min_by(|a, b| number(*a).total_cmp(&number(*b)));
        fewest.unwrap_or(0)
    }

    /// The rate at which requests come to a cohort, when `fewest` has the fewest: behind round
    /// robin the same for all, behind least outstanding requests everything to that one; but for
    /// those in slow start, and what sessions are bound to. As if all tasks were like the cohort's.
    /// `None`: nobody queues, so that what is bound to no task makes up for what sessions do.
    pub(crate) fn offered(
        &self,
        to: &Division,
        fewest: Option<usize>,
        at: usize,
        rate: f64,
    ) -> f64 {
        let late = self.late.get(at);
        let known = late.map_or(&self.first, |it| &it.known);
        let routed = match to.routing {
            Routing::RoundRobin | Routing::Pooled | Routing::Random => {
                match 0.0 < to.spread.slow_start_s || to.spread.mitigates {
                    true => rate * to.ramp(known) / self.ramp_mean(to),
                    false => rate,
                }
            }
            Routing::LeastOutstanding if fewest.is_none() => return self.levelled(to, at, rate),
            Routing::LeastOutstanding if fewest != Some(at) => 0.0,
            Routing::LeastOutstanding => {
                rate / late.map_or_else(|| self.first_share(), |it| it.share)
            }
        };
        match to.spread.sticky_share {
            0.0 => routed,
            share => (1.0 - share) * routed + share * rate * known.sessions,
        }
    }

    /// The rate of a cohort where what is bound to no task goes to those that sessions leave
    /// less to, so that all get as much, but for those that sessions alone give more.
    fn levelled(&self, to: &Division, at: usize, rate: f64) -> f64 {
        let share = to.spread.sticky_share;
        let bound = |known: &Known| share * rate * known.sessions;
        let late = self.late.iter().map(|it| (it.share, bound(&it.known)));
        let all = || {
            late.clone()
                .chain([(self.first_share(), bound(&self.first))])
        };
        let mut level = rate;
        // Those above the level are left out of it, which lowers it for the others: a cohort a
        // round, at most.
        for _ in 0..=self.late.len() {
            let above = all().filter(|(_, bound)| level < *bound);
            let (of, taken) = above.fold((0.0, 0.0), |sum, (share, bound)| {
                (sum.0 + share, sum.1 + share * bound)
            });
            if of <= 0.0 || 1.0 <= of {
                break;
            }
            level = (rate - taken).max(0.0) / (1.0 - of);
        }
        let known = self.late.get(at).map_or(&self.first, |it| &it.known);
        bound(known).max(level)
    }
}
