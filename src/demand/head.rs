//! What stands before the first row of a CSV file: byte order mark, comments, the header and its
//! delimiter.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::error::{TraceError, TraceProblem};

/// Comments and header together; a file without a line end in its first MiB is no CSV file.
pub(super) const HEAD_BYTES_MAX: usize = 1 << 20;

/// What stands before the first row: comments, blank lines, the header.
pub(super) struct Head {
    pub(super) bytes: Vec<u8>,
    header_start: usize,
    has_mark: bool,
}

impl Head {
    pub(super) fn header(&self) -> &[u8] {
        &self.bytes[self.header_start..]
    }

    /// What is accepted and worth a word, a sentence each.
    pub(super) fn notes(&self) -> Vec<String> {
        let mark = "it starts with a byte order mark, which is skipped";
        self.has_mark.then(|| mark.to_owned()).into_iter().collect()
    }
}

/// Reads up to the header, past a byte order mark and comment lines.
pub(super) fn read_head<R: Read>(
    path: &Path,
    input: &mut BufReader<R>,
) -> Result<Head, TraceError> {
    let error = |problem| TraceError::new(path, None, problem);
    let unreadable =
        |fault: std::io::Error| error(TraceProblem::Unreadable(fault.kind().to_string()));
    let mut head = Head {
        bytes: Vec::new(),
        header_start: 0,
        has_mark: false,
    };
    loop {
        let start = head.bytes.len();
        let room = (HEAD_BYTES_MAX - start) as u64;
        input
            .take(room)
            .read_until(b'\n', &mut head.bytes)
            .map_err(unreadable)?;
        if start == 0 {
            if head.bytes.starts_with(&[0xEF, 0xBB, 0xBF]) {
                head.bytes.drain(..3);
                head.has_mark = true;
            }
            if head.bytes.starts_with(&[0xFF, 0xFE]) || head.bytes.starts_with(&[0xFE, 0xFF]) {
                return Err(error(TraceProblem::NotUtf8));
            }
        }
        let line = head.bytes[start..].trim_ascii();
        if !line.is_empty() && !line.starts_with(b"#") {
            head.header_start = start;
            return Ok(head);
        }
        let ended = head.bytes.len() <= start && 0 < start || head.bytes.is_empty();
        if ended || HEAD_BYTES_MAX <= head.bytes.len() {
            return Err(error(TraceProblem::Empty));
        }
    }
}

/// The one of `,` `;` and tab that stands most often in the header; a comma where none does.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}
