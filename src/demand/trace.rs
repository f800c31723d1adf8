//! Reads a trace of a rate: a CSV file of times and values becomes steps of requests per second.
//!
//! A row's value holds from its time for one step; the step is the trace's most usual distance between rows.
//! Rows that are missing are gaps, counted and filled as [`Gaps`] says. Where the trace lies in the run is
//! [`super::place`]'s question.

use std::io::Read;
use std::path::PathBuf;

use csv::ByteRecord;
use jiff::Timestamp;

use super::error::{TraceError, TraceProblem};
use super::place::Align;
use super::table::{Column, ROWS_MAX, Table, TimeColumn, open};
use super::value_unit::ValueUnit;
use crate::engine::SimDuration;

/// How a trace is read and placed, as `world.demand.*.rate.trace` says it.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceOptions {
    /// The CSV file, resolved against the scenario's folder.
    pub path: PathBuf,
    /// The column of times; `None`: `timestamp`, else `time`.
    pub time: Option<String>,
    /// Times are numbers of this unit from the trace's zero; `None`: ISO 8601 timestamps, without zone UTC.
    pub time_unit: Option<SimDuration>,
    /// The column of values; `None`: `value`.
    pub value: Option<String>,
    /// What a value counts.
    pub unit: ValueUnit,
    /// What values are multiplied by.
    pub scale: f64,
    /// Where the trace lies in the run.
    pub align: Align,
    /// Whether the trace starts over when it ends.
    pub repeat: bool,
    /// Longer steps, each with the mean of what it covers.
    pub resample: Option<SimDuration>,
    /// How missing steps are filled.
    pub gaps: Gaps,
    /// The first instant taken.
    pub from: Option<TracePoint>,
    /// The first instant not taken any more.
    pub to: Option<TracePoint>,
}

/// How missing steps of a trace are filled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Gaps {
    /// On the straight line between the neighbours.
    #[default]
    Interpolate,
    /// With the last value before the gap.
    Hold,
    /// With no demand at all.
    Zero,
    /// Not: a gap is an error.
    Error,
}

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
    /// Start (microseconds of the trace's own time) and rate per second, sorted; each holds until the next.
    pub(super) steps: Vec<(i64, f64)>,
    /// The end of the last step.
    pub(super) end: i64,
}

/// What a trace's file held, for the result's list of inputs and assumptions.
#[derive(Clone, PartialEq, Debug)]
pub struct TraceFacts {
    /// Rows taken (in the window).
    pub rows: u64,
    /// The most usual distance between rows.
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

impl TraceOptions {
    /// Options with everything at its default.
    pub fn new(path: impl Into<PathBuf>, unit: ValueUnit) -> Self {
        TraceOptions {
            path: path.into(),
            time: None,
            time_unit: None,
            value: None,
            unit,
            scale: 1.0,
            align: Align::default(),
            repeat: false,
            resample: None,
            gaps: Gaps::default(),
            from: None,
            to: None,
        }
    }
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
        check_options(options)?;
        let rows = read_rows(input, options)?;
        let step = usual_step(&rows.rows);
        let mut facts = rows.facts(step);
        let mut trace = fill(&rows, step, options, &mut facts)?;
        if let Some(length) = options.resample {
            if length <= step {
                let note =
                    format!("resample: {length} changes nothing, the trace's step is {step}");
                facts.notes.push(note);
            } else {
                trace.resample(length);
            }
        }
        facts.total = trace.integral();
        facts.peak_per_second = trace
            .steps
            .iter()
            .fold(0.0, |peak: f64, step| peak.max(step.1));
        facts.end = TracePoint::from_micros(trace.end, rows.is_calendar);
        trace.facts = facts;
        Ok(trace)
    }

    /// Steps with the mean rate of each stretch of this length from the first row on.
    fn resample(&mut self, length: SimDuration) {
        let length = i64::try_from(length.as_micros()).unwrap_or(i64::MAX);
        let mut coarse = Vec::new();
        let mut index = 0;
        let mut start = self.steps[0].0;
        while start < self.end {
            let end = start.saturating_add(length).min(self.end);
            let mut requests = 0.0;
            while index < self.steps.len() {
                let step_end = self.step_end(index);
                let covered = step_end.min(end) - self.steps[index].0.max(start);
                requests += self.steps[index].1 * covered as f64;
                if end < step_end {
                    break;
                }
                index += 1;
            }
            coarse.push((start, requests / (end - start) as f64));
            start = end;
        }
        self.steps = coarse;
    }

    fn step_end(&self, index: usize) -> i64 {
        self.steps.get(index + 1).map_or(self.end, |next| next.0)
    }

    fn integral(&self) -> f64 {
        let requests_micros = |index: usize| {
            self.steps[index].1 * (self.step_end(index) - self.steps[index].0) as f64
        };
        (0..self.steps.len()).map(requests_micros).sum::<f64>() / 1e6
    }
}

fn check_options(options: &TraceOptions) -> Result<(), TraceError> {
    let error = |text: String| {
        Err(TraceError::new(
            &options.path,
            None,
            TraceProblem::Option(text),
        ))
    };
    if !(options.scale.is_finite() && 0.0 <= options.scale) {
        return error(format!(
            "`scale` must be a number from 0, not {}",
            options.scale
        ));
    }
    if options.resample.is_some_and(SimDuration::is_zero) {
        return error("`resample` must be longer than 0s".into());
    }
    for (name, point) in [("from", options.from), ("to", options.to)] {
        match (point, options.time_unit) {
            (Some(TracePoint::Offset(_)), None) => {
                return error(format!(
                    "`{name}` must be a timestamp: the trace has no timeUnit"
                ));
            }
            (Some(TracePoint::Instant(_)), Some(_)) => {
                return error(format!(
                    "`{name}` must be an offset: the trace has a timeUnit"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Rows as they stand in the file: times and bare values.
struct Rows {
    rows: Vec<(i64, f64)>,
    is_calendar: bool,
    zoneless: bool,
}

fn read_rows(input: impl Read, options: &TraceOptions) -> Result<Rows, TraceError> {
    let mut table = Table::new(&options.path, input)?;
    let mut time = match &options.time {
        Some(name) => TimeColumn::new(table.column(&[name])?, options.time_unit),
        None => TimeColumn::new(table.column(&["timestamp", "time"])?, options.time_unit),
    };
    let value: Column = table.column(&[options.value.as_deref().unwrap_or("value")])?;
    let from = options.from.map_or(i64::MIN, TracePoint::micros);
    let to = options.to.map_or(i64::MAX, TracePoint::micros);
    let mut rows: Vec<(i64, f64)> = Vec::new();
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
        }
    }
    let point = |micros| TracePoint::from_micros(micros, time.is_calendar()).to_string();
    let problem = match (span, rows.len()) {
        (None, _) => TraceProblem::NoRows,
        (Some((first, last)), 0) => TraceProblem::EmptyWindow {
            first: point(first),
            last: point(last),
        },
        (_, 1) => TraceProblem::OneRow,
        _ => {
            return Ok(Rows {
                rows,
                is_calendar: time.is_calendar(),
                zoneless: time.zoneless,
            });
        }
    };
    Err(table.error(None, problem))
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

/// The lower median of the distances between rows: the usual one, unless most rows are irregular.
fn usual_step(rows: &[(i64, f64)]) -> SimDuration {
    let mut distances: Vec<i64> = rows.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    let middle = (distances.len() - 1) / 2;
    let (_, median, _) = distances.select_nth_unstable(middle);
    SimDuration::from_micros(median.unsigned_abs())
}

impl Rows {
    fn facts(&self, step: SimDuration) -> TraceFacts {
        let mut notes = Vec::new();
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

/// Steps of rates out of rows of values, gaps filled and counted.
fn fill(
    rows: &Rows,
    step: SimDuration,
    options: &TraceOptions,
    facts: &mut TraceFacts,
) -> Result<Trace, TraceError> {
    let error = |problem| Err(TraceError::new(&options.path, None, problem));
    let step_micros = i64::try_from(step.as_micros()).unwrap_or(i64::MAX);
    let mut steps: Vec<(i64, f64)> = Vec::with_capacity(rows.rows.len());
    for (index, &(start, value)) in rows.rows.iter().enumerate() {
        let rate = options.unit.per_second(value, step) * options.scale;
        if !rate.is_finite() {
            let text = format!("`scale` makes {value} too large a rate");
            return error(TraceProblem::Option(text));
        }
        steps.push((start, rate));
        let Some(&(next, next_value)) = rows.rows.get(index + 1) else {
            break;
        };
        let distance = next - start;
        let missing = (distance + step_micros / 2) / step_micros - 1;
        if distance != (missing + 1) * step_micros {
            facts.rows_irregular += 1;
        }
        if missing < 1 {
            continue;
        }
        facts.gaps += 1;
        facts.steps_missing += missing.unsigned_abs();
        match options.gaps {
            Gaps::Hold => {}
            Gaps::Zero => steps.push((start + step_micros, 0.0)),
            Gaps::Error => {
                return error(TraceProblem::Gap {
                    missing: missing.unsigned_abs(),
                    step: step.to_string(),
                    after: TracePoint::from_micros(start, rows.is_calendar).to_string(),
                });
            }
            Gaps::Interpolate => {
                if ROWS_MAX < steps.len() + usize::try_from(missing).unwrap_or(usize::MAX) {
                    return error(TraceProblem::TooMany {
                        what: "steps after its gaps are filled",
                    });
                }
                let next_rate = options.unit.per_second(next_value, step) * options.scale;
                let slope = (next_rate - rate) / (missing + 1) as f64;
                steps.extend(
                    (1..=missing).map(|k| (start + k * step_micros, rate + slope * k as f64)),
                );
            }
        }
    }
    let end = rows.rows[rows.rows.len() - 1].0 + step_micros;
    Ok(Trace {
        facts: facts.clone(),
        steps,
        end,
    })
}
