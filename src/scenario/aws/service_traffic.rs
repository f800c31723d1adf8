//! The target groups of a service, and who shifts traffic between them.

use crate::ids::{TargetGroupId, TaskDefinitionId};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{bounded, not_built, unknown_name};
use crate::scenario::plan::NetworkMode;
use crate::scenario::reader::{Field, MapReader};

use super::alternate_group::{self, Alternate};
use super::deployment::Deploying;
use super::service::Around;

/// A target group with the port that it names, and the second one.
pub(super) type Groups<'m> = (TargetGroupId, Option<u32>, Option<Alternate<'m>>);

impl<'d> Around<'_, 'd> {
    /// Who shifts the traffic of a service, if anybody does, and whether its target groups are
    /// those that it takes: the first one and its port.
    pub(super) fn shift_traffic(
        &self,
        (field, (by_code_deploy, name)): (&Field<'d>, (Option<&Field<'d>>, Option<&Field<'d>>)),
        groups: Option<Groups<'d>>,
        deploying: &mut Deploying<'d>,
    ) -> (Option<(TargetGroupId, Option<u32>)>, Option<TargetGroupId>) {
        let all = &self.balancing.target_groups[..];
        let (own, alternate) = match groups {
            Some((group, port, alternate)) => (Some((group, port)), alternate),
            None => (None, None),
        };
        let first = own.map(|(group, _)| group);
        let mut second = None;
        if let (Some(place), Some(field)) = (by_code_deploy, name)
            && let Some(name) = field.str()
            && let Some(group) = self.deployment_groups.of(place, name)
        {
            second = group.check_pair(first.map(|group| &all[group.index()]), all);
            deploying.by_code_deploy(group);
        }
        if !deploying.is_strategy_known {
            return (own, None);
        }
        let shift = deploying.traffic_shift.as_ref();
        let by_ecs = shift.filter(|_| by_code_deploy.is_none());
        let found = alternate_group::check((field, by_ecs), alternate.as_ref(), (first, all));
        (own, second.or(found))
    }
}

pub(super) fn target_group<'m>(
    map: &mut MapReader<'m>,
    around: &Around<'_, '_>,
    (definition, on_instances): (Option<TaskDefinitionId>, bool),
) -> Option<Groups<'m>> {
    let fields = bounded(map, "loadBalancers", 5);
    if let Some(second) = fields.get(1) {
        not_built(second);
    }
    let first = fields.first()?;
    let mut entry = first.map()?;
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
    let index = around
        .balancing
        .target_groups
        .iter()
        .position(|known| known.name == name);
    if index.is_none() {
        let known = around
            .balancing
            .target_groups
            .iter()
            .map(|known| known.name.as_str());
        unknown_name(&group, "target group", name, known);
    }
    if let Some(definition) = definition {
        let mode = around.task_definitions.get(definition).hosting.network;
        let has_address = !on_instances || mode == NetworkMode::Awsvpc;
        if has_address
            && around
                .balancing
                .of_instances
                .iter()
                .any(|known| known == name)
        {
            let message = format!(
                "the target group {name} has TargetType instance, and these tasks have addresses \
                 of their own"
            );
            let help = "give it TargetType ip";
            group.error("invalid-value", message).help(help).report();
        }
    }
    let alternate = advanced.and_then(alternate_group::read);
    index.map(|index| (TargetGroupId::from_index(index), number, alternate))
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
