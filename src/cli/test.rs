//! `fleetcast test`: objectives in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use super::scenario_file::{self, Changes};
use super::sweep_play;
use crate::experiment::cell::beside_one_another;
use crate::experiment::comparison::compare;
use crate::experiment::tested::tested;
use crate::report::test_report::{Base, TestReport};
use crate::scenario::load;
use crate::scenario::plan::Plan;
use crate::scenario::sweep::Replications;

/// Play scenarios several times and fail when an objective is broken: for CI
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast test capacity/*.yaml
  fleetcast test shop.yaml --replications 60 --strict
  fleetcast test shop.yaml --junit junit.xml --markdown comment.md --base main.json
  fleetcast test shop.yaml --json > main.json            # to be the --base of later ones

A scenario says what is to hold:
  objectives:
    - { metric: TargetResponseTime, service: api, stat: p99, below: 500ms, in: 99.9 % of minutes }
    - { metric: Cost, of: total, per: month, below: 1200 USD, probability: 95 % }
    - { metric: CompletedAt, schedule: nightly, before: \"06:00\", in: 95 % of runs }

Without a probability an objective has to hold in every replication. With one it is kept where that
share of replications held it; --strict asks to be 95 % sure of that (59 of 59 make sure of 95 %).

Exit codes: 0 all kept, 1 an objective is broken, 2 your mistake, 4 a limit ended a run.")]
pub(super) struct TestArguments {
    /// Scenario files (YAML or JSON)
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    changes: Changes,
    /// Play each scenario this often
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    replications: u32,
    /// Fail too where one can't be 95 % sure that a probability is reached
    #[arg(long)]
    strict: bool,
    /// Also write JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write Markdown to this file, for a pull request
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Compare with an earlier revision: a file that `fleetcast test --json` printed
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// Threads at once; without it one for each processor
    #[arg(long, short, value_name = "NUMBER", value_parser = super::sweep::jobs_parser())]
    jobs: Option<u16>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
    /// Print nothing where all objectives are kept
    #[arg(long, short, conflicts_with = "json")]
    quiet: bool,
}

pub(super) fn test(arguments: &TestArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let cancelled = interrupt::listen();
    let base = arguments.base.as_deref().map(read_base).transpose()?;
    let Some(scenarios) = scenarios(arguments, console)? else {
        return Ok(Exit::Mistake);
    };
    let seeds: Vec<u64> = scenarios.iter().map(|(_, plan)| plan.run.seed).collect();
    let grid = beside_one_another(scenarios, Replications::fixed(arguments.replications));
    let is_shown = !arguments.quiet && console.is_watched();
    let runs = sweep_play::play_at_once(&grid, (arguments.jobs, cancelled), is_shown)?;
    let tested = tested(&grid, &runs, &compare(&grid, &runs));
    let report = TestReport {
        tested: &tested,
        base: base.as_ref(),
        strict: arguments.strict,
        complete: runs.complete,
        seeds: &seeds,
    };
    for (path, text) in [
        (&arguments.junit, report.junit()),
        (&arguments.markdown, report.markdown()),
    ] {
        if let Some(path) = path {
            write(path, &text)?;
        }
    }
    let is_broken = 0 < report.failures();
    if arguments.json {
        console.say(&format!("{:#}\n", report.json()))?;
    } else if is_broken || !arguments.quiet {
        console.say(&report.render(console.out_colour()))?;
    }
    Ok(match (is_broken, runs.complete) {
        (_, false) if cancelled.load(Ordering::Relaxed) => Exit::Cancelled,
        (true, _) => Exit::Broken,
        (false, true) => Exit::Done,
        (false, false) => Exit::Limit,
    })
}

/// The scenarios with their names; each has to have an objective.
fn scenarios(
    arguments: &TestArguments,
    console: &mut Console<'_>,
) -> Result<Option<Vec<(String, Plan)>>, Stop> {
    let mut scenarios: Vec<(String, Plan)> = Vec::new();
    let mut is_wrong = false;
    for file in &arguments.files {
        match load(file, &arguments.changes.options_at(file)) {
            Ok(loaded) if loaded.plan.objectives.is_empty() => {
                console.complain(&format!(
                    "{} has no objectives: there is nothing to test; add some, like\n  \
                     objectives: [{{ metric: Cost, per: month, below: 1200 USD }}]",
                    file.display()
                ))?;
                is_wrong = true;
            }
            Ok(loaded) => {
                sweep_play::refuse_pilots(file, &loaded)?;
                if !arguments.quiet {
                    let coloured = console.err_is_coloured();
                    console.warn(&loaded.diagnostics.render(&loaded.sources, coloured))?;
                }
                let is_taken = scenarios.iter().any(|(name, _)| *name == loaded.plan.name);
                let name = match is_taken {
                    true => file.display().to_string(),
                    false => loaded.plan.name.clone(),
                };
                scenarios.push((name, loaded.plan));
            }
            Err(failure) => {
                scenario_file::show_failure(&failure, console)?;
                is_wrong = true;
            }
        }
    }
    Ok((!is_wrong).then_some(scenarios))
}

fn read_base(path: &Path) -> Result<Base, Stop> {
    let wrong = |problem: String| {
        Stop::Mistake(format!(
            "can't take {} as a base: {problem}",
            path.display()
        ))
    };
    let text = fs::read_to_string(path).map_err(|error| wrong(error.kind().to_string()))?;
    Base::read(&text).map_err(wrong)
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".unfinished");
    let beside = path.with_file_name(name);
    let done = fs::write(&beside, text).and_then(|()| fs::rename(&beside, path));
    done.map_err(|error| {
        let _ = fs::remove_file(&beside);
        Stop::Mistake(format!("can't write {}: {}", path.display(), error.kind()))
    })
}
