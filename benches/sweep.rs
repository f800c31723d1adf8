//! Sweeps: a thousand runs of web-api's week with all statistics, on one thread and on two; cells
//! that differ from an instant on, with their past played once and with each by itself.

mod shared;

use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::experiment::analysis::analyse;
use fleetcast::experiment::cell::{Asked, Grid, grid};
use fleetcast::experiment::comparison::compare;
use fleetcast::experiment::futures::Pasts;
use fleetcast::experiment::sweep::{Conduct, sweep, threads};
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::outcome::RunLimits;
use shared::{Checksum, hashes, in_turn, size};

/// Four cells by the target of the CPU's utilization.
const TARGETS: &str = "{ parameters: { target: { path: aws.scalingPolicies.cpu.\
     TargetTrackingScalingPolicyConfiguration.TargetValue, values: [35, 45, 55, 65] } } }";
/// Four cells that are the same until the sixth day.
const FROM_DAY_SIX: &str = "{ parameters: { then: { path: timeline, values: { \
     nothing: [], \
     deploy: [{ at: 6d, deploy: { service: api, forceNewDeployment: true } }], \
     outage: [{ at: 6d, outage: { availabilityZone: us-east-1a, for: 1h } }], \
     both: [{ at: 6d, deploy: { service: api, forceNewDeployment: true } }, \
            { at: 6d 12h, outage: { availabilityZone: us-east-1a, for: 1h } }] } } } }";

/// A sweep of web-api's week, of so many replications.
fn web_api(of: &str, replications: u32) -> Grid {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/web-api.yaml");
    let options = LoadOptions {
        set: vec![("sweep".to_owned(), of.to_owned())],
        ..LoadOptions::default()
    };
    let loaded = load(&path, &options);
    let loaded = loaded
        .unwrap_or_else(|wrong| panic!("{}", wrong.diagnostics.render(&wrong.sources, false)));
    let asked = Asked {
        replications: Some(replications),
        ..Asked::default()
    };
    // As the command does it: without the sweep, which is in the tree by then.
    let options = LoadOptions {
        set: Vec::new(),
        base: path.parent().map(Path::to_path_buf).unwrap_or_default(),
        ..options
    };
    grid(&loaded, &options, asked).expect("the benches' sweeps can be played")
}

/// Plays a grid, and says all that is said of it: the checksum of its runs and intervals.
fn play(grid: &Grid, jobs: usize) -> Checksum {
    let pool = threads(Some(jobs)).expect("the system makes threads");
    let limits = RunLimits::default();
    let conduct = Conduct {
        pool: &pool,
        limits: &limits,
        known: &[],
        shard: None,
        on_run: &|_, _| (),
        on_round: &|_| (),
    };
    let runs = sweep(grid, &conduct);
    let cells = compare(grid, &runs);
    let analysis = analyse(grid, &runs, &cells);
    let mut sum = Checksum::default();
    for row in &runs.rows {
        sum.add(row.event_hash);
        for value in row.values.iter().flatten() {
            sum.add(value.to_bits());
        }
    }
    for mean in cells.iter().flat_map(|cell| cell.means.iter().flatten()) {
        sum.add(mean.half_width.unwrap_or(mean.mean).to_bits());
    }
    sum.add(hashes::of(&analysis).value());
    sum
}

fn thousand_runs(c: &mut Criterion) {
    let replications = size(250, 2);
    let grid = web_api(TARGETS, replications);
    let runs = grid.cells.len() as u64 * u64::from(replications);
    let expected = play(&grid, 2);
    hashes::hold("sweep/web_api", expected);
    let mut group = c.benchmark_group("sweep/web_api");
    group.sample_size(10);
    group.throughput(Throughput::Elements(runs));
    for jobs in [1, 2] {
        let name = format!("{jobs}_threads");
        group.bench_function(name, |b| b.iter(|| assert_eq!(play(&grid, jobs), expected)));
    }
    group.finish();
    in_turn(
        ("sweep/web_api/2_threads", "one thread's time"),
        size(7, 1),
        || play(&grid, 2),
        || play(&grid, 1),
    );
}

/// What six of seven days played once instead of four times are worth.
fn shared_pasts(_: &mut Criterion) {
    let shared = web_api(FROM_DAY_SIX, size(50, 1));
    let mut alone = web_api(FROM_DAY_SIX, size(50, 1));
    assert_ne!(shared.pasts, Pasts::apart(4), "the cells share a past");
    alone.pasts = Pasts::apart(4);
    in_turn(
        ("sweep/shared_pasts", "the time with each cell by itself"),
        size(7, 1),
        || play(&shared, 1),
        || play(&alone, 1),
    );
}

criterion_group!(benches, thousand_runs, shared_pasts);
criterion_main!(benches);
