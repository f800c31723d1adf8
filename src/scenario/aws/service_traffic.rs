//! The target groups of a service, and who shifts traffic between them.

use crate::ids::{TargetGroupId, TaskDefinitionId};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{bounded, duplicate_name, not_built, unknown_name};
use crate::scenario::plan::NetworkMode;
use crate::scenario::reader::{Field, MapReader};

use super::alternate_group::{self, Alternate};
use super::deployment::Deploying;
use super::service::Around;

/// A target group, and the port of the tasks that it sends to.
pub(super) type Target = (TargetGroupId, Option<u32>);

/// The target groups that a service's tasks register with.
pub(super) struct Groups<'m> {
    /// In the order of `loadBalancers`.
    own: Vec<Target>,
    /// Where the second one stands.
    second: Option<Field<'m>>,
    /// The first one's alternate.
    alternate: Option<Alternate<'m>>,
}

impl<'m> Groups<'m> {
    /// Where the second one stands.
    pub(super) fn second(&self) -> Option<&Field<'m>> {
        self.second.as_ref()
    }
}

/// The target groups of a service, as its deployments use them.
pub(super) struct Used {
    pub(super) own: Vec<Target>,
    pub(super) alternate: Option<TargetGroupId>,
}

impl Used {
    /// The first one.
    pub(super) fn first(&self) -> Option<TargetGroupId> {
        self.own.first().map(|(group, _)| *group)
    }

    /// All others.
    pub(super) fn further(&self) -> Vec<TargetGroupId> {
        self.own.iter().skip(1).map(|(group, _)| *group).collect()
    }
}

impl<'d> Around<'_, 'd> {
    /// Who shifts the traffic of a service, if anybody does, and whether its target groups are
    /// those that it takes: the first one and its port.
    pub(super) fn shift_traffic(
        &self,
        (field, (by_code_deploy, name)): (&Field<'d>, (Option<&Field<'d>>, Option<&Field<'d>>)),
        groups: Option<Groups<'d>>,
        (deploying, service_connect): (&mut Deploying<'d>, bool),
    ) -> Used {
        let all = &self.balancing.target_groups[..];
        let (own, place, alternate) = match groups {
            Some(groups) => (groups.own, groups.second, groups.alternate),
            None => (Vec::new(), None, None),
        };
        let first = own.first().map(|(group, _)| *group);
        let mut second = None;
        if let (Some(place), Some(field)) = (by_code_deploy, name)
            && let Some(name) = field.str()
            && let Some(group) = self.deployment_groups.of(place, name)
        {
            second = group.check_pair(first.map(|group| &all[group.index()]), all);
            deploying.by_code_deploy(group);
        }
        if !deploying.is_strategy_known {
            return Used {
                own,
                alternate: None,
            };
        }
        let shift = deploying.traffic_shift.as_ref();
        if let (Some(place), Some(_)) = (&place, shift) {
            refuse_several(place);
        }
        let by_ecs = shift.filter(|_| by_code_deploy.is_none());
        let shifted = (field, by_ecs, service_connect);
        let found = alternate_group::check(shifted, alternate.as_ref(), (first, all));
        Used {
            own,
            alternate: second.or(found),
        }
    }
}

/// Several target groups whose traffic is shifted.
fn refuse_several(second: &Field<'_>) {
    let message = "deployments that shift the traffic of several target groups of one service are \
                   not simulated yet";
    let help = "strategy: ROLLING goes with them, or write one entry of loadBalancers";
    let pending = second.error("not-built-yet", message);
    pending.help(help).report();
}

pub(super) fn target_groups<'m>(
    map: &mut MapReader<'m>,
    around: &Around<'_, '_>,
    tasks: (Option<TaskDefinitionId>, bool),
) -> Option<Groups<'m>> {
    let fields = bounded(map, "loadBalancers", 5);
    let mut read = Vec::new();
    for field in &fields {
        let Some((group, alternate)) = target_group(field, around, tasks) else {
            continue;
        };
        if read
            .iter()
            .any(|((known, _), _): &(Target, _)| *known == group.0)
        {
            let name = &around.balancing.target_groups[group.0.index()].name;
            duplicate_name(field, "target group of the service", name);
            continue;
        }
        read.push((group, alternate));
    }
    let second = fields.into_iter().nth(1);
    let (own, alternates): (Vec<Target>, Vec<_>) = read.into_iter().unzip();
    (!own.is_empty()).then(|| Groups {
        own,
        second,
        alternate: alternates.into_iter().next().flatten(),
    })
}

fn target_group<'m>(
    field: &Field<'m>,
    around: &Around<'_, '_>,
    (definition, on_instances): (Option<TaskDefinitionId>, bool),
) -> Option<(Target, Option<Alternate<'m>>)> {
    let mut entry = field.map()?;
    if let Some(field) = entry.field("loadBalancerName") {
        not_built(&field);
    }
    let group = entry.required("targetGroupArn");
    let container = entry.required("containerName");
    let port = entry.field("containerPort");
    let advanced = entry.field("advancedConfiguration");
    let number = port.as_ref().and_then(|port| port.u32(0..=65_535));
    entry.finish_aws("ecs.LoadBalancer");
    if let (Some(definition), Some(container)) = (definition, container) {
        check_port(around, definition, &container, port);
    }
    let group = group?;
    let name = arn_name(group.str()?);
    let groups = &around.balancing.target_groups;
    let index = groups.iter().position(|known| known.name == name);
    if index.is_none() {
        let known = groups.iter().map(|known| known.name.as_str());
        unknown_name(&group, "target group", name, known);
    }
    if let Some(definition) = definition {
        check_type(around, (&group, name), (definition, on_instances));
    }
    let alternate = advanced.and_then(alternate_group::read);
    index.map(|index| ((TargetGroupId::from_index(index), number), alternate))
}

/// Tasks with addresses of their own are targets by these.
fn check_type(
    around: &Around<'_, '_>,
    (group, name): (&Field<'_>, &str),
    (definition, on_instances): (TaskDefinitionId, bool),
) {
    let mode = around.task_definitions.get(definition).hosting.network;
    let has_address = !on_instances || mode == NetworkMode::Awsvpc;
    let mut of_instances = around.balancing.of_instances.iter();
    if has_address && of_instances.any(|known| known == name) {
        let message = format!(
            "the target group {name} has TargetType instance, and these tasks have addresses of \
             their own"
        );
        let help = "give it TargetType ip";
        group.error("invalid-value", message).help(help).report();
    }
}

fn check_port(
    around: &Around<'_, '_>,
    definition: TaskDefinitionId,
    container: &Field<'_>,
    port: Option<Field<'_>>,
) {
    let Some(name) = container.str() else { return };
    let ports = around.task_definitions.ports(definition);
    let Some(open) = ports.get(name) else {
        unknown_name(
            container,
            "container",
            name,
            ports.keys().map(String::as_str),
        );
        return;
    };
    let Some(port) = port else { return };
    let Some(number) = port.u32(0..=65_535) else {
        return;
    };
    if !open.is_empty() && !open.contains(&number) {
        let message = format!("the container \"{name}\" has no port {number} in its portMappings");
        port.error("unknown-name", message).report();
    }
}
