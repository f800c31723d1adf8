//! A picture as a list of shapes in logical pixels, painted in order.

use crate::report::palette::{Dash, Rgb};

use super::series::Point;
use super::text;

/// Where a text stands relative to its point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; `at` is on its baseline.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Text {
    pub text: String,
    pub at: Point,
    pub size: f64,
    pub bold: bool,
    pub anchor: Anchor,
    pub colour: Rgb,
}

/// Something to paint.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Shape {
    Rect {
        from: Point,
        to: Point,
        fill: Rgb,
    },
    Line {
        points: Vec<Point>,
        colour: Rgb,
        width: f64,
    },
    Polygon {
        points: Vec<Point>,
        fill: Rgb,
    },
    Dot {
        centre: Point,
        radius: f64,
        fill: Rgb,
    },
    Text(Text),
}

/// Shapes in the order in which they are painted.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Scene {
    /// What the picture shows, for readers that can't see it.
    pub title: String,
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
    /// Texts that are shown shortened, in full.
    pub cut: Vec<String>,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Ink {
    pub colour: Rgb,
    pub width: f64,
    pub dash: Dash,
}

/// How a text is set.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub colour: Rgb,
    pub anchor: Anchor,
}

impl Ink {
    pub(super) fn solid(colour: Rgb, width: f64) -> Self {
        Ink {
            colour,
            width,
            dash: &[],
        }
    }
}

impl Scene {
    pub(super) fn rect(&mut self, from: Point, to: Point, fill: Rgb) {
        self.shapes.push(Shape::Rect { from, to, fill });
    }

    /// A line along the points, broken into dashes if the ink has some.
    pub(super) fn line(&mut self, points: &[Point], ink: Ink) {
        let pieces = match ink.dash {
            [] => vec![points.to_vec()],
            dash => dashes(points, dash),
        };
        let shape = |points| Shape::Line {
            points,
            colour: ink.colour,
            width: ink.width,
        };
        let pieces = pieces.into_iter().filter(|piece| 2 <= piece.len());
        self.shapes.extend(pieces.map(shape));
    }

    pub(super) fn polygon(&mut self, points: Vec<Point>, fill: Rgb) {
        self.shapes.push(Shape::Polygon { points, fill });
    }

    pub(super) fn dot(&mut self, centre: Point, radius: f64, fill: Rgb) {
        self.shapes.push(Shape::Dot {
            centre,
            radius,
            fill,
        });
    }

    /// A text, shortened to `room` pixels.
    pub(super) fn text(&mut self, words: &str, at: Point, face: Type, room: f64) {
        let text = text::fitted(words, face.size, face.bold, room);
        let whole = text::clean(words);
        if text != whole && !self.cut.contains(&whole) {
            self.cut.push(whole);
        }
        let Type {
            size,
            bold,
            colour,
            anchor,
        } = face;
        self.shapes.push(Shape::Text(Text {
            text,
            at,
            size,
            bold,
            anchor,
            colour,
        }));
    }
}

/// The strokes of a dashed line. Dashes are measured along the line, so a jagged line keeps its
/// rhythm.
fn dashes(points: &[Point], dash: Dash) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut index, mut left) = (0, dash[0]);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        loop {
            let rest = libm::hypot(to.0 - from.0, to.1 - from.1);
            if rest <= left {
                left -= rest;
                if index % 2 == 0 {
                    piece.push(to);
                }
                break;
            }
            let share = left / rest;
            from = (
                from.0 + (to.0 - from.0) * share,
                from.1 + (to.1 - from.1) * share,
            );
            if index % 2 == 0 {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![from];
            }
            index = (index + 1) % dash.len();
            left = dash[index];
        }
    }
    if index % 2 == 0 {
        pieces.push(piece);
    }
    pieces
}
