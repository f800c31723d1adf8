//! `fleetcast fork`: a run goes on from an instant as several futures.

mod futures;

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use super::moment::start;
use super::run_folder::{self, RESULTS};
use super::{interrupt, scenario_file};
use crate::engine::SimTime;
use crate::experiment::futures::{Forked, fork as play};
use crate::experiment::run::PlayedRun;
use crate::explain::Clock;
use crate::report::fork_text::ForkText;
use crate::report::results::{FinishedRun, Results, RunFolder, RunInputs, default_place};
use crate::scenario::fork::{ForkMoment, Written, as_written};
use crate::scenario::plan::Plan;
use crate::scenario::{LoadOptions, Loaded, load_tree};
use crate::simulation::outcome::{RunEnd, RunLimits};
use futures::{Future, Futures};

const SECOND: u64 = 1_000_000;
/// The name of the future in which nothing was changed.
const AS_IT_WAS: &str = "as it was";

/// Let a run go on from an instant in other ways, and say what becomes different from there on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast fork web-api --at '2d 14h' --set aws.services.api.desiredCount=30
  fleetcast fork web-api --at '3d 2h' --do 'outage: { availabilityZone: us-east-1a, for: 1h }'
  fleetcast fork web-api --at 3d --future more --set aws.scalableTargets.api.MinCapacity=24 \\
                                 --future less --set aws.scalableTargets.api.MinCapacity=8
  fleetcast fork web-api --at 3d --set aws.services.api.desiredCount=30 --json | jq '.futures[1]'

The run is played again from its folder up to that instant, once; from there on it goes on as it
was and in each other way, under the same draws. What is set then is what an operator would do:
counts, strategy, revision and deployment bounds of a service by UpdateService, bounds of scalable
targets and sizes of groups by a scheduled action of that second. Each other future is written as
a run of its own, with these in its scenario.yaml.")]
pub(super) struct ForkArguments {
    /// The run's folder; or its name, or its scenario's (then the newest run), below results/
    run: PathBuf,
    /// When: since the start (2d 14h), an instant (2026-03-05T14:00:00Z), or local time of the run
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: String,
    #[command(flatten)]
    futures: Futures,
    /// Print the futures as JSON
    #[arg(long)]
    json: bool,
    /// Write each other future to DIR/<name> instead of below results/
    #[arg(long, value_name = "DIR", conflicts_with = "no_results")]
    out: Option<PathBuf>,
    /// Write no results of the futures
    #[arg(long)]
    no_results: bool,
    /// Draw no charts
    #[arg(long)]
    no_charts: bool,
}

pub(super) fn fork(arguments: &ForkArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let chosen = run_folder::choose(&arguments.run)?;
    let run = FinishedRun::open(&chosen.path).map_err(mistake)?;
    if let Some(note) = &chosen.note {
        console.warn(&format!("note: {note}\n"))?;
    }
    if arguments.futures.all.is_empty() {
        let message = "nothing is to be different: say what, with --set PATH=VALUE or --do ENTRY";
        return Err(mistake(message));
    }
    if let Some(name) = arguments.futures.twice() {
        return Err(mistake(format!("two futures are named {name:?}")));
    }
    let options = LoadOptions {
        seed: Some(run.manifest.seed),
        base: chosen.path.clone(),
        ..LoadOptions::default()
    };
    let Some(base) = run_folder::load_again(&run, console)? else {
        return Ok(Exit::Mistake);
    };
    let at = instant(&arguments.at, &base.plan)?;
    let Some(others) = others(&base, (arguments, at), &options, console)? else {
        return Ok(Exit::Mistake);
    };
    let replication = run.manifest.replication;
    let (futures, prepared) = prepare((base.plan, others), replication, arguments)?;
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let plans: Vec<&Plan> = futures.iter().map(|(_, plan)| plan).collect();
    let forked = play(&plans, (replication, at), &limits);
    let Some(forked) = forked.filter(|_| !cancelled.load(Ordering::Relaxed)) else {
        return Ok(Exit::Cancelled);
    };
    let mut places = Vec::new();
    if !arguments.no_results {
        places.push(run.path.display().to_string());
    }
    let played = plans.iter().zip(&forked.futures).skip(1);
    for ((plan, played), (inputs, folder)) in played.zip(prepared) {
        let results = Results {
            plan,
            inputs: &inputs,
            played,
            with_charts: !arguments.no_charts,
        };
        let placed = results.write(folder).map_err(mistake)?;
        places.push(placed.path.display().to_string());
    }
    let text = ForkText {
        forked: &forked,
        futures: &futures,
        at: &Clock::of(&futures[0].1).show(at),
        at_s: at.as_micros() as f64 / SECOND as f64,
        places: &places,
    };
    console.say(&match arguments.json {
        true => format!("{:#}\n", text.json()),
        false => text.render(console.out_colour()),
    })?;
    Ok(exit_of(&forked))
}

/// All futures by their names, and the folders of those that are to be written.
type Prepared = (Vec<(String, Plan)>, Vec<(RunInputs, RunFolder)>);

fn prepare(
    (base, others): (Plan, Vec<(String, Loaded)>),
    replication: u64,
    arguments: &ForkArguments,
) -> Result<Prepared, Stop> {
    let mut futures = vec![(AS_IT_WAS.to_owned(), base)];
    let mut prepared = Vec::new();
    for (name, loaded) in others {
        let inputs = scenario_file::inputs(&loaded, replication);
        if !arguments.no_results {
            let place = match &arguments.out {
                Some(out) => out.join(&name),
                None => default_place(Path::new(RESULTS), &loaded.plan, &inputs),
            };
            let run_name = inputs.run_name(loaded.plan.run.seed);
            let folder = scenario_file::open_folder(&place, &run_name, &inputs).map_err(mistake)?;
            prepared.push((inputs, folder));
        }
        futures.push((name, loaded.plan));
    }
    Ok((futures, prepared))
}

/// The instant where the futures part, which is a whole second within the run.
fn instant(text: &str, plan: &Plan) -> Result<SimTime, Stop> {
    let at = start(text, plan, plan.horizon()).map_err(Stop::Mistake)?;
    let wrong = |what: &str| Err(Stop::Mistake(format!("--at {text:?}: {what}")));
    match at {
        SimTime::ZERO => wrong("at the run's start there is no past yet; play another scenario"),
        at if at == plan.horizon() => wrong("that is the end of the run: nothing comes after it"),
        at if at.as_micros() % SECOND != 0 => wrong("operators and schedules keep whole seconds"),
        at if at < SimTime::ZERO + plan.run.warm_up => wrong(
            "that lies in the warm-up, of which no figure tells; choose a later instant, or \
             run.warmUp 0",
        ),
        at => Ok(at),
    }
}

/// The other futures by their names; `None` if one is no legal scenario, which was said.
fn others(
    base: &Loaded,
    (arguments, at): (&ForkArguments, SimTime),
    options: &LoadOptions,
    console: &mut Console<'_>,
) -> Result<Option<Vec<(String, Loaded)>>, Stop> {
    let moment = ForkMoment {
        at,
        start: base.plan.run.start,
    };
    let mut others = Vec::new();
    for Future { name, changes } in &arguments.futures.all {
        let mut written = Vec::new();
        for change in changes {
            written.push(match change {
                futures::Change::Set(path, value) => Written {
                    option: "--set",
                    text: format!("{path}={value}"),
                    set: moment
                        .change(&base.tree, (path, value))
                        .map_err(Stop::Mistake)?,
                },
                futures::Change::Do(entry) => Written {
                    option: "--do",
                    text: entry.clone(),
                    set: moment.entry(entry),
                },
            });
        }
        let options = LoadOptions {
            set: written.iter().map(|it| it.set.clone()).collect(),
            ..options.clone()
        };
        match load_tree(&base.tree, &base.sources, &base.plan.name, &options) {
            Ok(loaded) => others.push((name.clone(), loaded)),
            Err(failure) => {
                scenario_file::show_failure(&as_written(failure, &written), console)?;
                return Ok(None);
            }
        }
    }
    Ok(Some(others))
}

fn exit_of(forked: &Forked) -> Exit {
    let is_cut = |run: &PlayedRun| run.outcome.end != RunEnd::Horizon;
    match forked.futures.iter().any(is_cut) {
        true => Exit::Limit,
        false => Exit::Done,
    }
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}
