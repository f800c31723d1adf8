//! Points with their intervals, and the names beside them.

use super::figure::{Form, Layer};
use super::labels;
use super::panel::{Plot, mark};
use super::scene::{Ink, Scene};
use super::series::Point;
use super::sweep::SweepPoint;
use crate::report::palette::Rgb;

/// Points with their intervals.
pub(super) fn draw(scene: &mut Scene, points: &[SweepPoint], plot: &Plot, colour: Rgb) {
    let whisker = Ink::solid(colour.lighter(0.35), 1.4);
    for point in points {
        let centre = plot.at((point.x.mean, point.y.mean));
        let (from, to) = ends(point, plot);
        scene.line(&[(from.0, centre.1), (to.0, centre.1)], whisker);
        scene.line(&[(centre.0, from.1), (centre.0, to.1)], whisker);
        for x in [from.0, to.0] {
            scene.line(&[(x, centre.1 - 3.5), (x, centre.1 + 3.5)], whisker);
        }
        for y in [from.1, to.1] {
            scene.line(&[(centre.0 - 3.5, y), (centre.0 + 3.5, y)], whisker);
        }
    }
    for point in points {
        mark(
            scene,
            point.mark,
            plot.at((point.x.mean, point.y.mean)),
            colour,
        );
    }
}

/// The pixels of the lower and upper ends of a point's intervals.
fn ends(point: &SweepPoint, plot: &Plot) -> (Point, Point) {
    (
        plot.at((point.x.low, point.y.low)),
        plot.at((point.x.high, point.y.high)),
    )
}

/// Beside each estimate its name, where there is room: clear of all points, intervals and bounds.
pub(super) fn name(scene: &mut Scene, layers: &[Layer], plot: &Plot) {
    // Rows count downwards, values upwards.
    let (top, bottom) = (plot.vertical.to, plot.vertical.from);
    let bounds = labels::Area::around(
        (plot.horizontal.from, top.min(bottom)),
        (plot.horizontal.to, top.max(bottom)),
        0.0,
    );
    let mut obstacles = Vec::new();
    let mut named: Vec<(Point, &str)> = Vec::new();
    for layer in layers {
        match &layer.form {
            Form::Bound(bound) if bound.is_finite() => {
                let x = plot.horizontal.at(*bound);
                obstacles.push(labels::Area::around(
                    (x, bounds.from.1),
                    (x, bounds.to.1),
                    2.0,
                ));
            }
            Form::Estimates(points) => {
                for point in points {
                    let centre = plot.at((point.x.mean, point.y.mean));
                    let (from, to) = ends(point, plot);
                    let bar = |a, b| labels::Area::around(a, b, 3.0);
                    obstacles.push(bar((from.0, centre.1), (to.0, centre.1)));
                    obstacles.push(bar((centre.0, from.1), (centre.0, to.1)));
                    obstacles.push(labels::Area::around(centre, centre, 6.0));
                    named.push((centre, &point.label));
                }
            }
            Form::Spans { row, spans } => {
                for (from, to) in spans {
                    let corner = |x: f64, part: f64| plot.at((x, *row as f64 + part));
                    obstacles.push(labels::Area::around(
                        corner(*from, 0.12),
                        corner(*to, 0.88),
                        1.0,
                    ));
                }
            }
            _ => {}
        }
    }
    // The border of a front would cross a name out.
    let borders = layers.iter().filter_map(|layer| match &layer.form {
        Form::Line(runs) if !named.is_empty() => Some(runs.iter()),
        _ => None,
    });
    for run in borders.flatten() {
        let ends = run
            .windows(2)
            .map(|pair| (plot.at(pair[0]), plot.at(pair[1])));
        obstacles.extend(ends.map(|(from, to)| labels::Area::around(from, to, 1.5)));
    }
    labels::draw(scene, &named, obstacles, bounds);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::axis::Unit;
    use crate::report::chart::Chart;
    use crate::report::chart::scene::Shape;
    use crate::report::chart::sweep::{Estimate, Mark, SweepChart};
    use crate::report::chart::{layout, text};
    use crate::report::palette;

    #[test]
    fn no_name_lies_on_the_border_of_a_front() {
        // Two cells without interruptions: the border goes down the axis, past their names.
        let at = |value: f64| Estimate {
            mean: value,
            low: value,
            high: value,
        };
        let point = |label: &str, x: f64, y: f64| SweepPoint {
            label: label.to_owned(),
            x: at(x),
            y: at(y),
            passes: true,
            mark: Mark::Full,
        };
        let chart = SweepChart {
            title: String::new(),
            subtitle: String::new(),
            x_title: "interrupted".to_owned(),
            x_unit: Unit::Percent,
            y_title: "cost".to_owned(),
            y_unit: Unit::Usd,
            bound: None,
            points: vec![
                point("first", 0.0, 900.0),
                point("second", 2.0, 899.0),
                point("third", 4.0, 700.0),
            ],
            has_front: true,
        };
        let scene = layout::scene(&chart.figure()).unwrap();
        let texts = scene.shapes.iter().filter_map(|shape| match shape {
            Shape::Text(text) if ["first", "second", "third"].contains(&&text.text[..]) => {
                Some(text)
            }
            _ => None,
        });
        let names: Vec<_> = texts.collect();
        assert_eq!(names.len(), 3, "each has its name");
        let is_border = |shape: &&Shape| match shape {
            Shape::Line { colour, .. } => *colour == palette::LIMIT,
            _ => false,
        };
        let border: Vec<_> = scene.shapes.iter().filter(is_border).collect();
        assert!(!border.is_empty());
        for text in names {
            let (x, y) = text.at;
            let right = x + text::width(&text.text, text.size, false);
            for shape in &border {
                let Shape::Line { points, .. } = shape else {
                    continue;
                };
                let crosses = points.windows(2).any(|pair| {
                    let across = (pair[0].0.min(pair[1].0), pair[0].0.max(pair[1].0));
                    let down = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
                    across.0 < right
                        && x < across.1.max(across.0 + 0.1)
                        && down.0 < y
                        && y - text.size < down.1.max(down.0 + 0.1)
                });
                assert!(!crosses, "{} is crossed out", text.text);
            }
        }
    }
}
