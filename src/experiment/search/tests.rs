//! Searches over functions that cost nothing, whose best point is known.

use std::cell::{Cell, RefCell};

use super::*;
use crate::engine::random::{NameHash, Purpose, Streams};
use crate::experiment::measure::{Measure, MeasureKind};
use crate::experiment::sweep::RunRow;
use crate::scenario::load_text;
use crate::scenario::plan::{Bound, ObjectiveMetric, ObjectivePlan, Scope, Statistic};
use crate::simulation::outcome::RunEnd;

/// What a run at a point costs, and how much of what it needs it has (1 is enough).
type Function = fn(&[f64]) -> (f64, f64);

/// Plays a function with noise, half of whose variance all points have in common.
struct Bed {
    function: Function,
    noise: f64,
    seed: u64,
    points: Vec<Vec<f64>>,
    measures: Vec<Measure>,
    objectives: Vec<ObjectivePlan>,
    /// Each run that was played: cell and replication.
    log: RefCell<Vec<(usize, u32)>>,
    /// Runs after which the time is over.
    time: Option<usize>,
    is_cancelled: Cell<bool>,
    /// Points that cost less break their objective in the selection only.
    late: f64,
}

fn numbers(point: &[SweepValue]) -> Vec<f64> {
    let number = |it: &SweepValue| it.label.parse().unwrap_or(it.label.len() as f64);
    point.iter().map(number).collect()
}

impl Bed {
    fn new(function: Function, noise: f64, seed: u64) -> Self {
        let measure = |name: &str, kind| Measure {
            name: name.to_owned(),
            kind,
            weight: None,
        };
        Bed {
            function,
            noise,
            seed,
            points: Vec::new(),
            measures: vec![
                measure("cost_month_usd", MeasureKind::CostMonth),
                measure("objective_1_value", MeasureKind::Objective(0)),
            ],
            objectives: vec![ObjectivePlan {
                text: "enough".to_owned(),
                metric: ObjectiveMetric::RunningTaskCount,
                service: None,
                statistic: Statistic::Average,
                bound: Bound::Above(1.0),
                scope: Scope::Run,
                completion: None,
                probability: None,
            }],
            log: RefCell::default(),
            time: None,
            is_cancelled: Cell::new(false),
            late: 0.0,
        }
    }

    /// Twelve uniforms less six: nearly a normal draw.
    fn normal(&self, name: &str, ordinal: u64) -> f64 {
        let streams = Streams::new(self.seed, ordinal);
        let mut stream = streams.stream(Purpose::new("noise"), NameHash::of(name), 0);
        (0..12).map(|_| stream.uniform()).sum::<f64>() - 6.0
    }
}

impl Bench for Bed {
    fn play(&self, cells: &[usize], replications: std::ops::Range<u32>) -> Vec<RunRow> {
        let mut rows = Vec::new();
        for cell in cells {
            for replication in replications.clone() {
                if self.ended().is_some() {
                    return rows;
                }
                self.log.borrow_mut().push((*cell, replication));
                let (cost, enough) = (self.function)(&self.points[*cell]);
                let own = self.normal(&format!("{:?}", self.points[*cell]), replication.into());
                let common = self.normal("common", replication.into());
                let noise = self.noise * (own + common) / 2_f64.sqrt();
                let is_late = RUNGS[2] <= replication && cost < self.late;
                let enough = if is_late { 0.0 } else { enough + 0.01 * own };
                rows.push(RunRow {
                    cell: *cell,
                    replication,
                    values: vec![Some(cost + noise), Some(enough)],
                    held: vec![Some(1.0 < enough)],
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
        let runs = self.log.borrow().len() as f64;
        self.time.map_or(0.0, |most| runs / most as f64)
    }

    fn is_cancelled(&self) -> bool {
        self.is_cancelled.get()
    }
}

impl Growing for Bed {
    fn add(&mut self, points: &[Vec<SweepValue>]) -> Vec<bool> {
        self.points.extend(points.iter().map(|it| numbers(it)));
        vec![true; points.len()]
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

fn sweep(parameters: &str) -> SweepPlan {
    let text = format!(
        "fleetcast: 1\nrun: {{ duration: 1d }}\naws: {{}}\nsweep: {{ parameters: {{ {parameters} }} }}\n"
    );
    let loaded = load_text("a", &text, &LoadOptions::default());
    loaded.unwrap().sweep.unwrap()
}

fn hunted(bed: &mut Bed, sweep: &SweepPlan, candidates: u32, runs: u64) -> Optimum {
    let plan = OptimizePlan::default();
    let mut proposer = Proposer::new(&sweep.parameters, bed.seed);
    let candidates = affordable(candidates as usize, runs);
    let first = first_points(sweep, &mut proposer, candidates);
    let values: Vec<Vec<SweepValue>> = first.iter().map(|it| it.values.clone()).collect();
    bed.add(&values);
    Hunt::new((&plan, runs), proposer, candidates).run(bed, first)
}

const TWO: &str = "x: { path: run.seed, range: { from: -5, to: 10 } }, y: { path: run.duration, \
                   range: { from: 0, to: 15 } }";

/// Branin's function (Dixon and Szegö 1978) on top of 100: its least is 100.398, at three places.
fn branin(at: &[f64]) -> (f64, f64) {
    let (x, y, pi) = (at[0], at[1], std::f64::consts::PI);
    let bent = y - 5.1 / (4.0 * pi * pi) * x * x + 5.0 / pi * x - 6.0;
    let waves = 10.0 * (1.0 - 1.0 / (8.0 * pi)) * libm::cos(x);
    (100.0 + bent * bent + waves + 10.0, 2.0)
}

const FLEET: &str = "tasks: { path: run.seed, range: { from: 2, to: 60, step: 1 } }, target: { path: \
                     run.duration, range: { from: 30, to: 90 } }, weight: { path: run.start, \
                     values: [0, 1, 2, 4] }, size: { path: run.timeZone, values: [s, mm, lll] }";

/// A fleet as one would size it: tasks of three sizes, of which some are on Spot, are cheaper the
/// fewer and the fuller they are, and have to be enough.
fn fleet(at: &[f64]) -> (f64, f64) {
    let (tasks, target, weight, size) = (at[0], at[1], at[2], at[3]);
    let price = [10.0, 19.0, 40.0][size as usize - 1];
    let power = [1.0, 2.1, 4.0][size as usize - 1];
    let spot = weight / (1.0 + weight);
    let cost = tasks * price * (1.0 - 0.65 * spot) + 30.0 * (90.0 - target) / 60.0;
    let lost = 0.35 * spot * spot;
    let enough = tasks * power * (1.0 - lost) * (1.0 - target / 400.0) / 30.0;
    (cost, enough)
}

/// The least cost of all points that have enough with three deviations to spare: what a search that
/// plays 40 runs of a cell can hold to.
fn fleet_best() -> f64 {
    let mut best = f64::MAX;
    for tasks in 2..=60 {
        for target in 0..=600 {
            for weight in [0.0, 1.0, 2.0, 4.0] {
                for size in 1..=3 {
                    let at = [
                        f64::from(tasks),
                        30.0 + f64::from(target) / 10.0,
                        weight,
                        size.into(),
                    ];
                    let (cost, enough) = fleet(&at);
                    if 1.03 < enough {
                        best = best.min(cost);
                    }
                }
            }
        }
    }
    best
}

fn found_within(
    function: Function,
    (block, best, noise): (&str, f64, f64),
    seeds: u64,
) -> Vec<f64> {
    let sweep = sweep(block);
    let mut off: Vec<f64> = (0..seeds)
        .map(|seed| {
            let mut bed = Bed::new(function, noise, seed);
            let optimum = hunted(&mut bed, &sweep, 200, 10_000);
            optimum
                .best
                .map_or(f64::MAX, |cell| function(&bed.points[cell]).0 / best - 1.0)
        })
        .collect();
    off.sort_by(f64::total_cmp);
    off
}

fn within(off: &[f64], share: f64) -> usize {
    off.iter().filter(|it| **it <= share).count()
}

/// 200 candidates, noise of 1 % of the best: how near the selected point comes to the best one, and
/// how near one of as many points comes that only fill the space. docs/sweeps.md says these numbers.
#[test]
fn of_100_searches_most_end_near_the_best_point() {
    let of = (TWO, 100.397_887, 1.0);
    let (found, even) = (found_within(branin, of, 100), found_evenly(branin, of, 100));
    assert_eq!((within(&found, 0.0025), within(&even, 0.0025)), (100, 62));
    let best = fleet_best();
    let of = (FLEET, best, 0.01 * best);
    let (found, even) = (found_within(fleet, of, 100), found_evenly(fleet, of, 100));
    assert_eq!((within(&found, 0.02), within(&even, 0.02)), (60, 23));
    assert_eq!((within(&found, 0.1), within(&even, 0.1)), (91, 69));
    assert!(found[99] < 0.13, "the worst: {}", found[99]);
}

/// The same without a model: as many points that only fill the space.
fn found_evenly(
    function: Function,
    (block, best, noise): (&str, f64, f64),
    seeds: u64,
) -> Vec<f64> {
    let sweep = sweep(block);
    let plan = OptimizePlan::default();
    let mut off: Vec<f64> = (0..seeds)
        .map(|seed| {
            let mut bed = Bed::new(function, noise, seed);
            let mut proposer = Proposer::new(&sweep.parameters, seed);
            let first = proposer.even(200);
            let values: Vec<Vec<SweepValue>> = first.iter().map(|it| it.values.clone()).collect();
            bed.add(&values);
            let optimum = Hunt::new((&plan, 10_000), proposer, 200).run(&mut bed, first);
            optimum
                .best
                .map_or(f64::MAX, |cell| function(&bed.points[cell]).0 / best - 1.0)
        })
        .collect();
    off.sort_by(f64::total_cmp);
    off
}

#[test]
fn the_same_seed_plays_the_same_runs() {
    let sweep = sweep(FLEET);
    let mut played = [3, 3, 4].map(|seed| {
        let mut bed = Bed::new(fleet, 2.0, seed);
        let optimum = hunted(&mut bed, &sweep, 60, 10_000);
        (optimum, bed.points, bed.log.into_inner())
    });
    assert!(played[0] == played[1]);
    assert_ne!(played[1].1, played[2].1);
    let (optimum, points, log) = &mut played[0];
    assert_eq!(optimum.runs, log.len() as u64);
    log.sort_unstable();
    log.dedup();
    assert_eq!(optimum.runs, log.len() as u64, "no run is played twice");
    points.sort_by(|a, b| a.partial_cmp(b).unwrap());
    points.dedup();
    assert_eq!(points.len(), 60, "no point is proposed twice");
}

/// What is selected was played anew: its runs of the search have no part in it.
#[test]
fn the_selection_is_among_the_finalists_and_on_draws_of_its_own() {
    let mut bed = Bed::new(branin, 1.0, 1);
    let optimum = hunted(&mut bed, &sweep(TWO), 200, 10_000);
    let search = optimum.search.as_ref().unwrap();
    assert_eq!(search.space, None);
    assert_eq!(search.rungs, [(3, 200), (9, 67), (27, 23)]);
    assert_eq!(search.finalists, FINALISTS);
    assert_eq!((optimum.ended, optimum.is_settled), (Ended::Settled, true));
    let selected = optimum.candidates.iter().filter(|it| !it.rows.is_empty());
    let mut finalists = 0;
    for finalist in selected {
        finalists += 1;
        let replications = finalist.rows.iter().map(|row| row.replication);
        let expected = 27..27 + finalist.rows.len() as u32;
        assert!(replications.eq(expected), "{:?}", finalist.rows);
        assert_ne!(finalist.standing, Standing::Dropped);
    }
    assert_eq!(finalists, FINALISTS);
}

#[test]
fn no_more_runs_are_played_than_are_allowed() {
    for runs in [1, 5, 20, 64, 100, 150, 300, 1_000, 2_000] {
        let mut bed = Bed::new(fleet, 5.0, runs);
        let optimum = hunted(&mut bed, &sweep(FLEET), 200, runs);
        let played = bed.log.borrow().len() as u64;
        assert_eq!(optimum.runs, played);
        assert!(played <= runs, "{played} of {runs}");
        assert!(
            runs < 300 || optimum.indifference.is_some(),
            "{runs}: no selection"
        );
    }
}

/// The time is over at every stage once: what is known is said, and that nothing is sure.
#[test]
fn a_search_ends_when_the_time_is_over() {
    for time in [1, 2, 100, 300, 500, 700, 900, 1_100] {
        let mut bed = Bed::new(fleet, 20.0, 9);
        bed.time = Some(time);
        let optimum = hunted(&mut bed, &sweep(FLEET), 200, 10_000);
        assert_eq!(bed.log.borrow().len(), time);
        assert_eq!((optimum.ended, optimum.is_settled), (Ended::Time, false));
        assert!(time < 100 || optimum.best.is_some(), "{time}");
    }
}

/// Nothing keeps the objective; the nearest miss lies at x = 3, y = 12.
#[test]
fn where_nothing_keeps_the_objectives_the_nearest_miss_is_found() {
    let never = |at: &[f64]| {
        let off = libm::hypot(at[0] - 3.0, at[1] - 12.0);
        (100.0 - at[0], 0.8 / (1.0 + off))
    };
    let mut bed = Bed::new(never, 1.0, 2);
    let optimum = hunted(&mut bed, &sweep(TWO), 200, 10_000);
    assert_eq!((optimum.best, optimum.ended), (None, Ended::Settled));
    assert_eq!(optimum.runs, 600, "no run mends what is broken");
    let nearest = &bed.points[optimum.nearest.unwrap()];
    let off = libm::hypot(nearest[0] - 3.0, nearest[1] - 12.0);
    assert!(off < 0.5, "{nearest:?}");
}

/// The finalists all break in the selection; the next ones are tried until one does not.
#[test]
fn finalists_that_break_an_objective_make_room_for_the_next() {
    let mut bed = Bed::new(branin, 1.0, 5);
    bed.late = 103.0;
    let optimum = hunted(&mut bed, &sweep(TWO), 200, 10_000);
    let best = branin(&bed.points[optimum.best.unwrap()]).0;
    assert!(103.0 <= best, "{best}");
    assert!(FINALISTS < optimum.search.unwrap().finalists);
}

/// A space of no more points than candidates is played whole, and its best is found.
#[test]
fn a_small_space_is_played_whole() {
    let block = "x: { path: run.seed, range: { from: -5, to: 10, step: 3 } }, y: { path: \
                 run.duration, values: [0, 5, 2] }";
    let mut bed = Bed::new(branin, 0.1, 5);
    let optimum = hunted(&mut bed, &sweep(block), 200, 10_000);
    let search = optimum.search.unwrap();
    assert_eq!((search.space, search.rungs[0]), (Some(18), (3, 18)));
    let all = bed.points.iter().map(|it| branin(it).0);
    let least = all.reduce(f64::min).unwrap();
    assert_eq!(branin(&bed.points[optimum.best.unwrap()]).0, least);
}

/// Both ends of a range without steps are proposed as they were written.
#[test]
fn the_ends_of_a_range_are_reached() {
    let corner = |at: &[f64]| (100.0 + at[0] - at[1], 2.0);
    let mut bed = Bed::new(corner, 0.1, 5);
    let optimum = hunted(&mut bed, &sweep(TWO), 100, 10_000);
    assert!(bed.points.iter().any(|it| it[0] == -5.0));
    assert!(bed.points.iter().any(|it| it[1] == 15.0));
    let best = &bed.points[optimum.best.unwrap()];
    assert!(best[0] < -4.5 && 14.5 < best[1], "{best:?}");
}
