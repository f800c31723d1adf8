//! `aws.alarms`: CloudWatch alarms on metrics of services, and the step scaling policies that they
//! trigger.

mod custom;
mod dimensions;
mod math;
mod metric;
mod metric_names;
mod period;
mod source;

use std::collections::BTreeSet;

use crate::demand::period::MetricClock;
use crate::engine::SimDuration;
use crate::ids::{AlarmId, ServiceId};
use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};
use crate::scenario::context::{
    Context, bounded, duplicate_name, is_empty, not_built, not_built_value, refuse_not_built,
    unknown_name,
};
use crate::scenario::plan::{AlarmPlan, ScalableTargetPlan, ServicePlan, StepPolicyPlan};
use crate::scenario::reader::{Field, MapReader};

use super::queue::Queues;
use super::scaling::Scaling;
pub(super) use custom::{CustomMetrics, published};
pub(super) use math::{Shapes, math};
pub(super) use metric::Watched;
pub(in crate::scenario) use metric_names::is_aws_namespace;
use period::fine_clock;
pub(super) use period::monitoring_help;
use source::Source;

const TABLE_MAX: usize = 10_000;
/// The longest that an alarm may look back: three hours of minutes.
const MEMORY_MAX_MINUTES: u32 = 180;
/// What the alarms of target tracking policies are called; each policy brings its own.
const OF_TARGET_TRACKING: &str = "TargetTracking-";

const COMPARISONS: [(&str, Option<Comparison>); 7] = [
    ("GreaterThanThreshold", Some(Comparison::GreaterThan)),
    (
        "GreaterThanOrEqualToThreshold",
        Some(Comparison::GreaterThanOrEqualTo),
    ),
    ("LessThanThreshold", Some(Comparison::LessThan)),
    (
        "LessThanOrEqualToThreshold",
        Some(Comparison::LessThanOrEqualTo),
    ),
    ("LessThanLowerOrGreaterThanUpperThreshold", None),
    ("LessThanLowerThreshold", None),
    ("GreaterThanUpperThreshold", None),
];
const MISSING: [(&str, TreatMissingData); 4] = [
    ("missing", TreatMissingData::Missing),
    ("ignore", TreatMissingData::Ignore),
    ("breaching", TreatMissingData::Breaching),
    ("notBreaching", TreatMissingData::NotBreaching),
];

/// What alarms are about.
pub(super) struct Around<'a> {
    pub(super) cluster: &'a str,
    pub(super) services_known: &'a super::ServiceNames,
    pub(super) services: &'a [ServicePlan],
    pub(super) balancing: &'a super::load_balancing::Balancing,
    pub(super) queues: &'a Queues,
    /// What the code publishes.
    pub(super) custom: &'a CustomMetrics,
    /// Whether what it is made of is read: who publishes a count of tasks has it from ECS itself.
    pub(super) is_for_publishers: bool,
    /// Whether the cluster has Container Insights, where metrics of its own come from.
    pub(super) has_insights: bool,
    /// When data points of a minute are seen.
    pub(super) minutes: MetricClock,
    /// How late those of fine metrics are, if it is said.
    pub(super) fine_metric_delay: Option<SimDuration>,
}

/// An alarm with the policies that its actions name.
struct Read<'a> {
    plan: AlarmPlan,
    actions: Actions<'a>,
}

/// `AlarmActions`, and whether they are enabled.
struct Actions<'a> {
    listed: Vec<Field<'a>>,
    are_enabled: bool,
}

/// Reads `aws.alarms`; each step policy gets the alarms that trigger it.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    around: &Around<'_>,
    scaling: &mut Scaling<'_>,
) -> Vec<AlarmPlan> {
    let mut read: Vec<Read<'_>> = Vec::new();
    let mut has_refused = false;
    let mut named = BTreeSet::new();
    for field in bounded(aws, "alarms", TABLE_MAX) {
        if is_of_target_tracking(cx, &field) {
            continue;
        }
        let Some(alarm) = alarm(cx, &field, around) else {
            has_refused = true;
            continue;
        };
        if read.iter().any(|other| other.plan.name == alarm.plan.name) {
            duplicate_name(&field, "alarm", &alarm.plan.name);
        }
        read.push(alarm);
    }
    read.sort_by(|a, b| (a.plan.service, &a.plan.name).cmp(&(b.plan.service, &b.plan.name)));
    for (index, alarm) in read.iter().enumerate() {
        let id = AlarmId::from_index(index);
        for action in &alarm.actions.listed {
            let Some(policy) = attached(action, &alarm.plan, scaling, around) else {
                continue;
            };
            let at = (alarm.plan.service, policy.name.clone());
            if alarm.actions.are_enabled && !policy.alarms.contains(&id) {
                policy.alarms.push(id);
            }
            named.insert(at);
        }
    }
    if !has_refused {
        warn_untriggered(scaling, &named);
    }
    read.into_iter().map(|alarm| alarm.plan).collect()
}

/// Whether it is one that a target tracking policy made: its policy makes it here too.
fn is_of_target_tracking(cx: &Context<'_>, field: &Field<'_>) -> bool {
    let name = field.node().get("AlarmName").and_then(|it| it.as_text());
    let is_its = name.is_some_and(|name| name.starts_with(OF_TARGET_TRACKING));
    if is_its {
        cx.note(
            "alarms of target tracking policies are left out of aws.alarms: each policy makes \
             its own"
                .to_owned(),
        );
    }
    is_its
}

fn alarm<'a>(cx: &Context<'_>, field: &Field<'a>, around: &Around<'_>) -> Option<Read<'a>> {
    let mut map = field.map()?;
    let name = map.required("AlarmName").and_then(|field| field.str());
    let refused = ["ThresholdMetricId", "EvaluationCriteria", "AlarmRule"];
    refuse_not_built(&mut map, &refused);
    if let Some(window) = map.field("EvaluationWindow")
        && window.node().get("WallClockWindow").is_some()
    {
        not_built(&window);
    }
    let source = match map.field("Metrics").filter(|field| !is_empty(field)) {
        Some(metrics) => Source::of_math(&metrics, &mut map, around),
        None => Source::of_metric(&mut map, around),
    };
    let rule = rule(cx, &mut map);
    let actions = actions(&mut map);
    map.finish_aws("cloudwatch.MetricAlarm");
    let (source, rule) = (source?, rule?);
    let (period_field, seconds) = source.period;
    let minutes = rule.evaluation_periods.saturating_mul(seconds) / 60;
    if MEMORY_MAX_MINUTES < minutes {
        let message = format!(
            "an alarm over {minutes} minutes (EvaluationPeriods × Period) is not simulated yet, \
             at most {MEMORY_MAX_MINUTES}"
        );
        period_field.error("not-built-yet", message).report();
        return None;
    }
    let mut clock = (around.minutes, seconds / 60);
    for watched in &source.watched {
        watched.check_period(&period_field, seconds / 60)?;
        if seconds < 60 {
            clock = fine_clock(cx, (&period_field, seconds), watched, around)?;
        }
    }
    let (clock, period_units) = clock;
    Some(Read {
        plan: AlarmPlan {
            name: name?.to_owned(),
            service: source.service,
            metric: source.metric,
            period_units,
            rule,
            clock,
            fails_deployments_of: Vec::new(),
        },
        actions,
    })
}

/// When it goes off.
fn rule(cx: &Context<'_>, map: &mut MapReader<'_>) -> Option<AlarmRule> {
    let comparison_field = map.required("ComparisonOperator");
    let comparison = comparison_field
        .as_ref()
        .and_then(|field| field.choice(&COMPARISONS));
    if let (Some(None), Some(field)) = (comparison, &comparison_field) {
        not_built_value(field);
    }
    let threshold = map.required("Threshold");
    let threshold = threshold.and_then(|field| field.f64(-1e15..=1e15));
    let periods = map.required("EvaluationPeriods");
    let periods = periods.and_then(|field| field.u32(1..=1_440));
    let datapoints_field = map.field("DatapointsToAlarm");
    let datapoints = datapoints_field
        .as_ref()
        .and_then(|field| field.u32(1..=1_440));
    if let (Some(field), Some(m), Some(n)) = (&datapoints_field, datapoints, periods)
        && n < m
    {
        let message = format!("DatapointsToAlarm {m} of EvaluationPeriods {n}");
        let help = format!("write {n} at most, or more EvaluationPeriods");
        field.error("out-of-range", message).help(help).report();
        return None;
    }
    let missing = map.choice("TreatMissingData", &MISSING);
    if !map.has("TreatMissingData") {
        cx.default_text("aws.alarms.*.TreatMissingData");
    }
    let evaluation_periods = periods?;
    Some(AlarmRule {
        comparison: comparison??,
        threshold: threshold?,
        evaluation_periods,
        datapoints_to_alarm: datapoints.unwrap_or(evaluation_periods),
        treat_missing_data: missing.unwrap_or_default(),
    })
}

/// What its actions may name, if it takes any.
fn actions<'a>(map: &mut MapReader<'a>) -> Actions<'a> {
    for key in ["OKActions", "InsufficientDataActions"] {
        let listed = map.field(key).filter(|field| !is_empty(field));
        let listed = listed.and_then(|field| field.list()).unwrap_or_default();
        for action in listed.iter().filter(|action| is_policy(action)) {
            not_built(action);
        }
    }
    let listed = map.field("AlarmActions");
    let listed = listed.and_then(|field| field.list()).unwrap_or_default();
    Actions {
        listed,
        are_enabled: map.bool("ActionsEnabled").unwrap_or(true),
    }
}

/// Whether an action is a scaling policy: its name, or its ARN. Topics, functions and the like
/// change nothing here.
fn is_policy(action: &Field<'_>) -> bool {
    let text = action.node().as_text().unwrap_or_default();
    !text.starts_with("arn:") || text.contains(":scalingPolicy:")
}

/// The service, if it is said, and the name of a scaling policy:
/// `arn:aws:autoscaling:…:scalingPolicy:<uuid>:resource/ecs/service/shop/api:policyName/out`,
/// `service/shop/api/out`, or `out`.
fn policy_name(text: &str) -> (Option<&str>, &str) {
    if let Some((resource, name)) = text.split_once(":policyName/") {
        // The console adds who made it.
        let name = name.split(':').next().unwrap_or(name);
        return (resource.rsplit('/').next(), name);
    }
    match text.split('/').collect::<Vec<_>>().as_slice() {
        ["service", _, service, name] => (Some(service), name),
        _ => (None, text),
    }
}

/// The step policy that an action names; reports a name that is none's.
fn attached<'s>(
    action: &Field<'_>,
    alarm: &AlarmPlan,
    scaling: &'s mut Scaling<'_>,
    around: &Around<'_>,
) -> Option<&'s mut StepPolicyPlan> {
    let text = action.str().filter(|_| is_policy(action))?;
    let (service, name) = policy_name(text);
    let name_of = |service: ServiceId| around.services[service.index()].name.as_str();
    let is_meant = |of: ServiceId| service.is_none_or(|service| service == name_of(of));
    let has_it = |it: &StepPolicyPlan| it.name == name;
    let targets = scaling.targets.iter();
    let mut targets = targets.filter(|it| is_meant(it.service));
    let own = scaling.targets.iter().position(|it| {
        let is_its = it.service == alarm.service && is_meant(it.service);
        is_its && it.step_policies.iter().any(has_it)
    });
    if let Some(own) = own {
        let policies = scaling.targets[own].step_policies.iter_mut();
        let policy = policies.into_iter().find(|it| it.name == name)?;
        check_direction(action, alarm, policy);
        return Some(policy);
    }
    let is_tracking = |it: &ScalableTargetPlan| it.policies.iter().any(|it| it.name == name);
    if targets.clone().any(is_tracking) {
        let message = format!("policy \"{name}\" tracks a target: it makes its own alarms");
        let help = "name a policy of PolicyType StepScaling, or leave the action out";
        action.error("invalid-value", message).help(help).report();
    } else if let Some(other) = targets.find(|it| it.step_policies.iter().any(has_it)) {
        let message = format!(
            "policy \"{name}\" scales {}, and the alarm watches {}: that is not simulated yet",
            name_of(other.service),
            name_of(alarm.service)
        );
        let help = "let the alarm watch a metric of the service that is scaled";
        action.error("not-built-yet", message).help(help).report();
    } else if !scaling.has_refused {
        let known = scaling.targets.iter().flat_map(|it| &it.step_policies);
        let known: Vec<&str> = known.map(|policy| policy.name.as_str()).collect();
        unknown_name(action, "step scaling policy", name, known);
    }
    None
}

/// A policy none of whose steps lies on the alarm's side of its threshold never scales.
fn check_direction(action: &Field<'_>, alarm: &AlarmPlan, policy: &StepPolicyPlan) {
    let steps = &policy.policy.steps;
    let (side, bound, holds) = match alarm.rule.comparison {
        Comparison::GreaterThan | Comparison::GreaterThanOrEqualTo => (
            "above",
            "MetricIntervalLowerBound: 0",
            steps
                .iter()
                .any(|step| step.upper.is_none_or(|upper| 0.0 < upper)),
        ),
        Comparison::LessThan | Comparison::LessThanOrEqualTo => (
            "below",
            "MetricIntervalUpperBound: 0",
            steps
                .iter()
                .any(|step| step.lower.is_none_or(|lower| lower < 0.0)),
        ),
    };
    if !holds {
        let message = format!(
            "no step of policy \"{}\" holds values {side} the threshold, where this alarm goes \
             off: it never scales",
            policy.name
        );
        let help = format!("give it a step with {bound}, or let the alarm look the other way");
        let pending = action.error("invalid-steps", message);
        pending.help(help).report();
    }
}

/// A step policy that no alarm triggers does nothing.
fn warn_untriggered(scaling: &Scaling<'_>, named: &BTreeSet<(ServiceId, String)>) {
    for (service, name, place) in &scaling.step_places {
        if !named.contains(&(*service, name.clone())) {
            let message = format!("no alarm of aws.alarms triggers policy \"{name}\"");
            let help = format!("give an alarm AlarmActions: [{name}]");
            place.warning("never-happens", message).help(help).report();
        }
    }
}
