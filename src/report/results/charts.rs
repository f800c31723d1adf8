//! The charts of a run: from what was observed to pictures.

use rayon::prelude::*;

mod fleet;
mod points;
mod queues;

use points::{count_points, evenly, load_points, seconds, sum_of_counts};

use super::files::ResultFile;
use super::{Results, WriteError};
use crate::billing::hourly;
use crate::engine::SimDuration;
use crate::ids::{JobSourceId, ProviderId, ServiceId};
use crate::observe::gauge::CountsRun;
use crate::observe::incidents;
use crate::observe::series::{LoadRun, LoadSample, MetricStore};
use crate::observe::states::StateGroup;
use crate::report::axis::{TimeFrame, Unit};
use crate::report::chart::{
    CapacityChart, Chart, ChartFrame, CostChart, CostItem, InterruptionsChart, LatencyChart, Line,
    LineStyle, LinesChart, Regime, RegimeStrip, Series, ServiceUtilization, TaskCounts, TaskState,
    TasksChart, UtilizationChart, png, svg,
};
use crate::report::wording;
use crate::scenario::plan::{
    Bound, ObjectiveMetric, ObjectivePlan, ServicePlan, Statistic, TrackedMetric,
};

/// A chart with the name of its files.
type NamedChart = (String, Box<dyn Chart + Send + Sync>);

/// The charts of a run as pictures, each as SVG and as PNG, drawn side by side.
pub fn pictures(results: &Results<'_>) -> Result<Vec<ResultFile>, WriteError> {
    let charts = charts(results);
    let jobs: Vec<(&NamedChart, bool)> = charts
        .iter()
        .flat_map(|chart| [(chart, false), (chart, true)])
        .collect();
    let draw = |&((name, chart), as_png): &(&NamedChart, bool)| {
        let bytes = match as_png {
            true => png(chart.as_ref()),
            false => svg(chart.as_ref()).map(String::into_bytes),
        };
        let ending = if as_png { "png" } else { "svg" };
        match bytes {
            Ok(bytes) => Ok(ResultFile::new(format!("charts/{name}.{ending}"), bytes)),
            Err(error) => Err(WriteError::Table {
                name: "a chart".to_owned(),
                problem: error.to_string(),
            }),
        }
    };
    jobs.par_iter().map(draw).collect()
}

/// The charts that this run has something to show in.
fn charts(results: &Results<'_>) -> Vec<NamedChart> {
    let view = View { results };
    let mut charts: Vec<NamedChart> = vec![
        ("tasks".to_owned(), Box::new(view.tasks())),
        ("cost".to_owned(), Box::new(view.cost())),
    ];
    let plan = results.plan;
    if let Some(metrics) = &results.played.outcome.observed.metrics {
        for (index, service) in plan.services.iter().enumerate() {
            if service.demand.is_some() {
                let loads = &metrics.services[index].loads;
                let name = &service.name;
                let id = ServiceId::from_index(index);
                let capacity = view.capacity(metrics, id, service);
                charts.push((format!("capacity-{name}"), Box::new(capacity)));
                let latency = view.latency(metrics.period, loads, id, service);
                charts.push((format!("latency-{name}"), Box::new(latency)));
            }
        }
        if plan.services.iter().any(|service| service.demand.is_some()) {
            charts.push((
                "utilization".to_owned(),
                Box::new(view.utilization(metrics)),
            ));
        }
    }
    if view.has_spot() {
        charts.push(("interruptions".to_owned(), Box::new(view.interruptions())));
    }
    if !plan.job_sources.is_empty() {
        charts.push(("waiting-jobs".to_owned(), Box::new(view.waiting())));
    }
    charts.extend(queues::charts(&view));
    charts.extend(fleet::charts(&view));
    charts
}

struct View<'a> {
    results: &'a Results<'a>,
}

impl View<'_> {
    fn frame(&self, title: impl Into<String>) -> ChartFrame {
        let Results { plan, played, .. } = self.results;
        let length = SimDuration::from_micros(played.outcome.stopped_at.as_micros());
        ChartFrame {
            title: title.into(),
            subtitle: format!(
                "{} · run {} · seed {}",
                plan.name,
                self.results.run_name(),
                plan.run.seed
            ),
            time: TimeFrame {
                start: plan.run.start,
                zone: plan.run.time_zone.clone(),
                length,
            },
        }
    }

    fn metrics(&self) -> Option<&MetricStore> {
        self.results.played.outcome.observed.metrics.as_ref()
    }

    fn tasks(&self) -> TasksChart {
        let states = &self.results.played.outcome.observed.states;
        let column_s = states.column().as_secs_f64();
        let mut counts = Vec::new();
        for (index, provider) in self.results.plan.providers.iter().enumerate() {
            for (group, state) in [
                (StateGroup::Running, TaskState::Running),
                (StateGroup::Starting, TaskState::Starting),
                (StateGroup::Stopping, TaskState::Stopping),
            ] {
                let means: Vec<f64> = states.means(ProviderId::from_index(index), group).collect();
                if means.iter().any(|mean| 0.0 < *mean) {
                    let points = evenly(column_s, &means);
                    counts.push(TaskCounts {
                        provider: provider.name.clone(),
                        state,
                        points,
                    });
                }
            }
        }
        let desired = self
            .metrics()
            .filter(|store| !store.services.is_empty())
            .map(|store| {
                let sum = sum_of_counts(store, |run| f64::from(run.counts.desired.mean));
                Series::new("desired by the services", sum)
            });
        let frame = self.frame("Tasks by capacity provider and state");
        TasksChart {
            frame,
            counts,
            desired,
        }
    }

    fn cost(&self) -> CostChart {
        let played = self.results.played;
        let costs = hourly(
            &played.bill,
            &played.outcome.observed.usage,
            &self.results.plan.prices,
        );
        let from_s = played.bill.from.as_secs_f64();
        let hours = |usd: &[f64]| -> Vec<(f64, f64)> {
            let hours = evenly(3_600.0, usd).into_iter();
            hours.map(|(at, usd)| (from_s + at, usd)).collect()
        };
        let mut items: Vec<(f64, CostItem)> = costs
            .into_iter()
            .map(|cost| {
                let name = wording::item(cost.item).into_owned();
                let total = cost.usd.iter().sum();
                (
                    total,
                    CostItem {
                        name,
                        usd: hours(&cost.usd),
                    },
                )
            })
            .filter(|(total, _)| 0.0 < *total)
            .collect();
        // The largest lie at the bottom, where they are compared best.
        items.sort_by(|a, b| b.0.total_cmp(&a.0));
        let items = items.into_iter().map(|(_, item)| item).collect();
        CostChart {
            frame: self.frame("Cost by item"),
            items,
        }
    }

    fn capacity(
        &self,
        metrics: &MetricStore,
        id: ServiceId,
        service: &ServicePlan,
    ) -> CapacityChart {
        let series = &metrics.services[id.index()];
        let of_load = |name: &str, value: fn(&LoadSample) -> f64| {
            Series::new(name, load_points(metrics.period, &series.loads, value))
        };
        let of_counts = |name: &str, value: fn(&CountsRun) -> f64| {
            Series::new(name, count_points(metrics.period, &series.counts, value))
        };
        CapacityChart {
            frame: self.frame(format!("Demand and capacity of {}", service.name)),
            offered: of_load("requests", |sample| sample.requests / seconds(sample)),
            capacity: of_load("capacity", |sample| f64::from(sample.capacity)),
            failed: of_load("failed", |sample| {
                f64::from(sample.failed) / seconds(sample)
            }),
            tasks_desired: of_counts("desired", |run| f64::from(run.counts.desired.mean)),
            tasks_running: of_counts("running", |run| f64::from(run.counts.running.mean)),
        }
    }

    fn latency(
        &self,
        period: SimDuration,
        loads: &[LoadRun],
        id: ServiceId,
        service: &ServicePlan,
    ) -> LatencyChart {
        let percentile = |(index, name): (usize, &&str)| {
            let value = |sample: &LoadSample| match 0.0 < sample.response_mean {
                true => f64::from(sample.response_quantiles[index]),
                false => f64::NAN,
            };
            Series::new(*name, load_points(period, loads, value))
        };
        let names = ["p50", "p90", "p95", "p99"];
        let mut objectives = self.results.plan.objectives.iter();
        LatencyChart {
            frame: self.frame(format!("Response time of {}", service.name)),
            percentiles: names.iter().enumerate().map(percentile).collect(),
            objective: objectives.find_map(|objective| response_bound(objective, id)),
        }
    }

    fn utilization(&self, metrics: &MetricStore) -> UtilizationChart {
        let plan = self.results.plan;
        let with_demand = plan.services.iter().enumerate().filter(|(index, service)| {
            // DAEMON services may have load without demand.
            service.demand.is_some() || !metrics.services[*index].loads.is_empty()
        });
        let of_service = |(index, service): (usize, &ServicePlan)| {
            let loads = &metrics.services[index].loads;
            let percent = |used: fn(&LoadSample) -> (f32, f32)| {
                let value = move |sample: &LoadSample| {
                    let (used, reserved) = used(sample);
                    // A division by nothing is a gap.
                    100.0 * f64::from(used) / f64::from(reserved)
                };
                load_points(metrics.period, loads, value)
            };
            let target = |metric| self.target(ServiceId::from_index(index), metric);
            ServiceUtilization {
                service: service.name.clone(),
                cpu_percent: percent(|sample| (sample.cpu_used, sample.cpu_reserved)),
                memory_percent: percent(|sample| (sample.memory_used, sample.memory_reserved)),
                cpu_target_percent: target(TrackedMetric::Cpu),
                memory_target_percent: target(TrackedMetric::Memory),
            }
        };
        let services = with_demand.map(of_service).collect();
        UtilizationChart {
            frame: self.frame("Utilization of the services"),
            services,
        }
    }

    /// The target of a service's target tracking policy for `metric`.
    fn target(&self, service: ServiceId, metric: TrackedMetric) -> Option<f64> {
        let mut targets = self.results.plan.scalable_targets.iter();
        let target = targets.find(|target| target.service == service)?;
        let policy = target
            .policies
            .iter()
            .find(|policy| policy.metric == metric)?;
        Some(policy.target)
    }

    /// Whether Spot had anything to do.
    fn has_spot(&self) -> bool {
        let summary = &self.results.played.outcome.observed.summary;
        let is_refused = |provider: &crate::observe::summary::ProviderSummary| {
            !provider.refusals.is_empty() || 0 < provider.interruptions
        };
        let has_run = |provider: &crate::observe::summary::ProviderSummary| {
            provider.name == "FARGATE_SPOT" && 0.0 < provider.task_hours
        };
        let providers = &summary.providers;
        providers
            .iter()
            .any(|provider| has_run(provider) || is_refused(provider))
    }

    fn interruptions(&self) -> InterruptionsChart {
        let seen = &self.results.played.outcome.observed.incidents;
        let zones = || self.results.plan.zones.iter().enumerate();
        let interrupted = zones()
            .map(|(index, zone)| Series::new(&zone.name, seen.interrupted(index)))
            .filter(|series| !series.points.is_empty());
        let strips = zones().map(|(index, zone)| RegimeStrip {
            zone: zone.name.clone(),
            spans: seen
                .regimes(index)
                .into_iter()
                .map(|(from, to, which)| (from, to, regime(which)))
                .collect(),
        });
        let waiting = self.metrics().map(|store| {
            sum_of_counts(store, |run| {
                let counts = &run.counts;
                let present = counts.running.mean + counts.pending.mean;
                f64::from((counts.desired.mean - present).max(0.0))
            })
        });
        let mut waiting = Series::new("tasks waiting", waiting.unwrap_or_default());
        if self.results.plan.services.is_empty() {
            waiting = Series::new("jobs waiting", self.jobs_waiting());
        }
        let strips: Vec<RegimeStrip> = strips.filter(|strip| !strip.spans.is_empty()).collect();
        InterruptionsChart {
            // Of instances no zone's capacity is drawn: each type has pools of its own.
            frame: self.frame(match strips.is_empty() {
                true => "Spot: interruptions, refusals",
                false => "Spot: interruptions, refusals, capacity",
            }),
            interrupted: interrupted.collect(),
            refused: Series::new("launches refused", seen.refused()),
            waiting,
            regimes: strips,
        }
    }

    /// Jobs of all sources that wait, over time.
    fn jobs_waiting(&self) -> Vec<(f64, f64)> {
        let seen = &self.results.played.outcome.observed.incidents;
        let sources = 0..self.results.plan.job_sources.len();
        let mut sum: Vec<(f64, f64)> = Vec::new();
        for points in sources.map(|index| seen.waiting(JobSourceId::from_index(index))) {
            for (at, point) in points.into_iter().enumerate() {
                match sum.get_mut(at) {
                    Some(total) => total.1 += point.1,
                    None => sum.push(point),
                }
            }
        }
        sum
    }

    fn waiting(&self) -> LinesChart {
        let seen = &self.results.played.outcome.observed.incidents;
        let line = |(index, source): (usize, &crate::scenario::plan::JobSourcePlan)| Line {
            series: Series::new(&source.name, seen.waiting(JobSourceId::from_index(index))),
            style: LineStyle::Area,
        };
        LinesChart {
            frame: self.frame("Jobs that wait for their turn"),
            y_title: "Jobs waiting".to_owned(),
            y_unit: Unit::Count,
            lines: self
                .results
                .plan
                .job_sources
                .iter()
                .enumerate()
                .map(line)
                .collect(),
        }
    }
}

fn regime(which: incidents::Regime) -> Regime {
    match which {
        incidents::Regime::Calm => Regime::Plenty,
        incidents::Regime::Tight => Regime::Tight,
        incidents::Regime::Empty => Regime::Out,
    }
}

/// The bound of an objective on a service's response time, with its name.
fn response_bound(objective: &ObjectivePlan, service: ServiceId) -> Option<(String, f64)> {
    let is_of = objective.metric == ObjectiveMetric::TargetResponseTime
        && objective.service.is_none_or(|of| of == service);
    let Bound::Below(bound) = objective.bound else {
        return None;
    };
    let name = match objective.statistic {
        Statistic::Quantile(quantile) => format!("p{} objective", 100.0 * quantile),
        Statistic::Average => "mean objective".to_owned(),
        Statistic::Minimum | Statistic::Maximum | Statistic::Sum => "objective".to_owned(),
    };
    is_of.then_some((name, bound))
}
