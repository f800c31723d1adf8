//! What is told of a run while it is played: what scaled, was deployed, failed, was taken back or
//! refused, and what the world and the operator did.

mod called;
mod capacity;
mod planned;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::phrases::{Kind, Phrases};
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Change, ChangeKind, Replay};
use crate::ids::{InstanceId, JobSourceId, PoolId, ProviderId, ServiceId, ZoneId};
use crate::observe::Observed;
use crate::observe::decisions::{Decision, decision_value};
use crate::observe::picture::{Owner, Picture, in_even_order, second_of};
use crate::scenario::plan::Plan;

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
    /// Whom it asks why.
    pub(super) about: About,
    /// The story that says why, when it is known.
    pub(super) story: Option<usize>,
}

/// Who is asked why something happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum About {
    /// Nobody: it is the world's, or the operator's.
    Nobody,
    /// A service, at the event's instant.
    Service(ServiceId),
    /// A capacity provider, at the event's instant.
    Provider(ProviderId),
    /// The call of a schedule or rule at an instant.
    Call(JobSourceId, SimTime),
    /// An instance.
    Instance(InstanceId),
    /// A task, by its position in the trail.
    Task(usize),
    /// What Fargate Spot offers in a zone, at the event's instant.
    Pool(PoolId),
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
            about: About::Nobody,
            story: None,
        }
    }

    /// The same, about somebody.
    fn about(mut self, about: About) -> Self {
        self.about = about;
        self
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
pub(super) fn of(
    replay: &Replay<'_>,
    observed: &Observed,
    picture: &Picture<'_>,
    changes: &[(ServiceId, Vec<Change>)],
) -> Told {
    let plan = replay.plan;
    let mut events: Vec<Event> = Vec::new();
    for (service, changes) in changes {
        events.extend(of_service(replay, picture, (*service, changes)));
    }
    if let Some(log) = &observed.decisions {
        events.extend(decided(replay, picture, &log.decisions));
    }
    let timeline = plan.timeline.iter();
    let timeline = timeline.filter(|entry| entry.at <= replay.ended_at);
    events.extend(timeline.filter_map(|entry| planned::of_timeline(plan, entry)));
    events.extend(capacity::of_instances(replay, &observed.instances));
    events.extend(capacity::taken_tasks(plan, picture));
    events.extend(called::started(replay, picture));
    events.extend(called::failed(replay, picture));
    events.extend(called::skipped(replay, picture));
    // Of one instant the weightiest first; a sort that is stable keeps the rest as it was.
    events.sort_by_key(|event| (event.at, event.kind));
    Told::weightiest(events, EVENTS_MAX)
}

/// What changed a service, as `explain` lists it.
fn of_service(
    replay: &Replay<'_>,
    picture: &Picture<'_>,
    (service, changes): (ServiceId, &[Change]),
) -> impl Iterator<Item = Event> {
    let name = replay.plan.service(service).name.clone();
    let owner = picture.position_of(Owner::Service(service));
    changes.iter().map(move |change| {
        let kind = match change.kind {
            ChangeKind::ScaledOut | ChangeKind::ScaledIn | ChangeKind::Instances => {
                EventKind::Scaling
            }
            ChangeKind::Called => EventKind::Schedule,
            ChangeKind::Updated => EventKind::World,
            ChangeKind::Deployment | ChangeKind::DeploymentFailed => EventKind::Deployment,
            ChangeKind::Interrupted => EventKind::Spot,
            ChangeKind::Failed => EventKind::Failed,
        };
        let text = format!("{name}: {}: {}", change.what, change.why);
        let event = Event::new(change.instant(), kind, text).of(owner);
        event.about(About::Service(service))
    })
}

/// What the log of decisions has beside a service's changes.
fn decided(
    replay: &Replay<'_>,
    picture: &Picture<'_>,
    decisions: &[(SimTime, Decision)],
) -> Vec<Event> {
    let plan = replay.plan;
    let mut events = Vec::new();
    // When each refusal was told last.
    let mut refused: BTreeMap<String, SimTime> = BTreeMap::new();
    for (at, decision) in decisions {
        let service = match *decision {
            Decision::Alarm(alarm, ..) => Some(plan.alarms[alarm.index()].service),
            Decision::LaunchRefused(Owner::Service(service), ..) => Some(service),
            _ => None,
        };
        let owner = service.map(Owner::Service);
        if owner.is_some_and(|owner| !replay.trail.has_reasons_of(owner)) {
            continue;
        }
        let kind = match decision {
            Decision::Alarm(..) => EventKind::Alarm,
            Decision::ManagedScaling(_, [from, to], _) if from != to => EventKind::Capacity,
            // What EventBridge calls for is told with its call.
            Decision::LaunchRefused(Owner::Job(source), ..)
                if plan.job_sources[source.index()].target.is_some() =>
            {
                continue;
            }
            Decision::LaunchRefused(..) => EventKind::Refused,
            Decision::SpotRegime(..) => EventKind::Spot,
            Decision::ManagedScaling(..)
            | Decision::CallFailed(..)
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
            Decision::Alarm(..) | Decision::LaunchRefused(Owner::Service(_), ..) => {
                let event = match owner {
                    Some(owner) => event.of(picture.position_of(owner)),
                    None => event,
                };
                event.about(service.map_or(About::Nobody, About::Service))
            }
            Decision::ManagedScaling(provider, ..) => event.about(About::Provider(provider)),
            Decision::SpotRegime(pool, ..) => {
                let event = event.within(plan, Some(ZoneId::from_index(pool.index())));
                event.about(About::Pool(pool))
            }
            _ => event,
        });
    }
    events
}

/// ` in us-east-1a`; nothing of what stands in no zone.
fn within(plan: &Plan, zone: ZoneId) -> String {
    match plan.zone_name(zone) {
        "" => String::new(),
        name => format!(" in {name}"),
    }
}

fn counted(count: u32, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {one}{plural}")
}

impl About {
    /// As numbers: the kind, and which of the owners, providers, instances or tasks that are shown.
    fn told(self, picture: &Picture<'_>) -> (u32, i64) {
        let place = |at: Option<usize>| at.map_or(-1, |at| at as i64);
        match self {
            About::Nobody => (0, -1),
            About::Service(service) => (1, picture.position_of(Owner::Service(service)).into()),
            About::Provider(provider) => (2, provider.index() as i64),
            About::Call(source, _) => (3, picture.position_of(Owner::Job(source)).into()),
            About::Instance(id) => (
                4,
                place(picture.instances.iter().position(|it| it.id == id)),
            ),
            About::Task(at) => (
                5,
                place(picture.tasks.iter().position(|it| it.position == at)),
            ),
            // Nothing that the picture frames.
            About::Pool(_) => (0, -1),
        }
    }
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
    pub(super) fn columns(&self, picture: &Picture<'_>, phrases: &mut Phrases) -> Value {
        let events = &self.events;
        let mut before = 0;
        let differences = events.iter().map(|event| {
            let second = second_of(event.at);
            let more = second - before;
            before = second;
            more
        });
        let number = |value: Option<u32>| value.map_or(-1, i64::from);
        let about: Vec<(u32, i64)> = events.iter().map(|it| it.about.told(picture)).collect();
        json!({
            "total": self.total,
            "t": differences.collect::<Vec<_>>(),
            "kind": events.iter().map(|event| event.kind as u32).collect::<Vec<_>>(),
            "owner": events.iter().map(|event| number(event.owner)).collect::<Vec<_>>(),
            "zone": events.iter().map(|event| number(event.zone)).collect::<Vec<_>>(),
            "until": events.iter()
                .map(|event| number(event.until.map(second_of)))
                .collect::<Vec<_>>(),
            "about": about.iter().map(|it| it.0).collect::<Vec<_>>(),
            "whom": about.iter().map(|it| it.1).collect::<Vec<_>>(),
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
