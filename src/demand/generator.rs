//! Generators of a rate: constant, daily, weekly, steps, ramps, spikes, noise, traces, and sums of
//! them.
//!
//! In a [`RateSpec::Sum`] the terms of their own add up; `weekly`, `spike` and `noise` then act on
//! that sum, in this order: weekly factors and spikes' `times` multiply it, a spike's `to` stands
//! in its place while the spike lasts, noise multiplies the outcome.

use jiff::civil::Time;

use super::series::StepSeries;
use crate::engine::{SimDuration, SimTime};

/// The grid on which smooth curves (daily) are piecewise constant. ASSUMPTION: five minutes, at
/// which a day's raised cosine is off by at most 0.6 % of its height.
pub const SMOOTH_GRID: SimDuration = SimDuration::from_secs(300);
/// The highest rate of requests per second that a service may be asked for; more is a mistake in a
/// unit. ASSUMPTION: a thousand million a second, above any service known.
pub const RATE_PER_SECOND_MAX: f64 = 1e9;
/// How deep sums and scales may nest.
const DEPTH_MAX: usize = 32;

/// A rate as the scenario says it, in requests per second.
#[derive(Clone, PartialEq, Debug)]
pub enum RateSpec {
    /// Always the same.
    Constant(f64),
    /// A raised cosine by local time of day.
    Daily(Daily),
    /// Factors by local weekday, Monday first.
    Weekly([f64; 7]),
    /// `from` until an instant, `to` from then on.
    Step(Step),
    /// A straight line between two rates.
    Ramp(Ramp),
    /// More, for a while.
    Spike(Spike),
    /// Lognormal factors of mean 1.
    Noise(Noise),
    /// A trace with its place in the run.
    Trace(StepSeries),
    /// Terms added up, then changed by the factors among them.
    Sum(Vec<RateSpec>),
    /// A rate times a number.
    Scale(f64, Box<RateSpec>),
}

/// A raised cosine: `high` at `peak`, `low` twelve hours from it, by local clocks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Daily {
    /// The lowest rate per second.
    pub low: f64,
    /// The highest rate per second.
    pub high: f64,
    /// The local time of day of the highest.
    pub peak: Time,
    /// The length of a step; [`SMOOTH_GRID`] by default.
    pub every: SimDuration,
}

/// A rate that changes once.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Step {
    /// When.
    pub at: SimTime,
    /// The rate per second before; 0 by default.
    pub from: f64,
    /// The rate per second from then on.
    pub to: f64,
}

/// A rate that changes evenly over a while.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ramp {
    /// When it starts to change.
    pub at: SimTime,
    /// How long it changes.
    pub over: SimDuration,
    /// The rate per second before; 0 by default.
    pub from: f64,
    /// The rate per second after.
    pub to: f64,
}

/// A change of the whole sum for a while.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Spike {
    /// When it starts.
    pub at: SimTime,
    /// How long it lasts.
    pub lasts: SimDuration,
    /// What it does.
    pub effect: SpikeEffect,
}

/// What a spike does to the rate.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum SpikeEffect {
    /// Multiplies it.
    Times(f64),
    /// Takes its place, per second.
    To(f64),
}

/// Lognormal factors of mean 1, drawn from the service's own stream.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Noise {
    /// Standard deviation over mean.
    pub cv: f64,
    /// How long a factor holds.
    pub every: SimDuration,
}

/// A rate that means nothing: where in the tree, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct RateError {
    /// The place, as `sum[2].spike`.
    pub path: String,
    /// What is wrong.
    pub reason: String,
}

/// What an entry does in a sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    Term,
    Factor,
    Override,
    Noise,
}

impl RateSpec {
    /// Whether it is 0 for the whole run.
    pub fn is_silent(&self) -> bool {
        match self {
            RateSpec::Constant(rate) => *rate == 0.0,
            RateSpec::Daily(daily) => daily.low == 0.0 && daily.high == 0.0,
            RateSpec::Step(step) => step.from == 0.0 && step.to == 0.0,
            RateSpec::Ramp(ramp) => ramp.from == 0.0 && ramp.to == 0.0,
            RateSpec::Trace(series) => series.is_silent(),
            RateSpec::Spike(spike) => match spike.effect {
                SpikeEffect::Times(_) => true,
                SpikeEffect::To(rate) => rate == 0.0,
            },
            // Factors of nothing.
            RateSpec::Weekly(_) | RateSpec::Noise(_) => true,
            RateSpec::Sum(parts) => parts.iter().all(RateSpec::is_silent),
            RateSpec::Scale(scale, rate) => *scale == 0.0 || rate.is_silent(),
        }
    }

    /// The most it may be at any instant, per second, before noise and before anything is cut to
    /// [`RATE_PER_SECOND_MAX`]; of what acts on a rate, its factor.
    pub fn most(&self) -> f64 {
        match self {
            RateSpec::Constant(rate) => *rate,
            RateSpec::Daily(daily) => daily.high,
            RateSpec::Step(Step { from, to, .. }) | RateSpec::Ramp(Ramp { from, to, .. }) => {
                from.max(*to)
            }
            RateSpec::Trace(series) => series.most(),
            RateSpec::Weekly(factors) => factors.iter().fold(0.0, |most, it| most.max(*it)),
            RateSpec::Spike(spike) => match spike.effect {
                SpikeEffect::Times(times) => times.max(1.0),
                SpikeEffect::To(rate) => rate,
            },
            RateSpec::Noise(_) => 1.0,
            RateSpec::Sum(parts) => {
                let of = |role: Role| parts.iter().filter(move |it| it.role() == role);
                let terms: f64 = of(Role::Term).map(RateSpec::most).sum();
                let factors: f64 = of(Role::Factor).map(RateSpec::most).product();
                let overrides = of(Role::Override).map(RateSpec::most);
                overrides.fold(terms * factors, f64::max)
            }
            RateSpec::Scale(scale, rate) => scale * rate.most(),
        }
    }

    /// The most of any trace in it, per second; `None`: it has none.
    pub fn most_of_traces(&self) -> Option<f64> {
        match self {
            RateSpec::Trace(series) => Some(series.most()),
            RateSpec::Sum(parts) => {
                let of_parts = parts.iter().filter_map(RateSpec::most_of_traces);
                of_parts.reduce(f64::max)
            }
            RateSpec::Scale(_, rate) => rate.most_of_traces(),
            _ => None,
        }
    }

    pub(super) fn role(&self) -> Role {
        match self {
            RateSpec::Weekly(_) => Role::Factor,
            RateSpec::Spike(Spike {
                effect: SpikeEffect::Times(_),
                ..
            }) => Role::Factor,
            RateSpec::Spike(Spike {
                effect: SpikeEffect::To(_),
                ..
            }) => Role::Override,
            RateSpec::Noise(_) => Role::Noise,
            RateSpec::Constant(_)
            | RateSpec::Daily(_)
            | RateSpec::Step(_)
            | RateSpec::Ramp(_)
            | RateSpec::Trace(_)
            | RateSpec::Sum(_)
            | RateSpec::Scale(..) => Role::Term,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            RateSpec::Constant(_) => "constant",
            RateSpec::Daily(_) => "daily",
            RateSpec::Weekly(_) => "weekly",
            RateSpec::Step(_) => "step",
            RateSpec::Ramp(_) => "ramp",
            RateSpec::Spike(_) => "spike",
            RateSpec::Noise(_) => "noise",
            RateSpec::Trace(_) => "trace",
            RateSpec::Sum(_) => "sum",
            RateSpec::Scale(..) => "scale",
        }
    }

    /// Whether the rate means something: no negative or infinite number, no factor without a rate
    /// to act on.
    ///
    /// # Errors
    /// The first entry that does not, with its place in the tree.
    pub fn check(&self) -> Result<(), RateError> {
        if self.role() != Role::Term {
            let reason = "it acts on other rates and there is none: put it into a `sum` with one";
            return Err(RateError {
                path: self.word().into(),
                reason: reason.into(),
            });
        }
        self.check_at(self.word().to_owned(), 0)
    }

    fn check_at(&self, path: String, depth: usize) -> Result<(), RateError> {
        let fault = |reason: String| {
            Err(RateError {
                path: path.clone(),
                reason,
            })
        };
        if DEPTH_MAX < depth {
            return fault(format!("rates nest more than {DEPTH_MAX} deep"));
        }
        if let Some((name, value, max)) = self.numbers().into_iter().find(|(_, value, max)| {
            // NaN compares with nothing, so the sound range is asked for, not the unsound one.
            !(0.0 <= *value && value <= max)
        }) {
            return fault(format!("`{name}` must be from 0 to {max:e}, not {value}"));
        }
        if self.has_empty_length() {
            return fault("a length of time must be longer than 0s".into());
        }
        match self {
            RateSpec::Daily(daily) if daily.high < daily.low => fault(format!(
                "`low` ({}/s) is above `high` ({}/s)",
                daily.low, daily.high
            )),
            RateSpec::Sum(entries) => {
                if entries.iter().all(|entry| entry.role() != Role::Term) {
                    return fault(
                        "nothing to add up: `weekly`, `spike` and `noise` act on a rate".into(),
                    );
                }
                for (index, entry) in entries.iter().enumerate() {
                    entry.check_at(format!("{path}[{index}].{}", entry.word()), depth + 1)?;
                }
                Ok(())
            }
            RateSpec::Scale(_, inner) => {
                if inner.role() != Role::Term {
                    return fault(format!("`{}` is no rate and can't be scaled", inner.word()));
                }
                inner.check_at(format!("{path}.{}", inner.word()), depth + 1)
            }
            _ => Ok(()),
        }
    }

    /// Every number of this entry with its name and highest value.
    fn numbers(&self) -> Vec<(&'static str, f64, f64)> {
        /// Factors: a million times the usual is a mistake.
        const FACTOR_MAX: f64 = 1e6;
        /// Coefficients of variation: at 100, one factor in a thousand carries all the demand.
        const CV_MAX: f64 = 100.0;
        const RATE_MAX: f64 = RATE_PER_SECOND_MAX;
        match self {
            RateSpec::Constant(rate) => vec![("constant", *rate, RATE_MAX)],
            RateSpec::Daily(daily) => {
                vec![("low", daily.low, RATE_MAX), ("high", daily.high, RATE_MAX)]
            }
            RateSpec::Weekly(factors) => factors
                .iter()
                .map(|factor| ("weekly", *factor, FACTOR_MAX))
                .collect(),
            RateSpec::Step(Step { from, to, .. }) | RateSpec::Ramp(Ramp { from, to, .. }) => {
                vec![("from", *from, RATE_MAX), ("to", *to, RATE_MAX)]
            }
            RateSpec::Spike(spike) => match spike.effect {
                SpikeEffect::Times(times) => vec![("times", times, FACTOR_MAX)],
                SpikeEffect::To(rate) => vec![("to", rate, RATE_MAX)],
            },
            RateSpec::Noise(noise) => vec![("cv", noise.cv, CV_MAX)],
            RateSpec::Scale(factor, _) => vec![("scale", *factor, FACTOR_MAX)],
            RateSpec::Trace(_) | RateSpec::Sum(_) => Vec::new(),
        }
    }

    fn has_empty_length(&self) -> bool {
        match self {
            RateSpec::Daily(daily) => daily.every.is_zero(),
            RateSpec::Ramp(ramp) => ramp.over.is_zero(),
            RateSpec::Spike(spike) => spike.lasts.is_zero(),
            RateSpec::Noise(noise) => noise.every.is_zero(),
            _ => false,
        }
    }
}
