//! Names of rows: each in as many lines as it has room for.

use super::figure::{Figure, Vertical};
use super::scene::{Scene, Type};
use super::series::Point;
use super::text;

/// Pixels of a line.
const ROOM: f64 = 170.0;
/// From one line of a label to the next.
const LINE: f64 = 13.5;
/// Rows of which each has room for a name in three lines, and in two.
const ROWS_OF_THREE_MAX: usize = 6;
const ROWS_OF_TWO_MAX: usize = 12;

/// The name of one of so many rows, in lines.
pub(super) fn lines(name: &str, rows: usize, size: f64) -> Vec<String> {
    let lines = match rows {
        _ if rows <= ROWS_OF_THREE_MAX => 3,
        _ if rows <= ROWS_OF_TWO_MAX => 2,
        _ => 1,
    };
    text::wrapped(name, size, ROOM, lines)
}

/// The names of rows that are shown shortened.
pub(super) fn cut_names(figure: &Figure, size: f64) -> Vec<String> {
    let names = figure
        .panels
        .iter()
        .filter_map(|panel| match &panel.vertical {
            Vertical::Rows(names) => Some(names),
            _ => None,
        });
    let is_cut = |name: &str, rows| {
        let lines = lines(name, rows, size);
        lines.last().is_some_and(|it| it.ends_with('…'))
    };
    let cut = names.flat_map(|names| names.iter().filter(move |it| is_cut(it, names.len())));
    cut.map(|name| text::clean(name)).collect()
}

/// Draws a label whose lines are in the middle of a place.
pub(super) fn label(scene: &mut Scene, label: &str, (x, y): Point, face: Type) {
    let lines = label.split('\n').count() as f64;
    for (index, line) in label.split('\n').enumerate() {
        let down = LINE * (index as f64 - (lines - 1.0) / 2.0);
        scene.text(line, (x, y + down), face, ROOM + 10.0);
    }
}
