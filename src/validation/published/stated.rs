//! Rates, limits and bills that AWS states: the program has to meet them exactly.

use super::super::Watch;
use super::super::number::{fixed, significant};
use super::super::section::{Column, Section, Table, Verdict};
use super::play::{instants, once, spans};
use crate::experiment::run::PlayedRun;

/// A figure that AWS states.
struct Stated {
    what: &'static str,
    source: &'static str,
    unit: &'static str,
    value: f64,
    /// How far the played value may be off: half of the last digit that is published.
    tolerance: f64,
    text: fn() -> String,
    of: fn(&PlayedRun) -> f64,
}

const STATED: &[Stated] = &[
    Stated {
        what: "Fargate tasks launched at once",
        source: "developer guide, throttling",
        unit: "tasks",
        value: 100.0,
        tolerance: 0.0,
        text: run_tasks,
        of: |run| created_between(run, 0.0, 60.0 + 1e-6),
    },
    Stated {
        what: "Fargate tasks launched after that",
        source: "developer guide, throttling",
        unit: "tasks/s",
        value: 20.0,
        tolerance: 0.0,
        text: run_tasks,
        of: |run| {
            let created = instants(run, |it| Some(it.created));
            (created.len() - 100) as f64 / (created[created.len() - 1] - created[99])
        },
    },
    Stated {
        what: "tasks of one service, its fifth minute",
        source: "service quotas",
        unit: "tasks/min",
        value: 500.0,
        tolerance: 0.5,
        text: large_service,
        of: |run| created_between(run, 240.0, 300.0),
    },
    Stated {
        what: "SIGTERM to SIGKILL, by default",
        source: "API ContainerDefinition",
        unit: "s",
        value: 30.0,
        tolerance: 0.0,
        text: || stop(""),
        of: grace,
    },
    Stated {
        what: "SIGTERM to SIGKILL, at most",
        source: "API ContainerDefinition",
        unit: "s",
        value: 120.0,
        tolerance: 0.0,
        text: || stop("stopTimeout: 120"),
        of: grace,
    },
    Stated {
        what: "RUNNING to healthy without checks",
        source: "API DeploymentConfiguration",
        unit: "s",
        value: 40.0,
        tolerance: 0.0,
        text: deployment,
        of: |run| {
            let started = instants(run, |it| it.started);
            instants(run, |it| it.stopping)[0] - started[started.len() - 1]
        },
    },
    Stated {
        what: "longest pause between failing starts",
        source: "developer guide, throttle logic",
        unit: "min",
        value: 27.0,
        tolerance: 0.0,
        text: failing,
        of: longest_pause,
    },
    Stated {
        what: "1 vCPU, 4 GB, 730 h, us-east-1",
        source: "AWS Fargate pricing",
        unit: "USD",
        value: 42.53,
        tolerance: 0.005,
        text: month,
        of: |run| run.bill.total.usd(),
    },
    Stated {
        what: "1 vCPU, 2 GB, 20 s: billed 60 s",
        source: "AWS Fargate pricing",
        unit: "USD",
        value: 0.000_823,
        tolerance: 0.000_000_5,
        text: twenty_seconds,
        of: |run| run.bill.total.usd(),
    },
];

/// How many runs are played.
pub(super) const STEPS: u64 = STATED.len() as u64;

pub(super) fn add(section: &mut Section, watch: &Watch<'_>) -> Option<()> {
    let mut table = Table::new(
        "Rates, limits and bills that AWS states",
        vec![
            Column::text("what"),
            Column::text("source"),
            Column::number("stated"),
            Column::number("played"),
            Column::text("unit"),
        ],
    );
    let mut held = 0;
    for stated in STATED {
        let value = once(watch, &(stated.text)(), stated.of)?;
        // Instants are whole microseconds.
        held += usize::from((value - stated.value).abs() <= stated.tolerance.max(1e-6));
        table.row(vec![
            stated.what.to_owned(),
            stated.source.to_owned(),
            shown(stated.value),
            shown(value),
            stated.unit.to_owned(),
        ]);
    }
    table.notes.push(
        "Each is one run without chance in what is measured. The worked examples of AWS's pages \
         are tests of the rules (`src/policy`) and of whole runs (`tests/it/ecs_rules.rs`)."
            .to_owned(),
    );
    section.tables.push(table);
    let claim = "what AWS states is met to the last published digit";
    section
        .verdicts
        .push(Verdict::all(claim, held, STATED.len()));
    Some(())
}

/// How many tasks were created in a half-open stretch of the run, seconds.
fn created_between(run: &PlayedRun, from: f64, to: f64) -> f64 {
    let created = instants(run, |it| Some(it.created));
    created.iter().filter(|at| (from..to).contains(*at)).count() as f64
}

/// Small amounts to three digits, others as prices are written.
fn shown(value: f64) -> String {
    match value.abs() {
        small if small < 1.0 => significant(value),
        _ if value.fract() == 0.0 => fixed(value, 0),
        _ => fixed(value, 2),
    }
}

/// Four hundred tasks that a program starts after a minute.
fn run_tasks() -> String {
    "\
fleetcast: 1
run: { duration: 5m }
aws: { taskDefinitions: [{ family: job, cpu: 256, memory: 512 }] }
timeline: [{ at: 1m, run: { taskDefinition: job, count: 400, launchType: FARGATE } }]
"
    .to_owned()
}

/// A service with these fields and definition, and more at the end.
fn service(definition: &str, fields: &str, more: &str) -> String {
    format!(
        "fleetcast: 1
aws:
  taskDefinitions: [{{ family: web, cpu: 1024, {definition} }}]
  services: [{{ serviceName: web, taskDefinition: web, launchType: FARGATE, {fields} }}]
{more}
"
    )
}

fn large_service() -> String {
    service(
        "memory: 2048",
        "desiredCount: 4000",
        "run: { duration: 6m, begin: empty }",
    )
}

/// Tasks whose code ignores SIGTERM are stopped.
fn stop(timeout: &str) -> String {
    service(
        &format!("memory: 2048, containerDefinitions: [{{ name: web, {timeout} }}]"),
        "desiredCount: 2",
        "run: { duration: 1h }
world: { work: { web: { stopsIn: 10m } } }
timeline: [{ at: 1m, update: { service: web, desiredCount: 1 } }]",
    )
}

fn grace(run: &PlayedRun) -> f64 {
    spans(run, |it| it.sigterm, |it| it.execution_stopped)[0]
}

fn deployment() -> String {
    service(
        "memory: 2048",
        "desiredCount: 1",
        "run: { duration: 10m }
timeline: [{ at: 1m, deploy: { service: web, forceNewDeployment: true } }]",
    )
}

/// A service whose tasks never reach RUNNING.
fn failing() -> String {
    service(
        "memory: 2048",
        "desiredCount: 1",
        "run: { duration: 6h, begin: empty }
world: { work: { web: { startFailures: 100 % } } }",
    )
}

/// From the failure of a start to the next start, minutes.
fn longest_pause(run: &PlayedRun) -> f64 {
    let ends = instants(run, |it| it.stopping);
    let starts = instants(run, |it| Some(it.created));
    let pauses = ends.iter().zip(starts.iter().skip(1));
    pauses.map(|(end, start)| start - end).fold(0.0, f64::max) / 60.0
}

fn month() -> String {
    service("memory: 4096", "desiredCount: 1", "run: { duration: 730h }")
}

/// A job of which 20 s are billed as 60: pulled 5 s, created 2 s, worked 10 s, deprovisioned 3 s.
fn twenty_seconds() -> String {
    "\
fleetcast: 1
run: { duration: 1h }
aws: { taskDefinitions: [{ family: job, cpu: 1024, memory: 2048 }] }
world:
  work: { job: { duration: 10s } }
  latencies: { default: { eni: 5s, prepare: 5s, pull: { base: 5s, perMiB: 0ms },
                          create: 2s, deprovision: 3s } }
timeline: [{ at: 1m, run: { taskDefinition: job, launchType: FARGATE } }]
"
    .to_owned()
}
