//! What the exact model measures: figures, and those of a service along a path of load and tasks.

use super::fine::{FineHistogram, HALF_BIN};
use super::service::Service;
use crate::demand::period::ServicePeriod;
use crate::demand::requests::{Answer, Areas, Fleet, ServerId, Totals, Watch};
use crate::engine::random::{NameHash, Streams};
use crate::experiment::statistics::{mean_interval, student_t_quantile};

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
    /// By how much they may be off by chance.
    pub(super) chance: Chance,
}

/// Half of the 99.9 % interval of each figure: points of a share, percent of the others. That of a
/// percentile has half a bin of its histogram besides.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub(super) struct Chance {
    pub(super) utilization: f64,
    pub(super) number: f64,
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) failed: f64,
    pub(super) tries: f64,
}

impl Chance {
    /// Of a run that is too short to have settled.
    pub(super) const UNKNOWN: Chance = Chance {
        utilization: f64::INFINITY,
        number: f64::INFINITY,
        mean: f64::INFINITY,
        p50: f64::INFINITY,
        p95: f64::INFINITY,
        p99: f64::INFINITY,
        failed: f64::INFINITY,
        tries: f64::INFINITY,
    };
}

/// Replications are taken together to so many at most: a percentile needs some requests.
const BATCHES_MAX: u64 = 12;

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
            chance: Chance::default(),
        }
    }

    /// How far the figures of batches are apart.
    fn apart(&self, batches: &[Figures]) -> Chance {
        let of = |figure: fn(&Figures) -> f64| {
            let values: Vec<f64> = batches.iter().map(figure).collect();
            100.0 * half_width(&values)
        };
        let share = |half: f64, of: f64| if 0.0 < of { half / of } else { 0.0 };
        Chance {
            utilization: of(|it| it.utilization),
            number: share(of(|it| it.number), self.number),
            mean: share(of(|it| it.mean_s), self.mean_s),
            p50: share(of(|it| it.p50_s), self.p50_s) + HALF_BIN,
            p95: share(of(|it| it.p95_s), self.p95_s) + HALF_BIN,
            p99: share(of(|it| it.p99_s), self.p99_s) + HALF_BIN,
            failed: of(|it| it.failed_tries),
            tries: share(of(|it| it.tries), self.tries),
        }
    }
}

/// Response times and counts of a stretch, over some replications.
#[derive(Clone, Default)]
struct Sums {
    histogram: FineHistogram,
    totals: Totals,
    areas: Areas,
    /// Seconds, and slots × seconds, over the replications.
    seconds: f64,
    slot_s: f64,
    replications: f64,
}

impl Sums {
    /// Adds what a replication has seen between two looks at so many slots.
    fn add(
        &mut self,
        before: &(Totals, Areas),
        after: &(Totals, Areas),
        [seconds, slots]: [f64; 2],
    ) {
        let (old, new) = (&before.0, &after.0);
        self.totals.arrived += new.arrived - old.arrived;
        self.totals.first_tries += new.first_tries - old.first_tries;
        self.totals.target_5xx += new.target_5xx - old.target_5xx;
        self.totals.elb_5xx += new.elb_5xx - old.elb_5xx;
        self.totals.timed_out += new.timed_out - old.timed_out;
        self.areas.in_system_s += after.1.in_system_s - before.1.in_system_s;
        self.areas.busy_s += after.1.busy_s - before.1.busy_s;
        self.seconds += seconds;
        self.slot_s += slots * seconds;
        self.replications += 1.0;
    }

    fn merge(&mut self, other: &Sums) {
        self.histogram.merge(&other.histogram, 1.0);
        let none = (Totals::default(), Areas::default());
        self.add(&none, &(other.totals, other.areas), [0.0, 0.0]);
        self.seconds += other.seconds;
        self.slot_s += other.slot_s;
        self.replications += other.replications - 1.0;
    }

    fn figures(&self) -> Figures {
        let of = |q: f64| self.histogram.quantile(q);
        let (arrived, first) = (self.totals.arrived as f64, self.totals.first_tries as f64);
        let failed = self.totals.target_5xx + self.totals.elb_5xx + self.totals.timed_out;
        Figures {
            requests: self.histogram.count / self.replications.max(1.0),
            number: self.areas.in_system_s / self.seconds.max(1e-300),
            utilization: self.areas.busy_s / self.slot_s.max(1e-300),
            mean_s: self.histogram.sum / self.histogram.count.max(1e-300),
            p50_s: of(0.5),
            p95_s: of(0.95),
            p99_s: of(0.99),
            failed_tries: failed as f64 / arrived.max(1.0),
            tries: arrived / first.max(1.0),
            chance: Chance::default(),
        }
    }
}

/// The figures of all batches together, how sure they are, and those of each batch.
fn together<'s>(batches: impl Iterator<Item = &'s Sums>) -> (Figures, Vec<Figures>) {
    let mut all = Sums::default();
    let mut each = Vec::with_capacity(BATCHES_MAX as usize);
    for batch in batches {
        all.merge(batch);
        each.push(batch.figures());
    }
    let figures = all.figures();
    let figures = Figures {
        chance: figures.apart(&each),
        ..figures
    };
    (figures, each)
}

/// Half of the 99.9 % interval of a mean.
pub(super) fn half_width(values: &[f64]) -> f64 {
    let degrees = values.len().saturating_sub(1).max(1) as f64;
    let wider = student_t_quantile(0.9995, degrees) / student_t_quantile(0.975, degrees);
    let half = mean_interval(values).and_then(|it| it.half_width);
    half.map_or(f64::INFINITY, |half| wider * half)
}

pub(super) fn fleet(
    service: &Service,
    (seed, name): Key<'_>,
    replication: u64,
) -> (Fleet, Vec<ServerId>) {
    let key = (Streams::new(seed, replication), NameHash::of(name));
    let mut fleet = Fleet::new(service.routing, service.clients, key, 0.0);
    let work = service.work();
    let tasks = (0..service.tasks).map(|_| fleet.join(&work)).collect();
    (fleet, tasks)
}

/// A minute of a path: the rate, and how many tasks answer from its beginning on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Minute {
    pub(super) rate_per_s: f64,
    pub(super) tasks: u32,
}

/// Takes answers by the minute they are given in.
struct ByMinute<'m> {
    minute: usize,
    sums: &'m mut [Sums],
}

impl Watch for ByMinute<'_> {
    fn answered(&mut self, answer: &Answer) {
        if let Some(seconds) = answer.seen_s() {
            self.sums[self.minute].histogram.add(seconds);
        }
    }
}

/// A service along a path from empty, minute by minute, the mean over `replications` and that of
/// each batch of them. Tasks that leave finish what they have.
pub(super) fn along(
    service: &Service,
    path: &[Minute],
    replications: u64,
    key: Key<'_>,
) -> Vec<(Figures, Vec<Figures>)> {
    // By batch and minute.
    let count = replications.min(BATCHES_MAX);
    let mut batches = vec![vec![Sums::default(); path.len()]; count as usize];
    let work = service.work();
    for replication in 0..replications {
        let (mut fleet, mut tasks) = fleet(service, key, replication);
        let mut watch = ByMinute {
            minute: 0,
            sums: &mut batches[(replication % count) as usize],
        };
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
            let slots = f64::from(minute.tasks * service.shape.slots);
            let after = (fleet.totals(), fleet.areas());
            watch.sums[index].add(&before, &after, [60.0, slots]);
        }
    }
    let of = |minute: usize| together(batches.iter().map(|batch| &batch[minute]));
    (0..path.len()).map(of).collect()
}
