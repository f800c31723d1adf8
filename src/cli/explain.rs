//! `fleetcast explain`: plays a run again from its folder and says why.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::Console;
use super::again::play_again;
use super::exit::{Exit, Stop};
use super::moment::moment;
use super::run_folder;
use crate::engine::SimTime;
use crate::explain::{Explanation, Replay, TaskFound};
use crate::ids::ServiceId;
use crate::observe::trail::Trail;
use crate::report::explain_text;
use crate::report::results::FinishedRun;
use crate::scenario::Loaded;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::{Caller, Plan, RecordPlan};
use crate::world::task::Owner;

/// Microseconds of a second.
const SECOND: u64 = 1_000_000;
/// Changes of a service that are told unless all are asked for.
const CHANGES_MAX: usize = 20;
/// An explanation reads nothing but the trail.
const NOTHING_ELSE: RecordPlan = RecordPlan {
    metrics: None,
    tasks: false,
    events: false,
    decisions: false,
    packing: Vec::new(),
};

/// Say why a task is where it is, waited and stopped; why a service's count changed
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast explain web-api --service api
  fleetcast explain results/web-api/b1b6119c528c --service api --at '2026-03-06 14:05'
  fleetcast explain web-api --service api --at '2d 14h'
  fleetcast explain web-api --task 4a71f0
  fleetcast explain web-api --service api --json | jq '.changes[].why'

Ids of tasks are in the run's tasks.csv. The run is played again from its folder; if it does not go
the same way (another version of fleetcast), that is said. What would have made the difference is
the one decision asked again with one input changed.")]
pub(super) struct ExplainArguments {
    /// The run's folder; or its name, or its scenario's (then the newest run), below results/
    run: PathBuf,
    /// The task to explain: its ARN, its id, or the id's first letters
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// The service whose count to explain
    #[arg(long, value_name = "NAME", conflicts_with = "task")]
    service: Option<String>,
    /// When: since the start (2d 14h), an instant (2026-03-05T14:00:00Z), or local time of the run
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        conflicts_with = "task"
    )]
    at: Option<String>,
    /// List every change of the service, not only the 20 most important
    #[arg(long, conflicts_with_all = ["task", "at"])]
    all: bool,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn explain(
    arguments: &ExplainArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let chosen = run_folder::choose(&arguments.run)?;
    let run = FinishedRun::open(&chosen.path).map_err(|error| Stop::Mistake(error.to_string()))?;
    let Some(Loaded { plan, .. }) = run_folder::load_again(&run, console)? else {
        return Ok(Exit::Mistake);
    };
    let service = match &arguments.service {
        Some(name) => Some(find_service(&plan, name)?),
        None => None,
    };
    if arguments.task.is_none() && service.is_none() {
        return Err(Stop::Mistake(what_to_explain(&plan)));
    }
    if let Some(note) = &chosen.note {
        console.warn(&format!("note: {note}\n"))?;
    }
    let kept = (NOTHING_ELSE, Trail::of(service.map(Owner::Service)));
    let Some(again) = play_again(&run, plan, kept, console) else {
        return Ok(Exit::Cancelled);
    };
    let warnings = warnings(&run, again.reproduced);
    for warning in &warnings {
        console.warn(&format!("warning: {warning}\n"))?;
    }
    let Some(trail) = &again.outcome.observed.trail else {
        return Err(Stop::Mistake("the run left no trail".to_owned()));
    };
    let replay = Replay {
        plan: &again.plan,
        trail,
        ended_at: again.outcome.stopped_at,
    };
    let explanation = answer(arguments, &replay, service)?;
    let text = match arguments.json {
        true => json_text(&explanation, &run, (again.reproduced, &warnings)),
        false => {
            let zone = crate::explain::Clock::of(&again.plan).zone().to_owned();
            let text = explain_text::render(&explanation, &zone, console.look());
            format!("{text}{}", hints(arguments, &replay, &explanation))
        }
    };
    console.say(&text)?;
    Ok(Exit::Done)
}

fn what_to_explain(plan: &Plan) -> String {
    let names: Vec<&str> = plan
        .services
        .iter()
        .map(|service| &service.name[..])
        .collect();
    let services = match names.is_empty() {
        true => "; it has no service".to_owned(),
        false => format!(" or --service NAME ({})", names.join(", ")),
    };
    format!("say what of the run to explain: --task ID (as in its tasks.csv){services}")
}

fn find_service(plan: &Plan, name: &str) -> Result<ServiceId, Stop> {
    let found = plan
        .services
        .iter()
        .position(|service| service.name == name);
    found
        .map(ServiceId::from_index)
        .ok_or_else(|| Stop::Mistake(no_service(plan, name)))
}

/// Why there is no service of a name, and which is meant.
fn no_service(plan: &Plan, name: &str) -> String {
    if let Some(source) = plan.job_sources.iter().find(|source| source.name == name) {
        let kind = match source.target.as_ref().map(|target| target.caller) {
            None => "a program",
            Some(Caller::Rule) => "a rule",
            Some(Caller::Scheduler) => "a schedule",
        };
        return format!(
            "{name:?} is {kind} of the run, not a service: it has no count to explain; one of its \
             tasks is explained with --task ID (as in the run's tasks.csv, startedBy and group)"
        );
    }
    let names = || plan.services.iter().map(|service| service.name.as_str());
    let hint = match (names().next(), suggestion(name, names())) {
        (None, _) => "it has none at all".to_owned(),
        (Some(_), Some(hint)) => hint,
        (Some(first), None) => format!(
            "it has {} of other names, like {first:?}; its scenario.yaml lists them",
            names().count()
        ),
    };
    format!("the run has no service {name:?}; {hint}")
}

/// What a reader has to know before believing the explanation.
fn warnings(run: &FinishedRun, reproduced: bool) -> Vec<String> {
    let manifest = &run.manifest;
    let this = env!("CARGO_PKG_VERSION");
    let is_other = manifest.fleetcast != this;
    let mut warnings = Vec::new();
    match (reproduced, is_other) {
        (true, true) => warnings.push(format!(
            "fleetcast {} played this run; {this} plays it the same way (event hash {})",
            manifest.fleetcast, manifest.event_hash
        )),
        (false, _) => warnings.push(format!(
            "the run does not go the same way again: fleetcast {} played it, this is {this}, and \
             the event hashes differ. What follows is true of the run as it is played now, not of \
             the numbers in {}; play the scenario again for results that match",
            manifest.fleetcast,
            run.path.display()
        )),
        (true, false) => {}
    }
    if !run.changed.is_empty() {
        warnings.push(format!(
            "not as the run wrote it: {}; the explanation does not read it",
            run.changed.join(", ")
        ));
    }
    warnings
}

fn answer(
    arguments: &ExplainArguments,
    replay: &Replay<'_>,
    service: Option<ServiceId>,
) -> Result<Explanation, Stop> {
    if let Some(service) = service {
        return Ok(match &arguments.at {
            Some(text) => {
                let at = moment(text, replay.plan, replay.ended_at).map_err(Stop::Mistake)?;
                replay.explain_service_at(service, at)
            }
            None => {
                let most = if arguments.all {
                    usize::MAX
                } else {
                    CHANGES_MAX
                };
                replay.explain_service(service, most)
            }
        });
    }
    let id = arguments.task.as_deref().unwrap_or_default();
    match replay.find_task(id) {
        TaskFound::One(position) => Ok(replay.explain_task(position)),
        TaskFound::Several(count) => Err(Stop::Mistake(format!(
            "{count} tasks have an id that begins with {id:?}; write more of it, like one of {}",
            replay.near_tasks(id).join(", ")
        ))),
        TaskFound::None => Err(Stop::Mistake(no_task(replay, id))),
    }
}

/// Why there is no task of an id, and which is meant.
fn no_task(replay: &Replay<'_>, id: &str) -> String {
    let any = replay.any_task();
    let digits = id.trim().rsplit('/').next().unwrap_or(id);
    match (&replay.near_tasks(id)[..], any) {
        (_, None) => "the run has no tasks".to_owned(),
        ([], Some(any)) if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => format!(
            "the run has no task {id:?}: an id has the digits 0 to 9 and a to f, like {any}; \
             tasks.csv lists them"
        ),
        ([], Some(any)) => format!(
            "the run has no task {id:?}, and none whose id is near; an id is one like {any}, and \
             tasks.csv lists them"
        ),
        ([one], _) => format!("the run has no task {id:?}; the nearest is {one}"),
        (near, _) => format!(
            "the run has no task {id:?}; the nearest are {}",
            near.join(", ")
        ),
    }
}

/// How to ask further.
fn hints(arguments: &ExplainArguments, replay: &Replay<'_>, explanation: &Explanation) -> String {
    let Some(first) = explanation.changes.first() else {
        return String::new();
    };
    // A local time that the zone has twice does not say which.
    let read = |text: &str| moment(text, replay.plan, replay.ended_at).ok();
    let is_same = |a: SimTime, b: SimTime| a.as_micros() / SECOND == b.as_micros() / SECOND;
    let is_told = read(&first.local)
        .zip(read(&first.at))
        .is_some_and(|(local, at)| is_same(local, at));
    let at = if is_told { &first.local } else { &first.at };
    let (run, service) = (
        arguments.run.display(),
        arguments.service.as_deref().unwrap_or_default(),
    );
    let all = match explanation.changes_left_out {
        0 => "",
        _ => "; every change: --all",
    };
    format!("\nWhy one of them: fleetcast explain {run} --service {service} --at '{at}'{all}\n")
}

/// The explanation with the run it is of.
fn json_text(
    explanation: &Explanation,
    run: &FinishedRun,
    (reproduced, warnings): (bool, &[String]),
) -> String {
    let mut value = json!({
        "version": 1,
        "results": run.path.display().to_string(),
        "run": run.manifest.run,
        "fleetcast": env!("CARGO_PKG_VERSION"),
        "reproduced": reproduced,
        "warnings": warnings,
    });
    let told = serde_json::to_value(explanation).unwrap_or_default();
    if let (Value::Object(all), Value::Object(told)) = (&mut value, told) {
        all.extend(told);
    }
    format!("{value:#}\n")
}
