//! Whether subnets have an address for every task that scaling may ask for.

use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::{NetworkMode, Plan, ScalableTargetPlan};
use crate::scenario::reader::MapReader;
use crate::scenario::source::Span;

use super::networking::FEW_ADDRESSES_HELP;

/// Where each scalable target has its maximum, by the name of its service.
pub(in crate::scenario) fn places(aws: &mut MapReader<'_>) -> Vec<(String, Span)> {
    let Some(targets) = aws.field("scalableTargets") else {
        return Vec::new();
    };
    let items = targets.node().as_sequence().unwrap_or_default();
    let place = |item: &crate::scenario::node::Node| {
        let resource = item.get("ResourceId")?.as_text()?;
        let service = resource.rsplit('/').next().unwrap_or(resource);
        Some((service.to_owned(), item.get("MaxCapacity")?.span))
    };
    items.iter().filter_map(place).collect()
}

/// Warns of a `MaxCapacity` beyond the addresses of a service's subnets. A deployment of what is
/// desired at the start that needs more than there are is said of already, at the service.
pub(in crate::scenario) fn check(cx: &Context<'_>, places: &[(String, Span)], plan: &Plan) {
    for target in &plan.scalable_targets {
        let Some(free) = addresses(plan, target) else {
            continue;
        };
        let service = plan.service(target.service);
        let percent = u64::from(service.maximum_percent);
        let rolled_out = u64::from(service.desired_count) * percent / 100;
        let most = most(target);
        if free < rolled_out || u64::from(most) <= free {
            continue;
        }
        let place = places.iter().find(|(name, _)| *name == service.name);
        let Some((_, span)) = place else { continue };
        let message = format!(
            "the subnets of {} have {free} addresses, and it may scale out to {most} tasks",
            service.name
        );
        let warning = Diagnostic::warning("few-addresses", message);
        let help = FEW_ADDRESSES_HELP;
        let path = format!("aws.scalableTargets.{}.MaxCapacity", service.name);
        cx.reader.push(warning.at(*span).path(path).help(help));
    }
}

/// How many tasks scaling may ask for: policies as many as a bound has at any time, scheduled
/// actions alone what they set at the least.
fn most(target: &ScalableTargetPlan) -> u32 {
    let updates = target.scheduled.iter().map(|action| action.update);
    let later = updates.filter_map(|update| match target.has_policies() {
        true => update.max.max(update.min),
        false => update.min,
    });
    let first = match target.has_policies() {
        true => target.max,
        false => target.min,
    };
    later.fold(first, u32::max)
}

/// How many addresses there are for a service's tasks; `None`: nobody says, or they need none.
fn addresses(plan: &Plan, target: &ScalableTargetPlan) -> Option<u64> {
    let service = plan.service(target.service);
    let definition = plan.task_definition(service.task_definition);
    if definition.hosting.network != NetworkMode::Awsvpc || service.subnets.is_empty() {
        return None;
    }
    let subnets = service.subnets.iter();
    let counts = subnets.map(|it| plan.boundary.subnets[it.subnet.index()].addresses);
    counts.map(|count| count.map(u64::from)).sum()
}
