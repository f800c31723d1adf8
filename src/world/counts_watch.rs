//! A service's counts by the minute, for alarms on metrics of Container Insights and of target
//! groups that a load knows nothing of. Only services with such alarms have one.

use std::collections::VecDeque;

use crate::demand::period::{CountMeans, PERIOD, ServicePeriod};
use crate::demand::service_load::Closed;
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::scenario::plan::Plan;
use crate::world::service::ServiceCounts;

const MINUTE_US: u64 = PERIOD.as_micros();

/// The counts of a service since the minutes that its alarms have heard of.
#[derive(Clone, Debug)]
pub struct CountsWatch {
    /// Whether its deployments are task sets.
    has_task_sets: bool,
    values: CountMeans,
    /// The values are summed up to here.
    now_us: u64,
    /// Sums of the minute that is not over, value times microseconds.
    open: CountMeans,
    /// Minutes that are over: the first, how many, and the means of each.
    over: VecDeque<(u64, u64, CountMeans)>,
}

impl CountsWatch {
    /// That of a service; `None`: nobody looks at such a metric of it.
    pub fn of(plan: &Plan, service: ServiceId) -> Option<Box<CountsWatch>> {
        let alarms = plan.alarms.iter().filter(|it| it.service == service);
        let targets = plan.scalable_targets.iter();
        let targets = targets.filter(|it| it.service == service);
        let customs = targets.flat_map(|it| it.policies.iter().filter_map(|it| it.custom.as_ref()));
        let mut watched = alarms.map(|it| &it.metric).chain(customs);
        watched.any(|metric| metric.is_of_counts()).then(|| {
            Box::new(CountsWatch {
                has_task_sets: plan.service(service).makes_task_sets(),
                values: CountMeans::default(),
                now_us: 0,
                open: CountMeans::default(),
                over: VecDeque::new(),
            })
        })
    }

    /// The counts are these from an instant on; whether they were others.
    pub fn set(&mut self, now: SimTime, counts: ServiceCounts) -> bool {
        let deployments = f64::from(counts.deployments);
        let (deployments, task_sets) = match self.has_task_sets {
            true => (0.0, deployments),
            false => (deployments, 0.0),
        };
        let values = CountMeans {
            unhealthy: f64::from(counts.unhealthy),
            desired: f64::from(counts.desired),
            pending: f64::from(counts.pending),
            deployments,
            task_sets,
        };
        let has_changed = values != self.values;
        if has_changed {
            self.advance(now.as_micros());
            self.values = values;
        }
        has_changed
    }

    /// A minute under the present counts.
    pub fn steady(&self, period: &ServicePeriod) -> ServicePeriod {
        ServicePeriod {
            counts: self.values,
            ..*period
        }
    }

    /// A minute that is over, or has begun, if nothing changes any more.
    pub fn at(&self, minute: u64, period: &ServicePeriod) -> ServicePeriod {
        let its =
            |(first, count, _): &&(u64, u64, CountMeans)| (*first..first + count).contains(&minute);
        let counts = match self.over.iter().find(its) {
            Some((_, _, means)) => *means,
            None if self.now_us / MINUTE_US == minute => {
                let left_us = MINUTE_US - self.now_us % MINUTE_US;
                self.open.plus(self.values, left_us).over(MINUTE_US)
            }
            None => self.values,
        };
        ServicePeriod { counts, ..*period }
    }

    /// Minutes that are over, and all alike but for the counts: as many as had the same are told
    /// together.
    pub fn tell(&mut self, (first, count, period): Closed<'_>, mut told: impl FnMut(Closed<'_>)) {
        let (mut at, end) = (first, first + count);
        self.advance(end * MINUTE_US);
        while at < end {
            let (until, counts) = match self.over.front().copied() {
                Some((first, count, _)) if first + count <= at => {
                    self.over.pop_front();
                    continue;
                }
                Some((first, count, means)) if first <= at => ((first + count).min(end), means),
                Some((first, ..)) => (first.min(end), self.values),
                None => (end, self.values),
            };
            told((at, until - at, &ServicePeriod { counts, ..*period }));
            at = until;
        }
    }

    fn advance(&mut self, to_us: u64) {
        while self.now_us < to_us {
            let minute = self.now_us / MINUTE_US;
            let whole = match self.now_us.is_multiple_of(MINUTE_US) {
                true => (to_us - self.now_us) / MINUTE_US,
                false => 0,
            };
            if 0 < whole {
                self.over.push_back((minute, whole, self.values));
                self.now_us += whole * MINUTE_US;
                continue;
            }
            let end_us = (minute + 1) * MINUTE_US;
            let until_us = end_us.min(to_us);
            self.open = self.open.plus(self.values, until_us - self.now_us);
            if until_us == end_us {
                self.over.push_back((minute, 1, self.open.over(MINUTE_US)));
                self.open = CountMeans::default();
            }
            self.now_us = until_us;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> CountsWatch {
        CountsWatch {
            has_task_sets: false,
            values: CountMeans::default(),
            now_us: 0,
            open: CountMeans::default(),
            over: VecDeque::new(),
        }
    }

    fn pending(pending: u32) -> ServiceCounts {
        ServiceCounts {
            pending,
            ..ServiceCounts::default()
        }
    }

    #[test]
    fn a_minute_has_the_mean_of_its_counts() {
        let mut watch = watch();
        let minute = ServicePeriod::default();
        assert!(watch.set(SimTime::from_secs(90), pending(4)));
        assert!(!watch.set(SimTime::from_secs(91), pending(4)), "as it was");
        // 4 for the last 30 s of minute 1 are 2 over it.
        assert_eq!(watch.at(1, &minute).counts.pending, 2.0);
        assert_eq!(watch.at(2, &minute).counts.pending, 4.0);
        watch.set(SimTime::from_secs(150), pending(0));
        let mut told = Vec::new();
        watch.tell((0, 5, &minute), |(first, count, period)| {
            told.push((first, count, period.counts.pending));
        });
        assert_eq!(told, [(0, 1, 0.0), (1, 1, 2.0), (2, 1, 2.0), (3, 2, 0.0)]);
        assert_eq!(watch.steady(&minute).counts.pending, 0.0);
    }
}
