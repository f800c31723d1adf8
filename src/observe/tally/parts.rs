//! The parts of the summary: services, providers, programs, spot zones.

use crate::engine::{SimDuration, SimTime};
use crate::observe::summary::{
    JobSourceSummary, ProviderSummary, ScheduleSummary, ServiceSummary, SpotZoneSummary,
};
use crate::observe::tally::Tally;
use crate::observe::tally::counts::refusal_name;
use crate::scenario::plan::Plan;

impl Tally {
    pub(super) fn service_summaries(&self, plan: &Plan, ended_at: SimTime) -> Vec<ServiceSummary> {
        let services = self.services.iter().zip(&plan.services);
        let summary = services.map(|(tally, service)| ServiceSummary {
            name: service.name.clone(),
            load: service.demand.is_some().then(|| tally.load.summary()),
            cpu: tally.load.cpu.summary(),
            memory: tally.load.memory.summary(),
            daemon: None,
            desired_count: tally.desired.summary(ended_at),
            running_count: tally.running.summary(ended_at),
            pending_count: tally.pending.summary(ended_at),
            unplaced_count: Some(tally.unplaced.summary(ended_at)).filter(|it| 0 < it.max),
            short_of_desired_s: SimDuration::from_micros(tally.short_us).as_secs_f64(),
            tasks: tally.tasks.summary(plan),
            scale_outs: tally.scale_outs,
            scale_ins: tally.scale_ins,
            deployments_started: tally.deployments.started,
            deployments_completed: tally.deployments.completed,
            deployments_failed: tally.deployments.failed,
            deployments_rolled_back: tally.deployments.rolled_back,
            first_deployment_failed: 0 < tally.deployments.first_failed,
            deployment_alarms_ignored: tally.deployments.alarms_ignored,
            deployment_under_way: tally.deployments.under_way.map(|stage| match stage {
                Some(stage) => stage.name().to_owned(),
                None => "IN_PROGRESS".to_owned(),
            }),
        });
        summary.collect()
    }

    pub(super) fn provider_summaries(&self, plan: &Plan) -> Vec<ProviderSummary> {
        let total_us: u128 = self.providers.iter().map(|tally| tally.running_us).sum();
        let providers = self.providers.iter().zip(&plan.providers);
        let summary = providers.map(|(tally, provider)| ProviderSummary {
            name: provider.name.clone(),
            task_hours: tally.running_us as f64 / 3.6e9,
            task_hours_percent: percent(tally.running_us as f64, total_us as f64),
            started: tally.started,
            interruptions: tally.interruptions,
            refusals: tally.refusals.named(refusal_name),
        });
        summary.collect()
    }

    pub(super) fn job_source_summaries(&self, plan: &Plan) -> Vec<JobSourceSummary> {
        let sources = self.job_sources.iter().zip(&plan.job_sources);
        let summary = sources.map(|(tally, source)| JobSourceSummary {
            name: source.name.clone(),
            succeeded: tally.succeeded,
            failed: tally.failed,
            skipped: tally.skipped,
            starts: tally.starts,
            waiting_max: tally.waiting_max,
            sojourn: tally.sojourns.summary(),
            tasks: tally.tasks.summary(plan),
            schedule: source.target.map(|target| ScheduleSummary {
                runs: tally.calls.runs,
                overlapping: tally.calls.overlapping,
                retries: tally.calls.retries,
                given_up: tally.calls.given_up,
                has_dead_letters: target.has_dead_letters,
                lost: tally.calls.lost.named(refusal_name),
            }),
        });
        summary.collect()
    }

    pub(super) fn spot_zone_summaries(
        &self,
        plan: &Plan,
        ended_at: SimTime,
    ) -> Vec<SpotZoneSummary> {
        let zones = self.spot_zones.iter().zip(&plan.zones);
        let spoken = zones.filter(|(tally, _)| tally.has_spoken || 0 < tally.interruptions);
        let measured_us = ended_at.since(self.from).as_micros();
        let summary = spoken.map(|(tally, zone)| {
            let mut tally = tally.clone();
            tally.set(ended_at, tally.regime);
            let share = |at: usize| percent(tally.spent_us[at] as f64, measured_us as f64);
            SpotZoneSummary {
                zone: zone.name.clone(),
                calm_percent: share(0),
                tight_percent: share(1),
                empty_percent: share(2),
                reclaims: tally.reclaims,
                interruptions: tally.interruptions,
            }
        });
        summary.collect()
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if 0.0 < whole {
        100.0 * part / whole
    } else {
        0.0
    }
}
