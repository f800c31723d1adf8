//! What to do about what is wrong with a trace, where it is no matter of a single cell.

use super::TraceProblem;

impl TraceProblem {
    /// The help for what is no text file, or none that can be read as a table.
    pub(super) fn help_of_kind(&self) -> &'static str {
        match self {
            TraceProblem::Empty | TraceProblem::NoRows | TraceProblem::OneRow => {
                "give it a header and at least two rows, as in\n\
                 timestamp,value\n2026-03-05T00:00:00Z,120\n2026-03-05T00:05:00Z,118"
            }
            TraceProblem::NoSuchDate { .. } | TraceProblem::EmptyCell(_) => {
                "leave the whole row out: a missing step is filled as `gaps` says"
            }
            TraceProblem::WithinPeriod { .. } => {
                "leave `period` out: it is found by the distances, or write the one that was \
                 asked for"
            }
            TraceProblem::NotFound { .. } => {
                "paths of traces are relative to the scenario file that names them"
            }
            TraceProblem::Directory => "name the CSV file in it",
            TraceProblem::OpenQuote => {
                "close it; a quote at the start of a cell goes on to the next one, over the ends \
                 of lines"
            }
            TraceProblem::HeadTooLong => {
                "give it a header row such as `timestamp,value` and lines: this is no CSV file"
            }
            TraceProblem::RowTooLong => "close its quotes; a row is a line of a text file",
            TraceProblem::TooLarge(_) | TraceProblem::TooMany { .. } => {
                "resample the trace to longer steps, or split it"
            }
            TraceProblem::Special => "write what it gives to a file, and name that",
            _ => "save it as UTF-8 (spreadsheets call it \"CSV UTF-8\")",
        }
    }

    /// The help for what only a file of CloudWatch's can have wrong; empty for anything else.
    pub(super) fn help_of_cloudwatch(&self) -> String {
        use TraceProblem as P;
        match self {
            P::BadJson { .. } => "give what `aws cloudwatch get-metric-data` or \
                              `get-metric-statistics` prints with `--output json`"
                .into(),
            P::JsonTooLarge => "ask for fewer metrics, or a longer period".into(),
            P::OnePoint(_) => "ask for a longer time, or say how long a point counts with \
                              `period: 5m`"
                .into(),
            P::NoMetric => "give at least one query to `aws cloudwatch get-metric-data`".into(),
            P::NoPoints(_) => "look at its dimensions and times: CloudWatch has no points of what \
                               it does not know, and none for times without requests"
                .into(),
            P::NotGiven { .. } => "run the command again".into(),
            P::WhichMetric {
                nearest: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            P::WhichMetric { nearest: None, .. } => {
                "name one by its Id or its Label with `metric:`".into()
            }
            P::Lengths { .. } => "run the command again: they always match".into(),
            P::NoStatistic { .. } => {
                "ask for `--statistics Sum`, or name another one with `value:`".into()
            }
            P::NoCount { .. } => "take RequestCount with the statistic Sum".into(),
            _ => String::new(),
        }
    }
}
