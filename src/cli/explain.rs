//! `fleetcast explain`: plays a run again from its folder and says why.

mod whom;

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
use crate::observe::trail::Trail;
use crate::report::explain_text;
use crate::report::results::FinishedRun;
use crate::scenario::Loaded;
use crate::scenario::plan::RecordPlan;
use whom::{About, whom};

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

/// Say why a task, an instance, a service's count, a group's size or a schedule's call is as it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast explain web-api --service api
  fleetcast explain results/web-api/e2693ae89eb1 --service api --at '2026-03-06 14:05'
  fleetcast explain web-api --service api --at '2d 14h'
  fleetcast explain web-api --task 96a2f6
  fleetcast explain ec2-autoscaling --instance i-943c
  fleetcast explain ec2-autoscaling --capacity-provider machines --at 11h
  fleetcast explain nightly-jobs --schedule backup
  fleetcast explain web-api --service api --json | jq '.changes[].why'

Ids of tasks are in the run's tasks.csv, those of instances in its instances.csv. The run is played
again from its folder; if it does not go the same way (another version of fleetcast), that is said.
What would have made the difference is the one decision asked again with one input changed.")]
pub(super) struct ExplainArguments {
    /// The run's folder; or its name, or its scenario's (then the newest run), below results/
    run: PathBuf,
    /// The task to explain: its ARN, its id, or the id's first letters
    #[arg(long, value_name = "ID")]
    task: Option<String>,
    /// The service whose count to explain
    #[arg(long, value_name = "NAME", conflicts_with = "task")]
    service: Option<String>,
    /// The instance to explain: its EC2 id, or the id's first letters
    #[arg(long, value_name = "ID", conflicts_with_all = ["task", "service"])]
    instance: Option<String>,
    /// The capacity provider whose group's size to explain
    #[arg(long, value_name = "NAME", conflicts_with_all = ["task", "service", "instance"])]
    capacity_provider: Option<String>,
    /// The schedule or rule whose calls to explain
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = ["task", "service", "instance", "capacity_provider"]
    )]
    schedule: Option<String>,
    /// When: since the start (2d 14h), an instant (2026-03-05T14:00:00Z), or local time of the run
    #[arg(
        long,
        value_name = "TIME",
        allow_hyphen_values = true,
        conflicts_with_all = ["task", "instance"]
    )]
    at: Option<String>,
    /// List every change of the service, the group or the schedule, not only the 20 most important
    #[arg(long, conflicts_with_all = ["task", "instance", "at"])]
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
    let about = whom(arguments, &plan)?;
    if let Some(note) = &chosen.note {
        console.warn(&format!("note: {note}\n"))?;
    }
    let kept = (NOTHING_ELSE, Trail::of(about.owner()).with_alarms_of(&plan));
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
    let explanation = answer(arguments, &replay, &about)?;
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
    about: &About,
) -> Result<Explanation, Stop> {
    let at = arguments.at.as_deref();
    let at = at.map(|text| moment(text, replay.plan, replay.ended_at).map_err(Stop::Mistake));
    let at = at.transpose()?;
    let most = if arguments.all {
        usize::MAX
    } else {
        CHANGES_MAX
    };
    match (about, at) {
        (About::Service(service), Some(at)) => Ok(replay.explain_service_at(*service, at)),
        (About::Service(service), None) => Ok(replay.explain_service(*service, most)),
        (About::Provider(provider), Some(at)) => Ok(replay.explain_provider_at(*provider, at)),
        (About::Provider(provider), None) => Ok(replay.explain_provider(*provider, most)),
        (About::Schedule(source), Some(at)) => Ok(replay.explain_schedule_at(*source, at)),
        (About::Schedule(source), None) => Ok(replay.explain_schedule(*source, most)),
        (About::Instance(id), _) => whom::instance(replay, id),
        (About::Task(id), _) => task(replay, id),
    }
}

fn task(replay: &Replay<'_>, id: &str) -> Result<Explanation, Stop> {
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
    let run = arguments.run.display();
    let whom = arguments.flag();
    let all = match explanation.changes_left_out {
        0 => "",
        _ => "; every change: --all",
    };
    format!("\nWhy one of them: fleetcast explain {run} {whom} --at '{at}'{all}\n")
}

impl ExplainArguments {
    /// The option that says whom to explain.
    fn flag(&self) -> String {
        let named = [
            ("--service", &self.service),
            ("--capacity-provider", &self.capacity_provider),
            ("--schedule", &self.schedule),
        ];
        let named = named.into_iter();
        let mut named = named.filter_map(|(flag, name)| Some(format!("{flag} {}", name.as_ref()?)));
        named.next().unwrap_or_default()
    }
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
