//! What is rare, forced and weighed: a month with a zone loss is played as often as one without,
//! and counts as much as it is likely.
//!
//! The strata of a value that nobody chooses share their draws, so that the interval of a mean is
//! that of the replications' weighed sums. Shares of runs are weighed with Clopper's and Pearson's
//! bounds (1934), or those of all looks where a sweep stops when its intervals are narrow, each
//! sure enough that all together are 95 % sure (Bonferroni).

use super::cell::Grid;
use super::comparison::{CellResult, of_cell, weighed};
use super::regret::{Group, groups, labels};
use super::statistics::{CONFIDENCE, MeanInterval, mean_interval, pseudo_values};
use super::sweep::{RunRow, SweepRuns};
use super::verdict::Looks;

/// Cells weighed by the probabilities of what sets them apart.
#[derive(Clone, PartialEq, Debug)]
pub struct Mixtures {
    /// The parameters without probabilities, by their indices.
    pub others: Vec<usize>,
    /// Those with, by their indices.
    pub weighed: Vec<usize>,
    /// One for each combination of the others' values.
    pub mixtures: Vec<Mixture>,
}

/// A mixture of cells.
#[derive(Clone, PartialEq, Debug)]
pub struct Mixture {
    /// The values of the parameters without probabilities.
    pub labels: Vec<String>,
    /// Each measure's mean; `None` where one of the cells has no value.
    pub means: Vec<Option<MeanInterval>>,
    /// In what share of runs each objective holds.
    pub held: Vec<Option<MixedShare>>,
}

/// A share of runs, weighed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MixedShare {
    /// The estimate.
    pub share: f64,
    /// One is 95 % sure that it is at least so much.
    pub low: f64,
    /// One is 95 % sure that it is at most so much.
    pub high: f64,
}

/// A cell of a mixture, with its probability.
type Stratum<'a> = (&'a [RunRow], &'a CellResult, f64);

/// The mixtures of a sweep of every combination; `None` where nothing has a probability.
pub fn mixtures(grid: &Grid, runs: &SweepRuns, cells: &[CellResult]) -> Option<Mixtures> {
    let has_one = |index: &usize| !grid.varied.probabilities[*index].is_empty();
    let (weighed, others): (Vec<usize>, Vec<usize>) =
        (0..grid.varied.probabilities.len()).partition(has_one);
    let (kept, events) = (groups(grid, &others), groups(grid, &weighed));
    // Draws may have missed a value, and the rest is no whole.
    let sum: f64 = events.iter().map(|event| event.probability).sum();
    let is_whole = (sum - 1.0).abs() < 1e-6;
    if weighed.is_empty() || !is_whole || kept.len() * events.len() != grid.cells.len() {
        return None;
    }
    let mixture = |group: Group| {
        let of_group = |cell: &&CellResult| labels(grid, cell.cell, &others) == group.labels;
        let stratum = |cell: &'_ CellResult| {
            let labels = labels(grid, cell.cell, &weighed);
            let event = events.iter().find(|event| event.labels == labels);
            event.map_or(0.0, |event| event.probability)
        };
        let strata: Vec<Stratum<'_>> = cells
            .iter()
            .filter(of_group)
            .map(|cell| (of_cell(runs, cell.cell), cell, stratum(cell)))
            .collect();
        let objectives = strata.iter().map(|it| it.1.held.len()).min().unwrap_or(0);
        Mixture {
            means: (0..runs.measures.len())
                .map(|it| mean(runs, &strata, it))
                .collect(),
            held: (0..objectives)
                .map(|it| held(&strata, it, Looks::of(&grid.replications)))
                .collect(),
            labels: group.labels,
        }
    };
    Some(Mixtures {
        mixtures: kept.into_iter().map(mixture).collect(),
        others,
        weighed,
    })
}

/// The mean of the replications' weighed sums; of a weighed measure the ratio of two such sums.
fn mean(runs: &SweepRuns, strata: &[Stratum<'_>], measure: usize) -> Option<MeanInterval> {
    let whole = |rows: &[RunRow], replication: u32| {
        let at = rows
            .binary_search_by_key(&replication, |row| row.replication)
            .ok()?;
        let row = Some(&rows[at]).filter(|row| row.is_complete())?;
        weighed(row, (&runs.measures[measure], measure))
    };
    let sum = |row: &RunRow| {
        let mut sum = (0.0, 0.0);
        for (rows, _, probability) in strata {
            let (value, weight) = whole(rows, row.replication)?;
            sum = (sum.0 + probability * value, sum.1 + probability * weight);
        }
        Some(sum)
    };
    let sums: Vec<(f64, f64)> = strata.first()?.0.iter().filter_map(sum).collect();
    match runs.measures[measure].weight {
        Some(_) => mean_interval(&pseudo_values(&sums)?),
        None => mean_interval(&sums.into_iter().map(|it| it.0).collect::<Vec<_>>()),
    }
}

/// `None` where a cell had nothing to judge.
fn held(strata: &[Stratum<'_>], objective: usize, looks: Looks) -> Option<MixedShare> {
    // Two bounds of each stratum.
    let each = 1.0 - (1.0 - CONFIDENCE) / (2 * strata.len()) as f64;
    let mut mixed = MixedShare {
        share: 0.0,
        low: 0.0,
        high: 0.0,
    };
    for (_, cell, probability) in strata {
        let share = cell.held[objective];
        if share.judged == 0 {
            return None;
        }
        let (low, high) = looks.bounds((share.held, share.judged), each);
        mixed.share += probability * share.held as f64 / share.judged as f64;
        mixed.low += probability * low;
        mixed.high += probability * high;
    }
    Some(mixed)
}
