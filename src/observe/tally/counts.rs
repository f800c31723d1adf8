//! Small counters: what happened how often, delays, and counts over time.

use std::collections::BTreeMap;

use crate::engine::{SimDuration, SimTime};
use crate::observe::instances::ec2_instance_id;
use crate::observe::observation::Refusal;
use crate::observe::placements::Nearest;
use crate::observe::summary::{
    CountSummary, DelaySummary, NoInstanceSummary, SearchSummary, TaskSummary, WaitSummary,
};
use crate::policy::life_cycle::StopCode;
use crate::policy::load::Histogram;
use crate::scenario::plan::Plan;

/// How often each of few things happened.
#[derive(Clone, Debug)]
pub struct Tallies<K>(Vec<(K, u64)>);

impl<K> Default for Tallies<K> {
    fn default() -> Self {
        Tallies(Vec::new())
    }
}

impl<K: Copy + PartialEq> Tallies<K> {
    /// Once more.
    pub fn add(&mut self, key: K) {
        self.add_times(key, 1);
    }

    /// Takes away what another counted of it.
    pub fn deduct(&mut self, other: &Self) {
        for (key, less) in &other.0 {
            if let Some((_, times)) = self.0.iter_mut().find(|(known, _)| known == key) {
                *times = times.saturating_sub(*less);
            }
        }
        // What never happened is not named.
        self.0.retain(|(_, times)| 0 < *times);
    }

    /// How often it happened.
    pub fn count(&self, key: K) -> u64 {
        let known = self.0.iter().find(|(known, _)| *known == key);
        known.map_or(0, |(_, times)| *times)
    }

    /// All of another's.
    pub fn merge(&mut self, other: &Self) {
        for (key, times) in &other.0 {
            self.add_times(*key, *times);
        }
    }

    /// By name.
    pub fn named(&self, name: impl Fn(K) -> &'static str) -> BTreeMap<String, u64> {
        let named = |(key, times): &(K, u64)| (name(*key).to_owned(), *times);
        self.0.iter().map(named).collect()
    }

    fn add_times(&mut self, key: K, times: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += times,
            None => self.0.push((key, times)),
        }
    }
}

/// The name of a refusal in the summary.
pub const fn refusal_name(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::LaunchRate => "launch_rate",
        Refusal::ServiceRate => "service_rate",
        Refusal::VcpuQuota => "vcpu_quota",
        Refusal::SpotCapacity => "spot_capacity",
        Refusal::Throttled => "throttled",
        Refusal::ZoneOut => "zone_out",
        Refusal::NoInstance => "no_instance",
        Refusal::ProvisioningLimit => "provisioning_limit",
    }
}

/// Delays, by size in steps of 2.5 %.
#[derive(Clone, Debug)]
pub struct Delays {
    histogram: Histogram,
    min: SimDuration,
    max: SimDuration,
}

impl Default for Delays {
    fn default() -> Self {
        Delays {
            histogram: Histogram::new(),
            min: SimDuration::MAX,
            max: SimDuration::ZERO,
        }
    }
}

impl Delays {
    /// One more.
    pub fn add(&mut self, delay: SimDuration) {
        self.histogram.add_value(delay.as_secs_f64(), 1.0);
        self.min = self.min.min(delay);
        self.max = self.max.max(delay);
    }

    /// All of another's.
    pub fn merge(&mut self, other: &Self) {
        self.histogram.merge(&other.histogram);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.histogram.count().round() as u64
    }

    /// Mean, seconds.
    pub fn mean_s(&self) -> Option<f64> {
        self.histogram.mean_s()
    }

    /// The longest, seconds.
    pub fn max_s(&self) -> Option<f64> {
        (0.0 < self.histogram.count()).then(|| self.max.as_secs_f64())
    }

    /// A quantile, seconds: between the shortest and the longest, whatever step it falls into.
    pub fn quantile_s(&self, u: f64) -> Option<f64> {
        let quantile = self.histogram.quantile_s(u)?;
        // The histogram's lowest step stands for no delay at all.
        let shown = if quantile < 2e-5 { 0.0 } else { quantile };
        let [least, most] = [self.min, self.max].map(SimDuration::as_secs_f64);
        Some(shown.max(least).min(most))
    }

    /// In numbers.
    pub fn summary(&self) -> DelaySummary {
        DelaySummary {
            mean_s: self.mean_s(),
            p50_s: self.quantile_s(0.5),
            p95_s: self.quantile_s(0.95),
            p99_s: self.quantile_s(0.99),
            max_s: self.max_s(),
        }
    }
}

/// Launches that no container instance took.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoInstanceTally {
    tries: u64,
    first: SimTime,
    last: SimTime,
    /// Searches without an instance, told or not.
    searches: u64,
    /// Whether the closest instance of the last search is to be kept.
    is_due: bool,
    nearest: Option<(SimTime, Nearest)>,
}

impl NoInstanceTally {
    /// One more search found none. Whether the closest instance is to be looked for: of the first
    /// search, the second, the fourth and so on, as it means to look at all of them.
    pub fn is_nearest_due(&mut self) -> bool {
        self.searches += 1;
        self.is_due = self.searches.is_power_of_two();
        self.is_due
    }

    /// A launch was refused for want of an instance.
    pub fn refused(&mut self, at: SimTime, nearest: Option<Nearest>) {
        if self.tries == 0 {
            self.first = at;
        }
        (self.tries, self.last) = (self.tries + 1, at);
        if std::mem::take(&mut self.is_due)
            && let Some(nearest) = nearest
        {
            self.nearest = Some((at, nearest));
        }
    }

    fn summary(&self, plan: &Plan) -> Option<NoInstanceSummary> {
        let (at, nearest) = self.nearest?;
        let named = |it: &crate::observe::placements::Closest| {
            let id = ec2_instance_id(plan, it.group, it.instance);
            format!("{id} of {}", plan.group(it.group).name)
        };
        Some(NoInstanceSummary {
            tries: self.tries,
            first_s: self.first.as_secs_f64(),
            last_s: self.last.as_secs_f64(),
            nearest_s: at.as_secs_f64(),
            reason: nearest.reason().to_owned(),
            nearest: nearest.words(named),
        })
    }
}

/// What became of an owner's tasks.
#[derive(Clone, Debug, Default)]
pub struct TaskTally {
    /// Tasks that reached RUNNING.
    pub started: u64,
    /// Tasks that were RUNNING at any time, those that stood at the start among them; counted when
    /// they are gone or the run is over.
    pub ran: u64,
    /// From being wanted to RUNNING.
    pub delays: Delays,
    /// Tasks that stopped.
    pub stopped: Tallies<StopCode>,
    /// Tasks that Fargate Spot took back.
    pub interruptions: u64,
    /// Containers that were started again in their tasks.
    pub restarts: u64,
    /// Work lost with tasks, microseconds.
    pub lost_work_us: u64,
    /// Launches refused.
    pub refusals: Tallies<Refusal>,
    /// How long tasks waited for an instance.
    pub waits: Delays,
    /// Launches that no instance took.
    pub no_instance: NoInstanceTally,
    /// Searches that asked instances one by one.
    pub searches: u64,
    /// How many instances they asked.
    pub instances_asked: u64,
}

impl TaskTally {
    /// All of another's.
    pub fn merge(&mut self, other: &Self) {
        self.started += other.started;
        self.ran += other.ran;
        self.delays.merge(&other.delays);
        self.stopped.merge(&other.stopped);
        self.interruptions += other.interruptions;
        self.restarts += other.restarts;
        self.lost_work_us += other.lost_work_us;
        self.refusals.merge(&other.refusals);
        self.waits.merge(&other.waits);
        // Whose tries these are, the sum cannot say.
        self.searches += other.searches;
        self.instances_asked += other.instances_asked;
    }

    /// Takes away what tasks that live on had to tell before: they tell it once more when they end.
    pub fn deduct(&mut self, told: &Self) {
        self.stopped.deduct(&told.stopped);
        self.restarts = self.restarts.saturating_sub(told.restarts);
        self.lost_work_us = self.lost_work_us.saturating_sub(told.lost_work_us);
    }

    /// In numbers.
    pub fn summary(&self, plan: &Plan) -> TaskSummary {
        TaskSummary {
            started: self.started,
            ran: self.ran,
            launch_delay: self.delays.summary(),
            stopped: self.stopped.named(StopCode::as_str),
            interruptions: self.interruptions,
            restarts: self.restarts,
            lost_work_s: SimDuration::from_micros(self.lost_work_us).as_secs_f64(),
            refusals: self.refusals.named(refusal_name),
            instance_wait: (0 < self.waits.count()).then(|| WaitSummary {
                tasks: self.waits.count(),
                delay: self.waits.summary(),
            }),
            no_instance: self.no_instance.summary(plan),
            instance_searches: (0 < self.searches).then_some(SearchSummary {
                searches: self.searches,
                instances: self.instances_asked,
            }),
        }
    }
}

/// A count over time; a value that is replaced at the instant it was set never was.
#[derive(Clone, Copy, Debug)]
pub struct CountTally {
    value: u32,
    /// From when on it is measured.
    from: SimTime,
    since: SimTime,
    sum_us: u128,
    min: u32,
    max: u32,
}

impl Default for CountTally {
    fn default() -> Self {
        CountTally {
            value: 0,
            from: SimTime::ZERO,
            since: SimTime::ZERO,
            sum_us: 0,
            min: u32::MAX,
            max: 0,
        }
    }
}

impl CountTally {
    /// The count from `at` on.
    pub fn set(&mut self, at: SimTime, value: u32) {
        self.advance(at);
        self.value = value;
    }

    /// Measures from `at` on: the count stays, what was before is forgotten.
    pub fn restart(&mut self, at: SimTime) {
        *self = CountTally {
            value: self.value,
            from: at,
            since: at,
            ..CountTally::default()
        };
    }

    /// In numbers, up to `ended_at`.
    pub fn summary(mut self, ended_at: SimTime) -> CountSummary {
        self.advance(ended_at);
        let length_us = ended_at.since(self.from).as_micros();
        if length_us == 0 {
            return CountSummary::default();
        }
        CountSummary {
            mean: self.sum_us as f64 / length_us as f64,
            min: self.min,
            max: self.max,
        }
    }

    fn advance(&mut self, at: SimTime) {
        let length = at.since(self.since);
        if !length.is_zero() {
            self.sum_us += u128::from(self.value) * u128::from(length.as_micros());
            self.min = self.min.min(self.value);
            self.max = self.max.max(self.value);
            self.since = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_weighted_by_time() {
        let mut count = CountTally::default();
        for (at, value) in [(0, 9), (0, 2), (30, 5), (90, 5)] {
            count.set(SimTime::from_secs(at), value);
        }
        // 2 for 30 s and 5 for 90 s of 120 s; the 9 never was.
        let summary = count.summary(SimTime::from_secs(120));
        assert_eq!((summary.mean, summary.min, summary.max), (4.25, 2, 5));
    }

    #[test]
    fn delays_keep_their_mean_and_longest_exactly_and_quantiles_to_two_percent() {
        let mut delays = Delays::default();
        for seconds in 1..=100 {
            delays.add(SimDuration::from_secs(seconds));
        }
        let summary = delays.summary();
        assert_eq!(summary.mean_s, Some(50.5));
        assert_eq!(summary.max_s, Some(100.0));
        assert!((summary.p95_s.unwrap() / 95.0 - 1.0).abs() < 0.02);
        assert!((summary.p50_s.unwrap() / 50.0 - 1.0).abs() < 0.02);
        assert_eq!(Delays::default().summary(), DelaySummary::default());
    }

    #[test]
    fn no_quantile_lies_outside_of_the_shortest_and_the_longest() {
        let mut delays = Delays::default();
        delays.add(SimDuration::from_secs(15));
        let mut others = Delays::default();
        others.add(SimDuration::from_secs(15));
        delays.merge(&others);
        let summary = delays.summary();
        for of_all in [summary.p50_s, summary.p95_s, summary.p99_s, summary.mean_s] {
            assert_eq!(of_all, Some(15.0));
        }
    }

    #[test]
    fn no_delay_is_shown_as_none() {
        let mut delays = Delays::default();
        delays.add(SimDuration::ZERO);
        assert_eq!(delays.summary().p99_s, Some(0.0));
    }
}
