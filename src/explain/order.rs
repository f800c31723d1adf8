//! The order of a task's containers, in words: who waits for whom, and what never came.

use super::{Difference, Replay, words};
use crate::policy::container_order::{GIVES_UP_AFTER, OrderReason, Unresolved};
use crate::scenario::plan::TaskDefinitionPlan;
use crate::world::task::TaskRecord;

/// Who waits for whom; `None`: all start at once.
pub(super) fn said(definition: &TaskDefinitionPlan) -> Option<String> {
    if definition.order.is_empty() {
        return None;
    }
    let name = |at: usize| &definition.containers[at].name;
    let waits = definition.order.iter().flat_map(|&at| {
        let its = definition.containers[at].depends_on.iter();
        its.map(move |it| {
            let condition = it.condition.name();
            format!("{} for {condition} of {}", name(at), name(it.on))
        })
    });
    let waits: Vec<String> = waits.collect();
    Some(format!(
        "of its containers wait (dependsOn) {}",
        waits.join(", ")
    ))
}

/// What kept a task from RUNNING, and what would not have.
pub(super) fn unresolved(
    replay: &Replay<'_>,
    record: &TaskRecord,
    of: Unresolved,
) -> (String, Option<Difference>) {
    let containers = &replay.plan.task_definition(record.definition).containers;
    let (waits, on) = (&containers[of.container], &containers[of.dependency.on]);
    let condition = of.dependency.condition.name();
    let head = format!(
        "it could not start: {} waited for {condition} of {}",
        waits.name, on.name
    );
    match of.reason {
        OrderReason::NotSuccessful => {
            let why = format!("{head}, which ended with another exit code than 0");
            (why, None)
        }
        OrderReason::TimedOut => {
            let timeout = words::length(on.start_timeout.unwrap_or_default());
            let why = format!("{head}, which did not come within its startTimeout of {timeout}");
            let with = format!("a longer startTimeout of {}", on.name);
            let then = "it would have waited on";
            (why, Some(Difference::new(with, then)))
        }
        OrderReason::Never => {
            let after = words::length(GIVES_UP_AFTER);
            let why = format!("{head}, which never came: ECS gave it up after {after}");
            let with = format!("a startTimeout of {}", on.name);
            let then = "it would have failed that soon, and another been tried";
            (why, Some(Difference::new(with, then)))
        }
    }
}
