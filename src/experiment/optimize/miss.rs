//! How far runs miss their objectives, so that a search has a way to go where none keeps them.

use crate::experiment::measure::{Measure, MeasureKind};
use crate::experiment::sweep::RunRow;
use crate::scenario::plan::{Bound, ObjectivePlan, Scope};

/// How far a cell's runs miss its objectives on average: 0 where all held; each objective adds less
/// than 1, by what is missing as a share of its bound, and 1 where nothing could be judged.
pub fn miss(objectives: &[ObjectivePlan], measures: &[Measure], rows: &[RunRow]) -> f64 {
    let complete = || rows.iter().filter(|row| row.is_complete());
    let runs = complete().count();
    if runs == 0 {
        return objectives.len() as f64;
    }
    let sum: f64 = complete()
        .map(|row| of_run(objectives, measures, row))
        .sum();
    sum / runs as f64
}

fn of_run(objectives: &[ObjectivePlan], measures: &[Measure], row: &RunRow) -> f64 {
    let value = |index: usize| {
        let is_it = |it: &Measure| it.kind == MeasureKind::Objective(index);
        let place = measures.iter().position(is_it)?;
        row.values.get(place).copied().flatten()
    };
    let one = |(index, objective): (usize, &ObjectivePlan)| match row.held.get(index) {
        Some(Some(true)) => 0.0,
        Some(Some(false)) => value(index).map_or(1.0, |value| excess(objective, value)),
        Some(None) | None => 1.0,
    };
    objectives.iter().enumerate().map(one).sum()
}

/// What is missing, as a share of the bound, bent to 0 … 1 so that no objective outweighs another.
fn excess(objective: &ObjectivePlan, value: f64) -> f64 {
    let (off, bound) = match (objective.scope, objective.bound) {
        // Judged is the share that held.
        (Scope::Minutes(share) | Scope::Calls(share), _) => (share - value, share),
        (Scope::Run, Bound::Below(bound)) => (value - bound, bound),
        (Scope::Run, Bound::Above(bound)) => (bound - value, bound),
    };
    let size = if bound == 0.0 { 1.0 } else { bound.abs() };
    let share = off.max(0.0) / size;
    // A bound that is not passed (below 2, found 2) is missed by a hair, and missed it is.
    (share / (1.0 + share)).max(1e-9)
}
