//! The queue of a service that pulls, over the run, by minute.

use crate::demand::period::ServicePeriod;
use crate::observe::summary::QueueSummary;
use crate::policy::load::Histogram;
use crate::scenario::plan::Statistic;

/// The queue of a service that pulls.
#[derive(Clone, Debug, Default)]
pub struct QueueTally {
    minutes: u64,
    received: f64,
    /// Messages that wait × minutes.
    visible: f64,
    visible_max: f64,
    visible_last: f64,
    /// How long the head had waited: the minutes that had messages.
    ages: Histogram,
    age_max_s: f64,
}

impl QueueTally {
    /// Whether a minute had messages of a queue.
    pub fn has_messages(minute: &ServicePeriod) -> bool {
        0.0 < minute.received || 0.0 < minute.queued
    }

    /// Takes `count` minutes like this one.
    pub fn add(&mut self, minute: &ServicePeriod, count: u64) {
        self.visible_last = minute.queued;
        // One without messages is a minute of the mean backlog all the same.
        self.minutes += count;
        if !QueueTally::has_messages(minute) {
            return;
        }
        let times = count as f64;
        self.received += minute.received * times;
        self.visible += minute.queued * times;
        self.visible_max = self.visible_max.max(minute.queued);
        self.ages.add_value(minute.oldest_s, times);
        self.age_max_s = self.age_max_s.max(minute.oldest_s);
    }

    /// All of another's.
    pub fn merge(&mut self, other: &Self) {
        self.minutes += other.minutes;
        self.received += other.received;
        self.visible += other.visible;
        self.visible_max = self.visible_max.max(other.visible_max);
        self.ages.merge(&other.ages);
        self.age_max_s = self.age_max_s.max(other.age_max_s);
    }

    /// How long the head had waited, seconds, over the minutes that had messages.
    pub fn oldest(&self, statistic: Statistic) -> Option<f64> {
        match statistic {
            Statistic::Average => self.ages.mean_s(),
            Statistic::Minimum => self.ages.quantile_s(0.0),
            Statistic::Maximum => (0.0 < self.ages.count()).then_some(self.age_max_s),
            Statistic::Quantile(u) => self.ages.quantile_s(u),
            Statistic::Sum => None,
        }
    }

    /// In numbers; none if there never was a message.
    pub fn summary(&self) -> Option<QueueSummary> {
        let mean = self.ages.mean_s()?;
        Some(QueueSummary {
            received: self.received,
            visible_mean: self.visible / self.minutes as f64,
            visible_max_minute: self.visible_max,
            visible_last_minute: self.visible_last,
            oldest_mean_s: mean,
            oldest_p95_minute_s: self
                .ages
                .quantile_s(0.95)
                .unwrap_or(0.0)
                .min(self.age_max_s),
            oldest_max_minute_s: self.age_max_s,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_told_by_its_minutes() {
        let minute = |queued: f64, oldest_s: f64| ServicePeriod {
            queued,
            oldest_s,
            received: 60.0,
            ..ServicePeriod::default()
        };
        let mut tally = QueueTally::default();
        assert_eq!(tally.summary(), None);
        tally.add(&minute(10.0, 5.0), 3);
        tally.add(&minute(50.0, 25.0), 1);
        let summary = tally.summary().unwrap();
        assert_eq!(summary.received, 240.0);
        assert_eq!(summary.visible_mean, 20.0);
        assert_eq!(summary.visible_max_minute, 50.0);
        assert_eq!(summary.oldest_max_minute_s, 25.0);
        assert!((summary.oldest_mean_s / 10.0 - 1.0).abs() < 0.03);
        assert_eq!(tally.oldest(Statistic::Maximum), Some(25.0));
        // Requests of clients make no queue.
        let mut other = QueueTally::default();
        other.add(
            &ServicePeriod {
                requests: 60.0,
                ..ServicePeriod::default()
            },
            9,
        );
        assert_eq!(other.summary(), None);
    }
}
