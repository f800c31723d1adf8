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

use super::exp::{exp_fast, exp_fast_f32, ln_fast};
use super::piece::Piece;
use super::response_cells::{Cells, KAPPAS, Row, SHARES, WAIT_MIN, WAITS, WAITS_PER_DECADE};
use super::special::normal_quantile;

/// Quantiles per row: the cells of mass, then [`Percentile`]s.
pub const LEVELS: usize = 24;
/// Cells of mass, each represented by its middle quantile.
pub const CELLS: usize = 20;
const EDGES: [f64; CELLS + 1] = [
    0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.965, 0.98, 0.985, 0.99,
    0.9925, 0.995, 0.999, 1.0,
];
/// Logarithms of the share above each cell's middle.
const LN_SURVIVAL: [f64; CELLS] = [
    -0.051_293_294_387_550_58,
    -0.162_518_929_497_774_94,
    -0.287_682_072_451_780_9,
    -0.430_782_916_092_454_2,
    -0.597_837_000_755_620_4,
    -0.798_507_696_217_771_7,
    -1.049_822_124_498_677_4,
    -1.386_294_361_119_890_6,
    -1.742_969_305_058_622_8,
    -2.079_441_541_679_835_7,
    -2.436_116_485_618_569_5,
    -2.772_588_722_239_781,
    -3.158_251_203_051_766_4,
    -3.593_569_374_309_608,
    -4.045_554_398_052_665,
    -4.382_026_634_673_885,
    -4.738_701_578_612_61,
    -5.075_173_815_233_83,
    -5.809_142_990_314_027,
    -7.600_902_459_542_192,
];
const PERCENTILES: [f64; LEVELS - CELLS] = [0.5, 0.9, 0.95, 0.99];
/// Logarithms of the share above each percentile.
const LN_SURVIVAL_OF_PERCENTILES: [f64; LEVELS - CELLS] = [
    -std::f64::consts::LN_2,
    -std::f64::consts::LN_10,
    -2.995_732_273_553_991,
    -4.605_170_185_988_091,
];
/// The cell with the first middle above each percentile.
const CELL_ABOVE_PERCENTILE: [usize; LEVELS - CELLS] = [5, 10, 12, 16];

/// One over the logarithm of the ratio of neighbouring variations of the table.
const PER_LN_KAPPA: [f64; KAPPAS.len() - 1] = [
    0.830_583_545_082_537_3,
    0.910_239_226_626_837_3,
    0.830_583_545_082_537_3,
    0.910_239_226_626_837_3,
    0.830_583_545_082_537_3,
    0.910_239_226_626_837_3,
    0.830_583_545_082_537_3,
];
/// Above this mean wait the wait alone counts.
const WAIT_MAX: f64 = 9900.0;

/// From which share of late responses on a law is another one without them: fewer move p99 by less
/// than a thousandth and the mean of a law's cells by less than that.
pub const LATE_MIN: f64 = 1e-5;

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
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Response {
    /// Natural logarithms of the quantiles, in units of `holding_s`.
    pub ln_quantiles: [f32; LEVELS],
    /// The unit: mean slot-holding time, seconds.
    pub holding_s: f64,
    /// The mean, seconds.
    pub mean_s: f64,
}

/// What of a law its [`Percentile`]s are worked out from.
#[derive(Clone, Copy, Debug)]
pub struct PercentileLaw {
    holding_s: f64,
    ln_quantiles: [f32; LEVELS - CELLS],
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
pub const LEVELS_OF_ROWS: [f64; LEVELS] = {
    let mut levels = [0.0; LEVELS];
    let mut i = 0;
    while i < LEVELS {
        levels[i] = if i < CELLS {
            0.5 * (EDGES[i] + EDGES[i + 1])
        } else {
            PERCENTILES[i - CELLS]
        };
        i += 1;
    }
    levels
};

impl Response {
    /// Whether every number has the same bits; quicker than comparing them as floats.
    #[inline]
    pub fn is_same(&self, other: &Response) -> bool {
        let bits = |response: &Response| response.ln_quantiles.map(f32::to_bits);
        self.holding_s.to_bits() == other.holding_s.to_bits()
            && self.mean_s.to_bits() == other.mean_s.to_bits()
            && bits(self) == bits(other)
    }

    /// A percentile, seconds.
    pub fn percentile_s(&self, percentile: Percentile) -> f64 {
        self.percentiles_s()[percentile as usize]
    }

    /// All [`Percentile`]s, seconds.
    #[inline]
    pub fn percentiles_s(&self) -> [f64; LEVELS - CELLS] {
        PercentileLaw::of(self).percentiles_s()
    }

    /// The share of responses that take longer than `limit_s`.
    ///
    /// Between the cells' middles straight lines in the logarithm of the share, to the ends by the
    /// last line. A request over its client's time-out has failed, yet used its slot.
    pub fn share_above(&self, limit_s: f64) -> f64 {
        if limit_s <= 0.0 {
            return 1.0;
        }
        let x = ln_fast(limit_s / self.holding_s);
        let ln_q = |i: usize| f64::from(self.ln_quantiles[i]);
        let above = if x < ln_q(CELLS - 1) {
            (0..CELLS).find(|&i| x < ln_q(i)).unwrap_or(CELLS)
        } else {
            CELLS
        };
        // The line through the neighbours, or the nearest that is not level.
        let right = above.clamp(1, CELLS - 1);
        let left = (0..right).rev().find(|&i| ln_q(i) < ln_q(right));
        let Some(left) = left else {
            return if above == CELLS { 0.0 } else { 1.0 };
        };
        let (s0, s1) = (LN_SURVIVAL[left], LN_SURVIVAL[right]);
        let ln_share = s0 + (s1 - s0) * (x - ln_q(left)) / (ln_q(right) - ln_q(left));
        exp_fast(ln_share.min(0.0))
    }

    /// The law of the responses that take at most `limit_s`, where `above` is the share that
    /// takes longer: who asked has left by then, and no balancer sees how long those took.
    ///
    /// The law's own lines are read at the levels that are left, and a percentile moves by as much
    /// as they fall there; the mean shrinks as that of the cells does. Below [`LATE_MIN`] it is the
    /// law itself.
    #[inline]
    pub fn within(&self, limit_s: f64, above: f64) -> Response {
        match above < LATE_MIN {
            true => *self,
            false => self.cut_at(limit_s, above),
        }
    }

    fn cut_at(&self, limit_s: f64, above: f64) -> Response {
        let most = ln_fast(limit_s / self.holding_s);
        let left = (1.0 - above).max(0.0);
        // By themselves: several logarithms at a time.
        let ln_shares = LEVELS_OF_ROWS.map(|level| ln_fast(1.0 - level * left));
        let mut ln_quantiles = [0.0; LEVELS];
        for (i, ln) in ln_quantiles[..CELLS].iter_mut().enumerate() {
            *ln = self.ln_quantile_at(ln_shares[i], i).min(most) as f32;
        }
        // The lines are chords, a percentile of the row is not on them; and one that lies higher
        // stays the higher one.
        let mut least = f64::NEG_INFINITY;
        for (i, own) in LN_SURVIVAL_OF_PERCENTILES.into_iter().enumerate() {
            let (cell, at) = (CELL_ABOVE_PERCENTILE[i], CELLS + i);
            let line = |ln_share| self.ln_quantile_at(ln_share, cell);
            let fall = line(ln_shares[at]) - line(own);
            let ln = f64::from(self.ln_quantiles[at]) + fall;
            least = ln.min(most).max(least);
            ln_quantiles[at] = least as f32;
        }
        let within = Response {
            ln_quantiles,
            ..*self
        };
        let shrunk = within.mean_of_cells() / self.mean_of_cells();
        let mean_s = self.mean_s * f64::from(shrunk);
        Response {
            mean_s: mean_s.min(limit_s),
            ..within
        }
    }

    /// The logarithm of the quantile that a share, of this logarithm, lies above: on the lines of
    /// [`Response::share_above`]. The share is at least that above the middle of the cell `from`,
    /// where the search begins.
    fn ln_quantile_at(&self, ln_share: f64, from: usize) -> f64 {
        let mut right = from.max(1);
        while 1 < right && LN_SURVIVAL[right - 1] < ln_share {
            right -= 1;
        }
        let [a, b] = [right - 1, right].map(|i| (LN_SURVIVAL[i], f64::from(self.ln_quantiles[i])));
        a.1 + (b.1 - a.1) * (ln_share - a.0) / (b.0 - a.0)
    }

    /// The mean of the cells' middles, in units of the holding time.
    fn mean_of_cells(&self) -> f32 {
        // The exponentials by themselves: several at a time.
        let quantiles = self.ln_quantiles.map(exp_fast_f32);
        let cells = quantiles.iter().zip(MASSES);
        cells.fold(0.0, |sum, (quantile, mass)| sum + mass as f32 * quantile)
    }
}

impl PercentileLaw {
    /// That of a law.
    #[inline]
    pub fn of(response: &Response) -> Self {
        PercentileLaw {
            holding_s: response.holding_s,
            ln_quantiles: std::array::from_fn(|i| response.ln_quantiles[CELLS + i]),
        }
    }

    /// Whether every number has the same bits.
    #[inline]
    pub fn is_same(&self, other: &PercentileLaw) -> bool {
        let bits = |law: &PercentileLaw| law.ln_quantiles.map(f32::to_bits);
        self.holding_s.to_bits() == other.holding_s.to_bits() && bits(self) == bits(other)
    }

    /// All [`Percentile`]s, seconds.
    #[inline]
    pub fn percentiles_s(&self) -> [f64; LEVELS - CELLS] {
        self.ln_quantiles
            .map(|ln| self.holding_s * exp_fast(f64::from(ln)))
    }
}

/// Response-time quantiles by wait, for one CV of the work.
#[derive(Debug)]
pub struct ResponseTable {
    cells: Cells,
    /// Variance of the logarithm of the work.
    log_variance: f64,
    /// Its root.
    spread: f64,
    /// Standard normal quantiles at the levels, and the logarithms of the work's.
    normals: [f32; LEVELS],
    works: [f32; LEVELS],
}

impl ResponseTable {
    /// The table for a CV, from a cache of the process; CVs are rounded to twentieths.
    pub fn shared(cv: f64) -> Arc<ResponseTable> {
        static CACHE: Mutex<BTreeMap<u32, Arc<ResponseTable>>> = Mutex::new(BTreeMap::new());
        let key = libm::round(cv.clamp(0.0, 100.0) * 20.0) as u32;
        let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
        let table = cache.entry(key);
        Arc::clone(table.or_insert_with(|| Arc::new(ResponseTable::new(f64::from(key) / 20.0))))
    }

    /// An empty table: its cells are worked out when first read, some 50 µs each. Prefer
    /// [`ResponseTable::shared`].
    pub fn new(cv: f64) -> Self {
        let normals = LEVELS_OF_ROWS.map(|u| normal_quantile(u) as f32);
        let log_variance = libm::log1p(cv * cv);
        let spread = libm::sqrt(log_variance);
        let mean = (log_variance / 2.0) as f32;
        ResponseTable {
            cells: Cells::new(cv),
            log_variance,
            spread,
            normals,
            works: normals.map(|normal| spread as f32 * normal - mean),
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
    /// mean of a lognormal law. Each quantile by the square of the part of it that is holding time,
    /// not wait (FITTED: the part itself made p99 of 4 tasks of 4 slots at CV 0.5 and load 0.9 15 %
    /// too high, its square 7 %).
    fn widen(&self, row: &mut [f32; LEVELS], slowing: f64, slowdown_max: f64) {
        let more = ln_fast(1.0 + slowing);
        let stretch = (libm::sqrt(self.log_variance + more) - self.spread) as f32;
        let shift = (more / 2.0) as f32;
        let most = ln_fast(slowdown_max.max(1.0)) as f32;
        // One instruction for four of them; `f32::min` is several.
        let least = |a: f32, b: f32| if a < b { a } else { b };
        for ((ln, normal), work) in row.iter_mut().zip(&self.normals).zip(&self.works) {
            // Squared: what varies independently adds up as squares.
            let holding_part = exp_fast_f32(2.0 * least(work - *ln, 0.0));
            *ln += holding_part * least(stretch * normal - shift, most);
        }
    }

    /// Logarithms of the quantiles at [`LEVELS_OF_ROWS`] in units of the holding time, for the
    /// share that waits, the mean wait of those (in holding times) and its squared CV.
    #[inline]
    pub fn look(&self, wait_share: f64, wait_mean: f64, kappa: f64) -> [f32; LEVELS] {
        let decades =
            ln_fast(wait_mean.max(WAIT_MIN) * (1.0 / WAIT_MIN)) * std::f64::consts::LOG10_E;
        let x = (decades * WAITS_PER_DECADE).min(WAITS as f64 - 1.001);
        let w = x as usize;
        let tw = x - w as f64;
        let kappa = kappa.clamp(KAPPAS[0], 9.99);
        let k = (0..KAPPAS.len() - 2)
            .find(|&i| kappa < KAPPAS[i + 1])
            .unwrap_or(KAPPAS.len() - 2);
        let tk = ln_fast(kappa / KAPPAS[k]) * PER_LN_KAPPA[k];
        let share = wait_share.clamp(0.0, 1.0);
        let s = (0..SHARES.len() - 2)
            .find(|&i| share < SHARES[i + 1])
            .unwrap_or(SHARES.len() - 2);
        let ts = (share - SHARES[s]) / (SHARES[s + 1] - SHARES[s]);
        let cells = [(w, k), (w, k + 1), (w + 1, k), (w + 1, k + 1)];
        let cells = cells.map(|(w, k)| self.cells.get(w, k));
        let (by_wait, by_kappa, by_share) = ([1.0 - tw, tw], [1.0 - tk, tk], [1.0 - ts, ts]);
        let weight = |i: usize| (by_wait[i >> 2] * by_kappa[i >> 1 & 1] * by_share[i & 1]) as f32;
        let nodes: [(&Row, f32); 8] =
            std::array::from_fn(|i| (&cells[i >> 1][s + (i & 1)], weight(i)));
        // All nodes for a few levels, not all levels for a node: the sums then stay in registers.
        let mut row: [f32; LEVELS] = std::array::from_fn(|level| {
            let terms = nodes.iter().map(|(node, weight)| weight * node.0[level]);
            terms.fold(0.0, |sum, term| sum + term)
        });
        if WAIT_MAX < wait_mean {
            let more = libm::log(wait_mean / WAIT_MAX) as f32;
            row.iter_mut().for_each(|ln| *ln += more);
        }
        row
    }
}
