//! Sentences kept small: a sentence is a template and what stands in its gaps. What a run says of
//! its tasks differs in times, ids and counts mostly, so a thousand stories have few templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::cut_to;

/// Stands in a template where something is to be put in. A text of the user's that holds it loses
/// it, as it has no letter's shape.
const GAP: char = '\u{1}';
/// Letters of a sentence at most: names in it may be long.
const SENTENCE_LETTERS_MAX: usize = 600;
/// From so many letters on, hexadecimal digits are an id.
const ID_LETTERS_MIN: usize = 8;

/// What a line of a story is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// What it is about.
    Subject,
    /// What is known.
    Fact,
    /// A question.
    Question,
    /// Its answer.
    Answer,
    /// A further sentence.
    Detail,
    /// What would have made the difference.
    Otherwise,
    /// The rule with its source.
    Rule,
    /// An event in the list.
    Event,
}

/// Sentences by number, each kept once.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrases {
    templates: Numbered,
    /// Ids and numbers with zeros before them.
    fills: Numbered,
    /// Of each: the kind, the template, what fills it.
    lines: Vec<Value>,
    known: BTreeMap<String, usize>,
    bytes: usize,
}

/// Texts by number, each kept once.
#[derive(Clone, Debug, Default)]
struct Numbered {
    texts: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Numbered {
    fn number(&mut self, text: &str) -> usize {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len();
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

impl Phrases {
    /// The number of a sentence.
    pub(super) fn line(&mut self, kind: Kind, sentence: &str) -> usize {
        let sentence = cut_to(sentence, SENTENCE_LETTERS_MAX);
        let (template, fills) = taken_apart(&sentence);
        let before = self.templates.texts.len() + self.fills.texts.len();
        let mut line = vec![json!(kind as u32), json!(self.templates.number(&template))];
        line.extend(fills.iter().map(|fill| match whole(fill) {
            Some(number) => json!(number),
            // Below zero: a text by its number.
            None => json!(-1 - self.fills.number(fill) as i64),
        }));
        let line = Value::from(line);
        let key = line.to_string();
        if let Some(number) = self.known.get(&key) {
            return *number;
        }
        if before < self.templates.texts.len() + self.fills.texts.len() {
            self.bytes += sentence.len();
        }
        self.bytes += key.len() + 1;
        self.lines.push(line);
        self.known.insert(key, self.lines.len() - 1);
        self.lines.len() - 1
    }

    /// How large it is as JSON, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// As JSON.
    pub(super) fn columns(&self) -> Value {
        json!({
            "templates": self.templates.texts,
            "fills": self.fills.texts,
            "lines": self.lines,
        })
    }
}

/// A number that is written as it is read.
fn whole(fill: &str) -> Option<u32> {
    let number = fill.parse::<u32>().ok()?;
    (number.to_string() == fill).then_some(number)
}

/// A sentence with gaps for its numbers and ids, and these.
fn taken_apart(sentence: &str) -> (String, Vec<String>) {
    let mut template = String::with_capacity(sentence.len());
    let mut fills = Vec::new();
    let mut rest = sentence;
    while let Some(first) = rest.chars().next() {
        let is_part = |letter: char| letter.is_ascii_hexdigit();
        let length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        let part = &rest[..length];
        if ID_LETTERS_MIN <= length && part.bytes().any(|letter| letter.is_ascii_digit()) {
            template.push(GAP);
            fills.push(part.to_owned());
            rest = &rest[length..];
            continue;
        }
        let is_digit = |letter: char| letter.is_ascii_digit();
        let digits = rest.find(|letter| !is_digit(letter)).unwrap_or(rest.len());
        if 0 < digits {
            template.push(GAP);
            fills.push(rest[..digits].to_owned());
            rest = &rest[digits..];
            continue;
        }
        if first != GAP {
            template.push(first);
        }
        rest = &rest[first.len_utf8()..];
    }
    (template, fills)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentence that a line stands for, as the script reads it.
    fn read(phrases: &Phrases, line: usize) -> String {
        let columns = phrases.columns();
        let line = columns["lines"][line].as_array().unwrap();
        let template = columns["templates"][line[1].as_u64().unwrap() as usize].as_str();
        let mut fills = line[2..].iter().map(|fill| match fill.as_i64().unwrap() {
            number if number < 0 => columns["fills"][(-1 - number) as usize]
                .as_str()
                .unwrap()
                .to_owned(),
            number => number.to_string(),
        });
        let letters = template.unwrap().chars().map(|letter| match letter {
            GAP => fills.next().unwrap(),
            letter => letter.to_string(),
        });
        letters.collect()
    }

    #[test]
    fn a_sentence_is_read_as_it_was_and_kept_once() {
        let mut phrases = Phrases::default();
        let sentences = [
            "wanted 2026-03-05 00:05:09, RUNNING 28.3 s later",
            "wanted 2026-03-06 10:15:00, RUNNING 31.0 s later",
            "task 4a71f0c2d5e64b1f9a7c0d1e2f3a4b5c of service api1",
            "no number <script>alert(\"ä\")</script>\u{202e}",
            "4294967296 and 007",
            "",
        ];
        let lines: Vec<usize> = sentences
            .iter()
            .map(|sentence| phrases.line(Kind::Fact, sentence))
            .collect();
        for (line, sentence) in lines.iter().zip(sentences) {
            assert_eq!(read(&phrases, *line), sentence);
        }
        assert_eq!(phrases.templates.texts.len(), 5, "the first two are alike");
        let again = phrases.line(Kind::Fact, sentences[0]);
        assert_eq!(again, lines[0]);
        assert_ne!(phrases.line(Kind::Answer, sentences[0]), lines[0]);
    }

    #[test]
    fn a_gap_in_a_name_does_not_take_the_place_of_a_number() {
        let mut phrases = Phrases::default();
        let line = phrases.line(Kind::Fact, "service a\u{1}b has 3 tasks");
        assert_eq!(read(&phrases, line), "service ab has 3 tasks");
    }
}
