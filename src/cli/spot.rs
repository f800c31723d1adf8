//! `fleetcast spot`: a scenario under both readings of what AWS says of Spot, side by side.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use serde_json::json;

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use crate::experiment::readings::{PATHS, READINGS, ReadingFigures, play_reading, readings_of};
use crate::experiment::statistics::MeanInterval;
use crate::report::table::{Align, Table};
use crate::report::wording;
use crate::scenario::load;
use crate::simulation::outcome::RunLimits;

/// Play a scenario under both readings of AWS's monthly share of interruptions, side by side
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast spot scenarios/ec2-spot-mixed.yaml
  fleetcast spot scenarios/ec2-spot-mixed.yaml --replications 20 --set run.duration=30d
  fleetcast spot ec2-spot-mixed.yaml --json | jq '.readings[].cost_month_usd.mean'

AWS states what share of instances was taken back in a month, and not how long those lived. Read of
instances that only AWS ends, few are taken back; of instances that live a day, 31 times as many.
Blocks of world.spot with a lifetime of their own (a group's, a family's, a type's) keep it.")]
pub(super) struct SpotArguments {
    /// A scenario file (YAML or JSON)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Play each reading this often, with other draws each time
    #[arg(long, value_name = "NUMBER", default_value_t = 5,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: u32,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn spot(arguments: &SpotArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let mut figures = Vec::new();
    let mut name = String::new();
    for reading in READINGS {
        let mut options = arguments.changes.options();
        for path in PATHS {
            options
                .set
                .push((path.to_owned(), reading.lifetime.to_owned()));
        }
        let loaded = match load(&arguments.file, &options) {
            Ok(loaded) => loaded,
            Err(failure) => {
                scenario_file::show_failure(&failure, console)?;
                return Ok(Exit::Mistake);
            }
        };
        if readings_of(&loaded.plan).is_empty() {
            let message = "no Spot capacity of this scenario rests on AWS's monthly share: there \
                           is nothing to read in two ways";
            return Err(Stop::Mistake(message.to_owned()));
        }
        name.clone_from(&loaded.plan.name);
        let plan = &loaded.plan;
        figures.push(play_reading(reading, plan, arguments.replications, &limits));
    }
    let text = match arguments.json {
        true => {
            let record = json!({ "scenario": name, "replications": arguments.replications,
                                 "readings": figures });
            format!("{record:#}\n")
        }
        false => as_text(&name, arguments.replications, &figures, console),
    };
    console.say(&text)?;
    let complete = figures.iter().all(|it| it.complete);
    Ok(match complete {
        true => Exit::Done,
        false if cancelled.load(Ordering::Relaxed) => Exit::Cancelled,
        false => Exit::Limit,
    })
}

/// What a row says, the figure and how it is written.
type Row<'a> = (&'a str, Shown, &'a dyn Fn(f64) -> String);
type Shown = fn(&ReadingFigures) -> Option<MeanInterval>;

fn as_text(
    name: &str,
    replications: u32,
    figures: &[ReadingFigures],
    console: &Console<'_>,
) -> String {
    let mut table = Table::new(&[
        ("AWS's monthly share is read", Align::Left),
        (READINGS[0].words, Align::Right),
        (READINGS[1].words, Align::Right),
    ]);
    table.row(
        std::iter::once("  world.spot.*.lifetime").chain(figures.iter().map(|it| it.lifetime)),
    );
    let plain = |value: f64| wording::count(value);
    let fine = |value: f64| format!("{value:.2}");
    let percent = |value: f64| wording::percent(Some(value));
    let rows: [Row<'_>; 7] = [
        (
            "Spot instances taken back a month",
            |it| it.instances_taken_month,
            &plain,
        ),
        (
            "  of one that runs all month",
            |it| it.instances_taken_slot_month,
            &fine,
        ),
        (
            "tasks interrupted a month",
            |it| it.tasks_interrupted_month,
            &plain,
        ),
        (
            "hours of work lost a month",
            |it| it.lost_work_hours_month,
            &plain,
        ),
        ("requests that failed", |it| it.failed_percent, &percent),
        ("jobs that failed", |it| it.failed_jobs_percent, &percent),
        ("cost a month", |it| it.cost_month_usd, &|usd| {
            wording::usd(usd)
        }),
    ];
    for (what, of, shown) in rows {
        if figures.iter().any(|it| of(it).is_some()) {
            let cells = figures.iter().map(|it| interval(of(it), shown));
            table.row(std::iter::once(what.to_owned()).chain(cells));
        }
    }
    format!(
        "{name}: both readings of AWS's share, {}, mean and 95 % interval\n\n{}\n\
         No published figure decides between the two (docs/spot.md): believe what holds in both.\n",
        wording::counted(u64::from(replications), "replication"),
        table.render(console.out_colour()),
    )
}

/// `12 ± 3`.
fn interval(value: Option<MeanInterval>, shown: &dyn Fn(f64) -> String) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) => match value.half_width {
            Some(half) => format!("{} ± {}", shown(value.mean), shown(half)),
            None => shown(value.mean),
        },
    }
}
