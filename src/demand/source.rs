//! Arrivals as the run meets them: the next one only, from a trace's rows or drawn at a rate.

use std::sync::Arc;

use super::arrivals::{Arrival, ArrivalTrace};
use super::cursor::RateCursor;
use super::scheduled::ScheduleCursor;
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::engine::{SimDuration, SimTime};

const ARRIVALS: Purpose = Purpose::new("arrivals");
const WORK: Purpose = Purpose::new("work of arrivals");

/// Seconds of work for a uniform draw from (0, 1): the quantile function of the work's
/// distribution.
pub type WorkQuantile = Arc<dyn Fn(f64) -> f64 + Send + Sync>;

/// How generated arrivals are spaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ArrivalProcess {
    /// A Poisson process whose intensity is the rate.
    Poisson,
    /// One whenever the rate has added up to another whole arrival.
    Regular,
}

/// The arrivals of a source in order; future ones stay here and out of the event queue.
#[derive(Clone)]
pub struct ArrivalCursor {
    source: Source,
}

#[derive(Clone)]
enum Source {
    Trace { trace: ArrivalTrace, index: usize },
    Generated(Box<Generated>),
    Scheduled(Box<ScheduleCursor>),
}

/// Arrivals by the inverse of the integrated rate: each unit (or exponential) jump of the integral
/// is one.
#[derive(Clone)]
struct Generated {
    rate: RateCursor,
    process: ArrivalProcess,
    work: Option<WorkQuantile>,
    gap_stream: Stream,
    work_stream: Stream,
    until: SimTime,
    segment: Segment,
}

/// The stretch of constant rate under way.
#[derive(Clone, Copy)]
struct Segment {
    start: SimTime,
    rate_per_second: f64,
    /// Seconds of it used up, as a float so that rounding to microseconds never adds up.
    used_s: f64,
}

impl ArrivalCursor {
    /// The rows of a trace.
    pub fn of_trace(trace: &ArrivalTrace) -> Self {
        ArrivalCursor {
            source: Source::Trace {
                trace: trace.clone(),
                index: 0,
            },
        }
    }

    /// The calls of a schedule.
    pub fn scheduled(calls: ScheduleCursor) -> Self {
        ArrivalCursor {
            source: Source::Scheduled(Box::new(calls)),
        }
    }

    /// Arrivals at `rate` before `until`, which a source that falls silent needs to end.
    pub fn generated(
        rate: RateCursor,
        process: ArrivalProcess,
        until: SimTime,
        key: SourceKey,
    ) -> Self {
        let generated = Generated {
            rate,
            process,
            work: key.work,
            gap_stream: key.streams.stream(ARRIVALS, key.name, 0),
            work_stream: key.streams.stream(WORK, key.name, 0),
            until,
            segment: Segment {
                start: SimTime::ZERO,
                rate_per_second: 0.0,
                used_s: 0.0,
            },
        };
        let mut generated = Box::new(generated);
        if let Some((start, rate_per_second)) = generated.rate.next_change() {
            generated.segment = Segment {
                start,
                rate_per_second,
                used_s: 0.0,
            };
        }
        ArrivalCursor {
            source: Source::Generated(generated),
        }
    }
}

/// What generated arrivals are drawn with.
pub struct SourceKey {
    /// The run's streams.
    pub streams: Streams,
    /// The source's name: its draws follow it, whatever else the scenario holds.
    pub name: NameHash,
    /// The distribution of work; `None`: as the task definition says.
    pub work: Option<WorkQuantile>,
}

impl Iterator for ArrivalCursor {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        match &mut self.source {
            Source::Trace { trace, index } => {
                let arrival = trace.arrivals().get(*index).copied();
                *index += 1;
                arrival
            }
            Source::Generated(generated) => generated.next(),
            Source::Scheduled(calls) => calls.next(),
        }
    }
}

impl Generated {
    fn next(&mut self) -> Option<Arrival> {
        let mut jump = match self.process {
            ArrivalProcess::Poisson => -libm::log(self.gap_stream.uniform()),
            ArrivalProcess::Regular => 1.0,
        };
        loop {
            let Segment {
                start,
                rate_per_second: rate,
                used_s,
            } = self.segment;
            if self.until <= start {
                return None;
            }
            let end = self.rate.peek().min(self.until);
            let left_s = end.since(start).as_secs_f64() - used_s;
            if jump <= rate * left_s && 0.0 < rate {
                self.segment.used_s = used_s + jump / rate;
                let at = start.saturating_add(SimDuration::from_secs_f64(self.segment.used_s));
                return (at < self.until).then(|| self.arrival(at));
            }
            jump -= rate * left_s.max(0.0);
            match self.rate.next_change() {
                Some((start, rate_per_second)) => {
                    self.segment = Segment {
                        start,
                        rate_per_second,
                        used_s: 0.0,
                    };
                }
                None => self.segment.start = self.until,
            }
        }
    }

    fn arrival(&mut self, at: SimTime) -> Arrival {
        let work = self.work.as_ref().map(|quantile| {
            let uniform = self.work_stream.uniform();
            SimDuration::from_secs_f64(quantile(uniform))
        });
        Arrival {
            at,
            work,
            cpu: None,
            memory: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::calendar::RunCalendar;
    use crate::demand::generator::{RateSpec, Spike, SpikeEffect};
    use jiff::tz::TimeZone;

    fn arrivals(spec: &RateSpec, process: ArrivalProcess, until_s: u64) -> Vec<Arrival> {
        let calendar = RunCalendar::new("2026-03-05T00:00:00Z".parse().unwrap(), TimeZone::UTC);
        let (streams, name) = (Streams::new(42, 0), NameHash::of("adhoc"));
        let rate = RateCursor::new(spec, &calendar, &streams, name).unwrap();
        let work: WorkQuantile = Arc::new(|uniform| -60.0 * libm::log1p(-uniform));
        let key = SourceKey {
            streams,
            name,
            work: Some(work),
        };
        ArrivalCursor::generated(rate, process, SimTime::from_secs(until_s), key).collect()
    }

    fn spiked() -> RateSpec {
        let at = SimTime::from_secs(1_000);
        let lasts = SimDuration::from_secs(500);
        RateSpec::Sum(vec![
            RateSpec::Constant(2.0),
            RateSpec::Spike(Spike {
                at,
                lasts,
                effect: SpikeEffect::Times(10.0),
            }),
        ])
    }

    #[test]
    fn regular_arrivals_come_whenever_the_rate_has_added_up_to_one() {
        let arrivals = arrivals(&RateSpec::Constant(0.25), ArrivalProcess::Regular, 17);
        let at: Vec<u64> = arrivals
            .iter()
            .map(|a| a.at.as_micros() / 1_000_000)
            .collect();
        assert_eq!(at, [4, 8, 12, 16]);
    }

    #[test]
    fn poisson_arrivals_follow_the_rate_and_are_sorted() {
        let arrivals = arrivals(&spiked(), ArrivalProcess::Poisson, 20_000);
        assert!(arrivals.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let in_spike = arrivals
            .iter()
            .filter(|a| SimTime::from_secs(1_000) <= a.at && a.at < SimTime::from_secs(1_500))
            .count() as f64;
        let rest = arrivals.len() as f64 - in_spike;
        // Expected 10,000 and 39,000, each within four standard deviations.
        assert!((in_spike - 10_000.0).abs() < 400.0, "{in_spike}");
        assert!((rest - 39_000.0).abs() < 790.0, "{rest}");
        let work = arrivals
            .iter()
            .map(|a| a.work.unwrap().as_secs_f64())
            .sum::<f64>();
        assert!((work / arrivals.len() as f64 - 60.0).abs() < 1.1);
    }

    #[test]
    fn the_nth_arrival_s_work_is_the_same_whatever_the_rate() {
        let work = |spec: &RateSpec| -> Vec<Option<SimDuration>> {
            arrivals(spec, ArrivalProcess::Poisson, 2_000)
                .iter()
                .map(|a| a.work)
                .take(100)
                .collect()
        };
        assert_eq!(work(&spiked()), work(&RateSpec::Constant(50.0)));
    }

    #[test]
    fn a_source_without_a_rate_ends() {
        assert_eq!(
            arrivals(&RateSpec::Constant(0.0), ArrivalProcess::Poisson, 1_000),
            []
        );
        assert_eq!(
            arrivals(&RateSpec::Constant(1.0), ArrivalProcess::Regular, 0),
            []
        );
    }
}
