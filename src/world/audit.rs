//! The audit: every counter that can be recomputed is, and compared. Run after every event in test
//! builds.

use crate::scenario::plan::Plan;
use crate::world::World;
use crate::world::groups::Phase;
use crate::world::service::Deployment;
use crate::world::task::{Owner, TaskState};

/// Checks the whole state.
///
/// # Panics
/// If a counter is not what recounting gives: a defect of ours.
pub fn audit(world: &World, plan: &Plan) {
    for (index, service) in world.services.iter().enumerate() {
        for deployment in &service.deployments {
            audit_deployment(world, index, deployment);
        }
    }
    for (index, source) in world.jobs.iter().enumerate() {
        let live = world.tasks.iter().filter(|(_, task)| {
            task.record.owner == Owner::Job(crate::ids::JobSourceId::from_index(index))
                && task.state() != TaskState::Stopping
        });
        assert_eq!(
            source.live as usize,
            live.count(),
            "live tasks of {}",
            plan.job_sources[index].name
        );
        assert_eq!(
            source.groups.total(),
            source.live,
            "grouped tasks of a job source"
        );
    }
    for (service, load) in world.services.iter().zip(&world.loads) {
        if let Some(load) = load {
            load.audit();
            let serving = service.counts().serving;
            assert_eq!(load.serving().unwrap_or(serving), serving, "serving tasks");
        }
    }
    audit_accounts(world);
}

fn audit_deployment(world: &World, service: usize, deployment: &Deployment) {
    let owner = Owner::Service(crate::ids::ServiceId::from_index(service));
    let (mut pending, mut running, mut serving, mut healthy) = (0, 0, 0, 0);
    for (_, task) in world.tasks.iter() {
        if task.record.owner != owner || task.record.deployment != deployment.ordinal {
            continue;
        }
        match task.state() {
            TaskState::Launching => pending += 1,
            TaskState::Running => running += 1,
            TaskState::Serving => {
                running += 1;
                serving += 1;
            }
            TaskState::Stopping => continue,
        }
        healthy += u32::from(task.healthy);
    }
    let counted = (
        deployment.pending,
        deployment.running,
        deployment.serving,
        deployment.healthy,
    );
    assert_eq!(
        counted,
        (pending, running, serving, healthy),
        "counts of a deployment"
    );
    let groups = &deployment.groups;
    let grouped = (
        groups.total_in(Phase::Launching),
        groups.total_in(Phase::Running) + groups.total_in(Phase::Healthy),
        groups.total_in(Phase::Healthy),
    );
    assert_eq!(
        grouped,
        (pending, running, healthy),
        "groups of a deployment"
    );
}

fn audit_accounts(world: &World) {
    for (index, account) in world.accounts.iter().enumerate() {
        let used: u64 = world
            .tasks
            .iter()
            .filter(|(_, task)| task.record.provider.index() == index)
            .map(|(_, task)| u64::from(task.record.cpu.0))
            .sum();
        assert_eq!(account.cpu_units, used, "CPU units of a provider");
        if let Some(quota) = account.quota_vcpus {
            assert!(used <= u64::from(quota) * 1024, "the vCPU quota holds");
        }
    }
}
