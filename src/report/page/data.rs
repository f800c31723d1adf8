//! Everything that a run's page is made from, read from the run's folder.

use std::io::Read;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::deployments::{self, DeploymentRow};
use super::lives::{self, Clock, InstanceLife, TaskLife};
use super::series::Metrics;
use super::zone::PageZone;
use crate::billing::{HourlyCost, bill, hourly};
use crate::engine::SimTime;
use crate::experiment::run::PlanNames;
use crate::observe::usage;
use crate::report::results::{FinishedRun, ReadError};
use crate::scenario::plan::Plan;

/// Why a page can't be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The folder.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file of it that says something else than a run writes.
    #[error("can't read {}: {problem}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// A run's folder, read.
#[derive(Clone, Debug)]
pub struct RunData<'a> {
    /// The folder and its manifest.
    pub run: &'a FinishedRun,
    /// What was played.
    pub plan: &'a Plan,
    /// `summary.json`
    pub summary: Value,
    /// `metrics.csv`, if the run kept series.
    pub metrics: Option<Metrics>,
    /// `tasks.csv`, if the run kept tasks.
    pub tasks: Option<Vec<TaskLife>>,
    /// `instances.csv`
    pub instances: Vec<InstanceLife>,
    /// `deployments.csv`, if there were any and the run kept series.
    pub deployments: Option<Vec<DeploymentRow>>,
    /// `alarms.csv`
    pub alarms: Vec<AlarmChange>,
    /// Cost by item and hour.
    pub costs: Vec<HourlyCost>,
    /// When the hours of `costs` begin: the warm-up's end.
    pub measured_from: SimTime,
    /// The time that was played.
    pub clock: Clock,
}

/// A change of an alarm's state.
#[derive(Clone, PartialEq, Debug)]
pub struct AlarmChange {
    /// When, milliseconds since 1970.
    pub at: Option<i64>,
    /// Its name.
    pub alarm: String,
    /// The state it came to.
    pub to: String,
    /// Why.
    pub reason: String,
}

impl<'a> RunData<'a> {
    /// Reads the files of a run whose scenario is `plan`.
    ///
    /// # Errors
    /// If a file was changed since the run wrote it, or says what no run writes.
    pub fn read(run: &'a FinishedRun, plan: &'a Plan) -> Result<Self, PageError> {
        run.expect_unchanged()?;
        let file = |name: &str| -> Result<Option<Vec<u8>>, PageError> { Ok(run.file(name)?) };
        let wrong = |name: &str| {
            let path = run.path.join(name);
            move |problem: String| PageError::File { path, problem }
        };
        let start: Timestamp = run.manifest.start.parse().map_err(|_| {
            wrong("manifest.json")(format!("{:?} is no instant", run.manifest.start))
        })?;
        let played_s: f64 = run.manifest.played_s.parse().unwrap_or(0.0);
        let end = start + SignedDuration::from_micros(libm::round(played_s * 1e6) as i64);
        let clock = Clock::of(start.as_millisecond(), end.as_millisecond());
        let summary = file("summary.json")?.unwrap_or_default();
        let summary: Value = serde_json::from_slice(&summary)
            .map_err(|error| wrong("summary.json")(error.to_string()))?;
        let metrics = match (run.reader("metrics.csv")?, plan.record.metrics) {
            (Some(text), Some(period)) => {
                let period_ms = period.as_micros() as f64 / 1e3;
                let periods = libm::ceil(played_s * 1e3 / period_ms) as usize;
                let read = Metrics::read(text, clock.from_ms, period_ms, periods.max(1));
                Some(read.map_err(wrong("metrics.csv"))?)
            }
            _ => None,
        };
        let tasks = match file("tasks.csv")? {
            Some(bytes) => Some(lives::tasks(&bytes).map_err(wrong("tasks.csv"))?),
            None => None,
        };
        let deployments = match file("deployments.csv")? {
            Some(bytes) => Some(deployments::rows(&bytes).map_err(wrong("deployments.csv"))?),
            None => None,
        };
        let instances = file("instances.csv")?.unwrap_or_default();
        let alarms = file("alarms.csv")?.unwrap_or_default();
        let warm_up_s = summary["warm_up_s"].as_f64().unwrap_or(0.0);
        let warm_up = SimTime::from_secs(warm_up_s as u64);
        let costs = match run.reader("usage.csv")? {
            Some(text) => costs(plan, text, (start, end), warm_up).map_err(wrong("usage.csv"))?,
            None => Vec::new(),
        };
        Ok(RunData {
            run,
            plan,
            summary,
            metrics,
            tasks,
            instances: lives::instances(&instances).map_err(wrong("instances.csv"))?,
            deployments,
            alarms: alarm_changes(&alarms).map_err(wrong("alarms.csv"))?,
            costs,
            measured_from: warm_up,
            clock,
        })
    }

    /// Whose clocks times are read off.
    pub fn zone(&self) -> PageZone {
        PageZone::of(self.plan)
    }

    /// Entries of a list in the summary.
    pub fn each(&self, key: &str) -> impl Iterator<Item = &Value> {
        self.summary[key].as_array().into_iter().flatten()
    }
}

/// The run priced again from what it used: cost by item and hour.
fn costs(
    plan: &Plan,
    text: impl Read,
    span: (Timestamp, Timestamp),
    from: SimTime,
) -> Result<Vec<HourlyCost>, String> {
    let names = PlanNames::of(plan);
    let names = names.names();
    let table = usage::read_csv(text, &names, span, from).map_err(|error| error.to_string())?;
    let bill = bill(&table, &plan.prices, &names, table.reported());
    Ok(hourly(&bill, &table, &plan.prices))
}

fn alarm_changes(bytes: &[u8]) -> Result<Vec<AlarmChange>, String> {
    lives::rows(bytes, |row| AlarmChange {
        at: row.instant("at"),
        alarm: row.text("alarm").to_owned(),
        to: row.text("to").to_owned(),
        reason: row.text("reason").to_owned(),
    })
}
