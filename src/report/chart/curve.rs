//! What does one parameter do? Measures against its values, each with its interval as a band.

use crate::report::axis::Unit;
use crate::report::palette;

use super::Chart;
use super::figure::{Figure, Form, Horizontal, Layer, Panel, Vertical};
use super::scene::Ink;
use super::series::{Column, Point};
use super::sweep::Estimate;

/// Measures over the values of one parameter, one panel each.
#[derive(Clone, Debug)]
pub struct CurveChart {
    /// The heading.
    pub title: String,
    /// The scenario and the sweep.
    pub subtitle: String,
    /// The parameter: `target (%)`.
    pub x_title: String,
    /// The unit of its values.
    pub x_unit: Unit,
    /// Whether its values go up by factors.
    pub is_logarithmic: bool,
    /// A value to point at, with its name: `least cost`.
    pub bound: Option<(String, f64)>,
    /// The measures.
    pub panels: Vec<CurvePanel>,
}

/// One measure.
#[derive(Clone, Debug)]
pub struct CurvePanel {
    /// What the vertical axis measures: `Cost per month (US dollars)`.
    pub title: String,
    /// Its unit.
    pub unit: Unit,
    /// A level to compare with, with its name: `objective`.
    pub level: Option<(String, f64)>,
    /// The curves, in the order of their colours.
    pub curves: Vec<Curve>,
}

/// A measure over the parameter's values, with all other parameters at some values.
#[derive(Clone, PartialEq, Debug)]
pub struct Curve {
    /// What sets it apart: `cpu=512`.
    pub name: String,
    /// The parameter's values, going up, each with what was measured.
    pub points: Vec<(f64, Estimate)>,
    /// Where a cell breaks an objective, by its place among the points.
    pub broken: Vec<usize>,
    /// Whether each point is a dot too: a few cells are, a finely drawn function is not.
    pub has_dots: bool,
}

impl Chart for CurveChart {
    fn figure(&self) -> Figure {
        let (title, unit) = (self.x_title.clone(), self.x_unit.clone());
        let panels = self.panels.iter().map(|panel| self.panel(panel));
        Figure {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            note: None,
            horizontal: match self.is_logarithmic {
                true => Horizontal::Log { title, unit },
                false => Horizontal::Number { title, unit },
            },
            panels: panels.collect(),
        }
    }
}

impl CurveChart {
    fn panel(&self, panel: &CurvePanel) -> Panel {
        let mut layers = Vec::new();
        if let Some((name, level)) = &panel.level {
            layers.push(Layer::level(name, *level, palette::FAILURE));
        }
        if let Some((name, bound)) = &self.bound {
            let mut bound = Layer::bound(name, *bound);
            bound.ink.colour = palette::LIMIT;
            layers.push(bound);
        }
        let mut broken = Vec::new();
        for (index, curve) in panel.curves.iter().enumerate() {
            let ink = Ink {
                colour: palette::colour(index),
                width: 1.8,
                dash: palette::dash(index),
            };
            let sound = sound(curve);
            let layer = |form| Layer {
                name: curve.name.clone(),
                ink,
                form,
            };
            layers.push(layer(Form::Band(vec![sound.clone()])));
            let dots: Vec<Point> = sound.iter().map(|it| (it.at, it.mean)).collect();
            if curve.has_dots {
                layers.push(layer(Form::Marks(vec![dots])));
            }
            let points = curve.broken.iter().filter_map(|at| curve.points.get(*at));
            let points = points.map(|(at, estimate)| (*at, estimate.mean));
            broken.extend(points.filter(|(at, mean)| at.is_finite() && mean.is_finite()));
        }
        if !broken.is_empty() {
            layers.push(Layer {
                name: "breaks an objective".to_owned(),
                ink: Ink::solid(palette::FAILURE, 0.0),
                form: Form::Marks(vec![broken]),
            });
        }
        let vertical = Vertical::Around {
            unit: panel.unit.clone(),
        };
        Panel::new(&panel.title, vertical, layers)
    }
}

/// What of a curve can be drawn.
fn sound(curve: &Curve) -> Vec<Column> {
    let drawable = |(at, estimate): &&(f64, Estimate)| at.is_finite() && estimate.mean.is_finite();
    let column = |(at, estimate): &(f64, Estimate)| {
        let Estimate { mean, low, high } = estimate.sound();
        Column {
            at: *at,
            least: low,
            mean,
            greatest: high,
        }
    };
    curve.points.iter().filter(drawable).map(column).collect()
}
