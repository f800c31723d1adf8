//! Which settings are worth their money: what does each cell of a sweep cost, and how well does it
//! do?

use crate::report::axis::Unit;
use crate::report::palette;

use super::Chart;
use super::figure::{Figure, Form, Horizontal, Layer, Panel, Vertical};
use super::scene::Ink;
use super::series::Point;

/// One point a cell: an objective's value across, the cost upwards, each with its 95 % interval.
#[derive(Clone, Debug)]
pub struct SweepChart {
    /// The heading.
    pub title: String,
    /// The scenario and the sweep.
    pub subtitle: String,
    /// What the horizontal axis measures: `p95 response time`.
    pub x_title: String,
    /// Its unit.
    pub x_unit: Unit,
    /// What the vertical axis measures: `Cost per month (US dollars)`.
    pub y_title: String,
    /// Its unit.
    pub y_unit: Unit,
    /// The objective's bound on the horizontal axis, with its name: `objective: p95 ≤ 300 ms`.
    pub bound: Option<(String, f64)>,
    /// The cells.
    pub points: Vec<SweepPoint>,
}

/// A cell of a sweep.
#[derive(Clone, PartialEq, Debug)]
pub struct SweepPoint {
    /// What sets the cell apart: `0.5 vCPU, spot 70 %`.
    pub label: String,
    /// The objective's value.
    pub x: Estimate,
    /// The cost.
    pub y: Estimate,
    /// Whether the cell keeps all objectives.
    pub passes: bool,
}

/// A mean with its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Estimate {
    /// The mean over replications.
    pub mean: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

impl Estimate {
    /// A value known exactly.
    pub fn exact(value: f64) -> Self {
        Estimate {
            mean: value,
            low: value,
            high: value,
        }
    }

    fn is_finite(&self) -> bool {
        self.mean.is_finite()
    }

    /// With an interval that holds the mean, whatever came in.
    pub(super) fn sound(self) -> Self {
        let end = |end: f64| if end.is_finite() { end } else { self.mean };
        Estimate {
            mean: self.mean,
            low: end(self.low).min(self.mean),
            high: end(self.high).max(self.mean),
        }
    }
}

impl SweepPoint {
    pub(super) fn extent(&self) -> [Point; 2] {
        [(self.x.low, self.y.low), (self.x.high, self.y.high)]
    }
}

impl Chart for SweepChart {
    fn figure(&self) -> Figure {
        let cells = |passes: bool| -> Vec<SweepPoint> {
            let drawable = |point: &&SweepPoint| {
                point.passes == passes && point.x.is_finite() && point.y.is_finite()
            };
            let sound = |point: &SweepPoint| SweepPoint {
                x: point.x.sound(),
                y: point.y.sound(),
                ..point.clone()
            };
            self.points.iter().filter(drawable).map(sound).collect()
        };
        let layer = |name: &str, colour, points| Layer {
            name: name.to_owned(),
            ink: Ink::solid(colour, 1.6),
            form: Form::Estimates(points),
        };
        let mut layers = Vec::new();
        if let Some((name, bound)) = &self.bound {
            layers.push(Layer::bound(name, *bound));
        }
        let (passing, failing) = (cells(true), cells(false));
        if !failing.is_empty() {
            let name = "breaks an objective";
            layers.push(layer(name, palette::colour(1), failing));
        }
        layers.push(layer("keeps the objectives", palette::colour(0), passing));
        let vertical = Vertical::Around {
            unit: self.y_unit.clone(),
        };
        let horizontal = Horizontal::Number {
            title: self.x_title.clone(),
            unit: self.x_unit.clone(),
        };
        let title = format!("{}, means with 95 % intervals", self.y_title);
        Figure {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            note: None,
            horizontal,
            panels: vec![Panel::new(&title, vertical, layers)],
        }
    }
}
