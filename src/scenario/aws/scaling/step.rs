//! `StepScalingPolicyConfiguration`: its steps, and what their adjustments mean.

use crate::engine::SimDuration;
use crate::policy::step_scaling::{
    Adjustment, AdjustmentType, MetricAggregation, Step, StepPolicy, StepsError, check_steps,
};
use crate::scenario::context::Context;
use crate::scenario::reader::{Field, MapReader};

/// The most tasks, or per cent, of one adjustment.
const ADJUSTMENT_MAX: f64 = 1_000_000.0;
/// The farthest bound from the threshold.
const BOUND_MAX: f64 = 1e15;
const COOLDOWN_MAX: u64 = 86_400 * 365;
/// Step adjustments a policy (Application Auto Scaling user guide, quotas, 2026-11).
const STEPS_MAX: usize = 20;

const KINDS: [(&str, AdjustmentType); 3] = [
    ("ChangeInCapacity", AdjustmentType::ChangeInCapacity),
    (
        "PercentChangeInCapacity",
        AdjustmentType::PercentChangeInCapacity,
    ),
    ("ExactCapacity", AdjustmentType::ExactCapacity),
];
const AGGREGATIONS: [(&str, MetricAggregation); 3] = [
    ("Average", MetricAggregation::Average),
    ("Minimum", MetricAggregation::Minimum),
    ("Maximum", MetricAggregation::Maximum),
];

/// Reads the configuration of a step scaling policy.
pub(super) fn policy(cx: &Context<'_>, mut map: MapReader<'_>) -> Option<StepPolicy> {
    let kind = map.required("AdjustmentType");
    let kind = kind.and_then(|field| field.choice(&KINDS));
    let magnitude_field = map.field("MinAdjustmentMagnitude");
    let magnitude = magnitude_field
        .as_ref()
        .and_then(|field| field.u32(1..=ADJUSTMENT_MAX as u32));
    if let (Some(field), Some(kind)) = (&magnitude_field, kind)
        && kind != AdjustmentType::PercentChangeInCapacity
    {
        let message = "MinAdjustmentMagnitude bounds a PercentChangeInCapacity alone";
        field.warning("no-effect", message).report();
    }
    let cooldown = map.u64("Cooldown", 0..=COOLDOWN_MAX);
    let aggregation = map.choice("MetricAggregationType", &AGGREGATIONS);
    let is_aggregation_given = map.has("MetricAggregationType");
    let steps = map.required("StepAdjustments");
    let steps = steps.and_then(|field| steps_of(&field, kind));
    map.finish_aws("application-autoscaling.StepScalingPolicyConfiguration");
    if !is_aggregation_given {
        cx.default_text(
            "aws.scalingPolicies.*.StepScalingPolicyConfiguration.MetricAggregationType",
        );
    }
    Some(StepPolicy {
        adjustment: Adjustment {
            kind: kind?,
            min_magnitude: magnitude.unwrap_or(0),
        },
        aggregation: aggregation.unwrap_or_default(),
        cooldown: match cooldown {
            Some(seconds) => SimDuration::from_secs(seconds),
            None => {
                cx.default_duration("aws.scalingPolicies.*.StepScalingPolicyConfiguration.Cooldown")
            }
        },
        steps: steps?,
    })
}

/// `StepAdjustments`, which leave no gaps and do not overlap.
fn steps_of(field: &Field<'_>, kind: Option<AdjustmentType>) -> Option<Vec<Step>> {
    let items = field.list()?;
    if let Some(first_too_many) = items.get(STEPS_MAX) {
        let message = format!(
            "{} steps, a policy has {STEPS_MAX} at the most (a quota of Application Auto Scaling)",
            items.len()
        );
        first_too_many.error("too-many", message).report();
        return None;
    }
    let read: Vec<Option<Step>> = items.iter().map(|item| step(item, kind)).collect();
    let steps: Vec<Step> = read.into_iter().collect::<Option<_>>()?;
    let wrong = check_steps(&steps).err();
    if let Some(wrong) = wrong {
        let place = items.get(place_of(wrong, &steps)).unwrap_or(field);
        let pending = place.error("invalid-steps", wrong.to_string());
        pending.help(remedy(wrong)).report();
        return None;
    }
    Some(steps)
}

fn step(field: &Field<'_>, kind: Option<AdjustmentType>) -> Option<Step> {
    let mut map = field.map()?;
    let mut bound = |key| map.f64(key, -BOUND_MAX..=BOUND_MAX);
    let lower = bound("MetricIntervalLowerBound");
    let upper = bound("MetricIntervalUpperBound");
    let adjustment = map.required("ScalingAdjustment");
    map.finish_aws("application-autoscaling.StepAdjustment");
    let adjustment = adjustment?;
    let value = adjustment.f64(-ADJUSTMENT_MAX..=ADJUSTMENT_MAX)?;
    if value != libm::trunc(value) {
        let message = format!("{value} is no whole number");
        adjustment.error("invalid-value", message).report();
        return None;
    }
    if value < 0.0 && kind == Some(AdjustmentType::ExactCapacity) {
        let message = format!("an ExactCapacity is a number of tasks, not {value}");
        let help = "write 0 or more, or AdjustmentType: ChangeInCapacity";
        let pending = adjustment.error("invalid-value", message);
        pending.help(help).report();
        return None;
    }
    Some(Step {
        lower,
        upper,
        adjustment: value as i32,
    })
}

/// Which of the steps a message is about; the first where it is about all.
fn place_of(wrong: StepsError, steps: &[Step]) -> usize {
    let begins = |at: f64| steps.iter().rposition(|step| step.lower == Some(at));
    let found = match wrong {
        StepsError::None => None,
        StepsError::Empty { lower, upper } => steps
            .iter()
            .position(|step| (step.lower, step.upper) == (Some(lower), Some(upper))),
        StepsError::Overlap { at } => begins(at),
        StepsError::Gap { to, .. } => begins(to),
        StepsError::TwoOpen { side } => steps.iter().rposition(|it| bound(it, side).is_none()),
        StepsError::NoneOpen { side, at } => {
            steps.iter().position(|it| bound(it, side) == Some(at))
        }
    };
    found.unwrap_or(0)
}

fn bound(step: &Step, side: &str) -> Option<f64> {
    match side {
        "lower" => step.lower,
        _ => step.upper,
    }
}

/// The nearest steps that are right.
fn remedy(wrong: StepsError) -> String {
    match wrong {
        StepsError::None => {
            "write one at least, like { MetricIntervalLowerBound: 0, ScalingAdjustment: 2 }".into()
        }
        StepsError::Empty { lower, upper } if upper < lower => {
            format!("write MetricIntervalLowerBound: {upper} and MetricIntervalUpperBound: {lower}")
        }
        StepsError::Empty { .. } => "a step needs an upper bound above its lower one".into(),
        StepsError::Overlap { at } => {
            format!("let the step below end there: MetricIntervalUpperBound: {at}")
        }
        StepsError::Gap { from, .. } => {
            format!(
                "let this step begin where the one below ends: MetricIntervalLowerBound: {from}"
            )
        }
        StepsError::TwoOpen { side } => match side {
            "lower" => "give all but the lowest step a MetricIntervalLowerBound".into(),
            _ => "give all but the highest step a MetricIntervalUpperBound".into(),
        },
        StepsError::NoneOpen { side, .. } => match side {
            "lower" => "leave MetricIntervalLowerBound out of the lowest step".into(),
            _ => "leave MetricIntervalUpperBound out of the highest step".into(),
        },
    }
}
