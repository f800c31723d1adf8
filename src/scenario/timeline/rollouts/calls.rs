//! Which services the timeline deploys, and calls that come at one instant.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::aws::Aws;
use super::super::super::plan::{ServicePlan, ServiceUpdate, TimelineAction, TimelineEntry};
use crate::engine::SimTime;
use crate::ids::{ServiceId, TaskDefinitionId};

/// What is known of the UpdateService calls of a run before it is gone through.
#[derive(Default)]
pub(super) struct Calls {
    /// The services that are deployed.
    pub(super) deployed: BTreeSet<ServiceId>,
    /// Calls of one service at an instant, where there are several, that are still to come.
    together: BTreeMap<(SimTime, ServiceId), u32>,
}

impl Calls {
    pub(super) fn of(aws: &Aws<'_>, entries: &[TimelineEntry], horizon: SimTime) -> Self {
        let present = |service: &ServicePlan| (service.task_definition, None);
        let mut states: Vec<_> = aws.services.iter().map(present).collect();
        let mut calls = Calls::default();
        for entry in entries.iter().take_while(|it| it.at < horizon) {
            if let TimelineAction::UpdateService(update) = &entry.action {
                let (present, last) = &mut states[update.service.index()];
                if deploys(update, *present) {
                    calls.deployed.insert(update.service);
                }
                *present = update.task_definition.unwrap_or(*present);
                if last.replace(entry.at) == Some(entry.at) {
                    let count = calls.together.entry((entry.at, update.service));
                    *count.or_insert(1) += 1;
                }
            }
        }
        calls
    }

    /// Whether a call that comes is the service's last one at its instant.
    pub(super) fn is_last(&mut self, at: SimTime, service: ServiceId) -> bool {
        let Some(left) = self.together.get_mut(&(at, service)) else {
            return true;
        };
        *left -= 1;
        *left == 0
    }
}

/// Whether a call to a service of a revision starts a deployment.
pub(super) fn deploys(update: &ServiceUpdate, present: TaskDefinitionId) -> bool {
    let is_other = update.task_definition.is_some_and(|it| it != present);
    update.force_new_deployment || is_other
}
