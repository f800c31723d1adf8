//! What each parameter does: a month's cost and the objectives over its values, if they are
//! numbers.

use super::{Drawn, Named, drawn_measures, slug, subtitle};
use crate::experiment::scale::{CellLabels, ParameterScale, ScaleUnit};
use crate::report::axis::Unit;
use crate::report::chart::{Curve, CurveChart, CurvePanel};
use crate::report::sweep_axes::{Along, along};
use crate::report::sweep_files::SweepResults;

/// Objectives below the cost on one chart: more panels are too low to read.
const OBJECTIVES_MAX: usize = 2;
/// A chart a parameter and two objectives.
pub(super) fn charts(results: &SweepResults<'_>) -> Vec<Named> {
    let drawn = drawn_measures(results);
    let Some((cost, objectives)) = drawn.split_first() else {
        return Vec::new();
    };
    let labels = CellLabels::of(results.grid);
    let mut charts: Vec<Named> = Vec::new();
    for (index, name) in results.grid.parameters.iter().enumerate() {
        let Some(scale) = ParameterScale::of(&labels, index) else {
            continue;
        };
        let lines = along(&labels, index, &scale);
        if lines.is_empty() {
            continue;
        }
        let mut parts: Vec<&[Drawn]> = objectives.chunks(OBJECTIVES_MAX).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        for part in parts {
            let measures: Vec<&Drawn> = std::iter::once(cost).chain(part).collect();
            let chart = chart(results, (name, &scale), &lines, &measures);
            charts.push((format!("by-{}", slug(name)), Box::new(chart)));
        }
    }
    charts
}

fn chart(
    results: &SweepResults<'_>,
    (name, scale): (&str, &ParameterScale),
    lines: &[Along],
    measures: &[&Drawn],
) -> CurveChart {
    let panel = |drawn: &&Drawn| CurvePanel {
        title: format!("{}, means with 95 % intervals", drawn.title),
        unit: drawn.unit.clone(),
        level: drawn.bound.map(|bound| ("objective".to_owned(), bound)),
        curves: lines
            .iter()
            .map(|line| curve(results, scale, line, drawn))
            .collect(),
    };
    let (x_unit, with_unit) = match &scale.unit {
        ScaleUnit::Number => (Unit::Count, name.to_owned()),
        ScaleUnit::Percent => (Unit::Percent, name.to_owned()),
        ScaleUnit::Seconds => (Unit::Seconds, name.to_owned()),
        ScaleUnit::Of(unit) => (Unit::Count, format!("{name} ({unit})")),
    };
    CurveChart {
        title: format!("Cost and objectives over {name}"),
        subtitle: subtitle(results),
        x_title: with_unit,
        x_unit,
        is_logarithmic: scale.is_logarithmic(),
        bound: None,
        panels: measures.iter().map(panel).collect(),
    }
}

fn curve(results: &SweepResults<'_>, scale: &ParameterScale, line: &Along, drawn: &Drawn) -> Curve {
    let (mut points, mut broken) = (Vec::new(), Vec::new());
    for cell in &line.cells {
        let result = &results.cells[*cell];
        let Some(estimate) = drawn.of(result) else {
            continue;
        };
        if !result.keeps_all_objectives() {
            broken.push(points.len());
        }
        points.push((scale.of_cells[*cell], estimate));
    }
    Curve {
        name: line.name.clone(),
        points,
        broken,
        has_dots: true,
    }
}
