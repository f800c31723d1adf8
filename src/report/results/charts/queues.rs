//! The charts of queues: how many messages wait, and how long the oldest has; a run whose services
//! are asked has none.

use super::points::load_points;
use super::{NamedChart, View};
use crate::observe::series::{LoadRun, LoadSample};
use crate::report::axis::Unit;
use crate::report::chart::{Line, LineStyle, LinesChart, Series};

pub(super) fn charts(view: &View<'_>) -> Vec<NamedChart> {
    let Some(metrics) = view.metrics() else {
        return Vec::new();
    };
    let services = view.results.plan.services.iter().zip(&metrics.services);
    let pulling = services.filter_map(|(service, series)| {
        let queue = service.demand.as_ref()?.queue.as_ref()?;
        Some((&queue.name, &series.loads))
    });
    let drawn = pulling.flat_map(|(queue, loads)| {
        let backlog = view.backlog(queue, loads);
        let age = view.age(queue, loads);
        let backlog: NamedChart = (format!("backlog-{queue}"), Box::new(backlog));
        let age: NamedChart = (format!("age-{queue}"), Box::new(age));
        [backlog, age]
    });
    drawn.collect()
}

impl View<'_> {
    /// A line, or none where no metrics are recorded.
    fn line(&self, name: &str, loads: &[LoadRun], value: fn(&LoadSample) -> f32) -> Vec<Line> {
        let points = self
            .metrics()
            .map(|metrics| load_points(metrics.period, loads, |sample| f64::from(value(sample))));
        let line = |points| Line {
            series: Series::new(name, points),
            style: LineStyle::Area,
        };
        points.map(line).into_iter().collect()
    }

    fn backlog(&self, queue: &str, loads: &[LoadRun]) -> LinesChart {
        LinesChart {
            frame: self.frame(format!("Messages that wait in queue {queue}")),
            y_title: "Messages".to_owned(),
            y_unit: Unit::Count,
            lines: self.line("visible", loads, |sample| sample.visible),
        }
    }

    fn age(&self, queue: &str, loads: &[LoadRun]) -> LinesChart {
        LinesChart {
            frame: self.frame(format!("Age of the oldest message of queue {queue}")),
            y_title: "Waited".to_owned(),
            y_unit: Unit::Seconds,
            lines: self.line("oldest message", loads, |sample| sample.oldest_s),
        }
    }
}
