//! Ticks of time: midnights, full hours, firsts of months, as the clocks of a zone show them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::engine::SimDuration;

/// The stretch of time that a chart shows.
#[derive(Clone, Debug)]
pub struct TimeFrame {
    /// The instant of second 0.
    pub start: Timestamp,
    /// The zone whose clock the axis shows.
    pub zone: TimeZone,
    /// How long the chart's stretch is.
    pub length: SimDuration,
}

/// A tick of a time axis.
#[derive(Clone, PartialEq, Debug)]
pub struct TimeTick {
    /// Seconds since the frame's start.
    pub second: f64,
    /// What stands below it: a time of day, or a date.
    pub text: String,
    /// The date below the time of day, where it begins.
    pub day: Option<String>,
}

/// A step between ticks.
#[derive(Clone, Copy)]
enum Step {
    Seconds(i64),
    Days(i64),
    Months(i64),
}

const STEPS: &[Step] = &[
    Step::Seconds(1),
    Step::Seconds(5),
    Step::Seconds(15),
    Step::Seconds(30),
    Step::Seconds(60),
    Step::Seconds(300),
    Step::Seconds(900),
    Step::Seconds(1_800),
    Step::Seconds(3_600),
    Step::Seconds(7_200),
    Step::Seconds(10_800),
    Step::Seconds(21_600),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Months(1),
    Step::Months(3),
    Step::Months(12),
    Step::Months(60),
    Step::Months(240),
    Step::Months(1_200),
    Step::Months(12_000),
];

/// More ticks than this are never drawn, whatever the frame.
const TICKS_MAX: usize = 60;

impl TimeFrame {
    /// The length in seconds, at least a microsecond so that it can divide.
    pub fn seconds(&self) -> f64 {
        self.length.as_secs_f64().max(1e-6)
    }

    fn second_of(&self, civil: DateTime) -> Option<f64> {
        let instant = self.zone.to_zoned(civil).ok()?.timestamp();
        Some((instant.as_microsecond() - self.start.as_microsecond()) as f64 / 1e6)
    }

    fn civil_start(&self) -> DateTime {
        self.start.to_zoned(self.zone.clone()).datetime()
    }

    /// The seconds at which days of the zone begin, from the day that holds the start to the first
    /// that begins at the end or later. A day is 23 or 25 hours long when clocks change.
    pub fn midnights(&self) -> Vec<f64> {
        let mut date = self.civil_start().date();
        let mut seconds = Vec::new();
        while seconds.len() < 40_000 {
            let Some(second) = self.second_of(date.at(0, 0, 0, 0)) else {
                break;
            };
            seconds.push(second);
            let Ok(next) = date.tomorrow() else { break };
            if self.seconds() <= second {
                break;
            }
            date = next;
        }
        seconds
    }
}

/// Ticks over the frame, at most about `count_max`; none if the calendar does not reach so far.
pub fn time_ticks(frame: &TimeFrame, count_max: usize) -> Vec<TimeTick> {
    let seconds = frame.seconds();
    let room = seconds / count_max.max(1) as f64;
    let step = STEPS.iter().find(|step| room <= step.seconds() * 1.0001);
    let step = *step.unwrap_or(&STEPS[STEPS.len() - 1]);
    let mut ticks: Vec<TimeTick> = Vec::new();
    let mut civil = step.first(frame.civil_start());
    let mut last_day = None;
    for _ in 0..TICKS_MAX * 4 {
        let Some(second) = frame.second_of(civil) else {
            break;
        };
        if seconds * 1.000001 < second || ticks.len() == TICKS_MAX {
            break;
        }
        // A civil time that clocks skip or repeat would stand on its neighbour.
        let apart = ticks
            .last()
            .is_none_or(|tick| tick.second + step.seconds() * 0.4 < second);
        if 0.0 <= second && apart {
            ticks.push(step.tick(second, civil, &mut last_day));
        }
        let Some(next) = step.next(civil) else { break };
        civil = next;
    }
    ticks
}

/// What a time axis says about itself: its zone, and the year where ticks don't say it.
pub fn zone_note(frame: &TimeFrame) -> String {
    let zone = frame.zone.iana_name().map_or_else(
        || {
            frame
                .start
                .to_zoned(frame.zone.clone())
                .offset()
                .to_string()
        },
        str::to_owned,
    );
    format!("time in {zone}, {}", frame.civil_start().year())
}

impl Step {
    fn seconds(self) -> f64 {
        match self {
            Step::Seconds(seconds) => seconds as f64,
            Step::Days(days) => days as f64 * 86_400.0,
            Step::Months(months) => months as f64 * 30.4 * 86_400.0,
        }
    }

    /// The last civil time at or before `from` on which ticks of this step stand.
    fn first(self, from: DateTime) -> DateTime {
        let date = from.date();
        match self {
            // Steps under a day divide it; short ones start nearby, to save the walk from midnight.
            Step::Seconds(seconds) if seconds < 60 => date.at(from.hour(), from.minute(), 0, 0),
            Step::Seconds(seconds) if seconds < 3_600 => date.at(from.hour(), 0, 0, 0),
            Step::Seconds(_) => date.at(0, 0, 0, 0),
            Step::Days(7) => {
                let since_monday = i64::from(date.weekday().to_monday_zero_offset());
                date.saturating_sub(Span::new().days(since_monday))
                    .at(0, 0, 0, 0)
            }
            Step::Days(_) => date.at(0, 0, 0, 0),
            Step::Months(months) if months < 12 => {
                let month = (i64::from(date.month()) - 1) / months * months + 1;
                first_of(date.year(), month as i8)
            }
            Step::Months(months) => {
                let years = (months / 12) as i16;
                first_of((date.year() / years * years).max(1), 1)
            }
        }
    }

    fn next(self, civil: DateTime) -> Option<DateTime> {
        let span = match self {
            Step::Seconds(seconds) => Span::new().seconds(seconds),
            Step::Days(days) => Span::new().days(days),
            Step::Months(months) => Span::new().months(months),
        };
        civil.checked_add(span).ok()
    }

    fn tick(self, second: f64, civil: DateTime, last_day: &mut Option<Date>) -> TimeTick {
        let text = match self {
            Step::Seconds(seconds) if seconds < 60 => civil.strftime("%H:%M:%S").to_string(),
            Step::Seconds(_) => civil.strftime("%H:%M").to_string(),
            Step::Days(_) => civil.strftime("%a %-d %b").to_string(),
            Step::Months(months) if months < 12 => civil.strftime("%b %Y").to_string(),
            Step::Months(_) => civil.strftime("%Y").to_string(),
        };
        let new_day = last_day.replace(civil.date()) != Some(civil.date());
        let day = match self {
            Step::Seconds(_) if new_day => Some(civil.strftime("%a %-d %b").to_string()),
            _ => None,
        };
        TimeTick { second, text, day }
    }
}

fn first_of(year: i16, month: i8) -> DateTime {
    DateTime::from_parts(
        Date::new(year, month, 1).unwrap_or(Date::MIN),
        Time::midnight(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(start: &str, zone: &str, seconds: u64) -> TimeFrame {
        TimeFrame {
            start: start.parse().unwrap(),
            zone: TimeZone::get(zone).unwrap(),
            length: SimDuration::from_secs(seconds),
        }
    }

    fn texts(frame: &TimeFrame) -> String {
        let ticks = time_ticks(frame, 12);
        let texts: Vec<String> = ticks.into_iter().map(|tick| tick.text).collect();
        texts.join(" ")
    }

    #[test]
    fn a_week_has_its_midnights() {
        let week = frame("2026-03-04T23:00:00Z", "Europe/Berlin", 7 * 86_400);
        let expected =
            "Thu 5 Mar Fri 6 Mar Sat 7 Mar Sun 8 Mar Mon 9 Mar Tue 10 Mar Wed 11 Mar Thu 12 Mar";
        assert_eq!(texts(&week), expected);
    }

    #[test]
    fn a_day_has_its_hours_and_says_which_day() {
        let day = frame("2026-03-05T00:00:00Z", "UTC", 86_400);
        assert!(texts(&day).starts_with("00:00 02:00 04:00"));
        let ticks = time_ticks(&day, 12);
        assert_eq!(ticks[0].day.as_deref(), Some("Thu 5 Mar"));
        assert_eq!(ticks[1].day, None);
        assert_eq!(ticks[12].day.as_deref(), Some("Fri 6 Mar"));
    }

    #[test]
    fn midnights_follow_the_change_of_clocks() {
        // Clocks in Berlin went forward on 29 March 2026: that day has 23 hours.
        let days = frame("2026-03-28T23:00:00Z", "Europe/Berlin", 2 * 86_400);
        assert_eq!(days.midnights(), vec![0.0, 82_800.0, 169_200.0, 255_600.0]);
    }

    #[test]
    fn a_frame_beyond_the_calendar_does_not_panic() {
        let mut endless = frame("2026-03-05T00:00:00Z", "UTC", 1);
        endless.length = SimDuration::MAX;
        assert!(time_ticks(&endless, 12).len() <= TICKS_MAX);
        endless.start = Timestamp::MAX;
        time_ticks(&endless, 12);
    }
}
