//! What a reader of a run's numbers should know before believing them, the most important first.

use std::collections::BTreeMap;

use super::readings::readings_of;
use crate::billing::{Bill, MONTH_TELLING};
use crate::observe::summary::{CONTAINER_INSTANCES_MAX, RunSummary, ServiceSummary};
use crate::scenario::plan::{GroupTypePlan, Plan, ProviderKind};

/// Shares below this are not worth a reader's time: 0.05 % of the run.
const SHARE_SHOWN: f64 = 0.0005;

/// Tasks that a service may have (`desiredCount`; service quotas, 2022-04).
const TASKS_MAX: u32 = 5_000;
/// The same of a service that others find by Cloud Map or Service Connect.
const TASKS_DISCOVERED_MAX: u32 = 1_000;

/// The caveats of a run: models outside of their validated range, readings of what AWS does not
/// publish, prices that are not AWS's own.
pub fn caveats(plan: &Plan, summary: &RunSummary, bill: &Bill) -> Vec<String> {
    let mut said: Vec<String> = moment(bill).into_iter().collect();
    // Nothing else moves numbers by such a factor.
    said.extend(reading(plan, summary));
    let services = summary.services.iter();
    said.extend(services.filter_map(|service| distrust(service, summary)));
    said.extend(summary.services.iter().filter_map(saturated));
    said.extend(instances(summary));
    said.extend(tasks_of_services(plan, summary));
    said.extend(gpus(plan, summary));
    said.extend(what_if(plan));
    said.extend(spot(plan, summary));
    said.extend(bill.assumptions.iter().cloned());
    said
}

/// A month of moments is no month: what starts and ends with each is in it as often.
fn moment(bill: &Bill) -> Option<String> {
    (!bill.is_month_telling()).then(|| {
        format!(
            "the {} played are shorter than {} h: costs of a month are those of one made of such \
             moments alone, each with the starts and the least charges of its own",
            bill.reported,
            MONTH_TELLING.as_micros() / 3_600_000_000
        )
    })
}

/// For how long a service's load model was outside of its validated range, and mostly why.
fn distrust(service: &ServiceSummary, summary: &RunSummary) -> Option<String> {
    let load = service.load.as_ref()?;
    if load.distrust_any_s <= SHARE_SHOWN * summary.measured_s() {
        return None;
    }
    Some(format!(
        "the load model of {} was outside its validated range for {} of {} minutes ({})",
        service.name,
        minutes(load.distrust_any_s),
        minutes(summary.measured_s()),
        reasons(&load.distrust_s),
    ))
}

fn reasons(distrust_s: &BTreeMap<String, f64>) -> String {
    let mut reasons: Vec<(&String, &f64)> = distrust_s
        .iter()
        .filter(|(_, seconds)| 0.0 < **seconds)
        .collect();
    reasons.sort_by(|a, b| b.1.total_cmp(a.1));
    let shown = reasons.iter().take(2).map(|(reason, _)| reason.as_str());
    shown.collect::<Vec<_>>().join("; ")
}

fn minutes(seconds: f64) -> String {
    let minutes = seconds / 60.0;
    if 0.0 < minutes && minutes < 1.0 {
        "under 1".to_owned()
    } else {
        format!("{minutes:.0}")
    }
}

/// A DAEMON service that has too little CPU for the tasks beside it.
fn saturated(service: &ServiceSummary) -> Option<String> {
    let daemon = service.daemon.as_ref()?;
    (0 < daemon.saturated_minutes).then(|| {
        format!(
            "{} asked for more CPU than its tasks reserve in {} minutes, {:.0} % of it at most: \
             what it passes on waited or was lost, and the tasks beside it felt nothing here",
            service.name, daemon.saturated_minutes, daemon.asked_max_percent
        )
    })
}

/// More container instances than a cluster may have.
fn instances(summary: &RunSummary) -> Option<String> {
    let most = summary.total.container_instances_max;
    (CONTAINER_INSTANCES_MAX < most).then(|| {
        format!(
            "{most} container instances were registered at once; a cluster may have \
             {CONTAINER_INSTANCES_MAX} (service quotas, not adjustable), which was lifted here"
        )
    })
}

/// Services that wanted more tasks than one may have.
fn tasks_of_services<'a>(
    plan: &'a Plan,
    summary: &'a RunSummary,
) -> impl Iterator<Item = String> + 'a {
    plan.services.iter().filter_map(|service| {
        let its = |it: &&ServiceSummary| it.name == service.name;
        let most = summary.services.iter().find(its)?.desired_count.max;
        let is_discovered = 0 < service.registries || service.service_connect;
        let (quota, of) = match is_discovered {
            true => (TASKS_DISCOVERED_MAX, " with Cloud Map or Service Connect"),
            false => (TASKS_MAX, ""),
        };
        (quota < most).then(|| {
            format!(
                "{} wanted {most} tasks at once; a service{of} may have {quota} (service quotas, \
                 adjustable), which was lifted here",
                service.name
            )
        })
    })
}

/// GPUs have no part in what of an instance counts as reserved.
fn gpus(plan: &Plan, summary: &RunSummary) -> Option<String> {
    let groups = plan.groups.iter().zip(&summary.groups);
    let has = |kind: &GroupTypePlan| 0 < kind.registered.gpus;
    let with = groups.filter(|(group, seen)| 0 < seen.launches && group.types.iter().any(has));
    let names: Vec<&str> = with.map(|(group, _)| group.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "reserved and unreserved shares of {} are of vCPUs and memory alone: an instance whose \
             GPUs are all reserved may be called unreserved",
            names.join(", ")
        )
    })
}

/// What ECS does not do and the run had.
fn what_if(plan: &Plan) -> impl Iterator<Item = String> {
    let what_if = &plan.what_if;
    let fallback = what_if.spot_fallback.map(|fallback| {
        format!(
            "whatIf.spotFallback is not AWS's behaviour: after {} without Spot capacity tasks and \
             instances went on demand",
            fallback.after
        )
    });
    let repacking = what_if.repacking.map(|rule| {
        format!(
            "whatIf.repacking is not AWS's behaviour: every {} at most an instance was drained of \
             which less than {} % was reserved, if its tasks fitted on others",
            rule.every,
            100.0 * rule.reserved_below
        )
    });
    let by_size = (!what_if.by_size.is_empty()).then(|| {
        "whatIf.providerBySize is not AWS's behaviour: strategies went by the size of tasks"
            .to_owned()
    });
    fallback.into_iter().chain(repacking).chain(by_size)
}

/// Where Fargate Spot was used, its market is an assumption.
fn spot(plan: &Plan, summary: &RunSummary) -> Option<String> {
    let is_used = plan
        .providers
        .iter()
        .zip(&summary.providers)
        .any(|(provider, seen)| {
            let refused: u64 = seen.refusals.values().sum();
            provider.kind == ProviderKind::FargateSpot && (0 < seen.started || 0 < refused)
        });
    let reading = plan
        .assumptions
        .iter()
        .find(|default| default.path.starts_with("world.spot.") && default.path.ends_with("preset"))
        .map_or("as the scenario sets it".to_owned(), |default| {
            format!("the default, {}", default.value)
        });
    is_used.then(|| {
        format!(
            "AWS publishes nothing about interruptions of Fargate Spot: they follow an assumed \
             market ({reading})"
        )
    })
}

/// How the shares behind the run's Spot capacity are read: it moves interruptions by a factor of
/// about 31.
fn reading(plan: &Plan, summary: &RunSummary) -> Option<String> {
    let has_spot = summary.groups.iter().any(|group| 0 < group.spot.max);
    let mut kinds = plan.providers.iter().zip(&summary.providers);
    let is_used = kinds.any(|(it, seen)| it.kind == ProviderKind::FargateSpot && 0 < seen.started);
    let readings = readings_of(plan);
    ((has_spot || is_used) && !readings.is_empty()).then(|| {
        format!(
            "interruptions by Spot rest on a monthly share that is read {}; the other reading has \
             about 31 times as many or as few: fleetcast spot shows both",
            readings.join(", and ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_are_named_longest_first_and_two_at_most() {
        let seconds = [
            ("few slots", 60.0),
            ("a busy CPU", 600.0),
            ("never", 0.0),
            ("short", 5.0),
        ];
        let map = seconds
            .map(|(reason, seconds)| (reason.to_owned(), seconds))
            .into();
        assert_eq!(reasons(&map), "a busy CPU; few slots");
    }
}
