//! A sweep's cells in numbers, and each against the baseline.

use super::cell::Grid;
use super::statistics::{
    HeldShare, MeanInterval, PairedDifference, mean_interval, paired_difference, wilson,
};
use super::sweep::{RunRow, SweepRuns};

/// A cell's replications taken together.
#[derive(Clone, PartialEq, Debug)]
pub struct CellResult {
    /// The cell's index.
    pub cell: usize,
    /// Runs that went to their ends; only these count below.
    pub runs: usize,
    /// Each measure's mean; `None` where no run has a value.
    pub means: Vec<Option<MeanInterval>>,
    /// Each measure's difference to the baseline cell's, paired by replication; `None` for the
    /// baseline itself, and where there is no pair.
    pub differences: Vec<Option<PairedDifference>>,
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
    let of_cell = |cell: usize| {
        let first = runs.rows.partition_point(|row| row.cell < cell);
        let last = runs.rows.partition_point(|row| row.cell <= cell);
        &runs.rows[first..last]
    };
    let baseline = of_cell(grid.baseline);
    let result = |cell: usize| {
        let rows = of_cell(cell);
        let others = (cell != grid.baseline).then_some(baseline);
        let objectives = grid.cells[cell].plan.objectives.len();
        let measures = 0..runs.measures.len();
        CellResult {
            cell,
            runs: whole(rows).count(),
            means: measures
                .clone()
                .map(|measure| mean(rows, measure))
                .collect(),
            differences: measures
                .map(|measure| difference(rows, others?, measure))
                .collect(),
            held: (0..objectives).map(|index| held(rows, index)).collect(),
            caveats: rows
                .first()
                .map_or_else(Vec::new, |row| row.caveats.clone()),
        }
    };
    (0..grid.cells.len()).map(result).collect()
}

/// The runs that went to their ends: half a run has another mean.
fn whole(rows: &[RunRow]) -> impl Iterator<Item = &RunRow> {
    rows.iter().filter(|row| row.is_complete())
}

fn mean(rows: &[RunRow], measure: usize) -> Option<MeanInterval> {
    let values: Vec<f64> = whole(rows).filter_map(|row| row.values[measure]).collect();
    mean_interval(&values)
}

fn difference(rows: &[RunRow], others: &[RunRow], measure: usize) -> Option<PairedDifference> {
    let pair = |row: &RunRow| {
        let other = whole(others).find(|other| other.replication == row.replication)?;
        row.values[measure].zip(other.values[measure])
    };
    let pairs: Vec<(f64, f64)> = whole(rows).filter_map(pair).collect();
    paired_difference(&pairs)
}

fn held(rows: &[RunRow], objective: usize) -> HeldShare {
    let judged: Vec<bool> = whole(rows)
        .filter_map(|row| row.held.get(objective).copied().flatten())
        .collect();
    wilson(judged.iter().filter(|held| **held).count(), judged.len())
}
