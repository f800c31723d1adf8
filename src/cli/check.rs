//! `fleetcast check`: what is wrong with scenarios, without playing them.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::Console;
use super::exit::{Exit, Stop};
use super::scenario_file::Changes;
use super::sweep;
use crate::experiment::cell::{Asked, GridError, grid};
use crate::scenario::plan::Plan;
use crate::scenario::{Failure, Loaded};

/// Check scenario files and say everything that is wrong with them, without playing them
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast check web-api.yaml
  fleetcast check scenarios/*.yaml --json
  fleetcast check web-api.yaml --set aws.services.api.desiredCount=8")]
pub(super) struct CheckArguments {
    /// Scenario files (YAML or JSON)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Print what was found as JSON, one document a file
    #[arg(long)]
    json: bool,
}

pub(super) fn check(arguments: &CheckArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut exit = Exit::Done;
    for file in &arguments.files {
        let loaded = arguments.changes.load(file);
        let broken = loaded.as_ref().ok().and_then(|loaded| {
            loaded.sweep.as_ref()?;
            grid(
                loaded,
                &arguments.changes.options_at(file),
                Asked::default(),
            )
            .err()
        });
        if loaded.is_err() || broken.is_some() {
            exit = Exit::Mistake;
        }
        match arguments.json {
            true => console.say(&as_json(file, &loaded, broken.as_ref()))?,
            false => say(file, (&loaded, broken.as_ref()), console)?,
        }
    }
    Ok(exit)
}

fn say(
    file: &Path,
    (loaded, broken): (&Result<Loaded, Failure>, Option<&GridError>),
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    let (diagnostics, sources) = match loaded {
        Ok(loaded) => (&loaded.diagnostics, &loaded.sources),
        Err(failure) => (&failure.diagnostics, &failure.sources),
    };
    console.warn(&diagnostics.render(sources, console.err_is_coloured()))?;
    if let Some(broken) = broken {
        return sweep::say_broken(broken, console);
    }
    if let Ok(loaded) = loaded {
        console.say(&format!(
            "{}: fine: {}\n",
            file.display(),
            contents(&loaded.plan)
        ))?;
    }
    Ok(())
}

fn as_json(file: &Path, loaded: &Result<Loaded, Failure>, broken: Option<&GridError>) -> String {
    let (diagnostics, sources) = match loaded {
        Ok(loaded) => (&loaded.diagnostics, &loaded.sources),
        Err(failure) => (&failure.diagnostics, &failure.sources),
    };
    let record = json!({
        "file": file.display().to_string(),
        "fine": loaded.is_ok() && broken.is_none(),
        "contents": loaded.as_ref().map_or(Value::Null, |loaded| contents(&loaded.plan).into()),
        "diagnostics": diagnostics.to_json(sources),
        "sweep": broken.map(GridError::to_string),
    });
    format!("{record:#}\n")
}

/// `web-api, 7 d: 1 service, 3 objectives`.
fn contents(plan: &Plan) -> String {
    let counted = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {one}s")),
    };
    let parts = [
        counted(plan.services.len(), "service"),
        counted(plan.job_sources.len(), "job source"),
        counted(plan.timeline.len(), "timeline action"),
        counted(plan.objectives.len(), "objective"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let hours = plan.run.duration.as_secs_f64() / 3_600.0;
    format!("{}, {hours:.0} h: {}", plan.name, parts.join(", "))
}
