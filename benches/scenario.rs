//! Whole scenarios: loading them, reading a trace, and the simulation alone with the load model's
//! tables built before. Every run of a bench goes the committed way, by the hash of its events.

mod shared;

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::demand::trace::{Trace, TraceOptions};
use fleetcast::demand::value_unit::ValueUnit;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, generate, load, load_text};
use fleetcast::simulation::outcome::RunLimits;
use fleetcast::simulation::{Simulation, tables};
use shared::{Checksum, fleet, hashes, size};

fn simulate(c: &mut Criterion, name: &str, plan: &Plan) {
    tables::prepare(plan);
    let limits = RunLimits::default();
    let play = || Simulation::new(plan, 0).run(&limits);
    let first = play();
    let mut events = Checksum::default();
    events.add(first.event_hash);
    hashes::hold(&format!("{name}/simulate"), events);
    let mut group = c.benchmark_group(name);
    group.sample_size(20);
    group.throughput(Throughput::Elements(first.events));
    group.bench_function("simulate", |b| {
        b.iter(|| {
            let outcome = play();
            assert_eq!(outcome.event_hash, first.event_hash);
            black_box(outcome)
        });
    });
    group.finish();
}

fn shipped(c: &mut Criterion) {
    let options = LoadOptions::default();
    for name in ["hello-fargate", "web-api", "batch-queue"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.yaml"));
        let plan = load(&path, &options)
            .expect("the shipped scenarios load")
            .plan;
        simulate(c, name, &plan);
        hashes::hold(&format!("{name}/load"), hashes::of(&plan));
        let mut group = c.benchmark_group(name);
        group.sample_size(20);
        group.bench_function("load", |b| {
            b.iter(|| {
                let loaded = load(&path, &options).expect("it has loaded before");
                assert_eq!(loaded.plan.services.len(), plan.services.len());
            });
        });
        group.finish();
    }
}

/// A generated cluster on instances at growing sizes: how time grows with it.
fn growing(c: &mut Criterion) {
    for services in size([50, 150, 450], [2, 4, 8]) {
        let cluster = generate::Size {
            services,
            tasks: 20 * services,
            instances: services,
            days: size(2, 1),
            seed: 1,
        };
        let text = generate::text(&cluster);
        let loaded = load_text("generated", &text, &LoadOptions::default());
        let plan = loaded.expect("the generated scenario loads").plan;
        simulate(c, &format!("generated/{services}_services"), &plan);
    }
}

/// A hundred services for thirty days, their demand changing every five minutes.
fn of_many_services(c: &mut Criterion) {
    let text = fleet::scenario(size(100, 2), size(30, 1));
    let options = LoadOptions::default();
    let plan = load_text("fleet", &text, &options)
        .expect("the generated scenario loads")
        .plan;
    simulate(c, "fleet", &plan);
    hashes::hold("fleet/load", hashes::of(&plan));
    let mut group = c.benchmark_group("fleet");
    group.sample_size(20);
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("load", |b| {
        b.iter(|| {
            let loaded = load_text("fleet", &text, &options).expect("it has loaded before");
            assert_eq!(loaded.plan.services.len(), plan.services.len());
        });
    });
    group.finish();
}

/// Rows a minute apart, as many as a year has, or a few.
fn trace(c: &mut Criterion) {
    let rows = size(525_600u64, 1_000);
    let mut text = String::from("time,value\n");
    for row in 0..rows {
        text.push_str(&format!("{},{}\n", row * 60, 1_000 + row * 7_919 % 1_000));
    }
    let unit = ValueUnit::parse("requests/1min").expect("a unit of a trace");
    let options = TraceOptions {
        time_unit: Some(fleetcast::engine::SimDuration::from_secs(1)),
        ..TraceOptions::new("rows.csv", unit)
    };
    let read = || Trace::from_reader(text.as_bytes(), &options).expect("the trace is fine");
    let first = read();
    assert_eq!(first.facts.rows, rows);
    hashes::hold("trace/read", hashes::of(&first));
    let mut group = c.benchmark_group("trace");
    group.sample_size(20);
    group.throughput(Throughput::Elements(rows));
    group.bench_function("read", |b| b.iter(|| assert_eq!(read(), first)));
    group.finish();
}

criterion_group!(benches, shipped, of_many_services, growing, trace);
criterion_main!(benches);
