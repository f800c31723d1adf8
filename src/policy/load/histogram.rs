//! Response times of many pieces added up: a histogram with bins of 2.5 %, 10 µs to 10^9 s.
//!
//! Weights are requests, never time: a percentile of percentiles means nothing, merged histograms
//! do. Reading runs over the filled bins only; adding costs 20 bins.

use super::exp::ln_fast;
use super::response::{CELLS, MASSES, Response};

/// Bins per factor e: 2.5 % each.
const BINS_PER_E: f64 = 40.0;
/// The lower end of the range, seconds.
const LOW_S: f64 = 1e-5;
/// ln(10^14) · 40, rounded up.
const BINS: usize = 1290;
/// 2^23: adding it leaves the nearest whole number in the lowest bits.
const ROUND: f32 = 8_388_608.0;

/// Response times by size.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    bins: Vec<f64>,
    first: usize,
    last: usize,
    count: f64,
    sum_s: f64,
}

/// Requests of one law of response times, and the bins that its cells of mass fall into: half as
/// large as the law, and all that a histogram wants of it.
#[derive(Clone, Copy, Debug)]
pub struct PlacedLaw {
    bins: [u16; CELLS],
    requests: f64,
    mean_s: f64,
}

impl PlacedLaw {
    /// Where so many requests of a law go.
    #[inline]
    pub fn of(response: &Response, requests: f64) -> Self {
        let base = (ln_fast(response.holding_s / LOW_S) * BINS_PER_E) as f32;
        let mut bins = [0; CELLS];
        for (bin, ln) in bins.iter_mut().zip(&response.ln_quantiles) {
            let position = base + ln * BINS_PER_E as f32;
            // Less a half, so that the nearest whole number is the one below.
            let position = position.clamp(0.5, (BINS - 1) as f32) - 0.5;
            *bin = (position + ROUND).to_bits().wrapping_sub(ROUND.to_bits()) as u16;
        }
        PlacedLaw {
            bins,
            requests,
            mean_s: response.mean_s,
        }
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram::new()
    }
}

impl Histogram {
    /// An empty one; holds no memory until something is added.
    pub fn new() -> Self {
        Histogram {
            bins: Vec::new(),
            first: BINS,
            last: 0,
            count: 0.0,
            sum_s: 0.0,
        }
    }

    /// The number of requests in it.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        if self.first <= self.last {
            self.bins[self.first..=self.last].fill(0.0);
        }
        (self.first, self.last, self.count, self.sum_s) = (BINS, 0, 0.0, 0.0);
    }

    /// Adds `requests` with the law of a response.
    #[inline]
    pub fn add(&mut self, response: &Response, requests: f64) {
        if requests <= 0.0 {
            return;
        }
        self.add_placed(&PlacedLaw::of(response, requests));
    }

    /// Adds requests whose bins are known.
    #[inline]
    pub fn add_placed(&mut self, law: &PlacedLaw) {
        self.reserve();
        let table = self.bins.as_mut_slice();
        for (bin, mass) in law.bins.iter().zip(MASSES) {
            table[usize::from(*bin)] += mass * law.requests;
        }
        // The quantiles rise with their level.
        self.first = self.first.min(usize::from(law.bins[0]));
        self.last = self.last.max(usize::from(law.bins[CELLS - 1]));
        self.count += law.requests;
        self.sum_s += law.mean_s * law.requests;
    }

    /// Adds one response time with a weight.
    pub fn add_value(&mut self, seconds: f64, requests: f64) {
        if requests <= 0.0 {
            return;
        }
        self.reserve();
        // Of the many that take no time nothing is to be worked out.
        let position = match LOW_S < seconds {
            true => position_of(seconds / LOW_S),
            false => 0.0,
        };
        self.add_to(position as usize, requests);
        self.count += requests;
        self.sum_s += seconds * requests;
    }

    /// Adds another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        if other.count <= 0.0 {
            return;
        }
        self.reserve();
        let filled = other.first..=other.last;
        let pairs = self.bins[filled.clone()]
            .iter_mut()
            .zip(&other.bins[filled]);
        pairs.for_each(|(bin, more)| *bin += more);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.count += other.count;
        self.sum_s += other.sum_s;
    }

    /// Takes away what `past`, an earlier state of this one, had: what came since is left, but for
    /// the rounding of sums.
    pub fn deduct(&mut self, past: &Histogram) {
        if past.count <= 0.0 {
            return;
        }
        self.reserve();
        let filled = past.first..=past.last;
        let pairs = self.bins[filled.clone()].iter_mut().zip(&past.bins[filled]);
        pairs.for_each(|(bin, less)| *bin = (*bin - less).max(0.0));
        self.count -= past.count;
        self.sum_s = (self.sum_s - past.sum_s).max(0.0);
        // Nothing of a whole is left where all that is left is rounding.
        let filled = self.bins.iter().position(|bin| 0.0 < *bin);
        let Some(first) = filled.filter(|_| past.count * 1e-12 < self.count) else {
            return self.clear();
        };
        self.first = first;
        self.last = self
            .bins
            .iter()
            .rposition(|bin| 0.0 < *bin)
            .unwrap_or(first);
    }

    /// The mean, seconds; exact, not of bins. None if empty.
    pub fn mean_s(&self) -> Option<f64> {
        (0.0 < self.count).then(|| self.sum_s / self.count)
    }

    /// A quantile, seconds: straight lines between the middles of filled bins (steps between
    /// points cost 5 to 8 % at p50 and p99). None if empty.
    pub fn quantile_s(&self, u: f64) -> Option<f64> {
        self.quantiles_s([u]).map(|[quantile]| quantile)
    }

    /// Quantiles at rising levels, as [`Histogram::quantile_s`] each, in one pass over the bins.
    pub fn quantiles_s<const LEVELS: usize>(&self, levels: [f64; LEVELS]) -> Option<[f64; LEVELS]> {
        debug_assert!(levels.is_sorted(), "levels rise");
        if self.count <= 0.0 {
            return None;
        }
        let mut quantiles = levels.map(|u| u * self.count);
        let mut left = quantiles.iter_mut().peekable();
        let (mut below, mut before) = (0.0, None);
        for (i, mass) in (self.first..).zip(&self.bins[self.first..=self.last]) {
            if *mass <= 0.0 {
                continue;
            }
            let (x, middle) = (i as f64 + 0.5, below + mass / 2.0);
            while let Some(quantile) = left.next_if(|need| **need <= middle) {
                let between = |(x0, m0)| x0 + (x - x0) * (*quantile - m0) / (middle - m0);
                *quantile = edge_s(before.map_or(x, between));
            }
            if left.peek().is_none() {
                return Some(quantiles);
            }
            before = Some((x, middle));
            below += mass;
        }
        let (last, _) = before?;
        left.for_each(|quantile| *quantile = edge_s(last));
        Some(quantiles)
    }

    /// The share of requests that took longer than `limit_s`; within a bin in proportion.
    pub fn share_above(&self, limit_s: f64) -> f64 {
        if self.count <= 0.0 {
            return 0.0;
        }
        let at = (libm::log(limit_s.max(LOW_S) / LOW_S) * BINS_PER_E).min(BINS as f64);
        let mut above = 0.0;
        for i in self.first..=self.last {
            above += self.bins[i] * (i as f64 + 1.0 - at).clamp(0.0, 1.0);
        }
        (above / self.count).clamp(0.0, 1.0)
    }

    fn reserve(&mut self) {
        if self.bins.is_empty() {
            self.bins = vec![0.0; BINS];
        }
    }

    #[inline]
    fn add_to(&mut self, bin: usize, weight: f64) {
        let bin = bin.min(BINS - 1);
        self.bins[bin] += weight;
        self.first = self.first.min(bin);
        self.last = self.last.max(bin);
    }
}

/// The bin of a length in units of the lower end, above 1, as a number whose whole part is meant:
/// the exact logarithm is worked out only where the fast one is too near to an edge to tell.
#[inline]
fn position_of(length: f64) -> f64 {
    // The fast one is exact to 40 · 33 · 2e-9.
    const NEAR: f64 = 1e-5;
    let fast = ln_fast(length) * BINS_PER_E;
    let part = fast - (fast as i64) as f64;
    match NEAR < part && part < 1.0 - NEAR {
        true => fast,
        false => libm::log(length) * BINS_PER_E,
    }
}

/// The seconds at a position of the axis, in bins.
fn edge_s(position: f64) -> f64 {
    LOW_S * libm::exp(position / BINS_PER_E)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_fall_into_the_bins_of_the_exact_logarithm() {
        let exact = |length: f64| (libm::log(length) * BINS_PER_E) as usize;
        // Around each edge, nearer and nearer, and in between.
        for bin in 1..BINS {
            let edge = edge_s(bin as f64) / LOW_S;
            for digits in 3..17 {
                let near = libm::exp(-f64::from(digits) * std::f64::consts::LN_10);
                for length in [edge * (1.0 - near), edge, edge * (1.0 + near)] {
                    assert_eq!(position_of(length) as usize, exact(length), "{length:?}");
                }
            }
        }
    }
}
