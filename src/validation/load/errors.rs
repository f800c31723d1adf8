//! Errors of a model against a truth, added up.

use crate::validation::number;
use crate::validation::section::Between;

use super::pair::Off;
use super::truth::half_width;

/// What ± means on the page, and what it does to a verdict.
pub(super) const INTERVALS: &str = "± is half of the 99.9 % interval of the exact model's own \
     figure over its replications, that of a percentile with half a bin of its histogram. \
     – stands for a run that was too short to settle: no average of a bound has it. Cells are \
     drawn independently of each other, so that the chance in an average is the root of the summed \
     squares of theirs (that of the minutes of one path, which go together, is measured over its \
     batches of replications), and what noise adds to a mean of sizes, at most a quarter of the \
     mean ±, comes off its lower end: an average stands with both ends. A bound on it is broken \
     where all of that interval is beyond it, holds where none is, and is undecided between; a \
     single cell counts as within where its error is, and as undecided where only chance could \
     bring it there.";

/// Relative errors, in percent, or differences in points.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors {
    offs: Vec<Off>,
    /// Of each, which draws its truth is from: those of one may be off together.
    draws: Vec<usize>,
    /// Of each of those draws: their number, and by how much the sum of its sizes is another in
    /// each batch of its replications.
    batches: Vec<(usize, Vec<f64>)>,
}

/// Noise of standard deviation s adds at most 0.8 s to a mean size (that of a normal law around 0),
/// and half of a 99.9 % interval is 3.3 s or more.
const NOISE_IN_SIZE: f64 = 0.25;

impl Errors {
    /// One more, of draws of its own; nothing where there is no truth.
    pub(super) fn add(&mut self, off: Off) {
        if off.error.is_finite() {
            self.draws.push(self.offs.len());
            self.offs.push(off);
        }
    }

    /// One more, of these draws, with the error that each batch of their replications finds;
    /// nothing where there is no truth. Those of one draw come together.
    pub(super) fn add_drawn(&mut self, off: Off, draw: usize, batches: &[f64]) {
        if !off.error.is_finite() {
            return;
        }
        self.offs.push(off);
        self.draws.push(draw);
        if self.batches.last().is_none_or(|(last, _)| *last != draw) {
            self.batches.push((draw, vec![0.0; batches.len()]));
        }
        let Some((_, sums)) = self.batches.last_mut() else {
            return;
        };
        // The size grows with the error where that is above 0, and against it below.
        for (sum, error) in sums.iter_mut().zip(batches) {
            // A batch without a request says nothing of that minute.
            if error.is_finite() {
                *sum += libm::copysign(1.0, off.error) * (error - off.error);
            }
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
        for off in self.offs.iter().filter(|off| off.chance.is_finite()) {
            sizes += libm::fabs(off.error);
            chances += off.chance;
            squares += off.chance * off.chance;
            count += 1.0;
        }
        if !self.batches.is_empty() {
            let halves = self.batches.iter().map(|(_, sums)| half_width(sums));
            squares = halves.map(|half| half * half).sum();
        }
        let all = count.max(1.0);
        let (value, half) = (sizes / all, libm::sqrt(squares) / all);
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
    fn independent_cells_average_their_chance_away() {
        let mut cells = Errors::default();
        for at in 0..100 {
            cells.add(off(if at % 2 == 0 { 2.0 } else { -2.0 }, 1.0));
        }
        let Between { value, low, high } = cells.mean_within();
        assert!((value - 2.0).abs() < 1e-12 && (high - 2.1).abs() < 1e-12);
        assert!((low - (2.0 - 0.1 - 0.25)).abs() < 1e-12);
    }

    /// Three batches find the truth larger, as large and smaller. Where all errors have one sign
    /// that moves their mean; where as many have the other it does not.
    #[test]
    fn minutes_of_one_path_go_together_as_their_batches_say() {
        let path = |errors: &mut Errors, draw: usize, signs: [f64; 2]| {
            for sign in signs {
                let error = 2.0 * sign;
                errors.add_drawn(off(error, 9.0), draw, &[error - 0.5, error, error + 0.5]);
            }
        };
        let (mut agreeing, mut opposed) = (Errors::default(), Errors::default());
        for draw in 0..4 {
            path(&mut agreeing, draw, [1.0, 1.0]);
            path(&mut opposed, draw, [1.0, -1.0]);
        }
        // A path's sum: -1, 0, 1; four paths; eight minutes.
        let half = half_width(&[-1.0, 0.0, 1.0]) * 2.0 / 8.0;
        assert!((agreeing.mean_within().high - (2.0 + half)).abs() < 1e-12);
        assert!((opposed.mean_within().high - 2.0).abs() < 1e-12);
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
