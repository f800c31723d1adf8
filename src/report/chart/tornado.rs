//! Which assumption moves an answer most? One row a parameter, the widest at the top.

use crate::report::axis::Unit;
use crate::report::palette::{self, Rgb};

use super::Chart;
use super::figure::{Figure, Form, Horizontal, Layer, Panel, Vertical};
use super::scene::Ink;
use super::sweep::{Estimate, Mark, SweepPoint};

/// More rows than these are too thin to read.
const ROWS_MAX: usize = 20;

/// Two bars a parameter, from one common value to where it moves the answer.
#[derive(Clone, Debug)]
pub struct TornadoChart {
    /// The heading.
    pub title: String,
    /// The scenario and the sweep.
    pub subtitle: String,
    /// What the horizontal axis measures.
    pub x_title: String,
    /// Its unit.
    pub x_unit: Unit,
    /// Where all bars begin, with its name.
    pub start: (String, f64),
    /// An objective's bound on the same axis, with its name.
    pub bound: Option<(String, f64)>,
    /// What the first and the second bar of a row stand for.
    pub sides: [String; 2],
    /// The parameters, the first at the top.
    pub rows: Vec<TornadoRow>,
}

/// A parameter of a tornado.
#[derive(Clone, PartialEq, Debug)]
pub struct TornadoRow {
    /// Its name.
    pub name: String,
    /// The ends of its two bars, each with what stands there.
    pub ends: [Option<(String, Estimate)>; 2],
}

impl Chart for TornadoChart {
    fn figure(&self) -> Figure {
        let mut layers = Vec::new();
        let shown = self.rows.iter().take(ROWS_MAX);
        for (row, tornado) in shown.clone().enumerate() {
            layers.extend(self.bars(row, tornado));
        }
        if let Some((name, bound)) = &self.bound {
            layers.push(Layer::bound(name, *bound));
        }
        layers.push(Layer {
            name: self.start.0.clone(),
            ink: Ink::solid(palette::LIMIT, 1.6),
            form: Form::Bound(self.start.1),
        });
        let points: Vec<SweepPoint> = shown.clone().enumerate().flat_map(ends).collect();
        if !points.is_empty() {
            layers.push(Layer {
                name: "mean with 95 % interval".to_owned(),
                ink: Ink::solid(palette::INK, 1.4),
                form: Form::Estimates(points),
            });
        }
        let names = shown.map(|row| row.name.clone()).collect();
        let horizontal = Horizontal::Number {
            title: self.x_title.clone(),
            unit: self.x_unit.clone(),
        };
        Figure {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            note: None,
            horizontal,
            panels: vec![Panel::new("", Vertical::Rows(names), layers)],
        }
    }
}

impl TornadoChart {
    /// The bars of a row, the longer one first, so that it covers no other.
    fn bars(&self, row: usize, tornado: &TornadoRow) -> Vec<Layer> {
        let start = self.start.1;
        let bar = |side: usize| {
            let end = tornado.ends[side].as_ref()?.1.mean;
            let span = (start.min(end), start.max(end));
            let is_sound = end.is_finite() && start.is_finite();
            is_sound.then(|| Layer::spans(&self.sides[side], fill(side), row, vec![span]))
        };
        let length = |side: usize| {
            let end = tornado.ends[side].as_ref();
            end.map_or(0.0, |end| (end.1.mean - start).abs())
        };
        let order = match length(0) < length(1) {
            true => [1, 0],
            false => [0, 1],
        };
        order.into_iter().filter_map(bar).collect()
    }
}

/// The two sides differ in how dark they are, too.
fn fill(side: usize) -> Rgb {
    match side {
        0 => palette::colour(0).lighter(0.25),
        _ => palette::colour(1).lighter(0.5),
    }
}

/// The ends of a row's bars, a little above and below each other.
fn ends((row, tornado): (usize, &TornadoRow)) -> Vec<SweepPoint> {
    let end = |(side, end): (usize, &Option<(String, Estimate)>)| {
        let (label, x) = end.as_ref().filter(|end| end.1.is_finite())?;
        Some(SweepPoint {
            label: label.clone(),
            x: x.sound(),
            y: Estimate::exact(row as f64 + 0.36 + 0.28 * side as f64),
            passes: true,
            mark: Mark::Small,
        })
    };
    tornado.ends.iter().enumerate().filter_map(end).collect()
}
