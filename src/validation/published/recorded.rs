//! Tasks of which somebody published DescribeTasks' timestamps, beside the default laws of the
//! phases.

use serde::Deserialize;

use super::super::number::{fixed, interval, percent};
use super::super::section::{Column, Section, Table, Verdict};
use super::super::{Effort, Watch};
use super::play::{mean, quantile, replicate, spans};
use super::replications;
use crate::experiment::run::PlayedRun;
use crate::experiment::statistics::{MeanInterval, mean_interval};

/// A Fargate task with published timestamps, as a row of `recorded_tasks.csv`.
#[derive(Debug, Deserialize)]
struct RecordedTask {
    date: String,
    region: String,
    platform: String,
    /// What else is known of it.
    about: String,
    /// From `createdAt` to `connectivityAt`.
    connected_s: Option<f64>,
    /// From `createdAt` to `pullStartedAt`.
    pull_started_s: f64,
    /// From `pullStartedAt` to `pullStoppedAt`.
    pull_s: f64,
    /// From `pullStoppedAt` to `startedAt`.
    create_s: f64,
    /// Whether nothing but the image's own start stands between pull and RUNNING: no ECS Exec, no
    /// Service Connect, no balancer or health check known.
    is_plain: bool,
    /// From `executionStoppedAt` to `stoppedAt`.
    deprovision_s: Option<f64>,
}

/// The task that the defaults were set from, by its date.
const SET_FROM: &str = "2023-05-02";

/// Linux tasks on Fargate whose DescribeTasks output or task state change event stands in AWS's
/// documentation or in a public repository.
const RECORDED: &str = include_str!("recorded_tasks.csv");

fn recorded() -> Vec<RecordedTask> {
    let mut csv = csv::Reader::from_reader(RECORDED.as_bytes());
    let rows = csv.deserialize().collect::<Result<_, _>>();
    rows.expect("the embedded table is well-formed")
}

/// A hundred small tasks that start at once and are stopped after ten minutes.
const TASKS: &str = "\
fleetcast: 1
run: { duration: 15m, begin: empty }
aws:
  taskDefinitions: [{ family: web, cpu: 256, memory: 512 }]
  services: [{ serviceName: web, taskDefinition: web, desiredCount: 100, launchType: FARGATE }]
world: { work: { web: { image: 50MiB } } }
timeline: [{ at: 10m, update: { service: web, desiredCount: 0 } }]
";

/// A phase: its name, the field of its law, what was recorded of it, and how it is simulated.
struct Phase {
    name: &'static str,
    recorded: Vec<f64>,
    of: fn(&PlayedRun) -> Vec<f64>,
    /// Whether the simulated mean has to lie in the interval of the recorded one.
    is_judged: bool,
}

fn phases(tasks: &[RecordedTask]) -> Vec<Phase> {
    // What the defaults were set from proves nothing.
    let others = || tasks.iter().filter(|task| task.date != SET_FROM);
    let is_recent = |task: &&RecordedTask| "2023" <= task.date.as_str();
    let prepare = |task: &RecordedTask| Some(task.pull_started_s - task.connected_s?);
    vec![
        Phase {
            name: "`eni`: created to connected",
            recorded: others().filter_map(|task| task.connected_s).collect(),
            of: |run| spans(run, |it| Some(it.created), |it| it.connectivity),
            is_judged: true,
        },
        Phase {
            name: "`prepare`: connected to the pull, since 2023",
            recorded: others().filter(is_recent).filter_map(prepare).collect(),
            of: |run| spans(run, |it| it.connectivity, |it| it.pull_started),
            is_judged: true,
        },
        Phase {
            name: "`prepare`, until 2021",
            recorded: others()
                .filter(|it| !is_recent(it))
                .filter_map(prepare)
                .collect(),
            of: |run| spans(run, |it| it.connectivity, |it| it.pull_started),
            is_judged: false,
        },
        Phase {
            name: "created to the pull, since 2023",
            recorded: others()
                .filter(is_recent)
                .map(|it| it.pull_started_s)
                .collect(),
            of: |run| spans(run, |it| Some(it.created), |it| it.pull_started),
            is_judged: true,
        },
        Phase {
            name: "`create`: pulled to RUNNING, plain tasks",
            recorded: others()
                .filter(|it| it.is_plain)
                .map(|it| it.create_s)
                .collect(),
            of: |run| spans(run, |it| it.pull_stopped, |it| it.started),
            is_judged: false,
        },
        Phase {
            name: "`create`, with add-ons",
            recorded: others()
                .filter(|it| !it.is_plain)
                .map(|it| it.create_s)
                .collect(),
            of: |run| spans(run, |it| it.pull_stopped, |it| it.started),
            is_judged: false,
        },
        Phase {
            name: "`deprovision`: containers ended to STOPPED",
            recorded: others().filter_map(|task| task.deprovision_s).collect(),
            of: |run| spans(run, |it| it.execution_stopped, |it| it.stopped),
            is_judged: true,
        },
    ]
}

pub(super) fn steps(effort: &Effort) -> u64 {
    u64::from(replications(effort))
}

pub(super) fn add(section: &mut Section, effort: &Effort, watch: &Watch<'_>) -> Option<()> {
    let tasks = recorded();
    let phases = phases(&tasks);
    let of = |run: &PlayedRun, _| phases.iter().map(|phase| (phase.of)(run)).collect();
    let runs: Vec<Vec<Vec<f64>>> = replicate(
        (effort, watch),
        replications(effort),
        |_| TASKS.to_owned(),
        of,
    )?;
    section.tables.push(recorded_tasks(&tasks));
    let mut table = Table::new(
        "Phases of recorded tasks beside the default laws",
        vec![
            Column::text("phase"),
            Column::number("tasks"),
            Column::number("recorded, s"),
            Column::number("least to most, s"),
            Column::number("simulated, s"),
            Column::number("5 to 95 %, s"),
            Column::number("difference"),
            Column::number("inside"),
        ],
    );
    for (index, phase) in phases.iter().enumerate() {
        let values: Vec<&[f64]> = runs.iter().map(|run| run[index].as_slice()).collect();
        let verdict = compare(phase, &values, &mut table);
        section.verdicts.extend(verdict);
    }
    table.notes = notes();
    section.tables.push(table);
    Some(())
}

/// Adds a phase's row; its verdict, if it has one.
fn compare(phase: &Phase, runs: &[&[f64]], table: &mut Table) -> Option<Verdict> {
    let means: Vec<f64> = runs.iter().map(|values| mean(values)).collect();
    let simulated = mean_interval(&means)?;
    let recorded = mean_interval(&phase.recorded)?;
    let mut pooled = runs.concat();
    pooled.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&pooled, 0.05), quantile(&pooled, 0.95));
    let inside = |value: &&f64| low <= **value && **value <= high;
    let least = phase.recorded.iter().copied().fold(f64::MAX, f64::min);
    let most = phase.recorded.iter().copied().fold(0.0, f64::max);
    table.row(vec![
        phase.name.to_owned(),
        recorded.count.to_string(),
        interval(&recorded, 1),
        range(least, most),
        interval(&simulated, 1),
        range(low, high),
        percent((simulated.mean / recorded.mean - 1.0) * 100.0),
        format!(
            "{} of {}",
            phase.recorded.iter().filter(inside).count(),
            recorded.count
        ),
    ]);
    phase
        .is_judged
        .then(|| verdict(phase.name, &recorded, &simulated))
}

/// Whether the simulated mean lies in the interval of the recorded one.
fn verdict(name: &str, recorded: &MeanInterval, simulated: &MeanInterval) -> Verdict {
    let half_width = recorded.half_width.unwrap_or(0.0);
    let (low, high) = (recorded.mean - half_width, recorded.mean + half_width);
    Verdict {
        claim: format!("{name}: the mean is within the 95 % interval of the recorded tasks"),
        bound: format!("{} s", range(low, high)),
        measured: format!("{} s", fixed(simulated.mean, 1)),
        holds: low <= simulated.mean && simulated.mean <= high,
        is_certain: true,
    }
}

fn range(low: f64, high: f64) -> String {
    format!("{} to {}", fixed(low, 1), fixed(high, 1))
}

fn recorded_tasks(tasks: &[RecordedTask]) -> Table {
    let mut table = Table::new(
        "Recorded tasks",
        vec![
            Column::text("date, Region"),
            Column::text("platform, what"),
            Column::number("connected"),
            Column::number("pull starts"),
            Column::number("pull"),
            Column::number("to RUNNING"),
            Column::number("deprovision"),
        ],
    );
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |it| fixed(it, 1));
    for task in tasks {
        table.row(vec![
            format!("{}, {}", task.date, task.region),
            format!("{}, {}", task.platform, task.about),
            shown(task.connected_s),
            shown(Some(task.pull_started_s)),
            shown(Some(task.pull_s)),
            shown(Some(task.create_s)),
            shown(task.deprovision_s),
        ]);
    }
    table.notes.push(
        "Seconds: from `createdAt` to `connectivityAt` and `pullStartedAt`, of the pull, from its \
         end to `startedAt`, and from `executionStoppedAt` to `stoppedAt`. Linux, 0.25 or 0.5 vCPU \
         where nothing else is said. The outputs of DescribeTasks and the task state change events \
         stand in AWS's guide and in public repositories; image sizes are not known."
            .to_owned(),
    );
    table
}

fn notes() -> Vec<String> {
    vec![
        format!(
            "The task of {SET_FROM}, from which the defaults were set, is left out of the recorded \
             means. \"Inside\" counts the recorded values between the 5 % and the 95 % point of \
             the simulated tasks. The cv of 0.4 of all laws is an assumption."
        ),
        "Off, and why. Tasks until 2021 took some 6 s longer from connected to the pull: the \
         defaults are today's. Tasks with ECS Exec, Service Connect, a container health check or a \
         balancer to wait for took 17 to 52 s from the pull to RUNNING, where the default of \
         `create` (2.1 s) is a plain task's: set `world.latencies.default.create` for such tasks."
            .to_owned(),
    ]
}
