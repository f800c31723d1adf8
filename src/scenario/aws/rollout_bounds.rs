//! Bounds of rollouts that AWS refuses, and such that leave a rollout nothing to do: at the desired
//! count, at the `MinCapacity` that scaling may come down to, at a count that the timeline sets.

use crate::policy::deployment::{Percentages, Rollout, Side, bounds, is_stuck};
use crate::scenario::plan::ServicePlan;
use crate::scenario::reader::{Field, MapReader};

/// Bounds that AWS refuses, and such that leave a rollout nothing to do.
pub(super) fn check_bounds(
    map: &mut MapReader<'_>,
    desired: Option<u32>,
    percentages: Percentages,
) {
    let (lower, upper) = (percentages.minimum_healthy, percentages.maximum);
    let maximum = map.field("maximumPercent");
    let place = maximum.or_else(|| map.field("minimumHealthyPercent"));
    if let Some(field) = &place {
        if desired.is_none() && upper != 100 {
            let message = "maximumPercent of a DAEMON service is 100: it has one task an instance";
            let help = "write 100, or leave it out";
            field.error("out-of-range", message).help(help).report();
        } else if upper < lower {
            let message = format!(
                "maximumPercent {upper} is less than minimumHealthyPercent {lower}: more tasks \
                 would have to be healthy than may be there"
            );
            let help = "write 100 or more (200 is the default), or less minimumHealthyPercent";
            field.error("out-of-range", message).help(help).report();
        } else if upper < 100 {
            let message = format!("maximumPercent {upper} is less than 100");
            let help = "write 100 or more (200 is the default)";
            field.error("out-of-range", message).help(help).report();
        } else if upper == 100 && lower == 100 {
            let message = "with minimumHealthyPercent 100 and maximumPercent 100 no deployment \
                           gets ahead: no task may stop before another is healthy, and none may \
                           start beside those that run";
            let help = match desired {
                Some(desired) => wider(desired.max(1), percentages),
                None => "a DAEMON service has minimumHealthyPercent 0 by default".to_owned(),
            };
            let warning = field.warning("stuck-deployments", message);
            warning.help(help).report();
        }
    }
    if let (Some(place), Some(desired)) = (place, desired)
        && 100 <= upper
        && (lower, upper) != (100, 100)
        && never_moves(desired, percentages)
    {
        let bounds = bounds(desired, percentages);
        let message = format!(
            "with {desired} tasks minimumHealthyPercent {lower} keeps {} healthy and \
             maximumPercent {upper} allows {}: a deployment can neither start a task nor stop one",
            bounds.lower, bounds.upper
        );
        let pending = place.warning("stuck-deployments", message);
        pending.help(wider(desired, percentages)).report();
    }
}

/// Whether a deployment of so many healthy tasks is stuck from its first step on.
fn never_moves(desired: u32, percentages: Percentages) -> bool {
    let rollout = Rollout {
        desired,
        old: Side::healthy(desired),
        new: Side::default(),
        unhealthy: 0,
        lost: 0,
        added: 0,
        stopping: 0,
        is_rolling: true,
        has_failed: false,
    };
    is_stuck(rollout, bounds(desired, percentages))
}

/// The nearest percentages with which it moves.
fn wider(desired: u32, percentages: Percentages) -> String {
    let Percentages {
        minimum_healthy,
        maximum,
    } = percentages;
    let moves = |minimum_healthy, maximum| {
        let percentages = Percentages {
            minimum_healthy,
            maximum,
        };
        !never_moves(desired, percentages)
    };
    let lower = (0..minimum_healthy)
        .rev()
        .find(|percent| moves(*percent, maximum));
    let upper = (maximum + 1..=200).find(|percent| moves(minimum_healthy, *percent));
    let stops_first = lower.map(|percent| format!("minimumHealthyPercent {percent} stops first"));
    let starts_first = upper.map(|percent| format!("maximumPercent {percent} starts first"));
    let ways: Vec<String> = stops_first.into_iter().chain(starts_first).collect();
    ways.join(", ")
}

/// Warns of a count that a service may come to, at which its percentages leave a deployment nothing
/// to do; not where they do so at its desired count, which was said.
pub(in crate::scenario) fn warn_at_count(
    place: &Field<'_>,
    (count, when): (u32, &str),
    service: &ServicePlan,
) {
    let percentages = percentages(service);
    if count == 0
        || !is_rolling(service)
        || never_moves(service.desired_count, percentages)
        || !never_moves(count, percentages)
    {
        return;
    }
    let bounds = bounds(count, percentages);
    let message = format!(
        "{when} {count} tasks a deployment of {} can neither start a task nor stop one: \
         minimumHealthyPercent {} keeps {} healthy and maximumPercent {} allows {}",
        service.name, percentages.minimum_healthy, bounds.lower, percentages.maximum, bounds.upper
    );
    let pending = place.warning("stuck-deployments", message);
    pending.help(wider(count, percentages)).report();
}

/// Whether none of a service's healthy tasks may stop before another one is there.
pub(super) fn starts_first(service: &ServicePlan) -> bool {
    let (desired, percentages) = (service.desired_count, percentages(service));
    is_rolling(service)
        && 0 < desired
        && desired <= bounds(desired, percentages).lower
        && !never_moves(desired, percentages)
}

fn percentages(service: &ServicePlan) -> Percentages {
    Percentages {
        minimum_healthy: service.minimum_healthy_percent,
        maximum: service.maximum_percent,
    }
}

/// Whether ECS itself replaces the tasks of a service within its percentages.
fn is_rolling(service: &ServicePlan) -> bool {
    service.traffic_shift.is_none() && !service.has_task_sets() && !service.is_daemon
}
