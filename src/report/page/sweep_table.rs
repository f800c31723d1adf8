//! The table of a sweep: all cells.

use serde_json::Value;

use super::html::{Cell, Html, TableHtml};
use super::sweep::{COST, Shown, SweepData};
use crate::experiment::scale::ParameterScale;
use crate::report::interval::unit_of_measure;

/// The cells, a row each.
pub fn table(data: &SweepData<'_>, html: &mut Html) {
    let shown = data.shown();
    // `20ms` and `1m` are figures too, and sorted as such.
    let names = &data.labels.parameters;
    let scale = |parameter| ParameterScale::of(&data.labels, parameter);
    let scales: Vec<Option<ParameterScale>> = (0..names.len()).map(scale).collect();
    let mut columns: Vec<(String, bool)> = vec![("Cell".to_owned(), true)];
    let parameters = names.iter().zip(&scales);
    columns.extend(parameters.map(|(name, scale)| (name.clone(), scale.is_some())));
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
    let row = |(index, cell): (usize, &Value)| row(data, (index, cell), &scales, &shown, &more);
    for (index, objective) in data.plan.objectives.iter().enumerate() {
        let line = format!("[{}] {}", index + 1, objective.text);
        html.line("p", "note", &line);
    }
    html.table(&TableHtml {
        caption: "Cells; a head sorts by its column",
        columns,
        rows: data.all().iter().enumerate().map(row).collect(),
        sorts: true,
    });
}

fn row(
    data: &SweepData<'_>,
    (index, cell): (usize, &Value),
    scales: &[Option<ParameterScale>],
    shown: &[Shown],
    more: &[&str],
) -> Vec<Cell> {
    let number = cell["cell"].as_f64().unwrap_or(0.0);
    let mut row = vec![Cell::Sorted(format!("{number}"), number)];
    for (label, scale) in data.labels.cells[index].iter().zip(scales) {
        row.push(match scale {
            Some(scale) => Cell::Sorted(label.clone(), scale.of_cells[index]),
            None => Cell::Text(label.clone()),
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
