//! A desired count that changes while a deployment is under way.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::ids::ServiceId;
use crate::observe::observation::{DeploymentStep, FailedBy};
use crate::policy::rollout::older_share;
use crate::policy::traffic_shift::{CODE_DEPLOY_UNSTEADY, Stage};
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::world::service::{Deployment, RolloutState};

impl Simulation<'_> {
    /// The desired count of a service is another from now on; to be reconciled after it.
    pub(super) fn set_desired(&mut self, service: ServiceId, to: u32, queue: &mut Queue<Event>) {
        let state = &mut self.world.services[service.index()];
        let from = std::mem::replace(&mut state.desired, to);
        // With a scale-in the room goes that scale-outs came with.
        for deployment in &mut state.deployments {
            deployment.added = deployment.added.saturating_sub(from.saturating_sub(to));
        }
        if from < to {
            self.share_scale_out(service, to - from);
        }
        if from != to {
            self.await_steady(service, queue);
        }
    }

    /// What is added during a rolling deployment is added to both revisions.
    fn share_scale_out(&mut self, service: ServiceId, added: u32) {
        let state = &mut self.world.services[service.index()];
        if !state.is_in_progress() || state.keeps_all() {
            return;
        }
        let newer = state.primary().live();
        let primary = state.deployments.len() - 1;
        let older = &mut state.deployments[..primary];
        let have = older.iter().map(Deployment::sound).sum();
        let share = older_share(added, (have, newer));
        let mut standing = older.iter_mut().rev();
        let newest = standing.find(|it| it.rollout != RolloutState::Failed && 0 < it.sound());
        let Some(newest) = newest.filter(|_| 0 < share) else {
            return;
        };
        newest.kept += share;
        newest.added += share;
        self.tell_deployment(
            service,
            DeploymentStep::ScaledOut {
                added,
                older: share,
            },
        );
    }

    /// CodeDeploy gives green a while to be steady again after the count has changed.
    fn await_steady(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let plan = self.plan.service(service).traffic_shift.as_ref();
        if !plan.is_some_and(|plan| plan.by_code_deploy) {
            return;
        }
        let until = self.now.saturating_add(CODE_DEPLOY_UNSTEADY);
        let state = &mut self.world.services[service.index()];
        let Some(shift) = &mut state.shift else {
            return;
        };
        let is_shifting = (Stage::PostScaleUp..Stage::BakeTime).contains(&shift.stage);
        if is_shifting && shift.steady_by.is_none() {
            shift.steady_by = Some(until);
            if until < self.plan.horizon() {
                queue.schedule_at(until, Event::ShiftUnsteady { service });
            }
        }
    }

    /// Green is steady again: nothing is waited for.
    pub(super) fn is_steady_again(&mut self, service: ServiceId) {
        let state = &mut self.world.services[service.index()];
        let primary = state.primary();
        let is_steady = state.desired <= primary.healthy - primary.draining_healthy;
        if let Some(shift) = state.shift.as_mut().filter(|_| is_steady) {
            shift.steady_by = None;
        }
    }

    /// CodeDeploy has waited for long enough: if green is not steady by now, the deployment fails.
    pub(super) fn on_shift_unsteady(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let state = &self.world.services[service.index()];
        let is_due = state.shift.is_some_and(|it| it.steady_by == Some(self.now));
        if is_due && state.is_in_progress() {
            let waited: SimDuration = CODE_DEPLOY_UNSTEADY;
            self.fail_shift(service, FailedBy::Unsteady { waited }, queue);
        }
    }
}
