//! Names beside points: each at the nearest free place, with a thin line to its point if that is
//! far; none rather than one on top of something.

use crate::report::palette::{INK, MUTED};

use super::scene::{Anchor, Ink, Scene, Type};
use super::series::Point;
use super::text;

const FACE: Type = Type {
    size: 12.0,
    bold: false,
    colour: INK,
    anchor: Anchor::Start,
};
const NAME_MAX: f64 = 240.0;

/// A rectangle on paper.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Area {
    pub from: Point,
    pub to: Point,
}

impl Area {
    /// The rectangle of two corners, in any order, grown by `air` on all sides.
    pub(super) fn around(a: Point, b: Point, air: f64) -> Self {
        Area {
            from: (a.0.min(b.0) - air, a.1.min(b.1) - air),
            to: (a.0.max(b.0) + air, a.1.max(b.1) + air),
        }
    }

    fn meets(&self, other: &Area) -> bool {
        self.from.0 < other.to.0
            && other.from.0 < self.to.0
            && self.from.1 < other.to.1
            && other.from.1 < self.to.1
    }

    fn holds(&self, other: &Area) -> bool {
        self.from.0 <= other.from.0
            && self.from.1 <= other.from.1
            && other.to.0 <= self.to.0
            && other.to.1 <= self.to.1
    }
}

/// Draws the names of points so that they cover neither each other nor an obstacle.
pub(super) fn draw(
    scene: &mut Scene,
    named: &[(Point, &str)],
    mut obstacles: Vec<Area>,
    bounds: Area,
) {
    for (point, name) in named {
        let name = text::fitted(name, FACE.size, false, NAME_MAX);
        let wide = text::width(&name, FACE.size, false);
        let Some((area, far)) = place(*point, wide, &obstacles, &bounds) else {
            continue;
        };
        if far && let Some(end) = leader_end(*point, &area) {
            scene.line(&[*point, end], Ink::solid(MUTED, 0.8));
        }
        scene.text(
            &name,
            (area.from.0 + 2.0, area.to.1 - 4.0),
            FACE,
            NAME_MAX + 4.0,
        );
        obstacles.push(area);
    }
}

/// Where a line from the point to its name ends; none beside the point, where a line would lie on
/// its interval.
fn leader_end(point: Point, area: &Area) -> Option<Point> {
    let beside = area.from.1 <= point.1 && point.1 <= area.to.1;
    let edge = if area.to.1 < point.1 {
        area.to.1
    } else {
        area.from.1
    };
    let inset = area.from.0 + 4.0;
    (!beside).then_some((point.0.clamp(inset, (area.to.0 - 4.0).max(inset)), edge))
}

/// The nearest free place for a name, and whether it is too far away to be understood without a
/// line.
fn place(point: Point, wide: f64, obstacles: &[Area], bounds: &Area) -> Option<(Area, bool)> {
    let (wide, high) = (wide + 4.0, 16.0);
    for (ring, distance) in [9.0, 18.0, 30.0, 44.0, 60.0, 78.0].into_iter().enumerate() {
        let starts = [
            (point.0 + distance, point.1 - high / 2.0),
            (point.0 + distance * 0.7, point.1 - distance * 0.7 - high),
            (point.0 + distance * 0.7, point.1 + distance * 0.7),
            (point.0 - wide / 2.0, point.1 - distance - high),
            (point.0 - wide / 2.0, point.1 + distance),
            (point.0 - distance - wide, point.1 - high / 2.0),
            (
                point.0 - distance * 0.7 - wide,
                point.1 - distance * 0.7 - high,
            ),
            (point.0 - distance * 0.7 - wide, point.1 + distance * 0.7),
        ];
        for (x, y) in starts {
            let area = Area {
                from: (x, y),
                to: (x + wide, y + high),
            };
            if bounds.holds(&area) && !obstacles.iter().any(|other| other.meets(&area)) {
                return Some((area, 1 < ring));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_crowded_points_do_not_overlap() {
        let bounds = Area {
            from: (0.0, 0.0),
            to: (400.0, 300.0),
        };
        let point = |index: i32| {
            (
                100.0 + f64::from(index * 7),
                150.0 + f64::from(index % 3 * 5),
            )
        };
        let mut obstacles: Vec<Area> = (0..12)
            .map(|index| Area::around(point(index), point(index), 6.0))
            .collect();
        let before = obstacles.len();
        for index in 0..12 {
            if let Some((area, _)) = place(point(index), 60.0, &obstacles, &bounds) {
                assert!(!obstacles.iter().any(|other| other.meets(&area)));
                obstacles.push(area);
            }
        }
        assert!(
            before + 8 <= obstacles.len(),
            "only {} placed",
            obstacles.len() - before
        );
    }
}
