//! What stands for what: rows of names below the plot, each with a sample of its ink.

use crate::report::palette::{INK, MUTED};

use super::figure::{Figure, Form, Layer};
use super::layout::{MARGIN, RIGHT};
use super::scene::{Anchor, Ink, Scene, Type};
use super::series::Point;
use super::sweep::Mark;
use super::{WIDTH, panel, text};

const ROW: f64 = 22.0;
const ROWS_MAX: usize = 5;
const NAME_MAX: f64 = 260.0;
/// From the start of an entry to its name.
const SAMPLE: f64 = 34.0;
const GAP: f64 = 22.0;
/// Kept free for the words that say how many names are left out.
const REST: f64 = 90.0;

const FACE: Type = Type {
    size: 12.5,
    bold: false,
    colour: INK,
    anchor: Anchor::Start,
};

/// The legend, laid out in rows.
pub(super) struct Legend<'a> {
    /// Rows of layers, each with the pixel at which it starts.
    rows: Vec<Vec<(f64, &'a Layer)>>,
    /// Layers without room, and the pixel at which to say so.
    left_out: usize,
    rest_at: f64,
}

impl<'a> Legend<'a> {
    /// The legend of a figure. More names than fit in a few rows are more than a reader can tell
    /// apart: they are counted, and the tables name them.
    pub(super) fn of(figure: &'a Figure) -> Self {
        let named = named(figure);
        let mut legend = Legend {
            rows: Vec::new(),
            left_out: 0,
            rest_at: MARGIN,
        };
        for (index, layer) in named.iter().enumerate() {
            let name = text::fitted(&layer.name, FACE.size, false, NAME_MAX);
            let wide = SAMPLE + text::width(&name, FACE.size, false) + GAP;
            let is_last_row = legend.rows.len() == ROWS_MAX;
            let end = WIDTH - RIGHT - if is_last_row { REST } else { 0.0 };
            if legend.rows.is_empty() || end < legend.rest_at + wide {
                if is_last_row {
                    legend.left_out = named.len() - index;
                    break;
                }
                legend.rows.push(Vec::new());
                legend.rest_at = MARGIN;
            }
            if let Some(row) = legend.rows.last_mut() {
                row.push((legend.rest_at, *layer));
            }
            legend.rest_at += wide;
        }
        legend
    }

    /// The height of all rows in pixels.
    pub(super) fn height(&self) -> f64 {
        ROW * self.rows.len() as f64
    }

    /// Draws the rows from `top` down.
    pub(super) fn draw(&self, scene: &mut Scene, top: f64) {
        for (index, row) in self.rows.iter().enumerate() {
            let middle = top + ROW * (index as f64 + 0.5);
            for (x, layer) in row {
                swatch(scene, layer, (*x, middle));
                scene.text(&layer.name, (x + SAMPLE, middle + 4.5), FACE, NAME_MAX);
            }
        }
        if 0 < self.left_out {
            let at = (self.rest_at, top + self.height() - ROW / 2.0 + 4.5);
            scene.text(&format!("and {} more", self.left_out), at, FACE, REST);
        }
    }
}

/// The layers to name, each name and ink once. Stacks are painted from the top; the legend reads in
/// the order in which the chart's maker gave them.
fn named(figure: &Figure) -> Vec<&Layer> {
    let is_filled = |layer: &&Layer| {
        matches!(
            layer.form,
            Form::Area(_) | Form::Bars(_) | Form::Spans { .. }
        )
    };
    let mut named: Vec<&Layer> = Vec::new();
    for panel in &figure.panels {
        let filled: Vec<&Layer> = panel.layers.iter().filter(is_filled).collect();
        let others = panel.layers.iter().filter(|layer| !is_filled(layer));
        for layer in filled.into_iter().rev().chain(others) {
            let is_known = |other: &&Layer| other.name == layer.name && other.ink == layer.ink;
            if !named.iter().any(is_known) {
                named.push(layer);
            }
        }
    }
    named
}

fn swatch(scene: &mut Scene, layer: &Layer, (x, middle): Point) {
    let Ink { colour, width, .. } = layer.ink;
    match layer.form {
        Form::Area(_) | Form::Bars(_) | Form::Spans { .. } | Form::Tiles(_) | Form::Corners(_) => {
            scene.rect((x, middle - 6.0), (x + 24.0, middle + 6.0), MUTED);
            scene.rect((x + 0.5, middle - 5.5), (x + 23.5, middle + 5.5), colour);
        }
        Form::Marks(_) => scene.dot((x + 14.0, middle), 4.5, colour),
        Form::Estimates(ref points) => {
            let first = points.first().map_or(Mark::Full, |point| point.mark);
            panel::mark(scene, first, (x + 14.0, middle), colour);
        }
        Form::Line(_) | Form::Band(_) | Form::Level(_) | Form::Bound(_) => {
            let ink = Ink {
                width: width.max(1.6),
                ..layer.ink
            };
            scene.line(&[(x, middle), (x + 28.0, middle)], ink);
        }
    }
}
