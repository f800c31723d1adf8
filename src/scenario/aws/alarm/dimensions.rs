//! The dimensions of a metric: which service they name.

use crate::ids::{ServiceId, TargetGroupId};
use crate::scenario::context::{not_built, unknown_name};
use crate::scenario::plan::TargetGroupPlan;
use crate::scenario::reader::Field;

use super::Around;
use super::metric_names::Namespace;

/// The service that the dimensions name: its own, or the one behind a target group or a load
/// balancer.
pub(super) fn service_of(
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
