//! The page of a sweep: which cell is the cheapest that keeps the objectives, the comparison with
//! its intervals, what moves the cost most, and a table that sorts.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::assumptions;
use super::figure::Figure;
use super::html::Html;
use super::skeleton::{Part, Skeleton};
use super::{sweep_figures, sweep_odds, sweep_parameters, sweep_sensitivity, sweep_table};
use crate::experiment::scale::CellLabels;
use crate::experiment::statistics::CONFIDENCE;
use crate::report::axis::Unit;
use crate::report::interval::with_half;
use crate::report::results::{FinishedSweep, ReadError};
use crate::report::sweep_charts::{compared_with, objective_scale, x_title};
use crate::report::sweep_text::objective_unit;
use crate::report::wording::{counted, share};
use crate::scenario::plan::{ObjectiveMetric, ObjectivePlan, Plan};

/// The measure that cells are compared by first.
pub const COST: &str = "cost_month_usd";

/// Cells named in a sentence.
const NAMES_MAX: usize = 4;

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
        let half = self.unit.show(half);
        // What is too small to be shown says nothing.
        let half = (half != self.unit.show(0.0)).then_some(half);
        with_half(self.unit.show(mean), half)
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
    answer(data, &mut body);
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

fn answer(data: &SweepData<'_>, html: &mut Html) {
    html.open_section("answer", "The answer");
    if data.sweep.manifest["complete"] == false {
        let early = "This sweep was not played to its end: cells have fewer runs than asked for.";
        html.line("p", "warning", early);
    }
    html.raw("<div class=\"headline\">\n");
    let sentences = match data.is_about_assumptions() {
        true => strongest(data),
        false => cheapest(data),
    };
    for (index, sentence) in sentences.iter().enumerate() {
        html.line("p", if index == 0 { "objectives" } else { "" }, sentence);
    }
    html.raw("</div>\n");
    let runs = data.sweep.manifest["runs_played"].as_u64().unwrap_or(0);
    let says = format!(
        "{} of {}, {} in all; what stands behind ± is half of a 95 % interval over them. \
         Replications have the same draws in every cell.",
        counted(data.all().len() as u64, "cell"),
        counted(
            data.cells["parameters"].as_array().map_or(0, Vec::len) as u64,
            "parameter"
        ),
        counted(runs, "run"),
    );
    html.line("p", "", &says);
    html.close_section();
}

/// The cheapest cell that keeps the objectives, beside the baseline.
fn cheapest(data: &SweepData<'_>) -> Vec<String> {
    let cost = &data.shown()[0];
    let cells = data.all();
    let keeps = |cell: &&Value| cell["keeps_all_objectives"] == true;
    let price = |cell: &Value| cost.mean(cell).map_or(f64::INFINITY, |it| it.0);
    let kept: Vec<&Value> = cells.iter().filter(keeps).collect();
    let has_objectives = !data.plan.objectives.is_empty();
    let Some(best) = kept.iter().min_by(|a, b| price(a).total_cmp(&price(b))) else {
        let none = "No cell keeps all objectives.".to_owned();
        return vec![if has_objectives {
            none
        } else {
            "No cell was played.".to_owned()
        }];
    };
    let figure = cost.mean(best).map_or("–".to_owned(), |it| cost.show(it));
    let mut told = vec![match has_objectives {
        true => format!(
            "The cheapest cell that keeps all objectives is {}: {figure} a month.",
            name(best)
        ),
        false => format!("The cheapest cell is {}: {figure} a month.", name(best)),
    }];
    let baseline = data.cells["baseline"].as_str().unwrap_or("");
    let base = cells.iter().find(|cell| name(cell) == baseline);
    let difference = &best["measures"][COST]["difference_to_baseline"];
    if let (Some(base), Some(difference)) = (base, cost.interval(difference)) {
        let part = difference.0.abs() / price(base);
        let less = if difference.0 < 0.0 { "less" } else { "more" };
        let amount = (difference.0.abs(), difference.1);
        told.push(format!(
            "That is {} a month ({}) {less} than the baseline, {baseline}.",
            cost.show(amount),
            share(part)
        ));
    } else if name(best) == baseline {
        told.push("That is the baseline.".to_owned());
    }
    told.extend(surely(data));
    if has_objectives {
        let broken = cells.len() - kept.len();
        told.push(match broken {
            0 => "All cells keep the objectives.".to_owned(),
            1 => "1 other cell breaks an objective.".to_owned(),
            some => format!("{some} cells break an objective."),
        });
        told.push(sweep_odds::never_broken(data));
    }
    told
}

/// Which cells surely cost less or more than the baseline, all statements together.
fn surely(data: &SweepData<'_>) -> Vec<String> {
    let cells = |is_it: fn(f64) -> bool| -> Vec<&str> {
        let sure = data.all().iter().filter(|cell| {
            let measure = &cell["measures"][COST];
            let chance = measure["difference_p_value_of_all_cells"].as_f64();
            let difference = measure["difference_to_baseline"]["mean"].as_f64();
            chance.is_some_and(|it| it <= 1.0 - CONFIDENCE) && difference.is_some_and(is_it)
        });
        sure.map(name).collect()
    };
    let kinds = [
        ("less", cells(|it| it < 0.0)),
        ("more", cells(|it| 0.0 < it)),
    ];
    let told = kinds.into_iter().filter(|(_, cells)| !cells.is_empty());
    told.map(|(word, cells)| {
        let more = match cells.len().saturating_sub(NAMES_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = cells[..cells.len().min(NAMES_MAX)].join("; ");
        format!("Surely {word} than the baseline (95 % for all cells together): {shown}{more}.")
    })
    .collect()
}

/// Which assumption moves a month's cost most.
fn strongest(data: &SweepData<'_>) -> Vec<String> {
    let mut told = Vec::new();
    for shown in data.shown() {
        let parameters = &data.cells["sensitivity"]["measures"][&shown.name]["parameters"];
        let Some(first) = parameters.get(0) else {
            continue;
        };
        let parameter = first["parameter"].as_str().unwrap_or("");
        let what = match shown.name == COST {
            true => "a month's cost".to_owned(),
            false => format!("“{}”", shown.title),
        };
        if let Some(width) = first["width"].as_f64() {
            told.push(match width == 0.0 {
                true => format!("Nothing of what was varied moves {what}."),
                false => format!(
                    "{parameter} moves {what} most: by {} from {} to {}.",
                    shown.unit.show(width * shown.scale),
                    first["low"]["value"].as_str().unwrap_or(""),
                    first["high"]["value"].as_str().unwrap_or("")
                ),
            });
        } else {
            told.push(format!("{parameter} moves {what} most."));
        }
    }
    told.extend(sweep_sensitivity::flips(data));
    told
}

fn rests_on(data: &SweepData<'_>, html: &mut Html) {
    html.open_section("assumptions", "What it rests on");
    let mut known = BTreeSet::new();
    let cells = data.all().iter();
    let caveats = cells.flat_map(|cell| cell["caveats"].as_array().into_iter().flatten());
    let caveats = caveats
        .filter_map(Value::as_str)
        .filter(|it| known.insert(*it));
    let caveats: Vec<String> = caveats.map(str::to_owned).collect();
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
