//! The metric that an alarm watches: namespace, name, statistic, and of which service.

use crate::demand::period::QUANTILES;
use crate::ids::ServiceId;
use crate::scenario::context::not_built_value;
use crate::scenario::plan::AlarmMetric;
use crate::scenario::reader::{Field, MapReader};

use super::Around;
use super::custom;
use super::dimensions::service_of;
use super::metric_names::{
    Namespace, OF_BALANCER, OF_ECS, OF_INSIGHTS, OF_NETWORK, OF_QUEUE, is_own, namespace,
};

/// A metric of a service.
#[derive(Clone, Copy)]
pub(in crate::scenario::aws) struct Watched {
    pub(in crate::scenario::aws) service: ServiceId,
    pub(in crate::scenario::aws) metric: AlarmMetric,
    /// The part of the service's requests that it counts: that of the target groups it names.
    pub(in crate::scenario::aws) part: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Statistic {
    Average,
    Sum,
    Quantile(usize),
}

const STATISTICS: [(&str, Option<Statistic>); 5] = [
    ("Average", Some(Statistic::Average)),
    ("Sum", Some(Statistic::Sum)),
    ("Minimum", None),
    ("Maximum", None),
    ("SampleCount", None),
];

impl Watched {
    /// Reads what is watched; reports what is wrong with it.
    pub(super) fn read(map: &mut MapReader<'_>, around: &Around<'_>) -> Option<Self> {
        let statistic = statistic(map);
        Watched::read_with(map, around, (statistic, "cloudwatch.Dimension"))
    }

    /// The same, with a statistic and dimensions that stand in other shapes.
    pub(in crate::scenario::aws) fn read_at(
        map: &mut MapReader<'_>,
        around: &Around<'_>,
        (statistic, shape): (Option<&Field<'_>>, &str),
    ) -> Option<Self> {
        let read = |field: &Field<'_>| match is_percentile(field) {
            true => quantile(field),
            false => known(field, &STATISTICS),
        };
        let statistic = statistic.and_then(|field| Some((field.clone(), read(field)?)));
        Watched::read_with(map, around, (statistic, shape))
    }

    fn read_with(
        map: &mut MapReader<'_>,
        around: &Around<'_>,
        (statistic, shape): (Option<(Field<'_>, Statistic)>, &str),
    ) -> Option<Self> {
        let namespace = match map.required("Namespace") {
            Some(field) if is_own(&field) => {
                custom::in_expression(&field);
                None
            }
            field => field.and_then(|field| namespace(&field)),
        };
        let name = map.required("MetricName");
        let metric = name.as_ref().zip(namespace);
        let metric = metric.and_then(|(field, namespace)| match namespace {
            Namespace::Ecs => known(field, &OF_ECS),
            Namespace::Balancer => known(field, &OF_BALANCER),
            Namespace::Network => known(field, &OF_NETWORK),
            Namespace::Queue => known(field, &OF_QUEUE),
            Namespace::Insights => known(field, &OF_INSIGHTS),
        });
        let dimensions = map.required("Dimensions");
        let service = dimensions.as_ref().zip(namespace);
        let service =
            service.and_then(|(field, namespace)| service_of((field, shape), namespace, around));
        let (metric, (place, statistic)) = (metric?, statistic?);
        let metric = with_statistic(&place, metric, statistic)?;
        let (service, part) = service?;
        let is_free = around.is_for_publishers && metric.is_count_of_tasks();
        if metric.is_of_insights() && !around.has_insights && !is_free {
            warn_of_insights(&place, metric);
        }
        Some(Watched {
            service,
            metric,
            part,
        })
    }

    /// A percentile over several minutes is none of theirs.
    pub(super) fn check_period(&self, field: &Field<'_>, minutes: u32) -> Option<()> {
        if matches!(self.metric, AlarmMetric::ResponseTimeQuantile(_)) && 1 < minutes {
            let message = "a percentile over more than a minute is not simulated yet";
            let pending = field.error("not-built-yet", message);
            pending.help("write Period: 60").report();
            return None;
        }
        Some(())
    }
}

/// What Container Insights measures is not measured without it.
fn warn_of_insights(place: &Field<'_>, metric: AlarmMetric) {
    let message = format!(
        "{} is a metric of Container Insights, which the cluster has not enabled: AWS has no data \
         there",
        metric.name()
    );
    let help = "write aws.cluster.settings: [{ name: containerInsights, value: enabled }]";
    place.warning("no-data", message).help(help).report();
}

/// A word of the table; one that is AWS's and not simulated is refused.
pub(super) fn known<T: Copy>(field: &Field<'_>, table: &[(&str, Option<T>)]) -> Option<T> {
    let found = field.choice(table)?;
    if found.is_none() {
        not_built_value(field);
    }
    found
}

/// Whether a statistic is a percentile, such as `p99`.
fn is_percentile(field: &Field<'_>) -> bool {
    let text = field.node().as_text().unwrap_or_default();
    let digits = text.strip_prefix('p').unwrap_or_default();
    digits.starts_with(|first: char| first.is_ascii_digit())
}

/// A percentile that is measured.
fn quantile(field: &Field<'_>) -> Option<Statistic> {
    let text = field.str()?;
    let is_its = |quantile: &f64| text.strip_prefix('p') == Some(&format!("{}", quantile * 100.0));
    let Some(index) = QUANTILES.iter().position(is_its) else {
        let message = format!("the statistic \"{text}\" is not simulated");
        let help = "there are p50, p90, p95 and p99";
        field.error("not-built-yet", message).help(help).report();
        return None;
    };
    Some(Statistic::Quantile(index))
}

/// `Statistic` or `ExtendedStatistic`, and where it stands.
fn statistic<'a>(map: &mut MapReader<'a>) -> Option<(Field<'a>, Statistic)> {
    let extended = map.field("ExtendedStatistic");
    let Some(field) = map.field("Statistic") else {
        let Some(field) = extended else {
            let message = "an alarm has a Statistic or an ExtendedStatistic";
            let pending = map.error("missing-field", message);
            pending
                .help("write Statistic: Average, or Sum for counts")
                .report();
            return None;
        };
        let quantile = quantile(&field)?;
        return Some((field, quantile));
    };
    if let Some(extended) = extended {
        let message = "an alarm has a Statistic or an ExtendedStatistic, not both";
        extended.error("invalid-entry", message).report();
        return None;
    }
    let found = known(&field, &STATISTICS)?;
    Some((field, found))
}

/// The metric at a statistic that says something of it.
fn with_statistic(
    place: &Field<'_>,
    metric: AlarmMetric,
    statistic: Statistic,
) -> Option<AlarmMetric> {
    let meant = match metric {
        AlarmMetric::CpuUtilization
        | AlarmMetric::MemoryUtilization
        | AlarmMetric::MessagesVisible
        | AlarmMetric::MessagesNotVisible
        | AlarmMetric::OldestMessage
        | AlarmMetric::RunningTaskCount
        | AlarmMetric::DesiredTaskCount
        | AlarmMetric::PendingTaskCount
        | AlarmMetric::DeploymentCount
        | AlarmMetric::TaskSetCount
        | AlarmMetric::CpuUtilized
        | AlarmMetric::MemoryUtilized
        | AlarmMetric::UnHealthyHostCount
        | AlarmMetric::NetworkUnhealthyHosts
        | AlarmMetric::HealthyHostCount
        | AlarmMetric::NetworkHealthyHosts => Statistic::Average,
        AlarmMetric::RequestCount
        | AlarmMetric::RequestCountPerTarget
        | AlarmMetric::Target5xx
        | AlarmMetric::Elb5xx
        | AlarmMetric::Elb502
        | AlarmMetric::Elb503
        | AlarmMetric::Elb504
        | AlarmMetric::NetworkResets
        | AlarmMetric::MessagesSent
        | AlarmMetric::MessagesReceived => Statistic::Sum,
        AlarmMetric::ResponseTimeMean | AlarmMetric::ResponseTimeQuantile(_) => match statistic {
            Statistic::Quantile(index) => return Some(AlarmMetric::ResponseTimeQuantile(index)),
            Statistic::Average | Statistic::Sum => Statistic::Average,
        },
    };
    if statistic == meant {
        return Some(metric);
    }
    let right = match meant {
        Statistic::Sum => "Sum",
        Statistic::Average | Statistic::Quantile(_) => "Average",
    };
    let message = format!("{} is watched by its {right} here", metric.name());
    let name = place.path().rsplit('.').next().unwrap_or("Statistic");
    let help = format!("write {name}: {right}");
    place.error("invalid-value", message).help(help).report();
    None
}
