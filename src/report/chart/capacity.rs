//! Was there enough to serve what was asked: where did demand outrun the tasks, and what failed?

use crate::report::axis::Unit;
use crate::report::palette::{self, FAILURE, INK};

use super::figure::{Figure, Layer, Panel, Vertical};
use super::scene::Ink;
use super::series::Series;
use super::{Chart, ChartFrame};

/// Demand against capacity, and below it the tasks that make the capacity.
#[derive(Clone, Debug)]
pub struct CapacityChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// Requests a second that arrive.
    pub offered: Series,
    /// Requests a second that the running tasks can serve.
    pub capacity: Series,
    /// Requests a second that fail.
    pub failed: Series,
    /// The number of tasks wanted.
    pub tasks_desired: Series,
    /// The number of tasks running.
    pub tasks_running: Series,
}

impl Chart for CapacityChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let requests = vec![
            Layer::area(&self.failed, length, FAILURE),
            Layer::steps(&self.capacity, length, Ink::solid(palette::colour(2), 2.0)),
            Layer::line(&self.offered, length, Ink::solid(palette::colour(0), 1.6)),
        ];
        let desired = Ink {
            colour: INK,
            width: 1.5,
            dash: palette::DASHED,
        };
        let tasks = vec![
            Layer::area(
                &self.tasks_running,
                length,
                palette::colour(2).lighter(0.55),
            ),
            Layer::steps(&self.tasks_desired, length, desired),
        ];
        let counting = || Vertical::counting(Unit::Count);
        Figure::over_time(
            &self.frame,
            vec![
                Panel::new("Requests per second", counting(), requests).share(2.0),
                Panel::new("Tasks", counting(), tasks).share(1.0),
            ],
        )
    }
}
