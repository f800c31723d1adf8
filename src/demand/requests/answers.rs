//! The response times of single requests, as those see them who asked.

use super::fleet::{Answer, Watch};
use crate::policy::load::Histogram;

/// The response times of a stretch of time, by the time of the answer.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    pub(super) histogram: Histogram,
    /// The shortest and the longest of them, seconds: the histogram knows them by its bins only.
    least_s: f64,
    most_s: f64,
}

impl Default for Answers {
    fn default() -> Self {
        Answers {
            histogram: Histogram::new(),
            least_s: f64::INFINITY,
            most_s: 0.0,
        }
    }
}

impl Answers {
    /// A quantile, seconds; 0 if nobody was answered.
    pub(super) fn quantile_s(&self, u: f64) -> f64 {
        let quantile_s = self.histogram.quantile_s(u).unwrap_or(0.0);
        quantile_s.max(self.least_s).min(self.most_s)
    }

    /// Forgets everything, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.histogram.clear();
        (self.least_s, self.most_s) = (f64::INFINITY, 0.0);
    }
}

impl Watch for Answers {
    #[inline]
    fn answered(&mut self, answer: &Answer) {
        if let Some(seconds) = answer.seen_s() {
            self.histogram.add_value(seconds, 1.0);
            self.least_s = self.least_s.min(seconds);
            self.most_s = self.most_s.max(seconds);
        }
    }
}
