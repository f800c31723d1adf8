//! What the parameters of a sweep are, and its points to each other.

use super::layout::Layout;
use crate::scenario::sweep::{Role, SweepParameter, SweepPlan};

/// What the parameters of a sweep are, in their order, and its points to each other.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Varied {
    /// Whose each parameter is.
    pub roles: Vec<Role>,
    /// The two ends of each parameter, by their labels.
    pub ends: Vec<[String; 2]>,
    /// The probabilities of each parameter's values, by their labels; empty where it has none.
    pub probabilities: Vec<Vec<(String, f64)>>,
    /// What the points are to each other, in a design about assumptions.
    pub layout: Option<Layout>,
    /// The seed of the scenario.
    pub seed: u64,
}

impl Varied {
    /// The parameters of `sweep`.
    pub fn of(sweep: &SweepPlan, layout: Option<Layout>, seed: u64) -> Self {
        let probabilities = |parameter: &SweepParameter| {
            let labels = parameter.values.iter().map(|value| value.label.clone());
            let known = parameter.probabilities.iter().flatten().copied();
            labels.zip(known).collect()
        };
        Varied {
            roles: sweep.parameters.iter().map(SweepParameter::role).collect(),
            ends: sweep
                .parameters
                .iter()
                .map(|it| it.ends().map(|end| end.label))
                .collect(),
            probabilities: sweep.parameters.iter().map(probabilities).collect(),
            layout,
            seed,
        }
    }

    /// What to say of parameters that a design about assumptions does not move.
    pub(super) fn held_still(&self, parameters: &[SweepParameter]) -> Option<String> {
        let moved = &self.layout.as_ref()?.moved;
        let still = parameters.iter().enumerate();
        let still = still
            .filter(|it| !moved.contains(&it.0))
            .map(|it| it.1.name.as_str());
        let names: Vec<&str> = still.collect();
        let list = names.join(", ");
        (!names.is_empty()).then(|| format!("{list}: yours to choose, and so held at the baseline"))
    }
}
