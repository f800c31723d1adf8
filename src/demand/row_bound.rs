//! A bound on a row of a trace: its reader holds a row in memory, and a row may be endless, where a
//! quote is not closed or the file is no text.

use std::io::{ErrorKind, Read, Result};

/// Hands on so many bytes and then fails, until it is allowed more.
pub(super) struct RowBound<R> {
    input: R,
    left: usize,
}

impl<R> RowBound<R> {
    pub(super) fn new(input: R, left: usize) -> Self {
        RowBound { input, left }
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
    fn rows_of_a_long_file_are_bounded_each_for_itself() {
        let row = format!("2026-01-01T00:00:00Z,1{}\n", " ".repeat(1000));
        let said = read(Cursor::new(row.repeat(2_000)));
        assert!(
            said.starts_with("t.csv:3: 2026-01-01T00:00:00Z stands twice"),
            "{said}"
        );
    }
}
