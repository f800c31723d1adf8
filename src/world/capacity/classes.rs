//! Classes: instances of one group, type and zone, and which tasks they may take.

use crate::catalog::instances;
use crate::engine::random::Purpose;
use crate::ids::{GroupId, ProviderId, TaskDefinitionId, ZoneId};
use crate::policy::cluster_query::Facts;
use crate::scenario::plan::{Architecture, Launcher, NetworkMode, Plan};
use crate::world::capacity::placement_of;
use crate::world::instance::InstanceRecord;
use crate::world::task::Owner;

/// Draws of when on-demand capacity runs short.
pub(super) const SHORTAGE: Purpose = Purpose::new("on-demand shortage");

/// Instances of one group, type and zone.
#[derive(Clone, Debug)]
pub struct Class {
    /// The group.
    pub group: GroupId,
    /// The type, by its position in the group.
    pub type_index: u32,
    /// The zone.
    pub zone: ZoneId,
    /// Values of the attributes that strategies spread over.
    pub values: Vec<Option<usize>>,
    type_name: &'static str,
    zone_name: String,
    /// The subnet that its instances stand in, where it is known.
    subnet: Option<String>,
    architecture: instances::Architecture,
    /// Attributes of the agent's own.
    custom: Vec<(String, String)>,
    agent_version: String,
    launcher: Launcher,
}

/// The classes of a group, type by type, in each zone by zone.
pub(super) fn of_group<'p>(
    plan: &'p Plan,
    id: GroupId,
    values: &'p [Vec<String>],
) -> impl Iterator<Item = Class> + 'p {
    let group = plan.group(id);
    let types = group.types.iter().enumerate();
    types.flat_map(move |(type_index, kind)| {
        let kind = instances::get(kind.instance_type);
        group.zones.iter().enumerate().map(move |(at, zone)| {
            let mut class = Class {
                group: id,
                type_index: type_index as u32,
                zone: *zone,
                values: Vec::new(),
                type_name: kind.name,
                zone_name: plan.zone_name(*zone).to_owned(),
                subnet: group.subnets.get(at).cloned().flatten(),
                architecture: kind.architecture,
                custom: group.agent.attributes.clone(),
                agent_version: group.agent_version.clone(),
                launcher: group.launcher(),
            };
            let of = |(name, known): (&String, &Vec<String>)| {
                let value = class.attribute(name)?;
                known.iter().position(|known| known == value)
            };
            class.values = plan.spread_attributes.iter().zip(values).map(of).collect();
            class
        })
    })
}

/// The class of an instance, outside a run; without the attributes that strategies spread over.
pub fn class_of_record(plan: &Plan, record: &InstanceRecord) -> Option<Class> {
    let is_its = |class: &Class| (class.type_index, class.zone) == (record.type_index, record.zone);
    of_group(plan, record.group, &[]).find(is_its)
}

/// The values that each attribute has among the classes, in the order of the groups.
pub(super) fn spread_values(plan: &Plan) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new(); plan.spread_attributes.len()];
    for group in 0..plan.groups.len() {
        for class in of_group(plan, GroupId::from_index(group), &[]) {
            for (name, values) in plan.spread_attributes.iter().zip(&mut all) {
                let value = class.attribute(name).map(str::to_owned);
                values.extend(value.filter(|value| !values.contains(value)));
            }
        }
    }
    all
}

/// A zone's place where tasks are counted by zone; what is in none has the last.
pub fn zone_place(plan: &Plan, zone: ZoneId) -> usize {
    zone.index().min(plan.zones.len())
}

impl Class {
    /// The name of its Spot pool's random streams.
    pub(super) fn pool_name(&self, plan: &Plan) -> String {
        format!("{} {}", self.type_name, plan.zone_name(self.zone))
    }

    /// Its zone's place where tasks are counted by zone: machines in no zone share the last.
    pub fn zone_place(&self, plan: &Plan) -> usize {
        zone_place(plan, self.zone)
    }

    /// The family of its type.
    pub(super) fn family(&self) -> &'static str {
        let name = self.type_name;
        name.split_once('.').map_or(name, |(family, _)| family)
    }

    /// Whether it may take tasks of an owner with this definition on this provider, room apart.
    pub fn meets(
        &self,
        plan: &Plan,
        key @ (_, _, provider): (Owner, TaskDefinitionId, ProviderId),
    ) -> bool {
        let kind = plan.provider(provider).kind;
        kind.takes((self.group, self.launcher))
            && self.is_reached(plan, key)
            && self.is_suitable(plan, key)
    }

    /// Whether the task's subnets reach its zone. Only a task with a network interface of its own
    /// stands in a subnet of its own.
    pub fn is_reached(
        &self,
        plan: &Plan,
        (owner, definition, _): (Owner, TaskDefinitionId, ProviderId),
    ) -> bool {
        let zones = match owner {
            Owner::Service(service) => &plan.service(service).zones,
            Owner::Job(source) => &plan.job_sources[source.index()].zones,
        };
        let network = plan.task_definition(definition).hosting.network;
        network != NetworkMode::Awsvpc || zones.contains(&self.zone)
    }

    /// Whether it has the task's architecture and meets its lasting constraints.
    pub fn is_suitable(
        &self,
        plan: &Plan,
        (owner, definition, _): (Owner, TaskDefinitionId, ProviderId),
    ) -> bool {
        self.has_architecture(plan, definition) && self.meets_lasting(plan, (owner, definition))
    }

    /// Whether it has the task's architecture.
    pub fn has_architecture(&self, plan: &Plan, definition: TaskDefinitionId) -> bool {
        let hosting = &plan.task_definition(definition).hosting;
        // A definition that names none runs on either.
        hosting.architecture.is_none_or(|architecture| {
            let needed = match architecture {
                Architecture::X86 => instances::Architecture::X86_64,
                Architecture::Arm => instances::Architecture::Arm64,
            };
            self.architecture == needed
        })
    }

    /// Whether it meets the task's lasting constraints.
    pub fn meets_lasting(
        &self,
        plan: &Plan,
        (owner, definition): (Owner, TaskDefinitionId),
    ) -> bool {
        let hosting = &plan.task_definition(definition).hosting;
        let placement = placement_of(plan, owner);
        let mut constraints = placement.constraints.iter().chain(&hosting.constraints);
        constraints.all(|it| it.holds(self))
    }
}

impl Facts for Class {
    fn is_agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> &str {
        &self.agent_version
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let own = self.custom.iter().find(|(known, _)| known == name);
        match name {
            // EC2 alone gives these.
            "ecs.availability-zone" | "ecs.instance-type" if self.launcher == Launcher::Nobody => {
                None
            }
            "ecs.availability-zone" => Some(&self.zone_name),
            "ecs.instance-type" => Some(self.type_name),
            "ecs.subnet-id" => self.subnet.as_deref(),
            "ecs.cpu-architecture" => Some(self.architecture.name()),
            "ecs.os-type" => Some("linux"),
            "ecs.os-family" => Some("LINUX"),
            _ => own.map(|(_, value)| value.as_str()),
        }
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        None
    }

    fn registered_at_micros(&self) -> i64 {
        0
    }

    fn running_tasks(&self) -> u32 {
        0
    }

    fn has_task_group(&self, _is_meant: &dyn Fn(&str) -> bool) -> bool {
        false
    }
}
