//! Why a sweep can't run.

use thiserror::Error;

use super::cell::RUNS_MAX;
use crate::engine::SimDuration;
use crate::scenario::Failure;

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
    #[error(
        "the grid has {cells} cells, at most {most} are run; take out values or parameters, take a \
         design of fewer points (design: sobol, points: 200), or allow them: --max-cells {cells}"
    )]
    TooManyCells {
        /// How many it has.
        cells: u64,
        /// How many are allowed.
        most: u64,
    },
    /// Cells times replications are too many.
    #[error(
        "{cells} cells of {replications} replications are {runs} runs, at most {RUNS_MAX} are \
         played; take out values or replications, or allow them: --max-cells {cells}"
    )]
    TooManyRuns {
        /// Cells.
        cells: u64,
        /// Runs a cell.
        replications: u32,
        /// Their product.
        runs: u64,
    },
    /// The cells are more than a machine remembers.
    #[error(
        "{cells} cells of this scenario take about {gigabytes} GB of memory, at most {most} GB are \
         taken; take a design of fewer points (design: sobol, points: 200), or find the best of \
         them by a search: fleetcast optimize --search 200"
    )]
    TooLarge {
        /// How many it has.
        cells: u64,
        /// What they would take at least.
        gigabytes: u64,
        /// What there is.
        most: u64,
    },
    /// Narrowness is asked of a measure that no run has.
    #[error("there is no measure {name}; {}", .help)]
    NoMeasure {
        /// What was asked for.
        name: String,
        /// The nearest right one.
        help: String,
        /// The same at its place in the file.
        failure: Box<Failure>,
    },
    /// What is to be least is no measure.
    #[error("there is no measure {name} to minimize; {}", .help)]
    NothingLeast {
        /// What was asked for.
        name: String,
        /// The nearest right one.
        help: String,
        /// The same at its place in the file.
        failure: Box<Failure>,
    },
    /// A parameter has the name of a column of the results.
    #[error("a parameter can't be named {name}; {}", .help)]
    TakenName {
        /// Its name.
        name: String,
        /// A name that it could have.
        help: String,
        /// The same at its place in the file.
        failure: Box<Failure>,
    },
    /// No warm-up can be found by pilot runs.
    #[error("no warm-up can be found by pilot runs: {reason}")]
    WarmUp {
        /// Why.
        reason: String,
        /// The same at its place in the file.
        failure: Box<Failure>,
    },
    /// The warm-up that pilot runs found leaves nothing of a cell's runs.
    #[error(
        "pilot runs of {of} found a warm-up of {warm_up}, and the runs of {cell} are no longer \
         than that; make run.duration longer"
    )]
    WarmUpTooLong {
        /// The cell that needs it.
        of: String,
        /// What was found.
        warm_up: SimDuration,
        /// The cell of which nothing would be left.
        cell: String,
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

impl GridError {
    /// The mistake at its place in the file, where it has one of its own.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            GridError::Empty { failure }
            | GridError::NoMeasure { failure, .. }
            | GridError::WarmUp { failure, .. }
            | GridError::TakenName { failure, .. }
            | GridError::NothingLeast { failure, .. } => Some(failure),
            GridError::NoSweep
            | GridError::NoReplications
            | GridError::TooManyCells { .. }
            | GridError::TooManyRuns { .. }
            | GridError::TooLarge { .. }
            | GridError::WarmUpTooLong { .. }
            | GridError::Broken { .. } => None,
        }
    }
}
