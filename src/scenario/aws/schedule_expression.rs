//! `ScheduleExpression` of rules, schedules and scheduled actions, with the place of what is wrong
//! in it; and what of it no run will see.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::demand::scheduled::ScheduleTimes;
use crate::policy::schedule::{Occurrence, ScheduleError, ScheduleExpression, occurrence};
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::plan::RunPlan;
use crate::scenario::reader::Field;

use super::placement::at_character;

/// The most runs that a note names.
const NAMED_MAX: usize = 3;

/// Reads an expression of EventBridge's.
pub(super) fn read(cx: &Context<'_>, field: &Field<'_>) -> Option<ScheduleExpression> {
    let text = field.str()?;
    told(cx, (field, text), ScheduleExpression::parse(text))
}

/// Reads one of Application Auto Scaling's.
pub(super) fn read_scaling(cx: &Context<'_>, field: &Field<'_>) -> Option<ScheduleExpression> {
    let text = field.str()?;
    told(cx, (field, text), ScheduleExpression::parse_scaling(text))
}

fn told(
    cx: &Context<'_>,
    (field, text): (&Field<'_>, &str),
    read: Result<ScheduleExpression, ScheduleError>,
) -> Option<ScheduleExpression> {
    match read {
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

/// The times of a schedule or of an action, as far as they may be seen or not.
#[derive(Clone, Copy)]
pub(super) struct Seen<'t> {
    pub(super) expression: &'t ScheduleExpression,
    pub(super) zone: &'t TimeZone,
    /// When it begins, if that is said.
    pub(super) begun: Option<Timestamp>,
    /// Nothing happens from then on.
    pub(super) end: Option<Timestamp>,
}

/// Says what of a schedule no run will see: all of it, or what the clocks leave out.
pub(super) fn note_unseen(field: &Field<'_>, name: &str, times: &ScheduleTimes, run: &RunPlan) {
    let seen = Seen {
        expression: &times.expression,
        zone: &times.zone,
        begun: Some(times.begun).filter(|begun| *begun != run.start),
        end: times.end,
    };
    match seen.why_never(run) {
        None => seen.note_skipped(field, (name, "run"), run),
        Some(why) => {
            let message = format!("{name} does not run within this run: {why}");
            let help = move_it(run, "the schedule");
            field.warning("never", message).help(help).report();
        }
    }
}

impl Seen<'_> {
    /// Why none of its times lies within a run; none: one does.
    pub(super) fn why_never(&self, run: &RunPlan) -> Option<String> {
        let run_end = end_of(run);
        let begun = self.begun.unwrap_or(run.start);
        let from = begun.max(run.start);
        let first = self.expression.next(begun, from, self.zone);
        if let (Some(end), Some(_)) = (self.end, first)
            && end <= run.start
        {
            return Some(format!("it ends at {end}, before this run begins"));
        }
        match (first, self.end) {
            (Some(first), Some(end)) if end <= first => Some(format!(
                "it ends at {end}, before its first time from then on, {first}"
            )),
            (Some(first), _) if run_end <= first => Some(format!(
                "its first time is {first}, and the run ends at {run_end}"
            )),
            (Some(_), _) => None,
            (None, _) => Some(self.why_never_again(from, run)),
        }
    }

    /// Why it has no time from an instant on, which is its beginning or the run's.
    fn why_never_again(&self, from: Timestamp, run: &RunPlan) -> String {
        let at = match self.expression {
            ScheduleExpression::At(local) => occurrence(*local, self.zone),
            _ => {
                let named = self.expression.next_local(self.zone.to_datetime(from));
                match named.map(|local| occurrence(local, self.zone)) {
                    Some(at) => at,
                    None if run.start < from => {
                        return format!("its times are over when it begins, at {from}");
                    }
                    None => return "its times are over before this run begins".to_owned(),
                }
            }
        };
        match at {
            Occurrence::Skipped(local) => format!(
                "the clocks leave {} out, and it has no other time",
                in_words(&local)
            ),
            Occurrence::Runs(at) if run.start <= at => {
                format!("its time, {at}, is before it begins, at {from}")
            }
            Occurrence::Runs(_) => "its times are over before this run begins".to_owned(),
        }
    }

    /// Says what the clocks leave out within a run, of something by its name and what it does.
    pub(super) fn note_skipped(
        &self,
        field: &Field<'_>,
        (name, does): (&str, &str),
        run: &RunPlan,
    ) {
        let run_end = end_of(run);
        let from = self.begun.map_or(run.start, |begun| begun.max(run.start));
        let until = self.end.map_or(run_end, |end| end.min(run_end));
        let skipped = self
            .expression
            .skipped((from, until), self.zone, usize::MAX);
        if skipped.is_empty() {
            return;
        }
        let named: Vec<String> = skipped.iter().take(NAMED_MAX).map(in_words).collect();
        let more = match skipped.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!(
            "{name} does not {does} at {}{more}: the clocks leave these times out",
            named.join(", ")
        );
        let help = "AWS skips a local time that does not exist; UTC has them all";
        field.note("skipped", message).help(help).report();
    }
}

/// What helps where a run and something else do not meet.
pub(super) fn move_it(run: &RunPlan, other: &str) -> String {
    let (from, to) = (run.start, end_of(run));
    format!("the run goes from {from} to {to}: move it, or {other}")
}

/// The end of a run as an instant.
fn end_of(run: &RunPlan) -> Timestamp {
    let length = i64::try_from(run.duration.as_micros()).unwrap_or(i64::MAX);
    let end = run.start.as_microsecond().saturating_add(length);
    Timestamp::from_microsecond(end).unwrap_or(Timestamp::MAX)
}

fn in_words(local: &DateTime) -> String {
    match local.second() {
        0 => local.strftime("%Y-%m-%d %H:%M").to_string(),
        _ => local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}
