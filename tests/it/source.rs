//! The project's own source files as text, for the tests of its style.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of `src/` or `tests/`.
pub struct SourceFile {
    /// Path from the root of the project, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl SourceFile {
    /// The lines before the tests, where a line of code is one with comments and strings blanked.
    pub fn code(&self) -> Vec<String> {
        let end = self.lines_without_tests();
        blank(&self.text)
            .lines()
            .take(end)
            .map(str::to_owned)
            .collect()
    }

    /// How many lines stand before the file's test module; none in a file of tests.
    pub fn lines_without_tests(&self) -> usize {
        if self.is_test() {
            return 0;
        }
        let lines: Vec<&str> = self.text.lines().collect();
        (0..lines.len())
            .find(|&at| lines[at] == "#[cfg(test)]" && is_module(lines.get(at + 1)))
            .unwrap_or(lines.len())
    }

    /// Whether the whole file is tests.
    pub fn is_test(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.starts_with("tests/")
            || self.path.contains("/tests/")
            || matches!(name, "tests.rs" | "fixture.rs")
            || name.ends_with("_tests.rs")
    }
}

fn is_module(line: Option<&&str>) -> bool {
    line.is_some_and(|line| line.starts_with("mod ") || line.starts_with("pub(super) mod "))
}

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `folder`, in order of path.
pub fn files(folder: &str) -> Vec<SourceFile> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    let relative = |path: &Path| {
        let below = path.strip_prefix(root()).expect("collected below the root");
        below.to_string_lossy().replace('\\', "/")
    };
    paths
        .iter()
        .map(|path| SourceFile {
            path: relative(path),
            text: fs::read_to_string(path).expect("source files are readable"),
        })
        .collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The same text with the insides of comments, strings and characters as spaces, line by line.
pub fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at).unwrap_or(at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(
                chars[at..end]
                    .iter()
                    .map(|&c| if c == '\n' { c } else { ' ' }),
            );
            at = end;
        }
    }
    out
}

/// The end of the comment, string or character that starts at `at`, if one does.
fn skipped(chars: &[char], at: usize) -> Option<usize> {
    let next = |offset: usize| chars.get(at + offset).copied();
    let find = |from: usize, what: &str| {
        let what: Vec<char> = what.chars().collect();
        let found = (from..chars.len()).find(|&i| chars[i..].starts_with(&what));
        found.map_or(chars.len(), |i| i + what.len())
    };
    let word_before = 0 < at && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
    match chars[at] {
        '/' if next(1) == Some('/') => Some(find(at, "\n").saturating_sub(1).max(at + 2)),
        '/' if next(1) == Some('*') => Some(find(at + 2, "*/")),
        'r' if !word_before && matches!(next(1), Some('"' | '#')) => {
            let hashes = (1..).take_while(|&i| next(i) == Some('#')).count();
            (next(hashes + 1) == Some('"'))
                .then(|| find(at + hashes + 2, &format!("\"{}", "#".repeat(hashes))))
        }
        '"' => Some(string_end(chars, at + 1, '"')),
        '\'' if next(1) == Some('\\') => Some(string_end(chars, at + 1, '\'')),
        '\'' if next(2) == Some('\'') => Some(at + 3),
        _ => None,
    }
}

fn string_end(chars: &[char], mut at: usize, quote: char) -> usize {
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

#[test]
fn comments_strings_and_characters_are_blanked() {
    let shown = |text: &str| {
        let words = blank(text);
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown("a // b\nc"), "a c");
    assert_eq!(shown("a /* b\n b */ c"), "a c");
    assert_eq!(shown(r#"a "b \" b" c"#), "a c");
    assert_eq!(shown("a r#\"b \" b\"# c"), "a c");
    assert_eq!(shown(r"a '{' b '\'' c <'d>"), "a b c <'d>");
}
