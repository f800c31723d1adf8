//! A bound on a row of a trace: its reader holds a row in memory, and a row may be endless, where a
//! quote is not closed or the file is no text. And how lines ended, which the reader does not tell.

use std::io::{ErrorKind, Read, Result};

/// Hands on so many bytes and then fails, until it is allowed more.
pub(super) struct RowBound<R> {
    input: R,
    left: usize,
    ends: LineEnds,
    quotes: Quotes,
    has_ended: bool,
}

/// Where in a row the reader is, as far as quotes go: as the `csv` crate reads them, a quote counts
/// at the start of a cell only, and within it twice for one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the start of a row.
    Row,
    /// In a comment.
    Comment,
    /// At the start of a cell.
    Cell,
    /// In a cell without quotes, or behind them.
    Plain,
    /// In a quoted cell.
    Quoted,
    /// Behind a quote in a quoted cell: its end, or the first of two.
    Closing,
}

/// Follows the quotes of what is read.
#[derive(Clone, Copy)]
struct Quotes {
    at: At,
    delimiter: u8,
}

impl Quotes {
    fn follow(&mut self, bytes: &[u8]) {
        // Most files have none: then only how the last line goes on matters.
        let last_line = bytes.iter().rposition(|byte| matches!(byte, b'\n' | b'\r'));
        let start = match last_line {
            Some(end) if self.at != At::Quoted && !bytes.contains(&b'"') => {
                self.at = At::Row;
                end + 1
            }
            Some(_) | None => 0,
        };
        for byte in &bytes[start..] {
            self.at = self.after(*byte);
        }
    }

    fn after(self, byte: u8) -> At {
        match (self.at, byte) {
            (At::Quoted, b'"') => At::Closing,
            (At::Quoted, _) | (At::Closing, b'"') => At::Quoted,
            (_, b'\n' | b'\r') => At::Row,
            (At::Comment, _) | (At::Row, b'#') => At::Comment,
            (At::Row | At::Cell, b'"') => At::Quoted,
            (_, other) if other == self.delimiter => At::Cell,
            (_, _) => At::Plain,
        }
    }
}

/// How the lines that were read ended.
#[derive(Clone, Copy, Default)]
struct LineEnds {
    /// With CR LF.
    windows: u64,
    /// With LF alone.
    unix: u64,
    last: u8,
}

impl LineEnds {
    fn count(&mut self, bytes: &[u8]) {
        for (index, _) in bytes.iter().enumerate().filter(|(_, it)| **it == b'\n') {
            let before = index.checked_sub(1).map_or(self.last, |at| bytes[at]);
            match before {
                b'\r' => self.windows += 1,
                _ => self.unix += 1,
            }
        }
        self.last = bytes.last().copied().unwrap_or(self.last);
    }
}

impl<R> RowBound<R> {
    pub(super) fn new(input: R, (left, delimiter): (usize, u8)) -> Self {
        RowBound {
            input,
            left,
            ends: LineEnds::default(),
            quotes: Quotes {
                at: At::Row,
                delimiter,
            },
            has_ended: false,
        }
    }

    /// Whether all was read, and a quote is open at its end.
    pub(super) fn is_cut_off(&self) -> bool {
        self.has_ended && self.quotes.at == At::Quoted
    }

    /// What is worth a word about the ends of the lines that were read.
    pub(super) fn ends_note(&self) -> Option<String> {
        let LineEnds { windows, unix, .. } = self.ends;
        match (windows, unix) {
            (0, _) => None,
            (_, 0) => Some("its lines end with CR LF, which is read like LF".to_owned()),
            _ => Some(format!(
                "{windows} of its lines end with CR LF and {unix} with LF, which are read alike"
            )),
        }
    }

    /// From here on so many bytes and no more.
    pub(super) fn allow(&mut self, bytes: usize) {
        self.left = bytes;
    }

    /// Whether all that was allowed was read.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

impl<R: Read> Read for RowBound<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.left == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let length = buffer.len().min(self.left);
        let read = self.input.read(&mut buffer[..length])?;
        self.left -= read;
        self.ends.count(&buffer[..read]);
        self.quotes.follow(&buffer[..read]);
        self.has_ended |= read == 0 && 0 < length;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, repeat};

    use super::*;
    use crate::demand::trace::{Trace, TraceOptions};
    use crate::demand::value_unit::ValueUnit;

    fn read(end: impl Read) -> String {
        let options = TraceOptions::new("t.csv", ValueUnit::parse("requests").unwrap());
        let rows = Cursor::new("time,value\n2026-01-01T00:00:00Z,1\n");
        let wrong = Trace::from_reader(rows.chain(end), &options).unwrap_err();
        format!("{wrong}\nhelp: {}", wrong.help())
    }

    #[test]
    fn an_endless_row_ends_the_reading() {
        let expected = "t.csv:3: the row that starts here is longer than 1 MiB\nhelp: close its \
                        quotes; a row is a line of a text file";
        assert_eq!(read(repeat(0)), expected);
        assert_eq!(read(Cursor::new(b"\"").chain(repeat(b'\n'))), expected);
    }

    #[test]
    fn a_quote_that_is_open_at_the_end_is_told_at_its_row() {
        let expected = |line: u32| {
            format!(
                "t.csv:{line}: a quote that opens in this row is never closed\nhelp: close it; a \
                 quote at the start of a cell goes on to the next one, over the ends of lines"
            )
        };
        assert_eq!(read(Cursor::new("2026-01-01T00:01:00Z,\"12")), expected(3));
        let more = "2026-01-01T00:01:00Z,\"2\n2026-01-01T00:02:00Z,3\n";
        assert_eq!(read(Cursor::new(more)), expected(3));
    }

    #[test]
    fn quotes_are_followed_as_the_reader_reads_them() {
        let is_open = |text: &str, chunk: usize| {
            let mut bound = RowBound::new(Cursor::new(text.to_owned()), (usize::MAX, b','));
            let mut buffer = vec![0; chunk];
            while bound.read(&mut buffer).unwrap() != 0 {}
            bound.is_cut_off()
        };
        let table = [
            ("a,b\n1,\"2", true),
            ("a,b\n1,\"2\"\n", false),
            ("a,b\n1,\"2\"\"\n", true),
            ("a,b\n1,\"2\"\"\"\n", false),
            // No quote of a cell: behind its start, or in a comment.
            ("a,b\n1,5\"\n", false),
            ("# 5\" wide\na,b\n", false),
            ("a,b\n\"x\ny\",2\n# \"\n", false),
            ("a,b\n\"x\"y\",2", false),
            ("a,b\nlong enough a line\n1,2\n\"", true),
        ];
        for (text, expected) in table {
            for chunk in [1, 2, 5, 100] {
                assert_eq!(is_open(text, chunk), expected, "{text:?} by {chunk}");
            }
        }
    }

    #[test]
    fn line_ends_are_told_wherever_they_change() {
        let notes = |text: &str, chunk: usize| {
            let mut bound = RowBound::new(Cursor::new(text.to_owned()), (usize::MAX, b','));
            let mut buffer = vec![0; chunk];
            while bound.read(&mut buffer).unwrap() != 0 {}
            bound.ends_note()
        };
        for chunk in [1, 2, 3, 100] {
            assert_eq!(notes("a\nb\nc", chunk), None);
            let all = "its lines end with CR LF, which is read like LF";
            assert_eq!(notes("a\r\nb\r\nc", chunk).as_deref(), Some(all));
            let some = "2 of its lines end with CR LF and 1 with LF, which are read alike";
            assert_eq!(notes("a\nb\r\nc\r\n", chunk).as_deref(), Some(some));
        }
        // The reader stops nowhere before the end, so that all lines are judged.
        let options = TraceOptions::new("t.csv", ValueUnit::parse("requests").unwrap());
        let rows = "time,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2\r\n";
        let trace = Trace::from_reader(Cursor::new(rows), &options).unwrap();
        let said = "1 of its lines end with CR LF and 2 with LF, which are read alike";
        assert_eq!(trace.facts.notes, [said]);
    }

    #[test]
    fn rows_of_a_long_file_are_bounded_each_for_itself() {
        let row = format!("2026-01-01T00:00:00Z,1{}\n", " ".repeat(1000));
        let said = read(Cursor::new(row.repeat(2_000)));
        assert!(
            said.starts_with("t.csv:3: 2026-01-01T00:00:00Z stands twice"),
            "{said}"
        );
    }
}
