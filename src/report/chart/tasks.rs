//! How many tasks there are, where they run, and in which state?

use crate::report::axis::Unit;
use crate::report::palette::{self, INK};

use super::figure::{Figure, Layer, Panel, Vertical, stack};
use super::scene::Ink;
use super::series::{Point, Series};
use super::{Chart, ChartFrame};

/// Tasks by capacity provider and state, stacked, over time.
#[derive(Clone, Debug)]
pub struct TasksChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// The counts, the lowest of the stack first; states of one provider belong together.
    pub counts: Vec<TaskCounts>,
    /// The services' desired count, as a dashed line.
    pub desired: Option<Series>,
}

/// The number of tasks of one provider in one state.
#[derive(Clone, Debug)]
pub struct TaskCounts {
    /// The capacity provider or launch type.
    pub provider: String,
    /// The state.
    pub state: TaskState,
    /// Seconds since the chart's start with the count from then on.
    pub points: Vec<Point>,
}

/// What a task is doing, as the chart tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskState {
    /// It runs.
    Running,
    /// It is provisioning, pending or activating.
    Starting,
    /// It is deactivating, stopping or deprovisioning.
    Stopping,
}

impl TaskState {
    fn word(self) -> &'static str {
        match self {
            TaskState::Running => "running",
            TaskState::Starting => "starting",
            TaskState::Stopping => "stopping",
        }
    }

    /// How far the provider's colour is mixed with white.
    fn paleness(self) -> f64 {
        match self {
            TaskState::Running => 0.0,
            TaskState::Starting => 0.45,
            TaskState::Stopping => 0.75,
        }
    }
}

impl Chart for TasksChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let mut providers: Vec<&str> = Vec::new();
        for counts in &self.counts {
            if !providers.contains(&counts.provider.as_str()) {
                providers.push(&counts.provider);
            }
        }
        let series: Vec<Series> = self
            .counts
            .iter()
            .map(|counts| {
                let name = format!("{} {}", counts.provider, counts.state.word());
                Series::new(name, counts.points.clone())
            })
            .collect();
        let hue = |counts: &TaskCounts| {
            let index = providers
                .iter()
                .position(|provider| *provider == counts.provider);
            palette::colour(index.unwrap_or(0)).lighter(counts.state.paleness())
        };
        let parts: Vec<_> = series
            .iter()
            .zip(&self.counts)
            .map(|(series, counts)| (series, hue(counts)))
            .collect();
        let mut layers = stack(&parts, length);
        if let Some(desired) = &self.desired {
            let ink = Ink {
                colour: INK,
                width: 1.6,
                dash: palette::DASHED,
            };
            layers.push(Layer::steps(desired, length, ink));
        }
        let panel = Panel::new("Tasks", Vertical::counting(Unit::Count), layers);
        Figure::over_time(&self.frame, vec![panel])
    }
}
