//! The table of a sweep: all cells.

use serde_json::Value;

use super::html::{Cell, Html, TableHtml};
use super::sweep::{COST, Shown, SweepData};
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
    let objectives = data.plan.objectives.len();
    columns.extend((1..=objectives).map(|it| (format!("[{it}] held in runs"), true)));
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
    row.extend((0..data.plan.objectives.len()).map(|index| {
        let count = |key: &str| cell["objectives"][index][key].as_f64().unwrap_or(0.0);
        let (held, judged) = (count("held_runs"), count("judged_runs"));
        match 0.0 < judged {
            true => Cell::Sorted(format!("{held}/{judged}"), held / judged),
            false => Cell::Sorted("–".to_owned(), f64::NEG_INFINITY),
        }
    }));
    let difference = &cell["measures"][COST]["difference_to_baseline"];
    row.push(interval(shown[0].interval(difference), &shown[0]));
    for name in more {
        let unit = unit_of_measure(name);
        let measure = Shown {
            name: (*name).to_owned(),
            title: String::new(),
            measured: String::new(),
            head: String::new(),
            unit,
            scale: 1.0,
            bound: None,
        };
        row.push(interval(measure.mean(cell), &measure));
    }
    let runs = cell["runs"].as_f64().unwrap_or(0.0);
    row.push(Cell::Sorted(format!("{runs}"), runs));
    row
}
