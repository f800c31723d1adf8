//! The style rules that a compiler does not hold: sizes, widths, what may not be left in the code.

use std::collections::BTreeSet;
use std::fs;

use super::source::{self, SourceFile};

/// Lines of a file before its tests, at most.
const FILE_LINES_MAX: usize = 400;
/// Lines of a function with its signature, at most.
const FUNCTION_LINES_MAX: usize = 70;
/// Characters of a line, at most.
const LINE_WIDTH_MAX: usize = 100;

/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[
    (
        "src/scenario/schema/table.rs",
        "one table of the format's fields, read from top to bottom",
    ),
    (
        "src/scenario/defaults.rs",
        "one table of the format's defaults, read from top to bottom",
    ),
];
/// Functions that may be longer, as `file: name`, each with its reason.
const LONG_FUNCTIONS: &[(&str, &str)] = &[];
/// Files that may have wider lines, each with its reason.
const WIDE_FILES: &[(&str, &str)] = &[];
/// What may not stand in code outside tests, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    (
        ".unwrap()",
        "say why it cannot be with expect, or return the error",
    ),
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "take it out"),
];

fn is_excepted(list: &[(&str, &str)], name: &str) -> bool {
    list.iter().any(|(excepted, _)| *excepted == name)
}

fn all_files() -> Vec<SourceFile> {
    let mut all = source::files("src");
    all.extend(source::files("tests"));
    all.extend(source::files("python/src"));
    all
}

/// Fails with all of `wrong` at once.
fn expect_none(rule: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{rule}:\n  {}", wrong.join("\n  "));
}

#[test]
fn files_are_short() {
    let long = |file: &SourceFile| {
        let lines = file.lines_without_tests();
        let fine = lines <= FILE_LINES_MAX || is_excepted(LONG_FILES, &file.path);
        (!fine).then(|| format!("{}: {lines} lines", file.path))
    };
    expect_none(
        "a file has at most 400 lines before its tests; look for the seam",
        all_files().iter().filter_map(long).collect(),
    );
}

#[test]
fn functions_are_short() {
    let mut wrong = Vec::new();
    for file in all_files() {
        for (line, name, lines) in functions(&file.code().join("\n")) {
            let excepted = is_excepted(LONG_FUNCTIONS, &format!("{}: {name}", file.path));
            if FUNCTION_LINES_MAX < lines && !excepted {
                wrong.push(format!("{}:{line}: fn {name} has {lines} lines", file.path));
            }
        }
    }
    expect_none(
        "a function has at most 70 lines; split along its control flow",
        wrong,
    );
}

/// Each function with a body in blanked code: its first line, its name, its lines.
fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let inside_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = &code[at + "fn ".len()..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let name: String = rest.chars().take_while(|&c| is_name(c)).collect();
        if inside_a_word || name.is_empty() {
            continue;
        }
        if let Some(length) = body_end(rest) {
            let lines = rest[..length].matches('\n').count() + 1;
            found.push((code[..at].matches('\n').count() + 1, name, lines));
        }
    }
    found
}

/// Where the function's body ends, if it has one.
fn body_end(rest: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut braces = 0usize;
    for (at, c) in rest.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ';' if depth == 0 && braces == 0 => return None,
            '{' => braces += 1,
            '}' if braces <= 1 => return Some(at),
            '}' => braces -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn lines_are_at_most_100_characters_wide() {
    let mut wrong = Vec::new();
    for file in all_files() {
        // Golden messages in tests are as wide as they are.
        for (index, line) in file
            .text
            .lines()
            .enumerate()
            .take(file.lines_without_tests())
        {
            let width = line.chars().count();
            if LINE_WIDTH_MAX < width && !is_excepted(WIDE_FILES, &file.path) {
                wrong.push(format!("{}:{}: {width} characters", file.path, index + 1));
            }
        }
    }
    expect_none("a line has at most 100 characters", wrong);
}

#[test]
fn every_module_opens_with_what_it_answers() {
    let silent = |file: &SourceFile| {
        let opens = file.text.starts_with("//! ");
        (!opens && !file.path.ends_with("/tests.rs")).then(|| file.path.clone())
    };
    expect_none(
        "a file opens with `//! ` and a sentence",
        all_files().iter().filter_map(silent).collect(),
    );
}

#[test]
fn nothing_unfinished_stands_outside_tests() {
    let mut wrong = Vec::new();
    for file in all_files() {
        for (index, line) in file.code().iter().enumerate() {
            for (what, instead) in FORBIDDEN {
                if line.contains(what) {
                    wrong.push(format!("{}:{}: {what}: {instead}", file.path, index + 1));
                }
            }
        }
    }
    expect_none("what may not stand outside tests", wrong);
}

#[test]
fn no_exception_outlives_its_file() {
    let paths: BTreeSet<String> = all_files().into_iter().map(|file| file.path).collect();
    for (name, reason) in [LONG_FILES, LONG_FUNCTIONS, WIDE_FILES].concat() {
        let path = name.split(": ").next().unwrap_or(name);
        assert!(
            paths.contains(path),
            "{name} is gone; take out its exception"
        );
        assert!(
            !reason.is_empty(),
            "{name} has an exception without a reason"
        );
    }
}

/// The names in the sections of Cargo.toml that end in `dependencies]`.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
        } else if let (true, Some((name, _))) = (inside, line.split_once('=')) {
            names.insert(name.trim());
        }
    }
    names
}

#[test]
fn every_dependency_has_its_line_in_the_architecture() {
    let read = |name: &str| fs::read_to_string(source::root().join(name)).expect("it is there");
    let manifests = read("Cargo.toml") + &read("python/Cargo.toml");
    let architecture = read("ARCHITECTURE.md");
    let explained: BTreeSet<&str> = architecture
        .lines()
        .skip_while(|line| !line.starts_with("## Dependencies"))
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let mut used = dependencies(&manifests);
    used.remove("fleetcast");
    assert_eq!(used, explained);
}

#[test]
fn functions_are_measured_from_signature_to_closing_brace() {
    let code =
        "trait T {\n    fn a(&self) -> [u8; 2];\n    fn b() {\n        {}\n    }\n}\nfn c() {}";
    let measured = functions(code);
    assert_eq!(measured, [(3, "b".to_owned(), 3), (7, "c".to_owned(), 1)]);
}
