//! `overrides` of a RunTask call: a task of another size than its definition's, or containers of
//! another size, which is the task's where its definition says none (API TaskOverride).

use crate::catalog::fargate::{TaskSize, check_size, nearest_legal};
use crate::catalog::fields;
use crate::catalog::names::suggestion;
use crate::scenario::plan::{ContainerPlan, JobSourcePlan, TaskDefinitionPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::values::{self, ValueError};
use crate::units::{CpuUnits, MiB};

use super::Aws;
use super::compatibility::Host;

/// What is read of a TaskOverride.
const OF_TASK: (&str, &[&str]) = ("ecs.TaskOverride", &["cpu", "memory", "containerOverrides"]);
/// What is read of a ContainerOverride.
const OF_CONTAINER: (&str, &[&str]) = (
    "ecs.ContainerOverride",
    &["name", "cpu", "memory", "memoryReservation"],
);

/// What overrides say of a task's size.
#[derive(Clone, Default)]
pub(super) struct Size {
    cpu: Option<CpuUnits>,
    memory: Option<MiB>,
    containers: Vec<ContainerSize>,
}

impl Size {
    /// A container of the task, with the sizes that are said of it.
    fn of(&self, container: &ContainerPlan) -> ContainerPlan {
        let its = self.containers.iter().find(|it| it.name == container.name);
        its.map_or_else(|| container.clone(), |it| it.of(container))
    }
}

/// What overrides say of a container's size.
#[derive(Clone, Default)]
struct ContainerSize {
    name: String,
    cpu: Option<CpuUnits>,
    memory: Option<MiB>,
    memory_reservation: Option<MiB>,
}

impl ContainerSize {
    /// A container with these sizes.
    fn of(&self, container: &ContainerPlan) -> ContainerPlan {
        ContainerPlan {
            cpu: self.cpu.or(container.cpu),
            memory: self.memory.or(container.memory),
            memory_reservation: self.memory_reservation.or(container.memory_reservation),
            ..container.clone()
        }
    }
}

/// Reads `overrides` of RunTask.
pub(super) fn read(field: &Field<'_>) -> Option<Size> {
    let mut map: MapReader<'_> = field.map()?;
    let containers = map.maps("containerOverrides").into_iter();
    let size = Size {
        cpu: map.field("cpu").and_then(|field| field.aws_cpu()),
        memory: map.field("memory").and_then(|field| field.aws_memory()),
        containers: containers.filter_map(read_container).collect(),
    };
    map.finish_aws(OF_TASK.0);
    Some(size)
}

fn read_container(mut map: MapReader<'_>) -> Option<ContainerSize> {
    let name = map.required("name");
    let all = 0..=u32::MAX;
    let size = ContainerSize {
        name: name.and_then(|name| name.str().map(str::to_owned))?,
        cpu: map.u32("cpu", all.clone()).map(CpuUnits),
        memory: map.u32("memory", all.clone()).map(MiB),
        memory_reservation: map.u32("memoryReservation", all).map(MiB),
    };
    map.finish_aws(OF_CONTAINER.0);
    Some(size)
}

/// Reads the `Input` of an EventBridge target: the overrides as a text of JSON, or as a mapping.
pub(super) fn of_input(field: &Field<'_>) -> Option<Size> {
    if field.is_mapping() {
        return read(field);
    }
    let wrong = |message: String| {
        let help = "write a text of JSON, like Input: '{\"cpu\": \"512\", \"memory\": \"1024\"}'";
        field.error("invalid-value", message).help(help).report();
    };
    let parsed: serde_json::Value = match serde_json::from_str(field.str()?) {
        Ok(parsed) => parsed,
        Err(problem) => {
            wrong(format!("this is no JSON: {problem}"));
            return None;
        }
    };
    let Some(fields) = parsed.as_object() else {
        wrong("overrides are an object".to_owned());
        return None;
    };
    keys(field, fields, OF_TASK)?;
    let containers = fields
        .get("containerOverrides")
        .and_then(|it| it.as_array());
    let containers = containers.into_iter().flatten();
    let containers: Option<Vec<ContainerSize>> =
        containers.map(|it| container_of_input(field, it)).collect();
    let containers = containers?;
    let text = |key: &str| match fields.get(key)? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let told = |problem: ValueError| wrong(format!("in the JSON: {}", problem.message));
    let cpu = text("cpu").map(|it| values::aws_cpu(&it)).transpose();
    let memory = text("memory").map(|it| values::aws_memory(&it)).transpose();
    match (cpu, memory) {
        (Ok(cpu), Ok(memory)) => Some(Size {
            cpu,
            memory,
            containers,
        }),
        (Err(problem), _) | (_, Err(problem)) => {
            told(problem);
            None
        }
    }
}

/// What an `Input` says of a container.
fn container_of_input(field: &Field<'_>, value: &serde_json::Value) -> Option<ContainerSize> {
    let wrong = |message: &str| {
        let help = "write {\"name\": \"app\", \"cpu\": 512}, cpu and memory as whole numbers";
        field.error("invalid-value", message).help(help).report();
    };
    let name = value.get("name").and_then(|name| name.as_str());
    let (Some(fields), Some(name)) = (value.as_object(), name) else {
        wrong("in the JSON: a container's overrides are an object with its name");
        return None;
    };
    keys(field, fields, OF_CONTAINER)?;
    let number = |key: &str| match fields.get(key) {
        None => Some(None),
        Some(value) => {
            let number = value.as_u64().and_then(|it| u32::try_from(it).ok());
            number.map(Some)
        }
    };
    let (Some(cpu), Some(memory), Some(memory_reservation)) =
        (number("cpu"), number("memory"), number("memoryReservation"))
    else {
        wrong(&format!("in the JSON: a size of {name} is no whole number"));
        return None;
    };
    Some(ContainerSize {
        name: name.to_owned(),
        cpu: cpu.map(CpuUnits),
        memory: memory.map(MiB),
        memory_reservation: memory_reservation.map(MiB),
    })
}

/// Says what the JSON has beside what is read of it: known to RunTask and without effect here, or
/// unknown. `None`: there is an error.
fn keys(
    field: &Field<'_>,
    given: &serde_json::Map<String, serde_json::Value>,
    (shape, read): (&str, &[&str]),
) -> Option<()> {
    let known = fields::names(shape);
    let (unread, unknown): (Vec<&str>, Vec<&str>) = given
        .keys()
        .map(String::as_str)
        .filter(|key| !read.contains(key))
        .partition(|key| known.contains(key));
    if let Some(key) = unknown.first() {
        let message = format!("in the JSON: overrides have no \"{key}\"");
        let help = suggestion(key, known).unwrap_or_default();
        field.error("unknown-field", message).help(help).report();
        return None;
    }
    if !unread.is_empty() {
        let message = format!("no effect here: {} (Input)", unread.join(", "));
        field.note("no-effect", message).report();
    }
    Some(())
}

/// The size of a task of which single containers have another one: what all of them reserve, where
/// the definition itself says no size. `None`: a container is unknown.
fn with_containers(
    field: &Field<'_>,
    definition: &TaskDefinitionPlan,
    size: &Size,
) -> Option<(Option<CpuUnits>, Option<MiB>)> {
    let names = || definition.containers.iter().map(|it| it.name.as_str());
    for container in &size.containers {
        if !names().any(|name| name == container.name) {
            let message = format!(
                "{} has no container \"{}\"",
                definition.family, container.name
            );
            let help = suggestion(&container.name, names()).unwrap_or_default();
            field.error("unknown-name", message).help(help).report();
            return None;
        }
    }
    let (mut before, mut cpu, mut memory) = (0_u32, 0_u32, 0_u32);
    for container in &definition.containers {
        let other = size.of(container);
        before = before.saturating_add(container.cpu.map_or(0, |cpu| cpu.0));
        cpu = cpu.saturating_add(other.cpu.map_or(0, |cpu| cpu.0));
        let reserved = other.memory_reserved();
        memory = memory.saturating_add(reserved.map_or(0, |memory| memory.0));
    }
    // A definition with a size of its own that is just that of its containers is alike.
    let sums_up = before == definition.cpu.0 && before != cpu;
    let is_reserved = definition.memory_is_reserved && memory != definition.memory.0;
    Some((
        size.cpu.or(sums_up.then_some(CpuUnits(cpu))),
        size.memory.or(is_reserved.then_some(MiB(memory))),
    ))
}

/// Gives a call the size that it overrides; reports one that Fargate does not have.
pub(super) fn take(field: &Field<'_>, (plan, size): (&mut JobSourcePlan, Size), aws: &Aws<'_>) {
    let definition = aws.task_definitions.get(plan.task_definition);
    let Some((cpu, memory)) = with_containers(field, definition, &size) else {
        return;
    };
    if !size.containers.is_empty() {
        let sidecars = definition.sidecars().map(|it| size.of(it));
        let reserved = |sum, container| ContainerPlan::and_reserved(sum, &container);
        plan.beside = Some(sidecars.fold([0, 0], reserved));
    }
    if aws.provider_names.host(&plan.strategy) != Host::Fargate {
        (plan.cpu, plan.memory) = (cpu, memory);
        return;
    }
    (plan.cpu, plan.memory) = (size.cpu, size.memory);
    let asked = TaskSize {
        cpu: size.cpu.unwrap_or(definition.cpu),
        memory: size.memory.unwrap_or(definition.memory),
    };
    let platform = definition.fargate_platform();
    if check_size(asked, platform).is_err() {
        let message = format!(
            "Fargate has no task of {} CPU units and {} MiB",
            asked.cpu.0, asked.memory.0
        );
        let near = nearest_legal(asked, platform);
        let help = format!("the next one has {} and {}", near.cpu.0, near.memory.0);
        field.error("illegal-size", message).help(help).report();
    }
}
