//! Calls between services.

use std::collections::BTreeMap;

use super::{Plan, ServicePlan, TaskDefinitionPlan, TaskSetStep, TimelineAction, TimelineEntry};
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

    /// All calls that services may make, each with the service.
    pub fn call_links(&self) -> Vec<(usize, &CallPlan)> {
        let of = (self.services.as_slice(), self.task_definitions.as_slice());
        call_links(&self.calls, of, &self.timeline)
    }
}

/// The same, before there is a plan: a service may come to run any revision of its family, and
/// those that the timeline deploys.
pub fn call_links<'c>(
    calls: &'c [CallPlan],
    (services, definitions): (&[ServicePlan], &[TaskDefinitionPlan]),
    timeline: &[TimelineEntry],
) -> Vec<(usize, &'c CallPlan)> {
    if calls.is_empty() {
        return Vec::new();
    }
    let mut of_family: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, service) in services.iter().enumerate() {
        let family = definitions[service.task_definition.index()].family.as_str();
        of_family.entry(family).or_default().push(index);
    }
    let mut deployed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut deploy = |definition: TaskDefinitionId, service: usize| {
        deployed
            .entry(definition.index())
            .or_default()
            .push(service);
    };
    for (index, service) in services.iter().enumerate() {
        for set in &service.task_sets {
            deploy(set.task_definition, index);
        }
    }
    for entry in timeline {
        match &entry.action {
            TimelineAction::UpdateService(update) => {
                if let Some(definition) = update.task_definition {
                    deploy(definition, update.service.index());
                }
            }
            TimelineAction::TaskSet(of) => {
                if let TaskSetStep::Create(set) = &of.step {
                    deploy(set.task_definition, of.service.index());
                }
            }
            _ => {}
        }
    }
    let mut links = Vec::new();
    for call in calls {
        let family = definitions[call.caller.index()].family.as_str();
        let its = of_family.get(family).into_iter().flatten();
        let later = deployed.get(&call.caller.index()).into_iter().flatten();
        let mut callers: Vec<usize> = its.chain(later).copied().collect();
        callers.sort_unstable();
        callers.dedup();
        links.extend(callers.into_iter().map(|caller| (caller, call)));
    }
    links
}
