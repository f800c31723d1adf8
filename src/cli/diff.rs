//! `fleetcast diff`: two finished runs beside one another, from their folders.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::Console;
use super::exit::{Exit, Stop};
use super::run_folder;
use crate::report::diff_text::DiffText;
use crate::report::results::FinishedRun;
use crate::scenario::diagnostic::Diagnostics;
use crate::scenario::differences::differences;
use crate::scenario::node::{Node, parse};
use crate::scenario::source::Sources;

const SUMMARY: &str = "summary.json";

/// Say what two runs' scenarios say differently and what came out differently
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast diff results/web-api/e2693ae89eb1 results/web-api/e2bdc84fbb9d
  fleetcast diff before after --json | jq '.scenario'

Nothing is played: both runs are read from their folders. One run each says nothing of chance;
fleetcast compare plays both scenarios under many draws.")]
pub(super) struct DiffArguments {
    /// The run before: its folder; or its name, or its scenario's (then the newest run), below
    /// results/
    before: PathBuf,
    /// The run after
    after: PathBuf,
    /// Print the differences as JSON
    #[arg(long)]
    json: bool,
}

/// A run as it is read.
struct Read {
    run: FinishedRun,
    scenario: Node,
    summary: Value,
}

pub(super) fn diff(arguments: &DiffArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut read = Vec::new();
    for name in [&arguments.before, &arguments.after] {
        let chosen = run_folder::choose(name)?;
        if let Some(note) = &chosen.note {
            console.warn(&format!("note: {note}\n"))?;
        }
        read.push(opened(&chosen.path)?);
    }
    let [before, after] = [&read[0], &read[1]];
    let scenario: Vec<(String, [Option<String>; 2])> =
        differences(&before.scenario, &after.scenario)
            .into_iter()
            .map(|it| (it.path, [it.before, it.after]))
            .collect();
    let names = [before, after].map(|it| it.run.path.display().to_string());
    let text = DiffText {
        names: [&names[0], &names[1]],
        summaries: [&before.summary, &after.summary],
        apart: &apart(&before.run, &after.run),
        scenario: &scenario,
    };
    console.say(&match arguments.json {
        true => format!("{:#}\n", text.json()),
        false => text.render(console.look()),
    })?;
    Ok(Exit::Done)
}

fn opened(path: &std::path::Path) -> Result<Read, Stop> {
    let run = FinishedRun::open(path).map_err(|error| Stop::Mistake(error.to_string()))?;
    // Whatever else was edited, a changed summary says what did not happen.
    if let Some(changed) = run.changed.iter().find(|it| it.starts_with(SUMMARY)) {
        return Err(Stop::Mistake(format!(
            "{}: {changed}; play the run again",
            path.display()
        )));
    }
    let read = |name: &str| {
        let path = path.join(name);
        fs::read_to_string(&path)
            .map_err(|error| Stop::Mistake(format!("can't read {}: {error}", path.display())))
    };
    let broken = |what: String| Stop::Mistake(format!("{}: {what}", path.display()));
    let summary = serde_json::from_str(&read(SUMMARY)?).map_err(|it| broken(it.to_string()))?;
    let (mut sources, mut wrong) = (Sources::new(), Diagnostics::new());
    let name = run.scenario().display().to_string();
    let file = sources.add(
        &name,
        &fs::read_to_string(run.scenario()).map_err(|it| broken(it.to_string()))?,
    );
    let scenario = parse(&sources, file, &mut wrong)
        .ok_or_else(|| broken("its scenario can't be read".to_owned()))?;
    Ok(Read {
        run,
        scenario,
        summary,
    })
}

/// What sets two runs apart beside their scenarios.
fn apart(before: &FinishedRun, after: &FinishedRun) -> Vec<String> {
    let [one, other] = [&before.manifest, &after.manifest];
    let mut all = Vec::new();
    let mut told = |what: &str, one: String, other: String| {
        if one != other {
            all.push(format!("{what}: {one} before, {other} after"));
        }
    };
    told("seed", one.seed.to_string(), other.seed.to_string());
    told(
        "replication",
        one.replication.to_string(),
        other.replication.to_string(),
    );
    told("fleetcast", one.fleetcast.clone(), other.fleetcast.clone());
    told(
        "prices of",
        one.catalog_date.clone(),
        other.catalog_date.clone(),
    );
    let ended = |because: &Option<String>| because.clone().unwrap_or_else(|| "its end".to_owned());
    told(
        "played to",
        ended(&one.ended_because),
        ended(&other.ended_because),
    );
    all
}
