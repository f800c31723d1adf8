//! How busy the services are, beside each other.

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Style, Unit};
use super::series::{Statistic, Values};
use super::service::{View, greatest};
use crate::observe::series::Metric;
use crate::report::wording::percent;
use crate::scenario::plan::TrackedMetric;

/// Services of which it is said how busy they are.
const SAID_MAX: usize = 4;

/// CPU and memory of the services that have charts, and of all others together.
pub fn figure(data: &RunData<'_>, drawn: &[usize], others: &[usize]) -> Option<Figure> {
    let metrics = data.metrics.as_ref()?;
    let mut panels = Vec::new();
    let mut says = Vec::new();
    for (title, of, metric, tracked) in [
        (
            "CPU, percent",
            CPU,
            Metric::CpuUtilization,
            TrackedMetric::Cpu,
        ),
        (
            "memory, percent",
            MEMORY,
            Metric::MemoryUtilization,
            TrackedMetric::Memory,
        ),
    ] {
        let mut lines = Vec::new();
        for (place, index) in drawn.iter().copied().enumerate() {
            let its = [index];
            let name = &data.plan.services[index].name;
            let view = View::of(data, &its, name, String::new())?;
            if let Some(values) = view.values(metric, Statistic::Average) {
                if metric == Metric::CpuUtilization {
                    let most = percent(Some(greatest(&values)));
                    says.push(format!("{name} is up to {most} busy"));
                }
                lines.push(view.line(name, Style::Line, Ink::Nth(place), values));
            }
            if let Some(target) = target(data, index, tracked) {
                let values = vec![target; metrics.periods];
                let name = format!("target of {name}");
                lines.push(view.line(&name, Style::Dashed, Ink::Nth(place), values));
            }
        }
        lines.extend(together(data, others, of));
        panels.push(Panel::new(title, Unit::Percent, lines));
    }
    says.truncate(SAID_MAX);
    Some(Figure {
        id: "utilization".to_owned(),
        title: "Utilization of the services".to_owned(),
        says: format!("{}.", says.join("; ")),
        note: String::new(),
        x: Axis::Time,
        panels,
    })
}

const CPU: [Metric; 2] = [Metric::CpuUtilized, Metric::CpuReserved];
const MEMORY: [Metric; 2] = [Metric::MemoryUtilized, Metric::MemoryReserved];

/// What several services use of what they reserve.
fn together(data: &RunData<'_>, of: &[usize], metrics: [Metric; 2]) -> Option<Line> {
    let view = View::of(data, of, "", String::new())?;
    let [used, reserved] = metrics.map(|metric| view.values(metric, Statistic::Average));
    let shares = used?.into_iter().zip(reserved?);
    let percents: Values = shares.map(|(used, all)| 100.0 * used / all).collect();
    Some(view.line("all others together", Style::Line, Ink::Limit, percents))
}

/// The target of a service's target tracking for a metric.
fn target(data: &RunData<'_>, service: usize, metric: TrackedMetric) -> Option<f64> {
    let mut targets = data.plan.scalable_targets.iter();
    let target = targets.find(|target| target.service.index() == service)?;
    let mut policies = target.policies.iter();
    let policy = policies.find(|policy| policy.metric == metric)?;
    Some(policy.target)
}
