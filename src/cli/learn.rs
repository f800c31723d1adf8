//! `fleetcast learn`: lessons that ask, play a small scenario, and explain with its own words.

mod asking;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::Console;
use super::exit::{Exit, Stop};
use super::scenario_file;
use crate::experiment::run::replay as play_again;
use crate::lesson::shipped::{LESSONS, Shipped};
use crate::lesson::{self, Lesson, Opened, Part, PlayedLesson, Told};
use crate::observe::trail::Trail;
use crate::report::lesson_text;
use crate::report::page::{ReplayPage, lesson_page};
use crate::report::replay::{self, PlayedAgain};
use crate::report::results::summary::event_hash;
use crate::report::results::{Results, write_whole};
use crate::report::table::{Align, Cell, Table, Tone};
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::Plan;
use crate::scenario::{Failure, Loaded};
use crate::simulation::outcome::{RunEnd, RunLimits};

/// Learn ECS from lessons that ask, play a small scenario, and explain what it did
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast learn
  fleetcast learn 6
  fleetcast learn base --answers
  fleetcast learn 6 --page lesson.html
  fleetcast learn 6 --copy my-lesson
  fleetcast learn my-lesson

Without LESSON they are listed. On a terminal a lesson asks and waits for an answer; with --answers,
and where its input or output is a pipe, it tells all at once. A lesson is a folder with a scenario
and a text: docs/lessons.md says how one is written.")]
pub(super) struct LearnArguments {
    /// Number or name of a lesson, or the folder of one of your own
    #[arg(value_name = "LESSON")]
    lesson: Option<String>,
    /// Tell the answers without asking
    #[arg(long, requires = "lesson")]
    answers: bool,
    /// Print the lesson with its answers, figures and explanations, or the list, as JSON
    #[arg(long)]
    json: bool,
    /// Write the results of the lesson's run to this folder
    #[arg(long, value_name = "DIR", requires = "lesson")]
    out: Option<PathBuf>,
    /// Write the lesson as one HTML file with its run as a moving picture, and do nothing else
    #[arg(
        long,
        value_name = "FILE",
        requires = "lesson",
        conflicts_with_all = ["answers", "json", "copy"]
    )]
    page: Option<PathBuf>,
    /// Write the lesson's text and scenario to this folder, and do nothing else
    #[arg(
        long,
        value_name = "DIR",
        requires = "lesson",
        conflicts_with_all = ["answers", "json", "out"]
    )]
    copy: Option<PathBuf>,
}

/// Which lesson is meant.
enum Chosen {
    Shipped(usize),
    Folder(PathBuf),
}

pub(super) fn learn(arguments: &LearnArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let Some(name) = &arguments.lesson else {
        return list(arguments, console);
    };
    let chosen = choose(name)?;
    if let Some(folder) = &arguments.copy {
        return copy(&chosen, folder, console);
    }
    let opened = match &chosen {
        Chosen::Shipped(index) => open_shipped(&LESSONS[*index]),
        Chosen::Folder(folder) => lesson::open(folder),
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(failure) => {
            scenario_file::show_failure(&failure, console)?;
            return Ok(Exit::Mistake);
        }
    };
    play(arguments, (&chosen, opened), console)
}

/// Plays a lesson that was opened, and tells it.
fn play(
    arguments: &LearnArguments,
    (chosen, opened): (&Chosen, Opened),
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let Opened {
        lesson,
        sources,
        loaded,
    } = opened;
    // Ctrl-C is left to end the process: there is nothing to be kept, and a question that waits for
    // its answer would not notice a flag.
    let limits = RunLimits::default();
    let played = PlayedLesson::of(&loaded.plan, &limits);
    match played.run.outcome.end {
        RunEnd::Horizon => {}
        RunEnd::Cancelled => return Ok(Exit::Cancelled),
        RunEnd::EventLimit | RunEnd::TaskLimit | RunEnd::RequestLimit => {
            let why = played.run.ended_because().unwrap_or_default();
            console.complain(&format!("the lesson's run is too large: {why}"))?;
            return Ok(Exit::Limit);
        }
    }
    let told = match lesson::tell(&lesson, &played) {
        Ok(told) => told,
        Err(diagnostics) => {
            let failure = Failure {
                diagnostics,
                sources,
            };
            scenario_file::show_failure(&failure, console)?;
            return Ok(Exit::Mistake);
        }
    };
    let written = match &arguments.out {
        Some(out) => Some(write(&loaded, &played, out)?),
        None => None,
    };
    if let Some(path) = &arguments.page {
        write_whole(path, page(&loaded.plan, &told).as_bytes())
            .map_err(|error| Stop::Mistake(format!("can't write {}: {error}", path.display())))?;
        console.say(&format!("{}\n", path.display()))?;
        warn(&loaded, console)?;
        return Ok(Exit::Done);
    }
    if arguments.json {
        let text = json_text(chosen, (&told, &played), written.as_deref());
        console.say(&text)?;
        warn(&loaded, console)?;
        return Ok(Exit::Done);
    }
    console.say(&heading(chosen, &told, console))?;
    let asks = !arguments.answers && console.can_ask();
    asking::tell(&told, asks, console)?;
    if let Some(path) = written {
        console.say(&format!("\nResults: {}\n", path.display()))?;
    }
    console.say(&further(chosen))?;
    warn(&loaded, console)?;
    Ok(Exit::Done)
}

/// A lesson as a page, its run played again as what the picture needs.
fn page(plan: &Plan, told: &Told) -> String {
    let plan = Plan {
        record: replay::record(),
        ..plan.clone()
    };
    let outcome = play_again(&plan, 0, &RunLimits::default(), Trail::of(None));
    let played = PlayedAgain {
        name: &plan.name,
        ended_at: outcome.stopped_at,
        is_reproduced: true,
        cut_from: None,
    };
    let picture = ReplayPage {
        data: replay::json(&plan, &outcome.observed, played),
        script: replay::SCRIPT,
        style: replay::style(),
    };
    lesson_page(told, &picture)
}

/// What the scenario is warned of; at the end, as it may be the answer.
fn warn(loaded: &Loaded, console: &mut Console<'_>) -> Result<(), Stop> {
    let said = loaded
        .diagnostics
        .render(&loaded.sources, console.err_is_coloured());
    Ok(console.warn(&said)?)
}

fn open_shipped(lesson: &Shipped) -> Result<Opened, Failure> {
    lesson::open_texts(lesson.name, lesson.text, lesson.scenario)
}

/// The lesson of a number, a name or a folder.
fn choose(name: &str) -> Result<Chosen, Stop> {
    if let Ok(number) = name.parse::<usize>() {
        return match number.checked_sub(1).filter(|index| *index < LESSONS.len()) {
            Some(index) => Ok(Chosen::Shipped(index)),
            None => Err(Stop::Mistake(format!(
                "there is no lesson {number}: they are 1 to {}, and `fleetcast learn` lists them",
                LESSONS.len()
            ))),
        };
    }
    if Path::new(name).is_dir() {
        return Ok(Chosen::Folder(PathBuf::from(name)));
    }
    let of_name = |lesson: &Shipped| lesson.name == name || lesson.short_name() == name;
    if let Some(index) = LESSONS.iter().position(of_name) {
        return Ok(Chosen::Shipped(index));
    }
    let names = LESSONS.iter().map(Shipped::short_name);
    let hint = suggestion(name, names).unwrap_or_default();
    Err(Stop::Mistake(format!(
        "{name:?} is no lesson and no folder of one; {hint}"
    )))
}

/// The lessons' numbers, titles and questions.
fn list(arguments: &LearnArguments, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let mut table = Table::new(&[("", Align::Right), ("", Align::Left), ("", Align::Left)]);
    let mut records = Vec::new();
    for (index, shipped) in LESSONS.iter().enumerate() {
        let opened = match open_shipped(shipped) {
            Ok(opened) => opened,
            Err(failure) => {
                scenario_file::show_failure(&failure, console)?;
                return Ok(Exit::Mistake);
            }
        };
        let Lesson { title, parts } = &opened.lesson;
        let asked = parts.iter().find_map(|part| match part {
            Part::Question(question) => Some(question.text.clone()),
            Part::Text(_) | Part::Show(_) | Part::Explain(_) => None,
        });
        let number = (index + 1).to_string();
        table.row([
            Cell::new(number, Tone::Strong),
            Cell::new(shipped.short_name(), Tone::Faint),
            Cell::new(title.as_str(), Tone::Plain),
        ]);
        records.push(json!({
            "number": index + 1,
            "name": shipped.short_name(),
            "title": title,
            "question": asked,
        }));
    }
    if arguments.json {
        let all = json!({ "version": 1, "lessons": records });
        console.say(&format!("{all:#}\n"))?;
    } else {
        console.say(&table.render(console.out_colour()))?;
        console.say("\nOne of them: fleetcast learn 1\n")?;
    }
    Ok(Exit::Done)
}

/// Writes a lesson's two files, to be changed.
fn copy(chosen: &Chosen, to: &Path, console: &mut Console<'_>) -> Result<Exit, Stop> {
    let of = |name: &str, place: &Path| {
        fs::read_to_string(place.join(name)).map_err(|error| {
            Stop::Mistake(format!(
                "can't read {}: {error}",
                place.join(name).display()
            ))
        })
    };
    let (text, scenario) = match chosen {
        Chosen::Shipped(index) => (
            LESSONS[*index].text.to_owned(),
            LESSONS[*index].scenario.to_owned(),
        ),
        Chosen::Folder(folder) => (of(lesson::TEXT, folder)?, of(lesson::SCENARIO, folder)?),
    };
    for name in [lesson::TEXT, lesson::SCENARIO] {
        if to.join(name).exists() {
            let place = to.join(name);
            let message = format!("{} is there already; name another folder", place.display());
            return Err(Stop::Mistake(message));
        }
    }
    let wrong = |error| Stop::Mistake(format!("can't write to {}: {error}", to.display()));
    fs::create_dir_all(to).map_err(wrong)?;
    fs::write(to.join(lesson::TEXT), text).map_err(wrong)?;
    fs::write(to.join(lesson::SCENARIO), scenario).map_err(wrong)?;
    console.say(&format!("{}\n", to.display()))?;
    Ok(Exit::Done)
}

/// Writes the run's folder; where it stands.
fn write(loaded: &Loaded, played: &PlayedLesson<'_>, out: &Path) -> Result<PathBuf, Stop> {
    let mistake = |error: &dyn std::fmt::Display| Stop::Mistake(error.to_string());
    let inputs = scenario_file::inputs(loaded, 0);
    let run = inputs.run_name(loaded.plan.run.seed);
    let folder = scenario_file::open_folder(out, &run, &inputs).map_err(|error| mistake(&error))?;
    let results = Results {
        plan: &loaded.plan,
        inputs: &inputs,
        played: &played.run,
        with_charts: true,
    };
    let placed = results.write(folder).map_err(|error| mistake(&error))?;
    Ok(placed.path)
}

fn heading(chosen: &Chosen, told: &Told, console: &Console<'_>) -> String {
    let title = match chosen {
        Chosen::Shipped(index) => format!("Lesson {}: {}", index + 1, told.title),
        Chosen::Folder(_) => told.title.clone(),
    };
    format!("{}\n", lesson_text::strong(&title, console.out_colour()))
}

/// What comes next.
fn further(chosen: &Chosen) -> String {
    let Chosen::Shipped(index) = chosen else {
        return String::new();
    };
    let number = index + 1;
    let next = match number < LESSONS.len() {
        true => format!("The next one: fleetcast learn {}", number + 1),
        false => "That was the last one.".to_owned(),
    };
    format!("\n{next}\nIts scenario, to be changed: fleetcast learn {number} --copy my-lesson\n")
}

/// The lesson as data.
fn json_text(
    chosen: &Chosen,
    (told, played): (&Told, &PlayedLesson<'_>),
    written: Option<&Path>,
) -> String {
    let (number, name) = match chosen {
        Chosen::Shipped(index) => (
            Value::from(index + 1),
            LESSONS[*index].short_name().to_owned(),
        ),
        Chosen::Folder(folder) => (Value::Null, folder.display().to_string()),
    };
    let value = json!({
        "version": 1,
        "number": number,
        "name": name,
        "title": told.title,
        "scenario": played.plan.name,
        "event_hash": event_hash(played.run.outcome.event_hash),
        "results": written.map(|path| path.display().to_string()),
        "zone": told.zone,
        "parts": told.parts,
    });
    format!("{value:#}\n")
}
