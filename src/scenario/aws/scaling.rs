//! Application Auto Scaling: scalable targets, their target tracking and step scaling policies.

mod custom;
mod predefined;
mod predictive;
mod step;

use crate::catalog::names::suggestion;
use crate::demand::period::MetricClock;
use crate::engine::SimDuration;
use crate::ids::ServiceId;
use crate::scenario::context::{Context, bounded, duplicate_name, not_built_value};
use crate::scenario::plan::{
    PredictivePolicyPlan, ScalableTargetPlan, ScalingPolicyPlan, ServicePlan, StepPolicyPlan,
    TrackedMetric,
};
use crate::scenario::reader::{Field, MapReader};

use super::ServiceNames;
use super::alarm::Around;
use super::rollout_bounds::warn_at_count;
use super::service::DESIRED_MAX;

const TABLE_MAX: usize = 10_000;

/// The cluster's name, and its services.
pub(super) type Known<'a> = (&'a str, &'a ServiceNames, &'a [ServicePlan]);

/// The targets, and where their step policies stand, for what can only be said once the alarms are
/// read.
#[derive(Default)]
pub(super) struct Scaling<'a> {
    pub(super) targets: Vec<ScalableTargetPlan>,
    /// Services whose target was refused: what names it has done nothing wrong.
    pub(super) refused: Vec<ServiceId>,
    pub(super) step_places: Vec<(ServiceId, String, Field<'a>)>,
    /// Whether a policy was refused: who names it has done nothing wrong.
    pub(super) has_refused: bool,
}

enum Policy {
    Tracking(ScalingPolicyPlan),
    Step(StepPolicyPlan),
    Predictive(PredictivePolicyPlan),
}

/// Reads `aws.scalableTargets` and `aws.scalingPolicies`.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    aws: &mut MapReader<'a>,
    known: Known<'_>,
    around: &Around<'_>,
) -> Scaling<'a> {
    let mut scaling = Scaling::default();
    let targets = &mut scaling.targets;
    for field in bounded(aws, "scalableTargets", TABLE_MAX) {
        let target = match target(&field, known, around.minutes) {
            Ok(target) => target,
            Err(service) => {
                scaling.refused.extend(service);
                continue;
            }
        };
        if targets.iter().any(|other| other.service == target.service) {
            duplicate_name(
                &field,
                "scalable target of",
                &known.2[target.service.index()].name,
            );
        }
        targets.push(target);
    }
    for field in bounded(aws, "scalingPolicies", TABLE_MAX) {
        match policy(cx, &field, (known, around)) {
            Some((service, policy)) => scaling.add(&field, service, policy),
            None => scaling.has_refused = true,
        }
    }
    scaling.targets.sort_by_key(|target| target.service);
    scaling
}

impl<'a> Scaling<'a> {
    fn add(&mut self, field: &Field<'a>, service: ServiceId, policy: Policy) {
        let mut targets = self.targets.iter_mut();
        let Some(target) = targets.find(|target| target.service == service) else {
            if self.refused.contains(&service) {
                self.has_refused = true;
                return;
            }
            let message = "the policy's ResourceId is no scalable target";
            let help = "add it to aws.scalableTargets with MinCapacity and MaxCapacity";
            field.error("unknown-name", message).help(help).report();
            return;
        };
        let name = match &policy {
            Policy::Tracking(policy) => &policy.name,
            Policy::Step(policy) => &policy.name,
            Policy::Predictive(policy) => &policy.name,
        };
        let tracking = target.policies.iter().map(|other| &other.name);
        let steps = target.step_policies.iter().map(|other| &other.name);
        let predictive = target.predictive.iter().map(|other| &other.name);
        if tracking
            .chain(steps)
            .chain(predictive)
            .any(|other| other == name)
        {
            duplicate_name(field, "policy of this service named", name);
        }
        match policy {
            Policy::Tracking(policy) => {
                if let Some(metric) = &policy.custom {
                    custom::warn_of_none(field, target, metric);
                }
                target.policies.push(policy);
            }
            Policy::Predictive(policy) => target.predictive.push(policy),
            Policy::Step(policy) => {
                let place = (service, policy.name.clone(), field.clone());
                self.step_places.push(place);
                target.step_policies.push(policy);
            }
        }
    }
}

/// Reads a target; if it is refused, its service, where that is known.
fn target(
    field: &Field<'_>,
    known: Known<'_>,
    clock: MetricClock,
) -> Result<ScalableTargetPlan, Option<ServiceId>> {
    let mut map = field.map().ok_or(None)?;
    let service = resource(&mut map, known);
    if service.is_some_and(|service| known.2[service.index()].is_daemon) {
        let message = "a DAEMON service is not scaled: a task runs on each instance";
        map.error("invalid-value", message).report();
    }
    let min_field = map.required("MinCapacity");
    let min = min_field
        .as_ref()
        .and_then(|field| field.u32(0..=DESIRED_MAX));
    let max_field = map.required("MaxCapacity");
    let max = max_field
        .as_ref()
        .and_then(|field| field.u32(0..=DESIRED_MAX));
    let [scale_out_suspended, scale_in_suspended, scheduled_suspended] = suspended(&mut map);
    map.finish_aws("application-autoscaling.ScalableTarget");
    let (Some(service), Some(min), Some(max)) = (service, min, max) else {
        return Err(service);
    };
    if let (Some(field), true) = (&max_field, max < min) {
        let message = format!("MaxCapacity {max} is less than MinCapacity {min}");
        field.error("out-of-range", message).report();
    }
    if let Some(field) = &min_field {
        let service = &known.2[service.index()];
        if service.is_rolling() {
            let percentages = service.percentages();
            let few = (min.max(1), percentages);
            let desired = (service.desired_count, percentages);
            let _ = warn_at_count(field, (&service.name, "scaled in to"), few, desired);
        }
    }
    Ok(ScalableTargetPlan {
        service,
        min,
        max,
        policies: Vec::new(),
        step_policies: Vec::new(),
        predictive: Vec::new(),
        scheduled: Vec::new(),
        scale_out_suspended,
        scale_in_suspended,
        scheduled_suspended,
        clock,
    })
}

/// `SuspendedState`: whether policies do not scale out, and not in, and whether scheduled actions
/// do nothing (API SuspendedState; none of it by default).
fn suspended(map: &mut MapReader<'_>) -> [bool; 3] {
    let Some(mut state) = map.map("SuspendedState") else {
        return [false; 3];
    };
    let flags = [
        "DynamicScalingOutSuspended",
        "DynamicScalingInSuspended",
        "ScheduledScalingSuspended",
    ];
    let flags = flags.map(|flag| state.bool(flag).unwrap_or(false));
    state.finish_aws("application-autoscaling.SuspendedState");
    flags
}

/// What of a service is scaled.
const DIMENSION: &str = "ecs:service:DesiredCount";

/// `service/<cluster>/<service>`, with the namespace and dimension that go with it.
pub(super) fn resource(
    map: &mut MapReader<'_>,
    (cluster, services, _): Known<'_>,
) -> Option<ServiceId> {
    if let Some(field) = map.field("ServiceNamespace")
        && field.str() != Some("ecs")
    {
        not_built_value(&field);
    }
    if let Some(field) = map.field("ScalableDimension")
        && let Some(text) = field.str()
        && text != DIMENSION
    {
        match suggestion(text, [DIMENSION]).filter(|_| text.starts_with("ecs:")) {
            Some(help) => {
                let message = format!("there is no dimension \"{text}\"");
                field.error("invalid-value", message).help(help).report();
            }
            None => not_built_value(&field),
        }
    }
    let field = map.required("ResourceId")?;
    let text = field.str()?;
    let parts: Vec<&str> = text.split('/').collect();
    let ["service", named, service] = parts.as_slice() else {
        let message = format!("\"{text}\" is no service's ResourceId");
        let help = format!("write service/{cluster}/ and the service's name");
        field.error("invalid-value", message).help(help).report();
        return None;
    };
    if *named != cluster {
        let message = format!("the scenario's cluster is \"{cluster}\", not \"{named}\"");
        let help = format!("write service/{cluster}/{service}");
        field.error("unknown-name", message).help(help).report();
        return None;
    }
    services.resolve(&field, service)
}

const PREDICTIVE: &str = "PredictiveScalingPolicyConfiguration";

/// The kinds of policies, each with the field of its configuration.
const KINDS: [(&str, Option<&str>); 3] = [
    (
        "TargetTrackingScaling",
        Some("TargetTrackingScalingPolicyConfiguration"),
    ),
    ("StepScaling", Some("StepScalingPolicyConfiguration")),
    ("PredictiveScaling", Some(PREDICTIVE)),
];

fn policy(
    cx: &Context<'_>,
    field: &Field<'_>,
    (known, around): (Known<'_>, &Around<'_>),
) -> Option<(ServiceId, Policy)> {
    let mut map = field.map()?;
    let service = resource(&mut map, known);
    let name = map.required("PolicyName").and_then(|field| field.str());
    let kind_field = map.required("PolicyType")?;
    let kind = kind_field.choice(&KINDS)?;
    let Some(configuration) = kind else {
        not_built_value(&kind_field);
        return None;
    };
    for other in KINDS.iter().filter_map(|(_, field)| *field) {
        if other != configuration
            && let Some(field) = map.field(other)
        {
            let message = format!("a policy of this PolicyType has no {other}");
            field.warning("no-effect", message).report();
        }
    }
    let configuration = map.required(configuration).and_then(|field| field.map());
    map.finish_aws("application-autoscaling.ScalingPolicy");
    let configuration = configuration?;
    let service_plan = service.map(|id| &known.2[id.index()]);
    if kind == Some(PREDICTIVE) {
        let predictive = PredictivePolicyPlan {
            name: name?.to_owned(),
            ..predictive::policy(cx, configuration, service_plan)?
        };
        return Some((service?, Policy::Predictive(predictive)));
    }
    if kind == KINDS[1].1 {
        let policy = step::policy(cx, configuration)?;
        let step = StepPolicyPlan {
            name: name?.to_owned(),
            policy,
            alarms: Vec::new(),
        };
        return Some((service?, Policy::Step(step)));
    }
    let scaled = service.map(|id| (id, &known.2[id.index()]));
    let tracking = tracking(cx, configuration, (around, scaled))?;
    let tracking = ScalingPolicyPlan {
        name: name?.to_owned(),
        ..tracking
    };
    Some((service?, Policy::Tracking(tracking)))
}

fn tracking(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (around, service): (&Around<'_>, Option<(ServiceId, &ServicePlan)>),
) -> Option<ScalingPolicyPlan> {
    let target = map
        .required("TargetValue")
        .and_then(|field| field.f64(1e-6..=1e9));
    let cooldown = |given: Option<u64>, path: &str| {
        given.map_or_else(|| cx.default_duration(path), SimDuration::from_secs)
    };
    let out = map.u64("ScaleOutCooldown", 0..=86_400 * 365);
    let scale_in = map.u64("ScaleInCooldown", 0..=86_400 * 365);
    let disable_scale_in = map.bool("DisableScaleIn").unwrap_or(false);
    let custom = map.field("CustomizedMetricSpecification");
    let is_custom = custom.is_some();
    let custom = custom.and_then(|field| custom::metric(&field, around, service));
    let metric = match map.map("PredefinedMetricSpecification") {
        Some(metric) if is_custom => {
            let message = "a policy has a PredefinedMetricSpecification or a \
                           CustomizedMetricSpecification, not both";
            metric.error("invalid-entry", message).report();
            None
        }
        Some(metric) => predefined::metric(metric, service.map(|(_, plan)| plan), around.balancing),
        None if is_custom => custom.as_ref().map(|_| (TrackedMetric::Custom, false, 1.0)),
        None => {
            let message = "\"PredefinedMetricSpecification\" is missing";
            map.error("missing-field", message).report();
            None
        }
    };
    map.finish_aws("application-autoscaling.TargetTrackingScalingPolicyConfiguration");
    let (metric, is_fine, part) = metric?;
    Some(ScalingPolicyPlan {
        name: String::new(),
        metric,
        part,
        clock: match is_fine {
            true => around.points(cx),
            false => around.minutes,
        },
        custom,
        target: target?,
        scale_out_cooldown: cooldown(out, "aws.scalingPolicies.*.ScaleOutCooldown"),
        scale_in_cooldown: cooldown(scale_in, "aws.scalingPolicies.*.ScaleInCooldown"),
        disable_scale_in,
    })
}
