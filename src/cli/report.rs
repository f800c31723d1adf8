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
  fleetcast report results/web-api/e2693ae89eb1
  fleetcast report results/web-api/e2693ae89eb1 --out week.html
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
    let (page, warnings) = match page {
        Made::Page(page, warnings) => (page, warnings),
        Made::Ended(exit) => return Ok(exit),
    };
    for warning in warnings {
        console.warn(&format!("warning: {warning}\n"))?;
    }
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
    /// The page, and what its reader has to know of it.
    Page(String, Vec<String>),
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
    let picture = match no_replay {
        true => None,
        false => match picture(&data, console) {
            Some(picture) => Some(picture),
            None => return Ok(Made::Ended(Exit::Cancelled)),
        },
    };
    let goes_another_way = picture.as_ref().is_some_and(|it| !it.is_reproduced);
    let replay = picture.map(|picture| ReplayPage {
        data: picture.json,
        script: replay::SCRIPT,
        style: replay::style(),
    });
    let page = doing("writing the page", is_watched, || {
        run_page(&data, replay.as_ref())
    });
    let wrote = &run.manifest.fleetcast;
    let warnings = warnings(wrote, goes_another_way);
    Ok(Made::Page(page, warnings))
}

/// What the page of results that another version wrote is, and what its replay is.
fn warnings(wrote: &str, goes_another_way: bool) -> Vec<String> {
    let this = env!("CARGO_PKG_VERSION");
    let mut warnings = Vec::new();
    if wrote != this {
        warnings.push(format!(
            "fleetcast {wrote} wrote these results, this is {this}: the page tells what their \
             files say, which {this} may find otherwise"
        ));
    }
    if goes_another_way {
        warnings.push(format!(
            "fleetcast {this} plays the run another way (the event hashes differ): the replay \
             shows it as it goes now, all else what the files say; play the scenario again for \
             results that match"
        ));
    }
    warnings
}

/// The moving picture of a run.
struct Picture {
    /// Its data.
    json: String,
    /// Whether the run went as its results say.
    is_reproduced: bool,
}

/// The data of a run's replay; `None` if Ctrl-C ended it.
fn picture(data: &RunData<'_>, console: &Console<'_>) -> Option<Picture> {
    let (run, manifest) = (data.run, &data.run.manifest);
    let most = replay::events_played(manifest.events);
    let trail = replay::trail(data.plan, &data.summary, manifest.events);
    let kept = ((replay::record(), trail), most);
    let again = play_beginning(run, data.plan.clone(), kept, console)?;
    let name = format!("{}/{}", manifest.scenario, manifest.run);
    let played_s: f64 = manifest.played_s.parse().unwrap_or(0.0);
    // Of its beginning there is no hash to compare.
    let is_reproduced = again.reproduced || most.is_some();
    let played = PlayedAgain {
        name: &name,
        ended_at: again.outcome.stopped_at,
        is_reproduced,
        cut_from: most.map(|_| SimTime::from_micros(libm::round(played_s * 1e6) as u64)),
    };
    let json = doing("writing the replay", console.is_watched(), || {
        replay::json(&again.plan, &again.outcome.observed, played)
    });
    let told = Picture {
        json,
        is_reproduced,
    };
    (!interrupt::listen().load(Ordering::Relaxed)).then_some(told)
}

/// The page of a sweep.
fn of_sweep(folder: &Path, console: &mut Console<'_>) -> Result<Made, Stop> {
    let sweep = FinishedSweep::open(folder).map_err(mistake)?;
    match load(&sweep.scenario(), &LoadOptions::default()) {
        Ok(Loaded { plan, .. }) => {
            let data = SweepData::read(&sweep, &plan).map_err(mistake)?;
            let wrote = sweep.text("fleetcast");
            Ok(Made::Page(sweep_page(&data), warnings(wrote, false)))
        }
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            Ok(Made::Ended(Exit::Mistake))
        }
    }
}
