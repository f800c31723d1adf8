//! The files of a scenario and places in them: what a diagnostic points at.
//!
//! Knows nothing of YAML: names, texts, lines and columns only.

use std::path::{Path, PathBuf};

use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::files::{FileError, Files};

/// The largest file that is read: a scenario is written by people, or by a command that prints
/// one cluster; 64 MiB are some hundred times the largest seen.
pub const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A file (or the text of a `--set`) of [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct FileId(u32);

/// A place in a file: line and column, both counted from 1, columns in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Position {
    /// The line, the first one is 1.
    pub line: u32,
    /// The character in the line, the first one is 1.
    pub column: u32,
}

/// A stretch of a file, `start` inclusive, `end` exclusive.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Span {
    /// The file it is in.
    pub file: FileId,
    /// Its first character.
    pub start: Position,
    /// One past its last character.
    pub end: Position,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    path: Option<PathBuf>,
    text: String,
}

/// All the texts a scenario was read from, kept for messages.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    read_from: Files,
}

impl Span {
    /// The place of a whole short text on the first line of `file`.
    pub fn of_line(file: FileId, text: &str) -> Span {
        let end = text.chars().count() as u32 + 1;
        Span {
            file,
            start: Position { line: 1, column: 1 },
            end: Position {
                line: 1,
                column: end,
            },
        }
    }
}

impl Sources {
    /// No files yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// No files yet; those that are asked for are read from here.
    pub fn over(read_from: Files) -> Self {
        Sources {
            files: Vec::new(),
            read_from,
        }
    }

    /// Where files are read from.
    pub fn read_from(&self) -> &Files {
        &self.read_from
    }

    /// Adds a text that is no file on disk: a test's, or a pseudo-file such as `--set path=value`.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.push(Source {
            name: name.into(),
            path: None,
            text: text.into(),
        })
    }

    /// Reads a file; what is wrong with it (missing, a directory, too large, not UTF-8) comes back
    /// as the diagnostic to report. A file read before is not read again.
    pub fn load(&mut self, path: &Path) -> Result<FileId, Box<Diagnostic>> {
        if let Some(found) = self.find(path) {
            return Ok(found);
        }
        let text = self.read_text(path)?;
        let name = path.display().to_string();
        Ok(self.push(Source {
            name,
            path: Some(path.to_path_buf()),
            text,
        }))
    }

    /// The files that were read, with their texts; pseudo-files are left out.
    pub fn files_read(&self) -> impl Iterator<Item = (&Path, &str)> {
        let files = self.files.iter();
        files.filter_map(|file| Some((file.path.as_deref()?, file.text.as_str())))
    }

    /// The file read from `path`, if it was.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        let index = self
            .files
            .iter()
            .position(|file| file.path.as_deref() == Some(path))?;
        Some(FileId(index as u32))
    }

    /// The name as messages show it.
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].name
    }

    /// The path on disk; nothing for a pseudo-file.
    pub fn path(&self, file: FileId) -> Option<&Path> {
        self.files[file.0 as usize].path.as_deref()
    }

    /// A path named in `file`, such as a trace's: relative ones start at that file's folder, those
    /// of a pseudo-file at the working directory.
    pub fn resolve(&self, file: FileId, named: &str) -> PathBuf {
        let folder = self
            .path(file)
            .and_then(Path::parent)
            .unwrap_or(Path::new(""));
        folder.join(named)
    }

    /// The text as read, byte order mark and all.
    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// A line of a file without its end; the first one is 1.
    pub fn line(&self, file: FileId, line: u32) -> &str {
        let index = line.saturating_sub(1) as usize;
        let text = self.text(file);
        text.trim_start_matches('\u{feff}')
            .lines()
            .nth(index)
            .unwrap_or("")
    }

    fn read_text(&self, path: &Path) -> Result<String, Box<Diagnostic>> {
        let shown = path.display();
        let bytes = self.read_from.read(path, FILE_BYTES_MAX).map_err(|error| {
            Box::new(match error {
                FileError::TooLarge { bytes, max } => {
                    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
                    let message = format!(
                        "{shown} has {} MiB, at most {} MiB are read",
                        mib(bytes),
                        mib(max)
                    );
                    Diagnostic::error("file-too-large", message).help(
                        "is it a scenario? data such as a trace is named in it, not part of it",
                    )
                }
                error => {
                    let near = match error {
                        FileError::Missing => self.read_from.nearest(path),
                        _ => None,
                    };
                    // Who extends a file that is missing does not mean the one that says so.
                    let near = near.filter(|name| self.find(&path.with_file_name(name)).is_none());
                    let help = near.map(|name| format!("did you mean \"{name}\"?"));
                    Diagnostic::error("unreadable-file", format!("can't read {shown}: {error}"))
                        .maybe_help(help)
                }
            })
        })?;
        String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..valid]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            let message = format!("{shown} is not UTF-8 text: line {line} has a byte that is not");
            Box::new(Diagnostic::error("not-utf8", message).help("save the file as UTF-8"))
        })
    }

    fn push(&mut self, source: Source) -> FileId {
        self.files.push(source);
        FileId(self.files.len() as u32 - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_missing_file_a_directory_and_bytes_that_are_no_text_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut sources = Sources::new();
        let mut message = |path: &Path| {
            let text = sources.load(path).unwrap_err().message;
            text.replace(&folder.path().display().to_string(), "")
        };
        assert_eq!(
            message(&folder.path().join("no.yaml")),
            "can't read /no.yaml: no such file"
        );
        assert_eq!(
            message(folder.path()),
            "can't read : it is a directory, a file was expected"
        );
        let latin = folder.path().join("latin.yaml");
        fs::write(&latin, b"a: 1\nb: \xe4\n").unwrap();
        let expected = "/latin.yaml is not UTF-8 text: line 2 has a byte that is not";
        assert_eq!(message(&latin), expected);
    }

    #[test]
    fn a_named_path_starts_at_the_folder_of_the_file_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, "x: 1").unwrap();
        let mut sources = Sources::new();
        let file = sources.load(&path).unwrap();
        assert_eq!(sources.load(&path).unwrap(), file);
        assert_eq!(
            sources.resolve(file, "traces/t.csv"),
            folder.path().join("traces/t.csv")
        );
        let set = sources.add("--set", "x=1");
        assert_eq!(sources.resolve(set, "t.csv"), Path::new("t.csv"));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.yaml");
        fs::File::create(&path)
            .unwrap()
            .set_len(FILE_BYTES_MAX + 1)
            .unwrap();
        let error = Sources::new().load(&path).unwrap_err();
        assert_eq!(error.code, "file-too-large");
    }
}
