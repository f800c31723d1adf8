//! Regret: what a choice costs more than the best one would have, under the same assumptions and
//! the same draws. The choice that is least regretted is a good one whatever turns out to be true.
//!
//! Source: minimax regret: Savage 1951 (JASA 46).
//!
//! A choice that breaks an objective under some assumptions is no answer there: it can't be the
//! best of them, and what it saves is not counted.

use super::cell::Grid;
use super::comparison::{CellResult, of_cell};
use super::measure::MeasureKind;
use super::statistics::{MeanInterval, mean_interval};
use super::sweep::SweepRuns;
use super::verdict::{Looks, OverRuns, over_runs};
use crate::scenario::sweep::Role;

/// The share of outcomes that `p95` is not passed by.
const HIGH: f64 = 0.95;
/// Sums of probabilities are the same but for what decimals lose.
const CRUMBS: f64 = 1e-9;

/// The regret of all choices of a sweep over its assumptions, in a month's cost.
#[derive(Clone, PartialEq, Debug)]
pub struct Regret {
    /// The parameters that are choices, by their indices.
    pub chosen: Vec<usize>,
    /// The names of the combinations of assumptions: `cpu=30ms, wait=50ms`.
    pub assumptions: Vec<String>,
    /// How likely each is; all alike where the scenario does not say.
    pub probabilities: Vec<f64>,
    /// Each choice, in the order of cells.
    pub choices: Vec<ChoiceRegret>,
    /// Combinations of a choice and assumptions of which the runs do not tell for sure (95 %)
    /// whether an objective with a probability is kept.
    pub unsure: usize,
    /// The assumptions under which no choice keeps the objectives: nobody could have done better.
    pub hopeless: Vec<usize>,
    /// Which choice has the least mean, among those that keep the objectives most widely.
    pub least_mean: Option<usize>,
    /// Which one has the least largest regret, among the same.
    pub least_largest: Option<usize>,
}

/// A choice's regret.
#[derive(Clone, PartialEq, Debug)]
pub struct ChoiceRegret {
    /// What sets it apart: `target=60, least=12`.
    pub name: String,
    /// The values of its parameters.
    pub labels: Vec<String>,
    /// Its numbers; `None` where it keeps the objectives nowhere.
    pub figures: Option<RegretFigures>,
    /// The assumptions under which it breaks an objective and another choice keeps all.
    pub breaks: Vec<usize>,
}

/// Regret over the assumptions under which a choice keeps the objectives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RegretFigures {
    /// The mean over assumptions by their probabilities, with its interval over replications.
    pub mean: MeanInterval,
    /// What 95 % of assumptions and runs do not pass.
    pub p95: f64,
    /// The largest.
    pub largest: f64,
    /// Under which assumptions that was.
    pub largest_under: usize,
}

/// A choice under some assumptions.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    /// Whether it keeps all objectives.
    pub keeps: bool,
    /// Whether that is sure of all those with a probability.
    pub is_sure: bool,
    /// The cost of each run, by replication.
    pub costs: Vec<Option<f64>>,
}

/// The regret of a sweep of every combination of choices and assumptions; `None` where there are
/// not two of each.
pub fn regret(grid: &Grid, runs: &SweepRuns, cells: &[CellResult]) -> Option<Regret> {
    let mut measures = runs.measures.iter();
    let cost = measures.position(|it| it.kind == MeasureKind::CostMonth)?;
    let of_role = |role: Role| -> Vec<usize> {
        let roles = grid.varied.roles.iter().enumerate();
        roles.filter(|it| *it.1 == role).map(|it| it.0).collect()
    };
    let (chosen, assumed) = (of_role(Role::Choice), of_role(Role::Assumption));
    let (choices, assumptions) = (groups(grid, &chosen), groups(grid, &assumed));
    let is_full = choices.len() * assumptions.len() == grid.cells.len();
    if choices.len() < 2 || assumptions.len() < 2 || !is_full {
        return None;
    }
    let replications = runs
        .rows
        .iter()
        .map(|row| row.replication as usize + 1)
        .max()?;
    let mut outcomes: Vec<Vec<Option<Outcome>>> =
        vec![vec![None; assumptions.len()]; choices.len()];
    for result in cells {
        let mut costs = vec![None; replications];
        for row in of_cell(runs, result.cell)
            .iter()
            .filter(|row| row.is_complete())
        {
            costs[row.replication as usize] = row.values[cost];
        }
        let objectives = grid.cells[result.cell]
            .plan
            .objectives
            .iter()
            .zip(&result.held);
        let looks = Looks::of(&grid.replications);
        let objectives: Vec<OverRuns> = objectives
            .map(|(plan, held)| over_runs(plan, held, looks))
            .collect();
        let outcome = Outcome {
            keeps: objectives.iter().all(|it| it.holds == Some(true)),
            is_sure: objectives
                .iter()
                .all(|it| it.is_sure || it.probability.is_none()),
            costs,
        };
        let place = |groups: &[Group], of: &[usize]| {
            let labels = labels(grid, result.cell, of);
            groups.iter().position(|group| group.labels == labels)
        };
        let (choice, assumption) = (place(&choices, &chosen)?, place(&assumptions, &assumed)?);
        outcomes[choice][assumption] = Some(outcome);
    }
    // Every combination is there.
    let outcomes: Vec<Vec<Outcome>> = outcomes
        .into_iter()
        .map(|row| row.into_iter().collect())
        .collect::<Option<_>>()?;
    let probabilities: Vec<f64> = assumptions.iter().map(|it| it.probability).collect();
    let sum: f64 = probabilities.iter().sum();
    let probabilities: Vec<f64> = probabilities.into_iter().map(|it| it / sum).collect();
    Some(regretted(
        (chosen, choices),
        assumptions.into_iter().map(|it| it.name).collect(),
        (&outcomes, probabilities),
    ))
}

/// Values of some of a sweep's parameters that were tried together.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Group {
    /// What sets it apart.
    pub name: String,
    /// The values.
    pub labels: Vec<String>,
    /// The product of the values' probabilities, 1 where they have none.
    pub probability: f64,
}

/// The groups of the parameters `of`, in the order in which cells have them.
pub(super) fn groups(grid: &Grid, of: &[usize]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for cell in 0..grid.cells.len() {
        let labels = labels(grid, cell, of);
        if !seen.insert(labels.clone()) {
            continue;
        }
        let named = of.iter().zip(&labels);
        let name =
            |(index, label): (&usize, &String)| format!("{}={label}", grid.parameters[*index]);
        let names: Vec<String> = named.clone().map(name).collect();
        let probability = |(index, label): (&usize, &String)| {
            let known = grid.varied.probabilities[*index].iter();
            known
                .clone()
                .find(|it| it.0 == *label)
                .map_or(1.0, |it| it.1)
        };
        groups.push(Group {
            name: names.join(", "),
            probability: named.map(probability).product(),
            labels,
        });
    }
    groups
}

/// A cell's values of some parameters.
pub(super) fn labels(grid: &Grid, cell: usize, of: &[usize]) -> Vec<String> {
    of.iter()
        .map(|index| grid.cells[cell].labels[*index].clone())
        .collect()
}

/// The regret of choices by their outcomes, one a combination of assumptions.
fn regretted(
    (chosen, choices): (Vec<usize>, Vec<Group>),
    assumptions: Vec<String>,
    (outcomes, probabilities): (&[Vec<Outcome>], Vec<f64>),
) -> Regret {
    let least: Vec<Vec<Option<f64>>> = (0..assumptions.len())
        .map(|it| least_costs(outcomes, it))
        .collect();
    let hopeless: Vec<usize> = (0..assumptions.len())
        .filter(|it| !outcomes.iter().any(|choice| choice[*it].keeps))
        .collect();
    let of = |(choice, outcomes): (Group, &Vec<Outcome>)| {
        let is_broken = |it: &usize| !outcomes[*it].keeps && !hopeless.contains(it);
        ChoiceRegret {
            name: choice.name,
            labels: choice.labels,
            figures: figures(outcomes, &least, &probabilities),
            breaks: (0..assumptions.len()).filter(is_broken).collect(),
        }
    };
    let choices: Vec<ChoiceRegret> = choices.into_iter().zip(outcomes).map(of).collect();
    // First of all the objectives are to be kept wherever they can be.
    let broken =
        |choice: &ChoiceRegret| -> f64 { choice.breaks.iter().map(|it| probabilities[*it]).sum() };
    let fewest = choices.iter().map(broken).fold(f64::INFINITY, f64::min);
    let least_by = |value: fn(&RegretFigures) -> f64| {
        let able = choices.iter().enumerate().filter_map(|(index, choice)| {
            let figures = choice.figures.as_ref()?;
            (broken(choice) <= fewest + CRUMBS).then_some((index, value(figures)))
        });
        able.min_by(|a, b| a.1.total_cmp(&b.1)).map(|it| it.0)
    };
    Regret {
        least_mean: least_by(|it| it.mean.mean),
        least_largest: least_by(|it| it.largest),
        chosen,
        assumptions,
        probabilities,
        choices,
        unsure: outcomes.iter().flatten().filter(|it| !it.is_sure).count(),
        hopeless,
    }
}

/// The least cost of each replication among the choices that keep the objectives under these
/// assumptions; `None` where one of them has no such run.
fn least_costs(outcomes: &[Vec<Outcome>], assumption: usize) -> Vec<Option<f64>> {
    let able = outcomes
        .iter()
        .map(|it| &it[assumption])
        .filter(|it| it.keeps);
    let runs = outcomes.first().map_or(0, |it| it[assumption].costs.len());
    let least = |run: usize| {
        let costs: Option<Vec<f64>> = able.clone().map(|it| it.costs[run]).collect();
        costs?.into_iter().min_by(f64::total_cmp)
    };
    (0..runs).map(least).collect()
}

/// The figures of a choice over the assumptions under which it keeps the objectives.
fn figures(
    outcomes: &[Outcome],
    least: &[Vec<Option<f64>>],
    probabilities: &[f64],
) -> Option<RegretFigures> {
    let kept = || (0..outcomes.len()).filter(|it| outcomes[*it].keeps);
    let weight: f64 = kept().map(|it| probabilities[it]).sum();
    let regret = |assumption: usize, run: usize| {
        let cost = outcomes[assumption].costs[run]?;
        Some(cost - least[assumption][run]?)
    };
    let (mut means, mut all) = (Vec::new(), Vec::new());
    for run in 0..outcomes.first()?.costs.len() {
        let of_run: Option<Vec<(f64, usize)>> =
            kept().map(|it| Some((regret(it, run)?, it))).collect();
        let Some(of_run) = of_run else {
            continue;
        };
        let sum: f64 = of_run
            .iter()
            .map(|(value, it)| value * probabilities[*it])
            .sum();
        means.push(sum / weight);
        all.extend(of_run);
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let (largest, largest_under) = *all.last()?;
    let mut below = 0.0;
    let reaches = HIGH * weight * means.len() as f64 * (1.0 - CRUMBS);
    let is_reached = |it: &&(f64, usize)| {
        below += probabilities[it.1];
        reaches <= below
    };
    let p95 = all.iter().find(is_reached).map_or(largest, |it| it.0);
    Some(RegretFigures {
        mean: mean_interval(&means).filter(|it| it.mean.is_finite())?,
        p95,
        largest,
        largest_under,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str) -> Group {
        Group {
            name: name.to_owned(),
            labels: vec![name.to_owned()],
            probability: 1.0,
        }
    }

    fn of(outcomes: &[Vec<Outcome>], probabilities: Vec<f64>) -> Regret {
        let choices = (0..outcomes.len())
            .map(|it| group(&it.to_string()))
            .collect();
        let assumptions = (0..probabilities.len())
            .map(|it| format!("under {it}"))
            .collect();
        regretted((vec![0], choices), assumptions, (outcomes, probabilities))
    }

    fn keeps(costs: [f64; 2]) -> Outcome {
        Outcome {
            keeps: true,
            is_sure: true,
            costs: costs.map(Some).to_vec(),
        }
    }

    fn breaks(costs: [f64; 2]) -> Outcome {
        Outcome {
            keeps: false,
            ..keeps(costs)
        }
    }

    /// Under the first assumption the second choice costs 3 and 4 more, under the second the first
    /// one 5 and 6: means of 2.75 and 1.75, and the largest 6 and 4.
    #[test]
    fn regret_is_what_the_best_of_the_same_run_would_have_saved() {
        let found = of(
            &[
                vec![keeps([10.0, 11.0]), keeps([25.0, 26.0])],
                vec![keeps([13.0, 15.0]), keeps([20.0, 20.0])],
            ],
            vec![0.5, 0.5],
        );
        let figures = |it: usize| found.choices[it].figures.unwrap();
        assert_eq!((figures(0).mean.mean, figures(0).largest), (2.75, 6.0));
        assert_eq!((figures(1).mean.mean, figures(1).largest), (1.75, 4.0));
        assert_eq!((figures(0).largest_under, figures(1).largest_under), (1, 0));
        assert_eq!((found.least_mean, found.least_largest), (Some(1), Some(1)));
    }

    /// With the second assumption at 10 % the first choice is regretted less on the mean, and still
    /// more at worst.
    #[test]
    fn probabilities_weigh_the_mean_and_not_the_largest() {
        let found = of(
            &[
                vec![keeps([10.0, 11.0]), keeps([25.0, 26.0])],
                vec![keeps([13.0, 15.0]), keeps([20.0, 20.0])],
            ],
            vec![0.9, 0.1],
        );
        assert_eq!((found.least_mean, found.least_largest), (Some(0), Some(1)));
        let figures = found.choices[0].figures.unwrap();
        assert!((figures.mean.mean - 0.55).abs() < 1e-12);
        assert_eq!(figures.p95, 5.0, "90 % are 0, 5 % are 5, 5 % are 6");
    }

    /// The cheapest choice breaks an objective under the second assumption: it is not the measure of
    /// the others there, and no answer to all; what nobody keeps is nobody's regret.
    #[test]
    fn a_choice_that_breaks_an_objective_is_never_the_best() {
        let found = of(
            &[
                vec![keeps([10.0, 10.0]), breaks([1.0, 1.0]), breaks([1.0, 1.0])],
                vec![keeps([14.0, 14.0]), keeps([20.0, 20.0]), breaks([9.0, 9.0])],
            ],
            vec![1.0 / 3.0; 3],
        );
        assert_eq!(
            (found.choices[0].breaks.clone(), found.hopeless.clone()),
            (vec![1], vec![2])
        );
        assert_eq!(found.choices[0].figures.unwrap().largest, 0.0);
        let second = found.choices[1].figures.unwrap();
        assert_eq!((second.mean.mean, second.largest), (2.0, 4.0));
        assert_eq!((found.least_mean, found.least_largest), (Some(1), Some(1)));
    }

    #[test]
    fn a_run_that_did_not_end_is_left_out_of_all() {
        let mut outcomes = vec![
            vec![keeps([10.0, 11.0]), keeps([25.0, 26.0])],
            vec![keeps([13.0, 15.0]), keeps([20.0, 20.0])],
        ];
        outcomes[1][0].costs[1] = None;
        let found = of(&outcomes, vec![0.5, 0.5]);
        assert_eq!(found.choices[0].figures.unwrap().mean.count, 1);
        assert_eq!(found.choices[0].figures.unwrap().mean.mean, 2.5);
    }
}
