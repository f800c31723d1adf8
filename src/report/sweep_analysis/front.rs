//! The front of cost against each objective.

use serde_json::{Value, json};

use super::Records;
use super::shown::names;
use crate::experiment::front::{Front, Standing};
use crate::report::sweep_files::SweepResults;

/// Where each cell stands on the front of an objective, if there is one.
pub(in crate::report) fn standings_of<'a>(
    results: &SweepResults<'a>,
    objective: usize,
) -> Option<&'a [Option<Standing>]> {
    let fronts = &results.analysis.fronts;
    let found = fronts.iter().find(|front| front.objective == objective);
    found.map(|front| front.standings.as_slice())
}

/// `fronts.csv`: a row an objective and cell.
pub(super) fn records(results: &SweepResults<'_>) -> Option<Records> {
    let fronts = &results.analysis.fronts;
    let mut heading = vec!["objective".to_owned(), "cell".to_owned()];
    heading.extend(results.grid.parameters.iter().cloned());
    heading.extend(["standing", "dominated_by"].map(str::to_owned));
    let mut records = vec![heading];
    for front in fronts {
        for (cell, standing) in front.standings.iter().enumerate() {
            let Some(standing) = standing else { continue };
            let mut record = vec![(front.objective + 1).to_string(), cell.to_string()];
            record.extend(results.grid.cells[cell].labels.iter().cloned());
            record.push(standing.word().to_owned());
            record.push(match standing {
                Standing::Dominated(by) => by.to_string(),
                Standing::OnFront | Standing::Undecided => String::new(),
            });
            records.push(record);
        }
    }
    (!fronts.is_empty()).then_some(("fronts.csv", records))
}

/// The entry of `cells.json`.
pub(super) fn json(results: &SweepResults<'_>) -> Value {
    let cells = |front: &Front| -> Vec<Value> {
        let standings = front.standings.iter().enumerate();
        let known = standings.filter_map(|(cell, standing)| Some((cell, (*standing)?)));
        let entry = |(cell, standing): (usize, Standing)| {
            let by = match standing {
                Standing::Dominated(by) => Some(by),
                Standing::OnFront | Standing::Undecided => None,
            };
            json!({ "cell": cell, "standing": standing.word(), "dominated_by": by })
        };
        known.map(entry).collect()
    };
    let front = |front: &Front| {
        let objective = &results.plan.objectives.get(front.objective);
        json!({
            "objective": front.objective + 1,
            "text": objective.map(|it| &it.text),
            "cells": cells(front),
        })
    };
    results.analysis.fronts.iter().map(front).collect()
}

/// A sentence an objective. One replication tells of no cell.
pub(super) fn notes(results: &SweepResults<'_>) -> Vec<String> {
    let note = |front: &Front| {
        let named = |wanted: fn(&Standing) -> bool| -> Vec<&str> {
            let standings = front.standings.iter().enumerate();
            let is_it = |standing: &Option<Standing>| standing.as_ref().is_some_and(wanted);
            let cells = standings.filter(|it| is_it(it.1));
            cells
                .map(|it| results.grid.cells[it.0].name.as_str())
                .collect()
        };
        let on_front = named(|it| *it == Standing::OnFront);
        let undecided = named(|it| *it == Standing::Undecided);
        let list = |cells: &[&str]| names(cells.iter().copied());
        let sure = match on_front.as_slice() {
            [] => "none surely".to_owned(),
            cells => list(cells),
        };
        let open = match undecided.as_slice() {
            [] => String::new(),
            cells => format!("; undecided: {}", list(cells)),
        };
        format!(
            "front of cost against [{}] (95 % for all pairs together, Holm): {sure}{open}",
            front.objective + 1
        )
    };
    match results.grid.replications.at_most {
        1 => Vec::new(),
        _ => results.analysis.fronts.iter().map(note).collect(),
    }
}
