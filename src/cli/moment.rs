//! An instant of a run as a user writes it: since its start, as an instant with its zone, or as
//! clocks in the run's time zone show it.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset};
use jiff::{Timestamp, Zoned};

use crate::demand::timestamp::missing_date;
use crate::engine::{SimDuration, SimTime};
use crate::explain::Clock;
use crate::scenario::plan::Plan;
use crate::scenario::values::duration;

const SECOND_MICROS: u64 = 1_000_000;
/// What may be written.
const HELP: &str = "write the time since the start (2d 14h), an instant (2026-03-05T14:00:00Z), or \
                    a local time of the run's zone (2026-03-05 14:00)";

/// The last instant of a run that `text` means, which is within `[start, ended_at]`: a whole second
/// is all of it, as times are printed without their fractions and what happened in one has to be
/// found by it.
pub(super) fn moment(text: &str, plan: &Plan, ended_at: SimTime) -> Result<SimTime, String> {
    let at = start(text, plan, ended_at)?.as_micros();
    let last = match at % SECOND_MICROS {
        0 => at + (SECOND_MICROS - 1),
        _ => at,
    };
    Ok(SimTime::from_micros(last).min(ended_at))
}

/// The instant that `text` says, within `[start, ended_at]`.
pub(super) fn start(text: &str, plan: &Plan, ended_at: SimTime) -> Result<SimTime, String> {
    let trimmed = text.trim();
    if let Ok(since) = duration(trimmed) {
        return within(SimTime::ZERO + since, text, plan, ended_at);
    }
    if let Ok(time) = trimmed.parse::<Time>()
        && trimmed.contains(':')
        && !trimmed.contains(['T', ' ', '-'])
    {
        return of_day(time, text, plan, ended_at);
    }
    let wrong = |what: &str| format!("--at {text:?}: {what}");
    if let Some(date) = missing_date(trimmed) {
        return Err(wrong(&format!("the date {date} does not exist; {HELP}")));
    }
    let timestamp = match instant(trimmed, plan) {
        Ok(timestamp) => timestamp,
        Err(Some(what)) => return Err(wrong(&what)),
        Err(None) => return Err(wrong(HELP)),
    };
    let micros = timestamp.as_microsecond() - plan.run.start.as_microsecond();
    match u64::try_from(micros) {
        Ok(micros) => within(SimTime::from_micros(micros), text, plan, ended_at),
        Err(_) => Err(outside(text, plan, ended_at)),
    }
}

/// An instant with its zone or offset, or a local time of the run's zone, to the minute at least;
/// what is wrong with it, if that can be said.
fn instant(text: &str, plan: &Plan) -> Result<Timestamp, Option<String>> {
    let parsed = text.parse::<Timestamp>().ok();
    if let Some(found) = parsed.or_else(|| Some(text.parse::<Zoned>().ok()?.timestamp())) {
        return Ok(found);
    }
    let (local, is_day) = match text.parse::<DateTime>() {
        Ok(local) => (local, text.len() <= "2026-03-05".len()),
        Err(_) => (text.parse::<Date>().map_err(|_| None)?.at(0, 0, 0, 0), true),
    };
    let zone = &plan.run.time_zone;
    // A day begins where its clocks begin it.
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Fold { before, after } if !is_day => {
            Err(Some(twice(local, before, after)))
        }
        AmbiguousOffset::Gap { .. } if !is_day => Err(Some(format!(
            "clocks of {} went forward past it; write a time before or after the change, or an \
             instant (2026-03-05T14:00:00Z)",
            Clock::of(plan).zone()
        ))),
        AmbiguousOffset::Unambiguous { .. }
        | AmbiguousOffset::Fold { .. }
        | AmbiguousOffset::Gap { .. } => zone.to_timestamp(local).map_err(|_| None),
    }
}

/// What to write instead of a local time that clocks show twice.
fn twice(local: DateTime, before: Offset, after: Offset) -> String {
    let written = |offset: Offset| {
        let zoned = offset
            .to_timestamp(local)
            .map(|at| at.display_with_offset(offset).to_string());
        zoned.unwrap_or_default()
    };
    format!(
        "clocks show this time twice; write {} or {}",
        written(before),
        written(after)
    )
}

/// A time of day, where the run has it once only.
fn of_day(time: Time, text: &str, plan: &Plan, ended_at: SimTime) -> Result<SimTime, String> {
    let zone = &plan.run.time_zone;
    let first = zone.to_datetime(plan.run.start).date();
    let mut found = Vec::new();
    let mut day = Some(first);
    while let Some(date) = day {
        let local = date.to_datetime(time);
        if let AmbiguousOffset::Fold { before, after } = zone.to_ambiguous_timestamp(local).offset()
            && let Ok(at) = zone.to_timestamp(local)
            && (plan.run.start..).contains(&at)
            && found.is_empty()
        {
            let what = twice(local, before, after);
            return Err(format!("--at {text:?}: {what}"));
        }
        let at = zone.to_timestamp(local).ok();
        let since = at.map(|at| at.as_microsecond() - plan.run.start.as_microsecond());
        if let Some(since) = since {
            let end = i64::try_from(ended_at.as_micros()).unwrap_or(i64::MAX);
            if end < since || 1 < found.len() {
                break;
            }
            found.extend(u64::try_from(since).ok().map(SimTime::from_micros));
        }
        day = date.tomorrow().ok();
    }
    match found[..] {
        [at] => Ok(at),
        [] => Err(outside(text, plan, ended_at)),
        [first, ..] => Err(format!(
            "--at {text:?} comes on several days of the run; write the day too, like {:?}",
            Clock::of(plan).show(first)
        )),
    }
}

fn within(at: SimTime, text: &str, plan: &Plan, ended_at: SimTime) -> Result<SimTime, String> {
    match at <= ended_at {
        true => Ok(at),
        false => Err(outside(text, plan, ended_at)),
    }
}

fn outside(text: &str, plan: &Plan, ended_at: SimTime) -> String {
    let clock = Clock::of(plan);
    let played = SimDuration::from_micros(ended_at.as_micros());
    format!(
        "--at {text:?} is outside of the run, which goes from {} to {} {} ({} long)",
        clock.show(SimTime::ZERO),
        clock.show(ended_at),
        clock.zone(),
        crate::report::wording::length(played.as_secs_f64()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{LoadOptions, load_text};

    fn plan(duration: &str) -> Plan {
        let text = format!(
            "
fleetcast: 1
run: {{ duration: {duration}, start: 2026-03-05T00:00:00Z, timeZone: Europe/Berlin }}
aws:
  taskDefinitions:
    - {{ family: web, cpu: \"256\", memory: \"512\", requiresCompatibilities: [FARGATE] }}
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 1, launchType: FARGATE }}]
"
        );
        load_text("test.yaml", &text, &LoadOptions::default())
            .unwrap()
            .plan
    }

    #[test]
    fn a_moment_is_read_in_every_form_that_a_user_would_type() {
        let plan = plan("3d");
        // 14:00 in Berlin is 13:00 UTC in March.
        let table = [
            ("0", 0),
            ("90m", 5_400),
            ("1d 13h", 133_200),
            ("1d13h", 133_200),
            ("2026-03-06T13:00:00Z", 133_200),
            ("2026-03-06T14:00:00+01:00", 133_200),
            ("2026-03-06T14:00[Europe/Berlin]", 133_200),
            ("2026-03-06 14:00", 133_200),
            ("2026-03-06T14:00:30", 133_230),
            ("2026-03-06", 82_800),
        ];
        for (text, seconds) in table {
            let at = moment(text, &plan, plan.horizon());
            let whole = SimTime::from_micros(seconds * SECOND_MICROS + 999_999);
            assert_eq!(at, Ok(whole), "{text}");
        }
        // A fraction is an instant, and the run ends when it ends.
        let fraction = moment("2026-03-06 14:00:00.25", &plan, plan.horizon());
        assert_eq!(fraction, Ok(SimTime::from_micros(133_200_250_000)));
        assert_eq!(moment("3d", &plan, plan.horizon()), Ok(plan.horizon()));
    }

    #[test]
    fn a_time_of_day_is_enough_where_the_run_has_it_once() {
        let day = plan("23h");
        let at = moment("14:00", &day, day.horizon());
        assert_eq!(at, Ok(SimTime::from_micros(13 * 3_600_000_000 + 999_999)));
        let days = plan("3d");
        let said = moment("14:00", &days, days.horizon()).unwrap_err();
        assert!(said.contains("several days"), "{said}");
        assert!(said.contains("2026-03-05 14:00:00"), "{said}");
    }

    #[test]
    fn a_time_that_clocks_show_twice_or_never_is_not_guessed() {
        let text = |start: &str| {
            format!(
                "
fleetcast: 1
run: {{ duration: 5h, start: {start}, timeZone: Europe/Berlin }}
aws:
  taskDefinitions:
    - {{ family: web, cpu: 256, memory: 512, requiresCompatibilities: [FARGATE] }}
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 1, launchType: FARGATE }}]
"
            )
        };
        let plan = |start: &str| {
            let options = LoadOptions::default();
            load_text("test.yaml", &text(start), &options).unwrap().plan
        };
        let back = plan("2026-10-25T00:00:00Z");
        for text in ["2026-10-25 02:30", "02:30"] {
            let said = moment(text, &back, back.horizon()).unwrap_err();
            let expected = format!(
                "--at {text:?}: clocks show this time twice; write 2026-10-25T02:30:00+02:00 or \
                 2026-10-25T02:30:00+01:00"
            );
            assert_eq!(said, expected);
        }
        let second = SimTime::from_micros(5_400 * SECOND_MICROS + 999_999);
        for text in ["2026-10-25T02:30:00+01:00", "2026-10-25 02:30:00+01:00"] {
            assert_eq!(moment(text, &back, back.horizon()), Ok(second));
        }
        assert_eq!(Clock::of(&back).show(second), "2026-10-25 02:30:00+01:00");
        let once = SimTime::from_micros(9_000 * SECOND_MICROS);
        assert_eq!(Clock::of(&back).show(once), "2026-10-25 03:30:00");
        let forward = plan("2026-03-29T00:00:00Z");
        let said = moment("2026-03-29 02:30", &forward, forward.horizon()).unwrap_err();
        assert!(
            said.contains("clocks of Europe/Berlin went forward past it"),
            "{said}"
        );
    }

    #[test]
    fn a_date_that_does_not_exist_is_told_so() {
        let plan = plan("3d");
        for text in ["2026-02-30", "2026-02-30 10:00"] {
            let said = moment(text, &plan, plan.horizon()).unwrap_err();
            let begin = format!("--at {text:?}: the date 2026-02-30 does not exist; write");
            assert!(said.starts_with(&begin), "{said}");
        }
    }

    #[test]
    fn what_is_no_time_or_outside_of_the_run_is_refused() {
        let plan = plan("3d");
        for text in ["noon", "", "2026-02-30 10:00", "-1h", "12"] {
            let said = moment(text, &plan, plan.horizon()).unwrap_err();
            assert!(said.contains("write the time since the start"), "{said}");
        }
        for text in ["4d", "2026-03-04T00:00:00Z", "2027-01-01 00:00"] {
            let said = moment(text, &plan, plan.horizon()).unwrap_err();
            assert!(
                said.contains("from 2026-03-05 01:00:00 to 2026-03-08 01:00:00 Europe/Berlin"),
                "{said}"
            );
        }
    }
}
