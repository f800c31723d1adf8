//! The Pareto front of cost against risk: which cells no other is better than.
//!
//! A cell is dominated only where another is surely no worse on both axes and surely better on one;
//! it is on the front only where every other cell is surely worse on one of them. Whatever the runs
//! do not tell is undecided. All statements hold together (Holm 1979).

use std::cmp::Ordering;

use super::cell::Grid;
use super::comparison::{difference, of_cell};
use super::measure::MeasureKind;
use super::statistics::{CONFIDENCE, PairedDifference, holm};
use super::sweep::SweepRuns;
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Scope};
use crate::scenario::sweep::Role;

/// Beyond so many cells nobody reads a front, and pairs are too many.
const CELLS_MAX: usize = 500;

/// The front of a month's cost against what an objective judges.
#[derive(Clone, PartialEq, Debug)]
pub struct Front {
    /// The objective's index.
    pub objective: usize,
    /// Where each cell stands; `None` where it has no value to compare.
    pub standings: Vec<Option<Standing>>,
}

/// Where a cell stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// No other cell is better.
    OnFront,
    /// Another cell is better, this one among them.
    Dominated(usize),
    /// The runs do not tell yet.
    Undecided,
}

impl Standing {
    /// Its word in results.
    pub fn word(self) -> &'static str {
        match self {
            Standing::OnFront => "on_front",
            Standing::Dominated(_) => "dominated",
            Standing::Undecided => "undecided",
        }
    }
}

/// How two cells compare on an axis; less is better on both. `None`: the runs do not tell.
type Relation = Option<Ordering>;

/// The fronts of a sweep of choices, one for each objective that is not a cost. Cells that differ
/// in assumptions are no alternatives to each other, and have none.
pub fn fronts(grid: &Grid, runs: &SweepRuns) -> Vec<Front> {
    let is_choice = |role: &Role| *role == Role::Choice;
    let cells = grid.cells.len();
    let are_alternatives = grid.varied.layout.is_none() && grid.varied.roles.iter().all(is_choice);
    if !are_alternatives || !(2..=CELLS_MAX).contains(&cells) {
        return Vec::new();
    }
    let of = |(index, objective): (usize, &ObjectivePlan)| {
        let is_cost = matches!(objective.metric, ObjectiveMetric::Cost { .. });
        (!is_cost)
            .then(|| front(grid, runs, (index, objective)))
            .flatten()
    };
    let objectives = &grid.cells[grid.baseline].plan.objectives;
    objectives.iter().enumerate().filter_map(of).collect()
}

fn front(
    grid: &Grid,
    runs: &SweepRuns,
    (objective, plan): (usize, &ObjectivePlan),
) -> Option<Front> {
    let place = |kind: MeasureKind| runs.measures.iter().position(|it| it.kind == kind);
    let cost = place(MeasureKind::CostMonth)?;
    let risk = place(MeasureKind::Objective(objective))?;
    let less_is_better = matches!((plan.scope, plan.bound), (Scope::Run, Bound::Below(_)));
    let between = |a: usize, b: usize| {
        let on = |axis: usize| {
            let numbers = |cell: usize| (of_cell(runs, cell), (&runs.measures[axis], axis));
            difference(numbers(a), numbers(b))
        };
        let risk = on(risk).map(|it| match less_is_better {
            true => it,
            false => PairedDifference {
                mean: -it.mean,
                ..it
            },
        });
        [on(cost), risk]
    };
    Some(Front {
        objective,
        standings: standings(grid.cells.len(), between),
    })
}

/// Where each of `count` cells stands; `between(a, b)` is what a has more than b on either axis,
/// for a < b.
pub fn standings(
    count: usize,
    between: impl Fn(usize, usize) -> [Option<PairedDifference>; 2],
) -> Vec<Option<Standing>> {
    let pairs: Vec<(usize, usize)> = (0..count)
        .flat_map(|a| (a + 1..count).map(move |b| (a, b)))
        .collect();
    let differences: Vec<[Option<PairedDifference>; 2]> =
        pairs.iter().map(|(a, b)| between(*a, *b)).collect();
    let statements = differences.iter().flatten();
    let p_values: Vec<Option<f64>> = statements.map(|it| it.as_ref()?.p_value).collect();
    let sure = holm(&p_values);
    let mut relations: Vec<Vec<Option<[Relation; 2]>>> = vec![vec![None; count]; count];
    for (((a, b), pair), sure) in pairs.iter().zip(&differences).zip(sure.as_chunks::<2>().0) {
        let [Some(cost), Some(risk)] = pair else {
            continue;
        };
        let found = [relation(cost, sure[0]), relation(risk, sure[1])];
        relations[*a][*b] = Some(found);
        relations[*b][*a] = Some(found.map(|it| it.map(Ordering::reverse)));
    }
    let standing = |cell: usize| standing(&relations[cell]);
    let mut standings: Vec<Option<Standing>> = (0..count).map(standing).collect();
    // Whoever looks for what is better wants the best.
    let on_front: Vec<usize> = (0..count)
        .filter(|cell| standings[*cell] == Some(Standing::OnFront))
        .collect();
    for (cell, standing) in standings.iter_mut().enumerate() {
        let beats = |by: &&usize| relations[cell][**by].is_some_and(is_worse);
        if let Some(Standing::Dominated(by)) = standing {
            *by = on_front.iter().find(beats).copied().unwrap_or(*by);
        }
    }
    standings
}

/// Equal runs are equal; any other difference has to be sure among all statements.
fn relation(difference: &PairedDifference, sure: Option<f64>) -> Relation {
    if difference.mean == 0.0 && difference.half_width == Some(0.0) {
        return Some(Ordering::Equal);
    }
    let is_sure = sure.is_some_and(|p| p <= 1.0 - CONFIDENCE);
    is_sure.then(|| difference.mean.total_cmp(&0.0))
}

/// The standing of a cell by its relations to all.
fn standing(relations: &[Option<[Relation; 2]>]) -> Option<Standing> {
    let known = || {
        relations
            .iter()
            .enumerate()
            .filter_map(|(by, it)| Some((by, (*it)?)))
    };
    known().next()?;
    if let Some((by, _)) = known().find(|(_, it)| is_worse(*it)) {
        return Some(Standing::Dominated(by));
    }
    let is_safe = |(_, it): (usize, [Relation; 2])| {
        it.contains(&Some(Ordering::Less)) || it == [Some(Ordering::Equal); 2]
    };
    Some(match known().all(is_safe) {
        true => Standing::OnFront,
        false => Standing::Undecided,
    })
}

/// Whether the other is no worse on both axes and better on one.
fn is_worse(relations: [Relation; 2]) -> bool {
    let is_no_better = |it: &Relation| matches!(it, Some(Ordering::Greater | Ordering::Equal));
    relations.iter().all(is_no_better) && relations.contains(&Some(Ordering::Greater))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::statistics::paired_difference;

    /// Cells of a cost and a risk in each of some runs.
    fn stand(cells: &[[Vec<f64>; 2]]) -> Vec<Option<Standing>> {
        standings(cells.len(), |a, b| {
            [0, 1].map(|axis| {
                let pairs = cells[a][axis]
                    .iter()
                    .copied()
                    .zip(cells[b][axis].iter().copied());
                paired_difference(&pairs.collect::<Vec<_>>())
            })
        })
    }

    /// Ten runs around a mean, the same draws for all.
    fn around(mean: f64, spread: f64) -> Vec<f64> {
        (0..10)
            .map(|run| mean + spread * libm::sin(f64::from(run * run)))
            .collect()
    }

    /// The cheap and risky one, the dear and safe one, and one that is dearer and riskier than the
    /// second.
    #[test]
    fn what_is_surely_worse_on_both_axes_is_dominated() {
        let found = stand(&[
            [around(1.0, 0.1), around(5.0, 0.1)],
            [around(2.0, 0.1), around(1.0, 0.1)],
            [around(3.0, 0.2), around(2.0, 0.3)],
        ]);
        let front = Some(Standing::OnFront);
        assert_eq!(found, [front, front, Some(Standing::Dominated(1))]);
    }

    /// Equal risks in every run: the cheaper one is better, and of twins both are on the front.
    #[test]
    fn equal_on_one_axis_the_other_decides() {
        let found = stand(&[
            [around(2.0, 0.1), vec![0.0; 10]],
            [around(1.0, 0.1), vec![0.0; 10]],
            [around(1.0, 0.1), vec![0.0; 10]],
        ]);
        let front = Some(Standing::OnFront);
        assert_eq!(found, [Some(Standing::Dominated(1)), front, front]);
    }

    /// A risk whose difference the runs do not tell leaves both undecided, though one is cheaper
    /// surely and less risky on the mean.
    #[test]
    fn what_the_runs_do_not_tell_is_undecided() {
        let noisy: Vec<f64> = (0..10)
            .map(|run| 1.0 + 3.0 * libm::cos(f64::from(run * 7)))
            .collect();
        let found = stand(&[
            [around(1.0, 0.1), noisy],
            [around(2.0, 0.1), around(1.3, 0.1)],
        ]);
        // The cheaper one is better on an axis, whatever the other says.
        assert_eq!(found, [Some(Standing::OnFront), Some(Standing::Undecided)]);
    }

    #[test]
    fn one_run_tells_nothing_and_a_cell_without_values_stands_nowhere() {
        let found = stand(&[[vec![1.0], vec![2.0]], [vec![2.0], vec![1.0]]]);
        assert_eq!(found, [Some(Standing::Undecided); 2]);
        let found = stand(&[
            [around(1.0, 0.1), Vec::new()],
            [around(2.0, 0.1), around(2.0, 0.1)],
            [around(3.0, 0.3), around(3.0, 0.2)],
        ]);
        assert_eq!(
            found,
            [None, Some(Standing::OnFront), Some(Standing::Dominated(1))]
        );
    }
}
