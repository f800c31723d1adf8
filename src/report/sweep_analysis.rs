//! What a sweep's cells say together, as texts, tables, JSON and charts.

mod front;
mod mixture;
mod regret;
mod sensitivity;
mod sensitivity_charts;
mod shown;

use serde_json::Value;

use super::chart::Chart;
use super::results::WriteError;
use super::results::files::ResultFile;
use super::sweep_files::{SweepResults, table};
use super::table::Colour;

pub(super) use front::standings_of;

/// The rows of a CSV with its heading, under the file's name.
type Records = (&'static str, Vec<Vec<String>>);

/// The tables of what applies to the sweep: `sensitivity.csv`, `fronts.csv`, `regret.csv`,
/// `mixtures.csv`.
///
/// # Errors
/// If a table can't be written, a defect of ours.
pub(super) fn files(results: &SweepResults<'_>) -> Result<Vec<ResultFile>, WriteError> {
    let tables: [Option<Records>; 4] = [
        sensitivity::records(results),
        front::records(results),
        regret::records(results),
        mixture::records(results),
    ];
    let file = |(name, records): Records| Ok(ResultFile::new(name, table(name, records)?));
    tables.into_iter().flatten().map(file).collect()
}

/// Entries of `cells.json`; `null` where one does not apply.
pub(super) fn json(results: &SweepResults<'_>) -> [(&'static str, Value); 4] {
    [
        ("sensitivity", sensitivity::json(results)),
        ("fronts", front::json(results)),
        ("regret", regret::json(results)),
        ("mixtures", mixture::json(results)),
    ]
}

/// What takes the place of the table of cells, where that is not what the sweep is about.
pub(super) fn instead_of_cells(results: &SweepResults<'_>, colour: Colour) -> Option<String> {
    sensitivity::text(results, colour)
}

/// What follows the table of cells.
pub(super) fn below_cells(results: &SweepResults<'_>, colour: Colour) -> Vec<String> {
    let sections = [
        mixture::text(results, colour),
        regret::text(results, colour),
    ];
    sections.into_iter().flatten().collect()
}

/// Sentences among the notes.
pub(super) fn notes(results: &SweepResults<'_>) -> Vec<String> {
    front::notes(results)
}

/// Whether cells differ in assumptions by design: none is an alternative to another.
pub(super) fn is_about_assumptions(results: &SweepResults<'_>) -> bool {
    results.analysis.sensitivity.is_some()
}

/// The charts, each with its name.
pub(super) fn charts(results: &SweepResults<'_>) -> Vec<(String, Box<dyn Chart + Sync>)> {
    sensitivity_charts::charts(results)
}
