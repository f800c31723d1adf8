//! Reads a trace of a rate: times and values of a CSV file, or of what CloudWatch prints
//! (`demand::cloudwatch`), become steps of requests per second.
//!
//! A row's value holds from its time for one step; the step is the trace's most usual distance
//! between rows. Rows that are missing are gaps, counted and filled as [`Gaps`] says. Where the
//! trace lies in the run is [`super::place`]'s question.

mod options;

use std::io::Read;

use csv::ByteRecord;
use jiff::Timestamp;

use super::cloudwatch;
use super::error::{TraceError, TraceProblem};
use super::steps::{fill, usual_step};
use super::table::{Column, Table, TimeColumn, open};
use crate::engine::SimDuration;
pub use options::{Gaps, TraceOptions, is_cloudwatch};

/// A point of a trace's own time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TracePoint {
    /// An instant, for traces of timestamps.
    Instant(Timestamp),
    /// A distance from the trace's zero, for traces with a `timeUnit`.
    Offset(SimDuration),
}

/// A trace as read: steps of constant rate in the trace's own time.
#[derive(Clone, PartialEq, Debug)]
pub struct Trace {
    /// What was found in the file.
    pub facts: TraceFacts,
    /// Start (microseconds of the trace's own time) and rate per second, sorted; each holds until
    /// the next.
    pub(super) steps: Vec<(i64, f64)>,
    /// The end of the last step.
    pub(super) end: i64,
}

/// What a trace's file held, for the result's list of inputs and assumptions.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceFacts {
    /// Rows taken (in the window).
    pub rows: u64,
    /// The period, or the most usual distance between rows.
    pub step: SimDuration,
    /// Gaps, and the steps missing in them.
    pub gaps: u64,
    /// Steps missing in all gaps together.
    pub steps_missing: u64,
    /// Rows that lie off the step's grid, but not by a whole step.
    pub rows_irregular: u64,
    /// The first row.
    pub first: TracePoint,
    /// The end of the last step.
    pub end: TracePoint,
    /// Requests in the whole trace after scaling and filling.
    pub total: f64,
    /// The highest rate of a step, per second.
    pub peak_per_second: f64,
    /// What the reader assumed, a sentence each.
    pub notes: Vec<String>,
}

impl TracePoint {
    pub(super) fn micros(self) -> i64 {
        match self {
            TracePoint::Instant(instant) => instant.as_microsecond(),
            TracePoint::Offset(offset) => i64::try_from(offset.as_micros()).unwrap_or(i64::MAX),
        }
    }

    pub(super) fn from_micros(micros: i64, is_calendar: bool) -> Self {
        match Timestamp::from_microsecond(micros) {
            Ok(instant) if is_calendar => TracePoint::Instant(instant),
            _ => TracePoint::Offset(SimDuration::from_micros(micros.unsigned_abs())),
        }
    }
}

impl std::fmt::Display for TracePoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            TracePoint::Instant(instant) => write!(f, "{instant}"),
            TracePoint::Offset(offset) => write!(f, "{offset}"),
        }
    }
}

impl TraceFacts {
    fn gaps_note(&self, gaps: Gaps) -> Option<String> {
        let filled = match gaps {
            Gaps::Interpolate => "were interpolated",
            Gaps::Hold => "hold the value before them",
            Gaps::Zero => "are without demand",
            Gaps::Error => return None,
        };
        let TraceFacts {
            steps_missing,
            step,
            gaps,
            ..
        } = self;
        let in_gaps = match gaps {
            0 => return None,
            1 => "1 gap".to_owned(),
            _ => format!("{gaps} gaps"),
        };
        let missing = format!("{steps_missing} missing steps of {step}");
        Some(format!("{missing} (in {in_gaps}) {filled}"))
    }
}

impl Trace {
    /// Reads the file that the options name.
    ///
    /// # Errors
    /// With the line and the remedy, if the file is missing, unsorted, or anything else that
    /// [`TraceProblem`] lists.
    pub fn read(options: &TraceOptions) -> Result<Self, TraceError> {
        Trace::from_reader(open(&options.path)?, options)
    }

    /// Reads a trace from `input`; the options' path only names it in messages.
    ///
    /// # Errors
    /// As [`Trace::read`].
    pub fn from_reader(input: impl Read, options: &TraceOptions) -> Result<Self, TraceError> {
        options.check()?;
        let rows = match is_cloudwatch(&options.path) {
            true => cloudwatch::rows(input, options)?,
            false => read_rows(input, options)?,
        };
        let step = step(&rows, options)?;
        let mut facts = rows.facts(step);
        let mut trace = fill(&rows, step, options, &mut facts)?;
        if let Some(length) = options.resample {
            if length <= step {
                let note =
                    format!("resample: {length} changes nothing, the trace's step is {step}");
                facts.notes.push(note);
            } else if !trace.can_resample(length) {
                let what = "steps after it is resampled";
                let problem = TraceProblem::TooMany { what };
                return Err(TraceError::new(&options.path, None, problem));
            } else {
                trace.resample(length);
            }
        }
        facts.notes.extend(facts.gaps_note(options.gaps));
        facts.notes.extend(rows.sparse_note(&facts, options));
        facts.total = trace.integral();
        facts.peak_per_second = trace
            .steps
            .iter()
            .fold(0.0, |peak: f64, step| peak.max(step.1));
        facts.end = TracePoint::from_micros(trace.end, rows.is_calendar);
        trace.facts = facts;
        Ok(trace)
    }
}

/// The trace's step: its period, which no two rows may undercut, or the usual distance.
fn step(rows: &Rows, options: &TraceOptions) -> Result<SimDuration, TraceError> {
    let Some(period) = options.period else {
        return Ok(usual_step(&rows.rows));
    };
    let close = rows.rows.windows(2).find_map(|pair| {
        let distance = SimDuration::from_micros((pair[1].0 - pair[0].0).unsigned_abs());
        (distance < period).then_some((pair[1].0, distance))
    });
    match close {
        None => Ok(period),
        Some((at, distance)) => {
            let problem = TraceProblem::WithinPeriod {
                time: TracePoint::from_micros(at, rows.is_calendar).to_string(),
                distance: distance.to_string(),
                period: period.to_string(),
            };
            Err(TraceError::new(&options.path, None, problem))
        }
    }
}

/// Rows as they stand in the file: times and bare values.
pub(super) struct Rows {
    pub rows: Vec<(i64, f64)>,
    /// The line of each row, where a gap would have to name it.
    pub lines: Vec<u64>,
    pub is_calendar: bool,
    /// Whether a time without a zone was read as UTC.
    pub zoneless: bool,
    /// What else was assumed in reading, a sentence each.
    pub notes: Vec<String>,
}

fn read_rows(input: impl Read, options: &TraceOptions) -> Result<Rows, TraceError> {
    let mut table = Table::new(&options.path, input)?;
    let mut time = match &options.time {
        Some(name) => TimeColumn::new(table.column(&[name])?, options.time_unit),
        None => TimeColumn::new(
            table.usual_column(&["timestamp", "time"])?,
            options.time_unit,
        ),
    };
    let value: Column = match &options.value {
        Some(name) => table.column(&[name])?,
        None => table.usual_column(&["value"])?,
    };
    let from = options.from.map_or(i64::MIN, TracePoint::micros);
    let to = options.to.map_or(i64::MAX, TracePoint::micros);
    let mut rows: Vec<(i64, f64)> = Vec::new();
    let mut lines = Vec::new();
    let mut record = ByteRecord::new();
    let mut span: Option<(i64, i64)> = None;
    while let Some(line) = table.next_row(&mut record)? {
        let at = |problem| table.error(Some(line), problem);
        let micros = time.micros(&record).map_err(at)?;
        let number = value.number(&record).map_err(at)?;
        if let Some((_, previous)) = span {
            check_order(previous, micros, time.is_calendar()).map_err(at)?;
        }
        span = Some((span.map_or(micros, |(first, _)| first), micros));
        if from <= micros && micros < to {
            rows.push((micros, number));
            if options.gaps == Gaps::Error {
                lines.push(line);
            }
        }
    }
    if let Some(problem) = too_few(span, rows.len(), options.period, time.is_calendar()) {
        return Err(table.error(None, problem));
    }
    Ok(Rows {
        rows,
        lines,
        is_calendar: time.is_calendar(),
        zoneless: time.zoneless,
        notes: table.notes(),
    })
}

/// What is wrong with so few rows, if it is: `span` is the file's first and last time, `taken` rows
/// lie in the window.
pub(super) fn too_few(
    span: Option<(i64, i64)>,
    taken: usize,
    period: Option<SimDuration>,
    is_calendar: bool,
) -> Option<TraceProblem> {
    let point = |micros| TracePoint::from_micros(micros, is_calendar).to_string();
    match (span, taken) {
        (None, _) => Some(TraceProblem::NoRows),
        (Some((first, last)), 0) => Some(TraceProblem::EmptyWindow {
            first: point(first),
            last: point(last),
        }),
        (_, 1) if period.is_none() => Some(TraceProblem::OneRow),
        _ => None,
    }
}

fn check_order(previous: i64, micros: i64, is_calendar: bool) -> Result<(), TraceProblem> {
    let point = |micros| TracePoint::from_micros(micros, is_calendar).to_string();
    if micros < previous {
        return Err(TraceProblem::Unsorted {
            time: point(micros),
            previous: point(previous),
        });
    }
    if micros == previous {
        return Err(TraceProblem::Duplicate(point(micros)));
    }
    Ok(())
}

impl Rows {
    /// CloudWatch has no data point where nothing was counted, and none where it has lost it.
    fn sparse_note(&self, facts: &TraceFacts, options: &TraceOptions) -> Option<String> {
        let may_be_zero = is_cloudwatch(&options.path) && 0 < facts.gaps;
        (may_be_zero && options.gaps != Gaps::Zero).then(|| {
            "CloudWatch has no data point for a period without requests: `gaps: zero` reads the \
             missing ones so"
                .to_owned()
        })
    }

    fn facts(&self, step: SimDuration) -> TraceFacts {
        let mut notes = self.notes.clone();
        if self.zoneless {
            notes.push("timestamps without a zone were read as UTC".to_owned());
        }
        let point = |micros| TracePoint::from_micros(micros, self.is_calendar);
        TraceFacts {
            rows: self.rows.len() as u64,
            step,
            gaps: 0,
            steps_missing: 0,
            rows_irregular: 0,
            first: point(self.rows[0].0),
            end: point(self.rows[self.rows.len() - 1].0),
            total: 0.0,
            peak_per_second: 0.0,
            notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::value_unit::ValueUnit;
    use super::*;
    use proptest::prelude::*;

    fn options(unit: &str) -> TraceOptions {
        TraceOptions::new("t.csv", ValueUnit::parse(unit).unwrap())
    }

    fn read(text: &str) -> Result<Trace, TraceError> {
        Trace::from_reader(text.as_bytes(), &options("requests"))
    }

    #[test]
    fn a_spreadsheets_capitals_are_no_other_columns() {
        let rows = "2014-04-10T00:00:00Z,1\n2014-04-10T00:05:00Z,2\n";
        let plain = steps(&format!("timestamp,value\n{rows}"), &options("requests"));
        for header in ["Timestamp,Value", "TIME,VALUE", "Time,value"] {
            let text = format!("{header}\n{rows}");
            assert_eq!(steps(&text, &options("requests")), plain, "{header}");
        }
        // A name that the scenario gives is taken as it is.
        let named = TraceOptions {
            value: Some("value".to_owned()),
            ..options("requests")
        };
        let text = format!("Timestamp,Value\n{rows}");
        let wrong = Trace::from_reader(text.as_bytes(), &named).unwrap_err();
        assert_eq!(wrong.help(), "did you mean `Value`?");
    }

    fn steps(text: &str, options: &TraceOptions) -> Vec<(i64, f64)> {
        let trace = Trace::from_reader(text.as_bytes(), options).unwrap();
        let first = trace.steps[0].0;
        trace
            .steps
            .iter()
            .map(|step| ((step.0 - first) / 1_000_000, step.1))
            .collect()
    }

    /// The message and help of a file with this text.
    fn message(text: &str) -> String {
        let error = read(text).unwrap_err();
        format!("{error}\nhelp: {}", error.help())
    }

    const FIVE: &str = "timestamp,value\n2014-04-10T00:04:00Z,300\n2014-04-10T00:09:00Z,600\n";

    #[test]
    fn values_become_rates_per_second_that_hold_for_one_step() {
        assert_eq!(
            steps(FIVE, &options("requests/5min")),
            [(0, 1.0), (300, 2.0)]
        );
        assert_eq!(steps(FIVE, &options("requests")), [(0, 1.0), (300, 2.0)]);
        assert_eq!(
            steps(FIVE, &options("requests/s")),
            [(0, 300.0), (300, 600.0)]
        );
        let trace = read(FIVE).unwrap();
        assert_eq!(trace.facts.step, SimDuration::from_secs(300));
        assert_eq!(trace.facts.total, 900.0);
        assert_eq!(trace.facts.peak_per_second, 2.0);
        assert_eq!(trace.facts.end.to_string(), "2014-04-10T00:14:00Z");
    }

    #[test]
    fn byte_order_mark_comments_line_ends_and_delimiters_change_nothing() {
        let expected = steps(FIVE, &options("requests"));
        let crlf = format!("\u{feff}# a comment, with, commas\n\n{FIVE}").replace('\n', "\r\n");
        let semicolons = FIVE.replace(',', ";");
        let tabs = FIVE.replace(',', "\t");
        let spaces = FIVE.replace(',', " , ");
        let quoted = FIVE.replace("timestamp,value", "\"timestamp\",\"value\"");
        let no_last_line_end = FIVE.trim_end().to_owned();
        for text in [crlf, semicolons, tabs, spaces, quoted, no_last_line_end] {
            assert_eq!(steps(&text, &options("requests")), expected, "{text:?}");
        }
    }

    #[test]
    fn a_timestamp_without_a_zone_is_utc_and_the_result_says_so() {
        let text = "time,value\n2014-04-10 00:04:00,1\n2014-04-10T02:09:00+02:00,2\n";
        let trace = read(text).unwrap();
        assert_eq!(trace.facts.step, SimDuration::from_secs(300));
        assert_eq!(
            trace.facts.notes,
            ["timestamps without a zone were read as UTC"]
        );
        assert_eq!(read(FIVE).unwrap().facts.notes, [""; 0]);
    }

    #[test]
    fn missing_steps_are_counted_and_filled_as_gaps_says() {
        let text = "time,value\n0,10\n1,10\n4,40\n5,50\n";
        let filled = |gaps| {
            let options = TraceOptions {
                gaps,
                time_unit: Some(SimDuration::from_secs(1)),
                ..options("requests/s")
            };
            steps(text, &options)
        };
        assert_eq!(
            filled(Gaps::Interpolate),
            [
                (0, 10.0),
                (1, 10.0),
                (2, 20.0),
                (3, 30.0),
                (4, 40.0),
                (5, 50.0)
            ]
        );
        assert_eq!(
            filled(Gaps::Hold),
            [(0, 10.0), (1, 10.0), (4, 40.0), (5, 50.0)]
        );
        assert_eq!(
            filled(Gaps::Zero),
            [(0, 10.0), (1, 10.0), (2, 0.0), (4, 40.0), (5, 50.0)]
        );
    }

    #[test]
    fn resampling_keeps_the_number_of_requests() {
        let resample = Some(SimDuration::from_secs(2));
        let time_unit = Some(SimDuration::from_secs(1));
        let options = TraceOptions {
            resample,
            time_unit,
            ..options("requests/s")
        };
        let text = "time,value\n0,10\n1,20\n2,30\n3,50\n4,7\n";
        assert_eq!(steps(text, &options), [(0, 15.0), (2, 40.0), (4, 7.0)]);
    }

    #[test]
    fn a_window_takes_from_and_leaves_to() {
        let point = |text: &str| Some(TracePoint::Instant(text.parse().unwrap()));
        let mut options = options("requests");
        options.path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/scenarios/traces/elb-requests-5min.csv"
        )
        .into();
        options.unit = ValueUnit::parse("requests/5min").unwrap();
        options.scale = 400.0;
        options.from = point("2014-04-17T00:00:00Z");
        options.to = point("2014-04-24T00:00:00Z");
        let trace = Trace::read(&options).unwrap();
        // The week of the design's example: 2,013 rows, 3 steps missing, mean 78/s, peak 875/s.
        assert_eq!((trace.facts.rows, trace.facts.steps_missing), (2_013, 3));
        assert_eq!((trace.facts.total / 604_800.0).round(), 78.0);
        assert_eq!(trace.facts.peak_per_second.round(), 875.0);
        assert_eq!(trace.steps.len(), 2_016);
        assert_eq!(
            trace.facts.notes,
            ["3 missing steps of 5m (in 3 gaps) were interpolated"]
        );
    }

    #[test]
    fn each_fault_is_named_with_its_line_and_a_remedy() {
        let cases = [
            (
                "",
                "t.csv: the file is empty: a header row such as `timestamp,value` was expected",
            ),
            (
                "timestamp,value\n",
                "t.csv: the file has a header but no rows",
            ),
            (
                "timestamp,value\n2014-04-10T00:04:00Z,1\n",
                "t.csv: one row alone has no step: at least two rows are needed",
            ),
            (
                "timestamp,valeu\n2014-04-10T00:04:00Z,1\n",
                "t.csv: there is no column `value` (columns: timestamp, valeu)\n\
                 help: did you mean `valeu`?",
            ),
            (
                "when,value\n",
                "t.csv: there is no column `timestamp` or `time` (columns: when, value)\n\
                 help: name \
                 the columns in the scenario with `time:` and `value:` (arrivals: `work:`)",
            ),
            (
                "Time,time,TIMESTAMP,Timestamp,value\n",
                "t.csv: the file has a header but no rows\n\
                 help: give it a header and at least two rows, as in\n\
                 timestamp,value\n2026-03-05T00:00:00Z,120\n2026-03-05T00:05:00Z,118",
            ),
            (
                "TIMESTAMP,Timestamp,TIMESTAMP,value\n",
                "t.csv: there are two columns `TIMESTAMP`\nhelp: rename one of them",
            ),
            (
                &"\0".repeat(3 << 20),
                "t.csv: its first line has no end within 1 MiB\nhelp: give it a header row such as \
                 `timestamp,value` and lines: this is no CSV file",
            ),
            (
                "time,value,value\n",
                "t.csv: there are two columns `value`\nhelp: rename one of them",
            ),
            (
                "# c\ntime,value\n2014-04-10T00:04:00Z,1\n2014-04-10T00:03:00Z,1\n",
                "t.csv:4: the rows are not sorted by time: 2014-04-10T00:03:00Z comes after \
                 2014-04-10T00:04:00Z\nhelp: sort the file by its time column",
            ),
            (
                "time,value\n2014-04-10T00:04:00Z,1\n2014-04-10T00:04:00Z,1\n",
                "t.csv:3: 2014-04-10T00:04:00Z stands twice: a step has one value\n\
                 help: keep one of \
                 the rows, or add them up",
            ),
            (
                "time,value\n2014-04-10T00:04:00Z,NaN\n",
                "t.csv:2: `NaN` in column `value` is no number\nhelp: write a plain number with a \
                 point as in 1234.5, without unit or thousands",
            ),
            (
                "time,value\n2014-04-10T00:04:00Z,-3\n",
                "t.csv:2: -3 in column `value` is negative",
            ),
            (
                "time,value\n2014-04-10T00:04:00Z,\n",
                "t.csv:2: column `value` is empty in this row\nhelp: leave the whole row out: a \
                 missing step is filled as `gaps` says",
            ),
            (
                "time,value\n17,1\n",
                "t.csv:2: `17` in column `time` is no time\nhelp: write ISO 8601 as in \
                 2026-03-05T00:05:00Z; numbers need `timeUnit: s`",
            ),
            (
                "time,value\n2014-04-10T00:04:00Z,1,2\n",
                "t.csv:2: the row has 3 fields, the header has 2\nhelp: quote fields that hold the \
                 delimiter",
            ),
        ];
        for (text, expected) in cases {
            let message = message(text);
            assert!(
                message.starts_with(expected),
                "got:\n{message}\nexpected:\n{expected}"
            );
        }
    }

    #[test]
    fn a_gap_is_an_error_when_asked_for() {
        let options = TraceOptions {
            gaps: Gaps::Error,
            ..options("requests")
        };
        let text = "time,value\n2014-04-10T00:00Z,1\n2014-04-10T00:05Z,1\n2014-04-10T00:20Z,1\n\
                    2014-04-10T00:25Z,1\n";
        assert_eq!(
            Trace::from_reader(text.as_bytes(), &options)
                .unwrap_err()
                .to_string(),
            "t.csv:4: 2 steps of 5m are missing after 2014-04-10T00:05:00Z"
        );
    }

    #[test]
    fn a_gap_too_long_to_fill_is_refused_before_it_costs_memory() {
        let options = TraceOptions {
            time_unit: Some(SimDuration::from_secs(1)),
            ..options("requests")
        };
        let text = "time,value\n0,1\n1,1\n2,1\n200000000,1\n";
        assert_eq!(
            Trace::from_reader(text.as_bytes(), &options)
                .unwrap_err()
                .to_string(),
            "t.csv: the trace has more than 20000000 steps after its gaps are filled"
        );
    }

    /// Found by fuzzing: a gap that is held costs nothing, until it is cut into steps.
    #[test]
    fn a_gap_of_thousands_of_years_is_not_resampled() {
        let text = "timestamp,value\n2026-03-05T00:00:00Z,1\n2026-03-05T00:05:00Z,1\n\
                    8746-03-05T00:10:00Z,1\n";
        let options = TraceOptions {
            gaps: Gaps::Hold,
            resample: Some(SimDuration::from_secs(600)),
            ..options("requests")
        };
        let said = Trace::from_reader(text.as_bytes(), &options).unwrap_err();
        assert_eq!(
            said.to_string(),
            "t.csv: the trace has more than 20000000 steps after it is resampled"
        );
    }

    #[test]
    fn a_missing_file_names_its_nearest_neighbour() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("traffic.csv"), FIVE).unwrap();
        let read = |name: &str| {
            Trace::read(&TraceOptions {
                path: folder.path().join(name),
                ..options("requests")
            })
            .unwrap_err()
        };
        assert_eq!(read("trafic.csv").help(), "did you mean `traffic.csv`?");
        assert!(
            read("")
                .to_string()
                .ends_with("this is a directory, not a CSV file")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            numeric in any::<bool>(),
        ) {
            let mut options = options("requests");
            options.time_unit = numeric.then(|| SimDuration::from_secs(1));
            let _ = Trace::from_reader(&bytes[..], &options);
            let text = [b"time,value\n", &bytes[..]].concat();
            let _ = Trace::from_reader(&text[..], &options);
        }

        #[test]
        fn no_near_csv_makes_the_reader_panic(
            text in "time,value\n([0-9.eE-]{1,8},[0-9.e]{1,6}\n){0,9}",
        ) {
            let time_unit = Some(SimDuration::from_secs(1));
            let options = TraceOptions { time_unit, ..options("requests") };
            if let Ok(trace) = Trace::from_reader(text.as_bytes(), &options) {
                prop_assert!(trace.steps.windows(2).all(|pair| pair[0].0 < pair[1].0));
                prop_assert!(trace.steps.iter().all(|step| 0.0 <= step.1 && step.1.is_finite()));
            }
        }
    }
}
