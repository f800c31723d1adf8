//! Timings that AWS or somebody else measured and published as single figures.

use super::super::number::{fixed, interval, percent};
use super::super::section::{Column, Section, Table, Verdict};
use super::super::{Effort, Watch};
use super::play::{instants, mean, quantile, replicate, spans};
use super::replications;
use crate::engine::SimTime;
use crate::experiment::run::PlayedRun;
use crate::experiment::statistics::mean_interval;
use crate::world::task::TaskTimes;

/// A published figure and how it is played.
struct Figure {
    what: &'static str,
    source: &'static str,
    /// As published, in words.
    published: &'static str,
    /// The figure, or the middle of its range, seconds.
    value: f64,
    /// What the simulated mean may be, seconds; `None`: known to be off, for the reason in `note`.
    spread: Option<(f64, f64)>,
    /// What was assumed, or why it is off.
    note: &'static str,
    /// The scenario of a replication.
    text: fn(u32) -> String,
    /// The figure of a run, by its replication.
    of: fn(&PlayedRun, u32) -> f64,
}

const EVENT: &str = "recorded task, 2023-05";
const VLAD: &str = "vladionescu.me, 2022-04";
const BENCHMARK: &str = "AWS News Blog, 2026-06";

const FIGURES: &[Figure] = &[
    Figure {
        what: "created to RUNNING",
        source: EVENT,
        published: "19.5 s",
        value: 19.5,
        spread: Some((18.5, 20.5)),
        note: "the defaults were set from it; an image of 50 MiB",
        text: |_| tasks("50MiB", ""),
        of: |run, _| created_to_running(run),
    },
    Figure {
        what: "PENDING, image just under 900 MB in ECR",
        source: "containers-roadmap 696, 2020-02",
        published: "~70 s",
        value: 70.0,
        spread: Some((63.0, 77.0)),
        note: "858 MiB",
        text: |_| tasks("858MiB", ""),
        of: |run, _| mean(&spans(run, |it| it.connectivity, |it| it.started)),
    },
    Figure {
        what: "start, image from within the VPC",
        source: "containers-roadmap 358, 2019-12",
        published: "20 to 40 s",
        value: 30.0,
        spread: Some((20.0, 40.0)),
        note: "size not published; the default of 200 MiB",
        text: |_| tasks("200MiB", ""),
        of: |run, _| created_to_running(run),
    },
    Figure {
        what: "start, image of 250 MB",
        source: "containers-roadmap 358, 2020-01",
        published: "1 min",
        value: 60.0,
        spread: None,
        note: "off (a): the registry is not published",
        text: |_| tasks("238MiB", ""),
        of: |run, _| created_to_running(run),
    },
    Figure {
        what: "stop of a code that ignores SIGTERM",
        source: EVENT,
        published: "43.4 s",
        value: 43.4,
        spread: None,
        note: "off (b): deregistration not published",
        text: |_| tasks("50MiB", STUBBORN),
        of: |run, _| mean(&spans(run, |it| it.stopping, |it| it.execution_stopped)),
    },
    Figure {
        what: "0 to 3,500: 1 % RUNNING",
        source: VLAD,
        published: "~30 s",
        value: 30.0,
        spread: None,
        note: "off (c): tasks of 2022 started later; seven services",
        text: |_| fleet(7),
        of: |run, _| started(run, 0.01),
    },
    Figure {
        what: "0 to 3,500: 95 % RUNNING, seven services",
        source: VLAD,
        published: "~4.5 min",
        value: 270.0,
        spread: None,
        note: "off (c): the account's 20 a second",
        text: |_| fleet(7),
        of: |run, _| started(run, 0.95),
    },
    Figure {
        what: "0 to 3,500: 95 % RUNNING, one service",
        source: VLAD,
        published: "~4.5 min",
        value: 270.0,
        spread: None,
        note: "off (c): the service's 500 a minute",
        text: |_| fleet(1),
        of: |run, _| started(run, 0.95),
    },
    Figure {
        what: "load to just above the target: scale-out",
        source: BENCHMARK,
        published: "363 s",
        value: 363.0,
        spread: Some((345.0, 381.0)),
        note: "`metrics` of 150 s was set from it",
        text: |replication| step(replication, "34/s"),
        of: |run, replication| created_by_scaling(run) - change_at(replication),
    },
    Figure {
        what: "load to far above the target: scale-out",
        source: BENCHMARK,
        published: "363 s",
        value: 363.0,
        spread: None,
        note: "off (d): the load is not published",
        text: |replication| step(replication, "60/s"),
        of: |run, replication| created_by_scaling(run) - change_at(replication),
    },
    Figure {
        what: "scale-out to the new task",
        source: BENCHMARK,
        published: "23 s (386 − 363)",
        value: 23.0,
        spread: Some((17.0, 29.0)),
        note: "image not published; 100 MiB",
        text: |replication| step(replication, "60/s"),
        of: |run, _| {
            mean(&spans(
                run,
                |it| is_new(it).then_some(it.created),
                |it| it.started,
            ))
        },
    },
];

/// A code that does not react to SIGTERM.
const STUBBORN: &str = "stopsIn: 10m,";

/// Forty tasks with such an image that start at once and are stopped after ten minutes.
fn tasks(image: &str, work: &str) -> String {
    format!(
        "fleetcast: 1
run: {{ duration: 15m, begin: empty }}
aws:
  taskDefinitions: [{{ family: web, cpu: 256, memory: 512 }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 40, launchType: FARGATE }}]
world: {{ work: {{ web: {{ {work} image: {image} }} }} }}
timeline: [{{ at: 10m, update: {{ service: web, desiredCount: 0 }} }}]
"
    )
}

/// 3,500 tasks from nothing, spread over so many services.
fn fleet(services: u32) -> String {
    let service = |index: u32| {
        let count = 3_500 / services;
        format!(
            "    - {{ serviceName: s{index}, taskDefinition: web, desiredCount: {count}, \
             launchType: FARGATE }}\n"
        )
    };
    let services: String = (0..services).map(service).collect();
    format!(
        "fleetcast: 1
run: {{ duration: 15m, begin: empty }}
aws:
  taskDefinitions: [{{ family: web, cpu: 256, memory: 512 }}]
  services:
{services}world: {{ work: {{ web: {{ image: 50MiB }} }} }}
"
    )
}

/// Two tasks at 30 % CPU (20/s) whose load rises to `load` at a moment of the minute that goes
/// evenly through all replications; the target is 50 %.
fn step(replication: u32, load: &str) -> String {
    let at = libm::round(change_at(replication) * 1e3);
    format!(
        "fleetcast: 1
run: {{ duration: 20m }}
aws:
  taskDefinitions: [{{ family: web, cpu: 1024, memory: 2048 }}]
  services: [{{ serviceName: web, taskDefinition: web, desiredCount: 2, launchType: FARGATE }}]
  scalableTargets: [{{ ResourceId: service/default/web, MinCapacity: 2, MaxCapacity: 9 }}]
  scalingPolicies:
    - ResourceId: service/default/web
      PolicyName: cpu
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        TargetValue: 50
        PredefinedMetricSpecification: {{ PredefinedMetricType: ECSServiceAverageCPUUtilization }}
world:
  demand: {{ web: {{ rate: {{ step: {{ at: {at}ms, from: 20/s, to: {load} }} }} }} }}
  work: {{ web: {{ cpu: 30ms, image: 100MiB }} }}
"
    )
}

/// When the load of a replication of [`step`] changes, in seconds of the run: multiples of the
/// golden ratio fall evenly into a minute, however many there are.
fn change_at(replication: u32) -> f64 {
    let phase_ms = (u64::from(replication) * 37_082) % 60_000;
    600.0 + phase_ms as f64 / 1e3
}

/// Whether a task was not there from the start.
fn is_new(times: &TaskTimes) -> bool {
    times.created != SimTime::ZERO
}

/// When service auto scaling started its first task.
fn created_by_scaling(run: &PlayedRun) -> f64 {
    let created = instants(run, |it| is_new(it).then_some(it.created));
    created.first().copied().unwrap_or(f64::NAN)
}

fn created_to_running(run: &PlayedRun) -> f64 {
    mean(&spans(run, |it| Some(it.created), |it| it.started))
}

/// When a share of the 3,500 tasks was RUNNING.
fn started(run: &PlayedRun, share: f64) -> f64 {
    quantile(&instants(run, |it| it.started), share)
}

pub(super) fn steps(effort: &Effort) -> u64 {
    FIGURES.len() as u64 * u64::from(replications(effort))
}

pub(super) fn add(section: &mut Section, effort: &Effort, watch: &Watch<'_>) -> Option<()> {
    let mut table = Table::new(
        "Timings that were measured",
        vec![
            Column::text("what"),
            Column::text("source"),
            Column::text("published"),
            Column::number("simulated, s"),
            Column::number("5 to 95 %, s"),
            Column::number("difference"),
            Column::text("assumed, or off"),
        ],
    );
    for figure in FIGURES {
        let values = replicate(
            (effort, watch),
            replications(effort),
            figure.text,
            figure.of,
        )?;
        section.verdicts.extend(compare(figure, values, &mut table));
    }
    table.notes = notes();
    section.tables.push(table);
    Some(())
}

/// Adds a figure's row; its verdict, if it has one.
fn compare(figure: &Figure, mut values: Vec<f64>, table: &mut Table) -> Option<Verdict> {
    let simulated = mean_interval(&values)?;
    values.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&values, 0.05), quantile(&values, 0.95));
    table.row(vec![
        figure.what.to_owned(),
        figure.source.to_owned(),
        figure.published.to_owned(),
        interval(&simulated, 1),
        format!("{} to {}", fixed(low, 1), fixed(high, 1)),
        percent((simulated.mean / figure.value - 1.0) * 100.0),
        figure.note.to_owned(),
    ]);
    let (low, high) = figure.spread?;
    Some(Verdict {
        claim: format!("{} ({})", figure.what, figure.published),
        bound: format!("{low} to {high} s"),
        measured: format!("{} s", fixed(simulated.mean, 1)),
        holds: low <= simulated.mean && simulated.mean <= high,
        is_certain: true,
    })
}

fn notes() -> Vec<String> {
    [
        "Each value is a replication's (the mean of its 40 tasks, or the one event); the range is \
         that of the replications. Bounds: the published range; a tenth around a figure given as \
         about; a twentieth around 19.5 s and 363 s; 6 s around the difference of two figures.",
        "(a) In those weeks httpd:2.4 from Docker Hub took 35 s to pull (recorded task of \
         2019-12-23) and 900 MB from ECR about 60 s: how fast a registry is outweighs the size. \
         fleetcast knows one speed; set `pull.perMiB` for another registry.",
        "(b) Without a balancer 30 s of grace are all there is here. The recorded task was stopped \
         with deregistration, another one (2024-11-13) took 48.1 s; neither delay is known.",
        "(c) The chart does not say how many services there were. The limits of today give 20 \
         tasks a second to an account and 500 a minute to a service; the measured curve lies \
         between one service and seven. Tasks until 2021 started some 10 s later (table above).",
        "(d) The alarm wants three minutes above the target. Where the load goes far above it, \
         most often the minute in which it rises is one of them, else not: 40 s between the two \
         rows (51 % and 90 % CPU at a target of 50 %). The default of `metrics` reads the \
         benchmark as the first; read as the second it would be some 190 s.",
    ]
    .map(str::to_owned)
    .to_vec()
}
