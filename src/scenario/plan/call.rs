//! Calls between services.

use super::{Plan, ServicePlan, TaskDefinitionPlan, TimelineAction, TimelineEntry};
use crate::engine::SimDuration;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::policy::calls::CallTerms;

/// How a caller finds the tasks that it calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Via {
    /// Through the load balancer of the called service, which chooses.
    LoadBalancer,
    /// Through the Service Connect proxy beside the caller, which knows all tasks.
    ServiceConnect,
    /// By the addresses that Cloud Map answered with.
    CloudMap {
        /// How long a caller goes on with an answer.
        ttl: SimDuration,
    },
}

/// What the code of a revision calls.
#[derive(Clone, PartialEq, Debug)]
pub struct CallPlan {
    /// Whose code it is.
    pub caller: TaskDefinitionId,
    /// The service that is called.
    pub callee: ServiceId,
    /// How often, and what the caller does where no answer comes.
    pub terms: CallTerms,
    /// How the caller finds a task.
    pub via: Via,
}

impl Plan {
    /// What the code of a revision calls, in the order of the file.
    pub fn calls_of(&self, definition: TaskDefinitionId) -> &[CallPlan] {
        let calls = &self.calls;
        let from = calls.partition_point(|call| call.caller.index() < definition.index());
        let rest = &calls[from..];
        &rest[..rest.partition_point(|call| call.caller == definition)]
    }

    /// The revisions that a service may come to run: those of its family, and those that the
    /// timeline deploys.
    pub fn may_run(&self, service: ServiceId) -> impl Iterator<Item = TaskDefinitionId> + '_ {
        let plan = self.service(service);
        may_run(service, plan, &self.task_definitions, &self.timeline)
    }
}

/// The same, before there is a plan.
pub fn may_run<'p>(
    service: ServiceId,
    plan: &ServicePlan,
    definitions: &'p [TaskDefinitionPlan],
    timeline: &'p [TimelineEntry],
) -> impl Iterator<Item = TaskDefinitionId> + 'p {
    let family = &definitions[plan.task_definition.index()].family;
    let deployed = move |definition: TaskDefinitionId| {
        timeline.iter().any(|entry| match &entry.action {
            TimelineAction::UpdateService(update) => {
                update.service == service && update.task_definition == Some(definition)
            }
            _ => false,
        })
    };
    let all = (0..definitions.len()).map(TaskDefinitionId::from_index);
    all.filter(move |id| definitions[id.index()].family == *family || deployed(*id))
}
