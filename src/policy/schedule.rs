//! Schedule expressions of EventBridge (rules and Scheduler) and Application Auto Scaling: `cron`,
//! `rate` and `at`.
//!
//! Sources: EventBridge user guide, "schedule patterns for rules" (EB); EventBridge Scheduler user
//! guide, "schedule types" (EBS); AWS re:Post, "EventBridge Scheduler and daylight saving time"
//! (EBS-DST), 2026-11. Auto Scaling groups have a syntax of their own: [`super::cron`].

mod cron;
pub mod delivery;
mod field;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp};

pub use cron::EventBridgeCron;
pub use words::in_words;

/// When a schedule runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ScheduleExpression {
    /// `cron(minutes hours day-of-month month day-of-week year)`.
    Cron(Box<EventBridgeCron>),
    /// `rate(5 minutes)`: this many seconds apart. Days count 24 hours, whatever the clocks do
    /// (EBS-DST).
    Rate {
        /// Seconds between two runs, 60 at least.
        every_s: i64,
    },
    /// `at(2026-03-05T14:00:00)`: once.
    At(DateTime),
}

/// What is wrong with an expression, and where.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ScheduleError {
    /// What was found and what was expected.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// Which bytes of the expression.
    pub at: Range<usize>,
}

impl ScheduleError {
    fn new(at: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        ScheduleError {
            message: message.into(),
            help: help.into(),
            at,
        }
    }
}

/// What a field of seconds before the six of a cron expression is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Seconds {
    Refused,
    Ignored,
}

/// A local time that a cron expression names, in a time zone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Occurrence {
    /// It runs then.
    Runs(Timestamp),
    /// Clocks leave this local time out: it does not run (EBS-DST).
    Skipped(DateTime),
}

impl ScheduleExpression {
    /// Reads `cron(0 10 * * ? *)`, `rate(5 minutes)` or `at(2026-03-05T14:00:00)`; the six fields
    /// of a cron expression may stand alone.
    ///
    /// # Errors
    /// What is wrong, with its place in `text`.
    pub fn parse(text: &str) -> Result<ScheduleExpression, ScheduleError> {
        ScheduleExpression::parse_for(text, Seconds::Refused)
    }

    /// The same of Application Auto Scaling, whose cron expressions may begin with a field of
    /// seconds: it is accepted and does not make them precise to the second (Application Auto
    /// Scaling user guide, scheduled-scaling-using-cron-expressions).
    ///
    /// # Errors
    /// What is wrong, with its place in `text`.
    pub fn parse_scaling(text: &str) -> Result<ScheduleExpression, ScheduleError> {
        ScheduleExpression::parse_for(text, Seconds::Ignored)
    }

    fn parse_for(text: &str, seconds: Seconds) -> Result<ScheduleExpression, ScheduleError> {
        let trimmed = text.trim();
        let offset = text.len() - text.trim_start().len();
        let whole = offset..offset + trimmed.len();
        let Some((name, rest)) = trimmed.split_once('(') else {
            return bare(trimmed, whole, seconds);
        };
        let Some(inner) = rest.strip_suffix(')') else {
            let message = "the parenthesis is never closed";
            return Err(ScheduleError::new(whole, message, format!("{trimmed})")));
        };
        let within = offset + name.len() + 1..offset + name.len() + 1 + inner.len();
        match name.trim() {
            "cron" => {
                let cron = cron::parse(inner, within.start, seconds);
                cron.map(|it| Self::Cron(Box::new(it)))
            }
            "rate" => rate(inner, within),
            "at" => at(inner, within),
            other => {
                let message = format!("\"{other}\" is no kind of schedule");
                let known = ["cron", "rate", "at"];
                let help = match known.iter().find(|it| it.eq_ignore_ascii_case(other)) {
                    Some(it) => format!("write {it}({inner}), in small letters"),
                    None => "there are cron(…), rate(…) and at(…)".to_owned(),
                };
                let place = offset..offset + name.len().max(1);
                Err(ScheduleError::new(place, message, help))
            }
        }
    }

    /// The first run at or after `from` of a schedule that began at `begun` in `zone`; none: it
    /// never runs again.
    ///
    /// A rule or a schedule with a rate runs when it begins and then at equal distances (EBS).
    pub fn next(&self, begun: Timestamp, from: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            ScheduleExpression::Cron(_) => {
                let mut local = first_local(from, zone);
                loop {
                    let named = self.next_local(local)?;
                    match occurrence(named, zone) {
                        Occurrence::Runs(at) if from <= at => return Some(at),
                        // Left out by the clocks, or of an hour that they show a second time.
                        Occurrence::Runs(_) | Occurrence::Skipped(_) => {
                            local = named.checked_add(Span::new().minutes(1)).ok()?;
                        }
                    }
                }
            }
            ScheduleExpression::Rate { every_s } => {
                let every_us = every_s.checked_mul(1_000_000)?;
                let passed_us = from.as_microsecond() - begun.as_microsecond();
                let runs = passed_us.max(0).checked_add(every_us - 1)? / every_us;
                let since_us = runs.checked_mul(every_us)?;
                let at = begun.as_microsecond().checked_add(since_us)?;
                Timestamp::from_microsecond(at).ok()
            }
            ScheduleExpression::At(local) => match occurrence(*local, zone) {
                Occurrence::Runs(at) => (from <= at).then_some(at),
                Occurrence::Skipped(_) => None,
            },
        }
    }

    /// The local times that it names and clocks leave out when they go forward after `from` and
    /// before `until`, the first `most` of them (EBS-DST).
    pub fn skipped(
        &self,
        (from, until): (Timestamp, Timestamp),
        zone: &TimeZone,
        most: usize,
    ) -> Vec<DateTime> {
        let mut found = Vec::new();
        let changes = zone.following(from);
        for change in changes.take_while(|change| change.timestamp() < until) {
            let at = change.timestamp();
            // Clocks show nothing between what they show just before and this.
            let after = zone.to_datetime(at);
            let Ok(before) = Timestamp::from_microsecond(at.as_microsecond() - 1) else {
                continue;
            };
            let mut local = first_local(before, zone);
            while found.len() < most
                && let Some(named) = self.next_local(local)
                && named < after
            {
                if let Occurrence::Skipped(_) = occurrence(named, zone) {
                    found.push(named);
                }
                let Ok(next) = named.checked_add(Span::new().minutes(1)) else {
                    break;
                };
                local = next;
            }
        }
        found
    }

    /// The first local time at or after `from` that a cron expression or `at` names, whether or not
    /// clocks show it; a rate names none.
    pub fn next_local(&self, from: DateTime) -> Option<DateTime> {
        match self {
            ScheduleExpression::Cron(cron) => cron.next(from),
            ScheduleExpression::At(local) => (from <= *local).then_some(*local),
            ScheduleExpression::Rate { .. } => None,
        }
    }
}

/// Whether a local time runs: one that clocks leave out does not, one that they show twice runs
/// once (EBS-DST). ASSUMPTION: the first time.
pub fn occurrence(local: DateTime, zone: &TimeZone) -> Occurrence {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let offset = match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Fold { before, .. } => before,
        AmbiguousOffset::Gap { .. } => return Occurrence::Skipped(local),
    };
    match offset.to_timestamp(local) {
        Ok(at) => Occurrence::Runs(at),
        Err(_) => Occurrence::Skipped(local),
    }
}

/// The first whole minute that local clocks may show at or after an instant. In the second pass
/// over an hour they show what was there before: those are sorted out by the caller.
fn first_local(from: Timestamp, zone: &TimeZone) -> DateTime {
    let local = zone.to_datetime(from);
    let whole = local.date().at(local.hour(), local.minute(), 0, 0);
    match whole == local {
        true => whole,
        false => whole
            .checked_add(Span::new().minutes(1))
            .unwrap_or(DateTime::MAX),
    }
}

/// Six fields without `cron(…)`; what else stands alone is told what it lacks.
fn bare(
    text: &str,
    whole: Range<usize>,
    seconds: Seconds,
) -> Result<ScheduleExpression, ScheduleError> {
    let fields = text.split_whitespace().count();
    if text.contains(')') {
        let message = "a parenthesis is closed that was never opened";
        return Err(ScheduleError::new(whole, message, "write cron(…)"));
    }
    match fields {
        0 => {
            let message = "there is no expression";
            let help = "write one like cron(0 10 * * ? *)";
            Err(ScheduleError::new(whole, message, help))
        }
        1..=2 => {
            let message = format!("\"{text}\" is no schedule expression");
            let help = "write cron(0 10 * * ? *), rate(5 minutes) or at(2026-03-05T14:00:00)";
            Err(ScheduleError::new(whole, message, help))
        }
        _ => {
            let cron = cron::parse(text, whole.start, seconds);
            cron.map(|it| ScheduleExpression::Cron(Box::new(it)))
        }
    }
}

/// `5 minutes`: a positive whole number; one with the singular, more with the plural (EB).
fn rate(inner: &str, within: Range<usize>) -> Result<ScheduleExpression, ScheduleError> {
    let wrong =
        |message: String, help: &str| Err(ScheduleError::new(within.clone(), message, help));
    let mut words = inner.split_whitespace();
    let (Some(value), Some(unit), None) = (words.next(), words.next(), words.next()) else {
        let message = format!("rate({inner}) is not a number and a unit");
        return wrong(message, "write one like rate(5 minutes)");
    };
    let number = match value.parse::<i64>() {
        Ok(number) if 0 < number && value.bytes().all(|it| it.is_ascii_digit()) => number,
        _ => {
            let message = format!("\"{value}\" is no positive whole number");
            return wrong(message, "write one like rate(5 minutes)");
        }
    };
    let lower = unit.to_ascii_lowercase();
    let singular = lower.strip_suffix('s').unwrap_or(&lower);
    let Some(seconds) = [("minute", 60), ("hour", 3_600), ("day", 86_400)]
        .into_iter()
        .find_map(|(name, seconds)| (name == singular).then_some(seconds))
    else {
        let units = "there are minute(s), hour(s) and day(s)";
        if singular == "second" {
            let a_year = YEAR_S / number;
            let message = format!(
                "every {number} {unit} makes {a_year} runs a year: a schedule runs once a minute \
                 at most"
            );
            return wrong(message, units);
        }
        let message = format!("\"{unit}\" is no unit of a rate");
        return wrong(message, units);
    };
    let right = match number {
        1 => singular.to_owned(),
        _ => format!("{singular}s"),
    };
    if unit != right {
        let message = format!("{number} goes with \"{right}\", not \"{unit}\"");
        return wrong(message, &format!("write rate({number} {right})"));
    }
    match number.checked_mul(seconds) {
        Some(every_s) if every_s <= RATE_MAX_S => Ok(ScheduleExpression::Rate { every_s }),
        _ => wrong(
            format!("{number} {unit} are longer than any run"),
            "write a shorter rate",
        ),
    }
}

/// A year of 365 days.
const YEAR_S: i64 = 365 * 86_400;
/// A thousand years: what is longer is a slip.
const RATE_MAX_S: i64 = 1_000 * 366 * 86_400;

/// `2026-03-05T14:00:00`.
fn at(inner: &str, within: Range<usize>) -> Result<ScheduleExpression, ScheduleError> {
    let text = inner.trim();
    match text.parse::<DateTime>() {
        Ok(local) if text.len() == "2026-03-05T14:00:00".len() && text.contains('T') => {
            Ok(ScheduleExpression::At(local))
        }
        _ => {
            let message = format!("\"{text}\" is no time that exists");
            let help = "write a date and a local time like at(2026-03-05T14:00:00); its zone is \
                        the schedule's";
            Err(ScheduleError::new(within, message, help))
        }
    }
}
