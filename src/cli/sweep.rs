//! `fleetcast sweep`: plays every cell of a scenario's sweep several times and compares them.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;
use rayon::ThreadPool;

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use super::sweep_play::{self, Playing};
use crate::experiment::analysis::analyse;
use crate::experiment::cell::{Asked, BrokenCell, Grid, GridError, grid};
use crate::experiment::comparison::compare;
use crate::experiment::sweep::{Shard, threads};
use crate::report::results::Placed;
use crate::report::sweep_files::{SweepResults, sweep_name};
use crate::report::sweep_journal::Heading;
use crate::report::sweep_shard::ShardResults;
use crate::report::sweep_text;
use crate::scenario::diagnostic::{Diagnostics, Severity};
use crate::scenario::{LoadOptions, Loaded, load};
use crate::simulation::outcome::RunLimits;

/// The folder of all results, below the present one.
const RESULTS: &str = "results";

/// Play every combination of the scenario's sweep; write and compare what each costs and keeps
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast sweep scenarios/spot-weights.yaml
  fleetcast sweep spot-weights.yaml --replications 30 --jobs 4
  fleetcast sweep spot-weights.yaml --set run.duration=2d --seed 7
  fleetcast sweep spot-weights.yaml --json | jq '.cells[].measures.cost_month_usd.mean'
  fleetcast sweep which-assumption-matters.yaml --set sweep.design=tornado --replications 10
  fleetcast sweep spot-weights.yaml --resume          # goes on where a killed one stopped
  fleetcast sweep spot-weights.yaml --replications 30 --shard 2/8   # one of eight, for merge

The scenario says what varies:
  sweep:
    replications: 10
    baseline: { spotWeight: 0 }
    parameters:
      spotWeight:
        path: aws.services.api.capacityProviderStrategy.FARGATE_SPOT.weight
        values: [0, 1, 2, 4]

  values may be a range ({ from: 40, to: 80, step: 10 }) or a logRange; design: is grid, oneAtATime,
  random, sobol or latinHypercube (with points: 64), or asks which assumption matters most: tornado
  or sobolIndices. replications may be { atLeast: 10, atMost: 200, until: { measure: cost_month_usd,
  within: 1 % } }: then each cell goes on until its interval is that narrow. What nobody chooses may
  have probabilities: { zoneLoss: 1 % } by its values.

A replication has the same draws in every cell, so that what differs is the cell. The same file,
seed and version give the same bytes on any number of threads.")]
pub(super) struct SweepArguments {
    /// A scenario file (YAML or JSON) with a sweep
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write to this folder instead of results/<scenario>/sweep-<hash>
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Play each cell this often instead of as often as the scenario says
    #[arg(long, value_name = "NUMBER")]
    replications: Option<u32>,
    /// Threads at once; without it one for each processor
    #[arg(long, short, value_name = "NUMBER", value_parser = jobs_parser())]
    jobs: Option<u16>,
    /// Go on with the runs that an unfinished sweep of the same scenario has played
    #[arg(long)]
    resume: bool,
    /// Play one slice of the sweep, the I-th of N, to be joined with `fleetcast merge`
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Allow so many cells
    #[arg(long, value_name = "NUMBER")]
    max_cells: Option<u64>,
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

/// So many threads are a slip of the finger beyond.
pub(super) fn jobs_parser() -> clap::builder::RangedI64ValueParser<u16> {
    clap::value_parser!(u16).range(1..=1024)
}

/// `2/8`: the second of eight slices.
fn shard(text: &str) -> Result<Shard, String> {
    let numbers = text.split_once('/');
    let parsed =
        numbers.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
    match parsed {
        Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index, count }),
        _ => Err("expected I/N with I from 1 to N, like 2/8".to_owned()),
    }
}

pub(super) fn sweep(arguments: &SweepArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
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
    let pool = threads(arguments.jobs.map(usize::from)).map_err(mistake)?;
    let mut grid = match pool.install(|| grid(&loaded, &options, arguments.asked())) {
        Ok(grid) => grid,
        Err(error) => return refuse(&error, console),
    };
    if arguments.shard.is_some() && grid.replications.until.is_some() {
        let wrong = "a slice of a sweep knows its own runs only, and can't tell when an interval \
                     is narrow enough; ask for a number of runs with --replications";
        return Err(mistake(wrong));
    }
    say_notes(&loaded, arguments, console)?;
    let limits = RunLimits {
        cancelled,
        ..RunLimits::default()
    };
    let is_shown = !arguments.quiet && console.is_watched();
    if let Err(error) = sweep_play::settle(&mut grid, (&pool, &limits), is_shown) {
        return refuse(&error, console);
    }
    let (text, complete) = play_and_write(&loaded, &grid, (&pool, &limits), arguments, console)?;
    console.say(&text)?;
    Ok(match complete {
        true => Exit::Done,
        false if cancelled.load(Ordering::Relaxed) => Exit::Cancelled,
        false => Exit::Limit,
    })
}

/// What the command prints, and whether all runs went to their ends.
fn play_and_write(
    loaded: &Loaded,
    grid: &Grid,
    (pool, limits): (&ThreadPool, &RunLimits),
    arguments: &SweepArguments,
    console: &mut Console<'_>,
) -> Result<(String, bool), Stop> {
    let plan = &loaded.plan;
    let inputs = scenario_file::inputs(loaded, 0);
    let whole = sweep_name(plan, &inputs, grid);
    let slice = arguments.shard.map(|shard| shard_name(&whole, shard));
    let name = slice.unwrap_or_else(|| whole.clone());
    let place = match &arguments.out {
        Some(out) => out.clone(),
        None => Path::new(RESULTS).join(&plan.name).join(&name),
    };
    // Opened before the sweep: nobody waits for a result that can't be written.
    let mut folder = scenario_file::open_sweep_folder(&place, &name, &inputs).map_err(mistake)?;
    let heading = Heading {
        sweep: name.clone(),
        version: inputs.version.to_owned(),
        measures: grid.measures.len(),
    };
    let playing = Playing {
        pool,
        limits,
        shard: arguments.shard,
        is_shown: !arguments.quiet && console.is_watched(),
    };
    // Until the journal is gone too, which holds the runs while the results are being written.
    let _alone = folder.keep_alone();
    let journal = (place.as_path(), &heading, arguments.resume);
    let (runs, journal) = sweep_play::play(grid, &playing, journal, console)?;
    if let Some(shard) = arguments.shard {
        let results = ShardResults {
            sweep: &whole,
            name: &name,
            shard,
            plan,
            inputs: &inputs,
            grid,
            runs: &runs,
        };
        let placed = results.write(folder).map_err(mistake)?;
        journal.close(runs.complete).map_err(mistake)?;
        return Ok((results.text(&placed, arguments.quiet), runs.complete));
    }
    let cells = compare(grid, &runs);
    let analysis = analyse(grid, &runs, &cells);
    let results = SweepResults {
        plan,
        inputs: &inputs,
        grid,
        runs: &runs,
        cells: &cells,
        analysis: &analysis,
        with_charts: !arguments.no_charts,
    };
    let placed = pool.install(|| results.write(folder)).map_err(mistake)?;
    journal.close(runs.complete).map_err(mistake)?;
    let text = if arguments.json {
        json_text(&results, &placed)
    } else if arguments.quiet {
        format!("{}\n", placed.path.display())
    } else {
        sweep_text::render(&results, &placed, console.out_colour())
    };
    Ok((text, runs.complete))
}

impl SweepArguments {
    fn asked(&self) -> Asked {
        Asked {
            replications: self.replications,
            cells_max: self.max_cells,
        }
    }
}

/// The name of a slice's folder.
fn shard_name(sweep: &str, shard: Shard) -> String {
    format!("{sweep}-shard-{}-of-{}", shard.index, shard.count)
}

fn say_notes(
    loaded: &Loaded,
    arguments: &SweepArguments,
    console: &mut Console<'_>,
) -> Result<(), Stop> {
    if arguments.quiet {
        return Ok(());
    }
    let coloured = console.err_is_coloured();
    Ok(console.warn(&loaded.diagnostics.render(&loaded.sources, coloured))?)
}

fn refuse(error: &GridError, console: &mut Console<'_>) -> Result<Exit, Stop> {
    say_broken(error, console)?;
    Ok(Exit::Mistake)
}

/// Says why a sweep can't run, each broken cell by its name.
///
/// # Errors
/// If nobody can be told.
pub fn say_broken(error: &GridError, console: &mut Console<'_>) -> Result<(), Stop> {
    if let Some(failure) = error.failure() {
        let coloured = console.err_is_coloured();
        return Ok(console.warn(&failure.diagnostics.render(&failure.sources, coloured))?);
    }
    if let GridError::Broken { first, further, .. } = error {
        for cell in first {
            let text = broken(cell, console.err_is_coloured());
            console.warn(&text)?;
        }
        if 0 < *further {
            console.warn(&format!("… and {further} more cells\n\n"))?;
        }
    }
    Ok(console.complain(&error.to_string())?)
}

/// A cell's errors; its notes and warnings are those of every other cell too.
fn broken(cell: &BrokenCell, coloured: bool) -> String {
    let mut errors = Diagnostics::new();
    for item in cell.failure.diagnostics.items() {
        if item.severity == Severity::Error {
            errors.push(item.clone());
        }
    }
    let text = errors.render(&cell.failure.sources, coloured);
    format!("cell {}:\n{text}\n", cell.name)
}

/// The content of `cells.json`, and where it stands.
pub(super) fn json_text(results: &SweepResults<'_>, placed: &Placed) -> String {
    let mut cells = results.cells_json();
    if let serde_json::Value::Object(entries) = &mut cells {
        let path = placed.path.display().to_string();
        entries.insert("results".to_owned(), path.into());
        entries.insert("replaced".to_owned(), placed.replaced.into());
        let kept = placed.kept.as_ref().map(|kept| kept.display().to_string());
        entries.insert("kept".to_owned(), kept.into());
    }
    format!("{cells:#}\n")
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::super::run_command;
    use super::*;

    const SMALL: &str = "\
fleetcast: 1
run: { duration: 7d }
aws:
  taskDefinitions:
    - { family: web, cpu: 256, memory: 512 }
  services:
    - serviceName: web
      taskDefinition: web
      desiredCount: 4
      capacityProviderStrategy:
        - { capacityProvider: FARGATE, weight: 1 }
        - { capacityProvider: FARGATE_SPOT, weight: 0 }
world:
  spot: { FARGATE_SPOT: { preset: pessimistic } }
objectives:
  - { metric: RunningTaskCount, service: web, stat: Minimum, above: 3 }
  - { metric: Cost, of: total, per: month, below: 30 USD }
sweep:
  replications: 4
  parameters:
    spot:
      path: aws.services.web.capacityProviderStrategy.FARGATE_SPOT.weight
      values: [0, 1, 3]
";

    /// A folder with a scenario in it, and the command run there.
    struct Home(tempfile::TempDir);

    impl Home {
        fn with(scenario: &str) -> Home {
            let home = tempfile::tempdir().unwrap();
            fs::write(home.path().join("small.yaml"), scenario).unwrap();
            Home(home)
        }

        /// The exit, stdout and stderr of a sweep with `extra` arguments, written to `out`.
        fn sweep(&self, out: &str, extra: &[&str]) -> (Exit, String, String) {
            let path = |name: &str| self.0.path().join(name).display().to_string();
            let (file, out) = (path("small.yaml"), path(out));
            let arguments = ["fleetcast", "sweep", &file, "--out", &out];
            let (mut said, mut warned) = (Vec::new(), Vec::new());
            let exit = {
                let mut console = Console::plain(&mut said, &mut warned);
                run_command(arguments.iter().chain(extra), &mut console)
            };
            let text = |bytes: Vec<u8>| {
                let home = self.0.path().display().to_string();
                String::from_utf8(bytes).unwrap().replace(&home, "HOME")
            };
            (exit, text(said), text(warned))
        }

        fn files(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
            let mut files = BTreeMap::new();
            for folder in ["", "charts"] {
                for entry in fs::read_dir(self.0.path().join(out).join(folder)).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_file() {
                        let name = path.file_name().unwrap().to_string_lossy().into_owned();
                        files.insert(name, fs::read(path).unwrap());
                    }
                }
            }
            files
        }
    }

    #[test]
    fn the_folder_has_the_same_bytes_on_one_thread_and_on_four() {
        let home = Home::with(SMALL);
        assert_eq!(home.sweep("one", &["--jobs", "1"]).0, Exit::Done);
        assert_eq!(home.sweep("four", &["--jobs", "4"]).0, Exit::Done);
        let (one, four) = (home.files("one"), home.files("four"));
        let names: Vec<&str> = one.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "by-spot.png",
                "by-spot.svg",
                "cells.csv",
                "cells.json",
                "cost-by-runningtaskcount-of-web-minimum-above-3.png",
                "cost-by-runningtaskcount-of-web-minimum-above-3.svg",
                "fronts.csv",
                "manifest.json",
                "runs.csv",
                "runs.parquet",
                "scenario.yaml",
            ]
        );
        assert!(one == four, "a file differs between 1 thread and 4");
        let lines = one["runs.csv"].iter().filter(|&&byte| byte == b'\n');
        assert_eq!(lines.count(), 1 + 3 * 4);
    }

    #[test]
    fn a_table_compares_the_cells() {
        let home = Home::with(SMALL);
        let (exit, said, _) = home.sweep("out", &["--no-charts"]);
        assert_eq!(exit, Exit::Done);
        insta::assert_snapshot!(said);
    }

    #[test]
    fn one_replication_has_no_intervals_and_says_so() {
        let home = Home::with(SMALL);
        let (_, said, _) = home.sweep("out", &["--no-charts", "--replications", "1"]);
        assert!(said.contains("1 replication: no intervals"), "{said}");
        assert!(!said.contains('±'), "{said}");
    }

    #[test]
    fn a_broken_cell_is_named_and_nothing_is_written() {
        let home = Home::with(&SMALL.replace("[0, 1, 3]", "[0, 1001, -1]"));
        let (exit, said, warned) = home.sweep("out", &[]);
        assert_eq!((exit, said.as_str()), (Exit::Mistake, ""));
        assert!(!home.0.path().join("out").exists());
        insta::assert_snapshot!(warned);
    }
}
