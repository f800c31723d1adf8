//! Utilization metrics of a period below a minute: the load closes minutes, and is looked at within
//! them. Only services that ask for such metrics have a meter.

use crate::demand::load::Load;
use crate::demand::period::{FINE_PERIOD, PERIOD, ServicePeriod};
use crate::demand::service_load::Closed;
use crate::engine::{SimDuration, SimTime};

/// What is over: minutes, or data points of fine metrics; the latter know CPU and memory alone.
#[derive(Clone, Copy, Debug)]
pub enum Over<'a> {
    /// Minutes, like ones together.
    Minutes(Closed<'a>),
    /// Data points of [`FINE_PERIOD`], like ones together.
    Points(Closed<'a>),
}

/// Reads a load's data points of [`FINE_PERIOD`].
#[derive(Clone, Debug, Default)]
pub struct FineMeter {
    updated: SimTime,
    /// What the open minute had at the last data point's end.
    before: ServicePeriod,
    /// Whether the load has been steady since then.
    is_steady: bool,
    restless: SimTime,
}

impl FineMeter {
    /// The end of the newest data point that was not one of a steady load.
    pub fn restless_until(&self) -> SimTime {
        self.restless
    }

    /// Moves a load on to `now`, as [`Load::advance_to`] does.
    pub fn advance(
        &mut self,
        load: &mut Load,
        (now, most): (SimTime, u64),
        over: &mut dyn FnMut(Over<'_>),
    ) -> bool {
        let last = load.events().saturating_add(most);
        while self.updated < now {
            let left = last.saturating_sub(load.events());
            let index = self.updated.period_index(FINE_PERIOD);
            let start = SimTime::from_micros(index * FINE_PERIOD.as_micros());
            // What changed in the middle of it may be steady again by its end, as something else.
            let has_been = self.updated == start || self.is_steady;
            self.is_steady = has_been && load.steady().is_some();
            let whole = now.since(self.updated).as_micros() / PERIOD.as_micros();
            let is_minute = self.updated.as_micros().is_multiple_of(PERIOD.as_micros());
            if self.is_steady && is_minute && 0 < whole {
                let end = self.updated + SimDuration::from_micros(PERIOD.as_micros() * whole);
                if !pass_minutes(load, (end, left), over) {
                    return false;
                }
                self.updated = end;
                self.before = ServicePeriod::default();
                continue;
            }
            let end = (start + FINE_PERIOD).min(now);
            let mut closed: Option<ServicePeriod> = None;
            let reached = load.advance_to(end, left, |minutes: Closed<'_>| {
                closed = Some(*minutes.2);
                over(Over::Minutes(minutes));
            });
            if !reached {
                return false;
            }
            self.updated = end;
            if end == start + FINE_PERIOD {
                self.close(load, (index, end), closed.as_ref(), over);
            }
        }
        true
    }

    /// A data point is over, perhaps with its minute.
    fn close(
        &mut self,
        load: &mut Load,
        (index, end): (u64, SimTime),
        closed: Option<&ServicePeriod>,
        over: &mut dyn FnMut(Over<'_>),
    ) {
        let so_far = load.used_so_far();
        let point = match load.steady().filter(|_| self.is_steady) {
            // Exactly the same each time, whatever the sums are rounded to.
            Some(steady) => steady.fine_part(),
            None => {
                self.restless = end;
                closed.unwrap_or(&so_far).since(&self.before)
            }
        };
        self.before = match closed {
            Some(_) => ServicePeriod::default(),
            None => so_far,
        };
        over(Over::Points((index, 1, &point)));
    }
}

/// Whole minutes of a steady load, which are all alike.
fn pass_minutes(
    load: &mut Load,
    (end, most): (SimTime, u64),
    over: &mut dyn FnMut(Over<'_>),
) -> bool {
    const POINTS: u64 = PERIOD.as_micros() / FINE_PERIOD.as_micros();
    load.advance_to(end, most, |minutes: Closed<'_>| {
        let (first, count, period) = minutes;
        over(Over::Minutes(minutes));
        over(Over::Points((
            first * POINTS,
            count * POINTS,
            &period.fine_part(),
        )));
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::demand::load::Fidelity;
    use crate::demand::service_load::LoadSpec;
    use crate::demand::split_load::Side;
    use crate::engine::random::{NameHash, Streams};
    use crate::policy::load::{Routing, WorkShape};

    fn load() -> Load {
        let shape = WorkShape {
            cpu_s: 0.02,
            wait_s: 0.04,
            cv: 1.2,
            slots: 8,
            vcpus: 0.5,
        };
        let spec = LoadSpec {
            memory_base_mib: 100.0,
            idle_vcpus: 0.01,
            errors: 0.01,
            timeout_s: Some(10.0),
            backoff_s: 0.1,
            ..LoadSpec::plain(shape, Routing::Pooled)
        };
        Load::new(
            Fidelity::Fluid,
            spec,
            Streams::new(1, 0),
            NameHash::of("web"),
        )
    }

    /// Minutes, and data points by minute, of a load under these changes.
    fn played(changes: &[(u64, f64, u32)], is_read: bool) -> [Vec<ServicePeriod>; 2] {
        let (mut load, mut meter) = (load(), FineMeter::default());
        let [mut minutes, mut points] = [Vec::new(), Vec::new()];
        let mut now = SimTime::ZERO;
        for (seconds, rate, tasks) in changes {
            load.set_rate(*rate);
            load.set_tasks(Side::First, *tasks, *tasks);
            now += SimDuration::from_secs(*seconds);
            let many = |period: &ServicePeriod, count| std::iter::repeat_n(*period, count as usize);
            let mut over = |over: Over<'_>| match over {
                Over::Minutes((first, count, period)) => {
                    assert_eq!(first, minutes.len() as u64);
                    minutes.extend(many(period, count));
                }
                Over::Points((first, count, point)) => {
                    assert_eq!(first, points.len() as u64);
                    points.extend(many(point, count));
                }
            };
            let reached = match is_read {
                true => meter.advance(&mut load, (now, u64::MAX), &mut over),
                false => load.advance_to(now, u64::MAX, |it| over(Over::Minutes(it))),
            };
            assert!(reached);
        }
        [minutes, points]
    }

    proptest! {
        /// Three data points are their minute. Who reads them splits the fluid's stretches, which
        /// makes a difference of some per cent where a backlog gives up.
        #[test]
        fn data_points_add_up_to_their_minutes(
            changes in prop::collection::vec(
                (prop_oneof![Just(60u64), Just(20), Just(600), 1u64..400], 0.0..120.0f64, 0u32..6),
                1..10,
            ),
        ) {
            let [plain, _] = played(&changes, false);
            let [minutes, points] = played(&changes, true);
            let seconds: u64 = changes.iter().map(|(seconds, ..)| seconds).sum();
            prop_assert_eq!(points.len() as u64, seconds / 20);
            prop_assert_eq!(plain.len(), minutes.len());
            for (index, (minute, plain)) in minutes.iter().zip(&plain).enumerate() {
                let its = &points[3 * index..3 * index + 3];
                let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 + 1e-6 * b.abs();
                let sum = |of: fn(&ServicePeriod) -> f64| its.iter().map(of).sum::<f64>();
                prop_assert!(near(sum(|it| it.cpu_used), minute.cpu_used));
                prop_assert!(near(sum(|it| it.cpu_reserved), minute.cpu_reserved));
                prop_assert!(near(sum(|it| it.memory_used), minute.memory_used));
                let off = (minute.cpu_used - plain.cpu_used).abs();
                prop_assert!(off <= 0.1 * plain.cpu_used + 0.2, "{minute:?} {plain:?}");
                prop_assert!(near(minute.requests, plain.requests));
            }
        }
    }
}
