//! `overrides` of a RunTask call: a task of another size than its definition's.

use crate::catalog::fargate::{TaskSize, check_size, nearest_legal};
use crate::catalog::names::suggestion;
use crate::scenario::plan::JobSourcePlan;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::values::{self, ValueError};
use crate::units::{CpuUnits, MiB};

use super::Aws;
use super::compatibility::Host;

/// The keys of a TaskOverride (API TaskOverride, 2026-11), those of its size first.
const KEYS: [&str; 7] = [
    "cpu",
    "memory",
    "containerOverrides",
    "ephemeralStorage",
    "executionRoleArn",
    "inferenceAcceleratorOverrides",
    "taskRoleArn",
];
/// How many of them are of its size.
const SIZES: usize = 2;

/// What overrides say of a task's size.
#[derive(Clone, Copy, Default)]
pub(super) struct Size {
    cpu: Option<CpuUnits>,
    memory: Option<MiB>,
}

/// Reads `overrides` of RunTask.
pub(super) fn read(field: &Field<'_>) -> Option<Size> {
    let mut map: MapReader<'_> = field.map()?;
    let size = Size {
        cpu: map.field("cpu").and_then(|field| field.aws_cpu()),
        memory: map.field("memory").and_then(|field| field.aws_memory()),
    };
    map.finish_aws("ecs.TaskOverride");
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
    keys(field, fields.keys().map(String::as_str))?;
    let text = |key: &str| match fields.get(key)? {
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let told = |problem: ValueError| wrong(format!("in the JSON: {}", problem.message));
    let cpu = text("cpu").map(|it| values::aws_cpu(&it)).transpose();
    let memory = text("memory").map(|it| values::aws_memory(&it)).transpose();
    match (cpu, memory) {
        (Ok(cpu), Ok(memory)) => Some(Size { cpu, memory }),
        (Err(problem), _) | (_, Err(problem)) => {
            told(problem);
            None
        }
    }
}

/// Says what an `Input` has beside a size: known to RunTask and without effect here, or unknown.
/// `None`: there is an error.
fn keys<'k>(field: &Field<'_>, keys: impl Iterator<Item = &'k str>) -> Option<()> {
    let (mut unread, mut unknown) = (Vec::new(), None);
    for key in keys {
        match KEYS.iter().position(|known| *known == key) {
            Some(at) if at < SIZES => {}
            Some(_) => unread.push(key),
            None => unknown = unknown.or(Some(key)),
        }
    }
    if let Some(key) = unknown {
        let message = format!("in the JSON: overrides have no \"{key}\"");
        let error = field.error("unknown-field", message);
        let help = suggestion(key, KEYS).unwrap_or_default();
        error.help(help).report();
        return None;
    }
    if !unread.is_empty() {
        let message = format!("no effect here: {} (Input)", unread.join(", "));
        let help = "a task has the size of its definition, or of cpu and memory beside them";
        field.warning("no-effect", message).help(help).report();
    }
    Some(())
}

/// Gives a call the size that it overrides; reports one that Fargate does not have.
pub(super) fn take(field: &Field<'_>, (plan, size): (&mut JobSourcePlan, Size), aws: &Aws<'_>) {
    (plan.cpu, plan.memory) = (size.cpu, size.memory);
    if aws.provider_names.host(&plan.strategy) != Host::Fargate {
        return;
    }
    let definition = aws.task_definitions.get(plan.task_definition);
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
