//! A scenario's file, as somebody moves it: read, changed, played, saved.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{answer, figures};
use crate::experiment::run::play;
use crate::scenario::diagnostic::{Diagnostic, Severity};
use crate::scenario::files::Files;
use crate::scenario::knobs::{Knob, KnobGroup, Setting, knobs};
use crate::scenario::source::{FILE_BYTES_MAX, Sources};
use crate::scenario::text_edit::{Edited, edit};
use crate::scenario::{Failure, LoadOptions, Loaded, load};
use crate::simulation::outcome::RunLimits;

/// A scenario's file, as somebody moves it.
#[derive(Debug)]
pub struct Session {
    path: PathBuf,
    /// Without paths to set: those are moved from the page on.
    options: LoadOptions,
    set: Vec<(String, String)>,
    /// The file's text, as it was read last.
    text: Mutex<String>,
}

/// What a page asks to be played.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// The scenario's text as somebody edited it; without, the file's.
    pub text: Option<String>,
    /// Paths and values on top of it.
    pub set: Vec<(String, String)>,
    /// The [`mark`] of the file's text that the page began with, or saved last.
    pub began: Option<String>,
    /// Which page asks: a later wish of its own ends its play, none of another page.
    pub page: String,
}

/// What tells a text from others, for pages to remember.
pub(super) fn mark(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// Why a text is not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody else wrote the file since.
    #[error("{} was changed since this page read it; copy your text and reload", .0.display())]
    Changed(PathBuf),
    /// The disk.
    #[error("can't write {}: {}", .0.display(), .1.kind())]
    Disk(PathBuf, std::io::Error),
}

impl Session {
    /// Opens a scenario's file; what `options` set is what the page begins with as moved.
    ///
    /// # Errors
    /// If the file can't be read. What is wrong in it the page shows.
    pub fn open(path: &Path, mut options: LoadOptions) -> Result<Self, Box<Diagnostic>> {
        let mut sources = Sources::new();
        let file = sources.load(path)?;
        let text = Mutex::new(sources.text(file).to_owned());
        Ok(Session {
            path: path.to_owned(),
            set: std::mem::take(&mut options.set),
            options,
            text,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is moved from the beginning on: paths and values.
    pub fn set(&self) -> &[(String, String)] {
        &self.set
    }

    /// The file's text as it is now; as it was read last where it can't be.
    pub fn text(&self) -> String {
        let mut known = self
            .text
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Files::Disk.read(&self.path, FILE_BYTES_MAX).ok();
        if let Some(now) = now.and_then(|bytes| String::from_utf8(bytes).ok()) {
            *known = now;
        }
        known.clone()
    }

    /// Does `work` while the file is not being written.
    pub(super) fn between_writes(&self, work: impl FnOnce()) {
        let known = self.text.lock();
        work();
        drop(known);
    }

    /// Whether the file is another one than the page knows that began with a text of this mark.
    pub fn is_changed_on_disk(&self, began: &str) -> bool {
        let now = Files::Disk.read(&self.path, FILE_BYTES_MAX);
        now.is_ok_and(|now| String::from_utf8(now).map_or(true, |now| mark(&now) != began))
    }

    /// Plays what is wished: the figures of the run, the text that says it, and what is wrong with
    /// it instead where it can't be played. `None` if `cancelled` was set before its end.
    pub fn play(&self, wish: &Wish, cancelled: &'static AtomicBool) -> Option<Value> {
        let own = wish.text.clone().unwrap_or_else(|| self.text());
        let edited = edit(&own, &wish.set);
        let left = |(path, _): &&(String, String)| edited.left.contains(path);
        let mut options = LoadOptions {
            files: Files::edited(&self.path, &edited.text),
            ..self.options.clone()
        };
        options.set.extend(wish.set.iter().filter(left).cloned());
        let mut said = match load(&self.path, &options) {
            Ok(loaded) => self.played(loaded, cancelled)?,
            Err(failure) => self.failed(&failure),
        };
        said["text"] = json!(edited.text);
        said["marks"] = marks(&edited);
        said["left"] = json!(edited.left);
        let began = wish.began.as_deref();
        let is_changed = began.is_some_and(|began| self.is_changed_on_disk(began));
        said["changed_on_disk"] = json!(is_changed);
        Some(said)
    }

    fn played(&self, mut loaded: Loaded, cancelled: &'static AtomicBool) -> Option<Value> {
        let moved = knobs(&loaded);
        // The charts are of series, whatever the scenario keeps.
        figures::record(&mut loaded.plan);
        let limits = RunLimits {
            cancelled,
            ..RunLimits::default()
        };
        let played = play(&loaded.plan, 0, &limits);
        if cancelled.load(std::sync::atomic::Ordering::Relaxed) {
            return None;
        }
        let notes = loaded.diagnostics.sorted().into_iter();
        let notes = notes.map(|it| self.problem(it, &loaded.sources));
        Some(json!({
            "played": true,
            "name": loaded.plan.name,
            "answer": answer::of(&loaded.plan, &played),
            "figures": figures::of(&loaded.plan, &played),
            "period_s": figures::period(&loaded.plan).as_secs_f64(),
            "knobs": moved.iter().map(knob_json).collect::<Vec<_>>(),
            "problems": notes.collect::<Vec<_>>(),
        }))
    }

    fn failed(&self, failure: &Failure) -> Value {
        let problems = failure.diagnostics.sorted().into_iter();
        let problems = problems.map(|it| self.problem(it, &failure.sources));
        json!({ "played": false, "problems": problems.collect::<Vec<_>>() })
    }

    fn problem(&self, problem: &Diagnostic, sources: &Sources) -> Value {
        let place = problem.span;
        let file = place.map(|span| sources.name(span.file));
        let is_own = place.is_some_and(|span| sources.path(span.file) == Some(&self.path));
        json!({
            "severity": match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            "message": problem.message,
            "help": problem.help,
            "path": problem.path,
            "file": file,
            "line": place.filter(|_| is_own).map(|span| span.start.line),
            "column": place.filter(|_| is_own).map(|span| span.start.column),
        })
    }

    /// Writes a text to the file, whole or not at all; not over what somebody else wrote since
    /// the file's text was the one of the mark `began`. The new text's mark.
    ///
    /// # Errors
    /// If somebody did, another page of this program among them, or the disk does not take it.
    pub fn save(&self, text: &str, began: &str) -> Result<String, SaveError> {
        // Held to the end: of two pages that save at once one is told of the other.
        let mut known = self
            .text
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if self.is_changed_on_disk(began) {
            return Err(SaveError::Changed(self.path.clone()));
        }
        let disk = |error| SaveError::Disk(self.path.clone(), error);
        crate::report::results::write_whole(&self.path, text.as_bytes()).map_err(disk)?;
        text.clone_into(&mut known);
        Ok(mark(text))
    }
}

fn marks(edited: &Edited) -> Value {
    let marks = edited.changed.iter();
    let marks = marks.map(|it| json!({ "line": it.line, "from": it.from, "to": it.to }));
    marks.collect::<Vec<_>>().into()
}

fn knob_json(knob: &Knob) -> Value {
    let about = match knob.about {
        KnobGroup::Load => "Load",
        KnobGroup::Services => "Services",
        KnobGroup::Scaling => "Scaling",
        KnobGroup::Capacity => "Instances",
        KnobGroup::Spot => "Spot",
    };
    let setting = match &knob.setting {
        Setting::Number {
            at,
            least,
            most,
            step,
        } => json!({ "at": at, "least": least, "most": most, "step": step }),
        Setting::Choice { at, of } => json!({ "at": at, "of": of }),
    };
    json!({ "path": knob.path, "about": about, "label": knob.label, "setting": setting })
}
