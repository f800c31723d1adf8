//! Response times from the wait: a table of quantiles for one CV of the work.
//!
//! Response = wait + slot-holding time. The wait is 0 with probability `1 − p`, else follows
//! [`super::wait_law`]; the holding time is lognormal (constant at CV 0). The table holds the
//! logarithms of the quantiles in units of the holding time, by mean wait × variation × share that
//! waits, and is read by straight lines **on the logarithms**: mixing the distributions instead
//! makes two humps of a narrow backlog.
//!
//! Where requests share the CPU, the holding time is the work times a slowdown that varies: `1 +
//! CV²` of the two multiply. The row's logarithms are widened to that, as far as the holding time
//! and not the wait makes the response and all slots taken allow (ASSUMPTION, flagged as
//! [`super::Distrust::PROCESSOR_SHARING`]). Against a simulation, 30 cells of 1 to 10 tasks, CV 0
//! to 2, load 0.5 to 0.9: p99 within 20 % (most: too low), the mean within 11 %, without round
//! robin within 7 %.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::piece::Piece;
use super::special::{normal_cdf, normal_cdf_fast, normal_quantile};
use super::wait_law::WaitLaw;

/// Quantiles per row: the cells of mass, then [`Percentile`]s.
pub const LEVELS: usize = 24;
/// Cells of mass, each represented by its middle quantile.
pub const CELLS: usize = 20;
const EDGES: [f64; CELLS + 1] = [
    0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.985, 0.99,
    0.9925, 0.995, 0.999, 1.0,
];
const PERCENTILES: [f64; LEVELS - CELLS] = [0.5, 0.9, 0.95, 0.99];

/// Shares that wait, variations and mean waits (in holding times) of the table's nodes.
const SHARES: [f64; 9] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0];
const KAPPAS: [f64; 8] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
const WAIT_MIN: f64 = 0.01;
const WAITS_PER_DECADE: f64 = 4.0;
const WAITS: usize = 25;
/// Above this mean wait the wait alone counts.
const WAIT_MAX: f64 = 9900.0;

/// The percentiles a row holds directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Percentile {
    /// The median.
    P50,
    /// 90 of 100 are faster.
    P90,
    /// 95 of 100 are faster.
    P95,
    /// 99 of 100 are faster.
    P99,
}

/// The law of the response time of one piece.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// Natural logarithms of the quantiles, in units of `holding_s`.
    pub ln_quantiles: [f32; LEVELS],
    /// The unit: mean slot-holding time, seconds.
    pub holding_s: f64,
    /// The mean, seconds.
    pub mean_s: f64,
}

/// The mass of each cell.
pub const MASSES: [f64; CELLS] = {
    let mut masses = [0.0; CELLS];
    let mut i = 0;
    while i < CELLS {
        masses[i] = EDGES[i + 1] - EDGES[i];
        i += 1;
    }
    masses
};

/// The level of each quantile of a row.
pub fn levels() -> [f64; LEVELS] {
    std::array::from_fn(|i| {
        if i < CELLS {
            0.5 * (EDGES[i] + EDGES[i + 1])
        } else {
            PERCENTILES[i - CELLS]
        }
    })
}

impl Response {
    /// A percentile, seconds.
    pub fn percentile_s(&self, percentile: Percentile) -> f64 {
        let ln = self.ln_quantiles[CELLS + percentile as usize];
        self.holding_s * libm::exp(f64::from(ln))
    }

    /// The share of responses that take longer than `limit_s`.
    ///
    /// Between the cells' middles straight lines in the logarithm of the share, to the ends by the
    /// last line. A request over its client's time-out has failed, yet used its slot.
    pub fn share_above(&self, limit_s: f64) -> f64 {
        if limit_s <= 0.0 {
            return 1.0;
        }
        let x = libm::log(limit_s / self.holding_s);
        let ln_q = |i: usize| f64::from(self.ln_quantiles[i]);
        let survival = |i: usize| 1.0 - 0.5 * (EDGES[i] + EDGES[i + 1]);
        let above = (0..CELLS).find(|&i| x < ln_q(i)).unwrap_or(CELLS);
        // The line through the neighbours, or the nearest that is not level.
        let right = above.clamp(1, CELLS - 1);
        let left = (0..right).rev().find(|&i| ln_q(i) < ln_q(right));
        let Some(left) = left else {
            return if above == CELLS { 0.0 } else { 1.0 };
        };
        let (s0, s1) = (libm::log(survival(left)), libm::log(survival(right)));
        let ln_share = s0 + (s1 - s0) * (x - ln_q(left)) / (ln_q(right) - ln_q(left));
        libm::exp(ln_share.min(0.0))
    }
}

/// Response-time quantiles by wait, for one CV of the work.
#[derive(Debug)]
pub struct ResponseTable {
    rows: Vec<[f32; LEVELS]>,
    /// Variance of the logarithm of the work.
    log_variance: f64,
    /// Standard normal quantiles at the levels.
    normals: [f32; LEVELS],
}

/// One node of the law of the wait: its value and the mass it stands for.
type Masses = Vec<(f64, f64)>;

impl ResponseTable {
    /// The table for a CV, from a cache of the process; CVs are rounded to twentieths.
    pub fn shared(cv: f64) -> Arc<ResponseTable> {
        static CACHE: Mutex<BTreeMap<u32, Arc<ResponseTable>>> = Mutex::new(BTreeMap::new());
        let key = libm::round(cv.clamp(0.0, 100.0) * 20.0) as u32;
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        let table = cache.entry(key);
        Arc::clone(table.or_insert_with(|| Arc::new(ResponseTable::new(f64::from(key) / 20.0))))
    }

    /// Builds the table, some tens of milliseconds: prefer [`ResponseTable::shared`].
    pub fn new(cv: f64) -> Self {
        let mut rows = vec![[0f32; LEVELS]; WAITS * KAPPAS.len() * SHARES.len()];
        for (kappa, variation) in KAPPAS.iter().enumerate() {
            let law = WaitLaw::new(*variation);
            if 0.0 < cv {
                fill_lognormal(&mut rows, kappa, &law, cv);
            } else {
                fill_constant(&mut rows, kappa, &law);
            }
        }
        let normals = levels().map(|u| normal_quantile(u) as f32);
        ResponseTable {
            rows,
            log_variance: libm::log1p(cv * cv),
            normals,
        }
    }

    /// The law of the response time of a piece.
    #[inline]
    pub fn response(&self, piece: &Piece) -> Response {
        let unit_s = piece.holding_s.max(1e-12);
        let mut row = self.look(piece.wait_share, piece.wait_mean_s / unit_s, piece.kappa);
        let mean_s = piece.response_mean_s();
        if 0.0 < piece.slowing {
            self.widen(&mut row, piece.slowing, piece.holding_full_s / unit_s);
        }
        Response {
            ln_quantiles: row,
            holding_s: unit_s,
            mean_s,
        }
    }

    /// Widens a row for a slowdown of this squared CV that is `slowdown_max` at most, keeping the
    /// mean of a lognormal law. Each quantile by the part of it that is holding time, not wait.
    fn widen(&self, row: &mut [f32; LEVELS], slowing: f64, slowdown_max: f64) {
        let more = libm::log1p(slowing);
        let spread = libm::sqrt(self.log_variance);
        let stretch = (libm::sqrt(self.log_variance + more) - spread) as f32;
        let (spread, mean, shift) = (
            spread as f32,
            (self.log_variance / 2.0) as f32,
            (more / 2.0) as f32,
        );
        let most = libm::log(slowdown_max.max(1.0)) as f32;
        for (ln, normal) in row.iter_mut().zip(&self.normals) {
            let holding_part = libm::expf((spread * normal - mean - *ln).min(0.0));
            *ln += holding_part * (stretch * normal - shift).min(most);
        }
    }

    /// Logarithms of the quantiles at [`levels`] in units of the holding time, for the share that
    /// waits, the mean wait of those (in holding times) and its squared CV.
    #[inline]
    pub fn look(&self, wait_share: f64, wait_mean: f64, kappa: f64) -> [f32; LEVELS] {
        let decades = libm::log10(wait_mean.max(WAIT_MIN) / WAIT_MIN);
        let x = (decades * WAITS_PER_DECADE).min(WAITS as f64 - 1.001);
        let (w, tw) = (x as usize, x - libm::floor(x));
        let kappa = kappa.clamp(KAPPAS[0], 9.99);
        let k = (0..KAPPAS.len() - 2)
            .find(|&i| kappa < KAPPAS[i + 1])
            .unwrap_or(KAPPAS.len() - 2);
        let tk = libm::log(kappa / KAPPAS[k]) / libm::log(KAPPAS[k + 1] / KAPPAS[k]);
        let share = wait_share.clamp(0.0, 1.0);
        let s = (0..SHARES.len() - 2)
            .find(|&i| share < SHARES[i + 1])
            .unwrap_or(SHARES.len() - 2);
        let ts = (share - SHARES[s]) / (SHARES[s + 1] - SHARES[s]);
        let mut row = [0f32; LEVELS];
        for (w, by_wait) in [(w, 1.0 - tw), (w + 1, tw)] {
            for (k, by_kappa) in [(k, 1.0 - tk), (k + 1, tk)] {
                for (s, by_share) in [(s, 1.0 - ts), (s + 1, ts)] {
                    let weight = (by_wait * by_kappa * by_share) as f32;
                    let node = &self.rows[index(w, k, s)];
                    row.iter_mut()
                        .zip(node)
                        .for_each(|(sum, ln)| *sum += weight * ln);
                }
            }
        }
        if WAIT_MAX < wait_mean {
            let more = libm::log(wait_mean / WAIT_MAX) as f32;
            row.iter_mut().for_each(|ln| *ln += more);
        }
        row
    }
}

fn index(wait: usize, kappa: usize, share: usize) -> usize {
    (wait * KAPPAS.len() + kappa) * SHARES.len() + share
}

fn wait_node(i: usize) -> f64 {
    WAIT_MIN * libm::pow(10.0, i as f64 / WAITS_PER_DECADE)
}

/// The wait's law as 39 quantile cells, finer towards the tail, rescaled to mean 1.
fn wait_masses(law: &WaitLaw) -> Masses {
    let mut edges: Vec<f64> = (0..=24).map(|i| f64::from(i) * 0.9 / 24.0).collect();
    let mut tail = 0.1;
    for _ in 0..14 {
        tail *= 0.62;
        edges.push(1.0 - tail);
    }
    edges.push(1.0);
    let middle = |e: &[f64]| (law.quantile(0.5 * (e[0] + e[1])), e[1] - e[0]);
    let mut masses: Masses = edges.windows(2).map(middle).collect();
    if let WaitLaw::Blend { variation, .. } = law
        && 1.0 < *variation
    {
        let mean: f64 = masses.iter().map(|(w, mass)| w * mass).sum();
        masses.iter_mut().for_each(|(w, _)| *w /= mean);
    }
    masses
}

/// Constant work: the wait's quantiles, shifted.
fn fill_constant(rows: &mut [[f32; LEVELS]], kappa: usize, law: &WaitLaw) {
    let rescale = match law {
        WaitLaw::Blend { variation, .. } if 1.0 < *variation => blend_mean(law),
        _ => 1.0,
    };
    for (share, p) in SHARES.iter().enumerate() {
        let waits = levels().map(|u| {
            let waiting = u - (1.0 - p);
            if waiting <= 0.0 {
                0.0
            } else {
                law.quantile(waiting / p) / rescale
            }
        });
        for wait in 0..WAITS {
            let row = &mut rows[index(wait, kappa, share)];
            for (ln, unit) in row.iter_mut().zip(waits) {
                *ln = libm::log1p(wait_node(wait) * unit) as f32;
            }
        }
    }
}

fn blend_mean(law: &WaitLaw) -> f64 {
    // `wait_masses` divides by this very sum; the ratio of any node gives it back.
    let first = wait_masses(law)[0].0;
    law.quantile(0.5 * 0.9 / 24.0) / first
}

/// Lognormal work: mixtures of its distribution shifted by each node of the wait, inverted on a
/// logarithmic grid.
fn fill_lognormal(rows: &mut [[f32; LEVELS]], kappa: usize, law: &WaitLaw, cv: f64) {
    const GRID: u32 = 360;
    let s2 = libm::log1p(cv * cv);
    let s = libm::sqrt(s2);
    let grid: Vec<f64> = (0..GRID)
        .map(|i| libm::exp(-7.0 + f64::from(i) * 20.0 / f64::from(GRID - 1)))
        .collect();
    let at_once: Vec<f64> = grid
        .iter()
        .map(|x| normal_cdf((libm::log(*x) + s2 / 2.0) / s))
        .collect();
    let masses = wait_masses(law);
    // Beyond 8 deviations the distribution is 0 or 1: most of the grid needs no logarithm.
    let far = |deviations: f64| libm::exp(deviations * s - s2 / 2.0);
    let (never, always) = (far(-8.0) * (1.0 - 1e-9), far(8.0) * (1.0 + 1e-9));
    for wait in 0..WAITS {
        let scale = wait_node(wait);
        let after = |x: &f64| -> f64 {
            let served = |(w, mass): &(f64, f64)| {
                let left = x - w * scale;
                if always < left {
                    *mass
                } else if never < left {
                    mass * normal_cdf_fast((libm::log(left) + s2 / 2.0) / s)
                } else {
                    0.0
                }
            };
            masses.iter().map(served).sum()
        };
        let after_wait: Vec<f64> = grid.iter().map(after).collect();
        for (share, p) in SHARES.iter().enumerate() {
            let cdf = |i: usize| (1.0 - p) * at_once[i] + p * after_wait[i];
            let row = levels().map(|u| invert(&grid, cdf, u));
            rows[index(wait, kappa, share)] = row;
        }
    }
}

/// The logarithm of the quantile of a distribution known on a grid.
fn invert(grid: &[f64], cdf: impl Fn(usize) -> f64, u: f64) -> f32 {
    let (mut low, mut high) = (0, grid.len() - 1);
    while 1 < high - low {
        let middle = (low + high) / 2;
        if cdf(middle) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    let (below, above) = (cdf(low), cdf(high));
    let t = if below < above {
        ((u - below) / (above - below)).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (a, b) = (libm::log(grid[low]), libm::log(grid[high]));
    (a + (b - a) * t) as f32
}
