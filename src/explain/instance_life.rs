//! One instance: why it was launched, and why it drained or ended.

use serde_json::json;

use super::hand_set::HandSet;
use super::stop::under;
use super::{
    Difference, Explanation, Finding, InstanceFound, Replay, group, instance, launch, market,
    rules, words,
};
use crate::catalog::instances;
use crate::engine::{SimDuration, SimTime};
use crate::observe::instances::{ec2_instance_id, purchase_name};
use crate::world::instance::{InstanceRecord, TerminationCause};

/// A launch follows what managed scaling decided within so long.
const FOLLOWS: SimDuration = SimDuration::from_secs(60);

pub(super) fn find<'r>(replay: &Replay<'r>, id: &str) -> InstanceFound<'r> {
    let id = id.trim();
    let name = |it: &InstanceRecord| ec2_instance_id(replay.plan, it.group, it.id);
    let trail = replay.trail;
    let all = trail.instances.iter().chain(&trail.never_active);
    let found: Vec<&InstanceRecord> = all.filter(|it| name(it).starts_with(id)).collect();
    match found[..] {
        [one] => InstanceFound::One(one),
        [] => InstanceFound::None(replay.trail.instances.first().map(name)),
        ref several => InstanceFound::Several(several.iter().map(|it| name(it)).collect()),
    }
}

pub(super) fn explain(replay: &Replay<'_>, record: &InstanceRecord) -> Explanation {
    let group = replay.plan.group(record.group);
    let id = ec2_instance_id(replay.plan, record.group, record.id);
    let launched = match group.is_external() {
        true => None,
        false => Some(why_launched(replay, record)),
    };
    let pool = replay.trail.launch_of(record.id);
    let pool = pool.and_then(|it| it.pool.as_ref());
    let pool = pool.and_then(|pool| launch::pool_finding(replay, record, pool));
    let begin = [launched, pool, instance::type_finding(replay, record)];
    let findings = begin.into_iter().flatten();
    let findings = findings.chain(end(replay, record, &id));
    Explanation {
        subject: format!("instance {id} of {}", group.name),
        facts: facts(replay, record),
        findings: findings.collect(),
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
        times.active.is_none().then(|| "never ACTIVE".to_owned()),
        shown("DRAINING", times.draining),
        shown("terminated", times.terminated),
    ];
    let life: Vec<String> = life.into_iter().flatten().collect();
    vec![place, life.join(", ")]
}

/// What asked for it: managed scaling, a replacement, or else its group.
fn why_launched(replay: &Replay<'_>, record: &InstanceRecord) -> Finding {
    let plan = replay.plan;
    let at = record.times.launched;
    let question = "Why was it launched?";
    let inputs = json!({ "launched": replay.clock().show(at) });
    if record.stood {
        let answer = "the group has its DesiredCapacity when the run begins";
        return Finding::new(question, answer, inputs).decided(plan, at);
    }
    let replaces = replay.trail.launch_of(record.id).and_then(|it| it.replaces);
    if let Some(old) = replaces {
        let answer = match old {
            Some(old) => format!(
                "it is to replace {}, a Spot Instance at risk (CapacityRebalance)",
                ec2_instance_id(plan, record.group, old)
            ),
            None => format!(
                "{} had fewer instances than another zone of its group: one is launched here \
                 before one ends there (AZRebalance)",
                plan.zone_name(record.zone)
            ),
        };
        return Finding::new(question, answer, inputs).decided(plan, at);
    }
    let scaled = replay.trail.group_scaled_until(record.group, at);
    let scaled = scaled.filter(|it| {
        let is_out = it.history.desired < it.decided.desired;
        is_out && at.since(it.at) <= FOLLOWS
    });
    let set = HandSet::followed(replay, record.group, at).filter(|_| at != SimTime::ZERO);
    if let Some(set) = set.filter(|_| record.warm.is_none()) {
        return Finding::new(question, set.words(), inputs)
            .decided(plan, set.at)
            .by(&[rules::DESIRED_CAPACITY])
            .otherwise([set.without("it would not have been launched at that moment")]);
    }
    if let Some(finding) = scaled.and_then(|scaled| group::finding(replay, scaled)) {
        let answer = format!("managed scaling: {}", finding.answer);
        return Finding {
            question: question.to_owned(),
            answer,
            ..finding
        };
    }
    let finding = Finding::new(question, without_scaling(replay, record), inputs);
    finding.decided(plan, at)
}

/// What asked for an instance that neither managed scaling nor the operator did.
fn without_scaling(replay: &Replay<'_>, record: &InstanceRecord) -> String {
    let plan = replay.plan;
    let at = record.times.launched;
    if plan.group(record.group).managed.is_some() {
        return "ECS launched it for tasks that waited for room".to_owned();
    }
    if at == SimTime::ZERO {
        return "the group is empty when the run begins, and goes for its DesiredCapacity"
            .to_owned();
    }
    if record.warm.is_some() {
        return "its group keeps a warm pool as large as that".to_owned();
    }
    let left = |it: &&InstanceRecord| {
        let gone = it.times.draining.or(it.times.terminated);
        it.group == record.group
            && it
                .cause
                .is_some_and(|cause| cause != TerminationCause::ScaleIn)
            && gone.is_some_and(|gone| gone <= at && at.since(gone) <= FOLLOWS)
    };
    let lost = replay.trail.instances.iter().rfind(left);
    if let Some((lost, cause)) = lost.and_then(|it| Some((it, it.cause?))) {
        return format!(
            "its group had fewer instances than desired, as {} had gone: {}",
            ec2_instance_id(plan, lost.group, lost.id),
            cause_words(cause)
        );
    }
    "its group had fewer instances than desired: one had gone or failed to come, or no pool had \
     capacity before"
        .to_owned()
}

fn end(replay: &Replay<'_>, record: &InstanceRecord, id: &str) -> Vec<Finding> {
    let at = record.times.draining.or(record.times.terminated);
    let cause = record
        .cause
        .filter(|_| at.is_some_and(|at| at <= replay.ended_at));
    let (Some(at), Some(cause)) = (at, cause) else {
        return Vec::new();
    };
    let aged = words::length(at.since(record.times.launched));
    let went = Finding::new(
        "Why did it go?",
        format!("{}, {aged} after its launch", cause_words(cause)),
        json!({ "ec2InstanceId": id, "at": replay.clock().show(at) }),
    );
    let kept = under::kept(Some(cause)).map(|with| Difference::new(with, "it would have stayed"));
    // Of a scale-in and of Spot more is known.
    let is_known = matches!(
        cause,
        TerminationCause::ScaleIn | TerminationCause::SpotInterruption
    );
    let went = went
        .decided(replay.plan, at)
        .by(under::rule_of(Some(cause)).as_slice())
        .otherwise(kept.filter(|_| !is_known));
    let chosen = replay.trail.ends_chosen.iter();
    let mut chosen = chosen.filter(|it| it.instance == record.id);
    match cause {
        TerminationCause::SpotInterruption => vec![market::taken_back(replay, record, went)],
        TerminationCause::ScaleIn => {
            let scaled = replay.trail.group_scaled_until(record.group, at);
            let scaled = scaled.filter(|it| it.decided.desired < it.history.desired);
            let set = HandSet::followed(replay, record.group, at);
            let set = set.map(|set| set.finding(replay));
            let why = set.or_else(|| group::finding(replay, scaled?));
            let this = chosen.next();
            let this = this.and_then(|it| launch::chosen_finding(replay, record, it));
            [Some(went), why, this].into_iter().flatten().collect()
        }
        _ => {
            let this = chosen.next();
            let this = this.and_then(|it| launch::chosen_finding(replay, record, it));
            std::iter::once(went).chain(this).collect()
        }
    }
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
