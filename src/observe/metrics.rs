//! The sink of CloudWatch's metrics: each service's load and counts by period.
//!
//! Periods that saw the same are one entry (a quiet service costs nothing), and each entry is a
//! record from which all metrics are derived when they are read.

mod capacity;
mod jobs;

use std::collections::BTreeMap;

use crate::demand::period::{PERIOD, QUANTILES, ServicePeriod};
use crate::engine::{SimDuration, SimTime};
use crate::observe::gauge::{CountsGauge, CountsRun, push_counts};
use crate::observe::observation::Observation;
use crate::observe::series::{LoadRun, LoadSample, MetricStore, ServiceSeries};
use crate::observe::states::Layer;
use crate::policy::load::Histogram;
use crate::scenario::plan::Plan;
use crate::world::task::Owner;

use capacity::CapacitySink;
pub use capacity::{CLUSTER_LEVELS, GROUP_LEVELS, REGISTERED};
use jobs::JobsSink;

/// The sink of CloudWatch's metrics.
#[derive(Clone, Debug)]
pub struct MetricSink {
    period: SimDuration,
    /// Minutes of a period.
    minutes: u64,
    services: Vec<ServiceSink>,
    /// RUNNING tasks of the cluster by period, from tasks that are gone. Not the charts' table of
    /// states: its columns grow with the run's length, and these periods do not.
    running: Layer,
    jobs: JobsSink,
    /// Containers that were started again, by whose and by period.
    restarts: BTreeMap<(Owner, u32), u32>,
    capacity: CapacitySink,
}

#[derive(Clone, Debug)]
struct ServiceSink {
    gauge: CountsGauge,
    counts: Vec<CountsRun>,
    loads: Vec<LoadRun>,
    open: OpenLoad,
}

/// A period of several minutes that is not over.
#[derive(Clone, Debug, Default)]
struct OpenLoad {
    index: u64,
    minutes: u64,
    sum: ServicePeriod,
    response_sum_s: f64,
    /// Whose response times they are.
    answered: f64,
    cpu_percent: Range,
    memory_percent: Range,
    /// Of minutes that differ: their response times together.
    responses: Histogram,
}

#[derive(Clone, Copy, Debug)]
struct Range {
    min: f64,
    max: f64,
}

impl Default for Range {
    fn default() -> Self {
        Range {
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }
}

impl Range {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.min = self.min.min(value);
            self.max = self.max.max(value);
        }
    }

    fn bounds(self) -> [f32; 2] {
        if self.min <= self.max {
            [self.min as f32, self.max as f32]
        } else {
            [0.0; 2]
        }
    }
}

impl MetricSink {
    /// Series of this period, a multiple of 60 s.
    pub fn new(plan: &Plan, period: SimDuration) -> Self {
        let minutes = (period.as_micros() / PERIOD.as_micros()).max(1);
        let period = SimDuration::from_micros(minutes * PERIOD.as_micros());
        let service = || ServiceSink {
            gauge: CountsGauge::new(period),
            counts: Vec::new(),
            loads: Vec::new(),
            open: OpenLoad::default(),
        };
        MetricSink {
            period,
            minutes,
            services: plan.services.iter().map(|_| service()).collect(),
            running: Layer::default(),
            jobs: JobsSink::new(plan),
            restarts: BTreeMap::new(),
            capacity: CapacitySink::new(plan, period),
        }
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        match what {
            Observation::ServiceCounts {
                service, counts, ..
            } => {
                let sink = &mut self.services[service.index()];
                let runs = &mut sink.counts;
                sink.gauge.set(at, *counts, |run| push_counts(runs, run));
            }
            Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            } => {
                let sink = &mut self.services[service.index()];
                sink.add(*first, *count, period, self.minutes);
            }
            Observation::Capacity(what) => self.capacity.observe(at, what),
            Observation::TaskGone(record) => {
                let (from, to) = record.times.running(at);
                let period = self.period.as_micros();
                self.running.add(from.as_micros(), to.as_micros(), period);
                self.jobs.task_gone(at, record, self.period);
            }
            Observation::ContainerRestarted { owner } => {
                let period = at.as_micros() / self.period.as_micros();
                *self.restarts.entry((*owner, period as u32)).or_default() += 1;
            }
            Observation::TaskStarted { .. }
            | Observation::TaskInterrupted { .. }
            | Observation::LaunchRefused { .. }
            | Observation::Scaling { .. }
            | Observation::AlarmState { .. }
            | Observation::ProviderPicked { .. }
            | Observation::Deployment { .. }
            | Observation::SpotRegime { .. }
            | Observation::JobFinished { .. }
            | Observation::Called { .. }
            | Observation::CallFailed { .. }
            | Observation::JobsWaiting { .. } => {}
        }
    }

    /// Closes all periods at the end of the run.
    pub fn finish(self, ended_at: SimTime) -> MetricStore {
        let close = |mut sink: ServiceSink| {
            let runs = &mut sink.counts;
            sink.gauge.finish(ended_at, |run| push_counts(runs, run));
            sink.close();
            ServiceSeries {
                counts: sink.counts,
                loads: sink.loads,
            }
        };
        let (period_us, ended_us) = (self.period.as_micros(), ended_at.as_micros());
        let running = self.running.means(period_us, ended_us);
        MetricStore {
            period: self.period,
            cluster_tasks: running.map(|mean| mean as f32).collect(),
            services: self.services.into_iter().map(close).collect(),
            jobs: self.jobs.finish(period_us, ended_us),
            restarts: self.restarts,
            capacity: self.capacity.finish(ended_at),
        }
    }
}

impl ServiceSink {
    /// Adds `count` minutes from `first` on, all like `minute`.
    fn add(&mut self, first: u64, count: u64, minute: &ServicePeriod, minutes: u64) {
        let (mut first, mut left) = (first, count);
        while 0 < left {
            let index = first / minutes;
            if self.open.index != index {
                self.close();
            }
            let whole = if first.is_multiple_of(minutes) {
                left / minutes
            } else {
                0
            };
            let taken = if 0 < whole {
                self.push(index, whole, LoadSample::alike(minute, minutes));
                whole * minutes
            } else {
                let taken = left.min((index + 1) * minutes - first);
                self.open.index = index;
                self.open.add(minute, taken);
                taken
            };
            first += taken;
            left -= taken;
            if first.is_multiple_of(minutes) {
                self.close();
            }
        }
    }

    fn close(&mut self) {
        if 0 < self.open.minutes {
            let sample = self.open.sample();
            self.push(self.open.index, 1, sample);
            self.open.clear();
        }
    }

    fn push(&mut self, first: u64, count: u64, sample: LoadSample) {
        let (first, count) = (first as u32, count as u32);
        match self.loads.last_mut() {
            Some(last) if last.sample == sample && last.first + last.count == first => {
                last.count += count;
            }
            Some(_) | None => self.loads.push(LoadRun {
                first,
                count,
                sample,
            }),
        }
    }
}

impl OpenLoad {
    fn add(&mut self, minute: &ServicePeriod, minutes: u64) {
        let times = minutes as f64;
        self.minutes += minutes;
        self.sum.requests += minute.requests * times;
        self.sum.target_5xx += minute.target_5xx * times;
        self.sum.elb_5xx += minute.elb_5xx * times;
        self.sum.elb_502 += minute.elb_502 * times;
        self.sum.elb_504 += minute.elb_504 * times;
        self.sum.cpu_used += minute.cpu_used * times;
        self.sum.cpu_reserved += minute.cpu_reserved * times;
        self.sum.memory_used += minute.memory_used * times;
        self.sum.memory_reserved += minute.memory_reserved * times;
        self.sum.serving += minute.serving * times;
        self.sum.capacity += minute.capacity * times;
        self.sum.failed += minute.failed * times;
        self.sum.timed_out += minute.timed_out * times;
        self.sum.in_flight += minute.in_flight * times;
        self.sum.queued += minute.queued * times;
        self.sum.received += minute.received * times;
        self.sum.distrust_s += minute.distrust_s * times;
        self.sum.oldest_s += minute.oldest_s * times;
        let answered = minute.answered() * times;
        self.response_sum_s += minute.response_mean * answered;
        self.answered += answered;
        self.cpu_percent.add(minute.cpu_utilization());
        self.memory_percent.add(minute.memory_utilization());
        add_law(&mut self.responses, minute, times);
    }

    fn sample(&self) -> LoadSample {
        let minutes = self.minutes as f64;
        let mut whole = self.sum;
        whole.serving /= minutes;
        whole.capacity /= minutes;
        whole.in_flight /= minutes;
        whole.queued /= minutes;
        whole.oldest_s /= minutes;
        if 0.0 < self.answered {
            whole.response_mean = self.response_sum_s / self.answered;
        }
        for (quantile, u) in whole.response_quantiles.iter_mut().zip(QUANTILES) {
            *quantile = self.responses.quantile_s(u).unwrap_or(0.0);
        }
        let mut sample = LoadSample::of(&whole, self.minutes);
        sample.cpu_percent_min_max = self.cpu_percent.bounds();
        sample.memory_percent_min_max = self.memory_percent.bounds();
        sample
    }

    fn clear(&mut self) {
        let mut responses = std::mem::take(&mut self.responses);
        responses.clear();
        *self = OpenLoad {
            responses,
            ..OpenLoad::default()
        };
    }
}

/// Adds a minute's response times as its quantiles tell them: straight lines in the logarithm
/// between them, the ends mirrored. Percentiles of periods of several unlike minutes are those of
/// this mixture (ASSUMPTION); a period of one minute keeps its own.
fn add_law(responses: &mut Histogram, minute: &ServicePeriod, times: f64) {
    if minute.answered() <= 0.0 {
        return;
    }
    let [p50, p90, p95, p99] = minute.response_quantiles;
    let mirrored = |near: f64, far: f64| if 0.0 < far { near * near / far } else { near };
    let edges = [
        (0.0, mirrored(p50, p90)),
        (0.5, p50),
        (0.9, p90),
        (0.95, p95),
        (0.99, p99),
        (1.0, mirrored(p99, p95)),
    ];
    for pair in edges.windows(2) {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        let weight = (to - from) * minute.answered() * times / 2.0;
        let ratio = if 0.0 < low { high / low } else { 1.0 };
        for place in [0.25, 0.75] {
            responses.add_value(low * libm::pow(ratio, place), weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sink() -> ServiceSink {
        ServiceSink {
            gauge: CountsGauge::new(SimDuration::from_secs(300)),
            counts: Vec::new(),
            loads: Vec::new(),
            open: OpenLoad::default(),
        }
    }

    fn minute(requests: f64) -> ServicePeriod {
        ServicePeriod {
            requests,
            cpu_used: requests / 10.0,
            cpu_reserved: 60.0,
            serving: 2.0,
            response_mean: 0.1,
            response_quantiles: [0.08, 0.15, 0.2, 0.4],
            ..ServicePeriod::default()
        }
    }

    #[test]
    fn a_quiet_week_is_one_entry_at_any_period() {
        for minutes in [1, 5, 60] {
            let mut sink = sink();
            for day in 0..7 {
                sink.add(day * 1_440, 1_440, &minute(60.0), minutes);
            }
            assert_eq!(sink.loads.len(), 1);
            let run = sink.loads[0];
            assert_eq!(u64::from(run.count) * minutes, 10_080);
            assert_eq!(run.sample.requests, 60.0 * minutes as f64);
        }
    }

    #[test]
    fn unlike_minutes_of_a_period_are_added_up() {
        // Minutes 3 to 11 in periods of 5: [3, 5) [5, 10) [10, 12).
        let mut sink = sink();
        sink.add(3, 1, &minute(60.0), 5);
        sink.add(4, 8, &minute(120.0), 5);
        sink.close();
        let shown: Vec<_> = sink
            .loads
            .iter()
            .map(|run| {
                (
                    run.first,
                    run.count,
                    run.sample.requests,
                    run.sample.minutes,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [(0, 1, 180.0, 2), (1, 1, 600.0, 5), (2, 1, 240.0, 2)]
        );
        // Utilisation 10 % and 20 %: 18 of 120 vCPU-seconds.
        let first = sink.loads[0].sample;
        assert_eq!(first.cpu_percent_min_max, [10.0, 20.0]);
        assert!((first.cpu_used - 18.0).abs() < 1e-4);
    }

    #[test]
    fn a_mixture_of_equal_minutes_keeps_their_percentiles() {
        let mut sink = sink();
        sink.add(0, 1, &minute(60.0), 5);
        sink.add(1, 3, &minute(61.0), 5);
        sink.close();
        let quantiles = sink.loads[0].sample.response_quantiles;
        for (found, expected) in quantiles.iter().zip([0.08_f32, 0.15, 0.2, 0.4]) {
            assert!((found / expected - 1.0).abs() < 0.12, "{found} {expected}");
        }
    }
}
