//! Tiles of a heat map: each a rectangle of a colour with its number in it.

use crate::report::palette::{self, INK, PAPER, Rgb};

use super::panel::Plot;
use super::scene::{Anchor, Scene, Type};
use super::text;

/// Between neighbours, in pixels.
const GAP: f64 = 1.5;
const WORDS: f64 = 13.0;
const SMALL_WORDS: f64 = 10.5;
/// The side of the corner that marks a tile, at most.
const CORNER: f64 = 14.0;
/// From this share of the darkest colour on words are white.
const DARK: f64 = 0.55;

/// A place in a heat map: columns from the left, rows from the top.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub column: usize,
    pub row: usize,
}

/// A rectangle with its number.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tile {
    pub place: Place,
    /// From the lightest (0) to the darkest (1).
    pub shade: f64,
    /// Its number, and below it in small letters how sure it is.
    pub words: (String, String),
}

/// The colour of a shade: one hue, so that a print without colours tells the same.
pub(super) fn fill(shade: f64) -> Rgb {
    palette::colour(0).lighter(0.92 * (1.0 - shade.clamp(0.0, 1.0)))
}

/// The corners of a place on paper: left, top, right and bottom.
fn edges(place: Place, plot: &Plot) -> [f64; 4] {
    let (column, row) = (place.column as f64, place.row as f64);
    let (left, right) = (plot.horizontal.at(column), plot.horizontal.at(column + 1.0));
    let (top, bottom) = (plot.vertical.at(row), plot.vertical.at(row + 1.0));
    [left + GAP, top + GAP, right - GAP, bottom - GAP]
}

/// Draws a tile; words that have no room are left out.
pub(super) fn draw(scene: &mut Scene, tile: &Tile, plot: &Plot) {
    let [left, top, right, bottom] = edges(tile.place, plot);
    if right <= left || bottom <= top {
        return;
    }
    scene.rect((left, top), (right, bottom), fill(tile.shade));
    let colour = if DARK < tile.shade { PAPER } else { INK };
    let face = |size, bold| Type {
        size,
        bold,
        colour,
        anchor: Anchor::Middle,
    };
    let room = right - left - 8.0;
    let (words, sureness) = (&tile.words.0, &tile.words.1);
    let fits = |words: &str, size, bold| text::width(words, size, bold) <= room;
    if !fits(words, WORDS, true) || bottom - top < WORDS + 4.0 {
        return;
    }
    let (x, middle) = ((left + right) / 2.0, (top + bottom) / 2.0);
    let has_room = WORDS + SMALL_WORDS + 10.0 <= bottom - top;
    let both = !sureness.is_empty() && has_room && fits(sureness, SMALL_WORDS, false);
    let baseline = middle + if both { -2.0 } else { 4.7 };
    scene.text(words, (x, baseline), face(WORDS, true), room);
    if both {
        scene.text(sureness, (x, middle + 13.0), face(SMALL_WORDS, false), room);
    }
}

/// Marks the upper right corner of a place.
pub(super) fn corner(scene: &mut Scene, place: Place, plot: &Plot, fill: Rgb) {
    let [left, top, right, bottom] = edges(place, plot);
    let side = CORNER.min((right - left) / 3.0).min((bottom - top) / 2.0);
    if 0.0 < side {
        let points = vec![(right - side, top), (right, top), (right, top + side)];
        scene.polygon(points, fill);
    }
}
