//! The charts of a sweep: cells with their intervals, fronts, and what moves a measure most.

use serde_json::Value;

use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
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
    // Few stand in their own order; of many the least come first.
    if CELLS_MAX < all {
        cells.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
        cells.truncate(CELLS_MAX);
    }
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
    let line = |word: &str, ink, fine: bool| {
        let its = || cells.iter().filter(move |(cell, _)| is_fine(cell) == fine);
        Line {
            low: Numbers(its().map(|(_, (mean, half))| mean - half).collect()),
            high: Numbers(its().map(|(_, (mean, half))| mean + half).collect()),
            words: its()
                .map(|(cell, it)| format!("{}: {}", name(cell), shown.show(*it)))
                .collect(),
            ..Line::new(
                word,
                Style::Points,
                ink,
                Places::Rows(its().map(|(cell, _)| short_name(data, cell)).collect()),
                its().map(|(_, (mean, _))| *mean).collect(),
            )
        }
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

fn axis(shown: &Shown) -> Axis {
    Axis::Number {
        title: shown.title.clone(),
        unit: Unit::from(&shown.unit),
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

/// What moves each measure most: a tornado, or Sobol indices.
pub fn tornados(data: &SweepData<'_>) -> Vec<Figure> {
    let sensitivity = &data.cells["sensitivity"];
    let is_tornado = sensitivity["design"] == "tornado";
    let figure = |shown: &Shown| {
        let found = &sensitivity["measures"][&shown.name];
        let parameters = found["parameters"].as_array()?;
        if parameters.is_empty() {
            return None;
        }
        Some(match is_tornado {
            true => tornado(shown, found, parameters),
            false => indices(shown, parameters),
        })
    };
    data.shown().iter().filter_map(figure).collect()
}

fn tornado(shown: &Shown, found: &Value, parameters: &[Value]) -> Figure {
    let baseline = shown.interval(&found["baseline"]).unwrap_or((0.0, 0.0));
    let line = |word: &str, end: &str, ink| {
        let of = |parameter: &Value| {
            let difference = shown.interval(&parameter[end]["difference_to_baseline"]);
            difference.unwrap_or((0.0, 0.0))
        };
        let value = |parameter: &Value| {
            let name = parameter["parameter"].as_str().unwrap_or("");
            let value = parameter[end]["value"].as_str().unwrap_or("");
            let (mean, half) = of(parameter);
            let sign = if 0.0 < mean { "+" } else { "" };
            format!("{name} = {value}: {sign}{}", shown.show((mean, half)))
        };
        let row = |it: &Value| it["parameter"].as_str().unwrap_or("").to_owned();
        Line {
            low: Numbers(parameters.iter().map(|_| baseline.0).collect()),
            words: parameters.iter().map(value).collect(),
            ..Line::new(
                word,
                Style::Across,
                ink,
                Places::Rows(parameters.iter().map(row).collect()),
                parameters.iter().map(|it| of(it).0).collect(),
            )
        }
    };
    let first = &parameters[0];
    let says = format!(
        "The baseline is {}; {} moves it most, by {} over its range.",
        shown.show(baseline),
        first["parameter"].as_str().unwrap_or("nothing"),
        shown
            .unit
            .show(first["width"].as_f64().unwrap_or(0.0) * shown.scale)
    );
    let lines = vec![
        line("at its low value", "low", Ink::Nth(0)),
        line("at its high value", "high", Ink::Nth(1)),
    ];
    Figure {
        id: format!("tornado-{}", shown.name.replace('_', "-")),
        title: format!("What moves it most: {}", shown.title),
        says,
        note: String::new(),
        x: axis(shown),
        panels: vec![Panel::new("", Unit::Rows, lines)],
    }
}

fn indices(shown: &Shown, parameters: &[Value]) -> Figure {
    let part = |it: &Value, key: &str, end: &str| 100.0 * it[key][end].as_f64().unwrap_or(f64::NAN);
    let line = |word: &str, key: &str, ink| {
        let row = |it: &Value| it["parameter"].as_str().unwrap_or("").to_owned();
        let all = |end: &str| parameters.iter().map(|it| part(it, key, end)).collect();
        let word_of = |it: &Value| {
            let [value, low, high] = ["value", "low", "high"].map(|end| part(it, key, end));
            format!("{} {word}: {value:.1} % ({low:.1} to {high:.1})", row(it))
        };
        Line {
            words: parameters.iter().map(word_of).collect(),
            low: Numbers(all("low")),
            high: Numbers(all("high")),
            ..Line::new(
                word,
                Style::Points,
                ink,
                Places::Rows(parameters.iter().map(row).collect()),
                all("value"),
            )
        }
    };
    let first = parameters.first().and_then(|it| it["parameter"].as_str());
    let says = match first {
        Some(first) => format!(
            "{first} moves it most: {:.0} % of its variance with all it does together with others.",
            part(&parameters[0], "total", "value")
        ),
        None => String::new(),
    };
    let lines = vec![
        line("by itself", "first_order", Ink::Nth(0)),
        line("in total", "total", Ink::Nth(1)),
    ];
    Figure {
        id: format!("indices-{}", shown.name.replace('_', "-")),
        title: format!("Shares of the variance: {}", shown.title),
        says,
        note: String::new(),
        x: Axis::Number {
            title: "percent of the variance".to_owned(),
            unit: Unit::Percent,
        },
        panels: vec![Panel::new("", Unit::Rows, lines)],
    }
}
