//! How sure the cells of a sweep are: in how many runs their objectives held, and what they come to
//! weighed by probabilities.

use serde_json::Value;

use super::figure::{Axis, Figure, InRow, Ink, Line, Panel, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::sweep::{SweepData, name, short_name, varied};
use super::sweep_figures::axis;
use super::sweep_regret;
use crate::experiment::statistics::{CONFIDENCE, share_at_least};
use crate::report::wording;
use crate::scenario::plan::ObjectivePlan;

/// Cells that a chart names.
pub(super) const ROWS_MAX: usize = 40;

/// Writes the part of the page and adds its figures; nothing where nothing is known of chance.
pub fn write(data: &SweepData<'_>, html: &mut Html, figures: &mut Vec<Figure>) -> bool {
    let mut part = Html::default();
    let mut add = |figure: Option<Figure>, part: &mut Html| {
        if let Some(figure) = figure.filter(|figure| !figure.is_empty()) {
            figure.place(part);
            figures.push(figure);
        }
    };
    add(held(data), &mut part);
    mixtures(data, &mut part);
    add(mixture_costs(data), &mut part);
    add(mixture_odds(data), &mut part);
    sweep_regret::write(data, &mut part);
    add(sweep_regret::figure(data), &mut part);
    let part = part.into_string();
    if part.is_empty() {
        return false;
    }
    html.open_section("odds", "Chance and regret");
    html.raw(&part).close_section();
    true
}

/// The entries of a list; none of what is no list.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn percent_axis(title: &str) -> Axis {
    Axis::Number {
        title: title.to_owned(),
        unit: Unit::Percent,
        log: false,
    }
}

/// A figure of one panel with rows.
pub(super) fn rows_figure(
    id: &str,
    title: String,
    says: String,
    x: Axis,
    lines: Vec<Line>,
) -> Figure {
    Figure {
        id: id.to_owned(),
        title,
        says,
        note: String::new(),
        x,
        panels: vec![Panel::new("", Unit::Rows, lines)],
    }
}

/// The share of runs in which each objective held, with what it is by 95 % at least and at most.
fn held(data: &SweepData<'_>) -> Option<Figure> {
    let judged = |cell: &Value, index: usize| cell["objectives"][index]["judged_runs"].as_f64();
    let most = (0..data.plan.objectives.len())
        .flat_map(|index| {
            data.all()
                .iter()
                .filter_map(move |cell| judged(cell, index))
        })
        .fold(0.0, f64::max);
    if most < 2.0 {
        return None;
    }
    let shown = data.all().iter().take(ROWS_MAX);
    let line = |(index, objective): (usize, &ObjectivePlan)| {
        let in_row = |cell: &Value| {
            let its = &cell["objectives"][index];
            let [held, judged, low, high] = [
                "held_runs",
                "judged_runs",
                "held_share_low",
                "held_share_high",
            ]
            .map(|key| its[key].as_f64().unwrap_or(f64::NAN));
            (0.0 < judged).then(|| InRow {
                row: short_name(data, cell),
                value: [held / judged, low, high].map(|it| 100.0 * it),
                word: format!(
                    "[{}] {}: held in {held} of {judged} runs, {} to {} sure by 95 %",
                    index + 1,
                    name(cell),
                    wording::share(low),
                    wording::share(high)
                ),
            })
        };
        let values = shown.clone().filter_map(in_row).collect();
        let word = format!("[{}] {}", index + 1, objective.text);
        Line::in_rows(word, Style::Points, Ink::Nth(index), values)
    };
    let objectives = data.plan.objectives.iter().enumerate();
    let all = data.all().len();
    let mut figure = rows_figure(
        "held",
        "In how many runs each objective held".to_owned(),
        never_broken(data),
        percent_axis("percent of runs, with bounds that are 95 % sure"),
        objectives.map(line).collect(),
    );
    figure.panels[0].title = varied(data).join(" · ");
    if ROWS_MAX < all {
        figure.note = format!("The first {ROWS_MAX} of {all} cells; the table has all.");
    }
    Some(figure)
}

/// What it means that something held in all of so many runs.
pub fn never_broken(data: &SweepData<'_>) -> String {
    let objectives = data.all().iter().flat_map(|cell| list(&cell["objectives"]));
    let held = objectives.filter(|it| it["held_runs"] == it["judged_runs"]);
    let runs = held.filter_map(|it| it["judged_runs"].as_u64());
    let Some(runs) = runs.filter(|runs| 0 < *runs).min() else {
        return "No objective held in all runs of a cell.".to_owned();
    };
    let most = 1.0 - share_at_least(runs as usize, runs as usize, CONFIDENCE);
    format!(
        "What held in all of {runs} runs may still break in up to {} of runs.",
        wording::share(most)
    )
}

/// The labels of a mixture or a choice in one text.
pub(super) fn labelled(entry: &Value) -> String {
    let labels = list(&entry["labels"]).iter().filter_map(Value::as_str);
    match labels.collect::<Vec<_>>().join(" · ") {
        text if text.is_empty() => "all cells".to_owned(),
        text => text,
    }
}

/// The cells weighed by probability, a row a combination of what has none.
fn mixtures(data: &SweepData<'_>, html: &mut Html) {
    let mixtures = &data.cells["mixtures"];
    let all = list(&mixtures["mixtures"]);
    if all.is_empty() {
        return;
    }
    html.line("h3", "", "Weighed by probability");
    html.line("p", "", &weights(mixtures));
    let names = list(&mixtures["parameters"])
        .iter()
        .filter_map(Value::as_str);
    let mut columns: Vec<(String, bool)> = names.map(|it| (it.to_owned(), true)).collect();
    if columns.is_empty() {
        columns.push(("Of".to_owned(), false));
    }
    let shown = data.shown();
    columns.extend(shown.iter().map(|it| (it.head.clone(), true)));
    let objectives = all
        .iter()
        .map(|it| list(&it["objectives_held"]).len())
        .max();
    let objectives = objectives.unwrap_or(0);
    columns.extend((1..=objectives).map(|it| (format!("[{it}] holds"), true)));
    let row = |mixture: &Value| {
        let labels = list(&mixture["labels"]).iter().filter_map(Value::as_str);
        let mut row: Vec<Cell> = labels.map(|it| Cell::Text(it.to_owned())).collect();
        if row.is_empty() {
            row.push(Cell::Text("all cells".to_owned()));
        }
        row.extend(shown.iter().map(
            |shown| match shown.interval(&mixture["means"][&shown.name]) {
                Some(mean) => Cell::Sorted(shown.show(mean), mean.0),
                None => Cell::Sorted("–".to_owned(), f64::NEG_INFINITY),
            },
        ));
        row.extend(
            (0..objectives).map(|index| match odds(&mixture["objectives_held"][index]) {
                Some([share, low, high]) => {
                    let [held, least, most] = [share, low, high].map(wording::share);
                    Cell::Sorted(format!("{held} ({least} to {most})"), share)
                }
                None => Cell::Sorted("–".to_owned(), f64::NEG_INFINITY),
            }),
        );
        row
    };
    html.table(&TableHtml {
        caption: "Weighed by probability",
        columns,
        rows: all.iter().map(row).collect(),
        sorts: true,
    });
}

/// The share of runs in which an objective holds, with its bounds.
fn odds(held: &Value) -> Option<[f64; 3]> {
    let end = |key: &str| held[key].as_f64();
    Some([end("share")?, end("low")?, end("high")?])
}

/// What the mixtures are weighed by.
fn weights(mixtures: &Value) -> String {
    let of = |entry: &Value| {
        let word = |it: &Value| {
            let share = wording::share(it["probability"].as_f64().unwrap_or(0.0));
            format!("{} {share}", it["value"].as_str().unwrap_or(""))
        };
        let words: Vec<String> = list(&entry["values"]).iter().map(word).collect();
        format!(
            "{}: {}",
            entry["parameter"].as_str().unwrap_or(""),
            words.join(", ")
        )
    };
    let known: Vec<String> = list(&mixtures["probabilities"]).iter().map(of).collect();
    let weighed = list(&mixtures["weighed"]).iter().filter_map(Value::as_str);
    let by = match known.is_empty() {
        true => weighed.collect::<Vec<_>>().join(", "),
        false => known.join("; "),
    };
    format!("By the probabilities of {by}. Shares have bounds that are 95 % sure.")
}

/// A month's cost of each mixture.
fn mixture_costs(data: &SweepData<'_>) -> Option<Figure> {
    let all = list(&data.cells["mixtures"]["mixtures"]);
    let cost = data.shown().into_iter().next()?;
    let in_row = |mixture: &Value| {
        let (mean, half) = cost.interval(&mixture["means"][&cost.name])?;
        let row = labelled(mixture);
        Some(InRow {
            value: [mean, mean - half, mean + half],
            word: format!("{row}: {}", cost.show((mean, half))),
            row,
        })
    };
    let values: Vec<InRow> = all.iter().take(ROWS_MAX).filter_map(in_row).collect();
    if values.len() < 2 {
        return None;
    }
    let by_cost = |a: &&InRow, b: &&InRow| a.value[0].total_cmp(&b.value[0]);
    let says = values.iter().min_by(by_cost).map_or(String::new(), |it| {
        format!("The least is {}, weighed by probability.", it.word)
    });
    let line = Line::in_rows("expected", Style::Points, Ink::Nth(0), values);
    let title = "Cost a month, weighed by probability".to_owned();
    Some(rows_figure(
        "mixture-cost",
        title,
        says,
        axis(&cost),
        vec![line],
    ))
}

/// How probably the objectives hold in each mixture.
fn mixture_odds(data: &SweepData<'_>) -> Option<Figure> {
    let all = list(&data.cells["mixtures"]["mixtures"]);
    let objectives = data.plan.objectives.iter().enumerate();
    let line = |(index, objective): (usize, &ObjectivePlan)| {
        let in_row = |mixture: &Value| {
            let value = odds(&mixture["objectives_held"][index])?;
            let (row, [share, low, high]) = (labelled(mixture), value.map(wording::share));
            Some(InRow {
                word: format!("{row}: [{}] holds in {share} ({low} to {high})", index + 1),
                row,
                value: value.map(|it| 100.0 * it),
            })
        };
        let values = all.iter().take(ROWS_MAX).filter_map(in_row).collect();
        let word = format!("[{}] {}", index + 1, objective.text);
        Line::in_rows(word, Style::Points, Ink::Nth(index), values)
    };
    let lines: Vec<Line> = objectives.map(line).collect();
    let title = "How probably the objectives hold, weighed".to_owned();
    let says = "The share of runs in which each objective holds.".to_owned();
    let axis = percent_axis("percent of runs, with bounds that are 95 % sure");
    (!all.is_empty()).then(|| rows_figure("mixture-odds", title, says, axis, lines))
}
