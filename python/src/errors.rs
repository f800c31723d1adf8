//! What went wrong, as the exceptions of `fleetcast/_errors.py`.

use fleetcast::cli::{Console, say_broken};
use fleetcast::experiment::cell::GridError;
use fleetcast::scenario::Failure;
use pyo3::prelude::*;

/// A scenario that can't run: all that is wrong with it, at its places.
pub(crate) fn failure(py: Python<'_>, failure: &Failure) -> PyErr {
    let text = failure.diagnostics.render(&failure.sources, false);
    let records = failure.diagnostics.to_json(&failure.sources);
    made(py, "scenario_error", (text, records.to_string()))
}

/// A sweep that can't run: the same of its first broken cell, if it has one.
pub(crate) fn grid(py: Python<'_>, error: &GridError) -> PyErr {
    let mut said = Vec::new();
    // Writing to memory does not fail.
    let _ = say_broken(error, &mut Console::plain(std::io::sink(), &mut said));
    let text = String::from_utf8_lossy(&said).into_owned();
    let found = match error {
        GridError::Broken { first, .. } => first.first().map(|cell| &*cell.failure),
        _ => error.failure(),
    };
    let records = found.map_or_else(
        || "[]".to_owned(),
        |failure| failure.diagnostics.to_json(&failure.sources).to_string(),
    );
    made(py, "scenario_error", (text, records))
}

/// Any other mistake of the caller's, in words.
pub(crate) fn mistake(py: Python<'_>, error: impl ToString) -> PyErr {
    made(py, "FleetcastError", (error.to_string(),))
}

/// What `fleetcast._errors` makes of these arguments.
fn made<'py>(py: Python<'py>, name: &str, arguments: impl pyo3::call::PyCallArgs<'py>) -> PyErr {
    let module = py.import("fleetcast._errors");
    let error = module.and_then(|it| it.getattr(name)?.call1(arguments));
    error.map_or_else(|error| error, PyErr::from_value)
}
