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
use shared::{Checksum, fleet, hashes, is_listing, peak, size};

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

/// How many services the generated clusters have.
fn sizes() -> [u32; 3] {
    size([50, 150, 450], [2, 4, 8])
}

/// A cluster on instances as `fleetcast generate` writes it.
fn generated(services: u32) -> Plan {
    let cluster = generate::Size {
        services,
        tasks: 20 * services,
        instances: services,
        days: size(2, 1),
        seed: 1,
    };
    let text = generate::text(&cluster);
    let loaded = load_text("generated", &text, &LoadOptions::default());
    loaded.expect("the generated scenario loads").plan
}

/// Generated clusters at growing sizes: how time grows with them.
fn growing(c: &mut Criterion) {
    for services in sizes() {
        let plan = generated(services);
        simulate(c, &format!("generated/{services}_services"), &plan);
    }
}

/// The same: how memory grows with them. It comes first, as what other benches have freed would
/// count as theirs.
fn memory(_: &mut Criterion) {
    let name = |services: u32| format!("generated/{services}_services/memory");
    // Criterion's filter, which no function of a group is told.
    let mut filters = std::env::args().skip(1).filter(|it| !it.starts_with('-'));
    let is_wanted = match filters.next() {
        Some(filter) => sizes().into_iter().any(|it| name(it).contains(&filter)),
        None => true,
    };
    if is_listing() || !is_wanted {
        return;
    }
    for services in sizes() {
        let measured = peak::peak_of(|| {
            let plan = generated(services);
            tables::prepare(&plan);
            black_box(Simulation::new(&plan, 0).run(&RunLimits::default()));
        });
        let name = name(services);
        let Some(peak) = measured else {
            println!("{name}: not measured, the kernel does not say");
            continue;
        };
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let (most, before) = (mib(peak.most), mib(peak.before));
        println!("{name}: {most:.1} MiB at the peak, {before:.1} MiB before");
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

criterion_group!(benches, memory, shipped, of_many_services, growing, trace);
criterion_main!(benches);
