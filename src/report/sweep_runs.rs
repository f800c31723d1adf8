//! The table of a sweep's runs: its columns, and the same table as CSV. `runs.parquet` is made of
//! the same columns ([`super::sweep_parquet`]).

use std::io::Write;

use super::results::summary::event_hash;
use crate::experiment::cell::Grid;
use crate::experiment::sweep::{RunRow, SweepRuns};

/// A row a run, read from where the runs are kept: nothing of it is copied.
#[derive(Clone, Copy, Debug)]
pub struct RunsTable<'a> {
    /// The cells.
    pub grid: &'a Grid,
    /// The runs.
    pub runs: &'a SweepRuns,
}

/// A column of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Column {
    /// The cell's index.
    Cell,
    /// The value of a parameter, by its place among them.
    Parameter(usize),
    /// Which replication of its cell.
    Replication,
    /// A measure, by its place among them.
    Measure(usize),
    /// Whether an objective held, by its place among them.
    Held(usize),
    /// Whether the run went to its end.
    Complete,
    /// Events played.
    Events,
    /// The hash of their sequence.
    EventHash,
}

/// What a run has in a column.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Entry<'a> {
    /// Something counted.
    Whole(u64),
    /// A measure, if the run has it.
    Number(Option<f64>),
    /// Yes or no, if there was something to judge.
    Flag(Option<bool>),
    /// A parameter's value as tables show it.
    Label(&'a str),
    /// A name.
    Text(String),
}

impl<'a> RunsTable<'a> {
    /// The columns, from left to right.
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns = vec![Column::Cell];
        columns.extend((0..self.grid.parameters.len()).map(Column::Parameter));
        columns.push(Column::Replication);
        columns.extend((0..self.runs.measures.len()).map(Column::Measure));
        columns.extend((0..objectives(self.grid)).map(Column::Held));
        columns.extend([Column::Complete, Column::Events, Column::EventHash]);
        columns
    }

    /// A column's name.
    pub(super) fn name(&self, column: Column) -> String {
        match column {
            Column::Cell => "cell".to_owned(),
            Column::Parameter(index) => self.grid.parameters[index].clone(),
            Column::Replication => "replication".to_owned(),
            Column::Measure(index) => self.runs.measures[index].name.clone(),
            Column::Held(index) => format!("objective_{}_held", index + 1),
            Column::Complete => "complete".to_owned(),
            Column::Events => "events".to_owned(),
            Column::EventHash => "event_hash".to_owned(),
        }
    }

    /// What a run has in a column.
    pub(super) fn entry(&self, column: Column, row: &RunRow) -> Entry<'a> {
        match column {
            Column::Cell => Entry::Whole(row.cell as u64),
            Column::Parameter(index) => Entry::Label(&self.grid.cells[row.cell].labels[index]),
            Column::Replication => Entry::Whole(row.replication.into()),
            Column::Measure(index) => Entry::Number(row.values[index]),
            Column::Held(index) => Entry::Flag(row.held.get(index).copied().flatten()),
            Column::Complete => Entry::Flag(Some(row.is_complete())),
            Column::Events => Entry::Whole(row.events),
            Column::EventHash => Entry::Text(event_hash(row.event_hash)),
        }
    }

    /// The heading and the rows as CSV has them.
    pub(super) fn records(&self) -> impl Iterator<Item = Vec<String>> {
        let columns = self.columns();
        let heading = columns.iter().map(|column| self.name(*column)).collect();
        let rows = self.runs.rows.iter().map(move |row| {
            let entries = columns.iter().map(|column| self.entry(*column, row));
            entries.map(|entry| entry.text()).collect()
        });
        std::iter::once(heading).chain(rows)
    }

    /// Writes the table as CSV, row by row.
    ///
    /// # Errors
    /// If `out` takes no more.
    pub fn write_csv(&self, out: &mut dyn Write) -> csv::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        for record in self.records() {
            writer.write_record(record)?;
        }
        Ok(writer.flush()?)
    }
}

impl Entry<'_> {
    /// As CSV has it: a number as the shortest decimal that reads back as the same, nothing where
    /// there is none.
    fn text(&self) -> String {
        match self {
            Entry::Whole(count) => count.to_string(),
            Entry::Number(value) => number(*value),
            Entry::Flag(flag) => flag.map_or_else(String::new, |it| it.to_string()),
            Entry::Label(label) => (*label).to_owned(),
            Entry::Text(text) => text.clone(),
        }
    }
}

/// How many objectives the cell with the most has.
pub(super) fn objectives(grid: &Grid) -> usize {
    let counts = grid.cells.iter().map(|it| it.plan.objectives.len());
    counts.max().unwrap_or(0)
}

/// A number as the shortest decimal that reads back as the same; nothing where there is none.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
