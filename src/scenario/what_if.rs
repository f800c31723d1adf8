//! `whatIf`: what ECS does not do and the user wants to try.

mod by_size;

use crate::engine::SimDuration;
use crate::policy::what_if::{Repacking, SpotFallback};
use crate::scenario::context::Context;
use crate::scenario::plan::{GroupPlan, Launcher, ProviderKind, TimelineEntry, WhatIfPlan};
use crate::scenario::reader::MapReader;

use super::aws::Aws;

/// The shortest `every` of repacking.
const EVERY_MIN: SimDuration = SimDuration::from_secs(60);
/// The most tasks that are moved at a time.
const TASKS_MAX: u32 = 1_000;

/// Reads `whatIf`. Providers that only it needs are added to those of `aws`.
pub(super) fn read(
    cx: &Context<'_>,
    root: &mut MapReader<'_>,
    (aws, timeline): (&mut Aws<'_>, &mut [TimelineEntry]),
) -> WhatIfPlan {
    let mut plan = WhatIfPlan::default();
    let Some(mut map) = root.map("whatIf") else {
        return plan;
    };
    if let Some(mut fallback) = map.map("spotFallback") {
        let after = fallback.required("after");
        let after = after.and_then(|field| field.duration());
        fallback.finish();
        plan.spot_fallback = after.map(|after| SpotFallback { after });
        let purchases = purchases(aws);
        not_for_managed(&map, ("spotFallback", &*aws), GroupPlan::buys_spot);
        plan.on_demand = match purchases.fargate_spot {
            true => Some(aws.provider_names.of_launch_type(ProviderKind::Fargate)),
            false => None,
        };
        if !purchases.fargate_spot && !purchases.ec2_spot {
            let message = "nothing of the scenario is bought on Spot: spotFallback has no effect";
            map.warning("no-effect", message).report();
        }
        note(cx, after.unwrap_or(SimDuration::ZERO));
    }
    if let Some(repacking) = map.map("repacking") {
        plan.repacking = repack(cx, repacking, aws);
    }
    if let Some(field) = map.field("providerBySize") {
        plan.by_size = by_size::read(cx, &field, aws);
        by_size::apply(&plan, aws, timeline);
    }
    map.finish();
    plan
}

fn repack(cx: &Context<'_>, mut map: MapReader<'_>, aws: &Aws) -> Option<Repacking> {
    const PATH: &str = "whatIf.repacking";
    let every_field = map.field("every");
    let every = every_field.as_ref().and_then(|field| field.duration());
    let share = map.share("reservedBelow");
    let tasks = map.u32("tasks", 1..=TASKS_MAX);
    not_for_managed(&map, ("repacking", aws), |_| true);
    let has_group = |group: &GroupPlan| group.launcher() == Launcher::AutoScalingGroup;
    if !aws.groups.iter().any(has_group) {
        let message = "there is no Auto Scaling group: repacking has no effect";
        map.warning("no-effect", message).report();
    }
    map.finish();
    let every = every.unwrap_or_else(|| cx.default_duration(&format!("{PATH}.every")));
    if every < EVERY_MIN {
        let message = format!("{every} is shorter than {EVERY_MIN}");
        every_field?.error("out-of-range", message).report();
        return None;
    }
    let rule = Repacking {
        every,
        reserved_below: share.unwrap_or_else(|| {
            cx.default_text(&format!("{PATH}.reservedBelow"));
            0.5
        }),
        tasks_max: tasks.unwrap_or_else(|| cx.default_u32(&format!("{PATH}.tasks"))),
    };
    cx.note(format!(
        "whatIf.repacking: every {every} an instance is drained of which less than {} % is \
         reserved and whose tasks fit on others; this is not AWS's behaviour",
        100.0 * rule.reserved_below
    ));
    Some(rule)
}

/// Names the providers of Managed Instances that a rule would be about and leaves alone.
fn not_for_managed(
    map: &MapReader<'_>,
    (rule, aws): (&str, &Aws),
    is_about: impl Fn(&GroupPlan) -> bool,
) {
    let groups = aws.groups.iter();
    let managed = groups.filter(|group| group.managed.is_some() && is_about(group));
    let names: Vec<&str> = managed.map(|group| group.name.as_str()).collect();
    if !names.is_empty() {
        let message = format!(
            "{rule} leaves Managed Instances alone: {}",
            names.join(", ")
        );
        map.warning("no-effect", message).report();
    }
}

fn note(cx: &Context<'_>, after: SimDuration) {
    cx.note(format!(
        "whatIf.spotFallback: after {after} without Spot capacity tasks and instances go on \
         demand; this is not AWS's behaviour"
    ));
}

/// What of a scenario is bought on Spot.
struct Purchases {
    fargate_spot: bool,
    ec2_spot: bool,
}

fn purchases(aws: &Aws) -> Purchases {
    let services = aws.services.iter().map(|service| &service.strategy);
    let programs = aws.job_sources.iter().map(|program| &program.strategy);
    let mut items = services.chain(programs).flat_map(|it| it.items());
    Purchases {
        fargate_spot: items
            .any(|it| aws.providers[it.provider.index()].kind == ProviderKind::FargateSpot),
        ec2_spot: aws
            .groups
            .iter()
            .any(|group| group.buys_spot() && group.managed.is_none()),
    }
}
