//! A lesson as a page: its text, its questions with answers to be opened, what its run says, and
//! the run as a moving picture.

use serde_json::json;

use super::html::Html;
use super::skeleton::{Part, Skeleton};
use super::{ReplayPage, explained, html};
use crate::lesson::{Told, ToldLine, ToldPart, ToldQuestion, letter};
use crate::report::lesson_text;

/// The page of a lesson, as HTML.
pub fn lesson_page(told: &Told, replay: &ReplayPage<'_>) -> String {
    let mut body = Html::default();
    body.open_section("lesson", "Lesson");
    // What follows a question gives its answer away, the text too: up to the next question it
    // opens with it.
    let mut is_asked = false;
    for part in &told.parts {
        if is_asked && matches!(part, ToldPart::Question(_)) {
            body.raw(ANSWERED);
            is_asked = false;
        }
        match part {
            ToldPart::Text(text) => prose(text, &mut body),
            ToldPart::Question(asked) => {
                question(asked, &mut body);
                is_asked = true;
            }
            ToldPart::Show(lines) => figures(lines, &mut body),
            ToldPart::Explain(explanations) => {
                for explanation in explanations {
                    explained::write(explanation, &told.zone, &mut body);
                }
            }
        }
    }
    if is_asked {
        body.raw(ANSWERED);
    }
    body.close_section();
    body.open_section("replay", "Replay")
        .raw("<div id=\"replay-stage\"></div>\n")
        .close_section();
    let skeleton = Skeleton {
        title: &told.title,
        kind: "A lesson of fleetcast",
        facts: Vec::new(),
        parts: vec![Part::new("lesson", "Lesson"), Part::new("replay", "Replay")],
        body,
        data: json!({ "figures": [], "from": 0, "to": 0 }),
        replay: Some(replay),
        footer: format!("fleetcast {}", env!("CARGO_PKG_VERSION")),
    };
    skeleton.into_page()
}

/// A text of several lines as HTML; a line feed stays one.
fn lines_of(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(html::escaped).collect();
    lines.join("\n")
}

/// Markdown within a line as HTML: `**strong**`, `*such*` and code.
fn marked(text: &str) -> String {
    let mut out = String::new();
    // Which of code, strong and such are open.
    let mut open = [false; 3];
    let mut rest = text;
    while !rest.is_empty() {
        let is_code = open[0];
        let (mark, length) = match rest.as_bytes() {
            [b'`', ..] => (Some(0), 1),
            [b'*', b'*', ..] if !is_code => (Some(1), 2),
            [b'*', ..] if !is_code => (Some(2), 1),
            _ => {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let more = rest[first..].find(['`', '*']);
                (None, more.map_or(rest.len(), |at| first + at))
            }
        };
        match mark {
            Some(which) => {
                open[which] = !open[which];
                let slash = if open[which] { "" } else { "/" };
                out.push_str(&format!("<{slash}{}>", ["code", "strong", "em"][which]));
            }
            None => out.push_str(&html::escaped(&rest[..length])),
        }
        rest = &rest[length..];
    }
    // What is left open ends with the line.
    for (which, tag) in ["code", "strong", "em"].iter().enumerate() {
        if open[which] {
            out.push_str(&format!("</{tag}>"));
        }
    }
    out
}

/// Markdown: paragraphs, lists, headings, code.
fn prose(text: &str, body: &mut Html) {
    let mut blocks = Blocks::default();
    for line in text.lines() {
        blocks.line(line, body);
    }
    blocks.end(body);
}

/// What of a text is not written yet.
#[derive(Default)]
struct Blocks {
    paragraph: String,
    items: Vec<String>,
    is_numbered: bool,
    code: Option<String>,
}

impl Blocks {
    fn line(&mut self, line: &str, body: &mut Html) {
        if line.trim() == "```" {
            match self.code.take() {
                Some(code) => {
                    body.raw("<pre>").raw(&lines_of(&code)).raw("</pre>\n");
                }
                None => {
                    self.end(body);
                    self.code = Some(String::new());
                }
            }
            return;
        }
        if let Some(code) = &mut self.code {
            code.push_str(line);
            code.push('\n');
            return;
        }
        let words = line.trim();
        if let Some(heading) = line.strip_prefix('#') {
            self.end(body);
            let heading = marked(heading.trim_start_matches('#').trim());
            body.raw(&format!("<h3>{heading}</h3>\n"));
        } else if let Some((is_numbered, item)) = item_of(words) {
            self.end_paragraph(body);
            if self.is_numbered != is_numbered {
                self.end(body);
            }
            self.is_numbered = is_numbered;
            self.items.push(item.to_owned());
        } else if words.is_empty() {
            self.end_paragraph(body);
        } else if let (Some(item), true) = (self.items.last_mut(), line.starts_with(' ')) {
            item.push(' ');
            item.push_str(words);
        } else {
            self.end_items(body);
            self.paragraph.push_str(words);
            self.paragraph.push(' ');
        }
    }

    fn end_paragraph(&mut self, body: &mut Html) {
        let text = std::mem::take(&mut self.paragraph);
        if !text.is_empty() {
            body.raw(&format!("<p>{}</p>\n", marked(text.trim())));
        }
    }

    fn end_items(&mut self, body: &mut Html) {
        let list = if self.is_numbered { "ol" } else { "ul" };
        let items: Vec<String> = std::mem::take(&mut self.items)
            .iter()
            .map(|item| format!("<li>{}</li>\n", marked(item)))
            .collect();
        if !items.is_empty() {
            body.raw(&format!("<{list}>\n{}</{list}>\n", items.concat()));
        }
    }

    fn end(&mut self, body: &mut Html) {
        if let Some(code) = self.code.take() {
            body.raw("<pre>").raw(&lines_of(&code)).raw("</pre>\n");
        }
        self.end_paragraph(body);
        self.end_items(body);
    }
}

/// Whether a line is an item of a numbered list or of another, and what it says.
fn item_of(line: &str) -> Option<(bool, &str)> {
    let mark = lesson_text::item_of(line)?;
    let is_numbered = mark.starts_with(|letter: char| letter.is_ascii_digit());
    Some((is_numbered, &line[mark.len()..]))
}

/// What ends a question with its answer.
const ANSWERED: &str = "</details>\n</div>\n";

/// A question, and the beginning of its answer.
fn question(asked: &ToldQuestion, body: &mut Html) {
    body.raw("<div class=\"question\">\n<p><strong>Question:</strong> ");
    body.raw(&marked(&asked.text)).raw("</p>\n");
    if !asked.choices.is_empty() {
        body.raw("<ol type=\"a\">\n");
        for choice in &asked.choices {
            body.raw(&format!("<li>{}</li>\n", marked(choice)));
        }
        body.raw("</ol>\n");
    }
    let right = match (asked.right, asked.facts.first()) {
        (Some(choice), _) => format!("{}) {}", letter(choice), marked(&asked.choices[choice])),
        (None, Some(fact)) => html::escaped(&fact.shown),
        (None, None) => String::new(),
    };
    body.raw("<details><summary>The answer</summary>\n<p>");
    body.raw(&right).raw("</p>\n<ul>\n");
    for fact in &asked.facts {
        let line = format!("in the run, {}: {}", fact.figure, fact.shown);
        body.line("li", "", &line);
    }
    body.raw("</ul>\n");
}

fn figures(lines: &[ToldLine], body: &mut Html) {
    body.raw("<ul>\n");
    for line in lines {
        body.line("li", "", &line.said());
    }
    body.raw("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut body = Html::default();
        prose(text, &mut body);
        body.into_string()
    }

    #[test]
    fn markdown_becomes_elements_and_nothing_else_does() {
        let text = "A **strong `*`** word\nand <b>.\n\n- one\n  more\n- two\n\n1. first\n\n# Head\n```\n a < b\n```\nend";
        assert_eq!(
            written(text),
            "<p>A <strong>strong <code>*</code></strong> word and &lt;b&gt;.</p>\n\
             <ul>\n<li>one more</li>\n<li>two</li>\n</ul>\n\
             <ol>\n<li>first</li>\n</ol>\n<h3>Head</h3>\n<pre> a &lt; b</pre>\n<p>end</p>\n"
        );
    }

    #[test]
    fn what_follows_a_question_opens_with_its_answer() {
        let text = |words: &str| ToldPart::Text(words.to_owned());
        let asked = |words: &str| {
            ToldPart::Question(ToldQuestion {
                text: words.to_owned(),
                choices: vec!["Two".to_owned(), "Three".to_owned()],
                right: Some(1),
                facts: Vec::new(),
            })
        };
        let told = Told {
            title: "A lesson".to_owned(),
            zone: "UTC".to_owned(),
            parts: vec![
                text("before"),
                asked("first?"),
                text("why three"),
                asked("second?"),
                text("why not"),
            ],
        };
        let replay = ReplayPage {
            data: "{}".to_owned(),
            script: "",
            style: "",
        };
        let page = lesson_page(&told, &replay);
        let shown_at_once: String = page
            .split("<details><summary>The answer")
            .map(|part| part.split_once("</details>").map_or(part, |(_, rest)| rest))
            .collect();
        for words in ["before", "first?", "second?"] {
            assert!(shown_at_once.contains(words), "{words}");
        }
        for words in ["why three", "why not"] {
            assert!(
                page.contains(words) && !shown_at_once.contains(words),
                "{words}"
            );
        }
    }

    #[test]
    fn what_is_left_open_ends_with_its_line() {
        assert_eq!(written("an *open one"), "<p>an <em>open one</em></p>\n");
        assert_eq!(written("é`"), "<p>é<code></code></p>\n");
    }
}
