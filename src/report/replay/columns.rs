//! The picture as columns of whole numbers with tables of texts: tasks, instances, series. A column
//! that grows holds the differences.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::cut;
use crate::engine::SimTime;
use crate::explain::Replay;
use crate::observe::instances::{ec2_instance_id, purchase_name};
use crate::observe::picture::{
    CountsAt, LoadAt, OwnerKind, OwnerSeries, Picture, PictureTask, SpotState, second_of, type_name,
};
use crate::observe::tally::groups::cause_name;
use crate::observe::tasks::{stopped_reason, task_arn};
use crate::scenario::plan::{Plan, ProviderKind};

/// Digits of a task's id that are kept: enough for `fleetcast explain --task`.
const ID_DIGITS: usize = 8;
/// Stands where there is nothing.
const NONE: i64 = -1;

/// Texts by number.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    numbers: BTreeMap<String, i64>,
}

impl Texts {
    fn number(&mut self, text: String) -> i64 {
        let next = self.all.len() as i64;
        let number = *self.numbers.entry(text.clone()).or_insert(next);
        if number == next {
            self.all.push(text);
        }
        number
    }
}

/// All columns of a picture.
pub(super) fn of(replay: &Replay<'_>, picture: &Picture<'_>) -> Value {
    let plan = replay.plan;
    let start = plan.run.start.as_second();
    json!({
        "name": cut(&plan.name),
        "cluster": cut(&plan.cluster.name),
        "start": start,
        "end": picture.ended_s,
        "offsets": offsets(plan, picture.ended_s),
        "zone": replay_zone(plan),
        "owners": picture.owners.iter().map(|owner| json!({
            "name": cut(&owner.name),
            "kind": kind_name(owner.kind),
        })).collect::<Vec<_>>(),
        "providers": plan.providers.iter().map(|provider| json!({
            "name": cut(&provider.name),
            "fargate": matches!(provider.kind, ProviderKind::Fargate | ProviderKind::FargateSpot),
        })).collect::<Vec<_>>(),
        "groups": plan.groups.iter().map(|group| cut(&group.name)).collect::<Vec<_>>(),
        "zones": plan.zones.iter().map(|zone| cut(&zone.name)).collect::<Vec<_>>(),
        "tasks": tasks(plan, picture),
        "instances": instances(replay, picture),
        "spot": spot(&picture.spot),
        "series": picture.series.iter().map(series).collect::<Vec<_>>(),
    })
}

fn replay_zone(plan: &Plan) -> &str {
    plan.run.time_zone.iana_name().unwrap_or("UTC")
}

const fn kind_name(kind: OwnerKind) -> &'static str {
    match kind {
        OwnerKind::Service => "service",
        OwnerKind::Schedule => "schedule",
        OwnerKind::Rule => "rule",
        OwnerKind::Program => "program",
    }
}

/// The offsets of the run's time zone: from which second on, how many seconds.
fn offsets(plan: &Plan, ended_s: u32) -> Vec<[i64; 2]> {
    let zone: &TimeZone = &plan.run.time_zone;
    let start = plan.run.start;
    let first = i64::from(zone.to_offset(start).seconds());
    let later = zone.following(start).map(|change| {
        let second = change.timestamp().as_second() - start.as_second();
        [second, i64::from(change.offset().seconds())]
    });
    let later = later.take_while(|[second, _]| *second <= i64::from(ended_s));
    std::iter::once([0, first]).chain(later).collect()
}

/// The differences of a column that grows.
fn growing(values: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut before = 0;
    let differences = values.into_iter().map(|value| {
        let more = value - before;
        before = value;
        more
    });
    differences.collect()
}

fn tasks(plan: &Plan, picture: &Picture<'_>) -> Value {
    let tasks = &picture.tasks;
    let mut patterns = Texts::default();
    let mut stops = Texts::default();
    let (mut pattern, mut stop, mut times) = (Vec::new(), Vec::new(), Vec::new());
    let mut ids = String::with_capacity(ID_DIGITS * tasks.len());
    for task in tasks {
        let states = task.states.iter();
        let digits = states.clone().map(|(status, _)| digit(*status as u32));
        pattern.push(patterns.number(digits.collect()));
        let entered = states.map(|(_, second)| *second);
        times.extend(growing(entered).into_iter().skip(1));
        stop.push(stop_words(plan, task).map_or(NONE, |words| stops.number(words)));
        let arn = task_arn(plan, task.record);
        let id = arn.rsplit('/').next().unwrap_or_default();
        ids.push_str(&id[..ID_DIGITS.min(id.len())]);
    }
    let column =
        |value: &dyn Fn(&PictureTask<'_>) -> i64| -> Vec<i64> { tasks.iter().map(value).collect() };
    let zones = plan.zones.len();
    json!({
        "total": picture.tasks_total,
        "ids": ids,
        "owner": column(&|task| i64::from(task.owner)),
        "deployment": column(&|task| i64::from(task.record.deployment)),
        "provider": column(&|task| task.provider.index() as i64),
        "zone": column(&|task| {
            let zone = task.record.zone.index();
            if zone < zones { zone as i64 } else { NONE }
        }),
        "instance": column(&|task| task.instance.map_or(NONE, i64::from)),
        "created": growing(tasks.iter().map(|task| task.states[0].1)),
        "placed": column(&|task| task.placed_s.map_or(NONE, |placed| {
            i64::from(placed) - i64::from(task.states[0].1)
        })),
        "patterns": patterns.all,
        "pattern": pattern,
        "times": times,
        "stops": stops.all,
        "stop": stop,
    })
}

fn digit(state: u32) -> char {
    char::from_digit(state, 10).unwrap_or('9')
}

/// `stopCode: stoppedReason` of a task that stops.
fn stop_words(plan: &Plan, task: &PictureTask<'_>) -> Option<String> {
    let stop = task.record.stop?;
    let times = &task.record.times;
    times
        .stopping
        .or(times.execution_stopped)
        .or(times.stopped)?;
    Some(cut(&format!(
        "{}: {}",
        stop.code,
        stopped_reason(plan, task.record)
    )))
}

fn instances(replay: &Replay<'_>, picture: &Picture<'_>) -> Value {
    let plan = replay.plan;
    let mut types = Texts::default();
    let mut causes = Texts::default();
    let all = &picture.instances;
    let known = |at: Option<SimTime>| -> i64 {
        at.filter(|at| *at <= replay.ended_at)
            .map_or(NONE, |at| i64::from(second_of(at)))
    };
    let type_of: Vec<i64> = all
        .iter()
        .map(|it| types.number(type_name(plan, it).to_owned()))
        .collect();
    let cause = all.iter().map(|it| {
        let cause = it.cause.filter(|_| 0 <= known(it.times.terminated));
        cause.map_or(NONE, |cause| causes.number(cause_name(cause).to_owned()))
    });
    let cause: Vec<i64> = cause.collect();
    let spot = all
        .iter()
        .map(|it| u32::from(purchase_name(it.purchase) == "spot"));
    let zones = plan.zones.len();
    json!({
        "total": picture.instances_total,
        "ids": all.iter().map(|it| ec2_instance_id(plan, it.group, it.id)).collect::<Vec<_>>(),
        "group": all.iter().map(|it| it.group.index()).collect::<Vec<_>>(),
        "types": types.all,
        "type": type_of,
        "zone": all.iter().map(|it| {
            let zone = it.zone.index();
            if zone < zones { zone as i64 } else { NONE }
        }).collect::<Vec<_>>(),
        "spot": spot.collect::<Vec<_>>(),
        "launched": all.iter().map(|it| second_of(it.times.launched)).collect::<Vec<_>>(),
        "active": all.iter().map(|it| known(it.times.active)).collect::<Vec<_>>(),
        "draining": all.iter().map(|it| known(it.times.draining)).collect::<Vec<_>>(),
        "gone": all.iter().map(|it| known(it.times.terminated)).collect::<Vec<_>>(),
        "causes": causes.all,
        "cause": cause,
    })
}

/// What Spot offered by zone.
fn spot(states: &[SpotState]) -> Value {
    let column = |value: fn(&SpotState) -> i64| -> Vec<i64> { states.iter().map(value).collect() };
    json!({
        "t": growing(states.iter().map(|it| it.second)),
        "zone": column(|it| it.zone.index() as i64),
        "group": column(|it| it.group.map_or(NONE, |group| group.index() as i64)),
        "tight": column(|it| it.tight.into()),
        "empty": column(|it| it.empty.into()),
        "of": column(|it| it.of.into()),
    })
}

fn series(of: &OwnerSeries) -> Value {
    let counts =
        |value: fn(&CountsAt) -> u32| -> Vec<u32> { of.counts.iter().map(value).collect() };
    let load = |value: fn(&LoadAt) -> u32| -> Vec<u32> { of.load.iter().map(value).collect() };
    json!({
        "t": growing(counts(|it| it.second)),
        "desired": counts(|it| it.desired),
        "running": counts(|it| it.running),
        "pending": counts(|it| it.pending),
        "loadT": growing(load(|it| it.second)),
        "load": load(|it| it.requests),
    })
}
