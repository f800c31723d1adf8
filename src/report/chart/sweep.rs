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
    /// Whether marks tell the front of the cells that no other is better than.
    pub has_front: bool,
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
    /// How it is drawn.
    pub mark: Mark,
}

/// What a point looks like: told apart by its shape, not by colour alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    /// A dot; of a front: no other cell is better.
    Full,
    /// A ring: the runs do not tell yet whether another is.
    Ring,
    /// A small dot: another is better.
    Small,
}

impl Mark {
    /// What it says of a cell.
    fn words(self) -> &'static str {
        match self {
            Mark::Full => "on the front",
            Mark::Ring => "undecided",
            Mark::Small => "another is better on both",
        }
    }
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

    pub(super) fn is_finite(&self) -> bool {
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
        let drawable = |point: &&SweepPoint| point.x.is_finite() && point.y.is_finite();
        let sound = |point: &SweepPoint| SweepPoint {
            x: point.x.sound(),
            y: point.y.sound(),
            ..point.clone()
        };
        let points: Vec<SweepPoint> = self.points.iter().filter(drawable).map(sound).collect();
        let mut layers = Vec::new();
        if let Some((name, bound)) = &self.bound {
            layers.push(Layer::bound(name, *bound));
        }
        if self.has_front {
            layers.extend(staircase(&points));
        }
        layers.extend(self.cells(&points));
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

impl SweepChart {
    /// The cells as layers: those that break an objective, then those that keep all.
    fn cells(&self, points: &[SweepPoint]) -> Vec<Layer> {
        let mut layers = Vec::new();
        let kinds = [
            (false, "breaks an objective", palette::colour(1)),
            (true, "keeps the objectives", palette::colour(0)),
        ];
        for (passes, words, colour) in kinds {
            for mark in [Mark::Small, Mark::Ring, Mark::Full] {
                let is_it = |point: &&SweepPoint| point.passes == passes && point.mark == mark;
                let points: Vec<SweepPoint> = points.iter().filter(is_it).cloned().collect();
                // A chart without any cell still says what it would show.
                let stays = passes && mark == Mark::Full && layers.is_empty();
                if points.is_empty() && !stays {
                    continue;
                }
                let name = match self.has_front {
                    true => format!("{words}, {}", mark.words()),
                    false => words.to_owned(),
                };
                layers.push(Layer {
                    name,
                    ink: Ink::solid(colour, 1.6),
                    form: Form::Estimates(points),
                });
            }
        }
        layers
    }
}

/// The border of what the cells on the front are better than, as far as it lies between them.
fn staircase(points: &[SweepPoint]) -> Option<Layer> {
    let on_front = points.iter().filter(|point| point.mark == Mark::Full);
    let mut means: Vec<Point> = on_front.map(|point| (point.x.mean, point.y.mean)).collect();
    means.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let first = *means.first().filter(|_| 2 <= means.len())?;
    let mut line = vec![first];
    for pair in means.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        // The corner is as dear as the dearer of the two, and as risky as the cheaper one.
        line.push(match from.1 < to.1 {
            true => (from.0, to.1),
            false => (to.0, from.1),
        });
        line.push(to);
    }
    Some(Layer {
        name: "front".to_owned(),
        ink: Ink {
            colour: palette::LIMIT,
            width: 1.4,
            dash: palette::dash(2),
        },
        form: Form::Line(vec![line]),
    })
}
