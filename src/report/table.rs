//! Tables for terminals: aligned columns, no trailing spaces, colours only when asked for.

use anstyle::{AnsiColor, Style};

mod narrow;

/// On which side of its column a cell stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// What a cell means, told by colour where there is colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// A total, or the one to look at.
    Strong,
    /// Less important than the rest.
    Faint,
    /// An objective kept.
    Good,
    /// An objective broken.
    Bad,
}

/// Whether a table is written with colours; the caller knows whether it writes to a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    /// Text only.
    Plain,
    /// With ANSI escapes.
    Ansi,
}

/// How a text is to look where it is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    /// Whether it has colours.
    pub colour: Colour,
    /// Letters of a line at most.
    pub columns: usize,
}

/// Columns of a text where nobody says how many there are.
pub const COLUMNS: usize = 100;

impl From<Colour> for Look {
    fn from(colour: Colour) -> Self {
        let columns = COLUMNS;
        Look { colour, columns }
    }
}

/// A text from a scenario as a terminal can be given it: without what moves its cursor or changes
/// its colours, and with a sign in place of what turns its letters around.
pub(super) fn clean(text: &str) -> String {
    let letters = text.chars().filter(|letter| !letter.is_control());
    letters
        .map(|letter| match letter {
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                '\u{fffd}'
            }
            letter => letter,
        })
        .collect()
}

/// A cell: its text and what it means.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    text: String,
    tone: Tone,
}

/// A table with a heading row.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Row>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Row {
    Cells(Vec<Cell>),
    Rule,
}

/// Spaces between columns.
const GAP: usize = 2;

impl Cell {
    /// A cell with a meaning.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        let text = clean(&text.into());
        Cell { text, tone }
    }

    /// What it says.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::new(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::new(text, Tone::Plain)
    }
}

impl Table {
    /// A table without rows. Without any heading text, the heading row is left out.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns
            .iter()
            .map(|(heading, align)| ((*heading).to_owned(), *align));
        Table {
            columns: columns.collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Missing cells are empty; there may not be more cells than columns.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) -> &mut Self {
        let cells: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        assert!(
            cells.len() <= self.columns.len(),
            "a row may not have more cells than columns"
        );
        self.rows.push(Row::Cells(cells));
        self
    }

    /// Adds a line across, as above a total.
    pub fn rule(&mut self) -> &mut Self {
        self.rows.push(Row::Rule);
        self
    }

    /// The table as text; every line ends with a line feed, none with a space.
    pub fn render(&self, colour: Colour) -> String {
        let widths = self.widths();
        let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        let mut out = String::new();
        if self.columns.iter().any(|(heading, _)| !heading.is_empty()) {
            let heading = |(text, _): &(String, Align)| Cell::new(text.clone(), Tone::Faint);
            let cells: Vec<Cell> = self.columns.iter().map(heading).collect();
            self.line(&mut out, &cells, &widths, colour);
        }
        for row in &self.rows {
            match row {
                Row::Cells(cells) => self.line(&mut out, cells, &widths, colour),
                Row::Rule => {
                    let rule = Cell::new("─".repeat(total), Tone::Faint);
                    out.push_str(&painted(&rule, colour));
                    out.push('\n');
                }
            }
        }
        out
    }

    /// The same where a line has no more columns than that, as far as its words can be broken.
    pub fn render_within(&self, look: Look) -> String {
        self.narrowed(look.columns).render(look.colour)
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .map(|(heading, _)| columns_of(heading))
            .collect();
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(columns_of(&cell.text));
            }
        }
        widths
    }

    fn line(&self, out: &mut String, cells: &[Cell], widths: &[usize], colour: Colour) {
        // Spaces are owed, and paid only when text follows: no line ends with one.
        let mut owed = 0;
        for (index, cell) in cells.iter().enumerate() {
            if 0 < index {
                owed += GAP;
            }
            let fill = widths[index] - columns_of(&cell.text);
            let right = self.columns[index].1 == Align::Right;
            owed += if right { fill } else { 0 };
            if !cell.text.trim().is_empty() {
                out.push_str(&" ".repeat(owed));
                out.push_str(&painted(cell, colour));
                owed = 0;
            } else {
                owed += columns_of(&cell.text);
            }
            owed += if right { 0 } else { fill };
        }
        out.push('\n');
    }
}

fn painted(cell: &Cell, colour: Colour) -> String {
    let text = cell.text.trim_end();
    let style = match (colour, cell.tone) {
        (Colour::Plain, _) | (_, Tone::Plain) => return text.to_owned(),
        (_, Tone::Strong) => Style::new().bold(),
        (_, Tone::Faint) => Style::new().dimmed(),
        (_, Tone::Good) => AnsiColor::Green.on_default(),
        (_, Tone::Bad) => AnsiColor::Red.on_default().bold(),
    };
    format!("{style}{text}{style:#}")
}

/// The columns that a text takes on a terminal: East Asian wide letters and emoji take two.
fn columns_of(text: &str) -> usize {
    let columns = |letter| match letter {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    };
    text.chars().map(columns).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_letters_around_is_shown_and_what_moves_the_cursor_is_gone() {
        let name = "a\u{202e}gnp\u{2066}.\u{200f}\u{1b}[31m\u{7}é";
        assert_eq!(clean(name), "a\u{fffd}gnp\u{fffd}.\u{fffd}[31mé");
        assert_eq!(Cell::from(name).text(), clean(name));
    }

    fn bill() -> Table {
        let mut table = Table::new(&[
            ("item", Align::Left),
            ("USD", Align::Right),
            ("", Align::Left),
        ]);
        table.row(["Fargate vCPU", "1,234.50", ""]);
        table.row(["NAT", "9.00", "assumed"]);
        table.rule();
        table.row([
            Cell::new("total", Tone::Strong),
            Cell::new("1,243.50", Tone::Strong),
        ]);
        table
    }

    #[test]
    fn a_table_lines_up_without_trailing_spaces() {
        let expected = "\
item               USD
Fargate vCPU  1,234.50
NAT               9.00  assumed
───────────────────────────────
total         1,243.50
";
        assert_eq!(bill().render(Colour::Plain), expected);
    }

    #[test]
    fn colours_come_only_when_asked_for_and_do_not_move_columns() {
        assert!(!bill().render(Colour::Plain).contains('\u{1b}'));
        let coloured = bill().render(Colour::Ansi);
        assert!(coloured.contains("\u{1b}[1mtotal\u{1b}[0m         \u{1b}[1m1,243.50\u{1b}[0m\n"));
    }

    #[test]
    fn a_table_without_headings_has_no_heading_row() {
        let mut table = Table::new(&[("", Align::Left), ("", Align::Right)]);
        table.row(["a", "1"]).row(["", "22"]);
        assert_eq!(table.render(Colour::Plain), "a   1\n   22\n");
    }

    #[test]
    fn wide_letters_and_control_characters_keep_the_columns() {
        let mut table = Table::new(&[("name", Align::Left), ("n", Align::Right)]);
        table.row(["東京", "1"]).row(["a\u{1b}[31m", "2"]);
        assert_eq!(
            table.render(Colour::Plain),
            "name   n\n東京   1\na[31m  2\n"
        );
    }
}
