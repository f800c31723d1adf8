//! A scalable target: the newest data points of its metrics, what its alarms have seen of them, and
//! its cooldown.

use std::sync::Arc;

use crate::demand::period::{MetricClock, ServicePeriod};
use crate::engine::{SimDuration, SimTime};
use crate::policy::scheduled_scaling::Bounds;
use crate::policy::target_tracking::{
    Cooldown, RunLengths, TrackingAlarms, TrackingPolicy, TrackingSignal, alarms,
};
use crate::scenario::plan::{
    PredictivePolicyPlan, ScalableTargetPlan, ScalingPolicyPlan, TrackedMetric, WatchedMetric,
};
use crate::world::alarm::custom_data_point;

/// Data points that a window keeps: more than the alarms look at and the metrics' delay together.
pub const WINDOW: usize = 64;

/// Data points that no run of the alarms outgrows: after so many steady ones nothing changes.
pub const STEADY_MINUTES: i64 = 16;

/// A scalable target.
#[derive(Clone, Debug)]
pub struct ScalableTarget {
    /// `MinCapacity` and `MaxCapacity`: scheduled actions set them.
    pub bounds: Bounds,
    /// Its cooldown.
    pub cooldown: Cooldown,
    /// One window a policy, in the plan's order.
    pub windows: Vec<MetricWindow>,
    /// The hours so far of each predictive policy, in the plan's order.
    pub hours: Vec<Hours>,
    /// What these have foretold of this hour: the least, and the most, tasks.
    pub predicted: (u32, u32),
    /// The same of the hour that was looked at last, which need not have begun.
    pub foretold: (u32, u32),
    /// The newest data point of the target's clock that the policies have decided on.
    pub decided: i64,
}

/// An hour of predictive scaling.
pub const HOUR: SimDuration = SimDuration::from_secs(HOUR_S);
/// The same, seconds.
pub const HOUR_S: u64 = 3_600;
const MINUTES: u64 = 60;

/// The load of a service hour by hour: what predictive scaling looks back on.
#[derive(Clone, Debug)]
pub struct Hours {
    metric: TrackedMetric,
    /// What a task has of what is counted: a minute's vCPU-seconds, or MiB-seconds.
    of_task: f64,
    /// The mean load of each hour that is over: percent of a task, or requests a minute.
    over: Vec<f64>,
    /// Sum and number of the minutes of the hour that is not.
    open: (f64, u64),
}

impl Hours {
    fn new(plan: &PredictivePolicyPlan, (vcpus, mib): (f64, f64)) -> Self {
        Hours {
            metric: plan.metric,
            of_task: 60.0
                * match plan.metric {
                    TrackedMetric::Cpu => vcpus,
                    TrackedMetric::Memory => mib,
                    // No pair of AWS's is custom.
                    TrackedMetric::RequestCountPerTarget | TrackedMetric::Custom => 1.0,
                },
            over: Vec::new(),
            open: (0.0, 0),
        }
    }

    /// The hours before this one, those of them that are over.
    pub fn before(&self, hour: u64) -> &[f64] {
        &self.over[..self.over.len().min(hour as usize)]
    }

    /// The load of a minute, in percent of a task, or in requests.
    fn load_of(&self, period: &ServicePeriod) -> f64 {
        match self.metric {
            TrackedMetric::Cpu => 100.0 * period.cpu_used / self.of_task,
            TrackedMetric::Memory => 100.0 * period.memory_used / self.of_task,
            TrackedMetric::RequestCountPerTarget | TrackedMetric::Custom => period.requests,
        }
    }

    fn push(&mut self, first: u64, count: u64, period: &ServicePeriod) {
        let load = self.load_of(period);
        let (mut minute, end) = (first, first + count);
        while minute < end {
            let hour_ends = (minute / MINUTES + 1) * MINUTES;
            let more = hour_ends.min(end) - minute;
            self.open.0 += load * more as f64;
            self.open.1 += more;
            minute += more;
            if minute == hour_ends {
                let (sum, minutes) = std::mem::take(&mut self.open);
                self.over.push(sum / minutes as f64);
            }
        }
    }
}

/// The newest data points of a policy's metric, by the index of their minute.
#[derive(Clone, Debug)]
pub struct MetricWindow {
    /// The policy, as the rule reads it.
    pub policy: TrackingPolicy,
    /// Its alarms.
    pub alarms: TrackingAlarms,
    /// When its data points arrive.
    pub clock: MetricClock,
    /// The newest data point that the alarms have seen, counted from the run's start.
    arrived: i64,
    /// What the alarms have seen.
    pub lengths: RunLengths,
    /// The same after all data points there are, and the newest one after which an alarm was off.
    pub newest_lengths: RunLengths,
    alarmed: i64,
    metric: TrackedMetric,
    part: f64,
    custom: Option<Arc<WatchedMetric>>,
    values: [Option<f64>; WINDOW],
    /// The minute after the newest data point.
    next: i64,
}

impl ScalableTarget {
    /// A target without data; `task` has what its service's tasks have: vCPUs, and MiB.
    pub fn new(plan: &ScalableTargetPlan, task: (f64, f64)) -> Self {
        ScalableTarget {
            bounds: plan.bounds(),
            cooldown: Cooldown::None,
            windows: plan.policies.iter().map(MetricWindow::new).collect(),
            hours: plan
                .predictive
                .iter()
                .map(|it| Hours::new(it, task))
                .collect(),
            predicted: (0, 0),
            foretold: (0, 0),
            decided: -(WINDOW as i64) - 1,
        }
    }

    /// Adds `count` minutes that are all alike, the first of them with index `first`.
    pub fn push(&mut self, first: u64, count: u64, period: &ServicePeriod) {
        for window in self.windows.iter_mut().filter(|it| !it.is_fine()) {
            window.push(first, count, window.value_of(period));
        }
        for hours in &mut self.hours {
            hours.push(first, count, period);
        }
    }

    /// Adds `count` data points of fine metrics that are all alike, the first of them with index
    /// `first`.
    pub fn push_points(&mut self, first: u64, count: u64, point: &ServicePeriod) {
        for window in self.windows.iter_mut().filter(|it| it.is_fine()) {
            window.push(first, count, window.value_of(point));
        }
    }

    /// Fills the windows up to the run's start with a value, as if the service had stood so for
    /// long.
    pub fn prime(&mut self, period: &ServicePeriod) {
        for window in &mut self.windows {
            let value = match window.is_fine() {
                true => window.value_of(&period.fine_part()),
                false => window.value_of(period),
            };
            window.values = [value; WINDOW];
            window.extend(0, WINDOW as u32, value);
        }
    }

    /// Whether no alarm was off after any data point later than `seen`, which all windows are quiet
    /// at.
    pub fn is_quiet_since(&self, seen: i64) -> bool {
        self.windows.iter().all(|window| window.alarmed <= seen)
    }

    /// If all alarms are quiet at `seen` and after every data point later than it: the first minute
    /// after the newest one at which any of them could go off.
    pub fn quiet_until(&self, seen: i64) -> Option<i64> {
        let first = |window: &MetricWindow| {
            let points = window
                .newest_lengths
                .datapoints_to_any_alarm(&window.alarms);
            (window.alarmed < seen).then_some(window.next - 1 + i64::from(points))
        };
        let mut windows = self.windows.iter();
        let mut until = first(windows.next()?)?;
        for window in windows {
            until = until.min(first(window)?);
        }
        Some(until)
    }

    /// The alarms see every data point up to `minute`.
    pub fn see_up_to(&mut self, minute: i64) {
        for window in &mut self.windows {
            window.see_up_to(minute);
        }
    }

    /// The alarms see every data point that has arrived by an instant, each by the clock of its
    /// metric.
    pub fn see_all_at(&mut self, at: SimTime) {
        for window in &mut self.windows {
            window.see_up_to(window.clock.newest_arrived(at).min(window.next - 1));
        }
    }

    /// The newest minute that has a data point, or could have had one.
    pub fn newest(&self) -> i64 {
        self.windows.first().map_or(-1, MetricWindow::newest)
    }
}

impl MetricWindow {
    fn new(plan: &ScalingPolicyPlan) -> Self {
        MetricWindow {
            policy: TrackingPolicy {
                target: plan.target,
                disable_scale_in: plan.disable_scale_in,
                scale_out_cooldown: plan.scale_out_cooldown,
                scale_in_cooldown: plan.scale_in_cooldown,
            },
            alarms: alarms(plan.target, plan.disable_scale_in),
            clock: plan.clock,
            arrived: -(WINDOW as i64) - 1,
            lengths: RunLengths::default(),
            newest_lengths: RunLengths::default(),
            alarmed: i64::MIN,
            metric: plan.metric,
            part: plan.part,
            custom: plan.custom.clone().map(Arc::new),
            values: [None; WINDOW],
            next: 0,
        }
    }

    fn is_fine(&self) -> bool {
        self.clock.is_fine()
    }

    /// The alarms see every data point up to this one.
    fn see_up_to(&mut self, point: i64) {
        if self.arrived < point - STEADY_MINUTES {
            // What came before has no part in any run that still counts.
            self.arrived = point - STEADY_MINUTES;
            self.lengths = RunLengths::default();
        }
        while self.arrived < point {
            self.arrived += 1;
            self.lengths = self.lengths.after(&self.alarms, self.at(self.arrived));
        }
    }

    /// The newest data point that it has, or could have had.
    pub fn newest(&self) -> i64 {
        self.next - 1
    }

    /// The metric's data point of a minute; `None`: CloudWatch has none.
    pub fn value_of(&self, period: &ServicePeriod) -> Option<f64> {
        match self.metric {
            TrackedMetric::Cpu => period.cpu_utilization(),
            TrackedMetric::Memory => period.memory_utilization(),
            TrackedMetric::RequestCountPerTarget => {
                let of_service = period.requests_per_target();
                of_service.map(|requests| requests * self.part)
            }
            TrackedMetric::Custom => custom_data_point(self.custom.as_ref()?, period),
        }
    }

    fn push(&mut self, first: u64, count: u64, value: Option<f64>) {
        let end = (first + count) as i64;
        let begin = (first as i64).max(end - WINDOW as i64);
        for minute in begin..end {
            self.values[minute.rem_euclid(WINDOW as i64) as usize] = value;
        }
        self.next = end;
        self.extend(end, count.min(u64::from(u32::MAX)) as u32, value);
    }

    /// Counts data points of one value, the last of them before minute `end`.
    fn extend(&mut self, end: i64, count: u32, value: Option<f64>) {
        let before = self.newest_lengths;
        self.newest_lengths = before.after_many(&self.alarms, value, count);
        let is_off = |lengths: RunLengths| lengths.signal(&self.alarms) != TrackingSignal::Quiet;
        if is_off(self.newest_lengths) {
            self.alarmed = end - 1;
        } else if is_off(before) {
            // It went off before them, and the first of them ended it.
            self.alarmed = end - i64::from(count) - 1;
        }
    }

    /// The data point of a minute, counted from the run's start; minutes before it were primed (or
    /// have none). `None` as well for minutes that are not over, or long past.
    pub fn at(&self, minute: i64) -> Option<f64> {
        if minute < self.next - WINDOW as i64 || self.next <= minute {
            return None;
        }
        self.values[minute.rem_euclid(WINDOW as i64) as usize]
    }
}
