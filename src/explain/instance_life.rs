//! One instance: why it was launched, and why it drained or ended.

use serde_json::json;

use super::{Explanation, Finding, Replay, instance, words};
use crate::catalog::instances;
use crate::engine::{SimDuration, SimTime};
use crate::ids::ProviderId;
use crate::observe::decisions::{Decision, decision_value};
use crate::observe::instances::{ec2_instance_id, purchase_name};
use crate::observe::trail::Managed;
use crate::world::instance::{InstanceRecord, TerminationCause};

/// A launch follows what managed scaling decided within so long.
const FOLLOWS: SimDuration = SimDuration::from_secs(60);

pub(super) fn explain(replay: &Replay<'_>, record: &InstanceRecord) -> Explanation {
    let group = replay.plan.group(record.group);
    let id = ec2_instance_id(replay.plan, record.group, record.id);
    let launched = match group.is_external() {
        true => None,
        false => Some(launch(replay, record)),
    };
    let findings = [
        launched,
        instance::type_finding(replay, record),
        end(replay, record, &id),
    ];
    Explanation {
        subject: format!("instance {id} of {}", group.name),
        facts: facts(replay, record),
        findings: findings.into_iter().flatten().collect(),
        ..Explanation::default()
    }
}

fn facts(replay: &Replay<'_>, record: &InstanceRecord) -> Vec<String> {
    let plan = replay.plan;
    let group = plan.group(record.group);
    let size = group.types[record.type_index as usize].registered;
    let kind = match group.is_external() {
        true => "a machine of one's own".to_owned(),
        false => format!(
            "{}, {}",
            instances::get(record.instance_type).name,
            purchase_name(record.purchase)
        ),
    };
    let zone = match plan.zone_name(record.zone) {
        "" => String::new(),
        zone => format!(" in {zone}"),
    };
    let place = format!(
        "{kind}{zone}: {} CPU units, {} MiB for tasks",
        size.cpu, size.memory
    );
    let times = &record.times;
    let shown = |what: &str, at: Option<SimTime>| {
        at.filter(|at| *at <= replay.ended_at)
            .map(|at| format!("{what} {}", replay.clock().show(at)))
    };
    let life = [
        shown("launched", Some(times.launched)).filter(|_| !record.stood),
        record.stood.then(|| "there when the run began".to_owned()),
        shown("ACTIVE", times.active).filter(|_| !record.stood),
        shown("DRAINING", times.draining),
        shown("terminated", times.terminated),
    ];
    let life: Vec<String> = life.into_iter().flatten().collect();
    vec![place, life.join(", ")]
}

/// What asked for it: managed scaling, or else its group.
fn launch(replay: &Replay<'_>, record: &InstanceRecord) -> Finding {
    let plan = replay.plan;
    let at = record.times.launched;
    let question = "Why was it launched?";
    let inputs = json!({ "launched": replay.clock().show(at) });
    if record.stood {
        let answer = "the group has its DesiredCapacity when the run begins";
        return Finding::new(question, answer, inputs).decided(plan, at);
    }
    let raised = plan
        .provider_of(record.group)
        .and_then(|provider| raised_by(replay, provider, at));
    match raised {
        Some((before, managed)) => {
            let counts = [before, managed.desired];
            let decision = Decision::ManagedScaling(managed.provider, counts, managed.reason);
            let told = decision_value(plan, managed.at, &decision);
            let answer = format!(
                "managed scaling of {}: {}",
                plan.provider(managed.provider).name,
                told["decision"].as_str().unwrap_or_default()
            );
            Finding::new(question, answer, told["inputs"].clone()).decided(plan, managed.at)
        }
        None => {
            let answer = match plan.group(record.group).managed {
                Some(_) => "ECS launched it for tasks that waited for room",
                None => {
                    "its group had fewer instances than desired: one had gone, or the desired \
                     capacity was set"
                }
            };
            Finding::new(question, answer, inputs).decided(plan, at)
        }
    }
}

/// The raise of a group's desired capacity that a launch follows, and the capacity before.
fn raised_by(replay: &Replay<'_>, provider: ProviderId, at: SimTime) -> Option<(u32, Managed)> {
    let all = &replay.trail.managed;
    let until = all.partition_point(|it| it.at <= at);
    let of_it = all[..until].iter().rev();
    let mut of_it = of_it.filter(|it| it.provider == provider);
    let last = of_it.next()?;
    let before = of_it.next().map_or(0, |it| it.desired);
    (before < last.desired && at.since(last.at) <= FOLLOWS).then_some((before, *last))
}

fn end(replay: &Replay<'_>, record: &InstanceRecord, id: &str) -> Option<Finding> {
    let at = record.times.draining.or(record.times.terminated)?;
    let cause = record.cause.filter(|_| at <= replay.ended_at)?;
    let inputs = json!({ "ec2InstanceId": id, "at": replay.clock().show(at) });
    let aged = words::length(at.since(record.times.launched));
    let answer = format!("{}, {aged} after its launch", cause_words(cause));
    let finding = Finding::new("Why did it go?", answer, inputs);
    Some(finding.decided(replay.plan, at))
}

const fn cause_words(cause: TerminationCause) -> &'static str {
    match cause {
        TerminationCause::ScaleIn => "its group scaled in and chose it",
        TerminationCause::SpotInterruption => "EC2 took the Spot Instance back",
        TerminationCause::LaunchFailed => "it never registered with the cluster",
        TerminationCause::Failure => "it failed, or its zone did",
        TerminationCause::Refresh => "an instance refresh replaced it",
        TerminationCause::Rebalance => "it was at risk, and capacity rebalancing replaced it",
        TerminationCause::ZoneBalance => "its zone had more than its share (AZRebalance)",
        TerminationCause::Idle => "it had no task for as long as scaleInAfter says",
        TerminationCause::Consolidation => "what ran there found room elsewhere",
        TerminationCause::Patching => "it was old, and what is patched takes its place",
        TerminationCause::EndOfLife => "it had reached the end of its life",
        TerminationCause::Repacking => "whatIf.repacking emptied it",
    }
}
