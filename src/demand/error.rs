//! What can be wrong with a trace: where, why, and what to do about it.

mod help;

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
    /// A pipe, a device, a socket: a trace is read more than once, and has an end.
    #[error("this is a pipe or a device, not a CSV file")]
    Special,
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
    /// A quote that is open where the file ends: what stood behind it would be part of a cell.
    #[error("a quote that opens in this row is never closed")]
    OpenQuote,
    /// A row that does not end.
    #[error("the row that starts here is longer than 1 MiB")]
    RowTooLong,
    /// A header that does not end.
    #[error("its first line has no end within 1 MiB")]
    HeadTooLong,
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
    /// A date that no calendar has.
    #[error("the date {date} in column `{column}` does not exist")]
    NoSuchDate {
        /// The column's name.
        column: String,
        /// The date.
        date: String,
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
    /// Not what CloudWatch prints, or a value in it that can't be one.
    #[error("{reason}")]
    BadJson {
        /// What is wrong.
        reason: String,
        /// The column in the error's line, from 1.
        column: u64,
    },
    /// Larger than a file of CloudWatch's may be.
    #[error("the file is larger than the {max} MiB that one of CloudWatch's may have",
        max = super::cloudwatch::BYTES_MAX >> 20)]
    JsonTooLarge,
    /// A file without any metric.
    #[error("no metric is in it")]
    NoMetric,
    /// A metric with one data point, and no period said.
    #[error("{0} has one data point, which has no step: at least two are needed")]
    OnePoint(String),
    /// A metric that CloudWatch had nothing of.
    #[error("{0} has no data points")]
    NoPoints(String),
    /// A metric that CloudWatch refused to give.
    #[error("{metric} was not given: CloudWatch answered {status}")]
    NotGiven {
        /// Its name.
        metric: String,
        /// CloudWatch's `StatusCode`.
        status: String,
    },
    /// Several metrics and none chosen, or one that is not there.
    #[error("{what}: the file has {metrics}")]
    WhichMetric {
        /// What is the matter.
        what: String,
        /// The ids and labels.
        metrics: String,
        /// The nearest of them.
        nearest: Option<String>,
    },
    /// As many times as values are needed.
    #[error("{metric} has {times} timestamps and {values} values")]
    Lengths {
        /// The metric.
        metric: String,
        /// How many timestamps.
        times: usize,
        /// How many values.
        values: usize,
    },
    /// Points that lack the statistic wanted.
    #[error("the data points of {metric} have {has}, and no {wanted}")]
    NoStatistic {
        /// The metric.
        metric: String,
        /// What they have.
        has: String,
        /// What is wanted.
        wanted: String,
    },
    /// Points of something else than requests.
    #[error("{metric} is in {unit}, requests are counted")]
    NoCount {
        /// The metric.
        metric: String,
        /// CloudWatch's unit.
        unit: String,
    },
    /// Rows closer to each other than the period says.
    #[error("{time} follows within {distance}, less than the period of {period}")]
    WithinPeriod {
        /// The later row.
        time: String,
        /// The distance to the one before.
        distance: String,
        /// The period.
        period: String,
    },
    /// A Spot history that contradicts itself or leaves something open.
    #[error("{reason}")]
    SpotHistory {
        /// What is wrong.
        reason: String,
        /// What to do.
        help: &'static str,
    },
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
            P::NotFound { nearest: None }
            | P::Directory
            | P::Special
            | P::NotUtf8
            | P::OpenQuote
            | P::RowTooLong
            | P::HeadTooLong
            | P::TooLarge(_)
            | P::TooMany { .. }
            | P::Empty
            | P::NoRows
            | P::OneRow
            | P::NoSuchDate { .. }
            | P::EmptyCell(_)
            | P::WithinPeriod { .. } => self.problem.help_of_kind().into(),
            P::Unreadable(_) | P::Option(_) => String::new(),
            P::MissingColumn {
                nearest: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            P::AmbiguousColumn(_) => "rename one of them".into(),
            P::MissingColumn { nearest: None, .. } => {
                "name the columns in the scenario with `time:` and `value:` (arrivals: `work:`)"
                    .into()
            }
            P::FieldCount { found, expected } => match found < expected {
                true => "write a field for each column: is the end of the row missing?".into(),
                false => "quote fields that hold the delimiter".into(),
            },
            P::BadTime { numeric: true, .. } => {
                "`timeUnit` makes this a column of numbers; leave it out for timestamps".into()
            }
            P::BadTime { numeric: false, .. } => {
                "write ISO 8601 as in 2026-03-05T00:05:00Z; numbers need `timeUnit: s`".into()
            }
            P::BadNumber { .. } => {
                "write a plain number with a point as in 1234.5, without unit or thousands".into()
            }
            P::OutOfRange { .. } => "is this the right column?".into(),
            P::Unsorted { .. } => "sort the file by its time column".into(),
            P::Duplicate(_) => "keep one of the rows, or add them up".into(),
            P::Gap { .. } => {
                "fill it in the file, or set `gaps: interpolate`, `hold` or `zero`".into()
            }
            P::EmptyWindow { .. } => {
                "`from` is the first instant taken, `to` the first one not".into()
            }
            P::BadJson { .. }
            | P::JsonTooLarge
            | P::OnePoint(_)
            | P::NoMetric
            | P::NoPoints(_)
            | P::NotGiven { .. }
            | P::WhichMetric { .. }
            | P::Lengths { .. }
            | P::NoStatistic { .. }
            | P::NoCount { .. } => self.problem.help_of_cloudwatch(),
            P::NotCovered { help, .. } => help.clone(),
            P::SpotHistory { help, .. } => (*help).into(),
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
        if let TraceProblem::BadJson { column, .. } = self.problem {
            write!(f, ":{column}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl std::error::Error for TraceError {}
