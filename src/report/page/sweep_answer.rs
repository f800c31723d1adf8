//! The answer of a sweep: which cell is the cheapest that keeps the objectives, which choice is the
//! least regretted whatever turns out to be true, or which assumption moves what most.

use serde_json::Value;

use super::html::Html;
use super::sweep::{COST, SweepData, name};
use super::{sweep_odds, sweep_regret, sweep_sensitivity};
use crate::experiment::statistics::CONFIDENCE;
use crate::report::wording::{counted, share};

/// Cells named in a sentence.
const NAMES_MAX: usize = 4;

/// Writes the part of the page.
pub fn write(data: &SweepData<'_>, html: &mut Html) {
    html.open_section("answer", "The answer");
    if data.sweep.manifest["complete"] == false {
        let early = "This sweep was not played to its end: cells have fewer runs than asked for.";
        html.line("p", "warning", early);
    }
    html.raw("<div class=\"headline\">\n");
    let sentences = match data.is_about_assumptions() {
        true => strongest(data),
        // Nobody chooses the cheapest of several worlds.
        false => sweep_regret::answer(data).unwrap_or_else(|| cheapest(data)),
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
