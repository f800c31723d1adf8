//! Where a trace lies in the run: shifted by weeks, days or freely, repeated or not.

use jiff::tz::TimeZone;

use super::calendar::{RunCalendar, weekday};
use super::error::{TraceError, TraceProblem};
use super::series::{RateStep, StepSeries};
use super::trace::{Gaps, Trace, TraceOptions, TracePoint};
use crate::engine::{SimDuration, SimTime};

const MICROS_PER_HOUR: i64 = 3_600_000_000;
const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;
const MICROS_PER_WEEK: i64 = 7 * MICROS_PER_DAY;
/// How much a trace may lack at an end before that is an error: traces of whole days often start
/// some minutes after midnight. ASSUMPTION.
const EDGE_MICROS_MAX: i64 = MICROS_PER_HOUR;

/// How a trace's own time becomes the run's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Align {
    /// Timestamps are taken as they are; offsets count from the run's start.
    None,
    /// The first row is at the run's start.
    #[default]
    Start,
    /// Shifted by whole weeks, so that weekday and time of day stay; the run starts in the trace's
    /// first week.
    Weekday,
    /// Shifted by whole days, so that the time of day stays; the run starts in the trace's first
    /// day.
    TimeOfDay,
}

/// A trace with its place in the run.
#[derive(Clone, PartialEq, Debug)]
pub struct PlacedTrace {
    /// The rate over the run.
    pub series: StepSeries,
    /// What was assumed to place it, a sentence each.
    pub notes: Vec<String>,
}

impl Trace {
    /// The trace's rate over a run of this length.
    ///
    /// Shifts are whole weeks (or days) of 24-hour days: a trace from summer time plays an hour off
    /// in a run in winter time, which a note says. Beyond either end the trace is missing: up to an
    /// hour (or a step) its nearest value holds, with a note; more is an error, but `gaps: hold`
    /// and `gaps: zero` fill it.
    ///
    /// # Errors
    /// If the trace does not cover the run, or has no calendar to align.
    pub fn place(
        &self,
        options: &TraceOptions,
        calendar: &RunCalendar,
        duration: SimDuration,
    ) -> Result<PlacedTrace, TraceError> {
        let place = Placement {
            trace: self,
            options,
            calendar,
        };
        let mut notes = Vec::new();
        let at_start = place.point_at_start()?;
        if let Some(note) = place.daylight_saving_note(at_start) {
            notes.push(note);
        }
        let series = if options.repeat {
            place.repeated(at_start, &mut notes)?
        } else {
            place.once(at_start, duration, &mut notes)?
        };
        Ok(PlacedTrace { series, notes })
    }
}

/// The point of the trace's own time that lies at the run's start, for any trace whose first row is
/// `first`.
pub(super) fn point_at_start(
    align: Align,
    is_calendar: bool,
    first: i64,
    tolerance: i64,
    run_start: i64,
) -> Result<i64, TraceProblem> {
    let shift = |period: i64| {
        let earliest = first - tolerance;
        earliest + (run_start - earliest).rem_euclid(period)
    };
    match align {
        Align::None if is_calendar => Ok(run_start),
        Align::None => Ok(0),
        Align::Start => Ok(first),
        Align::Weekday if is_calendar => Ok(shift(MICROS_PER_WEEK)),
        Align::TimeOfDay if is_calendar => Ok(shift(MICROS_PER_DAY)),
        Align::Weekday | Align::TimeOfDay => Err(TraceProblem::Option(
            "times that count from the trace's zero have no weekday: use `align: start` or `none`"
                .into(),
        )),
    }
}

struct Placement<'a> {
    trace: &'a Trace,
    options: &'a TraceOptions,
    calendar: &'a RunCalendar,
}

impl Placement<'_> {
    fn is_calendar(&self) -> bool {
        matches!(self.trace.facts.first, TracePoint::Instant(_))
    }

    fn first(&self) -> i64 {
        self.trace.steps[0].0
    }

    fn tolerance(&self) -> i64 {
        EDGE_MICROS_MAX.max(i64::try_from(self.trace.facts.step.as_micros()).unwrap_or(i64::MAX))
    }

    fn error(&self, problem: TraceProblem) -> TraceError {
        TraceError::new(&self.options.path, None, problem)
    }

    fn point_at_start(&self) -> Result<i64, TraceError> {
        let run_start = self.calendar.start().as_microsecond();
        // A year of tolerance at most, so that a trace of one step a decade overflows nothing.
        let tolerance = self.tolerance().min(52 * MICROS_PER_WEEK);
        point_at_start(
            self.options.align,
            self.is_calendar(),
            self.first(),
            tolerance,
            run_start,
        )
        .map_err(|problem| self.error(problem))
    }

    fn daylight_saving_note(&self, at_start: i64) -> Option<String> {
        if !matches!(self.options.align, Align::Weekday | Align::TimeOfDay) {
            return None;
        }
        let then = jiff::Timestamp::from_microsecond(at_start).ok()?;
        let zone = self.calendar.zone();
        let seconds =
            zone.to_offset(then).seconds() - zone.to_offset(self.calendar.start()).seconds();
        let word = if seconds < 0 { "later" } else { "earlier" };
        (seconds != 0).then(|| {
            format!(
                "the trace plays {} {word} on local clocks than it was recorded: the zone's offset \
                 from UTC was another then",
                SimDuration::from_secs(u64::from(seconds.unsigned_abs()))
            )
        })
    }

    /// The trace once; its edges missing or not.
    fn once(
        &self,
        at_start: i64,
        duration: SimDuration,
        notes: &mut Vec<String>,
    ) -> Result<StepSeries, TraceError> {
        let run = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        let head = self.first().saturating_sub(at_start);
        let tail = at_start.saturating_add(run).saturating_sub(self.trace.end);
        if run <= head || self.trace.end <= at_start {
            return Err(self.not_covered(at_start, "the run lies outside the trace".into()));
        }
        let fills = matches!(self.options.gaps, Gaps::Hold | Gaps::Zero);
        for (missing, end, row) in [(head, "first", "first"), (tail, "last", "last")] {
            if missing <= 0 {
                continue;
            }
            let missing_text = SimDuration::from_micros(missing.unsigned_abs());
            if !fills && self.tolerance() < missing {
                let what = format!("the run's {end} {missing_text} have no rows");
                return Err(self.not_covered(at_start, what));
            }
            let filling = match self.options.gaps {
                Gaps::Zero => "without demand".to_owned(),
                _ => format!("at the trace's {row} value"),
            };
            notes.push(format!(
                "the run's {end} {missing_text}, before or after the trace, are {filling}"
            ));
        }
        let mut steps = self.cut(at_start, at_start.saturating_add(run).min(self.trace.end));
        if 0 < head {
            let rate = if self.options.gaps == Gaps::Zero {
                0.0
            } else {
                steps[0].rate_per_second
            };
            steps.insert(
                0,
                RateStep {
                    start: SimTime::ZERO,
                    rate_per_second: rate,
                },
            );
        }
        if 0 < tail && self.options.gaps == Gaps::Zero {
            let start = run_time(self.trace.end, at_start);
            steps.push(RateStep {
                start,
                rate_per_second: 0.0,
            });
        }
        Ok(StepSeries::new(steps, None))
    }

    /// The trace over and over, before its first row too, in whole weeks or days where those are
    /// aligned.
    fn repeated(&self, at_start: i64, notes: &mut Vec<String>) -> Result<StepSeries, TraceError> {
        let first = self.first();
        let length = self.trace.end - first;
        let (period, unit) = match self.options.align {
            Align::None | Align::Start => (length, ""),
            Align::Weekday => (whole(length, MICROS_PER_WEEK), "week"),
            Align::TimeOfDay => (whole(length, MICROS_PER_DAY), "day"),
        };
        if period == 0 {
            let shorter = if unit == "week" {
                "; `align: timeOfDay` repeats days"
            } else {
                ""
            };
            return Err(self.error(TraceProblem::Option(format!(
                "a trace of {} is too short to repeat by the {unit}{shorter}",
                SimDuration::from_micros(length.unsigned_abs())
            ))));
        }
        let period_length = SimDuration::from_micros(period.unsigned_abs());
        notes.push(format!("the trace repeats every {period_length}"));
        if period < length {
            let cut = SimDuration::from_micros((length - period).unsigned_abs());
            notes.push(format!(
                "the last {cut} of the trace are left out of the repetition"
            ));
        }
        // The cycle is turned so that it begins at the run's start.
        let turn = first + (at_start - first).rem_euclid(period);
        let mut steps = self.cut(turn, first + period);
        for step in self.cut(first, turn) {
            let start =
                step.start + SimDuration::from_micros((first + period - turn).unsigned_abs());
            steps.push(RateStep { start, ..step });
        }
        Ok(StepSeries::new(steps, Some(period_length)))
    }

    /// The steps in `[from, to)`, their starts counted from `from`; a step that `from` lies in
    /// starts there.
    fn cut(&self, from: i64, to: i64) -> Vec<RateStep> {
        let steps = &self.trace.steps;
        let begin = steps
            .partition_point(|step| step.0 <= from)
            .saturating_sub(1);
        let end = steps.partition_point(|step| step.0 < to);
        steps[begin.min(end)..end]
            .iter()
            .map(|&(start, rate_per_second)| RateStep {
                start: run_time(start, from),
                rate_per_second,
            })
            .collect()
    }

    fn not_covered(&self, at_start: i64, what: String) -> TraceError {
        let facts = &self.trace.facts;
        let day = |point: TracePoint| match point {
            TracePoint::Instant(instant) => {
                format!("{} {instant}", weekday(instant, &TimeZone::UTC))
            }
            TracePoint::Offset(offset) => format!("+{offset}"),
        };
        let covers = format!("{} to {}", day(facts.first), day(facts.end));
        let help = match self.options.align {
            Align::None if self.is_calendar() => {
                "`align: weekday` plays it on the same weekdays of the run".to_owned()
            }
            _ if self.trace.end <= at_start => {
                "`align: start` plays it from the run's start, `repeat: true` over and over".into()
            }
            _ => "`repeat: true` starts it over, `gaps: hold` keeps its last value, `gaps: zero` \
                  means no demand; or shorten the run"
                .into(),
        };
        self.error(TraceProblem::NotCovered { what, covers, help })
    }
}

/// The longest whole number of periods in `length`; one that lacks no more than an edge counts.
fn whole(length: i64, period: i64) -> i64 {
    (length + EDGE_MICROS_MAX) / period * period
}

fn run_time(point: i64, at_start: i64) -> SimTime {
    SimTime::from_micros(u64::try_from(point.saturating_sub(at_start)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::value_unit::ValueUnit;

    fn shipped(name: &str, align: Align) -> TraceOptions {
        let path = format!("{}/scenarios/traces/{name}", env!("CARGO_MANIFEST_DIR"));
        let mut options = TraceOptions::new(path, ValueUnit::parse("requests/5min").unwrap());
        options.align = align;
        options
    }

    fn calendar(start: &str, zone: &str) -> RunCalendar {
        RunCalendar::new(start.parse().unwrap(), TimeZone::get(zone).unwrap())
    }

    fn days(count: u64) -> SimDuration {
        SimDuration::from_secs(count * 86_400)
    }

    fn place(
        options: &TraceOptions,
        start: &str,
        run: SimDuration,
    ) -> Result<PlacedTrace, TraceError> {
        Trace::read(options)
            .unwrap()
            .place(options, &calendar(start, "UTC"), run)
    }

    /// Start in seconds and requests per 5 minutes of the first steps.
    fn head(placed: &PlacedTrace, count: usize) -> Vec<(u64, f64)> {
        let steps = placed.series.steps().iter().take(count);
        steps
            .map(|s| {
                (
                    s.start.as_micros() / 1_000_000,
                    (s.rate_per_second * 300.0).round(),
                )
            })
            .collect()
    }

    #[test]
    fn a_thursdays_trace_starts_at_its_first_row_on_a_thursday() {
        let mut options = shipped("elb-requests-5min.csv", Align::Weekday);
        options.from = Some(TracePoint::Instant("2014-04-17T00:00:00Z".parse().unwrap()));
        options.to = Some(TracePoint::Instant("2014-04-24T00:00:00Z".parse().unwrap()));
        let placed = place(&options, "2026-03-05T00:00:00Z", days(7)).unwrap();
        let trace = Trace::read(&options).unwrap();
        assert_eq!(trace.facts.first.to_string(), "2014-04-17T00:04:00Z");
        // The rows keep their phase: 00:04, 00:09; the four minutes before hold the first value.
        let first = (trace.steps[0].1 * 300.0).round();
        let second = (trace.steps[1].1 * 300.0).round();
        assert_eq!(head(&placed, 3), [(0, first), (240, first), (540, second)]);
        assert_eq!(
            placed.notes,
            ["the run's first 4m, before or after the trace, are at the trace's first value"]
        );
    }

    #[test]
    fn a_run_that_starts_on_monday_plays_mondays_rows() {
        let options = shipped("elb-requests-5min.csv", Align::Weekday);
        let placed = place(&options, "2026-03-09T06:04:00Z", days(3)).unwrap();
        let trace = Trace::read(&options).unwrap();
        let monday = "2014-04-14T06:04:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_microsecond();
        let row = trace.steps.iter().find(|step| step.0 == monday).unwrap();
        assert_eq!(placed.series.steps()[0].rate_per_second, row.1);
    }

    #[test]
    fn a_trace_of_two_weeks_and_a_bit_repeats_every_two_weeks() {
        let options = TraceOptions {
            repeat: true,
            ..shipped("elb-requests-5min.csv", Align::Weekday)
        };
        let placed = place(&options, "2026-03-05T00:00:00Z", days(365)).unwrap();
        assert_eq!(placed.series.repeat(), Some(days(14)));
        assert_eq!(
            placed.notes,
            [
                "the trace repeats every 14d",
                "the last 40m of the trace are left out of the repetition"
            ]
        );
    }

    #[test]
    fn a_run_longer_than_the_trace_is_an_error_unless_told_what_to_do() {
        let mut options = shipped("worldcup98-5min.csv", Align::Start);
        let error = place(&options, "2026-03-05T00:00:00Z", days(7)).unwrap_err();
        let message = format!("{}\nhelp: {}", error.problem, error.help());
        assert_eq!(
            message,
            "the run's last 3d have no rows: the trace covers Sunday 1998-06-28T00:00:00Z to \
             Thursday 1998-07-02T00:00:00Z\n\
             help: `repeat: true` starts it over, `gaps: hold` keeps \
             its last value, `gaps: zero` means no demand; or shorten the run"
        );
        options.gaps = Gaps::Zero;
        let placed = place(&options, "2026-03-05T00:00:00Z", days(7)).unwrap();
        let last = placed.series.steps().last().unwrap();
        assert_eq!(
            (last.start, last.rate_per_second),
            (SimTime::from_secs(4 * 86_400), 0.0)
        );
        options.repeat = true;
        let placed = place(&options, "2026-03-05T00:00:00Z", days(7)).unwrap();
        assert_eq!(placed.series.repeat(), Some(days(4)));
    }

    #[test]
    fn a_run_on_days_that_the_trace_lacks_is_an_error() {
        let options = shipped("worldcup98-5min.csv", Align::Weekday);
        let error = place(&options, "2026-03-06T00:00:00Z", days(1)).unwrap_err();
        assert!(
            error
                .problem
                .to_string()
                .starts_with("the run lies outside the trace")
        );
        let options = TraceOptions {
            repeat: true,
            ..options
        };
        let error = place(&options, "2026-03-06T00:00:00Z", days(1)).unwrap_err();
        assert_eq!(
            error.problem.to_string(),
            "a trace of 4d is too short to repeat by the week; `align: timeOfDay` repeats days"
        );
        let error = place(
            &shipped("worldcup98-5min.csv", Align::None),
            "2026-03-06T00:00:00Z",
            days(1),
        );
        assert_eq!(
            error.unwrap_err().help(),
            "`align: weekday` plays it on the same weekdays of the run"
        );
    }

    #[test]
    fn a_repeated_trace_is_turned_to_the_run_s_time_of_day() {
        let options = TraceOptions {
            repeat: true,
            ..shipped("worldcup98-5min.csv", Align::TimeOfDay)
        };
        let placed = place(&options, "2026-03-06T18:02:00Z", days(30)).unwrap();
        let trace = Trace::read(&options).unwrap();
        let at = "1998-06-28T18:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_microsecond();
        let row = trace.steps.iter().find(|step| step.0 == at).unwrap();
        let steps = placed.series.steps();
        assert_eq!(
            (steps[0].start, steps[0].rate_per_second),
            (SimTime::ZERO, row.1)
        );
        assert_eq!(steps[1].start, SimTime::from_secs(180));
    }

    #[test]
    fn an_hour_of_daylight_saving_between_trace_and_run_is_said() {
        let options = shipped("elb-requests-5min.csv", Align::Weekday);
        let trace = Trace::read(&options).unwrap();
        let notes = |start| {
            trace
                .place(&options, &calendar(start, "Europe/Berlin"), days(1))
                .unwrap()
                .notes
        };
        assert!(
            notes("2026-03-06T00:00:00Z")[0]
                .starts_with("the trace plays 1h earlier on local clocks")
        );
        assert_eq!(notes("2026-06-05T00:00:00Z"), [""; 0]);
    }
}
