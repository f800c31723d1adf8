//! A scenario file as commands take it: loaded with `--set` and `--seed`, its traces at hand.

use std::path::Path;

use super::Console;
use super::exit::Stop;
use crate::catalog::prices::CATALOG_DATE;
use crate::report::results::{RunInputs, TraceCopy};
use crate::scenario::{Failure, LoadOptions, Loaded, TraceFile, load};

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
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Refuse prices of another region where the scenario's has none on record
    #[arg(long)]
    strict_prices: bool,
}

fn assignment(text: &str) -> Result<(String, String), String> {
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
        load(path, &self.options())
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

/// Says what is wrong with a scenario, and how much.
pub(super) fn show_failure(failure: &Failure, console: &mut Console<'_>) -> Result<(), Stop> {
    let text = failure
        .diagnostics
        .render(&failure.sources, console.err_is_coloured());
    Ok(console.warn(&text)?)
}

/// What a run's folder keeps of a loaded scenario.
pub(super) fn inputs(loaded: &Loaded, replication: u64) -> Result<RunInputs, Stop> {
    let traces = loaded
        .trace_files
        .iter()
        .map(copy)
        .collect::<Result<Vec<_>, Stop>>()?;
    Ok(RunInputs {
        scenario_yaml: loaded.resolved.clone(),
        traces,
        replication,
        version: env!("CARGO_PKG_VERSION"),
        catalog_date: CATALOG_DATE,
    })
}

/// The bytes of a trace; they have to be those that were loaded.
fn copy(file: &TraceFile) -> Result<TraceCopy, Stop> {
    let shown = file.path.display();
    let bytes = std::fs::read(&file.path)
        .map_err(|error| Stop::Mistake(format!("can't read {shown} a second time: {error}")))?;
    if blake3::hash(&bytes) != file.hash {
        let message = format!("{shown} changed while it was read; run the command again");
        return Err(Stop::Mistake(message));
    }
    Ok(TraceCopy {
        name: file.name_in_run.clone(),
        bytes,
    })
}
