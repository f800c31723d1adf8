//! Errors of a model against a truth, added up.

use crate::validation::number;

use super::pair::Off;

/// What ± means on the page, and what it does to a verdict.
pub(super) const INTERVALS: &str = "± is half of the 99.9 % interval of the exact model's own \
     figure over its replications, that of a percentile with half a bin of its histogram. \
     – stands for a run that was too short to settle. A bound on an average is broken where all \
     of that interval is beyond it, holds where none is, and is undecided between; a single cell \
     counts as within where its error is, and as undecided where only chance could bring it there.";

/// Relative errors, in percent, or differences in points.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(Vec<Off>);

impl Errors {
    /// One more; nothing where there is no truth.
    pub(super) fn add(&mut self, off: Off) {
        if off.error.is_finite() {
            self.0.push(off);
        }
    }

    /// The mean of the errors' sizes.
    pub(super) fn mean(&self) -> f64 {
        self.sizes().sum::<f64>() / self.0.len().max(1) as f64
    }

    /// The mean of what chance may have to do with each: as much, at most, with their mean.
    pub(super) fn chance(&self) -> f64 {
        let known = || {
            self.0
                .iter()
                .map(|off| off.chance)
                .filter(|it| it.is_finite())
        };
        known().sum::<f64>() / known().count().max(1) as f64
    }

    /// The mean of the sizes, and its chance.
    pub(super) fn mean_within(&self) -> (f64, f64) {
        (self.mean(), self.chance())
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
        self.0
            .iter()
            .fold(Off::default(), |worst, it| worst.larger(*it))
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// `mean / 95th percentile / worst ± its chance`.
    pub(super) fn cell(&self) -> String {
        if self.0.is_empty() {
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
        self.0.iter().map(|off| libm::fabs(off.error))
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
