//! The load model: each formula alone, and the mean over the updates of real and of many services.
//!
//! An update is what a change of rate or tasks costs the model: the state moved on, the law of
//! response times of each piece, and its 20 points added to a histogram.

mod shared;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::demand::service_load::{LoadSpec, ServiceLoad};
use fleetcast::engine::SimTime;
use fleetcast::engine::random::Streams;
use fleetcast::policy::load::{
    Curve, CurveCache, FluidQueue, Histogram, Limits, Percentile, Piece, ResponseTable, Routing,
    Task, WorkShape,
};
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, load, load_text};
use fleetcast::world::{World, load_spec};
use shared::{Checksum, fleet, hashes, size};

/// Where tasks that scale by their load stand.
const LOAD_TRACKED: f64 = 0.5;

/// Requests of 30 ms of CPU and 50 ms of waiting, on a vCPU with 16 slots.
const SHAPE: WorkShape = WorkShape {
    cpu_s: 0.03,
    wait_s: 0.05,
    cv: 1.2,
    slots: 16,
    vcpus: 1.0,
};

fn formulas(c: &mut Criterion) {
    let mut cache = CurveCache::new(Routing::LeastOutstanding, SHAPE);
    let curve = Arc::clone(cache.curve(12).expect("twelve tasks"));
    let table = ResponseTable::new(SHAPE.cv);
    let capacity = curve.capacity_per_s();
    let full = Limits {
        patience_s: 1.0,
        ..Limits::default()
    };
    let mut group = c.benchmark_group("load");
    // Each of `rates` (shares of the capacity) holds for `dt_s`; a result is checked by its bits.
    let mut advance = |name: &str, rates: [f64; 4], dt_s: f64, limits: Option<&Limits>| {
        let round = || {
            let (mut queue, mut sum) = (FluidQueue::empty(), Checksum::default());
            for rate in rates.map(|share| share * capacity) {
                let piece = |piece: Piece| sum.add(piece.served.to_bits());
                match limits {
                    None => queue.advance(&curve, rate, dt_s, piece),
                    Some(limits) => queue.advance_limited(&curve, limits, (rate, dt_s), piece),
                };
            }
            sum
        };
        let expected = round();
        hashes::hold(&format!("load/{name}"), expected);
        group.throughput(Throughput::Elements(rates.len() as u64));
        group.bench_function(name, |b| b.iter(|| assert_eq!(round(), expected)));
    };
    advance("advance_settled", [0.5, 0.5, 0.51, 0.49], 60.0, None);
    advance("advance_transient", [0.9, 1.2, 0.3, 0.8], 5.0, None);
    advance("advance_limited", [0.95, 1.3, 1.1, 0.9], 60.0, Some(&full));
    group.throughput(Throughput::Elements(1));
    let task = Arc::new(Task::new(SHAPE));
    let twelve = || {
        let curve = Curve::new(Routing::LeastOutstanding, 12, &task);
        // So many wait beyond the last node only: all others are worked out before it.
        black_box(curve.at_number(1e9));
        curve
    };
    hashes::hold("load/curve_of_12_tasks", hashes::of(&twelve()));
    group.bench_function("curve_of_12_tasks", |b| b.iter(|| black_box(twelve())));
    let mut piece = Piece::default();
    FluidQueue::empty().advance(&curve, 0.8 * capacity, 60.0, |it| piece = it);
    let first = table.response(&piece);
    hashes::hold("load/response", hashes::of(&first));
    group.bench_function("response", |b| {
        b.iter(|| assert_eq!(table.response(black_box(&piece)), first));
    });
    let all = [
        Percentile::P50,
        Percentile::P90,
        Percentile::P95,
        Percentile::P99,
    ];
    let percentiles = all.map(|it| first.percentile_s(it));
    hashes::hold("load/percentiles", hashes::of(&percentiles));
    group.bench_function("percentiles", |b| {
        b.iter(|| black_box(all.map(|it| black_box(&first).percentile_s(it))));
    });
    let mut one = Histogram::new();
    one.add(&first, 100.0);
    hashes::hold("load/histogram_add", hashes::of(&one));
    group.bench_function("histogram_add", |b| {
        let mut histogram = Histogram::new();
        b.iter(|| histogram.add(black_box(&first), 100.0));
    });
    group.sample_size(10);
    hashes::hold("load/response_table", hashes::of(&table));
    group.bench_function("response_table", |b| {
        b.iter(|| black_box(ResponseTable::new(SHAPE.cv)));
    });
    group.finish();
}

/// One change: from when on, requests a second, and tasks.
type Change = (SimTime, f64, u32);

/// Every service's demand over the run, with as many tasks as keep it near the tracked load.
fn changes(plan: &Plan) -> Vec<(LoadSpec, Vec<Change>)> {
    let mut world = World::new(plan, Streams::new(plan.run.seed, 0));
    let mut all = Vec::new();
    for (service, cursor) in plan.services.iter().zip(&mut world.rates) {
        let Some(cursor) = cursor else {
            continue;
        };
        let spec = load_spec(plan, service, service.task_definition);
        let capacity = Task::new(spec.shape).capacity_per_s;
        // Ten minutes late, as scaling is.
        let mut earlier = [0.0; 2];
        let mut list = Vec::new();
        while let Some((at, rate)) = cursor.next_change().filter(|(at, _)| *at < plan.horizon()) {
            let wanted = (earlier[0] / (LOAD_TRACKED * capacity)).ceil() as u32;
            list.push((at, rate, wanted.max(service.desired_count)));
            earlier = [earlier[1], rate];
        }
        all.push((spec, list));
    }
    all
}

/// The model's part alone: an update each change, held for a minute.
fn updates(services: &[(LoadSpec, Vec<Change>)], curves: &mut [CurveCache]) -> Checksum {
    let mut sum = Checksum::default();
    for ((spec, changes), curves) in services.iter().zip(curves) {
        let table = ResponseTable::shared(spec.shape.cv);
        let (mut queue, mut histogram) = (FluidQueue::empty(), Histogram::new());
        for (_, rate, tasks) in changes {
            let curve = curves.curve(*tasks).expect("there are tasks");
            queue.advance(curve, *rate, 60.0, |piece| {
                histogram.add(&table.response(&piece), piece.served);
            });
        }
        sum.add(histogram.quantile_s(0.99).unwrap_or(0.0).to_bits());
    }
    sum
}

/// All that a service's load does between two changes: minutes closed one by one or together, with
/// their percentiles, time-outs and tries, and the minute foreseen.
fn service_loads(services: &[(LoadSpec, Vec<Change>)]) -> Checksum {
    let mut sum = Checksum::default();
    for (spec, changes) in services {
        let mut load = ServiceLoad::new(*spec);
        for (at, rate, tasks) in changes {
            load.advance_to(*at, |(_, _, minute)| {
                sum.add(minute.response_mean.to_bits())
            });
            load.set_rate(*rate);
            load.set_tasks(*tasks, *tasks);
        }
    }
    sum
}

fn mixes(c: &mut Criterion) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let web_api = load(
        &root.join("scenarios/web-api.yaml"),
        &LoadOptions::default(),
    );
    let fleet = fleet::scenario(size(100, 2), size(30, 1));
    let fleet = load_text("fleet", &fleet, &LoadOptions::default());
    for (name, loaded) in [("web_api", web_api), ("fleet", fleet)] {
        let plan = loaded.expect("the benches' scenarios load").plan;
        let services = changes(&plan);
        let count: usize = services.iter().map(|(_, changes)| changes.len()).sum();
        let cache = |(spec, _): &(LoadSpec, _)| CurveCache::new(spec.routing, spec.shape);
        let mut curves: Vec<CurveCache> = services.iter().map(cache).collect();
        let expected = (updates(&services, &mut curves), service_loads(&services));
        hashes::hold(&format!("updates_{name}/model"), expected.0);
        hashes::hold(&format!("updates_{name}/service_load"), expected.1);
        let mut group = c.benchmark_group(format!("updates_{name}"));
        group.sample_size(20);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function("model", |b| {
            b.iter(|| assert_eq!(updates(&services, &mut curves), expected.0));
        });
        group.bench_function("service_load", |b| {
            b.iter(|| assert_eq!(service_loads(&services), expected.1));
        });
        group.finish();
    }
}

criterion_group!(benches, formulas, mixes);
criterion_main!(benches);
