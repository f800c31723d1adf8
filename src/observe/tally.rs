//! Streaming aggregates of a run, always on: what the summary is made of. Their memory depends on
//! the plan, not on what happens.

pub mod completion;
pub mod counts;
mod deployments;
pub mod groups;
pub mod load;
pub mod objectives;
mod parts;
pub mod queue;
mod restart;
#[cfg(test)]
mod tests;

use crate::demand::period::{PERIOD, ServicePeriod};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::alarms::{AlarmSummary, AlarmTally};
use crate::observe::gauge::CountsGauge;
use crate::observe::observation::{Observation, Refusal};
use crate::observe::summary::{CountSummary, RunSummary, TotalSummary, VERSION};
use crate::observe::tally::counts::{CountTally, Delays, Tallies, TaskTally};
use crate::observe::tally::deployments::DeploymentTally;
use crate::observe::tally::groups::GroupTally;
use crate::observe::tally::load::LoadTally;
use crate::observe::tally::objectives::{ObjectiveTally, RunTallies};
use crate::observe::times::iso8601_seconds;
use crate::policy::load::Histogram;
use crate::policy::schedule::delivery::Delivery;
use crate::policy::spot::Regime;
use crate::scenario::plan::{Plan, ProviderKind};
use crate::world::service::ServiceCounts;
use crate::world::task::{Owner, TaskRecord};

/// Streaming aggregates of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    /// From when on is measured: the warm-up's end.
    from: SimTime,
    /// What would have been told if the run had ended then, of what is told at an end only.
    told: Option<Box<Tally>>,
    services: Vec<ServiceTally>,
    job_sources: Vec<JobSourceTally>,
    providers: Vec<ProviderTally>,
    groups: Vec<GroupTally>,
    /// The group of each provider.
    kinds: Vec<ProviderKind>,
    spot_zones: Vec<SpotZoneTally>,
    /// The service of each scalable target.
    scaled_services: Vec<ServiceId>,
    alarms: Vec<AlarmTally>,
    objectives: Vec<ObjectiveTally>,
    /// Whether some of them judge when tasks are done.
    has_completions: bool,
    /// RUNNING tasks of all services.
    running: CountTally,
    running_now: u32,
    /// Container instances that are registered.
    instances: CountTally,
    instances_now: u32,
}

#[derive(Clone, Debug, Default)]
struct ServiceTally {
    counts: ServiceCounts,
    desired: CountTally,
    running: CountTally,
    pending: CountTally,
    short_since: Option<SimTime>,
    short_us: u64,
    unplaced: CountTally,
    tasks: TaskTally,
    load: LoadTally,
    scale_outs: u64,
    scale_ins: u64,
    deployments: DeploymentTally,
    /// Objectives that judge its minutes, by index.
    judged_by_load: Vec<usize>,
    judged_by_counts: Vec<usize>,
    /// Only where an objective judges minutes of its counts.
    gauge: Option<CountsGauge>,
}

#[derive(Clone, Debug, Default)]
struct JobSourceTally {
    succeeded: u64,
    failed: u64,
    skipped: u64,
    starts: u64,
    waiting: u32,
    waiting_max: u32,
    calls: CallTally,
    sojourns: Delays,
    tasks: TaskTally,
}

/// Calls of EventBridge.
#[derive(Clone, Debug, Default)]
struct CallTally {
    runs: u64,
    overlapping: u64,
    retries: u64,
    given_up: u64,
    lost: Tallies<Refusal>,
}

#[derive(Clone, Debug, Default)]
struct ProviderTally {
    running_us: u128,
    started: u64,
    interruptions: u64,
    refusals: Tallies<Refusal>,
}

#[derive(Clone, Debug)]
struct SpotZoneTally {
    regime: Regime,
    since: SimTime,
    /// Time calm, tight and empty.
    spent_us: [u64; 3],
    reclaims: u64,
    interruptions: u64,
    has_spoken: bool,
}

impl CallTally {
    fn failed(&mut self, reason: Refusal, delivery: Delivery) {
        match delivery {
            Delivery::Retry(_) => self.retries += 1,
            Delivery::UsedUp | Delivery::TooOld => self.given_up += 1,
            Delivery::Lost => self.lost.add(reason),
        }
    }
}

impl Tally {
    /// Nothing has happened yet.
    pub fn new(plan: &Plan) -> Self {
        let objectives: Vec<_> = plan.objectives.iter().map(ObjectiveTally::new).collect();
        let service = |index: usize| {
            let id = ServiceId::from_index(index);
            let with = |is_about: fn(&ObjectiveTally, ServiceId) -> bool| -> Vec<usize> {
                let all = 0..objectives.len();
                all.filter(|at| is_about(&objectives[*at], id)).collect()
            };
            let judged_by_counts = with(ObjectiveTally::is_about_counts_of);
            let mut judged_by_load = with(ObjectiveTally::is_about_load_of);
            let is_given = plan.is_given(id);
            judged_by_load.retain(|at| is_given || objectives[*at].service().is_some());
            ServiceTally {
                judged_by_load,
                gauge: (!judged_by_counts.is_empty()).then(|| CountsGauge::new(PERIOD)),
                judged_by_counts,
                ..ServiceTally::default()
            }
        };
        let zone = SpotZoneTally {
            regime: Regime::Calm,
            since: SimTime::ZERO,
            spent_us: [0; 3],
            reclaims: 0,
            interruptions: 0,
            has_spoken: false,
        };
        Tally {
            from: SimTime::ZERO,
            told: None,
            services: (0..plan.services.len()).map(service).collect(),
            job_sources: vec![JobSourceTally::default(); plan.job_sources.len()],
            providers: vec![ProviderTally::default(); plan.providers.len()],
            groups: vec![GroupTally::default(); plan.groups.len()],
            kinds: plan.providers.iter().map(|it| it.kind).collect(),
            spot_zones: vec![zone; plan.zones.len()],
            scaled_services: plan.scalable_targets.iter().map(|t| t.service).collect(),
            alarms: vec![AlarmTally::default(); plan.alarms.len()],
            has_completions: plan.objectives.iter().any(|it| it.completion.is_some()),
            objectives,
            running: CountTally::default(),
            running_now: 0,
            instances: CountTally::default(),
            instances_now: 0,
        }
    }

    /// Takes what happened.
    #[inline(always)]
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        match *what {
            Observation::TaskGone(record) => self.on_task_gone(at, record),
            Observation::TaskStarted {
                owner,
                provider,
                delay,
                ..
            } => {
                let tasks = self.tasks_of(owner);
                tasks.started += 1;
                tasks.delays.add(delay);
                self.providers[provider.index()].started += 1;
            }
            Observation::TaskInterrupted {
                owner,
                provider,
                zone,
            } => {
                self.tasks_of(owner).interruptions += 1;
                self.providers[provider.index()].interruptions += 1;
                if !self.kinds[provider.index()].is_hosted() {
                    self.spot_zones[zone.index()].interruptions += 1;
                }
            }
            Observation::LaunchRefused {
                owner,
                provider,
                reason,
                nearest,
                ..
            } => {
                let tasks = self.tasks_of(owner);
                tasks.refusals.add(reason);
                if reason == Refusal::NoInstance {
                    tasks.no_instance.refused(at, nearest);
                }
                if let Some(provider) = provider {
                    self.providers[provider.index()].refusals.add(reason);
                }
            }
            Observation::ServiceCounts {
                service, counts, ..
            } => self.on_counts(at, service, counts),
            Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            } => self.service_periods(service, (first, count), period),
            Observation::Scaling {
                target, from, to, ..
            } => {
                let service = self.scaled_services[target.index()];
                self.services[service.index()].scaled(from, to);
            }
            Observation::Deployment {
                service,
                ordinal,
                step,
                ..
            } => self.services[service.index()]
                .deployments
                .add(ordinal, step),
            Observation::AlarmState {
                alarm,
                from,
                verdict,
                ..
            } => self.alarms[alarm.index()].changed(at, from, verdict.state),
            Observation::SpotRegime {
                pool,
                regime,
                reclaim,
            } => {
                // Fargate Spot's pools are the zones; those of instances come after them.
                if let Some(zone) = self.spot_zones.get_mut(pool.index()) {
                    zone.set(at, regime);
                    zone.reclaims += u64::from(reclaim.is_some());
                }
            }
            Observation::JobFinished {
                source,
                sojourn,
                succeeded,
                starts,
                skipped,
            } => {
                let tally = &mut self.job_sources[source.index()];
                tally.succeeded += u64::from(succeeded);
                tally.failed += u64::from(!succeeded && !skipped);
                tally.skipped += u64::from(skipped);
                // What was given up before a task of it ran took nothing.
                if 0 < starts {
                    tally.sojourns.add(sojourn);
                }
                if succeeded && self.has_completions {
                    let arrived =
                        SimTime::from_micros(at.as_micros().saturating_sub(sojourn.as_micros()));
                    for objective in &mut self.objectives {
                        objective.job_done(source, arrived, at);
                    }
                }
            }
            Observation::Capacity(ref what) => self.on_capacity(at, what),
            Observation::JobsWaiting { source, waiting } => {
                let tally = &mut self.job_sources[source.index()];
                tally.waiting = waiting;
                tally.waiting_max = tally.waiting_max.max(waiting);
            }
            Observation::Called {
                source, overlaps, ..
            } => {
                let calls = &mut self.job_sources[source.index()].calls;
                calls.runs += 1;
                calls.overlapping += u64::from(overlaps);
                for objective in &mut self.objectives {
                    objective.called(source, at);
                }
            }
            Observation::CallFailed {
                source,
                reason,
                delivery,
            } => self.job_sources[source.index()]
                .calls
                .failed(reason, delivery),
            Observation::ProviderPicked { owner, .. } => {
                if let Owner::Job(source) = owner {
                    self.job_sources[source.index()].starts += 1;
                }
            }
            // Of a task that is gone its record has them.
            Observation::ContainerRestarted { .. } => {}
        }
    }

    /// Takes a service's response times and the seconds its load model is not sure of.
    pub fn load_totals(&mut self, service: ServiceId, responses: &Histogram, distrust_s: &[f64]) {
        let load = &mut self.services[service.index()].load;
        load.add_totals(responses, distrust_s);
    }

    /// The run in numbers.
    pub fn finish(mut self, plan: &Plan, ended_at: SimTime) -> RunSummary {
        self.deduct_told();
        for tally in &mut self.services {
            tally.close(ended_at, &mut self.objectives);
        }
        let mut load = LoadTally::default();
        let mut tasks = TaskTally::default();
        for (index, service) in self.services.iter().enumerate() {
            if plan.is_given(ServiceId::from_index(index)) {
                load.merge(&service.load);
            }
            tasks.merge(&service.tasks);
        }
        for source in &self.job_sources {
            tasks.merge(&source.tasks);
        }
        let all = RunTallies {
            load: &load,
            tasks: &tasks,
            running: self.running.summary(ended_at),
        };
        let judged = |objective: &ObjectiveTally| match objective.service() {
            Some(service) => {
                let tally = &self.services[service.index()];
                objective.summary(tally.tallies(ended_at), ended_at)
            }
            None => objective.summary(all, ended_at),
        };
        RunSummary {
            version: VERSION,
            scenario: plan.name.clone(),
            start: iso8601_seconds(plan.run.start, SimTime::ZERO),
            simulated_s: ended_at.as_secs_f64(),
            warm_up_s: self.from.as_secs_f64(),
            total: TotalSummary {
                requests: load.sum.requests,
                failed_requests: load.sum.failed,
                failed_percent: load.failed_share().map(|share| 100.0 * share),
                response: load.response(),
                container_instances_max: self.instances.summary(ended_at).max,
                tasks: tasks.summary(plan),
            },
            services: self.service_summaries(plan, ended_at),
            providers: self.provider_summaries(plan),
            groups: self.group_summaries(plan, ended_at),
            job_sources: self.job_source_summaries(plan),
            spot_zones: self.spot_zone_summaries(plan, ended_at),
            alarms: self.alarm_summaries(plan, ended_at),
            objectives: self.objectives.iter().map(judged).collect(),
        }
    }

    fn alarm_summaries(&self, plan: &Plan, ended_at: SimTime) -> Vec<AlarmSummary> {
        let alarms = plan.alarms.iter().zip(&self.alarms);
        alarms
            .map(|(alarm, tally)| tally.summary((plan, alarm), ended_at))
            .collect()
    }

    /// `count` minutes of a service's load are over, the first of them with index `first`.
    pub fn service_periods(
        &mut self,
        service: ServiceId,
        (first, count): (u64, u64),
        period: &ServicePeriod,
    ) {
        let count = match self.from {
            SimTime::ZERO => count,
            // A minute of the warm-up may be told after its end.
            from => (first + count).saturating_sub(first.max(from.period_index(PERIOD))),
        };
        if count == 0 {
            return;
        }
        let tally = &mut self.services[service.index()];
        tally.load.add(period, count);
        for objective in &tally.judged_by_load {
            self.objectives[*objective].judge_load(period, count);
        }
    }

    fn on_task_gone(&mut self, at: SimTime, record: &TaskRecord) {
        let tasks = self.tasks_of(record.owner);
        if let Some(stop) = record.stop {
            tasks.stopped.add(stop.code);
        }
        tasks.restarts += u64::from(record.restarts);
        tasks.lost_work_us += record.lost_work.as_micros();
        if let Some(started) = record.times.started {
            self.tasks_of(record.owner).ran += 1;
            let until = record.times.stopping.unwrap_or(at).min(at);
            let running = until.since(started);
            self.providers[record.provider.index()].running_us += u128::from(running.as_micros());
        }
    }

    fn on_counts(&mut self, at: SimTime, service: ServiceId, counts: ServiceCounts) {
        let tally = &mut self.services[service.index()];
        if tally.counts == counts {
            return;
        }
        self.running_now = self.running_now - tally.counts.running + counts.running;
        self.running.set(at, self.running_now);
        tally.set_counts(at, counts);
        if let Some(gauge) = &mut tally.gauge {
            let (judged_by, objectives) = (&tally.judged_by_counts, &mut self.objectives);
            gauge.set(at, counts, |run| {
                for objective in judged_by {
                    objectives[*objective].judge_counts(&run);
                }
            });
        }
    }

    /// Whether the closest instance is to be looked for, where a search for an owner found none.
    pub fn is_nearest_due(&mut self, owner: Owner) -> bool {
        self.tasks_of(owner).no_instance.is_nearest_due()
    }

    fn tasks_of(&mut self, owner: Owner) -> &mut TaskTally {
        match owner {
            Owner::Service(service) => &mut self.services[service.index()].tasks,
            Owner::Job(source) => &mut self.job_sources[source.index()].tasks,
        }
    }
}

impl ServiceTally {
    fn set_counts(&mut self, at: SimTime, counts: ServiceCounts) {
        self.counts = counts;
        self.desired.set(at, counts.desired);
        self.running.set(at, counts.running);
        self.pending.set(at, counts.pending);
        let is_short = counts.running < counts.desired;
        match self.short_since {
            Some(since) if !is_short => {
                self.short_us += at.since(since).as_micros();
                self.short_since = None;
            }
            None if is_short => self.short_since = Some(at),
            Some(_) | None => {}
        }
    }

    fn scaled(&mut self, from: u32, to: u32) {
        self.scale_outs += u64::from(from < to);
        self.scale_ins += u64::from(to < from);
    }

    fn close(&mut self, ended_at: SimTime, objectives: &mut [ObjectiveTally]) {
        if let Some(since) = self.short_since.take() {
            self.short_us += ended_at.since(since).as_micros();
        }
        if let Some(gauge) = &mut self.gauge {
            gauge.finish(ended_at, |run| {
                for objective in &self.judged_by_counts {
                    objectives[*objective].judge_counts(&run);
                }
            });
        }
    }

    fn tallies(&self, ended_at: SimTime) -> RunTallies<'_> {
        let running: CountSummary = self.running.summary(ended_at);
        RunTallies {
            load: &self.load,
            tasks: &self.tasks,
            running,
        }
    }
}

impl SpotZoneTally {
    fn set(&mut self, at: SimTime, regime: Regime) {
        let slot = match self.regime {
            Regime::Calm => 0,
            Regime::Tight => 1,
            Regime::Empty => 2,
        };
        self.spent_us[slot] += at.since(self.since).as_micros();
        self.since = at;
        self.regime = regime;
        self.has_spoken = true;
    }
}
