//! Calendar values: times of day and instants.

use jiff::{Timestamp, Zoned, civil};

use super::ValueError;
use crate::demand::timestamp::missing_date;
use crate::engine::time::SimDuration;
use crate::scenario::node::quote;

/// A time of day on a clock: `14:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TimeOfDay {
    /// Since midnight as the clock shows it, under 24 h.
    pub since_midnight: SimDuration,
}

/// A time of day: `14:00` or `14:00:30`.
pub fn time_of_day(text: &str) -> Result<TimeOfDay, ValueError> {
    let fail = || {
        let message = format!("{} is no time of day", quote(text));
        ValueError::new(
            message,
            "write hours and minutes between 00:00 and 23:59, like \"14:00\"",
        )
    };
    let parts: Vec<&str> = text.trim().split(':').collect();
    let (hours, minutes, seconds) = match parts.as_slice() {
        [hours, minutes] => (*hours, *minutes, "00"),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return Err(fail()),
    };
    let part = |digits: &str, limit: u64| {
        let two = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        let value = digits
            .parse::<u64>()
            .ok()
            .filter(|value| two && *value < limit);
        value.ok_or_else(fail)
    };
    let since = part(hours, 24)? * 3_600 + part(minutes, 60)? * 60 + part(seconds, 60)?;
    Ok(TimeOfDay {
        since_midnight: SimDuration::from_secs(since),
    })
}

const GAP_HELP: &str = "take a time before or after the change, or write it with its offset";

/// What is wrong with a time that the clocks of its zone left out when they went forward: read on,
/// it would be another time than the one that was written.
fn left_out(zoned: &Zoned, text: &str) -> Option<String> {
    let written = text.split('[').next()?.parse::<civil::DateTime>().ok()?;
    // With an offset of its own the text is an instant, and was checked against its zone.
    let is_other = zoned.datetime() != written && !has_offset(text);
    is_other.then(|| {
        let zone = zoned.time_zone().iana_name().unwrap_or("its zone");
        format!(
            "{} does not exist: clocks of {zone} went forward past it, to {}",
            quote(text),
            zoned.datetime()
        )
    })
}

/// Whether a sign or a `Z` stands behind the time of day.
fn has_offset(text: &str) -> bool {
    let time = text.split('[').next().unwrap_or(text);
    let clock = time.get(10..).unwrap_or("");
    clock.contains(['+', '-', 'Z', 'z'])
}

/// An instant: ISO 8601 with a zone or offset (`2026-03-05T00:00:00Z`, `…+01:00`,
/// `…[Europe/Berlin]`).
pub fn instant(text: &str) -> Result<Timestamp, ValueError> {
    const HELP: &str = "write date, time and zone, like 2026-03-05T00:00:00Z";
    let trimmed = text.trim();
    if let Some(offset) = offset_of_no_clock(trimmed) {
        let message = format!("no clock is {offset} from UTC: offsets go from -12:00 to +14:00");
        return Err(ValueError::new(message, HELP));
    }
    if let Ok(instant) = trimmed.parse::<Timestamp>() {
        return Ok(instant);
    }
    if let Ok(zoned) = trimmed.parse::<Zoned>() {
        return match left_out(&zoned, trimmed) {
            None => Ok(zoned.timestamp()),
            Some(message) => Err(ValueError::new(message, GAP_HELP)),
        };
    }
    if trimmed.parse::<civil::DateTime>().is_ok() {
        let message = format!("{} has no zone, an instant needs one", quote(text));
        return Err(ValueError::new(message, HELP));
    }
    if let Some(date) = missing_date(trimmed) {
        let message = format!("the date {} does not exist", quote(date));
        return Err(ValueError::new(message, HELP));
    }
    if let Some(message) = beyond_calendar(trimmed) {
        return Err(ValueError::new(message, HELP));
    }
    Err(ValueError::new(
        format!("{} is no instant", quote(text)),
        HELP,
    ))
}

/// The offset behind a time of day, if it is beyond that of any clock, those of the past among them
/// (a local mean time was almost 16 h from UTC).
fn offset_of_no_clock(text: &str) -> Option<&str> {
    const HOURS_MAX: u32 = 16;
    let clock = text.find(['T', ' '])? + 1;
    let from = text[clock..].find(['+', '-'])? + clock;
    let end = text[from..].find('[').map_or(text.len(), |at| from + at);
    let hours: u32 = text.get(from + 1..from + 3)?.parse().ok()?;
    (HOURS_MAX <= hours).then_some(text[from..end].trim())
}

/// What is wrong with an instant that is one, and lies outside of the calendar.
fn beyond_calendar(text: &str) -> Option<String> {
    // A zone or an offset moves it by less than a day.
    let clock = text.find(['T', ' '])? + 1;
    let end = text[clock..].find(['Z', 'z', '+', '-', '['])? + clock;
    let written = text[..end].parse::<civil::DateTime>().ok()?;
    let (text, first, last) = (quote(text), Timestamp::MIN, Timestamp::MAX);
    match written.year() {
        9999 => Some(format!(
            "{text} is too late: the calendar ends at {last:.0}"
        )),
        -9999 => Some(format!(
            "{text} is too early: the calendar begins at {first:.0}"
        )),
        _ => None,
    }
}
