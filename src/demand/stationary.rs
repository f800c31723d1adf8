//! Whether a demand has the same law at every time: what it is like does not depend on when one
//! looks. Chance that is the same all along (noise, Poisson arrivals) is stationary.

use super::generator::{RateSpec, SpikeEffect};
use crate::engine::SimTime;

impl RateSpec {
    /// What changes with time before `until`, in the scenario's words; `None`: nothing does.
    pub fn change_before(&self, until: SimTime) -> Option<&'static str> {
        match self {
            RateSpec::Constant(_) | RateSpec::Noise(_) => None,
            RateSpec::Daily(daily) => (daily.low < daily.high).then_some("a daily profile"),
            RateSpec::Weekly(factors) => {
                let differs = |pair: &[f64]| pair[0].to_bits() != pair[1].to_bits();
                let changes = factors.windows(2).any(differs);
                changes.then_some("weekdays")
            }
            RateSpec::Step(step) => {
                let changes = step.from.to_bits() != step.to.to_bits();
                let happens = SimTime::ZERO < step.at && step.at < until;
                (changes && happens).then_some("a step")
            }
            RateSpec::Ramp(ramp) => {
                let changes = ramp.from.to_bits() != ramp.to.to_bits();
                let happens = SimTime::ZERO < ramp.at + ramp.over && ramp.at < until;
                (changes && happens).then_some("a ramp")
            }
            RateSpec::Spike(spike) => {
                let is_none = matches!(spike.effect, SpikeEffect::Times(times) if times == 1.0);
                let happens = !spike.lasts.is_zero() && spike.at < until;
                (!is_none && happens).then_some("a spike")
            }
            RateSpec::Trace(series) => (!series.is_constant()).then_some("a trace"),
            RateSpec::Sum(terms) => terms.iter().find_map(|term| term.change_before(until)),
            RateSpec::Scale(factor, rate) => {
                let counts = *factor != 0.0;
                counts.then(|| rate.change_before(until)).flatten()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demand::generator::{Noise, Spike, Step};
    use crate::engine::SimDuration;

    #[test]
    fn what_changes_is_named_and_chance_alone_does_not() {
        let hour = SimTime::from_secs(3_600);
        let noise = RateSpec::Noise(Noise {
            cv: 0.5,
            every: SimDuration::from_secs(60),
        });
        let step = |at| {
            RateSpec::Step(Step {
                at: SimTime::from_secs(at),
                from: 1.0,
                to: 2.0,
            })
        };
        let spike = RateSpec::Spike(Spike {
            at: SimTime::from_secs(60),
            lasts: SimDuration::from_secs(60),
            effect: SpikeEffect::Times(3.0),
        });
        let said = |rates: Vec<RateSpec>| RateSpec::Sum(rates).change_before(hour);
        let constant = || RateSpec::Constant(20.0);
        assert_eq!(said(vec![constant(), noise]), None);
        // One that is at the start, or after the end, is none.
        assert_eq!(said(vec![constant(), step(0), step(3_600)]), None);
        assert_eq!(said(vec![constant(), step(3_599)]), Some("a step"));
        assert_eq!(said(vec![constant(), spike]), Some("a spike"));
        let scaled = |factor| RateSpec::Scale(factor, Box::new(step(60)));
        assert_eq!(said(vec![scaled(2.0)]), Some("a step"));
        assert_eq!(said(vec![scaled(0.0)]), None);
    }
}
