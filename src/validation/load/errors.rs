//! Errors of a model against a truth, added up.

use crate::validation::number;

/// Relative errors, in percent, or differences in points.
#[derive(Clone, Debug, Default)]
pub(super) struct Errors(Vec<f64>);

impl Errors {
    /// The error of `model` against `truth`, in percent; nothing where there is no truth.
    pub(super) fn add(&mut self, model: f64, truth: f64) {
        if 0.0 < truth {
            self.0.push(percent(model, truth));
        }
    }

    /// The difference of two shares, in points.
    pub(super) fn add_points(&mut self, model: f64, truth: f64) {
        self.0.push(100.0 * (model - truth));
    }

    /// The mean of the errors' sizes.
    pub(super) fn mean(&self) -> f64 {
        self.0.iter().map(|it| libm::fabs(*it)).sum::<f64>() / self.0.len().max(1) as f64
    }

    /// The size that 95 of 100 do not pass.
    pub(super) fn most(&self) -> f64 {
        let mut sizes: Vec<f64> = self.0.iter().map(|it| libm::fabs(*it)).collect();
        sizes.sort_by(f64::total_cmp);
        let at = libm::ceil(0.95 * sizes.len() as f64) as usize;
        sizes.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    }

    /// The largest size.
    pub(super) fn worst(&self) -> f64 {
        self.0.iter().map(|it| libm::fabs(*it)).fold(0.0, f64::max)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// `mean / 95th percentile / worst`.
    pub(super) fn cell(&self) -> String {
        if self.0.is_empty() {
            return "–".to_owned();
        }
        let parts = [self.mean(), self.most(), self.worst()];
        parts.map(|it| number::fixed(it, 1)).join(" / ")
    }
}

/// How far `model` is from `truth`, in percent of it.
pub(super) fn percent(model: f64, truth: f64) -> f64 {
    100.0 * (model / truth - 1.0)
}

/// A size in percent: `5.3 %`.
pub(super) fn of_hundred(value: f64) -> String {
    format!("{} %", number::fixed(value, 1))
}

/// A difference in points: `2.4 points`.
pub(super) fn in_points(value: f64) -> String {
    format!("{} points", number::fixed(value, 1))
}
