//! `fleetcast optimize`: the cheapest configuration that holds the objectives.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use super::sweep::say_broken;
use crate::experiment::cell::{Asked, grid};
use crate::experiment::measure::{Measure, help_if_unknown};
use crate::experiment::optimize::{FIRST_STAGE, optimize as search};
use crate::experiment::sweep::{Conduct, threads};
use crate::report::optimize_text::Searched;
use crate::scenario::sweep::OptimizePlan;
use crate::scenario::{Loaded, load};
use crate::simulation::outcome::RunLimits;

/// Find the cheapest cell of a scenario's sweep that holds its objectives, and say how sure that is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast optimize scenarios/cheapest-safe.yaml
  fleetcast optimize cheapest-safe.yaml --runs 2000 --json

The scenario says what varies, what is to hold, and what is to be least:
  sweep:
    parameters:
      target: { path: aws.scalingPolicies.cpu.TargetTrackingScalingPolicyConfiguration.TargetValue,
                range: { from: 40, to: 80, step: 10 } }
  objectives:
    - { metric: TargetResponseTime, service: api, stat: p99, below: 800ms, in: 99 % of minutes }
  optimize: { minimize: cost_month_usd, indifference: 1 %, confidence: 95 % }

Each cell is played ten times under the same draws. Cells that break an objective are given up;
among the others those that are surely dearer are, until one is left (Kim and Nelson 2001): where it
is better than all others by the indifference it is the best with that confidence.

Exit codes: 0 settled, 1 no cell holds all objectives, 2 your mistake, 4 not settled within the
runs.")]
pub(super) struct OptimizeArguments {
    /// A scenario file (YAML or JSON) with a sweep
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Play so many runs at most instead of what the scenario says
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// Allow so many cells
    #[arg(long, value_name = "NUMBER")]
    max_cells: Option<u64>,
    /// Threads at once; without it one for each processor
    #[arg(long, short, value_name = "NUMBER", value_parser = super::sweep::jobs_parser())]
    jobs: Option<u16>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Print no progress and no notes of the scenario
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn optimize(
    arguments: &OptimizeArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let options = arguments.changes.options_at(&arguments.file);
    let loaded = match load(&arguments.file, &options) {
        Ok(loaded) => loaded,
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            return Ok(Exit::Mistake);
        }
    };
    let pool = threads(arguments.jobs.map(usize::from));
    let pool = pool.map_err(|error| Stop::Mistake(error.to_string()))?;
    let asked = Asked {
        replications: Some(FIRST_STAGE),
        cells_max: arguments.max_cells,
    };
    let grid = match pool.install(|| grid(&loaded, &options, asked)) {
        Ok(grid) => grid,
        Err(error) => {
            say_broken(&error, console)?;
            return Ok(Exit::Mistake);
        }
    };
    let plan = wanted(arguments, &loaded, &grid.measures)?;
    if !arguments.quiet {
        let coloured = console.err_is_coloured();
        console.warn(&loaded.diagnostics.render(&loaded.sources, coloured))?;
    }
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let bar = bar(!arguments.quiet && console.is_watched());
    let conduct = Conduct {
        pool: &pool,
        limits: &limits,
        known: &[],
        shard: None,
        on_run: &|cell, _| {
            bar.set_message(cell.name.clone());
            bar.inc(1);
        },
        on_round: &|more| bar.inc_length(more as u64),
    };
    let optimum = search(&grid, &plan, &conduct);
    bar.finish_and_clear();
    let searched = Searched {
        scenario: &loaded.plan.name,
        seed: loaded.plan.run.seed,
        plan: &plan,
        grid: &grid,
        optimum: &optimum,
    };
    console.say(&match arguments.json {
        true => format!("{:#}\n", searched.json()),
        false => searched.render(console.out_colour()),
    })?;
    Ok(match (optimum.best, optimum.is_settled) {
        _ if cancelled.load(Ordering::Relaxed) => Exit::Cancelled,
        (None, _) => Exit::Broken,
        (Some(_), true) => Exit::Done,
        (Some(_), false) => Exit::Limit,
    })
}

/// What is to be least, among measures that the runs have.
fn wanted(
    arguments: &OptimizeArguments,
    loaded: &Loaded,
    measures: &[Measure],
) -> Result<OptimizePlan, Stop> {
    let sweep = loaded.sweep.as_ref();
    let asked = sweep.and_then(|sweep| sweep.optimize.clone());
    let asked = asked.unwrap_or_default();
    let plan = OptimizePlan {
        runs: arguments.runs.unwrap_or(asked.runs),
        ..asked
    };
    let name = &plan.minimize;
    match help_if_unknown(name, measures) {
        None => Ok(plan),
        Some(help) => Err(Stop::Mistake(format!(
            "there is no measure {name} to minimize; {help}"
        ))),
    }
}

fn bar(is_shown: bool) -> ProgressBar {
    let bar = match is_shown {
        true => ProgressBar::new(0),
        false => ProgressBar::hidden(),
    };
    let template = "{bar:30} {pos}/{len} runs, {per_sec}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
