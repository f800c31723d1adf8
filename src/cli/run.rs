//! `fleetcast run`: plays scenarios, writes their results, says what came out.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::Value;

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::progress::{PLAYED, watched};
use super::run_folder::RESULTS;
use super::scenario_file::{self, Changes};
use crate::experiment::run::{PlayedRun, play};
use crate::report::results::{Placed, Results, RunFolder, RunInputs, default_place, summary};
use crate::report::summary_text::{SummaryText, Timing};
use crate::scenario::plan::Plan;
use crate::simulation::outcome::{RunEnd, RunLimits};

/// Play scenarios; write what they cost and how they behave to results/<scenario>/<run>
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast run scenarios/web-api.yaml
  fleetcast run web-api.yaml --set aws.services.api.desiredCount=8 --seed 7
  fleetcast run web-api.yaml --json | jq .cost.total_usd_per_month
  fleetcast run scenarios/*.yaml --no-charts --quiet

The same file, seed and version give the same bytes and the same folder, which is then replaced.")]
pub(super) struct RunArguments {
    /// Scenario files (YAML or JSON)
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the results of the one FILE to this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Play another replication of the same seed: other draws
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    replication: u64,
    /// Print summary.json's content and the folder's path instead of the summary, one document a
    /// FILE
    #[arg(long)]
    json: bool,
    /// Print the folder's path only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Draw no charts
    #[arg(long)]
    no_charts: bool,
    /// End a run after this many events (exit code 4; what was played is written)
    #[arg(long, value_name = "NUMBER")]
    max_events: Option<u64>,
    /// End a run with more than this many tasks at once (exit code 4)
    #[arg(long, value_name = "NUMBER")]
    max_tasks: Option<usize>,
    /// End a run with more than this many single requests at once, with run.fidelity: requests
    /// (exit code 4)
    #[arg(long, value_name = "NUMBER")]
    max_requests: Option<u64>,
}

/// A scenario that is ready to be played, with its place on disk open.
struct Prepared {
    plan: Plan,
    inputs: RunInputs,
    folder: RunFolder,
    load: Duration,
}

pub(super) fn run(arguments: &RunArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    if 1 < arguments.files.len() && arguments.out.is_some() {
        let message = "--out takes the results of one FILE; run each FILE by itself, or leave \
                       --out away: each run has a folder of its own below results/";
        return Err(Stop::Mistake(message.to_owned()));
    }
    let cancelled = interrupt::listen();
    let defaults = RunLimits::default();
    let limits = RunLimits {
        events: arguments.max_events.unwrap_or(defaults.events),
        request_events: arguments.max_events.unwrap_or(defaults.request_events),
        tasks: arguments.max_tasks.unwrap_or(defaults.tasks),
        requests: arguments.max_requests.unwrap_or(defaults.requests),
        cancelled,
        played: Some(&PLAYED),
    };
    // All are checked, and their folders opened, before the first of them takes its time.
    let mut prepared = Vec::new();
    let mut all_fine = true;
    for file in &arguments.files {
        match prepare(file, arguments, console)? {
            Some(ready) => prepared.push(ready),
            None => all_fine = false,
        }
    }
    if !all_fine {
        return Ok(Exit::Mistake);
    }
    let mut exit = Exit::Done;
    for (index, ready) in prepared.into_iter().enumerate() {
        if 0 < index && !arguments.json && !arguments.quiet {
            console.say("\n")?;
        }
        exit = exit.max(play_one(ready, &limits, arguments, console)?);
        if cancelled.load(Ordering::Relaxed) {
            return Ok(Exit::Cancelled);
        }
    }
    Ok(exit)
}

/// Loads a file and opens its folder; `None` if the scenario is wrong, which was said.
fn prepare(
    file: &Path,
    arguments: &RunArguments,
    console: &mut Console<'_>,
) -> Result<Option<Prepared>, Stop> {
    let clock = wall_clock();
    let loaded = match arguments.changes.load(file) {
        Ok(loaded) => loaded,
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            return Ok(None);
        }
    };
    if !arguments.quiet {
        let text = loaded
            .diagnostics
            .render(&loaded.sources, console.err_is_coloured());
        console.warn(&text)?;
    }
    let inputs = scenario_file::inputs(&loaded, arguments.replication);
    let place = match &arguments.out {
        Some(out) => out.clone(),
        None => default_place(Path::new(RESULTS), &loaded.plan, &inputs),
    };
    let run = inputs.run_name(loaded.plan.run.seed);
    let folder = scenario_file::open_folder(&place, &run, &inputs).map_err(mistake)?;
    Ok(Some(Prepared {
        plan: loaded.plan,
        inputs,
        folder,
        load: clock.elapsed(),
    }))
}

fn play_one(
    ready: Prepared,
    limits: &RunLimits,
    arguments: &RunArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let Prepared {
        plan,
        inputs,
        folder,
        load,
    } = ready;
    let clock = wall_clock();
    let played = watched("", &plan, !arguments.quiet && console.is_watched(), || {
        play(&plan, inputs.replication, limits)
    });
    let play_time = clock.elapsed();
    let clock = wall_clock();
    let with_charts = !arguments.no_charts;
    let results = Results {
        plan: &plan,
        inputs: &inputs,
        played: &played,
        with_charts,
    };
    let placed = results.write(folder).map_err(mistake)?;
    let timing = Timing {
        load,
        play: play_time,
        write: clock.elapsed(),
    };
    let text = if arguments.json {
        json_text(&results, &placed)
    } else if arguments.quiet {
        format!("{}\n", placed.path.display())
    } else {
        let text = SummaryText {
            results: &results,
            placed: &placed,
            timing: Some(timing),
            inline: console.inline_charts(),
        };
        text.render(console.look())
    };
    console.say(&text)?;
    Ok(exit_of(&played))
}

fn exit_of(played: &PlayedRun) -> Exit {
    match played.outcome.end {
        RunEnd::Horizon => Exit::Done,
        RunEnd::EventLimit | RunEnd::TaskLimit | RunEnd::RequestLimit => Exit::Limit,
        RunEnd::Cancelled => Exit::Cancelled,
    }
}

/// The content of `summary.json`, and where it stands.
fn json_text(results: &Results<'_>, placed: &Placed) -> String {
    let mut summary = summary::summary(results);
    if let Value::Object(entries) = &mut summary {
        let path = placed.path.display().to_string();
        entries.insert("results".to_owned(), path.into());
        entries.insert("replaced".to_owned(), placed.replaced.into());
        let kept = placed.kept.as_ref().map(|kept| kept.display().to_string());
        entries.insert("kept".to_owned(), kept.into());
    }
    format!("{summary:#}\n")
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}

/// How long something took is shown on the terminal and reaches no file.
#[allow(
    clippy::disallowed_methods,
    reason = "shown on the terminal only; reaches no result"
)]
fn wall_clock() -> Instant {
    Instant::now()
}
