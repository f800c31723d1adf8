//! Simulated time as the calendar time of output files.

use jiff::{SignedDuration, Timestamp};

use crate::engine::SimTime;

/// The instant `time` of a run that starts at `start`, ISO 8601 in UTC with microseconds.
pub fn iso8601(start: Timestamp, time: SimTime) -> String {
    calendar(start, time).map_or_else(String::new, |at| format!("{at:.6}"))
}

/// The same without a fraction of a second, for the starts of periods.
pub fn iso8601_seconds(start: Timestamp, time: SimTime) -> String {
    calendar(start, time).map_or_else(String::new, |at| format!("{at:.0}"))
}

/// `None` past the year 9999.
fn calendar(start: Timestamp, time: SimTime) -> Option<Timestamp> {
    let micros = i64::try_from(time.as_micros()).ok()?;
    start.checked_add(SignedDuration::from_micros(micros)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_microseconds_and_periods_have_none() {
        let start = "2026-03-05T00:00:00Z".parse().unwrap();
        let time = SimTime::from_micros(61_000_250);
        assert_eq!(iso8601(start, time), "2026-03-05T00:01:01.000250Z");
        let minute = SimTime::from_secs(60);
        assert_eq!(iso8601_seconds(start, minute), "2026-03-05T00:01:00Z");
    }
}
