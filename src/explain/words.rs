//! Words that several explanations share: instants, lengths, counts.

use jiff::SignedDuration;
use jiff::tz::AmbiguousOffset;

use crate::engine::{SimDuration, SimTime};
use crate::scenario::plan::Plan;

/// Decimals that a number gets at most that is nearly whole.
const DECIMALS_MAX: usize = 9;

/// Tells simulated instants as clocks in the run's time zone show them.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'p> {
    plan: &'p Plan,
}

impl<'p> Clock<'p> {
    /// The clock of a plan's run.
    pub fn of(plan: &'p Plan) -> Self {
        Clock { plan }
    }

    /// `2026-03-05 14:05:30`; fractions of a second are cut off.
    /// Where clocks show a time twice, it comes with its offset.
    pub fn show(&self, at: SimTime) -> String {
        let shown = |at: jiff::Zoned| {
            let format = match comes_twice(&at) {
                true => "%F %T%:z",
                false => "%F %T",
            };
            at.strftime(format).to_string()
        };
        self.zoned(at).map_or_else(String::new, shown)
    }

    /// `14:05:30`, or with its date if that is not the day of `beside`.
    pub fn short(&self, at: SimTime, beside: SimTime) -> String {
        let (Some(at), Some(beside)) = (self.zoned(at), self.zoned(beside)) else {
            return String::new();
        };
        let format = match at.date() == beside.date() {
            true => "%T",
            false => "%F %T",
        };
        at.strftime(format).to_string()
    }

    /// The start of a minute counted from the run's start, `14:05`; it may be before the run.
    pub fn minute(&self, minute: i64) -> String {
        let since = SignedDuration::from_mins(minute);
        let at = self.plan.run.start.checked_add(since).ok();
        at.map_or_else(String::new, |at| {
            let zoned = at.to_zoned(self.plan.run.time_zone.clone());
            zoned.strftime("%H:%M").to_string()
        })
    }

    /// The start of the period of this index, of those that long: `14:05`, or `14:05:20` of parts
    /// of a minute.
    pub fn period(&self, index: i64, length: SimDuration) -> String {
        let seconds = length.as_micros() as i64 / 1_000_000 * index;
        if 60_000_000 <= length.as_micros() {
            return self.minute(seconds / 60);
        }
        let since = SignedDuration::from_secs(seconds);
        let at = self.plan.run.start.checked_add(since).ok();
        at.map_or_else(String::new, |at| {
            let zoned = at.to_zoned(self.plan.run.time_zone.clone());
            zoned.strftime("%H:%M:%S").to_string()
        })
    }

    /// The name of the zone.
    pub fn zone(&self) -> &str {
        self.plan.run.time_zone.iana_name().unwrap_or("UTC")
    }

    fn zoned(&self, at: SimTime) -> Option<jiff::Zoned> {
        let at = self.plan.calendar().timestamp(at)?;
        Some(at.to_zoned(self.plan.run.time_zone.clone()))
    }
}

/// Whether clocks of its zone show this local time twice.
fn comes_twice(at: &jiff::Zoned) -> bool {
    let zone = at.time_zone();
    let ambiguous = zone.to_ambiguous_timestamp(at.datetime());
    matches!(ambiguous.offset(), AmbiguousOffset::Fold { .. })
}

/// Since the start: `1d 14h 05m`.
pub(super) fn since_start(at: SimTime) -> String {
    let minutes = at.as_micros() / 60_000_000;
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match days {
        0 => format!("{hours}h {minutes:02}m"),
        _ => format!("{days}d {hours}h {minutes:02}m"),
    }
}

/// A length: `2.5 min`, `28.3 s`, `1.1 h`.
pub(super) fn length(length: SimDuration) -> String {
    let seconds = length.as_secs_f64();
    let (value, unit) = match seconds {
        _ if 172_800.0 <= seconds => (seconds / 86_400.0, "d"),
        _ if 7_200.0 <= seconds => (seconds / 3_600.0, "h"),
        _ if 120.0 <= seconds => (seconds / 60.0, "min"),
        _ if seconds < 1.0 => (seconds * 1_000.0, "ms"),
        _ => (seconds, "s"),
    };
    format!("{} {unit}", number(value))
}

/// A number with at most one decimal.
pub(super) fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A number that is rounded up afterwards: with three decimals, or as many more as show that it is
/// not whole: 4.000016 is not 4.
pub(super) fn short_of_whole(value: f64) -> String {
    let looks_whole = |decimals: usize| {
        let text = format!("{value:.decimals$}");
        text.trim_end_matches('0').ends_with('.')
    };
    let is_whole = (value - value.round()).abs() < 1e-9;
    let decimals = (3..=DECIMALS_MAX).find(|decimals| is_whole || !looks_whole(*decimals));
    format!("{value:.0$}", decimals.unwrap_or(DECIMALS_MAX))
}

/// `1 task`, `2 tasks`.
pub(super) fn tasks(count: u32) -> String {
    counted(count, "task")
}

/// What a count would have been at the decision that is told of, had it not moved it. The next
/// data points are of another run then: they may move it all the same.
pub(super) fn stayed_at(count: u32) -> String {
    format!("it would have stayed at {count} at that moment")
}

/// `1 failed check`, `3 failed checks in a row, one every 10 s,`; a sentence goes on after it.
pub(super) fn failed_checks(count: u32, interval: SimDuration) -> String {
    let checks = counted(count, "failed check");
    match count {
        1 => checks,
        _ => format!("{checks} in a row, one every {},", length(interval)),
    }
}

/// `1 minute`, `2 minutes`.
pub(super) fn counted(count: u32, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {one}{plural}")
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// ` in a and b`; nothing where it is in no zone, as machines of one's own are.
pub(super) fn places(zones: &[String]) -> String {
    match zones.is_empty() {
        true => String::new(),
        false => format!(" in {}", listed(zones)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_is_no_row_of_checks() {
        let every = SimDuration::from_secs(10);
        assert_eq!(failed_checks(1, every), "1 failed check");
        let row = "3 failed checks in a row, one every 10 s,";
        assert_eq!(failed_checks(3, every), row);
    }

    #[test]
    fn what_is_rounded_up_does_not_look_whole_unless_it_is() {
        assert_eq!(short_of_whole(4.0039), "4.004");
        assert_eq!(short_of_whole(4.000_084_8), "4.0001");
        assert_eq!(short_of_whole(3.999_99), "3.99999");
        assert_eq!(short_of_whole(4.0), "4.000");
        assert_eq!(short_of_whole(0.1 + 0.2 + 0.7), "1.000");
    }
}
