//! What a chart is made of before it has a place on paper: panels over one horizontal axis, layers
//! in panels.

use crate::report::axis::{TimeFrame, Unit};
use crate::report::palette::{self, Rgb};

use super::ChartFrame;
use super::scene::Ink;
use super::series::{self, Column, Point, Series};
use super::sweep::SweepPoint;
use super::tiles::{Place, Tile};

/// A chart as panels, one above the other, that share their horizontal axis.
#[derive(Clone, Debug)]
pub struct Figure {
    pub(super) title: String,
    pub(super) subtitle: String,
    /// The one number to remember, at the top right.
    pub(super) note: Option<String>,
    pub(super) horizontal: Horizontal,
    pub(super) panels: Vec<Panel>,
}

/// The shared axis.
#[derive(Clone, Debug)]
pub(super) enum Horizontal {
    Time(TimeFrame),
    Number {
        title: String,
        unit: Unit,
    },
    /// Numbers above zero, by factors.
    Log {
        title: String,
        unit: Unit,
    },
    /// Named columns, as wide as one another.
    Columns {
        title: String,
        names: Vec<String>,
    },
}

/// One plot with its own vertical axis.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    /// What the vertical axis measures, with its unit.
    pub title: String,
    pub vertical: Vertical,
    /// Its part of the height, relative to the other panels'.
    pub share: f64,
    /// Painted in order.
    pub layers: Vec<Layer>,
}

/// A vertical axis.
#[derive(Clone, Debug)]
pub(super) enum Vertical {
    /// From zero up to the greatest value, at least `reach`.
    FromZero { unit: Unit, reach: f64 },
    /// Around the values; for quantities whose zero says nothing.
    Around { unit: Unit },
    /// Logarithmic.
    Log { unit: Unit },
    /// Named rows, the first at the top.
    Rows(Vec<String>),
}

/// Something drawn in a panel and named in the legend.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub name: String,
    pub ink: Ink,
    pub form: Form,
}

/// How a layer looks.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// Filled from zero up to the line.
    Area(Vec<Vec<Point>>),
    Line(Vec<Vec<Point>>),
    /// The mean as a line within a band from least to greatest.
    Band(Vec<Vec<Column>>),
    Marks(Vec<Vec<Point>>),
    /// Filled from zero up to `value`; those of later layers are painted over earlier ones.
    Bars(Vec<Bar>),
    /// Stretches of time in a row of [`Vertical::Rows`].
    Spans {
        row: usize,
        spans: Vec<Point>,
    },
    /// A level across the panel.
    Level(f64),
    /// A bound from bottom to top.
    Bound(f64),
    Estimates(Vec<SweepPoint>),
    /// Rectangles in columns and rows.
    Tiles(Vec<Tile>),
    /// Marks in the corners of such.
    Corners(Vec<Place>),
}

/// A bar from `from` to `to` on the horizontal axis.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Bar {
    pub from: f64,
    pub to: f64,
    pub value: f64,
}

impl Figure {
    /// A figure over time.
    pub(super) fn over_time(frame: &ChartFrame, panels: Vec<Panel>) -> Self {
        Figure {
            title: frame.title.clone(),
            subtitle: frame.subtitle.clone(),
            note: None,
            horizontal: Horizontal::Time(frame.time.clone()),
            panels,
        }
    }
}

impl Panel {
    pub(super) fn new(title: &str, vertical: Vertical, layers: Vec<Layer>) -> Self {
        Panel {
            title: title.to_owned(),
            vertical,
            share: 1.0,
            layers,
        }
    }

    pub(super) fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }
}

impl Vertical {
    /// From zero, as far as the values go.
    pub(super) fn counting(unit: Unit) -> Self {
        Vertical::FromZero { unit, reach: 0.0 }
    }
}

impl Layer {
    fn new(name: &str, ink: Ink, form: Form) -> Self {
        Layer {
            name: name.to_owned(),
            ink,
            form,
        }
    }

    /// A line through the points of a series; if they are too many to tell apart, their mean within
    /// a band.
    pub(super) fn line(series: &Series, length: f64, ink: Ink) -> Self {
        let runs = series::runs(&series.points, length);
        let form = if runs.iter().any(|run| series::is_dense(run)) {
            Form::Band(
                runs.iter()
                    .map(|run| series::columns(run, length))
                    .collect(),
            )
        } else {
            Form::Line(runs)
        };
        Layer::new(&series.name, ink, form)
    }

    /// A staircase: each value holds until the next.
    pub(super) fn steps(series: &Series, length: f64, ink: Ink) -> Self {
        Layer::new(
            &series.name,
            ink,
            Form::Line(staircase(&series.points, length)),
        )
    }

    /// The area below a staircase.
    pub(super) fn area(series: &Series, length: f64, fill: Rgb) -> Self {
        let form = Form::Area(staircase(&series.points, length));
        Layer::new(&series.name, Ink::solid(fill, 0.0), form)
    }

    /// A dot for each point.
    pub(super) fn marks(series: &Series, length: f64, ink: Ink) -> Self {
        let runs = series::runs(&series.points, length);
        let runs = runs
            .iter()
            .map(|run| series::reduced(run, length))
            .collect();
        Layer::new(&series.name, ink, Form::Marks(runs))
    }

    pub(super) fn bars(name: &str, bars: Vec<Bar>, fill: Rgb) -> Self {
        Layer::new(name, Ink::solid(fill, 0.0), Form::Bars(bars))
    }

    pub(super) fn level(name: &str, level: f64, colour: Rgb) -> Self {
        let ink = Ink {
            colour,
            width: 1.6,
            dash: palette::DASHED,
        };
        Layer::new(name, ink, Form::Level(level))
    }

    pub(super) fn bound(name: &str, bound: f64) -> Self {
        let ink = Ink {
            colour: palette::FAILURE,
            width: 1.6,
            dash: palette::DASHED,
        };
        Layer::new(name, ink, Form::Bound(bound))
    }

    pub(super) fn spans(name: &str, fill: Rgb, row: usize, spans: Vec<Point>) -> Self {
        Layer::new(name, Ink::solid(fill, 0.0), Form::Spans { row, spans })
    }

    /// The horizontal and vertical values that must be on the chart.
    pub(super) fn extent(&self) -> Vec<Point> {
        let curve = |runs: &Vec<Vec<Point>>| runs.iter().flatten().copied().collect();
        match &self.form {
            Form::Area(runs) | Form::Line(runs) | Form::Marks(runs) => curve(runs),
            Form::Band(runs) => {
                let ends = |one: &Column| [(one.at, one.least), (one.at, one.greatest)];
                runs.iter().flatten().flat_map(ends).collect()
            }
            Form::Bars(bars) => {
                let ends = |bar: &Bar| [(bar.from, bar.value), (bar.to, bar.value)];
                bars.iter().flat_map(ends).collect()
            }
            Form::Spans { row, spans } => {
                let ends = |(from, to): &Point| [(*from, *row as f64), (*to, *row as f64)];
                spans.iter().flat_map(ends).collect()
            }
            Form::Level(_) | Form::Bound(_) => Vec::new(),
            Form::Estimates(points) => points.iter().flat_map(SweepPoint::extent).collect(),
            Form::Tiles(tiles) => {
                let middle = |at: Place| (at.column as f64 + 0.5, at.row as f64 + 0.5);
                tiles.iter().map(|tile| middle(tile.place)).collect()
            }
            Form::Corners(_) => Vec::new(),
        }
    }
}

impl Layer {
    /// What it is about: values without their intervals.
    pub(super) fn values(&self) -> Vec<Point> {
        match &self.form {
            Form::Band(runs) => runs.iter().flatten().map(|it| (it.at, it.mean)).collect(),
            Form::Estimates(points) => points.iter().map(|it| (it.x.mean, it.y.mean)).collect(),
            _ => self.extent(),
        }
    }
}

/// The areas of a stack of series, the topmost first, so that each lower one is painted over it.
pub(super) fn stack(parts: &[(&Series, Rgb)], length: f64) -> Vec<Layer> {
    let points: Vec<&[Point]> = parts
        .iter()
        .map(|(series, _)| series.points.as_slice())
        .collect();
    let sums = series::stacked(&points, length);
    let layers = parts.iter().zip(sums).map(|((series, fill), points)| {
        Layer::area(
            &Series {
                name: series.name.clone(),
                points,
            },
            length,
            *fill,
        )
    });
    layers.rev().collect()
}

/// The bars of a stack: per interval one bar for each part, the topmost first.
/// `values[part][interval]`.
pub(super) fn stacked_bars(
    names: &[(String, Rgb)],
    edges: &[f64],
    values: &[Vec<f64>],
) -> Vec<Layer> {
    let mut sums = vec![0.0; edges.len().saturating_sub(1)];
    let mut layers = Vec::new();
    for ((name, fill), values) in names.iter().zip(values) {
        let mut bars = Vec::new();
        for (index, edge) in edges.windows(2).enumerate() {
            sums[index] += values.get(index).copied().unwrap_or(0.0).max(0.0);
            bars.push(Bar {
                from: edge[0],
                to: edge[1],
                value: sums[index],
            });
        }
        bars.retain(|bar| 0.0 < bar.value);
        layers.push(Layer::bars(name, bars, *fill));
    }
    layers.reverse();
    layers
}

/// The sum of the values that fall into each interval between neighbouring edges; the last includes
/// its end.
pub(super) fn binned(points: &[Point], edges: &[f64]) -> Vec<f64> {
    let mut sums = vec![0.0; edges.len().saturating_sub(1)];
    for (at, value) in points {
        let after = edges.partition_point(|edge| *edge <= *at);
        if value.is_finite() && 0 < after && at.is_finite() && !sums.is_empty() {
            let beyond = edges[edges.len() - 1] < *at;
            if !beyond {
                sums[(after - 1).min(edges.len() - 2)] += value;
            }
        }
    }
    sums
}

/// Staircases between gaps: the last value before a gap holds until it, the very last until the
/// chart's end.
fn staircase(points: &[Point], length: f64) -> Vec<Vec<Point>> {
    let is_gap = |(at, value): &&Point| at.is_finite() && !value.is_finite();
    let mut gaps: Vec<f64> = points.iter().filter(is_gap).map(|(at, _)| *at).collect();
    gaps.sort_by(f64::total_cmp);
    let stairs = |run: &Vec<Point>| {
        let last = run.last().map_or(length, |(at, _)| *at);
        let gap = gaps.get(gaps.partition_point(|gap| *gap < last));
        let end = gap.copied().unwrap_or(length).min(length);
        series::stepped(&series::reduced(run, length), end)
    };
    series::runs(points, length).iter().map(stairs).collect()
}
