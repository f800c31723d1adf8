//! Amounts: a number and a unit.

use super::ValueError;
use super::spelling::{leading_number, written_out};
use crate::demand::value_unit::NOUNS;
use crate::engine::time::SimDuration;
use crate::scenario::diagnostic::nearest;
use crate::scenario::node::quote;
use crate::units::MicroUsd;

/// The longest duration that is read: 1,000 years of 365 days.
const DURATION_MICROS_MAX: f64 = 1_000.0 * 365.0 * 86_400.0 * 1e6;
const DURATION_HELP: &str = "write it with units, like 200ms, 10s, 1h 30m or 7d";
const TIME_UNITS_HELP: &str = "units of time are us, ms, s, m, h, d and w, as in 200ms or 1h 30m";
const TOO_LONG_HELP: &str = "a run is at most 10 years long";

/// Units of time with their microseconds; the first of equal ones is the one to suggest.
const TIME_UNITS: [(&str, f64); 20] = [
    ("us", 1.0),
    ("µs", 1.0),
    ("μs", 1.0),
    ("ms", 1e3),
    ("s", 1e6),
    ("sec", 1e6),
    ("second", 1e6),
    ("seconds", 1e6),
    ("m", 60e6),
    ("min", 60e6),
    ("minute", 60e6),
    ("minutes", 60e6),
    ("h", 3_600e6),
    ("hour", 3_600e6),
    ("hours", 3_600e6),
    ("d", 86_400e6),
    ("day", 86_400e6),
    ("days", 86_400e6),
    ("w", 604_800e6),
    ("week", 604_800e6),
];

/// Units of size with their bytes: kB, MB, GB are decimal, KiB, MiB, GiB binary (IEC 80000-13).
const SIZE_UNITS: [(&str, f64); 11] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("KB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("kiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

/// A rate: so many of something in a second.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug)]
pub struct Rate {
    /// How many a second.
    pub per_second: f64,
}

/// The unit of a trace's column: so many in each period, such as `requests/5min`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RateUnit {
    /// What is counted, such as `requests`; empty in `1/s`.
    pub what: String,
    /// The period it is counted over.
    pub period: SimDuration,
}

/// An amount of money in a period, such as `4.00 USD/h`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MoneyRate {
    /// The amount of one period.
    pub amount: MicroUsd,
    /// The period.
    pub period: SimDuration,
}

impl MoneyRate {
    /// US dollars an hour.
    pub fn usd_per_hour(self) -> f64 {
        self.amount.usd() * 3_600.0 / self.period.as_secs_f64()
    }
}

/// A duration: `10s`, `200ms`, `2d 14h`, `1h30m`; never negative, at most 1,000 years.
///
/// ```
/// use fleetcast::scenario::values::duration;
/// assert_eq!(duration("1h30m").unwrap().as_secs_f64(), 5_400.0);
/// assert_eq!(
///     duration("90").unwrap_err().message,
///     "\"90\" has no unit, a duration needs one"
/// );
/// ```
pub fn duration(text: &str) -> Result<SimDuration, ValueError> {
    written_out(text, plain_duration)
}

fn plain_duration(text: &str) -> Result<SimDuration, ValueError> {
    let error = |what: &str, help| Err(ValueError::new(format!("{} {what}", quote(text)), help));
    let fail = |what: &str| error(what, DURATION_HELP);
    let mut rest = text.trim();
    if rest.starts_with('-') {
        return fail("is negative, a duration is not");
    }
    if rest == "0" {
        return Ok(SimDuration::ZERO);
    }
    let (mut micros, mut last_unit) = (0.0, f64::INFINITY);
    while !rest.is_empty() {
        let Some((number, after)) = leading_number(rest) else {
            return fail("is no duration");
        };
        let unit: String = after
            .chars()
            .take_while(|letter| letter.is_alphabetic())
            .collect();
        if unit.is_empty() {
            let sign = after.split(|it: char| it.is_alphanumeric() || it.is_whitespace());
            return match sign.into_iter().next() {
                Some("") | None => fail("has no unit, a duration needs one"),
                Some(sign) => {
                    let what = format!("has the unit {}, which is no unit of time", quote(sign));
                    error(&what, TIME_UNITS_HELP)
                }
            };
        }
        let Some(factor) = time_unit(&unit) else {
            let what = format!("has the unit {}, which is no unit of time", quote(&unit));
            return error(&what, TIME_UNITS_HELP);
        };
        if last_unit <= factor {
            return fail("names its units out of order, the largest comes first");
        }
        last_unit = factor;
        micros += number * factor;
        rest = after[unit.len()..].trim_start();
    }
    if last_unit == f64::INFINITY {
        return fail("is no duration");
    }
    if DURATION_MICROS_MAX < micros {
        return error("is longer than 1,000 years", TOO_LONG_HELP);
    }
    Ok(SimDuration::from_micros(micros.round() as u64))
}

/// A size in bytes: `400B`, `1KiB`, `220MiB`, `3GB` (decimal), `20 GiB`.
pub fn size(text: &str) -> Result<u64, ValueError> {
    written_out(text, plain_size)
}

fn plain_size(text: &str) -> Result<u64, ValueError> {
    const HELP: &str = "write it with a unit, like 400B, 1KiB, 220MiB or 20 GiB";
    let fail = |what: &str| Err(ValueError::new(format!("{} {what}", quote(text)), HELP));
    let Some((number, unit)) = leading_number(text.trim()) else {
        return fail("is no size");
    };
    if unit.is_empty() && number != 0.0 {
        return fail("has no unit, a size needs one");
    }
    let unit = if unit.is_empty() { "B" } else { unit };
    let Some((_, factor)) = SIZE_UNITS.iter().find(|(known, _)| *known == unit) else {
        return fail(&format!(
            "has the unit {}, which is no unit of size",
            quote(unit)
        ));
    };
    let bytes = number * factor;
    // 2^53: beyond it a float can't count bytes; 8 PiB.
    if 9_007_199_254_740_992.0 < bytes {
        return fail("is more than 8 PiB");
    }
    Ok(bytes.round() as u64)
}

/// A rate: `20/s`, `800/min`, `1000/day`, `20 requests/s`, `1500/5min`.
///
/// ```
/// use fleetcast::scenario::values::rate;
/// assert_eq!(rate("900/min").unwrap().per_second, 15.0);
/// let wrong = rate("10k/s").unwrap_err();
/// assert!(wrong.help.unwrap().ends_with(": 10000/s"));
/// ```
pub fn rate(text: &str) -> Result<Rate, ValueError> {
    written_out(text, plain_rate)
}

fn plain_rate(text: &str) -> Result<Rate, ValueError> {
    const HELP: &str = "write it with a period, like 20/s, 800/min or 1500/5min";
    let fail = |what: &str| Err(ValueError::new(format!("{} {what}", quote(text)), HELP));
    let Some((number, unit)) = leading_number(text.trim()) else {
        return fail("is no rate");
    };
    if unit.is_empty() {
        return fail("has no period, a rate needs one");
    }
    let Ok(unit) = rate_unit(unit) else {
        return fail("is no rate");
    };
    if !unit.what.is_empty() && !NOUNS.contains(&unit.what.as_str()) {
        let near = nearest(&unit.what, NOUNS);
        // Every short word is near to `job`: the first letter is seldom the wrong one.
        let is_meant = |noun: &&&str| unit.what.starts_with(&noun[..1]);
        let meant = near.iter().find(is_meant);
        let meant = meant.map(|noun| format!("; did you mean {noun}?"));
        let (text, what) = (quote(text), quote(&unit.what));
        return Err(ValueError::new(
            format!("{text} counts {what}, which is nothing that a rate counts here"),
            format!(
                "{HELP}; requests, jobs and tasks may stand before the slash{}",
                meant.unwrap_or_default()
            ),
        ));
    }
    Ok(Rate {
        per_second: number / unit.period.as_secs_f64(),
    })
}

/// The unit of a rate: `requests/5min`, `requests/s`, `/min`.
pub fn rate_unit(text: &str) -> Result<RateUnit, ValueError> {
    const HELP: &str = "write what is counted and the period, like requests/5min or requests/s";
    let fail = |what: &str| Err(ValueError::new(format!("{} {what}", quote(text)), HELP));
    let Some((what, period)) = text.trim().split_once('/') else {
        return fail("is no unit of a rate");
    };
    let period = period.trim();
    // `/h` is one of a unit; a number counts as written, so that `/.5s` is not `/1.5s`.
    let counted = match period.chars().all(char::is_alphabetic) {
        true => plain_duration(&format!("1{period}")).ok(),
        false => plain_duration(period).ok(),
    };
    match counted {
        Some(period) if !period.is_zero() => Ok(RateUnit {
            what: what.trim().to_owned(),
            period,
        }),
        _ => fail("has no period of time after its slash"),
    }
}

/// A share as a fraction: `0.1 %` is 0.001; between 0 and 100 %.
pub fn share(text: &str) -> Result<f64, ValueError> {
    written_out(text, plain_share)
}

fn plain_share(text: &str) -> Result<f64, ValueError> {
    share_up_to(text, 100.0)
}

/// What is in use of what was reserved, as a fraction: `45 %` is 0.45, and it may be above 100 %.
pub fn utilization(text: &str) -> Result<f64, ValueError> {
    /// A task of the least CPU on the largest instances there are.
    const PERCENT_MAX: f64 = 10_000.0;
    written_out(text, |text| share_up_to(text, PERCENT_MAX))
}

fn share_up_to(text: &str, most: f64) -> Result<f64, ValueError> {
    const HELP: &str = "write it in per cent, like 0.1 % or 98%";
    let fail = |what: &str| Err(ValueError::new(format!("{} {what}", quote(text)), HELP));
    match leading_number(text.trim()) {
        None => fail("is no share"),
        Some((_, "")) => fail("has no per cent sign, a share needs one"),
        Some((number, "%")) if number <= most => Ok(number / 100.0),
        Some((_, "%")) => fail(&format!("is more than {most} %")),
        Some(_) => fail("is no share"),
    }
}

/// An amount of money: `1200 USD`.
pub fn money(text: &str) -> Result<MicroUsd, ValueError> {
    written_out(text, plain_money)
}

fn plain_money(text: &str) -> Result<MicroUsd, ValueError> {
    const HELP: &str = "write it in US dollars, like 1200 USD";
    let fail = |what: &str| Err(ValueError::new(format!("{} {what}", quote(text)), HELP));
    match leading_number(text.trim()) {
        None => fail("is no amount of money"),
        Some((_, "")) => fail("has no currency, an amount of money needs one"),
        Some((number, "USD")) if number <= 1e12 => Ok(MicroUsd((number * 1e6).round() as i128)),
        Some((_, "USD")) => fail("is more than 1,000,000,000,000 USD"),
        Some(_) => fail("is not in US dollars, the currency of AWS's prices"),
    }
}

/// Money a period: `4.00 USD/h`.
pub fn money_rate(text: &str) -> Result<MoneyRate, ValueError> {
    written_out(text, plain_money_rate)
}

fn plain_money_rate(text: &str) -> Result<MoneyRate, ValueError> {
    const HELP: &str = "write it in US dollars a period, like 4.00 USD/h";
    let fail = || {
        Err(ValueError::new(
            format!("{} is no amount a period", quote(text)),
            HELP,
        ))
    };
    let Some((amount, period)) = text.split_once('/') else {
        return fail();
    };
    match rate_unit(&format!("/{period}")) {
        Ok(unit) => Ok(MoneyRate {
            amount: plain_money(amount)?,
            period: unit.period,
        }),
        Err(_) => fail(),
    }
}

/// A number without a unit, finite, of either sign.
pub fn number(text: &str) -> Result<f64, ValueError> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
    let plain = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    match trimmed.parse::<f64>() {
        Ok(value) if plain && value.is_finite() => Ok(value),
        _ => Err(ValueError::new(
            format!("{} is no number", quote(text)),
            "write a number without a unit, like 3 or 0.4",
        )),
    }
}

fn time_unit(unit: &str) -> Option<f64> {
    TIME_UNITS
        .iter()
        .find(|(known, _)| *known == unit)
        .map(|(_, micros)| *micros)
}
