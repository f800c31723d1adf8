//! A schedule expression in words.

use super::ScheduleExpression;
use super::cron::{Days, EventBridgeCron};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const ORDINALS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

/// So many times of a day are listed; more are described.
const TIMES_LISTED: u32 = 8;

/// What an expression means: `at 10:15 on the last Friday of the month, from 2002 to 2025`.
pub fn in_words(expression: &ScheduleExpression) -> String {
    match expression {
        ScheduleExpression::Cron(cron) => {
            let parts = [times(cron), days(cron), months(cron), years(cron)];
            parts.into_iter().flatten().collect()
        }
        ScheduleExpression::Rate { every_s } => {
            let (count, unit) = match every_s {
                it if it % 86_400 == 0 => (it / 86_400, "day"),
                it if it % 3_600 == 0 => (it / 3_600, "hour"),
                it => (it / 60, "minute"),
            };
            let hours = if unit == "day" { " of 24 hours" } else { "" };
            let each = match count {
                1 => format!("every {unit}"),
                _ => format!("every {count} {unit}s"),
            };
            format!("{each}{hours}, counted from its start")
        }
        ScheduleExpression::At(local) => {
            format!("once, at {}", local.strftime("%H:%M:%S on %A %-d %B %Y"))
        }
    }
}

/// The values of a set, ascending.
fn values(bits: u64) -> Vec<u32> {
    (0..64).filter(|bit| bits >> bit & 1 == 1).collect()
}

/// The distance of values from 0 to the end of `size`, if they are evenly apart.
fn even_step(values: &[u32], size: u32) -> Option<u32> {
    let (first, second) = (*values.first()?, *values.get(1)?);
    let step = second - first;
    let even = values.windows(2).all(|pair| pair[1] - pair[0] == step);
    (first == 0 && even && size <= values.last()? + step).then_some(step)
}

/// `a, b and c`.
fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Values in words, neighbours as ranges: `8 to 17 and 20`.
fn ranges(values: &[u32], word: impl Fn(u32) -> String) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *value => *last = *value,
            Some(_) | None => runs.push((*value, *value)),
        }
    }
    let said: Vec<String> = runs
        .into_iter()
        .flat_map(|(first, last)| match last - first {
            0 => vec![word(first)],
            1 => vec![word(first), word(last)],
            _ => vec![format!("{} to {}", word(first), word(last))],
        })
        .collect();
    list(&said)
}

fn times(cron: &EventBridgeCron) -> Option<String> {
    let (minutes, hours) = (values(cron.minutes), values(u64::from(cron.hours)));
    let count = minutes.len() as u32 * hours.len() as u32;
    if count <= TIMES_LISTED {
        let each = hours.iter().flat_map(|hour| {
            let minutes = minutes.iter();
            minutes.map(move |minute| format!("{hour:02}:{minute:02}"))
        });
        return Some(format!("at {}", list(&each.collect::<Vec<_>>())));
    }
    let step = even_step(&minutes, 60);
    let of_hour = match (step, &minutes[..]) {
        (Some(1), _) => "every minute".to_owned(),
        // An uneven rest at the end of the hour is no rate.
        (Some(step), _) if 60 % step == 0 => format!("every {step} minutes"),
        (_, [0]) => String::new(),
        (_, [minute]) => format!(
            "at {minute} minute{} past",
            if *minute == 1 { "" } else { "s" }
        ),
        _ => format!("at minutes {} past", ranges(&minutes, |it| it.to_string())),
    };
    let hour_step = even_step(&hours, 24).filter(|step| 24 % step == 0);
    let of_day = ranges(&hours, |it| format!("{it:02}:00"));
    let is_rate = of_hour.starts_with("every");
    // A step of 1 is every hour.
    Some(match (&of_hour[..], hour_step) {
        ("", Some(1)) => "every hour".to_owned(),
        ("", Some(step)) => format!("every {step} hours from midnight"),
        ("", None) => format!("at {of_day}"),
        (_, Some(1)) if is_rate => of_hour,
        (_, Some(1)) => format!("{of_hour} every hour"),
        (_, Some(step)) if is_rate => {
            format!("{of_hour} of every {} hour from midnight", nth(step))
        }
        (_, Some(step)) => format!("{of_hour} every {} hour from midnight", nth(step)),
        (_, None) if is_rate => format!("{of_hour} of the hours {of_day}"),
        (_, None) => format!("{of_hour} {of_day}"),
    })
}

/// `second`, `3rd`, `12th`.
fn nth(number: u32) -> String {
    match number {
        2 => "second".to_owned(),
        3 => "3rd".to_owned(),
        _ => format!("{number}th"),
    }
}

fn days(cron: &EventBridgeCron) -> Option<String> {
    let weekday = |it: u32| WEEKDAYS[it as usize % 7].to_owned();
    let of_week = |bits: u8| match bits {
        0b011_1110 => "Monday to Friday".to_owned(),
        0b100_0001 => "Saturday and Sunday".to_owned(),
        _ => ranges(&values(u64::from(bits)), weekday),
    };
    Some(match cron.days {
        Days::OfMonth { bits, .. } if bits == u32::MAX - 1 => " every day".to_owned(),
        Days::OfWeek {
            bits: 0b111_1111, ..
        } => " every day".to_owned(),
        Days::OfMonth { bits, last } => {
            let days = values(u64::from(bits));
            let said = ranges(&days, |it| it.to_string());
            let plural = if days.len() == 1 { "" } else { "s" };
            match (bits, last) {
                (0, _) => " on the last day of the month".to_owned(),
                (_, false) => format!(" on day{plural} {said} of the month"),
                (_, true) => format!(" on day{plural} {said} and the last day of the month"),
            }
        }
        Days::NearestWeekday(day) => {
            format!(" on the day from Monday to Friday that is nearest day {day} of the month")
        }
        Days::OfWeek { bits, last: 0 } => format!(" on {}", of_week(bits)),
        Days::OfWeek { bits, last } => {
            let lasts = values(u64::from(last));
            let lasts: Vec<String> = lasts.into_iter().map(weekday).collect();
            let last = format!("the last {} of the month", list(&lasts));
            match bits {
                0 => format!(" on {last}"),
                _ => format!(" on {} and {last}", of_week(bits)),
            }
        }
        Days::Nth { weekday: day, nth } => {
            let nth = ORDINALS[usize::from(nth - 1) % 5];
            format!(" on the {nth} {} of the month", weekday(u32::from(day)))
        }
    })
}

fn months(cron: &EventBridgeCron) -> Option<String> {
    let months = values(u64::from(cron.months));
    let name = |it: u32| MONTHS[(it as usize).saturating_sub(1) % 12].to_owned();
    (months.len() < 12).then(|| format!(" in {}", ranges(&months, name)))
}

fn years(cron: &EventBridgeCron) -> Option<String> {
    let years = cron.years()?;
    let said: Vec<String> = years
        .into_iter()
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first} to {last}"),
        })
        .collect();
    Some(format!(", in {}", list(&said)))
}
