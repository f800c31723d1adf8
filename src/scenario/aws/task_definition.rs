//! Task definitions: sizes, containers, revisions.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::fargate::{
    EPHEMERAL_GIB_INCLUDED, FargatePlatform, TaskSize, check_size, is_legal_ephemeral_gib,
    nearest_legal,
};
use crate::engine::SimDuration;
use crate::ids::TaskDefinitionId;
use crate::policy::fargate::{STOP_TIMEOUT_MAX_S, STOP_TIMEOUT_MIN_S};
use crate::scenario::arn::arn_name;
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, not_built_value, unknown_name,
};
use crate::scenario::plan::{Architecture, ContainerPlan, HostingPlan, TaskDefinitionPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::work::{Revision, WorkEntries};
use crate::units::{CpuUnits, MiB};

const TASK_DEFINITIONS_MAX: usize = 10_000;
/// The most containers of a task definition (service quotas, 2026-11).
const CONTAINERS_MAX: usize = 10;

const ARCHITECTURES: [(&str, Architecture); 2] =
    [("X86_64", Architecture::X86), ("ARM64", Architecture::Arm)];

/// All revisions, with what a load balancer must know of them.
pub(in crate::scenario) struct TaskDefinitions {
    plans: Vec<TaskDefinitionPlan>,
    /// Ports by container, per revision.
    ports: Vec<BTreeMap<String, Vec<u32>>>,
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

    /// All revisions.
    pub(in crate::scenario) fn plans(&self) -> &[TaskDefinitionPlan] {
        &self.plans
    }

    /// The table of the plan.
    pub(in crate::scenario) fn into_plans(self) -> Vec<TaskDefinitionPlan> {
        self.plans
    }

    /// The ports of a revision's containers, by container.
    pub(super) fn ports(&self, id: TaskDefinitionId) -> &BTreeMap<String, Vec<u32>> {
        &self.ports[id.index()]
    }
}

/// Reads `aws.taskDefinitions`.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    work: &WorkEntries,
) -> TaskDefinitions {
    let mut all = TaskDefinitions {
        plans: Vec::new(),
        ports: Vec::new(),
        refused: BTreeSet::new(),
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
            .and_then(|map| definition(cx, map, (work, next)));
        let Some((plan, ports)) = read else {
            all.refused.extend(family.map(str::to_owned));
            continue;
        };
        *previous = plan.revision;
        if all.find(&plan.name()).is_some() {
            duplicate_name(&field, "task definition", &plan.name());
        }
        all.plans.push(plan);
        all.ports.push(ports);
    }
    all
}

type Definition = (TaskDefinitionPlan, BTreeMap<String, Vec<u32>>);

/// One task definition; it is revision `next` of its family where it gives none.
fn definition(
    cx: &Context<'_>,
    mut map: MapReader<'_>,
    (work, next): (&WorkEntries<'_>, u32),
) -> Option<Definition> {
    let family = map.required("family");
    let revision = map.u32("revision", 1..=u32::MAX);
    let cpu = map.required("cpu");
    let memory = map.required("memory");
    let architecture = platform(cx, &mut map);
    let ephemeral_gib = ephemeral(cx, &mut map);
    check_compatibility(&mut map);
    let containers = containers(cx, &mut map);
    map.finish_aws("ecs.TaskDefinition");
    let (family, cpu_field) = (family?, cpu?);
    let name = family.str()?;
    check_name(&family, name, 255);
    let (cpu, memory) = (cpu_field.aws_cpu()?, memory?.aws_memory()?);
    check_task_size(&cpu_field, TaskSize { cpu, memory }, architecture);
    check_sums(&containers, (cpu, memory));
    let stop_timeout = containers
        .iter()
        .map(|container| container.stop_timeout)
        .max();
    let stop_timeout = stop_timeout.unwrap_or_else(|| default_stop_timeout(cx));
    let mut ports = BTreeMap::new();
    let mut plans = Vec::new();
    for container in containers {
        ports.insert(container.plan.name.clone(), container.ports);
        plans.push(container.plan);
    }
    if plans.is_empty() {
        cx.default_text("aws.taskDefinitions.*.containerDefinitions");
        plans.push(ContainerPlan {
            name: name.to_owned(),
            essential: true,
            image: String::new(),
        });
        ports.insert(name.to_owned(), Vec::new());
    }
    let revision = revision.unwrap_or(next);
    let of = Revision {
        family: name,
        revision,
        cpu,
    };
    let plan = TaskDefinitionPlan {
        family: name.to_owned(),
        revision,
        cpu,
        memory,
        architecture,
        ephemeral_gib,
        stop_timeout,
        containers: plans,
        hosting: HostingPlan::of_fargate(),
        work: work.plan(cx, of),
    };
    Some((plan, ports))
}

fn platform(cx: &Context<'_>, map: &mut MapReader<'_>) -> Architecture {
    let mut chosen = None;
    if let Some(mut platform) = map.map("runtimePlatform") {
        chosen = platform.choice("cpuArchitecture", &ARCHITECTURES);
        if let Some(field) = platform.field("operatingSystemFamily") {
            match field.str() {
                Some("LINUX") | None => {}
                Some(_) => not_built_value(&field),
            }
        }
        platform.finish_aws("ecs.RuntimePlatform");
    }
    chosen.unwrap_or_else(|| {
        cx.default_text("aws.taskDefinitions.*.runtimePlatform.cpuArchitecture");
        Architecture::X86
    })
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

fn check_compatibility(map: &mut MapReader<'_>) {
    if let Some(field) = map.field("requiresCompatibilities") {
        let words: Vec<&str> = field
            .list()
            .unwrap_or_default()
            .iter()
            .filter_map(Field::str)
            .collect();
        if !words.is_empty() && !words.contains(&"FARGATE") {
            let message = format!("tasks of {} are not simulated yet", words.join(", "));
            let help = "FARGATE is";
            field.error("not-built-yet", message).help(help).report();
        }
    }
    if let Some(field) = map.field("networkMode")
        && let Some(mode) = field.str()
        && mode != "awsvpc"
    {
        let message = format!("found {mode}, expected awsvpc, the only network mode on Fargate");
        field.error("invalid-value", message).report();
    }
}

fn check_task_size(field: &Field<'_>, size: TaskSize, architecture: Architecture) {
    let platform = match architecture {
        Architecture::X86 => FargatePlatform::LinuxX86,
        Architecture::Arm => FargatePlatform::LinuxArm,
    };
    if let Err(refusal) = check_size(size, platform) {
        let nearest = nearest_legal(size, platform);
        let help = format!(
            "the nearest is cpu {}, memory {}",
            nearest.cpu.0, nearest.memory.0
        );
        field
            .error("invalid-size", refusal.to_string())
            .help(help)
            .report();
    }
}

/// A container with what only the checks need.
struct Container<'a> {
    field: Field<'a>,
    plan: ContainerPlan,
    ports: Vec<u32>,
    stop_timeout: SimDuration,
    cpu: CpuUnits,
    memory: MiB,
}

fn containers<'a>(cx: &Context<'_>, map: &mut MapReader<'a>) -> Vec<Container<'a>> {
    let fields = bounded(map, "containerDefinitions", CONTAINERS_MAX);
    if fields.is_empty()
        && let Some(field) = map.field("containerDefinitions")
        && field.is_list()
    {
        let message = "containerDefinitions is empty, a task needs an essential container";
        let help = "leave it out for one container that is named like the family";
        field.error("invalid-value", message).help(help).report();
    }
    let mut containers: Vec<Container<'a>> = Vec::new();
    for field in fields {
        let Some(container) = container(cx, &field) else {
            continue;
        };
        let name = &container.plan.name;
        if containers.iter().any(|known| known.plan.name == *name) {
            duplicate_name(&field, "container", name);
        }
        containers.push(container);
    }
    if let Some(first) = containers.first()
        && containers.iter().all(|container| !container.plan.essential)
    {
        let message = "no container is essential, a task needs one that is";
        first.field.error("invalid-value", message).report();
    }
    containers
}

fn container<'a>(cx: &Context<'_>, field: &Field<'a>) -> Option<Container<'a>> {
    let mut map = field.map()?;
    let name = map.required("name");
    let image = map.str("image");
    let essential = map.bool("essential").unwrap_or(true);
    let stop_timeout = map.u64("stopTimeout", STOP_TIMEOUT_MIN_S..=STOP_TIMEOUT_MAX_S);
    let stop_timeout = stop_timeout.map(SimDuration::from_secs);
    let cpu = map.u32("cpu", 0..=1_048_576).unwrap_or(0);
    let memory = map.u32("memory", 0..=u32::MAX).unwrap_or(0);
    let reservation = map.u32("memoryReservation", 0..=u32::MAX).unwrap_or(0);
    let mut ports = Vec::new();
    for mut mapping in map.maps("portMappings") {
        ports.extend(mapping.u32("containerPort", 0..=65_535));
        mapping.finish_aws("ecs.PortMapping");
    }
    map.finish_aws("ecs.ContainerDefinition");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 255);
    Some(Container {
        field: field.clone(),
        plan: ContainerPlan {
            name: name.to_owned(),
            essential,
            image: image.unwrap_or_default().to_owned(),
        },
        ports,
        stop_timeout: stop_timeout.unwrap_or_else(|| default_stop_timeout(cx)),
        cpu: CpuUnits(cpu),
        memory: MiB(memory.max(reservation)),
    })
}

fn default_stop_timeout(cx: &Context<'_>) -> SimDuration {
    cx.default_duration("aws.taskDefinitions.*.containerDefinitions.*.stopTimeout")
}

/// What the containers ask for fits into the task (API ContainerDefinition).
fn check_sums(containers: &[Container<'_>], (cpu, memory): (CpuUnits, MiB)) {
    let mut sum = 0_u64;
    for container in containers {
        sum += u64::from(container.cpu.0);
        if u64::from(cpu.0) < sum {
            let message = format!(
                "the containers ask for {sum} CPU units, their task has {}",
                cpu.0
            );
            container.field.error("invalid-size", message).report();
            break;
        }
        if memory < container.memory {
            let (own, task) = (container.memory.0, memory.0);
            let message = format!("the container asks for {own} MiB, its task has {task}");
            container.field.error("invalid-size", message).report();
        }
    }
}
