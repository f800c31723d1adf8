//! `fleetcast compare`: scenarios beside one another, under the same draws.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use super::sweep_play;
use crate::experiment::cell::beside_one_another;
use crate::experiment::comparison::compare as of_cells;
use crate::experiment::side_by_side::lines;
use crate::report::compare_text::Compared;
use crate::scenario::load;
use crate::scenario::plan::Plan;
use crate::scenario::sweep::{Precision, Replications, Until};

/// Replications where nothing else is asked for.
const REPLICATIONS: u32 = 20;
/// Replications at most where an interval is to be narrow.
const REPLICATIONS_MAX: u32 = 1_000;

/// Play scenarios under the same draws and say what surely differs: cost, response times, waits
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast compare today.yaml with-spot.yaml
  fleetcast compare today.yaml with-spot.yaml on-ec2.yaml --replications 50
  fleetcast compare a.yaml b.yaml --within 0.5%       # until the cost is that narrow, relative
  fleetcast compare a.yaml b.yaml --set run.duration=14d --json

The first scenario is the one that others are compared with. Each replication has the same draws in
all of them, as far as their things have the same names (world.streams pins them), so that what
differs is the configuration. Differences are paired; a star marks those that one may be sure of all
together.")]
pub(super) struct CompareArguments {
    /// Scenario files (YAML or JSON), two or more; the first is the baseline
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Play each scenario this often [default: 20]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    replications: Option<u32>,
    /// Go on until the cost's interval is so narrow: a share of its mean (1,000 runs at most)
    #[arg(long, value_name = "SHARE", value_parser = width)]
    within: Option<f64>,
    /// Threads at once; without it one for each processor
    #[arg(long, short, value_name = "NUMBER", value_parser = super::sweep::jobs_parser())]
    jobs: Option<u16>,
    /// Print the comparison as JSON
    #[arg(long)]
    json: bool,
    /// Print no progress and no notes of the scenarios
    #[arg(long, short)]
    quiet: bool,
}

/// `1%`, `0.5 %`.
fn width(text: &str) -> Result<f64, String> {
    let number = text
        .trim()
        .strip_suffix('%')
        .map(|it| it.trim().parse::<f64>());
    match number {
        Some(Ok(percent)) if 0.0 < percent && percent < 100.0 => Ok(percent / 100.0),
        _ => Err("expected a share of the mean above 0, like 1%".to_owned()),
    }
}

pub(super) fn compare(
    arguments: &CompareArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let Some((scenarios, seed)) = scenarios(arguments, console)? else {
        return Ok(Exit::Mistake);
    };
    let grid = beside_one_another(scenarios, arguments.asked());
    let is_shown = !arguments.quiet && console.is_watched();
    let runs = sweep_play::play_at_once(&grid, (arguments.jobs, cancelled), is_shown)?;
    let cells = of_cells(&grid, &runs);
    let lines = lines(&grid, &runs);
    let compared = Compared {
        grid: &grid,
        runs: &runs,
        cells: &cells,
        lines: &lines,
        seed,
    };
    let text = match arguments.json {
        true => format!("{:#}\n", compared.json()),
        false => compared.render(console.out_colour()),
    };
    console.say(&text)?;
    Ok(match runs.complete {
        true => Exit::Done,
        false if cancelled.load(Ordering::Relaxed) => Exit::Cancelled,
        false => Exit::Limit,
    })
}

/// Scenarios by their names, and the seed of all of them.
type Named = (Vec<(String, Plan)>, u64);

/// The scenarios with names to tell them apart, all under the first one's seed.
fn scenarios(
    arguments: &CompareArguments,
    console: &mut Console<'_>,
) -> Result<Option<Named>, Stop> {
    let mut plans: Vec<Plan> = Vec::new();
    let mut is_wrong = false;
    for file in &arguments.files {
        let mut options = arguments.changes.options_at(file);
        options.seed = options.seed.or(plans.first().map(|plan| plan.run.seed));
        match load(file, &options) {
            Ok(loaded) => {
                sweep_play::refuse_pilots(file, &loaded)?;
                if !arguments.quiet {
                    let coloured = console.err_is_coloured();
                    console.warn(&loaded.diagnostics.render(&loaded.sources, coloured))?;
                }
                plans.push(loaded.plan);
            }
            Err(failure) => {
                scenario_file::show_failure(&failure, console)?;
                is_wrong = true;
            }
        }
    }
    if is_wrong {
        return Ok(None);
    }
    let seed = plans.first().map_or(0, |plan| plan.run.seed);
    let names = names(&arguments.files, &plans);
    Ok(Some((names.into_iter().zip(plans).collect(), seed)))
}

/// The scenarios' names where they tell them apart, else the files' names, else their paths.
fn names(files: &[PathBuf], plans: &[Plan]) -> Vec<String> {
    let distinct = |names: &[String]| {
        let mut sorted = names.to_vec();
        sorted.sort();
        sorted.windows(2).all(|pair| pair[0] != pair[1])
    };
    let own: Vec<String> = plans.iter().map(|plan| plan.name.clone()).collect();
    let stem = |file: &PathBuf| {
        let stem = file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    let stems: Vec<String> = files.iter().map(stem).collect();
    let path = |file: &PathBuf| Path::new(file).display().to_string();
    [own, stems, files.iter().map(path).collect()]
        .into_iter()
        .find(|names| distinct(names))
        .unwrap_or_else(|| {
            let numbered = files.iter().zip(1..);
            numbered
                .map(|(file, number)| format!("{} ({number})", file.display()))
                .collect()
        })
}

impl CompareArguments {
    fn asked(&self) -> Replications {
        let Some(share) = self.within else {
            return Replications::fixed(self.replications.unwrap_or(REPLICATIONS));
        };
        let at_least = self.replications.unwrap_or(REPLICATIONS).max(10);
        Replications {
            at_least,
            at_most: REPLICATIONS_MAX.max(at_least),
            until: Some(Until {
                measure: "cost_month_usd".to_owned(),
                within: Precision::Relative(share),
                // What differs needs both runs of a pair.
                all_together: true,
                place: None,
            }),
        }
    }
}
