//! Units of a trace's columns: what `requests/5min` or `MiB` makes of a bare number.

use std::fmt;

use crate::engine::SimDuration;

/// What one value of a trace counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueUnit {
    /// So many in each stretch of this length: `requests/5min`, `requests/s`.
    Per(SimDuration),
    /// So many in each step of the trace: `requests`.
    PerStep,
}

/// A unit that can't be read, and what was expected.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("`{text}` is no unit here: expected {expected}")]
pub struct UnitError {
    text: String,
    expected: &'static str,
}

/// What a rate may count; the word changes nothing but must be one of these, so that a typo shows.
pub const NOUNS: [&str; 14] = [
    "requests", "request", "messages", "message", "arrivals", "arrival", "jobs", "job", "tasks",
    "task", "calls", "call", "events", "event",
];

const TIME_UNITS: [(&str, u64); 14] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("sec", 1_000_000),
    ("second", 1_000_000),
    ("m", 60_000_000),
    ("min", 60_000_000),
    ("minute", 60_000_000),
    ("h", 3_600_000_000),
    ("hour", 3_600_000_000),
    ("d", 86_400_000_000),
    ("day", 86_400_000_000),
    ("w", 604_800_000_000),
    ("week", 604_800_000_000),
];

impl ValueUnit {
    /// Reads `requests/5min`, `requests/s`, `messages/h`, or `requests` (in each step of the
    /// trace).
    ///
    /// # Errors
    /// If the noun or the length of time is none that is known.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError {
            text: text.to_owned(),
            expected: "`requests/5min`, `requests/s` and the like, or `requests` for so many in \
                       each step of the trace",
        };
        let (noun, length) = match text.split_once('/') {
            Some((noun, length)) => (noun.trim(), Some(length)),
            None => (text.trim(), None),
        };
        if !NOUNS.contains(&noun) {
            return Err(error());
        }
        match length {
            None => Ok(ValueUnit::PerStep),
            Some(length) => parse_time_unit(length)
                .map(ValueUnit::Per)
                .map_err(|_| error()),
        }
    }

    /// The rate per second that `value` is in a trace of this step.
    pub fn per_second(self, value: f64, step: SimDuration) -> f64 {
        match self {
            ValueUnit::Per(length) => value / length.as_secs_f64(),
            ValueUnit::PerStep => value / step.as_secs_f64(),
        }
    }
}

impl fmt::Display for ValueUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueUnit::Per(length) => write!(f, "requests/{length}"),
            ValueUnit::PerStep => f.write_str("requests"),
        }
    }
}

/// Reads the unit of a column of times: `s`, `ms`, `5min`.
///
/// # Errors
/// If it is no length of time, or none at all.
pub fn parse_time_unit(text: &str) -> Result<SimDuration, UnitError> {
    let error = || UnitError {
        text: text.to_owned(),
        expected: "a length of time as `us`, `ms`, `s`, `min`, `h`, `d` or `w`, as in `5min`",
    };
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let count: u64 = if count.is_empty() {
        1
    } else {
        count.parse().map_err(|_| error())?
    };
    let micros = TIME_UNITS
        .iter()
        .find(|(name, _)| *name == unit.trim())
        .and_then(|(_, micros)| micros.checked_mul(count))
        .filter(|micros| 0 < *micros && *micros <= MICROS_MAX)
        .ok_or_else(error)?;
    Ok(SimDuration::from_micros(micros))
}

/// The longest unit: a thousand years in microseconds, so that products of it stay exact.
const MICROS_MAX: u64 = 31_557_600_000_000_000;

/// How many MiB one of a column's unit is: `MiB`, `GiB`, `KiB`, `B`, `MB`, `GB`.
///
/// # Errors
/// If the unit is none of these.
pub fn parse_memory_unit(text: &str) -> Result<f64, UnitError> {
    const MIB: f64 = 1_048_576.0;
    match text.trim() {
        "B" => Ok(1.0 / MIB),
        "KiB" => Ok(1.0 / 1024.0),
        "MiB" => Ok(1.0),
        "GiB" => Ok(1024.0),
        "MB" => Ok(1e6 / MIB),
        "GB" => Ok(1e9 / MIB),
        _ => Err(UnitError {
            text: text.to_owned(),
            expected: "`B`, `KiB`, `MiB`, `GiB`, `MB` or `GB`",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_unit_turns_a_count_into_a_rate_per_second() {
        let step = SimDuration::from_secs(60);
        let rate = |unit: &str, value| ValueUnit::parse(unit).unwrap().per_second(value, step);
        assert_eq!(rate("requests/5min", 600.0), 2.0);
        assert_eq!(rate("requests / s", 7.0), 7.0);
        assert_eq!(rate("messages/h", 3600.0), 1.0);
        assert_eq!(rate("requests", 120.0), 2.0);
    }

    #[test]
    fn an_unknown_unit_says_what_was_expected() {
        assert_eq!(
            ValueUnit::parse("requests/5mni").unwrap_err().to_string(),
            "`requests/5mni` is no unit here: expected `requests/5min`, `requests/s` and the like, \
             or `requests` for so many in each step of the trace"
        );
        for text in [
            "",
            "bytes/s",
            "requests/",
            "requests/0s",
            "requests/99999999999999999999s",
        ] {
            assert!(ValueUnit::parse(text).is_err(), "{text}");
        }
        assert!(parse_memory_unit("mb").is_err());
        assert_eq!(parse_memory_unit("GiB"), Ok(1024.0));
    }
}
