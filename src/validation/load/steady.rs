//! What the exact model measures of a settled service: replications until they are sure enough.

use crate::demand::requests::{Answer, Areas, Totals, Watch};
use crate::policy::load::Task;

use super::controls::{Drawn, Weights};
use super::fine::{FineHistogram, HALF_BIN};
use super::service::Service;
use super::truth::{Chance, Figures, Key, fleet};

/// How the figures of a settled service are made sure, for the page.
pub(super) const CONTROLLED: &str = "What chance drew is taken off the exact model's figures by \
     control variates (Lavenberg and Welch, Management Science 27, 1981): regression over the \
     replications on the number of arrivals and the moments of their work (first, second and 1.5th \
     of a lognormal law; the first only where requests share a CPU; none where a failed try comes \
     again, or a replication is shorter than its longest work), whose expectations are known, with \
     as many fewer degrees of freedom in Student's interval. Percentiles are of bins of 0.1 to \
     0.2 %.";

/// How a service at a constant rate is played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settling {
    /// Tries to be measured, in all replications, at least.
    pub(super) requests: f64,
    /// Tries to be measured, at most: replications are doubled until figures are sure enough.
    pub(super) requests_most: f64,
    /// At least.
    pub(super) replications: u64,
    /// Seconds at three times the capacity, before anything else: to fill the queue.
    pub(super) fill_s: f64,
    /// Seconds of warm-up, at least; a quarter of what is measured, if that is more.
    pub(super) settle_s: f64,
    /// Seconds of warm-up, at most.
    pub(super) settle_most_s: f64,
    /// How many such warm-ups a replication has to be long: less says nothing of what is rare.
    pub(super) settlings_least: f64,
}

impl Settling {
    /// From empty.
    pub(super) fn from_empty(requests: f64, replications: u64) -> Self {
        Settling {
            requests,
            requests_most: requests,
            replications,
            fill_s: 0.0,
            settle_s: 0.0,
            settle_most_s: f64::INFINITY,
            settlings_least: 5.0,
        }
    }

    /// From empty, at this load of patient clients: with a warm-up of several times what work and
    /// queue take to forget how they began, if that is possible within `most` holding times.
    pub(super) fn at_load(self, service: &Service, load: f64, most: f64) -> Self {
        let holding_s = Task::new(service.shape).holding_alone_s;
        let (idle, slots) = (1.0 - load, f64::from(service.shape.slots));
        let varied = 1.0 + service.shape.cv * service.shape.cv;
        let work = 15.0 + 5.0 * varied;
        let queue = 1.5 * varied / (slots * idle * idle);
        Settling {
            settle_s: holding_s * work.max(queue),
            settle_most_s: holding_s * most,
            ..self
        }
    }

    /// In more replications, up to `most`, as long as each is long enough.
    pub(super) fn as_many(self, most: u64, rate_per_s: f64) -> Self {
        let longest = (self.settlings_least * self.settle_s * rate_per_s).max(1.0);
        let fit = (self.requests / longest) as u64;
        Settling {
            replications: fit.min(most).max(self.replications),
            ..self
        }
    }

    /// With so many tries as it takes, at most.
    pub(super) fn up_to(self, requests_most: f64) -> Self {
        Settling {
            requests_most,
            ..self
        }
    }
}

/// A replication's measured stretch.
struct Played {
    histogram: FineHistogram,
    arrived: f64,
    first_tries: f64,
    failed: f64,
    in_system_s: f64,
    busy_s: f64,
    drawn: Drawn,
}

/// Takes the answers from an instant on. Not those to the requests that arrive from then on: the
/// slowest of them would still be there at the end.
struct Settled {
    from_s: f64,
    histogram: FineHistogram,
    /// Answered in time or not.
    answered: f64,
    /// Sums of x, x^1.5 and x² of slot-holding times, in mean ones.
    powers: [f64; 3],
    per_holding_s: f64,
}

impl Watch for Settled {
    #[inline]
    fn answered(&mut self, answer: &Answer) {
        if self.from_s <= answer.answered_s {
            if let Some(seconds) = answer.seen_s() {
                self.histogram.add(seconds);
            }
            self.answered += 1.0;
            let held = (answer.answered_s - answer.started_s) * self.per_holding_s;
            self.powers[0] += held;
            self.powers[1] += held * libm::sqrt(held);
            self.powers[2] += held * held;
        }
    }
}

/// Plays single replications.
struct Player<'p> {
    service: &'p Service,
    rate_per_s: f64,
    fill_s: f64,
    from_s: f64,
    length_s: f64,
    key: Key<'p>,
}

/// Holding times that a replication takes, times the fourth power of √(1 + CV²), for its work to be
/// a control.
const WORKS_SEEN: f64 = 10.0;

impl Player<'_> {
    fn ends_s(&self) -> f64 {
        self.from_s + self.length_s
    }

    fn play(&self, replication: u64) -> Played {
        let Player {
            service, from_s, ..
        } = *self;
        let (mut fleet, _) = fleet(service, self.key, replication);
        let mut watch = Settled {
            from_s,
            histogram: FineHistogram::new(),
            answered: 0.0,
            powers: [0.0; 3],
            per_holding_s: 1.0 / Task::new(service.shape).holding_alone_s,
        };
        if 0.0 < self.fill_s {
            fleet.set_rate(3.0 * service.capacity_per_s(service.tasks));
            fleet.advance(self.fill_s, u64::MAX, &mut watch);
        }
        fleet.set_rate(self.rate_per_s);
        fleet.advance(from_s, u64::MAX, &mut watch);
        let before = (fleet.totals(), fleet.areas());
        fleet.advance(self.ends_s(), u64::MAX, &mut watch);
        let after = (fleet.totals(), fleet.areas());
        self.played(watch, &before, &after)
    }

    fn played(&self, watch: Settled, old: &(Totals, Areas), new: &(Totals, Areas)) -> Played {
        let more = |of: fn(&Totals) -> u64| (of(&new.0) - of(&old.0)) as f64;
        let first_tries = more(|it| it.first_tries);
        let cpu_s = new.1.cpu_s - old.1.cpu_s;
        Played {
            arrived: more(|it| it.arrived),
            first_tries,
            failed: more(|it| it.target_5xx + it.elb_5xx + it.timed_out),
            in_system_s: new.1.in_system_s - old.1.in_system_s,
            busy_s: new.1.busy_s - old.1.busy_s,
            drawn: self.drawn(first_tries, cpu_s, &watch),
            histogram: watch.histogram,
        }
    }

    /// What chance drew, less what is expected of it: see [`super::controls`].
    fn drawn(&self, first_tries: f64, cpu_s: f64, watch: &Settled) -> Drawn {
        let service = self.service;
        let expected = self.rate_per_s * self.length_s;
        let arrivals = first_tries / expected - 1.0;
        let answered = watch.answered;
        let mut drawn = [arrivals, 0.0, 0.0, 0.0];
        // What takes longer than all of the replication is never answered in it, and the answered
        // ones have less than their expectation; too little of the work's square to matter is in
        // those longer than this (1.4 % at a CV of 4).
        let squares = 1.0 + service.shape.cv * service.shape.cv;
        let is_long = WORKS_SEEN * squares * squares <= self.ends_s() * watch.per_holding_s;
        // A further try repeats the work of one that failed, maybe because it was long.
        if !is_long || 0 < service.clients.retry_attempts {
            return drawn;
        }
        if service.is_shared() {
            // Others slow a request: its time in a slot is no draw, but its work is.
            let work_s = service.shape.cpu_s * answered;
            drawn[1] = (cpu_s - work_s) / (service.shape.cpu_s * expected);
            return drawn;
        }
        // E[x^a] of lognormal x is (1 + CV²)^(a (a - 1) / 2).
        let [one, more, two] = watch.powers;
        drawn[1] = (one - answered) / expected;
        drawn[2] = (two / squares - answered) / expected;
        if service.law.is_none() {
            drawn[3] = (more / libm::pow(squares, 0.375) - answered) / expected;
        }
        drawn
    }
}

/// A service at a constant rate, settled: replications are doubled until `suffices` says so of the
/// intervals, or as many as there may be.
pub(super) fn settled(
    service: &Service,
    rate_per_s: f64,
    how: &Settling,
    suffices: &dyn Fn(&Figures) -> bool,
    key: Key<'_>,
) -> Figures {
    let length_s = how.requests / how.replications as f64 / rate_per_s;
    let settle_s = how.settle_s.min(how.settle_most_s).max(0.25 * length_s);
    let player = Player {
        service,
        rate_per_s,
        fill_s: how.fill_s,
        from_s: how.fill_s + settle_s,
        length_s,
        key,
    };
    let slots = f64::from(service.tasks * service.shape.slots);
    let most = (how.requests_most / how.requests * how.replications as f64) as u64;
    let mut played: Vec<Played> = Vec::new();
    let mut figures;
    let mut count = how.replications;
    loop {
        played.extend((played.len() as u64..count).map(|replication| player.play(replication)));
        figures = together(&played, slots * length_s, length_s);
        if suffices(&figures) || most < 2 * count {
            break;
        }
        count *= 2;
    }
    let is_long = how.settlings_least * how.settle_s <= length_s;
    let is_settled = how.settle_s <= settle_s && is_long;
    Figures {
        chance: if is_settled {
            figures.chance
        } else {
            Chance::UNKNOWN
        },
        ..figures
    }
}

/// The figures of all replications together, and how sure they are.
fn together(played: &[Played], slot_s: f64, length_s: f64) -> Figures {
    let drawn: Vec<Drawn> = played.iter().map(|it| it.drawn).collect();
    let weights = Weights::new(&drawn);
    // A share of sums, and half of its interval: that of the weighted differences from it.
    let share = |above: &dyn Fn(&Played) -> f64, below: &dyn Fn(&Played) -> f64| {
        let sum = |of: &dyn Fn(&Played) -> f64| {
            let pairs = played.iter().zip(&weights.weights);
            pairs.map(|(it, weight)| weight * of(it)).sum::<f64>()
        };
        let all = sum(below).max(1e-300);
        let share = sum(above) / all;
        let off = |it: &Played| (above(it) - share * below(it)) / all;
        let off: Vec<f64> = played.iter().map(off).collect();
        (share, weights.half_width(&off))
    };
    let mut histogram = FineHistogram::new();
    for (it, weight) in played.iter().zip(&weights.weights) {
        histogram.merge(&it.histogram, *weight);
    }
    let quantile = |level: f64| {
        let value = histogram.quantile(level);
        let (_, half) = share(&|it| it.histogram.above(value), &|it| it.histogram.count);
        if half < level.min(1.0 - level) {
            let [low, high] = [level - half, level + half].map(|it| histogram.quantile(it));
            (value, 50.0 * (high - low) / value.max(1e-300) + HALF_BIN)
        } else {
            (value, f64::INFINITY)
        }
    };
    let percent = |(value, half): (f64, f64)| {
        if 0.0 < value {
            100.0 * half / value
        } else {
            0.0
        }
    };
    let number = share(&|it| it.in_system_s, &|_| length_s);
    let utilization = share(&|it| it.busy_s, &|_| slot_s);
    let mean = share(&|it| it.histogram.sum, &|it| it.histogram.count);
    let failed = share(&|it| it.failed, &|it| it.arrived);
    let tries = share(&|it| it.arrived, &|it| it.first_tries);
    let [p50, p95, p99] = [0.5, 0.95, 0.99].map(quantile);
    Figures {
        requests: histogram.count,
        number: number.0,
        utilization: utilization.0,
        mean_s: mean.0,
        p50_s: p50.0,
        p95_s: p95.0,
        p99_s: p99.0,
        failed_tries: failed.0,
        tries: tries.0,
        chance: Chance {
            utilization: 100.0 * utilization.1,
            number: percent(number),
            mean: percent(mean),
            p50: p50.1,
            p95: p95.1,
            p99: p99.1,
            failed: 100.0 * failed.1,
            tries: percent(tries),
        },
    }
}
