//! `dependsOn` of the containers of a task definition: whom each waits for, and for what.

use crate::policy::container_order::{Condition, Dependency, sequence};
use crate::scenario::context::unknown_name;
use crate::scenario::reader::{Field, MapReader};

use super::container::Container;

/// An entry of `dependsOn` as read.
pub(super) struct Wait<'a> {
    on: Field<'a>,
    condition: Field<'a>,
    what: Condition,
}

/// Reads `dependsOn`.
pub(super) fn read<'a>(map: &mut MapReader<'a>) -> Vec<Wait<'a>> {
    let mut waits = Vec::new();
    for mut entry in map.maps("dependsOn") {
        let on = entry.required("containerName");
        let condition = entry.required("condition");
        entry.finish_aws("ecs.ContainerDependency");
        let what = condition.as_ref().and_then(|it| it.choice(&Condition::ALL));
        if let (Some(on), Some(condition), Some(what)) = (on, condition, what) {
            waits.push(Wait {
                on,
                condition,
                what,
            });
        }
    }
    waits
}

/// Resolves who waits for whom, and returns the order of the starts: empty where nobody waits, or
/// something is wrong with it, which is reported.
pub(super) fn resolve(containers: &mut [Container<'_>]) -> Vec<usize> {
    let found: Vec<Vec<Dependency>> = (0..containers.len())
        .map(|at| dependencies(containers, at))
        .collect();
    let lists: Vec<&[Dependency]> = found.iter().map(Vec::as_slice).collect();
    if lists.iter().all(|list| list.is_empty()) {
        return Vec::new();
    }
    let order = match sequence(&lists) {
        Ok(order) => order,
        Err(container) => {
            refuse_cycle(containers, &lists, container);
            return Vec::new();
        }
    };
    unheard_timeouts(containers, &lists);
    for (container, list) in containers.iter_mut().zip(found) {
        container.plan.depends_on = list;
    }
    order
}

/// What a container waits for, as far as it may.
fn dependencies(containers: &[Container<'_>], at: usize) -> Vec<Dependency> {
    let mut list: Vec<Dependency> = Vec::new();
    for wait in &containers[at].waits {
        let Some(name) = wait.on.str() else {
            continue;
        };
        let named = containers.iter().position(|it| it.plan.name == name);
        let Some(on) = named else {
            let names = containers.iter().map(|it| it.plan.name.as_str());
            let others = names.filter(|known| *known != containers[at].plan.name);
            unknown_name(&wait.on, "container", name, others);
            continue;
        };
        if may_wait(wait, &containers[on]) {
            list.push(Dependency {
                on,
                condition: wait.what,
            });
        }
    }
    list
}

/// Whether a condition may be asked of a container (API ContainerDependency).
fn may_wait(wait: &Wait<'_>, on: &Container<'_>) -> bool {
    let (name, condition) = (&on.plan.name, wait.what.name());
    if wait.what.waits_for_end() && on.plan.essential {
        let message = format!(
            "{name} is essential: its end ends the task, so that {condition} of it never lets \
             another start"
        );
        let help = format!("set essential: false on {name}, or wait for START or HEALTHY");
        let wrong = wait.condition.error("invalid-value", message);
        wrong.help(help).report();
        return false;
    }
    if wait.what == Condition::Healthy && on.plan.health_check.is_none() {
        let message = format!("{name} has no healthCheck, so that it is never HEALTHY");
        let help = format!("give {name} a healthCheck, or wait for START");
        let wrong = wait.condition.error("invalid-value", message);
        wrong.help(help).report();
        return false;
    }
    true
}

/// Containers that wait for each other never start: RegisterTaskDefinition refuses them.
fn refuse_cycle(containers: &[Container<'_>], lists: &[&[Dependency]], first: usize) {
    let mut names = vec![containers[first].plan.name.as_str()];
    let mut at = first;
    while let Some(next) = lists[at]
        .iter()
        .map(|it| it.on)
        .find(|it| leads(lists, *it, first))
    {
        names.push(&containers[next].plan.name);
        at = next;
        if at == first {
            break;
        }
    }
    let message = format!("containers wait for each other: {}", names.join(" for "));
    let place = containers[first].waits.first().map(|wait| &wait.on);
    let place = place.unwrap_or(&containers[first].field);
    place.error("invalid-value", message).report();
}

/// Whether a container is, or waits for, another, by way of any.
fn leads(lists: &[&[Dependency]], from: usize, to: usize) -> bool {
    let mut seen = vec![false; lists.len()];
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(lists[at].iter().map(|it| it.on));
        }
    }
    false
}

/// A `startTimeout` is how long others wait for its container: of one for which nobody waits longer
/// than its start it has no effect.
fn unheard_timeouts(containers: &[Container<'_>], lists: &[&[Dependency]]) {
    for (at, container) in containers.iter().enumerate() {
        let mut all = lists.iter().flat_map(|list| list.iter());
        let is_heard = all.any(|it| it.on == at && it.condition != Condition::Start);
        let Some(field) = container.start_timeout.as_ref().filter(|_| !is_heard) else {
            continue;
        };
        let name = &container.plan.name;
        let message = format!(
            "startTimeout is how long other containers wait for {name}: none waits for more than \
             its start"
        );
        let help = "it belongs to the container that is waited for";
        field.warning("no-effect", message).help(help).report();
    }
}
