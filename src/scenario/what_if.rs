//! `whatIf`: what ECS does not do and the user wants to try.

use crate::engine::SimDuration;
use crate::policy::what_if::SpotFallback;
use crate::scenario::context::{Context, refuse_not_built};
use crate::scenario::plan::{ProviderKind, WhatIfPlan};
use crate::scenario::reader::MapReader;

use super::aws::Aws;

/// Reads `whatIf`. Providers that only it needs are added to those of `aws`.
pub(super) fn read(cx: &Context<'_>, root: &mut MapReader<'_>, aws: &mut Aws) -> WhatIfPlan {
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
    refuse_not_built(&mut map, &["repacking", "providerBySize"]);
    map.finish();
    plan
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
        ec2_spot: aws.groups.iter().any(|group| group.buys_spot()),
    }
}
