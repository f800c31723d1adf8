//! Calls of RunTask: where their tasks go, the account's rate of them, and those of EventBridge
//! that fail.

use std::cmp::Reverse;

use crate::engine::random::Purpose;
use crate::ids::JobSourceId;
use crate::observe::inputs::{CallAsked, DecisionInputs, Limiter};
use crate::observe::observation::{Observation, Refusal};
use crate::policy::schedule::delivery::{Delivery, Failed, after_failure};
use crate::policy::strategy::{Choice, Strategy, drawn_provider, next_provider};
use crate::scenario::plan::{Caller, ProviderChoice, TargetPlan};
use crate::simulation::Simulation;
use crate::simulation::launch::Refused;

/// Draws of a call's provider, where they are drawn.
const PROVIDER: Purpose = Purpose::new("call provider");
/// Draws of the waits before further calls.
const BACKOFF: Purpose = Purpose::new("schedule backoff");
/// More tries than a call may have.
const TRIES_MAX: u64 = 1_000;

impl Simulation<'_> {
    /// The provider of the next task of a RunTask call that has `in_call` tasks by item already.
    pub(super) fn provider_of_call(
        &self,
        (source, strategy): (JobSourceId, &Strategy),
        in_call: &[u32],
        draw: u64,
    ) -> Choice {
        let plan = &self.plan.job_sources[source.index()];
        match plan.provider_choice {
            ProviderChoice::PerCall => next_provider(strategy, in_call),
            ProviderChoice::WeightedRandom => {
                let uniform = self.streams.stream(PROVIDER, plan.key, draw).uniform();
                drawn_provider(strategy, in_call, uniform)
            }
        }
    }

    /// A RunTask call of up to ten tasks counts once against the account's rate of calls: with its
    /// first task.
    pub(super) fn take_call(&mut self, source: JobSourceId, in_call: u32) -> Result<(), Refused> {
        let which = self.bucket_of_calls(source);
        let (calls, now) = (&mut self.world.run_task_calls[which], self.now);
        if in_call == 0 && calls.take_up_to(now, 1) == 0 {
            let retry_at = calls.time_of_next(now);
            return Err(Refused {
                limiter: Some(Limiter::RunTaskCalls),
                ..Refused::new(Refusal::LaunchRate, retry_at)
            });
        }
        Ok(())
    }

    /// Which of the account's buckets a program's calls of RunTask are taken from. A strategy never
    /// has Fargate and instances in one.
    pub(in crate::simulation) fn bucket_of_calls(&self, source: JobSourceId) -> usize {
        let strategy = &self.plan.job_sources[source.index()].strategy;
        let provider = strategy.items()[0].provider;
        usize::from(self.plan.provider(provider).kind.is_hosted())
    }

    /// EventBridge calls: it looks at nothing that still runs.
    pub(super) fn tell_call(&mut self, source: JobSourceId, caller: Caller) {
        let state = &self.world.jobs[source.index()];
        let overlaps = 0 < state.live || 0 < state.waiting();
        self.observe(&Observation::Called {
            source,
            caller,
            overlaps,
        });
    }

    /// A task of EventBridge's call was not started: it is tried again, given up, or lost.
    pub(super) fn call_failed(
        &mut self,
        (source, index): (JobSourceId, u32),
        reason: Refusal,
        target: &TargetPlan,
    ) {
        let (now, key) = (self.now, self.plan.job_sources[source.index()].key);
        let job = self.world.jobs[source.index()].job_mut(index);
        job.refused_calls += 1;
        let (number, tries, called_at) = (job.number, job.refused_calls, job.arrived);
        let age = now.since(called_at);
        // A draw of each try's own, so that the last one needs none of those before.
        let ordinal = number
            .wrapping_mul(TRIES_MAX)
            .wrapping_add(u64::from(tries));
        let uniform = self.streams.stream(BACKOFF, key, ordinal).uniform();
        let backoff = (target.backoff, uniform);
        let failed = how_failed(reason);
        let delivery = after_failure(failed, (tries, age), target.retry, backoff);
        let asked = CallAsked {
            source,
            number,
            called_at,
            tries,
            reason,
            failed,
            uniform,
            delivery,
        };
        self.observer.note(now, &DecisionInputs::CallFailed(asked));
        self.observe(&Observation::CallFailed {
            source,
            reason,
            delivery,
        });
        let state = &mut self.world.jobs[source.index()];
        if let Delivery::Retry(wait) = delivery {
            state.delayed.push(Reverse((now + wait, index)));
            return;
        }
        let job = state.finish(index, false);
        self.observe(&Observation::JobFinished {
            source,
            sojourn: age,
            succeeded: false,
            starts: job.starts,
            skipped: false,
        });
    }
}

/// How RunTask tells it. ASSUMPTION: a used-up quota of vCPUs is an error of the call, as the
/// throttling and the limit of tasks in PROVISIONING are; that there is no room or no capacity
/// stands in `failures` of an answer (API RunTask).
const fn how_failed(reason: Refusal) -> Failed {
    match reason {
        Refusal::LaunchRate | Refusal::VcpuQuota | Refusal::ProvisioningLimit => Failed::Error,
        Refusal::ServiceRate
        | Refusal::SpotCapacity
        | Refusal::Throttled
        | Refusal::ZoneOut
        | Refusal::NoInstance => Failed::Failure,
    }
}
