//! What a constraint can ask of one container instance: its kind's attributes, and what changes
//! with every task.

use super::{Capacity, Class};
use crate::ids::InstanceId;
use crate::policy::cluster_query::{Expression, Facts, Subject};
use crate::scenario::plan::{HostingPlan, PlacementPlan, Plan};
use crate::world::arena::TaskArena;
use crate::world::instance::Instance;
use crate::world::task::{Owner, Task, TaskState};

/// A container instance, as the cluster query language sees it.
pub struct InstanceFacts<'a> {
    class: &'a Class,
    instance: &'a Instance,
    /// Its id in EC2, where a constraint of the plan asks for any.
    ec2_id: Option<&'a str>,
    tasks: &'a TaskArena,
    groups: &'a [String],
    services: usize,
    /// The start of the run, microseconds since 1970.
    start_micros: i64,
}

/// Constraints about what changes with every task: the placement's own, then the definition's.
pub fn live_constraints<'p>(
    placement: &'p PlacementPlan,
    hosting: &'p HostingPlan,
) -> impl Iterator<Item = &'p Expression> + Clone {
    let own = placement.live_constraints.iter();
    own.chain(&hosting.live_constraints)
}

/// The `group` of each owner's tasks: services, then programs (DG-2023: `service:NAME` by default).
pub(super) fn task_groups(plan: &Plan) -> Vec<String> {
    let services = plan.services.iter();
    let services = services.map(|service| format!("service:{}", service.name));
    let programs = plan.job_sources.iter().map(|source| source.group.clone());
    services.chain(programs).collect()
}

/// Whether a constraint of the plan asks for ids in EC2.
pub(super) fn asks_for_ids(plan: &Plan) -> bool {
    let mut all = all_live_constraints(plan);
    all.any(|it| it.asks_for(&Subject::Ec2InstanceId))
}

/// The live constraints of all tasks.
pub(super) fn all_live_constraints(plan: &Plan) -> impl Iterator<Item = &Expression> {
    let services = plan.services.iter().map(|it| &it.placement);
    let programs = plan.job_sources.iter().map(|it| &it.placement);
    let own = services.chain(programs).flat_map(|it| &it.live_constraints);
    let definitions = plan.task_definitions.iter();
    let of_definitions = definitions.flat_map(|it| &it.hosting.live_constraints);
    own.chain(of_definitions)
}

impl Capacity {
    /// What can be asked of an instance.
    pub fn facts<'a>(
        &'a self,
        plan: &Plan,
        tasks: &'a TaskArena,
        id: InstanceId,
    ) -> InstanceFacts<'a> {
        let instance = &self.instances[id.index()];
        InstanceFacts {
            class: self.class(instance.class),
            instance,
            ec2_id: self.ec2_ids.get(id.index()).map(String::as_str),
            tasks,
            groups: &self.task_groups,
            services: plan.services.len(),
            start_micros: plan.run.start.as_microsecond(),
        }
    }
}

impl InstanceFacts<'_> {
    /// Its tasks that are not told to stop.
    fn live_tasks(&self) -> impl Iterator<Item = &Task> {
        let tasks = self.instance.tasks.iter();
        let tasks = tasks.filter_map(|id| self.tasks.get(*id));
        tasks.filter(|task| task.state() != TaskState::Stopping)
    }
}

impl Facts for InstanceFacts<'_> {
    fn is_agent_connected(&self) -> bool {
        self.instance.is_connected
    }

    fn agent_version(&self) -> &str {
        self.class.agent_version()
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.class.attribute(name)
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        self.ec2_id
    }

    fn registered_at_micros(&self) -> i64 {
        let at = self.instance.record.times.active.unwrap_or_default();
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        self.start_micros.saturating_add(micros)
    }

    fn running_tasks(&self) -> u32 {
        let runs = |task: &&Task| task.state() != TaskState::Launching;
        self.live_tasks().filter(runs).count() as u32
    }

    fn has_task_group(&self, is_meant: &dyn Fn(&str) -> bool) -> bool {
        self.live_tasks().any(|task| {
            let owner = match task.record.owner {
                Owner::Service(service) => service.index(),
                Owner::Job(source) => self.services + source.index(),
            };
            is_meant(&self.groups[owner])
        })
    }
}
