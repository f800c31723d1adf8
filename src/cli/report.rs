//! `fleetcast report`: one self-contained page of a finished run or sweep.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::Args;

use super::Console;
use super::again::play_beginning;
use super::exit::{Exit, Stop};
use super::progress::doing;
use super::{interrupt, run_folder, scenario_file};
use crate::engine::SimTime;
use crate::report::page::{ReplayPage, RunData, SweepData, run_page, sweep_page};
use crate::report::replay::{self, PlayedAgain};
use crate::report::results::folder::PAGE;
use crate::report::results::{FinishedRun, FinishedSweep, write_whole};
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
A run is played again for its replay, the moving picture with the reasons of what happens.
docs/report.md and docs/replay.md say how to read them.")]
pub(super) struct ReportArguments {
    /// The folder of a run or a sweep; or its name, or its scenario's (then the newest run, or
    /// where there is none the newest sweep), below results/
    folder: PathBuf,
    /// Write to this file instead of report.html in the folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Leave the replay out, and play nothing
    #[arg(long)]
    no_replay: bool,
    /// Print the file's path only
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn report(arguments: &ReportArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let chosen = run_folder::choose_run_or_sweep(&arguments.folder)?;
    if let Some(note) = &chosen.note {
        console.warn(&format!("note: {note}\n"))?;
    }
    let folder = chosen.path;
    let page = match FinishedSweep::is_at(&folder) {
        true => of_sweep(&folder, console)?,
        false => of_run(&folder, arguments.no_replay, console)?,
    };
    let page = match page {
        Made::Page(page) => page,
        Made::Ended(exit) => return Ok(exit),
    };
    let path = arguments.out.clone().unwrap_or_else(|| folder.join(PAGE));
    write_whole(&path, page.as_bytes())
        .map_err(|error| Stop::Mistake(format!("can't write {}: {error}", path.display())))?;
    let size = page.len() as f64 / 1e6;
    console.say(&match arguments.quiet {
        true => format!("{}\n", path.display()),
        false => format!("Report: {} ({size:.1} MB)\n", path.display()),
    })?;
    Ok(Exit::Done)
}

fn mistake(error: impl std::error::Error) -> Stop {
    Stop::Mistake(error.to_string())
}

/// What came of making a page.
enum Made {
    /// The page.
    Page(String),
    /// There is none, which was said.
    Ended(Exit),
}

/// The page of a run.
fn of_run(folder: &Path, no_replay: bool, console: &mut Console<'_>) -> Result<Made, Stop> {
    let is_watched = console.is_watched();
    let run = doing("reading the results", is_watched, || {
        let run = FinishedRun::open(folder)?;
        run.expect_unchanged().map(|()| run)
    });
    let run = run.map_err(mistake)?;
    let Some(Loaded { plan, .. }) = run_folder::load_again(&run, console)? else {
        return Ok(Made::Ended(Exit::Mistake));
    };
    let data = doing("reading the results", is_watched, || {
        RunData::read(&run, &plan)
    });
    let data = data.map_err(mistake)?;
    let replay = match no_replay {
        true => None,
        false => match picture(&data, console) {
            Some(picture) => Some(ReplayPage {
                data: picture,
                script: replay::SCRIPT,
                style: replay::style(),
            }),
            None => return Ok(Made::Ended(Exit::Cancelled)),
        },
    };
    let page = doing("writing the page", is_watched, || {
        run_page(&data, replay.as_ref())
    });
    Ok(Made::Page(page))
}

/// The data of a run's replay; `None` if Ctrl-C ended it.
fn picture(data: &RunData<'_>, console: &Console<'_>) -> Option<String> {
    let (run, manifest) = (data.run, &data.run.manifest);
    let most = replay::events_played(manifest.events);
    let trail = replay::trail(data.plan, &data.summary, manifest.events);
    let kept = ((replay::record(), trail), most);
    let again = play_beginning(run, data.plan.clone(), kept, console)?;
    let name = format!("{}/{}", manifest.scenario, manifest.run);
    let played_s: f64 = manifest.played_s.parse().unwrap_or(0.0);
    let played = PlayedAgain {
        name: &name,
        ended_at: again.outcome.stopped_at,
        // Of its beginning there is no hash to compare.
        is_reproduced: again.reproduced || most.is_some(),
        cut_from: most.map(|_| SimTime::from_micros(libm::round(played_s * 1e6) as u64)),
    };
    let told = doing("writing the replay", console.is_watched(), || {
        replay::json(&again.plan, &again.outcome.observed, played)
    });
    (!interrupt::listen().load(Ordering::Relaxed)).then_some(told)
}

/// The page of a sweep.
fn of_sweep(folder: &Path, console: &mut Console<'_>) -> Result<Made, Stop> {
    let sweep = FinishedSweep::open(folder).map_err(mistake)?;
    match load(&sweep.scenario(), &LoadOptions::default()) {
        Ok(Loaded { plan, .. }) => {
            let data = SweepData::read(&sweep, &plan).map_err(mistake)?;
            Ok(Made::Page(sweep_page(&data)))
        }
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            Ok(Made::Ended(Exit::Mistake))
        }
    }
}
