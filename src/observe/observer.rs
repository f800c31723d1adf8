//! The one listener that the simulation knows: it hands each observation to the sinks that are on.

use std::sync::Arc;

use crate::demand::period::ServicePeriod;
use crate::engine::SimTime;
use crate::ids::{GroupId, ServiceId};
use crate::observe::alarms::AlarmHistory;
use crate::observe::daemons::{DaemonLoads, DaemonSummary};
use crate::observe::decisions::DecisionLog;
use crate::observe::deployments::DeploymentHistory;
use crate::observe::events::EventLog;
use crate::observe::fleet::Fleet;
use crate::observe::incidents::Incidents;
use crate::observe::inputs::DecisionInputs;
use crate::observe::instances::times_until;
use crate::observe::meters::Meters;
use crate::observe::metrics::MetricSink;
use crate::observe::observation::{CapacityObservation, Observation};
use crate::observe::series::MetricStore;
use crate::observe::states::TaskStates;
use crate::observe::summary::RunSummary;
use crate::observe::tally::Tally;
use crate::observe::trail::Trail;
use crate::observe::usage::UsageTable;
use crate::policy::load::Histogram;
use crate::scenario::plan::Plan;
use crate::world::instance::{GroupCounts, InstanceRecord, InstanceStep};
use crate::world::spot_prices::SpotPrices;
use crate::world::task::{Owner, TaskRecord};

/// All sinks of a run.
#[derive(Clone, Debug)]
pub struct Observer {
    meters: Meters,
    metrics: Option<MetricSink>,
    tasks: Option<Vec<TaskRecord>>,
    instances: Vec<InstanceRecord>,
    states: TaskStates,
    incidents: Incidents,
    fleet: Fleet,
    events: Option<EventLog>,
    decisions: Option<DecisionLog>,
    alarms: Option<AlarmHistory>,
    deployments: Option<DeploymentHistory>,
    daemons: Option<Box<DaemonLoads>>,
    tally: Tally,
    trail: Option<Box<Trail>>,
    /// From when on figures are measured: the warm-up's end.
    measured: SimTime,
    /// Whether anything is recorded beside what always is.
    records: bool,
}

/// What the sinks kept of a run.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What was used, for the bill.
    pub usage: UsageTable,
    /// CloudWatch's series; `None`: not recorded.
    pub metrics: Option<MetricStore>,
    /// Every task, by creation; empty unless `record.tasks` or `record.events` asks for them.
    pub tasks: Vec<TaskRecord>,
    /// Every instance, by id; empty unless `record.tasks` or `record.events` asks for them.
    pub instances: Vec<InstanceRecord>,
    /// Tasks by provider and state over time.
    pub states: TaskStates,
    /// Interruptions, refusals, regimes and waiting arrivals over time.
    pub incidents: Incidents,
    /// The cluster's own instances over time.
    pub fleet: Fleet,
    /// What EventBridge would have seen; `None`: not recorded.
    pub events: Option<EventLog>,
    /// Decisions and their reasons; `None`: not recorded.
    pub decisions: Option<DecisionLog>,
    /// The changes of alarms; `None`: there are no alarms, or no series are recorded.
    pub alarms: Option<AlarmHistory>,
    /// The deployments of the run; `None`: there were none, or no series are recorded.
    pub deployments: Option<DeploymentHistory>,
    /// What decisions were made from; `None`: not asked for.
    pub trail: Option<Box<Trail>>,
    /// The run in numbers.
    pub summary: RunSummary,
}

impl Observer {
    /// The sinks that the plan asks for.
    pub fn new(plan: &Plan) -> Self {
        let daemons = DaemonLoads::new(plan);
        Observer {
            meters: Meters::new(plan),
            metrics: plan
                .record
                .metrics
                .map(|period| MetricSink::new(plan, period)),
            tasks: (plan.record.tasks || plan.record.events).then(Vec::new),
            instances: Vec::new(),
            states: TaskStates::new(plan),
            incidents: Incidents::new(plan),
            fleet: Fleet::new(plan),
            events: plan.record.events.then(EventLog::new),
            decisions: plan.record.decisions.then(DecisionLog::new),
            alarms: (plan.record.metrics.is_some() && !plan.alarms.is_empty())
                .then(AlarmHistory::default),
            deployments: plan
                .record
                .metrics
                .is_some()
                .then(DeploymentHistory::default),
            // What they do is part of the bill and the summary, recorded or not.
            records: daemons.is_some()
                || plan.record.metrics.is_some()
                || plan.record.tasks
                || plan.record.events
                || plan.record.decisions,
            daemons,
            tally: Tally::new(plan),
            trail: None,
            measured: SimTime::ZERO,
        }
    }

    /// What takes what would be told if the run ended at the warm-up's end `at`: see
    /// [`Observer::restart`].
    pub fn of_end(plan: &Plan, at: SimTime) -> Self {
        Observer {
            meters: Meters::new(plan),
            metrics: None,
            tasks: Some(Vec::new()),
            instances: Vec::new(),
            states: TaskStates::new(plan),
            incidents: Incidents::new(plan),
            fleet: Fleet::new(plan),
            events: None,
            decisions: None,
            alarms: None,
            deployments: None,
            daemons: None,
            tally: Tally::new(plan).of_end(at),
            trail: None,
            measured: at,
            records: true,
        }
    }

    /// The warm-up is over at `at`, the start of a minute: figures and usage are of the time from
    /// now on, series, lists and pictures stay whole. `told` is what would have been told if the
    /// run had ended now.
    pub fn restart(&mut self, plan: &Plan, at: SimTime, told: Observer) {
        self.measured = at;
        self.meters.restart(plan, at, &told.instances);
        self.tally.restart(at, told.tally);
    }

    /// What Spot costs over the run; without, its price stays.
    pub fn set_spot_prices(&mut self, prices: &Arc<SpotPrices>) {
        self.meters.set_spot_prices(prices);
    }

    /// Keeps what decisions are made from as well.
    pub fn follow(&mut self, trail: Trail) {
        self.trail = Some(Box::new(trail));
        self.records = true;
    }

    /// Whether anybody asks why.
    pub fn follows(&self) -> bool {
        self.trail.is_some()
    }

    /// Whether anybody is told which instance came closest where none took a task of `owner`: who
    /// keeps reasons, and the summary now and then.
    pub fn tells_nearest(&mut self, owner: Owner) -> bool {
        let asks = match &self.trail {
            Some(trail) => trail.has_reasons_of(owner),
            None => self.decisions.is_some(),
        };
        self.tally.is_nearest_due(owner) || asks || self.events.is_some()
    }

    /// Whether anybody is told which instance came closest each time that none took a task.
    pub fn tells_reasons(&self) -> bool {
        self.trail.is_some() || self.events.is_some() || self.decisions.is_some()
    }

    /// Whether anybody keeps what decisions were made from.
    pub fn keeps_trail(&self) -> bool {
        self.trail.is_some()
    }

    /// Whether anybody looks at the search of an owner's task among so many instances; which task
    /// it is, its ordinal says.
    pub fn wants_search(&mut self, task: (Owner, u64), is_found: bool, instances: usize) -> bool {
        let trail = self.trail.as_mut();
        trail.is_some_and(|it| it.wants_search(task, is_found, instances as u64))
    }

    /// Takes what a decision was made from; nobody looks at it unless a trail is kept.
    pub fn note(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        if let Some(trail) = &mut self.trail {
            trail.note(at, inputs);
        }
    }

    /// Takes what happened at `at`; observations come in order of time.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        self.observe_often(at, what);
    }

    /// Takes `count` minutes of a service's load, the first of them with index `first`: what
    /// happens most of all.
    pub fn service_periods(
        &mut self,
        at: SimTime,
        service: ServiceId,
        (first, count, period): (u64, u64, &ServicePeriod),
    ) {
        self.tally.service_periods(service, (first, count), period);
        self.meters.service_periods(service, (first, count), period);
        if self.records {
            let what = Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            };
            self.observe_recorded(at, &what);
        }
    }

    /// The same where what happened is known when this is compiled, and befalls every task: of all
    /// that follows only what is done with it is left there.
    #[inline(always)]
    pub fn observe_often(&mut self, at: SimTime, what: &Observation<'_>) {
        self.tally.observe(at, what);
        // Of what happens most, only those are told who have something of it.
        match what {
            Observation::TaskStarted { .. }
            | Observation::ContainerRestarted { .. }
            | Observation::ProviderPicked { .. }
            | Observation::ServiceCounts { .. }
            | Observation::AlarmState { .. }
            | Observation::JobFinished { .. }
            | Observation::CallFailed { .. } => {}
            Observation::ServicePeriods { .. } | Observation::Called { .. } => {
                self.meters.observe(at, what);
            }
            Observation::JobsWaiting { .. } => self.incidents.observe(at, what),
            Observation::Capacity(CapacityObservation::GroupCounts { group, counts }) => {
                self.meters.group_counts(at, *group, counts);
                self.fleet.group_counts(at, *group, counts);
            }
            Observation::TaskGone(record) => {
                self.meters.task_gone(at, record);
                self.states.task_gone(at, record);
            }
            Observation::TaskInterrupted { .. }
            | Observation::LaunchRefused { .. }
            | Observation::Scaling { .. }
            | Observation::Deployment { .. }
            | Observation::SpotRegime { .. }
            | Observation::Capacity(_) => {
                self.meters.observe(at, what);
                self.fleet.observe(at, what);
                self.incidents.observe(at, what);
            }
        }
        if self.records {
            self.observe_recorded(at, what);
        }
    }

    /// A group's counts are these from now on. Where only what tasks have of it has changed, as
    /// with every task, and nothing is recorded, its tally alone has something of it.
    #[inline]
    pub fn group_counts(&mut self, at: SimTime, group: GroupId, counts: &GroupCounts) {
        if self.records || !self.tally.reserved(at, group, counts) {
            self.all_group_counts(at, group, counts);
        }
    }

    #[inline(never)]
    fn all_group_counts(&mut self, at: SimTime, group: GroupId, counts: &GroupCounts) {
        let what = CapacityObservation::GroupCounts { group, counts };
        self.observe_often(at, &Observation::Capacity(what));
    }

    /// What the plan asks to record takes what happened.
    fn observe_recorded(&mut self, at: SimTime, what: &Observation<'_>) {
        if let Some(daemons) = &mut self.daemons {
            daemons.observe(at, what);
        }
        if let Some(metrics) = &mut self.metrics {
            metrics.observe(at, what);
        }
        if let Some(events) = &mut self.events {
            events.observe(at, what);
        }
        if let Some(decisions) = &mut self.decisions {
            decisions.observe(at, what);
        }
        if let Some(alarms) = &mut self.alarms {
            alarms.observe(at, what);
        }
        if let Some(deployments) = &mut self.deployments {
            deployments.observe(at, what);
        }
        if let Some(trail) = &mut self.trail {
            trail.observe(at, what);
        }
        if let Some(tasks) = &mut self.tasks {
            match what {
                Observation::TaskGone(record) => {
                    let mut record = (*record).clone();
                    record.times.cut_after(at);
                    tasks.push(record);
                }
                Observation::Capacity(CapacityObservation::Instance(
                    record,
                    InstanceStep::Gone,
                )) => {
                    let mut record = (*record).clone();
                    record.times = times_until(&record.times, at);
                    record.cause = record.times.terminated.and(record.cause);
                    self.instances.push(record);
                }
                _ => {}
            }
        }
    }

    /// Takes the whole run's response times of a service, and the seconds in which its load model
    /// was outside its validated range, by the position in
    /// [`Distrust::ALL`](crate::policy::load::Distrust::ALL).
    pub fn load_totals(&mut self, service: ServiceId, responses: &Histogram, distrust_s: &[f64]) {
        self.tally.load_totals(service, responses, distrust_s);
    }

    /// Closes everything at the instant up to which the run was played.
    pub fn finish(mut self, plan: &Plan, ended_at: SimTime) -> Observed {
        let daemons = self.tell_daemons(ended_at);
        let mut tasks = self.tasks.unwrap_or_default();
        tasks.sort_by_key(|task| (task.times.created, task.owner, task.ordinal));
        let mut instances = self.instances;
        instances.sort_by_key(|instance| instance.id);
        let mut states = self.states;
        states.set_end(ended_at);
        Observed {
            usage: self.meters.finish(plan, ended_at),
            incidents: self.incidents.finish(ended_at),
            fleet: self.fleet.finish(ended_at),
            metrics: self.metrics.map(|metrics| metrics.finish(ended_at)),
            tasks,
            instances,
            events: self.events,
            decisions: self.decisions,
            alarms: self.alarms,
            deployments: self.deployments.filter(|it| !it.is_empty()),
            trail: self.trail,
            summary: {
                let mut summary = self.tally.finish(plan, ended_at);
                for (service, daemon) in daemons {
                    summary.services[service.index()].daemon = Some(daemon);
                }
                summary
            },
            states,
        }
    }

    /// The minutes of DAEMON services, which are known now that those of all others are; how each
    /// got on.
    fn tell_daemons(&mut self, ended_at: SimTime) -> Vec<(ServiceId, DaemonSummary)> {
        let Some(daemons) = self.daemons.take() else {
            return Vec::new();
        };
        let (minutes, summaries) = daemons.finish(self.measured, ended_at);
        for (service, first, period) in &minutes {
            self.service_periods(ended_at, *service, (*first, 1, period));
        }
        summaries
    }
}
