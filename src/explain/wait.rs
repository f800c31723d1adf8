//! Why a launch waited: the account's limits, Spot's capacity, failing starts, the bounds of a
//! deployment, a program's concurrency.

pub(super) mod missing;
mod turn;

use serde_json::{Value, json};

use super::{Difference, Finding, Replay, Rule, bounds, market, placement, rules, words, zone};
use crate::engine::{SimDuration, SimTime};
use crate::ids::ServiceId;
use crate::observe::inputs::{HeldLaunch, Limiter};
use crate::observe::observation::Refusal;
use crate::observe::placements::Closest;
use crate::observe::trail::{Pick, Zones};
use crate::policy::fargate::zone_for_task;
use crate::policy::launch_rate::vcpu_quota;
use crate::policy::spot::{Regime, grants};
use crate::policy::throttle::{FailedStarts, delay_before_start};
use crate::scenario::plan::{Plan, ProviderKind};
use crate::units::CpuUnits;
use crate::world::task::{Owner, TaskRecord};

/// Refusals of one kind, one after the other.
struct Refusals<'t> {
    first: (SimTime, &'t HeldLaunch, Option<&'t Zones>),
    last: SimTime,
    /// Until when the last of them holds the launch.
    until: SimTime,
    times: u32,
}

/// Why a task was not launched when it was wanted, one finding a reason, in the order of time.
pub(super) fn findings(replay: &Replay<'_>, pick: &Pick, record: &TaskRecord) -> Vec<Finding> {
    let Replay { plan, .. } = *replay;
    let (from, to) = (record.wanted_at, record.times.created);
    let mut findings: Vec<Finding> = Vec::new();
    if let Some(job) = pick.job {
        findings.extend(turn::finding(replay, pick, (job.arrived, from)));
    }
    if to <= from {
        return findings;
    }
    let mut groups = groups(replay, record.owner, (from, to));
    // The oldest wish of a service is the first to be fulfilled, on whatever provider: refusals on
    // others are a reason only where its own gave none.
    let is_its = |group: &Refusals<'_>| {
        group
            .first
            .1
            .provider
            .is_none_or(|on| on == record.provider)
    };
    if groups.iter().any(is_its) || matches!(record.owner, Owner::Job(_)) {
        groups.retain(is_its);
    }
    groups.sort_by_key(|group| group.first.0);
    findings.extend(groups.iter().map(|group| refused(replay, group)));
    if let Owner::Service(service) = record.owner {
        findings.extend(bounds::held(replay, service, (from, to)));
    }
    if findings.is_empty() {
        let waited = words::length(to.since(from));
        let answer = format!("it waited {waited} for the scheduler to look again");
        findings.push(Finding::new("Why did it wait?", answer, Value::Null).decided(plan, from));
    }
    findings
}

/// What holds launches of a service at the end of the span: refusals in it, and before it the last
/// one if it stands until something changes; one finding a reason.
pub(super) fn holding(
    replay: &Replay<'_>,
    service: ServiceId,
    (from, to): (SimTime, SimTime),
) -> Vec<Finding> {
    let owner = Owner::Service(service);
    let until = replay.trail.held.partition_point(|(at, ..)| *at <= to);
    let mut before = replay.trail.held[..until].iter().rev();
    let last = before.find(|(_, held, _)| held.owner == owner);
    // A later step that was refused nothing has launched what was held.
    let step = bounds::last_step(replay, service, to).map_or(SimTime::ZERO, |(at, _)| at);
    let standing = last.filter(|(at, held, _)| to < held.retry_at && step <= *at);
    let from = standing.map_or(from, |(at, ..)| from.min(*at));
    missing::refusals(replay, owner, (from, to))
}

fn groups<'t>(
    replay: &Replay<'t>,
    owner: Owner,
    (from, to): (SimTime, SimTime),
) -> Vec<Refusals<'t>> {
    let mut groups: Vec<Refusals<'_>> = Vec::new();
    let all = &replay.trail.held;
    let first = all.partition_point(|(at, ..)| *at < from);
    let until = all.partition_point(|(at, ..)| *at <= to);
    for (at, held, zones) in &all[first..until.max(first)] {
        if held.owner != owner {
            continue;
        }
        let is_same = |group: &&mut Refusals<'_>| {
            let first = group.first.1;
            (first.provider, first.reason, lacking(first))
                == (held.provider, held.reason, lacking(held))
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => {
                (group.last, group.until) = (*at, held.retry_at);
                group.times += 1;
            }
            None => groups.push(Refusals {
                first: (*at, held, zones.as_ref()),
                last: *at,
                until: held.retry_at,
                times: 1,
            }),
        }
    }
    groups
}

/// One reason of refusals, with what would have let the first of them through.
fn refused(replay: &Replay<'_>, group: &Refusals<'_>) -> Finding {
    let Replay { plan, .. } = *replay;
    let (at, held, zones) = group.first;
    let provider = held.provider.map(|on| plan.provider(on).name.as_str());
    let on = provider.map_or_else(String::new, |name| format!(" on {name}"));
    let clock = replay.clock();
    let tried = match group.times {
        1 => format!("at {}", clock.show(at)),
        times => format!(
            "{times} times from {} to {}",
            clock.show(at),
            clock.short(group.last, at)
        ),
    };
    let (why, rule) = reason(replay, (at, held, zones));
    let inputs = json!({
        "capacityProvider": provider,
        "reason": crate::observe::tally::counts::refusal_name(held.reason),
        "lacking": lacking(held),
        "times": group.times,
        "cpu": held.cpu.0,
        "cpuUnitsInUse": held.in_use_cpu_units,
        "failedRounds": held.failed_rounds,
        "zonesThatRefused": zones.map(|zones| zone::refused(plan, zones)),
    });
    let answer = format!("a launch{on} was refused {tried}: {why}");
    Finding::new("Why did it wait?", answer, inputs)
        .decided(plan, at)
        .by(&[rule])
        .otherwise(differences(plan, group.first, group.until))
        .otherwise(nearest_takes(replay, held))
}

fn reason(
    replay: &Replay<'_>,
    (at, held, zones): (SimTime, &HeldLaunch, Option<&Zones>),
) -> (String, Rule) {
    let plan = replay.plan;
    match held.reason {
        Refusal::LaunchRate | Refusal::ServiceRate => rate_words(held),
        Refusal::VcpuQuota => {
            let quota = quota_of(plan, held);
            let quota = quota.map_or_else(
                || "the quota of vCPUs".to_owned(),
                |quota| format!("the quota of {}", words::counted(quota, "vCPU")),
            );
            let said = format!(
                "{quota} at once had no room for {}: {} in use",
                vcpus(u64::from(held.cpu.0)),
                match vcpus(held.in_use_cpu_units).as_str() {
                    "1" => "1 was".to_owned(),
                    used => format!("{used} were"),
                }
            );
            (said, rules::VCPU_QUOTA)
        }
        Refusal::SpotCapacity => {
            let zones = zones
                .map(|zones| zone::refused(plan, zones))
                .unwrap_or_default();
            let said = format!(
                "Fargate Spot had no capacity in {} ({})",
                words::listed(&zones),
                market::state_words(replay, at)
            );
            (said, rules::SPOT_GRANT)
        }
        Refusal::Throttled => {
            let said = format!(
                "{} of its tasks in a row had stopped before RUNNING, so the service waits",
                words::counted(held.failed_rounds, "round")
            );
            (said, rules::THROTTLE)
        }
        Refusal::ZoneOut => ("every zone of its subnets was out".to_owned(), rules::ZONE),
        Refusal::NoInstance => {
            let named = |it: &Closest| placement::instance_words(replay, it.instance);
            let nearest = held.nearest.map(|nearest| nearest.words(named));
            let said = format!(
                "no container instance had room for it and met its constraints{}",
                nearest.map_or_else(String::new, |nearest| format!("; {nearest}"))
            );
            (said, rules::PLACEMENT)
        }
        Refusal::ProvisioningLimit => {
            let said = "as many tasks waited in PROVISIONING as a cluster may have";
            (said.to_owned(), rules::PROVISIONING_LIMIT)
        }
    }
}

/// What the closest instance lacked first, in the API's words.
fn lacking(held: &HeldLaunch) -> Option<&'static str> {
    held.nearest.map(|nearest| nearest.reason())
}

/// A smaller task, if that is all that the closest instance asks for.
fn nearest_takes(replay: &Replay<'_>, held: &HeldLaunch) -> Option<Difference> {
    let nearest = held.nearest?;
    let closest = nearest.closest?;
    let lacks = (closest.instance, closest.lacking, closest.count);
    placement::smaller(replay, &nearest.need, lacks)
}

fn rate_words(held: &HeldLaunch) -> (String, Rule) {
    let Some((limiter, bucket)) = held.bucket else {
        return ("the launches were used up".to_owned(), rules::LAUNCH_RATE);
    };
    let (burst, rate) = (bucket.burst(), bucket.refill().tokens);
    let used_up = |what: &str, per: &str| {
        format!("{what} were used up (a burst of {burst}, then {rate} a {per})")
    };
    match limiter {
        Limiter::Account => (
            used_up("the account's launches on this provider", "second"),
            rules::LAUNCH_RATE,
        ),
        Limiter::RunTaskCalls => (
            used_up("the account's calls of RunTask", "second"),
            rules::RUN_TASK_RATE,
        ),
        Limiter::Service => (
            used_up("the service's launches", "minute"),
            rules::SERVICE_RATE,
        ),
    }
}

/// What would have let this launch through, by the rule asked again; it was held up to `until`.
pub(super) fn differences(
    plan: &Plan,
    (at, held, zones): (SimTime, &HeldLaunch, Option<&Zones>),
    until: SimTime,
) -> Vec<Difference> {
    match held.reason {
        Refusal::LaunchRate | Refusal::ServiceRate => {
            faster((at, until), held).into_iter().collect()
        }
        Refusal::VcpuQuota => {
            let needed = held.in_use_cpu_units + u64::from(held.cpu.0);
            let quota = u32::try_from(needed.div_ceil(u64::from(CpuUnits::PER_VCPU)));
            let quota = quota.unwrap_or(u32::MAX);
            let answer = vcpu_quota(Some(quota), held.in_use_cpu_units, held.cpu);
            let code = held
                .provider
                .map_or("", |on| quota_code(plan.provider(on).kind));
            match answer.is_allowed {
                true => vec![Difference::new(
                    format!("a quota of {} ({code})", words::counted(quota, "vCPU")),
                    "the quota would have had room for it",
                )],
                false => Vec::new(),
            }
        }
        Refusal::SpotCapacity => {
            // On demand nothing refuses.
            let on_demand = Difference::new("a task on FARGATE", "no capacity refuses it");
            let calm = zones.and_then(|zones| calm_zones(plan, zones));
            calm.into_iter().chain([on_demand]).collect()
        }
        Refusal::Throttled => {
            let first = plan.cluster.start_throttle;
            fewer_failures(held.failed_rounds, first)
                .into_iter()
                .collect()
        }
        Refusal::ZoneOut | Refusal::NoInstance | Refusal::ProvisioningLimit => Vec::new(),
    }
}

/// Calm Spot capacity, which grants whatever the draw, in one of the zones that would have had it.
fn calm_zones(plan: &Plan, zones: &Zones) -> Option<Difference> {
    let takes = |zone: &usize| {
        let mut refuses = zones.refuses.clone();
        refuses[*zone] = !grants(Regime::Calm, 0.0, 1.0);
        zone_for_task(&zones.counts, &refuses, zones.when_refused).is_some()
    };
    let names: Vec<String> = (0..zones.zones.len())
        .filter(takes)
        .map(|zone| plan.zones[zones.zones[zone].index()].name.clone())
        .collect();
    let (last, first) = names.split_last()?;
    let names = match first {
        [] => last.clone(),
        first => format!("{} or {last}", first.join(", ")),
    };
    Some(Difference::new(
        format!("calm Spot capacity in {names}"),
        "it would have been launched at once",
    ))
}

/// The most failed rounds fewer after which the service waits less.
fn fewer_failures(failed_rounds: u32, first: SimDuration) -> Option<Difference> {
    let delay = |rounds| {
        let failed = FailedStarts {
            rounds,
            ..FailedStarts::default()
        };
        delay_before_start(failed, first).delay
    };
    let was = delay(failed_rounds);
    let to = (0..failed_rounds).rev().find(|fewer| delay(*fewer) < was)?;
    let (with, less) = (failed_rounds - to, delay(to));
    let then = match less.is_zero() {
        true => format!("no wait instead of {}", words::length(was)),
        false => format!(
            "a wait of {} instead of {}",
            words::length(less),
            words::length(was)
        ),
    };
    Some(Difference::new(
        format!("{} fewer", words::counted(with, "failed round")),
        then,
    ))
}

/// The wait for as many tokens as came in until the launch was tried again, at twice the rate.
fn faster((at, until): (SimTime, SimTime), held: &HeldLaunch) -> Option<Difference> {
    let (limiter, bucket) = held.bucket?;
    let rate = bucket.refill().tokens.saturating_mul(2);
    // Each was taken as it came: what the bucket would hold at most is no bound.
    let tokens = bucket.come_in(at, until);
    let wait = |there: SimTime| words::length(there.since(at));
    let (now, then) = (
        wait(until),
        wait(bucket.with_refill(rate).after(at, tokens)),
    );
    if now == then || tokens == 0 {
        return None;
    }
    let before = match tokens {
        1 => String::new(),
        2 => ", if the same launch came before it".to_owned(),
        more => format!(", if the same {} launches came before it", more - 1),
    };
    let with = match limiter {
        Limiter::Account => format!("{rate} launches a second"),
        Limiter::RunTaskCalls => format!("{rate} calls of RunTask a second"),
        Limiter::Service => format!("{rate} launches a minute for the service"),
    };
    Some(Difference::new(
        with,
        format!("a wait of {then} instead of {now}{before}"),
    ))
}

fn quota_of(plan: &Plan, held: &HeldLaunch) -> Option<u32> {
    match plan.provider(held.provider?).kind {
        ProviderKind::Fargate => plan.quotas.fargate_vcpus,
        ProviderKind::FargateSpot => plan.quotas.fargate_spot_vcpus,
        ProviderKind::AutoScalingGroup(_)
        | ProviderKind::ManagedInstances(_)
        | ProviderKind::Ec2
        | ProviderKind::External => None,
    }
}

/// The codes of the quotas (service quotas, 2026-11).
fn quota_code(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Fargate => "L-3032A538",
        ProviderKind::FargateSpot => "L-36FBB829",
        ProviderKind::AutoScalingGroup(_)
        | ProviderKind::ManagedInstances(_)
        | ProviderKind::Ec2
        | ProviderKind::External => "",
    }
}

/// To a thousandth, which is about one CPU unit.
fn vcpus(units: u64) -> String {
    let text = format!("{:.3}", units as f64 / f64::from(CpuUnits::PER_VCPU));
    let text = text.trim_end_matches('0');
    text.strip_suffix('.').unwrap_or(text).to_owned()
}
