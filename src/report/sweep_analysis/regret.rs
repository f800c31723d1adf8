//! What each choice costs more than the best one would have.

use serde_json::{Value, json};

use super::Records;
use super::shown::names;
use crate::experiment::cell::OF_REGRET;
use crate::experiment::regret::{ChoiceRegret, Regret};
use crate::report::interval;
use crate::report::sweep_files::SweepResults;
use crate::report::sweep_runs::number;
use crate::report::table::{Align, Cell, Colour, Table, Tone};
use crate::report::wording;

/// `regret.csv`: a row a choice.
pub(super) fn records(results: &SweepResults<'_>) -> Option<Records> {
    let regret = results.analysis.regret.as_ref()?;
    let mut heading = parameters(results, regret);
    heading.extend(OF_REGRET.map(str::to_owned));
    let row = |(index, choice): (usize, &ChoiceRegret)| {
        let figures = choice.figures;
        let mut record = choice.labels.clone();
        record.push(number(figures.map(|it| it.mean.mean)));
        record.push(number(figures.and_then(|it| it.mean.half_width)));
        record.push(number(figures.map(|it| it.p95)));
        record.push(number(figures.map(|it| it.largest)));
        let under = figures.map(|it| regret.assumptions[it.largest_under].clone());
        record.push(under.unwrap_or_default());
        record.push(broken(regret, choice).collect::<Vec<_>>().join("; "));
        record.push(least(regret, index).unwrap_or_default().to_owned());
        record
    };
    let rows = regret.choices.iter().enumerate().map(row);
    let records = std::iter::once(heading).chain(rows).collect();
    Some(("regret.csv", records))
}

/// The names of the parameters that are choices.
fn parameters(results: &SweepResults<'_>, regret: &Regret) -> Vec<String> {
    let name = |index: &usize| results.grid.parameters[*index].clone();
    regret.chosen.iter().map(name).collect()
}

/// The assumptions under which a choice breaks an objective.
fn broken<'a>(
    regret: &'a Regret,
    choice: &'a ChoiceRegret,
) -> impl ExactSizeIterator<Item = &'a str> {
    choice
        .breaks
        .iter()
        .map(|it| regret.assumptions[*it].as_str())
}

/// By which figure a choice is the least regretted.
fn least(regret: &Regret, choice: usize) -> Option<&'static str> {
    let is = |least: Option<usize>| least == Some(choice);
    match (is(regret.least_mean), is(regret.least_largest)) {
        (true, true) => Some("mean and largest"),
        (true, false) => Some("mean"),
        (false, true) => Some("largest"),
        (false, false) => None,
    }
}

/// The entry of `cells.json`.
pub(super) fn json(results: &SweepResults<'_>) -> Value {
    let Some(regret) = &results.analysis.regret else {
        return Value::Null;
    };
    let choice = |choice: &ChoiceRegret| {
        let figures = choice.figures;
        json!({
            "name": choice.name,
            "labels": choice.labels,
            "mean": figures.map(|it| it.mean),
            "p95": figures.map(|it| it.p95),
            "largest": figures.map(|it| it.largest),
            "largest_under": figures.map(|it| &regret.assumptions[it.largest_under]),
            "broken_under": broken(regret, choice).collect::<Vec<_>>(),
        })
    };
    let assumptions = regret.assumptions.iter().zip(&regret.probabilities);
    let assumption = |(name, probability)| json!({ "name": name, "probability": probability });
    let name = |choice: Option<usize>| choice.map(|it| &regret.choices[it].name);
    let hopeless = regret.hopeless.iter().map(|it| &regret.assumptions[*it]);
    json!({
        "measure": "cost_month_usd",
        "choice_parameters": parameters(results, regret),
        "assumptions": assumptions.map(assumption).collect::<Vec<_>>(),
        "choices": regret.choices.iter().map(choice).collect::<Vec<_>>(),
        "least_mean": name(regret.least_mean),
        "least_largest": name(regret.least_largest),
        "not_sure_combinations": regret.unsure,
        "no_choice_keeps_objectives_under": hopeless.collect::<Vec<_>>(),
    })
}

/// A table of the choices, and which is the least regretted.
pub(super) fn text(results: &SweepResults<'_>, colour: Colour) -> Option<String> {
    let regret = results.analysis.regret.as_ref()?;
    let names_of = parameters(results, regret);
    let mut columns: Vec<(&str, Align)> = names_of
        .iter()
        .map(|it| (it.as_str(), Align::Right))
        .collect();
    columns.extend(["mean regret", "95 %", "largest"].map(|it| (it, Align::Right)));
    columns.extend(["under", "objectives"].map(|it| (it, Align::Left)));
    let mut table = Table::new(&columns);
    for choice in &regret.choices {
        table.row(row(regret, choice));
    }
    let mut text = format!(
        "regret: what a choice costs a month more than the best that keeps the objectives would \
         have, under the same assumptions ({} combinations) and draws:\n{}",
        regret.assumptions.len(),
        table.render(colour)
    );
    for sentence in sentences(regret) {
        text.push_str(&sentence);
        text.push('\n');
    }
    Some(text)
}

fn row(regret: &Regret, choice: &ChoiceRegret) -> Vec<Cell> {
    let mut cells: Vec<Cell> = choice.labels.iter().map(|it| it.as_str().into()).collect();
    match choice.figures {
        Some(it) => {
            let mean = interval::usd(it.mean.mean, it.mean.half_width);
            cells.push(Cell::new(mean, Tone::Strong));
            cells.extend([it.p95, it.largest].map(|it| wording::usd(it).into()));
            // Where nothing is regretted, no assumption is to blame.
            cells.push(match 0.0 < it.largest {
                true => regret.assumptions[it.largest_under].as_str().into(),
                false => "–".into(),
            });
        }
        None => cells.extend(["–"; 4].map(Cell::from)),
    }
    cells.push(match choice.breaks.len() {
        0 => Cell::new("kept wherever any choice does", Tone::Good),
        count => {
            let all = regret.assumptions.len();
            let first = broken(regret, choice).next().unwrap_or_default();
            let words = format!("broken under {count} of {all}, like {first}");
            Cell::new(words, Tone::Bad)
        }
    });
    cells
}

fn sentences(regret: &Regret) -> Vec<String> {
    let name = |choice: usize| regret.choices[choice].name.as_str();
    let mut sentences = Vec::new();
    match (regret.least_mean, regret.least_largest) {
        (Some(mean), Some(largest)) if mean == largest => {
            sentences.push(format!("least regretted: {}", name(mean)));
        }
        (Some(mean), Some(largest)) => sentences.push(format!(
            "least regretted: {} on the mean, {} at worst",
            name(mean),
            name(largest)
        )),
        (None, _) | (_, None) => {}
    }
    if 0 < regret.unsure {
        sentences.push(format!(
            "in {} of {} combinations of a choice and assumptions it is not sure (95 %) whether an \
             objective with a probability is kept: the share of these runs counts, and more would \
             tell",
            regret.unsure,
            regret.choices.len() * regret.assumptions.len()
        ));
    }
    if !regret.hopeless.is_empty() {
        let under = regret
            .hopeless
            .iter()
            .map(|it| regret.assumptions[*it].as_str());
        sentences.push(format!(
            "no choice keeps the objectives under {}",
            names(under)
        ));
    }
    sentences
}
