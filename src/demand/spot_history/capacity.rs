//! Capacity of Spot pools over time, from a CSV file.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;

use csv::ByteRecord;

use super::pool_words;
use crate::demand::error::{TraceError, TraceProblem};
use crate::demand::table::{Column, Table, TimeColumn, open};
use crate::engine::SimDuration;

const TYPE: [&str; 2] = ["instance_type", "InstanceType"];
const ZONE: [&str; 2] = ["zone", "AvailabilityZone"];
const START: [&str; 2] = ["start_s", "start"];
const LENGTH: [&str; 2] = ["duration_s", "end"];
const AVAILABLE: [&str; 2] = ["available", "nodes_up"];
const TARGET: [&str; 2] = ["target", "target_nodes"];
const MICROS_PER_SECOND: f64 = 1e6;
/// How far a span may begin from the end of the one before: times are rounded to whole units.
const ROUNDING_MICROS: u64 = 1_000;

/// Which file, and which of its rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CapacityOptions {
    /// The file.
    pub path: PathBuf,
    /// Rows count whose cell in this column is this text; all if none.
    pub only: Option<(String, String)>,
}

/// The capacity of pools over time.
#[derive(Clone, PartialEq, Debug)]
pub struct CapacityHistory {
    /// The pools, by type, then zone.
    pub pools: Vec<PoolCapacity>,
}

/// The capacity of one pool: spans without gaps between them.
#[derive(Clone, PartialEq, Debug)]
pub struct PoolCapacity {
    /// The instance type, as the file names it.
    pub instance_type: String,
    /// The zone, as the file names it.
    pub zone: String,
    /// The spans in order.
    pub spans: Vec<CapacitySpan>,
    /// The end of the last, microseconds of the file's time.
    pub end: u64,
}

/// How much a pool had from `start` on until the next span.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CapacitySpan {
    /// Microseconds since the file's first instant.
    pub start: u64,
    /// How many of those asked for were there.
    pub available: f64,
    /// How many were asked for.
    pub target: f64,
}

struct Columns {
    instance_type: Column,
    zone: Column,
    start: Column,
    length: Column,
    available: Column,
    target: Option<Column>,
    only: Option<(Column, String)>,
}

struct Row {
    pool: (String, String),
    span: CapacitySpan,
    end: u64,
}

impl CapacityHistory {
    /// Reads a file.
    ///
    /// # Errors
    /// With the file, the line and the column of what is wrong: a gap, an overlap, a number that is
    /// none.
    pub fn read(options: &CapacityOptions) -> Result<Self, TraceError> {
        Self::from_reader(open(&options.path)?, options)
    }

    /// The same from its bytes.
    ///
    /// # Errors
    /// As [`CapacityHistory::read`].
    pub fn from_reader<R: Read>(input: R, options: &CapacityOptions) -> Result<Self, TraceError> {
        let mut table = Table::new(&options.path, input)?;
        let columns = Columns::of(&table, options)?;
        let mut pools: BTreeMap<(String, String), PoolCapacity> = BTreeMap::new();
        let mut record = ByteRecord::new();
        let mut times = Times::of(&columns);
        while let Some(line) = table.next_row(&mut record)? {
            let fault = |problem| table.error(Some(line), problem);
            let Some(row) = read_row(&columns, &mut times, &record).map_err(fault)? else {
                continue;
            };
            add(&mut pools, row).map_err(fault)?;
        }
        if pools.is_empty() {
            return Err(table.error(None, TraceProblem::NoRows));
        }
        let mut pools: Vec<PoolCapacity> = pools.into_values().collect();
        let first = pools.iter().map(|pool| pool.spans[0].start).min();
        for pool in &mut pools {
            let first = first.unwrap_or(0);
            pool.end -= first;
            pool.spans.iter_mut().for_each(|span| span.start -= first);
        }
        Ok(CapacityHistory { pools })
    }

    /// The pool of a type in a zone.
    pub fn pool(&self, instance_type: &str, zone: &str) -> Option<&PoolCapacity> {
        let is_it = |pool: &&PoolCapacity| pool.instance_type == instance_type && pool.zone == zone;
        self.pools.iter().find(is_it)
    }
}

impl Columns {
    fn of<R: Read>(table: &Table<R>, options: &CapacityOptions) -> Result<Self, TraceError> {
        let start = table.column(&START)?;
        let length = match start.name.as_str() {
            "start" => table.column(&LENGTH[1..])?,
            _ => table.column(&LENGTH[..1])?,
        };
        Ok(Columns {
            instance_type: table.column(&TYPE)?,
            zone: table.column(&ZONE)?,
            start,
            length,
            available: table.column(&AVAILABLE)?,
            target: table.column(&TARGET).ok(),
            only: match &options.only {
                Some((name, text)) => Some((table.column(&[name])?, text.clone())),
                None => None,
            },
        })
    }

    fn is_calendar(&self) -> bool {
        self.start.name == "start"
    }
}

/// How the two columns of times are read.
struct Times {
    start: TimeColumn,
    end: TimeColumn,
    is_calendar: bool,
}

impl Times {
    fn of(columns: &Columns) -> Self {
        let is_calendar = columns.is_calendar();
        let unit = (!is_calendar).then_some(SimDuration::from_secs(1));
        Times {
            start: TimeColumn::new(columns.start.clone(), unit),
            end: TimeColumn::new(columns.length.clone(), unit),
            is_calendar,
        }
    }

    fn read(&mut self, record: &ByteRecord) -> Result<(u64, u64), TraceProblem> {
        let start = u64::try_from(self.start.micros(record)?).unwrap_or(0);
        let length = u64::try_from(self.end.micros(record)?).unwrap_or(0);
        let end = match self.is_calendar {
            true => length,
            false => start + length,
        };
        match start < end {
            true => Ok((start, end)),
            false => Err(TraceProblem::SpotHistory {
                reason: format!("the span lasts {} s", length as f64 / MICROS_PER_SECOND),
                help: "a span ends after it starts",
            }),
        }
    }
}

/// A row; none if it is not one of those asked for.
fn read_row(
    columns: &Columns,
    times: &mut Times,
    record: &ByteRecord,
) -> Result<Option<Row>, TraceProblem> {
    if let Some((column, text)) = &columns.only
        && column.text(record)? != text
    {
        return Ok(None);
    }
    let (start, end) = times.read(record)?;
    let available = columns.available.number(record)?;
    let target = match &columns.target {
        Some(column) => column.number(record)?,
        None => 1.0,
    };
    if target < available {
        let fault = match columns.target {
            Some(_) => "more than the target",
            None => "more than 1, and there is no column `target`",
        };
        return Err(columns.available.out_of_range(record, fault));
    }
    if let Some(column) = columns.target.as_ref().filter(|_| target == 0.0) {
        return Err(column.out_of_range(record, "no number of instances"));
    }
    let pool = (
        columns.instance_type.text(record)?.to_owned(),
        columns.zone.text(record)?.to_owned(),
    );
    let span = CapacitySpan {
        start,
        available,
        target,
    };
    Ok(Some(Row { pool, span, end }))
}

fn add(pools: &mut BTreeMap<(String, String), PoolCapacity>, row: Row) -> Result<(), TraceProblem> {
    let Row { pool, span, end } = row;
    let known = pools.entry(pool.clone()).or_insert_with(|| PoolCapacity {
        instance_type: pool.0.clone(),
        zone: pool.1.clone(),
        spans: Vec::new(),
        end: span.start,
    });
    let name = pool_words(&pool.0, Some(&pool.1));
    let apart = span.start.abs_diff(known.end);
    if ROUNDING_MICROS < apart {
        let seconds = SimDuration::from_micros(apart);
        return Err(match known.end < span.start {
            true => TraceProblem::SpotHistory {
                reason: format!("nothing is known of {name} for {seconds} before this row"),
                help: "add a row for the gap: capacity was there (1) or not (0)",
            },
            false => TraceProblem::SpotHistory {
                reason: format!("this row begins {seconds} before the one above of {name} ends"),
                help: "keep one row for each time of a pool; `only` chooses those of one trace",
            },
        });
    }
    let start = known.end;
    known.end = end.max(start);
    known.spans.push(CapacitySpan { start, ..span });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<CapacityHistory, String> {
        let options = CapacityOptions {
            path: PathBuf::from("spot.csv"),
            only: None,
        };
        CapacityHistory::from_reader(text.as_bytes(), &options).map_err(|wrong| wrong.to_string())
    }

    const SPANS: &str = "trace,zone,instance_type,target_nodes,start_s,duration_s,nodes_up\n\
                         a,us-east-1b,r5.16xlarge,4,0,34,0\n\
                         a,us-east-1b,r5.16xlarge,4,34,1190,4\n\
                         a,us-east-1b,r5.16xlarge,4,1224,442,1\n";

    #[test]
    fn spans_of_a_public_trace_are_read_as_they_are() {
        let history = read(SPANS).unwrap();
        let pool = history.pool("r5.16xlarge", "us-east-1b").unwrap();
        let shown: Vec<(u64, f64)> = pool
            .spans
            .iter()
            .map(|span| (span.start / 1_000_000, span.available / span.target))
            .collect();
        assert_eq!(shown, [(0, 0.0), (34, 1.0), (1_224, 0.25)]);
        assert_eq!(pool.end, 1_666_000_000);
        assert_eq!(history.pool("r5.16xlarge", "us-east-1c"), None);
        let times = "instance_type,zone,start,end,available\n\
                     m5.large,a,2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,1\n\
                     m5.large,a,2026-01-01T01:00:00Z,2026-01-01T03:00:00Z,0\n";
        let pool = read(times).unwrap().pools.remove(0);
        assert_eq!(
            (pool.spans[1].start, pool.end),
            (3_600_000_000, 10_800_000_000)
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_column() {
        let wrong = |from: &str, to: &str| read(&SPANS.replacen(from, to, 1)).unwrap_err();
        assert_eq!(
            wrong("34,1190,4", "40,1190,4"),
            "spot.csv:3: nothing is known of r5.16xlarge in us-east-1b for 6s before this row"
        );
        assert_eq!(
            wrong("1224,442,1", "1000,442,1"),
            "spot.csv:4: this row begins 3m 44s before the one above of r5.16xlarge in \
             us-east-1b ends"
        );
        assert_eq!(
            wrong("34,1190,4", "34,1190,5"),
            "spot.csv:3: 5 in column `nodes_up` is more than the target"
        );
        assert_eq!(
            wrong("34,1190,4", "34,1190,-1"),
            "spot.csv:3: -1 in column `nodes_up` is negative"
        );
        assert_eq!(
            wrong("1224,442,1", "1224,0,1"),
            "spot.csv:4: the span lasts 0 s"
        );
        assert!(wrong("nodes_up", "up").contains("there is no column `available` or `nodes_up`"));
    }
}
