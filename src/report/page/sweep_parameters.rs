//! What each parameter of a sweep does, as curves, and how two of them work together, as heat maps.

use serde_json::Value;

use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit, slug};
use super::sweep::{Shown, SweepData, name};
use crate::experiment::scale::{ParameterScale, ScaleUnit};
use crate::report::sweep_axes::{Along, Crossed, along};

/// A chart of each parameter whose values are numbers: all measures over it.
pub fn curves(data: &SweepData<'_>) -> Vec<Figure> {
    let parameters = data.labels.parameters.iter().enumerate();
    let figure = |(index, parameter): (usize, &String)| {
        let scale = ParameterScale::of(&data.labels, index)?;
        let lines = along(&data.labels, index, &scale);
        (!lines.is_empty()).then(|| curve_figure(data, (index, parameter), &scale, &lines))
    };
    parameters.filter_map(figure).collect()
}

fn curve_figure(
    data: &SweepData<'_>,
    (index, parameter): (usize, &str),
    scale: &ParameterScale,
    lines: &[Along],
) -> Figure {
    let shown = data.shown();
    let mut says = Vec::new();
    let mut panels = Vec::new();
    for shown in &shown {
        let mut drawn = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            drawn.push(curve(data, shown, scale, line, place));
        }
        says.extend(course(data, shown, &lines[0], index));
        if let Some(bound) = shown.bound {
            let ends = scale.of_cells.iter().copied();
            let least = ends.clone().fold(f64::INFINITY, f64::min);
            let most = ends.fold(f64::NEG_INFINITY, f64::max);
            let places = Places::At(Numbers(vec![least, most]));
            let both = vec![bound; 2];
            drawn.push(Line::new(
                "objective",
                Style::Dashed,
                Ink::Limit,
                places,
                both,
            ));
        }
        drawn.extend(broken(data, shown, scale, lines));
        let mut panel = Panel::new(&shown.measured, Unit::from(&shown.unit), drawn);
        panel.fits = true;
        panels.push(panel);
    }
    let along_which = match lines.len() {
        1 if 1 < data.labels.parameters.len() && !lines[0].name.starts_with("mean") => {
            format!(" With {}.", lines[0].name)
        }
        _ => String::new(),
    };
    let (unit, title) = match &scale.unit {
        ScaleUnit::Number => (Unit::Count, parameter.to_owned()),
        ScaleUnit::Percent => (Unit::Percent, parameter.to_owned()),
        ScaleUnit::Seconds => (Unit::Seconds, parameter.to_owned()),
        ScaleUnit::Of(unit) => (Unit::Count, format!("{parameter} ({unit})")),
    };
    Figure {
        id: format!("by-{index}-{}", slug(parameter)),
        title: format!("Cost and objectives over {parameter}"),
        says: format!("{}.{along_which}", says.join("; ")),
        note: "Means with their 95 % intervals; nothing but this parameter changes along a line."
            .to_owned(),
        x: Axis::Number {
            title,
            unit,
            log: scale.is_logarithmic(),
        },
        panels,
    }
}

/// From where to where a measure goes along a line, in words.
fn course(data: &SweepData<'_>, shown: &Shown, line: &Along, parameter: usize) -> Option<String> {
    let (first, last) = (*line.cells.first()?, *line.cells.last()?);
    let at = |cell: usize| {
        let value = shown.mean(data.all().get(cell)?)?;
        Some(format!(
            "{} at {}",
            shown.show(value),
            data.labels.cells[cell][parameter]
        ))
    };
    Some(format!("{}: {}, {}", shown.title, at(first)?, at(last)?))
}

fn curve(
    data: &SweepData<'_>,
    shown: &Shown,
    scale: &ParameterScale,
    line: &Along,
    place: usize,
) -> Line {
    let point = |cell: &usize| {
        let mean = shown.mean(data.all().get(*cell)?)?;
        Some((*cell, scale.of_cells[*cell], mean))
    };
    let points: Vec<(usize, f64, (f64, f64))> = line.cells.iter().filter_map(point).collect();
    let each = |of: &dyn Fn((f64, f64)) -> f64| points.iter().map(|it| of(it.2)).collect();
    let word = |it: &(usize, f64, (f64, f64))| {
        format!("{}: {}", name(&data.all()[it.0]), shown.show(it.2))
    };
    Line {
        low: Numbers(each(&|(mean, half)| mean - half)),
        high: Numbers(each(&|(mean, half)| mean + half)),
        words: points.iter().map(word).collect(),
        ..Line::new(
            &line.name,
            Style::Line,
            Ink::Nth(place),
            Places::At(Numbers(points.iter().map(|it| it.1).collect())),
            each(&|(mean, _)| mean),
        )
    }
}

/// Where a cell of the lines breaks an objective.
fn broken(
    data: &SweepData<'_>,
    shown: &Shown,
    scale: &ParameterScale,
    lines: &[Along],
) -> Option<Line> {
    let cells = lines.iter().flat_map(|line| line.cells.iter().copied());
    let point = |cell: usize| {
        let its: &Value = data.all().get(cell).filter(|it| breaks(it))?;
        Some((
            scale.of_cells[cell],
            shown.mean(its)?.0,
            name(its).to_owned(),
        ))
    };
    let points: Vec<(f64, f64, String)> = cells.filter_map(point).collect();
    let line = Line {
        words: points.iter().map(|it| it.2.clone()).collect(),
        ..Line::new(
            BREAKS,
            Style::Points,
            Ink::Failure,
            Places::At(Numbers(points.iter().map(|it| it.0).collect())),
            points.iter().map(|it| it.1).collect(),
        )
    };
    (!points.is_empty()).then_some(line)
}

const BREAKS: &str = "breaks an objective";

fn breaks(cell: &Value) -> bool {
    cell["keeps_all_objectives"] == false
}

/// A chart of each pair of parameters and measure: a tile for each pair of values.
pub fn heat_maps(data: &SweepData<'_>) -> Vec<Figure> {
    let shown = data.shown();
    let mut figures = Vec::new();
    for (index, crossed) in Crossed::pairs(&data.labels).iter().enumerate() {
        for shown in &shown {
            figures.extend(heat_map(data, crossed, shown, index));
        }
    }
    figures
}

/// A cell at its place in a heat map.
struct Tile<'a> {
    cell: &'a Value,
    /// Its mean with half of its interval.
    mean: (f64, f64),
    column: usize,
    row: &'a str,
}

fn heat_map(
    data: &SweepData<'_>,
    crossed: &Crossed<'_>,
    shown: &Shown,
    index: usize,
) -> Option<Figure> {
    let tile = |&(cell, column, row): &(usize, usize, usize)| {
        let cell = data.all().get(cell)?;
        let mean = shown.mean(cell)?;
        Some(Tile {
            cell,
            mean,
            column,
            row: crossed.rows[row],
        })
    };
    // The page draws rows in the order in which it meets them.
    let mut places = crossed.places.clone();
    places.sort_by_key(|&(_, column, row)| (row, column));
    let tiles: Vec<Tile<'_>> = places.iter().filter_map(tile).collect();
    let by_mean = |a: &&Tile<'_>, b: &&Tile<'_>| a.mean.0.total_cmp(&b.mean.0);
    let (least, most) = (tiles.iter().min_by(by_mean)?, tiles.iter().max_by(by_mean)?);
    let show = |tile: &Tile<'_>| shown.unit.show(tile.mean.0);
    let line = |name: String, style, ink, of: &[&Tile<'_>]| Line {
        columns: of.iter().map(|it| it.column).collect(),
        words: of.iter().map(|it| shown.show(it.mean)).collect(),
        ..Line::new(
            name,
            style,
            ink,
            Places::Rows(of.iter().map(|it| it.row.to_owned()).collect()),
            of.iter().map(|it| it.mean.0).collect(),
        )
    };
    let all: Vec<&Tile<'_>> = tiles.iter().collect();
    let bad: Vec<&Tile<'_>> = tiles.iter().filter(|it| breaks(it.cell)).collect();
    let (first, other) = crossed.names;
    let range = format!("{} (pale) to {} (full)", show(least), show(most));
    let lines = vec![
        line(range, Style::Tiles, Ink::Nth(0), &all),
        line(BREAKS.to_owned(), Style::Points, Ink::Failure, &bad),
    ];
    Some(Figure {
        id: format!("pair-{index}-{}", shown.name.replace('_', "-")),
        title: format!("{} by {first} and {other}", shown.title),
        says: format!(
            "From {} ({}) to {} ({}); {} of {} break an objective.",
            show(least),
            name(least.cell),
            show(most),
            name(most.cell),
            bad.len(),
            all.len()
        ),
        note: match data.labels.parameters.len() {
            2 => String::new(),
            _ => "All other parameters are as in the baseline.".to_owned(),
        },
        x: Axis::Columns {
            title: first.to_owned(),
            names: crossed.columns.iter().map(|&it| it.to_owned()).collect(),
        },
        panels: vec![Panel::new(other, Unit::Rows, lines)],
    })
}
