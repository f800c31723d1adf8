//! `fleetcast optimize`: the cheapest configuration that holds the objectives.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use super::sweep::say_broken;
use super::sweep_play;
use crate::engine::SimDuration;
use crate::experiment::cell::{Asked, Grid, GridError, check_least, grid};
use crate::experiment::optimize::{Budget, FIRST_STAGE, Optimum, optimize as optimize_all};
use crate::experiment::search::{search, wanted};
use crate::experiment::sweep::{Conduct, threads};
use crate::report::optimize_text::Searched;
use crate::scenario::sweep::optimize::{CANDIDATES_MAX, CANDIDATES_MIN};
use crate::scenario::sweep::{Design, OptimizePlan, SearchPlan};
use crate::scenario::values::duration;
use crate::scenario::{LoadOptions, Loaded, load};
use crate::simulation::outcome::RunLimits;

/// Find the cheapest cell of a scenario's sweep that holds its objectives, and say how sure that is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast optimize scenarios/cheapest-safe.yaml
  fleetcast optimize cheapest-safe.yaml --runs 2000 --json
  fleetcast optimize cheapest-safe.yaml --search 300       # points proposed, not every cell
  fleetcast optimize cheapest-safe.yaml --for 10m          # what ten minutes tell

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

Where ten runs of each cell do not fit into the runs, or optimize: { search: { candidates: 200 } }
or --search says so, not every cell is played: points are proposed where those that were played
promise most (a tree-structured Parzen estimator), the better third goes on from 3 to 9 and to 27
runs, and the best ten are played anew for the selection. The confidence is one among these ten.

Exit codes: 0 settled, 1 no cell holds all objectives, 2 your mistake, 4 not settled within the
runs or the time.")]
pub(super) struct OptimizeArguments {
    /// A scenario file (YAML or JSON) with a sweep
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    changes: Changes,
    /// Play so many runs at most instead of what the scenario says
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// Play no longer than that (10m, 2h); what is found then depends on the machine
    #[arg(long = "for", value_name = "TIME", value_parser = some_time)]
    time: Option<SimDuration>,
    /// Search with so many candidates instead of playing every cell
    #[arg(long, value_name = "CANDIDATES", value_parser = candidates_parser())]
    search: Option<u32>,
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

fn candidates_parser() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(CANDIDATES_MIN)..=i64::from(CANDIDATES_MAX))
}

pub(super) fn optimize(
    arguments: &OptimizeArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let options = LoadOptions {
        values_max: arguments.max_cells,
        ..arguments.changes.options_at(&arguments.file)
    };
    let loaded = match load(&arguments.file, &options) {
        Ok(loaded) => loaded,
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            return Ok(Exit::Mistake);
        }
    };
    let pool = threads(arguments.jobs.map(usize::from));
    let pool = pool.map_err(|error| Stop::Mistake(error.to_string()))?;
    let plan = arguments.plan(&loaded)?;
    if !arguments.quiet {
        let coloured = console.err_is_coloured();
        console.warn(&loaded.diagnostics.render(&loaded.sources, coloured))?;
    }
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let is_shown = !arguments.quiet && console.is_watched();
    let bar = bar(is_shown);
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
    let found = found((&loaded, &options), (arguments, &plan, is_shown), &conduct);
    bar.finish_and_clear();
    let (grid, optimum) = match found {
        Ok(found) => found,
        Err(error) => {
            say_broken(&error, console)?;
            return Ok(Exit::Mistake);
        }
    };
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
        (None, true) => Exit::Broken,
        (Some(_), true) => Exit::Done,
        (_, false) => Exit::Limit,
    })
}

/// Plays every cell, or searches where that is asked for or the cells are too many for the runs.
fn found(
    (loaded, options): (&Loaded, &LoadOptions),
    (arguments, plan, is_shown): (&OptimizeArguments, &OptimizePlan, bool),
    conduct: &Conduct<'_>,
) -> Result<(Grid, Optimum), GridError> {
    let began = wall_clock();
    let allowed = plan.time.map(|time| time.as_secs_f64());
    let used = |allowed: f64| began.elapsed().as_secs_f64() / allowed;
    let time_used = allowed.map(|allowed| move || used(allowed));
    let budget = Budget {
        runs: plan.runs,
        time_used: time_used.as_ref().map(|used| used as &dyn Fn() -> f64),
    };
    let sweep = loaded.sweep.as_ref().ok_or(GridError::NoSweep)?;
    if let Some(searched) = wanted(sweep, plan) {
        return search((loaded, options), (plan, searched), conduct, budget);
    }
    let asked = Asked {
        replications: Some(FIRST_STAGE),
        cells_max: arguments.max_cells,
    };
    let mut grid = conduct.pool.install(|| grid(loaded, options, asked))?;
    check_least(loaded, plan, &grid.measures)?;
    sweep_play::settle(&mut grid, (conduct.pool, conduct.limits), is_shown)?;
    let optimum = optimize_all(&grid, plan, conduct, budget);
    Ok((grid, optimum))
}

impl OptimizeArguments {
    /// What the scenario asks for, with what the command line does.
    fn plan(&self, loaded: &Loaded) -> Result<OptimizePlan, Stop> {
        let sweep = loaded.sweep.as_ref();
        let asked = sweep.and_then(|sweep| sweep.optimize.clone());
        let asked = asked.unwrap_or_default();
        let search = self.search.map(|candidates| SearchPlan { candidates });
        if search.is_some() && sweep.is_some_and(|sweep| sweep.design != Design::Grid) {
            let words = "a search proposes its own points, so that the sweep's design is not \
                         played; leave sweep.design out, or --search";
            return Err(Stop::Mistake(words.to_owned()));
        }
        Ok(OptimizePlan {
            runs: self.runs.unwrap_or(asked.runs),
            time: self.time.or(asked.time),
            search: search.or(asked.search),
            ..asked
        })
    }
}

/// A time above 0.
fn some_time(text: &str) -> Result<SimDuration, String> {
    match duration(text) {
        Ok(SimDuration::ZERO) => Err("it takes some time; write it like 10m".to_owned()),
        Ok(time) => Ok(time),
        Err(wrong) => Err(wrong.help.map_or(wrong.message.clone(), |help| {
            format!("{}; {help}", wrong.message)
        })),
    }
}

/// The time on the wall, which decides when a time that was set is over.
#[allow(
    clippy::disallowed_methods,
    reason = "ends what has a time to keep, and the result says that it did"
)]
fn wall_clock() -> Instant {
    Instant::now()
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
