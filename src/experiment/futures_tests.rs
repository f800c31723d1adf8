//! Cells that share their past come out as if each had been played by itself.

use super::cell::{Asked, Grid, grid};
use super::futures::{fork, pasts};
use super::run::play;
use super::sweep::{Conduct, sweep, threads};
use crate::engine::SimTime;
use crate::scenario::plan::Plan;
use crate::scenario::{LoadOptions, load_text};
use crate::simulation::outcome::RunLimits;

/// A service that is scaled on its CPU, and updated at an hour that cells choose.
const SCENARIO: &str = "\
fleetcast: 1
run: { duration: 1d }
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
  demand: { web: { rate: 20/s } }
  work: { web: { cpu: 20ms } }
  spot: { FARGATE_SPOT: { preset: pessimistic } }
timeline:
  - { at: 3h, deploy: { service: web } }
  - { at: 9h, update: { service: web, desiredCount: 5 } }
";

fn cells(parameters: &str) -> Grid {
    let text = format!("{SCENARIO}sweep:\n  replications: 2\n  parameters:\n{parameters}");
    let options = LoadOptions::default();
    let loaded = load_text("small.yaml", &text, &options)
        .unwrap_or_else(|wrong| panic!("{}", wrong.diagnostics.render(&wrong.sources, false)));
    grid(&loaded, &options, Asked::default()).unwrap()
}

fn hours(hours: u64) -> SimTime {
    SimTime::from_secs(3_600 * hours)
}

#[test]
fn cells_that_differ_from_an_instant_on_share_their_past() {
    let grid = cells(
        "    count: { path: \"timeline[1].update.desiredCount\", values: [1, 5, 9] }\n    \
         cpu: { path: world.work.web.cpu, values: [20ms, 30ms] }\n",
    );
    let of: Vec<usize> = (0..6).map(|cell| grid.pasts.of(cell)).collect();
    assert_eq!(of, [0, 1, 0, 1, 0, 1], "by what a request costs");
    assert_eq!([0, 1].map(|past| grid.pasts.until(past)), [hours(9); 2]);
    for jobs in [1, 3] {
        let conduct = Conduct {
            pool: &threads(Some(jobs)).unwrap(),
            limits: &RunLimits::default(),
            known: &[],
            shard: None,
            on_run: &|_, _| {},
            on_round: &|_| {},
        };
        for row in sweep(&grid, &conduct).rows {
            let plan = &grid.cells[row.cell].plan;
            let alone = play(plan, u64::from(row.replication), &RunLimits::default());
            assert_eq!(row.event_hash, alone.outcome.event_hash);
            let values = grid.measures.iter().map(|it| it.kind.of(&alone));
            assert_eq!(row.values, values.collect::<Vec<_>>());
        }
    }
}

#[test]
fn a_past_ends_where_the_first_of_its_cells_differs() {
    let grid = cells("    at: { path: \"timeline[1].at\", values: [5h, 9h, 2h] }\n");
    let of: Vec<usize> = (0..3).map(|cell| grid.pasts.of(cell)).collect();
    assert_eq!(of, [0, 0, 0]);
    assert_eq!(
        grid.pasts.until(0),
        hours(2),
        "where the third one goes another way"
    );
    let same = cells("    cpu: { path: world.work.web.cpu, values: [20ms, 30ms] }\n");
    let plans: Vec<&Plan> = same.cells.iter().map(|cell| &cell.plan).collect();
    let found = pasts(&plans);
    assert_eq!([found.of(0), found.of(1)], [0, 1]);
    assert_eq!(found.until(0), SimTime::ZERO);
}

#[test]
fn a_fork_tells_who_had_another_past() {
    let grid = cells(
        "    both:\n      paths: [\"timeline[1].update.desiredCount\", world.work.web.cpu]\n      \
         values: [[5, 20ms], [9, 20ms], [9, 30ms]]\n",
    );
    let plans: Vec<&Plan> = grid.cells.iter().map(|cell| &cell.plan).collect();
    let limits = RunLimits::default();
    let forked = fork(&plans, (0, hours(9)), &limits).unwrap();
    assert_eq!(forked.same_past, [true, true, false]);
    for (plan, future) in plans.iter().zip(&forked.futures) {
        let alone = play(plan, 0, &limits);
        assert_eq!(future.outcome.event_hash, alone.outcome.event_hash);
        assert_eq!(future.bill.total, alone.bill.total);
    }
    let until = |run: &super::run::PlayedRun| run.outcome.observed.summary.simulated_s;
    assert_eq!(until(&forked.past), 9.0 * 3_600.0);
}
