//! One plot: its scales, its grid, its layers.

use crate::report::axis::{Ticks, Unit, linear, logarithmic, within_shares};
use crate::report::palette::{GRID, INK, MUTED, PAPER, Rgb};

use super::estimates;
use super::figure::{Bar, Form, Layer, Panel, Vertical};
use super::rows;
use super::scene::{Anchor, Ink, Scene, Type};
use super::series::Point;
use super::sweep::Mark;
use super::tiles::{self, Place};

const LABEL: Type = Type {
    size: 12.0,
    bold: false,
    colour: INK,
    anchor: Anchor::End,
};
const EMPTY: Type = Type {
    size: 15.0,
    bold: false,
    colour: MUTED,
    anchor: Anchor::Middle,
};

/// From values to pixels along one axis.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
    /// The pixel of `low`.
    pub from: f64,
    /// The pixel of `high`.
    pub to: f64,
    pub log: bool,
}

/// Where a plot is on paper.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Plot {
    pub horizontal: Scale,
    pub vertical: Scale,
}

impl Scale {
    /// The pixel of a value; values beyond an end stay at it.
    pub(super) fn at(&self, value: f64) -> f64 {
        let share = if self.log {
            let value = value.max(self.low);
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        };
        self.from + (self.to - self.from) * share.clamp(0.0, 1.0)
    }
}

impl Plot {
    pub(super) fn at(&self, (x, y): Point) -> Point {
        (self.horizontal.at(x), self.vertical.at(y))
    }

    fn line(&self, run: &[Point]) -> Vec<Point> {
        run.iter().map(|point| self.at(*point)).collect()
    }
}

/// The ticks of a panel's vertical axis. Rows have theirs at their middles.
pub(super) fn vertical_ticks(panel: &Panel) -> Ticks {
    let levels = panel.layers.iter().filter_map(|layer| match layer.form {
        Form::Level(level) if level.is_finite() => Some(level),
        _ => None,
    });
    let drawn = panel.layers.iter().flat_map(Layer::extent).map(|(_, y)| y);
    let values: Vec<f64> = drawn.chain(levels).collect();
    let greatest = values.iter().copied().fold(0.0, f64::max);
    let least = values.iter().copied().fold(0.0, f64::min);
    let about = if 0.5 < panel.share { 5 } else { 3 };
    match &panel.vertical {
        Vertical::FromZero { unit, reach } => {
            let high = greatest.max(*reach);
            let high = if high <= least {
                fallback_reach(unit)
            } else {
                high
            };
            let whole = *unit == Unit::Count && high < about as f64;
            let about = if whole {
                (high.ceil() as usize).max(1)
            } else {
                about
            };
            linear(least, high, about, unit)
        }
        Vertical::Around { unit } => {
            let means = panel.layers.iter().flat_map(Layer::values);
            let means: Vec<f64> = means.map(|(_, y)| y).collect();
            let (low, high) = within_shares(around(&values), &means, unit);
            linear(low, high, about, unit)
        }
        Vertical::Log { unit } => {
            let positive = || values.iter().copied().filter(|value| 0.0 < *value);
            let low = positive().fold(f64::INFINITY, f64::min);
            logarithmic(low, if low.is_finite() { greatest } else { f64::NAN }, unit)
        }
        Vertical::Rows(names) => {
            let ticks = names.iter().enumerate().map(|(row, name)| {
                (
                    row as f64 + 0.5,
                    rows::lines(name, names.len(), LABEL.size).join("\n"),
                )
            });
            Ticks {
                low: 0.0,
                high: names.len().max(1) as f64,
                ticks: ticks.collect(),
            }
        }
    }
}

/// The top of an axis on which everything is zero.
fn fallback_reach(unit: &Unit) -> f64 {
    if *unit == Unit::Percent { 100.0 } else { 1.0 }
}

/// The vertical scale of a panel between two pixels; rows count downwards.
pub(super) fn scale(panel: &Panel, ticks: &Ticks, top: f64, bottom: f64) -> Scale {
    let (from, to) = match panel.vertical {
        Vertical::Rows(_) => (top, bottom),
        _ => (bottom, top),
    };
    let log = matches!(panel.vertical, Vertical::Log { .. });
    Scale {
        low: ticks.low,
        high: ticks.high,
        from,
        to,
        log,
    }
}

/// A range around values with a little air; zero is in it if it is near.
pub(super) fn around(values: &[f64]) -> (f64, f64) {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let low = finite().fold(f64::INFINITY, f64::min);
    let high = finite().fold(f64::NEG_INFINITY, f64::max);
    if high < low {
        return (0.0, 1.0);
    }
    let air = ((high - low) * 0.08).max(low.abs() * 0.01);
    let from = if 0.0 <= low && low <= (high - low) * 0.7 {
        0.0
    } else {
        low - air
    };
    (from, high + air)
}

/// Draws a panel; `marks` are the pixels of the horizontal axis's ticks.
pub(super) fn draw(scene: &mut Scene, panel: &Panel, plot: (&Plot, &Ticks), marks: &[f64]) {
    let (plot, ticks) = plot;
    let Scale {
        from: left,
        to: right,
        ..
    } = plot.horizontal;
    let top = plot.vertical.from.min(plot.vertical.to);
    let bottom = plot.vertical.from.max(plot.vertical.to);
    let rows = matches!(panel.vertical, Vertical::Rows(_));
    for mark in marks {
        scene.line(&[(*mark, top), (*mark, bottom)], Ink::solid(GRID, 1.0));
    }
    for (value, label) in &ticks.ticks {
        let y = plot.vertical.at(*value);
        if !rows {
            scene.line(&[(left, y), (right, y)], Ink::solid(GRID, 1.0));
        }
        rows::label(scene, label, (left - 8.0, y + 4.3), LABEL);
    }
    // Bands first: no band may cover another's line.
    panel
        .layers
        .iter()
        .for_each(|layer| bands(scene, layer, plot));
    panel
        .layers
        .iter()
        .for_each(|layer| draw_layer(scene, layer, plot));
    estimates::name(scene, &panel.layers, plot);
    scene.line(&[(left, bottom), (right, bottom)], Ink::solid(MUTED, 1.2));
    if panel.layers.iter().all(|layer| layer.extent().is_empty()) {
        let middle = ((left + right) / 2.0, (top + bottom) / 2.0 + 5.0);
        // Over a grid line the words would be crossed out.
        scene.rect(
            (middle.0 - 40.0, middle.1 - 17.0),
            (middle.0 + 40.0, middle.1 + 8.0),
            PAPER,
        );
        scene.text("no data", middle, EMPTY, right - left);
    }
}

fn draw_layer(scene: &mut Scene, layer: &Layer, plot: &Plot) {
    let ink = layer.ink;
    let Scale {
        from: left,
        to: right,
        ..
    } = plot.horizontal;
    let Scale {
        from: bottom,
        to: top,
        ..
    } = plot.vertical;
    match &layer.form {
        Form::Area(runs) => runs
            .iter()
            .for_each(|run| area(scene, run, plot, ink.colour)),
        Form::Line(runs) => {
            for run in runs {
                match run[..] {
                    [point] => scene.dot(plot.at(point), 3.0, ink.colour),
                    _ => scene.line(&plot.line(run), ink),
                }
            }
        }
        Form::Band(runs) => {
            for run in runs {
                let means: Vec<Point> = run.iter().map(|one| (one.at, one.mean)).collect();
                scene.line(&plot.line(&means), ink);
            }
        }
        Form::Marks(runs) => {
            for point in runs.iter().flatten() {
                scene.dot(plot.at(*point), 3.5, ink.colour);
            }
        }
        Form::Bars(bars) => bars
            .iter()
            .for_each(|one| bar(scene, one, plot, ink.colour)),
        Form::Spans { row, spans } => {
            for (from, to) in spans {
                let (from, to) = (plot.horizontal.at(*from), plot.horizontal.at(*to));
                let (above, below) = (*row as f64 + 0.12, *row as f64 + 0.88);
                let corner = |x: f64, row: f64| (x, plot.vertical.at(row));
                scene.rect(corner(from, above), corner(to, below), ink.colour);
            }
        }
        Form::Level(level) if level.is_finite() => {
            let y = plot.vertical.at(*level);
            scene.line(&[(left, y), (right, y)], ink);
        }
        Form::Bound(bound) if bound.is_finite() => {
            let x = plot.horizontal.at(*bound);
            scene.line(&[(x, bottom), (x, top)], ink);
        }
        Form::Level(_) | Form::Bound(_) => {}
        Form::Estimates(points) => estimates::draw(scene, points, plot, ink.colour),
        Form::Tiles(tiles) => tiles.iter().for_each(|tile| tiles::draw(scene, tile, plot)),
        Form::Corners(places) => {
            let mark = |place: &Place| tiles::corner(scene, *place, plot, ink.colour);
            places.iter().for_each(mark);
        }
    }
}

fn bands(scene: &mut Scene, layer: &Layer, plot: &Plot) {
    let Form::Band(runs) = &layer.form else {
        return;
    };
    for run in runs {
        let upper = run.iter().map(|one| (one.at, one.greatest));
        let lower = run.iter().rev().map(|one| (one.at, one.least));
        let outline: Vec<Point> = upper.chain(lower).collect();
        scene.polygon(plot.line(&outline), layer.ink.colour.lighter(0.6));
    }
}

fn area(scene: &mut Scene, run: &[Point], plot: &Plot, fill: Rgb) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else {
        return;
    };
    if run.iter().all(|(_, value)| *value == 0.0) {
        return;
    }
    let ground = plot.vertical.at(0.0);
    let mut points = plot.line(run);
    points.push((plot.horizontal.at(last.0), ground));
    points.push((plot.horizontal.at(first.0), ground));
    scene.polygon(points, fill);
}

fn bar(scene: &mut Scene, bar: &Bar, plot: &Plot, fill: Rgb) {
    let (from, to) = (plot.horizontal.at(bar.from), plot.horizontal.at(bar.to));
    let gap = ((to - from) * 0.08).clamp(0.0, 6.0);
    let ground = plot.vertical.at(0.0);
    let top = plot.vertical.at(bar.value);
    if from < to {
        scene.rect((from + gap, top), (to - gap, ground), fill);
    }
}

/// A point by its shape, clear of the lines below it.
pub(super) fn mark(scene: &mut Scene, mark: Mark, centre: Point, colour: Rgb) {
    let size = match mark {
        Mark::Full | Mark::Ring => 4.5,
        Mark::Small => 2.8,
    };
    scene.dot(centre, size + 1.0, PAPER);
    scene.dot(centre, size, colour);
    if mark == Mark::Ring {
        scene.dot(centre, size - 1.7, PAPER);
    }
}
