//! Both readings of the Spot Instance Advisor's monthly share, side by side: the same scenario, the
//! same draws, the share read of instances that only AWS ends and of instances that live a day.

use serde::Serialize;

use super::run::{PlayedRun, play};
use super::statistics::{MeanInterval, mean_interval};
use crate::scenario::plan::Plan;
use crate::simulation::outcome::{RunEnd, RunLimits};

/// Hours of a month.
const MONTH_H: f64 = 730.0;

/// How a monthly share is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reading {
    /// What stands for it in a scenario, `world.spot.*.lifetime`.
    pub lifetime: &'static str,
    /// In words.
    pub words: &'static str,
}

/// The two that the model's reference has; no published figure decides between them.
pub const READINGS: [Reading; 2] = [
    Reading {
        lifetime: "none",
        words: "of instances that only AWS ends",
    },
    Reading {
        lifetime: "24h",
        words: "of instances that live a day",
    },
];

/// The paths that a reading is set at: blocks of a group, a family or a type with a `lifetime` of
/// their own keep it.
pub const PATHS: [&str; 2] = [
    "world.spot.EC2.lifetime",
    "world.spot.FARGATE_SPOT.lifetime",
];

/// What a reading came out as over some replications.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ReadingFigures {
    /// The reading, as a scenario writes it.
    pub lifetime: &'static str,
    /// Spot instances taken back a month.
    pub instances_taken_month: Option<MeanInterval>,
    /// The same for one Spot instance kept running all month.
    pub instances_taken_slot_month: Option<MeanInterval>,
    /// Tasks interrupted a month, on Fargate Spot and with their instances.
    pub tasks_interrupted_month: Option<MeanInterval>,
    /// The cost of a month, USD.
    pub cost_month_usd: Option<MeanInterval>,
    /// First tries of requests that failed for good, percent.
    pub failed_percent: Option<MeanInterval>,
    /// Jobs that failed for good, percent.
    pub failed_jobs_percent: Option<MeanInterval>,
    /// Work that was lost and done again, hours a month.
    pub lost_work_hours_month: Option<MeanInterval>,
    /// Whether all replications went to their ends.
    pub complete: bool,
}

/// Plays a plan loaded under a reading.
pub fn play_reading(
    reading: Reading,
    plan: &Plan,
    replications: u32,
    limits: &RunLimits,
) -> ReadingFigures {
    let runs: Vec<PlayedRun> = (0..u64::from(replications))
        .map(|replication| play(plan, replication, limits))
        .collect();
    let figure = |of: fn(&PlayedRun) -> Option<f64>| {
        let values: Vec<f64> = runs.iter().filter_map(of).collect();
        mean_interval(&values)
    };
    ReadingFigures {
        lifetime: reading.lifetime,
        instances_taken_month: figure(|run| Some(per_month(run, taken(run)?))),
        instances_taken_slot_month: figure(|run| {
            let summary = &run.outcome.observed.summary;
            let slots: f64 = summary.groups.iter().map(|group| group.spot.mean).sum();
            (0.0 < slots).then_some(per_month(run, taken(run)?) / slots)
        }),
        tasks_interrupted_month: figure(|run| {
            let tasks = &run.outcome.observed.summary.total.tasks;
            Some(per_month(run, tasks.interruptions as f64))
        }),
        cost_month_usd: figure(|run| Some(run.bill.total_month.usd())),
        failed_percent: figure(|run| run.outcome.observed.summary.total.failed_percent),
        failed_jobs_percent: figure(failed_jobs),
        lost_work_hours_month: figure(|run| {
            let tasks = &run.outcome.observed.summary.total.tasks;
            Some(per_month(run, tasks.lost_work_s / 3_600.0))
        }),
        complete: runs.iter().all(|run| run.outcome.end == RunEnd::Horizon),
    }
}

/// Instances that Spot took back; none without groups.
fn taken(run: &PlayedRun) -> Option<f64> {
    let groups = &run.outcome.observed.summary.groups;
    let taken: u64 = groups.iter().map(|group| group.interruptions).sum();
    (!groups.is_empty()).then_some(taken as f64)
}

fn failed_jobs(run: &PlayedRun) -> Option<f64> {
    let sources = &run.outcome.observed.summary.job_sources;
    let failed: u64 = sources.iter().map(|source| source.failed).sum();
    let over: u64 = failed + sources.iter().map(|source| source.succeeded).sum::<u64>();
    (0 < over).then(|| 100.0 * failed as f64 / over as f64)
}

fn per_month(run: &PlayedRun, count: f64) -> f64 {
    count * MONTH_H * 3_600.0 / run.outcome.observed.summary.measured_s()
}

/// How the shares behind a plan's Spot capacity are read, in words, each once; empty where no
/// capacity rests on a share.
pub fn readings_of(plan: &Plan) -> Vec<String> {
    let words = |lifetime_hours: Option<f64>| match lifetime_hours {
        None => READINGS[0].words.to_owned(),
        Some(24.0) => READINGS[1].words.to_owned(),
        Some(hours) => format!("of instances that live {hours} h"),
    };
    plan.spot_readings().into_iter().map(words).collect()
}
