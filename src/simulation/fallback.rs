//! `whatIf.spotFallback`: what waits for Spot for too long goes on demand. Not AWS's behaviour.

use crate::engine::SimDuration;
use crate::engine::queue::Queue;
use crate::ids::{GroupId, JobSourceId, ProviderId, ServiceId};
use crate::observe::observation::Refusal;
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::strategy::{ChoiceReason, Strategy};
use crate::policy::what_if::Fallback;
use crate::scenario::plan::ProviderKind;
use crate::simulation::Simulation;
use crate::simulation::event::Event;
use crate::simulation::launch::Refused;

impl Simulation<'_> {
    /// A deployment's task that Fargate Spot has no capacity for goes to FARGATE, if Spot has
    /// refused the deployment's tasks for long enough. `asked` is the strategy with the counts
    /// that it was asked with, and the provider that it named.
    pub(super) fn fall_back(
        &mut self,
        (service, ordinal): (ServiceId, u32),
        (strategy, counts, instead_of): (&Strategy, &[u32], ProviderId),
        refused: Refused,
        queue: &mut Queue<Event>,
    ) {
        let what_if = &self.plan.what_if;
        let (Some(rule), Some(provider)) = (what_if.spot_fallback, what_if.on_demand) else {
            return;
        };
        let (now, retry) = (self.now, self.plan.spot.retry);
        let state = &mut self.world.services[service.index()];
        let Some(deployment) = state
            .deployment_mut(ordinal)
            .filter(|_| refused.reason == Refusal::SpotCapacity)
        else {
            return;
        };
        // As long as something waits it is refused again and again; after a pause it begins anew.
        let since = match deployment.without_spot {
            Some((since, last)) if now.since(last) <= retry + retry => since,
            Some(_) | None => now,
        };
        deployment.without_spot = Some((since, now));
        let waited = match rule.decide(since, now) {
            Fallback::OnDemand { waited } => waited,
            Fallback::Waits { until } => {
                self.look_again_at((service, until), queue);
                return;
            }
        };
        match self.start_task((service, ordinal), (provider, None), queue) {
            Ok((task, _)) => {
                let reason = ChoiceReason::Fallback {
                    waited,
                    instead_of,
                    uniform: None,
                };
                self.tell_pick((service, task), (provider, reason), (strategy, counts));
            }
            Err(refused) => self.refused((service, ordinal), Some(provider), refused, queue),
        }
    }

    /// A task of a deployment was granted on a provider: if that is Fargate Spot, it has capacity.
    pub(super) fn spot_granted(
        &mut self,
        (service, ordinal): (ServiceId, u32),
        provider: ProviderId,
    ) {
        if self.plan.provider(provider).kind == ProviderKind::FargateSpot
            && let Some(deployment) = self.world.services[service.index()].deployment_mut(ordinal)
        {
            deployment.without_spot = None;
        }
    }

    /// Where a program's job goes that has no Spot capacity: on demand, if it has waited long
    /// enough; `None`: it waits on.
    pub(super) fn job_falls_back(
        &mut self,
        (source, job): (JobSourceId, u32),
        queue: &mut Queue<Event>,
    ) -> Option<(ProviderId, SimDuration)> {
        let what_if = &self.plan.what_if;
        let (rule, on_demand) = what_if.spot_fallback.zip(what_if.on_demand)?;
        let now = self.now;
        let job = *self.world.jobs[source.index()].job_mut(job);
        let provider = self.plan.job_provider(source, job.item as usize);
        if self.plan.provider(provider).kind != ProviderKind::FargateSpot {
            return None;
        }
        match rule.decide(job.first_tried.unwrap_or(now), now) {
            Fallback::OnDemand { waited } => Some((on_demand, waited)),
            Fallback::Waits { until } => {
                self.wake_jobs(source, until, queue);
                None
            }
        }
    }

    /// How a group buys an instance that Spot has none of: on demand, if it has looked in vain for
    /// long enough.
    pub(super) fn group_falls_back(
        &mut self,
        group: GroupId,
        refused: Purchase,
        queue: &mut Queue<Event>,
    ) -> Option<Purchase> {
        let rule = self.plan.what_if.spot_fallback?;
        if refused == Purchase::OnDemand {
            return None;
        }
        let now = self.now;
        let state = &mut self.world.capacity.groups[group.index()];
        let since = *state.without_spot_since.get_or_insert(now);
        match rule.decide(since, now) {
            Fallback::OnDemand { .. } => Some(Purchase::OnDemand),
            Fallback::Waits { until } => {
                self.retry_at((group, until), queue);
                None
            }
        }
    }
}
