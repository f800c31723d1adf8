//! The runs of a schedule as EventBridge makes them: at the times of its expression, somewhere in
//! its flexible window, a little late.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::arrivals::Arrival;
use crate::engine::distribution::Distribution;
use crate::engine::random::{NameHash, Purpose, Streams};
use crate::engine::{SimDuration, SimTime};
use crate::policy::schedule::ScheduleExpression;

/// Draws of where in its window a run is made, and how late.
const INVOCATION: Purpose = Purpose::new("schedule invocation");

/// When a schedule runs.
#[derive(Clone, Debug)]
pub struct ScheduleTimes {
    /// The times it names.
    pub expression: ScheduleExpression,
    /// The zone of their clocks.
    pub zone: TimeZone,
    /// When it begins: a rate is counted from here, and nothing runs before.
    pub begun: Timestamp,
    /// Nothing runs from here on (API CreateSchedule, `EndDate`).
    pub end: Option<Timestamp>,
    /// The flexible window after each time; zero: off. ASSUMPTION: anywhere in it as likely.
    pub window: SimDuration,
    /// How long after that the call is made, in seconds.
    pub delay: Distribution,
}

impl ScheduleTimes {
    /// The first time at or after `from` that the schedule names.
    pub fn next(&self, from: Timestamp) -> Option<Timestamp> {
        let from = from.max(self.begun);
        let at = self.expression.next(self.begun, from, &self.zone)?;
        self.end.is_none_or(|end| at < end).then_some(at)
    }
}

/// The calls of a schedule in their order; future ones stay here and out of the event queue.
#[derive(Clone, Debug)]
pub struct ScheduleCursor {
    times: Arc<ScheduleTimes>,
    start: Timestamp,
    until: SimTime,
    streams: Streams,
    name: NameHash,
    /// The next time that the expression names.
    named: Option<(SimTime, Timestamp)>,
    number: u64,
    /// Calls that are drawn: one with a long window may come after the next one's.
    drawn: BinaryHeap<Reverse<SimTime>>,
}

impl ScheduleCursor {
    /// The calls of a run that starts at `start`, before `until`.
    pub fn new(
        times: Arc<ScheduleTimes>,
        (start, until): (Timestamp, SimTime),
        (streams, name): (Streams, NameHash),
    ) -> Self {
        let mut cursor = ScheduleCursor {
            times,
            start,
            until,
            streams,
            name,
            named: None,
            number: 0,
            drawn: BinaryHeap::new(),
        };
        cursor.named = cursor.next_named(start);
        cursor
    }

    fn next_named(&self, from: Timestamp) -> Option<(SimTime, Timestamp)> {
        let at = self.times.next(from)?;
        let into_run = at.as_microsecond() - self.start.as_microsecond();
        let into_run = SimTime::from_micros(u64::try_from(into_run).ok()?);
        (into_run < self.until).then_some((into_run, at))
    }

    fn draw(&mut self, named: SimTime) {
        let mut draws = self.streams.stream(INVOCATION, self.name, self.number);
        let window = self.times.window.as_secs_f64() * draws.uniform();
        let late = SimDuration::from_secs_f64(window + self.times.delay.sample(&mut draws));
        self.drawn.push(Reverse(named.saturating_add(late)));
        self.number += 1;
    }
}

impl Iterator for ScheduleCursor {
    type Item = Arrival;

    /// The next call.
    fn next(&mut self) -> Option<Arrival> {
        while let Some((named, at)) = self.named
            && self
                .drawn
                .peek()
                .is_none_or(|Reverse(first)| named <= *first)
        {
            self.draw(named);
            let after = Timestamp::from_microsecond(at.as_microsecond() + 1);
            self.named = after.ok().and_then(|after| self.next_named(after));
        }
        let Reverse(at) = self.drawn.pop()?;
        (at < self.until).then_some(Arrival {
            at,
            work: None,
            cpu: None,
            memory: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(expression: &str, zone: &str) -> ScheduleTimes {
        ScheduleTimes {
            expression: ScheduleExpression::parse(expression).unwrap(),
            zone: TimeZone::get(zone).unwrap(),
            begun: "2026-03-28T00:00:00Z".parse().unwrap(),
            end: None,
            window: SimDuration::ZERO,
            delay: Distribution::constant(0.0).unwrap(),
        }
    }

    fn calls(times: ScheduleTimes, days: u64) -> Vec<f64> {
        let start = times.begun;
        let until = SimTime::from_secs(days * 86_400);
        let key = (Streams::new(7, 0), NameHash::of("nightly"));
        let calls = ScheduleCursor::new(Arc::new(times), (start, until), key);
        calls.map(|it| it.at.as_secs_f64() / 3_600.0).collect()
    }

    #[test]
    fn clocks_that_go_forward_leave_a_run_out() {
        // Berlin, 29 March 2026: 02:00 becomes 03:00; 02:30 is 01:30 UTC before, 00:30 after.
        let found = calls(times("cron(30 2 * * ? *)", "Europe/Berlin"), 4);
        assert_eq!(found, [1.5, 48.5, 72.5]);
    }

    #[test]
    fn a_rate_counts_from_its_beginning_and_ends_before_its_end() {
        let mut times = times("rate(12 hours)", "UTC");
        times.end = Some("2026-03-29T12:00:00Z".parse().unwrap());
        assert_eq!(calls(times, 4), [0.0, 12.0, 24.0]);
    }

    #[test]
    fn windows_that_overlap_still_give_calls_in_order() {
        let mut times = times("rate(10 minutes)", "UTC");
        times.window = SimDuration::from_secs(3_600);
        let found = calls(times, 20);
        assert!(found.is_sorted());
        // Those named within the last hour may fall behind the run's end.
        assert!(
            (20 * 144 - 6..=20 * 144).contains(&found.len()),
            "{}",
            found.len()
        );
        let mean = found.iter().enumerate().map(|(i, at)| at - i as f64 / 6.0);
        let mean = mean.sum::<f64>() / found.len() as f64;
        // Uniform over an hour: 0.5 h; its standard error over 2,880 runs is 0.0054 h.
        assert!((0.48..0.52).contains(&mean), "{mean}");
    }

    #[test]
    fn a_call_is_late_by_its_delay() {
        let mut times = times("cron(0 12 * * ? *)", "UTC");
        times.delay = Distribution::uniform(0.0, 60.0).unwrap();
        let found = calls(times, 100);
        assert_eq!(found.len(), 100);
        assert!(found.iter().all(|at| {
            let late = at * 3_600.0 % 86_400.0 - 43_200.0;
            (0.0..60.0).contains(&late)
        }));
    }
}
