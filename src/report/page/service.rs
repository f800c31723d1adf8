//! The charts of one service, or of some together: demand and capacity, response times, its queue.

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Style, Unit, slug};
use super::series::{Metrics, Statistic, Values, or_zero};
use crate::ids::ServiceId;
use crate::observe::series::{Labels, Metric};
use crate::report::wording::{count, length, seconds};
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan};
use crate::units::CpuUnits;

/// Services whose series are looked at: one, or some together.
pub(super) struct View<'a> {
    pub(super) data: &'a RunData<'a>,
    metrics: &'a Metrics,
    /// Their places in the plan.
    of: &'a [usize],
    name: &'a str,
    /// As a part of an id.
    slug: String,
}

/// The figures of the service of this index.
pub fn figures(data: &RunData<'_>, index: usize) -> Vec<Figure> {
    let of = [index];
    let name = &data.plan.services[index].name;
    let view = View::of(data, &of, name, format!("{index}-{}", slug(name)));
    view.map_or(Vec::new(), |view| {
        vec![
            view.capacity(),
            view.failures(&data.summary["services"][index]["load"]),
            view.response(),
            view.queue(),
        ]
    })
}

/// The demand and the capacity of several services together.
pub fn together(data: &RunData<'_>, of: &[usize], name: &str) -> Option<Figure> {
    let view = View::of(data, of, name, "others".to_owned())?;
    Some(view.capacity())
}

impl<'a> View<'a> {
    /// What is looked at.
    pub(super) fn name(&self) -> &str {
        self.name
    }

    /// A view of some services, if the run kept series.
    pub(super) fn of(
        data: &'a RunData<'a>,
        of: &'a [usize],
        name: &'a str,
        slug: String,
    ) -> Option<Self> {
        Some(View {
            data,
            metrics: data.metrics.as_ref()?,
            of,
            name,
            slug,
        })
    }

    /// A statistic by period, the sum over the services; `None` if none of them has it.
    pub(super) fn values(&self, metric: Metric, which: Statistic) -> Option<Values> {
        let of = |index: &usize| {
            let id = ServiceId::from_index(*index);
            let labels = Labels::of_service(self.data.plan, id, metric);
            self.metrics
                .values(metric.name(), &labels.dimensions, which)
        };
        let add = |sum: Values, more: Values| {
            let both = sum.into_iter().zip(more).map(|pair| match pair {
                (sum, more) if sum.is_nan() => more,
                (sum, more) if more.is_nan() => sum,
                (sum, more) => sum + more,
            });
            both.collect()
        };
        self.of.iter().filter_map(of).reduce(add)
    }

    /// Of a sum by period, how many a second.
    pub(super) fn rate(&self, metric: Metric) -> Option<Values> {
        let per_second = 1e3 / self.metrics.period_ms;
        let values = or_zero(self.values(metric, Statistic::Sum)?);
        Some(values.into_iter().map(|sum| sum * per_second).collect())
    }

    pub(super) fn line(&self, name: &str, style: Style, ink: Ink, values: Values) -> Line {
        Line::new(name, style, ink, self.metrics.places(), values)
    }

    pub(super) fn figure(
        &self,
        what: &str,
        title: String,
        says: String,
        panels: Vec<Panel>,
    ) -> Figure {
        Figure {
            id: format!("{what}-{}", self.slug),
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
        let title = format!("Demand and capacity of {}", self.name);
        self.figure("capacity", title, says, panels)
    }

    /// Requests beside what could be answered, with the most of them in words.
    fn requests(&self) -> Option<(String, Panel)> {
        let requests = self.rate(Metric::RequestCount)?;
        let mut says = format!("{} requests a second", show(&requests));
        let mut lines = Vec::new();
        if let Some(capacity) = self.values(Metric::RequestCapacity, Statistic::Average) {
            let short = requests
                .iter()
                .zip(&capacity)
                .filter(|(it, most)| most < it);
            let minutes = short.count() as f64 * self.metrics.period_ms / 60e3;
            if 0.0 < minutes {
                let length = length(60.0 * minutes);
                says.push_str(&format!(" (in {length} more than the tasks could answer)"));
            }
            lines.push(self.line("could be answered", Style::Dashed, Ink::Limit, capacity));
        }
        lines.push(self.line("requests", Style::Line, Ink::Nth(0), requests));
        if let Some(failed) = self.rate(Metric::FailedRequests) {
            lines.push(self.line("failed for good", Style::Line, Ink::Failure, failed));
        }
        Some((says, Panel::new("requests a second", Unit::Count, lines)))
    }

    /// Tasks: desired below what runs, so that it is seen where the two differ.
    fn tasks(&self) -> Option<(String, Panel)> {
        let count = |metric| self.values(metric, Statistic::Average);
        let running = count(Metric::RunningTaskCount)?;
        // What is said is of instants, as in the tables; several services have theirs apart.
        let most = match self.of {
            [_] => self.values(Metric::RunningTaskCount, Statistic::Maximum),
            _ => None,
        };
        let says = format!(
            "{} running tasks",
            show(&most.unwrap_or_else(|| running.clone()))
        );
        let mut lines = Vec::new();
        if let Some(desired) = count(Metric::DesiredTaskCount) {
            lines.push(self.line("desired", Style::Dashed, Ink::Limit, desired));
        }
        lines.push(self.line("running", Style::Line, Ink::Nth(2), running));
        if let Some(pending) = count(Metric::PendingTaskCount) {
            lines.push(self.line("pending", Style::Line, Ink::Nth(1), pending));
        }
        Some((says, Panel::new("tasks, means", Unit::Count, lines)))
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
        let id = ServiceId::from_index(self.of[0]);
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
        let title = format!("Response time of {}", self.name);
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
        self.figure("queue", format!("Queue of {}", self.name), says, panels)
    }
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

/// The greatest of some values.
pub(super) fn greatest(values: &[f64]) -> f64 {
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
