//! What is wrong with a scenario: collected, sorted by place, shown with the line itself.

use std::fmt::Write;

use serde::Serialize;

pub use crate::catalog::names::{nearest, suggestion};
use crate::scenario::source::{Sources, Span};

/// How grave a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The scenario can't be run.
    Error,
    /// It can, and is likely not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

/// One thing to say about a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// A stable name to look up and to test for, such as `unknown-field`.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Where in which file, if it has a place.
    pub span: Option<Span>,
    /// Where in the scenario, such as `aws.services.api.desiredCount`; empty for the whole.
    pub path: String,
    /// What was found and what was expected; lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// What is said not to be there.
    pub missing: Option<Missing>,
}

/// A thing of the scenario that is said not to be there: it may have been read and refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// The blocks of `aws` that have such things.
    pub blocks: &'static [&'static str],
    /// Its name; `None`: any.
    pub name: Option<String>,
}

/// Collects diagnostics, so that all of them are shown at once.
///
/// Of each severity the first [`KEPT_MAX`] are kept: a file of a million mistakes is not a million
/// messages long.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    /// Those kept, by severity.
    kept: [usize; SEVERITIES.len()],
    /// Those counted only, by severity.
    further: [usize; SEVERITIES.len()],
}

/// The most diagnostics of one severity that are kept.
pub const KEPT_MAX: usize = 100;

const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];

/// A diagnostic as `--format json` prints it.
#[derive(Serialize)]
struct Record<'a> {
    code: &'a str,
    severity: Severity,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    path: &'a str,
    message: &'a str,
    help: Option<&'a str>,
}

impl Diagnostic {
    /// A diagnostic without a place yet.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        let (path, message) = (String::new(), message.into());
        Diagnostic {
            code,
            severity,
            span: None,
            path,
            message,
            help: None,
            missing: None,
        }
    }

    /// An error without a place yet.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A warning without a place yet.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// A note without a place yet.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// The same, at a place in a file.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same, at a path of the scenario.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, with what to do about it if there is something.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }
}

impl Diagnostics {
    /// Nothing wrong yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one; the same one twice (seen through an alias, say) is kept once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.items.last() == Some(&diagnostic) {
            return;
        }
        let severity = diagnostic.severity as usize;
        if KEPT_MAX <= self.kept[severity] {
            self.further[severity] += 1;
            return;
        }
        self.kept[severity] += 1;
        self.items.push(diagnostic);
    }

    /// Whether further errors are counted only: who would search long for a help need not.
    pub fn is_full(&self) -> bool {
        KEPT_MAX <= self.kept[Severity::Error as usize]
    }

    /// Adds all of another collection.
    pub fn append(&mut self, other: Diagnostics) {
        for severity in SEVERITIES {
            self.further[severity as usize] += other.further[severity as usize];
        }
        other.items.into_iter().for_each(|item| self.push(item));
    }

    /// Takes out those of which `is_left_out` says so; how many.
    pub(super) fn leave_out(&mut self, is_left_out: impl Fn(&Diagnostic) -> bool) -> usize {
        let before = self.items.len();
        let kept = &mut self.kept;
        self.items.retain(|item| {
            let is_left_out = is_left_out(item);
            kept[item.severity as usize] -= usize::from(is_left_out);
            !is_left_out
        });
        before - self.items.len()
    }

    /// Puts another one in the place of one.
    pub(super) fn replace(&mut self, one: &Diagnostic, other: Diagnostic) {
        if let Some(item) = self.items.iter_mut().find(|item| *item == one) {
            *item = other;
        }
    }

    /// Whether an error is among them.
    pub fn has_errors(&self) -> bool {
        self.items
            .iter()
            .any(|item| item.severity == Severity::Error)
    }

    /// How many of a severity there are.
    pub fn count(&self, severity: Severity) -> usize {
        self.kept[severity as usize] + self.further[severity as usize]
    }

    /// Those added so far, in the order of adding.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// Sorted by file and place, those without a place first; ties stay in the order of adding.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.items.iter().collect();
        sorted.sort_by_key(|item| item.span.map(|span| (span.file, span.start)));
        sorted
    }

    /// A line for each severity of which some are counted only.
    fn counted_only(&self) -> impl Iterator<Item = Diagnostic> {
        let further = SEVERITIES.map(|severity| (severity, self.further[severity as usize]));
        let some = further.into_iter().filter(|(_, further)| 0 < *further);
        some.map(|(severity, further)| {
            let message = format!("{further} more of this kind are not shown");
            Diagnostic::new(severity, "and-more", message)
        })
    }

    /// All of them as text for people, one block each, sorted by place.
    pub fn render(&self, sources: &Sources, color: bool) -> String {
        let counted_only: Vec<Diagnostic> = self.counted_only().collect();
        let all = self.sorted().into_iter().chain(&counted_only);
        let blocks = all.map(|item| render(item, sources, color));
        blocks.collect::<Vec<_>>().join("\n")
    }

    /// All of them as a JSON array, sorted by place.
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        let counted_only: Vec<Diagnostic> = self.counted_only().collect();
        let all = self.sorted().into_iter().chain(&counted_only);
        let records = all.map(|item| record(item, sources));
        let records = records.map(serde_json::to_value).collect::<Result<_, _>>();
        serde_json::Value::Array(records.expect("strings and numbers are always JSON"))
    }
}

fn record<'a>(item: &'a Diagnostic, sources: &'a Sources) -> Record<'a> {
    Record {
        code: item.code,
        severity: item.severity,
        file: item.span.map(|span| sources.name(span.file)),
        line: item.span.map(|span| span.start.line),
        column: item.span.map(|span| span.start.column),
        path: &item.path,
        message: &item.message,
        help: item.help.as_deref(),
    }
}

struct Paint {
    severity: &'static str,
    bold: &'static str,
    frame: &'static str,
    end: &'static str,
}

fn paint(severity: Severity, color: bool) -> Paint {
    if !color {
        return Paint {
            severity: "",
            bold: "",
            frame: "",
            end: "",
        };
    }
    let severity = match severity {
        Severity::Error => "\x1b[1;31m",
        Severity::Warning => "\x1b[1;33m",
        Severity::Note => "\x1b[1;32m",
    };
    Paint {
        severity,
        bold: "\x1b[1m",
        frame: "\x1b[1;34m",
        end: "\x1b[0m",
    }
}

fn render(item: &Diagnostic, sources: &Sources, color: bool) -> String {
    let Paint {
        severity,
        bold,
        frame,
        end,
    } = paint(item.severity, color);
    let word = match item.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut text = String::new();
    let _ = write!(
        text,
        "{severity}{word}[{}]{end}{bold}: {}",
        item.code,
        shown(&item.message)
    );
    if !item.path.is_empty() {
        let _ = write!(text, " in {}", shown(&shortened(&item.path)));
    }
    let _ = writeln!(text, "{end}");
    if let Some(span) = item.span {
        let (name, start) = (sources.name(span.file), span.start);
        let _ = writeln!(
            text,
            "  {frame}-->{end} {name}:{}:{}",
            start.line, start.column
        );
        let (line, before, width) = excerpt(sources.line(span.file, start.line), span);
        let number = start.line.to_string();
        let gap = " ".repeat(number.len());
        let _ = writeln!(text, " {frame}{number} |{end} {line}");
        let (indent, carets) = (" ".repeat(before), "^".repeat(width));
        let _ = writeln!(text, " {gap} {frame}|{end} {indent}{severity}{carets}{end}");
    }
    if let Some(help) = &item.help {
        // Help may show an example of several lines; they stand below one another.
        for (index, line) in help.lines().enumerate() {
            let _ = match index {
                0 => writeln!(text, "  {bold}help{end}: {}", shown(line)),
                _ => writeln!(text, "        {}", shown(line)),
            };
        }
    }
    text
}

/// A path of which long names leave out their middle: what it begins and ends with finds it.
fn shortened(path: &str) -> String {
    const KEPT: usize = 120;
    let letters: Vec<char> = path.chars().collect();
    if letters.len() <= 2 * KEPT {
        return path.to_owned();
    }
    let part = |letters: &[char]| letters.iter().collect::<String>();
    let (begin, end) = (&letters[..KEPT], &letters[letters.len() - KEPT..]);
    format!("{}…{}", part(begin), part(end))
}

/// The line (a window of it, if it is long), the columns before the caret, and the caret's width.
fn excerpt(line: &str, span: Span) -> (String, usize, usize) {
    const WINDOW: usize = 100;
    const LEAD: usize = 30;
    let all: Vec<char> = line.chars().collect();
    let column = (span.start.column.saturating_sub(1) as usize).min(all.len());
    let to = if span.end.line == span.start.line {
        (span.end.column.saturating_sub(1) as usize).min(all.len())
    } else {
        all.len()
    };
    let from = if all.len() <= WINDOW {
        0
    } else {
        column.saturating_sub(LEAD)
    };
    let until = all.len().min(from + WINDOW);
    let window: String = all[from..until].iter().collect();
    let width = to.min(until).saturating_sub(column).max(1);
    let (left, right) = (0 < from, until < all.len());
    let line = format!(
        "{}{}{}",
        if left { "…" } else { "" },
        shown(&window),
        if right { "…" } else { "" }
    );
    (line, column - from + usize::from(left), width)
}

/// Control characters (a terminal would obey them) are shown as `�`, tabs as a space, so that
/// carets stay below their letters.
fn shown(text: &str) -> String {
    let visible = |letter: char| match letter {
        '\t' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ if letter.is_control() => '\u{fffd}',
        _ => letter,
    };
    text.chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::source::Position;

    fn span(sources: &mut Sources, line: &str, columns: (u32, u32)) -> Span {
        let file = sources.add("shop.yaml", line);
        let at = |column| Position { line: 1, column };
        Span {
            file,
            start: at(columns.0),
            end: at(columns.1),
        }
    }

    #[test]
    fn a_problem_is_shown_with_its_line_and_its_help() {
        let mut sources = Sources::new();
        let place = span(&mut sources, "  ä: { desiredCout: 3 }", (8, 19));
        let mut diagnostics = Diagnostics::new();
        let help = suggestion("desiredCout", ["desiredCount", "deploymentController"]);
        diagnostics.push(
            Diagnostic::error("unknown-field", "unknown field \"desiredCout\"")
                .path("aws.services.api")
                .at(place)
                .maybe_help(help),
        );
        diagnostics.push(Diagnostic::note("no-place", "the table is of 2026"));
        insta::assert_snapshot!(diagnostics.render(&sources, false), @r#"
        note[no-place]: the table is of 2026

        error[unknown-field]: unknown field "desiredCout" in aws.services.api
          --> shop.yaml:1:8
         1 |   ä: { desiredCout: 3 }
           |        ^^^^^^^^^^^
          help: did you mean "desiredCount"?
        "#);
        assert!(
            diagnostics
                .render(&sources, true)
                .contains("\x1b[1;31merror[unknown-field]\x1b[0m")
        );
    }

    #[test]
    fn a_long_line_is_cut_around_its_problem_and_controls_do_not_reach_the_terminal() {
        let mut sources = Sources::new();
        let line = format!("{}\x1b[2Jbad{}", "x".repeat(200), "y".repeat(200));
        let place = span(&mut sources, &line, (205, 208));
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(Diagnostic::warning("odd", "a\x07b").at(place));
        let shown = diagnostics.render(&sources, false);
        assert!(
            !shown.contains('\x1b') && !shown.contains('\x07'),
            "{shown}"
        );
        let lines: Vec<&str> = shown.lines().collect();
        let column = |line: &str, what: char| line.chars().position(|letter| letter == what);
        assert_eq!(column(lines[3], '^'), column(lines[2], 'b'));
        assert!(lines[2].chars().count() < 120);
    }

    #[test]
    fn the_json_form_has_place_and_help() {
        let mut sources = Sources::new();
        let place = span(&mut sources, "a: b", (4, 5));
        let mut diagnostics = Diagnostics::new();
        diagnostics.push(
            Diagnostic::error("x", "wrong")
                .at(place)
                .path("a")
                .help("write c"),
        );
        assert_eq!(
            diagnostics.to_json(&sources).to_string(),
            "[{\"code\":\"x\",\"severity\":\"error\",\"file\":\"shop.yaml\",\"line\":1,\
             \"column\":4,\"path\":\"a\",\"message\":\"wrong\",\"help\":\"write c\"}]"
        );
    }

    #[test]
    fn the_nearest_names_are_suggested_and_far_ones_are_not() {
        let known = ["desiredCount", "deploymentConfiguration", "family"];
        assert_eq!(nearest("DesiredCount", known), ["desiredCount"]);
        assert_eq!(nearest("zzz", known), [""; 0]);
        assert_eq!(
            nearest("maxCapacity", ["MaxCapacity", "MinCapacity"])[0],
            "MaxCapacity"
        );
        let all = "known here: desiredCount, deploymentConfiguration, family";
        assert_eq!(suggestion("zzz", known).as_deref(), Some(all));
    }
}
