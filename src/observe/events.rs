//! The sink of events: what EventBridge would have delivered, for `events.ndjson`.
//!
//! Kept as ids and numbers; the envelopes are made when the file is written. Events of tasks follow
//! from the tasks' own timestamps.

mod envelope;

use std::io;

use serde_json::Value;

use crate::engine::SimTime;
use crate::ids::{ProviderId, ScalableTargetId, ServiceId};
use crate::observe::observation::{DeploymentStep, Observation, Refusal};
use crate::observe::tasks::status_changes;
use crate::policy::life_cycle::TaskStatus;
use crate::scenario::plan::Plan;
use crate::world::task::{Owner, TaskRecord};

/// The events of services and deployments of a run, in order of time.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    /// When, and what.
    pub events: Vec<(SimTime, ServiceEvent)>,
    /// Each service's deployments so far, and whether it stands at its desired count.
    services: Vec<ServiceState>,
}

/// What ECS says of a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceEvent {
    /// `SERVICE_STEADY_STATE`: it has the tasks that it should have.
    SteadyState(ServiceId),
    /// `SERVICE_DESIRED_COUNT_UPDATED`: by service auto scaling, to this count.
    DesiredCountUpdated(ScalableTargetId, u32),
    /// A launch was refused: `SERVICE_TASK_PLACEMENT_FAILURE`, `ECS_OPERATION_THROTTLED` or
    /// `SERVICE_TASK_START_IMPAIRED`.
    LaunchRefused(ServiceId, Option<ProviderId>, Refusal),
    /// `SERVICE_DEPLOYMENT_IN_PROGRESS` or `_COMPLETED`, of the service's how-manieth deployment.
    Deployment(ServiceId, u32, DeploymentStep),
}

#[derive(Clone, Copy, Debug, Default)]
struct ServiceState {
    deployment: u32,
    is_steady: bool,
}

/// One event of the file: of a task, or of a service.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Task(u32, TaskStatus),
    Service(u32),
}

impl EventLog {
    /// No event yet.
    pub fn new() -> Self {
        EventLog::default()
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        let event = match *what {
            Observation::ServiceCounts { service, counts } => {
                let state = self.state(service);
                let is_steady = counts.running == counts.desired && counts.pending == 0;
                let is_new = is_steady && !state.is_steady;
                state.is_steady = is_steady;
                is_new.then_some(ServiceEvent::SteadyState(service))
            }
            Observation::Scaling {
                target, from, to, ..
            } => (from != to).then_some(ServiceEvent::DesiredCountUpdated(target, to)),
            Observation::LaunchRefused {
                owner: Owner::Service(service),
                provider,
                reason,
            } => Some(ServiceEvent::LaunchRefused(service, provider, reason)),
            Observation::Deployment { service, step, .. } => {
                let state = self.state(service);
                state.deployment += u32::from(step == DeploymentStep::Started);
                let ordinal = state.deployment;
                Some(ServiceEvent::Deployment(service, ordinal, step))
            }
            Observation::LaunchRefused {
                owner: Owner::Job(_),
                ..
            }
            | Observation::TaskGone(_)
            | Observation::TaskStarted { .. }
            | Observation::TaskInterrupted { .. }
            | Observation::ServicePeriods { .. }
            | Observation::ProviderPicked { .. }
            | Observation::SpotRegime { .. }
            | Observation::JobFinished { .. }
            | Observation::JobsWaiting { .. } => None,
        };
        self.events.extend(event.map(|event| (at, event)));
    }

    /// The envelopes in order of time (at one instant: services first, then tasks by creation).
    /// `tasks` are all tasks of the run.
    pub fn envelopes<'a>(
        &'a self,
        plan: &'a Plan,
        tasks: &'a [TaskRecord],
    ) -> impl Iterator<Item = Value> + 'a {
        self.order(tasks)
            .into_iter()
            .map(move |(at, entry)| match entry {
                Entry::Service(index) => {
                    let (_, event) = &self.events[index as usize];
                    envelope::of_service(plan, at, event, index)
                }
                Entry::Task(index, status) => {
                    envelope::of_task(plan, at, &tasks[index as usize], status)
                }
            })
    }

    /// Writes one envelope a line.
    pub fn write_ndjson<W: io::Write>(
        &self,
        plan: &Plan,
        tasks: &[TaskRecord],
        mut out: W,
    ) -> io::Result<()> {
        for envelope in self.envelopes(plan, tasks) {
            writeln!(out, "{envelope}")?;
        }
        out.flush()
    }

    fn order(&self, tasks: &[TaskRecord]) -> Vec<(SimTime, Entry)> {
        let services = self.events.iter().enumerate();
        let mut entries: Vec<(SimTime, Entry)> = services
            .map(|(index, (at, _))| (*at, Entry::Service(index as u32)))
            .collect();
        for (index, task) in tasks.iter().enumerate() {
            let changes = status_changes(&task.times);
            entries.extend(changes.map(|(status, at)| (at, Entry::Task(index as u32, status))));
        }
        entries.sort_by_key(|(at, _)| *at);
        entries
    }

    fn state(&mut self, service: ServiceId) -> &mut ServiceState {
        let index = service.index();
        if self.services.len() <= index {
            self.services.resize(index + 1, ServiceState::default());
        }
        &mut self.services[index]
    }
}
