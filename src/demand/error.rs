//! What can be wrong with a trace: where, why, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// A trace that can't be used: the file, the line where there is one, the reason, the remedy.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceError {
    /// The trace's file, as the scenario names it.
    pub path: PathBuf,
    /// The line in the file, from 1, where the fault shows in one.
    pub line: Option<u64>,
    /// What is wrong.
    pub problem: TraceProblem,
}

/// What is wrong with a trace.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum TraceProblem {
    /// No such file.
    #[error("there is no such file")]
    NotFound {
        /// The file of that folder whose name is nearest.
        nearest: Option<String>,
    },
    /// A folder where a file was expected.
    #[error("this is a directory, not a CSV file")]
    Directory,
    /// The system refuses to read it.
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    /// Not a text in UTF-8.
    #[error("the file is not UTF-8 text")]
    NotUtf8,
    /// Larger than a trace may be.
    #[error("the file has {0} bytes, a trace may have {max}", max = super::table::BYTES_MAX)]
    TooLarge(u64),
    /// No header row.
    #[error("the file is empty: a header row such as `timestamp,value` was expected")]
    Empty,
    /// A header and nothing under it.
    #[error("the file has a header but no rows")]
    NoRows,
    /// Too few rows to know a step.
    #[error("one row alone has no step: at least two rows are needed")]
    OneRow,
    /// A column that the header lacks.
    #[error("there is no column {wanted} (columns: {columns})")]
    MissingColumn {
        /// The names looked for, in backticks.
        wanted: String,
        /// The header's names.
        columns: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// A column named twice.
    #[error("there are two columns `{0}`")]
    AmbiguousColumn(String),
    /// A row of another width than the header.
    #[error("the row has {found} fields, the header has {expected}")]
    FieldCount {
        /// Fields of the row.
        found: u64,
        /// Fields of the header.
        expected: u64,
    },
    /// A time that can't be read.
    #[error("`{text}` in column `{column}` is no time")]
    BadTime {
        /// The column's name.
        column: String,
        /// The cell.
        text: String,
        /// Whether a number was expected (`timeUnit` was given).
        numeric: bool,
    },
    /// A cell without anything in it.
    #[error("column `{0}` is empty in this row")]
    EmptyCell(String),
    /// A cell that is no finite number.
    #[error("`{text}` in column `{column}` is no number")]
    BadNumber {
        /// The column's name.
        column: String,
        /// The cell.
        text: String,
    },
    /// A number below zero where there can be none, or above what fits.
    #[error("{text} in column `{column}` is {fault}")]
    OutOfRange {
        /// The column's name.
        column: String,
        /// The cell.
        text: String,
        /// `negative` or `too large`.
        fault: &'static str,
    },
    /// A row before the one above it.
    #[error("the rows are not sorted by time: {time} comes after {previous}")]
    Unsorted {
        /// This row's time.
        time: String,
        /// The time of the row above.
        previous: String,
    },
    /// Two rows at one instant.
    #[error("{0} stands twice: a step has one value")]
    Duplicate(String),
    /// Steps are missing and `gaps: error` was asked for.
    #[error("{missing} steps of {step} are missing after {after}")]
    Gap {
        /// How many.
        missing: u64,
        /// The trace's step.
        step: String,
        /// The last row before the gap.
        after: String,
    },
    /// More rows, or more filled steps, than a trace may have.
    #[error("the trace has more than {max} {what}", max = super::table::ROWS_MAX)]
    TooMany {
        /// Rows or steps.
        what: &'static str,
    },
    /// The window leaves nothing.
    #[error("no row lies in the window from/to: the trace runs from {first} to {last}")]
    EmptyWindow {
        /// The first row.
        first: String,
        /// The last row.
        last: String,
    },
    /// An option that has no meaning with the others or with this trace.
    #[error("{0}")]
    Option(String),
    /// The run asks for what the trace does not cover.
    #[error("{what}: the trace covers {covers}")]
    NotCovered {
        /// What is asked for.
        what: String,
        /// What is there.
        covers: String,
        /// What to do.
        help: String,
    },
}

impl TraceError {
    pub(super) fn new(path: &Path, line: Option<u64>, problem: TraceProblem) -> Self {
        TraceError {
            path: path.to_owned(),
            line,
            problem,
        }
    }

    /// What the user can do about it; empty where the reason says it all.
    pub fn help(&self) -> String {
        use TraceProblem as P;
        match &self.problem {
            P::NotFound {
                nearest: Some(name),
            } => format!("did you mean `{name}`?"),
            P::NotFound { nearest: None } => {
                "paths of traces are relative to the scenario file that names them".into()
            }
            P::Directory => "name the CSV file in it".into(),
            P::Unreadable(_) | P::Option(_) => String::new(),
            P::NotUtf8 => "save it as UTF-8 (spreadsheets call it \"CSV UTF-8\")".into(),
            P::TooLarge(_) | P::TooMany { .. } => {
                "resample the trace to longer steps, or split it".into()
            }
            P::Empty | P::NoRows | P::OneRow => "give it a header and at least two rows, as in\n\
                 timestamp,value\n2026-03-05T00:00:00Z,120\n2026-03-05T00:05:00Z,118"
                .into(),
            P::MissingColumn {
                nearest: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            P::MissingColumn { nearest: None, .. } => {
                "name the columns in the scenario with `time:` and `value:` (arrivals: `work:`)"
                    .into()
            }
            P::AmbiguousColumn(_) => "rename one of them".into(),
            P::FieldCount { .. } => "quote fields that hold the delimiter".into(),
            P::BadTime { numeric: true, .. } => {
                "`timeUnit` makes this a column of numbers; leave it out for timestamps".into()
            }
            P::BadTime { numeric: false, .. } => {
                "write ISO 8601 as in 2026-03-05T00:05:00Z; numbers need `timeUnit: s`".into()
            }
            P::EmptyCell(_) => {
                "leave the whole row out: a missing step is filled as `gaps` says".into()
            }
            P::BadNumber { .. } => {
                "write a plain number with a point as in 1234.5, without unit or thousands".into()
            }
            P::OutOfRange { .. } => String::new(),
            P::Unsorted { .. } => "sort the file by its time column".into(),
            P::Duplicate(_) => "keep one of the rows, or add them up".into(),
            P::Gap { .. } => {
                "fill it in the file, or set `gaps: interpolate`, `hold` or `zero`".into()
            }
            P::EmptyWindow { .. } => {
                "`from` is the first instant taken, `to` the first one not".into()
            }
            P::NotCovered { help, .. } => help.clone(),
        }
    }
}

impl fmt::Display for TraceError {
    /// `traces/elb.csv:14: the reason`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for TraceError {}
