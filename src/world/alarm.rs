//! A CloudWatch alarm: the newest minutes of its metric, and its state.

use crate::demand::period::{ALARM_PART, FINE_PERIOD, PERIOD, ServicePeriod};
use crate::policy::alarm::{AlarmState, Verdict, evaluate};
use crate::scenario::plan::{AlarmMetric, AlarmPlan, WatchedMetric};
use crate::units::CpuUnits;

/// Periods that are kept beyond those that an alarm looks at: more than any metric is late.
const LATE: i64 = 64;
/// Parts of an alarm's clock in a data point of a fine metric.
const PARTS: i64 = (FINE_PERIOD.as_micros() / ALARM_PART.as_micros()) as i64;

/// What a minute adds to a data point: a sum, and how much it counts.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Sample {
    sum: f64,
    weight: f64,
}

/// An alarm.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Its state.
    pub state: AlarmState,
    /// What is sampled: one metric, or those of an expression.
    metrics: Vec<(AlarmMetric, f64)>,
    /// Whether its clock is of parts of a minute.
    pub is_fine: bool,
    /// How many periods are kept.
    kept: i64,
    /// Those of a period stand together.
    samples: Vec<Sample>,
    /// The period after the newest that is over.
    next: i64,
}

impl Sample {
    /// What a minute of a service's load adds; nothing where CloudWatch has no data point (counts
    /// appear only when they are not 0: user guide of load balancers, load-balancer-cloudwatch
    /// metrics).
    /// Of requests it has the part that the target groups get which are meant.
    pub fn of((metric, part): (AlarmMetric, f64), period: &ServicePeriod) -> Self {
        let percent = |used: f64, reserved: f64| Sample {
            sum: 100.0 * used,
            weight: reserved,
        };
        let count = |sum: f64| Sample {
            sum: sum * part,
            weight: if 0.0 < sum * part { 1.0 } else { 0.0 },
        };
        let always = |sum: f64| Sample { sum, weight: 1.0 };
        // Container Insights has no data where nothing runs.
        let used = |sum_s: f64, reserved: f64| Sample {
            sum: sum_s / PERIOD.as_secs_f64(),
            weight: if 0.0 < reserved { 1.0 } else { 0.0 },
        };
        // Where nobody was answered there is no data point.
        let of_requests = |each: f64| Sample {
            sum: each * period.answered(),
            weight: if 0.0 < each { period.answered() } else { 0.0 },
        };
        match metric {
            AlarmMetric::CpuUtilization => percent(period.cpu_used, period.cpu_reserved),
            AlarmMetric::MemoryUtilization => percent(period.memory_used, period.memory_reserved),
            AlarmMetric::RequestCount => count(period.requests),
            AlarmMetric::RequestCountPerTarget => {
                count(period.requests_per_target().unwrap_or(0.0))
            }
            AlarmMetric::ResponseTimeMean => of_requests(period.response_mean),
            AlarmMetric::ResponseTimeQuantile(index) => {
                of_requests(period.response_quantiles[index])
            }
            AlarmMetric::HealthyHostCount | AlarmMetric::NetworkHealthyHosts => {
                always(period.healthy())
            }
            AlarmMetric::NetworkResets => count(period.elb_5xx),
            AlarmMetric::Target5xx => count(period.target_5xx),
            AlarmMetric::Elb5xx => count(period.elb_5xx),
            AlarmMetric::Elb502 => count(period.elb_502),
            AlarmMetric::Elb503 => count(period.elb_503()),
            AlarmMetric::Elb504 => count(period.elb_504),
            AlarmMetric::MessagesVisible => always(period.queued),
            AlarmMetric::MessagesNotVisible => always(period.not_visible()),
            AlarmMetric::MessagesSent => always(period.first_tries),
            AlarmMetric::MessagesReceived => always(period.received),
            AlarmMetric::OldestMessage => always(period.oldest_s),
            AlarmMetric::RunningTaskCount => always(period.running),
            AlarmMetric::DesiredTaskCount => always(period.counts.desired),
            AlarmMetric::PendingTaskCount => always(period.counts.pending),
            AlarmMetric::DeploymentCount => always(period.counts.deployments),
            AlarmMetric::TaskSetCount => always(period.counts.task_sets),
            AlarmMetric::UnHealthyHostCount | AlarmMetric::NetworkUnhealthyHosts => {
                always(period.counts.unhealthy)
            }
            AlarmMetric::CpuUtilized => used(
                period.cpu_used * f64::from(CpuUnits::PER_VCPU),
                period.cpu_reserved,
            ),
            AlarmMetric::MemoryUtilized => used(period.memory_used, period.memory_reserved),
        }
    }

    fn plus(self, other: Sample) -> Self {
        Sample {
            sum: self.sum + other.sum,
            weight: self.weight + other.weight,
        }
    }

    /// The data point: a mean, or a sum; none without data.
    fn value(self, metric: AlarmMetric) -> Option<f64> {
        let is_sum = match metric {
            AlarmMetric::RequestCount
            | AlarmMetric::RequestCountPerTarget
            | AlarmMetric::Target5xx
            | AlarmMetric::Elb5xx
            | AlarmMetric::Elb502
            | AlarmMetric::Elb503
            | AlarmMetric::Elb504
            | AlarmMetric::NetworkResets
            | AlarmMetric::MessagesSent
            | AlarmMetric::MessagesReceived => true,
            AlarmMetric::CpuUtilization
            | AlarmMetric::MemoryUtilization
            | AlarmMetric::ResponseTimeMean
            | AlarmMetric::ResponseTimeQuantile(_)
            | AlarmMetric::HealthyHostCount
            | AlarmMetric::NetworkHealthyHosts
            | AlarmMetric::MessagesVisible
            | AlarmMetric::MessagesNotVisible
            | AlarmMetric::OldestMessage
            | AlarmMetric::RunningTaskCount
            | AlarmMetric::DesiredTaskCount
            | AlarmMetric::PendingTaskCount
            | AlarmMetric::DeploymentCount
            | AlarmMetric::TaskSetCount
            | AlarmMetric::CpuUtilized
            | AlarmMetric::MemoryUtilized
            | AlarmMetric::UnHealthyHostCount
            | AlarmMetric::NetworkUnhealthyHosts => false,
        };
        (0.0 < self.weight).then_some(match is_sum {
            true => self.sum,
            false => self.sum / self.weight,
        })
    }
}

/// A metric's data point of one minute; none without data.
fn data_point(metric: (AlarmMetric, f64), period: &ServicePeriod) -> Option<f64> {
    Sample::of(metric, period).value(metric.0)
}

/// The data point of a metric that is an expression over others.
pub fn custom_data_point(metric: &WatchedMetric, period: &ServicePeriod) -> Option<f64> {
    metric
        .expression
        .value(|index| data_point(*metric.metrics.get(index)?, period))
}

/// The data points of an alarm's evaluation range at a minute, the newest last: the window slides,
/// so each is of the period that ends with that minute or a whole number of periods before it
/// (CloudWatch user guide, alarm-evaluation-window). `sample_at` is of a metric by its position,
/// and a minute: an expression is over the data points of its metrics.
pub fn points(
    plan: &AlarmPlan,
    minute: i64,
    sample_at: impl Fn(usize, i64) -> Sample,
    into: &mut Vec<Option<f64>>,
) {
    into.clear();
    let period = i64::from(plan.period_units);
    for back in (0..plan.rule.evaluation_range() as i64).rev() {
        let end = minute - back * period;
        into.push(plan.metric.expression.value(|index| {
            let (metric, _) = *plan.metric.metrics.get(index)?;
            let minutes = end + 1 - period..=end;
            let sum = |sum: Sample, minute| sum.plus(sample_at(index, minute));
            minutes.fold(Sample::default(), sum).value(metric)
        }));
    }
}

/// What a data point of a fine metric adds in one of its parts.
pub fn at_part(sample: Sample, part: i64) -> Sample {
    match part.rem_euclid(PARTS) {
        0 => sample,
        _ => Sample::default(),
    }
}

/// The data point of a fine metric that a part lies in.
pub const fn point_of_part(part: i64) -> i64 {
    part.div_euclid(PARTS)
}

impl Alarm {
    /// An alarm without data.
    pub fn new(plan: &AlarmPlan) -> Self {
        // A whole number of data points, so that each keeps its place among the parts.
        let kept = ((plan.memory_units() + LATE) as usize).next_multiple_of(PARTS as usize);
        let metrics = plan.metric.metrics.clone();
        Alarm {
            state: AlarmState::InsufficientData,
            is_fine: plan.clock.is_fine(),
            kept: kept as i64,
            samples: vec![Sample::default(); kept * metrics.len()],
            metrics,
            next: 0,
        }
    }

    /// Where a period's sample of a metric stands.
    fn place(&self, metric: usize, period: i64) -> usize {
        period.rem_euclid(self.kept) as usize * self.metrics.len() + metric
    }

    /// Adds `count` minutes that are all alike, the first of them with index `first`.
    pub fn push(&mut self, first: u64, count: u64, period: &ServicePeriod) {
        let end = (first + count) as i64;
        for metric in 0..self.metrics.len() {
            let sample = Sample::of(self.metrics[metric], period);
            for minute in (first as i64).max(end - self.kept)..end {
                let place = self.place(metric, minute);
                self.samples[place] = sample;
            }
        }
        self.next = end;
    }

    /// Adds `count` data points of a fine metric that are all alike: each lies in the first of its
    /// parts (CloudWatch stamps it with the beginning of its period), the others have none.
    pub fn push_points(&mut self, first: u64, count: u64, point: &ServicePeriod) {
        let end = (first + count) as i64 * PARTS;
        for metric in 0..self.metrics.len() {
            let sample = Sample::of(self.metrics[metric], point);
            for part in (first as i64 * PARTS).max(end - self.kept)..end {
                let place = self.place(metric, part);
                self.samples[place] = at_part(sample, part);
            }
        }
        self.next = end;
    }

    /// Stands at the run's start as if the service had stood so for long, a minute being as
    /// `period`; what it then says.
    pub fn prime(&mut self, plan: &AlarmPlan, period: &ServicePeriod) -> Verdict {
        let seen = match self.is_fine {
            true => period.fine_part(),
            false => *period,
        };
        for metric in 0..self.metrics.len() {
            let sample = Sample::of(self.metrics[metric], &seen);
            for index in 0..self.kept {
                let place = self.place(metric, index);
                self.samples[place] = match self.is_fine {
                    true => at_part(sample, index),
                    false => sample,
                };
            }
        }
        let verdict = self.verdict(plan, self.next - 1, &mut Vec::new());
        self.state = verdict.state;
        verdict
    }

    /// What it says at an instant, in microseconds of the run; `into` is reused.
    pub fn verdict_at(&self, plan: &AlarmPlan, at_us: i64, into: &mut Vec<Option<f64>>) -> Verdict {
        self.verdict(plan, plan.clock.newest_arrived_us(at_us), into)
    }

    /// What it says once the data point of a minute has arrived; `points` is reused.
    pub fn verdict(&self, plan: &AlarmPlan, minute: i64, into: &mut Vec<Option<f64>>) -> Verdict {
        points(plan, minute, |metric, minute| self.at(metric, minute), into);
        evaluate(&plan.rule, into, self.state)
    }

    /// The newest minute that is over.
    pub fn newest(&self) -> i64 {
        self.next - 1
    }

    /// What a minute adds to a metric; nothing for those that are not over, or long past.
    pub fn at(&self, metric: usize, minute: i64) -> Sample {
        match self.next - self.kept <= minute && minute < self.next {
            true => self.samples[self.place(metric, minute)],
            false => Sample::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::period::MetricClock;
    use crate::engine::SimDuration;
    use crate::ids::ServiceId;
    use crate::policy::alarm::{AlarmRule, Comparison, TreatMissingData};

    fn plan(metric: AlarmMetric, period_units: u32) -> AlarmPlan {
        AlarmPlan {
            name: "a".to_owned(),
            service: ServiceId(0),
            metric: WatchedMetric::of(metric, 1.0),
            period_units,
            rule: AlarmRule {
                comparison: Comparison::GreaterThan,
                threshold: 50.0,
                evaluation_periods: 1,
                datapoints_to_alarm: 1,
                treat_missing_data: TreatMissingData::Missing,
            },
            clock: MetricClock::of_minutes(SimDuration::ZERO),
            fails_deployments_of: Vec::new(),
        }
    }

    fn minute(cpu_used: f64, cpu_reserved: f64, requests: f64) -> ServicePeriod {
        ServicePeriod {
            cpu_used,
            cpu_reserved,
            requests,
            ..ServicePeriod::default()
        }
    }

    /// Three minutes of one reserved vCPU-minute at 0, 60 and 90 %, then one of two at 30 %.
    fn points_at(metric: AlarmMetric, period: u32, at: i64) -> Vec<Option<f64>> {
        let plan = plan(metric, period);
        let mut alarm = Alarm::new(&plan);
        alarm.push(0, 1, &minute(0.0, 60.0, 0.0));
        alarm.push(1, 1, &minute(36.0, 60.0, 5.0));
        alarm.push(2, 1, &minute(54.0, 60.0, 7.0));
        alarm.push(3, 1, &minute(36.0, 120.0, 9.0));
        let mut found = Vec::new();
        let sample = |metric, minute| alarm.at(metric, minute);
        points(&plan, at, sample, &mut found);
        found
    }

    #[test]
    fn a_data_point_is_of_the_period_that_ends_with_the_minute() {
        let cpu = AlarmMetric::CpuUtilization;
        assert_eq!(points_at(cpu, 1, 2), [Some(0.0), Some(60.0), Some(90.0)]);
        assert_eq!(points_at(cpu, 1, 3), [Some(60.0), Some(90.0), Some(30.0)]);
        // Over two minutes: 36 of 120, and 90 of 180; the window slides by a minute.
        assert_eq!(points_at(cpu, 2, 3)[1..], [Some(30.0), Some(50.0)]);
        assert_eq!(points_at(cpu, 2, 2)[1..], [Some(0.0), Some(75.0)]);
    }

    #[test]
    fn counts_are_summed_and_appear_only_when_they_are_not_0() {
        let requests = AlarmMetric::RequestCount;
        assert_eq!(points_at(requests, 1, 2), [None, Some(5.0), Some(7.0)]);
        assert_eq!(points_at(requests, 2, 3)[1..], [Some(5.0), Some(16.0)]);
        assert_eq!(points_at(requests, 1, 4)[2], None);
    }

    #[test]
    fn a_primed_alarm_is_in_the_state_of_its_minute() {
        let plan = plan(AlarmMetric::CpuUtilization, 5);
        let mut alarm = Alarm::new(&plan);
        assert_eq!(alarm.state, AlarmState::InsufficientData);
        let low = alarm.prime(&plan, &minute(20.0, 60.0, 1.0));
        assert_eq!((alarm.state, low.state), (AlarmState::Ok, AlarmState::Ok));
        let high = alarm.prime(&plan, &minute(40.0, 60.0, 1.0));
        assert_eq!(
            (alarm.state, high.state),
            (AlarmState::Alarm, AlarmState::Alarm)
        );
    }
}
