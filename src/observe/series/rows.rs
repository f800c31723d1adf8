//! The rows of `metrics.csv`: series of years have hundreds of millions, so a row is three pieces
//! of text that are put together, each made when it changes.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp};

use super::metric::Statistics;
use super::{Metric, MetricRun};
use crate::engine::{SimDuration, SimTime};
use crate::observe::times::iso8601_seconds;

/// Seconds of a day, in UTC.
const DAY_S: i64 = 86_400;
/// `2026-03-05T00:00:00Z`.
const TIMESTAMP_LENGTH: usize = 20;
/// Bytes handed on at a time.
const BLOCK: usize = 1 << 16;

/// What stands in front of a series' values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labels {
    /// CloudWatch's namespace.
    pub namespace: &'static str,
    /// The metric.
    pub metric: Metric,
    /// Its dimensions as `ClusterName=shop;ServiceName=api`.
    pub dimensions: String,
}

/// Takes all series of a run, one after another, each in order of time.
pub trait SeriesSink {
    /// The runs that follow are of this series.
    ///
    /// # Errors
    /// If it can't be written.
    fn series(&mut self, labels: &Labels) -> io::Result<()>;

    /// Periods of the series in hand.
    ///
    /// # Errors
    /// If they can't be written.
    fn run(&mut self, run: &MetricRun) -> io::Result<()>;
}

/// Writes rows.
pub(super) struct RowWriter<W: Write> {
    out: W,
    block: Vec<u8>,
    timestamps: Timestamps,
    period: SimDuration,
    labels: Vec<u8>,
    values: Vec<u8>,
}

impl<W: Write> RowWriter<W> {
    pub(super) fn new(start: Timestamp, period: SimDuration, out: W) -> Self {
        RowWriter {
            out,
            block: Vec::with_capacity(BLOCK + 1_024),
            timestamps: Timestamps::new(start),
            period,
            labels: Vec::new(),
            values: Vec::new(),
        }
    }

    pub(super) fn head(&mut self, columns: &[&str]) {
        self.block.extend_from_slice(columns.join(",").as_bytes());
        self.block.push(b'\n');
    }

    fn set_values(&mut self, statistics: &Statistics) -> io::Result<()> {
        self.values.clear();
        for value in statistics.columns() {
            self.values.push(b',');
            if let Some(value) = value {
                // The stored precision; f32 shows the shortest number that means the same.
                write!(self.values, "{}", value as f32)?;
            }
        }
        self.values.push(b'\n');
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(&self.block)?;
        self.out.flush()
    }
}

impl<W: Write> SeriesSink for RowWriter<W> {
    fn series(&mut self, labels: &Labels) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let metric = labels.metric;
        writer.write_record([
            labels.namespace,
            metric.name(),
            &labels.dimensions,
            metric.unit(),
        ])?;
        let mut line = writer.into_inner().map_err(|error| error.into_error())?;
        line.pop();
        self.labels.clear();
        self.labels.push(b',');
        self.labels.append(&mut line);
        Ok(())
    }

    fn run(&mut self, run: &MetricRun) -> io::Result<()> {
        self.set_values(&run.statistics)?;
        for index in run.first..run.first + run.count {
            let at = SimTime::from_micros(u64::from(index) * self.period.as_micros());
            self.block.extend_from_slice(self.timestamps.at(at));
            self.block.extend_from_slice(&self.labels);
            self.block.extend_from_slice(&self.values);
            if BLOCK <= self.block.len() {
                self.out.write_all(&self.block)?;
                self.block.clear();
            }
        }
        Ok(())
    }
}

/// Timestamps with the day's text kept for its other rows.
struct Timestamps {
    start_us: i128,
    day: Option<i64>,
    text: [u8; TIMESTAMP_LENGTH],
    /// Beyond what a calendar holds; nothing is written then.
    is_beyond: bool,
}

impl Timestamps {
    fn new(start: Timestamp) -> Self {
        Timestamps {
            start_us: start.as_duration().as_micros(),
            day: None,
            text: [0; TIMESTAMP_LENGTH],
            is_beyond: false,
        }
    }

    fn at(&mut self, time: SimTime) -> &[u8] {
        let us = self.start_us + i128::from(time.as_micros());
        let second = us.div_euclid(1_000_000) as i64;
        let (day, of_day) = (second.div_euclid(DAY_S), second.rem_euclid(DAY_S));
        if self.day != Some(day) {
            self.day = Some(day);
            let at = Timestamp::UNIX_EPOCH.checked_add(SignedDuration::from_secs(second));
            let text = at.map_or_else(|_| String::new(), |at| iso8601_seconds(at, SimTime::ZERO));
            self.is_beyond = text.len() != TIMESTAMP_LENGTH;
            if !self.is_beyond {
                self.text.copy_from_slice(text.as_bytes());
            }
        }
        if self.is_beyond {
            return b"";
        }
        for (place, value) in [
            (11, of_day / 3_600),
            (14, of_day / 60 % 60),
            (17, of_day % 60),
        ] {
            self.text[place] = b'0' + (value / 10) as u8;
            self.text[place + 1] = b'0' + (value % 10) as u8;
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The quick way says what the calendar says, in whatever order it is asked.
        #[test]
        fn kept_days_say_what_the_calendar_says(
            start in 0i64..4_000_000_000,
            minutes in prop::collection::vec(0u64..5_000_000, 1..50),
        ) {
            let start = Timestamp::from_second(start).unwrap();
            let mut kept = Timestamps::new(start);
            for minute in minutes {
                let at = SimTime::from_secs(60 * minute);
                let text = String::from_utf8(kept.at(at).to_vec()).unwrap();
                prop_assert_eq!(text, iso8601_seconds(start, at));
            }
        }
    }
}
