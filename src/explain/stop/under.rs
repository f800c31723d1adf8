//! Tasks whose container instance went from under them: what took it or makes it drain, by which
//! rule, and with what it would have stayed.

use super::cause::Ended;
use crate::explain::{Difference, Replay, Rule, changes, placement, rules};
use crate::policy::life_cycle::StopCause;
use crate::world::instance::TerminationCause;
use crate::world::task::TaskRecord;

/// What ended the instance under a task, with the rule and what would have kept it.
pub(super) fn ended(replay: &Replay<'_>, record: &TaskRecord, cause: StopCause) -> Ended {
    let why = end_words(replay, record, cause);
    let is_drained = cause == StopCause::InstanceDraining;
    let own = if is_drained {
        rules::DRAINING
    } else {
        rules::HOST_LOST
    };
    let mut ended = Ended::new(why, &[own]);
    let Some(id) = record.instance else {
        return ended;
    };
    let known = replay.trail.instances.iter().find(|it| it.id == id);
    let by = match is_drained {
        true => {
            let mut drains = replay.trail.drains.iter().rev();
            drains.find(|(_, of, _)| *of == id).map(|(.., why)| *why)
        }
        false => known.and_then(|it| it.cause).map(Some),
    };
    let Some(by) = by else {
        return ended;
    };
    ended.rules.extend(rule_of(by));
    let settings = &replay.plan.provider(record.provider).group;
    let is_protected = settings
        .as_ref()
        .is_some_and(|it| it.termination_protection);
    let other = kept(by).filter(|_| by != Some(TerminationCause::ScaleIn) || !is_protected);
    let stayed = "its instance would have stayed, and it with it";
    ended
        .otherwise
        .extend(other.map(|with| Difference::new(with, stayed)));
    ended
        .input("ec2InstanceId", placement::id_words(replay, id))
        .input("instanceEndedBy", termination_words(by))
}

/// The rule by which an instance goes; none where the scenario alone says so.
pub(in crate::explain) fn rule_of(cause: Option<TerminationCause>) -> Option<Rule> {
    match cause? {
        TerminationCause::ScaleIn => Some(rules::GROUP_SCALE_IN),
        TerminationCause::SpotInterruption => Some(rules::INSTANCE_SPOT),
        TerminationCause::Refresh => Some(rules::REFRESH),
        TerminationCause::Rebalance => Some(rules::GROUP_REBALANCE),
        TerminationCause::ZoneBalance => Some(rules::GROUP_ZONES),
        TerminationCause::Idle | TerminationCause::Consolidation => Some(rules::OPTIMIZATION),
        TerminationCause::Patching | TerminationCause::EndOfLife => Some(rules::LIFETIME),
        TerminationCause::Repacking => Some(rules::REPACKING),
        TerminationCause::LaunchFailed | TerminationCause::Failure => None,
    }
}

/// With what an instance would not have gone.
pub(in crate::explain) fn kept(cause: Option<TerminationCause>) -> Option<&'static str> {
    Some(match cause {
        None => "no `drain` in the timeline",
        Some(TerminationCause::ScaleIn) => {
            "managedTerminationProtection ENABLED, under which no instance with tasks is scaled in"
        }
        Some(TerminationCause::SpotInterruption) => "an On-Demand instance",
        Some(TerminationCause::Failure) => "no `outage` of its zone in the timeline",
        Some(TerminationCause::Refresh) => "no `instanceRefresh` in the timeline",
        Some(TerminationCause::Rebalance) => "CapacityRebalance false, until EC2 takes it",
        Some(TerminationCause::ZoneBalance) => "AZRebalance among its group's SuspendedProcesses",
        Some(TerminationCause::Idle | TerminationCause::Consolidation) => "scaleInAfter -1",
        Some(TerminationCause::Repacking) => "no `whatIf.repacking`",
        Some(TerminationCause::LaunchFailed) => "launchFailures 0 in `world.instances`",
        Some(TerminationCause::Patching | TerminationCause::EndOfLife) => return None,
    })
}

/// What ended the instance under a task.
fn end_words(replay: &Replay<'_>, record: &TaskRecord, cause: StopCause) -> String {
    let plain = changes::cause_word(cause).to_owned();
    let Some(id) = record.instance else {
        return plain;
    };
    let name = placement::instance_words(replay, id);
    let clock = replay.clock();
    if cause == StopCause::InstanceDraining {
        let drains = replay.trail.drains.iter();
        let Some((at, _, why)) = drains.rev().find(|(_, of, _)| *of == id) else {
            return plain;
        };
        let why = termination_words(*why);
        return format!(
            "its instance {name} drains since {}: {why}",
            clock.show(*at)
        );
    }
    let mut all = replay.trail.instances.iter();
    let known = all.find(|it| it.id == id);
    let Some((at, why)) = known.and_then(|it| Some((it.times.terminated?, it.cause?))) else {
        return plain;
    };
    let why = termination_words(Some(why));
    format!(
        "its instance {name} was terminated at {}: {why}",
        clock.show(at)
    )
}

fn termination_words(cause: Option<TerminationCause>) -> &'static str {
    match cause {
        None => "an operator set it to DRAINING",
        Some(TerminationCause::ScaleIn) => "its group scaled in",
        Some(TerminationCause::SpotInterruption) => "EC2 takes the Spot Instance back",
        Some(TerminationCause::LaunchFailed) => "it never registered",
        Some(TerminationCause::Failure) => "it failed, or its zone did",
        Some(TerminationCause::Refresh) => "an instance refresh replaces it",
        Some(TerminationCause::Rebalance) => "it was at risk, and capacity rebalancing replaced it",
        Some(TerminationCause::ZoneBalance) => "its group evens out its zones",
        Some(TerminationCause::Idle) => "no task ran on it for as long as scaleInAfter says",
        Some(TerminationCause::Consolidation) => "its tasks find room elsewhere",
        Some(TerminationCause::Patching) => "it was old, and what is patched takes its place",
        Some(TerminationCause::EndOfLife) => "a Managed Instance gets no older",
        Some(TerminationCause::Repacking) => "repacking (a what-if) empties it",
    }
}
