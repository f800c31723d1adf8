//! A CSV file as rows with line numbers: columns, cells, and the nearest name of what is missing.

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::error::{TraceError, TraceProblem};
use super::head::{HEAD_BYTES_MAX, delimiter, read_head};
use super::row_bound::RowBound;
use super::timestamp::{instant, missing_date};
use crate::engine::SimDuration;

/// Rows a trace may have, and steps it may have after its gaps are filled: 16 to 24 bytes each in
/// memory.
pub const ROWS_MAX: usize = 20_000_000;
/// Bytes a trace's file may have: 20 million rows of 200.
pub const BYTES_MAX: u64 = 4_000_000_000;

/// A row with the comments and empty lines before it; the reader holds a row in memory.
const ROW_BYTES_MAX: usize = 1 << 20;
/// Times a trace may hold, in microseconds from its epoch: ten thousand years, so that sums stay
/// exact.
const MICROS_MAX: f64 = 3.0e17;

/// What was read to find the header, and what follows.
type HeadAndRest<R> = std::io::Chain<Cursor<Vec<u8>>, BufReader<R>>;

/// A CSV file under its header.
pub(super) struct Table<R: Read> {
    path: PathBuf,
    rows: Reader<RowBound<HeadAndRest<R>>>,
    header: Vec<String>,
    row_count: usize,
    /// What its head has that is accepted and worth a word, a sentence each.
    notes: Vec<String>,
}

/// A column by its place and name.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub index: usize,
    pub name: String,
}

/// A column of times and how they are written.
pub(super) struct TimeColumn {
    column: Column,
    unit: Option<SimDuration>,
    /// Whether a timestamp without a zone was read as UTC.
    pub zoneless: bool,
}

/// Opens a trace's file.
pub(super) fn open(path: &Path) -> Result<File, TraceError> {
    let error = |problem| TraceError::new(path, None, problem);
    let unreadable = |fault: std::io::Error| match fault.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => error(TraceProblem::NotFound {
            nearest: nearest_file(path),
        }),
        ErrorKind::PermissionDenied => error(TraceProblem::Unreadable("permission denied".into())),
        other => error(TraceProblem::Unreadable(other.to_string())),
    };
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if meta.is_dir() {
        return Err(error(TraceProblem::Directory));
    }
    // Asked before it is opened: to open a pipe waits for its writer.
    if !meta.is_file() {
        return Err(error(TraceProblem::Special));
    }
    if BYTES_MAX < meta.len() {
        return Err(error(TraceProblem::TooLarge(meta.len())));
    }
    File::open(path).map_err(unreadable)
}

impl<R: Read> Table<R> {
    /// Reads up to the header, past a byte order mark and comment lines.
    pub fn new(path: &Path, input: R) -> Result<Self, TraceError> {
        let mut input = BufReader::with_capacity(1 << 16, input);
        let head = read_head(path, &mut input)?;
        let delimiter = delimiter(head.header());
        let notes = head.notes();
        let mut rows = ReaderBuilder::new()
            .comment(Some(b'#'))
            .delimiter(delimiter)
            .from_reader(RowBound::new(
                Cursor::new(head.bytes).chain(input),
                (HEAD_BYTES_MAX + ROW_BYTES_MAX, delimiter),
            ));
        let error = |problem| TraceError::new(path, None, problem);
        let header: Vec<String> = rows
            .headers()
            .map_err(|fault| csv_error(path, &fault))?
            .iter()
            .map(|name| name.trim().to_owned())
            .collect();
        if rows.get_ref().is_cut_off() {
            return Err(error(TraceProblem::OpenQuote));
        }
        if header.iter().all(String::is_empty) {
            return Err(error(TraceProblem::Empty));
        }
        Ok(Table {
            path: path.to_owned(),
            rows,
            header,
            row_count: 0,
            notes,
        })
    }

    /// The column with the first of these names that the header has.
    pub fn column(&self, wanted: &[&str]) -> Result<Column, TraceError> {
        for name in wanted {
            let mut found = self
                .header
                .iter()
                .enumerate()
                .filter(|(_, have)| have == name);
            if let Some((index, _)) = found.next() {
                return match found.next() {
                    None => Ok(Column {
                        index,
                        name: (*name).to_owned(),
                    }),
                    Some(_) => Err(self.error(None, TraceProblem::AmbiguousColumn((*name).into()))),
                };
            }
        }
        let quoted: Vec<String> = wanted.iter().map(|name| format!("`{name}`")).collect();
        let mut columns = self
            .header
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if 12 < self.header.len() {
            columns.push_str(", …");
        }
        Err(self.error(
            None,
            TraceProblem::MissingColumn {
                wanted: quoted.join(" or "),
                columns,
                nearest: nearest(wanted[0], self.header.iter().map(String::as_str)),
            },
        ))
    }

    /// The column that a format calls by the first of these names that the header has, capitals or
    /// not: nobody has named it in the scenario.
    pub fn usual_column(&self, names: &[&str]) -> Result<Column, TraceError> {
        let alike = |name: &&str| {
            let mut header = self.header.iter();
            header.find(|have| have.eq_ignore_ascii_case(name))
        };
        let exact = names
            .iter()
            .any(|name| self.header.iter().any(|have| have == name));
        match names.iter().find_map(alike) {
            Some(name) if !exact => self.column(&[name]),
            Some(_) | None => self.column(names),
        }
    }

    /// The next row into `record`, and its line; `None` after the last.
    pub fn next_row(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, TraceError> {
        let start = self.rows.position().line();
        self.rows.get_mut().allow(ROW_BYTES_MAX);
        match self.rows.read_byte_record(record) {
            Ok(false) => Ok(None),
            Ok(true) => {
                self.row_count += 1;
                let line = record.position().map_or(0, csv::Position::line);
                if self.rows.get_ref().is_cut_off() {
                    return Err(self.error(Some(line), TraceProblem::OpenQuote));
                }
                if ROWS_MAX < self.row_count {
                    return Err(self.error(Some(line), TraceProblem::TooMany { what: "rows" }));
                }
                Ok(Some(line))
            }
            Err(_) if self.rows.get_ref().is_spent() => {
                Err(self.error(Some(start), TraceProblem::RowTooLong))
            }
            Err(fault) => Err(csv_error(&self.path, &fault)),
        }
    }

    /// What is accepted and worth a word, a sentence each; to be asked after the last row.
    pub fn notes(&self) -> Vec<String> {
        let ends = self.rows.get_ref().ends_note();
        self.notes.iter().cloned().chain(ends).collect()
    }

    /// An error of this file.
    pub fn error(&self, line: Option<u64>, problem: TraceProblem) -> TraceError {
        TraceError::new(&self.path, line, problem)
    }
}

impl Column {
    /// The cell as text.
    pub fn text<'r>(&self, row: &'r ByteRecord) -> Result<&'r str, TraceProblem> {
        // Not trimmed by the reader, which would copy every row.
        let cell = row.get(self.index).unwrap_or_default().trim_ascii();
        if cell.is_empty() {
            return Err(TraceProblem::EmptyCell(self.name.clone()));
        }
        std::str::from_utf8(cell).map_err(|_| TraceProblem::NotUtf8)
    }

    /// The cell as a finite number, not negative.
    pub fn number(&self, row: &ByteRecord) -> Result<f64, TraceProblem> {
        let text = self.text(row)?;
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && 0.0 <= value => Ok(value),
            Ok(value) if value.is_finite() => Err(self.out_of_range(row, "negative")),
            _ => Err(TraceProblem::BadNumber {
                column: self.name.clone(),
                text: clip(text),
            }),
        }
    }

    /// The problem of a number that is `fault`.
    pub fn out_of_range(&self, row: &ByteRecord, fault: &'static str) -> TraceProblem {
        let text = clip(&String::from_utf8_lossy(
            row.get(self.index).unwrap_or_default(),
        ));
        TraceProblem::OutOfRange {
            column: self.name.clone(),
            text,
            fault,
        }
    }
}

impl TimeColumn {
    pub fn new(column: Column, unit: Option<SimDuration>) -> Self {
        TimeColumn {
            column,
            unit,
            zoneless: false,
        }
    }

    /// Whether the times are instants of a calendar, not offsets.
    pub fn is_calendar(&self) -> bool {
        self.unit.is_none()
    }

    /// The cell's time in microseconds since 1970 (timestamps) or since the trace's zero (offsets).
    pub fn micros(&mut self, row: &ByteRecord) -> Result<i64, TraceProblem> {
        let text = self.column.text(row)?;
        match self.unit {
            Some(unit) => self.offset(row, text, unit),
            None => self.instant(text).ok_or_else(|| self.bad(text)),
        }
    }

    fn offset(&self, row: &ByteRecord, text: &str, unit: SimDuration) -> Result<i64, TraceProblem> {
        let count: f64 = text.parse().map_err(|_| self.bad(text))?;
        if count.is_nan() {
            return Err(self.bad(text));
        }
        if count < 0.0 {
            return Err(self.column.out_of_range(row, "negative"));
        }
        let micros = count * unit.as_micros() as f64;
        if MICROS_MAX < micros {
            return Err(self.column.out_of_range(row, "too large"));
        }
        Ok(micros.round() as i64)
    }

    /// A timestamp with a zone, or one without that is read as UTC.
    fn instant(&mut self, text: &str) -> Option<i64> {
        let (micros, zoneless) = instant(text)?;
        self.zoneless |= zoneless;
        Some(micros)
    }

    fn bad(&self, text: &str) -> TraceProblem {
        let column = self.column.name.clone();
        if let (None, Some(date)) = (self.unit, missing_date(text)) {
            let date = date.to_owned();
            return TraceProblem::NoSuchDate { column, date };
        }
        TraceProblem::BadTime {
            column,
            text: clip(text),
            numeric: self.unit.is_some(),
        }
    }
}

/// The nearest of `names`, if one is near enough to be meant.
pub(super) fn nearest<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    names
        .map(|name| {
            (
                strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase()),
                name,
            )
        })
        .filter(|(likeness, _)| 0.8 <= *likeness)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.to_owned())
}

/// The file beside `path` whose name is nearest; names are sorted, since folders list in any order.
fn nearest_file(path: &Path) -> Option<String> {
    let folder = path.parent()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let entries = std::fs::read_dir(folder).ok()?;
    let mut names: Vec<String> = entries
        .take(1_000)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    // Most files of a folder share their ending: what stands before it has to be near.
    let stem = |name: &str| {
        let stem = Path::new(name).file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    let name = path.file_name()?.to_str()?;
    let is_near = |other: &&str| nearest(&stem(name), [&stem(other)[..]].into_iter()).is_some();
    nearest(name, names.iter().map(String::as_str).filter(is_near))
}

fn csv_error(path: &Path, fault: &csv::Error) -> TraceError {
    let line = fault.position().map(csv::Position::line);
    let problem = match fault.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => TraceProblem::FieldCount {
            found: *len,
            expected: *expected_len,
        },
        csv::ErrorKind::Utf8 { .. } => TraceProblem::NotUtf8,
        // Rows of the body are told apart where they are read.
        csv::ErrorKind::Io(fault) if fault.kind() == ErrorKind::FileTooLarge => {
            TraceProblem::HeadTooLong
        }
        csv::ErrorKind::Io(fault) => TraceProblem::Unreadable(fault.kind().to_string()),
        _ => TraceProblem::Unreadable("it is no CSV file".into()),
    };
    TraceError::new(path, line, problem)
}

/// A text short enough for a message.
pub(super) fn clip(text: &str) -> String {
    const CHARS_MAX: usize = 40;
    let mut short: String = text.chars().take(CHARS_MAX).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
