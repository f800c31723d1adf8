//! CloudWatch alarms: what they watch, and when they go off.

use super::Plan;
use crate::demand::period::{FINE_PERIOD, MetricClock};
use crate::engine::SimDuration;
use crate::ids::ServiceId;
use crate::policy::alarm::AlarmRule;
use crate::policy::metric_math::Expression;

/// A CloudWatch alarm on a metric of a service, or on metric math over several of its metrics.
#[derive(Clone, PartialEq, Debug)]
pub struct AlarmPlan {
    /// `AlarmName`.
    pub name: String,
    /// The service whose metrics it watches.
    pub service: ServiceId,
    /// The metric with its statistic, or an expression over several.
    pub metric: WatchedMetric,
    /// `Period`, in periods of its clock.
    pub period_units: u32,
    /// When it goes off.
    pub rule: AlarmRule,
    /// When data reach it: a minute's, or, if its `Period` is shorter than one, those of each
    /// [`ALARM_PART`](crate::demand::period::ALARM_PART).
    pub clock: MetricClock,
    /// Services whose deployments it fails.
    pub fails_deployments_of: Vec<ServiceId>,
}

/// What an alarm or a target tracking policy looks at: a metric of a service, or an expression over
/// several of its metrics.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchedMetric {
    /// How it is called: a metric's name, a `Label`, or the expression itself.
    pub name: String,
    /// The expression.
    pub expression: Expression,
    /// What its ids stand for, each with the part of the service's requests that it counts: that of
    /// the target groups it names.
    pub metrics: Vec<(AlarmMetric, f64)>,
    /// Whether the code publishes it as one metric (`world.customMetrics`).
    pub is_published: bool,
}

impl WatchedMetric {
    /// One metric, with the part of the service's requests that it counts.
    pub fn of(metric: AlarmMetric, part: f64) -> Self {
        WatchedMetric {
            name: metric.name().to_owned(),
            expression: Expression::of_metric(0),
            metrics: vec![(metric, part)],
            is_published: false,
        }
    }

    /// Its name in results and explanations.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a metric of it is one that a load knows nothing of.
    pub fn is_of_counts(&self) -> bool {
        self.metrics.iter().any(|(metric, _)| metric.is_of_counts())
    }

    /// How many metrics CloudWatch has an alarm on it paid for: each of an expression's ("alarm
    /// metric" in the price list), one where the code publishes what comes of it.
    pub fn billed(&self) -> u64 {
        if self.is_published {
            return 1;
        }
        self.metrics.len() as u64
    }
}

/// A metric that an alarm may watch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlarmMetric {
    /// `AWS/ECS` `CPUUtilization`, Average, percent.
    CpuUtilization,
    /// `AWS/ECS` `MemoryUtilization`, Average, percent.
    MemoryUtilization,
    /// `AWS/ApplicationELB` `RequestCount`, Sum.
    RequestCount,
    /// `AWS/ApplicationELB` `RequestCountPerTarget`, Sum (which is the mean over the targets).
    RequestCountPerTarget,
    /// `AWS/ApplicationELB` `TargetResponseTime`, Average, seconds.
    ResponseTimeMean,
    /// The same at a percentile, by its position in
    /// [`QUANTILES`](crate::demand::period::QUANTILES).
    ResponseTimeQuantile(usize),
    /// `AWS/ApplicationELB` `HealthyHostCount`, Average.
    HealthyHostCount,
    /// `AWS/ApplicationELB` `HTTPCode_Target_5XX_Count`, Sum.
    Target5xx,
    /// `AWS/ApplicationELB` `HTTPCode_ELB_5XX_Count`, Sum.
    Elb5xx,
    /// `AWS/ApplicationELB` `HTTPCode_ELB_502_Count`, Sum.
    Elb502,
    /// `AWS/ApplicationELB` `HTTPCode_ELB_503_Count`, Sum.
    Elb503,
    /// `AWS/ApplicationELB` `HTTPCode_ELB_504_Count`, Sum.
    Elb504,
    /// `AWS/NetworkELB` `HealthyHostCount`, Average.
    NetworkHealthyHosts,
    /// `AWS/NetworkELB` `TCP_ELB_Reset_Count`, Sum.
    NetworkResets,
    /// `AWS/SQS` `ApproximateNumberOfMessagesVisible`, Average.
    MessagesVisible,
    /// `AWS/SQS` `ApproximateNumberOfMessagesNotVisible`, Average.
    MessagesNotVisible,
    /// `AWS/SQS` `NumberOfMessagesSent`, Sum.
    MessagesSent,
    /// `AWS/SQS` `NumberOfMessagesReceived`, Sum.
    MessagesReceived,
    /// `AWS/SQS` `ApproximateAgeOfOldestMessage`, Average, seconds.
    OldestMessage,
    /// `ECS/ContainerInsights` `RunningTaskCount`, Average.
    RunningTaskCount,
    /// `ECS/ContainerInsights` `DesiredTaskCount`, Average.
    DesiredTaskCount,
    /// `ECS/ContainerInsights` `PendingTaskCount`, Average.
    PendingTaskCount,
    /// `ECS/ContainerInsights` `DeploymentCount`, Average.
    DeploymentCount,
    /// `ECS/ContainerInsights` `TaskSetCount`, Average.
    TaskSetCount,
    /// `ECS/ContainerInsights` `CpuUtilized`, Average, CPU units.
    CpuUtilized,
    /// `ECS/ContainerInsights` `MemoryUtilized`, Average, MiB.
    MemoryUtilized,
    /// `AWS/ApplicationELB` `UnHealthyHostCount`, Average.
    UnHealthyHostCount,
    /// `AWS/NetworkELB` `UnHealthyHostCount`, Average.
    NetworkUnhealthyHosts,
}

impl AlarmMetric {
    /// The metric's name in CloudWatch.
    pub const fn name(self) -> &'static str {
        match self {
            AlarmMetric::CpuUtilization => "CPUUtilization",
            AlarmMetric::MemoryUtilization => "MemoryUtilization",
            AlarmMetric::RequestCount => "RequestCount",
            AlarmMetric::RequestCountPerTarget => "RequestCountPerTarget",
            AlarmMetric::ResponseTimeMean | AlarmMetric::ResponseTimeQuantile(_) => {
                "TargetResponseTime"
            }
            AlarmMetric::HealthyHostCount | AlarmMetric::NetworkHealthyHosts => "HealthyHostCount",
            AlarmMetric::NetworkResets => "TCP_ELB_Reset_Count",
            AlarmMetric::Target5xx => "HTTPCode_Target_5XX_Count",
            AlarmMetric::Elb5xx => "HTTPCode_ELB_5XX_Count",
            AlarmMetric::Elb502 => "HTTPCode_ELB_502_Count",
            AlarmMetric::Elb503 => "HTTPCode_ELB_503_Count",
            AlarmMetric::Elb504 => "HTTPCode_ELB_504_Count",
            AlarmMetric::MessagesVisible => "ApproximateNumberOfMessagesVisible",
            AlarmMetric::MessagesNotVisible => "ApproximateNumberOfMessagesNotVisible",
            AlarmMetric::MessagesSent => "NumberOfMessagesSent",
            AlarmMetric::MessagesReceived => "NumberOfMessagesReceived",
            AlarmMetric::OldestMessage => "ApproximateAgeOfOldestMessage",
            AlarmMetric::RunningTaskCount => "RunningTaskCount",
            AlarmMetric::DesiredTaskCount => "DesiredTaskCount",
            AlarmMetric::PendingTaskCount => "PendingTaskCount",
            AlarmMetric::DeploymentCount => "DeploymentCount",
            AlarmMetric::TaskSetCount => "TaskSetCount",
            AlarmMetric::CpuUtilized => "CpuUtilized",
            AlarmMetric::MemoryUtilized => "MemoryUtilized",
            AlarmMetric::UnHealthyHostCount | AlarmMetric::NetworkUnhealthyHosts => {
                "UnHealthyHostCount"
            }
        }
    }

    /// Whether it counts what a load knows nothing of.
    pub const fn is_of_counts(self) -> bool {
        matches!(
            self,
            AlarmMetric::DesiredTaskCount
                | AlarmMetric::PendingTaskCount
                | AlarmMetric::DeploymentCount
                | AlarmMetric::TaskSetCount
                | AlarmMetric::UnHealthyHostCount
                | AlarmMetric::NetworkUnhealthyHosts
        )
    }

    /// Whether it counts tasks, deployments or task sets, which ECS tells whoever asks.
    pub const fn is_count_of_tasks(self) -> bool {
        matches!(
            self,
            AlarmMetric::RunningTaskCount
                | AlarmMetric::DesiredTaskCount
                | AlarmMetric::PendingTaskCount
                | AlarmMetric::DeploymentCount
                | AlarmMetric::TaskSetCount
        )
    }

    /// Whether Container Insights measures it.
    pub fn is_of_insights(self) -> bool {
        self.namespace() == "ECS/ContainerInsights"
    }

    /// The metric's namespace.
    pub const fn namespace(self) -> &'static str {
        match self {
            AlarmMetric::CpuUtilization | AlarmMetric::MemoryUtilization => "AWS/ECS",
            AlarmMetric::RequestCount
            | AlarmMetric::RequestCountPerTarget
            | AlarmMetric::ResponseTimeMean
            | AlarmMetric::ResponseTimeQuantile(_)
            | AlarmMetric::HealthyHostCount
            | AlarmMetric::UnHealthyHostCount
            | AlarmMetric::Target5xx
            | AlarmMetric::Elb5xx
            | AlarmMetric::Elb502
            | AlarmMetric::Elb503
            | AlarmMetric::Elb504 => "AWS/ApplicationELB",
            AlarmMetric::NetworkHealthyHosts
            | AlarmMetric::NetworkUnhealthyHosts
            | AlarmMetric::NetworkResets => "AWS/NetworkELB",
            AlarmMetric::MessagesVisible
            | AlarmMetric::MessagesNotVisible
            | AlarmMetric::MessagesSent
            | AlarmMetric::MessagesReceived
            | AlarmMetric::OldestMessage => "AWS/SQS",
            AlarmMetric::RunningTaskCount
            | AlarmMetric::DesiredTaskCount
            | AlarmMetric::PendingTaskCount
            | AlarmMetric::DeploymentCount
            | AlarmMetric::TaskSetCount
            | AlarmMetric::CpuUtilized
            | AlarmMetric::MemoryUtilized => "ECS/ContainerInsights",
        }
    }
}

impl Plan {
    /// When each service's alarms and policies are looked at.
    pub fn metric_clocks(&self) -> Vec<MetricClock> {
        let mut clocks = vec![MetricClock::of_minutes(SimDuration::ZERO); self.services.len()];
        for alarm in self.alarms.iter().rev() {
            let clock = &mut clocks[alarm.service.index()];
            if alarm.clock.is_fine() || !clock.is_fine() {
                *clock = alarm.asked_at();
            }
        }
        for target in &self.scalable_targets {
            clocks[target.service.index()] = target.clock;
        }
        clocks
    }
}

impl AlarmPlan {
    /// `Period`.
    pub fn period(&self) -> SimDuration {
        SimDuration::from_micros(self.clock.period.as_micros() * u64::from(self.period_units))
    }

    /// When it is looked at: with each data point of its metric.
    pub fn asked_at(&self) -> MetricClock {
        MetricClock {
            period: if self.clock.is_fine() {
                FINE_PERIOD
            } else {
                self.clock.period
            },
            ..self.clock
        }
    }

    /// How many periods of its clock it looks back at the most.
    pub fn memory_units(&self) -> i64 {
        self.rule.evaluation_range() as i64 * i64::from(self.period_units)
    }
}
