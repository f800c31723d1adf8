//! Tasks that no instance of their capacity providers could ever take: said when the scenario is
//! read, with the type that comes closest and what it lacks.

mod daemons;
mod rollouts;

pub(in crate::scenario) use rollouts::{Outlook, Redeployed};

use crate::catalog::instances::{Architecture as Cpu, InstanceType, get};
use crate::ids::{GroupId, TaskDefinitionId, ZoneId};
use crate::policy::cluster_query::{Expression, Facts};
use crate::policy::placement::{Candidate, Lacking, Need, Ports, closest};
use crate::policy::strategy::Strategy;
use crate::scenario::context::Context;
use crate::scenario::plan::{
    Architecture, GroupPlan, NetworkMode, PlacementPlan, ProviderKind, ServicePlan,
    TaskDefinitionPlan,
};
use crate::scenario::reader::Field;

use super::cluster::Providers;
use super::compatibility::Host;
use super::networking::Network;
use super::task_definition::TaskDefinitions;

/// What is looked at.
pub(in crate::scenario) struct Fit<'a> {
    pub(in crate::scenario) groups: &'a [GroupPlan],
    pub(in crate::scenario) providers: &'a Providers,
    pub(in crate::scenario) task_definitions: &'a TaskDefinitions,
    pub(in crate::scenario) network: &'a Network,
    /// The services, once they were read: what DAEMON services take of each instance is not there
    /// for others.
    pub(in crate::scenario) services: Option<&'a [ServicePlan]>,
}

/// The tasks of a service or a RunTask call.
pub(in crate::scenario) struct Hosted<'a> {
    pub(in crate::scenario) task_definition: TaskDefinitionId,
    pub(in crate::scenario) strategy: &'a Strategy,
    pub(in crate::scenario) placement: &'a PlacementPlan,
    pub(in crate::scenario) zones: &'a [ZoneId],
}

/// An instance that the group may launch: a type in a zone.
struct Possible<'a> {
    group: &'a GroupPlan,
    kind: &'static InstanceType,
    zone: &'a str,
    /// The subnet that the group has there, where it is known.
    subnet: Option<&'a str>,
}

impl Fit<'_> {
    /// Reports at `field`, which names the task definition, what of it can't run where its strategy
    /// goes.
    pub(in crate::scenario) fn check(&self, cx: &Context<'_>, field: &Field<'_>, of: &Hosted<'_>) {
        let host = self.providers.host(of.strategy);
        let id = of.task_definition;
        self.task_definitions.check_host(cx, id, (field, host));
        let definition = self.task_definitions.get(id);
        if definition.is_windows {
            self.check_windows(field, definition, (host, of.strategy));
        }
        if host == Host::External && definition.hosting.network == NetworkMode::Awsvpc {
            let message = format!(
                "{} has networkMode awsvpc, which EXTERNAL instances do not have",
                definition.name()
            );
            let help = "write networkMode: bridge, host or none";
            field.error("invalid-value", message).help(help).report();
            return;
        }
        let has_volumes = !definition.launch_volumes.is_empty() || !definition.mounts.is_empty();
        if host == Host::External && has_volumes {
            let name = definition.name();
            let message = format!("{name} has EBS or EFS volumes, which EXTERNAL instances do not");
            let help = "take the volumes out of it, or let it go elsewhere";
            field.error("invalid-value", message).help(help).report();
        }
        let mode = definition.hosting.network;
        if host == Host::Managed && mode == NetworkMode::Bridge {
            let message = format!(
                "{} has networkMode bridge, which Managed Instances do not have",
                definition.name()
            );
            let help = "write networkMode: awsvpc, host or none";
            field.error("invalid-value", message).help(help).report();
            return;
        }
        for (kind, provider) in self.providers.hosts_of(of.strategy) {
            let groups = self.groups_of(kind);
            if !groups.is_empty() && groups.iter().all(|it| it.max_size == 0) {
                let message = format!(
                    "{provider} has no instance for a task of {}: its MaxSize is 0, as long as no \
                     scheduled action and no entry of the timeline raises it",
                    definition.name()
                );
                let help = "raise MaxSize in aws.autoScalingGroups";
                field.warning("never-fits", message).help(help).report();
            }
            let rooms = self.rooms(&groups, definition, of);
            let fits = self.check_rooms(field, (&rooms, provider), definition);
            if fits && self.services.is_some() {
                self.check_daemons(field, (kind, provider), (definition, rooms));
            }
        }
    }

    /// The groups whose instances tasks of a provider may go to.
    fn groups_of(&self, kind: ProviderKind) -> Vec<&GroupPlan> {
        let groups = self.groups.iter().enumerate();
        let takes = |(index, group): &(usize, &GroupPlan)| {
            kind.takes((GroupId::from_index(*index), group.launcher()))
        };
        groups.filter(takes).map(|(_, group)| group).collect()
    }

    /// Windows is simulated on Fargate, where AWS has no Spot for it (AWS Fargate pricing, 2026).
    fn check_windows(
        &self,
        field: &Field<'_>,
        definition: &TaskDefinitionPlan,
        (host, strategy): (Host, &Strategy),
    ) {
        let name = definition.name();
        if host != Host::Fargate {
            let message = format!("{name} is for Windows, which is simulated on Fargate only");
            let help = "let it go to FARGATE, or write operatingSystemFamily: LINUX";
            field.error("not-built-yet", message).help(help).report();
            return;
        }
        let mut kinds = strategy
            .items()
            .iter()
            .map(|item| self.providers.kind(item.provider));
        if kinds.any(|kind| kind == ProviderKind::FargateSpot) {
            let message = format!("{name} is for Windows, which FARGATE_SPOT does not run");
            let help = "take FARGATE_SPOT out of its strategy";
            field.error("incompatible", message).help(help).report();
        }
    }

    /// The instances that groups may launch, without a task, as a task sees them.
    fn rooms<'a>(
        &'a self,
        groups: &[&'a GroupPlan],
        definition: &TaskDefinitionPlan,
        of: &Hosted<'_>,
    ) -> Vec<(Candidate, Possible<'a>)> {
        let hosting = &definition.hosting;
        let expressions: Vec<&Expression> = hosting
            .constraints
            .iter()
            .chain(&of.placement.constraints)
            .collect();
        let is_awsvpc = hosting.network == NetworkMode::Awsvpc;
        let mut rooms = Vec::new();
        let all = groups.iter().flat_map(|group| {
            let types = group.types.iter();
            types.map(|known| (*group, known))
        });
        for (group, known) in all {
            let kind = get(known.instance_type);
            for (at, zone) in group.zones.iter().enumerate() {
                let possible = Possible {
                    group,
                    kind,
                    zone: self.network.zone_name(*zone),
                    subnet: group.subnets.get(at).and_then(Option::as_deref),
                };
                let meets_lasting = expressions.iter().all(|it| possible.may_meet(it));
                let candidate = Candidate {
                    free: known.registered,
                    ports: group.agent.reserved_ports.clone(),
                    zone: zone.index(),
                    values: Vec::new(),
                    same: 0,
                    is_connected: true,
                    is_reached: !is_awsvpc || of.zones.contains(zone),
                    is_suitable: suits(kind, hosting.architecture),
                    meets_lasting,
                    is_without_own: true,
                    meets_live: true,
                };
                rooms.push((candidate, possible));
            }
        }
        rooms
    }

    /// Whether one of these takes a task; reports if none does.
    fn check_rooms(
        &self,
        field: &Field<'_>,
        (rooms, provider): (&[(Candidate, Possible<'_>)], &str),
        definition: &TaskDefinitionPlan,
    ) -> bool {
        let Some((kind, missing, candidate)) = nearest(definition, rooms) else {
            return true;
        };
        let message = format!(
            "no instance of {provider} can ever take a task of {}: {}",
            definition.name(),
            lacks(kind, missing, (definition, candidate))
        );
        let help = format!("the closest of its types is {}", kind.name);
        field.error("never-fits", message).help(help).report();
        false
    }
}

/// Of instances that do not take a task the closest, with what it lacks first; `None`: one takes
/// it, or there are none.
fn nearest<'r>(
    definition: &TaskDefinitionPlan,
    rooms: &'r [(Candidate, Possible<'_>)],
) -> Option<(&'static InstanceType, Lacking, &'r Candidate)> {
    let (need, ports): (Need, &Ports) = (need(definition), &definition.hosting.ports);
    let candidates: Vec<Candidate> = rooms.iter().map(|(it, _)| it.clone()).collect();
    let fits = |candidate: &Candidate| {
        let one = std::slice::from_ref(candidate);
        closest(&need, ports, one).is_none()
    };
    if candidates.iter().any(fits) {
        return None;
    }
    let missing = closest(&need, ports, &candidates)?;
    let (candidate, possible) = &rooms[missing.instance];
    Some((possible.kind, missing.lacking, candidate))
}

/// What ECS reserves for a task on an instance.
fn need(definition: &TaskDefinitionPlan) -> Need {
    let hosting = &definition.hosting;
    Need {
        cpu: definition.cpu.0,
        memory: definition.memory.0,
        gpus: hosting.gpus,
        enis: u32::from(hosting.network == NetworkMode::Awsvpc),
    }
}

fn suits(kind: &InstanceType, wanted: Option<Architecture>) -> bool {
    match wanted {
        Some(Architecture::X86) => kind.architecture == Cpu::X86_64,
        Some(Architecture::Arm) => kind.architecture == Cpu::Arm64,
        None => true,
    }
}

fn lacks(
    kind: &InstanceType,
    lacking: Lacking,
    (definition, candidate): (&TaskDefinitionPlan, &Candidate),
) -> String {
    let free = &candidate.free;
    let (name, reason) = (kind.name, lacking.reason());
    let short = match lacking {
        Lacking::Cpu(_) => format!(
            "it needs {} CPU units, {name} has {}",
            definition.cpu.0, free.cpu
        ),
        Lacking::Memory(_) => format!(
            "it needs {} MiB, {name} registers {}",
            definition.memory.0, free.memory
        ),
        Lacking::Gpu(_) => format!(
            "its GPUs are {}, those of {name} {}",
            definition.hosting.gpus, free.gpus
        ),
        Lacking::Eni(_) => format!("it needs a task ENI (awsvpc), {name} has none"),
        Lacking::Port(port) => format!("it needs host port {port}, which the agent reserves"),
        Lacking::Agent => "no agent is connected".to_owned(),
        Lacking::Location => "its subnets reach none of the group's zones".to_owned(),
        Lacking::Attribute => {
            let wanted = match definition.hosting.architecture {
                Some(Architecture::Arm) => "ARM64",
                Some(Architecture::X86) | None => "X86_64",
            };
            format!(
                "its cpuArchitecture is {wanted}, {name} is {}",
                kind.architecture.name()
            )
        }
        Lacking::MemberOf | Lacking::Distinct | Lacking::Constraint => {
            format!("{name} does not meet its placementConstraints")
        }
    };
    format!("{short} ({reason})")
}

impl Possible<'_> {
    fn may_meet(&self, expression: &Expression) -> bool {
        expression.holds(self)
    }
}

impl Facts for Possible<'_> {
    fn is_agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> &str {
        &self.group.agent_version
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        match name {
            "ecs.instance-type" | "ecs.availability-zone" if self.group.is_external() => None,
            "ecs.instance-type" => Some(self.kind.name),
            "ecs.availability-zone" => Some(self.zone),
            "ecs.subnet-id" => self.subnet,
            "ecs.cpu-architecture" => Some(self.kind.architecture.name()),
            "ecs.os-type" => Some("linux"),
            "ecs.os-family" => Some("LINUX"),
            custom => {
                let mut own = self.group.agent.attributes.iter();
                let found = own.find(|(known, _)| known == custom);
                found.map(|(_, value)| value.as_str())
            }
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

    fn has_task_group(&self, _: &dyn Fn(&str) -> bool) -> bool {
        false
    }
}
