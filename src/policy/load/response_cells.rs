//! The nodes of the table of response times, each worked out when it is first read: a run looks at
//! a few of the many mean waits and variations there are.

use std::sync::OnceLock;

use super::response::{LEVELS, LEVELS_OF_ROWS};
use super::special::{normal_cdf, normal_cdf_fast};
use super::wait_law::WaitLaw;

/// Shares that wait, variations and mean waits (in holding times) of the table's nodes.
pub(super) const SHARES: [f64; 9] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0];
pub(super) const KAPPAS: [f64; 8] = [0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0];
pub(super) const WAIT_MIN: f64 = 0.01;
pub(super) const WAITS_PER_DECADE: f64 = 4.0;
pub(super) const WAITS: usize = 25;

/// Points of the grid that distributions are inverted on, and their logarithms' ends.
const GRID: usize = 360;
const GRID_LOW: f64 = -7.0;
const GRID_SPAN: f64 = 20.0;

/// The rows of one mean wait and variation, by the share that waits.
pub(super) type Cell = [Row; SHARES.len()];

/// Logarithms of the quantiles at [`LEVELS_OF_ROWS`], where vectors are loaded at once.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(super) struct Row(pub(super) [f32; LEVELS]);

/// Response times by mean wait and variation, for one CV of the work.
#[derive(Debug)]
pub(super) struct Cells {
    /// None for constant work.
    work: Option<Work>,
    cells: Vec<OnceLock<Cell>>,
}

/// Lognormal work of mean 1.
#[derive(Debug)]
struct Work {
    half_variance: f64,
    /// Standard deviation of the logarithm.
    spread: f64,
    /// Beyond 8 deviations the distribution is 0 or 1: most of the grid needs no logarithm.
    never: f64,
    always: f64,
    /// The distribution of those who don't wait, on the grid.
    at_once: Vec<f64>,
}

impl Work {
    /// The share of work that is at most `x`.
    fn cdf(&self, x: f64) -> f64 {
        if self.always < x {
            1.0
        } else if self.never < x {
            normal_cdf_fast((libm::log(x) + self.half_variance) / self.spread)
        } else {
            0.0
        }
    }
}

impl Cells {
    pub(super) fn new(cv: f64) -> Self {
        let work = (0.0 < cv).then(|| {
            let variance = libm::log1p(cv * cv);
            let (half_variance, spread) = (variance / 2.0, libm::sqrt(variance));
            let far = |deviations: f64| libm::exp(deviations * spread - half_variance);
            let cdf = |x: &f64| normal_cdf((libm::log(*x) + half_variance) / spread);
            Work {
                half_variance,
                spread,
                never: far(-8.0) * (1.0 - 1e-9),
                always: far(8.0) * (1.0 + 1e-9),
                at_once: grid().iter().map(cdf).collect(),
            }
        });
        Cells {
            work,
            cells: vec![OnceLock::new(); WAITS * KAPPAS.len()],
        }
    }

    /// The rows of a node of mean waits and one of variations.
    #[inline]
    pub(super) fn get(&self, wait: usize, kappa: usize) -> &Cell {
        self.cells[wait * KAPPAS.len() + kappa].get_or_init(|| match &self.work {
            Some(work) => lognormal(work, wait, kappa),
            None => constant(wait, kappa),
        })
    }
}

/// The logarithm of a point of the grid.
fn grid_ln(i: usize) -> f64 {
    GRID_LOW + i as f64 * GRID_SPAN / (GRID - 1) as f64
}

fn grid() -> &'static [f64; GRID] {
    static POINTS: OnceLock<[f64; GRID]> = OnceLock::new();
    POINTS.get_or_init(|| std::array::from_fn(|i| libm::exp(grid_ln(i))))
}

fn wait_node(i: usize) -> f64 {
    WAIT_MIN * libm::pow(10.0, i as f64 / WAITS_PER_DECADE)
}

/// The wait's law as 39 quantile cells, finer towards the tail, rescaled to mean 1: values, and the
/// mass each stands for.
struct Waits {
    law: WaitLaw,
    masses: Vec<(f64, f64)>,
    /// What the law's own quantiles are to be divided by.
    mean: f64,
}

fn waits(kappa: usize) -> &'static Waits {
    static ALL: [OnceLock<Waits>; KAPPAS.len()] = [const { OnceLock::new() }; KAPPAS.len()];
    ALL[kappa].get_or_init(|| {
        let law = WaitLaw::new(KAPPAS[kappa]);
        let mut edges: Vec<f64> = (0..=24).map(|i| f64::from(i) * 0.9 / 24.0).collect();
        let mut tail = 0.1;
        for _ in 0..14 {
            tail *= 0.62;
            edges.push(1.0 - tail);
        }
        edges.push(1.0);
        let middle = |e: &[f64]| (law.quantile(0.5 * (e[0] + e[1])), e[1] - e[0]);
        let mut masses: Vec<(f64, f64)> = edges.windows(2).map(middle).collect();
        let mean = match law {
            WaitLaw::Blend { variation, .. } if 1.0 < variation => {
                masses.iter().map(|(w, mass)| w * mass).sum()
            }
            WaitLaw::Blend { .. } | WaitLaw::Gamma { .. } => 1.0,
        };
        masses.iter_mut().for_each(|(w, _)| *w /= mean);
        Waits { law, masses, mean }
    })
}

/// Constant work: the wait's quantiles, shifted.
fn constant(wait: usize, kappa: usize) -> Cell {
    let (waits, scale) = (waits(kappa), wait_node(wait));
    SHARES.map(|p| {
        Row(LEVELS_OF_ROWS.map(|u| {
            let waiting = u - (1.0 - p);
            let unit = if waiting <= 0.0 {
                0.0
            } else {
                waits.law.quantile(waiting / p) / waits.mean
            };
            libm::log1p(scale * unit) as f32
        }))
    })
}

/// Lognormal work: mixtures of its distribution shifted by each node of the wait, inverted on a
/// logarithmic grid.
fn lognormal(work: &Work, wait: usize, kappa: usize) -> Cell {
    let (scale, masses) = (wait_node(wait), &waits(kappa).masses);
    let after = |x: &f64| -> f64 {
        let served = |(w, mass): &(f64, f64)| mass * work.cdf(x - w * scale);
        masses.iter().map(served).sum()
    };
    // Looking for quantiles visits a part of the grid only.
    let visited = [const { std::cell::Cell::new(f64::NAN) }; GRID];
    let after_wait = |i: usize| {
        if visited[i].get().is_nan() {
            visited[i].set(after(&grid()[i]));
        }
        visited[i].get()
    };
    SHARES.map(|p| {
        let cdf = |i: usize| (1.0 - p) * work.at_once[i] + p * after_wait(i);
        Row(LEVELS_OF_ROWS.map(|u| invert(cdf, u)))
    })
}

/// The logarithm of the quantile of a distribution known on the grid.
fn invert(cdf: impl Fn(usize) -> f64, u: f64) -> f32 {
    let (mut low, mut high) = (0, GRID - 1);
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
    let (a, b) = (libm::log(grid()[low]), libm::log(grid()[high]));
    (a + (b - a) * t) as f32
}
