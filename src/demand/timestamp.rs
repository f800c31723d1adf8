//! Instants as text, as traces have them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;

/// The microseconds since 1970 of a timestamp, and whether it has no zone and was read as UTC.
pub(super) fn instant(text: &str) -> Option<(i64, bool)> {
    let parser = DateTimeParser::new();
    if let Ok(instant) = parser.parse_timestamp(text) {
        return Some((instant.as_microsecond(), false));
    }
    if text.contains('[') {
        let zoned = parser.parse_zoned(text).ok()?;
        return Some((zoned.timestamp().as_microsecond(), false));
    }
    let instant: Timestamp = TimeZone::UTC
        .to_timestamp(parser.parse_datetime(text).ok()?)
        .ok()?;
    Some((instant.as_microsecond(), true))
}

/// The date that a text begins with, as in `2026-02-30T00:05:00Z`, if no calendar has it.
pub fn missing_date(text: &str) -> Option<&str> {
    const LENGTH: usize = "2026-02-30".len();
    let date = text.get(..LENGTH)?;
    let is_dated = date.bytes().enumerate().all(|(place, byte)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let goes_on = text[LENGTH..].starts_with(|next: char| next.is_ascii_digit());
    (is_dated && !goes_on && date.parse::<Date>().is_err()).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_no_calendar_has_is_told_from_a_text_that_is_no_date() {
        for text in [
            "2026-02-30",
            "2026-02-29T00:00:00Z",
            "2026-13-01 00:00",
            "2026-04-31",
        ] {
            assert_eq!(missing_date(text), Some(&text[..10]), "{text}");
        }
        for text in [
            "2028-02-29T00:00:00Z",
            "2026-02-28",
            "yesterday",
            "17",
            "2026-02-300",
        ] {
            assert_eq!(missing_date(text), None, "{text}");
        }
    }
}
