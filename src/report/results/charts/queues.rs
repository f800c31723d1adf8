//! The charts of queues: how many messages wait, and how long the oldest has; a run of services that
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
    fn lines(&self, loads: &[LoadRun], lines: &[(&str, fn(&LoadSample) -> f32)]) -> Vec<Line> {
        let period = self.metrics().map(|metrics| metrics.period);
        let line = |(name, value): &(&str, fn(&LoadSample) -> f32)| {
            let points =
                period.map(|period| load_points(period, loads, |sample| f64::from(value(sample))));
            Line {
                series: Series::new(*name, points.unwrap_or_default()),
                style: LineStyle::Area,
            }
        };
        lines.iter().map(line).collect()
    }

    fn backlog(&self, queue: &str, loads: &[LoadRun]) -> LinesChart {
        LinesChart {
            frame: self.frame(format!("Messages that wait in queue {queue}")),
            y_title: "Messages".to_owned(),
            y_unit: Unit::Count,
            lines: self.lines(loads, &[("visible", |sample| sample.visible)]),
        }
    }

    fn age(&self, queue: &str, loads: &[LoadRun]) -> LinesChart {
        LinesChart {
            frame: self.frame(format!("Age of the oldest message of queue {queue}")),
            y_title: "Waited".to_owned(),
            y_unit: Unit::Seconds,
            lines: self.lines(loads, &[("oldest message", |sample| sample.oldest_s)]),
        }
    }
}
