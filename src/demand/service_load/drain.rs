//! Tasks that leave the balancer's choice with requests, and are killed some time later with those
//! that they have not answered by then.

use std::collections::VecDeque;

use super::ServiceLoad;
use crate::engine::SimTime;
use crate::policy::load::residual::{AtTask, residual_share};

/// Requests of one task that are fewer than this are none, so that tasks whose drain is long enough
/// for nearly everybody have no end to be looked at.
const NOBODY: f64 = 1e-4;

/// Less than this share of what there was is nothing.
const FADED: f64 = 1e-9;

/// Changes remembered at most; the two oldest become one.
const CHANGES_MAX: usize = 32;

/// What some tasks have, or lack, of the requests of the others since they came or left, and less
/// and less of it: requests of before are still there by [`residual_share`].
#[derive(Clone, Debug, Default)]
struct Fading {
    since: VecDeque<(SimTime, f64)>,
}

impl Fading {
    fn add(&mut self, now: SimTime, amount: f64) {
        match self.since.back_mut() {
            Some(last) if last.0 == now => last.1 += amount,
            _ => self.since.push_back((now, amount)),
        }
        if CHANGES_MAX < self.since.len()
            && let Some(oldest) = self.since.pop_front()
            && let Some(next) = self.since.front_mut()
        {
            next.1 += oldest.1;
        }
    }

    /// From the newest change back to the first of which nothing is left: nothing is of those
    /// before it either.
    fn now(&self, now: SimTime, (holding_s, cv): (f64, f64)) -> f64 {
        let mut sum = 0.0;
        for (at, amount) in self.since.iter().rev() {
            let share = residual_share(holding_s, cv, now.since(*at).as_secs_f64());
            if share < FADED {
                break;
            }
            sum += amount * share;
        }
        sum
    }
}

/// Connections that will be closed with requests on them.
#[derive(Clone, Debug, Default)]
pub(super) struct Closings {
    /// When, how many requests fail with it, and how many first tries, in order of time.
    pending: VecDeque<(SimTime, f64, f64)>,
    /// Requests that were at tasks which have left, and will be answered there.
    kept: Fading,
    /// Tasks that came, and had nothing then.
    empty: Fading,
}

impl Closings {
    pub(super) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// The next one's time.
    pub(super) fn next(&self) -> SimTime {
        self.pending.front().map_or(SimTime::MAX, |it| it.0)
    }

    /// So many tasks more are asked from now on, in one state with the others.
    pub(super) fn came(&mut self, now: SimTime, tasks: u32) {
        self.empty.add(now, f64::from(tasks));
    }

    /// What tasks have or lack is counted apart, or there is none of it any more.
    pub(super) fn keep_nothing(&mut self) {
        self.kept.since.clear();
        self.empty.since.clear();
    }

    fn insert(&mut self, closing: (SimTime, f64, f64)) {
        let later = self.pending.partition_point(|it| it.0 <= closing.0);
        self.pending.insert(later, closing);
    }
}

impl ServiceLoad {
    /// One of `serving` tasks gets no further requests, and is killed at `killed`. What it will not
    /// have answered by then is taken from what is in flight now, and fails then.
    ///
    /// Source: Application Load Balancer user guide, load-balancer-troubleshooting: HTTP 502, the
    /// deregistration delay elapsed.
    pub fn leave(&mut self, killed: SimTime, serving: u32) {
        if self.spec.visibility_s.is_some() {
            return;
        }
        if let Some(here) = self.at_a_task(serving) {
            self.take_along(&here, killed);
        }
        if serving <= 1 {
            self.finish_all();
            self.closings.keep_nothing();
        }
    }

    /// A task with so much at it leaves.
    fn take_along(&mut self, here: &AtTask, killed: SimTime) {
        let after_s = killed.since(self.updated).as_secs_f64();
        let (left, all) = (here.left_after(after_s), here.in_slots + here.waiting);
        self.closings.kept.add(self.updated, all - left);
        if left < NOBODY {
            return;
        }
        let share = left / self.cohorts.at_serving(&self.first.queue);
        let gone = self
            .cohorts
            .lose_part(&mut self.first.queue, share, left / all);
        // Nobody hears of those whose client has left by then.
        let heard = 1.0 - self.unheard(here, after_s) / left;
        let lost = gone * heard.clamp(0.0, 1.0);
        let first_tries = match self.spec.retry_attempts {
            0 => self.in_flight.first_tries(lost),
            // Else the further try finds another task.
            _ => 0.0,
        };
        self.closings.insert((killed, lost, first_tries));
        self.unsettle();
    }

    /// What is at each serving task now.
    fn at_a_task(&self, serving: u32) -> Option<AtTask> {
        let curve = self.curve.as_ref()?;
        let all = self.cohorts.at_serving(&self.first.queue);
        let reading = curve.at_number(all);
        let (law, now) = ((reading.holding_s, self.spec.shape.cv), self.updated);
        let n = (all - self.closings.kept.now(now, law)).max(0.0);
        let total_s = (reading.holding_s + reading.wait_s).max(1e-12);
        let over = (n - curve.slots()).max(0.0);
        let waiting = over.max(n * reading.wait_s / total_s).min(n);
        // It is one of those that have been there (ASSUMPTION): newcomers have less.
        let tasks = f64::from(serving.max(1));
        let tasks = (tasks - self.closings.empty.now(now, law)).max(1.0);
        Some(AtTask {
            in_slots: (n - waiting) / tasks,
            waiting: waiting / tasks,
            holding_s: reading.holding_s,
            cv: self.spec.shape.cv,
        })
    }

    /// Those still there `after_s` later whose client has given up by then.
    fn unheard(&self, here: &AtTask, after_s: f64) -> f64 {
        let patience_s = self.spec.timeout_s.unwrap_or(f64::INFINITY);
        if patience_s.is_finite() {
            here.left_after(after_s.max(patience_s))
        } else {
            0.0
        }
    }

    /// Counts what fails with connections that are closed by now.
    pub(super) fn close_connections(&mut self) {
        while self.closings.next() <= self.updated {
            let Some((_, lost, first_tries)) = self.closings.pending.pop_front() else {
                return;
            };
            self.open.elb_5xx += lost;
            self.open.elb_502 += lost;
            self.open.failed += first_tries;
            self.unsettle();
        }
    }
}
