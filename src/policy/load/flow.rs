//! What a state of the fluid does at that instant: the curve read at its number, and corrected for
//! its variance.

use super::curve::{Curve, Reading};
use super::fluid::FluidQueue;

/// The shape of the variance correction. FITTED.
const VARIANCE_POWER: f64 = 0.8;
/// The largest ratio of variance to settled variance that counts. FITTED.
const VARIANCE_RATIO_MAX: f64 = 2.5;
/// A ratio as near to 1 as this is 1.
const VARIANCE_SETTLED: f64 = 1e-9;
/// The narrowest wait there is.
pub(super) const KAPPA_MIN: f64 = 2e-3;

/// A state with its variance taken into account.
#[derive(Clone, Copy)]
pub(super) struct Flow {
    pub(super) throughput_per_s: f64,
    pub(super) busy: f64,
    pub(super) queue: f64,
    pub(super) wait_share: f64,
    pub(super) kappa: f64,
    pub(super) slowing: f64,
    pub(super) slope_per_s: f64,
    pub(super) settled_variance: f64,
}

/// What the curve says of a state, and its throughput: most changes need no more.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) at: Reading,
    pub(super) settled_variance: f64,
    /// The variance over the settled one, and what that does to the queue.
    pub(super) x: f64,
    pub(super) h: f64,
    pub(super) throughput_per_s: f64,
}

impl FluidQueue {
    /// Reads the curve at the state and corrects for the variance.
    #[inline]
    pub(super) fn flow(&self, curve: &Curve) -> Flow {
        self.flow_at(curve, &self.pace(curve))
    }

    /// The throughput of that.
    #[inline]
    pub(super) fn pace(&self, curve: &Curve) -> Pace {
        let at = curve.at_number(self.n);
        let settled = settled_variance(curve, &at).max(1e-12);
        let x = (self.v / settled).min(VARIANCE_RATIO_MAX);
        let h = if libm::fabs(x - 1.0) < VARIANCE_SETTLED {
            1.0
        } else {
            libm::pow(x, VARIANCE_POWER)
        };
        let level = curve.level_throughput_per_s(self.n);
        let floor = at.throughput_per_s / h.max(1.0);
        let throughput_per_s = (level + (at.throughput_per_s - level) * h).max(floor);
        Pace {
            at,
            settled_variance: settled,
            x,
            h,
            throughput_per_s,
        }
    }

    /// The rest of it.
    #[inline]
    pub(super) fn flow_at(&self, curve: &Curve, pace: &Pace) -> Flow {
        let Pace { at, x, h, .. } = *pace;
        let slots = curve.slots();
        let over = (self.n - slots).max(0.0);
        let queue_settled = at.throughput_per_s * at.wait_s;
        let queue = (over + (queue_settled - over) * h).clamp(0.0, self.n);
        let full = (0.5 + 0.4 * (self.n - slots) / libm::sqrt(self.v + 1.0)).clamp(0.0, 1.0);
        let near = h.min(1.0);
        Flow {
            throughput_per_s: pace.throughput_per_s,
            busy: self.n - queue,
            queue,
            wait_share: (at.wait_share * near + full * (1.0 - near)).clamp(1e-12, 1.0),
            kappa: (at.kappa * x).max(KAPPA_MIN),
            slowing: at.slowing * near,
            slope_per_s: at.slope_per_s,
            settled_variance: pace.settled_variance,
        }
    }
}

/// The variance the equation settles at.
#[inline]
pub(super) fn settled_variance(curve: &Curve, at: &Reading) -> f64 {
    let pool = curve.pool();
    at.throughput_per_s * (pool.arrivals_cv2 + pool.work_cv2) / (2.0 * at.slope_per_s)
}
