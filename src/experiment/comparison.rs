//! A sweep's cells in numbers, and each against the baseline.

use super::cell::Grid;
use super::measure::Measure;
use super::statistics::{
    CONFIDENCE, HeldShare, MeanInterval, PairedDifference, QuantileInterval, holm, mean_interval,
    paired_difference, pseudo_values, quantile_interval, wilson,
};
use super::sweep::{RunRow, SweepRuns};

/// A cell's replications taken together.
#[derive(Clone, PartialEq, Debug)]
pub struct CellResult {
    /// The cell's index.
    pub cell: usize,
    /// Runs that went to their ends; only these count below.
    pub runs: usize,
    /// Each measure's mean, of a weighed one that of all runs together; `None` where no run has a
    /// value.
    pub means: Vec<Option<MeanInterval>>,
    /// The value that 95 of 100 runs do not pass; `None` where no run has a value.
    pub p95s: Vec<Option<QuantileInterval>>,
    /// Each measure's difference to the baseline cell's, paired by replication; `None` for the
    /// baseline itself, and where there is no pair.
    pub differences: Vec<Option<PairedDifference>>,
    /// Each difference's p-value with all cells' differences in that measure taken together (Holm):
    /// cells whose value is at most 0.05 all differ, and one is sure of all of them at 95 %.
    pub adjusted: Vec<Option<f64>>,
    /// How often each objective held.
    pub held: Vec<HeldShare>,
    /// What a reader should know, of the cell's first replication.
    pub caveats: Vec<String>,
}

impl CellResult {
    /// Whether every objective held in every run that could be judged.
    pub fn keeps_all_objectives(&self) -> bool {
        self.held.iter().all(|share| share.held == share.judged)
    }
}

/// The results of all cells.
pub fn compare(grid: &Grid, runs: &SweepRuns) -> Vec<CellResult> {
    let baseline = of_cell(runs, grid.baseline);
    let result = |cell: usize| {
        let rows = of_cell(runs, cell);
        let others = (cell != grid.baseline).then_some(baseline);
        let objectives = grid.cells[cell].plan.objectives.len();
        CellResult {
            cell,
            runs: whole(rows).count(),
            means: runs
                .measures
                .iter()
                .zip(0..)
                .map(|it| mean(rows, it))
                .collect(),
            p95s: (0..runs.measures.len()).map(|it| p95(rows, it)).collect(),
            differences: runs
                .measures
                .iter()
                .zip(0..)
                .map(|measure| difference((rows, measure), (others?, measure)))
                .collect(),
            adjusted: Vec::new(),
            held: (0..objectives).map(|index| held(rows, index)).collect(),
            caveats: rows
                .first()
                .map_or_else(Vec::new, |row| row.caveats.clone()),
        }
    };
    let mut results: Vec<CellResult> = (0..grid.cells.len()).map(result).collect();
    for measure in 0..runs.measures.len() {
        let p_value = |cell: &CellResult| cell.differences[measure]?.p_value;
        let p_values: Vec<Option<f64>> = results.iter().map(p_value).collect();
        for (cell, adjusted) in results.iter_mut().zip(holm(&p_values)) {
            cell.adjusted.push(adjusted);
        }
    }
    results
}

/// The rows of a cell, by replication.
pub(super) fn of_cell(runs: &SweepRuns, cell: usize) -> &[RunRow] {
    let first = runs.rows.partition_point(|row| row.cell < cell);
    let last = runs.rows.partition_point(|row| row.cell <= cell);
    &runs.rows[first..last]
}

/// Rows of a cell, and the measure of them that is meant.
pub(super) type Numbers<'a> = (&'a [RunRow], (&'a Measure, usize));

/// The runs that went to their ends: half a run has another mean.
fn whole(rows: &[RunRow]) -> impl Iterator<Item = &RunRow> {
    rows.iter().filter(|row| row.is_complete())
}

/// A run's value times what it is weighed by, and that weight.
pub(super) fn weighed(row: &RunRow, (measure, index): (&Measure, usize)) -> Option<(f64, f64)> {
    let weight = match measure.weight {
        Some(weight) => row.values[weight]?,
        None => 1.0,
    };
    row.values[index].map(|value| (value * weight, weight))
}

/// The mean of a measure over a cell's complete runs, of a weighed one that of all runs together.
pub fn mean(rows: &[RunRow], measure: (&Measure, usize)) -> Option<MeanInterval> {
    if measure.0.weight.is_none() {
        let values: Vec<f64> = whole(rows)
            .filter_map(|row| row.values[measure.1])
            .collect();
        return mean_interval(&values);
    }
    let pairs: Vec<(f64, f64)> = whole(rows)
        .filter_map(|row| weighed(row, measure))
        .collect();
    mean_interval(&pseudo_values(&pairs)?)
}

fn p95(rows: &[RunRow], measure: usize) -> Option<QuantileInterval> {
    let values: Vec<f64> = whole(rows).filter_map(|row| row.values[measure]).collect();
    quantile_interval(&values, 0.95, CONFIDENCE)
}

/// The mean of what `mine` has more than `others`, paired by replication.
pub(super) fn difference(mine: Numbers<'_>, others: Numbers<'_>) -> Option<PairedDifference> {
    let is_weighed = mine.1.0.weight.is_some();
    let (mine, others): (Vec<_>, Vec<_>) = pairs(mine, others).into_iter().unzip();
    if !is_weighed {
        let pairs: Vec<(f64, f64)> = mine.iter().zip(&others).map(|(a, b)| (a.0, b.0)).collect();
        return paired_difference(&pairs);
    }
    let (mine, others) = (pseudo_values(&mine)?, pseudo_values(&others)?);
    let pairs: Vec<(f64, f64)> = mine.into_iter().zip(others).collect();
    paired_difference(&pairs)
}

/// The difference as a share of the others' mean, which has to be above 0: a ratio of means less
/// one.
pub(super) fn relative(mine: Numbers<'_>, others: Numbers<'_>) -> Option<MeanInterval> {
    if mine.1.0.weight.is_some() {
        return None;
    }
    let values = pairs(mine, others).into_iter().map(|(a, b)| (a.0, b.0));
    let ratios = pseudo_values(&values.collect::<Vec<_>>())?;
    let changes: Vec<f64> = ratios.into_iter().map(|ratio| ratio - 1.0).collect();
    mean_interval(&changes)
}

/// Values with their weights of the same replications; both are sorted by replication.
fn pairs(mine: Numbers<'_>, others: Numbers<'_>) -> Vec<((f64, f64), (f64, f64))> {
    let mut other = whole(others.0).peekable();
    whole(mine.0)
        .filter_map(|row| {
            while other
                .next_if(|it| it.replication < row.replication)
                .is_some()
            {}
            let other = other.next_if(|it| it.replication == row.replication)?;
            weighed(row, mine.1).zip(weighed(other, others.1))
        })
        .collect()
}

fn held(rows: &[RunRow], objective: usize) -> HeldShare {
    let judged: Vec<bool> = whole(rows)
        .filter_map(|row| row.held.get(objective).copied().flatten())
        .collect();
    wilson(judged.iter().filter(|held| **held).count(), judged.len())
}
