//! The folder of a sweep: `runs.csv`, `runs.parquet`, `cells.csv`, `cells.json`, `manifest.json`,
//! the scenario and its traces, and the charts.

use serde_json::{Map, Value, json};

use super::columns::{ColumnError, Kind, Table};
use super::results::files::{ResultFile, json_bytes};
use super::results::manifest::FileHash;
use super::results::{FORMAT_VERSION, Placed, RunFolder, RunInputs, WriteError};
use super::sweep_runs::{RunsTable, number, objectives};
use super::{sweep_analysis, sweep_charts, sweep_parquet};
use crate::experiment::analysis::Analysis;
use crate::experiment::cell::Grid;
use crate::experiment::comparison::CellResult;
use crate::experiment::pilots::SweepWarmUp;
use crate::experiment::statistics::CONFIDENCE;
use crate::experiment::sweep::SweepRuns;
use crate::scenario::plan::Plan;

/// Letters of a sweep's hash.
const HASH_LETTERS: usize = 12;

/// What `cells.csv` says of each measure.
const CELL_COLUMNS: [&str; 6] = [
    "mean",
    "half_width",
    "p95",
    "difference",
    "difference_half_width",
    "difference_p_value_of_all_cells",
];

/// A played sweep with everything that its files say.
#[derive(Clone, Copy, Debug)]
pub struct SweepResults<'a> {
    /// The scenario as it stands, outside of the grid.
    pub plan: &'a Plan,
    /// What it was made from.
    pub inputs: &'a RunInputs,
    /// The cells.
    pub grid: &'a Grid,
    /// The runs.
    pub runs: &'a SweepRuns,
    /// The cells' results, in the grid's order.
    pub cells: &'a [CellResult],
    /// What they say together.
    pub analysis: &'a Analysis,
    /// Whether charts are drawn.
    pub with_charts: bool,
}

/// The name of a sweep: a hash of all that decides its results.
pub fn sweep_name(plan: &Plan, inputs: &RunInputs, grid: &Grid) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(inputs.run_name(plan.run.seed).as_bytes());
    hasher.update(&grid.replications.at_least.to_le_bytes());
    if grid.replications.until.is_some() {
        hasher.update(grid.replications.to_string().as_bytes());
    }
    for trace in &grid.trace_files {
        hasher.update(trace.hash.as_bytes());
    }
    format!("sweep-{}", &hasher.finalize().to_hex()[..HASH_LETTERS])
}

impl SweepResults<'_> {
    /// The sweep's name.
    pub fn name(&self) -> String {
        sweep_name(self.plan, self.inputs, self.grid)
    }

    /// Writes all files into `folder`, which has the traces already, and puts it in its place.
    ///
    /// # Errors
    /// If the folder can't be written.
    pub fn write(&self, folder: RunFolder) -> Result<Placed, WriteError> {
        let mut files = self.files()?;
        files.extend(sweep_analysis::files(self)?);
        if self.with_charts {
            files.extend(sweep_charts::pictures(self)?);
        }
        let mut written = self.write_runs(&folder)?;
        for file in &files {
            written.push(folder.write(&file.name, &file.bytes)?);
        }
        written.extend(self.inputs.trace_hashes());
        written.sort_by(|a, b| a.name.cmp(&b.name));
        let manifest = json_bytes(&self.manifest(&written));
        folder.write(super::results::folder::MANIFEST, &manifest)?;
        Ok(folder.put_in_place(&self.name(), self.runs.complete)?)
    }

    /// Writes the tables of runs, piece by piece.
    fn write_runs(&self, folder: &RunFolder) -> Result<Vec<FileHash>, WriteError> {
        let (grid, runs) = (self.grid, self.runs);
        let table = RunsTable { grid, runs };
        Ok(vec![
            folder.write_with("runs.csv", |out| table.write_csv(out).map_err(text))?,
            folder.write_with("runs.parquet", |out| {
                sweep_parquet::write(&table, out).map_err(text)
            })?,
        ])
    }

    /// All files but the runs, the traces, the charts and the manifest.
    ///
    /// # Errors
    /// If a table can't be written, a defect of ours.
    pub fn files(&self) -> Result<Vec<ResultFile>, WriteError> {
        let scenario = self.inputs.scenario_yaml.clone().into_bytes();
        Ok(vec![
            ResultFile::new("scenario.yaml", scenario),
            ResultFile::new("cells.csv", table("cells.csv", self.cell_records())?),
            ResultFile::new("cells.json", json_bytes(&self.cells_json())),
        ])
    }

    /// `runs.csv` as typed columns.
    ///
    /// # Errors
    /// If a value is not of its column's kind, a defect of ours.
    pub fn runs_table(&self) -> Result<Table, ColumnError> {
        let mut kinds = vec![Kind::Integer];
        kinds.extend(self.grid.parameters.iter().map(|_| Kind::NumberOrWord));
        kinds.push(Kind::Integer);
        kinds.extend(self.runs.measures.iter().map(|_| Kind::Float));
        kinds.extend((0..objectives(self.grid)).map(|_| Kind::Flag));
        kinds.extend([Kind::Flag, Kind::Integer, Kind::Text]);
        let (grid, runs) = (self.grid, self.runs);
        let table = RunsTable { grid, runs };
        Table::from_records(&kinds, table.records())
    }

    /// `cells.csv` as typed columns.
    ///
    /// # Errors
    /// As [`SweepResults::runs_table`].
    pub fn cells_table(&self) -> Result<Table, ColumnError> {
        let mut kinds = vec![Kind::Integer];
        kinds.extend(self.grid.parameters.iter().map(|_| Kind::NumberOrWord));
        kinds.push(Kind::Integer);
        kinds.extend((0..2 * objectives(self.grid)).map(|_| Kind::Integer));
        let of_measures = CELL_COLUMNS.len() * self.runs.measures.len();
        kinds.extend((0..of_measures).map(|_| Kind::Float));
        Table::from_records(&kinds, self.cell_records())
    }

    /// When it is enough, in words; `null` where the number of runs is fixed.
    fn until(&self) -> Option<String> {
        let replications = &self.grid.replications;
        replications
            .until
            .as_ref()
            .map(|_| replications.to_string())
    }

    /// `cells.csv`: one row a cell; means and differences to the baseline with half-widths.
    fn cell_records(&self) -> Vec<Vec<String>> {
        let mut heading = vec!["cell".to_owned()];
        heading.extend(self.grid.parameters.iter().cloned());
        heading.push("runs".to_owned());
        for index in 1..=objectives(self.grid) {
            heading.push(format!("objective_{index}_held_runs"));
            heading.push(format!("objective_{index}_judged_runs"));
        }
        for measure in &self.runs.measures {
            for what in CELL_COLUMNS {
                heading.push(format!("{}_{what}", measure.name));
            }
        }
        let cells = self.cells.iter().map(|cell| self.cell_record(cell));
        std::iter::once(heading).chain(cells).collect()
    }

    fn cell_record(&self, cell: &CellResult) -> Vec<String> {
        let mut record = vec![cell.cell.to_string()];
        record.extend(self.grid.cells[cell.cell].labels.iter().cloned());
        record.push(cell.runs.to_string());
        for index in 0..objectives(self.grid) {
            let held = cell.held.get(index);
            record.push(held.map_or_else(String::new, |it| it.held.to_string()));
            record.push(held.map_or_else(String::new, |it| it.judged.to_string()));
        }
        for (index, (mean, difference)) in cell.means.iter().zip(&cell.differences).enumerate() {
            let adjusted = cell.adjusted[index];
            record.push(number(mean.map(|it| it.mean)));
            record.push(number(mean.and_then(|it| it.half_width)));
            record.push(number(cell.p95s[index].map(|it| it.value)));
            record.push(number(difference.map(|it| it.mean)));
            record.push(number(difference.and_then(|it| it.half_width)));
            record.push(number(adjusted));
        }
        record
    }

    /// The content of `cells.json`, and of `--json`.
    pub fn cells_json(&self) -> Value {
        let cells: Vec<Value> = self.cells.iter().map(|it| self.cell_json(it)).collect();
        let baseline = &self.grid.cells[self.grid.baseline].name;
        let mut whole = json!({
            "version": FORMAT_VERSION,
            "scenario": self.plan.name,
            "sweep": self.name(),
            "seed": self.plan.run.seed,
            "replications": self.grid.replications.at_least,
            "replications_until": self.until(),
            "complete": self.runs.complete,
            "parameters": self.grid.parameters,
            "baseline": baseline,
            "confidence_of_each_interval": CONFIDENCE,
            "cells": cells,
        });
        if let Value::Object(entries) = &mut whole {
            entries.extend(self.warm_up());
            entries.extend(sweep_analysis::json(self).map(|(name, it)| (name.to_owned(), it)));
        }
        whole
    }

    fn cell_json(&self, result: &CellResult) -> Value {
        let cell = &self.grid.cells[result.cell];
        let named = self.grid.parameters.iter().zip(&cell.labels);
        let values: Map<String, Value> = named
            .map(|(name, label)| (name.clone(), label.clone().into()))
            .collect();
        let objectives = cell.plan.objectives.iter().zip(&result.held);
        let objectives: Vec<Value> = objectives
            .map(|(objective, held)| {
                json!({
                    "text": objective.text,
                    "held_runs": held.held,
                    "judged_runs": held.judged,
                    "held_share_low": held.low,
                    "held_share_high": held.high,
                })
            })
            .collect();
        let mut measures = Map::new();
        for (index, measure) in self.runs.measures.iter().enumerate() {
            let entry = json!({
                "mean": result.means[index],
                "p95": result.p95s[index],
                "difference_to_baseline": result.differences[index],
                "difference_p_value_of_all_cells": result.adjusted[index],
            });
            measures.insert(measure.name.clone(), entry);
        }
        json!({
            "cell": result.cell,
            "name": cell.name,
            "parameters": values,
            "runs": result.runs,
            "keeps_all_objectives": result.keeps_all_objectives(),
            "objectives": objectives,
            "measures": measures,
            "caveats": result.caveats,
        })
    }

    fn manifest(&self, files: &[FileHash]) -> Value {
        let traces = self.grid.trace_files.iter().map(
            |trace| json!({ "name": trace.name_in_run, "blake3": trace.hash.to_hex().to_string() }),
        );
        let defaults = self
            .plan
            .assumptions
            .iter()
            .map(|it| json!({ "path": it.path, "value": it.value, "source": it.source }));
        let mut whole = json!({
            "format": FORMAT_VERSION,
            "run": self.name(),
            "kind": "sweep",
            "scenario": self.plan.name,
            "fleetcast": self.inputs.version,
            "catalog_date": self.inputs.catalog_date,
            "seed": self.plan.run.seed,
            "parameters": self.grid.parameters,
            "cells": self.grid.cells.len(),
            "replications": self.grid.replications.at_least,
            "replications_until": self.until(),
            "runs_played": self.runs.rows.len(),
            "baseline": self.grid.cells[self.grid.baseline].name,
            "complete": self.runs.complete,
            "inputs": self.inputs.hashes(),
            "traces_of_cells": traces.collect::<Vec<Value>>(),
            "defaults": defaults.collect::<Vec<Value>>(),
            "notes": self.plan.notes,
            "files": files,
        });
        if let Value::Object(entries) = &mut whole {
            entries.extend(self.warm_up());
        }
        whole
    }

    /// The warm-up that pilot runs found, where they were asked for.
    fn warm_up(&self) -> Option<(String, Value)> {
        let Some(SweepWarmUp::Found(found)) = &self.grid.warm_up else {
            return None;
        };
        Some(("warm_up".to_owned(), json!(found)))
    }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

pub(super) fn table(name: &str, records: Vec<Vec<String>>) -> Result<Vec<u8>, WriteError> {
    let failed = |problem: String| {
        let name = name.to_owned();
        WriteError::Table { name, problem }
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        writer
            .write_record(&record)
            .map_err(|error| failed(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))
}
