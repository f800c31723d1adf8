//! Whole scenarios: loading, and the simulation alone with the load model's tables built before.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::scenario::{LoadOptions, load};
use fleetcast::simulation::Simulation;
use fleetcast::simulation::outcome::RunLimits;

fn scenarios(c: &mut Criterion) {
    for name in ["hello-fargate", "web-api", "batch-queue"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.yaml"));
        let loaded = load(&path, &LoadOptions::default()).expect("the shipped scenarios load");
        let limits = RunLimits::default();
        let first = Simulation::new(&loaded.plan, 0).run(&limits);
        let mut group = c.benchmark_group(name);
        group.sample_size(20);
        group.throughput(Throughput::Elements(first.events));
        group.bench_function("simulate", |b| {
            b.iter(|| {
                let outcome = Simulation::new(&loaded.plan, 0).run(&limits);
                assert_eq!(
                    outcome.event_hash, first.event_hash,
                    "every run goes the same way"
                );
                black_box(outcome)
            });
        });
        group.bench_function("load", |b| {
            b.iter(|| black_box(load(&path, &LoadOptions::default()).is_ok()));
        });
        group.finish();
    }
}

criterion_group!(benches, scenarios);
criterion_main!(benches);
