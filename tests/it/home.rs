//! A folder of a test's own: files in it, the program run on them, and what it left read back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fleetcast::experiment::run::{PlayedRun, play};
use fleetcast::observe::tasks::write_tasks_csv;
use fleetcast::scenario::plan::Plan;
use fleetcast::scenario::{LoadOptions, Loaded, load_text};
use fleetcast::simulation::outcome::RunLimits;
use tempfile::TempDir;

/// A folder that goes away with the test.
pub struct Home(TempDir);

/// How the program ended and what it said, the test's folder shown as `[home]`.
pub struct Said {
    /// The exit code.
    pub code: Option<i32>,
    /// The standard output.
    pub out: String,
    /// The standard error.
    pub err: String,
}

/// A CSV file by its columns' names.
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A text played in this process.
pub struct Played {
    /// What was played.
    pub plan: Plan,
    /// What came out.
    pub run: PlayedRun,
    /// Its `tasks.csv`.
    pub tasks: Table,
}

impl Home {
    /// An empty folder.
    pub fn new() -> Self {
        Home(tempfile::tempdir().unwrap())
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file into it, with its folders.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The program in the folder, to be run in a process of its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleetcast"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    /// Runs the program in the folder, in a process of its own.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| {
            let home = self.0.path().display().to_string();
            String::from_utf8(bytes).unwrap().replace(&home, "[home]")
        };
        Said {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Runs the program, which is to succeed.
    pub fn run_well(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(0), "{arguments:?}: {}", said.err);
        said
    }

    /// Every file below a folder but pictures in PNG, by its path there.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(&self.path(folder), "", &mut found);
        found
    }

    /// The paths of all files below a folder, none of them read.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let mut names = Vec::new();
        list(&self.path(folder), "", &mut names);
        names.sort();
        names
    }

    /// A CSV file in it.
    pub fn table(&self, name: &str) -> Table {
        Table::read(&fs::read(self.path(name)).unwrap())
    }

    /// A JSON file in it.
    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.path(name)).unwrap()).unwrap()
    }
}

fn list(folder: &Path, below: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        match path.is_dir() {
            true => list(&path, &format!("{name}/"), names),
            false => names.push(name),
        }
    }
}

fn collect(folder: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), found);
        } else if !name.ends_with(".png") {
            found.insert(name, fs::read(&path).unwrap());
        }
    }
}

impl Table {
    /// Reads a CSV file with a header.
    pub fn read(bytes: &[u8]) -> Self {
        let mut reader = csv::Reader::from_reader(bytes);
        let owned = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
        let columns = owned(reader.headers().unwrap());
        let rows = reader
            .records()
            .map(|record| owned(&record.unwrap()))
            .collect();
        Table { columns, rows }
    }

    fn index(&self, column: &str) -> usize {
        let found = self.columns.iter().position(|name| name == column);
        found.unwrap_or_else(|| panic!("no column {column} in {:?}", self.columns))
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// A column's cells.
    pub fn texts(&self, column: &str) -> Vec<&str> {
        let index = self.index(column);
        self.rows.iter().map(|row| row[index].as_str()).collect()
    }

    /// A column's numbers; an empty cell is NaN.
    pub fn numbers(&self, column: &str) -> Vec<f64> {
        let number = |text: &str| match text {
            "" => f64::NAN,
            text => text.parse().unwrap(),
        };
        self.texts(column).into_iter().map(number).collect()
    }

    /// A column's instants as microseconds since `start`; `None` where the cell is empty.
    pub fn micros_since(&self, column: &str, start: &str) -> Vec<Option<i64>> {
        let start: jiff::Timestamp = start.parse().unwrap();
        let since = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            i64::try_from(at.duration_since(start).as_micros()).unwrap()
        };
        let texts = self.texts(column).into_iter();
        texts
            .map(|text| (!text.is_empty()).then(|| since(text)))
            .collect()
    }

    /// The rows for which all the columns have these values.
    pub fn only(&self, wanted: &[(&str, &str)]) -> Table {
        let is_wanted = |row: &&Vec<String>| {
            let mut all = wanted.iter();
            all.all(|(column, value)| row[self.index(column)] == *value)
        };
        Table {
            columns: self.columns.clone(),
            rows: self.rows.iter().filter(is_wanted).cloned().collect(),
        }
    }

    /// How many rows there are for each value of a column.
    pub fn counts(&self, column: &str) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for text in self.texts(column) {
            *counts.entry(text).or_default() += 1;
        }
        counts
    }
}

/// Loads a text, which is to be legal.
pub fn loaded(text: &str) -> Loaded {
    match load_text("test.yaml", text, &LoadOptions::default()) {
        Ok(loaded) => loaded,
        Err(failure) => panic!("{}", failure.diagnostics.render(&failure.sources, false)),
    }
}

/// Plays a text in this process.
pub fn played(text: &str) -> Played {
    let plan = loaded(text).plan;
    let run = play(&plan, 0, &RunLimits::default());
    let mut bytes = Vec::new();
    write_tasks_csv(&plan, &run.outcome.observed.tasks, &mut bytes).unwrap();
    Played {
        tasks: Table::read(&bytes),
        plan,
        run,
    }
}

impl Played {
    /// A column of instants of `tasks.csv`, in seconds of the run.
    pub fn seconds(&self, column: &str) -> Vec<Option<f64>> {
        let start = self.plan.run.start.to_string();
        let micros = self.tasks.micros_since(column, &start).into_iter();
        micros.map(|at| at.map(|at| at as f64 / 1e6)).collect()
    }
}

/// The project's own folder.
pub fn root() -> PathBuf {
    super::source::root().to_path_buf()
}
