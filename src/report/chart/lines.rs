//! How did one quantity, or a few of a kind, go over time?

use crate::report::axis::Unit;
use crate::report::palette::{self, Dash};

use super::figure::{Figure, Layer, Panel, Vertical};
use super::scene::Ink;
use super::series::Series;
use super::{Chart, ChartFrame};

/// Series of one unit over time.
#[derive(Clone, Debug)]
pub struct LinesChart {
    /// Heading and time.
    pub frame: ChartFrame,
    /// What the vertical axis measures, with its unit: `Requests per second`.
    pub y_title: String,
    /// Its unit.
    pub y_unit: Unit,
    /// The series, in the order of their colours.
    pub lines: Vec<Line>,
}

/// A series and how it is drawn.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name and points.
    pub series: Series,
    /// How they are drawn.
    pub style: LineStyle,
}

/// How a series is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineStyle {
    /// From point to point.
    Line,
    /// Each value until the next, for counts.
    Step,
    /// As steps, filled down to zero.
    Area,
    /// As steps, dashed, for targets and wishes.
    Dashed,
    /// A dot a point.
    Marks,
}

impl Chart for LinesChart {
    fn figure(&self) -> Figure {
        let length = self.frame.time.seconds();
        let mut layers = Vec::new();
        for (index, Line { series, style }) in self.lines.iter().enumerate() {
            let ink = |dash: Dash| Ink {
                colour: palette::colour(index),
                width: 1.8,
                dash,
            };
            let layer = match style {
                LineStyle::Line => Layer::line(series, length, ink(palette::dash(index))),
                LineStyle::Step => Layer::steps(series, length, ink(palette::dash(index))),
                LineStyle::Area => Layer::area(series, length, ink(&[]).colour.lighter(0.45)),
                LineStyle::Dashed => Layer::steps(series, length, ink(palette::DASHED)),
                LineStyle::Marks => Layer::marks(series, length, ink(&[])),
            };
            layers.push(layer);
        }
        let vertical = Vertical::counting(self.y_unit.clone());
        Figure::over_time(
            &self.frame,
            vec![Panel::new(&self.y_title, vertical, layers)],
        )
    }
}
