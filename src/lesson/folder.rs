//! A lesson's folder: a scenario and a text.

use std::path::Path;

use super::{Lesson, text};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::source::{FileId, Sources};
use crate::scenario::{Failure, LoadOptions, Loaded, load, load_text};

/// The file of a lesson's text.
pub const TEXT: &str = "lesson.md";
/// The file of a lesson's scenario.
pub const SCENARIO: &str = "scenario.yaml";

/// A lesson that may be played, with the texts that messages point into.
#[derive(Debug)]
pub struct Opened {
    /// The lesson.
    pub lesson: Lesson,
    /// Its text.
    pub sources: Sources,
    /// Its scenario.
    pub loaded: Loaded,
}

/// Reads the lesson of a folder.
///
/// # Errors
/// With every problem of its text and its scenario; the scenario's where the text has none.
pub fn open(folder: &Path) -> Result<Opened, Failure> {
    let mut sources = Sources::new();
    let mut diagnostics = Diagnostics::new();
    for name in [TEXT, SCENARIO] {
        let path = folder.join(name);
        if !path.is_file() {
            let message = format!("the lesson {} has no {name}", folder.display());
            let help = "a lesson is a folder with lesson.md and scenario.yaml: `fleetcast learn 1 \
                        --copy FOLDER` writes one to begin from";
            diagnostics.push(Diagnostic::error("lesson-file", message).help(help));
        }
    }
    if diagnostics.has_errors() {
        return Err(Failure {
            diagnostics,
            sources,
        });
    }
    let file = match sources.load(&folder.join(TEXT)) {
        Ok(file) => file,
        Err(wrong) => {
            diagnostics.push(*wrong);
            return Err(Failure {
                diagnostics,
                sources,
            });
        }
    };
    let lesson = lesson_of(sources, file)?;
    let loaded = load(&folder.join(SCENARIO), &LoadOptions::default())?;
    Ok(lesson.with(loaded))
}

/// Reads a lesson of texts that are no files; `name` stands for their folder in messages.
///
/// # Errors
/// As [`open`].
pub fn open_texts(name: &str, lesson: &str, scenario: &str) -> Result<Opened, Failure> {
    let mut sources = Sources::new();
    let file = sources.add(format!("{name}/{TEXT}"), lesson);
    let lesson = lesson_of(sources, file)?;
    let place = format!("{name}/{SCENARIO}");
    let loaded = load_text(&place, scenario, &LoadOptions::default())?;
    Ok(lesson.with(loaded))
}

struct Text {
    lesson: Lesson,
    sources: Sources,
}

impl Text {
    fn with(self, loaded: Loaded) -> Opened {
        Opened {
            lesson: self.lesson,
            sources: self.sources,
            loaded,
        }
    }
}

fn lesson_of(sources: Sources, file: FileId) -> Result<Text, Failure> {
    let mut diagnostics = Diagnostics::new();
    let lesson = text::read(file, sources.text(file), &mut diagnostics);
    match diagnostics.has_errors() {
        true => Err(Failure {
            diagnostics,
            sources,
        }),
        false => Ok(Text { lesson, sources }),
    }
}
