//! The deployments of a run, as DescribeServices and DescribeServiceDeployments have them.

use std::collections::BTreeMap;
use std::io;

use crate::engine::SimTime;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::events::deployment_reason;
use crate::observe::observation::{DeploymentStep, Observation};
use crate::observe::tasks::deployment_id;
use crate::observe::times::iso8601;
use crate::policy::deployment_status::{DeploymentChange, ServiceDeploymentStatus};
use crate::policy::life_cycle::StopCode;
use crate::policy::traffic_shift::Shift;
use crate::scenario::plan::Plan;
use crate::world::deployment::RolloutState;
use crate::world::task::{Owner, TaskRecord};

/// The columns of `deployments.csv`.
const COLUMNS: [&str; 11] = [
    "service",
    "deployment",
    "taskDefinition",
    "strategy",
    "createdAt",
    "finishedAt",
    "status",
    "rolloutState",
    "rolloutStateReason",
    "serviceDeploymentStatus",
    "failedTasks",
];

/// A deployment.
#[derive(Clone, Copy, Debug)]
struct Row {
    service: ServiceId,
    ordinal: u32,
    definition: TaskDefinitionId,
    /// `None`: it stood when the run began.
    created: Option<SimTime>,
    finished: Option<SimTime>,
    /// Whether traffic was shifted to it.
    shifts: bool,
    /// Whether it is PRIMARY or ACTIVE.
    is_live: bool,
    rollout: RolloutState,
    status: ServiceDeploymentStatus,
    /// Tasks of it in a row that failed.
    failed_tasks: u32,
    /// What its reason is made from.
    last: DeploymentStep,
    /// The row of the deployment that is rolled back to it.
    back_from: Option<usize>,
}

/// The deployments of all services, in the order in which they began.
#[derive(Clone, Debug, Default)]
pub struct DeploymentHistory {
    rows: Vec<Row>,
    /// Each service's rows: tasks come and go far more often than deployments.
    of_service: BTreeMap<ServiceId, Vec<usize>>,
    /// The newest deployment of a service, or the one that it went back to.
    primary: BTreeMap<ServiceId, u32>,
}

impl DeploymentHistory {
    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        match *what {
            Observation::Deployment {
                service,
                ordinal,
                definition,
                step,
            } => self.step(at, (service, ordinal, definition), step),
            Observation::TaskStarted {
                owner: Owner::Service(service),
                deployment,
                ..
            } => {
                // "Resets to 0 once the deployment has running tasks" (API Deployment).
                if let Some(row) = self.row(service, deployment) {
                    self.rows[row].failed_tasks = 0;
                }
            }
            Observation::TaskGone(record) => self.task_gone(record),
            _ => {}
        }
    }

    fn row(&self, service: ServiceId, ordinal: u32) -> Option<usize> {
        let rows = self.of_service.get(&service)?.iter().rev();
        rows.copied().find(|row| self.rows[*row].ordinal == ordinal)
    }

    /// Adds a row; its place.
    fn add(&mut self, row: Row) -> usize {
        let place = self.rows.len();
        self.of_service.entry(row.service).or_default().push(place);
        self.rows.push(row);
        place
    }

    /// A task failed if it never ran, or its health checks failed (API Deployment: failedTasks).
    fn task_gone(&mut self, record: &TaskRecord) {
        let Owner::Service(service) = record.owner else {
            return;
        };
        let failed = record.stop.is_some_and(|stop| {
            stop.code == StopCode::TaskFailedToStart || stop.cause.is_failed_check()
        });
        if let Some(row) = self.row(service, record.deployment).filter(|_| failed) {
            self.rows[row].failed_tasks += 1;
        }
    }

    fn step(
        &mut self,
        at: SimTime,
        (service, ordinal, definition): (ServiceId, u32, TaskDefinitionId),
        step: DeploymentStep,
    ) {
        let begun = |created, last| Row {
            service,
            ordinal,
            definition,
            created,
            finished: None,
            shifts: false,
            is_live: true,
            rollout: RolloutState::InProgress,
            status: ServiceDeploymentStatus::default(),
            failed_tasks: 0,
            last,
            back_from: None,
        };
        match step {
            DeploymentStep::Started => {
                self.replace_primary(at, service);
                self.primary.insert(service, ordinal);
                self.add(begun(Some(at), step));
            }
            DeploymentStep::Stage { .. } => {
                if let Some(row) = self.row(service, ordinal) {
                    self.rows[row].shifts = true;
                }
            }
            DeploymentStep::Completed => {
                let Some(row) = self.row(service, ordinal) else {
                    return;
                };
                self.change(at, row, DeploymentChange::IsOut);
                for at in self.of_service.get(&service).into_iter().flatten() {
                    self.rows[*at].is_live = self.rows[*at].ordinal == ordinal;
                }
                self.rows[row].rollout = RolloutState::Completed;
                self.rows[row].last = step;
            }
            DeploymentStep::Failed(failed) => {
                let Some(row) = self.row(service, ordinal) else {
                    return;
                };
                let rolls_back = failed.rolls_back;
                self.change(at, row, DeploymentChange::Fails { rolls_back });
                self.rows[row].rollout = RolloutState::Failed;
                self.rows[row].last = step;
            }
            DeploymentStep::RollingBack { from, .. } => {
                let stood = Row {
                    status: ServiceDeploymentStatus::Successful,
                    ..begun(None, step)
                };
                self.roll_back(stood, from);
            }
            DeploymentStep::AlarmsIgnored(_)
            | DeploymentStep::Stuck
            | DeploymentStep::Baking { .. }
            | DeploymentStep::ScaledOut { .. }
            | DeploymentStep::NotStopped
            | DeploymentStep::TaskSet(_) => {}
        }
    }

    /// A deployment that was completed once takes its place again; `stood` is what is known of it
    /// if it stood when the run began.
    fn roll_back(&mut self, stood: Row, from: u32) {
        let (service, ordinal) = (stood.service, stood.ordinal);
        let back_from = self.row(service, from);
        self.primary.insert(service, ordinal);
        let known = self.row(service, ordinal);
        let row = known.unwrap_or_else(|| self.add(stood));
        let row = &mut self.rows[row];
        row.rollout = RolloutState::InProgress;
        row.back_from = back_from;
        row.is_live = true;
        row.last = stood.last;
    }

    /// Another deployment takes the place of the PRIMARY one.
    fn replace_primary(&mut self, at: SimTime, service: ServiceId) {
        let Some(primary) = self.primary.get(&service) else {
            return;
        };
        if let Some(row) = self.row(service, *primary) {
            self.change(at, row, DeploymentChange::IsReplaced);
        }
    }

    /// Something happens to a deployment, and, if it is one that another is rolled back to, to that
    /// other one.
    fn change(&mut self, at: SimTime, row: usize, change: DeploymentChange) {
        let back_from = self.rows[row].back_from.take();
        let about = back_from.unwrap_or(row);
        let about = &mut self.rows[about];
        let before = about.status;
        about.status = before.after(change);
        let goes_on = matches!(
            about.status,
            ServiceDeploymentStatus::InProgress | ServiceDeploymentStatus::RollbackInProgress
        );
        if before != about.status && !goes_on {
            about.finished = Some(at);
        }
    }

    /// Writes `deployments.csv`: a row a deployment.
    pub fn write_csv<W: io::Write>(&self, plan: &Plan, out: W) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(COLUMNS)?;
        for row in &self.rows {
            let time = |at: Option<SimTime>| {
                at.map_or_else(String::new, |at| iso8601(plan.run.start, at).to_string())
            };
            let id = deployment_id(plan, row.service, row.ordinal);
            table.write_record([
                plan.service(row.service).name.as_str(),
                &id,
                &plan.task_definition(row.definition).name(),
                strategy(plan, row),
                &time(row.created),
                &time(row.finished),
                self.status(row),
                match row.rollout {
                    RolloutState::InProgress => "IN_PROGRESS",
                    RolloutState::Completed => "COMPLETED",
                    RolloutState::Failed => "FAILED",
                },
                &deployment_reason(row.last, &id),
                row.status.name(),
                &row.failed_tasks.to_string(),
            ])?;
        }
        table.flush()
    }

    /// `status` of DescribeServices at the end of the run.
    fn status(&self, row: &Row) -> &'static str {
        match self.primary.get(&row.service) == Some(&row.ordinal) {
            true => "PRIMARY",
            false if row.is_live => "ACTIVE",
            false => "INACTIVE",
        }
    }
}

/// How it was deployed.
fn strategy(plan: &Plan, row: &Row) -> &'static str {
    let shift = plan.service(row.service).traffic_shift.as_ref();
    // Of one that stood at the start nobody saw how.
    let shifts = row.shifts || row.created.is_none();
    match shift.filter(|_| shifts) {
        None => "ROLLING",
        Some(shift) if shift.by_code_deploy => "CODE_DEPLOY",
        Some(shift) => match shift.shift {
            Shift::AllAtOnce => "BLUE_GREEN",
            Shift::Linear { .. } => "LINEAR",
            Shift::Canary { .. } => "CANARY",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::fixture::{self, API};
    use crate::observe::observation::{Failed, FailedBy};

    fn told(steps: &[(u64, u32, DeploymentStep)]) -> Vec<String> {
        let plan = fixture::plan();
        let mut history = DeploymentHistory::default();
        for (at, ordinal, step) in steps {
            let what = Observation::Deployment {
                service: API,
                ordinal: *ordinal,
                definition: plan.service(API).task_definition,
                step: *step,
            };
            history.observe(SimTime::from_secs(*at), &what);
        }
        let mut bytes = Vec::new();
        history.write_csv(&plan, &mut bytes).unwrap();
        let mut table = csv::Reader::from_reader(&bytes[..]);
        let row = |row: csv::StringRecord| {
            let of = |column: usize| row[column].to_owned();
            let minute = |at: String| at.get(11..16).unwrap_or("-").to_owned();
            let times = [minute(of(4)), minute(of(5))].join(" to ");
            [times, of(6), of(7), of(9)].join(" ")
        };
        table.records().map(|it| row(it.unwrap())).collect()
    }

    /// services.md 4.8: the rollback's target is the last completed deployment, which goes back to
    /// IN_PROGRESS.
    #[test]
    fn a_deployment_that_is_rolled_back_to_is_in_progress_again() {
        let by = FailedBy::Stopped;
        let failed = DeploymentStep::Failed(Failed {
            by,
            rolls_back: true,
        });
        let back = DeploymentStep::RollingBack { from: 1, by };
        let mut steps = vec![
            (0, 1, DeploymentStep::Started),
            (60, 1, failed),
            (60, 0, back),
        ];
        let going = told(&steps);
        assert_eq!(
            going,
            [
                "00:00 to - ACTIVE FAILED ROLLBACK_IN_PROGRESS",
                "- to - PRIMARY IN_PROGRESS SUCCESSFUL"
            ]
        );
        steps.push((120, 0, DeploymentStep::Completed));
        assert_eq!(
            told(&steps),
            [
                "00:00 to 00:02 INACTIVE FAILED ROLLBACK_SUCCESSFUL",
                "- to - PRIMARY COMPLETED SUCCESSFUL"
            ]
        );
    }

    #[test]
    fn one_whose_place_another_takes_is_stopped_and_active_until_that_one_is_out() {
        let mut steps = vec![
            (0, 1, DeploymentStep::Started),
            (60, 2, DeploymentStep::Started),
        ];
        assert_eq!(
            told(&steps),
            [
                "00:00 to 00:01 ACTIVE IN_PROGRESS STOPPED",
                "00:01 to - PRIMARY IN_PROGRESS IN_PROGRESS"
            ]
        );
        steps.push((180, 2, DeploymentStep::Completed));
        assert_eq!(
            told(&steps),
            [
                "00:00 to 00:01 INACTIVE IN_PROGRESS STOPPED",
                "00:01 to 00:03 PRIMARY COMPLETED SUCCESSFUL"
            ]
        );
    }
}
