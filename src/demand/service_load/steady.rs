//! Minutes that are all alike: what every further one sees once a load has settled.

use super::{Closed, PERIOD, ServiceLoad, ServicePeriod, distrust};
use crate::engine::SimDuration;
use crate::policy::load::Response;

/// What every further minute will see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steady {
    pub(super) period: ServicePeriod,
    pub(super) law: SteadyLaw,
}

/// The law of response times of steady minutes.
#[derive(Clone, Copy, Debug)]
pub(super) enum SteadyLaw {
    /// Nobody is answered.
    None,
    /// That of the minute before them, the newest that was added to all response times.
    Newest,
    Own(Response),
}

impl ServiceLoad {
    /// The value that every further minute will have, once the load has settled.
    pub fn steady(&self) -> Option<&ServicePeriod> {
        let steady = self.steady.as_ref().filter(|_| !self.spec.memory_grows);
        steady.map(|steady| &steady.period)
    }

    /// `count` minutes like the steady one are over, the first of them with this index.
    pub(super) fn repeat(&mut self, index: u64, count: u64, closed: &mut impl FnMut(Closed<'_>)) {
        let Some(Steady { period, law }) = &self.steady else {
            return;
        };
        let requests = period.answered() * count as f64;
        match law {
            SteadyLaw::None => {}
            SteadyLaw::Newest => self.responses.add_more(requests),
            SteadyLaw::Own(response) => self.responses.add(response, requests),
        }
        let seconds = PERIOD.as_secs_f64() * count as f64;
        closed((index, count, period));
        let held_s = self.held_s(PERIOD.as_secs_f64());
        self.updated += SimDuration::from_micros(PERIOD.as_micros() * count);
        let offered = self.offered();
        if let Some(curve) = &self.curve {
            // Of minutes that are all alike the first decides: they are settled.
            let (_, distrust) = *self.target.of(curve, offered, held_s);
            let asked = [curve.slots(), offered, self.rate_per_s];
            let clients = self.clients.of(asked);
            let outside =
                distrust | clients.unwrap_or_else(|| self.distrust_clients(offered, curve));
            distrust::count_distrust(&mut self.distrust_s, outside, seconds);
        }
    }

    /// At the beginning of a minute with everything settled: what this and all further ones see.
    pub(super) fn foresee(&mut self) {
        self.recount_copies();
        let is_alike = self.is_settled && self.closings.is_empty();
        self.steady = is_alike.then(|| self.steady_minute());
    }

    /// A whole minute from the present state on, without living through it, and its law of response
    /// times, if any request is answered in it. Everything is then as it was before.
    pub fn minute(&mut self) -> (ServicePeriod, Option<Response>) {
        let (period, response, _) = self.play_minute();
        (period, response)
    }

    /// The same, and the mean number of tries of a request at its end.
    pub(super) fn play_minute(&mut self) -> (ServicePeriod, Option<Response>, f64) {
        let open = std::mem::take(&mut self.open);
        let (busy_slots, attempts_mean) = (self.busy_slots, self.attempts_mean);
        let is_settled = self.is_settled;
        let in_flight = self.in_flight;
        // As if it had been so for long.
        let queue = self.first.queue;
        let first = std::mem::take(&mut self.first);
        let cohorts = std::mem::take(&mut self.cohorts);
        self.first.queue = queue;
        let _ = self.foreseen_segment(PERIOD);
        let minute = (
            self.open.period(&mut self.quantiles),
            self.open.only().copied(),
            self.attempts_mean,
        );
        (self.busy_slots, self.attempts_mean) = (busy_slots, attempts_mean);
        (self.is_settled, self.in_flight) = (is_settled, in_flight);
        (self.open, self.first, self.cohorts) = (open, first, cohorts);
        minute
    }

    pub(super) fn steady_minute(&mut self) -> Steady {
        let (period, law) = self.minute();
        let law = law.map_or(SteadyLaw::None, SteadyLaw::Own);
        Steady { period, law }
    }
}
