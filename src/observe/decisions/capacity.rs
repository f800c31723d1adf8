//! Decisions of managed scaling in words.

use serde_json::json;

use super::Told;
use crate::ids::ProviderId;
use crate::policy::managed_scaling::{SCALE_IN_MINUTES, ScalingReason};
use crate::scenario::plan::Plan;

pub(super) fn told_scaling(
    plan: &Plan,
    provider: ProviderId,
    [from, to]: [u32; 2],
    reason: ScalingReason,
) -> Told {
    let provider = plan.provider(provider);
    let group = provider.kind.group().map(|id| &plan.group(id).name);
    let change = match from == to {
        true => format!("desired capacity stays {from}"),
        false => format!("desired capacity {from} to {to}"),
    };
    let mut inputs = json!({
        "capacityProvider": provider.name,
        "autoScalingGroup": group,
        "from": from,
        "to": to,
        "reason": name(reason),
    });
    if let ScalingReason::ScaleOut { needed } | ScalingReason::ScaleIn { needed, .. } = reason {
        inputs["needed"] = needed.into();
    }
    Told {
        kind: "managed_scaling",
        subject: format!("capacity provider {}", provider.name),
        words: format!("{change}: {}", words(reason)),
        inputs,
    }
}

const fn name(reason: ScalingReason) -> &'static str {
    match reason {
        ScalingReason::AtTarget => "at_target",
        ScalingReason::Nothing => "nothing",
        ScalingReason::Stuck => "stuck",
        ScalingReason::ScaleOut { .. } => "scale_out",
        ScalingReason::First => "first",
        ScalingReason::WarmingUp => "warming_up",
        ScalingReason::Quiet { .. } => "quiet",
        ScalingReason::AfterScaleOut => "after_scale_out",
        ScalingReason::ScaleIn { .. } => "scale_in",
        ScalingReason::Bounded => "bounded",
        ScalingReason::AlreadyDesired => "already_desired",
    }
}

fn words(reason: ScalingReason) -> String {
    match reason {
        ScalingReason::AtTarget => "the reservation is at its target".to_owned(),
        ScalingReason::Nothing => "no instance is there and no task waits".to_owned(),
        ScalingReason::Stuck => {
            "the tasks that wait exceed the smallest of its types, for which ECS launches nothing"
                .to_owned()
        }
        ScalingReason::ScaleOut { needed } => format!("{needed} instances are needed"),
        ScalingReason::First => "the first two of an empty group".to_owned(),
        ScalingReason::WarmingUp => {
            "more are wanted, and an instance is still warming up".to_owned()
        }
        ScalingReason::Quiet { minutes } => format!(
            "fewer are wanted, below the target for {minutes} of {SCALE_IN_MINUTES} minutes"
        ),
        ScalingReason::AfterScaleOut => "fewer are wanted, too soon after a scale-out".to_owned(),
        ScalingReason::ScaleIn { needed, is_limited } => {
            let limit = match is_limited {
                true => ", half of the group at most at once",
                false => "",
            };
            format!("{needed} instances are needed{limit}")
        }
        ScalingReason::Bounded => "more are wanted than its bounds allow, or fewer".to_owned(),
        ScalingReason::AlreadyDesired => {
            "that many are wanted, and what the group has differs: instances are to come or to go"
                .to_owned()
        }
    }
}
