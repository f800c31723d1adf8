//! Cells weighed by the probabilities of what sets them apart.

use serde_json::{Map, Value, json};

use super::Records;
use super::shown::shown;
use crate::experiment::mixture::{MixedShare, Mixture, Mixtures};
use crate::report::sweep_files::SweepResults;
use crate::report::sweep_runs::number;
use crate::report::table::{Align, Cell, Colour, Table, Tone};
use crate::report::wording;

/// The names of some parameters.
fn parameters<'a>(results: &SweepResults<'a>, of: &[usize]) -> Vec<&'a str> {
    of.iter()
        .map(|index| results.grid.parameters[*index].as_str())
        .collect()
}

/// How many objectives are weighed.
fn objectives(mixtures: &Mixtures) -> usize {
    mixtures
        .mixtures
        .iter()
        .map(|it| it.held.len())
        .max()
        .unwrap_or(0)
}

/// `mixtures.csv`: a row a combination of the parameters without probabilities.
pub(super) fn records(results: &SweepResults<'_>) -> Option<Records> {
    let mixtures = results.analysis.mixtures.as_ref()?;
    let named = parameters(results, &mixtures.others).into_iter();
    let mut heading: Vec<String> = named.map(str::to_owned).collect();
    for index in 1..=objectives(mixtures) {
        heading.extend(["", "_low", "_high"].map(|it| format!("objective_{index}_held_share{it}")));
    }
    for measure in &results.runs.measures {
        heading.push(format!("{}_mean", measure.name));
        heading.push(format!("{}_half_width", measure.name));
    }
    let row = |mixture: &Mixture| {
        let mut record = mixture.labels.clone();
        for index in 0..objectives(mixtures) {
            let held = mixture.held.get(index).copied().flatten();
            let parts = [
                held.map(|it| it.share),
                held.map(|it| it.low),
                held.map(|it| it.high),
            ];
            record.extend(parts.map(number));
        }
        for mean in &mixture.means {
            record.push(number(mean.map(|it| it.mean)));
            record.push(number(mean.and_then(|it| it.half_width)));
        }
        record
    };
    let rows = mixtures.mixtures.iter().map(row);
    let records = std::iter::once(heading).chain(rows).collect();
    Some(("mixtures.csv", records))
}

/// The entry of `cells.json`.
pub(super) fn json(results: &SweepResults<'_>) -> Value {
    let Some(mixtures) = &results.analysis.mixtures else {
        return Value::Null;
    };
    let held = |it: &Option<MixedShare>| match it {
        None => Value::Null,
        Some(it) => json!({ "share": it.share, "low": it.low, "high": it.high }),
    };
    let mixture = |mixture: &Mixture| {
        let names = results.runs.measures.iter().map(|it| it.name.clone());
        let means = names.zip(mixture.means.iter().map(|it| json!(it)));
        json!({
            "labels": mixture.labels,
            "means": means.collect::<Map<String, Value>>(),
            "objectives_held": mixture.held.iter().map(held).collect::<Vec<_>>(),
        })
    };
    let probabilities = mixtures.weighed.iter().map(|&index| {
        let known = results.grid.varied.probabilities[index].iter();
        let value =
            |(label, share): &(String, f64)| json!({ "value": label, "probability": share });
        json!({
            "parameter": results.grid.parameters[index],
            "values": known.map(value).collect::<Vec<_>>(),
        })
    });
    json!({
        "parameters": parameters(results, &mixtures.others),
        "weighed": parameters(results, &mixtures.weighed),
        "probabilities": probabilities.collect::<Vec<_>>(),
        "mixtures": mixtures.mixtures.iter().map(mixture).collect::<Vec<_>>(),
    })
}

/// A table of the mixtures.
pub(super) fn text(results: &SweepResults<'_>, colour: Colour) -> Option<String> {
    let mixtures = results.analysis.mixtures.as_ref()?;
    let shown = shown(results);
    let cost = shown.first()?;
    let names = parameters(results, &mixtures.others);
    let mut columns: Vec<(String, Align)> = names
        .into_iter()
        .map(|it| (it.to_owned(), Align::Right))
        .collect();
    columns.push(("cost/month".to_owned(), Align::Right));
    let held = (1..=objectives(mixtures)).map(|it| (format!("[{it}] held"), Align::Right));
    columns.extend(held);
    let columns: Vec<(&str, Align)> = columns.iter().map(|it| (it.0.as_str(), it.1)).collect();
    let mut table = Table::new(&columns);
    for mixture in &mixtures.mixtures {
        let mut cells: Vec<Cell> = mixture.labels.iter().map(|it| it.as_str().into()).collect();
        cells.push(match mixture.means[cost.measure] {
            Some(it) => Cell::new(cost.interval(it.mean, it.half_width), Tone::Strong),
            None => "–".into(),
        });
        cells.extend(mixture.held.iter().map(|it| match it {
            Some(it) => Cell::from(share(it)),
            None => "–".into(),
        }));
        table.row(cells);
    }
    let weights = mixtures
        .weighed
        .iter()
        .map(|index| weights(results, *index));
    Some(format!(
        "weighed by probability ({}), shares with bounds that are 95 % sure:\n{}",
        weights.collect::<Vec<_>>().join("; "),
        table.render(colour)
    ))
}

fn share(it: &MixedShare) -> String {
    let [share, low, high] = [it.share, it.low, it.high].map(wording::share);
    format!("{share} ({low} to {high})")
}

/// `zoneLoss: none 99 %, a 1 %`.
fn weights(results: &SweepResults<'_>, parameter: usize) -> String {
    let known = results.grid.varied.probabilities[parameter].iter();
    let word = |(label, share): &(String, f64)| format!("{label} {}", wording::share(*share));
    let words: Vec<String> = known.map(word).collect();
    format!(
        "{}: {}",
        results.grid.parameters[parameter],
        words.join(", ")
    )
}
