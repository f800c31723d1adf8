//! Bounds of rollouts that AWS refuses, and such that leave a rollout nothing to do: at the desired
//! count, at the `MinCapacity` that scaling may come down to, at a count that the timeline sets.

use std::fmt;

use crate::policy::deployment::{Percentages, Rollout, Side, bounds, is_stuck};
use crate::scenario::plan::ServicePlan;
use crate::scenario::reader::{Field, MapReader};

/// `minimumHealthyPercent`, which is a share of the desired tasks and so at most 100; `maximum` is
/// the `maximumPercent` beside it, where one is written.
pub(super) fn minimum_healthy_percent(field: &Field<'_>, maximum: Option<u32>) -> Option<u32> {
    let text = field.node().as_text();
    let percent = match text.and_then(|text| text.parse::<u32>().ok()) {
        Some(percent) if 100 < percent => percent,
        _ => return field.u32(0..=100),
    };
    let beside = maximum.filter(|maximum| *maximum < percent);
    let beside = beside.map_or_else(String::new, |maximum| {
        format!(", and than maximumPercent {maximum}")
    });
    let message = format!(
        "minimumHealthyPercent {percent} is more than 100{beside}: no more tasks than are desired \
         can have to be healthy"
    );
    let help = "write 100 (the default) or less";
    field.error("out-of-range", message).help(help).report();
    None
}

/// Bounds that AWS refuses, and such that leave a rollout nothing to do whatever the count;
/// `desired` are the tasks, `None` of a DAEMON service.
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
}

/// Warns of bounds that leave a rollout of so many tasks nothing to do.
pub(super) fn warn_at_desired(map: &mut MapReader<'_>, desired: u32, percentages: Percentages) {
    let (lower, upper) = (percentages.minimum_healthy, percentages.maximum);
    let maximum = map.field("maximumPercent");
    let place = maximum.or_else(|| map.field("minimumHealthyPercent"));
    if let Some(place) = place
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
    let lower = lower_that_moves(desired, percentages);
    let upper = (maximum + 1..=200).find(|percent| moves(minimum_healthy, *percent));
    let stops_first = lower.map(|percent| format!("minimumHealthyPercent {percent} stops first"));
    let starts_first = upper.map(|percent| format!("maximumPercent {percent} starts first"));
    let ways: Vec<String> = stops_first.into_iter().chain(starts_first).collect();
    ways.join(", ")
}

fn lower_that_moves(desired: u32, percentages: Percentages) -> Option<u32> {
    let moves = |minimum_healthy: &u32| {
        let percentages = Percentages {
            minimum_healthy: *minimum_healthy,
            maximum: percentages.maximum,
        };
        !never_moves(desired, percentages)
    };
    (0..percentages.minimum_healthy).rev().find(moves)
}

/// Warns of a count that a service which rolls its tasks may come to, at which its percentages
/// leave a deployment nothing to do; `before`: the count and the percentages of the time before,
/// of which that was said already. Whether it warned.
pub(in crate::scenario) fn warn_at_count(
    place: &Field<'_>,
    (name, when): (&str, &str),
    (count, percentages): (u32, Percentages),
    before: (u32, Percentages),
) -> bool {
    if count == 0 || never_moves(before.0, before.1) || !never_moves(count, percentages) {
        return false;
    }
    let bounds = bounds(count, percentages);
    let message = format!(
        "{when} {count} tasks a deployment of {name} can neither start a task nor stop one: \
         minimumHealthyPercent {} keeps {} healthy and maximumPercent {} allows {}",
        percentages.minimum_healthy, bounds.lower, percentages.maximum, bounds.upper
    );
    let pending = place.warning("stuck-deployments", message);
    pending.help(wider(count, percentages)).report();
    true
}

/// Whether none of so many healthy tasks may stop before another one is there.
pub(super) fn starts_first(desired: u32, percentages: Percentages) -> bool {
    desired <= bounds(desired, percentages).lower && !never_moves(desired, percentages)
}

/// Percentages that keep every task of a DAEMON service, which has one an instance.
pub(super) struct DaemonBounds {
    instances: u32,
    percentages: Percentages,
}

impl DaemonBounds {
    /// `None` where a deployment moves.
    pub(super) fn stuck(instances: u32, percentages: Percentages) -> Option<Self> {
        let percentages = Percentages {
            maximum: 100,
            ..percentages
        };
        let is_stuck = 0 < instances && never_moves(instances, percentages);
        is_stuck.then_some(DaemonBounds {
            instances,
            percentages,
        })
    }

    /// The nearest percentage with which it moves.
    pub(super) fn help(&self) -> String {
        let lower = lower_that_moves(self.instances, self.percentages).unwrap_or(0);
        format!("minimumHealthyPercent {lower} stops first")
    }
}

impl fmt::Display for DaemonBounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.percentages.minimum_healthy;
        if 100 <= percent {
            return write!(
                f,
                "minimumHealthyPercent {percent} keeps all of them healthy"
            );
        }
        match self.instances {
            1 => write!(
                f,
                "minimumHealthyPercent {percent} of one instance, rounded up, keeps it healthy"
            ),
            many => write!(
                f,
                "minimumHealthyPercent {percent} of {many} instances, rounded up, keeps all of \
                 them healthy"
            ),
        }
    }
}

impl ServicePlan {
    /// The percentages that its rollouts begin with.
    pub(in crate::scenario) fn percentages(&self) -> Percentages {
        Percentages {
            minimum_healthy: self.minimum_healthy_percent,
            maximum: self.maximum_percent,
        }
    }

    /// Whether ECS itself replaces its tasks within its percentages, at the start.
    pub(in crate::scenario) fn is_rolling(&self) -> bool {
        self.traffic_shift.is_none() && !self.has_task_sets() && !self.is_daemon
    }
}
