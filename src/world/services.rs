//! What a service is before anything has happened, and the deployments that it begins with.

use std::collections::BinaryHeap;

use crate::engine::{SimDuration, SimTime};
use crate::policy::deployment_alarms::Watch;
use crate::policy::launch_rate::{Limit, Rate, TokenBucket};
use crate::scenario::plan::{Begin, Plan, ServicePlan, TaskSetPlan};
use crate::world::groups::TaskGroups;
use crate::world::service::{Baking, Deployment, RolloutState, Service, TaskSetState};

pub(super) fn new_service(plan: &Plan, index: usize) -> Service {
    let service = &plan.services[index];
    let launches = plan.quotas.service_launches_per_minute.max(1);
    let per_minute = Limit {
        burst: launches,
        refill: Rate {
            tokens: launches,
            per: SimDuration::from_secs(60),
        },
    };
    Service {
        desired: service.desired_count,
        deployments: new_deployments(plan, service),
        deployed: service.task_sets.len().saturating_sub(1) as u32,
        draining: Vec::new(),
        rolling: begins_rolling(plan, service),
        is_reconciled: false,
        watch: Watch::Off,
        watched: None,
        rules: service.deployment_rules(),
        baking: Baking::NotYet,
        defers_cleanup: false,
        bake_tick: 0,
        shift: None,
        shift_tick: 0,
        moving: None,
        rebalance_from: SimTime::ZERO,
        is_stuck: false,
        started: 0,
        attempts: 0,
        stopped: 0,
        launch_bucket: TokenBucket::full(per_minute, SimTime::ZERO),
        provisioning_pauses: 0,
        provisioning_paused_until: SimTime::ZERO,
        wake_tick: 0,
        wake_at: SimTime::MAX,
        leaving: BinaryHeap::new(),
        load_tick: 0,
        open: Default::default(),
    }
}

/// What a service is created with: its task sets, or one deployment.
fn new_deployments(plan: &Plan, service: &ServicePlan) -> Vec<Deployment> {
    let first = new_deployment(plan, service);
    if !service.has_task_sets() {
        return vec![first];
    }
    let sets = service.task_sets.iter().enumerate();
    let set = |(index, set): (usize, &TaskSetPlan)| Deployment {
        ordinal: index as u32,
        definition: set.task_definition,
        strategy: set.strategy.clone(),
        task_set: Some(TaskSetState::new(set.scale)),
        ..first.clone()
    };
    sets.map(set).collect()
}

/// The deployment that a service is created with: over where it stands from the start.
fn new_deployment(plan: &Plan, service: &ServicePlan) -> Deployment {
    let rolling = begins_rolling(plan, service);
    let groups = TaskGroups::new(plan.providers.len(), plan.zones.len());
    let strategy = service.strategy.clone();
    Deployment {
        rollout: match rolling {
            true => RolloutState::InProgress,
            false => RolloutState::Completed,
        },
        was_completed: !rolling,
        ..Deployment::new(service.task_definition, strategy, groups)
    }
}

/// Whether a service begins with a deployment in progress: where nothing stands at the start, and a
/// circuit breaker or alarms look on. Nobody is told of its start.
pub fn begins_rolling(plan: &Plan, service: &ServicePlan) -> bool {
    let is_watched = service.circuit_breaker.is_some() || service.deployment_alarms.is_some();
    plan.run.begin == Begin::Empty && is_watched
}
