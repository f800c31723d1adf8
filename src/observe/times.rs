//! Simulated time as the calendar time of output files.

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::engine::SimTime;

/// The instant `time` of a run that starts at `start`, ISO 8601 in UTC with microseconds.
pub fn iso8601(start: Timestamp, time: SimTime) -> String {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let at = start.saturating_add(SignedDuration::from_micros(micros));
    at.map_or_else(|_| String::new(), |at| format!("{at:.6}"))
}

/// The same to the second, for the starts of periods.
pub fn iso8601_seconds(start: Timestamp, time: SimTime) -> String {
    let micros = i64::try_from(time.as_micros()).unwrap_or(i64::MAX);
    let at = start.saturating_add(SignedDuration::from_micros(micros));
    at.map_or_else(|_| String::new(), |at| format!("{at:.0}"))
}
