//! Points of a sweep's space that are worth a try: first some that fill it evenly, then those where
//! the good ones lie closer together than the others.
//!
//! Source: the tree-structured Parzen estimator: Bergstra, Bardenet, Bengio and Kégl 2011 (NIPS
//! 24), by the crate `tpe`, one for each parameter.

use std::collections::BTreeSet;

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use tpe::{TpeOptimizer, TpeOptimizerBuilder, histogram_estimator, parzen_estimator};

use crate::engine::random::{NameHash, Purpose, Streams};
use crate::scenario::sweep::{SweepParameter, SweepValue};

/// What the draws of a search are for.
const SEARCH: Purpose = Purpose::new("optimize search");
/// The share of points that count as good.
const GOOD: f64 = 0.1;
/// Draws of which the one that promises most is proposed.
const DRAWS: usize = 24;
/// Every so many-th proposal fills the space instead, so that no corner is forgotten for good
/// (Falkner, Klein and Hutter 2018, BOHB, have one of three).
const EVEN_EVERY: usize = 4;
/// Points beside which half of the other proposals lie: so many of the best.
const ANCHORS: usize = 5;
/// So often another point is asked for where one was proposed before.
const TRIES: usize = 50;
/// What lies so near to a range's end is the end: by draws it would never be reached.
const END: f64 = 0.02;
/// Places are whole multiples of it: the last digits of a machine's C library, which the crate
/// asks for logarithms, stay out of what is proposed next.
const PLACES: f64 = 1_048_576.0;

/// A point that is proposed.
#[derive(Clone, PartialEq, Debug)]
pub struct Proposal {
    /// Where it lies, 0 to below 1 for each parameter; `None` of one that was not proposed here.
    pub at: Option<Vec<f64>>,
    /// Its values, in the parameters' order.
    pub values: Vec<SweepValue>,
}

/// Proposes points, no two of them the same.
pub struct Proposer<'a> {
    parameters: &'a [SweepParameter],
    axes: Vec<Axis>,
    draws: Xoshiro256PlusPlus,
    scramble: u32,
    /// The next point of the Sobol sequence.
    even: u32,
    seen: BTreeSet<Vec<String>>,
}

/// What kind of values a parameter has.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Axis {
    /// A range without steps.
    Continuous,
    /// So many values in an order: a range with steps, a list of numbers that rise.
    Ordered(usize),
    /// So many values without an order.
    Named(usize),
}

/// A place as the crate gives or takes it: on 0 to 1, of [`Axis::Named`] on 0 to its count.
impl Axis {
    fn of(parameter: &SweepParameter) -> Self {
        let count = parameter.values.len();
        match &parameter.range {
            Some(range) => range.steps().map_or(Axis::Continuous, Axis::Ordered),
            None => {
                let numbers: Option<Vec<f64>> = parameter
                    .values
                    .iter()
                    .map(|it| it.label.parse().ok())
                    .collect();
                let rise = numbers.is_some_and(|it| it.windows(2).all(|two| two[0] < two[1]));
                if rise {
                    Axis::Ordered(count)
                } else {
                    Axis::Named(count)
                }
            }
        }
    }

    /// The middle of the value's stretch, 0 to below 1.
    fn settled(self, uniform: f64) -> f64 {
        let middle = |count: usize| {
            let index = libm::floor(uniform * count as f64).min(count as f64 - 1.0);
            (index + 0.5) / count as f64
        };
        match self {
            Axis::Continuous => (libm::round(uniform * PLACES) / PLACES).min(1.0 - 1.0 / PLACES),
            Axis::Ordered(count) | Axis::Named(count) => middle(count),
        }
    }

    fn value(self, parameter: &SweepParameter, at: f64) -> SweepValue {
        match (&parameter.range, self) {
            (Some(range), Axis::Continuous) => {
                range.at(((at - END) / (1.0 - 2.0 * END)).clamp(0.0, 1.0))
            }
            _ => parameter.drawn(at),
        }
    }

    /// An estimator that was told of all points, by their ranks.
    fn estimator(self, told: &[(f64, f64)]) -> Option<TpeOptimizer> {
        let mut builder = TpeOptimizerBuilder::new();
        let builder = builder.gamma(GOOD).candidates(DRAWS);
        let (scale, mut made) = match self {
            Axis::Continuous | Axis::Ordered(_) => {
                let range = tpe::range(0.0, 1.0).ok()?;
                (1.0, builder.build(parzen_estimator(), range).ok()?)
            }
            Axis::Named(count) => {
                let range = tpe::categorical_range(count).ok()?;
                let scale = count as f64;
                (scale, builder.build(histogram_estimator(), range).ok()?)
            }
        };
        for (at, rank) in told {
            made.tell(at * scale, *rank).ok()?;
        }
        Some(made)
    }

    /// The place of what the crate says.
    fn place(self, said: f64) -> f64 {
        match self {
            Axis::Continuous | Axis::Ordered(_) => self.settled(said),
            Axis::Named(count) => self.settled((said + 0.5) / count as f64),
        }
    }
}

impl<'a> Proposer<'a> {
    /// Proposals over the parameters, drawn from `seed`; there is one parameter or more.
    pub fn new(parameters: &'a [SweepParameter], seed: u64) -> Self {
        let mut stream = Streams::new(seed, 0).stream(SEARCH, NameHash::of("points"), 0);
        Proposer {
            parameters,
            axes: parameters.iter().map(Axis::of).collect(),
            scramble: stream.bits() as u32,
            draws: Xoshiro256PlusPlus::seed_from_u64(stream.bits()),
            even: 0,
            seen: BTreeSet::new(),
        }
    }

    /// How many points the space has; `None`: it is continuous.
    pub fn space(&self) -> Option<u64> {
        let mut counts = self.axes.iter().map(|axis| match axis {
            Axis::Continuous => None,
            Axis::Ordered(count) | Axis::Named(count) => Some(*count as u64),
        });
        counts.try_fold(1, |all: u64, count| Some(all.saturating_mul(count?)))
    }

    /// A point from elsewhere, if it was not proposed before.
    pub fn take(&mut self, values: &[SweepValue]) -> Option<Proposal> {
        self.is_new(values).then(|| Proposal {
            at: None,
            values: values.to_vec(),
        })
    }

    /// Points that fill the space evenly; fewer where hardly any are left.
    pub fn even(&mut self, count: usize) -> Vec<Proposal> {
        (0..count).map_while(|_| self.next_even()).collect()
    }

    /// Points that promise most by what is known: where each lies, and its rank, the best having
    /// the least. Fewer where hardly any are left.
    pub fn promising(&mut self, count: usize, told: &[(Vec<f64>, f64)]) -> Vec<Proposal> {
        let of_axis = |index: usize, axis: &Axis| {
            let told: Vec<(f64, f64)> = told.iter().map(|(at, rank)| (at[index], *rank)).collect();
            axis.estimator(&told)
        };
        let axes = self.axes.iter().enumerate();
        let made: Option<Vec<TpeOptimizer>> = axes.map(|(index, it)| of_axis(index, it)).collect();
        let Some(mut estimators) = made else {
            return self.even(count);
        };
        let mut ranked: Vec<&(Vec<f64>, f64)> = told.iter().collect();
        ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
        let best: Vec<&Vec<f64>> = ranked.iter().take(ANCHORS).map(|it| &it.0).collect();
        let mut proposals = Vec::new();
        for number in 1..=count {
            let promising = match number % EVEN_EVERY {
                0 => None,
                // One estimator for each parameter knows nothing of how they belong together.
                odd if odd % 2 == 1 => self.asked(&mut estimators, Some(&best)),
                _ => self.asked(&mut estimators, None),
            };
            match promising.or_else(|| self.next_even()) {
                Some(proposal) => proposals.push(proposal),
                None => break,
            }
        }
        proposals
    }

    /// A point of which each place is asked for; beside some points about half of its places are
    /// those of one of them.
    fn asked(
        &mut self,
        estimators: &mut [TpeOptimizer],
        beside: Option<&[&Vec<f64>]>,
    ) -> Option<Proposal> {
        for _ in 0..TRIES {
            let anchor = beside.and_then(|points| {
                let index = self.draws.next_u64() % points.len().max(1) as u64;
                points.get(index as usize)
            });
            let mut at = Vec::with_capacity(estimators.len());
            for (index, estimator) in estimators.iter_mut().enumerate() {
                let kept = anchor.filter(|_| self.draws.next_u64() & (1 << 40) == 0);
                at.push(match kept {
                    Some(anchor) => anchor[index],
                    None => {
                        // The estimators of the crate cannot fail.
                        let Ok(said) = estimator.ask(&mut self.draws);
                        self.axes[index].place(said)
                    }
                });
            }
            if let Some(proposal) = self.proposal(at) {
                return Some(proposal);
            }
        }
        None
    }

    fn next_even(&mut self) -> Option<Proposal> {
        for _ in 0..TRIES * TRIES {
            let (index, scramble) = (self.even, self.scramble);
            self.even += 1;
            let uniform = |dimension| f64::from(sobol_burley::sample(index, dimension, scramble));
            let axes = (0..).zip(&self.axes);
            let at = axes.map(|(dimension, axis)| axis.settled(uniform(dimension)));
            let at = at.collect();
            if let Some(proposal) = self.proposal(at) {
                return Some(proposal);
            }
        }
        None
    }

    fn proposal(&mut self, at: Vec<f64>) -> Option<Proposal> {
        let axes = self.axes.iter().zip(self.parameters).zip(&at);
        let values: Vec<SweepValue> = axes
            .map(|((axis, parameter), at)| axis.value(parameter, *at))
            .collect();
        let at = Some(at);
        self.is_new(&values).then_some(Proposal { at, values })
    }

    fn is_new(&mut self, values: &[SweepValue]) -> bool {
        let labels = values.iter().map(|value| value.label.clone()).collect();
        self.seen.insert(labels)
    }
}
