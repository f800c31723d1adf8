//! Text put into HTML: what a scenario says is always text, whatever it holds.

use std::fmt::Write;

/// Columns of text, or of anything, from which on a table's rows become cards where the window is
/// narrow.
const CARD_TEXTS: usize = 3;
const CARD_COLUMNS: usize = 6;

/// A page in the making. What is written as text can't become markup.
#[derive(Clone, Default, Debug)]
pub struct Html(String);

/// One cell of a table.
#[derive(Clone, Debug)]
pub enum Cell {
    /// A name of the user's, kept apart from the text around it.
    Name(String),
    /// A name that leads somewhere: where, and to which of the charts that are shown on demand.
    Link(String, String, Option<usize>),
    /// Our own words.
    Text(String),
    /// A field's path, which breaks at its dots first.
    Path(String),
    /// A word or two of ours that stay in one line.
    Word(String),
    /// A figure, set to the right.
    Number(String),
    /// A figure with the value that it sorts by.
    Sorted(String, f64),
    /// An instant with the value that it sorts by.
    Moment(String, f64),
    /// A share of 1, drawn as a bar behind its words.
    Share(String, f64),
    /// A verdict: the word, and whether it is good; `None` is neither.
    Verdict(String, Option<bool>),
}

/// A table as it is shown.
#[derive(Clone, Debug)]
pub struct TableHtml<'a> {
    /// What it holds, for who can't see it.
    pub caption: &'a str,
    /// The heads of its columns, and whether they stand over figures.
    pub columns: Vec<(String, bool)>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
    /// Whether its reader may sort it.
    pub sorts: bool,
}

impl Html {
    /// Markup of our own.
    pub fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text, whatever it holds.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escaped(text));
        self
    }

    /// A name: isolated, so that its direction stays its own.
    pub fn name(&mut self, name: &str) -> &mut Self {
        let _ = write!(self.0, "<bdi class=\"name\">{}</bdi>", escaped(name));
        self
    }

    /// A paragraph or another element of one text.
    pub fn line(&mut self, element: &str, class: &str, text: &str) -> &mut Self {
        let class = match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let text = escaped(text);
        let _ = writeln!(self.0, "<{element}{class}><bdi>{text}</bdi></{element}>");
        self
    }

    /// The beginning of a part of the page, with its heading.
    pub fn open_section(&mut self, id: &str, title: &str) -> &mut Self {
        let title = escaped(title);
        let _ = writeln!(
            self.0,
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n\
             <h2 id=\"{id}-title\">{title}</h2>"
        );
        self
    }

    /// Its end.
    pub fn close_section(&mut self) -> &mut Self {
        self.raw("</section>\n")
    }

    /// A table; nothing without rows.
    pub fn table(&mut self, table: &TableHtml<'_>) -> &mut Self {
        if table.rows.is_empty() {
            return self;
        }
        let caption = escaped(table.caption);
        let texts = table.columns.iter().filter(|(_, is_figure)| !is_figure);
        let is_cards = CARD_TEXTS <= texts.count() || CARD_COLUMNS <= table.columns.len();
        let class = match (table.sorts, is_cards) {
            (true, true) => " class=\"sorts cards\"",
            (true, false) => " class=\"sorts\"",
            (false, true) => " class=\"cards\"",
            (false, false) => "",
        };
        // Wide tables scroll by themselves; who has no mouse reaches them.
        let _ = write!(
            self.0,
            "<div class=\"table-box\" role=\"region\" tabindex=\"0\" aria-label=\"{caption}\">\
             <table{class}>\n<caption>{caption}</caption>\n<thead><tr>"
        );
        for (head, is_figure) in &table.columns {
            let class = if *is_figure { " class=\"n\"" } else { "" };
            let _ = write!(self.0, "<th scope=\"col\"{class}>{}</th>", escaped(head));
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            self.raw("<tr>");
            for (index, cell) in row.iter().enumerate() {
                let head = table.columns.get(index).filter(|_| is_cards);
                self.cell(cell, index == 0, head.map(|(head, _)| head.as_str()));
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table></div>\n")
    }

    fn cell(&mut self, cell: &Cell, is_head: bool, head: Option<&str>) {
        let (open, close) = match is_head {
            true => ("<th scope=\"row\"", "</th>"),
            false => ("<td", "</td>"),
        };
        self.raw(open);
        if let Some(head) = head {
            let _ = write!(self.0, " data-head=\"{}\"", escaped(head));
        }
        match cell {
            Cell::Name(name) => self.raw(">").name(name),
            Cell::Link(name, to, on_demand) => {
                let data = on_demand
                    .map(|it| format!(" data-other=\"{it}\""))
                    .unwrap_or_default();
                let _ = write!(self.0, "><a href=\"{}\"{data}>", escaped(to));
                self.name(name).raw("</a>")
            }
            Cell::Text(text) => self.raw(">").raw("<bdi>").text(text).raw("</bdi>"),
            Cell::Path(path) => {
                let path = escaped(path).replace('.', ".<wbr>");
                self.raw("><bdi>").raw(&path).raw("</bdi>")
            }
            Cell::Word(text) => self.raw(" class=\"word\">").text(text),
            Cell::Number(text) => self.raw(" class=\"n\">").text(text),
            Cell::Sorted(text, value) => {
                let key = match value.is_finite() {
                    // No minus before nothing.
                    true => format!("{}", value + 0.0),
                    false if 0.0 < *value => "Infinity".to_owned(),
                    false => "-Infinity".to_owned(),
                };
                let _ = write!(self.0, " class=\"n\" data-sort=\"{key}\">");
                self.text(text)
            }
            Cell::Moment(text, value) => {
                let _ = write!(self.0, " class=\"moment\" data-sort=\"{value}\">");
                self.text(text)
            }
            Cell::Share(text, share) => {
                let percent = 100.0 * share.clamp(0.0, 1.0);
                let _ = write!(
                    self.0,
                    " class=\"n share\" data-sort=\"{share}\" style=\"--share:{percent:.1}%\">"
                );
                self.text(text)
            }
            Cell::Verdict(text, is_good) => {
                let class = match is_good {
                    Some(true) => "held",
                    Some(false) => "broken",
                    None => "neither",
                };
                let _ = write!(self.0, "><span class=\"verdict {class}\">");
                self.text(text).raw("</span>")
            }
        };
        self.raw(close);
    }

    /// The page.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Text in an element or an attribute in quotes. What HTML can't say is left out, and marks that
/// would turn around what stands after them are shown as what they are: foreign.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..' ' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {}
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// JSON inside of a script element: nothing in it ends the element, begins a comment, or turns
/// around the text after it.
pub fn json_in_script(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(letter));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</script><script>alert(1)</script>\"' & \u{202e}x\u{2028}\u{1}";

    #[test]
    fn what_a_scenario_says_stays_text() {
        let mut html = Html::default();
        html.text(HOSTILE).name(HOSTILE);
        let rows = vec![vec![
            Cell::Name(HOSTILE.to_owned()),
            Cell::Text(HOSTILE.to_owned()),
        ]];
        html.table(&TableHtml {
            caption: HOSTILE,
            columns: vec![(HOSTILE.to_owned(), false)],
            rows,
            sorts: false,
        });
        let page = html.into_string();
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("aria-label=\"</"), "{page}");
        assert!(!page.contains('\u{202e}') && page.contains('\u{fffd}'));
        assert!(
            page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"),
            "{page}"
        );
    }

    #[test]
    fn json_in_a_script_says_the_same_and_ends_nothing() {
        let json = serde_json::to_string(HOSTILE).unwrap();
        let safe = json_in_script(&json);
        assert!(!safe.contains(['<', '>', '&', '\u{2028}']), "{safe}");
        let again: String = serde_json::from_str(&safe).unwrap();
        assert_eq!(again, HOSTILE);
    }
}
