//! The journal of a sweep under way: every run that ended, one line each, on the disk within half a
//! second. A sweep that was killed goes on from it (`--resume`) and ends with the same bytes as one
//! that was not.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::json;
use thiserror::Error;

use super::sweep_row;
use crate::experiment::sweep::RunRow;

/// What a journal's name ends in.
pub const ENDING: &str = "journal";
/// The longest that a line waits for the disk.
const SYNC_EVERY: Duration = Duration::from_millis(500);
/// The version of the format.
const FORMAT: u64 = 1;

/// What a journal says it is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heading {
    /// The sweep's name, a hash of all that decides its results.
    pub sweep: String,
    /// The version of fleetcast.
    pub version: String,
    /// Values a run.
    pub measures: usize,
}

/// Why a journal can't be used.
#[derive(Debug, Error)]
pub enum JournalError {
    /// It can't be read or written.
    #[error(
        "can't write {}: {source}; the runs before are kept there: --resume goes on with them",
        .path.display()
    )]
    Disk {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no journal, or its first line is damaged.
    #[error(
        "{} is no journal of a sweep, or its first line is damaged; remove it to begin anew",
        .0.display()
    )]
    NoJournal(PathBuf),
    /// It is of another sweep.
    #[error(
        "{} is of {found}, this is {asked}: the scenario, a trace, the seed, the replications or \
         the version of fleetcast is not what it was; put that back, or begin anew without \
         --resume",
        .path.display()
    )]
    Other {
        /// The journal.
        path: PathBuf,
        /// What it is of.
        found: String,
        /// What is asked for.
        asked: String,
    },
}

/// What was found of a sweep that was not finished.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Kept {
    /// The runs, in the order in which they ended.
    pub rows: Vec<RunRow>,
    /// Lines that are damaged; their runs are played again.
    pub damaged: usize,
}

/// A journal that is written to.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    /// Dropped to end the writer.
    stop: Option<Sender<()>>,
    syncing: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    open: Mutex<Open>,
    has_failed: AtomicBool,
}

#[derive(Debug)]
struct Open {
    file: File,
    is_dirty: bool,
    failed: Option<io::Error>,
}

/// Reads the journal at `path`, which has to be of `heading`; nothing if there is none.
pub fn read(path: &Path, heading: &Heading) -> Result<Option<Kept>, JournalError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(disk(path)(source)),
    };
    let mut lines = BufReader::new(file).split(b'\n');
    let first = lines.next().transpose().map_err(disk(path))?;
    let found = first.and_then(|line| read_heading(&line));
    let found = found.ok_or_else(|| JournalError::NoJournal(path.to_owned()))?;
    if found != *heading {
        return Err(JournalError::Other {
            path: path.to_owned(),
            found: format!("{} by fleetcast {}", found.sweep, found.version),
            asked: format!("{} by fleetcast {}", heading.sweep, heading.version),
        });
    }
    let mut kept = Kept::default();
    for line in lines {
        let line = line.map_err(disk(path))?;
        let text = std::str::from_utf8(&line).ok();
        match text.and_then(|text| sweep_row::row(text, heading.measures)) {
            Some(row) => kept.rows.push(row),
            None => kept.damaged += 1,
        }
    }
    Ok(Some(kept))
}

fn read_heading(line: &[u8]) -> Option<Heading> {
    let record = sweep_row::opened(std::str::from_utf8(line).ok()?)?;
    if record.get("journal")?.as_u64()? != FORMAT {
        return None;
    }
    Some(Heading {
        sweep: record.get("sweep")?.as_str()?.to_owned(),
        version: record.get("fleetcast")?.as_str()?.to_owned(),
        measures: usize::try_from(record.get("measures")?.as_u64()?).ok()?,
    })
}

impl Journal {
    /// Begins a journal at `path` with runs that are known, in place of what stands there.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn begin(path: &Path, heading: &Heading, known: &[RunRow]) -> Result<Self, JournalError> {
        let first = json!({
            "journal": FORMAT,
            "sweep": heading.sweep,
            "fleetcast": heading.version,
            "measures": heading.measures,
        });
        // Written beside and renamed: a kill on the way leaves the old one.
        let beside = path.with_extension(format!("{ENDING}-new"));
        let write = || {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            let mut text = sweep_row::sealed(&first);
            known
                .iter()
                .for_each(|row| text.push_str(&sweep_row::line(row)));
            let mut file = File::create(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_data()?;
            fs::rename(&beside, path)?;
            Ok(file)
        };
        let file = write().map_err(disk(path))?;
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            open: Mutex::new(Open {
                file,
                is_dirty: false,
                failed: None,
            }),
            has_failed: AtomicBool::new(false),
        });
        let (stop, stopped) = mpsc::channel::<()>();
        let syncing = Arc::clone(&shared);
        let syncing = thread::spawn(move || {
            while stopped.recv_timeout(SYNC_EVERY) == Err(RecvTimeoutError::Timeout) {
                syncing.sync();
            }
        });
        Ok(Journal {
            shared,
            stop: Some(stop),
            syncing: Some(syncing),
        })
    }

    /// Adds a run that ended; whether that could be written is said by [`Journal::close`].
    pub fn add(&self, row: &RunRow) {
        let line = sweep_row::line(row);
        let mut open = self.shared.lock();
        if open.failed.is_none() {
            // One write a line: a kill between two of them loses none.
            match open.file.write_all(line.as_bytes()) {
                Ok(()) => open.is_dirty = true,
                Err(error) => self.shared.fail(&mut open, error),
            }
        }
    }

    /// Whether a line could not be written: there is no use in playing on.
    pub fn has_failed(&self) -> bool {
        self.shared.has_failed.load(Ordering::Relaxed)
    }

    /// Ends the journal; it is removed where its sweep is finished.
    ///
    /// # Errors
    /// With the first failure to write it.
    pub fn close(mut self, is_finished: bool) -> Result<(), JournalError> {
        self.stop_syncing();
        self.shared.sync();
        let failed = self.shared.lock().failed.take();
        match failed {
            Some(source) => Err(disk(&self.shared.path)(source)),
            None if is_finished => {
                fs::remove_file(&self.shared.path).map_err(disk(&self.shared.path))
            }
            None => Ok(()),
        }
    }

    fn stop_syncing(&mut self) {
        self.stop = None;
        if let Some(syncing) = self.syncing.take() {
            let _ = syncing.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.stop_syncing();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, open: &mut Open, error: io::Error) {
        open.failed.get_or_insert(error);
        self.has_failed.store(true, Ordering::Relaxed);
    }

    fn sync(&self) {
        let mut open = self.lock();
        if open.is_dirty && open.failed.is_none() {
            open.is_dirty = false;
            if let Err(error) = open.file.sync_data() {
                self.fail(&mut open, error);
            }
        }
    }
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> JournalError + use<> {
    let path = path.to_owned();
    move |source| JournalError::Disk { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::run::RunEnd;

    fn row(cell: usize, replication: u32) -> RunRow {
        RunRow {
            cell,
            replication,
            values: vec![Some(1.0 / 3.0), None],
            held: vec![Some(true)],
            events: 7,
            event_hash: 9,
            end: RunEnd::Horizon,
            caveats: Vec::new(),
        }
    }

    fn heading(sweep: &str) -> Heading {
        Heading {
            sweep: sweep.to_owned(),
            version: "0.1.0".to_owned(),
            measures: 2,
        }
    }

    #[test]
    fn what_was_written_is_read_and_a_damaged_line_is_counted() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/sweep-a.journal");
        assert_eq!(read(&path, &heading("a")).unwrap(), None);
        let journal = Journal::begin(&path, &heading("a"), &[row(0, 0)]).unwrap();
        journal.add(&row(1, 0));
        journal.add(&row(2, 0));
        journal.close(false).unwrap();
        let kept = read(&path, &heading("a")).unwrap().unwrap();
        assert_eq!(kept.rows, [row(0, 0), row(1, 0), row(2, 0)]);
        // A kill in the middle of the last line.
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
        let kept = read(&path, &heading("a")).unwrap().unwrap();
        assert_eq!((kept.rows.len(), kept.damaged), (2, 1));
        let journal = Journal::begin(&path, &heading("a"), &kept.rows).unwrap();
        journal.close(true).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_journal_of_another_sweep_or_none_is_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("sweep.journal");
        let journal = Journal::begin(&path, &heading("a"), &[]).unwrap();
        journal.close(false).unwrap();
        let said = read(&path, &heading("b")).unwrap_err().to_string();
        assert!(
            said.contains("is of a by") && said.contains("this is b by"),
            "{said}"
        );
        fs::write(&path, "notes\n").unwrap();
        let said = read(&path, &heading("a")).unwrap_err().to_string();
        assert!(said.contains("is no journal"), "{said}");
    }
}
