//! Rows of work for batch: what a program that calls RunTask was asked to do, and when.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use csv::ByteRecord;

use super::calendar::RunCalendar;
use super::error::{TraceError, TraceProblem};
use super::place::{Align, point_at_start};
use super::table::{Column, Table, TimeColumn, open};
use super::trace::TracePoint;
use crate::engine::{SimDuration, SimTime};
use crate::units::{CpuUnits, MiB};

/// How a trace of arrivals is read and placed, as `world.demand.*.arrivals` says it.
#[derive(Clone, PartialEq, Debug)]
pub struct ArrivalOptions {
    /// The CSV file, resolved against the scenario's folder.
    pub path: PathBuf,
    /// The column of times; `None`: `timestamp`, else `time`.
    pub time: Option<String>,
    /// Times are numbers of this unit from the trace's zero; `None`: ISO 8601 timestamps.
    pub time_unit: Option<SimDuration>,
    /// The column of work times and its unit; `None`: the task definition's own duration.
    pub work: Option<(String, SimDuration)>,
    /// The column of vCPUs a task.
    pub cpu: Option<String>,
    /// The column of memory a task, and how many MiB one of its unit is.
    pub memory: Option<(String, f64)>,
    /// What distances in time are multiplied by, counted from the run's start: 0.5 doubles the
    /// rate.
    pub time_scale: f64,
    /// What work is multiplied by.
    pub work_scale: f64,
    /// Where the trace lies in the run.
    pub align: Align,
}

/// One piece of work that arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arrival {
    /// When.
    pub at: SimTime,
    /// How long its task works; `None`: as its task definition says.
    pub work: Option<SimDuration>,
    /// The CPU it overrides its task's with.
    pub cpu: Option<CpuUnits>,
    /// The memory it overrides its task's with.
    pub memory: Option<MiB>,
}

/// A trace of arrivals with its place in the run; shared, so that replications copy no rows.
#[derive(Clone, PartialEq, Debug)]
pub struct ArrivalTrace {
    /// What was found in the file.
    pub facts: ArrivalFacts,
    pub(super) rows: Arc<[Arrival]>,
}

/// What a trace of arrivals held.
#[derive(Clone, PartialEq, Debug)]
pub struct ArrivalFacts {
    /// Rows in the file.
    pub rows: u64,
    /// Rows before the run's start, left out.
    pub rows_before_start: u64,
    /// The first row.
    pub first: TracePoint,
    /// The last row.
    pub last: TracePoint,
    /// All work of the rows kept, in seconds, after scaling; rows without work count nothing.
    pub work_seconds: f64,
    /// What the reader assumed, a sentence each.
    pub notes: Vec<String>,
}

impl ArrivalOptions {
    /// Options with everything at its default.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        ArrivalOptions {
            path: path.into(),
            time: None,
            time_unit: None,
            work: None,
            cpu: None,
            memory: None,
            time_scale: 1.0,
            work_scale: 1.0,
            align: Align::default(),
        }
    }
}

impl ArrivalTrace {
    /// Reads the file that the options name.
    ///
    /// # Errors
    /// With the line and the remedy, as [`TraceProblem`] lists them.
    pub fn read(options: &ArrivalOptions, calendar: &RunCalendar) -> Result<Self, TraceError> {
        ArrivalTrace::from_reader(open(&options.path)?, options, calendar)
    }

    /// Reads arrivals from `input`; the options' path only names it in messages.
    ///
    /// # Errors
    /// As [`ArrivalTrace::read`].
    pub fn from_reader(
        input: impl Read,
        options: &ArrivalOptions,
        calendar: &RunCalendar,
    ) -> Result<Self, TraceError> {
        check_options(options)?;
        let mut table = Table::new(&options.path, input)?;
        let mut columns = Columns::find(&table, options)?;
        let mut rows: Vec<(i64, Arrival)> = Vec::new();
        let mut record = ByteRecord::new();
        while let Some(line) = table.next_row(&mut record)? {
            let row = columns
                .row(&record)
                .map_err(|problem| table.error(Some(line), problem))?;
            if let Some((previous, _)) = rows.last()
                && row.0 < *previous
            {
                let problem = TraceProblem::Unsorted {
                    time: columns.point(row.0).to_string(),
                    previous: columns.point(*previous).to_string(),
                };
                return Err(table.error(Some(line), problem));
            }
            rows.push(row);
        }
        place(rows, (&columns, table.notes()), options, calendar)
            .map_err(|problem| TraceError::new(&options.path, None, problem))
    }

    /// The arrivals of the run, sorted by time; equal times in the file's order.
    pub fn arrivals(&self) -> &[Arrival] {
        &self.rows
    }
}

fn check_options(options: &ArrivalOptions) -> Result<(), TraceError> {
    let scales = [
        ("timeScale", options.time_scale),
        ("workScale", options.work_scale),
    ];
    for (name, scale) in scales {
        if !(scale.is_finite() && 0.0 < scale) {
            let text = format!("`{name}` must be a number above 0, not {scale}");
            return Err(TraceError::new(
                &options.path,
                None,
                TraceProblem::Option(text),
            ));
        }
    }
    Ok(())
}

/// The columns in use, each with its unit.
struct Columns {
    time: TimeColumn,
    work: Option<(Column, f64)>,
    cpu: Option<Column>,
    memory: Option<(Column, f64)>,
}

impl Columns {
    fn find<R: Read>(table: &Table<R>, options: &ArrivalOptions) -> Result<Self, TraceError> {
        let time = match &options.time {
            Some(name) => table.column(&[name])?,
            None => table.usual_column(&["timestamp", "time"])?,
        };
        let with_unit = |name: &Option<(String, f64)>| -> Result<_, TraceError> {
            name.as_ref()
                .map(|(name, unit)| Ok((table.column(&[name])?, *unit)))
                .transpose()
        };
        let work = options.work.clone();
        let seconds = work.map(|(name, unit)| (name, unit.as_secs_f64() * options.work_scale));
        Ok(Columns {
            time: TimeColumn::new(time, options.time_unit),
            work: with_unit(&seconds)?,
            cpu: options
                .cpu
                .as_ref()
                .map(|name| table.column(&[name]))
                .transpose()?,
            memory: with_unit(&options.memory)?,
        })
    }

    fn row(&mut self, record: &ByteRecord) -> Result<(i64, Arrival), TraceProblem> {
        /// Work of more than a hundred years is a mistake in a unit.
        const WORK_SECONDS_MAX: f64 = 3.2e9;
        let micros = self.time.micros(record)?;
        let bounded = |column: &Column, factor: f64, max: f64| {
            let value = column.number(record)? * factor;
            if max < value {
                Err(column.out_of_range(record, "too large"))
            } else {
                Ok(value)
            }
        };
        let whole = f64::from(u32::MAX);
        let work = match &self.work {
            Some((column, unit)) => Some(SimDuration::from_secs_f64(bounded(
                column,
                *unit,
                WORK_SECONDS_MAX,
            )?)),
            None => None,
        };
        let cpu = match &self.cpu {
            Some(column) => {
                let units = bounded(column, f64::from(CpuUnits::PER_VCPU), whole)?;
                Some(CpuUnits(units.round() as u32))
            }
            None => None,
        };
        let memory = match &self.memory {
            // Rounded up: memory is a limit, and half a MiB too little ends the task.
            Some((column, mib)) => Some(MiB(bounded(column, *mib, whole)?.ceil() as u32)),
            None => None,
        };
        Ok((
            micros,
            Arrival {
                at: SimTime::ZERO,
                work,
                cpu,
                memory,
            },
        ))
    }

    fn point(&self, micros: i64) -> TracePoint {
        TracePoint::from_micros(micros, self.time.is_calendar())
    }
}

fn place(
    rows: Vec<(i64, Arrival)>,
    (columns, mut notes): (&Columns, Vec<String>),
    options: &ArrivalOptions,
    calendar: &RunCalendar,
) -> Result<ArrivalTrace, TraceProblem> {
    /// As for rates: traces of whole days often start some minutes after midnight. ASSUMPTION.
    const EDGE_MICROS_MAX: i64 = 3_600_000_000;
    let (Some(&(first, _)), Some(&(last, _))) = (rows.first(), rows.last()) else {
        return Err(TraceProblem::NoRows);
    };
    // An offset of zero is the run's start even if the first row comes later: the wait is part of
    // the trace.
    let is_calendar = columns.time.is_calendar();
    let at_start = if is_calendar || options.align != Align::Start {
        let run_start = calendar.start().as_microsecond();
        point_at_start(
            options.align,
            is_calendar,
            first,
            EDGE_MICROS_MAX,
            run_start,
        )?
    } else {
        0
    };
    let rows_before_start = rows.partition_point(|(micros, _)| *micros < at_start);
    if rows_before_start == rows.len() {
        return Err(TraceProblem::NotCovered {
            what: "every row lies before the run's start".into(),
            covers: format!("{} to {}", columns.point(first), columns.point(last)),
            help: "`align: start` plays it from the run's start, `align: weekday` on its weekdays"
                .into(),
        });
    }
    if columns.time.zoneless {
        notes.push("timestamps without a zone were read as UTC".to_owned());
    }
    if 0 < rows_before_start {
        notes.push(format!(
            "{rows_before_start} rows lie before the run's start and were left out"
        ));
    }
    let mut work_seconds = 0.0;
    let kept: Arc<[Arrival]> = rows[rows_before_start..]
        .iter()
        .map(|(micros, arrival)| {
            work_seconds += arrival.work.map_or(0.0, SimDuration::as_secs_f64);
            Arrival {
                at: run_time(*micros, at_start, options.time_scale),
                ..*arrival
            }
        })
        .collect();
    let facts = ArrivalFacts {
        rows: rows.len() as u64,
        rows_before_start: rows_before_start as u64,
        first: columns.point(first),
        last: columns.point(last),
        work_seconds,
        notes,
    };
    Ok(ArrivalTrace { facts, rows: kept })
}

fn run_time(micros: i64, at_start: i64, scale: f64) -> SimTime {
    let after = micros.saturating_sub(at_start).unsigned_abs();
    // Without a scale the sum stays in integers: no microsecond is lost in a float.
    if scale == 1.0 {
        return SimTime::from_micros(after);
    }
    SimTime::from_micros((after as f64 * scale).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::source::ArrivalCursor;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    const SECOND: SimDuration = SimDuration::from_secs(1);

    fn options() -> ArrivalOptions {
        let mut options = ArrivalOptions::new("jobs.csv");
        options.time = Some("submit".into());
        options.time_unit = Some(SECOND);
        options.work = Some(("work".into(), SECOND));
        options
    }

    fn read(text: &str, options: &ArrivalOptions) -> Result<ArrivalTrace, TraceError> {
        let calendar = RunCalendar::new("2026-03-05T00:00:00Z".parse().unwrap(), TimeZone::UTC);
        ArrivalTrace::from_reader(text.as_bytes(), options, &calendar)
    }

    #[test]
    fn rows_become_arrivals_with_their_work_and_size() {
        let mut options = options();
        options.cpu = Some("cpu".into());
        options.memory = Some(("memory".into(), 1024.0));
        (options.time_scale, options.work_scale) = (0.5, 2.0);
        let trace = read(
            "submit,work,cpu,memory\n0,30,0.25,0.5\n10,1.5,2,4\n10,0,4,8\n",
            &options,
        );
        let trace = trace.unwrap();
        let arrivals: Vec<Arrival> = ArrivalCursor::of_trace(&trace).collect();
        let arrival = |at_s, work_s, cpu, memory| Arrival {
            at: SimTime::from_secs(at_s),
            work: Some(SimDuration::from_secs(work_s)),
            cpu: Some(CpuUnits(cpu)),
            memory: Some(MiB(memory)),
        };
        let expected = [
            arrival(0, 60, 256, 512),
            arrival(5, 3, 2048, 4096),
            arrival(5, 0, 4096, 8192),
        ];
        assert_eq!(arrivals, expected);
        assert_eq!(trace.facts.work_seconds, 63.0);
    }

    #[test]
    fn the_shipped_week_of_jobs_is_whole() {
        let mut options = options();
        options.path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/scenarios/traces/batch-jobs.csv"
        )
        .into();
        options.time = Some("submit_time_s".into());
        options.work = Some(("duration_s".into(), SECOND));
        let calendar = RunCalendar::new("2026-03-05T00:00:00Z".parse().unwrap(), TimeZone::UTC);
        let trace = ArrivalTrace::read(&options, &calendar).unwrap();
        assert_eq!(trace.arrivals().len(), 6_295);
        assert_eq!(trace.arrivals()[6_294].at, SimTime::from_secs(604_747));
    }

    #[test]
    fn timestamps_align_as_rates_do() {
        let mut options = options();
        options.time_unit = None;
        let text = "submit,work\n2014-04-17T00:04:00Z,1\n2014-04-18T00:00:00Z,1\n";
        let at = |align, options: &ArrivalOptions| -> Vec<u64> {
            let options = ArrivalOptions {
                align,
                ..options.clone()
            };
            let trace = read(text, &options).unwrap();
            trace
                .arrivals()
                .iter()
                .map(|a| a.at.as_micros() / 1_000_000)
                .collect()
        };
        assert_eq!(at(Align::Start, &options), [0, 86_160]);
        assert_eq!(at(Align::Weekday, &options), [240, 86_400]);
        let absolute = ArrivalOptions {
            align: Align::None,
            ..options
        };
        assert_eq!(
            read(text, &absolute).unwrap_err().to_string(),
            "jobs.csv: every row lies before the run's start: the trace covers \
             2014-04-17T00:04:00Z \
             to 2014-04-18T00:00:00Z"
        );
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let message = |text: &str| read(text, &options()).unwrap_err().to_string();
        assert_eq!(
            message("submit,work\n5,1\n4,1\n"),
            "jobs.csv:3: the rows are not sorted by time: 4s comes after 5s"
        );
        assert_eq!(
            message("submit,work\n-1,1\n"),
            "jobs.csv:2: -1 in column `submit` is negative"
        );
        assert_eq!(
            message("submit,work\n1,1e99\n"),
            "jobs.csv:2: 1e99 in column `work` is too large"
        );
        assert_eq!(
            message("submit,duration\n"),
            "jobs.csv: there is no column `work` (columns: submit, duration)"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let calendar = RunCalendar::new("2026-03-05T00:00:00Z".parse().unwrap(), TimeZone::UTC);
            let text = [b"submit,work\n", &bytes[..]].concat();
            let _ = ArrivalTrace::from_reader(&text[..], &options(), &calendar);
        }

        #[test]
        fn scaled_rows_stay_sorted(
            text in "submit,work\n([0-9.]{1,6},[0-9]{1,4}\n){0,9}", scale in 0.001..1e6f64,
        ) {
            let options = ArrivalOptions { time_scale: scale, ..options() };
            if let Ok(trace) = read(&text, &options) {
                prop_assert!(trace.arrivals().windows(2).all(|pair| pair[0].at <= pair[1].at));
            }
        }
    }
}
