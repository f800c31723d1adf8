//! The CPU and memory of a task, its own or the sum over its containers.

use std::ops::RangeInclusive;

use super::super::container::{Container, check_sums};
use crate::scenario::context::Context;
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::values;
use crate::units::{CpuUnits, MiB};

/// `cpu` and `memory`, which Fargate needs.
pub(super) fn size_fields<'a>(
    map: &mut MapReader<'a>,
    on_fargate: bool,
) -> (Option<Field<'a>>, Option<Field<'a>>) {
    match on_fargate {
        true => (map.required("cpu"), map.required("memory")),
        false => {
            let cpu = map.field("cpu");
            cpu.iter().for_each(check_cpu);
            (cpu, map.field("memory"))
        }
    }
}

/// Whether a container has something as its memory that was refused: it is not missing as well.
fn says_no_number(container: &Container<'_>) -> bool {
    let said = |key| container.field.node().get(key)?.as_text();
    let mut memory = ["memory", "memoryReservation"].into_iter().filter_map(said);
    memory.any(|text| text.parse::<u32>().is_err())
}

/// The CPU units of a task that is no Fargate task (API RegisterTaskDefinition, 2026-11).
const CPU_ON_INSTANCES: RangeInclusive<u32> = 128..=196_608;

fn check_cpu(field: &Field<'_>) {
    let given = field
        .node()
        .as_text()
        .and_then(|it| values::aws_cpu(it).ok());
    if given.is_some_and(|cpu| !CPU_ON_INSTANCES.contains(&cpu.0)) {
        let message = "a task has 128 to 196608 CPU units on instances, or none of its own";
        let help = "leave it out: a task reserves what its containers say";
        field.error("out-of-range", message).help(help).report();
    }
}

/// The task's own size; on instances the sum over its containers where it has none
/// (API ContainerDefinition).
pub(super) fn task_size(
    cx: &Context<'_>,
    (family, name): (&Field<'_>, &str),
    (cpu, memory): (Option<Field<'_>>, Option<Field<'_>>),
    containers: &[Container<'_>],
) -> Option<(CpuUnits, MiB)> {
    let given = (
        cpu.map(|field| field.aws_cpu()),
        memory.map(|field| field.aws_memory()),
    );
    let cpu = match given.0 {
        Some(cpu) => cpu?,
        None => {
            let each = containers.iter().map(|it| it.cpu().0);
            CpuUnits(each.fold(0, u32::saturating_add))
        }
    };
    let memory = match given.1 {
        Some(memory) => memory?,
        None => {
            let has_none = |it: &&Container<'_>| it.reserved() == MiB(0) && !says_no_number(it);
            for container in containers.iter().filter(has_none) {
                let message = "a container has memory or memoryReservation where its task has no \
                               memory";
                let wrong = container.field.error("missing-field", message);
                wrong.report();
            }
            if containers.is_empty() {
                let message = "the task definition has no memory and no containers that have some";
                family.error("missing-field", message).report();
                return None;
            }
            let sum = |a: u32, b: MiB| a.saturating_add(b.0);
            let reserved = containers.iter().map(Container::reserved).fold(0, sum);
            let most = containers.iter().map(Container::most).fold(0, sum);
            if reserved < most {
                cx.note(format!(
                    "tasks of {name} are killed beyond the {reserved} MiB that they reserve, not \
                     at the {most} MiB of their containers' memory: hard limits above the \
                     reservation are not simulated yet"
                ));
            }
            MiB(reserved)
        }
    };
    check_sums(containers, (given.0.map(|_| cpu), given.1.map(|_| memory)));
    Some((cpu, memory))
}
