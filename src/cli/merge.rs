//! `fleetcast merge`: joins the slices of a sweep that machines played each for itself.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use super::Console;
use super::exit::{Exit, Stop};
use super::scenario_file;
use super::sweep::{json_text, say_broken};
use crate::experiment::analysis::analyse;
use crate::experiment::cell::{Asked, Grid, grid};
use crate::experiment::comparison::compare;
use crate::experiment::pilots::settle;
use crate::experiment::sweep::SweepRuns;
use crate::report::results::RunInputs;
use crate::report::results::reader::SCENARIO;
use crate::report::sweep_files::{SweepResults, sweep_name};
use crate::report::sweep_shard::{self, PlayedShard, ShardError};
use crate::report::sweep_text;
use crate::scenario::{LoadOptions, Loaded, load_text};
use crate::simulation::outcome::RunLimits;

/// The folder of all results, below the present one.
const RESULTS: &str = "results";

/// Join the slices of a sweep (`sweep --shard I/N`) to the same results as of one whole run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast sweep spot-weights.yaml --replications 30 --shard 1/2 --out a   # on one machine
  fleetcast sweep spot-weights.yaml --replications 30 --shard 2/2 --out b   # on another one
  fleetcast merge a b
  fleetcast merge slices/* --out results/spot-weights/all --json

All slices have to be there, each once, of the same scenario, seed and version. The files are the
same bytes as those of `fleetcast sweep` without --shard.")]
pub(super) struct MergeArguments {
    /// The slices' folders
    #[arg(value_name = "DIR", required = true)]
    shards: Vec<PathBuf>,
    /// Write to this folder instead of results/<scenario>/sweep-<hash>
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print cells.json's content and the folder's path instead of the table
    #[arg(long)]
    json: bool,
    /// Print the folder's path only
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
    /// Draw no charts
    #[arg(long)]
    no_charts: bool,
}

pub(super) fn merge(arguments: &MergeArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let read = arguments.shards.iter().map(|path| sweep_shard::read(path));
    let shards: Vec<PlayedShard> = read.collect::<Result<_, ShardError>>().map_err(mistake)?;
    let rows = sweep_shard::join(&shards).map_err(mistake)?;
    let Some(first) = shards.first() else {
        return Err(mistake("no slice was named"));
    };
    if first.version != env!("CARGO_PKG_VERSION") {
        return Err(mistake(format!(
            "fleetcast {} played these slices, this is {}; join them with that version",
            first.version,
            env!("CARGO_PKG_VERSION")
        )));
    }
    let Some((loaded, grid, inputs)) = sweep_of(first, console)? else {
        return Ok(Exit::Mistake);
    };
    let asked = rows.len();
    let runs = SweepRuns {
        measures: grid.measures.clone(),
        rows,
        asked,
        complete: true,
    };
    let text = write(arguments, (&loaded, &grid, &inputs), &runs, console)?;
    console.say(&text)?;
    Ok(Exit::Done)
}

/// The sweep that a slice is of, read from the slice's folder.
fn sweep_of(
    slice: &PlayedShard,
    console: &mut Console<'_>,
) -> Result<Option<(Loaded, Grid, RunInputs)>, Stop> {
    let file = slice.path.join(SCENARIO);
    let scenario = fs::read_to_string(&file)
        .map_err(|error| mistake(format!("can't read {}: {}", file.display(), error.kind())))?;
    let options = LoadOptions {
        base: slice.path.clone(),
        values_max: Some(u64::MAX),
        ..LoadOptions::default()
    };
    let text = match slice.seed_is_default {
        true => without_seed(&scenario),
        false => scenario.clone(),
    };
    let loaded = match load_text(SCENARIO, &text, &options) {
        Ok(loaded) => loaded,
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            return Ok(None);
        }
    };
    let asked = Asked {
        replications: Some(slice.replications),
        cells_max: Some(u64::MAX),
    };
    let settled = grid(&loaded, &options, asked).and_then(|mut grid| {
        settle(&mut grid, &RunLimits::default(), &|_| ())?;
        Ok(grid)
    });
    let grid = match settled {
        Ok(grid) => grid,
        Err(error) => {
            say_broken(&error, console)?;
            return Ok(None);
        }
    };
    let mut inputs = scenario_file::inputs(&loaded, 0);
    inputs.scenario_yaml = scenario;
    let name = sweep_name(&loaded.plan, &inputs, &grid);
    if name != slice.sweep {
        return Err(mistake(format!(
            "{} is not the scenario of {}: it was changed after the slice was played",
            file.display(),
            slice.sweep
        )));
    }
    Ok(Some((loaded, grid, inputs)))
}

/// Writes the joined sweep; what the command prints.
fn write(
    arguments: &MergeArguments,
    (loaded, grid, inputs): (&Loaded, &Grid, &RunInputs),
    runs: &SweepRuns,
    console: &Console<'_>,
) -> Result<String, Stop> {
    let name = sweep_name(&loaded.plan, inputs, grid);
    let place = match &arguments.out {
        Some(out) => out.clone(),
        None => Path::new(RESULTS).join(&loaded.plan.name).join(&name),
    };
    let folder = scenario_file::open_sweep_folder(&place, &name, inputs).map_err(mistake)?;
    let cells = compare(grid, runs);
    let analysis = analyse(grid, runs, &cells);
    let results = SweepResults {
        plan: &loaded.plan,
        inputs,
        grid,
        runs,
        cells: &cells,
        analysis: &analysis,
        with_charts: !arguments.no_charts,
    };
    let placed = results.write(folder).map_err(mistake)?;
    Ok(if arguments.json {
        json_text(&results, &placed)
    } else if arguments.quiet {
        format!("{}\n", placed.path.display())
    } else {
        sweep_text::render(&results, &placed, console.out_colour())
    })
}

/// The scenario without the seed, which the folder's copy writes out though nobody chose it: the
/// results are to say so as those of the whole sweep do.
fn without_seed(scenario: &str) -> String {
    let Ok(mut tree) = serde_json::from_str::<Value>(scenario) else {
        return scenario.to_owned();
    };
    if let Some(run) = tree.get_mut("run").and_then(Value::as_object_mut) {
        run.remove("seed");
    }
    tree.to_string()
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}
