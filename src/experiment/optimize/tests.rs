//! Selections among cells that are functions and cost nothing, whose best one is known.

use super::*;
use crate::engine::random::{NameHash, Purpose, Streams};
use crate::experiment::measure::MeasureKind;
use crate::scenario::plan::{Bound, ObjectiveMetric, Scope, Statistic};
use crate::scenario::sweep::Precision;
use crate::simulation::outcome::RunEnd;

/// What a run of a cell comes to: its value, and whether it held the objective.
type Function<'a> = &'a dyn Fn(usize, u32) -> (Option<f64>, bool);

struct Bed<'a> {
    function: Function<'a>,
    measures: Vec<Measure>,
    objectives: Vec<ObjectivePlan>,
}

impl Bench for Bed<'_> {
    fn play(&self, cells: &[usize], replications: Range<u32>) -> Vec<RunRow> {
        let mut rows = Vec::new();
        for cell in cells {
            for replication in replications.clone() {
                let (value, held) = (self.function)(*cell, replication);
                rows.push(RunRow {
                    cell: *cell,
                    replication,
                    values: vec![value],
                    held: vec![Some(held)],
                    events: 0,
                    event_hash: 0,
                    end: RunEnd::Horizon,
                    caveats: Vec::new(),
                });
            }
        }
        rows
    }

    fn objectives(&self, _: usize) -> &[ObjectivePlan] {
        &self.objectives
    }

    fn measures(&self) -> &[Measure] {
        &self.measures
    }

    fn time_used(&self) -> f64 {
        0.0
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// The optimum of so many cells with so many runs at most, an indifference of 1 %, 95 %.
fn optimum(
    (cells, runs): (usize, u64),
    probability: Option<f64>,
    function: Function<'_>,
) -> Optimum {
    let bed = Bed {
        function,
        measures: vec![Measure {
            name: "cost_month_usd".to_owned(),
            kind: MeasureKind::CostMonth,
            weight: None,
        }],
        objectives: vec![ObjectivePlan {
            text: "in time".to_owned(),
            metric: ObjectiveMetric::RunningTaskCount,
            service: None,
            statistic: Statistic::Average,
            bound: Bound::Above(1.0),
            scope: Scope::Run,
            completion: None,
            probability,
        }],
    };
    let plan = OptimizePlan {
        indifference: Precision::Relative(0.01),
        confidence: 0.95,
        ..OptimizePlan::default()
    };
    let candidates = (0..cells).map(Candidate::new).collect();
    let mut selecting = Selecting::new(&bed, (&plan, runs), candidates);
    let ended = selecting.run();
    selecting.finish(ended)
}

fn uniform(seed: u64, replication: u32, name: &str) -> f64 {
    let streams = Streams::new(seed, replication.into());
    let mut stream = streams.stream(Purpose::new("noise"), NameHash::of(name), 0);
    stream.uniform()
}

/// Twelve uniforms less six: nearly a normal draw.
fn normal(seed: u64, replication: u32, name: &str) -> f64 {
    let streams = Streams::new(seed, replication.into());
    let mut stream = streams.stream(Purpose::new("noise"), NameHash::of(name), 0);
    (0..12).map(|_| stream.uniform()).sum::<f64>() - 6.0
}

/// Of a cost of nothing there is no 1 %: a cent is no matter. What never varies is decided after 60
/// runs, what does as soon as it is clear.
#[test]
fn a_least_mean_of_0_is_selected() {
    let cost = [0.0, 144.16, 36.0];
    let found = optimum((3, 10_000), None, &|cell, _| (Some(cost[cell]), true));
    assert_eq!((found.best, found.ended), (Some(0), Ended::Settled));
    assert_eq!((found.indifference, found.runs), (Some(0.01), 180));
    assert_eq!(found.still, Some((2, 60)));
    let noisy = |cell: usize, replication| {
        let own = 0.1 * normal(1, replication, &cell.to_string()).abs();
        let value = if cell == 0 { 0.0 } else { 5.0 + own };
        (Some(value), true)
    };
    let found = optimum((2, 10_000), None, &noisy);
    assert_eq!((found.best, found.still), (Some(0), None));
    assert!(found.runs <= 40, "{}", found.runs);
    let found = optimum((2, 10_000), None, &|_, _| (Some(0.0), true));
    assert_eq!((found.best, found.ended), (Some(0), Ended::Settled));
}

/// A single cell whose share lies just at what is asked, in 1,000 experiments of 200 runs at most:
/// neither side is right there. The bound of a single look is wrong in 12 % and more.
#[test]
fn one_is_sure_of_an_objective_and_wrong_in_5_percent_at_most() {
    let (mut broken, mut kept) = (0, 0);
    for seed in 0..1_000 {
        let held = |_, replication| (Some(1.0), uniform(seed, replication, "held") < 0.95);
        let found = optimum((1, 200), Some(0.95), &held);
        match found.candidates[0].standing {
            Standing::Breaks(_) => broken += 1,
            _ if found.is_settled => kept += 1,
            _ => {}
        }
    }
    assert!(broken <= 50 && kept <= 50, "{broken} broken, {kept} kept");
    // Where it is clear it is said soon.
    let found = optimum((1, 500), Some(0.95), &|_, _| (Some(1.0), true));
    assert_eq!((found.is_settled, found.runs), (true, 80));
    let found = optimum((1, 500), Some(0.95), &|_, _| (Some(1.0), false));
    assert_eq!((found.best, found.runs), (None, 10));
}

/// Two that meet the same large noise, one always dearer by about 5. Of the first one some runs have no
/// value: paired by place the noise would be in the difference, and take hundreds of runs.
#[test]
fn runs_are_paired_by_replication_though_some_have_no_value() {
    let cost = |cell: usize, replication| {
        let value = 100.0 + 10.0 * normal(3, replication, "common");
        let own = 0.1 * normal(3, replication, &cell.to_string());
        let has_none = cell == 0 && matches!(replication, 0 | 3 | 4);
        let value = value + own + if cell == 0 { 5.0 } else { 0.0 };
        ((!has_none).then_some(value), true)
    };
    let found = optimum((2, 10_000), None, &cost);
    assert_eq!((found.best, found.ended), (Some(1), Ended::Settled));
    assert_eq!(found.runs, 40, "ten pairs are there after 20 runs of each");
    let above = found.candidates[0].above(&found.candidates[1], 0).unwrap();
    assert_eq!(above.count, 17);
    assert!(
        (above.mean - 5.0).abs() < 0.2 && above.half_width.unwrap() < 0.2,
        "{above:?}"
    );
}

/// Costs 100, but in one run of twenty 200: 105 on average, against 102 for sure. The first ten runs meet
/// no such run; whoever took their variance of 0 would select the wrong one for ever.
#[test]
fn what_the_first_runs_did_not_meet_is_waited_for() {
    let cost = |cell: usize, replication: u32| {
        let event = if replication % 20 == 15 { 100.0 } else { 0.0 };
        (Some(if cell == 0 { 100.0 + event } else { 102.0 }), true)
    };
    let found = optimum((2, 20_000), None, &cost);
    assert_eq!((found.best, found.ended), (Some(1), Ended::Settled));
    // Nothing at all for 60 runs: said, and what could not be seen is said with it.
    let never = |cell: usize, _: u32| (Some(if cell == 0 { 10.0 } else { 20.0 }), true);
    let found = optimum((2, 10_000), None, &never);
    assert_eq!(
        (found.best, found.still, found.runs),
        (Some(0), Some((1, 60)), 120)
    );
}

/// What is said after 100 runs of each is what it takes, within a factor of three: the best is better
/// by 3 with a deviation of the differences of 28, and 1 is no matter.
#[test]
fn how_many_runs_more_it_takes_is_foretold_by_the_means_seen() {
    let mut off: Vec<f64> = (0..20)
        .map(|seed| {
            let cost = move |cell: usize, replication| {
                let own = 20.0 * normal(seed, replication, &cell.to_string());
                (Some(100.0 + 3.0 * cell as f64 + own), true)
            };
            let early = optimum((2, 400), None, &cost);
            assert_eq!(early.ended, Ended::Runs);
            let more = early.runs_more.unwrap() as f64;
            let whole = optimum((2, 10_000_000), None, &cost).runs as f64;
            more / (whole - early.runs as f64).max(1.0)
        })
        .collect();
    off.sort_by(f64::total_cmp);
    assert!((0.33..3.0).contains(&off[10]), "{off:?}");
}

/// A cell none of whose runs has a value is no candidate, and stops nobody.
#[test]
fn a_cell_without_values_is_left_out() {
    let cost = |cell: usize, replication| {
        let own = normal(4, replication, &cell.to_string());
        (
            (cell != 1).then_some(100.0 + 20.0 * cell as f64 + own),
            true,
        )
    };
    let found = optimum((3, 10_000), None, &cost);
    assert_eq!((found.best, found.ended), (Some(0), Ended::Settled));
    assert_eq!(found.candidates[1].standing, Standing::Valueless);
    let found = optimum((2, 10_000), None, &|_, _| (None, true));
    assert_eq!(
        (found.best, found.ended, found.runs),
        (None, Ended::Settled, 20)
    );
}
