//! What one minute of a service's load saw: the values that alarms read and metrics show.

use crate::engine::{SimDuration, SimTime};

/// CloudWatch's period of ECS's metrics.
/// Source: Amazon ECS developer guide, "Amazon ECS CloudWatch metrics" (1 minute).
pub const PERIOD: SimDuration = SimDuration::from_secs(60);

/// The shorter period of ECS's utilization metrics that a service can ask for.
/// Source: Amazon ECS API reference, MetricConfiguration (`resolutionSeconds`: 20 or 60).
pub const FINE_PERIOD: SimDuration = SimDuration::from_secs(20);

/// Seconds of an alarm's `Period` below a minute come in such parts: it may be 10, 20 or 30 s.
/// Source: Amazon CloudWatch API reference, PutMetricAlarm.
pub const ALARM_PART: SimDuration = SimDuration::from_secs(10);

/// When the data points of a metric reach what looks at them: one each period, counted from the
/// run's start, so late.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetricClock {
    /// How long a data point's period is.
    pub period: SimDuration,
    /// From the end of its period until it is seen.
    pub delay: SimDuration,
}

impl MetricClock {
    /// That of metrics of a minute.
    pub const fn of_minutes(delay: SimDuration) -> Self {
        MetricClock {
            period: PERIOD,
            delay,
        }
    }

    /// Whether its data points come more often than once a minute.
    pub fn is_fine(self) -> bool {
        self.period < PERIOD
    }

    /// The newest data point that has arrived at an instant.
    pub fn newest_arrived(self, at: SimTime) -> i64 {
        self.newest_arrived_us(at.as_micros() as i64)
    }

    /// The same, at an instant in microseconds of the run, which may lie before it.
    pub fn newest_arrived_us(self, at_us: i64) -> i64 {
        let late = at_us - self.delay.as_micros() as i64;
        late.div_euclid(self.period.as_micros() as i64) - 1
    }

    /// When a data point arrives, in microseconds of the run.
    pub fn arrival_us(self, point: i64) -> i64 {
        (point + 1) * self.period.as_micros() as i64 + self.delay.as_micros() as i64
    }
}

/// The response time quantiles that a period keeps.
pub const QUANTILES: [f64; 4] = [0.5, 0.9, 0.95, 0.99];

/// What ECS and a target group count of a service, mean over a period; only where somebody looks at
/// it.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct CountMeans {
    /// `UnHealthyHostCount`.
    pub unhealthy: f64,
    /// `DesiredTaskCount`.
    pub desired: f64,
    /// `PendingTaskCount`.
    pub pending: f64,
    /// `DeploymentCount`.
    pub deployments: f64,
    /// `TaskSetCount`.
    pub task_sets: f64,
}

impl CountMeans {
    /// These sums and those of `values` that lasted so long.
    #[must_use]
    pub fn plus(self, values: CountMeans, length_us: u64) -> Self {
        let add = |sum: f64, value: f64| sum + value * length_us as f64;
        CountMeans {
            unhealthy: add(self.unhealthy, values.unhealthy),
            desired: add(self.desired, values.desired),
            pending: add(self.pending, values.pending),
            deployments: add(self.deployments, values.deployments),
            task_sets: add(self.task_sets, values.task_sets),
        }
    }

    /// The means, if these are sums over so long.
    #[must_use]
    pub fn over(self, length_us: u64) -> Self {
        let mean = |sum: f64| sum / length_us as f64;
        CountMeans {
            unhealthy: mean(self.unhealthy),
            desired: mean(self.desired),
            pending: mean(self.pending),
            deployments: mean(self.deployments),
            task_sets: mean(self.task_sets),
        }
    }
}

/// One period of 60 s of a service's load. Sums are over the period, means over its requests or its
/// time.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ServicePeriod {
    /// Requests that arrived at the balancer, further tries included.
    pub requests: f64,
    /// First tries among them.
    pub first_tries: f64,
    /// Requests answered with a 5xx by a task.
    pub target_5xx: f64,
    /// Requests answered with a 5xx by the balancer: 502, 503 or 504.
    pub elb_5xx: f64,
    /// Of them, those that were at a task when it went away (502).
    pub elb_502: f64,
    /// Of them, those that no task answered within the balancer's idle time-out (504).
    pub elb_504: f64,
    /// Requests whose client gave up waiting.
    pub timed_out: f64,
    /// First tries that failed for good, after all further tries.
    pub failed: f64,
    /// vCPU-seconds used.
    pub cpu_used: f64,
    /// vCPU-seconds of RUNNING tasks.
    pub cpu_reserved: f64,
    /// MiB-seconds used.
    pub memory_used: f64,
    /// MiB-seconds of RUNNING tasks.
    pub memory_reserved: f64,
    /// Mean number of requests in flight.
    pub in_flight: f64,
    /// Mean number of those that wait in the one queue of a service that pulls
    /// (`ApproximateNumberOfMessagesVisible`); 0 of one that is asked.
    pub queued: f64,
    /// Messages that tasks took from that queue, duplicates included (`NumberOfMessagesReceived`).
    pub received: f64,
    /// How long those at its head have waited, seconds, mean (`ApproximateAgeOfOldestMessage`).
    pub oldest_s: f64,
    /// Mean number of RUNNING tasks.
    pub running: f64,
    /// Mean number of tasks that answer requests (HealthyHostCount).
    pub serving: f64,
    /// Of them, UNHEALTHY ones, which the balancer asks as no healthy one is there, mean.
    pub open: f64,
    /// Requests a second that the serving tasks could answer at most, mean over the period.
    pub capacity: f64,
    /// Mean response time, seconds; 0 without requests.
    pub response_mean: f64,
    /// Response time at [`QUANTILES`], seconds.
    pub response_quantiles: [f64; 4],
    /// Seconds of the period in which the load model was outside its validated range.
    pub distrust_s: f64,
    /// What is counted beside the load.
    pub counts: CountMeans,
}

impl ServicePeriod {
    /// One of so many like parts of it, as far as CPU and memory go.
    #[must_use]
    pub fn part(&self, of: u64) -> Self {
        let share = 1.0 / of as f64;
        ServicePeriod {
            cpu_used: self.cpu_used * share,
            cpu_reserved: self.cpu_reserved * share,
            memory_used: self.memory_used * share,
            memory_reserved: self.memory_reserved * share,
            ..ServicePeriod::default()
        }
    }

    /// A minute's part of [`FINE_PERIOD`], as far as CPU and memory go.
    #[must_use]
    pub fn fine_part(&self) -> Self {
        self.part(PERIOD.as_micros() / FINE_PERIOD.as_micros())
    }

    /// What CPU and memory it has more than an earlier look at it had.
    #[must_use]
    pub fn since(&self, earlier: &ServicePeriod) -> Self {
        ServicePeriod {
            cpu_used: (self.cpu_used - earlier.cpu_used).max(0.0),
            cpu_reserved: (self.cpu_reserved - earlier.cpu_reserved).max(0.0),
            memory_used: (self.memory_used - earlier.memory_used).max(0.0),
            memory_reserved: (self.memory_reserved - earlier.memory_reserved).max(0.0),
            ..ServicePeriod::default()
        }
    }

    /// `CPUUtilization`, percent; `None` without RUNNING tasks.
    pub fn cpu_utilization(&self) -> Option<f64> {
        (0.0 < self.cpu_reserved).then(|| 100.0 * self.cpu_used / self.cpu_reserved)
    }

    /// `MemoryUtilization`, percent; `None` without RUNNING tasks.
    pub fn memory_utilization(&self) -> Option<f64> {
        (0.0 < self.memory_reserved).then(|| 100.0 * self.memory_used / self.memory_reserved)
    }

    /// `ApproximateNumberOfMessagesNotVisible`: messages that tasks work on.
    pub fn not_visible(&self) -> f64 {
        (self.in_flight - self.queued).max(0.0)
    }

    /// `HealthyHostCount`, mean.
    pub fn healthy(&self) -> f64 {
        self.serving - self.open
    }

    /// Requests for which no target was there to take them (503): none was registered or in
    /// service, or those that were had no room.
    pub fn elb_503(&self) -> f64 {
        (self.elb_5xx - self.elb_502 - self.elb_504).max(0.0)
    }

    /// Requests that came to a task.
    pub fn at_tasks(&self) -> f64 {
        (self.requests - self.elb_503()).max(0.0)
    }

    /// Tries that were answered by a task before whoever asked had left: only their response times
    /// are seen.
    pub fn answered(&self) -> f64 {
        (self.requests - self.elb_5xx - self.timed_out).max(0.0)
    }

    /// `RequestCountPerTarget`, requests; `None` without a healthy target.
    pub fn requests_per_target(&self) -> Option<f64> {
        (0.0 < self.serving).then(|| self.requests / self.serving)
    }
}
