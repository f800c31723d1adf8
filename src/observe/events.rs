//! The sink of events: what EventBridge would have delivered, for `events.ndjson`.
//!
//! Kept as ids and numbers; the envelopes are made when the file is written. Events of tasks follow
//! from the tasks' own timestamps.

mod envelope;

pub(in crate::observe) use envelope::deployment_reason;

use std::io;

use serde_json::Value;

use crate::engine::SimTime;
use crate::ids::{AlarmId, ProviderId, ScalableTargetId, ServiceId, StartProblemId};
use crate::observe::observation::{DeploymentStep, Observation, Refusal, TaskSetChange};
use crate::observe::placements::Nearest;
use crate::observe::tasks::status_changes;
use crate::policy::alarm::{AlarmState, Verdict};
use crate::policy::life_cycle::{StopCause, TaskStatus};
use crate::scenario::plan::Plan;
use crate::world::task::{Owner, TaskRecord};

/// The events of services and deployments of a run, in order of time.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    /// When, and what.
    pub events: Vec<(SimTime, ServiceEvent)>,
    /// Whether each service stands at its desired count.
    services: Vec<ServiceState>,
}

/// What ECS says of a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServiceEvent {
    /// `SERVICE_STEADY_STATE`: it is healthy and has the tasks that it should have.
    SteadyState(ServiceId),
    /// `SERVICE_DESIRED_COUNT_UPDATED`: by service auto scaling, to this count.
    DesiredCountUpdated(ScalableTargetId, u32),
    /// A launch was refused: `SERVICE_TASK_PLACEMENT_FAILURE`, `ECS_OPERATION_THROTTLED` or
    /// `SERVICE_TASK_START_IMPAIRED`.
    LaunchRefused(ServiceId, Option<ProviderId>, Refusal, Option<Nearest>),
    /// `SERVICE_DEPLOYMENT_IN_PROGRESS`, `_COMPLETED` or `_FAILED`, of the service's how-manieth
    /// deployment.
    Deployment(ServiceId, u32, DeploymentStep),
    /// `SERVICE_TASK_CONFIGURATION_FAILURE`: ECS could not assume a role of its task.
    TaskConfigurationFailure(ServiceId, StartProblemId),
    /// `TASKSET_STEADY_STATE`: the how-manieth task set of the service has its tasks, all healthy.
    TaskSetSteady(ServiceId, u32),
    /// An alarm changed its state: CloudWatch's event, not one of ECS's.
    AlarmState(AlarmId, AlarmState, Verdict),
}

#[derive(Clone, Copy, Debug, Default)]
struct ServiceState {
    is_steady: bool,
    /// Until when it was said to be unable to start tasks.
    impaired_until: SimTime,
}

impl ServiceState {
    /// Whether a service that is steady, or not, was not so before.
    fn turns_steady(&mut self, is_steady: bool) -> bool {
        let was_steady = std::mem::replace(&mut self.is_steady, is_steady);
        is_steady && !was_steady
    }

    /// Whether ECS tells a step of a deployment: of its baking, its stages, and of alarms that it
    /// does not look at, it says nothing. A new one waits for no failed starts.
    fn is_told(&mut self, step: DeploymentStep) -> bool {
        if let DeploymentStep::Started | DeploymentStep::RollingBack { .. } = step {
            self.impaired_until = SimTime::ZERO;
        }
        let is_silent = matches!(
            step,
            DeploymentStep::Baking { .. }
                | DeploymentStep::Stage { .. }
                | DeploymentStep::TaskSet(_)
                | DeploymentStep::ScaledOut { .. }
                | DeploymentStep::NotStopped
                | DeploymentStep::AlarmsIgnored(_)
        );
        !is_silent
    }

    /// Whether a wait for failed starts is a new one. While one runs, further failures are no news
    /// (ECS developer guide, service-throttle-logic: the message is of a service that is throttled,
    /// not of its tasks).
    fn begins_to_wait(&mut self, at: SimTime, until: SimTime) -> bool {
        let is_new = self.impaired_until <= at;
        self.impaired_until = self.impaired_until.max(until);
        is_new
    }
}

/// One event of the file: of a task, or of a service.
#[derive(Clone, Copy, Debug)]
enum Entry {
    Task(u32, TaskStatus),
    Service(u32),
}

/// The event of a task whose role could not be assumed.
fn misconfigured(record: &TaskRecord) -> Option<ServiceEvent> {
    match (record.owner, record.stop, record.problem) {
        (Owner::Service(service), Some(stop), Some(problem))
            if stop.cause == StopCause::RoleNotAssumed =>
        {
            Some(ServiceEvent::TaskConfigurationFailure(service, problem))
        }
        _ => None,
    }
}

impl EventLog {
    /// No event yet.
    pub fn new() -> Self {
        EventLog::default()
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        let event = match *what {
            Observation::ServiceCounts {
                service, is_steady, ..
            } => {
                let is_new = self.state(service).turns_steady(is_steady);
                is_new.then_some(ServiceEvent::SteadyState(service))
            }
            Observation::Scaling {
                target, from, to, ..
            } => (from != to).then_some(ServiceEvent::DesiredCountUpdated(target, to)),
            Observation::LaunchRefused {
                owner: Owner::Service(service),
                provider,
                reason,
                nearest,
                until,
            } => {
                let is_told =
                    reason != Refusal::Throttled || self.state(service).begins_to_wait(at, until);
                let refused = ServiceEvent::LaunchRefused(service, provider, reason, nearest);
                is_told.then_some(refused)
            }
            Observation::TaskStarted {
                owner: Owner::Service(service),
                ..
            } => {
                self.state(service).impaired_until = SimTime::ZERO;
                None
            }
            Observation::Deployment {
                service,
                ordinal,
                step,
                ..
            } => self.deployment(at, service, (ordinal, step)),
            Observation::AlarmState {
                alarm,
                from,
                verdict,
                ..
            } => (from != verdict.state).then_some(ServiceEvent::AlarmState(alarm, from, verdict)),
            Observation::TaskGone(record) => misconfigured(record),
            Observation::LaunchRefused {
                owner: Owner::Job(_),
                ..
            }
            | Observation::TaskStarted {
                owner: Owner::Job(_),
                ..
            }
            | Observation::TaskInterrupted { .. }
            | Observation::ServicePeriods { .. }
            | Observation::ProviderPicked { .. }
            | Observation::SpotRegime { .. }
            | Observation::JobFinished { .. }
            | Observation::Called { .. }
            | Observation::CallFailed { .. }
            | Observation::ContainerRestarted { .. }
            | Observation::JobsWaiting { .. }
            | Observation::Capacity(_) => None,
        };
        self.events.extend(event.map(|event| (at, event)));
    }

    /// What is said of a step of a deployment; of a task set that is steady also that.
    fn deployment(
        &mut self,
        at: SimTime,
        service: ServiceId,
        (ordinal, step): (u32, DeploymentStep),
    ) -> Option<ServiceEvent> {
        if step == DeploymentStep::TaskSet(TaskSetChange::Steady) {
            let steady = ServiceEvent::TaskSetSteady(service, ordinal);
            self.events.push((at, steady));
        }
        let is_told = self.state(service).is_told(step);
        is_told.then_some(ServiceEvent::Deployment(service, ordinal, step))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::fixture::{self, API, FARGATE, SPOT};
    use crate::observe::observation::{Failed, FailedBy};
    use crate::policy::circuit_breaker::Failures;
    use crate::policy::life_cycle::StopCause;
    use crate::policy::target_tracking::ScalingReason;
    use crate::world::service::ServiceCounts;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    fn observed(what: &[(u64, Observation<'_>)]) -> EventLog {
        let mut log = EventLog::new();
        for (seconds, what) in what {
            log.observe(at(*seconds), what);
        }
        log
    }

    fn shown(log: &EventLog, tasks: &[TaskRecord]) -> Vec<Value> {
        log.envelopes(&fixture::plan(), tasks).collect()
    }

    fn counts(desired: u32, running: u32) -> Observation<'static> {
        Observation::ServiceCounts {
            service: API,
            counts: ServiceCounts {
                desired,
                running,
                ..ServiceCounts::default()
            },
            is_steady: running == desired,
        }
    }

    #[test]
    fn a_task_tells_each_of_its_states_once_and_in_order() {
        let task = fixture::task(SPOT, StopCause::SpotInterruption);
        let events = shown(&EventLog::new(), std::slice::from_ref(&task));
        let states: Vec<&str> = events
            .iter()
            .map(|event| event["detail"]["lastStatus"].as_str().unwrap())
            .collect();
        assert_eq!(
            states.join(" "),
            "PROVISIONING PENDING ACTIVATING RUNNING DEACTIVATING STOPPING DEPROVISIONING STOPPED"
        );
        let running = &events[3];
        assert_eq!(running["detail-type"], "ECS Task State Change");
        assert_eq!(running["source"], "aws.ecs");
        assert_eq!(running["time"], "2026-03-05T00:01:40Z");
        assert_eq!(running["detail"]["version"], 4);
        assert_eq!(running["detail"]["desiredStatus"], "RUNNING");
        assert_eq!(running["detail"]["cpu"], "512");
        let reason = |event: &Value| event["detail"].get("stoppedReason").cloned();
        assert_eq!(reason(running), None, "nothing is told before it happens");
        assert_eq!(
            reason(&events[4]),
            Some("Your Spot Task was interrupted.".into())
        );
        assert_eq!(events[7]["detail"]["stopCode"], "SpotInterruption");
        assert_eq!(events[7]["detail"]["containers"][0]["exitCode"], 0);
    }

    #[test]
    fn ids_differ_and_are_the_same_in_every_run() {
        let task = fixture::task(SPOT, StopCause::SpotInterruption);
        let mut next = task.clone();
        next.ordinal += 1;
        let log = observed(&[(0, counts(1, 1)), (60, counts(2, 1)), (90, counts(2, 2))]);
        let ids = |events: &[Value]| -> Vec<String> {
            events.iter().map(|event| event["id"].to_string()).collect()
        };
        let tasks = [task, next];
        let mut once = ids(&shown(&log, &tasks));
        assert_eq!(once, ids(&shown(&log, &tasks)));
        let count = once.len();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), count);
    }

    #[test]
    fn a_service_says_when_it_is_steady_again_and_who_scaled_it() {
        let scaling = Observation::Scaling {
            target: ScalableTargetId(0),
            from: 1,
            to: 2,
            reason: ScalingReason::AtMaximum,
        };
        let what = [
            (0, counts(1, 1)),
            (30, counts(1, 1)),
            (60, scaling),
            (60, counts(2, 1)),
            (90, counts(2, 2)),
        ];
        let events = shown(&observed(&what), &[]);
        let names: Vec<&str> = events
            .iter()
            .map(|event| event["detail"]["eventName"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "SERVICE_STEADY_STATE",
                "SERVICE_DESIRED_COUNT_UPDATED",
                "SERVICE_STEADY_STATE"
            ]
        );
        assert_eq!(
            events[0]["resources"][0],
            "arn:aws:ecs:us-east-1:012345678901:service/shop/api"
        );
    }

    #[test]
    fn a_deployment_that_fails_and_is_rolled_back_says_so_as_aws_does() {
        // ecs_cwe_events; the words are those of `rolloutStateReason`.
        let by = FailedBy::CircuitBreaker {
            failures: Failures {
                never_ran: 3,
                ..Failures::default()
            },
            threshold: 3,
        };
        let failed = Failed {
            by,
            rolls_back: true,
        };
        let deployment = |ordinal, step| Observation::Deployment {
            service: API,
            ordinal,
            definition: crate::ids::TaskDefinitionId(0),
            step,
        };
        let what = [
            (20, deployment(1, DeploymentStep::Failed(failed))),
            (
                20,
                deployment(0, DeploymentStep::RollingBack { from: 1, by }),
            ),
        ];
        let events = shown(&observed(&what), &[]);
        let of = |index: usize, field: &str| events[index]["detail"][field].as_str().unwrap();
        let kind = (of(0, "eventType"), of(0, "eventName"));
        assert_eq!(kind, ("ERROR", "SERVICE_DEPLOYMENT_FAILED"));
        assert_eq!(
            of(0, "reason"),
            "ECS deployment circuit breaker: tasks failed to start."
        );
        let kind = (of(1, "eventType"), of(1, "eventName"));
        assert_eq!(kind, ("INFO", "SERVICE_DEPLOYMENT_IN_PROGRESS"));
        let first = crate::observe::tasks::deployment_id(&fixture::plan(), API, 0);
        assert_eq!(of(1, "deploymentId"), first);
        let back = format!("ECS deployment circuit breaker: rolling back to deploymentId {first}.");
        assert_eq!(of(1, "reason"), back);
    }

    #[test]
    fn a_service_that_is_throttled_says_so_once_a_wait() {
        let throttled = |until| Observation::LaunchRefused {
            owner: Owner::Service(API),
            provider: None,
            reason: Refusal::Throttled,
            nearest: None,
            until: at(until),
        };
        let started = Observation::TaskStarted {
            owner: Owner::Service(API),
            deployment: 0,
            provider: FARGATE,
            delay: crate::engine::SimDuration::ZERO,
        };
        let what = [
            (10, throttled(70)),
            // Two more fail at once: the wait is longer, and the same.
            (10, throttled(130)),
            (90, throttled(250)),
            (250, throttled(490)),
            (300, started),
            (310, throttled(370)),
        ];
        let log = observed(&what);
        let when: Vec<SimTime> = log.events.iter().map(|(at, _)| *at).collect();
        assert_eq!(when, [at(10), at(250), at(310)]);
        let name = &shown(&log, &[])[0]["detail"]["eventName"];
        assert_eq!(name, "SERVICE_TASK_START_IMPAIRED");
    }

    #[test]
    fn a_role_that_cannot_be_assumed_is_an_event_of_the_service() {
        // ECS developer guide, ecs_cwe_events.
        let mut plan = fixture::plan();
        let detail = crate::policy::task_start::role_not_assumed("exec");
        plan.boundary
            .problems
            .push(crate::scenario::plan::StartProblemPlan {
                cause: StopCause::RoleNotAssumed,
                detail: detail.clone(),
                phase: crate::policy::task_start::StartPhase::Role,
                lasts: crate::engine::SimDuration::ZERO,
            });
        let mut task = fixture::task(FARGATE, StopCause::RoleNotAssumed);
        task.problem = Some(StartProblemId(0));
        let log = observed(&[(0, Observation::TaskGone(&task))]);
        let events: Vec<Value> = log.envelopes(&plan, &[]).collect();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["detail"]["eventType"], "ERROR");
        let name = &events[0]["detail"]["eventName"];
        assert_eq!(name, "SERVICE_TASK_CONFIGURATION_FAILURE");
        assert_eq!(events[0]["detail"]["reason"], detail);
        let other = fixture::task(FARGATE, StopCause::CannotPullContainer);
        let log = observed(&[(0, Observation::TaskGone(&other))]);
        assert!(log.events.is_empty());
    }

    #[test]
    fn refusals_and_deployments_have_their_own_words() {
        let refused = Observation::LaunchRefused {
            owner: Owner::Service(API),
            provider: Some(SPOT),
            reason: Refusal::SpotCapacity,
            nearest: None,
            until: at(70),
        };
        let deployment = |step| Observation::Deployment {
            service: API,
            ordinal: 1,
            definition: crate::ids::TaskDefinitionId(0),
            step,
        };
        let task = fixture::task(FARGATE, StopCause::ScalingActivity);
        let what = [
            (10, refused),
            (20, deployment(DeploymentStep::Started)),
            (1_070, deployment(DeploymentStep::Completed)),
        ];
        let events = shown(&observed(&what), std::slice::from_ref(&task));
        assert_eq!(
            events[0]["detail"]["eventName"],
            "SERVICE_TASK_PLACEMENT_FAILURE"
        );
        assert_eq!(events[0]["detail"]["reason"], "RESOURCE:FARGATE");
        assert_eq!(events[1]["detail-type"], "ECS Deployment State Change");
        let plan = fixture::plan();
        let id = crate::observe::tasks::deployment_id(&plan, API, 1);
        assert_eq!(events[1]["detail"]["deploymentId"], id);
        // At one instant a service speaks before a task.
        assert_eq!(events.len(), 11);
        assert_eq!(
            events[9]["detail"]["eventName"],
            "SERVICE_DEPLOYMENT_COMPLETED"
        );
        assert_eq!(events[10]["detail"]["lastStatus"], "STOPPED");
    }
}
