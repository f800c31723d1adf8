//! What a sweep may not be, looked for before anything is played.

use crate::experiment::design;
use crate::experiment::grid_error::GridError;
use crate::experiment::measure::{Measure, help_if_unknown};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::source::Span;
use crate::scenario::sweep::{OptimizePlan, Replications, SweepParameter, SweepPlan, SweepValue};
use crate::scenario::{Failure, Loaded};

/// The most cells of a sweep that nobody has allowed more.
pub const CELLS_MAX: u64 = 10_000;
/// The most runs of such a sweep: cells × replications.
pub const RUNS_MAX: u64 = 1_000_000;
/// The most memory that cells take, whatever is allowed, where the machine does not say how much it
/// has.
pub const MEMORY_MAX_GB: u64 = 16;
const GIGABYTE: u64 = 1_000_000_000;
/// What a cell takes beside what grows with the scenario: measured, 2026-12, 70 kB of a scenario of
/// 2 kB.
const CELL_BYTES: u64 = 60_000;
/// What it takes for each byte of the scenario.
const BYTES_OF_TEXT: u64 = 4;

/// Whether the measure whose interval is to be narrow is one.
pub(super) fn check_measure(
    loaded: &Loaded,
    replications: &Replications,
    measures: &[Measure],
) -> Result<(), GridError> {
    let Some(until) = &replications.until else {
        return Ok(());
    };
    let Some(help) = help_if_unknown(&until.measure, measures) else {
        return Ok(());
    };
    let message = format!("there is no measure {}", until.measure);
    let path = "sweep.replications.until.measure";
    Err(GridError::NoMeasure {
        name: until.measure.clone(),
        failure: Box::new(unknown(loaded, (message, path, until.place), &help)),
        help,
    })
}

/// Whether what is to be least is one of the measures.
///
/// # Errors
/// If it is none, with its place in the file.
pub fn check_least(
    loaded: &Loaded,
    plan: &OptimizePlan,
    measures: &[Measure],
) -> Result<(), GridError> {
    let Some(help) = help_if_unknown(&plan.minimize, measures) else {
        return Ok(());
    };
    let message = format!("there is no measure {} to minimize", plan.minimize);
    Err(GridError::NothingLeast {
        name: plan.minimize.clone(),
        failure: Box::new(unknown(
            loaded,
            (message, "optimize.minimize", plan.place),
            &help,
        )),
        help,
    })
}

/// A name that is none, or another's, at its place.
pub(super) fn unknown(
    loaded: &Loaded,
    (message, path, place): (String, &str, Option<Span>),
    help: &str,
) -> Failure {
    let wrong = Diagnostic::error("unknown-name", message);
    let wrong = match place {
        Some(place) => wrong.at(place),
        None => wrong,
    };
    let mut diagnostics = Diagnostics::new();
    diagnostics.push(wrong.path(path).help(help));
    Failure {
        diagnostics,
        sources: loaded.sources.clone(),
    }
}

/// A sweep without parameters, at its place.
pub(in crate::experiment) fn nothing_varied(loaded: &Loaded, place: Span) -> Failure {
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

/// Whether there are not too many cells and runs.
pub(super) fn check_size(
    loaded: &Loaded,
    sweep: &SweepPlan,
    (replications, cells_max): (&Replications, Option<u64>),
) -> Result<(), GridError> {
    if replications.at_least == 0 {
        return Err(GridError::NoReplications);
    }
    let (cells, most) = (design::count(sweep), cells_max.unwrap_or(CELLS_MAX));
    if most < cells {
        return Err(GridError::TooManyCells { cells, most });
    }
    let gigabytes = cells.saturating_mul(cell_bytes(loaded)) / GIGABYTE;
    let most = memory_gb();
    if most < gigabytes {
        return Err(GridError::TooLarge {
            cells,
            gigabytes,
            most,
        });
    }
    let runs = cells.saturating_mul(u64::from(replications.at_most));
    if RUNS_MAX < runs && cells_max.is_none() {
        return Err(GridError::TooManyRuns {
            cells,
            replications: replications.at_most,
            runs,
        });
    }
    Ok(())
}

/// How much memory cells may take: all that the machine has, where it says so.
fn memory_gb() -> u64 {
    let said = std::fs::read_to_string("/proc/meminfo").ok();
    let total = said.as_deref().and_then(|text| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
    });
    total.map_or(MEMORY_MAX_GB, |kilobytes| kilobytes * 1_024 / GIGABYTE)
}

/// What a cell takes at least: its plan, which grows with the scenario's text.
fn cell_bytes(loaded: &Loaded) -> u64 {
    let text: usize = loaded.sources.files_read().map(|it| it.1.len()).sum();
    CELL_BYTES + BYTES_OF_TEXT * text as u64
}

/// The same, pointing at the parameter's path and value in the file instead of at what was set.
pub(super) fn at_home(
    failure: Failure,
    (parameters, point): (&[SweepParameter], &[SweepValue]),
) -> Failure {
    let place = |span: Span| {
        let text = failure.sources.text(span.file);
        for (parameter, value) in parameters.iter().zip(point) {
            let set = parameter.set(value);
            for ((path, setting), place) in set.iter().zip(&parameter.places) {
                if text == format!("{path}={setting}") {
                    let is_path = span.start.column as usize <= path.chars().count();
                    return if is_path { *place } else { value.place };
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
