//! The minute of a service's load that is not over yet.

use crate::demand::known::KnownQuantiles;
use crate::demand::period::{CountMeans, PERIOD, QUANTILES, ServicePeriod};
use crate::demand::responses::Responses;
use crate::policy::load::{Histogram, Response};

/// Sums of an open minute; closed into a [`ServicePeriod`].
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenPeriod {
    seconds: f64,
    requests: f64,
    first_tries: f64,
    pub(crate) target_5xx: f64,
    pub(crate) elb_5xx: f64,
    pub(crate) elb_502: f64,
    pub(crate) elb_504: f64,
    pub(crate) timed_out: f64,
    pub(crate) failed: f64,
    pub(crate) cpu_used: f64,
    pub(crate) cpu_reserved: f64,
    pub(crate) memory_used: f64,
    pub(crate) memory_reserved: f64,
    pub(crate) in_flight_s: f64,
    pub(crate) queued_s: f64,
    pub(crate) received: f64,
    /// The age of the head of the queue × seconds.
    pub(crate) oldest_s2: f64,
    pub(crate) running_s: f64,
    pub(crate) serving_s: f64,
    pub(crate) unhealthy_s: f64,
    pub(crate) capacity_s: f64,
    pub(crate) distrust_s: f64,
    /// Answered before whoever asked had left, and after that.
    responded: f64,
    late: f64,
    response_s: f64,
    /// The one response law of the minute, as long as there is only one: quiet minutes need no
    /// histogram.
    only: Option<Response>,
    mixed: Option<Box<Histogram>>,
    is_mixed: bool,
}

impl OpenPeriod {
    /// A stretch of `dt_s` with its arrivals.
    pub(crate) fn stretch(&mut self, dt_s: f64, first_tries: f64, requests: f64) {
        self.seconds += dt_s;
        self.first_tries += first_tries;
        self.requests += requests;
    }

    /// `requests` were answered with this law of response times, and `late` more when whoever
    /// asked had left: nobody sees how long those took.
    pub(crate) fn respond(&mut self, response: &Response, requests: f64, late: f64) {
        self.late += late;
        if requests <= 0.0 {
            return;
        }
        if self.is_mixed {
            self.histogram().add(response, requests);
        } else if let Some(first) = self.only {
            let before = self.responded;
            self.is_mixed = true;
            let histogram = self.histogram();
            histogram.clear();
            histogram.add(&first, before);
            histogram.add(response, requests);
        } else {
            self.only = Some(*response);
        }
        self.responded += requests;
        self.response_s += response.mean_s * requests;
    }

    fn histogram(&mut self) -> &mut Histogram {
        self.mixed.get_or_insert_with(|| Box::new(Histogram::new()))
    }

    /// Requests that were answered so far, in time or not.
    pub(crate) fn answered(&self) -> f64 {
        self.responded + self.late
    }

    /// Whether any of it is over.
    pub(crate) fn has_begun(&self) -> bool {
        0.0 < self.seconds
    }

    /// Whether nothing was counted in it yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.seconds == 0.0 && self.elb_5xx == 0.0 && self.failed == 0.0
    }

    /// The minute's one response law and how many were answered in time, if it had one only.
    pub(crate) fn only_answered(&self) -> Option<(&Response, f64)> {
        self.only().map(|response| (response, self.responded))
    }

    /// The minute's one response law, if it had one only.
    pub(crate) fn only(&self) -> Option<&Response> {
        self.only.as_ref().filter(|_| !self.is_mixed)
    }

    /// Ends the minute and opens the next one; its response times are added to the whole run's.
    pub(crate) fn close(
        &mut self,
        responses: &mut Responses,
        quantiles: &mut KnownQuantiles,
    ) -> ServicePeriod {
        match (&self.mixed, &self.only) {
            (Some(mixed), Some(_)) if self.is_mixed => responses.merge(mixed),
            (_, Some(only)) => responses.add(only, self.responded),
            (_, None) => {}
        }
        let period = self.period(quantiles);
        self.restart();
        period
    }

    /// Forgets what the minute has seen.
    pub(crate) fn restart(&mut self) {
        // In its place: what it mixed in is kept, and nothing is copied.
        let OpenPeriod {
            seconds,
            requests,
            first_tries,
            target_5xx,
            elb_5xx,
            elb_502,
            elb_504,
            timed_out,
            failed,
            cpu_used,
            cpu_reserved,
            memory_used,
            memory_reserved,
            in_flight_s,
            queued_s,
            received,
            oldest_s2,
            running_s,
            serving_s,
            unhealthy_s,
            capacity_s,
            distrust_s,
            responded,
            late,
            response_s,
            only,
            mixed: _,
            is_mixed,
        } = self;
        let counts = [seconds, requests, first_tries, target_5xx, elb_5xx, elb_502];
        let failures = [elb_504, timed_out, failed, received, responded, response_s];
        let used = [cpu_used, cpu_reserved, memory_used, memory_reserved];
        let means = [in_flight_s, queued_s, oldest_s2, running_s, serving_s];
        let others = [unhealthy_s, capacity_s, distrust_s, late];
        counts.into_iter().for_each(|sum| *sum = 0.0);
        failures.into_iter().for_each(|sum| *sum = 0.0);
        used.into_iter().for_each(|sum| *sum = 0.0);
        means.into_iter().for_each(|sum| *sum = 0.0);
        others.into_iter().for_each(|sum| *sum = 0.0);
        (*only, *is_mixed) = (None, false);
    }

    /// Its CPU and memory so far.
    pub(crate) fn used(&self) -> ServicePeriod {
        ServicePeriod {
            cpu_used: self.cpu_used,
            cpu_reserved: self.cpu_reserved,
            memory_used: self.memory_used.min(self.memory_reserved),
            memory_reserved: self.memory_reserved,
            ..ServicePeriod::default()
        }
    }

    /// What the minute has seen so far.
    pub(crate) fn period(&self, quantiles: &mut KnownQuantiles) -> ServicePeriod {
        let seconds = if 0.0 < self.seconds {
            self.seconds
        } else {
            PERIOD.as_secs_f64()
        };
        let response_quantiles = match (&self.mixed, &self.only) {
            (Some(mixed), Some(_)) if self.is_mixed => {
                mixed.quantiles_s(QUANTILES).unwrap_or_default()
            }
            (_, Some(only)) => quantiles.of(only),
            (_, None) => [0.0; 4],
        };
        ServicePeriod {
            requests: self.requests,
            first_tries: self.first_tries,
            target_5xx: self.target_5xx,
            elb_5xx: self.elb_5xx,
            elb_502: self.elb_502,
            elb_504: self.elb_504,
            timed_out: self.timed_out,
            failed: self.failed,
            cpu_used: self.cpu_used,
            cpu_reserved: self.cpu_reserved,
            // A task that would use more than it has is killed: more is never measured.
            memory_used: self.memory_used.min(self.memory_reserved),
            memory_reserved: self.memory_reserved,
            in_flight: self.in_flight_s / seconds,
            queued: self.queued_s / seconds,
            received: self.received,
            oldest_s: self.oldest_s2 / seconds,
            running: self.running_s / seconds,
            serving: self.serving_s / seconds,
            open: self.unhealthy_s / seconds,
            capacity: self.capacity_s / seconds,
            response_mean: if 0.0 < self.responded {
                self.response_s / self.responded
            } else {
                0.0
            },
            response_quantiles,
            distrust_s: self.distrust_s,
            counts: CountMeans::default(),
        }
    }
}
