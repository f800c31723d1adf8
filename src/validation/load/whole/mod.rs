//! The fluid model beside the exact one through the whole program: the same scenario text in both
//! fidelities, minute by minute. What balancers, sessions, calls and stopping tasks do to a load is
//! spread over many actors, so only a run compares it.

pub mod balancers;
pub mod calls;
mod grid;
mod played;
pub mod sessions;
mod texts;

#[cfg(test)]
mod tests {
    use crate::validation::{Effort, SEED_DEFAULT};

    use super::{balancers, calls, played::Cell, sessions};

    /// Every cell is a legal scenario in both fidelities, has services of its own, and no two are
    /// the same.
    #[test]
    fn every_cell_is_a_scenario_of_its_own() {
        for is_quick in [false, true] {
            let effort = Effort {
                seed: SEED_DEFAULT,
                is_quick,
            };
            let mut cells = sessions::cells(&effort);
            cells.extend(balancers::cells(&effort));
            cells.extend(calls::cells(&effort));
            for Cell { text, services, .. } in &cells {
                assert_eq!(
                    cells.iter().filter(|it| it.text == *text).count(),
                    1,
                    "{text}"
                );
                let plan = crate::validation::published::plan(
                    &text.replace("FIDELITY", "fluid"),
                    effort.seed,
                );
                let named = |name: &&&str| plan.services.iter().any(|it| it.name == **name);
                assert_eq!(services.iter().filter(named).count(), services.len());
            }
        }
    }
}
