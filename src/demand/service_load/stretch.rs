//! A stretch within one minute: what the tasks do with its requests, and what that makes clients
//! do.

use crate::demand::cohorts::{Cohorts, Division, Queued};
use crate::demand::known::felt;
use crate::engine::SimDuration;
use crate::policy::load::{Curve, Distrust, Limits, Piece, retried_same};

use super::ServiceLoad;
use super::distrust::count_distrust;

/// How the requests of a stretch ended, and what they used.
#[derive(Clone, Copy, Default)]
struct Ends {
    finished: f64,
    /// Of those, answered after their client had left.
    late: f64,
    turned_away: f64,
    gave_up: f64,
    busy_s: f64,
}

/// Seconds after which the balancer's choice between tasks that are not alike is looked at again.
const LEVELLING_S: f64 = 5.0;
/// Below this share of waiting among those in system a wait is no part of a response time that
/// could be seen: its age needs no law of its own.
pub(super) const NOBODY_WAITS: f64 = 1e-6;
/// Where the wait falls off by more powers of e than this until patience ends, nobody gives up.
pub(super) const DECAY_MAX: f64 = 14.0;

impl ServiceLoad {
    /// Advances by a stretch within one minute.
    pub(super) fn segment(&mut self, length: SimDuration) {
        let distrust = self.foreseen_segment(length);
        count_distrust(&mut self.distrust_s, distrust, length.as_secs_f64());
    }

    /// The same, but that it is not counted how far the model is to be trusted in it: what lies
    /// outside of its validated range is the answer.
    pub(super) fn foreseen_segment(&mut self, length: SimDuration) -> Distrust {
        let dt_s = length.as_secs_f64();
        if self.curve.is_none() && self.spec.visibility_s.is_none() {
            // Every try finds nobody.
            self.attempts_mean = f64::from(1 + self.spec.retry_attempts);
        }
        let offered = self.offered();
        let running = f64::from(self.running);
        let spec = self.spec;
        self.open
            .stretch(dt_s, self.rate_per_s * dt_s, offered * dt_s);
        self.open.cpu_reserved += running * spec.shape.vcpus * dt_s;
        self.open.memory_reserved += running * spec.memory_mib * dt_s;
        self.open.serving_s += f64::from(self.serving) * dt_s;
        if spec.is_open {
            self.open.unhealthy_s += f64::from(self.serving) * dt_s;
        }
        self.open.running_s += running * dt_s;
        let before = self.in_flight();
        // Taken and put back: the tasks that answer do not change within a stretch.
        let (failed_share, distrust) = match self.curve.take() {
            None if spec.visibility_s.is_some() => {
                let failed_share = self.nobody_pulls(offered * dt_s, dt_s);
                (failed_share, Distrust::NONE)
            }
            None => (self.nobody_answers(offered * dt_s), Distrust::NONE),
            Some(curve) => {
                let answered = self.answer(&curve, offered, dt_s);
                self.curve = Some(curve);
                answered
            }
        };
        let used = self.open.cpu_used + spec.idle_vcpus * running * dt_s;
        self.open.cpu_used = used.min(self.open.cpu_reserved);
        self.open.memory_used += spec.memory_base_mib * running * dt_s;
        let joined = [before, offered * dt_s];
        self.in_flight.mix(joined, failed_share, self.attempts_mean);
        self.failed_share = failed_share;
        self.retry(failed_share, dt_s);
        distrust
    }

    /// No target: the balancer answers 503, and what was in flight is gone.
    fn nobody_answers(&mut self, requests: f64) -> f64 {
        let mut cohorts = std::mem::take(&mut self.cohorts);
        let gone = cohorts.lose_share(&mut self.first.queue, 1.0);
        self.first = Queued::default();
        self.open.elb_5xx += requests + gone;
        self.open.elb_502 += gone;
        self.open.failed += self.in_flight.first_tries(gone);
        self.busy_slots = 0.0;
        self.is_settled = true;
        1.0
    }

    /// Nobody takes messages from the queue: it grows, and what was in work is back in it.
    fn nobody_pulls(&mut self, arrived: f64, dt_s: f64) -> f64 {
        let Queued { queue, arrivals } = &mut self.first;
        let waiting = queue.n + 0.5 * arrived;
        let age_s = arrivals.pass(arrived, dt_s, waiting);
        queue.n += arrived;
        // Poisson arrivals add their own number to the variance.
        queue.v += arrived;
        self.is_settled = queue.n <= 0.0 && arrived <= 0.0;
        self.open.queued_s += waiting * dt_s;
        self.open.in_flight_s += waiting * dt_s;
        self.open.oldest_s2 += age_s * dt_s;
        self.busy_slots = 0.0;
        0.0
    }

    /// The serving tasks work on the requests of a stretch; the share that failed, and what of it
    /// lies outside the validated range.
    fn answer(&mut self, curve: &Curve, offered: f64, dt_s: f64) -> (f64, Distrust) {
        let mut ends = Ends::default();
        let before = self.in_flight();
        let mut left_s = dt_s;
        if !self.cohorts.is_empty() {
            let mut cohorts = std::mem::take(&mut self.cohorts);
            while !cohorts.is_empty() && 0.0 < left_s {
                let step_s = left_s.min(LEVELLING_S);
                let middle_s = self.updated.as_secs_f64() + dt_s - left_s + 0.5 * step_s;
                let division = self.division(middle_s);
                cohorts.pass(0.5 * step_s, &division);
                let step = (offered, step_s, &division);
                self.play_cohorts(curve, step, &mut cohorts, &mut ends);
                cohorts.pass(0.5 * step_s, &division);
                left_s -= step_s;
            }
            self.cohorts = cohorts;
        }
        if 0.0 < left_s {
            self.play(curve, (offered, left_s), 1.0, &mut ends);
        }
        self.is_settled &= self.cohorts.is_empty();
        if cfg!(debug_assertions) {
            let went = ends.finished + ends.turned_away + ends.gave_up;
            self.audit_stretch([before, offered * dt_s, went]);
        }
        let clients = self.distrust_clients(offered, curve);
        let asked = [curve.slots(), offered, self.rate_per_s];
        self.clients.keep(asked, clients);
        let clients = clients | Distrust::UNEVEN.when(self.are_apart(offered, curve));
        let held_s = self.held_s(dt_s);
        let fills = Distrust::FILLING.when(self.fills(offered, curve, held_s));
        let late_again = self.late_again(offered) * dt_s;
        let late_again = late_again.min((ends.finished - ends.late).max(0.0));
        let open = &mut self.open;
        self.busy_slots = if 0.0 < dt_s {
            ends.busy_s / dt_s
        } else {
            self.busy_slots
        };
        open.memory_used += self.spec.memory_per_request_mib * ends.busy_s;
        if self.spec.is_asked {
            open.capacity_s += curve.capacity_per_s() * dt_s;
        }
        open.target_5xx += ends.finished * self.spec.errors;
        open.elb_5xx += ends.turned_away;
        let given_up = ends.late + ends.gave_up + late_again;
        if self.spec.balancer_gives_up {
            open.elb_5xx += given_up;
            open.elb_504 += given_up;
        } else {
            open.timed_out += given_up;
        }
        let (_, distrust) = self.target.of(curve, offered, held_s);
        // Tasks that the balancer tells apart are cohorts without any backlog too.
        let is_uneven = !self.spec.spread.is_even() && !self.first.queue.is_backlogged(curve);
        let split = !self.cohorts.is_empty() && !is_uneven;
        let split = Distrust::BACKLOG_WHILE_SLOTS_CHANGED.when(split);
        let distrust = *distrust | split | clients | fills;
        if !distrust.is_empty() {
            open.distrust_s += dt_s;
        }
        // Who gets no slot is a share of those who come, who gets it too late of those answered.
        let share = |part: f64, whole: f64| if 0.0 < whole { part / whole } else { 0.0 };
        let lost = share(ends.turned_away + ends.gave_up, offered * dt_s).min(1.0);
        let late = share(ends.late, ends.finished);
        let failed_share = 1.0 - (1.0 - self.spec.errors) * (1.0 - lost) * (1.0 - late);
        (failed_share, distrust)
    }

    /// A short stretch of tasks that are not all alike.
    fn play_cohorts(
        &mut self,
        curve: &Curve,
        (offered, dt_s, to): (f64, f64, &Division),
        cohorts: &mut Cohorts,
        ends: &mut Ends,
    ) {
        let count = cohorts.late.len();
        // Known before the first is played: else two could have the fewest, each in its turn.
        let is_bound = 0.0 < self.spec.spread.sticky_share;
        let is_calm = is_bound && !cohorts.are_backlogged(&self.first.queue, curve);
        let fewest = (!is_calm).then(|| cohorts.fewest(&self.first.queue));
        let offered_first = cohorts.offered(to, fewest, count, offered);
        for at in 0..count {
            let offered = cohorts.offered(to, fewest, at, offered);
            let cohort = &mut cohorts.late[at];
            std::mem::swap(&mut self.first, &mut cohort.queued);
            self.play(curve, (offered, dt_s), cohort.share, ends);
            std::mem::swap(&mut self.first, &mut cohort.queued);
        }
        self.play(curve, (offered_first, dt_s), cohorts.first_share(), ends);
        self.drain(cohorts, dt_s, ends);
        let slots = f64::from(cohorts.leaving) * f64::from(self.spec.shape.slots);
        ends.finished += cohorts.settle(to, &mut self.first, slots);
    }

    /// A stretch of the first cohort's queue, which is this share of the service.
    fn play(&mut self, curve: &Curve, (offered, dt_s): (f64, f64), share: f64, ends: &mut Ends) {
        let limits = self.limits(curve, offered);
        let (target, _) = self.target.of(curve, offered, dt_s);
        let (open, table, law) = (&mut self.open, &self.table, &mut self.law);
        let (queue, arrivals) = (&mut self.first.queue, &mut self.first.arrivals);
        let (cpu_s, timeout_s) = (self.spec.shape.cpu_s, self.spec.timeout_s);
        let copying = self.spec.visibility_s.map(|_| self.copying.now);
        // Below its capacity: over it, how long those who are served have waited is the bound's.
        let longest_s = timeout_s.filter(|_| self.spec.leaves_queue && curve.load(offered) < 1.0);
        let mut lost = 0.0;
        let piece = |mut piece: Piece| {
            let age_s = arrivals.pass(piece.arrived - piece.lost, piece.dt_s, piece.queued);
            if NOBODY_WAITS < piece.queued / piece.n {
                piece.wait_mean_s = age_s / piece.wait_share.max(1e-12);
            }
            if let Some(longest_s) = longest_s {
                piece.wait_at_most(longest_s);
            }
            let first_copy = copying.map(|copying| copying.first_of(&piece));
            let answered = first_copy.as_ref().unwrap_or(&piece);
            let (response, timed_out_share) = law.of(table, timeout_s, answered);
            let served = piece.served * share;
            let late = served * piece.late_share.map_or(*timed_out_share, felt);
            open.respond(response, served - late, late);
            open.cpu_used += served * cpu_s;
            open.in_flight_s += piece.n * piece.dt_s * share;
            if let Some(copying) = copying {
                open.queued_s += piece.queued * piece.dt_s;
                open.oldest_s2 += (age_s + copying.age_s) * piece.dt_s;
                open.received += served * copying.receives;
            }
            ends.busy_s += piece.busy_slots * piece.dt_s * share;
            ends.finished += served;
            ends.late += late;
            lost += piece.lost * share;
        };
        (self.pieces, self.is_settled) = match limits {
            None => (
                queue.advance_towards(curve, target, (offered, dt_s), piece),
                queue.is_settled_at(curve, target),
            ),
            Some(limits) => {
                let bound = self.bound.of(&limits, curve, offered);
                (
                    queue.advance_bounded(curve, bound, (offered, dt_s), piece),
                    queue.is_settled_bounded(curve, bound, offered),
                )
            }
        };
        if limits.is_some_and(|limits| limits.turn_away_first(curve)) {
            ends.turned_away += lost;
        } else {
            ends.gave_up += lost;
        }
    }

    /// Tasks that have left the balancer's choice work on what is at them; their slots and CPU are
    /// not the service's any more.
    fn drain(&mut self, cohorts: &mut Cohorts, dt_s: f64, ends: &mut Ends) {
        let Some(curve) = self.curves.curve(cohorts.leaving) else {
            return;
        };
        let (open, table, law) = (&mut self.open, &self.table, &mut self.law);
        let Queued { queue, arrivals } = &mut cohorts.left;
        let timeout_s = self.spec.timeout_s;
        queue.advance(&curve, 0.0, dt_s, |mut piece: Piece| {
            let age_s = arrivals.pass(0.0, piece.dt_s, piece.queued);
            piece.wait_mean_s = age_s / piece.wait_share.max(1e-12);
            let (response, timed_out_share) = law.of(table, timeout_s, &piece);
            let late = piece.served * timed_out_share;
            open.respond(response, piece.served - late, late);
            open.in_flight_s += piece.n * piece.dt_s;
            ends.finished += piece.served;
            ends.late += late;
        });
    }

    /// The bounds of the queue: its places, and impatient clients where someone waits that long.
    fn limits(&self, curve: &Curve, offered: f64) -> Option<Limits> {
        let patience_s = self.spec.timeout_s.filter(|_| self.spec.leaves_queue);
        let places = (self.spec.places != u32::MAX)
            .then(|| f64::from(self.spec.places) * f64::from(self.serving));
        let may_wait = |patience_s: f64| {
            self.first.queue.is_backlogged(curve)
                || decay_least(curve, offered, patience_s) < DECAY_MAX
        };
        let bounds = places.is_some() || patience_s.is_some_and(may_wait);
        (0.0 < offered && bounds).then(|| Limits {
            patience_s: patience_s.unwrap_or(f64::INFINITY),
            places: places.unwrap_or(f64::INFINITY),
        })
    }

    /// Further tries a second of work that outlasts the time-out by itself, beyond those that are
    /// late because each try is taken for a new draw.
    fn late_again(&self, offered: f64) -> f64 {
        let tries = f64::from(1 + self.spec.retry_attempts);
        self.hopeless * (self.rate_per_s * tries - offered).max(0.0)
    }

    /// Closes the loop to the clients: this stretch's failures are the next one's further tries.
    fn retry(&mut self, failed_share: f64, dt_s: f64) {
        let tries = 1 + self.spec.retry_attempts;
        let retried = retried_same(failed_share, self.hopeless, tries);
        self.open.failed += self.rate_per_s * dt_s * retried.failed_share;
        if 1e-9 < (retried.attempts_mean - self.attempts_mean).abs() {
            self.attempts_mean = retried.attempts_mean;
            self.is_settled = false;
            self.steady = None;
        }
    }
}

/// How many powers of e the wait for a slot falls off by until patience ends, at least.
pub(super) fn decay_least(curve: &Curve, offered: f64, patience_s: f64) -> f64 {
    let pool = curve.pool();
    let services = patience_s / pool.task.holding_full_s * pool.task.slots();
    (1.0 - curve.load(offered)) * services / (0.5 * (1.0 + pool.work_cv2)).max(1.0)
}
