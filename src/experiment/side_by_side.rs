//! Scenarios beside one another: each number of the first, of the others, and their differences
//! under the same draws.

use super::cell::Grid;
use super::comparison::{CellResult, difference, mean, of_cell, relative};
use super::measure::{Measure, MeasureKind};
use super::statistics::{CONFIDENCE, MeanInterval, PairedDifference, holm};
use super::sweep::SweepRuns;

/// One number of all scenarios.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// What it is.
    pub what: What,
    /// Its mean in each scenario, in their order.
    pub means: Vec<Option<MeanInterval>>,
    /// What the others than the first have more; `None` for the first.
    pub changes: Vec<Option<Change>>,
}

/// What a line is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// A measure, by its index.
    Measure(usize),
    /// The value that an objective of this text judges.
    Objective(String),
}

/// How much a scenario differs from the first.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Change {
    /// The difference.
    pub difference: PairedDifference,
    /// The same as a share of the first's mean; `None` where that is 0.
    pub relative: Option<MeanInterval>,
    /// The p-value of "there is no difference" with all statements of the comparison taken together
    /// (Holm).
    pub adjusted: Option<f64>,
}

impl Change {
    /// Whether one may be sure of it, together with all others of which one is.
    pub fn is_sure(&self) -> bool {
        self.adjusted.is_some_and(|p| p <= 1.0 - CONFIDENCE)
    }
}

/// What is compared beside the cost and the objectives, in order.
const COMPARED: [MeasureKind; 8] = [
    MeasureKind::CostMonth,
    MeasureKind::CostPerMillionRequests,
    MeasureKind::Failed,
    MeasureKind::ResponseMean,
    MeasureKind::ResponseP99,
    MeasureKind::LaunchDelayP95,
    MeasureKind::TasksMean,
    MeasureKind::Interruptions,
];

/// The lines of a comparison: the measures that some scenario has, then all objectives.
pub fn lines(grid: &Grid, runs: &SweepRuns) -> Vec<Line> {
    let measure = |kind: &MeasureKind| runs.measures.iter().position(|it| it.kind == *kind);
    let mut lines: Vec<Line> = COMPARED
        .iter()
        .filter_map(measure)
        .map(|index| line(grid, runs, What::Measure(index)))
        .collect();
    for text in objectives(grid) {
        lines.push(line(grid, runs, What::Objective(text)));
    }
    lines.retain(|line| line.means.iter().any(Option::is_some));
    adjust(&mut lines);
    lines
}

/// The texts of all objectives, each once.
fn objectives(grid: &Grid) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for objective in grid.cells.iter().flat_map(|cell| &cell.plan.objectives) {
        if !texts.contains(&objective.text) {
            texts.push(objective.text.clone());
        }
    }
    texts
}

/// How often an objective held in a cell, which may have it or not.
pub fn held<'a>(
    grid: &Grid,
    cells: &'a [CellResult],
    (cell, text): (usize, &str),
) -> Option<&'a super::statistics::HeldShare> {
    let mut objectives = grid.cells[cell].plan.objectives.iter();
    let index = objectives.position(|it| it.text == text)?;
    cells[cell].held.get(index)
}

/// Where a cell's rows have the number of a line.
fn place(grid: &Grid, measures: &[Measure], (cell, what): (usize, &What)) -> Option<usize> {
    match what {
        What::Measure(index) => Some(*index),
        What::Objective(text) => {
            let mut objectives = grid.cells[cell].plan.objectives.iter();
            let objective = objectives.position(|it| it.text == *text)?;
            let kind = MeasureKind::Objective(objective);
            measures.iter().position(|it| it.kind == kind)
        }
    }
}

fn line(grid: &Grid, runs: &SweepRuns, what: What) -> Line {
    let at = |cell: usize| {
        let index = place(grid, &runs.measures, (cell, &what))?;
        Some((of_cell(runs, cell), (&runs.measures[index], index)))
    };
    let first = at(grid.baseline);
    let change = |cell: usize| {
        let (mine, other) = (at(cell)?, first?);
        Some(Change {
            difference: difference(mine, other)?,
            relative: relative(mine, other),
            adjusted: None,
        })
    };
    let cells = 0..grid.cells.len();
    Line {
        means: cells
            .clone()
            .map(|cell| at(cell).and_then(|(rows, measure)| mean(rows, measure)))
            .collect(),
        changes: cells
            .map(|cell| (cell != grid.baseline).then(|| change(cell)).flatten())
            .collect(),
        what,
    }
}

/// All statements of the comparison are one family.
fn adjust(lines: &mut [Line]) {
    let p_values: Vec<Option<f64>> = lines
        .iter()
        .flat_map(|line| {
            line.changes
                .iter()
                .map(|it| it.as_ref()?.difference.p_value)
        })
        .collect();
    let changes = lines.iter_mut().flat_map(|line| line.changes.iter_mut());
    for (change, adjusted) in changes.zip(holm(&p_values)) {
        if let Some(change) = change {
            change.adjusted = adjusted;
        }
    }
}
