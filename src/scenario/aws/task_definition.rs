//! Task definitions: sizes, containers, revisions.

mod containers;
mod platform;
mod size;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::fargate::{EPHEMERAL_GIB_INCLUDED, TaskSize, is_legal_ephemeral_gib};
use crate::catalog::instances;
use crate::ids::TaskDefinitionId;
use crate::policy::cluster_query::Expression;
use crate::policy::placement::{Port as HostPort, Ports};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name, unknown_name};
use crate::scenario::plan::{
    Architecture, HostingPlan, NetworkMode, StartPlan, TaskDefinitionPlan, WorkPlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::work::{Revision, WorkEntries};

use self::containers::of_containers;
use self::platform::{fargate_platform, platform};
use self::size::{size_fields, task_size};
use super::boundary::needs::ContainerNeeds;
use super::boundary::{Boundary, RoleFields};
use super::compatibility::{Compatibility, Host, Network, Shape, compatibilities, network};
use super::container::{self, Container};
use super::placement::Placements;
use super::volumes;

const TASK_DEFINITIONS_MAX: usize = 10_000;

/// All revisions, with what a load balancer must know of them.
pub(in crate::scenario) struct TaskDefinitions {
    plans: Vec<TaskDefinitionPlan>,
    /// Ports by container, per revision.
    ports: Vec<BTreeMap<String, Vec<u32>>>,
    /// Where each may run.
    compatibility: Vec<Compatibility>,
    /// Roles and enabled KMS keys that there are, for what volumes name; `None`: all.
    pub(super) roles: Option<Vec<String>>,
    pub(super) keys: Option<Vec<String>>,
    /// Families of which a revision was refused: who names them has done nothing wrong.
    refused: BTreeSet<String>,
}

impl TaskDefinitions {
    /// The revision that a field names: `family:revision`, or a family's latest.
    pub(in crate::scenario) fn resolve(&self, field: &Field<'_>) -> Option<TaskDefinitionId> {
        let name = arn_name(field.str()?);
        let found = self.find(name);
        let family = name.split(':').next().unwrap_or(name);
        if found.is_none() && !self.refused.contains(family) {
            let names = self.names();
            let families = self.plans.iter().map(|plan| plan.family.as_str());
            let mut known: Vec<&str> = families.collect();
            known.dedup();
            if name.contains(':') {
                known = names.iter().map(String::as_str).collect();
            }
            unknown_name(field, "task definition", name, known);
        }
        found
    }

    /// The revision of this name.
    pub(in crate::scenario) fn find(&self, name: &str) -> Option<TaskDefinitionId> {
        let latest = |plan: &&(usize, &TaskDefinitionPlan)| plan.1.revision;
        let named: Vec<(usize, &TaskDefinitionPlan)> = match name.rsplit_once(':') {
            Some((family, revision)) => {
                let revision: u32 = revision.parse().ok()?;
                let is =
                    |plan: &TaskDefinitionPlan| plan.family == family && plan.revision == revision;
                self.plans
                    .iter()
                    .enumerate()
                    .filter(|(_, plan)| is(plan))
                    .collect()
            }
            None => {
                let all = self.plans.iter().enumerate();
                all.filter(|(_, plan)| plan.family == name).collect()
            }
        };
        let (index, _) = named.iter().max_by_key(latest)?;
        Some(TaskDefinitionId::from_index(*index))
    }

    /// `family:revision` of all.
    pub(in crate::scenario) fn names(&self) -> Vec<String> {
        self.plans.iter().map(TaskDefinitionPlan::name).collect()
    }

    /// Whether the family is there, sound or not.
    pub(in crate::scenario) fn has_family(&self, family: &str) -> bool {
        self.refused.contains(family) || self.plans.iter().any(|plan| plan.family == family)
    }

    /// The revision of this id.
    pub(in crate::scenario) fn get(&self, id: TaskDefinitionId) -> &TaskDefinitionPlan {
        &self.plans[id.index()]
    }

    /// The architecture of images where nothing says it: `arm64` if every definition that says one
    /// says that.
    pub(super) fn usual_architecture(&self) -> instances::Architecture {
        let said = self
            .plans
            .iter()
            .filter_map(|plan| plan.hosting.architecture);
        let mut said = said.peekable();
        match said.peek().is_some() && said.all(|it| it == Architecture::Arm) {
            true => instances::Architecture::Arm64,
            false => instances::Architecture::X86_64,
        }
    }

    /// All revisions.
    pub(in crate::scenario) fn plans(&self) -> &[TaskDefinitionPlan] {
        &self.plans
    }

    /// The table of the plan.
    pub(in crate::scenario) fn into_plans(self) -> Vec<TaskDefinitionPlan> {
        self.plans
    }

    /// Checks that tasks of a revision may run on Fargate, or on instances; `field` asks for it.
    pub(in crate::scenario) fn check_host(
        &self,
        cx: &Context<'_>,
        id: TaskDefinitionId,
        (field, host): (&Field<'_>, Host),
    ) {
        let name = self.get(id).name();
        self.compatibility[id.index()].check(cx, (field, &name), host);
    }

    /// The ports of a revision's containers, by container.
    pub(super) fn ports(&self, id: TaskDefinitionId) -> &BTreeMap<String, Vec<u32>> {
        &self.ports[id.index()]
    }
}

/// What task definitions refer to.
pub(super) struct Around<'a> {
    pub(super) work: &'a WorkEntries<'a>,
    pub(super) placements: &'a Placements,
    pub(super) boundary: &'a Boundary,
    /// Whether the scenario has instances: of Auto Scaling groups, or one's own.
    pub(super) has_instances: bool,
}

/// Reads `aws.taskDefinitions`.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    around: &Around<'_>,
) -> TaskDefinitions {
    let mut all = TaskDefinitions {
        plans: Vec::new(),
        ports: Vec::new(),
        compatibility: Vec::new(),
        refused: BTreeSet::new(),
        roles: around.boundary.role_names(),
        keys: around.boundary.key_names(),
    };
    let mut last: BTreeMap<String, u32> = BTreeMap::new();
    for field in bounded(aws, "taskDefinitions", TASK_DEFINITIONS_MAX) {
        let family = field.node().get("family").and_then(|node| node.as_text());
        let previous = last
            .entry(family.unwrap_or_default().to_owned())
            .or_insert(0);
        let next = previous.saturating_add(1);
        let read = field
            .map()
            .and_then(|map| definition(cx, map, (around, next)));
        let Some((plan, ports, compatibility)) = read else {
            all.refused.extend(family.map(str::to_owned));
            continue;
        };
        *previous = plan.revision;
        if all.find(&plan.name()).is_some() {
            duplicate_name(&field, "task definition", &plan.name());
        }
        all.plans.push(plan);
        all.ports.push(ports);
        all.compatibility.push(compatibility);
    }
    all
}

/// A definition, the ports of its containers, and what is checked when somebody uses it.
type Definition = (
    TaskDefinitionPlan,
    BTreeMap<String, Vec<u32>>,
    Compatibility,
);

/// One task definition; it is revision `next` of its family where it gives none. On instances one
/// without an architecture runs on either: `hosting` says so.
fn definition(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (around, next): (&Around<'_>, u32),
) -> Option<Definition> {
    let family = map.required("family");
    let revision = map.u32("revision", 1..=u32::MAX).unwrap_or(next);
    let compatibilities = compatibilities(&mut map);
    // What says nothing goes to Fargate where there is nothing else.
    let on_fargate = match compatibilities {
        Some(said) => said.fargate,
        None => !around.has_instances,
    };
    let (cpu, memory) = size_fields(&mut map, on_fargate);
    let (architecture, is_windows) = platform(&mut map);
    let ephemeral_gib = ephemeral(cx, &mut map);
    let roles = RoleFields::read(&mut map);
    let network = network(cx, &mut map, (on_fargate, compatibilities));
    let constraints = around.placements.of_definition(cx, &mut map);
    let containers = container::read(cx, &mut map, on_fargate);
    let declared = volumes::declared(&mut map, &containers);
    map.finish_aws("ecs.TaskDefinition");
    let family = family?;
    let name = family.str()?;
    check_name(&family, name, 255);
    if on_fargate && (cpu.is_none() || memory.is_none()) {
        return None;
    }
    let memory_is_reserved = memory.is_none();
    let place = cpu.clone().unwrap_or_else(|| family.clone());
    let (cpu, memory) = task_size(cx, (&family, name), (cpu, memory), &containers)?;
    let shape = Shape {
        size: TaskSize { cpu, memory },
        platform: fargate_platform(architecture, is_windows),
        containers: &containers,
        network: network.as_ref(),
    };
    let compatibility = Compatibility::new(compatibilities, shape.problems(&place));
    on_fargate.then(|| compatibility.refuse_fargate(cx));
    let hosting = hosting(&containers, network.as_ref(), (constraints, architecture));
    let which = (name, revision, on_fargate);
    let start = start(cx, around, (&roles, &containers), which);
    let of = Revision::new(name, revision, cpu);
    let work = work(cx, around, (of, &containers));
    let log_group = log_group(name, &containers);
    let all = of_containers(cx, (around.work, of, &work), containers);
    let plan = TaskDefinitionPlan {
        family: name.to_owned(),
        revision,
        cpu,
        memory,
        memory_is_reserved,
        architecture: architecture.unwrap_or_else(|| {
            cx.default_text("aws.taskDefinitions.*.runtimePlatform.cpuArchitecture");
            Architecture::X86
        }),
        is_windows,
        ephemeral_gib,
        log_group,
        stop_timeout: all.stop_timeout,
        hosting,
        start,
        work,
        containers: all.plans,
        order: all.order,
        launch_volumes: declared.at_launch,
        mounts: declared.mounts,
    };
    Some((plan, all.ports, compatibility))
}

/// The log group of the first container that names one, or what the console calls it (ASSUMPTION).
fn log_group(family: &str, containers: &[Container<'_>]) -> String {
    let mut named = containers.iter().filter_map(|it| it.needs.log_group());
    named
        .next()
        .map_or_else(|| format!("/ecs/{family}"), str::to_owned)
}

/// What the code costs; its logs cost nothing where their drivers send them elsewhere.
fn work(
    cx: &Context<'_>,
    around: &Around<'_>,
    (of, containers): (Revision<'_>, &[Container<'_>]),
) -> WorkPlan {
    let mut work = around.work.plan(cx, of);
    let said: Vec<bool> = containers
        .iter()
        .filter_map(|container| container.needs.logs_to_aws)
        .collect();
    if !said.is_empty() && said.iter().all(|to_aws| !to_aws) {
        let logged = [work.log_bytes_per_request, work.log_bytes_per_second];
        work.logged_elsewhere = logged;
        (work.log_bytes_per_request, work.log_bytes_per_second) = (0.0, 0.0);
    }
    work
}

/// What the tasks of a revision need to start, and what of it is missing.
fn start(
    cx: &Context<'_>,
    around: &Around<'_>,
    (roles, containers): (&RoleFields<'_>, &[Container<'_>]),
    (name, revision, on_fargate): (&str, u32, bool),
) -> StartPlan {
    let needs: Vec<&ContainerNeeds<'_>> = containers.iter().map(|it| &it.needs).collect();
    let name = format!("{name}:{revision}");
    let boundary = around.boundary;
    boundary.start(cx, (&name, on_fargate), (roles, &needs[..]))
}

/// What of a definition matters on instances.
fn hosting(
    containers: &[Container<'_>],
    network: Option<&Network<'_>>,
    (constraints, architecture): ((Vec<Expression>, Vec<Expression>), Option<Architecture>),
) -> HostingPlan {
    let (constraints, live_constraints) = constraints;
    HostingPlan {
        network: network.map_or(NetworkMode::Awsvpc, |it| it.mode),
        gpus: containers.iter().map(|container| container.gpus).sum(),
        ports: host_ports(containers, network),
        constraints,
        live_constraints,
        architecture,
    }
}

fn ephemeral(cx: &Context<'_>, map: &mut MapReader<'_>) -> u32 {
    let Some(mut storage) = map.map("ephemeralStorage") else {
        return cx.default_u32("aws.taskDefinitions.*.ephemeralStorage.sizeInGiB");
    };
    let field = storage.required("sizeInGiB");
    storage.finish_aws("ecs.EphemeralStorage");
    let Some(gib) = field.as_ref().and_then(|field| field.u32(0..=u32::MAX)) else {
        return EPHEMERAL_GIB_INCLUDED;
    };
    if let Some(field) = field
        && gib != EPHEMERAL_GIB_INCLUDED
        && !is_legal_ephemeral_gib(gib)
    {
        let message = format!("{gib} GiB of ephemeral storage are not between 21 and 200");
        let help = "leave ephemeralStorage out for the 20 GiB that every task has";
        field.error("out-of-range", message).help(help).report();
    }
    gib
}

/// Ports of the host that only one task of an instance can have.
fn host_ports(containers: &[Container<'_>], network: Option<&Network<'_>>) -> Ports {
    let mut ports = Vec::new();
    let mode = network.map_or(NetworkMode::Awsvpc, |it| it.mode);
    for port in containers.iter().flat_map(|container| &container.ports) {
        let host = match (mode, &port.host) {
            (NetworkMode::Bridge, host) => host.as_ref().map(|(port, _)| *port),
            (NetworkMode::Host, _) => Some(port.container),
            (NetworkMode::Awsvpc | NetworkMode::None, _) => None,
        };
        if let (NetworkMode::Host | NetworkMode::Awsvpc, Some((host, field))) = (mode, &port.host)
            && *host != port.container
        {
            let message = format!(
                "hostPort {host} is not containerPort {}: in this network mode they are one",
                port.container
            );
            field.error("invalid-value", message).report();
        }
        let number = host.and_then(|port| u16::try_from(port).ok());
        ports.extend(number.map(|number| HostPort {
            number,
            protocol: port.protocol,
        }));
    }
    Ports::new(ports)
}
