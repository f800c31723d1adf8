//! A rate as the run meets it: one change after the other, none computed before it is asked for.

use super::calendar::{LocalTime, RunCalendar};
use super::generator::{
    Daily, RATE_PER_SECOND_MAX, Ramp, RateError, RateSpec, Role, SMOOTH_GRID, SpikeEffect,
};
use super::series::SeriesCursor;
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::engine::{SimDuration, SimTime};

const NOISE: Purpose = Purpose::new("demand noise");
/// Changes that change nothing (a night of zeros in a trace) and are passed over in one call; a
/// bound, so that a rate which never changes again returns all the same.
const SILENT_CHANGES_MAX: usize = 4_096;
/// Steps of a ramp, each with the mean of its stretch. ASSUMPTION: twenty, or more where they would
/// be longer than [`SMOOTH_GRID`].
const RAMP_STEPS: u64 = 20;

/// The changes of a rate in order. Forward only; a clone goes on from where its original stood. A
/// step allocates nothing, and nothing is kept of what has passed.
#[derive(Clone, Debug)]
pub struct RateCursor {
    root: Sum,
    /// When the root changes next.
    next: SimTime,
    calendar: RunCalendar,
    last: Option<f64>,
    changes_clamped: u64,
}

/// A sum under way.
#[derive(Clone, Debug)]
struct Sum {
    /// Its terms, its factors, what overrides these, and noises.
    entries: Vec<Entry>,
    /// Where each of the first three roles ends.
    ends: [usize; 3],
    /// When the first of them changes.
    next: SimTime,
}

/// One entry: what it is now, and when that changes.
#[derive(Clone, Debug)]
struct Entry {
    kind: Kind,
    value: f64,
    next: SimTime,
}

#[derive(Clone, Debug)]
enum Kind {
    Constant(f64),
    Daily(Daily),
    Weekly([f64; 7]),
    /// Values before, from and after two instants: steps and spikes. NaN means "leaves the sum
    /// alone".
    Window {
        from: SimTime,
        until: SimTime,
        before: f64,
        within: f64,
        after: f64,
    },
    Ramp {
        ramp: Ramp,
        step: SimDuration,
    },
    Noise {
        every: SimDuration,
        /// Variance of the logarithm.
        variance: f64,
        /// Its root.
        spread: f64,
        stream: Stream,
    },
    Series(SeriesCursor),
    Sum(Sum),
    Scale(f64, Box<Entry>),
}

impl RateCursor {
    /// The rate of `spec` from the run's start on; `name` is the service's, whose streams noise
    /// draws from.
    ///
    /// # Errors
    /// If the rate means nothing ([`RateSpec::check`]).
    pub fn new(
        spec: &RateSpec,
        calendar: &RunCalendar,
        streams: &Streams,
        name: NameHash,
    ) -> Result<Self, RateError> {
        spec.check()?;
        let mut builder = Builder {
            streams,
            name,
            noise_count: 0,
        };
        let root = match spec {
            RateSpec::Sum(entries) => builder.sum(entries),
            single => builder.sum(std::slice::from_ref(single)),
        };
        Ok(RateCursor {
            root,
            next: SimTime::ZERO,
            calendar: calendar.clone(),
            last: None,
            changes_clamped: 0,
        })
    }

    /// The next change: from when on, and the rate per second. The first call gives the rate at the
    /// run's start; `None` when the rate never changes again. In a stretch with thousands of steps
    /// of one rate it may give that rate again.
    pub fn next_change(&mut self) -> Option<(SimTime, f64)> {
        let mut at = SimTime::ZERO;
        for _ in 0..SILENT_CHANGES_MAX {
            if self.last.is_some() {
                at = self.next;
                if at == SimTime::MAX {
                    return None;
                }
            }
            self.root.advance(at, &self.calendar);
            self.next = self.root.next;
            let rate = self.clamp();
            if self.last != Some(rate) {
                self.last = Some(rate);
                return Some((at, rate));
            }
        }
        self.last.map(|rate| (at, rate))
    }

    /// When the rate may change next; [`SimTime::MAX`] if it does not.
    pub fn peek(&self) -> SimTime {
        self.next
    }

    /// How often the rate was cut to [`RATE_PER_SECOND_MAX`].
    pub fn changes_clamped(&self) -> u64 {
        self.changes_clamped
    }

    fn clamp(&mut self) -> f64 {
        let rate = self.root.value();
        if rate <= RATE_PER_SECOND_MAX {
            return rate;
        }
        self.changes_clamped += 1;
        RATE_PER_SECOND_MAX
    }
}

struct Builder<'a> {
    streams: &'a Streams,
    name: NameHash,
    noise_count: u64,
}

impl Builder<'_> {
    fn sum(&mut self, entries: &[RateSpec]) -> Sum {
        let [mut terms, mut factors, mut overrides, mut noises] = [const { Vec::new() }; 4];
        for spec in entries {
            let entry = self.entry(spec);
            match spec.role() {
                Role::Term => terms.push(entry),
                Role::Factor => factors.push(entry),
                Role::Override => overrides.push(entry),
                Role::Noise => noises.push(entry),
            }
        }
        let mut entries = terms;
        let mut ends = [entries.len(); 3];
        entries.append(&mut factors);
        ends[1] = entries.len();
        entries.append(&mut overrides);
        ends[2] = entries.len();
        entries.append(&mut noises);
        Sum {
            entries,
            ends,
            next: SimTime::ZERO,
        }
    }

    fn entry(&mut self, spec: &RateSpec) -> Entry {
        let kind = match spec {
            RateSpec::Constant(rate) => Kind::Constant(*rate),
            RateSpec::Daily(daily) => Kind::Daily(*daily),
            RateSpec::Weekly(factors) => Kind::Weekly(*factors),
            RateSpec::Step(step) => Kind::Window {
                from: step.at,
                until: SimTime::MAX,
                before: step.from,
                within: step.to,
                after: step.to,
            },
            RateSpec::Ramp(ramp) => Kind::Ramp {
                ramp: *ramp,
                step: ramp_step(ramp),
            },
            RateSpec::Spike(spike) => {
                let (within, else_) = match spike.effect {
                    SpikeEffect::Times(times) => (times, 1.0),
                    SpikeEffect::To(rate) => (rate, f64::NAN),
                };
                let until = spike.at.saturating_add(spike.lasts);
                Kind::Window {
                    from: spike.at,
                    until,
                    before: else_,
                    within,
                    after: else_,
                }
            }
            RateSpec::Noise(noise) => {
                let stream = self.streams.stream(NOISE, self.name, self.noise_count);
                self.noise_count += 1;
                let variance = libm::log1p(noise.cv * noise.cv);
                Kind::Noise {
                    every: noise.every,
                    variance,
                    spread: libm::sqrt(variance),
                    stream,
                }
            }
            RateSpec::Trace(series) => Kind::Series(series.cursor()),
            RateSpec::Sum(entries) => Kind::Sum(self.sum(entries)),
            RateSpec::Scale(factor, inner) => Kind::Scale(*factor, Box::new(self.entry(inner))),
        };
        Entry {
            kind,
            value: 0.0,
            next: SimTime::ZERO,
        }
    }
}

impl Sum {
    /// Brings every entry that changes at `at` up to date.
    fn advance(&mut self, at: SimTime, calendar: &RunCalendar) {
        self.next = SimTime::MAX;
        for entry in &mut self.entries {
            if entry.next <= at {
                entry.advance(at, calendar);
            }
            self.next = self.next.min(entry.next);
        }
    }

    fn value(&self) -> f64 {
        let [terms, factors, overrides] = self.ends;
        let (entries, noises) = self.entries.split_at(overrides);
        let (entries, overrides) = entries.split_at(factors);
        let (terms, factors) = entries.split_at(terms);
        let by = |rate: f64, entry: &Entry| rate * entry.value;
        let sum: f64 = terms.iter().map(|entry| entry.value).sum();
        let product = factors.iter().fold(sum, by);
        let replaced = overrides.iter().fold(product, |rate, entry| {
            if entry.value.is_nan() {
                rate
            } else {
                entry.value
            }
        });
        noises.iter().fold(replaced, by)
    }
}

impl Entry {
    fn advance(&mut self, at: SimTime, calendar: &RunCalendar) {
        (self.value, self.next) = self.kind.value_from(at, calendar);
    }
}

impl Kind {
    /// The value from `at` on, and when it changes; `at` is the run's start or the change announced
    /// before.
    fn value_from(&mut self, at: SimTime, calendar: &RunCalendar) -> (f64, SimTime) {
        match self {
            Kind::Constant(rate) => (*rate, SimTime::MAX),
            Kind::Daily(daily) => daily_from(daily, at, calendar),
            Kind::Weekly(factors) => match (calendar.local(at), calendar.next_midnight(at)) {
                (Some(local), Some(midnight)) => (factors[local.weekday_index()], midnight),
                _ => (factors[0], SimTime::MAX),
            },
            Kind::Window { from, before, .. } if at < *from => (*before, *from),
            Kind::Window { until, within, .. } if at < *until => (*within, *until),
            Kind::Window { after, .. } => (*after, SimTime::MAX),
            Kind::Ramp { ramp, step } => ramp_from(ramp, *step, at),
            Kind::Noise {
                every,
                variance,
                spread,
                stream,
            } => (
                lognormal_of_mean_one(*variance, *spread, stream),
                next_multiple(*every, at),
            ),
            Kind::Series(cursor) => {
                while cursor.next_start() <= at {
                    cursor.advance();
                }
                (cursor.rate_per_second(), cursor.next_start())
            }
            Kind::Sum(sum) => {
                sum.advance(at, calendar);
                (sum.value(), sum.next)
            }
            Kind::Scale(factor, inner) => {
                inner.advance(at, calendar);
                (*factor * inner.value, inner.next)
            }
        }
    }
}

/// The mean rate of the step from `at`, by the cosine at the step's middle.
fn daily_from(daily: &Daily, at: SimTime, calendar: &RunCalendar) -> (f64, SimTime) {
    let next = next_multiple(daily.every, at);
    let middle = SimTime::from_micros(at.as_micros() + next.since(at).as_micros() / 2);
    let Some(LocalTime { second_of_day, .. }) = calendar.local(middle) else {
        return (daily.low, SimTime::MAX);
    };
    let peak = f64::from(daily.peak.hour()) * 3600.0
        + f64::from(daily.peak.minute()) * 60.0
        + f64::from(daily.peak.second());
    let angle = std::f64::consts::TAU * (second_of_day - peak) / 86_400.0;
    let share = (1.0 + libm::cos(angle)) / 2.0;
    (daily.low + (daily.high - daily.low) * share, next)
}

fn ramp_step(ramp: &Ramp) -> SimDuration {
    let even = ramp.over.as_micros().div_ceil(RAMP_STEPS);
    SimDuration::from_micros(even.clamp(1, SMOOTH_GRID.as_micros()))
}

/// The mean rate of the ramp's step from `at`; on a straight line that is the rate in its middle.
fn ramp_from(ramp: &Ramp, step: SimDuration, at: SimTime) -> (f64, SimTime) {
    let end = ramp.at.saturating_add(ramp.over);
    if at < ramp.at {
        return (ramp.from, ramp.at);
    }
    if end <= at {
        return (ramp.to, SimTime::MAX);
    }
    let next = at.saturating_add(step).min(end);
    let middle = at.since(ramp.at).as_secs_f64() + next.since(at).as_secs_f64() / 2.0;
    let share = middle / ramp.over.as_secs_f64();
    (ramp.from + (ramp.to - ramp.from) * share, next)
}

fn next_multiple(every: SimDuration, at: SimTime) -> SimTime {
    let index = at.period_index(every);
    SimTime::from_micros(every.as_micros().saturating_mul(index.saturating_add(1)))
}

/// A lognormal draw of mean 1: exp(σz − σ²/2) with σ² = ln(1 + cv²), z by Box and Muller.
fn lognormal_of_mean_one(variance: f64, spread: f64, stream: &mut Stream) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(stream.uniform()));
    let normal = radius * libm::cos(std::f64::consts::TAU * stream.uniform());
    libm::exp(spread * normal - variance / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::generator::{Noise, Ramp, Spike, Step};
    use crate::demand::series::{RateStep, StepSeries};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn cursor(spec: &RateSpec) -> RateCursor {
        // A Thursday.
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let calendar = RunCalendar::new("2026-03-05T00:00:00Z".parse().unwrap(), zone);
        RateCursor::new(spec, &calendar, &Streams::new(42, 0), NameHash::of("api")).unwrap()
    }

    fn changes(spec: &RateSpec, until_s: u64) -> Vec<(u64, f64)> {
        let mut cursor = cursor(spec);
        std::iter::from_fn(|| cursor.next_change())
            .map(|(at, rate)| (at.as_micros() / 1_000_000, rate))
            .take_while(|(at, _)| *at < until_s)
            .collect()
    }

    fn integral(changes: &[(u64, f64)], until_s: u64) -> f64 {
        let end = |index: usize| changes.get(index + 1).map_or(until_s, |next| next.0);
        (0..changes.len())
            .map(|i| changes[i].1 * (end(i) - changes[i].0) as f64)
            .sum()
    }

    fn secs(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn terms_add_up_and_factors_act_on_the_sum() {
        let spec = RateSpec::Sum(vec![
            RateSpec::Spike(Spike {
                at: at(100),
                lasts: secs(50),
                effect: SpikeEffect::Times(8.0),
            }),
            RateSpec::Constant(20.0),
            RateSpec::Step(Step {
                at: at(120),
                from: 0.0,
                to: 5.0,
            }),
            RateSpec::Spike(Spike {
                at: at(300),
                lasts: secs(10),
                effect: SpikeEffect::To(1.0),
            }),
        ]);
        assert_eq!(
            changes(&spec, 1_000),
            [
                (0, 20.0),
                (100, 160.0),
                (120, 200.0),
                (150, 25.0),
                (300, 1.0),
                (310, 25.0)
            ]
        );
    }

    #[test]
    fn a_day_of_the_raised_cosine_has_the_mean_of_low_and_high_and_peaks_when_told() {
        let peak = jiff::civil::time(14, 0, 0, 0);
        let daily = RateSpec::Daily(Daily {
            low: 10.0,
            high: 90.0,
            peak,
            every: SMOOTH_GRID,
        });
        let changes = changes(&daily, 86_400);
        assert!((integral(&changes, 86_400) / 86_400.0 - 50.0).abs() < 1e-9);
        let highest = changes.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        // 14:00 in Berlin in winter is 13:00 UTC; the step before and after it are equally high.
        assert!((46_500..=46_800).contains(&highest.0), "{highest:?}");
        assert!((90.0 - highest.1) < 0.01);
    }

    #[test]
    fn weekly_factors_change_at_local_midnight() {
        let week = RateSpec::Weekly([1.0, 1.0, 1.0, 1.0, 2.0, 0.5, 0.5]);
        let spec = RateSpec::Sum(vec![RateSpec::Constant(10.0), week]);
        // Thursday 01:00 in Berlin; Friday begins 23 hours later, Sunday differs in nothing from
        // Saturday.
        assert_eq!(
            changes(&spec, 5 * 86_400),
            [(0, 10.0), (82_800, 20.0), (169_200, 5.0), (342_000, 10.0)]
        );
    }

    #[test]
    fn a_ramp_keeps_the_area_under_its_line() {
        let ramp = RateSpec::Ramp(Ramp {
            at: at(600),
            over: secs(1_200),
            from: 10.0,
            to: 70.0,
        });
        let changes = changes(&ramp, 3_600);
        let expected = 600.0 * 10.0 + 1_200.0 * 40.0 + 1_800.0 * 70.0;
        assert!((integral(&changes, 3_600) - expected).abs() < 1e-6);
        assert_eq!(changes.last(), Some(&(1_800, 70.0)));
    }

    #[test]
    fn noise_has_mean_one_and_the_asked_spread_and_follows_the_name() {
        let noise = RateSpec::Noise(Noise {
            cv: 0.5,
            every: secs(60),
        });
        let spec = RateSpec::Sum(vec![RateSpec::Constant(1.0), noise]);
        let draws = changes(&spec, 60 * 40_000);
        let count = draws.len() as f64;
        let mean = draws.iter().map(|draw| draw.1).sum::<f64>() / count;
        let variance = draws
            .iter()
            .map(|draw| (draw.1 - mean) * (draw.1 - mean))
            .sum::<f64>()
            / count;
        // Four standard errors: 0.5 / √40,000 × 4 for the mean.
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!((libm::sqrt(variance) - 0.5).abs() < 0.02, "{variance}");
        assert_eq!(changes(&spec, 6_000), draws[..100]);
        let calendar = RunCalendar::new("2026-03-05T00:00:00Z".parse().unwrap(), TimeZone::UTC);
        let name = NameHash::of("web");
        let mut other = RateCursor::new(&spec, &calendar, &Streams::new(42, 0), name).unwrap();
        assert_ne!(other.next_change(), cursor(&spec).next_change());
    }

    #[test]
    fn adding_a_spike_leaves_the_noise_alone() {
        let noise = RateSpec::Noise(Noise {
            cv: 0.5,
            every: secs(60),
        });
        let spike = Spike {
            at: at(90),
            lasts: secs(60),
            effect: SpikeEffect::Times(2.0),
        };
        let plain = RateSpec::Sum(vec![RateSpec::Constant(1.0), noise.clone()]);
        let spiked = RateSpec::Sum(vec![RateSpec::Constant(1.0), RateSpec::Spike(spike), noise]);
        let (plain, spiked) = (changes(&plain, 600), changes(&spiked, 600));
        for change in plain.iter().filter(|change| change.0 != 120) {
            assert!(spiked.contains(change), "{change:?}");
        }
    }

    #[test]
    fn a_repeating_series_goes_on_for_ever_and_a_single_one_ends() {
        let step = |start, rate_per_second| RateStep {
            start: at(start),
            rate_per_second,
        };
        let steps = vec![step(0, 1.0), step(10, 2.0)];
        let once = RateSpec::Trace(StepSeries::new(steps.clone(), None));
        assert_eq!(changes(&once, 100), [(0, 1.0), (10, 2.0)]);
        let again = RateSpec::Scale(
            3.0,
            Box::new(RateSpec::Trace(StepSeries::new(steps, Some(secs(15))))),
        );
        assert_eq!(
            changes(&again, 40),
            [(0, 3.0), (10, 6.0), (15, 3.0), (25, 6.0), (30, 3.0)]
        );
    }

    #[test]
    fn a_rate_that_changes_nothing_still_returns() {
        let peak = jiff::civil::time(14, 0, 0, 0);
        let mut flat = cursor(&RateSpec::Daily(Daily {
            low: 0.0,
            high: 0.0,
            peak,
            every: SMOOTH_GRID,
        }));
        assert_eq!(flat.next_change(), Some((SimTime::ZERO, 0.0)));
        let (later, rate) = flat.next_change().unwrap();
        assert!(SimTime::ZERO < later);
        assert_eq!(rate, 0.0);
    }

    #[test]
    fn a_rate_without_meaning_is_refused_with_its_place() {
        let check = |spec: RateSpec| spec.check().unwrap_err().to_string();
        let noise = RateSpec::Noise(Noise {
            cv: 0.1,
            every: secs(60),
        });
        assert_eq!(
            check(noise.clone()),
            "noise: it acts on other rates and there is none: put it into a `sum` with one"
        );
        assert_eq!(
            check(RateSpec::Sum(vec![noise])),
            "sum: nothing to add up: `weekly`, `spike` and `noise` act on a rate"
        );
        assert_eq!(
            check(RateSpec::Sum(vec![
                RateSpec::Constant(1.0),
                RateSpec::Constant(-1.0)
            ])),
            "sum[1].constant: `constant` must be from 0 to 1e9, not -1"
        );
        assert_eq!(
            check(RateSpec::Constant(f64::NAN)),
            "constant: `constant` must be from 0 to 1e9, not NaN"
        );
    }

    #[test]
    fn a_rate_above_all_bounds_is_cut_and_counted() {
        let mut high = cursor(&RateSpec::Scale(10.0, Box::new(RateSpec::Constant(9e8))));
        assert_eq!(
            high.next_change(),
            Some((SimTime::ZERO, RATE_PER_SECOND_MAX))
        );
        assert_eq!(high.changes_clamped(), 1);
    }

    fn any_spec() -> impl Strategy<Value = RateSpec> {
        let rate = 0.0..1_000.0f64;
        let leaf = prop_oneof![
            rate.clone().prop_map(RateSpec::Constant),
            (rate.clone(), 0u64..9_000).prop_map(|(to, s)| RateSpec::Step(Step {
                at: at(s),
                from: 3.0,
                to
            })),
            (rate.clone(), 0u64..9_000, 1u64..4_000).prop_map(|(to, s, over)| {
                RateSpec::Ramp(Ramp {
                    at: at(s),
                    over: secs(over),
                    from: 1.0,
                    to,
                })
            }),
            (rate, 1u64..900, 1u64..900).prop_map(|(rate_per_second, a, b)| {
                let first = RateStep {
                    start: at(0),
                    rate_per_second,
                };
                let second = RateStep {
                    start: at(a),
                    rate_per_second: 7.0,
                };
                RateSpec::Trace(StepSeries::new(vec![first, second], Some(secs(a + b))))
            }),
        ];
        proptest::collection::vec(leaf, 1..5).prop_map(RateSpec::Sum)
    }

    proptest! {
        #[test]
        fn changes_are_sorted_and_their_area_is_the_sum_of_the_terms_areas(spec in any_spec()) {
            let whole = changes(&spec, 10_000);
            prop_assert!(whole.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            let RateSpec::Sum(terms) = &spec else { unreachable!() };
            // Ramps change off whole seconds; areas are compared in microseconds.
            let area = |spec: &RateSpec| {
                let (mut cursor, mut area, until) = (cursor(spec), 0.0, at(9_999));
                let mut last = cursor.next_change().unwrap();
                while let Some(next) = cursor.next_change().filter(|next| next.0 < until) {
                    area += last.1 * next.0.since(last.0).as_secs_f64();
                    last = next;
                }
                area + last.1 * until.since(last.0).as_secs_f64()
            };
            let parts: f64 = terms.iter().map(area).sum();
            prop_assert!((area(&spec) - parts).abs() <= 1e-6 * parts.max(1.0));
        }
    }
}
