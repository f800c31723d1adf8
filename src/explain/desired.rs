//! What set a desired count, where it was not auto scaling: UpdateService; of a DAEMON service the
//! container instances (`daemon`). What nothing tells is said to be unknown.

use serde_json::json;

use super::changes::{self, ChangeKind};
use super::{Difference, Finding, Replay, daemon, rules, words};
use crate::engine::SimTime;
use crate::ids::ServiceId;

/// Why no cause is told.
const UNKNOWN: &str = "not known: neither the timeline nor auto scaling names a cause at this \
                       instant";

/// In short, for the list of changes: the kind, and why.
pub(super) fn brief(replay: &Replay<'_>, service: ServiceId, at: SimTime) -> (ChangeKind, String) {
    if replay.plan.service(service).is_daemon {
        return (
            ChangeKind::Instances,
            daemon::moves_words(replay, service, at),
        );
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
            daemon::moves_words(replay, service, at)
        );
        let inputs = daemon::inputs(replay, (service, at), counts);
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
        let inputs = daemon::inputs(replay, (service, at), json!({ "desired": has }));
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
