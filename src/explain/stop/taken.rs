//! Tasks that lost what they ran on, or never got it: a host that failed, a platform revision that
//! was retired, an instance that did not come.

use super::cause::Ended;
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Replay, Rule, changes, placement, rules, words};
use crate::observe::times::iso8601;
use crate::policy::life_cycle::StopCause;
use crate::policy::managed_scaling::ScalingReason;
use crate::policy::retirement;
use crate::scenario::plan::{RetirementPlan, TimelineAction};
use crate::world::task::{Owner, TaskRecord};

/// The waits that an account can set (ECS developer guide, task retirement), days.
const RETIREMENT_WAITS_DAYS: [u64; 3] = [0, 7, 14];
/// Seconds of a day.
const DAY_S: u64 = 86_400;

/// Its host failed: of a zone that was out, or a machine of one's own.
pub(super) fn host_failed(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let by = &[rules::HOST_LOST];
    if let Some(id) = record.instance {
        let name = placement::instance_words(replay, id);
        let why = format!("its machine {name} had failed, which ECS heard when it was back");
        return Ended::new(why, by)
            .or_with("a machine that does not fail", "it would have gone on");
    }
    let zone = replay.plan.zone_name(record.zone);
    let stopped = record.times.stopping.or(record.times.stopped);
    let outage = replay.plan.timeline.iter().rev().find_map(|entry| {
        let is_past = stopped.is_some_and(|at| entry.at <= at);
        match &entry.action {
            TimelineAction::Outage { zone, length } if is_past && *zone == record.zone => {
                Some((entry.at, *length))
            }
            _ => None,
        }
    });
    let Some((at, length)) = outage else {
        return Ended::new(changes::cause_word(StopCause::InfrastructureHealth), by);
    };
    let why = format!(
        "its host failed: {zone} was out from {} on, for {} (`timeline`)",
        replay.clock().show(at),
        words::length(length)
    );
    Ended::new(why, by)
        .input("availabilityZone", zone)
        .input("outage_s", length.as_secs_f64())
        .or_with("a place in another zone", "it would have gone on")
}

/// Its platform revision was retired.
pub(super) fn retired(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let rules: &[Rule] = match record.owner {
        Owner::Service(_) => &[rules::RETIREMENT, rules::TO_STOP],
        Owner::Job(_) => &[rules::RETIREMENT],
    };
    let times = &record.times;
    let stopped = times.stopping.or(times.stopped).unwrap_or(times.created);
    let notices = replay.trail.retirements.iter().rev();
    let mut its = notices
        .filter(|(at, noticed)| *at <= stopped && retirement::concerns(times.created, *noticed));
    let (Some((at, noticed)), Some(plan)) = (its.next(), replay.plan.retirement) else {
        return Ended::new(changes::cause_word(StopCause::Maintenance), rules);
    };
    let clock = replay.clock();
    let how = match record.owner {
        Owner::Service(_) => "its service replaces it within its bounds, a new task first",
        Owner::Job(_) => "a task of no service is stopped",
    };
    let why = format!(
        "Fargate retired the platform revision under it at {}, {} after the notice at {}: {how}",
        clock.show(*at),
        words::length(plan.wait),
        clock.show(*noticed),
    );
    let ended = Ended::new(why, rules)
        .input("noticed", iso8601(replay.plan.run.start, *noticed))
        .input(
            "fargateTaskRetirementWaitPeriod_days",
            plan.wait.as_secs_f64() / DAY_S as f64,
        );
    let ended = ended.or_with(
        format!("a launch after the notice at {}", clock.show(*noticed)),
        "it would have been on the next revision, and gone on",
    );
    longer_wait(ended, plan, (*at, *noticed))
}

/// The next longer wait that an account can set.
fn longer_wait(ended: Ended, plan: RetirementPlan, (at, noticed): (SimTime, SimTime)) -> Ended {
    let waits = RETIREMENT_WAITS_DAYS.map(|days| (days, SimDuration::from_secs(days * DAY_S)));
    let Some((days, wait)) = waits.into_iter().find(|(_, wait)| plan.wait < *wait) else {
        return ended;
    };
    let later = retirement::acts_at(noticed, wait).since(at);
    ended.or_with(
        format!("fargateTaskRetirementWaitPeriod {days}"),
        format!("AWS would have acted {} later", words::length(later)),
    )
}

/// No instance came.
pub(super) fn given_up(replay: &Replay<'_>, record: &TaskRecord) -> Ended {
    let provider = replay.plan.provider(record.provider);
    let by = &[rules::WAIT_LIMIT, rules::MANAGED_SCALING];
    let until = record.times.stopping.or(record.times.stopped);
    let waited = until.map_or(SimDuration::ZERO, |at| at.since(record.times.created));
    let Some(settings) = &provider.group else {
        return Ended::new(changes::cause_word(StopCause::CapacityUnavailable), by);
    };
    let (least, most) = (settings.wait_min, settings.wait_max);
    let limit = match least == most {
        true => words::length(least),
        false => format!("{} to {}", words::length(least), words::length(most)),
    };
    let why = format!(
        "no instance came for it: a task is given up that stood in PROVISIONING for {limit}, and \
         it did for {}",
        words::length(waited)
    );
    let mut ended = Ended::new(why, by)
        .input("waited_s", waited.as_secs_f64())
        .input("waitMin_s", least.as_secs_f64())
        .input("waitMax_s", most.as_secs_f64());
    let group = replay.plan.group(settings.group);
    let looks = replay.trail.managed.iter().rev();
    let mut looks =
        looks.filter(|it| it.provider == record.provider && until.is_none_or(|at| it.at <= at));
    if let Some(last) = looks.next()
        && last.reason == ScalingReason::Bounded
    {
        ended = ended.or_with(
            format!("MaxSize {} of {}", last.desired + 1, group.name),
            "managed scaling would have asked for one instance more",
        );
    }
    // Its own search, or the last one for those that it stood behind.
    let searches = replay.trail.placements.iter().rev();
    let its = searches.filter(|it| {
        let is_like = (it.owner, it.provider) == (record.owner, record.provider);
        is_like && it.found.is_none() && until.is_none_or(|at| it.at <= at)
    });
    let last = || {
        its.clone()
            .next()
            .filter(|_| !replay.trail.leaves_searches_out())
    };
    let own = its.clone().find(|it| it.ordinal == record.ordinal);
    let search = own.or_else(last);
    if let Some(search) = search {
        ended
            .otherwise
            .extend(placement::differences(replay, search));
    }
    ended
}
