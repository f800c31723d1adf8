//! The cells of a sweep: a scenario at each of its points, checked before anything runs.

use rayon::prelude::*;

use super::design::{self, Points};
use super::futures::{Pasts, pasts};
use super::measure::Measure;
pub use super::measure::measures;
use super::pilots::{self, SweepWarmUp};
use super::varied::Varied;
use crate::scenario::node::{Node, Value};
use crate::scenario::plan::{Plan, RecordPlan};
use crate::scenario::sweep::{Replications, SweepParameter, SweepValue};
use crate::scenario::{LoadOptions, Loaded, TraceFile, load_tree};

mod columns;
mod refused;

pub use columns::{OF_REGRET, is_column};
pub(super) use refused::nothing_varied;
pub use refused::{CELLS_MAX, RUNS_MAX, check_least};

pub use super::grid_error::{BrokenCell, GridError};
use refused::{at_home, check_measure, check_size};

/// Of so many broken cells the problems are kept; the rest are counted.
const BROKEN_SHOWN: usize = 3;

/// A sweep that may run.
#[derive(Debug)]
pub struct Grid {
    /// The parameters' names, in the order of the file.
    pub parameters: Vec<String>,
    /// The cells; of a full grid the last parameter changes fastest.
    pub cells: Vec<Cell>,
    /// Runs a cell.
    pub replications: Replications,
    /// The index of the cell that the others are compared with.
    pub baseline: usize,
    /// What the runs are measured by.
    pub measures: Vec<Measure>,
    /// What to say of its points.
    pub notes: Vec<String>,
    /// Which cells are the same up to an instant.
    pub pasts: Pasts,
    /// The traces that cells read, those of the scenario itself among them.
    pub trace_files: Vec<TraceFile>,
    /// What its parameters are.
    pub varied: Varied,
    /// The warm-up of all its runs, where pilot runs find it.
    pub warm_up: Option<SweepWarmUp>,
}

/// One point of the grid.
#[derive(Debug)]
pub struct Cell {
    /// What sets it apart: `spotWeight=2, desiredCount=8`.
    pub name: String,
    /// Each parameter's value as tables show it.
    pub labels: Vec<String>,
    /// What runs.
    pub plan: Plan,
}

/// What a command asks of a sweep beside its scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Asked {
    /// Runs a cell, instead of what the scenario says.
    pub replications: Option<u32>,
    /// Cells that are allowed.
    pub cells_max: Option<u64>,
}

/// All cells of a loaded scenario's sweep, each converted and checked; `options` are those that the
/// scenario was loaded with.
///
/// # Errors
/// If there is no grid, it is too large, or one of its cells is no legal scenario.
pub fn grid(loaded: &Loaded, options: &LoadOptions, asked: Asked) -> Result<Grid, GridError> {
    let sweep = loaded.sweep.as_ref().ok_or(GridError::NoSweep)?;
    let replications = match asked.replications {
        Some(count) => Replications::fixed(count),
        None => sweep.replications.clone(),
    };
    if sweep.parameters.is_empty() {
        let failure = Box::new(nothing_varied(loaded, sweep.place));
        return Err(GridError::Empty { failure });
    }
    check_size(loaded, sweep, (&replications, asked.cells_max))?;
    let Points {
        points,
        baseline,
        repeated,
        layout,
    } = design::points(sweep, loaded.plan.run.seed);
    let mut notes = Vec::new();
    if 0 < repeated {
        notes.push(format!(
            "{repeated} of the points drawn fell onto others: {} cells are left",
            points.len()
        ));
    }
    let varied = Varied::of(sweep, layout, loaded.plan.run.seed);
    notes.extend(varied.held_still(&sweep.parameters));
    let (cells, trace_files) = converted(loaded, options, (&sweep.parameters, points))?;
    let measures = measures(cells.iter().map(|cell| &cell.plan));
    columns::check_names(loaded, sweep, &measures)?;
    check_measure(loaded, &replications, &measures)?;
    let warm_up = pilots::asked(loaded, sweep, &cells)?;
    Ok(Grid {
        warm_up,
        parameters: sweep.parameters.iter().map(|it| it.name.clone()).collect(),
        baseline,
        pasts: pasts_of(&cells),
        cells,
        replications,
        measures,
        notes,
        trace_files,
        varied,
    })
}

/// What cells are made of: the scenario without its sweep. A cell has none, and reading a range of
/// ten thousand values for each of as many cells would take longer than playing them.
pub(super) fn without_sweep(loaded: &Loaded) -> Node {
    let mut tree = loaded.tree.clone();
    if let Value::Mapping(entries) = &mut tree.value {
        entries.retain(|(key, _)| key.text != "sweep");
    }
    tree
}

/// Every point as a cell, and the traces that they read.
pub(super) fn converted(
    loaded: &Loaded,
    options: &LoadOptions,
    (parameters, points): (&[SweepParameter], Vec<Vec<SweepValue>>),
) -> Result<(Vec<Cell>, Vec<TraceFile>), GridError> {
    let tree = without_sweep(loaded);
    let converted: Vec<_> = points
        .par_iter()
        .map(|point| convert((loaded, &tree), options, (parameters, point)))
        .collect();
    let (mut cells, mut broken, mut trace_files) = (Vec::new(), Vec::new(), Vec::new());
    for cell in converted {
        match cell {
            Ok((cell, traces)) => {
                let is_new = |trace: &TraceFile| !trace_files.contains(trace);
                let new: Vec<TraceFile> = traces.into_iter().filter(is_new).collect();
                trace_files.extend(new);
                cells.push(cell);
            }
            Err(cell) => broken.push(cell),
        }
    }
    if broken.is_empty() {
        return Ok((cells, trace_files));
    }
    let further = broken.len().saturating_sub(BROKEN_SHOWN);
    broken.truncate(BROKEN_SHOWN);
    Err(GridError::Broken {
        cells: points.len(),
        first: broken,
        further,
    })
}

/// Scenarios as the cells of a grid, by their names; the first is the baseline.
pub fn beside_one_another(scenarios: Vec<(String, Plan)>, replications: Replications) -> Grid {
    let cell = |(name, mut plan): (String, Plan)| {
        plan.record = only_a_row();
        Cell {
            labels: vec![name.clone()],
            name,
            plan,
        }
    };
    let cells: Vec<Cell> = scenarios.into_iter().map(cell).collect();
    Grid {
        parameters: vec!["scenario".to_owned()],
        measures: measures(cells.iter().map(|cell| &cell.plan)),
        pasts: pasts_of(&cells),
        cells,
        replications,
        baseline: 0,
        notes: Vec::new(),
        trace_files: Vec::new(),
        varied: Varied::default(),
        warm_up: None,
    }
}

pub(super) fn pasts_of(cells: &[Cell]) -> Pasts {
    let plans: Vec<&Plan> = cells.iter().map(|cell| &cell.plan).collect();
    pasts(&plans)
}

/// The scenario at a point; `tree` is that of [`without_sweep`].
pub(super) fn convert(
    (loaded, tree): (&Loaded, &Node),
    options: &LoadOptions,
    (parameters, point): (&[SweepParameter], &[SweepValue]),
) -> Result<(Cell, Vec<TraceFile>), BrokenCell> {
    let labels: Vec<String> = point.iter().map(|value| value.label.clone()).collect();
    let named: Vec<String> = parameters
        .iter()
        .zip(&labels)
        .map(|(parameter, label)| format!("{}={label}", parameter.name))
        .collect();
    let name = named.join(", ");
    // The tree has the command line's values in it already.
    let options = LoadOptions {
        set: parameters
            .iter()
            .zip(point)
            .flat_map(|(parameter, value)| parameter.set(value))
            .collect(),
        ..options.clone()
    };
    match load_tree(tree, &loaded.sources, &loaded.plan.name, &options) {
        Ok(Loaded {
            mut plan,
            trace_files,
            ..
        }) => {
            plan.record = only_a_row();
            Ok((Cell { name, labels, plan }, trace_files))
        }
        Err(failure) => Err(BrokenCell {
            name,
            failure: Box::new(at_home(failure, (parameters, point))),
        }),
    }
}

/// One row a run is all that is kept.
fn only_a_row() -> RecordPlan {
    RecordPlan {
        metrics: None,
        tasks: false,
        events: false,
        decisions: false,
        packing: Vec::new(),
    }
}
