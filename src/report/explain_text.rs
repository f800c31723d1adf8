//! An explanation for a terminal: what it is about, then each question with its answer, what it was
//! decided from, the rule, and what would have made the difference.

use std::borrow::Cow;

use super::table::{Align, Cell, Colour, Look, Table, Tone, clean};
use crate::explain::{Change, ChangeKind, Explanation, Finding, Rule};

/// Letters of a word at most: a name of the user's may have ten thousand. An ARN has fewer.
const WORD_LETTERS_MAX: usize = 200;
/// Where the text behind a label begins.
const INDENT: usize = 14;

/// The explanation as text; every line ends with a line feed.
pub fn render(explanation: &Explanation, zone: &str, look: impl Into<Look>) -> String {
    let Look { colour, columns } = look.into();
    let mut text = Text {
        out: String::new(),
        colour,
        columns,
        told: Vec::new(),
    };
    let subject = text.painted(&capital(&explanation.subject), Tone::Strong);
    text.line(&format!("{subject}  (times: {zone})"));
    for fact in &explanation.facts {
        text.wrapped("  ", 2, fact);
    }
    for finding in &explanation.findings {
        text.finding(finding);
    }
    text.changes(explanation);
    text.out
}

struct Text {
    out: String,
    colour: Colour,
    columns: usize,
    /// Rules that were told already.
    told: Vec<Rule>,
}

/// What stands above the changes of an explanation.
pub(super) fn changes_heading(explanation: &Explanation) -> String {
    match explanation.changes_left_out {
        0 => "Changes".to_owned(),
        left => format!(
            "The {} most important of {} changes",
            explanation.changes.len(),
            explanation.changes.len() + left
        ),
    }
}

impl Text {
    fn finding(&mut self, finding: &Finding) {
        self.out.push('\n');
        self.line(&self.painted(&finding.question, Tone::Strong));
        self.wrapped("  ", 2, &capital(&finding.answer));
        for detail in &finding.details {
            self.wrapped("  ", 2, &capital(detail));
        }
        for (index, other) in finding.otherwise.iter().enumerate() {
            let label = if index == 0 { "otherwise" } else { "" };
            self.labelled(label, &format!("with {}: {}", other.with, other.then));
        }
        // Each rule once: a task's life comes back to the same ones.
        let is_new = |rule: &&Rule| !self.told.contains(rule);
        let new: Vec<Rule> = finding.rules.iter().filter(is_new).copied().collect();
        for (index, rule) in new.iter().enumerate() {
            let label = if index == 0 { "rule" } else { "" };
            self.faint(label, &format!("{} [{}]", rule.says, rule.source));
        }
        self.told.extend(new);
    }

    fn changes(&mut self, explanation: &Explanation) {
        if explanation.changes.is_empty() {
            return;
        }
        self.out.push('\n');
        let heading = changes_heading(explanation);
        self.line(&self.painted(&heading, Tone::Strong));
        let mut table = Table::new(&[("", Align::Left); 3]);
        for change in &explanation.changes {
            table.row([
                Cell::new(change.local.as_str(), Tone::Plain),
                Cell::new(change.what.as_str(), tone(change)),
                Cell::new(change.why.as_str(), Tone::Plain),
            ]);
        }
        let look = Look {
            colour: self.colour,
            // They stand two columns in.
            columns: self.columns.saturating_sub(2),
        };
        for line in table.render_within(look).lines() {
            self.line(&format!("  {line}"));
        }
    }

    fn labelled(&mut self, label: &str, sentence: &str) {
        self.wrapped(&format!("  {label:<12}"), INDENT, sentence);
    }

    fn faint(&mut self, label: &str, sentence: &str) {
        let begin = self.out.len();
        self.labelled(label, sentence);
        if self.colour == Colour::Ansi {
            let lines = self.out.split_off(begin);
            for line in lines.lines() {
                let painted = self.painted(line, Tone::Faint);
                self.line(&painted);
            }
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// A sentence over as many lines as it takes, the later ones indented by `indent`.
    fn wrapped(&mut self, first: &str, indent: usize, sentence: &str) {
        let mut line = first.to_owned();
        for word in sentence.split_whitespace().map(shortened) {
            let length = line.chars().count() + 1 + word.chars().count();
            if self.columns < length && indent < line.len() {
                self.line(line.trim_end());
                line = " ".repeat(indent);
            } else if !line.ends_with(' ') && !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&clean(&word));
        }
        self.line(line.trim_end());
    }

    fn painted(&self, text: &str, tone: Tone) -> String {
        let mut table = Table::new(&[("", Align::Left)]);
        table.row([Cell::new(text, tone)]);
        table.render(self.colour).trim_end_matches('\n').to_owned()
    }
}

/// A word that is no longer than anybody reads.
fn shortened(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(WORD_LETTERS_MAX) {
        None => word.into(),
        Some((end, _)) => format!("{}…", &word[..end]).into(),
    }
}

fn tone(change: &Change) -> Tone {
    match change.kind {
        ChangeKind::Interrupted | ChangeKind::Failed | ChangeKind::DeploymentFailed => Tone::Bad,
        ChangeKind::Deployment => Tone::Faint,
        ChangeKind::ScaledOut
        | ChangeKind::ScaledIn
        | ChangeKind::Called
        | ChangeKind::Updated
        | ChangeKind::Instances => Tone::Plain,
    }
}

/// A sentence with a capital letter at its start, where it starts with a word of ours.
pub(super) fn capital(sentence: &str) -> String {
    const WORDS: [&str; 42] = [
        "it ",
        "its ",
        "a ",
        "an ",
        "the ",
        "no ",
        "policy ",
        "task ",
        "service ",
        "data ",
        "only ",
        "from ",
        "alarm ",
        "scheduled ",
        "predictive ",
        "they ",
        "this ",
        "that ",
        "there ",
        "of ",
        "in ",
        "at ",
        "as ",
        "each ",
        "all ",
        "one ",
        "none ",
        "nobody ",
        "somebody ",
        "other ",
        "others ",
        "out ",
        "failed ",
        "tasks ",
        "those ",
        "what ",
        "where ",
        "until ",
        "health ",
        "auto ",
        "some ",
        "more ",
    ];
    match sentence.chars().next() {
        Some(first) if WORDS.iter().any(|word| sentence.starts_with(word)) => {
            format!("{}{}", first.to_uppercase(), &sentence[first.len_utf8()..])
        }
        Some(_) | None => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_end_does_not_fill_the_screen() {
        let name = "n".repeat(10_000);
        let explanation = Explanation {
            subject: "service web".to_owned(),
            facts: vec![format!("policy {name} scales it")],
            ..Explanation::default()
        };
        let text = render(&explanation, "UTC", Colour::Plain);
        assert!(text.chars().count() < 400, "{text}");
        assert!(
            text.contains("n… scales it") || text.contains("n…\n  scales it"),
            "{text}"
        );
    }
}
