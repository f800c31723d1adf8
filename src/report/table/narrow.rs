//! A table on a terminal that is narrower than it: the widest columns of words give way, and their
//! cells go on below.

use super::{Align, Cell, GAP, Row, Table, columns_of};

/// Columns that are left to a column of words at least.
const LEAST: usize = 10;

impl Table {
    /// The table in so many columns, if its columns of words can give as much; numbers stay whole.
    pub(super) fn narrowed(&self, columns: usize) -> Table {
        let mut widths = self.widths();
        let gaps = GAP * widths.len().saturating_sub(1);
        let can_give = |index: &usize| self.columns[*index].1 == Align::Left;
        while columns < widths.iter().sum::<usize>() + gaps {
            let words = (0..widths.len()).filter(can_give);
            let Some(widest) = words.max_by_key(|index| widths[*index]) else {
                break;
            };
            if widths[widest] <= LEAST {
                break;
            }
            widths[widest] -= 1;
        }
        let mut table = Table {
            columns: self.columns.clone(),
            rows: Vec::new(),
        };
        for row in &self.rows {
            match row {
                Row::Cells(cells) => table.rows.extend(lines(cells, &widths)),
                Row::Rule => table.rows.push(Row::Rule),
            }
        }
        table
    }
}

/// A row as the lines that it takes.
fn lines(cells: &[Cell], widths: &[usize]) -> Vec<Row> {
    let parts: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| broken(&cell.text, *width))
        .collect();
    let count = parts.iter().map(Vec::len).max().unwrap_or(1);
    let line = |index: usize| {
        let cell = |(cell, parts): (&Cell, &Vec<String>)| Cell {
            text: parts.get(index).cloned().unwrap_or_default(),
            tone: cell.tone,
        };
        Row::Cells(cells.iter().zip(&parts).map(cell).collect())
    };
    (0..count).map(line).collect()
}

/// A text in lines of so many columns: broken between words; within one that is longer, behind a
/// dot or a slash if there is one.
fn broken(text: &str, width: usize) -> Vec<String> {
    if columns_of(text) <= width {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive([' ', '.', '/', ',']) {
        if width < columns_of(&line) + columns_of(word.trim_end()) && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            let letter_wide = columns_of(letter.encode_utf8(&mut [0; 4]));
            if width < columns_of(&line) + letter_wide && letter != ' ' {
                lines.push(std::mem::take(&mut line));
            }
            line.push(letter);
        }
    }
    lines.push(line);
    lines
        .into_iter()
        .map(|it| it.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Colour, Look};
    use super::*;

    fn look(columns: usize) -> Look {
        let colour = Colour::Plain;
        Look { colour, columns }
    }

    fn table() -> Table {
        let mut table = Table::new(&[("what", Align::Left), ("USD", Align::Right)]);
        table.row(["aws.services.web.desiredCount", "1,234.50"]);
        table.row(["a", "2.00"]);
        table
    }

    #[test]
    fn words_go_on_below_and_numbers_stay_whole() {
        let expected = "\
what                    USD
aws.services.web.  1,234.50
desiredCount
a                      2.00
";
        assert_eq!(table().render_within(look(28)), expected);
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(
            table().render_within(look(80)),
            table().render(Colour::Plain)
        );
    }

    #[test]
    fn a_word_without_end_is_broken_anywhere() {
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left)]);
        table.row(["x".repeat(95), "東".repeat(30)]);
        let said = table.render_within(look(40));
        assert!(
            said.lines().all(|line| columns_of(line) <= 40) && 2 < said.lines().count(),
            "{said}"
        );
        assert_eq!(said.matches('x').count(), 95);
        assert_eq!(said.matches('東').count(), 30);
    }
}
