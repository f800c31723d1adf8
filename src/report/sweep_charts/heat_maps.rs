//! How two parameters work together: a month's cost and what each objective judges, a tile for each
//! pair of their values.

use super::{Drawn, Named, drawn_measures, slug, subtitle};
use crate::experiment::scale::{ParameterScale, alike_but_for};
use crate::report::chart::{HeatMap, HeatTile};
use crate::report::sweep_files::SweepResults;

/// Values of a parameter: more tiles have no room for their numbers.
const VALUES_MAX: usize = 24;
/// Pairs of parameters, the first ones: four parameters have so many.
const PAIRS_MAX: usize = 6;

/// A chart each pair of parameters and measure.
pub(super) fn charts(results: &SweepResults<'_>) -> Vec<Named> {
    let count = results.grid.parameters.len();
    let pairs = (0..count).flat_map(|first| (first + 1..count).map(move |other| (first, other)));
    let tables = pairs.filter_map(|pair| Table::of(results, pair));
    let drawn = drawn_measures(results);
    let mut charts: Vec<Named> = Vec::new();
    for table in tables.take(PAIRS_MAX) {
        for measure in &drawn {
            charts.push((table.file(measure), Box::new(table.chart(measure))));
        }
    }
    charts
}

/// The cells of two parameters' values, with all others at the baseline.
struct Table<'a> {
    results: &'a SweepResults<'a>,
    /// The parameters' names: side by side, and below one another.
    names: (&'a str, &'a str),
    columns: Vec<&'a str>,
    /// From the top down.
    rows: Vec<&'a str>,
    cells: Vec<usize>,
    /// The column and the row of each.
    places: Vec<(usize, usize)>,
}

impl<'a> Table<'a> {
    /// The table of a pair, if all combinations of at least two values each were played.
    fn of(results: &'a SweepResults<'a>, (first, other): (usize, usize)) -> Option<Self> {
        let grid = results.grid;
        let groups = alike_but_for(grid, &[first, other]);
        let at_baseline = |(_, cells): &(Vec<String>, Vec<usize>)| cells.contains(&grid.baseline);
        let (_, cells) = groups.into_iter().find(at_baseline)?;
        let columns = values(results, first, &cells);
        let mut rows = values(results, other, &cells);
        if ParameterScale::of(grid, other).is_some() {
            // As on any other axis numbers go up.
            rows.reverse();
        }
        let is_drawn = |values: &[&str]| (2..=VALUES_MAX).contains(&values.len());
        if !is_drawn(&columns) || !is_drawn(&rows) {
            return None;
        }
        let place = |cell: &usize| {
            let labels = &grid.cells[*cell].labels;
            let at = |values: &[&str], label: &String| values.iter().position(|it| it == label);
            Some((at(&columns, &labels[first])?, at(&rows, &labels[other])?))
        };
        let places: Vec<(usize, usize)> = cells.iter().map(place).collect::<Option<_>>()?;
        let mut distinct = places.clone();
        distinct.sort_unstable();
        distinct.dedup();
        (distinct.len() == columns.len() * rows.len()).then_some(Table {
            results,
            names: (&grid.parameters[first], &grid.parameters[other]),
            columns,
            rows,
            cells,
            places,
        })
    }

    fn file(&self, drawn: &Drawn) -> String {
        let (first, other) = self.names;
        format!("{}-by-{}-and-{}", drawn.slug, slug(first), slug(other))
    }

    fn chart(&self, drawn: &Drawn) -> HeatMap {
        let (first, other) = self.names;
        let tile = |(cell, (column, row)): (&usize, &(usize, usize))| {
            let result = &self.results.cells[*cell];
            let mean = result.means[drawn.measure]?;
            Some(HeatTile {
                column: *column,
                row: *row,
                mean: mean.mean * drawn.scale,
                half_width: mean.half_width.map(|half| half * drawn.scale),
                passes: result.keeps_all_objectives(),
            })
        };
        let owned = |labels: &[&str]| labels.iter().map(|&it| it.to_owned()).collect();
        HeatMap {
            title: format!("{} by {first} and {other}", drawn.title),
            subtitle: subtitle(self.results),
            x_title: first.to_owned(),
            columns: owned(&self.columns),
            y_title: other.to_owned(),
            rows: owned(&self.rows),
            measure: drawn.title.clone(),
            unit: drawn.unit.clone(),
            tiles: self
                .cells
                .iter()
                .zip(&self.places)
                .filter_map(tile)
                .collect(),
        }
    }
}

/// A parameter's values among cells: numbers going up, others in the order of the file.
fn values<'a>(results: &'a SweepResults<'_>, parameter: usize, cells: &[usize]) -> Vec<&'a str> {
    let grid = results.grid;
    let mut ordered: Vec<usize> = cells.to_vec();
    if let Some(scale) = ParameterScale::of(grid, parameter) {
        ordered.sort_by(|a, b| scale.of_cells[*a].total_cmp(&scale.of_cells[*b]));
    }
    let mut values: Vec<&str> = Vec::new();
    for cell in ordered {
        let label = grid.cells[cell].labels[parameter].as_str();
        if !values.contains(&label) {
            values.push(label);
        }
    }
    values
}
