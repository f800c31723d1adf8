//! `ScheduleExpression` of rules, schedules and scheduled actions, with the place of what is wrong
//! in it; and what of it no run will see.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::demand::scheduled::ScheduleTimes;
use crate::policy::schedule::{Occurrence, ScheduleExpression, occurrence};
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::RunPlan;
use crate::scenario::reader::Field;

use super::placement::at_character;

/// The most runs that a note names.
const NAMED_MAX: usize = 3;

/// Reads an expression.
pub(super) fn read(cx: &Context<'_>, field: &Field<'_>) -> Option<ScheduleExpression> {
    let text = field.str()?;
    match ScheduleExpression::parse(text) {
        Ok(expression) => Some(expression),
        Err(wrong) => {
            let characters = text[..wrong.at.start.min(text.len())].chars().count();
            let place = at_character(cx, field, text, characters);
            let told = Diagnostic::error("invalid-value", wrong.message).at(place);
            cx.reader.push(told.path(field.path()).help(wrong.help));
            None
        }
    }
}

/// Says what of a schedule no run will see: all of it, or what the clocks leave out.
pub(super) fn note_unseen(field: &Field<'_>, name: &str, times: &ScheduleTimes, run: &RunPlan) {
    let end = run.start.as_microsecond() + run.duration.as_micros() as i64;
    match times.next(run.start) {
        Some(first) if first.as_microsecond() < end => {}
        Some(first) => {
            let message = format!("{name} does not run within this run: its first time is {first}");
            field.warning("never", message).report();
            return;
        }
        None => {
            let message = format!("{name} never runs: its times are over before this run begins");
            field.warning("never", message).report();
            return;
        }
    }
    let skipped = skipped(times, (run.start.as_microsecond(), end));
    if skipped.is_empty() {
        return;
    }
    let named: Vec<String> = skipped.iter().take(NAMED_MAX).map(in_words).collect();
    let more = match skipped.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "{name} does not run at {}{more}: the clocks leave these times out",
        named.join(", ")
    );
    let help = "EventBridge Scheduler skips a local time that does not exist; UTC has them all";
    field.warning("skipped", message).help(help).report();
}

fn in_words(local: &DateTime) -> String {
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Local times that the expression names and clocks leave out, of a span in microseconds.
fn skipped(times: &ScheduleTimes, (start, end): (i64, i64)) -> Vec<DateTime> {
    let Ok(from) = jiff::Timestamp::from_microsecond(start.max(times.begun.as_microsecond()))
    else {
        return Vec::new();
    };
    let until = times.end.map_or(end, |it| it.as_microsecond().min(end));
    let changes = times.zone.following(from);
    let changes = changes.take_while(|it| it.timestamp().as_microsecond() < until);
    let mut found = Vec::new();
    for change in changes {
        let last_before =
            jiff::Timestamp::from_microsecond(change.timestamp().as_microsecond() - 1);
        let Ok(last_before) = last_before else {
            continue;
        };
        let after = change.offset().to_datetime(change.timestamp());
        let mut local = whole_minute_after(&times.zone, last_before);
        while let Some(named) = times.expression.next_local(local)
            && named < after
        {
            if matches!(occurrence(named, &times.zone), Occurrence::Skipped(_)) {
                found.push(named);
            }
            let Ok(next) = named.checked_add(jiff::Span::new().minutes(1)) else {
                break;
            };
            local = next;
        }
    }
    found
}

/// The first whole minute that clocks would show after an instant if they just went on.
fn whole_minute_after(zone: &TimeZone, at: jiff::Timestamp) -> DateTime {
    let local = zone.to_datetime(at);
    let whole = local.date().at(local.hour(), local.minute(), 0, 0);
    let next = whole.checked_add(jiff::Span::new().minutes(1));
    next.unwrap_or(whole)
}
