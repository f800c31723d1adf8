//! A bounded queue: places that turn requests away, and clients that give up waiting.
//!
//! Clients: the module `patience`. Places: `c` slots, `ρ` any load, room for so many slot-services
//! of work, `R` the light-to-heavy ratio of the unbounded pool at load `min(ρ, 0.9999)`, `1/B` at
//! `c − 1` slots:
//!
//! ```text
//! y = room/R    d = (1−ρ)·y    mid = (1 − e^−d)/(1−ρ)
//! lost   = ρe^−d / (1/B + ρ·mid + ρe^−d)      the share of requests
//! waited = ρ·mid / (1/B + ρ·mid)              the share of those served
//! ```
//!
//! Exact for exponential work and constant patience; the scaling by `R` is the diffusion one
//! (ASSUMPTION). Measured against a simulation: the share turned away within 0.2 points on average
//! with 16 and more slots, 1.6 points with 1 to 4. In time the model fills without loss to the
//! settled level, then holds and loses.

use super::curve::Curve;
use super::erlang::delay_from_inverse_loss;
use super::fluid::FluidQueue;
use super::patience::{Holding, Impatient};
use super::piece::Piece;

/// The bounds of a service's queue; the default has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Requests that may queue, over all tasks.
    pub places: f64,
    /// Seconds after which a queued request leaves unserved.
    pub patience_s: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            places: f64::INFINITY,
            patience_s: f64::INFINITY,
        }
    }
}

/// A bounded queue in its settled state, over all tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded {
    /// The share of requests that is lost.
    pub lost_share: f64,
    /// Requests served per second.
    pub throughput_per_s: f64,
    /// Those in system that will be served.
    pub level: f64,
    /// Mean number in system, with those that will give up.
    pub n: f64,
    /// Mean slot-holding time, seconds.
    pub holding_s: f64,
    /// Squared CV of how much sharing the CPU slows a request down.
    pub slowing: f64,
    /// The share of those served that waited.
    pub wait_share: f64,
    /// Mean wait of those, seconds.
    pub wait_mean_s: f64,
    /// Squared CV of that wait.
    pub kappa: f64,
    /// The share of those served whose clients have left by the answer, if their patience is what
    /// ends the queue.
    pub late_share: Option<f64>,
}

/// Below this share a bound does not count.
const LOST_NEGLIGIBLE: f64 = 1e-9;
/// Below this load the queue is never full for long: arrivals are thinned.
const THINNED_LOAD_MAX: f64 = 0.98;
/// From this share of clients that give up on, their patience is what ends the queue.
const LOST_FELT: f64 = 1e-6;

impl Limits {
    /// True if there is no bound.
    pub fn is_none(&self) -> bool {
        self.places.is_infinite() && self.patience_s.is_infinite()
    }

    /// True if a queue has no place left before anyone in it gives up.
    pub fn turn_away_first(&self, curve: &Curve) -> bool {
        self.places < self.patience_s * curve.capacity_per_s()
    }

    /// The settled state under a rate, whatever the load.
    pub fn settled(&self, curve: &Curve, rate_per_s: f64) -> Bounded {
        let pool = curve.pool();
        let full_s = pool.task.holding_full_s;
        let (slots, queues) = pool.queues();
        if self.turn_away_first(curve) {
            let wait = full(curve, rate_per_s, (self.places / queues).max(0.0));
            let behind_s = 0.5 * wait.ratio.min(1.0) / slots * full_s;
            let patience_s = wait.room / slots * full_s;
            return bounded(curve, rate_per_s, &wait.law, (patience_s, behind_s));
        }
        let law = Impatient::new(curve, rate_per_s, self.patience_s);
        let mut bounded = bounded(curve, rate_per_s, &law, (self.patience_s, 0.0));
        bounded.n += rate_per_s * law.lost_share * self.patience_s;
        let work = 1.0 + pool.work_cv2;
        let holding = Holding {
            mean_s: bounded.holding_s,
            cv2: work * (1.0 + bounded.slowing) - 1.0,
        };
        bounded.late_share = Some(law.late_share(self.patience_s, holding));
        bounded
    }
}

impl Bounded {
    /// Whether the bound only takes a share of those who come: seldom anyone waits that long.
    fn is_thinning(&self, curve: &Curve, rate_per_s: f64) -> bool {
        let is_felt = self.late_share.is_some() && LOST_FELT <= self.lost_share;
        curve.load(rate_per_s) < THINNED_LOAD_MAX && !is_felt
    }
}

/// A queue whose places fill up.
struct Full {
    law: Impatient,
    ratio: f64,
    room: f64,
}

/// The queue with so many places, each for itself.
fn full(curve: &Curve, rate_per_s: f64, room: f64) -> Full {
    let pool = curve.pool();
    let slots = pool.queues().0;
    let load = curve.load(rate_per_s).max(1e-12);
    let tasks = pool.tasks_per_queue();
    let near = pool.task.occupancy(tasks, load.min(0.9999));
    let ratio = pool.wait_ratio(delay_from_inverse_loss(near.inverse_loss, load.min(0.9999)));
    let inverse_loss = pool.task.occupancy(tasks, load).inverse_loss;
    Full {
        law: Impatient::within(room / ratio, (slots, load), inverse_loss),
        ratio,
        room,
    }
}

/// The service with a wait of this law, over `room_s` at most and `behind_s` longer.
fn bounded(
    curve: &Curve,
    rate_per_s: f64,
    law: &Impatient,
    (room_s, behind_s): (f64, f64),
) -> Bounded {
    let (share, kappa) = truncated_exponential(law.decay);
    let wait_s = (room_s * share).max(0.0) + behind_s;
    let wait_mean_s = if wait_s.is_finite() { wait_s } else { 0.0 };
    let throughput_per_s = (rate_per_s * (1.0 - law.lost_share)).min(curve.capacity_per_s());
    let (holding_s, slowing) = holding_at(curve, throughput_per_s);
    let level = throughput_per_s * (holding_s + law.wait_share * wait_mean_s);
    Bounded {
        lost_share: law.lost_share,
        throughput_per_s,
        level,
        n: level,
        holding_s,
        slowing,
        wait_share: law.wait_share,
        wait_mean_s,
        kappa,
        late_share: None,
    }
}

/// The slot-holding time at a throughput up to the capacity, and how much the slowdown varies.
fn holding_at(curve: &Curve, throughput_per_s: f64) -> (f64, f64) {
    let task = &curve.pool().task;
    let load = curve.load(throughput_per_s);
    if task.is_pure_wait() || 0.99999 <= load {
        return (task.holding_full_s, 0.0);
    }
    let at = curve.at_load(load);
    (at.holding_s, at.slowing)
}

/// Mean (as a share of the room) and squared CV of an exponential cut off at the room.
fn truncated_exponential(d: f64) -> (f64, f64) {
    let grown = libm::expm1(d);
    let mean = if libm::fabs(d) < 1e-3 {
        0.5 - d / 12.0
    } else {
        1.0 / d - 1.0 / grown
    };
    let square = if libm::fabs(d) < 0.1 {
        1.0 / 3.0 - d / 12.0
    } else {
        2.0 / (d * d) - (1.0 + 2.0 / d) / grown
    };
    (mean, (square / (mean * mean) - 1.0).max(2e-3))
}

impl FluidQueue {
    /// As [`FluidQueue::advance`], with a bounded queue.
    pub fn advance_limited(
        &mut self,
        curve: &Curve,
        limits: &Limits,
        (rate_per_s, dt_s): (f64, f64),
        out: impl FnMut(Piece),
    ) -> u32 {
        if limits.is_none() || rate_per_s <= 0.0 {
            return self.advance(curve, rate_per_s, dt_s, out);
        }
        let bound = limits.settled(curve, rate_per_s);
        self.advance_bounded(curve, &bound, (rate_per_s, dt_s), out)
    }

    /// True if more time at this rate changes nothing, with a bounded queue.
    pub fn is_settled_bounded(&self, curve: &Curve, bound: &Bounded, rate_per_s: f64) -> bool {
        if bound.lost_share < LOST_NEGLIGIBLE {
            return self.is_settled(curve, rate_per_s);
        }
        if bound.is_thinning(curve, rate_per_s) {
            return self.is_settled(curve, rate_per_s * (1.0 - bound.lost_share));
        }
        libm::fabs(self.n - bound.level) <= 1e-9 * bound.level
    }

    /// As [`FluidQueue::advance_limited`], for the settled state of the bounded queue.
    pub fn advance_bounded(
        &mut self,
        curve: &Curve,
        bound: &Bounded,
        (rate_per_s, dt_s): (f64, f64),
        mut out: impl FnMut(Piece),
    ) -> u32 {
        if bound.lost_share < LOST_NEGLIGIBLE {
            return self.advance(curve, rate_per_s, dt_s, out);
        }
        if bound.is_thinning(curve, rate_per_s) {
            let kept = 1.0 - bound.lost_share;
            return self.advance(curve, rate_per_s * kept, dt_s, |mut piece| {
                piece.arrived /= kept;
                piece.lost = piece.arrived * bound.lost_share;
                out(piece);
            });
        }
        let mut left_s = dt_s;
        let mut steps = 0;
        if self.n < bound.level {
            let fill_s = fill_time_s(self.n, curve, bound, rate_per_s).min(left_s);
            steps += self.advance(curve, rate_per_s, fill_s, &mut out);
            left_s -= fill_s;
        }
        let enough_s = 1e-12 * curve.pool().task.holding_alone_s;
        if enough_s < left_s && bound.level.max(curve.slots()) < self.n {
            let piece = self.drain_to(curve, bound, rate_per_s, left_s);
            left_s -= piece.dt_s;
            out(piece);
            steps += 1;
        }
        if enough_s < left_s {
            out(self.hold(curve, bound, rate_per_s, left_s));
            steps += 1;
        }
        steps
    }

    /// Above the level (slots went away): full work, the settled share is lost.
    fn drain_to(&mut self, curve: &Curve, bound: &Bounded, rate: f64, left_s: f64) -> Piece {
        let capacity = curve.capacity_per_s();
        let sinking = (capacity - rate * (1.0 - bound.lost_share)).max(0.05 * capacity);
        let level = bound.level.max(curve.slots());
        let dt_s = left_s.min((self.n - level) / sinking);
        let end = (self.n - dt_s * sinking).max(level);
        let middle = 0.5 * (self.n + end);
        let (arrived, served) = (rate * dt_s, capacity * dt_s);
        let lost = arrived - served - (end - self.n);
        self.n = end;
        Piece {
            dt_s,
            n: middle,
            queued: (middle - curve.slots()).max(0.0),
            busy_slots: curve.slots(),
            wait_share: 1.0,
            wait_mean_s: (middle - curve.slots()).max(0.0) / capacity,
            kappa: 0.05,
            holding_s: curve.pool().task.holding_full_s,
            holding_full_s: curve.pool().task.holding_full_s,
            slowing: 0.0,
            arrived,
            served,
            lost: lost.max(0.0),
            late_share: None,
        }
    }

    /// At the level: what is served is served, the rest is lost.
    fn hold(&mut self, curve: &Curve, bound: &Bounded, rate: f64, dt_s: f64) -> Piece {
        let arrived = rate * dt_s;
        let settled = bound.throughput_per_s * dt_s;
        // Filling up to the level takes requests that would else be lost; what stands above it is
        // served by slots that are free then.
        let most = (arrived - settled).max(0.0);
        let change = (bound.level - self.n).min(most);
        let free = (curve.capacity_per_s() * dt_s - settled).max(0.0);
        let above = (-change).clamp(0.0, free);
        let change = change.max(-above);
        let served = settled + above;
        self.n += change;
        let spread = 0.3 * (bound.level - curve.slots()).max(1.0);
        self.v = self.v.min(spread * spread);
        Piece {
            dt_s,
            n: bound.n,
            queued: bound.throughput_per_s * bound.wait_share * bound.wait_mean_s,
            busy_slots: (bound.throughput_per_s * bound.holding_s).min(curve.slots()),
            wait_share: bound.wait_share,
            wait_mean_s: bound.wait_mean_s,
            kappa: bound.kappa,
            holding_s: bound.holding_s,
            holding_full_s: curve.pool().task.holding_full_s,
            slowing: bound.slowing,
            arrived,
            served,
            lost: (arrived - served - change).max(0.0),
            late_share: bound.late_share,
        }
    }
}

/// Seconds until the level at which loss settles, from below.
fn fill_time_s(n: f64, curve: &Curve, bound: &Bounded, rate: f64) -> f64 {
    let slots = curve.slots();
    let per_number = curve.capacity_per_s() / slots;
    let to_full = (slots.min(bound.level) - n).max(0.0)
        / (rate - 0.5 * (n + slots) * per_number).max(0.1 * rate);
    let gap = (bound.level - n.max(slots)).max(0.0);
    let fill_s = to_full + gap / (rate - bound.throughput_per_s).max(1e-9 * rate);
    if curve.load(rate) < THINNED_LOAD_MAX {
        // It would settle by itself by then.
        fill_s.min(3.0 / curve.at_number(bound.level).slope_per_s)
    } else {
        fill_s
    }
}
