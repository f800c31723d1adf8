//! Scenario text played many times, one value a replication.

use rayon::prelude::*;

use super::super::{Effort, Watch};
use crate::engine::SimTime;
use crate::experiment::run::{PlayedRun, play, prepare_tables};
use crate::scenario::plan::Plan;
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::outcome::RunLimits;
use crate::world::task::TaskTimes;

/// The plan of an embedded scenario.
///
/// # Panics
/// If it is no legal scenario: a defect of ours.
pub(in super::super) fn plan(text: &str, seed: u64) -> Plan {
    let options = LoadOptions {
        seed: Some(seed),
        ..LoadOptions::default()
    };
    match load_text("validation", text, &options) {
        Ok(loaded) => loaded.plan,
        Err(failure) => panic!(
            "an embedded scenario is legal:\n{}",
            failure.diagnostics.render(&failure.sources, false)
        ),
    }
}

/// Plays `text_of(replication)` for each replication and keeps what `of` makes of each run, in
/// their order; `None` if nobody waits any more.
pub(super) fn replicate<T: Send>(
    (effort, watch): (&Effort, &Watch<'_>),
    replications: u32,
    text_of: impl Fn(u32) -> String + Sync,
    of: impl Fn(&PlayedRun, u32) -> T + Sync,
) -> Option<Vec<T>> {
    prepare_tables(&plan(&text_of(0), effort.seed));
    let one = |replication: u32| {
        if watch.is_cancelled() {
            return None;
        }
        let plan = plan(&text_of(replication), effort.seed);
        let limits = RunLimits {
            cancelled: watch.cancelled,
            ..RunLimits::default()
        };
        let played = play(&plan, u64::from(replication), &limits);
        watch.step();
        played.is_complete().then(|| of(&played, replication))
    };
    (0..replications).into_par_iter().map(one).collect()
}

/// One run without chance, or whose chance does not matter.
pub(super) fn once<T: Send>(
    watch: &Watch<'_>,
    text: &str,
    of: impl Fn(&PlayedRun) -> T + Sync,
) -> Option<T> {
    let effort = Effort {
        seed: 1,
        is_quick: false,
    };
    let all = replicate((&effort, watch), 1, |_| text.to_owned(), |run, _| of(run))?;
    all.into_iter().next()
}

/// Seconds from one timestamp of a task to another, of all tasks that have both.
pub(super) fn spans(
    played: &PlayedRun,
    from: impl Fn(&TaskTimes) -> Option<SimTime>,
    to: impl Fn(&TaskTimes) -> Option<SimTime>,
) -> Vec<f64> {
    let span = |times: &TaskTimes| Some(to(times)?.since(from(times)?).as_secs_f64());
    let tasks = played.outcome.observed.tasks.iter();
    tasks.filter_map(|task| span(&task.times)).collect()
}

/// The instants of a timestamp of all tasks that have it, sorted, in seconds of the run.
pub(super) fn instants(played: &PlayedRun, of: impl Fn(&TaskTimes) -> Option<SimTime>) -> Vec<f64> {
    let tasks = played.outcome.observed.tasks.iter();
    let mut instants: Vec<f64> = tasks
        .filter_map(|task| of(&task.times))
        .map(|at| at.as_secs_f64())
        .collect();
    instants.sort_by(f64::total_cmp);
    instants
}

/// The value that a share of `sorted` does not exceed.
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = libm::ceil(share * sorted.len() as f64) as usize;
    sorted
        .get(rank.saturating_sub(1))
        .copied()
        .unwrap_or(f64::NAN)
}

/// The mean of some values.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
