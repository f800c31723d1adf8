//! The account's rate of RunTask calls.

use crate::ids::JobSourceId;
use crate::observe::inputs::Limiter;
use crate::observe::observation::Refusal;
use crate::simulation::Simulation;
use crate::simulation::launch::Refused;
use crate::world::jobs::Job;

impl Simulation<'_> {
    /// A RunTask call of up to ten tasks counts once against the account's rate of calls.
    pub(super) fn take_call(&mut self, source: JobSourceId, job: &Job) -> Result<(), Refused> {
        let which = self.bucket_of_calls(source);
        let (calls, now) = (&mut self.world.run_task_calls[which], self.now);
        if job.in_call == 0 && calls.take_up_to(now, 1) == 0 {
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
}
