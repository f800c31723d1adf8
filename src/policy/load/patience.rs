//! Clients with a limit to their patience: who gives up in the queue, and how long those have
//! waited who are served.
//!
//! Near and above load 1 those who are served have waited nearly as long as clients are patient,
//! and whoever waits that long is answered too late: what decides is how much patience is left when
//! a request gets its slot, its *slack*. Unit of time: the slot-holding time with all slots taken;
//! `θ` the patience, `k` the slots of the queue, `ρ` the load, `S` the work of mean 1.
//!
//! ```text
//! density of the wait of those served    ∝ e^(−a·w), 0 < w < θ      a = (1−ρ)·k/R
//! answered in time, of those who waited    E[P(w < θ − S)]
//! ```
//!
//! Exact for exponential work and Poisson arrivals with `R = 1`. Above load 1 the slack is the work
//! of a queue whose arrivals are the service's completions and whose services are the gaps between
//! arrivals, so that `R` is the mean of two indices of dispersion (diffusion):
//!
//! ```text
//! R = (ca² + I(t))/2      I(t) = 1 + (cs² − 1)·x/(x + K)      x = (0.93·t^0.43)^α
//! 1/t = k(ρ−1)²/R + 1.4·R/(kθ²)
//! ```
//!
//! `I` is that of the completions of `k` busy slots over as long as the slack takes to change:
//! Poisson for short (`I = 1`, many slots drown each other's law), `cs²` in the long run. `α =
//! min(1.7, 1.2/√cs)`, `K = 1.8(1 + cs)`, 0.2 below CV 1, are those of renewal processes of
//! lognormal work (FITTED on a simulation of them); how `t` counts is FITTED on the exact model.
//! Below load 1 the queue seldom reaches `θ`, and `R` is that of the unbounded queue as soon as
//! this is nearer to 1.
//!
//! Behind least outstanding requests each task has a slack of its own: the balancer levels what
//! queues, not how long it takes. `ca² = 1/N + (1 − 1/N)·(cs² + 0.25)/(cs² + 2.25)` (FITTED): it
//! deals evenly to tasks that work evenly. The share that gives up stays the pool's; below load 1
//! the wait is the settled one, cut off at `θ`, and of the tail `Π` beyond it `(1−ρ)Π/(1−ρΠ)` of
//! all give up (exact for one slot and for exponential work).

use std::sync::OnceLock;

use super::curve::Curve;
use super::exp::exp_fast;
use super::special::normal_quantile;
use super::stationary::{Pool, Routing};

/// What patience makes of a settled service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Impatient {
    /// The share of requests whose clients leave the queue.
    pub(super) lost_share: f64,
    /// The share of those served that waited.
    pub(super) wait_share: f64,
    /// The decay of the wait of those over the whole of the patience: `a·θ`.
    pub(super) decay: f64,
}

/// The law of a slot-holding time: lognormal, or constant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holding {
    pub(super) mean_s: f64,
    /// Squared CV, that of the work and of its slowing by others.
    pub(super) cv2: f64,
}

/// Above this load a pool's formulas of a settled queue end.
const LOAD_NEAR: f64 = 0.9999;
/// Rounds until an index of dispersion and its time agree; each shrinks the error to a third.
const ROUNDS: u32 = 6;
/// Parts of equal mass that a law of holding times is taken in.
const PARTS: usize = 48;

impl Impatient {
    /// The settled service under a rate, whatever the load, with clients that wait for `patience_s`
    /// at most.
    pub(super) fn new(curve: &Curve, rate_per_s: f64, patience_s: f64) -> Self {
        let pool = curve.pool();
        let load = curve.load(rate_per_s).max(1e-12);
        let patience = patience_s / pool.task.holding_full_s;
        match pool.routing {
            Routing::LeastOutstanding if 1 < pool.tasks && load < LOAD_NEAR => {
                levelled_below(curve, load, patience_s)
            }
            Routing::LeastOutstanding if 1 < pool.tasks => levelled_above(pool, load, patience),
            Routing::Pooled | Routing::RoundRobin | Routing::LeastOutstanding | Routing::Random => {
                let (below, inverse_loss) = queue_below(pool, load);
                let slots = pool.queues().0;
                let near = Slack {
                    slots,
                    load,
                    patience,
                    arrivals_cv2: pool.arrivals_cv2,
                    work_cv2: pool.work_cv2,
                };
                let dispersion = near.dispersion();
                let dispersion = match load < 1.0 {
                    true if 1.0 < pool.work_cv2 => dispersion.min(below),
                    true => dispersion.max(below),
                    false => dispersion,
                };
                let room = patience * slots / dispersion.max(1e-9);
                Impatient::within(room, (slots, load), inverse_loss)
            }
        }
    }

    /// A queue with room for so much work (in services of all slots together, over `R`), for one
    /// over the loss share of its slots alone.
    pub(super) fn within(room: f64, (slots, load): (f64, f64), inverse_loss: f64) -> Self {
        let decay = (1.0 - load) * room;
        let end = libm::exp(-decay);
        let middle = if libm::fabs(decay) < 1e-6 {
            room * (1.0 - decay / 2.0)
        } else {
            (1.0 - end) / (1.0 - load)
        };
        let less = if slots <= 1.0 {
            1.0
        } else {
            load * (inverse_loss - 1.0)
        };
        let (lost_share, wait_share) = if less.is_infinite() {
            (0.0, 0.0)
        } else if 1e200 <= end {
            (1.0 - 1.0 / load, 1.0)
        } else {
            let waiting = less + load * middle;
            (load * end / (waiting + load * end), load * middle / waiting)
        };
        Impatient {
            lost_share,
            wait_share: if wait_share.is_nan() { 0.0 } else { wait_share },
            decay,
        }
    }

    /// The share of those served that is answered after the client has left.
    pub(super) fn late_share(&self, patience_s: f64, holding: Holding) -> f64 {
        let in_time = holding.mean_over(|s| {
            let left = 1.0 - s / patience_s;
            if left <= 0.0 {
                0.0
            } else {
                self.waits_at_most(left)
            }
        });
        let at_once = holding.mean_over(|s| f64::from(u8::from(s < patience_s)));
        1.0 - (1.0 - self.wait_share) * at_once - self.wait_share * in_time
    }

    /// The share of those who waited that did so for at most this share of the patience.
    fn waits_at_most(&self, share: f64) -> f64 {
        let d = self.decay;
        if -1e-6 < d && d < 1e-6 {
            return share;
        }
        if 0.0 < d {
            return (1.0 - exp_fast(-d * share)) / (1.0 - exp_fast(-d));
        }
        let all = exp_fast(d);
        (exp_fast(d * (1.0 - share)) - all) / (1.0 - all)
    }
}

impl Holding {
    /// The mean of a function of the holding time in seconds.
    fn mean_over(&self, of: impl Fn(f64) -> f64) -> f64 {
        if self.cv2 <= 0.0 {
            return of(self.mean_s);
        }
        let log_variance = libm::log1p(self.cv2);
        let spread = libm::sqrt(log_variance);
        let part = |normal: &f64| of(self.mean_s * exp_fast(spread * normal - 0.5 * log_variance));
        normals().iter().map(part).sum::<f64>() / PARTS as f64
    }
}

/// The middle of each part of the standard normal law.
fn normals() -> &'static [f64; PARTS] {
    static NORMALS: OnceLock<[f64; PARTS]> = OnceLock::new();
    NORMALS
        .get_or_init(|| std::array::from_fn(|i| normal_quantile((i as f64 + 0.5) / PARTS as f64)))
}

/// A queue whose wait reaches the end of patience.
struct Slack {
    slots: f64,
    load: f64,
    /// In slot-holding times.
    patience: f64,
    arrivals_cv2: f64,
    work_cv2: f64,
}

impl Slack {
    /// `R`.
    fn dispersion(&self) -> f64 {
        let (ca2, cs2) = (self.arrivals_cv2, self.work_cv2);
        let cs = libm::sqrt(cs2);
        let excess = self.load - 1.0;
        let drift = self.slots * excess * excess;
        let room = 1.4 / (self.slots * self.patience * self.patience).max(1e-12);
        let power = (1.2 / libm::sqrt(cs.max(1e-6))).min(1.7);
        let half = if cs < 1.0 { 0.2 } else { 1.8 * (1.0 + cs) };
        let mut dispersion = 0.5 * (ca2 + cs2);
        for _ in 0..ROUNDS {
            let per_t = (drift / dispersion.max(1e-9) + room * dispersion).max(1e-12);
            let x = libm::pow(0.93 * libm::pow(per_t, -0.43), power);
            dispersion = 0.5 * (ca2 + 1.0 + (cs2 - 1.0) * x / (x + half));
        }
        dispersion
    }
}

/// `R` of the unbounded queue, and one over the loss share of its slots alone.
fn queue_below(pool: &Pool, load: f64) -> (f64, f64) {
    let near = load.min(LOAD_NEAR);
    let (ca2, cs2) = (pool.arrivals_cv2, pool.work_cv2);
    let delay = pool.delay_share(near);
    let ratio = pool.wait_ratio(delay) * (ca2 + cs2) / (1.0 + cs2);
    let inverse_loss = if load < LOAD_NEAR {
        (1.0 / delay - load) / (1.0 - load)
    } else {
        pool.task
            .occupancy(pool.tasks_per_queue(), load)
            .inverse_loss
    };
    (ratio, inverse_loss)
}

/// Least outstanding requests below load 1: the settled wait, cut off.
fn levelled_below(curve: &Curve, load: f64, patience_s: f64) -> Impatient {
    let at = curve.at_load(load);
    let waited = at.wait_share.clamp(0.0, 1.0);
    if waited <= 0.0 || at.wait_s <= 0.0 {
        return Impatient {
            lost_share: 0.0,
            wait_share: 0.0,
            decay: 1.0,
        };
    }
    let decay = patience_s * waited / at.wait_s;
    let tail = waited * libm::exp(-decay);
    Impatient {
        lost_share: (1.0 - load) * tail / (1.0 - load * tail),
        wait_share: (waited - tail) / (1.0 - tail).max(1e-12),
        decay,
    }
}

/// Least outstanding requests from load 1 on: the pool's losses, each task's own slack.
fn levelled_above(pool: &Pool, load: f64, patience: f64) -> Impatient {
    let cs2 = pool.work_cv2;
    let alone = 1.0 / f64::from(pool.tasks);
    let own = Slack {
        slots: pool.task.slots(),
        load,
        patience,
        arrivals_cv2: alone + (1.0 - alone) * (cs2 + 0.25) / (cs2 + 2.25),
        work_cv2: cs2,
    };
    let all = Slack {
        slots: pool.slots(),
        load,
        patience,
        arrivals_cv2: 1.0,
        work_cv2: cs2,
    };
    let inverse_loss = pool
        .task
        .occupancy(pool.tasks_per_queue(), load)
        .inverse_loss;
    let room = patience * all.slots / all.dispersion().max(1e-9);
    let lost = Impatient::within(room, (all.slots, load), inverse_loss);
    let decay = (1.0 - load) * own.patience * own.slots / own.dispersion().max(1e-9);
    Impatient { decay, ..lost }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::limits::Limits;
    use super::super::sharing::{Task, WorkShape};
    use super::*;

    fn curve(routing: Routing, [tasks, slots]: [u32; 2], cv: f64) -> Curve {
        let shape = WorkShape {
            cpu_s: 0.0,
            wait_s: 0.1,
            cv,
            slots,
            vcpus: 1.0,
        };
        Curve::new(routing, tasks, &Arc::new(Task::new(shape)))
    }

    /// The share of tries that fail; the time-out is in slot-holding times.
    fn failed(curve: &Curve, load: f64, timeout: f64) -> f64 {
        let limits = Limits {
            patience_s: 0.1 * timeout,
            ..Limits::default()
        };
        let bound = limits.settled(curve, load * curve.capacity_per_s());
        let late = bound.late_share.expect("patience ends the queue");
        1.0 - (1.0 - bound.lost_share) * (1.0 - late)
    }

    /// M/M/c + D: the closed form of Boots and Tijms (1999) has the same values.
    #[test]
    fn who_gives_up_is_exact_for_exponential_work() {
        for (slots, load, patience, expected) in [(1, 0.9, 2.0, 0.219), (4, 1.2, 1.0, 0.223)] {
            let curve = curve(Routing::Pooled, [1, slots], 1.0);
            let rate = load * curve.capacity_per_s();
            let lost = Impatient::new(&curve, rate, 0.1 * patience).lost_share;
            assert!((lost - expected).abs() < 5e-4, "{slots} slots: {lost}");
        }
    }

    /// M/M/1 + D: those served have waited as an exponential of rate `μ − λ` cut off at the
    /// patience, so that of constant holding times of 1 all are late that waited over `θ − 1`.
    #[test]
    fn who_is_late_has_less_patience_left_than_its_service_takes() {
        let curve = curve(Routing::Pooled, [1, 1], 1.0);
        let law = Impatient::new(&curve, 1.5 * curve.capacity_per_s(), 0.5);
        assert!((law.decay + 2.5).abs() < 1e-6);
        let constant = Holding {
            mean_s: 0.1,
            cv2: 0.0,
        };
        let in_time = libm::expm1(2.0) / libm::expm1(2.5);
        let expected = law.wait_share * (1.0 - in_time);
        assert!((law.late_share(0.5, constant) - expected).abs() < 1e-9);
        // Whoever has only as much patience as the service takes is late if it waits at all.
        assert!((law.late_share(0.1, constant) - 1.0).abs() < 1e-9);
    }

    /// What the exact model measured (`fleetcast validate --only overload`), within 3 points: the
    /// first two were 20 and 12 points off before the slack had a law of its own.
    #[test]
    fn an_overload_fails_as_many_as_request_by_request() {
        let cells = [
            (Routing::RoundRobin, [4, 16], 1.0, 1.1, 10.0, 0.82),
            (Routing::LeastOutstanding, [4, 16], 1.0, 1.1, 10.0, 0.77),
            (Routing::Pooled, [1, 16], 4.0, 1.3, 10.0, 0.625),
            (Routing::LeastOutstanding, [16, 16], 4.0, 1.5, 10.0, 0.748),
            (Routing::RoundRobin, [2, 16], 4.0, 2.0, 10.0, 0.912),
            (Routing::Pooled, [1, 64], 1.0, 1.1, 10.0, 0.951),
            (Routing::Pooled, [1, 16], 4.0, 1.1, 10.0, 0.342),
            (Routing::RoundRobin, [2, 16], 4.0, 1.1, 10.0, 0.352),
            (Routing::Pooled, [1, 64], 4.0, 1.5, 10.0, 0.921),
        ];
        for (routing, size, cv, load, timeout, exact) in cells {
            let failed = failed(&curve(routing, size, cv), load, timeout);
            assert!(
                (failed - exact).abs() < 0.03,
                "{routing:?} {size:?}: {failed} or {exact}"
            );
        }
    }

    fn rises(along: &[f64]) -> bool {
        along.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9)
    }

    #[test]
    fn more_patience_and_less_load_never_lose_more_requests() {
        for routing in [
            Routing::Pooled,
            Routing::RoundRobin,
            Routing::LeastOutstanding,
        ] {
            for cv in [0.0, 0.5, 1.0, 4.0] {
                let curve = curve(routing, [4, 8], cv);
                let lost = |load: f64, timeout: f64| {
                    let rate = load * curve.capacity_per_s();
                    Impatient::new(&curve, rate, 0.1 * timeout).lost_share
                };
                let loads = [0.3, 0.6, 0.9, 0.97, 1.03, 1.2, 2.0, 5.0];
                let patience = [0.0, 0.5, 1.0, 2.0, 10.0, 100.0, 1e4];
                for timeout in patience {
                    // Behind least outstanding requests two formulas meet at load 1, not quite.
                    let at_most = if routing == Routing::LeastOutstanding {
                        0.99
                    } else {
                        9.0
                    };
                    let along = loads.map(|load: f64| lost(load.min(at_most), timeout));
                    assert!(along.iter().all(|it| (0.0..1.0).contains(it)), "{along:?}");
                    assert!(rises(&along), "{routing:?} {cv} {timeout}: {along:?}");
                }
                for load in loads {
                    let along = patience.map(|timeout| -lost(load, timeout));
                    assert!(rises(&along), "{routing:?} {cv} {load}: {along:?}");
                }
            }
        }
    }
}
