//! What is known of a service's minutes ahead, and what target tracking's alarms say of them.

use crate::demand::load::Load;
use crate::demand::period::ServicePeriod;
use crate::policy::target_tracking::{Reading, RunLengths, ScalableTarget, TrackingSignal};
use crate::world::scaling::{MetricWindow, ScalableTarget as TargetState};

/// Minutes that are over and that the alarms have not seen yet: more than metrics are late.
const MINUTES_LATE: i64 = 8;

/// What is known of a service's minutes: those that are over, perhaps the one that has begun, and
/// that all after it are alike.
pub(super) struct Minutes<'a> {
    /// The newest one that is over.
    closed: i64,
    /// The newest one that is known and need not be like the steady ones.
    pub(super) newest: i64,
    ahead: Option<&'a ServicePeriod>,
    pub(super) steady: Option<&'a ServicePeriod>,
}

impl<'a> Minutes<'a> {
    /// Those of a load, `closed` being the newest that is over.
    pub(super) fn of(closed: i64, load: Option<&'a Load>) -> Self {
        let ahead = load.and_then(|load| load.ahead());
        Minutes {
            closed,
            newest: closed + i64::from(ahead.is_some()),
            ahead,
            steady: load.and_then(|load| load.steady()),
        }
    }

    /// The last minute worth a look, where alarms remember so many.
    pub(super) fn last(&self, memory: i64) -> i64 {
        match self.steady {
            Some(_) => self.newest + memory,
            None => self.newest,
        }
    }

    /// Whether all minutes after the newest are alike.
    pub(super) fn is_steady(&self) -> bool {
        self.steady.is_some()
    }

    /// A minute that is not over; `None` for one that is.
    pub(super) fn ahead_at(&self, minute: i64) -> Option<&'a ServicePeriod> {
        match (self.steady, self.ahead) {
            (Some(steady), _) if self.newest < minute => Some(steady),
            (_, Some(ahead)) if self.closed < minute => Some(ahead),
            _ => None,
        }
    }

    pub(super) fn value(&self, window: &MetricWindow, minute: i64) -> Option<f64> {
        match self.ahead_at(minute) {
            Some(period) => window.value_of(period),
            None => window.at(minute),
        }
    }

    /// Whether the desired count is enough for every minute after `seen` that breaches an alarm, so
    /// that it stays whatever went before.
    pub(super) fn are_served(
        &self,
        seen: i64,
        state: &TargetState,
        target: &ScalableTarget,
    ) -> bool {
        if !target.stays_if_enough() || seen + MINUTES_LATE < self.closed {
            return false;
        }
        state.windows.iter().all(|window| {
            let tracked = window.policy.target;
            // A minute without a data point ends every alarm.
            let is_served = |value: Option<f64>| {
                value.is_none_or(|metric| {
                    window.alarms.is_clear(metric) || target.is_enough(metric, tracked)
                })
            };
            self.steady.is_none_or(|it| is_served(window.value_of(it)))
                && self.ahead.is_none_or(|it| is_served(window.value_of(it)))
                && (seen + 1..=self.closed).all(|minute| is_served(window.at(minute)))
        })
    }

    /// The first minute after `seen` at which there can be something to see, less one; the alarms
    /// have then seen those before it.
    pub(super) fn pass_quiet(
        &self,
        seen: i64,
        target: &TargetState,
        alarms: &mut [RunLengths],
    ) -> i64 {
        let windows = &target.windows;
        if self.closed <= seen || !target.is_quiet_since(seen) || !are_quiet(alarms, windows) {
            return seen;
        }
        for (lengths, window) in alarms.iter_mut().zip(windows) {
            *lengths = window.newest_lengths;
        }
        self.closed
    }
}

/// How many minutes like `period` it takes until an alarm goes off: 0 if one is off already; `None`
/// if none ever goes off.
pub(super) fn points_to_alarm(
    lengths: &[RunLengths],
    windows: &[MetricWindow],
    period: &ServicePeriod,
) -> Option<u32> {
    let points = |(lengths, window): (&RunLengths, &MetricWindow)| {
        if lengths.signal(&window.alarms) != TrackingSignal::Quiet {
            return Some(0);
        }
        lengths.datapoints_to_alarm(&window.alarms, window.value_of(period)?)
    };
    lengths.iter().zip(windows).filter_map(points).min()
}

pub(super) fn are_quiet(lengths: &[RunLengths], windows: &[MetricWindow]) -> bool {
    let mut pairs = lengths.iter().zip(windows);
    pairs.all(|(lengths, window)| lengths.signal(&window.alarms) == TrackingSignal::Quiet)
}

/// Reads every policy's alarms into `readings`.
pub(super) fn read<'w>(
    windows: &'w [MetricWindow],
    mut look: impl FnMut(&'w MetricWindow) -> (RunLengths, Option<f64>),
    readings: &mut Vec<Reading>,
) {
    readings.clear();
    for window in windows {
        let (lengths, value) = look(window);
        readings.push(Reading {
            policy: window.policy,
            signal: lengths.signal(&window.alarms),
            metric: value.unwrap_or(0.0),
        });
    }
}
