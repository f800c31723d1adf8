//! The charts of one service: demand and capacity, response times, its queue; and how busy all are.

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Style, Unit, slug};
use super::series::{Metrics, Statistic, Values, or_zero};
use crate::ids::ServiceId;
use crate::observe::series::{Labels, Metric};
use crate::report::wording::{count, percent, seconds};
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, TrackedMetric};
use crate::units::CpuUnits;

/// A service whose series are looked at.
struct View<'a> {
    data: &'a RunData<'a>,
    metrics: &'a Metrics,
    index: usize,
}

/// The figures of the service of this index.
pub fn figures(data: &RunData<'_>, index: usize) -> Vec<Figure> {
    let Some(metrics) = &data.metrics else {
        return Vec::new();
    };
    let view = View {
        data,
        metrics,
        index,
    };
    vec![view.capacity(), view.response(), view.queue()]
}

impl View<'_> {
    fn name(&self) -> &str {
        &self.data.plan.services[self.index].name
    }

    fn values(&self, metric: Metric, which: Statistic) -> Option<Values> {
        let id = ServiceId::from_index(self.index);
        let labels = Labels::of_service(self.data.plan, id, metric);
        self.metrics
            .values(metric.name(), &labels.dimensions, which)
    }

    fn line(&self, name: &str, style: Style, ink: Ink, values: Values) -> Line {
        Line::new(name, style, ink, self.metrics.places(), values)
    }

    fn figure(&self, what: &str, title: String, says: String, panels: Vec<Panel>) -> Figure {
        Figure {
            id: format!("{what}-{}-{}", self.index, slug(self.name())),
            title,
            says,
            note: String::new(),
            x: Axis::Time,
            panels,
        }
    }

    /// What is asked for, what is there for it.
    fn capacity(&self) -> Figure {
        let parts = [self.requests(), self.tasks(), self.vcpus()];
        let (says, panels): (Vec<String>, Vec<Panel>) = parts.into_iter().flatten().unzip();
        let says = format!("Up to {}.", says.join(", up to "));
        let title = format!("Demand and capacity of {}", self.name());
        self.figure("capacity", title, says, panels)
    }

    /// Requests, with the most of them in words.
    fn requests(&self) -> Option<(String, Panel)> {
        let per_second = 1e3 / self.metrics.period_ms;
        let rate = |metric| {
            let values = or_zero(self.values(metric, Statistic::Sum)?);
            let values = values.into_iter().map(|sum| sum * per_second);
            Some(values.collect::<Values>())
        };
        let requests = rate(Metric::RequestCount)?;
        let says = format!("{} requests a second", show(&requests));
        let mut lines = vec![self.line("requests", Style::Line, Ink::Nth(0), requests)];
        if let Some(failed) = rate(Metric::Target5xx) {
            lines.push(self.line("5xx of tasks", Style::Line, Ink::Failure, failed));
        }
        Some((says, Panel::new("requests a second", Unit::Count, lines)))
    }

    /// Tasks: desired below what runs, so that it is seen where the two differ.
    fn tasks(&self) -> Option<(String, Panel)> {
        let count = |metric| self.values(metric, Statistic::Average);
        let running = count(Metric::RunningTaskCount)?;
        let says = format!("{} running tasks", show(&running));
        let mut lines = Vec::new();
        if let Some(desired) = count(Metric::DesiredTaskCount) {
            lines.push(self.line("desired", Style::Dashed, Ink::Limit, desired));
        }
        lines.push(self.line("running", Style::Line, Ink::Nth(2), running));
        if let Some(pending) = count(Metric::PendingTaskCount) {
            lines.push(self.line("pending", Style::Line, Ink::Nth(1), pending));
        }
        Some((says, Panel::new("tasks", Unit::Count, lines)))
    }

    /// vCPUs: what is there and what of it is used.
    fn vcpus(&self) -> Option<(String, Panel)> {
        let vcpus = |metric| {
            let values = self.values(metric, Statistic::Average)?;
            let values = values
                .into_iter()
                .map(|units| units / f64::from(CpuUnits::PER_VCPU));
            Some(values.collect::<Values>())
        };
        let (used, reserved) = (vcpus(Metric::CpuUtilized)?, vcpus(Metric::CpuReserved)?);
        let says = format!("{} of {} vCPUs in use", show(&used), show(&reserved));
        let lines = vec![
            self.line("reserved", Style::Dashed, Ink::Limit, reserved),
            self.line("used", Style::Line, Ink::Nth(0), used),
        ];
        Some((says, Panel::new("vCPUs", Unit::Count, lines)))
    }

    fn response(&self) -> Figure {
        let percentiles = [
            ("p50", Statistic::P50, Ink::Nth(2)),
            ("p90", Statistic::P90, Ink::Nth(0)),
            ("p95", Statistic::P95, Ink::Nth(1)),
            ("p99", Statistic::P99, Ink::Nth(3)),
        ];
        let mut lines = Vec::new();
        let mut says = String::new();
        for (name, which, ink) in percentiles {
            if let Some(values) = self.values(Metric::TargetResponseTime, which) {
                if which == Statistic::P99 {
                    let most = greatest(&values);
                    says = format!("The worst minute's p99 is {}.", seconds(Some(most)));
                }
                lines.push(self.line(name, Style::Line, ink, values));
            }
        }
        let id = ServiceId::from_index(self.index);
        let mut objectives = self.data.plan.objectives.iter();
        if let Some(bound) = objectives.find_map(|it| response_bound(it, id))
            && !lines.is_empty()
        {
            let values = vec![bound; self.metrics.periods];
            lines.push(self.line("objective", Style::Dashed, Ink::Limit, values));
            says.push_str(&format!(" The objective is {}.", seconds(Some(bound))));
        }
        let mut panel = Panel::new("seconds", Unit::Seconds, lines);
        panel.log = true;
        let title = format!("Response time of {}", self.name());
        self.figure("response", title, says, vec![panel])
    }

    fn queue(&self) -> Figure {
        let line = |name: &str, metric, ink| {
            let values = self.values(metric, Statistic::Average)?;
            Some(self.line(name, Style::Line, ink, values))
        };
        let messages = [
            line("waiting", Metric::MessagesVisible, Ink::Nth(0)),
            line("in work", Metric::MessagesNotVisible, Ink::Nth(1)),
        ];
        let messages: Vec<Line> = messages.into_iter().flatten().collect();
        let most = messages.first().map_or(0.0, |line| greatest(&line.y.0));
        let oldest = line("oldest message", Metric::OldestMessage, Ink::Nth(3));
        let age = oldest.as_ref().map_or(0.0, |line| greatest(&line.y.0));
        let panels = vec![
            Panel::new("messages", Unit::Count, messages),
            Panel::new(
                "age of the oldest",
                Unit::Seconds,
                oldest.into_iter().collect(),
            ),
        ];
        let says = format!(
            "Up to {} messages wait; the oldest is up to {} old.",
            count(most.round()),
            seconds(Some(age))
        );
        self.figure("queue", format!("Queue of {}", self.name()), says, panels)
    }
}

/// CPU and memory of the drawn services.
pub fn utilization(data: &RunData<'_>, drawn: &[usize]) -> Option<Figure> {
    let metrics = data.metrics.as_ref()?;
    let mut panels = Vec::new();
    let mut says = Vec::new();
    for (title, metric, tracked) in [
        ("CPU, percent", Metric::CpuUtilization, TrackedMetric::Cpu),
        (
            "memory, percent",
            Metric::MemoryUtilization,
            TrackedMetric::Memory,
        ),
    ] {
        let mut lines = Vec::new();
        for (place, index) in drawn.iter().copied().enumerate() {
            let view = View {
                data,
                metrics,
                index,
            };
            if let Some(values) = view.values(metric, Statistic::Average) {
                if metric == Metric::CpuUtilization {
                    let most = percent(Some(greatest(&values)));
                    says.push(format!("{} is up to {most} busy", view.name()));
                }
                lines.push(view.line(view.name(), Style::Line, Ink::Nth(place), values));
            }
            if let Some(target) = target(data, index, tracked) {
                let values = vec![target; metrics.periods];
                let name = format!("target of {}", view.name());
                lines.push(view.line(&name, Style::Dashed, Ink::Nth(place), values));
            }
        }
        panels.push(Panel::new(title, Unit::Percent, lines));
    }
    says.truncate(4);
    Some(Figure {
        id: "utilization".to_owned(),
        title: "Utilization of the services".to_owned(),
        says: format!("{}.", says.join("; ")),
        note: String::new(),
        x: Axis::Time,
        panels,
    })
}

/// The target of a service's target tracking for a metric.
fn target(data: &RunData<'_>, service: usize, metric: TrackedMetric) -> Option<f64> {
    let mut targets = data.plan.scalable_targets.iter();
    let target = targets.find(|target| target.service.index() == service)?;
    let mut policies = target.policies.iter();
    let policy = policies.find(|policy| policy.metric == metric)?;
    Some(policy.target)
}

/// The bound of an objective on a service's response time.
fn response_bound(objective: &ObjectivePlan, service: ServiceId) -> Option<f64> {
    let is_of = objective.metric == ObjectiveMetric::TargetResponseTime
        && objective.service.is_none_or(|of| of == service);
    match objective.bound {
        Bound::Below(bound) if is_of => Some(bound),
        Bound::Below(_) | Bound::Above(_) => None,
    }
}

fn greatest(values: &[f64]) -> f64 {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    finite.fold(0.0, f64::max)
}

/// The greatest of some values, in as many digits as it needs.
fn show(values: &[f64]) -> String {
    let most = greatest(values);
    match 10.0 <= most {
        true => count(most.round()),
        false => format!("{most:.1}"),
    }
}
