//! A service's load over the run: sums, utilisations by minute, response times.

use std::collections::BTreeMap;

use crate::demand::period::{QUANTILES, ServicePeriod};
use crate::observe::summary::{LoadSummary, ResponseSummary, UtilizationSummary};
use crate::observe::tally::queue::QueueTally;
use crate::policy::load::{Distrust, Histogram};

/// Steps of a utilisation, percent.
const STEP_PERCENT: f64 = 0.25;
/// Steps that are kept; what is above 200 % is in the last.
const STEPS: usize = 801;

/// A service's load over the run.
#[derive(Clone, Debug, Default)]
pub struct LoadTally {
    /// Sums over the run; the other fields are not used.
    pub sum: ServicePeriod,
    /// `CPUUtilization`.
    pub cpu: UtilizationTally,
    /// `MemoryUtilization`.
    pub memory: UtilizationTally,
    /// Response times of the whole run.
    pub responses: Histogram,
    /// Between which values the minutes' response times lie, by their quantiles.
    quantiles: Option<QuantileBounds>,
    requests_max_minute: f64,
    /// Requests in flight, mean of the newest minute.
    in_flight: f64,
    distrust_s: [f64; Distrust::ALL.len()],
    /// Its queue's, if it pulls from one.
    pub queue: QueueTally,
}

/// The least and the largest of each quantile over minutes, seconds.
#[derive(Clone, Copy, Debug)]
struct QuantileBounds {
    least_s: [f64; QUANTILES.len()],
    most_s: [f64; QUANTILES.len()],
}

/// A utilisation over the minutes of a run.
#[derive(Clone, Debug, Default)]
pub struct UtilizationTally {
    used: f64,
    reserved: f64,
    /// Minutes by step.
    steps: Vec<u64>,
    minutes: u64,
    min_percent: f64,
    max_percent: f64,
}

impl LoadTally {
    /// Takes `count` minutes like this one.
    pub fn add(&mut self, minute: &ServicePeriod, count: u64) {
        let times = count as f64;
        let sum = &mut self.sum;
        sum.requests += minute.requests * times;
        sum.first_tries += minute.first_tries * times;
        sum.failed += minute.failed * times;
        sum.target_5xx += minute.target_5xx * times;
        sum.elb_5xx += minute.elb_5xx * times;
        sum.elb_502 += minute.elb_502 * times;
        sum.elb_504 += minute.elb_504 * times;
        sum.timed_out += minute.timed_out * times;
        sum.distrust_s += minute.distrust_s * times;
        self.queue.add(minute, count);
        // A run may end with a minute of no length.
        if minute.in_flight.is_finite() {
            self.in_flight = minute.in_flight;
        }
        let (used, reserved) = (minute.cpu_used * times, minute.cpu_reserved * times);
        self.cpu
            .add([used, reserved], minute.cpu_utilization(), count);
        let (used, reserved) = (minute.memory_used * times, minute.memory_reserved * times);
        self.memory
            .add([used, reserved], minute.memory_utilization(), count);
        self.requests_max_minute = self.requests_max_minute.max(minute.requests);
        // A minute in which nobody was answered has no response times.
        if 0.0 < minute.response_quantiles[QUANTILES.len() - 1] {
            let its = QuantileBounds {
                least_s: minute.response_quantiles,
                most_s: minute.response_quantiles,
            };
            match &mut self.quantiles {
                Some(bounds) => bounds.widen(&its),
                None => self.quantiles = Some(its),
            }
        }
    }

    /// Takes what only the load model knows at the end: all response times, and the seconds outside
    /// its validated range by the position in [`Distrust::ALL`].
    pub fn add_totals(&mut self, responses: &Histogram, distrust_s: &[f64]) {
        self.responses.merge(responses);
        for (sum, seconds) in self.distrust_s.iter_mut().zip(distrust_s) {
            *sum += seconds;
        }
    }

    /// Takes away what the load model would have told at an earlier end: it tells of the whole run.
    pub fn deduct_totals(&mut self, told: &Self) {
        self.responses.deduct(&told.responses);
        for (sum, seconds) in self.distrust_s.iter_mut().zip(told.distrust_s) {
            *sum = (*sum - seconds).max(0.0);
        }
    }

    /// All of another's.
    pub fn merge(&mut self, other: &Self) {
        self.sum.requests += other.sum.requests;
        self.sum.first_tries += other.sum.first_tries;
        self.sum.failed += other.sum.failed;
        self.cpu.merge(&other.cpu);
        self.memory.merge(&other.memory);
        self.responses.merge(&other.responses);
        self.queue.merge(&other.queue);
        match (&mut self.quantiles, &other.quantiles) {
            (Some(bounds), Some(its)) => bounds.widen(its),
            (None, Some(its)) => self.quantiles = Some(*its),
            (_, None) => {}
        }
    }

    /// First tries that failed for good, share of all first tries, 0 to 1.
    pub fn failed_share(&self) -> Option<f64> {
        failed_share(&self.sum)
    }

    /// In numbers.
    pub fn summary(&self) -> LoadSummary {
        let sum = &self.sum;
        LoadSummary {
            requests: sum.requests,
            first_tries: sum.first_tries,
            failed_requests: sum.failed,
            failed_percent: self.failed_share().map(|share| 100.0 * share),
            target_5xx: sum.target_5xx,
            elb_5xx: sum.elb_5xx,
            elb_502: sum.elb_502,
            elb_503: sum.elb_503(),
            elb_504: sum.elb_504,
            timed_out: sum.timed_out,
            requests_max_minute: self.requests_max_minute,
            in_flight_last_minute: self.in_flight,
            response: self.response(),
            queue: self.queue.summary(),
            distrust_s: self.distrust(),
            distrust_any_s: sum.distrust_s,
        }
    }

    /// Response times in numbers. Those of the whole run are in steps; a quantile of it all lies
    /// between the least and the largest of its minutes, so that none is beyond these.
    pub fn response(&self) -> ResponseSummary {
        let responses = &self.responses;
        let quantile = |index: usize| {
            let quantile = responses.quantile_s(QUANTILES[index])?;
            Some(match &self.quantiles {
                Some(bounds) => quantile
                    .min(bounds.most_s[index])
                    .max(bounds.least_s[index]),
                None => quantile,
            })
        };
        ResponseSummary {
            mean_s: responses.mean_s(),
            p50_s: quantile(0),
            p90_s: quantile(1),
            p95_s: quantile(2),
            p99_s: quantile(3),
            p99_max_minute_s: self.quantiles.map(|bounds| bounds.most_s[3]),
        }
    }

    fn distrust(&self) -> BTreeMap<String, f64> {
        let flags = Distrust::ALL.iter().zip(self.distrust_s);
        let named = flags.filter(|(_, seconds)| 0.0 < *seconds);
        named
            .map(|((_, words), seconds)| ((*words).to_owned(), seconds))
            .collect()
    }
}

impl QuantileBounds {
    /// The bounds of these minutes and others. Compared as a processor does it: `f64::min` asks
    /// for numbers that are none as well.
    #[inline]
    fn widen(&mut self, others: &Self) {
        for (least, other) in self.least_s.iter_mut().zip(others.least_s) {
            *least = if other < *least { other } else { *least };
        }
        for (most, other) in self.most_s.iter_mut().zip(others.most_s) {
            *most = if *most < other { other } else { *most };
        }
    }
}

/// First tries that failed for good, share of all first tries, 0 to 1; `None` without any. Requests
/// that came before (in a minute, or before a steady run began) may fail in a period, so that more
/// fail than come.
pub fn failed_share(period: &ServicePeriod) -> Option<f64> {
    (0.0 < period.first_tries).then(|| (period.failed / period.first_tries).min(1.0))
}

impl UtilizationTally {
    #[inline]
    fn add(&mut self, used_reserved: [f64; 2], percent: Option<f64>, minutes: u64) {
        let Some(percent) = percent else { return };
        if self.steps.is_empty() {
            self.steps = vec![0; STEPS];
            self.min_percent = percent;
        }
        self.used += used_reserved[0];
        self.reserved += used_reserved[1];
        let step = (percent / STEP_PERCENT) as usize;
        self.steps[step.min(STEPS - 1)] += minutes;
        self.minutes += minutes;
        if percent < self.min_percent {
            self.min_percent = percent;
        }
        if self.max_percent < percent {
            self.max_percent = percent;
        }
    }

    fn merge(&mut self, other: &Self) {
        if other.minutes == 0 {
            return;
        }
        if self.steps.is_empty() {
            self.clone_from(other);
            return;
        }
        self.used += other.used;
        self.reserved += other.reserved;
        for (minutes, others) in self.steps.iter_mut().zip(&other.steps) {
            *minutes += others;
        }
        self.minutes += other.minutes;
        self.min_percent = self.min_percent.min(other.min_percent);
        self.max_percent = self.max_percent.max(other.max_percent);
    }

    /// Used of reserved, percent.
    pub fn mean_percent(&self) -> Option<f64> {
        (0.0 < self.reserved).then(|| 100.0 * self.used / self.reserved)
    }

    /// The lowest minute, percent.
    pub fn min_percent(&self) -> Option<f64> {
        (0 < self.minutes).then_some(self.min_percent)
    }

    /// The highest minute, percent.
    pub fn max_percent(&self) -> Option<f64> {
        (0 < self.minutes).then_some(self.max_percent)
    }

    /// The value that a share `u` of minutes does not exceed, percent, to a quarter of a percent.
    pub fn quantile_percent(&self, u: f64) -> Option<f64> {
        let need = u * self.minutes as f64;
        let mut below = 0;
        for (step, minutes) in self.steps.iter().enumerate() {
            below += minutes;
            if 0 < *minutes && need <= below as f64 {
                let upper = (step + 1) as f64 * STEP_PERCENT;
                return Some(upper.clamp(self.min_percent, self.max_percent));
            }
        }
        self.max_percent()
    }

    /// In numbers.
    pub fn summary(&self) -> UtilizationSummary {
        UtilizationSummary {
            mean_percent: self.mean_percent(),
            p95_minute_percent: self.quantile_percent(0.95),
            max_minute_percent: self.max_percent(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(cpu_used: f64) -> ServicePeriod {
        ServicePeriod {
            requests: 600.0,
            first_tries: 600.0,
            failed: 6.0,
            cpu_used,
            cpu_reserved: 60.0,
            response_quantiles: [0.1, 0.2, 0.3, cpu_used / 10.0],
            ..ServicePeriod::default()
        }
    }

    #[test]
    fn utilisation_has_its_mean_its_95th_minute_and_its_highest() {
        let mut load = LoadTally::default();
        load.add(&minute(12.0), 96);
        load.add(&minute(54.0), 4);
        // (96 · 12 + 4 · 54) / (100 · 60) = 22.8 %; 95 of 100 minutes stay at 20 %.
        let cpu = load.cpu.summary();
        assert!((cpu.mean_percent.unwrap() - 22.8).abs() < 1e-9);
        assert!((cpu.p95_minute_percent.unwrap() - 20.0).abs() <= STEP_PERCENT);
        assert!((cpu.max_minute_percent.unwrap() - 90.0).abs() < 1e-9);
        assert_eq!(load.memory.summary(), UtilizationSummary::default());
    }

    #[test]
    fn failures_are_a_share_of_first_tries() {
        let mut load = LoadTally::default();
        load.add(&minute(12.0), 10);
        let summary = load.summary();
        assert_eq!(summary.failed_requests, 60.0);
        assert_eq!(summary.failed_percent, Some(1.0));
        assert_eq!(summary.response.p99_max_minute_s, Some(1.2));
    }

    #[test]
    fn no_quantile_of_the_whole_is_beyond_those_of_its_minutes() {
        let mut load = LoadTally::default();
        for tail_s in [4.92e-6, 0.649] {
            let quantiles = [tail_s / 4.0, tail_s / 3.0, tail_s / 2.0, tail_s];
            let minute = ServicePeriod {
                response_quantiles: quantiles,
                ..minute(12.0)
            };
            load = LoadTally::default();
            load.add(&minute, 10);
            // In its steps of 2.5 % the whole is a little above, and at 10 µs at the least.
            let mut responses = Histogram::new();
            for (value, share) in quantiles.into_iter().zip([0.5, 0.4, 0.05, 0.05]) {
                responses.add_value(1.02 * value, 6_000.0 * share);
            }
            load.add_totals(&responses, &[]);
            let told = load.response();
            let all = [told.p50_s, told.p90_s, told.p95_s, told.p99_s];
            assert_eq!(all, quantiles.map(Some));
            assert_eq!(told.p99_max_minute_s, Some(tail_s));
        }
        // Between unlike minutes it is what the steps say.
        load.add(&minute(12.0), 10);
        let (p99, most) = (load.response().p99_s, load.response().p99_max_minute_s);
        assert!(p99 < most, "{p99:?} {most:?}");
    }
}
