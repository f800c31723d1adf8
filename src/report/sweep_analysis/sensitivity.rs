//! Which assumption moves an answer most.

use serde_json::{Map, Value, json};

use super::Records;
use super::shown::{Shown, shown};
use crate::experiment::sensitivity::indices::IndexEstimate;
use crate::experiment::sensitivity::tornado::{Bar, End, Tornado};
use crate::experiment::sensitivity::{MeasureIndices, Sensitivity};
use crate::report::axis::Unit;
use crate::report::sweep_files::SweepResults;
use crate::report::sweep_runs::number;
use crate::report::table::{Align, Cell, Colour, Table, Tone};

const TORNADO_COLUMNS: [&str; 12] = [
    "measure",
    "parameter",
    "baseline",
    "low",
    "high",
    "baseline_mean",
    "baseline_half_width",
    "low_difference",
    "low_difference_half_width",
    "high_difference",
    "high_difference_half_width",
    "width",
];
const INDEX_COLUMNS: [&str; 10] = [
    "measure",
    "parameter",
    "low",
    "high",
    "first_order",
    "first_order_low",
    "first_order_high",
    "total",
    "total_low",
    "total_high",
];

/// A parameter of the sweep as its tables name it.
pub(super) struct Named<'a> {
    pub name: &'a str,
    baseline: &'a str,
    pub ends: &'a [String; 2],
}

pub(super) fn named<'a>(results: &SweepResults<'a>, parameter: usize) -> Named<'a> {
    let grid = results.grid;
    Named {
        name: &grid.parameters[parameter],
        baseline: &grid.cells[grid.baseline].labels[parameter],
        ends: &grid.varied.ends[parameter],
    }
}

/// `sensitivity.csv`: a row a measure and parameter.
pub(super) fn records(results: &SweepResults<'_>) -> Option<Records> {
    let measures = results.runs.measures.iter();
    let (heading, rows): (&[&str], Vec<Vec<String>>) = match &results.analysis.sensitivity {
        None => return None,
        Some(Sensitivity::Tornado(tornados)) => {
            let rows = measures.zip(tornados).filter_map(|(measure, tornado)| {
                let tornado = tornado.as_ref()?;
                let row = |bar: &Bar| tornado_record(results, &measure.name, (tornado, bar));
                Some(tornado.bars.iter().map(row).collect::<Vec<_>>())
            });
            (&TORNADO_COLUMNS, rows.flatten().collect())
        }
        Some(Sensitivity::Indices(indices)) => {
            let rows = measures.zip(indices).filter_map(|(measure, indices)| {
                let indices = indices.as_ref()?;
                let row = |it: usize| index_record(results, &measure.name, (indices, it));
                Some(ranked(indices).into_iter().map(row).collect::<Vec<_>>())
            });
            (&INDEX_COLUMNS, rows.flatten().collect())
        }
    };
    let heading = heading.iter().map(|it| (*it).to_owned()).collect();
    let records = std::iter::once(heading).chain(rows).collect();
    Some(("sensitivity.csv", records))
}

fn tornado_record(
    results: &SweepResults<'_>,
    measure: &str,
    (tornado, bar): (&Tornado, &Bar),
) -> Vec<String> {
    let named = named(results, bar.parameter);
    let [low, high] = named.ends.clone();
    let mut record = vec![
        measure.to_owned(),
        named.name.to_owned(),
        named.baseline.to_owned(),
    ];
    record.extend([low, high]);
    record.push(tornado.baseline.mean.to_string());
    record.push(number(tornado.baseline.half_width));
    for end in [&bar.low, &bar.high] {
        record.push(number(end.difference.map(|it| it.mean)));
        record.push(number(end.difference.and_then(|it| it.half_width)));
    }
    record.push(bar.width.to_string());
    record
}

fn index_record(
    results: &SweepResults<'_>,
    measure: &str,
    (found, place): (&MeasureIndices, usize),
) -> Vec<String> {
    let named = named(results, found.moved[place]);
    let [low, high] = named.ends.clone();
    let mut record = vec![measure.to_owned(), named.name.to_owned(), low, high];
    for index in [&found.indices.first_order, &found.indices.total] {
        let IndexEstimate { value, low, high } = index[place];
        record.extend([value, low, high].map(|it| it.to_string()));
    }
    record
}

/// The places of the moved parameters, that with the largest total first.
pub(super) fn ranked(found: &MeasureIndices) -> Vec<usize> {
    let total = &found.indices.total;
    let mut order: Vec<usize> = (0..total.len()).collect();
    order.sort_by(|a, b| total[*b].value.total_cmp(&total[*a].value).then(a.cmp(b)));
    order
}

/// The entry of `cells.json`.
pub(super) fn json(results: &SweepResults<'_>) -> Value {
    let mut measures = Map::new();
    let names = results.runs.measures.iter().map(|it| it.name.clone());
    let design = match &results.analysis.sensitivity {
        None => return Value::Null,
        Some(Sensitivity::Tornado(tornados)) => {
            for (name, tornado) in names.zip(tornados) {
                let tornado = tornado.as_ref();
                measures.insert(
                    name,
                    tornado.map_or(Value::Null, |it| tornado_json(results, it)),
                );
            }
            "tornado"
        }
        Some(Sensitivity::Indices(indices)) => {
            for (name, indices) in names.zip(indices) {
                let indices = indices.as_ref();
                measures.insert(
                    name,
                    indices.map_or(Value::Null, |it| index_json(results, it)),
                );
            }
            "sobolIndices"
        }
    };
    json!({ "design": design, "measures": measures })
}

fn tornado_json(results: &SweepResults<'_>, tornado: &Tornado) -> Value {
    let end = |end: &End, label: &str| {
        json!({
            "value": label,
            "cell": end.cell,
            "difference_to_baseline": end.difference,
            "keeps_all_objectives": results.cells[end.cell].keeps_all_objectives(),
        })
    };
    let bar = |bar: &Bar| {
        let named = named(results, bar.parameter);
        json!({
            "parameter": named.name,
            "baseline": named.baseline,
            "low": end(&bar.low, &named.ends[0]),
            "high": end(&bar.high, &named.ends[1]),
            "width": bar.width,
        })
    };
    let bars: Vec<Value> = tornado.bars.iter().map(bar).collect();
    json!({ "baseline": tornado.baseline, "parameters": bars })
}

fn index_json(results: &SweepResults<'_>, found: &MeasureIndices) -> Value {
    let parameter = |index: usize| {
        let named = named(results, found.moved[index]);
        json!({
            "parameter": named.name,
            "low": named.ends[0],
            "high": named.ends[1],
            "first_order": found.indices.first_order[index],
            "total": found.indices.total[index],
        })
    };
    json!({
        "rows": found.indices.rows,
        "rows_left_out": found.left_out,
        "mean": found.indices.mean,
        "deviation": found.indices.deviation,
        "deviation_by_chance": found.chance,
        "parameters": ranked(found).into_iter().map(parameter).collect::<Vec<_>>(),
    })
}

/// A table for each measure worth a look.
pub(super) fn text(results: &SweepResults<'_>, colour: Colour) -> Option<String> {
    let sensitivity = results.analysis.sensitivity.as_ref()?;
    let mut parts = Vec::new();
    for shown in shown(results) {
        let measure = shown.measure;
        let part = match sensitivity {
            Sensitivity::Tornado(tornados) => tornados[measure]
                .as_ref()
                .map(|it| tornado_text(results, &shown, it, colour)),
            Sensitivity::Indices(indices) => indices[measure]
                .as_ref()
                .map(|it| index_text(results, &shown, it, colour)),
        };
        parts.push(part.unwrap_or_else(|| format!("{} does not vary\n", shown.word)));
    }
    parts.extend(flips(results));
    Some(parts.join("\n"))
}

fn tornado_text(
    results: &SweepResults<'_>,
    shown: &Shown,
    tornado: &Tornado,
    colour: Colour,
) -> String {
    let columns = [
        "baseline", "low end", "moves it", "high end", "moves it", "width",
    ];
    let mut all = vec![("assumption", Align::Left)];
    all.extend(columns.map(|it| (it, Align::Right)));
    let mut table = Table::new(&all);
    for bar in &tornado.bars {
        let named = named(results, bar.parameter);
        let moved = |end: &End| match end.difference {
            Some(it) => Cell::from(shown.difference(it.mean, it.half_width)),
            None if end.cell == results.grid.baseline => Cell::new("baseline", Tone::Faint),
            None => "–".into(),
        };
        let [low, high] = named.ends;
        table.row([
            named.name.into(),
            named.baseline.into(),
            low.as_str().into(),
            moved(&bar.low),
            high.as_str().into(),
            moved(&bar.high),
            Cell::new(shown.value(bar.width), Tone::Strong),
        ]);
    }
    let baseline = shown.interval(tornado.baseline.mean, tornado.baseline.half_width);
    let word = &shown.word;
    format!(
        "what moves {word}, {baseline} at the baseline:\n{}",
        table.render(colour)
    )
}

fn index_text(
    results: &SweepResults<'_>,
    shown: &Shown,
    found: &MeasureIndices,
    colour: Colour,
) -> String {
    let columns = ["low end", "high end", "alone", "with the others"];
    let mut all = vec![("assumption", Align::Left)];
    all.extend(columns.map(|it| (it, Align::Right)));
    let mut table = Table::new(&all);
    for place in ranked(found) {
        let named = named(results, found.moved[place]);
        let percent = |value: f64| Unit::Percent.show(100.0 * value);
        let share = |of: &[IndexEstimate]| {
            let IndexEstimate { value, low, high } = of[place];
            format!("{} ({} to {})", percent(value), percent(low), percent(high))
        };
        let [low, high] = named.ends;
        table.row([
            named.name.into(),
            low.as_str().into(),
            high.as_str().into(),
            Cell::from(share(&found.indices.first_order)),
            Cell::new(share(&found.indices.total), Tone::Strong),
        ]);
    }
    let chance = found.chance.map_or_else(String::new, |chance| {
        format!(", chance alone by {}", shown.value(chance))
    });
    let left_out = match found.left_out {
        0 => String::new(),
        rows => format!("{rows} rows without a value in one of their cells are left out\n"),
    };
    format!(
        "what {} varies by over the ranges: mean {}, standard deviation {}{chance}; shares of the \
         variance (95 %):\n{}{left_out}",
        shown.word,
        shown.value(found.indices.mean),
        shown.value(found.indices.deviation),
        table.render(colour)
    )
}

/// The ends at which an objective breaks that holds at the baseline.
fn flips(results: &SweepResults<'_>) -> Option<String> {
    let Some(Sensitivity::Tornado(tornados)) = &results.analysis.sensitivity else {
        return None;
    };
    let baseline = &results.cells[results.grid.baseline];
    let bars = tornados.iter().flatten().next()?.bars.iter();
    let mut found = Vec::new();
    for bar in bars {
        let named = named(results, bar.parameter);
        for (end, label) in [&bar.low, &bar.high].into_iter().zip(named.ends) {
            let both = results.cells[end.cell].held.iter().zip(&baseline.held);
            for (index, (there, here)) in both.enumerate() {
                if here.held == here.judged && there.held < there.judged {
                    let (held, judged) = (there.held, there.judged);
                    let name = named.name;
                    found.push(format!(
                        "[{}] at {name}={label} ({held}/{judged})",
                        index + 1
                    ));
                }
            }
        }
    }
    let list = found.join("; ");
    (!found.is_empty()).then(|| format!("holds at the baseline and breaks at an end: {list}\n"))
}
