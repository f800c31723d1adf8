//! The run's calendar: what a simulated instant is on a clock on the wall, daylight saving
//! included.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::engine::{SimDuration, SimTime};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// Where the run lies in calendar time, and the time zone its days are counted in.
#[derive(Clone, Debug)]
pub struct RunCalendar {
    start: Timestamp,
    /// The same in microseconds since 1970.
    start_micros: i64,
    zone: TimeZone,
    /// The first offsets from UTC in seconds, each with the microsecond since 1970 from which it
    /// holds: steps of a rate ask for one again and again.
    offsets: Arc<[(i64, i64)]>,
    /// Until when `offsets` has them all.
    offsets_until: i64,
}

/// Changes of the clocks that are looked up in advance: some 30 years of daylight saving.
const CHANGES_KNOWN: usize = 64;

/// 9999-12-30: instants later than this may have no date.
const YEAR_9999_MICROS: i64 = 253_402_128_000_000_000;

/// An instant as local clocks show it: days since 1970-01-01 and seconds of that day.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LocalTime {
    /// Local days since 1970-01-01.
    pub day: i64,
    /// Seconds since local midnight, as the clock shows them.
    pub second_of_day: f64,
}

impl RunCalendar {
    /// The calendar of a run that starts at `start` and counts its days in `zone`.
    pub fn new(start: Timestamp, zone: TimeZone) -> Self {
        let first = (start.as_microsecond(), zone.to_offset(start).seconds());
        let changes = zone.following(start).take(CHANGES_KNOWN);
        let changes = changes.map(|it| (it.timestamp().as_microsecond(), it.offset().seconds()));
        let offsets: Arc<[(i64, i64)]> = std::iter::once(first)
            .chain(changes)
            .map(|(from, offset)| (from, i64::from(offset)))
            .collect();
        let offsets_until = if CHANGES_KNOWN < offsets.len() {
            offsets[CHANGES_KNOWN].0
        } else {
            YEAR_9999_MICROS
        };
        RunCalendar {
            start,
            start_micros: start.as_microsecond(),
            zone,
            offsets,
            offsets_until,
        }
    }

    /// The offset from UTC at an instant that is not before the run, seconds.
    fn offset(&self, timestamp: Timestamp) -> i64 {
        let micros = timestamp.as_microsecond();
        if self.offsets_until <= micros {
            return i64::from(self.zone.to_offset(timestamp).seconds());
        }
        self.known_offset(micros)
    }

    fn known_offset(&self, micros: i64) -> i64 {
        // One by one: a run sees one or two of them.
        let begun = self.offsets.iter().take_while(|it| it.0 <= micros);
        begun.last().or(self.offsets.first()).map_or(0, |it| it.1)
    }

    /// The run's start.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The time zone of the run's days.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The calendar instant of a simulated one; `None` past the year 9999.
    pub fn timestamp(&self, at: SimTime) -> Option<Timestamp> {
        let micros = i64::try_from(at.as_micros()).ok()?;
        Timestamp::from_microsecond(self.start.as_microsecond().checked_add(micros)?).ok()
    }

    /// What local clocks show at a simulated instant; `None` past the year 9999.
    pub fn local(&self, at: SimTime) -> Option<LocalTime> {
        let micros = i64::try_from(at.as_micros()).ok()?;
        let micros = self.start_micros.checked_add(micros)?;
        let offset = if micros < self.offsets_until {
            self.known_offset(micros)
        } else {
            self.offset(self.timestamp(at)?)
        };
        let micros = micros + offset * MICROS_PER_SECOND;
        let day_micros = SECONDS_PER_DAY * MICROS_PER_SECOND;
        Some(LocalTime {
            day: micros.div_euclid(day_micros),
            second_of_day: micros.rem_euclid(day_micros) as f64 / MICROS_PER_SECOND as f64,
        })
    }

    /// The next local midnight after `at`; where the clocks skip midnight, the first instant of the
    /// day.
    pub fn next_midnight(&self, at: SimTime) -> Option<SimTime> {
        let timestamp = self.timestamp(at)?;
        let tomorrow: Date = self.zone.to_datetime(timestamp).date().tomorrow().ok()?;
        let midnight = self.zone.to_timestamp(tomorrow.at(0, 0, 0, 0)).ok()?;
        let after = midnight.as_microsecond() - timestamp.as_microsecond();
        let after = u64::try_from(after).ok().filter(|micros| 0 < *micros)?;
        Some(at.saturating_add(SimDuration::from_micros(after)))
    }
}

impl LocalTime {
    /// The weekday, Monday = 0.
    pub fn weekday_index(self) -> usize {
        // 1970-01-01 was a Thursday, index 3.
        (self.day + 3).rem_euclid(7) as usize
    }
}

/// The weekday of an instant in a zone, for messages.
pub(super) fn weekday(timestamp: Timestamp, zone: &TimeZone) -> &'static str {
    match zone.to_datetime(timestamp).weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(start: &str) -> RunCalendar {
        RunCalendar::new(
            start.parse().unwrap(),
            TimeZone::get("Europe/Berlin").unwrap(),
        )
    }

    #[test]
    fn local_time_follows_the_zone_through_the_change_of_clocks() {
        // 2026-03-29: Berlin's clocks go from 02:00 to 03:00 at 01:00 UTC.
        let calendar = berlin("2026-03-29T00:59:59Z");
        let before = calendar.local(SimTime::ZERO).unwrap();
        let after = calendar.local(SimTime::from_secs(1)).unwrap();
        assert_eq!(before.second_of_day, 7_199.0);
        assert_eq!(after.second_of_day, 10_800.0);
        assert_eq!(before.weekday_index(), 6, "it was a Sunday");
    }

    #[test]
    fn offsets_looked_up_in_advance_are_those_of_the_zone() {
        for zone in ["Europe/Berlin", "America/Sao_Paulo", "Etc/GMT+5"] {
            let zone = TimeZone::get(zone).unwrap();
            let calendar = RunCalendar::new("2015-03-29T00:59:59Z".parse().unwrap(), zone.clone());
            // Forty years, some of them beyond the changes known, and the edges of every one.
            let hours = (0..40 * 366 * 24)
                .step_by(7)
                .map(|hour| hour * 3_600_000_000);
            let edges = calendar
                .offsets
                .iter()
                .flat_map(|(from, _)| [from - 1, *from]);
            let first = calendar.start.as_microsecond();
            for micros in hours.map(|after| first + after).chain(edges.skip(1)) {
                let at = Timestamp::from_microsecond(micros).unwrap();
                let expected = i64::from(zone.to_offset(at).seconds());
                assert_eq!(calendar.offset(at), expected, "{at}");
            }
        }
    }

    #[test]
    fn a_day_without_an_hour_ends_an_hour_early() {
        let calendar = berlin("2026-03-28T23:00:00Z");
        assert_eq!(
            calendar.next_midnight(SimTime::ZERO),
            Some(SimTime::from_secs(23 * 3600))
        );
    }

    #[test]
    fn the_calendar_ends_with_the_year_9999() {
        let calendar = berlin("2026-03-28T23:00:00Z");
        assert_eq!(calendar.local(SimTime::MAX), None);
        assert_eq!(calendar.next_midnight(SimTime::MAX), None);
    }
}
