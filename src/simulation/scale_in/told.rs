//! Tasks on container instances that are picked to be stopped, told to whoever asks why.

use crate::ids::{ProviderId, ServiceId, TaskId, ZoneId};
use crate::observe::inputs::{DecisionInputs, StopBecause, StopHow};
use crate::simulation::Simulation;
use crate::world::groups::Phase;

/// Why a task of a deployment, by its position among so many, has to go.
pub(super) fn because_of(position: usize, deployments: usize) -> StopBecause {
    match position + 1 < deployments {
        true => StopBecause::Replaced,
        false => StopBecause::Surplus,
    }
}

impl Simulation<'_> {
    /// Tells the task of a deployment that scale-in takes of a provider of container instances;
    /// `counts` are the deployment's tasks by item of its strategy.
    pub(super) fn note_hosted_stop(
        &mut self,
        (service, position): (ServiceId, usize),
        (provider, phase): (ProviderId, Phase),
        task: TaskId,
        counts: &[u32],
    ) {
        if !self.observer.follows() {
            return;
        }
        let state = &self.world.services[service.index()];
        let deployment = &state.deployments[position];
        let groups = &deployment.groups;
        let all = (0..self.plan.zones.len()).map(ZoneId::from_index);
        let zones: Vec<ZoneId> = all
            .filter(|zone| 0 < groups.count_in(provider, *zone, phase))
            .collect();
        let of_zone = |zone: &ZoneId| groups.count_in(provider, *zone, phase);
        let by_zone: Vec<u32> = zones.iter().map(of_zone).collect();
        let record = &self.world.tasks.live(task).record;
        let inputs = DecisionInputs::StopChosen {
            service,
            ordinal: record.ordinal,
            strategy: &deployment.strategy,
            counts,
            zones: &zones,
            by_zone: &by_zone,
            phase,
            among: groups.provider_count_in(provider, phase),
            because: because_of(position, state.deployments.len()),
            how: match record.instance {
                Some(_) => StopHow::Placement,
                None => StopHow::Waits,
            },
        };
        self.observer.note(self.now, &inputs);
    }
}
