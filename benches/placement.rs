//! Tasks on the cluster's own instances: the index alone, the index beside a table made for nothing
//! else on one trace, and whole runs with two thousand to ten thousand instances.

mod shared;

use std::fmt::Write;
use std::hint::black_box;

use criterion::measurement::{Measurement, WallTime};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fleetcast::demand::arrivals::{ArrivalOptions, ArrivalTrace};
use fleetcast::engine::SimDuration;
use fleetcast::policy::placement::Need;
use fleetcast::scenario::plan::{ArrivalPlan, Plan};
use fleetcast::scenario::{LoadOptions, load_text};
use fleetcast::simulation::outcome::{RunLimits, RunOutcome};
use fleetcast::simulation::{Simulation, tables};
use shared::machines::{self, Phases};
use shared::replay::{self, Grid, Hosts, Indexed};
use shared::{Checksum, hashes, in_turn, is_test, size};

/// What best fit on memory, ties by free CPU, then by the lowest host, makes of a million tasks on
/// two thousand hosts, by a program of its own.
const MILLION: u64 = 0x35e0_ae83_d093_7acf;

/// Ten tasks a host are there; the oldest leaves, another is placed.
struct Turnover {
    hosts: Indexed,
    tasks: Vec<replay::Task>,
    standing: Vec<(u32, Need)>,
    next: usize,
}

impl Turnover {
    fn new(hosts: u32) -> Self {
        let tasks = replay::tasks(hosts as usize * 10);
        let mut hosts = Indexed::of_trace(hosts);
        let mut stand = |task: &replay::Task| {
            let host = hosts.place(&task.need).expect("there is room");
            (host, task.need)
        };
        let standing = tasks.iter().map(&mut stand).collect();
        Turnover {
            hosts,
            tasks,
            standing,
            next: 0,
        }
    }

    fn play(&mut self, turns: usize) -> Checksum {
        let mut sum = Checksum::default();
        for _ in 0..turns {
            let count = self.standing.len();
            let oldest = &mut self.standing[self.next % count];
            self.hosts.leave(oldest.0, &oldest.1);
            // Another size than that of the task which stood here before.
            let need = self.tasks[(self.next * 7 + 3) % count].need;
            let host = self.hosts.place(&need).expect("there is room");
            *oldest = (host, need);
            sum.add(u64::from(host));
            self.next += 1;
        }
        sum
    }
}

fn index(c: &mut Criterion) {
    let mut group = c.benchmark_group("index");
    for hosts in size(vec![100u32, 1_000, 10_000], vec![100]) {
        let turns = size(100_000, 1_000);
        let mut turnover = Turnover::new(hosts);
        hashes::hold(&format!("index/{hosts}"), turnover.play(turns));
        group.throughput(Throughput::Elements(turns as u64));
        group.bench_function(BenchmarkId::new("leave_and_place", hosts), |b| {
            b.iter(|| black_box(turnover.play(turns)));
        });
    }
    group.finish();
}

/// The trace, by the index and by the table in turn, with the simulator's queue.
fn trace(c: &mut Criterion) {
    let tasks = replay::tasks(size(1_000_000, 20_000));
    let by_index = || replay::play(&mut Indexed::of_trace(2_000), &tasks);
    if !is_test() {
        assert_eq!(
            by_index().value(),
            MILLION,
            "as a program of its own has it"
        );
    }
    in_turn(
        ("trace", "a table for this trace alone"),
        size(7, 1),
        by_index,
        || replay::play(&mut Grid::new(2_000), &tasks),
    );
    let mut group = c.benchmark_group("trace");
    group.sample_size(10);
    group.throughput(Throughput::Elements(tasks.len() as u64));
    group.bench_function("index", |b| b.iter(|| black_box(by_index())));
    group.finish();
}

/// Plays a plan's run once, holds it to its hash and says what it was.
fn play_once(name: &str, plan: &Plan) -> RunOutcome {
    tables::prepare(plan);
    let start = WallTime.start();
    let outcome = Simulation::new(plan, 0).run(&RunLimits::default());
    let seconds = WallTime.end(start).as_secs_f64();
    let mut events = Checksum::default();
    events.add(outcome.event_hash);
    hashes::hold(&format!("{name}/simulate"), events);
    if !is_test() {
        let tasks = outcome.observed.summary.total.tasks.started;
        println!(
            "{name}: {tasks} tasks, {} events, {seconds:.2} s of the wall, {:.0} tasks a second",
            outcome.events,
            tasks as f64 / seconds
        );
    }
    outcome
}

/// Plays a plan's run again and again.
fn simulate(c: &mut Criterion, name: &str, plan: &Plan) {
    let first = play_once(name, plan);
    let play = || Simulation::new(plan, 0).run(&RunLimits::default());
    let mut group = c.benchmark_group(name);
    group.sample_size(10);
    group.throughput(Throughput::Elements(
        first.observed.summary.total.tasks.started,
    ));
    group.bench_function("simulate", |b| {
        b.iter(|| {
            let outcome = play();
            assert_eq!(outcome.event_hash, first.event_hash);
            black_box(outcome)
        });
    });
    group.finish();
}

fn plan_of(name: &str, text: &str) -> Plan {
    let loaded = load_text(name, text, &LoadOptions::default());
    loaded.expect("the generated scenario loads").plan
}

/// A published scenario: hosts of 144 vCPU and 200 GiB, ten tasks for each host of 1, 2, 4 or 8
/// vCPU and 512 to 2,048 MiB, one each millisecond, that stay.
fn many_hosts(c: &mut Criterion) {
    let sizes = [
        (1_000, 10_000),
        (2_000, 20_000),
        (4_000, 40_000),
        (10_000, 100_000),
    ];
    for (hosts, tasks) in size(sizes.to_vec(), vec![(100, 1_000)]) {
        let text = machines::tasks(tasks, hosts, Phases::None, "summary");
        let mut plan = plan_of("hosts", &text);
        plan.run.duration = SimDuration::from_secs(200);
        for kind in &mut plan.groups[0].types {
            kind.registered = Need {
                cpu: 147_456,
                memory: 204_800,
                ..Need::default()
            };
        }
        let mut rows = String::from("time,work,cpu,memory\n");
        for task in 0..tasks {
            let (cpu, memory) = (1 << (task * 7 % 4), 512 * (1 + task * 5 % 4));
            writeln!(rows, "{task},3600000,{cpu},{memory}").expect("a string takes everything");
        }
        let unit = SimDuration::from_micros(1_000);
        let options = ArrivalOptions {
            time_unit: Some(unit),
            work: Some(("work".to_owned(), unit)),
            cpu: Some("cpu".to_owned()),
            memory: Some(("memory".to_owned(), 1.0)),
            ..ArrivalOptions::new("rows.csv")
        };
        let trace = ArrivalTrace::from_reader(rows.as_bytes(), &options, &plan.calendar());
        plan.job_sources.truncate(1);
        plan.job_sources[0].arrivals = Some(ArrivalPlan::Trace(trace.expect("legal rows")));
        simulate(c, &format!("hosts/{hosts}"), &plan);
    }
}

/// A million one-shot tasks on two thousand instances.
fn one_shot(c: &mut Criterion) {
    let (tasks, machines) = size((1_000_000, 2_000), (2_000, 20));
    let of = |phases, record| machines::tasks(tasks, machines, phases, record);
    let instant = plan_of("tasks", &of(Phases::None, "summary"));
    simulate(c, "one_shot/no_phases", &instant);
    let usual = plan_of(
        "tasks",
        &of(Phases::Default, "{ metrics: 1m, tasks: none }"),
    );
    simulate(c, "one_shot/default", &usual);
}

/// A week of five hundred services, a deployment of each a day, on five thousand instances: half a
/// minute, so once.
fn week(_: &mut Criterion) {
    let (services, at_once, machines, days) = size((500, 12_000, 5_000, 7), (3, 60, 60, 1));
    let plan = plan_of("days", &machines::days(services, at_once, machines, days));
    play_once("days", &plan);
}

criterion_group!(benches, index, trace, many_hosts, one_shot, week);
criterion_main!(benches);
