//! A lesson for a terminal or a pipe: its text wrapped, its questions, its run's figures and words.

use super::explain_text;
use super::table::{Align, Cell, Colour, Look, Table, Tone, clean};
use crate::lesson::{ToldLine, ToldPart, ToldQuestion, letter};

/// A text in strong letters, where there are any.
pub fn strong(text: &str, colour: Colour) -> String {
    painted(text, Tone::Strong, colour)
}

/// A part of a lesson with an empty line before it; every line ends with a line feed. Of a question
/// it is what is asked.
pub fn render(part: &ToldPart, zone: &str, look: impl Into<Look>) -> String {
    let look = look.into();
    let text = match part {
        ToldPart::Text(text) => prose(text, look),
        ToldPart::Question(asked) => question(asked, look),
        ToldPart::Show(lines) => figures(lines, look),
        ToldPart::Explain(explanations) => {
            let told = explanations
                .iter()
                .map(|explanation| explain_text::render(explanation, zone, look));
            told.collect::<Vec<_>>().join("\n")
        }
    };
    format!("\n{text}")
}

/// The answer of a question, with what of the run says so; after `verdict`, such as `Right.`.
pub fn answer(
    question: &ToldQuestion,
    verdict: Option<(&str, bool)>,
    look: impl Into<Look>,
) -> String {
    let look = look.into();
    let right = match question.right {
        Some(choice) => format!("{}) {}", letter(choice), question.choices[choice]),
        None => question
            .facts
            .first()
            .map_or_else(String::new, |fact| fact.shown.clone()),
    };
    let mut out = String::new();
    let (word, tone) = match verdict {
        Some((word, true)) => (word, Tone::Good),
        Some((word, false)) => (word, Tone::Bad),
        None => ("Answer:", Tone::Strong),
    };
    let first = format!("{} ", painted(word, tone, look.colour));
    wrapped(
        &mut out,
        (&first, word.chars().count() + 1),
        2,
        &marked(&right, look.colour),
        look,
    );
    for (index, fact) in question.facts.iter().enumerate() {
        let label = if index == 0 { "in the run" } else { "" };
        let line = format!("{}: {}", fact.figure, fact.shown);
        let begin = (&format!("  {label:<12}")[..], 14);
        wrapped(&mut out, begin, 14, &clean(&line), look);
    }
    out
}

fn question(question: &ToldQuestion, look: Look) -> String {
    let mut out = String::new();
    let mark = format!("{} ", painted("Question:", Tone::Strong, look.colour));
    let text = marked(&question.text, look.colour);
    wrapped(&mut out, (&mark, 10), 10, &text, look);
    for (index, choice) in question.choices.iter().enumerate() {
        let begin = format!("  {}) ", letter(index));
        let choice = marked(choice, look.colour);
        wrapped(&mut out, (&begin, 5), 5, &choice, look);
    }
    out
}

/// Figures, a line each; those of several tasks in the order of the tasks.
fn figures(lines: &[ToldLine], look: Look) -> String {
    let mut out = String::new();
    for line in lines {
        wrapped(&mut out, ("  ", 2), 6, &clean(&line.said()), look);
    }
    out
}

/// Markdown as lines: paragraphs and list items wrapped, code as it is, headings in strong letters.
fn prose(text: &str, look: Look) -> String {
    let mut out = String::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in text.lines() {
        let item = item_of(line);
        let ends = is_code || line.trim().is_empty() || item.is_some();
        let heading = line
            .strip_prefix('#')
            .map(|rest| rest.trim_start_matches('#').trim());
        if ends || line.starts_with("```") || heading.is_some() {
            flush(&mut out, &mut paragraph, look);
        }
        match (line.trim(), heading) {
            ("```", _) => is_code = !is_code,
            _ if is_code => out.push_str(&format!("    {}\n", clean(line))),
            ("", _) => out.push('\n'),
            (_, Some(heading)) => {
                out.push_str(&strong(&clean(heading), look.colour));
                out.push('\n');
            }
            (words, None) => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(words);
            }
        }
    }
    flush(&mut out, &mut paragraph, look);
    out
}

/// The mark of a list's item, if the line begins one.
pub(super) fn item_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match line {
        _ if line.starts_with("- ") || line.starts_with("* ") => Some(&line[..2]),
        _ if 0 < digits && line[digits..].starts_with(". ") => Some(&line[..digits + 2]),
        _ => None,
    }
}

fn flush(out: &mut String, paragraph: &mut String, look: Look) {
    let text = std::mem::take(paragraph);
    if text.is_empty() {
        return;
    }
    let (first, rest) = match item_of(&text) {
        Some(mark) => (format!("  {mark}"), &text[mark.len()..]),
        None => (String::new(), &text[..]),
    };
    let indent = first.chars().count();
    let rest = marked(rest, look.colour);
    wrapped(out, (&first, indent), indent, &rest, look);
}

/// Markdown within a line: `**strong**` in strong letters where there are any, `*such*` plain, code
/// as it is.
fn marked(text: &str, colour: Colour) -> String {
    let text = clean(text);
    let mut out = String::new();
    let (mut is_code, mut is_strong) = (false, false);
    let mut rest = &text[..];
    while let Some(letter) = rest.chars().next() {
        let strong = rest.strip_prefix("**").filter(|_| !is_code);
        if let Some(after) = strong {
            is_strong = !is_strong;
            if colour == Colour::Ansi {
                out.push_str(if is_strong { "\u{1b}[1m" } else { "\u{1b}[0m" });
            }
            rest = after;
            continue;
        }
        is_code ^= letter == '`';
        if letter != '*' || is_code {
            out.push(letter);
        }
        rest = &rest[letter.len_utf8()..];
    }
    out
}

/// A safe sentence behind `first`, which is so many columns wide; further lines are indented.
fn wrapped(
    out: &mut String,
    (first, columns): (&str, usize),
    indent: usize,
    sentence: &str,
    look: Look,
) {
    let mut line = first.to_owned();
    let mut width = columns;
    let mut is_begun = false;
    for word in sentence.split_whitespace() {
        let length = columns_of(word);
        if is_begun && look.columns < width + 1 + length {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(indent);
            width = indent;
        } else if is_begun {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += length;
        is_begun = true;
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Letters of a word, its colours left out.
fn columns_of(word: &str) -> usize {
    let mut parts = word.split('\u{1b}');
    let first = parts.next().map_or(0, |part| part.chars().count());
    let after = parts.map(|part| {
        part.split_once('m')
            .map_or(0, |(_, text)| text.chars().count())
    });
    first + after.sum::<usize>()
}

fn painted(text: &str, tone: Tone, colour: Colour) -> String {
    let mut table = Table::new(&[("", Align::Left)]);
    table.row([Cell::new(text, tone)]);
    table.render(colour).trim_end_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_wrapped_and_code_is_not() {
        let long = "word ".repeat(40);
        let code = "c".repeat(120);
        let text = format!("# A heading\n{long}\n\n- an item {long}\n- two\n```\n{code}\n```\nend");
        let look = Look {
            colour: Colour::Plain,
            columns: 60,
        };
        let said = prose(&text, look);
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[0], "A heading");
        assert!(said.contains(&format!("\n    {code}\n")), "{said}");
        let others = lines.iter().filter(|line| !line.contains("ccc"));
        assert!(
            others.clone().all(|line| line.chars().count() <= 60),
            "{said}"
        );
        assert!(said.contains("\n  - an item word"), "{said}");
        assert!(
            said.contains("\n    word"),
            "further lines of an item are indented: {said}"
        );
        assert!(said.ends_with("end\n"), "{said}");
    }

    #[test]
    fn marks_are_letters_where_there_are_any_and_nothing_where_there_are_none() {
        let text = "a **strong word** and *this*, `cron(0 6 * * ? *)`";
        let plain = "a strong word and this, `cron(0 6 * * ? *)`";
        assert_eq!(marked(text, Colour::Plain), plain);
        let ansi = marked(text, Colour::Ansi);
        assert!(
            ansi.starts_with("a \u{1b}[1mstrong word\u{1b}[0m and"),
            "{ansi:?}"
        );
        assert_eq!(columns_of("\u{1b}[1mword\u{1b}[0m,"), 5);
    }

    #[test]
    fn names_move_no_cursor() {
        let line = ToldLine {
            label: "provider of a\u{1b}[2J".to_owned(),
            figures: Vec::new(),
        };
        let look = Look::from(Colour::Plain);
        assert!(!figures(&[line], look).contains('\u{1b}'));
        assert_eq!(prose("a\u{7}b\u{202e}", look), "ab\u{fffd}\n");
    }
}
