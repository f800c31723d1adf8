//! Sweeps of small scenarios: their grids, their sameness, their messages.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::cell::{Asked, Cell, Grid, GridError, grid};
use super::comparison::compare;
use super::sweep::{Conduct, RunRow, Shard, SweepRuns, sweep, threads};
use crate::scenario::{LoadOptions, Loaded, load_text};
use crate::simulation::outcome::RunLimits;

/// A service, half of it on FARGATE_SPOT; `sweep:` is to follow.
const SMALL: &str = "\
fleetcast: 1
run: { duration: 7d }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 1 }
world:
  spot: { FARGATE_SPOT: { preset: pessimistic } }
objectives:
  - { metric: Cost, of: total, per: month, below: 40 USD }
";

const COUNTS: &str = "
sweep:
  replications: 3
  parameters:
    tasks: { path: aws.services.web.desiredCount, values: [2, 4, 6] }
    spot: { path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight, values: [0, 3] }
";

fn loaded(sweep: &str) -> Loaded {
    let text = format!("{SMALL}{sweep}");
    load_text("small.yaml", &text, &LoadOptions::default())
        .unwrap_or_else(|wrong| panic!("{}", wrong.diagnostics.render(&wrong.sources, false)))
}

fn small_grid(sweep: &str) -> Result<Grid, GridError> {
    grid(&loaded(sweep), &LoadOptions::default(), Asked::default())
}

fn played(grid: &Grid, jobs: usize) -> SweepRuns {
    played_with(grid, jobs, (&[], None))
}

fn played_with(grid: &Grid, jobs: usize, (known, shard): (&[RunRow], Option<Shard>)) -> SweepRuns {
    let conduct = Conduct {
        pool: &threads(Some(jobs)).unwrap(),
        limits: &RunLimits::default(),
        known,
        shard,
        on_run: &|_, _| {},
        on_round: &|_| {},
    };
    sweep(grid, &conduct)
}

#[test]
fn the_grid_has_every_combination_and_the_last_parameter_changes_fastest() {
    let grid = small_grid(COUNTS).unwrap();
    let names: Vec<&str> = grid.cells.iter().map(|cell| cell.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "tasks=2, spot=0",
            "tasks=2, spot=3",
            "tasks=4, spot=0",
            "tasks=4, spot=3",
            "tasks=6, spot=0",
            "tasks=6, spot=3",
        ]
    );
    let counts: Vec<u32> = grid
        .cells
        .iter()
        .map(|cell| cell.plan.services[0].desired_count)
        .collect();
    assert_eq!(counts, [2, 2, 4, 4, 6, 6]);
}

#[test]
fn one_thread_and_four_give_the_same_rows() {
    let grid = small_grid(COUNTS).unwrap();
    let one = played(&grid, 1);
    assert!(one.complete);
    assert_eq!(one.rows.len(), 18);
    assert_eq!(one, played(&grid, 4));
}

/// The cells differ in the scenario's name only: the weather, and so the run, is the same.
#[test]
fn a_replication_has_the_same_draws_in_every_cell() {
    let sweep = "
sweep:
  replications: 4
  parameters:
    name: { path: name, values: [first, second] }
";
    let runs = played(&small_grid(sweep).unwrap(), 2);
    let hashes: Vec<u64> = runs.rows.iter().map(|row| row.event_hash).collect();
    assert_eq!(hashes[..4], hashes[4..]);
    assert_ne!(hashes[0], hashes[1], "replications draw anew");
}

#[test]
fn more_tasks_cost_more_by_an_exactly_paired_difference() {
    let sweep = "
sweep:
  replications: 3
  baseline: { tasks: 4 }
  parameters:
    tasks: { path: aws.services.web.desiredCount, values: [2, 4] }
";
    let grid = small_grid(sweep).unwrap();
    assert_eq!(grid.baseline, 1);
    let runs = played(&grid, 2);
    let results = compare(&grid, &runs);
    let month = runs
        .measures
        .iter()
        .position(|it| it.name == "cost_month_usd");
    let month = month.unwrap();
    let difference = results[0].differences[month].unwrap();
    assert_eq!(difference.count, 3);
    assert!(difference.mean < 0.0, "{difference:?}");
    assert_eq!(results[1].differences[month], None);
    assert_eq!((results[0].held[0].held, results[0].held[0].judged), (3, 3));
}

#[test]
fn several_paths_of_a_parameter_move_together() {
    let sweep = "
sweep:
  replications: 1
  parameters:
    size: { paths: [aws.taskDefinitions.web.cpu, aws.taskDefinitions.web.memory], values: [[256, 512], [512, 1024]] }
";
    let grid = small_grid(sweep).unwrap();
    let sizes: Vec<(u32, u32)> = grid
        .cells
        .iter()
        .map(|cell| &cell.plan.task_definitions[0])
        .map(|it| (it.cpu.0, it.memory.0))
        .collect();
    assert_eq!(sizes, [(256, 512), (512, 1024)]);
}

#[test]
fn a_path_that_leads_nowhere_is_said_with_the_nearest_name() {
    let sweep = "
sweep:
  parameters:
    tasks: { path: aws.services.wed.desiredCount, values: [2, 4] }
";
    let text = format!("{SMALL}{sweep}");
    let wrong = load_text("small.yaml", &text, &LoadOptions::default()).unwrap_err();
    insta::assert_snapshot!(wrong.diagnostics.render(&wrong.sources, false));
}

#[test]
fn all_cells_are_checked_before_anything_runs() {
    let sweep = "
sweep:
  replications: 2
  parameters:
    tasks: { path: aws.services.web.desiredCount, values: [2, -1, many] }
";
    let error = small_grid(sweep).unwrap_err();
    assert_eq!(
        error.to_string(),
        "2 of 3 cells can't be run; nothing was played"
    );
    let GridError::Broken { first, further, .. } = error else {
        panic!("cells are broken");
    };
    assert_eq!(further, 0);
    let shown: Vec<String> = first
        .iter()
        .map(|cell| {
            let failure = &cell.failure;
            let text = failure.diagnostics.render(&failure.sources, false);
            format!("{}\n{text}", cell.name)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn grids_that_are_empty_or_too_large_are_refused_with_their_count() {
    let refusal = |sweep: &str, replications| {
        let asked = Asked {
            replications,
            cells_max: None,
        };
        let error = grid(&loaded(sweep), &LoadOptions::default(), asked);
        error.unwrap_err().to_string()
    };
    assert!(refusal("", None).starts_with("the scenario has no sweep"));
    let empty = "sweep: { replications: 3 }";
    assert!(refusal(empty, None).starts_with("the sweep has no parameters"));
    assert!(refusal(COUNTS, Some(0)).starts_with("0 replications are no sweep"));
    assert!(refusal(COUNTS, Some(200_000)).contains("6 cells of 200000 replications are 1200000"));
    let values: Vec<String> = (1..=101).map(|value| value.to_string()).collect();
    let values = values.join(", ");
    let large = format!(
        "
sweep:
  parameters:
    a: {{ path: aws.services.web.desiredCount, values: [{values}] }}
    b: {{ path: aws.services.web.maximumPercent, values: [{values}] }}
"
    );
    let said = refusal(&large, None);
    assert!(
        said.contains("the grid has 10201 cells, at most 10000"),
        "{said}"
    );
    assert!(said.contains("--max-cells 10201"), "{said}");
}

#[test]
fn a_sweep_that_is_cancelled_keeps_what_was_done() {
    let cancelled: &'static AtomicBool = Box::leak(Box::default());
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let done = AtomicUsize::new(0);
    let stop_after_seven = |_: &Cell, _: &RunRow| {
        if done.fetch_add(1, Ordering::Relaxed) == 6 {
            cancelled.store(true, Ordering::Relaxed);
        }
    };
    let grid = small_grid(COUNTS).unwrap();
    let conduct = Conduct {
        pool: &threads(Some(1)).unwrap(),
        limits: &limits,
        known: &[],
        shard: None,
        on_run: &stop_after_seven,
        on_round: &|_| {},
    };
    let runs = sweep(&grid, &conduct);
    assert!(!runs.complete);
    let kept: Vec<(usize, u32)> = runs
        .rows
        .iter()
        .map(|it| (it.cell, it.replication))
        .collect();
    assert_eq!(
        kept,
        [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]
    );
}

const UNTIL: &str = "
sweep:
  replications: { atLeast: 10, atMost: 45, until: { measure: cost_month_usd, within: WIDTH } }
  parameters:
    spot: { path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight, values: [0, 3] }
";

/// Without Spot every run costs the same: ten runs are enough. With Spot the cost varies, and the
/// baseline goes along, so that each run has its pair.
#[test]
fn a_cell_goes_on_in_rounds_until_its_interval_is_narrow() {
    let counts = |width: &str| {
        let grid = small_grid(&UNTIL.replace("WIDTH", width)).unwrap();
        let runs = played(&grid, 3);
        assert_eq!(runs, played(&grid, 1));
        assert!(runs.complete);
        let count = |cell| runs.rows.iter().filter(|row| row.cell == cell).count();
        (count(0), count(1))
    };
    assert_eq!(counts("50 %"), (10, 10));
    assert_eq!(counts("0.000001"), (45, 45));
    let grid = small_grid(
        &UNTIL
            .replace("WIDTH", "50 %")
            .replace("cost_month_usd", "cost_mont_usd"),
    );
    let said = grid.unwrap_err().to_string();
    assert!(said.contains("did you mean cost_month_usd"), "{said}");
}

/// Where scenarios are compared, a quiet one goes on as long as a noisy one does.
#[test]
fn all_cells_go_on_together_where_that_is_asked() {
    let text = UNTIL
        .replace("WIDTH", "0.000001")
        .replace("[0, 3]", "[3, 0]");
    let mut grid = small_grid(&text).unwrap();
    let counts = |grid: &Grid| {
        let runs = played(grid, 2);
        [0, 1].map(|cell| runs.rows.iter().filter(|row| row.cell == cell).count())
    };
    assert_eq!(counts(&grid), [45, 10]);
    grid.replications.until.as_mut().unwrap().all_together = true;
    assert_eq!(counts(&grid), [45, 45]);
}

/// Of a ratio the interval is that of all runs together, as the results say it: no cell that
/// stopped on the way is wider than asked.
#[test]
fn a_ratio_is_looked_at_by_the_interval_that_the_results_say() {
    let demand = "world:\n  demand: { web: { rate: { sum: [{ constant: 40/s }, { noise: { cv: 0.6, \
                  every: 2h } }] } } }\n";
    let text = UNTIL.replace("cost_month_usd", "cost_million_requests_usd");
    let mut stopped = 0;
    for step in 1..20 {
        let width = 0.002 * f64::from(step);
        let text = format!("{SMALL}{text}").replace("WIDTH", &width.to_string());
        let text = text.replace("world:\n", demand).replace("7d", "1d");
        let loaded = load_text("small.yaml", &text, &LoadOptions::default())
            .unwrap_or_else(|wrong| panic!("{}", wrong.diagnostics.render(&wrong.sources, false)));
        let grid = grid(&loaded, &LoadOptions::default(), Asked::default()).unwrap();
        let runs = played(&grid, 2);
        let mut names = runs.measures.iter().map(|it| it.name.as_str());
        let measure = names
            .position(|name| name == "cost_million_requests_usd")
            .unwrap();
        for cell in compare(&grid, &runs) {
            let half = cell.means[measure].unwrap().half_width.unwrap();
            if (11..45).contains(&cell.runs) && cell.cell != grid.baseline {
                stopped += 1;
                assert!(half <= width, "{half} of {} runs, {width} asked", cell.runs);
            }
        }
    }
    assert!(0 < stopped, "no cell stopped on the way");
}

/// What was played before is taken as it is, and the rest is the same as without.
#[test]
fn known_runs_are_not_played_again() {
    let grid = small_grid(COUNTS).unwrap();
    let all = played(&grid, 2);
    let mut known = all.rows[3..9].to_vec();
    assert_eq!(played_with(&grid, 2, (&known, None)), all);
    known[0].events = 1;
    let resumed = played_with(&grid, 2, (&known, None));
    assert_eq!(resumed.rows[3].events, 1);
}

/// Slices are disjoint, together everything, and of the same size.
#[test]
fn shards_are_the_whole_sweep() {
    let grid = small_grid(COUNTS).unwrap();
    let all = played(&grid, 2);
    let mut rows = Vec::new();
    for index in 1..=4 {
        let shard = Shard { index, count: 4 };
        let slice = played_with(&grid, 2, (&[], Some(shard)));
        assert!(slice.complete && slice.asked == slice.rows.len());
        assert!((4..=5).contains(&slice.rows.len()));
        rows.extend(slice.rows);
    }
    rows.sort_by_key(|row| (row.cell, row.replication));
    assert_eq!(rows, all.rows);
}

/// A share of tasks is that of all runs' tasks wherever it is shown: as a measure and as what an
/// objective judges.
#[test]
fn an_objective_on_a_share_has_the_value_of_the_measure() {
    let text = SMALL.replace(
        "  - { metric: Cost, of: total, per: month, below: 40 USD }\n",
        "  - { metric: InterruptedTasks, below: 50 % }\n  \
           - { metric: RunningTaskCount, service: web, stat: Minimum, above: 3, in: 99 % of minutes }\n  \
           - { metric: Cost, of: total, per: month, below: 40 USD }\n",
    );
    let sweep = COUNTS.replace("replications: 3", "replications: 6");
    let text = format!("{text}{sweep}");
    let loaded = load_text("small.yaml", &text, &LoadOptions::default()).unwrap();
    let grid = grid(&loaded, &LoadOptions::default(), Asked::default()).unwrap();
    let runs = played(&grid, 2);
    let place = |name: &str| runs.measures.iter().position(|it| it.name == name);
    let [measure, judged, weight] = [
        "interrupted_percent",
        "objective_1_value",
        "objective_1_weight",
    ]
    .map(|name| place(name).unwrap());
    let mut differs = false;
    for cell in compare(&grid, &runs) {
        let (one, other) = (cell.means[measure].unwrap(), cell.means[judged].unwrap());
        assert!((one.mean - 100.0 * other.mean).abs() < 1e-9);
        let rows: Vec<&RunRow> = runs.rows.iter().filter(|it| it.cell == cell.cell).collect();
        let of_runs: f64 = rows.iter().map(|it| it.values[judged].unwrap()).sum();
        differs |= 1e-6 < (of_runs / rows.len() as f64 - other.mean).abs();
        assert!(rows.iter().all(|it| it.values[weight].unwrap() > 0.0));
    }
    assert!(differs, "runs have as many tasks each: nothing is tested");
    assert!(place("objective_2_weight").is_some());
    assert_eq!(place("objective_3_weight"), None, "a cost is no share");
}

/// Reading ten thousand values again for each of ten thousand cells took minutes.
#[test]
fn cells_are_made_of_the_scenario_without_its_sweep() {
    let sweep = COUNTS.replace("values: [2, 4, 6]", "range: { from: 1, to: 6, step: 1 }");
    let loaded = loaded(&sweep);
    assert!(loaded.tree.get("sweep").is_some());
    let tree = super::cell::without_sweep(&loaded);
    assert!(tree.get("sweep").is_none() && tree.get("objectives").is_some());
    // What a cell is does not depend on it.
    let grid = small_grid(&sweep).unwrap();
    let set = [
        ("aws.services.web.desiredCount", "4"),
        (
            "aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight",
            "3",
        ),
    ]
    .map(|(path, value)| (path.to_owned(), value.to_owned()));
    let options = LoadOptions {
        set: set.to_vec(),
        ..LoadOptions::default()
    };
    let whole = crate::scenario::load_tree(&loaded.tree, &loaded.sources, "small.yaml", &options);
    let cell = grid.cells.iter().find(|it| it.name == "tasks=4, spot=3");
    let rest = |plan: &crate::scenario::plan::Plan| {
        let mut plan = plan.clone();
        plan.record = grid.cells[0].plan.record.clone();
        format!("{plan:?}")
    };
    assert_eq!(
        rest(&cell.unwrap().plan),
        rest(&whole.unwrap().plan),
        "a cell"
    );
}
