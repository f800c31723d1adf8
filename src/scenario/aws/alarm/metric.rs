//! The metric that an alarm watches: namespace, name, statistic, and of which service.

use crate::demand::period::QUANTILES;
use crate::ids::{ServiceId, TargetGroupId};
use crate::scenario::context::{not_built, not_built_value, unknown_name};
use crate::scenario::plan::{AlarmMetric, TargetGroupPlan};
use crate::scenario::reader::{Field, MapReader};

use super::Around;
use super::metric_names::{
    Namespace, OF_BALANCER, OF_ECS, OF_INSIGHTS, OF_NETWORK, OF_QUEUE, namespace,
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
        let namespace = map.required("Namespace").and_then(|it| namespace(&it));
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
        if metric.is_of_insights() && !around.has_insights {
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

/// The service that the dimensions name: its own, or the one behind a target group or a load
/// balancer.
fn service_of(
    (dimensions, shape): (&Field<'_>, &str),
    namespace: Namespace,
    around: &Around<'_>,
) -> Option<(ServiceId, f64)> {
    let mut found = Dimensions::default();
    for item in dimensions.list()? {
        let mut dimension = item.map()?;
        let name = dimension.required("Name");
        let value = dimension.required("Value");
        dimension.finish_aws(shape);
        let (name, value) = (name?, value?);
        match name.choice(&[
            ("ClusterName", 0),
            ("ServiceName", 1),
            ("TargetGroup", 2),
            ("LoadBalancer", 3),
            ("QueueName", 4),
            ("AvailabilityZone", 5),
        ])? {
            0 => found.cluster = Some(value),
            1 => found.service = Some(value),
            2 => found.group = Some(value),
            3 => found.balancer = Some(value),
            4 => found.queue = Some(value),
            _ => not_built(&item),
        }
    }
    match namespace {
        Namespace::Ecs | Namespace::Insights => Some((found.of_ecs(dimensions, around)?, 1.0)),
        Namespace::Queue => Some((found.of_queue(dimensions, around)?, 1.0)),
        Namespace::Balancer => found.of_balancer(dimensions, around, "app"),
        Namespace::Network => found.of_balancer(dimensions, around, "net"),
    }
}

#[derive(Default)]
struct Dimensions<'a> {
    cluster: Option<Field<'a>>,
    service: Option<Field<'a>>,
    group: Option<Field<'a>>,
    balancer: Option<Field<'a>>,
    queue: Option<Field<'a>>,
}

impl Dimensions<'_> {
    fn of_ecs(&self, place: &Field<'_>, around: &Around<'_>) -> Option<ServiceId> {
        if let Some(cluster) = &self.cluster
            && cluster.str()? != around.cluster
        {
            unknown_name(cluster, "cluster", cluster.str()?, [around.cluster]);
            return None;
        }
        let Some(service) = &self.service else {
            let message = "no dimension names a service: alarms on a cluster's metrics are not \
                           simulated yet";
            let help = "add { Name: ServiceName, Value: the service's name }";
            place.error("not-built-yet", message).help(help).report();
            return None;
        };
        around.services_known.resolve(service, service.str()?)
    }

    fn of_queue(&self, place: &Field<'_>, around: &Around<'_>) -> Option<ServiceId> {
        let Some(queue) = &self.queue else {
            let message = "no dimension names a queue";
            let help = "add { Name: QueueName, Value: the queue's name }";
            place.error("missing-field", message).help(help).report();
            return None;
        };
        let service = around.queues.service_of(queue)?;
        around.services_known.resolve(queue, service)
    }

    /// `kind`: of Application Load Balancers (`app`) or of Network Load Balancers (`net`).
    fn of_balancer(
        &self,
        place: &Field<'_>,
        around: &Around<'_>,
        kind: &str,
    ) -> Option<(ServiceId, f64)> {
        let groups = &around.balancing.target_groups;
        let meant: Vec<TargetGroupId> = match (&self.group, &self.balancer) {
            (Some(group), _) => {
                let name = middle(group.str()?, "targetgroup");
                let known = groups.iter().position(|it| it.name == name);
                let Some(index) = known else {
                    let known = groups.iter().map(|it| it.name.as_str());
                    unknown_name(group, "target group", name, known);
                    return None;
                };
                vec![TargetGroupId::from_index(index)]
            }
            (None, Some(balancer)) => {
                let name = middle(balancer.str()?, kind);
                let balancers = &around.balancing.load_balancers;
                let known = balancers.iter().position(|it| it.name == name);
                let Some(index) = known else {
                    let known = balancers.iter().map(|it| it.name.as_str());
                    unknown_name(balancer, "load balancer", name, known);
                    return None;
                };
                let all = groups.iter().enumerate();
                let its = all.filter(|(_, it)| it.load_balancer.index() == index);
                its.map(|(group, _)| TargetGroupId::from_index(group))
                    .collect()
            }
            (None, None) => {
                let message = "no dimension names a target group or a load balancer";
                let help = "add { Name: TargetGroup, Value: the target group's name }";
                place.error("missing-field", message).help(help).report();
                return None;
            }
        };
        if !are_measured(place, kind, &meant, groups) {
            return None;
        }
        let services = around.services.iter().enumerate();
        let its = |(_, service): &(usize, &crate::scenario::plan::ServicePlan)| {
            let mut groups = service.groups().chain(service.alternate_group);
            groups.any(|group| meant.contains(&group))
        };
        let mut behind = services.filter(its);
        match (behind.next(), behind.next()) {
            (Some((only, service)), None) => {
                let part = service.part_of(|group| meant.contains(&group));
                Some((ServiceId::from_index(only), part))
            }
            // One that was refused may.
            (None, _) if !around.services_known.refused.is_empty() => None,
            (None, _) => {
                let message = "no service registers there, so nothing is measured";
                place.error("invalid-value", message).report();
                None
            }
            (Some(_), Some(_)) => {
                let message = "several services are behind it: their sum is not simulated yet";
                let help = "add { Name: TargetGroup, Value: the target group's name }";
                place.error("not-built-yet", message).help(help).report();
                None
            }
        }
    }
}

/// Whether target groups are those of the load balancers that a namespace is of; says so, if not.
fn are_measured(
    place: &Field<'_>,
    kind: &str,
    meant: &[TargetGroupId],
    groups: &[TargetGroupPlan],
) -> bool {
    let of_kind = |group: &TargetGroupId| groups[group.index()].flows.is_some() == (kind == "net");
    if meant.iter().all(of_kind) {
        return true;
    }
    let (this, other) = match kind {
        "net" => (
            "AWS/NetworkELB",
            "an Application Load Balancer's: AWS/ApplicationELB",
        ),
        _ => (
            "AWS/ApplicationELB",
            "a Network Load Balancer's: AWS/NetworkELB",
        ),
    };
    let message = format!("nothing is measured there in {this}: it is {other} has it");
    place.error("invalid-value", message).report();
    false
}

/// `targetgroup/<name>/<id>` and `app/<name>/<id>` cut down to the name.
fn middle<'t>(text: &'t str, kind: &str) -> &'t str {
    match text.split('/').collect::<Vec<_>>().as_slice() {
        [first, name, ..] if *first == kind => name,
        _ => text,
    }
}
