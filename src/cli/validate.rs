//! `fleetcast validate`: computes the validation page's sections anew and says whether their bounds
//! hold.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Console;
use super::exit::{Exit, Stop};
use super::interrupt;
use crate::experiment::sweep::threads;
use crate::report::table::{Align, Cell, Colour, Table, Tone};
use crate::validation::section::{Outcome, Section};
use crate::validation::{Effort, SECTIONS, SEED_DEFAULT, SectionSpec, Watch, page};

/// Compare the simulator with theory, itself and published figures, and say how far off it is
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  fleetcast validate --quick
  fleetcast validate --out docs/validation.md
  fleetcast validate --only published --seed 7
  fleetcast validate --json | jq '.sections[].verdicts[] | select(.holds | not)'

The exit code is 1 if a stated bound is broken: beyond it by more than chance in the exact model (±,
its 99.9 % interval) could explain. Where the interval reaches beyond it, it is undecided. `--out
PAGE.md` writes every single comparison to PAGE-cells.md. The same seed, sections and version give
the same pages, byte by byte, on any number of threads.

All sections take about 31 minutes of processor time on a machine of 2026-12, and half of that on
two cores that do nothing else.")]
pub(super) struct ValidateArguments {
    /// Compute this section only; may be repeated
    #[arg(long, value_name = "SECTION", value_parser = section_parser())]
    only: Vec<String>,
    /// Do a small part of the work, in about a minute: the same bounds, but wider ±, so that more
    /// of them stay undecided
    #[arg(long)]
    quick: bool,
    /// Take another seed
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = SEED_DEFAULT,
        allow_negative_numbers = true
    )]
    seed: u64,
    /// Threads at once; without it one for each processor
    #[arg(long, short, value_name = "NUMBER", value_parser = super::sweep::jobs_parser())]
    jobs: Option<u16>,
    /// Write the page, in Markdown, to this file, and its cells to one beside it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the sections with all their figures as JSON instead of the verdicts
    #[arg(long)]
    json: bool,
}

fn section_parser() -> clap::builder::PossibleValuesParser {
    let values = SECTIONS
        .iter()
        .map(|spec| clap::builder::PossibleValue::new(spec.name).help(spec.about));
    values.collect::<Vec<_>>().into()
}

pub(super) fn validate(
    arguments: &ValidateArguments,
    console: &mut Console<'_>,
) -> Result<Exit, Stop> {
    let pool = threads(arguments.jobs.map(usize::from)).map_err(mistake)?;
    let effort = Effort {
        seed: arguments.seed,
        is_quick: arguments.quick,
    };
    // Opened before the work: nobody waits for a page that can't be written.
    let pages = match &arguments.out {
        Some(path) => Some((Draft::open(path)?, Draft::open(&cells_path(path))?)),
        None => None,
    };
    let chosen = chosen(&arguments.only);
    let is_shown = console.is_watched();
    let computed = pool.install(|| watched(&chosen, &effort, is_shown));
    let Some(sections) = computed else {
        return Ok(Exit::Cancelled);
    };
    if let Some((page, cells)) = pages {
        let command = command(arguments);
        page.finish(&page::markdown(&command, &effort, &sections))?;
        cells.finish(&page::cells_markdown(&command, &sections))?;
    }
    let text = match arguments.json {
        true => json_text(&effort, &sections),
        false => verdicts_text(&sections, arguments.out.as_deref(), console.out_colour()),
    };
    console.say(&text)?;
    Ok(match sections.iter().all(Section::holds) {
        true => Exit::Done,
        false => Exit::Broken,
    })
}

/// The sections that were asked for, in the order of the page.
fn chosen(only: &[String]) -> Vec<&'static SectionSpec> {
    let is_chosen =
        |spec: &&SectionSpec| only.is_empty() || only.iter().any(|name| name == spec.name);
    SECTIONS.iter().filter(is_chosen).collect()
}

/// Computes the sections with a bar; `None` if Ctrl-C came first.
fn watched(
    chosen: &[&'static SectionSpec],
    effort: &Effort,
    is_shown: bool,
) -> Option<Vec<Section>> {
    let steps = chosen.iter().map(|spec| (spec.steps)(effort)).sum();
    let bar = match is_shown {
        true => ProgressBar::new(steps),
        false => ProgressBar::hidden(),
    };
    let template = "{bar:30} {pos}/{len} steps, {eta} left  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    let watch = Watch {
        cancelled: interrupt::listen(),
        on_step: &|| bar.inc(1),
    };
    let compute = |spec: &&SectionSpec| {
        bar.set_message(spec.name);
        (spec.compute)(effort, &watch)
    };
    let sections = chosen.iter().map(compute).collect();
    bar.finish_and_clear();
    sections
}

/// The command as the page names it: what differs between machines is left out.
fn command(arguments: &ValidateArguments) -> String {
    let mut command = "fleetcast validate".to_owned();
    for spec in chosen(&arguments.only) {
        if !arguments.only.is_empty() {
            command.push_str(&format!(" --only {}", spec.name));
        }
    }
    if arguments.quick {
        command.push_str(" --quick");
    }
    if arguments.seed != SEED_DEFAULT {
        command.push_str(&format!(" --seed {}", arguments.seed));
    }
    command + " --out docs/validation.md"
}

/// Where the single comparisons go: `validation-cells.md` beside `validation.md`.
fn cells_path(page: &Path) -> PathBuf {
    let stem = page.file_stem().unwrap_or_default().to_string_lossy();
    let extension = page
        .extension()
        .map(|it| format!(".{}", it.to_string_lossy()));
    page.with_file_name(format!("{stem}-cells{}", extension.unwrap_or_default()))
}

/// Every claim with its bound, and the verdict.
fn verdicts_text(sections: &[Section], out: Option<&Path>, colour: Colour) -> String {
    let mut text = String::new();
    for section in sections {
        text.push_str(&format!("{}\n", section.title));
        let columns = ["claim", "bound", "measured", "holds"];
        let mut table = Table::new(&columns.map(|heading| (heading, Align::Left)));
        for verdict in &section.verdicts {
            let holds = match verdict.outcome() {
                Outcome::Holds => Cell::new("yes", Tone::Good),
                Outcome::Undecided => Cell::new("undecided", Tone::Plain),
                Outcome::Broken => Cell::new("no", Tone::Bad),
            };
            let texts = [&verdict.claim, &verdict.bound, &verdict.measured];
            table.row(
                texts
                    .map(|text| Cell::from(text.clone()))
                    .into_iter()
                    .chain([holds]),
            );
        }
        text.push_str(&table.render(colour));
        text.push('\n');
    }
    let count = |outcome| {
        let verdicts = sections.iter().flat_map(|section| &section.verdicts);
        verdicts.filter(|it| it.outcome() == outcome).count()
    };
    let [held, undecided, broken] =
        [Outcome::Holds, Outcome::Undecided, Outcome::Broken].map(count);
    let judged = held + undecided + broken;
    text.push_str(&format!(
        "{held} of {judged} bounds hold, {undecided} undecided within ±, {broken} broken.\n"
    ));
    if let Some(path) = out {
        let cells = cells_path(path);
        text.push_str(&format!(
            "Written: {} and {}\n",
            path.display(),
            cells.display()
        ));
    }
    text
}

fn json_text(effort: &Effort, sections: &[Section]) -> String {
    let value = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "seed": effort.seed,
        "quick": effort.is_quick,
        "holds": sections.iter().all(Section::holds),
        "sections": sections,
    });
    format!("{value:#}\n")
}

/// A page on its way to its place: written beside it, then renamed, so that none is ever half.
struct Draft {
    target: PathBuf,
    temporary: PathBuf,
}

impl Draft {
    fn open(target: &Path) -> Result<Self, Stop> {
        if target.is_dir() {
            let message = format!("{} is a folder; name a file", target.display());
            return Err(Stop::Mistake(message));
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let temporary = target.with_file_name(format!(".{name}.partial-{}", std::process::id()));
        let draft = Draft {
            target: target.to_owned(),
            temporary,
        };
        fs::write(&draft.temporary, "").map_err(|error| draft.unwritable(&error))?;
        Ok(draft)
    }

    fn finish(&self, text: &str) -> Result<(), Stop> {
        let written = fs::write(&self.temporary, text)
            .and_then(|()| fs::rename(&self.temporary, &self.target));
        written.map_err(|error| self.unwritable(&error))
    }

    fn unwritable(&self, error: &std::io::Error) -> Stop {
        Stop::Mistake(format!("can't write {}: {error}", self.target.display()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Renamed away, or of no use any more.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn mistake(error: impl ToString) -> Stop {
    Stop::Mistake(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::super::run_command;
    use super::*;

    fn run(arguments: &[&str]) -> (Exit, String, String) {
        let (mut said, mut warned) = (Vec::new(), Vec::new());
        let line = ["fleetcast", "validate"].iter().chain(arguments);
        let exit = run_command(line, &mut Console::plain(&mut said, &mut warned));
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (exit, text(said), text(warned))
    }

    #[test]
    fn an_unknown_section_is_refused_with_those_that_there_are() {
        let (exit, said, warned) = run(&["--only", "publishd"]);
        assert_eq!((exit, said.as_str()), (Exit::Mistake, ""));
        assert!(warned.contains("published"), "{warned}");
    }

    #[test]
    fn a_page_that_can_not_be_written_is_said_before_the_work() {
        let home = tempfile::tempdir().unwrap();
        let (exit, _, warned) = run(&["--out", &home.path().display().to_string()]);
        assert_eq!(exit, Exit::Mistake);
        assert!(warned.contains("is a folder; name a file"), "{warned}");
        let missing = home.path().join("no/such/page.md").display().to_string();
        let (exit, _, warned) = run(&["--out", &missing]);
        assert_eq!(exit, Exit::Mistake);
        assert!(warned.contains("can't write"), "{warned}");
    }

    #[test]
    fn a_page_is_the_same_on_one_thread_and_on_four() {
        let home = tempfile::tempdir().unwrap();
        let page = |jobs: &str| {
            let path = home.path().join(format!("page-{jobs}.md"));
            let place = path.display().to_string();
            let arguments = [
                "--quick",
                "--only",
                "published",
                "--jobs",
                jobs,
                "--out",
                &place,
            ];
            let (exit, said, warned) = run(&arguments);
            assert_eq!((exit, warned.as_str()), (Exit::Done, ""), "{said}");
            fs::read_to_string(path).unwrap()
        };
        assert_eq!(page("1"), page("4"));
        let left = fs::read_dir(home.path()).unwrap().count();
        assert_eq!(left, 4, "two pages each, no draft is left behind");
    }
}
