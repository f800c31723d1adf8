//! Both models' figures of one comparison, how far apart they are, and how sure that is.

use crate::validation::number;
use crate::validation::section::Column;

use super::errors::percent;
use super::truth::Figures;

/// Both models' figures of one service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) exact: Figures,
    pub(super) fluid: Figures,
}

/// How far the fluid model is off, and by how much chance in the truth may be to blame: percent, or
/// points of a share.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Off {
    pub(super) error: f64,
    pub(super) chance: f64,
}

/// The figures of every comparison, in the order of [`Pair::all`].
pub(super) const FIGURES: [&str; 5] = [
    "utilization, points",
    "mean, %",
    "p95, %",
    "p99, %",
    "failed tries, points",
];

impl Pair {
    pub(super) fn utilization(&self) -> Off {
        let Pair { exact, fluid } = self;
        let error = 100.0 * (fluid.utilization - exact.utilization);
        Off::new(error, exact.chance.utilization)
    }

    pub(super) fn number(&self) -> Off {
        let Pair { exact, fluid } = self;
        Off::new(percent(fluid.number, exact.number), exact.chance.number)
    }

    pub(super) fn mean(&self) -> Off {
        let Pair { exact, fluid } = self;
        Off::new(percent(fluid.mean_s, exact.mean_s), exact.chance.mean)
    }

    pub(super) fn p50(&self) -> Off {
        let Pair { exact, fluid } = self;
        Off::new(percent(fluid.p50_s, exact.p50_s), exact.chance.p50)
    }

    pub(super) fn p95(&self) -> Off {
        let Pair { exact, fluid } = self;
        Off::new(percent(fluid.p95_s, exact.p95_s), exact.chance.p95)
    }

    pub(super) fn p99(&self) -> Off {
        let Pair { exact, fluid } = self;
        Off::new(percent(fluid.p99_s, exact.p99_s), exact.chance.p99)
    }

    pub(super) fn failed(&self) -> Off {
        let Pair { exact, fluid } = self;
        let error = 100.0 * (fluid.failed_tries - exact.failed_tries);
        Off::new(error, exact.chance.failed)
    }

    pub(super) fn tries(&self) -> Off {
        let Pair { exact, fluid } = self;
        Off::new(percent(fluid.tries, exact.tries), exact.chance.tries)
    }

    /// One for each of [`FIGURES`].
    pub(super) fn all(&self) -> [Off; 5] {
        [
            self.utilization(),
            self.mean(),
            self.p95(),
            self.p99(),
            self.failed(),
        ]
    }
}

impl Off {
    fn new(error: f64, chance: f64) -> Self {
        Off { error, chance }
    }

    /// Whether it is surely within `bound`, or surely not.
    pub(super) fn is_decided(self, bound: f64) -> bool {
        self.chance < libm::fabs(libm::fabs(self.error) - bound)
    }

    /// The larger of two.
    pub(super) fn larger(self, other: Off) -> Off {
        if libm::fabs(self.error) < libm::fabs(other.error) {
            other
        } else {
            self
        }
    }

    /// `+4.2 ± 0.3`.
    pub(super) fn text(&self) -> String {
        let error = number::percent(self.error).replace(" %", "");
        format!("{error} ± {}", number::fixed(self.chance, 1))
    }
}

/// Columns of a table of single comparisons: some of words, some of numbers, then [`FIGURES`].
pub(super) fn columns(words: &[&str], numbers: &[&str]) -> Vec<Column> {
    let mut columns: Vec<Column> = words.iter().map(|it| Column::text(it)).collect();
    columns.extend(numbers.iter().chain(&FIGURES).map(|it| Column::number(it)));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_told_with_its_sign_and_its_chance() {
        let mut pair = Pair {
            exact: Figures::default(),
            fluid: Figures::default(),
        };
        (pair.exact.mean_s, pair.fluid.mean_s) = (2.0, 1.9);
        (pair.exact.utilization, pair.fluid.utilization) = (0.5, 0.51);
        pair.exact.chance.mean = 0.44;
        assert_eq!(pair.mean().text(), "−5.0 ± 0.4");
        assert_eq!(pair.utilization().text(), "+1.0 ± 0.0");
        assert_eq!(pair.mean().larger(pair.utilization()), pair.mean());
    }
}
