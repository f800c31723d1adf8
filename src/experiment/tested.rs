//! A scenario's objectives as a test: each with its verdict and its numbers over replications.

use super::cell::Grid;
use super::comparison::{CellResult, of_cell};
use super::measure::MeasureKind;
use super::objective::{unit, wanted};
use super::statistics::MeanInterval;
use super::sweep::SweepRuns;
use super::verdict::{Looks, OverRuns, over_runs};

/// A tested scenario.
#[derive(Clone, PartialEq, Debug)]
pub struct Tested {
    /// Its name.
    pub scenario: String,
    /// Runs that went to their ends.
    pub runs: usize,
    /// The cost of a month, USD.
    pub cost_month: Option<MeanInterval>,
    /// Its objectives, in their order.
    pub objectives: Vec<TestedObjective>,
    /// What a reader of the numbers should know.
    pub caveats: Vec<String>,
}

/// A tested objective.
#[derive(Clone, PartialEq, Debug)]
pub struct TestedObjective {
    /// The objective in words.
    pub text: String,
    /// What the runs say.
    pub over_runs: OverRuns,
    /// The value that is judged, over the runs that have one; of a share that of all runs together.
    pub value: Option<MeanInterval>,
    /// The run's value that is nearest to the wrong side of the bound, or farthest beyond it.
    pub worst: Option<f64>,
    /// What a value is compared with.
    pub bound: f64,
    /// `below`, `above` or `at_least`.
    pub wanted: &'static str,
    /// The unit of all of these.
    pub unit: &'static str,
}

/// The scenarios of a grid, tested.
pub fn tested(grid: &Grid, runs: &SweepRuns, cells: &[CellResult]) -> Vec<Tested> {
    let of = |kind: MeasureKind| runs.measures.iter().position(|it| it.kind == kind);
    let one = |cell: &CellResult| {
        let plan = &grid.cells[cell.cell].plan;
        let objectives = plan.objectives.iter().zip(&cell.held).zip(0..);
        let objective = |((plan, held), index)| {
            let measure = of(MeasureKind::Objective(index));
            let rows = of_cell(runs, cell.cell)
                .iter()
                .filter(|row| row.is_complete());
            let values: Vec<f64> = rows.filter_map(|row| row.values[measure?]).collect();
            let (bound, wanted) = wanted(plan);
            let worst = match wanted {
                "below" => values.iter().copied().reduce(f64::max),
                _ => values.iter().copied().reduce(f64::min),
            };
            TestedObjective {
                text: plan.text.clone(),
                over_runs: over_runs(plan, held, Looks::Once),
                value: measure.and_then(|index| cell.means[index]),
                worst,
                bound,
                wanted,
                unit: unit(plan),
            }
        };
        Tested {
            scenario: grid.cells[cell.cell].name.clone(),
            runs: cell.runs,
            cost_month: of(MeasureKind::CostMonth).and_then(|index| cell.means[index]),
            objectives: objectives.map(objective).collect(),
            caveats: cell.caveats.clone(),
        }
    };
    cells.iter().map(one).collect()
}

impl TestedObjective {
    /// Whether it fails a test: it is broken, or (`strict`) one can't be sure that it is kept, or
    /// nothing could be judged.
    pub fn fails(&self, strict: bool) -> bool {
        match self.over_runs.holds {
            None => true,
            Some(holds) => !holds || (strict && !self.over_runs.is_sure),
        }
    }
}
