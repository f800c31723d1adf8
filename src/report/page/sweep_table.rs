//! The tables of a sweep: all cells, and how much choices are regretted.

use serde_json::Value;

use super::html::{Cell, Html, TableHtml};
use super::sweep::{COST, Shown, SweepData, name};
use crate::report::axis::Unit;
use crate::report::interval::unit_of_measure;

/// The cells, a row each.
pub fn table(data: &SweepData<'_>, html: &mut Html) {
    let shown = data.shown();
    let parameters: Vec<&str> = data.cells["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut columns: Vec<(String, bool)> = vec![("Cell".to_owned(), true)];
    columns.extend(parameters.iter().map(|name| ((*name).to_owned(), true)));
    columns.push(("Objectives".to_owned(), false));
    columns.extend(shown.iter().map(|it| (it.head.clone(), true)));
    columns.push(("To baseline".to_owned(), true));
    let more = [
        "failed_percent",
        "response_p99_s",
        "interruptions",
        "tasks_mean",
    ];
    columns.extend(["Failed", "p99", "Interruptions", "Tasks"].map(|it| (it.to_owned(), true)));
    columns.push(("Runs".to_owned(), true));
    let row = |cell: &Value| row(data, cell, &parameters, &shown, &more);
    for (index, objective) in data.plan.objectives.iter().enumerate() {
        let line = format!("[{}] {}", index + 1, objective.text);
        html.line("p", "note", &line);
    }
    html.table(&TableHtml {
        caption: "Cells; a head sorts by its column",
        columns,
        rows: data.all().iter().map(row).collect(),
        sorts: true,
    });
}

fn row(
    data: &SweepData<'_>,
    cell: &Value,
    parameters: &[&str],
    shown: &[Shown],
    more: &[&str],
) -> Vec<Cell> {
    let number = cell["cell"].as_f64().unwrap_or(0.0);
    let mut row = vec![Cell::Sorted(format!("{number}"), number)];
    for parameter in parameters {
        let value = cell["parameters"][*parameter].as_str().unwrap_or("–");
        row.push(match value.parse::<f64>() {
            Ok(number) => Cell::Sorted(value.to_owned(), number),
            Err(_) => Cell::Text(value.to_owned()),
        });
    }
    row.push(match data.plan.objectives.is_empty() {
        true => Cell::Verdict("none".to_owned(), None),
        false if cell["keeps_all_objectives"] == true => {
            Cell::Verdict("kept".to_owned(), Some(true))
        }
        false => Cell::Verdict("broken".to_owned(), Some(false)),
    });
    let interval = |found: Option<(f64, f64)>, shown: &Shown| match found {
        Some(found) => Cell::Sorted(shown.show(found), found.0),
        None => Cell::Sorted("–".to_owned(), f64::NEG_INFINITY),
    };
    row.extend(shown.iter().map(|shown| interval(shown.mean(cell), shown)));
    let difference = &cell["measures"][COST]["difference_to_baseline"];
    row.push(interval(shown[0].interval(difference), &shown[0]));
    for name in more {
        let unit = unit_of_measure(name);
        let measure = Shown {
            name: (*name).to_owned(),
            title: String::new(),
            head: String::new(),
            unit,
            scale: 1.0,
        };
        row.push(interval(measure.mean(cell), &measure));
    }
    let runs = cell["runs"].as_f64().unwrap_or(0.0);
    row.push(Cell::Sorted(format!("{runs}"), runs));
    row
}

/// How much a choice is regretted under the assumptions that nobody chooses.
pub fn regret(data: &SweepData<'_>, html: &mut Html) {
    let regret = &data.cells["regret"];
    let row = |choice: &Value| {
        let figure = |key: &str| {
            let value = choice[key]["mean"].as_f64().or(choice[key].as_f64());
            Cell::Sorted(
                value.map_or("–".to_owned(), |it| Unit::Usd.show(it)),
                value.unwrap_or(f64::INFINITY),
            )
        };
        let broken = choice["broken_under"].as_array().map_or(0, Vec::len);
        vec![
            Cell::Name(name(choice).to_owned()),
            figure("mean"),
            figure("p95"),
            figure("largest"),
            Cell::Sorted(format!("{broken}"), broken as f64),
        ]
    };
    let heads = [
        ("Choice", false),
        ("Mean", true),
        ("p95", true),
        ("Largest", true),
        ("Breaks objectives under", true),
    ];
    html.table(&TableHtml {
        caption: "Regret: what a choice costs a month above the best one, over the assumptions",
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows: regret["choices"]
            .as_array()
            .into_iter()
            .flatten()
            .map(row)
            .collect(),
        sorts: true,
    });
}
