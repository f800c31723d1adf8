//! What is told of a run while it is played: what scaled, was deployed, failed, was taken back or
//! refused, and what the world and the operator did.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::phrases::{Kind, Phrases};
use crate::engine::{SimDuration, SimTime};
use crate::explain::{ChangeKind, Replay};
use crate::ids::{GroupId, ServiceId, ZoneId};
use crate::observe::Observed;
use crate::observe::decisions::{Decision, decision_value};
use crate::observe::picture::{
    InstanceRecord, OwnerKind, Picture, calls, in_even_order, second_of,
};
use crate::observe::tally::groups::cause_name;
use crate::scenario::plan::{Plan, TimelineAction, TimelineEntry};

/// Events that are kept at most.
const EVENTS_MAX: usize = 2_000;
/// The same refusal within so long is told once.
const AGAIN: SimDuration = SimDuration::from_secs(600);

/// What kind of event, the weightiest first: of too many the last are left out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum EventKind {
    /// Something that the world does to the cluster, or the operator.
    World,
    /// A deployment.
    Deployment,
    /// Tasks failed.
    Failed,
    /// Spot: notices, regimes.
    Spot,
    /// An alarm.
    Alarm,
    /// A service's desired count changed.
    Scaling,
    /// A group's desired capacity changed.
    Capacity,
    /// A launch was refused.
    Refused,
    /// A schedule or rule called.
    Schedule,
}

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Event {
    pub(super) at: SimTime,
    pub(super) kind: EventKind,
    /// The owner, by position in the picture.
    pub(super) owner: Option<u32>,
    zone: Option<u32>,
    /// Until when its zone is out.
    until: Option<SimTime>,
    text: String,
    /// The story that says why, when it is known.
    pub(super) story: Option<usize>,
}

/// The events of a run.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Those that are kept, in order of time.
    pub(super) events: Vec<Event>,
    /// How many there were.
    pub(super) total: usize,
}

impl Event {
    fn new(at: SimTime, kind: EventKind, text: String) -> Self {
        Event {
            at,
            kind,
            owner: None,
            zone: None,
            until: None,
            text,
            story: None,
        }
    }

    /// The same, of an owner.
    fn of(mut self, owner: u32) -> Self {
        self.owner = Some(owner);
        self
    }

    /// The same, in a zone.
    fn within(mut self, plan: &Plan, zone: Option<ZoneId>) -> Self {
        let zone = zone.map(ZoneId::index).filter(|at| *at < plan.zones.len());
        self.zone = zone.map(|at| at as u32);
        self
    }
}

/// All that is told of a run.
pub(super) fn of(replay: &Replay<'_>, observed: &Observed, picture: &Picture<'_>) -> Told {
    let plan = replay.plan;
    let mut events: Vec<Event> = Vec::new();
    for service in 0..plan.services.len() {
        events.extend(of_service(replay, ServiceId::from_index(service)));
    }
    if let Some(log) = &observed.decisions {
        events.extend(decided(plan, &log.decisions));
    }
    let timeline = plan.timeline.iter();
    let timeline = timeline.filter(|entry| entry.at <= replay.ended_at);
    events.extend(timeline.filter_map(|entry| of_timeline(plan, entry)));
    events.extend(taken_instances(plan, &observed.instances, replay.ended_at));
    events.extend(taken_tasks(plan, picture));
    for (owner, at, tasks) in calls(plan, replay.trail) {
        let known = &picture.owners[owner as usize];
        let who = match known.kind {
            OwnerKind::Rule => "rule",
            _ => "schedule",
        };
        let text = format!("{who} {} starts {}", known.name, counted(tasks, "task"));
        events.push(Event::new(at, EventKind::Schedule, text).of(owner));
    }
    // Of one instant the weightiest first; a sort that is stable keeps the rest as it was.
    events.sort_by_key(|event| (event.at, event.kind));
    Told::weightiest(events, EVENTS_MAX)
}

/// What changed a service, as `explain` lists it.
fn of_service(replay: &Replay<'_>, service: ServiceId) -> impl Iterator<Item = Event> {
    let explained = replay.explain_service(service, usize::MAX);
    let name = replay.plan.service(service).name.clone();
    let owner = service.index() as u32;
    explained.changes.into_iter().map(move |change| {
        let kind = match change.kind {
            ChangeKind::ScaledOut | ChangeKind::ScaledIn | ChangeKind::Instances => {
                EventKind::Scaling
            }
            ChangeKind::Updated => EventKind::World,
            ChangeKind::Deployment | ChangeKind::DeploymentFailed => EventKind::Deployment,
            ChangeKind::Interrupted => EventKind::Spot,
            ChangeKind::Failed => EventKind::Failed,
        };
        let text = format!("{name}: {}: {}", change.what, change.why);
        Event::new(change.instant(), kind, text).of(owner)
    })
}

/// What the log of decisions has beside a service's changes.
fn decided(plan: &Plan, decisions: &[(SimTime, Decision)]) -> Vec<Event> {
    let mut events = Vec::new();
    // When each refusal was told last.
    let mut refused: BTreeMap<String, SimTime> = BTreeMap::new();
    for (at, decision) in decisions {
        let kind = match decision {
            Decision::Alarm(..) => EventKind::Alarm,
            Decision::ManagedScaling(_, [from, to], _) if from != to => EventKind::Capacity,
            Decision::LaunchRefused(..) | Decision::CallFailed(..) => EventKind::Refused,
            Decision::SpotRegime(..) => EventKind::Spot,
            Decision::ManagedScaling(..)
            | Decision::ProviderPicked(..)
            | Decision::Scaling(..)
            | Decision::Deployment(..) => continue,
        };
        let told = decision_value(plan, *at, decision);
        let word = |field: &str| told[field].as_str().unwrap_or_default().to_owned();
        let text = format!("{}: {}", word("subject"), word("decision"));
        if kind == EventKind::Refused {
            let key = format!("{}{}", word("subject"), told["inputs"]["reason"]);
            let last = refused.insert(key, *at);
            if last.is_some_and(|last| at.since(last) < AGAIN) {
                continue;
            }
        }
        let event = Event::new(*at, kind, text);
        events.push(match *decision {
            Decision::Alarm(alarm, ..) => {
                event.of(plan.alarms[alarm.index()].service.index() as u32)
            }
            Decision::SpotRegime(pool, ..) => {
                event.within(plan, Some(ZoneId::from_index(pool.index())))
            }
            _ => event,
        });
    }
    events
}

/// Instances that Spot took back or that failed, those of a zone within a minute together: told at
/// their notice, where they had one.
fn taken_instances(plan: &Plan, records: &[InstanceRecord], ended_at: SimTime) -> Vec<Event> {
    let mut together: BTreeMap<(u64, u32, u32, EventKind), (SimTime, u32)> = BTreeMap::new();
    for record in records {
        let at = record.times.draining.or(record.times.terminated);
        let (Some(at), Some(cause)) = (at.filter(|at| *at <= ended_at), record.cause) else {
            continue;
        };
        let kind = match cause_name(cause) {
            "spot_interruption" => EventKind::Spot,
            "failure" | "launch_failed" => EventKind::Failed,
            _ => continue,
        };
        let key = (minute_of(at), record.zone.0, record.group.0, kind);
        let known = together.entry(key).or_insert((at, 0));
        *known = (known.0.min(at), known.1 + 1);
    }
    let told = together.into_iter();
    let told = told.map(|((_, zone, group, kind), (at, count))| {
        let zone = ZoneId(zone);
        let name = &plan.group(GroupId(group)).name;
        let what = match kind {
            EventKind::Spot => "EC2 takes back",
            _ => "lost:",
        };
        let count = counted(count, "instance");
        let text = format!("{name}: {what} {count}{}", within(plan, zone));
        Event::new(at, kind, text).within(plan, Some(zone))
    });
    told.collect()
}

/// Tasks of what calls RunTask that Spot took back, those of a zone within a minute together; of
/// services `explain` lists them.
fn taken_tasks(plan: &Plan, picture: &Picture<'_>) -> Vec<Event> {
    let mut together: BTreeMap<(u64, u32, u32), (SimTime, u32)> = BTreeMap::new();
    for task in &picture.tasks {
        let times = &task.record.times;
        let is_taken = task.record.stop.is_some_and(|stop| stop.is_by_spot);
        let is_service = (task.owner as usize) < plan.services.len();
        let Some(at) = times.stopping.or(times.stopped) else {
            continue;
        };
        if is_taken && !is_service {
            let key = (minute_of(at), task.record.zone.0, task.owner);
            let known = together.entry(key).or_insert((at, 0));
            *known = (known.0.min(at), known.1 + 1);
        }
    }
    let told = together.into_iter();
    let told = told.map(|((_, zone, owner), (at, count))| {
        let zone = ZoneId(zone);
        let name = picture.owners[owner as usize].name;
        let count = counted(count, "task");
        let text = format!("{name}: Spot takes back {count}{}", within(plan, zone));
        let event = Event::new(at, EventKind::Spot, text).of(owner);
        event.within(plan, Some(zone))
    });
    told.collect()
}

fn minute_of(at: SimTime) -> u64 {
    at.as_micros() / 60_000_000
}

/// ` in us-east-1a`; nothing of what stands in no zone.
fn within(plan: &Plan, zone: ZoneId) -> String {
    match plan.zone_name(zone) {
        "" => String::new(),
        name => format!(" in {name}"),
    }
}

/// What the operator or the world does, unless it is told as a service's change.
fn of_timeline(plan: &Plan, entry: &TimelineEntry) -> Option<Event> {
    let group = |id: GroupId| plan.group(id).name.as_str();
    let groups = |id: Option<GroupId>, all: &str| {
        id.map_or_else(|| all.to_owned(), |id| group(id).to_owned())
    };
    let (mut place, mut until) = (None, None);
    let text = match &entry.action {
        TimelineAction::Outage { zone, length } => {
            place = Some(*zone);
            until = Some(entry.at + *length);
            format!(
                "availability zone {} fails for {length}",
                plan.zone_name(*zone)
            )
        }
        TimelineAction::Drought(drought) => {
            place = drought.zone;
            let pools = groups(drought.group, "Fargate Spot");
            format!("{pools} has no Spot capacity for {}", drought.length)
        }
        TimelineAction::AgentDisconnect(lost) => {
            place = lost.zone;
            let agents = groups(lost.group, "instances");
            format!(
                "ECS hears nothing of agents of {agents} for {}",
                lost.length
            )
        }
        TimelineAction::Drain(drain) => {
            let of = group(drain.group);
            format!(
                "{} of {of} are set to DRAINING",
                counted(drain.count, "instance")
            )
        }
        TimelineAction::SetDesiredCapacity { group: id, desired } => {
            format!("{}: SetDesiredCapacity {desired}", group(*id))
        }
        TimelineAction::InstanceRefresh { group: id, .. } => {
            format!("{}: an instance refresh begins", group(*id))
        }
        TimelineAction::UpdateGroup { group: id, .. } => {
            format!("{}: a scheduled action sets its sizes", group(*id))
        }
        TimelineAction::RunTask { source, count } => {
            let name = &plan.job_sources[source.index()].name;
            format!("RunTask of {name}: {}", counted(*count, "task"))
        }
        TimelineAction::UpdateService(_)
        | TimelineAction::StopDeployment { .. }
        | TimelineAction::TaskSet(_)
        | TimelineAction::ScaleOnSchedule { .. } => return None,
    };
    let event = Event::new(entry.at, EventKind::World, text).within(plan, place);
    Some(Event { until, ..event })
}

fn counted(count: u32, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {one}{plural}")
}

impl Told {
    /// Of too many the weightiest kinds whole, and of the last of them an even choice.
    fn weightiest(events: Vec<Event>, most: usize) -> Self {
        let total = events.len();
        let mut order: Vec<usize> = in_even_order(total).collect();
        order.sort_by_key(|at| events[*at].kind);
        order.truncate(most);
        order.sort_unstable();
        Told {
            events: order.into_iter().map(|at| events[at].clone()).collect(),
            total,
        }
    }

    /// How many are kept.
    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// As columns.
    pub(super) fn columns(&self, phrases: &mut Phrases) -> Value {
        let events = &self.events;
        let mut before = 0;
        let differences = events.iter().map(|event| {
            let second = second_of(event.at);
            let more = second - before;
            before = second;
            more
        });
        let number = |value: Option<u32>| value.map_or(-1, i64::from);
        json!({
            "total": self.total,
            "t": differences.collect::<Vec<_>>(),
            "kind": events.iter().map(|event| event.kind as u32).collect::<Vec<_>>(),
            "owner": events.iter().map(|event| number(event.owner)).collect::<Vec<_>>(),
            "zone": events.iter().map(|event| number(event.zone)).collect::<Vec<_>>(),
            "until": events.iter()
                .map(|event| number(event.until.map(second_of)))
                .collect::<Vec<_>>(),
            "text": events.iter()
                .map(|event| phrases.line(Kind::Event, &event.text))
                .collect::<Vec<_>>(),
            "story": events.iter()
                .map(|event| event.story.map_or(-1, |story| story as i64))
                .collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_too_many_events_the_weightiest_stay_and_the_others_are_spread() {
        let event = |second: u64| {
            let kind = match second % 10 {
                0 => EventKind::Failed,
                _ => EventKind::Schedule,
            };
            Event::new(SimTime::from_secs(second), kind, String::new())
        };
        let told = Told::weightiest((0..1_000).map(event).collect(), 200);
        assert_eq!((told.len(), told.total), (200, 1_000));
        let failed = told.events.iter().filter(|it| it.kind == EventKind::Failed);
        assert_eq!(failed.count(), 100);
        assert!(told.events.is_sorted_by_key(|it| it.at));
        let halves = told
            .events
            .iter()
            .filter(|it| it.at < SimTime::from_secs(500));
        assert!((90..110).contains(&halves.count()));
    }
}
