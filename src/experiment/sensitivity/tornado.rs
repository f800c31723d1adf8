//! A tornado: how far each assumption alone moves an answer between its two ends.

use crate::experiment::comparison::CellResult;
use crate::experiment::statistics::{MeanInterval, PairedDifference};

/// What a measure does at the ends of each parameter.
#[derive(Clone, PartialEq, Debug)]
pub struct Tornado {
    /// The measure where all is as the baseline has it.
    pub baseline: MeanInterval,
    /// One bar a parameter, the widest first.
    pub bars: Vec<Bar>,
}

/// What one parameter does.
#[derive(Clone, PartialEq, Debug)]
pub struct Bar {
    /// The parameter's index.
    pub parameter: usize,
    /// Its low end.
    pub low: End,
    /// Its high end.
    pub high: End,
    /// From the least to the greatest of the baseline's and the two ends' means.
    pub width: f64,
}

/// A parameter at one of its ends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct End {
    /// The cell of it.
    pub cell: usize,
    /// What the measure has more than at the baseline, paired by replication; `None` where the end
    /// is the baseline's value, and where there is no pair.
    pub difference: Option<PairedDifference>,
}

impl End {
    /// The mean difference; that of the baseline is 0.
    pub fn moved(&self) -> f64 {
        self.difference.map_or(0.0, |difference| difference.mean)
    }
}

/// The tornado of a measure, from the cells' differences to the baseline; `ends` has the
/// moved parameters, each with its two cells. `None` where the baseline has no value.
pub fn tornado(
    baseline: usize,
    ends: &[(usize, [usize; 2])],
    (cells, measure): (&[CellResult], usize),
) -> Option<Tornado> {
    let end = |cell: usize| End {
        cell,
        difference: cells[cell].differences[measure],
    };
    let bar = |&(parameter, ends): &(usize, [usize; 2])| {
        let [low, high] = ends.map(end);
        let moved = [0.0, low.moved(), high.moved()];
        let most = moved.into_iter().fold(f64::NEG_INFINITY, f64::max);
        let least = moved.into_iter().fold(f64::INFINITY, f64::min);
        Bar {
            parameter,
            low,
            high,
            width: most - least,
        }
    };
    let mut bars: Vec<Bar> = ends.iter().map(bar).collect();
    bars.sort_by(|a, b| {
        b.width
            .total_cmp(&a.width)
            .then(a.parameter.cmp(&b.parameter))
    });
    Some(Tornado {
        baseline: cells[baseline].means[measure]?,
        bars,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::statistics::{mean_interval, paired_difference};

    /// A cell whose runs are `values`, beside a baseline whose runs are 10 and 12.
    fn cell(cell: usize, values: [f64; 2]) -> CellResult {
        let pairs = [(values[0], 10.0), (values[1], 12.0)];
        CellResult {
            cell,
            runs: 2,
            means: vec![mean_interval(&values)],
            p95s: vec![None],
            differences: vec![(cell != 0).then(|| paired_difference(&pairs)).flatten()],
            adjusted: vec![None],
            held: Vec::new(),
            caveats: Vec::new(),
        }
    }

    /// Ends at -2 and +3 are 5 wide, at +6 and +1 six (the baseline is below both), and a
    /// parameter whose low end is the baseline is as wide as its high end is far.
    #[test]
    fn bars_reach_from_end_to_end_over_the_baseline_and_the_widest_is_first() {
        let cells = [
            cell(0, [10.0, 12.0]),
            cell(1, [8.0, 10.0]),
            cell(2, [13.0, 15.0]),
            cell(3, [16.0, 18.0]),
            cell(4, [11.0, 13.0]),
            cell(5, [14.0, 16.0]),
        ];
        let found = tornado(0, &[(0, [1, 2]), (1, [3, 4]), (2, [0, 5])], (&cells, 0)).unwrap();
        assert_eq!(found.baseline.mean, 11.0);
        let bars: Vec<(usize, f64)> = found
            .bars
            .iter()
            .map(|it| (it.parameter, it.width))
            .collect();
        assert_eq!(bars, [(1, 6.0), (0, 5.0), (2, 4.0)]);
        assert_eq!(found.bars[2].low.difference, None);
        assert_eq!(found.bars[1].low.moved(), -2.0);
    }
}
