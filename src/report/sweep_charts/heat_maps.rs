//! How two parameters work together: a month's cost and what each objective judges, a tile for each
//! pair of their values.

use super::{Drawn, Named, drawn_measures, slug, subtitle};
use crate::experiment::scale::CellLabels;
use crate::report::chart::{HeatMap, HeatTile};
use crate::report::sweep_axes::Crossed;
use crate::report::sweep_files::SweepResults;

/// A chart each pair of parameters and measure.
pub(super) fn charts(results: &SweepResults<'_>) -> Vec<Named> {
    let labels = CellLabels::of(results.grid);
    let drawn = drawn_measures(results);
    let mut charts: Vec<Named> = Vec::new();
    for crossed in &Crossed::pairs(&labels) {
        for measure in &drawn {
            let (first, other) = crossed.names;
            let name = format!("{}-by-{}-and-{}", measure.slug, slug(first), slug(other));
            charts.push((name, Box::new(chart(results, crossed, measure))));
        }
    }
    charts
}

fn chart(results: &SweepResults<'_>, crossed: &Crossed<'_>, drawn: &Drawn) -> HeatMap {
    let (first, other) = crossed.names;
    let tile = |&(cell, column, row): &(usize, usize, usize)| {
        let result = &results.cells[cell];
        let mean = result.means[drawn.measure]?;
        Some(HeatTile {
            column,
            row,
            mean: mean.mean * drawn.scale,
            half_width: mean.half_width.map(|half| half * drawn.scale),
            passes: result.keeps_all_objectives(),
        })
    };
    let owned = |labels: &[&str]| labels.iter().map(|&it| it.to_owned()).collect();
    HeatMap {
        title: format!("{} by {first} and {other}", drawn.title),
        subtitle: subtitle(results),
        x_title: first.to_owned(),
        columns: owned(&crossed.columns),
        y_title: other.to_owned(),
        rows: owned(&crossed.rows),
        measure: drawn.title.clone(),
        unit: drawn.unit.clone(),
        tiles: crossed.places.iter().filter_map(tile).collect(),
    }
}
