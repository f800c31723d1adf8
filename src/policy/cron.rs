//! Cron expressions of five fields: minute, hour, day of the month, month, day of the week.
//!
//! Source: EC2 Auto Scaling user guide (ASG-UG), "scheduled scaling": the Unix cron syntax in a
//! time zone. Where a day of the month and a day of the week are both restricted, either will do
//! (crontab(5)). Nothing here knows time zones: the instants of a local time are the caller's.

use jiff::civil::{Date, DateTime, Time, Weekday};

/// How far a search looks: 29 February may be eight years away, where 1900 or 2100 lies between.
const YEARS_MAX: i16 = 9;

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The fields in their order: name, least, most, names of values.
const FIELDS: [(&str, u8, u8, &[&str]); 5] = [
    ("minute", 0, 59, &[]),
    ("hour", 0, 23, &[]),
    ("day of the month", 1, 31, &[]),
    ("month", 1, 12, &MONTHS),
    // 7 is Sunday as well.
    ("day of the week", 0, 7, &WEEKDAYS),
];

/// The values that a field may have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Values {
    /// A bit a value.
    bits: u64,
    /// Whether it was written as `*`, with or without a step: it restricts nothing.
    is_any: bool,
}

impl Values {
    fn has(self, value: u8) -> bool {
        self.bits & (1 << value) != 0
    }
}

/// A cron expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cron {
    minutes: Values,
    hours: Values,
    days: Values,
    months: Values,
    weekdays: Values,
}

/// What is wrong with an expression.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CronError {
    /// It has more or fewer fields.
    #[error("{found} fields, a cron expression here has 5: minute hour day month weekday")]
    Fields {
        /// How many.
        found: usize,
    },
    /// A field cannot be read.
    #[error("the {field} \"{text}\" is none: {least} to {most}, *, lists, ranges, steps")]
    Value {
        /// Which.
        field: &'static str,
        /// As written.
        text: String,
        /// The least value.
        least: u8,
        /// The most.
        most: u8,
    },
    /// No date is like this.
    #[error("no date is ever like this")]
    Never,
}

impl Cron {
    /// Reads `0 9 * * MON-FRI`.
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let found = parts.len();
        let parts: [&str; 5] = parts.try_into().map_err(|_| CronError::Fields { found })?;
        let mut read = [Values::default(); 5];
        for (at, part) in parts.iter().enumerate() {
            read[at] = values(part, at)?;
        }
        let [minutes, hours, days, months, mut weekdays] = read;
        if weekdays.has(7) {
            weekdays.bits = (weekdays.bits | 1) & !(1 << 7);
        }
        let cron = Cron {
            minutes,
            hours,
            days,
            months,
            weekdays,
        };
        // Of any eight years one is a leap year at least: 30 February is on none of them.
        let from = DateTime::constant(2024, 1, 1, 0, 0, 0, 0);
        match cron.next(from) {
            Some(_) => Ok(cron),
            None => Err(CronError::Never),
        }
    }

    /// The first local time at or after `from` that it names, to the minute.
    pub fn next(&self, from: DateTime) -> Option<DateTime> {
        let mut date = from.date();
        let last = from.year().checked_add(YEARS_MAX)?;
        let mut from = ceil_minute(from);
        if from.is_some_and(|at| at.date() != date) {
            date = from?.date();
        }
        while date.year() <= last {
            if self.has_date(date)
                && let Some(time) = self.time_from(from.map_or(Time::MIN, |at| at.time()))
            {
                return Some(DateTime::from_parts(date, time));
            }
            date = date.tomorrow().ok()?;
            from = None;
        }
        None
    }

    fn has_date(&self, date: Date) -> bool {
        let day = self.days.has(date.day() as u8);
        let weekday = self.weekdays.has(number(date.weekday()));
        let is_day = match (self.days.is_any, self.weekdays.is_any) {
            (false, false) => day || weekday,
            _ => day && weekday,
        };
        self.months.has(date.month() as u8) && is_day
    }

    fn time_from(&self, from: Time) -> Option<Time> {
        let (hour, minute) = (from.hour() as u8, from.minute() as u8);
        let minute_from = |least: u8| (least..60).find(|minute| self.minutes.has(*minute));
        let found = (hour..24)
            .filter(|hour| self.hours.has(*hour))
            .find_map(|at| {
                let least = if at == hour { minute } else { 0 };
                Some((at, minute_from(least)?))
            });
        let (hour, minute) = found?;
        Time::new(hour as i8, minute as i8, 0, 0).ok()
    }
}

/// The whole minute at or after an instant; none at the end of all time.
fn ceil_minute(at: DateTime) -> Option<DateTime> {
    let whole = at.date().at(at.hour(), at.minute(), 0, 0);
    match whole == at {
        true => Some(at),
        false => whole.checked_add(jiff::Span::new().minutes(1)).ok(),
    }
}

fn number(day: Weekday) -> u8 {
    day.to_sunday_zero_offset() as u8
}

/// One field: a list of values, ranges and steps.
fn values(text: &str, at: usize) -> Result<Values, CronError> {
    let (field, least, most, names) = FIELDS[at];
    let wrong = || CronError::Value {
        field,
        text: text.to_owned(),
        least,
        most,
    };
    let value = |word: &str| -> Option<u8> {
        let named = names
            .iter()
            .position(|name| name.eq_ignore_ascii_case(word));
        let number = match named {
            Some(position) => position as u8 + least,
            None if word.bytes().all(|byte| byte.is_ascii_digit()) => word.parse().ok()?,
            None => return None,
        };
        (least..=most).contains(&number).then_some(number)
    };
    let mut found = Values::default();
    for item in text.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<u8>().ok().ok_or_else(wrong)?)),
            None => (item, None),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((first, last)) => (
                value(first).ok_or_else(wrong)?,
                value(last).ok_or_else(wrong)?,
            ),
            None => {
                let only = value(range).ok_or_else(wrong)?;
                (only, if step.is_some() { most } else { only })
            }
        };
        let step = step.unwrap_or(1);
        if last < first || step == 0 {
            return Err(wrong());
        }
        found.is_any |= range == "*";
        (first..=last)
            .step_by(usize::from(step))
            .for_each(|value| found.bits |= 1 << value);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(expression: &str, from: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(expression).unwrap();
        let mut at: DateTime = from.parse().unwrap();
        let mut found = Vec::new();
        for _ in 0..count {
            let next = cron.next(at).unwrap();
            found.push(next.strftime("%a %Y-%m-%d %H:%M").to_string());
            at = next.checked_add(jiff::Span::new().minutes(1)).unwrap();
        }
        found
    }

    /// ASG-UG, "scheduled scaling": `30 0 1 1,6,12 *` is 00:30 on the first of January, June and
    /// December; `0 9 * * MON-FRI`-like business hours.
    #[test]
    fn the_user_guide_s_examples_name_its_dates() {
        assert_eq!(
            after("30 0 1 1,6,12 *", "2026-01-01T00:31", 3),
            [
                "Mon 2026-06-01 00:30",
                "Tue 2026-12-01 00:30",
                "Fri 2027-01-01 00:30"
            ]
        );
        assert_eq!(
            after("0 9 * * mon-FRI", "2026-03-06T08:59:30", 3),
            [
                "Fri 2026-03-06 09:00",
                "Mon 2026-03-09 09:00",
                "Tue 2026-03-10 09:00"
            ]
        );
    }

    #[test]
    fn lists_ranges_and_steps_are_those_of_crontab() {
        assert_eq!(
            after("*/20 8-9 * * *", "2026-03-05T08:20:00.5", 4),
            [
                "Thu 2026-03-05 08:40",
                "Thu 2026-03-05 09:00",
                "Thu 2026-03-05 09:20",
                "Thu 2026-03-05 09:40"
            ]
        );
        // Either of two restricted days; Sunday is 0 and 7.
        assert_eq!(
            after("0 0 13 * 5", "2026-03-07T00:00", 2),
            ["Fri 2026-03-13 00:00", "Fri 2026-03-20 00:00"]
        );
        assert_eq!(
            after("0 0 * * 7", "2026-03-05T00:00", 1),
            ["Sun 2026-03-08 00:00"]
        );
        assert_eq!(
            after("0 0 29 2 *", "2026-03-05T00:00", 1),
            ["Tue 2028-02-29 00:00"]
        );
        assert_eq!(
            after("50/5 23 * * *", "2026-12-31T23:56", 1),
            ["Fri 2027-01-01 23:50"]
        );
    }

    #[test]
    fn what_is_no_expression_says_what_it_lacks() {
        let said = |text: &str| Cron::parse(text).unwrap_err().to_string();
        assert!(said("0 9 * *").starts_with("4 fields"));
        assert!(said("0 9 ? * * *").starts_with("6 fields"));
        assert!(said("60 9 * * *").starts_with("the minute \"60\" is none: 0 to 59"));
        assert!(said("0 9 * * MO").contains("day of the week \"MO\""));
        assert!(said("0 9-8 * * *").contains("hour"));
        assert!(said("*/0 * * * *").contains("minute"));
        assert!(said("0 0 0 * *").contains("1 to 31"));
        assert!(said("+5 0 1 * *").contains("minute"));
        assert_eq!(said("0 0 30 2 *"), "no date is ever like this");
    }

    proptest! {
        /// The next time is the first that the fields name: none between is.
        #[test]
        fn the_next_time_is_the_first(minute in 0u8..60, step in 1u8..30, hour in 0u8..24) {
            let cron = Cron::parse(&format!("{minute},*/{step} {hour} * * 1-3")).unwrap();
            let mut at: DateTime = "2026-03-05T00:00".parse().unwrap();
            let next = cron.next(at).unwrap();
            while at < next {
                let is_named = at.hour() as u8 == hour
                    && (at.minute() as u8 == minute || (at.minute() as u8).is_multiple_of(step))
                    && (1..=3).contains(&number(at.weekday()));
                prop_assert!(!is_named, "{}", at);
                at = at.checked_add(jiff::Span::new().minutes(1)).unwrap();
            }
            prop_assert_eq!(cron.next(next), Some(next));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Cron::parse(&text);
        }
    }
}
