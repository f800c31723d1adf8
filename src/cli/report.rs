//! `fleetcast report`: one self-contained page of a finished run or sweep.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::Console;
use super::exit::{Exit, Stop};
use super::{run_folder, scenario_file};
use crate::report::page::{RunData, SweepData, run_page, sweep_page};
use crate::report::results::folder::PAGE;
use crate::report::results::{FinishedRun, FinishedSweep};
use crate::scenario::{LoadOptions, Loaded, load};

/// Write one HTML file of a run or a sweep: it opens in a browser, without a network
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast report web-api
  fleetcast report results/web-api/b1b6119c528c
  fleetcast report results/web-api/b1b6119c528c --out week.html
  fleetcast report results/spot-weights/sweep-1c1b5d060d4f

The file holds everything, its charts' code too, and loads nothing: it can be mailed and kept.
Nothing is played. docs/report.md says how to read it.")]
pub(super) struct ReportArguments {
    /// The folder of a run or a sweep; or its name, or its scenario's (then the newest run), below
    /// results/
    folder: PathBuf,
    /// Write to this file instead of report.html in the folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the file's path only
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn report(arguments: &ReportArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let (folder, page) = match sweep_at(&arguments.folder) {
        Some(folder) => {
            let page = of_sweep(&folder, console)?;
            (folder, page)
        }
        None => {
            let chosen = run_folder::choose(&arguments.folder)?;
            if let Some(note) = &chosen.note {
                console.warn(&format!("note: {note}\n"))?;
            }
            let page = of_run(&chosen.path, console)?;
            (chosen.path, page)
        }
    };
    let Some(page) = page else {
        return Ok(Exit::Mistake);
    };
    let path = arguments.out.clone().unwrap_or_else(|| folder.join(PAGE));
    write(&path, page.as_bytes())
        .map_err(|error| Stop::Mistake(format!("can't write {}: {error}", path.display())))?;
    let size = page.len() as f64 / 1e6;
    console.say(&match arguments.quiet {
        true => format!("{}\n", path.display()),
        false => format!("Report: {} ({size:.1} MB)\n", path.display()),
    })?;
    Ok(Exit::Done)
}

/// The folder of a sweep, if one is named: by its path, or by what follows `results/`.
fn sweep_at(name: &Path) -> Option<PathBuf> {
    let places = [name.to_owned(), Path::new(run_folder::RESULTS).join(name)];
    places.into_iter().find(|place| FinishedSweep::is_at(place))
}

fn mistake(error: impl std::error::Error) -> Stop {
    Stop::Mistake(error.to_string())
}

/// The page of a run; `None` if its scenario can't be read any more, which was said.
fn of_run(folder: &Path, console: &mut Console<'_>) -> Result<Option<String>, Stop> {
    let run = FinishedRun::open(folder).map_err(mistake)?;
    run.expect_unchanged().map_err(mistake)?;
    let Some(Loaded { plan, .. }) = run_folder::load_again(&run, console)? else {
        return Ok(None);
    };
    let data = RunData::read(&run, &plan).map_err(mistake)?;
    Ok(Some(run_page(&data, None)))
}

/// The page of a sweep; `None` if its scenario can't be read any more, which was said.
fn of_sweep(folder: &Path, console: &mut Console<'_>) -> Result<Option<String>, Stop> {
    let sweep = FinishedSweep::open(folder).map_err(mistake)?;
    match load(&sweep.scenario(), &LoadOptions::default()) {
        Ok(Loaded { plan, .. }) => {
            let data = SweepData::read(&sweep, &plan).map_err(mistake)?;
            Ok(Some(sweep_page(&data)))
        }
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            Ok(None)
        }
    }
}

/// Writes a file whole or not at all: under another name beside its place, then renamed.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::other("it is a folder; name a file"));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.partial-{}", std::process::id()));
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
