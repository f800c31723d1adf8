//! A lesson's text: Markdown with a heading and blocks that ask, answer, show and explain.

use super::{Asked, CHOICES_MAX, Fact, Lesson, Measure, Part, Question, ShowLine, Subject};
use super::{fact::named, letter, measure};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics, suggestion};
use crate::scenario::source::{FileId, Position, Span};

/// Blocks that a lesson is made of.
const BLOCKS: [&str; 4] = ["question", "answer", "show", "explain"];
/// Blocks that are shown as they are.
const SHOWN: [&str; 6] = ["", "text", "yaml", "json", "sh", "console"];
/// Tasks of a range at most.
const RANGE_MAX: u64 = 100;

/// Reads a text; what is wrong with it goes to `diagnostics`.
pub(super) fn read(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Lesson {
    let mut reader = Reader {
        file,
        lesson: Lesson::default(),
        prose: String::new(),
        asked: None,
        diagnostics,
    };
    let lines: Vec<&str> = text.lines().collect();
    let begin = reader.heading(&lines);
    reader.body(&lines, begin);
    reader.end(lines.len())
}

struct Reader<'a> {
    file: FileId,
    lesson: Lesson,
    /// Prose that is not in the lesson yet.
    prose: String,
    /// The line of a question that has no answer yet.
    asked: Option<usize>,
    diagnostics: &'a mut Diagnostics,
}

/// A block: its lines with their indices.
type Block<'t> = Vec<(usize, &'t str)>;

impl Reader<'_> {
    fn span(&self, line: usize, text: &str) -> Span {
        let at = |column| Position {
            line: line as u32 + 1,
            column,
        };
        let indent = text
            .chars()
            .take_while(|letter| letter.is_whitespace())
            .count() as u32;
        let end = text.trim_end().chars().count() as u32;
        Span {
            file: self.file,
            start: at(indent.min(end) + 1),
            end: at(end.max(indent.min(end) + 1) + 1),
        }
    }

    fn wrong(&mut self, code: &'static str, (line, text): (usize, &str), message: String) {
        let span = self.span(line, text);
        self.diagnostics
            .push(Diagnostic::error(code, message).at(span));
    }

    /// The front matter; the index of the first line behind it.
    fn heading(&mut self, lines: &[&str]) -> usize {
        let first = lines.first().copied().unwrap_or_default();
        let end = lines
            .iter()
            .skip(1)
            .position(|line| line.trim_end() == "---");
        let Some(end) = end.filter(|_| first.trim_end() == "---") else {
            let message = "a lesson begins with its title: a line of ---, `title: …`, and a line \
                           of --- again";
            self.wrong("lesson-title", (0, first), message.to_owned());
            return 0;
        };
        for (line, text) in lines.iter().enumerate().take(end + 1).skip(1) {
            match text.split_once(':') {
                Some((key, title)) if key.trim() == "title" && !title.trim().is_empty() => {
                    title
                        .trim()
                        .trim_matches('"')
                        .clone_into(&mut self.lesson.title);
                }
                _ if text.trim().is_empty() => {}
                _ => {
                    let message = format!(
                        "{:?} says nothing of a lesson: `title: …` does",
                        text.trim()
                    );
                    self.wrong("lesson-title", (line, text), message);
                }
            }
        }
        if self.lesson.title.is_empty() {
            let message = "the lesson has no title: `title: …`".to_owned();
            self.wrong("lesson-title", (0, first), message);
        }
        end + 2
    }

    fn body(&mut self, lines: &[&str], begin: usize) {
        let mut line = begin;
        while line < lines.len() {
            let text = lines[line];
            let Some(name) = text.trim_start().strip_prefix("```") else {
                self.prose.push_str(text);
                self.prose.push('\n');
                line += 1;
                continue;
            };
            let after = lines[line + 1..].iter().position(|it| it.trim() == "```");
            let Some(length) = after else {
                let message = "the block has no end: a line of ```".to_owned();
                return self.wrong("lesson-block", (line, text), message);
            };
            let inside = line + 1..line + 1 + length;
            let block: Block<'_> = inside.map(|at| (at, lines[at])).collect();
            self.block(name.trim(), (line, text), &block);
            line += length + 2;
        }
    }

    fn block(&mut self, name: &str, at: (usize, &str), block: &[(usize, &str)]) {
        if SHOWN.contains(&name) {
            self.prose.push_str("```\n");
            for (_, text) in block {
                self.prose.push_str(text);
                self.prose.push('\n');
            }
            self.prose.push_str("```\n");
            return;
        }
        let filled: Block<'_> = block
            .iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .copied()
            .collect();
        if !BLOCKS.contains(&name) {
            let hint = suggestion(name, BLOCKS).unwrap_or_default();
            let message = format!("a lesson has no block {name:?}; {hint}");
            return self.wrong("lesson-block", at, message);
        }
        if filled.is_empty() {
            let message = format!("the block `{name}` is empty");
            return self.wrong("lesson-block", at, message);
        }
        match name {
            "question" => self.question(at, &filled),
            "answer" => self.answer(at, &filled),
            "show" => {
                let lines = filled.iter().filter_map(|line| self.show(*line)).collect();
                self.push(Part::Show(lines));
            }
            _ => {
                let asked = filled
                    .iter()
                    .filter_map(|line| self.explain(*line))
                    .collect();
                self.push(Part::Explain(asked));
            }
        }
    }

    /// Adds a part behind the prose so far.
    fn push(&mut self, part: Part) {
        let prose = std::mem::take(&mut self.prose);
        if !prose.trim().is_empty() {
            self.lesson
                .parts
                .push(Part::Text(prose.trim_matches('\n').to_owned()));
        }
        self.lesson.parts.push(part);
    }

    fn question(&mut self, at: (usize, &str), block: &[(usize, &str)]) {
        self.unanswered();
        let mut text = Vec::new();
        let mut choices: Vec<String> = Vec::new();
        for (_, line) in block {
            let line = line.trim();
            let is_next = line.starts_with(&format!("{}) ", letter(choices.len())));
            match (is_next, choices.last_mut()) {
                (true, _) => choices.push(line[3..].trim().to_owned()),
                (false, Some(last)) => {
                    last.push(' ');
                    last.push_str(line);
                }
                (false, None) => text.push(line),
            }
        }
        if choices.len() == 1 || CHOICES_MAX < choices.len() {
            let message = format!("a question has no choices, or 2 to {CHOICES_MAX}: `a) …`");
            self.wrong("lesson-question", at, message);
        }
        self.asked = Some(at.0);
        self.push(Part::Question(Question {
            text: text.join(" "),
            choices,
            right: None,
            facts: Vec::new(),
        }));
    }

    fn answer(&mut self, at: (usize, &str), block: &[(usize, &str)]) {
        if self.asked.take().is_none() || !self.prose.trim().is_empty() {
            let message =
                "an answer follows its question at once: ```question … ```, then ```answer";
            return self.wrong("lesson-answer", at, message.to_owned());
        }
        let mut right = None;
        let mut facts = Vec::new();
        for (line, text) in block {
            if let Some(written) = text.trim().strip_prefix("right:") {
                right = Some((*line, *text, written.trim().to_owned()));
                continue;
            }
            let span = self.span(*line, text);
            match Fact::read(text, span) {
                Ok(fact) => facts.push(fact),
                Err(message) => self.wrong("lesson-answer", (*line, text), message),
            }
        }
        let Some(Part::Question(question)) = self.lesson.parts.last() else {
            return;
        };
        let count = question.choices.len();
        let found = right.as_ref().and_then(|(.., written)| {
            (0..count).find(|choice| *written == letter(*choice).to_string())
        });
        let message = match (&right, count, found) {
            (None, 0, _) | (Some(_), _, Some(_)) => None,
            (Some(_), 0, _) => {
                Some("the question has no choices, of which one could be right".to_owned())
            }
            (None, ..) => Some("which choice is right? `right: a`".to_owned()),
            (Some((.., written)), _, None) => Some(format!(
                "there is no choice {written:?}; the last is {}",
                letter(count - 1)
            )),
        };
        if let Some(message) = message {
            let place = right.as_ref().map_or(at, |(line, text, _)| (*line, *text));
            self.wrong("lesson-answer", place, message);
        }
        if facts.is_empty() && !self.diagnostics.has_errors() {
            let message = "the answer says nothing of the run, by which it could be held to it: \
                           `provider of task 5 of api = FARGATE_SPOT`";
            self.wrong("lesson-answer", at, message.to_owned());
        }
        if let Some(Part::Question(question)) = self.lesson.parts.last_mut() {
            question.right = found;
            question.facts = facts;
        }
    }

    fn show(&mut self, (line, text): (usize, &str)) -> Option<ShowLine> {
        let span = self.span(line, text);
        let (words, figure) = named(text);
        match show_line(figure, span) {
            Ok(found) if words == figure => Some(found),
            Ok(found) => Some(ShowLine {
                label: words.to_owned(),
                ..found
            }),
            Err(message) => {
                self.wrong("lesson-show", (line, text), message);
                None
            }
        }
    }

    fn explain(&mut self, (line, text): (usize, &str)) -> Option<Asked> {
        let (subject, about) = match text.split_once(": ") {
            Some((subject, about)) => (subject.trim(), Some(about.trim().to_owned())),
            None => (text.trim(), None),
        };
        let span = self.span(line, text);
        match subject_of(subject) {
            Ok(subject) => Some(Asked {
                subject,
                about,
                span,
            }),
            Err(message) => {
                self.wrong("lesson-explain", (line, text), message);
                None
            }
        }
    }

    fn unanswered(&mut self) {
        if let Some(line) = self.asked.take() {
            let message = "the question has no answer: a block ```answer follows it".to_owned();
            self.wrong("lesson-question", (line, "```question"), message);
        }
    }

    fn end(mut self, lines: usize) -> Lesson {
        self.unanswered();
        let prose = std::mem::take(&mut self.prose);
        if !prose.trim().is_empty() {
            self.lesson
                .parts
                .push(Part::Text(prose.trim_matches('\n').to_owned()));
        }
        let asks = |part: &Part| matches!(part, Part::Question(_));
        if !self.lesson.parts.iter().any(asks) && !self.diagnostics.has_errors() {
            let message =
                "the lesson asks nothing: a block ```question, and an ```answer behind it";
            self.wrong(
                "lesson-question",
                (lines.saturating_sub(1), ""),
                message.to_owned(),
            );
        }
        self.lesson
    }
}

/// `provider of task 1..8 of api`, `tasks of api in RUNNING at 0m, 5m`.
fn show_line(text: &str, span: Span) -> Result<ShowLine, String> {
    let one = |label: &str, name: String| Ok((name, Measure::read(label)?));
    let range = text.split_once(" of task ").and_then(|(what, rest)| {
        let (numbers, owner) = rest.split_once(" of ")?;
        let (from, to) = numbers.split_once("..")?;
        let (from, to) = (
            from.trim().parse::<u64>().ok()?,
            to.trim().parse::<u64>().ok()?,
        );
        Some((what, from, to, owner))
    });
    if let Some((what, from, to, owner)) = range {
        if to < from || RANGE_MAX <= to - from {
            return Err(format!(
                "{from}..{to} is no range of 1 to {RANGE_MAX} tasks"
            ));
        }
        let figures = (from..=to).map(|number| {
            one(
                &format!("{what} of task {number} of {owner}"),
                String::new(),
            )
        });
        return Ok(ShowLine {
            label: format!("{what} of tasks {from} to {to} of {owner}"),
            figures: figures.collect::<Result<_, String>>()?,
            span,
        });
    }
    if let Some((label, times)) = text.split_once(" at ")
        && times.contains(',')
    {
        let figures = times.split(',').map(str::trim);
        let figures = figures.map(|at| one(&format!("{label} at {at}"), at.to_owned()));
        return Ok(ShowLine {
            label: label.to_owned(),
            figures: figures.collect::<Result<_, String>>()?,
            span,
        });
    }
    Ok(ShowLine {
        label: text.to_owned(),
        figures: vec![one(text, String::new())?],
        span,
    })
}

/// `task 5 of api`, `service api`, `service api at 10m`.
fn subject_of(text: &str) -> Result<Subject, String> {
    if let Some((number, owner)) = measure::task(text) {
        return Ok(Subject::Task { number, owner });
    }
    let Some(name) = text.strip_prefix("service ") else {
        return Err(format!(
            "{text:?} is nothing that can be explained: `task 5 of api`, `service api` or \
             `service api at 10m` is"
        ));
    };
    let (name, at) = match name.split_once(" at ") {
        Some((name, at)) => (name, Some(measure::instant(at)?)),
        None => (name, None),
    };
    Ok(Subject::Service {
        name: name.trim().to_owned(),
        at,
    })
}
