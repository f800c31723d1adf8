//! `timeline:`: what the operator does, and the world, once or again and again.

mod capacity;
mod rollouts;
mod task_sets;
mod update;

use std::collections::BTreeSet;

use jiff::{SignedDuration, ToSpan};

use super::aws::{Aws, COUNT_MAX, Call, INSTANTS_MAX, ScheduledScaling, read_call};
use super::context::{Context, bounded, unknown_name};
use super::plan::{RunPlan, ScalableTargetPlan, TimelineAction, TimelineEntry};
use super::reader::{Field, MapReader};
use super::run::{moment, never_happens};
use super::values::{self, TimeOfDay};
use super::world::hooks::Hooks;
use super::world::prices::OfTimeline;
use super::world::prices::changes;
use super::world::streams::StreamNames;
use crate::catalog::prices::PriceChange;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, JobSourceId};
use crate::policy::scheduled_scaling::Bounds;
use rollouts::Updates;
use task_sets::Asked;

const ENTRIES_MAX: usize = 10_000;
/// The most single actions, entries with `every` counted each time.
const ACTIONS_MAX: usize = 1_000_000;
const DAY: SimDuration = SimDuration::from_secs(86_400);

/// What an entry asks for.
enum Doing<'a> {
    Action(TimelineAction),
    /// Of a task set, which is found by its name when all entries stand in their order.
    TaskSet(Asked<'a>),
    Prices(Vec<PriceChange>),
}

/// Reads the block, in order of time; equal times stay in the order of the file. Changes of prices
/// stand apart: nothing happens to the cluster then.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    root: &mut MapReader<'a>,
    (run, streams, hooks): (&RunPlan, &StreamNames<'_>, &Hooks<'_>),
    (aws, starts): (&mut Aws<'a>, &[(&str, Field<'a>)]),
) -> (Vec<TimelineEntry>, OfTimeline<'a>) {
    let mut updates = Updates::default();
    let mut prices = OfTimeline::default();
    let mut entries: Vec<TimelineEntry> = Vec::new();
    let mut refreshes = BTreeSet::new();
    let mut asked: Vec<Asked<'a>> = Vec::new();
    for (index, field) in bounded(root, "timeline", ENTRIES_MAX)
        .into_iter()
        .enumerate()
    {
        let Some(mut map) = field.map() else { continue };
        let times = times(&mut map, run);
        let name = format!("timeline-{}", index + 1);
        let call = Call {
            key: streams.key(&name),
            name,
            count_max: COUNT_MAX,
        };
        let doing = doing(cx, &mut map, (call, hooks), aws);
        let (Some(times), Some(doing)) = (times, doing) else {
            map.finish();
            continue;
        };
        map.finish();
        if ACTIONS_MAX < entries.len() + times.len() {
            refuse_actions(&field, run, entries.len());
            break;
        }
        let horizon = SimTime::ZERO + run.duration;
        if times.iter().all(|at| horizon <= *at) {
            let message = "this lies beyond the run's end and never happens";
            never_happens(&field, message, run);
        }
        let action = match doing {
            Doing::Action(action) => action,
            Doing::TaskSet(of) => {
                let action = of.action(asked.len());
                asked.push(of);
                action
            }
            Doing::Prices(changes) => {
                prices.push(field, times, &changes);
                continue;
            }
        };
        check_refresh(&field, (&times, &action), (aws, &mut refreshes));
        if let TimelineAction::UpdateService(_) = &action {
            updates.push(&field, &times);
        }
        entries.extend(times.into_iter().map(|at| TimelineEntry {
            at,
            action: action.clone(),
        }));
    }
    scheduled_actions(aws, run, &mut entries);
    scheduled_scaling(aws, run, &mut entries);
    entries.sort_by_key(|entry| entry.at);
    // Which sets there are by then is known where nothing was refused.
    if !cx.reader.has_errors() {
        task_sets::resolve(aws, &asked, &mut entries);
        let horizon = SimTime::ZERO + run.duration;
        rollouts::check(aws, starts, updates, (&entries, horizon));
    }
    (entries, prices)
}

/// A group has one instance refresh at a time; of two at the same instant one is surely refused.
fn check_refresh(
    field: &Field<'_>,
    (times, action): (&[SimTime], &TimelineAction),
    (aws, refreshes): (&Aws<'_>, &mut BTreeSet<(SimTime, GroupId)>),
) {
    let TimelineAction::InstanceRefresh { group, .. } = action else {
        return;
    };
    let is_new = |at: &SimTime| refreshes.insert((*at, *group));
    if times.iter().map(is_new).filter(|is_new| !is_new).count() != 0 {
        let message = format!(
            "another instance refresh of {} begins at the same instant: AWS refuses a second one \
             while one runs (InstanceRefreshInProgress)",
            aws.groups[group.index()].name
        );
        field.error("refresh-in-progress", message).report();
    }
}

/// What groups' scheduled actions do, after what the operator does at the same instant.
fn scheduled_actions(aws: &Aws<'_>, run: &RunPlan, entries: &mut Vec<TimelineEntry>) {
    for scheduled in &aws.scheduled_actions {
        let times = scheduled.times(run);
        if !check_times(&scheduled.place, &times, entries.len()) {
            return;
        }
        scheduled.note_unseen(&times, run);
        entries.extend(times.into_iter().map(|at| TimelineEntry {
            at,
            action: TimelineAction::UpdateGroup {
                group: scheduled.group,
                update: scheduled.update,
            },
        }));
    }
}

/// What scheduled actions of services' targets do, after all that.
fn scheduled_scaling(aws: &Aws<'_>, run: &RunPlan, entries: &mut Vec<TimelineEntry>) {
    let mut all: Vec<(SimTime, &ScheduledScaling<'_>)> = Vec::new();
    for scheduled in &aws.scheduled_scaling {
        let times = scheduled.times(run);
        if !check_times(&scheduled.place, &times, entries.len() + all.len()) {
            return;
        }
        scheduled.note_unseen(&times, run);
        all.extend(times.into_iter().map(|at| (at, scheduled)));
    }
    all.sort_by_key(|(at, _)| *at);
    let targets = &aws.scalable_targets;
    let mut bounds: Vec<Bounds> = targets.iter().map(ScalableTargetPlan::bounds).collect();
    let mut refused = BTreeSet::new();
    for (at, scheduled) in &all {
        let (target, action) = (scheduled.target, scheduled.action);
        let update = &targets[target.index()].scheduled[action].update;
        let bounds = &mut bounds[target.index()];
        match bounds.updated(update) {
            Ok(next) => *bounds = next,
            Err(next) if refused.insert((target, action)) => {
                let at = run.start + SignedDuration::from_micros(at.as_micros() as i64);
                scheduled.warn_refused(at, next);
            }
            Err(_) => {}
        }
    }
    entries.extend(all.into_iter().map(|(at, scheduled)| TimelineEntry {
        at,
        action: TimelineAction::ScaleOnSchedule {
            target: scheduled.target,
            action: scheduled.action,
        },
    }));
}

/// Whether an action may happen so often, beside so many others; reports if not.
fn check_times(place: &Field<'_>, times: &[SimTime], others: usize) -> bool {
    let is_fine = times.len() <= INSTANTS_MAX && others + times.len() <= ACTIONS_MAX;
    if !is_fine {
        let message = match times.len() <= INSTANTS_MAX {
            true => format!("with it more than {ACTIONS_MAX} actions are to happen"),
            false => format!("it is to happen more than {INSTANTS_MAX} times within the run"),
        };
        let help = "let it happen less often, or play a shorter run";
        place.error("too-many", message).help(help).report();
    }
    is_fine
}

/// Says how many actions an entry would have, beside so many others.
fn refuse_actions(place: &Field<'_>, run: &RunPlan, others: usize) {
    let every = place.node().get("every").and_then(|it| it.as_text());
    let every = every.and_then(|text| values::duration(text).ok());
    let message = match every.filter(|every| !every.is_zero()) {
        Some(every) => format!(
            "every {every} for {} makes {} actions, at most {ACTIONS_MAX} are played",
            run.duration,
            run.duration.as_micros() / every.as_micros()
        ),
        None => format!("with its {others} others it is over {ACTIONS_MAX} actions"),
    };
    let help = "let it happen less often, or play a shorter run";
    place.error("too-many", message).help(help).report();
}

/// When an entry happens: `at`, or `every` from `at` on.
fn times(map: &mut MapReader<'_>, run: &RunPlan) -> Option<Vec<SimTime>> {
    let at = map.field("at");
    let Some(every_field) = map.field("every") else {
        let Some(at) = at else {
            map.error("missing-field", "\"at\" is missing")
                .help("say when, like at: 2d 14h")
                .report();
            return None;
        };
        if looks_like_a_clock(&at) {
            let message = "a time of day alone names no day";
            let help = "add every: 1d, or write an offset like 2d 14h, or an instant";
            at.error("invalid-value", message).help(help).report();
            return None;
        }
        return Some(vec![moment(&at, run)?]);
    };
    let every = every_field.duration()?;
    if every < SimDuration::from_secs(1) {
        let message = format!("{every} is shorter than 1s");
        every_field.error("out-of-range", message).report();
        return None;
    }
    if at.as_ref().is_some_and(looks_like_a_clock) {
        let time = at.as_ref().and_then(Field::time_of_day)?;
        if every.as_micros() % DAY.as_micros() != 0 {
            let message = format!("every {every} is no number of days, and at is a time of day");
            every_field.error("invalid-value", message).report();
            return None;
        }
        return Some(daily(run, time, every.as_micros() / DAY.as_micros()));
    }
    let first = match at {
        Some(at) => moment(&at, run)?,
        None => SimTime::ZERO + every,
    };
    let horizon = SimTime::ZERO + run.duration;
    let each = std::iter::successors(Some(first), |at| Some(at.saturating_add(every)));
    Some(
        each.take_while(|at| *at < horizon)
            .take(ACTIONS_MAX + 1)
            .collect(),
    )
}

/// Whether the field is meant as a time of day, such as `03:00`.
fn looks_like_a_clock(field: &Field<'_>) -> bool {
    let is_clock = |text: &str| text.contains(':') && !text.contains(['-', 'T']);
    field.node().as_text().is_some_and(is_clock)
}

/// Every so many days at a local time of day, by the run's clocks.
pub(super) fn daily(run: &RunPlan, time: TimeOfDay, days: u64) -> Vec<SimTime> {
    let mut found = Vec::new();
    let mut date = run.start.to_zoned(run.time_zone.clone()).date();
    let step = i64::try_from(days).unwrap_or(i64::MAX).min(100_000);
    let into_day = SignedDuration::from_micros(time.since_midnight.as_micros() as i64);
    let horizon = SimTime::ZERO + run.duration;
    while found.len() <= ACTIONS_MAX {
        let local = date.at(0, 0, 0, 0).checked_add(into_day);
        // A time that the clocks leave out when they go forward is taken at the same distance
        // later.
        let zoned = local.and_then(|local| run.time_zone.to_zoned(local));
        let Ok(zoned) = zoned else { break };
        let micros = zoned.timestamp().duration_since(run.start).as_micros();
        if let Ok(micros) = u64::try_from(micros) {
            let at = SimTime::from_micros(micros);
            if horizon <= at {
                break;
            }
            found.push(at);
        }
        match date.checked_add(step.days()) {
            Ok(next) => date = next,
            Err(_) => break,
        }
    }
    found
}

fn doing<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    (call, hooks): (Call, &Hooks<'_>),
    aws: &mut Aws,
) -> Option<Doing<'a>> {
    let kinds = ["update", "deploy", "run", "stopServiceDeployment"].into_iter();
    let kinds = kinds.chain(task_sets::KINDS).chain(capacity::KINDS);
    let kinds: Vec<&'static str> = kinds.chain(["priceChange"]).collect();
    let found: Vec<(&str, Field<'a>)> = kinds
        .iter()
        .filter_map(|kind| Some((*kind, map.field(kind)?)))
        .collect();
    let action = match found.as_slice() {
        [("run", field)] => run_tasks(cx, field, call, aws),
        [(kind @ ("update" | "deploy"), field)] => {
            update::read(cx, field, (*kind == "deploy", hooks), aws)
        }
        [("stopServiceDeployment", field)] => update::stop(cx, field, aws),
        [("priceChange", field)] => {
            let changes = changes::read(cx, field.map()?, aws);
            return Some(Doing::Prices(changes));
        }
        [(kind, field)] if task_sets::KINDS.contains(kind) => {
            return task_sets::read(cx, (kind, field), aws).map(Doing::TaskSet);
        }
        [(kind, field)] => capacity::read(cx, (kind, field), aws),
        _ => {
            let message = format!("an entry has one of {}", kinds.join(", "));
            map.error("invalid-entry", message).report();
            None
        }
    };
    action.map(Doing::Action)
}

/// RunTask: of a program of `aws.runTasks` (`source`), or a call of its own.
fn run_tasks(
    cx: &Context<'_>,
    field: &Field<'_>,
    call: Call,
    aws: &mut Aws,
) -> Option<TimelineAction> {
    let mut map = field.map()?;
    let Some(source) = map.field("source") else {
        let plan = read_call(cx, map, call, aws)?;
        let count = plan.count;
        let source = JobSourceId::from_index(aws.job_sources.len());
        aws.job_sources.push(plan);
        return Some(TimelineAction::RunTask { source, count });
    };
    let count = map.u32("count", 1..=COUNT_MAX);
    map.finish();
    let name = source.str()?;
    let Some(id) = aws.job_source_named(name) else {
        let known = aws.job_sources.iter().map(|it| it.name.as_str());
        unknown_name(&source, "program of aws.runTasks", name, known);
        return None;
    };
    let count = count.unwrap_or(aws.job_sources[id.index()].count);
    Some(TimelineAction::RunTask { source: id, count })
}
