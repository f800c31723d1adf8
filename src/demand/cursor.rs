//! A rate as the run meets it: one change after the other, none computed before it is asked for.

use super::calendar::{LocalTime, RunCalendar};
use super::generator::{
    Daily, Noise, RATE_PER_SECOND_MAX, Ramp, RateError, RateSpec, Role, SMOOTH_GRID, SpikeEffect,
};
use super::series::SeriesCursor;
use crate::engine::random::{NameHash, Purpose, Stream, Streams};
use crate::engine::{SimDuration, SimTime};

const NOISE: Purpose = Purpose::new("demand noise");
/// Changes that change nothing (a night of zeros in a trace) and are passed over in one call; a bound, so
/// that a rate which never changes again returns all the same.
const SILENT_CHANGES_MAX: usize = 4_096;
/// Steps of a ramp, each with the mean of its stretch. ASSUMPTION: twenty, or more where they would be longer
/// than [`SMOOTH_GRID`].
const RAMP_STEPS: u64 = 20;

/// The changes of a rate in order. Forward only; a clone goes on from where its original stood. A step
/// allocates nothing, and nothing is kept of what has passed.
#[derive(Clone, Debug)]
pub struct RateCursor {
    root: Sum,
    calendar: RunCalendar,
    last: Option<f64>,
    changes_clamped: u64,
}

/// A sum under way: its terms by role, and when the first of them changes.
#[derive(Clone, Debug)]
struct Sum {
    terms: Vec<Entry>,
    factors: Vec<Entry>,
    overrides: Vec<Entry>,
    noises: Vec<Entry>,
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
    /// Values before, from and after two instants: steps and spikes. NaN means "leaves the sum alone".
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
        noise: Noise,
        stream: Stream,
    },
    Series(SeriesCursor),
    Sum(Sum),
    Scale(f64, Box<Entry>),
}

impl RateCursor {
    /// The rate of `spec` from the run's start on; `name` is the service's, whose streams noise draws from.
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
            calendar: calendar.clone(),
            last: None,
            changes_clamped: 0,
        })
    }

    /// The next change: from when on, and the rate per second. The first call gives the rate at the run's
    /// start; `None` when the rate never changes again. In a stretch with thousands of steps of one rate it
    /// may give that rate again.
    pub fn next_change(&mut self) -> Option<(SimTime, f64)> {
        let mut at = SimTime::ZERO;
        for _ in 0..SILENT_CHANGES_MAX {
            if self.last.is_some() {
                at = self.root.next();
                if at == SimTime::MAX {
                    return None;
                }
            }
            self.root.advance(at, &self.calendar);
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
        if self.last.is_none() {
            SimTime::ZERO
        } else {
            self.root.next()
        }
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
        let mut sum = Sum {
            terms: vec![],
            factors: vec![],
            overrides: vec![],
            noises: vec![],
        };
        for spec in entries {
            let entry = self.entry(spec);
            match spec.role() {
                Role::Term => sum.terms.push(entry),
                Role::Factor => sum.factors.push(entry),
                Role::Override => sum.overrides.push(entry),
                Role::Noise => sum.noises.push(entry),
            }
        }
        sum
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
                Kind::Noise {
                    noise: *noise,
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
    fn all(&self) -> impl Iterator<Item = &Entry> {
        self.terms
            .iter()
            .chain(&self.factors)
            .chain(&self.overrides)
            .chain(&self.noises)
    }

    fn next(&self) -> SimTime {
        self.all()
            .map(|entry| entry.next)
            .min()
            .unwrap_or(SimTime::MAX)
    }

    /// Brings every entry that changes at `at` up to date.
    fn advance(&mut self, at: SimTime, calendar: &RunCalendar) {
        let Sum {
            terms,
            factors,
            overrides,
            noises,
        } = self;
        for entry in terms
            .iter_mut()
            .chain(factors)
            .chain(overrides)
            .chain(noises)
        {
            if entry.next <= at {
                entry.advance(at, calendar);
            }
        }
    }

    fn value(&self) -> f64 {
        let sum: f64 = self.terms.iter().map(|entry| entry.value).sum();
        let product = self
            .factors
            .iter()
            .fold(sum, |rate, entry| rate * entry.value);
        let replaced = self.overrides.iter().fold(product, |rate, entry| {
            if entry.value.is_nan() {
                rate
            } else {
                entry.value
            }
        });
        self.noises
            .iter()
            .fold(replaced, |rate, entry| rate * entry.value)
    }
}

impl Entry {
    fn advance(&mut self, at: SimTime, calendar: &RunCalendar) {
        (self.value, self.next) = self.kind.value_from(at, calendar);
    }
}

impl Kind {
    /// The value from `at` on, and when it changes; `at` is the run's start or the change announced before.
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
            Kind::Noise { noise, stream } => (
                lognormal_of_mean_one(noise.cv, stream),
                next_multiple(noise.every, at),
            ),
            Kind::Series(cursor) => {
                while cursor.next_start() <= at {
                    cursor.advance();
                }
                (cursor.rate_per_second(), cursor.next_start())
            }
            Kind::Sum(sum) => {
                sum.advance(at, calendar);
                (sum.value(), sum.next())
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
fn lognormal_of_mean_one(cv: f64, stream: &mut Stream) -> f64 {
    let variance = libm::log1p(cv * cv);
    let radius = libm::sqrt(-2.0 * libm::log(stream.uniform()));
    let normal = radius * libm::cos(std::f64::consts::TAU * stream.uniform());
    libm::exp(libm::sqrt(variance) * normal - variance / 2.0)
}
