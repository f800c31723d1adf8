//! The cron expressions of EventBridge: six fields, of which the days are either of the month or of
//! the week.

use jiff::civil::{Date, DateTime, Time};

use super::field::{FIELDS, SECONDS, Written};
use super::{ScheduleError, Seconds};

/// Years that an expression can name.
const YEARS: (u16, u16) = (1970, 2199);
/// Bits of the years' set.
const YEAR_WORDS: usize = 4;

/// A cron expression as sets of bits: each value of a field is the bit of its number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventBridgeCron {
    pub(super) minutes: u64,
    pub(super) hours: u32,
    pub(super) days: Days,
    /// Bits 1 to 12.
    pub(super) months: u16,
    /// From 1970.
    years: [u64; YEAR_WORDS],
}

/// On which days of a month it runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Days {
    /// Days of the month: bits 1 to 31, and whether the last one.
    OfMonth { bits: u32, last: bool },
    /// `15W`: Monday to Friday nearest the 15th, within the month.
    NearestWeekday(u8),
    /// Days of the week, bit 0 is Sunday; and those of which the last in the month: `6L`.
    OfWeek { bits: u8, last: u8 },
    /// `3#2`: the second Tuesday; the weekday counts from 0, Sunday.
    Nth { weekday: u8, nth: u8 },
}

/// Reads the six fields; `start`: where they begin in the expression.
pub(super) fn parse(
    text: &str,
    start: usize,
    seconds: Seconds,
) -> Result<EventBridgeCron, ScheduleError> {
    let mut fields = Vec::with_capacity(FIELDS.len());
    for part in text.split_whitespace() {
        let at = start + (part.as_ptr() as usize - text.as_ptr() as usize);
        fields.push((part, at));
    }
    let whole = start..start + text.len();
    let found = fields.len();
    if seconds == Seconds::Ignored && found == FIELDS.len() + 1 {
        let (text, start) = fields.remove(0);
        let kind = SECONDS;
        set(Written { kind, text, start })?;
    } else if found != FIELDS.len() {
        let message = match seconds {
            Seconds::Refused => format!("{found} fields, a cron expression of AWS's has six"),
            Seconds::Ignored => format!(
                "{found} fields, a cron expression of AWS's has six, here also seven with seconds \
                 first"
            ),
        };
        return Err(ScheduleError::new(whole, message, fields_help(text, found)));
    }
    let written = |at: usize| Written {
        kind: FIELDS[at],
        text: fields[at].0,
        start: fields[at].1,
    };
    let (minutes, hours, months) = (set(written(0))?, set(written(1))?, set(written(3))?);
    let days = days(written(2), written(4))?;
    let mut years = [0; YEAR_WORDS];
    let field = written(5);
    for item in field.items() {
        field.item(item, |year| {
            let bit = usize::from(year - YEARS.0);
            years[bit / 64] |= 1 << (bit % 64);
        })?;
    }
    let cron = EventBridgeCron {
        minutes,
        hours: hours as u32,
        days,
        months: months as u16,
        years,
    };
    match cron.next(DateTime::constant(YEARS.0 as i16, 1, 1, 0, 0, 0, 0)) {
        Some(_) => Ok(cron),
        None => {
            let message = "no date is ever like this";
            let help = "the month's days and the year leave none over";
            Err(ScheduleError::new(whole, message, help))
        }
    }
}

/// What to write where there are not six fields.
fn fields_help(text: &str, found: usize) -> String {
    let order = "minutes hours day-of-month month day-of-week year";
    let parts: Vec<&str> = text.split_whitespace().collect();
    let legal = |written: String| {
        let is_read = parse(&written, 0, Seconds::Refused).is_ok();
        is_read.then(|| format!("{order}: write cron({written})"))
    };
    let nearest = match parts[..] {
        // Unix: its days of the week count from 0, so that they are not taken over as they are.
        [minutes, hours, "*", month, "*"] => legal(format!("{minutes} {hours} * {month} ? *")),
        [minutes, hours, day, month, "*"] => legal(format!("{minutes} {hours} {day} {month} ? *")),
        [_, minutes, hours, day, month, week, year] => {
            let six = format!("{minutes} {hours} {day} {month} {week} {year}");
            let only =
                "only scheduledActions of Application Auto Scaling take a field of seconds first";
            legal(six).map(|written| format!("{only}; {written}"))
        }
        _ => None,
    };
    nearest.unwrap_or_else(|| match found {
        5 => format!(
            "{order}; one of the two days is ?, Sunday is 1 and not 0, and the year may be *"
        ),
        _ => order.to_owned(),
    })
}

fn set(field: Written<'_>) -> Result<u64, ScheduleError> {
    let mut bits = 0;
    for item in field.items() {
        field.item(item, |value| bits |= 1 << value)?;
    }
    Ok(bits)
}

/// Exactly one of the two fields of days says something, the other is `?` (EB).
fn days(of_month: Written<'_>, of_week: Written<'_>) -> Result<Days, ScheduleError> {
    match (of_month.text, of_week.text) {
        ("?", "?") => Err(ScheduleError::new(
            of_month.start..of_week.start + 1,
            "both days are ?, so that none is named",
            "write * for one of them: 0 10 * * ? *",
        )),
        ("?", _) => days_of_week(of_week),
        (_, "?") => days_of_month(of_month),
        (month, week) => {
            let help = match (month, week) {
                (_, "*") => "write ? for the day-of-week",
                ("*", _) => "write ? for the day-of-month",
                _ => "AWS takes one of them: write ? for the other, or make it two schedules",
            };
            Err(ScheduleError::new(
                of_month.start..of_week.start + week.len(),
                format!("both day fields are set (\"{month}\" and \"{week}\"): one has to be ?"),
                help,
            ))
        }
    }
}

fn days_of_month(field: Written<'_>) -> Result<Days, ScheduleError> {
    let nearest = field.text.strip_suffix(['W', 'w']);
    if let Some(day) = nearest {
        return match field.value(day) {
            Ok(day) => Ok(Days::NearestWeekday(day as u8)),
            Err(_) => Err(field.wrong(field.text, "is not one day and W, like 15W")),
        };
    }
    let (mut bits, mut last) = (0, false);
    for item in field.items() {
        match item {
            "L" | "l" => last = true,
            _ => field.item(item, |day| bits |= 1 << day)?,
        }
    }
    Ok(Days::OfMonth { bits, last })
}

fn days_of_week(field: Written<'_>) -> Result<Days, ScheduleError> {
    if let Some((weekday, nth)) = field.text.split_once('#') {
        let weekday = field.value(weekday)?;
        return match nth {
            "1" | "2" | "3" | "4" | "5" => Ok(Days::Nth {
                weekday: weekday as u8 - 1,
                nth: nth.as_bytes()[0] - b'0',
            }),
            _ if nth.contains(['#', ',']) => {
                Err(field.wrong(field.text, "has more than one #: AWS takes one"))
            }
            _ => Err(field.wrong(field.text, "is not like 3#2: # goes from 1 to 5")),
        };
    }
    let (mut bits, mut last) = (0, 0);
    for item in field.items() {
        match item.strip_suffix(['L', 'l']) {
            // The last day of the week is Saturday.
            Some("") => bits |= 1 << 6,
            Some(weekday) => last |= 1 << (field.value(weekday)? - 1),
            None => field.item(item, |weekday| bits |= 1 << (weekday - 1))?,
        }
    }
    Ok(Days::OfWeek { bits, last })
}

impl EventBridgeCron {
    /// The first local time at or after `from` that it names, to the minute; none: never again.
    pub fn next(&self, from: DateTime) -> Option<DateTime> {
        let is_whole = from.second() == 0 && from.subsec_nanosecond() == 0;
        let minute = from.minute() as u32 + u32::from(!is_whole);
        let (mut year, mut month) = (from.year(), from.month() as u32);
        let mut day = from.day() as u32;
        match self.time_from(from.hour() as u32, minute) {
            Some(time) if self.has_day(year, month, day) => {
                return date_time(year, month, day, time);
            }
            Some(_) | None => day += 1,
        }
        let first = self.time_from(0, 0)?;
        loop {
            let years = self.year_from(year)?;
            if year < years {
                (year, month, day) = (years, 1, 1);
            }
            while month <= 12 {
                // Of a day beyond the month nothing is left.
                let left = u64::from(self.days_in(year, month)) >> day << day;
                if left != 0 {
                    return date_time(year, month, left.trailing_zeros(), first);
                }
                let later = u32::from(self.months) >> (month + 1) << (month + 1);
                (month, day) = (later.trailing_zeros(), 1);
            }
            (year, month, day) = (year.checked_add(1)?, 1, 1);
        }
    }

    /// The first time of a day at or after this one, as hour and minute.
    fn time_from(&self, hour: u32, minute: u32) -> Option<(u32, u32)> {
        let minutes = self.minutes.checked_shr(minute).unwrap_or(0);
        if self.hours >> hour & 1 == 1 && minutes != 0 {
            return Some((hour, minute + minutes.trailing_zeros()));
        }
        let later = self.hours >> (hour + 1);
        (later != 0).then(|| {
            let hour = hour + 1 + later.trailing_zeros();
            (hour, self.minutes.trailing_zeros())
        })
    }

    /// The first year at or after this one.
    fn year_from(&self, year: i16) -> Option<i16> {
        let from = usize::from(year.max(YEARS.0 as i16) as u16 - YEARS.0);
        let (word, bit) = (from / 64, from % 64);
        let mut left = *self.years.get(word)? >> bit << bit;
        for word in word..YEAR_WORDS {
            if left != 0 {
                let bit = word as u32 * 64 + left.trailing_zeros();
                return Some((u32::from(YEARS.0) + bit) as i16);
            }
            left = self.years.get(word + 1).copied().unwrap_or(0);
        }
        None
    }

    fn has_day(&self, year: i16, month: u32, day: u32) -> bool {
        self.year_from(year) == Some(year) && self.days_in(year, month) >> day & 1 == 1
    }

    /// The days of a month on which it runs, bits 1 to 31; none of a month that it leaves out.
    fn days_in(&self, year: i16, month: u32) -> u32 {
        if self.months >> month & 1 == 0 {
            return 0;
        }
        let length = month_length(year, month);
        let within = (((1u64 << length) - 1) << 1) as u32;
        match self.days {
            Days::OfMonth { bits, last } => (bits & within) | u32::from(last) << length,
            Days::OfWeek { bits, last } => {
                let first = first_weekday(year, month);
                let all = weekdays(bits, first) & within;
                // Of the last seven days each weekday is the last of its kind.
                let week = within >> (length - 6) << (length - 6);
                all | weekdays(last, first) & week
            }
            Days::Nth { weekday, nth } => {
                let first = first_weekday(year, month);
                let day = (u32::from(weekday) + 7 - first) % 7 + 1 + 7 * (u32::from(nth) - 1);
                within & 1u32.checked_shl(day).unwrap_or(0)
            }
            Days::NearestWeekday(day) => {
                let day = u32::from(day);
                // ASSUMPTION: a month without the day has no run.
                if length < day {
                    return 0;
                }
                let weekday = (first_weekday(year, month) + day - 1) % 7;
                1 << match weekday {
                    // Sunday, Saturday.
                    0 if day == length => day - 2,
                    0 => day + 1,
                    6 if day == 1 => 3,
                    6 => day - 1,
                    _ => day,
                }
            }
        }
    }

    /// The years it names as ranges, first and last; none if it names all.
    pub(super) fn years(&self) -> Option<Vec<(u16, u16)>> {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for year in YEARS.0..=YEARS.1 {
            let bit = usize::from(year - YEARS.0);
            if self.years[bit / 64] >> (bit % 64) & 1 == 0 {
                continue;
            }
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == year => *last = year,
                Some(_) | None => ranges.push((year, year)),
            }
        }
        (ranges != [YEARS]).then_some(ranges)
    }
}

fn date_time(year: i16, month: u32, day: u32, (hour, minute): (u32, u32)) -> Option<DateTime> {
    let date = Date::new(year, month as i8, day as i8).ok()?;
    let time = Time::new(hour as i8, minute as i8, 0, 0).ok()?;
    Some(DateTime::from_parts(date, time))
}

fn month_length(year: i16, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(is_leap),
        _ => 31,
    }
}

/// The weekday of a month's first day, Sunday 0 (Sakamoto's congruence).
fn first_weekday(year: i16, month: u32) -> u32 {
    const SHIFTS: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = i32::from(year) - i32::from(month < 3);
    let shift = SHIFTS[(month - 1) as usize];
    (year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + shift + 1)
        .rem_euclid(7) as u32
}

/// The days, bits 1 on, that fall on weekdays of a set, in a month that begins on `first`.
fn weekdays(set: u8, first: u32) -> u32 {
    let set = u64::from(set);
    let weeks = set | set << 7 | set << 14 | set << 21 | set << 28 | set << 35;
    (weeks >> first << 1) as u32
}
