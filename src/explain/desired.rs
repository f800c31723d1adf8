//! What set a desired count, where it was not auto scaling: UpdateService; of a DAEMON service the
//! container instances. What nothing tells is said to be unknown.

use serde_json::{Value, json};

use super::changes::{self, ChangeKind};
use super::{Difference, Finding, Replay, placement, rules, words};
use crate::engine::SimTime;
use crate::ids::{InstanceId, ServiceId};
use crate::observe::instances::ec2_instance_id;
use crate::world::instance::InstanceRecord;

/// Instances that are named of those that came or went at once.
const NAMED: usize = 3;
/// Why no cause is told.
const UNKNOWN: &str = "not known: neither the timeline nor auto scaling names a cause at this \
                       instant";

/// Container instances that a DAEMON service went to, or left, at an instant.
#[derive(Debug, Default)]
struct Moves {
    /// They became ACTIVE.
    came: Vec<InstanceId>,
    /// They began to drain, or ended without.
    left: Vec<InstanceId>,
    /// Whether the service has another revision, whose constraints other instances meet.
    redefined: bool,
}

/// In short, for the list of changes: the kind, and why.
pub(super) fn brief(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> (ChangeKind, String) {
    if replay.plan.service(service).is_daemon {
        return (ChangeKind::Instances, moves_words(replay, service, at));
    }
    match changes::count_set_at(replay, service, at) {
        true => (
            ChangeKind::Updated,
            "UpdateService of the timeline".to_owned(),
        ),
        false => (ChangeKind::Updated, UNKNOWN.to_owned()),
    }
}

/// The change of a desired count, explained.
pub(super) fn finding(
    replay: &Replay<'_>,
    (service, question): (ServiceId, String),
    (at, from, to): (SimTime, u32, u32),
) -> Finding {
    let plan = replay.plan;
    let counts = json!({ "from": from, "to": to });
    if plan.service(service).is_daemon {
        let answer = format!(
            "it is a DAEMON service, one task on each ACTIVE instance: {}",
            moves_words(replay, service, at)
        );
        let inputs = daemon_inputs(replay, (service, at), counts);
        return Finding::new(question, answer, inputs)
            .decided(plan, at)
            .by(&[rules::DAEMON])
            .otherwise([as_replicas(), as_many_instances(from)]);
    }
    if !changes::count_set_at(replay, service, at) {
        return Finding::new(question, UNKNOWN, counts).decided(plan, at);
    }
    let said = "an UpdateService of the timeline set desiredCount";
    let with = format!("desiredCount {from} in it, or none");
    let stayed = words::stayed_at(from);
    Finding::new(question, said, counts)
        .decided(plan, at)
        .by(&[rules::UPDATE_SERVICE])
        .otherwise([Difference::new(with, stayed)])
}

/// Why a service has the count that it began with.
pub(super) fn at_start(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Finding {
    let plan = replay.plan.service(service);
    let name = &plan.name;
    if plan.is_daemon {
        let has = changes::counts_at(replay, service, at).desired;
        let answer = format!(
            "it is a DAEMON service: it wants one task on each ACTIVE instance that meets its \
             constraints, of which there were {has}"
        );
        let inputs = daemon_inputs(replay, (service, at), json!({ "desired": has }));
        return Finding::new(format!("Why does {name} have {has}?"), answer, inputs)
            .by(&[rules::DAEMON])
            .otherwise([as_replicas()]);
    }
    let count = plan.desired_count;
    let answer = "it is the scenario's desiredCount; nothing had changed it yet";
    let inputs = json!({ "desiredCount": count });
    let other = Difference::new(
        format!("desiredCount {} instead of {count}", count + 1),
        format!("{} desired", words::tasks(count + 1)),
    );
    Finding::new(format!("Why does {name} have {count}?"), answer, inputs)
        .by(&[rules::UPDATE_SERVICE])
        .otherwise([other])
}

fn as_replicas() -> Difference {
    Difference::new(
        "schedulingStrategy: REPLICA",
        "desiredCount would say how many, whatever instances there are",
    )
}

fn as_many_instances(count: u32) -> Difference {
    Difference::new(
        format!(
            "{} as before that it may go to",
            words::counted(count, "instance")
        ),
        words::stayed_at(count),
    )
}

/// What made a DAEMON service want more tasks, or fewer.
fn moves_words(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> String {
    let moves = moves(replay, service, at);
    let of = |ids: &[InstanceId], what: &str| {
        let mut names: Vec<String> = ids
            .iter()
            .take(NAMED)
            .map(|id| placement::instance_words(replay, *id))
            .collect();
        if NAMED < ids.len() {
            names.push(format!("{} more", ids.len() - NAMED));
        }
        (!ids.is_empty()).then(|| format!("{} {what}", words::listed(&names)))
    };
    let parts = [
        of(&moves.came, "became ACTIVE"),
        of(&moves.left, "takes no more tasks"),
        moves
            .redefined
            .then(|| "another revision, whose constraints other instances meet".to_owned()),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => "the instances that it may go to changed; which is not known".to_owned(),
        false => words::listed(&parts),
    }
}

fn moves(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> Moves {
    let trail = replay.trail;
    let ids = |is_so: &dyn Fn(&InstanceRecord) -> bool| -> Vec<InstanceId> {
        let its = trail.instances.iter().filter(|it| is_so(it));
        its.map(|it| it.id).collect()
    };
    let left = |it: &InstanceRecord| left_at(replay, it) == Some(at);
    Moves {
        came: ids(&|it| it.times.active == Some(at)),
        left: ids(&left),
        redefined: trail
            .deployments
            .iter()
            .any(|(when, of, ..)| (*when, *of) == (at, service)),
    }
}

/// When an instance took no more tasks: it drained, or ended without.
fn left_at(replay: &Replay<'_>, instance: &InstanceRecord) -> Option<SimTime> {
    let mut drains = replay.trail.drains.iter();
    let drained = drains.find(|it| it.1 == instance.id).map(|it| it.0);
    drained
        .or(instance.times.draining)
        .or(instance.times.terminated)
}

fn daemon_inputs(
    replay: &Replay<'_>,
    (service, at): (ServiceId, SimTime),
    mut counts: Value,
) -> Value {
    let active = replay.trail.instances.iter().filter(|it| {
        let came = it.times.active.is_some_and(|active| active <= at);
        came && left_at(replay, it).is_none_or(|left| at < left)
    });
    let names = |ids: &[InstanceId]| -> Vec<String> {
        let all = replay.trail.instances.iter();
        let its = all.filter(|it| ids.contains(&it.id));
        its.map(|it| ec2_instance_id(replay.plan, it.group, it.id))
            .collect()
    };
    let moves = moves(replay, service, at);
    counts["schedulingStrategy"] = "DAEMON".into();
    counts["activeInstances"] = active.count().into();
    counts["becameActive"] = names(&moves.came).into();
    counts["tookNoMore"] = names(&moves.left).into();
    counts
}
