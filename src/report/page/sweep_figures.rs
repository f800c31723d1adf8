//! The charts of a sweep: cells with their intervals, and fronts.

use serde_json::Value;

use super::figure::{Axis, Figure, InRow, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::sweep::{Shown, SweepData, name, short_name, varied};

/// Cells that a chart names.
const CELLS_MAX: usize = 40;

/// Each measure of each cell, with intervals.
pub fn by_cell(data: &SweepData<'_>) -> Vec<Figure> {
    let shown = data.shown();
    shown.iter().map(|shown| of_cells(data, shown)).collect()
}

fn of_cells(data: &SweepData<'_>, shown: &Shown) -> Figure {
    let mut cells: Vec<(&Value, (f64, f64))> = data
        .all()
        .iter()
        .filter_map(|cell| Some((cell, shown.mean(cell)?)))
        .collect();
    let all = cells.len();
    let is_fine = |cell: &Value| cell["keeps_all_objectives"] == true;
    let least = cells.iter().min_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let most = cells.iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let says = match (least, most) {
        (Some(least), Some(most)) => format!(
            "From {} ({}) to {} ({}).",
            shown.show(least.1),
            name(least.0),
            shown.show(most.1),
            name(most.0)
        ),
        _ => String::new(),
    };
    // Few stand in their own order; of many the least come first.
    if CELLS_MAX < all {
        cells.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
        cells.truncate(CELLS_MAX);
    }
    let line = |word: &str, ink, fine: bool| {
        let its = cells.iter().filter(move |(cell, _)| is_fine(cell) == fine);
        let in_row = |(cell, (mean, half)): &(&Value, (f64, f64))| InRow {
            row: short_name(data, cell),
            value: [*mean, mean - half, mean + half],
            word: format!("{}: {}", name(cell), shown.show((*mean, *half))),
        };
        Line::in_rows(word, Style::Points, ink, its.map(in_row).collect())
    };
    let lines = match data.plan.objectives.is_empty() {
        true => vec![
            line("cells", Ink::Nth(0), true),
            line("cells", Ink::Nth(0), false),
        ],
        false => vec![
            line("keeps all objectives", Ink::Nth(0), true),
            line("breaks one", Ink::Failure, false),
        ],
    };
    let note = match all <= CELLS_MAX {
        true => String::new(),
        false => format!("The {CELLS_MAX} least of {all} cells; the table has all."),
    };
    Figure {
        id: format!("cells-{}", shown.name.replace('_', "-")),
        title: format!("{} of each cell", shown.title),
        says,
        note,
        x: axis(shown),
        panels: vec![Panel::new(varied(data).join(" · "), Unit::Rows, lines)],
    }
}

/// The axis of a measure.
pub(super) fn axis(shown: &Shown) -> Axis {
    Axis::Number {
        title: shown.measured.clone(),
        unit: Unit::from(&shown.unit),
        log: false,
    }
}

/// A month's cost against each objective, with what is on the front.
pub fn fronts(data: &SweepData<'_>) -> Vec<Figure> {
    let shown = data.shown();
    let (cost, objectives) = (&shown[0], &shown[1..]);
    objectives
        .iter()
        .map(|objective| front(data, cost, objective))
        .collect()
}

/// A cell as a point of a front, each measure a mean with half of its interval.
struct Point<'a> {
    cell: &'a Value,
    across: (f64, f64),
    cost: (f64, f64),
    standing: &'a str,
}

fn front(data: &SweepData<'_>, cost: &Shown, objective: &Shown) -> Figure {
    let mut number = objective.name.split('_').skip(1);
    let number = number.next().and_then(|it| it.parse::<u64>().ok());
    let fronts = data.cells["fronts"].as_array().into_iter().flatten();
    let mut its = fronts.filter(|front| front["objective"].as_u64() == number);
    let standings = its.next().map(|front| &front["cells"]);
    let standing = |cell: &Value| {
        let mut all = standings.and_then(Value::as_array).into_iter().flatten();
        let found = all.find(|it| it["cell"] == cell["cell"]);
        found
            .and_then(|it| it["standing"].as_str())
            .unwrap_or("on_front")
    };
    let point = |cell| {
        Some(Point {
            cell,
            across: objective.mean(cell)?,
            cost: cost.mean(cell)?,
            standing: standing(cell),
        })
    };
    let points: Vec<Point<'_>> = data.all().iter().filter_map(point).collect();
    let line = |(word, which, ink): (&str, &str, Ink)| {
        let its = || points.iter().filter(move |it| it.standing == which);
        Line {
            low: Numbers(its().map(|it| it.cost.0 - it.cost.1).collect()),
            high: Numbers(its().map(|it| it.cost.0 + it.cost.1).collect()),
            left: Numbers(its().map(|it| it.across.0 - it.across.1).collect()),
            right: Numbers(its().map(|it| it.across.0 + it.across.1).collect()),
            words: its().map(|it| name(it.cell).to_owned()).collect(),
            ..Line::new(
                word,
                Style::Points,
                ink,
                Places::At(Numbers(its().map(|it| it.across.0).collect())),
                its().map(|it| it.cost.0).collect(),
            )
        }
    };
    let has_front = standings.is_some();
    let first = if has_front { "on the front" } else { "cells" };
    let kinds = [
        (first, "on_front", Ink::Nth(0)),
        ("undecided: more runs may tell", "undecided", Ink::Nth(1)),
        ("another is cheaper and better", "dominated", Ink::Nth(6)),
    ];
    let says = standings_in_words(&points, has_front);
    let mut panel = Panel::new(
        "cost a month",
        Unit::Usd,
        kinds.into_iter().map(line).collect(),
    );
    panel.fits = true;
    Figure {
        id: format!("front-{}", objective.name.replace('_', "-")),
        title: format!("Cost against: {}", objective.title),
        says,
        note: String::new(),
        x: axis(objective),
        panels: vec![panel],
    }
}

fn standings_in_words(points: &[Point<'_>], has_front: bool) -> String {
    if !has_front {
        return format!("{} cells.", points.len());
    }
    let count = |which: &str| points.iter().filter(|it| it.standing == which).count();
    format!(
        "{} on the front, {} undecided, {} dominated by another.",
        count("on_front"),
        count("undecided"),
        count("dominated")
    )
}
