//! The cells of a sweep: every combination of its parameters' values, checked before anything runs.

use rayon::prelude::*;
use thiserror::Error;

use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::plan::{Plan, RecordPlan};
use crate::scenario::source::Span;
use crate::scenario::sweep::SweepParameter;
use crate::scenario::{Failure, LoadOptions, Loaded, TraceFile, load_tree};

/// The most cells of a sweep.
pub const CELLS_MAX: u64 = 10_000;
/// The most runs of a sweep: cells × replications.
pub const RUNS_MAX: u64 = 1_000_000;
/// Of so many broken cells the problems are kept; the rest are counted.
const BROKEN_SHOWN: usize = 3;

/// A sweep that may run.
#[derive(Debug)]
pub struct Grid {
    /// The parameters' names, in the order of the file.
    pub parameters: Vec<String>,
    /// The cells; the last parameter changes fastest.
    pub cells: Vec<Cell>,
    /// Runs a cell.
    pub replications: u32,
    /// The index of the cell that the others are compared with.
    pub baseline: usize,
    /// The traces that cells read, those of the scenario itself among them.
    pub trace_files: Vec<TraceFile>,
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

/// Why a sweep can't run.
#[derive(Debug, Error)]
pub enum GridError {
    /// The scenario has no `sweep:` block.
    #[error(
        "the scenario has no sweep; add one, like\n  sweep:\n    replications: 10\n    \
         parameters:\n      tasks: {{ path: aws.services.api.desiredCount, values: [4, 8] }}\n\
         or play it once with: fleetcast run"
    )]
    NoSweep,
    /// Nothing is varied.
    #[error("the sweep has no parameters: there is nothing to vary; add some to sweep.parameters")]
    Empty {
        /// The same at its place in the file.
        failure: Box<Failure>,
    },
    /// No run was asked for.
    #[error("0 replications are no sweep; ask for 1 or more (10 give an interval to rely on)")]
    NoReplications,
    /// The grid has too many cells.
    #[error("the grid has {0} cells, at most {CELLS_MAX} are run; take out values or parameters")]
    TooManyCells(u64),
    /// Cells times replications are too many.
    #[error(
        "{cells} cells of {replications} replications are {runs} runs, at most {RUNS_MAX} are \
         played; take out values or replications"
    )]
    TooManyRuns {
        /// Cells.
        cells: u64,
        /// Runs a cell.
        replications: u32,
        /// Their product.
        runs: u64,
    },
    /// Some cells are no legal scenarios.
    #[error("{} of {cells} cells can't be run; nothing was played", .first.len() + .further)]
    Broken {
        /// How many cells there are.
        cells: usize,
        /// The first broken ones with their problems.
        first: Vec<BrokenCell>,
        /// How many more are broken.
        further: usize,
    },
}

/// A cell that is no legal scenario.
#[derive(Debug)]
pub struct BrokenCell {
    /// Its name.
    pub name: String,
    /// What is wrong.
    pub failure: Box<Failure>,
}

/// All cells of a loaded scenario's sweep, each converted and checked. `replications` goes before
/// the scenario's; `options` are those that the scenario was loaded with.
///
/// # Errors
/// If there is no grid, it is too large, or one of its cells is no legal scenario.
pub fn grid(
    loaded: &Loaded,
    options: &LoadOptions,
    replications: Option<u32>,
) -> Result<Grid, GridError> {
    let sweep = loaded.sweep.as_ref().ok_or(GridError::NoSweep)?;
    let replications = replications.unwrap_or(sweep.replications);
    if sweep.parameters.is_empty() {
        let failure = Box::new(nothing_varied(loaded, sweep.place));
        return Err(GridError::Empty { failure });
    }
    let count = count(&sweep.parameters, replications)?;
    let choices: Vec<Vec<usize>> = (0..count)
        .map(|cell| choice(&sweep.parameters, cell))
        .collect();
    let converted: Vec<_> = choices
        .par_iter()
        .map(|choice| convert(loaded, options, (&sweep.parameters, choice)))
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
    if !broken.is_empty() {
        let further = broken.len().saturating_sub(BROKEN_SHOWN);
        broken.truncate(BROKEN_SHOWN);
        return Err(GridError::Broken {
            cells: choices.len(),
            first: broken,
            further,
        });
    }
    let is_baseline = |cell: &Cell| Some(&cell.labels) == sweep.baseline.as_ref();
    Ok(Grid {
        parameters: sweep.parameters.iter().map(|it| it.name.clone()).collect(),
        baseline: cells.iter().position(is_baseline).unwrap_or(0),
        cells,
        replications,
        trace_files,
    })
}

fn nothing_varied(loaded: &Loaded, place: Span) -> Failure {
    let message = "the sweep has no parameters: there is nothing to vary";
    let help = "add some, like parameters: { tasks: { path: aws.services.api.desiredCount, values: \
                [4, 8] } }";
    let wrong = Diagnostic::error("empty-sweep", message).at(place);
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(wrong.path("sweep").help(help));
    Failure {
        diagnostics,
        sources: loaded.sources.clone(),
    }
}

/// How many cells there are, if they are not too many.
fn count(parameters: &[SweepParameter], replications: u32) -> Result<usize, GridError> {
    if replications == 0 {
        return Err(GridError::NoReplications);
    }
    let values = parameters.iter().map(|it| it.values.len() as u64);
    let cells = values.fold(1_u64, u64::saturating_mul);
    if CELLS_MAX < cells {
        return Err(GridError::TooManyCells(cells));
    }
    let runs = cells * u64::from(replications);
    if RUNS_MAX < runs {
        return Err(GridError::TooManyRuns {
            cells,
            replications,
            runs,
        });
    }
    Ok(cells as usize)
}

/// The index of each parameter's value in cell `cell`; the last parameter changes fastest.
fn choice(parameters: &[SweepParameter], mut cell: usize) -> Vec<usize> {
    let mut choice: Vec<usize> = parameters
        .iter()
        .rev()
        .map(|parameter| {
            let value = cell % parameter.values.len();
            cell /= parameter.values.len();
            value
        })
        .collect();
    choice.reverse();
    choice
}

fn convert(
    loaded: &Loaded,
    options: &LoadOptions,
    (parameters, choice): (&[SweepParameter], &[usize]),
) -> Result<(Cell, Vec<TraceFile>), BrokenCell> {
    let chosen = || parameters.iter().zip(choice.iter().copied());
    let labels: Vec<String> = chosen()
        .map(|(parameter, value)| parameter.values[value].label.clone())
        .collect();
    let named: Vec<String> = parameters
        .iter()
        .zip(&labels)
        .map(|(parameter, label)| format!("{}={label}", parameter.name))
        .collect();
    let name = named.join(", ");
    // The tree has the command line's values in it already.
    let options = LoadOptions {
        set: chosen()
            .flat_map(|(parameter, value)| parameter.set(value))
            .collect(),
        ..options.clone()
    };
    match load_tree(&loaded.tree, &loaded.sources, &loaded.plan.name, &options) {
        Ok(Loaded {
            mut plan,
            trace_files,
            ..
        }) => {
            // One row a run is all that is kept.
            plan.record = RecordPlan {
                metrics: None,
                tasks: false,
                events: false,
                decisions: false,
                packing: Vec::new(),
            };
            Ok((Cell { name, labels, plan }, trace_files))
        }
        Err(failure) => Err(BrokenCell {
            name,
            failure: Box::new(at_home(failure, (parameters, choice))),
        }),
    }
}

/// The same, pointing at the parameter's path and value in the file instead of at what was set.
fn at_home(failure: Failure, (parameters, choice): (&[SweepParameter], &[usize])) -> Failure {
    let place = |span: Span| {
        let text = failure.sources.text(span.file);
        for (parameter, &value) in parameters.iter().zip(choice) {
            let set = parameter.set(value);
            for ((path, setting), place) in set.iter().zip(&parameter.places) {
                if text == format!("{path}={setting}") {
                    let is_path = span.start.column as usize <= path.chars().count();
                    return if is_path {
                        *place
                    } else {
                        parameter.values[value].place
                    };
                }
            }
        }
        span
    };
    let mut diagnostics = Diagnostics::new();
    for item in failure.diagnostics.items() {
        let span = item.span.map(place);
        diagnostics.push(Diagnostic {
            span,
            ..item.clone()
        });
    }
    Failure {
        diagnostics,
        ..failure
    }
}
