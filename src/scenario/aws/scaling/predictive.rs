//! `PredictiveScalingPolicyConfiguration`.

use crate::engine::SimDuration;
use crate::policy::predictive_scaling::Breach;
use crate::scenario::context::{Context, not_built};
use crate::scenario::plan::{PredictivePolicyPlan, ServicePlan, TrackedMetric};
use crate::scenario::reader::MapReader;

/// The metric pairs of AWS for services.
const PAIRS: [(&str, TrackedMetric); 3] = [
    ("ECSServiceCPUUtilization", TrackedMetric::Cpu),
    ("ECSServiceMemoryUtilization", TrackedMetric::Memory),
    ("ALBRequestCount", TrackedMetric::RequestCountPerTarget),
];
/// Of `SchedulingBufferTime`, seconds: less than an hour (API PredictiveScalingPolicyConfiguration,
/// 2026-11).
const BUFFER_MAX_S: u64 = 3_599;

/// Reads a configuration.
pub(super) fn policy(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    service: Option<&ServicePlan>,
) -> Option<PredictivePolicyPlan> {
    const PATH: &str = "aws.scalingPolicies.*.PredictiveScalingPolicyConfiguration";
    let modes = [("ForecastOnly", false), ("ForecastAndScale", true)];
    let acts = map.choice("Mode", &modes).unwrap_or_else(|| {
        cx.default_text(&format!("{PATH}.Mode"));
        false
    });
    let buffer = map.u64("SchedulingBufferTime", 0..=BUFFER_MAX_S);
    let buffer = buffer.map_or_else(
        || cx.default_duration(&format!("{PATH}.SchedulingBufferTime")),
        SimDuration::from_secs,
    );
    let breach = breach(&mut map);
    let specifications = map.required("MetricSpecifications");
    let pair = specifications.and_then(|field| {
        let list = field.list()?;
        let Some(first) = list.first() else {
            let message = "MetricSpecifications names no metric";
            field.error("missing-field", message).report();
            return None;
        };
        if let Some(second) = list.get(1) {
            not_built(second);
        }
        specification(first.map()?, service)
    });
    map.finish_aws("application-autoscaling.PredictiveScalingPolicyConfiguration");
    let (metric, target) = pair?;
    Some(PredictivePolicyPlan {
        name: String::new(),
        metric,
        target,
        acts,
        buffer,
        breach: breach?,
    })
}

/// `MaxCapacityBreachBehavior` and its buffer, which go together.
fn breach(map: &mut MapReader<'_>) -> Option<Breach> {
    let kinds = [("HonorMaxCapacity", false), ("IncreaseMaxCapacity", true)];
    let increases = map.choice("MaxCapacityBreachBehavior", &kinds);
    let field = map.field("MaxCapacityBuffer");
    let buffer = field.as_ref().and_then(|field| field.u32(0..=100));
    match (increases.unwrap_or(false), &field) {
        (true, Some(_)) => Some(Breach::Increase { buffer: buffer? }),
        (true, None) => {
            let message = "IncreaseMaxCapacity needs MaxCapacityBuffer, percent above the forecast";
            map.error("missing-field", message).report();
            None
        }
        (false, Some(field)) => {
            let message = "MaxCapacityBuffer is of IncreaseMaxCapacity, and MaxCapacity is honored";
            field.error("invalid-value", message).report();
            None
        }
        (false, None) => Some(Breach::Honor),
    }
}

fn specification(
    mut map: MapReader<'_>,
    service: Option<&ServicePlan>,
) -> Option<(TrackedMetric, f64)> {
    let target = map
        .required("TargetValue")
        .and_then(|field| field.f64(1e-6..=1e9));
    for key in [
        "PredefinedLoadMetricSpecification",
        "PredefinedScalingMetricSpecification",
        "CustomizedLoadMetricSpecification",
        "CustomizedScalingMetricSpecification",
        "CustomizedCapacityMetricSpecification",
    ] {
        if let Some(field) = map.field(key) {
            not_built(&field);
        }
    }
    let pair = map.map("PredefinedMetricPairSpecification");
    if pair.is_none() {
        let message = "\"PredefinedMetricPairSpecification\" is missing";
        map.error("missing-field", message).report();
    }
    map.finish_aws("application-autoscaling.PredictiveScalingMetricSpecification");
    let mut pair = pair?;
    let field = pair.required("PredefinedMetricType");
    let metric = field.as_ref().and_then(|field| field.choice(&PAIRS));
    let _ = pair.field("ResourceLabel").and_then(|field| field.str());
    pair.finish_aws("application-autoscaling.PredictiveScalingPredefinedMetricPairSpecification");
    if let (Some(field), Some(service)) = (&field, service)
        && metric == Some(TrackedMetric::RequestCountPerTarget)
        && service.target_group.is_none()
    {
        let message = format!("{} has no target group whose requests count", service.name);
        field.error("invalid-value", message).report();
    }
    if let (Some(field), Some(service)) = (&field, service)
        && metric == Some(TrackedMetric::RequestCountPerTarget)
        && !service.further_groups.is_empty()
    {
        let message = format!(
            "{} has several target groups: the requests of one of them are not foretold yet",
            service.name
        );
        let help = "PredefinedMetricType: ECSServiceCPUUtilization, for one";
        field.error("not-built-yet", message).help(help).report();
    }
    Some((metric?, target?))
}
