//! A scenario file as commands take it: loaded with `--set` and `--seed`, its traces at hand.

use std::path::Path;

use super::Console;
use super::exit::Stop;
use crate::catalog::prices::CATALOG_DATE;
use crate::observe::series::expected_size;
use crate::report::results::{RunFolder, RunInputs, TraceCopy, WriteError};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::plan::Plan;
use crate::scenario::{Failure, LoadOptions, Loaded, load};

/// Options that change a scenario without touching its file.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Changes {
    /// Set a value of the scenario; may be repeated, the last one wins
    ///
    /// List entries are addressed by AWS's name for them, for instance
    /// aws.services.api.desiredCount=8.
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Take another seed than the scenario's
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Refuse prices of another region where the scenario's has none on record
    #[arg(long)]
    strict_prices: bool,
}

/// `path=value` of a `--set`.
pub(super) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() => {
            Ok((path.trim().to_owned(), value.to_owned()))
        }
        Some(_) | None => Err("expected PATH=VALUE, like run.duration=2d".to_owned()),
    }
}

impl Changes {
    /// Loads a scenario file with these changes.
    pub(super) fn load(&self, path: &Path) -> Result<Loaded, Failure> {
        let mut loaded = load(path, &self.options())?;
        loaded.diagnostics.append(size_warning(&loaded.plan));
        Ok(loaded)
    }

    /// The same, for paths from a scenario file's folder on.
    pub(super) fn options_at(&self, file: &Path) -> LoadOptions {
        LoadOptions {
            base: file.parent().map(Path::to_owned).unwrap_or_default(),
            ..self.options()
        }
    }

    /// These changes for the loader.
    pub(super) fn options(&self) -> LoadOptions {
        LoadOptions {
            set: self.set.clone(),
            seed: self.seed,
            strict_prices: self.strict_prices,
            ..LoadOptions::default()
        }
    }
}

/// Warns of a table that nobody may have meant to get.
fn size_warning(plan: &Plan) -> Diagnostics {
    const LARGE: u64 = 1_000_000_000;
    let mut warnings = Diagnostics::new();
    let (rows, bytes) = expected_size(plan);
    if LARGE <= bytes {
        let message = format!(
            "metrics.csv will have up to {} million rows, about {:.1} GB",
            rows / 1_000_000,
            bytes as f64 / 1e9
        );
        let help = "record: { metrics: 1h } keeps a row an hour, metrics: none keeps no table; the \
                    summary and the bill stay what they are";
        let warning = Diagnostic::warning("large-metrics", message).path("record.metrics");
        warnings.push(warning.help(help));
    }
    warnings
}

/// Says what is wrong with a scenario, and how much.
pub(super) fn show_failure(failure: &Failure, console: &mut Console<'_>) -> Result<(), Stop> {
    let text = failure
        .diagnostics
        .render(&failure.sources, console.err_is_coloured());
    Ok(console.warn(&text)?)
}

/// What a run's folder keeps of a loaded scenario.
pub fn inputs(loaded: &Loaded, replication: u64) -> RunInputs {
    let traces = loaded.trace_files.iter().map(|file| TraceCopy {
        name: file.name_in_run.clone(),
        path: file.path.clone(),
        hash: file.hash,
    });
    RunInputs {
        scenario_yaml: loaded.resolved.clone(),
        traces: traces.collect(),
        replication,
        version: env!("CARGO_PKG_VERSION"),
        catalog_date: CATALOG_DATE,
    }
}

/// Opens the folder of a run, checks that it can be written, and copies the traces to it before
/// they can change.
///
/// # Errors
/// If it can't be written, holds anything else, or a trace is no more what was loaded.
pub fn open_folder(place: &Path, run: &str, inputs: &RunInputs) -> Result<RunFolder, WriteError> {
    with_traces(RunFolder::open(place, run)?, inputs)
}

/// The same for a sweep, which one process at a time may write: its journal stands beside.
///
/// # Errors
/// As [`open_folder`]'s, and if another process writes it.
pub fn open_sweep_folder(
    place: &Path,
    sweep: &str,
    inputs: &RunInputs,
) -> Result<RunFolder, WriteError> {
    with_traces(RunFolder::open_alone(place, sweep)?, inputs)
}

fn with_traces(folder: RunFolder, inputs: &RunInputs) -> Result<RunFolder, WriteError> {
    for trace in &inputs.traces {
        folder.copy(trace)?;
    }
    Ok(folder)
}
