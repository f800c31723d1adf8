//! The containers of a task definition, with what their code does.

use std::collections::BTreeMap;

use crate::engine::{SimDuration, SimTime};
use crate::policy::container_order::{Behaviour, CONTAINERS_MAX, OrderReason, starts};
use crate::scenario::context::Context;
use crate::scenario::plan::{ContainerPlan, WorkPlan};
use crate::scenario::world::work::{Revision, WorkEntries};

use super::super::container::{Container, default_stop_timeout};
use super::super::container_order;

/// What becomes of the containers.
pub(super) struct OfContainers {
    pub(super) ports: BTreeMap<String, Vec<u32>>,
    pub(super) plans: Vec<ContainerPlan>,
    /// The longest `stopTimeout`.
    pub(super) stop_timeout: SimDuration,
    /// The order of their starts; empty: at once.
    pub(super) order: Vec<usize>,
}

/// The containers with what their code does; one container where none is given.
pub(super) fn of_containers(
    cx: &Context<'_>,
    (entries, of, work): (&WorkEntries<'_>, Revision<'_>, &WorkPlan),
    mut containers: Vec<Container<'_>>,
) -> OfContainers {
    let order = container_order::resolve(&mut containers);
    let stop = containers
        .iter()
        .map(|container| container.plan.stop_timeout);
    let stop_timeout = stop.max().unwrap_or_else(|| default_stop_timeout(cx));
    let mut all = OfContainers {
        ports: BTreeMap::new(),
        plans: Vec::new(),
        stop_timeout,
        order,
    };
    let is_awaited = |at: usize| {
        let mut lists = containers.iter().flat_map(|it| &it.plan.depends_on);
        lists.any(|it| it.on == at && it.condition.waits_for_end())
    };
    for (at, container) in containers.iter().enumerate() {
        let open = container.ports.iter().map(|port| port.container);
        let mut plan = container.plan.clone();
        all.ports.insert(plan.name.clone(), open.collect());
        plan.code = entries.container(cx, (of, work), (&plan, is_awaited(at)));
        all.plans.push(plan);
    }
    warn_of_failure(&all, &containers);
    if all.plans.is_empty() {
        cx.default_text("aws.taskDefinitions.*.containerDefinitions");
        let mut plan = ContainerPlan::named(of.family, work, stop_timeout);
        plan.code = entries.container(cx, (of, work), (&plan, false));
        all.plans.push(plan);
        all.ports.insert(of.family.to_owned(), Vec::new());
    }
    all
}

/// A start that fails where every container does what it does on average.
fn warn_of_failure(all: &OfContainers, containers: &[Container<'_>]) {
    if all.order.is_empty() {
        return;
    }
    let mut behaviours = [Behaviour::default(); CONTAINERS_MAX];
    for (at, plan) in all.plans.iter().enumerate() {
        behaviours[at] = usual(plan);
    }
    let depends_on = |at: usize| &all.plans[at].depends_on[..];
    let Some((_, of)) = starts(&all.order, depends_on, &behaviours).fails else {
        return;
    };
    let (name, on) = (&all.plans[of.container].name, &all.plans[of.dependency.on]);
    let condition = of.dependency.condition.name();
    let why = match (of.reason, on.start_timeout) {
        (OrderReason::TimedOut, Some(timeout)) => format!(
            "does not come within its startTimeout of {} s",
            timeout.as_secs_f64()
        ),
        (OrderReason::NotSuccessful, _) => "ends with another exit code than 0".to_owned(),
        (OrderReason::TimedOut | OrderReason::Never, _) => "never comes".to_owned(),
    };
    let message = format!(
        "{name} does not start, and no task with it: {condition} of {}, for which it waits, {why}",
        on.name
    );
    let place = &containers[of.container].field;
    place.warning("never-starts", message).report();
}

/// What a container does on average.
fn usual(container: &ContainerPlan) -> Behaviour {
    let ends = container.code.ends.as_ref().map(|ends| {
        let most = ends.exit_codes.iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let code = most.map_or(0, |(code, _)| *code);
        (SimDuration::from_secs_f64(ends.duration.mean()), code)
    });
    let ready = SimTime::ZERO + container.code.start;
    let check = container.health_check;
    let healthy = check.map(|check| check.healthy_at(SimTime::ZERO, ready));
    Behaviour {
        ends,
        healthy: healthy.map(|at| at.since(SimTime::ZERO)),
        start_timeout: container.start_timeout,
    }
}
