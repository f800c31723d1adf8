//! Errors of a model against a truth, added up.

use crate::validation::number;
use crate::validation::section::Between;

use super::pair::Off;

/// What ± means on the page, and what it does to a verdict.
pub(super) const INTERVALS: &str = "± is half of the 99.9 % interval of the exact model's own \
     figure over its replications, that of a percentile with half a bin of its histogram. \
     – stands for a run that was too short to settle: no average of a bound has it. Cells are \
     drawn independently of each other, so that the chance in an average is the root of the summed \
     squares of theirs (minutes of one path taken as wholly dependent), and what noise adds to a \
     mean of sizes, at most a quarter of the mean ±, comes off its lower end: an average stands \
     with both ends. A bound on it is broken where all of that interval is beyond it, holds where \
     none is, and is undecided between; a single cell counts as within where its error is, and as \
     undecided where only chance could bring it there.";

/// Relative errors, in percent, or differences in points.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors {
    offs: Vec<Off>,
    /// Of each, which draws its truth is from: those of one may be off together.
    draws: Vec<usize>,
}

/// Noise of standard deviation s adds at most 0.8 s to a mean size (that of a normal law around 0),
/// and half of a 99.9 % interval is 3.3 s or more.
const NOISE_IN_SIZE: f64 = 0.25;

impl Errors {
    /// One more, of draws of its own; nothing where there is no truth.
    pub(super) fn add(&mut self, off: Off) {
        self.add_drawn(off, self.offs.len());
    }

    /// One more, of these draws; nothing where there is no truth. Those of one draw come together.
    pub(super) fn add_drawn(&mut self, off: Off, draw: usize) {
        if off.error.is_finite() {
            self.offs.push(off);
            self.draws.push(draw);
        }
    }

    /// The mean of the errors' sizes.
    pub(super) fn mean(&self) -> f64 {
        self.sizes().sum::<f64>() / self.offs.len().max(1) as f64
    }

    /// The mean of what chance may have to do with each: as much, at most, with their mean.
    pub(super) fn chance(&self) -> f64 {
        let known = || {
            self.offs
                .iter()
                .map(|off| off.chance)
                .filter(|it| it.is_finite())
        };
        known().sum::<f64>() / known().count().max(1) as f64
    }

    /// The mean of the sizes of those that are known, and between which ends that of the truth's
    /// lies: see [`INTERVALS`].
    pub(super) fn mean_within(&self) -> Between {
        let (mut sizes, mut chances, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0_f64);
        let (mut of_draw, mut last) = (0.0, None);
        let known = self.offs.iter().zip(&self.draws);
        for (off, draw) in known.filter(|(off, _)| off.chance.is_finite()) {
            if last != Some(*draw) {
                squares += of_draw * of_draw;
                (of_draw, last) = (0.0, Some(*draw));
            }
            of_draw += off.chance;
            sizes += libm::fabs(off.error);
            chances += off.chance;
            count += 1.0;
        }
        let all = count.max(1.0);
        let (value, half) = (sizes / all, libm::sqrt(squares + of_draw * of_draw) / all);
        let low = value - half - NOISE_IN_SIZE * chances / all;
        Between {
            value,
            low: low.max(0.0),
            high: value + half,
        }
    }

    /// The size that 95 of 100 do not pass.
    pub(super) fn most(&self) -> f64 {
        let mut sizes: Vec<f64> = self.sizes().collect();
        sizes.sort_by(f64::total_cmp);
        let at = libm::ceil(0.95 * sizes.len() as f64) as usize;
        sizes.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// The largest.
    pub(super) fn worst(&self) -> Off {
        self.offs
            .iter()
            .fold(Off::default(), |worst, it| worst.larger(*it))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.offs.len()
    }

    /// `mean / 95th percentile / worst ± its chance`.
    pub(super) fn cell(&self) -> String {
        if self.offs.is_empty() {
            return "–".to_owned();
        }
        let worst = self.worst();
        let parts = [self.mean(), self.most(), libm::fabs(worst.error)];
        let parts = parts.map(|it| number::fixed(it, 1)).join(" / ");
        format!("{parts} ± {}", number::fixed(worst.chance, 1))
    }

    /// `mean ± its chance / worst`.
    pub(super) fn mean_and_worst(&self) -> String {
        let worst = libm::fabs(self.worst().error);
        let [mean, chance, worst] =
            [self.mean(), self.chance(), worst].map(|it| number::fixed(it, 1));
        format!("{mean} ± {chance} / {worst}")
    }

    fn sizes(&self) -> impl Iterator<Item = f64> {
        self.offs.iter().map(|off| libm::fabs(off.error))
    }
}

/// How far `model` is from `truth`, in percent of it; NaN where there is none.
pub(super) fn percent(model: f64, truth: f64) -> f64 {
    if 0.0 < truth {
        100.0 * (model / truth - 1.0)
    } else {
        f64::NAN
    }
}

/// A size in percent: `5.3 %`.
pub(super) fn of_hundred(value: f64) -> String {
    format!("{} %", number::fixed(value, 1))
}

/// A difference in points: `2.4 points`.
pub(super) fn in_points(value: f64) -> String {
    format!("{} points", number::fixed(value, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off(error: f64, chance: f64) -> Off {
        Off { error, chance }
    }

    #[test]
    fn independent_cells_average_their_chance_away_and_minutes_of_one_path_do_not() {
        let mut cells = Errors::default();
        let mut minutes = Errors::default();
        for at in 0..100 {
            let error = if at % 2 == 0 { 2.0 } else { -2.0 };
            cells.add(off(error, 1.0));
            minutes.add_drawn(off(error, 1.0), at / 25);
        }
        let Between { value, low, high } = cells.mean_within();
        assert!((value - 2.0).abs() < 1e-12 && (high - 2.1).abs() < 1e-12);
        assert!((low - (2.0 - 0.1 - 0.25)).abs() < 1e-12);
        // Four paths.
        assert!((minutes.mean_within().high - 2.5).abs() < 1e-12);
    }

    #[test]
    fn what_is_not_known_is_in_no_average_of_a_bound() {
        let mut errors = Errors::default();
        errors.add(off(1.0, 0.5));
        errors.add(off(-90.0, f64::INFINITY));
        errors.add(off(f64::NAN, 0.5));
        let Between { value, low, high } = errors.mean_within();
        assert_eq!((value, low, high), (1.0, 0.375, 1.5));
        assert_eq!(errors.count(), 2);
    }
}
