//! How do two parameters work together? A tile for each pair of their values.

use crate::report::axis::Unit;
use crate::report::palette;

use super::Chart;
use super::figure::{Figure, Form, Horizontal, Layer, Panel, Vertical};
use super::scene::Ink;
use super::tiles::{self, Place, Tile};

/// A measure over the values of two parameters.
#[derive(Clone, Debug)]
pub struct HeatMap {
    /// The heading.
    pub title: String,
    /// The scenario and the sweep.
    pub subtitle: String,
    /// The parameter whose values stand side by side.
    pub x_title: String,
    /// Its values, from left to right.
    pub columns: Vec<String>,
    /// The parameter whose values stand below one another.
    pub y_title: String,
    /// Its values, the first at the top.
    pub rows: Vec<String>,
    /// What the tiles show: `Cost per month (US dollars)`.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// A tile for each pair of values that was played.
    pub tiles: Vec<HeatTile>,
}

/// One cell of a sweep.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HeatTile {
    /// The index of its column.
    pub column: usize,
    /// The index of its row.
    pub row: usize,
    /// The mean over replications.
    pub mean: f64,
    /// Half of its 95 % interval, if there is one.
    pub half_width: Option<f64>,
    /// Whether the cell keeps all objectives.
    pub passes: bool,
}

impl Chart for HeatMap {
    fn figure(&self) -> Figure {
        let drawn = || self.tiles.iter().filter(|tile| tile.mean.is_finite());
        let least = drawn().map(|it| it.mean).fold(f64::INFINITY, f64::min);
        let greatest = drawn().map(|it| it.mean).fold(f64::NEG_INFINITY, f64::max);
        let shade = |mean: f64| match least < greatest {
            true => (mean - least) / (greatest - least),
            false => 0.0,
        };
        let place = |tile: &HeatTile| Place {
            column: tile.column,
            row: tile.row,
        };
        let tile = |it: &HeatTile| Tile {
            place: place(it),
            shade: shade(it.mean),
            words: (self.unit.show(it.mean), self.sureness(it)),
        };
        let filled = |name: String, shade: f64, tiles| Layer {
            name,
            ink: Ink::solid(tiles::fill(shade), 0.0),
            form: Form::Tiles(tiles),
        };
        let mut layers = Vec::new();
        if drawn().next().is_some() {
            let (low, high) = (self.unit.show(least), self.unit.show(greatest));
            layers.push(filled(format!("least: {low}"), 0.0, Vec::new()));
            layers.push(filled(
                format!("most: {high}"),
                1.0,
                drawn().map(tile).collect(),
            ));
        }
        let broken: Vec<Place> = drawn().filter(|it| !it.passes).map(place).collect();
        if !broken.is_empty() {
            layers.push(Layer {
                name: "breaks an objective".to_owned(),
                ink: Ink::solid(palette::FAILURE, 0.0),
                form: Form::Corners(broken),
            });
        }
        let vertical = Vertical::Rows(self.rows.clone());
        let title = format!(
            "{} · tiles: {}, means ± half of 95 % intervals",
            self.y_title, self.measure
        );
        Figure {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            note: None,
            horizontal: Horizontal::Columns {
                title: self.x_title.clone(),
                names: self.columns.clone(),
            },
            panels: vec![Panel::new(&title, vertical, layers)],
        }
    }
}

impl HeatMap {
    fn sureness(&self, tile: &HeatTile) -> String {
        let half_width = tile.half_width.filter(|half| half.is_finite());
        half_width.map_or_else(String::new, |half| format!("± {}", self.unit.show(half)))
    }
}
