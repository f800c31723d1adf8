//! What a run looked like over its time, in lines of block characters that can be read together.

use super::Text;
use crate::billing::hourly;
use crate::engine::SimDuration;
use crate::ids::ProviderId;
use crate::observe::series::{LoadSample, MetricStore};
use crate::observe::states::StateGroup;
use crate::report::results::Results;
use crate::report::spark::spark_over;
use crate::report::wording::{count, seconds, usd};

/// Which inline charts a summary has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InlineCharts {
    /// None: the terminal may not know their letters.
    None,
    /// Of cost and of running tasks, in their sections: what pipes and files have.
    Few,
    /// Of demand, running tasks, cost and response times, beneath each other.
    All,
}

/// The charts beneath each other, those that have something to show.
pub(super) fn tell(results: &Results<'_>, text: &mut Text) {
    let observed = &results.played.outcome.observed;
    let mut lines: Vec<(&str, Vec<f64>, String)> = Vec::new();
    if let Some(metrics) = &observed.metrics {
        let period_s = metrics.period.as_secs_f64();
        let ended_at = results.played.outcome.stopped_at;
        let ended = SimDuration::from_micros(ended_at.as_micros());
        let periods = (ended.as_micros()).div_ceil(metrics.period.as_micros()) as usize;
        let demand = demand(metrics, periods);
        if let Some(most) = greatest(&demand) {
            let told = format!("up to {} requests a second", count(most / period_s));
            lines.push(("demand", demand, told));
        }
        let p99 = p99(metrics, periods);
        if let Some(most) = greatest(&p99) {
            lines.push(("p99", p99, format!("up to {}", seconds(Some(most)))));
        }
    }
    let running = running(results);
    if let Some(most) = greatest(&running) {
        let least = running.iter().copied().fold(f64::INFINITY, f64::min);
        let place = lines.len().min(1);
        let told = match format!("{least:.0}") == format!("{most:.0}") {
            true => format!("{most:.0} all along"),
            false => format!("{least:.0} to {most:.0} tasks"),
        };
        lines.insert(place, ("running", running, told));
    }
    let cost = cost(results);
    if let Some(most) = greatest(&cost) {
        lines.push(("cost", cost, format!("up to {} an hour", usd(most))));
    }
    if lines.is_empty() {
        return;
    }
    text.section("Over the run");
    for (name, values, told) in lines {
        let chart = spark_over(&values, text.spark());
        text.line(&format!("  {name:<12}{chart}  {told}"));
    }
}

/// The greatest of those that are numbers, if there are two values at least.
fn greatest(values: &[f64]) -> Option<f64> {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    finite.reduce(f64::max).filter(|_| 1 < values.len())
}

/// Requests of all services, period by period; none where no service has any.
fn demand(metrics: &MetricStore, periods: usize) -> Vec<f64> {
    over(
        metrics,
        periods,
        |sample| sample.requests,
        |sum, more| sum + more,
    )
}

/// The worst service's p99 response time; a gap where nobody was answered.
fn p99(metrics: &MetricStore, periods: usize) -> Vec<f64> {
    let value = |sample: &LoadSample| {
        let p99 = f64::from(sample.response_quantiles[3]);
        if 0.0 < p99 { p99 } else { f64::NAN }
    };
    over(metrics, periods, value, f64::max)
}

/// A value of all services' loads, period by period; a gap where there is none.
fn over(
    metrics: &MetricStore,
    periods: usize,
    value: impl Fn(&LoadSample) -> f64,
    join: impl Fn(f64, f64) -> f64,
) -> Vec<f64> {
    let mut values = vec![f64::NAN; periods];
    for run in metrics.services.iter().flat_map(|service| &service.loads) {
        let one = value(&run.sample);
        if !one.is_finite() {
            continue;
        }
        let places = values.iter_mut().skip(run.first as usize);
        for place in places.take(run.count as usize) {
            *place = if place.is_finite() {
                join(*place, one)
            } else {
                one
            };
        }
    }
    values
}

/// RUNNING tasks of all providers, column by column.
fn running(results: &Results<'_>) -> Vec<f64> {
    let states = &results.played.outcome.observed.states;
    let mut all: Vec<f64> = Vec::new();
    for index in 0..results.plan.providers.len() {
        let means = states.means(ProviderId::from_index(index), StateGroup::Running);
        for (column, mean) in means.enumerate() {
            match all.get_mut(column) {
                Some(sum) => *sum += mean,
                None => all.push(mean),
            }
        }
    }
    all
}

/// What each hour cost.
pub(super) fn cost(results: &Results<'_>) -> Vec<f64> {
    let hours = hourly(
        &results.played.bill,
        &results.played.outcome.observed.usage,
        &results.plan.prices,
    );
    let length = hours.iter().map(|item| item.usd.len()).max().unwrap_or(0);
    let of_hour = |hour: usize| hours.iter().filter_map(|item| item.usd.get(hour)).sum();
    (0..length).map(of_hour).collect()
}
