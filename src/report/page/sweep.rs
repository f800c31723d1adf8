//! The page of a sweep: which cell is the cheapest that keeps the objectives, the comparison with
//! its intervals, what moves the cost most, and a table that sorts.

use serde_json::{Value, json};

use super::assumptions;
use super::figure::Figure;
use super::html::Html;
use super::skeleton::{Part, Skeleton};
use super::{
    sweep_answer, sweep_figures, sweep_odds, sweep_parameters, sweep_sensitivity, sweep_table,
};
use crate::experiment::scale::CellLabels;
use crate::report::axis::Unit;
use crate::report::caveats::{self, Caveat};
use crate::report::interval::in_unit;
use crate::report::results::{FinishedSweep, ReadError};
use crate::report::sweep_charts::{compared_with, objective_scale, x_title};
use crate::report::sweep_text::objective_unit;
use crate::scenario::plan::{ObjectiveMetric, ObjectivePlan, Plan};

/// The measure that cells are compared by first.
pub const COST: &str = "cost_month_usd";

/// A sweep's folder, read.
#[derive(Clone, Debug)]
pub struct SweepData<'a> {
    /// The folder and its manifest.
    pub sweep: &'a FinishedSweep,
    /// The scenario as it stands, outside of the sweep.
    pub plan: &'a Plan,
    /// `cells.json`
    pub cells: Value,
    /// What the parameters of each cell are.
    pub labels: CellLabels,
}

/// A measure that the page shows.
#[derive(Clone, PartialEq, Debug)]
pub struct Shown {
    /// Its name in `cells.json`.
    pub name: String,
    /// What it is.
    pub title: String,
    /// What its values are: the share of minutes, say, in which it held.
    pub measured: String,
    /// A short head of a column.
    pub head: String,
    /// Its unit.
    pub unit: Unit,
    /// What its values are multiplied with.
    pub scale: f64,
    /// What an objective compares it with, in the unit shown, if that is the same in all cells.
    pub bound: Option<f64>,
}

impl<'a> SweepData<'a> {
    /// Reads what the sweep in a folder wrote.
    ///
    /// # Errors
    /// If `cells.json` can't be read.
    pub fn read(sweep: &'a FinishedSweep, plan: &'a Plan) -> Result<Self, ReadError> {
        let cells = sweep.cells()?;
        let labels = labels(&cells);
        Ok(SweepData {
            sweep,
            plan,
            cells,
            labels,
        })
    }

    /// The cells.
    pub fn all(&self) -> &[Value] {
        self.cells["cells"].as_array().map_or(&[], Vec::as_slice)
    }

    /// Whether the cells are worlds, which nobody chooses among.
    pub fn is_about_assumptions(&self) -> bool {
        !self.cells["sensitivity"].is_null()
    }

    /// A month's cost, and what each objective but costs judges.
    pub fn shown(&self) -> Vec<Shown> {
        let mut shown = vec![Shown {
            name: COST.to_owned(),
            title: "Cost a month".to_owned(),
            measured: "Cost a month".to_owned(),
            head: "Cost a month".to_owned(),
            unit: Unit::Usd,
            scale: 1.0,
            bound: None,
        }];
        for (index, objective) in self.plan.objectives.iter().enumerate() {
            if !matches!(objective.metric, ObjectiveMetric::Cost { .. }) {
                shown.push(Shown {
                    name: format!("objective_{}_value", index + 1),
                    title: objective.text.clone(),
                    measured: x_title(objective),
                    head: format!("[{}]", index + 1),
                    unit: objective_unit(objective),
                    scale: objective_scale(objective),
                    bound: self.is_of_all(index, objective).then(|| {
                        let bound = compared_with(objective);
                        bound * objective_scale(objective)
                    }),
                });
            }
        }
        shown
    }

    /// Whether an objective is the same in all cells.
    fn is_of_all(&self, index: usize, objective: &ObjectivePlan) -> bool {
        let mut cells = self.all().iter();
        cells.all(|cell| cell["objectives"][index]["text"] == objective.text)
    }
}

/// What the parameters of each cell are.
fn labels(cells: &Value) -> CellLabels {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    let parameters: Vec<String> = list(&cells["parameters"]).iter().map(text).collect();
    let all = list(&cells["cells"]);
    let is_baseline = |cell: &Value| cell["name"] == cells["baseline"];
    let of = |cell: &Value| {
        let values = parameters
            .iter()
            .map(|name| text(&cell["parameters"][name]));
        values.collect()
    };
    CellLabels {
        baseline: all.iter().position(is_baseline).unwrap_or(0),
        cells: all.iter().map(of).collect(),
        parameters,
    }
}

impl Shown {
    /// The mean of a cell, and half of its interval.
    pub fn mean(&self, cell: &Value) -> Option<(f64, f64)> {
        self.interval(&cell["measures"][&self.name]["mean"])
    }

    /// A mean with half of its interval.
    pub fn interval(&self, value: &Value) -> Option<(f64, f64)> {
        let mean = value["mean"].as_f64()? * self.scale;
        let half = value["half_width"].as_f64().unwrap_or(0.0) * self.scale;
        Some((mean, half))
    }

    /// `$702.09 ± 0.42`
    pub fn show(&self, (mean, half): (f64, f64)) -> String {
        // An interval of no width says nothing.
        in_unit(mean, (half != 0.0).then_some(half), &self.unit)
    }
}

/// A cell's values of all parameters that differ between cells: short enough for a chart.
pub fn short_name(data: &SweepData<'_>, cell: &Value) -> String {
    let value = |name: &String| cell["parameters"][name].as_str().unwrap_or("–").to_owned();
    let values: Vec<String> = varied(data).iter().map(value).collect();
    match values.is_empty() {
        true => name(cell).to_owned(),
        false => values.join(" · "),
    }
}

/// The parameters that differ between cells.
pub fn varied(data: &SweepData<'_>) -> Vec<String> {
    let parameters = data.cells["parameters"].as_array().into_iter().flatten();
    let names = parameters.filter_map(Value::as_str);
    let first = data.all().first();
    let differs = |name: &&str| {
        let value = |cell: &Value| cell["parameters"][*name].clone();
        data.all()
            .iter()
            .any(|cell| Some(value(cell)) != first.map(value))
    };
    names.filter(differs).map(str::to_owned).collect()
}

/// The name of a cell.
pub fn name(cell: &Value) -> &str {
    cell["name"].as_str().unwrap_or("")
}

/// The page of a sweep, as HTML.
pub fn sweep_page(data: &SweepData<'_>) -> String {
    let mut body = Html::default();
    sweep_answer::write(data, &mut body);
    let mut figures: Vec<Figure> = Vec::new();
    body.open_section("comparison", "The cells compared");
    let mut parts = vec![
        Part::new("answer", "Answer"),
        Part::new("comparison", "Comparison"),
    ];
    let mut add = |found: Vec<Figure>, body: &mut Html| {
        for figure in found.into_iter().filter(|figure| !figure.is_empty()) {
            figure.place(body);
            figures.push(figure);
        }
    };
    add(sweep_sensitivity::figures(data), &mut body);
    add(sweep_figures::by_cell(data), &mut body);
    if !data.is_about_assumptions() {
        add(sweep_figures::fronts(data), &mut body);
    }
    body.close_section();
    let over = match data.is_about_assumptions() {
        // Worlds are no alternatives to each other.
        true => Vec::new(),
        false => [
            sweep_parameters::curves(data),
            sweep_parameters::heat_maps(data),
        ]
        .concat(),
    };
    if !over.is_empty() {
        parts.push(Part::new("parameters", "Parameters"));
        body.open_section("parameters", "What each parameter does");
        add(over, &mut body);
        body.close_section();
    }
    if sweep_odds::write(data, &mut body, &mut figures) {
        parts.push(Part::new("odds", "Chance"));
    }
    parts.push(Part::new("table", "Table"));
    body.open_section("table", "All cells");
    sweep_table::table(data, &mut body);
    body.close_section();
    parts.push(Part::new("assumptions", "Assumptions"));
    rests_on(data, &mut body);
    let sweep = data.sweep;
    Skeleton {
        title: sweep.text("scenario"),
        kind: "Report of a sweep",
        facts: vec![
            ("Sweep", sweep.text("run").to_owned()),
            ("Seed", sweep.manifest["seed"].to_string()),
            ("Runs", sweep.manifest["runs_played"].to_string()),
            ("Baseline", sweep.text("baseline").to_owned()),
        ],
        parts,
        body,
        data: json!({ "figures": figures, "from": 0, "to": 1 }),
        replay: None,
        footer: format!(
            "fleetcast {}, prices of {}",
            sweep.text("fleetcast"),
            sweep.text("catalog_date")
        ),
    }
    .into_page()
}

fn rests_on(data: &SweepData<'_>, html: &mut Html) {
    html.open_section("assumptions", "What it rests on");
    let said = |cell: &Value| -> Vec<String> {
        let its = cell["caveats"].as_array().into_iter().flatten();
        its.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let of_cells: Vec<Vec<String>> = data.all().iter().map(said).collect();
    let caveats = caveats::together(of_cells.iter().map(Vec::as_slice));
    let caveats: Vec<String> = caveats.iter().map(Caveat::told).collect();
    assumptions::listed("Before you rely on it", &caveats, html);
    let notes = data.sweep.manifest["notes"]
        .as_array()
        .into_iter()
        .flatten();
    let notes: Vec<String> = notes.filter_map(Value::as_str).map(str::to_owned).collect();
    assumptions::listed("About the scenario", &notes, html);
    assumptions::defaults(&data.sweep.defaults(), html);
    html.close_section();
}
