//! What is known of a service's minutes ahead, and what target tracking's alarms say of them.

use crate::demand::load::Load;
use crate::demand::period::ServicePeriod;
use crate::policy::target_tracking::{Reading, RunLengths, ScalableTarget, TrackingSignal};
use crate::world::counts_watch::CountsWatch;
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
    steady: Option<&'a ServicePeriod>,
    /// Both with what is counted beside the load, where somebody looks at it.
    counted: Option<Box<[Option<ServicePeriod>; 2]>>,
}

impl<'a> Minutes<'a> {
    /// Those of a load, `closed` being the newest that is over.
    pub(super) fn of(
        closed: i64,
        (load, counted): (Option<&'a Load>, Option<&CountsWatch>),
    ) -> Self {
        let steady = load.and_then(|load| load.steady());
        let ahead = load.and_then(|load| load.ahead());
        // The minute that has begun may have seen other counts.
        let ahead = ahead.or(steady.filter(|_| counted.is_some()));
        let next = (closed + 1).max(0) as u64;
        let counted = counted.map(|watch| {
            let ahead = ahead.map(|period| watch.at(next, period));
            Box::new([ahead, steady.map(|period| watch.steady(period))])
        });
        Minutes {
            closed,
            newest: closed + i64::from(ahead.is_some()),
            ahead,
            steady,
            counted,
        }
    }

    /// The minute that has begun, if it is known.
    fn ahead(&self) -> Option<&ServicePeriod> {
        match &self.counted {
            Some(counted) => counted[0].as_ref(),
            None => self.ahead,
        }
    }

    /// What all minutes after the newest are like, if they are alike.
    pub(super) fn steady(&self) -> Option<&ServicePeriod> {
        match &self.counted {
            Some(counted) => counted[1].as_ref(),
            None => self.steady,
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
    pub(super) fn ahead_at(&self, minute: i64) -> Option<&ServicePeriod> {
        match (self.steady(), self.ahead()) {
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
            self.steady()
                .is_none_or(|it| is_served(window.value_of(it)))
                && self.ahead().is_none_or(|it| is_served(window.value_of(it)))
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
