//! What the exact model measures: a settled service, or one whose load and tasks follow a path.

use crate::demand::period::ServicePeriod;
use crate::demand::requests::{Answer, Areas, Fleet, ServerId, Totals, Watch};
use crate::engine::random::{NameHash, Streams};
use crate::experiment::statistics::{mean_interval, student_t_quantile};
use crate::policy::load::Histogram;

use super::service::Service;

/// The figures of a stretch of time.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Figures {
    /// Requests answered, of one replication.
    pub(super) requests: f64,
    /// Mean number in system.
    pub(super) number: f64,
    /// Mean share of slots taken.
    pub(super) utilization: f64,
    /// Mean response time, seconds.
    pub(super) mean_s: f64,
    /// Median.
    pub(super) p50_s: f64,
    /// 95 of 100 are faster.
    pub(super) p95_s: f64,
    /// 99 of 100 are faster.
    pub(super) p99_s: f64,
    /// Tries that failed over tries.
    pub(super) failed_tries: f64,
    /// Tries over first tries.
    pub(super) tries: f64,
    /// Half of the 99.9 % interval of the mean (of the number, on a path), as a share of it.
    pub(super) half_width: f64,
    /// The same of the 99th percentile; of a settled service only.
    pub(super) half_width_p99: f64,
}

/// The draws of a comparison: its seed, and its name.
pub(super) type Key<'k> = (u64, &'k str);

impl Figures {
    /// The same figures of a minute of the fluid model.
    pub(super) fn of_period(period: &ServicePeriod) -> Self {
        let [p50_s, _, p95_s, p99_s] = period.response_quantiles;
        let failed = period.target_5xx + period.elb_5xx + period.timed_out;
        Figures {
            requests: period.requests,
            number: period.in_flight,
            utilization: period.memory_used / period.memory_reserved.max(1e-300),
            mean_s: period.response_mean,
            p50_s,
            p95_s,
            p99_s,
            failed_tries: failed / period.requests.max(1e-300),
            tries: period.requests / period.first_tries.max(1e-300),
            half_width: 0.0,
            half_width_p99: 0.0,
        }
    }
}

/// Response times and counts of a stretch, over the replications.
#[derive(Clone, Default)]
struct Sums {
    histogram: Histogram,
    totals: Totals,
    areas: Areas,
    means: Vec<f64>,
    p99s: Vec<f64>,
    numbers: Vec<f64>,
}

impl Sums {
    /// Adds what a replication has seen between two looks.
    fn add(&mut self, before: &(Totals, Areas), after: &(Totals, Areas), seconds: f64) {
        let (old, new) = (&before.0, &after.0);
        self.totals.arrived += new.arrived - old.arrived;
        self.totals.first_tries += new.first_tries - old.first_tries;
        self.totals.target_5xx += new.target_5xx - old.target_5xx;
        self.totals.elb_5xx += new.elb_5xx - old.elb_5xx;
        self.totals.timed_out += new.timed_out - old.timed_out;
        let in_system_s = after.1.in_system_s - before.1.in_system_s;
        self.areas.in_system_s += in_system_s;
        self.areas.busy_s += after.1.busy_s - before.1.busy_s;
        self.numbers.push(in_system_s / seconds);
    }

    /// The figures, `slot_s` slot-seconds and `seconds` having passed in each replication.
    fn figures(&self, replications: f64, slot_s: f64, seconds: f64, by: &[f64]) -> Figures {
        let of = |q: f64| self.histogram.quantile_s(q).unwrap_or(0.0);
        let (arrived, first) = (self.totals.arrived as f64, self.totals.first_tries as f64);
        let failed = self.totals.target_5xx + self.totals.elb_5xx + self.totals.timed_out;
        Figures {
            requests: self.histogram.count() / replications,
            number: self.areas.in_system_s / (seconds * replications),
            utilization: self.areas.busy_s / (slot_s * replications).max(1e-300),
            mean_s: self.histogram.mean_s().unwrap_or(0.0),
            p50_s: of(0.5),
            p95_s: of(0.95),
            p99_s: of(0.99),
            failed_tries: failed as f64 / arrived.max(1.0),
            tries: arrived / first.max(1.0),
            half_width: half_width(by),
            half_width_p99: half_width(&self.p99s),
        }
    }
}

/// Half of the 99.9 % interval of a mean over replications, as a share of it.
fn half_width(values: &[f64]) -> f64 {
    let degrees = values.len().saturating_sub(1).max(1) as f64;
    let wider = student_t_quantile(0.9995, degrees) / student_t_quantile(0.975, degrees);
    let interval = mean_interval(values);
    let half = interval.and_then(|it| Some(wider * it.half_width? / it.mean));
    half.filter(|half| half.is_finite()).unwrap_or(0.0)
}

/// Takes the answers to requests that arrived from an instant on.
struct Settled {
    from_s: f64,
    histogram: Histogram,
}

impl Watch for Settled {
    fn answered(&mut self, answer: &Answer) {
        if self.from_s <= answer.arrived_s {
            self.histogram
                .add_value(answer.answered_s - answer.arrived_s, 1.0);
        }
    }
}

fn fleet(service: &Service, (seed, name): Key<'_>, replication: u64) -> (Fleet, Vec<ServerId>) {
    let key = (Streams::new(seed, replication), NameHash::of(name));
    let mut fleet = Fleet::new(service.routing, service.clients, key, 0.0);
    let work = service.work();
    let tasks = (0..service.tasks).map(|_| fleet.join(&work)).collect();
    (fleet, tasks)
}

/// A service at a constant rate, settled: `requests` in all, over `replications`, each after a
/// warm-up of a quarter of its length.
pub(super) fn settled(
    service: &Service,
    rate_per_s: f64,
    (requests, replications): (f64, u64),
    key: Key<'_>,
) -> Figures {
    let length_s = requests / replications as f64 / rate_per_s;
    let mut sums = Sums::default();
    for replication in 0..replications {
        let (mut fleet, _) = fleet(service, key, replication);
        fleet.set_rate(rate_per_s);
        let mut watch = Settled {
            from_s: 0.25 * length_s,
            histogram: Histogram::new(),
        };
        fleet.advance(watch.from_s, u64::MAX, &mut watch);
        let before = (fleet.totals(), fleet.areas());
        fleet.advance(1.25 * length_s, u64::MAX, &mut watch);
        sums.add(&before, &(fleet.totals(), fleet.areas()), length_s);
        sums.means.push(watch.histogram.mean_s().unwrap_or(0.0));
        sums.p99s
            .push(watch.histogram.quantile_s(0.99).unwrap_or(0.0));
        sums.histogram.merge(&watch.histogram);
    }
    let slots = f64::from(service.tasks * service.shape.slots);
    let means = sums.means.clone();
    sums.figures(replications as f64, slots * length_s, length_s, &means)
}

/// A minute of a path: the rate, and how many tasks answer from its beginning on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Minute {
    pub(super) rate_per_s: f64,
    pub(super) tasks: u32,
}

/// Takes answers by the minute they are given in.
struct ByMinute {
    minute: usize,
    sums: Vec<Sums>,
}

impl Watch for ByMinute {
    fn answered(&mut self, answer: &Answer) {
        let seconds = answer.answered_s - answer.arrived_s;
        self.sums[self.minute].histogram.add_value(seconds, 1.0);
    }
}

/// A service along a path from empty, minute by minute, the mean over `replications`. Tasks that
/// leave finish what they have.
pub(super) fn along(
    service: &Service,
    path: &[Minute],
    replications: u64,
    key: Key<'_>,
) -> Vec<Figures> {
    let mut watch = ByMinute {
        minute: 0,
        sums: vec![Sums::default(); path.len()],
    };
    let work = service.work();
    for replication in 0..replications {
        let (mut fleet, mut tasks) = fleet(service, key, replication);
        for (index, minute) in path.iter().enumerate() {
            while tasks.len() < minute.tasks as usize {
                tasks.push(fleet.join(&work));
            }
            for task in tasks.drain(minute.tasks as usize..) {
                fleet.drain(task, f64::INFINITY);
            }
            fleet.set_rate(minute.rate_per_s);
            watch.minute = index;
            let before = (fleet.totals(), fleet.areas());
            fleet.advance(60.0 * (index + 1) as f64, u64::MAX, &mut watch);
            watch.sums[index].add(&before, &(fleet.totals(), fleet.areas()), 60.0);
        }
    }
    let figures = |(sums, minute): (&Sums, &Minute)| {
        let slots = f64::from(minute.tasks * service.shape.slots);
        sums.figures(replications as f64, 60.0 * slots, 60.0, &sums.numbers)
    };
    watch.sums.iter().zip(path).map(figures).collect()
}
