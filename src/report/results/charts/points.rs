//! Series of periods as points of a chart.

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::observe::gauge::CountsRun;
use crate::observe::levels::LevelsRun;
use crate::observe::series::{LoadRun, LoadSample, MetricStore};

/// A point of a chart: seconds since the start, and the value.
type Point = (f64, f64);

/// The length of a sample.
pub(super) fn seconds(sample: &LoadSample) -> f64 {
    60.0 * f64::from(sample.minutes.max(1))
}

/// Values at equal steps from the start.
pub(super) fn evenly(step_s: f64, values: &[f64]) -> Vec<Point> {
    values
        .iter()
        .enumerate()
        .map(|(index, value)| (index as f64 * step_s, *value))
        .collect()
}

/// A value of each period of a load, at the period's start.
pub(super) fn load_points(
    period: SimDuration,
    loads: &[LoadRun],
    value: impl Fn(&LoadSample) -> f64,
) -> Vec<Point> {
    let runs = loads
        .iter()
        .map(|run| (run.first, run.count, value(&run.sample)));
    spread(period, runs)
}

/// A value of each period of a service's counts, at the period's start.
pub(super) fn count_points(
    period: SimDuration,
    counts: &[CountsRun],
    value: impl Fn(&CountsRun) -> f64,
) -> Vec<Point> {
    spread(
        period,
        counts.iter().map(|run| (run.first, run.count, value(run))),
    )
}

fn spread(period: SimDuration, runs: impl Iterator<Item = (u32, u32, f64)>) -> Vec<Point> {
    let step_s = period.as_secs_f64();
    let points = |(first, count, value): (u32, u32, f64)| {
        (first..first + count).map(move |index| (f64::from(index) * step_s, value))
    };
    runs.flat_map(points).collect()
}

/// A value of counts summed over the services, period by period.
pub(super) fn sum_of_counts(
    store: &MetricStore,
    value: impl Fn(&CountsRun) -> f64 + Copy,
) -> Vec<Point> {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for run in store.services.iter().flat_map(|series| &series.counts) {
        for period in run.first..run.first + run.count {
            *sums.entry(period).or_default() += value(run);
        }
    }
    let step_s = store.period.as_secs_f64();
    sums.into_iter()
        .map(|(period, sum)| (f64::from(period) * step_s, sum))
        .collect()
}

/// The `at`-th level summed over series, period by period.
pub(super) fn sum_of_levels<'s, const N: usize>(
    period: SimDuration,
    series: impl Iterator<Item = &'s Vec<LevelsRun<N>>>,
    at: usize,
) -> Vec<Point> {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for run in series.flatten() {
        for index in run.first..run.first + run.count {
            let level = run.levels[at].map_or(0.0, |level| f64::from(level.mean));
            *sums.entry(index).or_default() += level;
        }
    }
    let step_s = period.as_secs_f64();
    sums.into_iter()
        .map(|(index, sum)| (f64::from(index) * step_s, sum))
        .collect()
}
