//! What each choice costs more than the best one, under the assumptions that nobody chooses.

use serde_json::Value;

use super::figure::{Axis, Figure, InRow, Ink, Line, Style};
use super::html::{Cell, Html, TableHtml};
use super::sweep::{SweepData, name};
use super::sweep_figures::axis;
use super::sweep_odds::{ROWS_MAX, labelled, list, never_broken, rows_figure};
use crate::report::axis::Unit;
use crate::report::interval::in_unit;

/// Choices that the answer says are no answer.
const BROKEN_MAX: usize = 3;

/// Writes the table, and which choice is regretted least.
pub fn write(data: &SweepData<'_>, html: &mut Html) {
    let regret = &data.cells["regret"];
    let choices = list(&regret["choices"]);
    if choices.is_empty() {
        return;
    }
    let assumptions = list(&regret["assumptions"]).len();
    html.line("h3", "", "Regret");
    let says = format!(
        "What a choice costs a month more than the best that keeps the objectives would have, \
         under the same assumptions ({assumptions} combinations) and draws.{}",
        least_regretted(regret)
    );
    html.line("p", "", &says);
    let figure = |choice: &Value, key: &str| {
        let value = amount(choice, key);
        Cell::Sorted(shown(choice, key), value.unwrap_or(f64::INFINITY))
    };
    let row = |choice: &Value| {
        let broken = list(&choice["broken_under"]);
        let under = match choice["largest"].as_f64() {
            Some(largest) if 0.0 < largest => choice["largest_under"].as_str().unwrap_or("–"),
            Some(_) | None => "–",
        };
        let (word, breaks) = match broken.first().and_then(Value::as_str) {
            None => ("kept", "none that any choice keeps".to_owned()),
            Some(first) => (
                "broken",
                format!("{} of {assumptions}, like {first}", broken.len()),
            ),
        };
        let verdict = Cell::Verdict(word.to_owned(), Some(broken.is_empty()));
        vec![
            Cell::Name(name(choice).to_owned()),
            figure(choice, "mean"),
            figure(choice, "p95"),
            figure(choice, "largest"),
            Cell::Text(under.to_owned()),
            verdict,
            Cell::Text(breaks),
        ]
    };
    let heads = [
        ("Choice", false),
        ("Mean regret", true),
        ("95 %", true),
        ("Largest", true),
        ("Under", false),
        ("Objectives", false),
        ("Broken under", false),
    ];
    html.table(&TableHtml {
        caption: "Regret of each choice",
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows: choices.iter().map(row).collect(),
        sorts: true,
    });
}

/// A figure of a choice: a mean or a plain amount.
fn amount(choice: &Value, key: &str) -> Option<f64> {
    choice[key]["mean"].as_f64().or(choice[key].as_f64())
}

/// The same in words, with half of its interval if it has one.
fn shown(choice: &Value, key: &str) -> String {
    let half = choice[key]["half_width"].as_f64();
    let show = |it| in_unit(it, half, &Unit::Usd);
    amount(choice, key).map_or("–".to_owned(), show)
}

fn least_regretted(regret: &Value) -> String {
    let (mean, largest) = (
        regret["least_mean"].as_str(),
        regret["least_largest"].as_str(),
    );
    let mut says = match (mean, largest) {
        (Some(mean), Some(largest)) if mean == largest => {
            format!(" {mean} is regretted least, on the mean and at worst.")
        }
        (Some(mean), Some(largest)) => {
            format!(" {mean} is regretted least on the mean, {largest} at worst.")
        }
        (None, _) | (_, None) => String::new(),
    };
    if let Some(hopeless) = hopeless(regret) {
        says.push_str(&format!(" {hopeless}"));
    }
    says
}

/// Under which assumptions nobody could have kept the objectives.
fn hopeless(regret: &Value) -> Option<String> {
    let under = list(&regret["no_choice_keeps_objectives_under"]);
    let under: Vec<&str> = under.iter().filter_map(Value::as_str).collect();
    let told = format!("No choice keeps the objectives under {}.", under.join("; "));
    (!under.is_empty()).then_some(told)
}

/// The answer of a sweep that plays several choices under several assumptions: which choice is good
/// whatever turns out to be true. `None` of any other sweep.
pub fn answer(data: &SweepData<'_>) -> Option<Vec<String>> {
    let regret = &data.cells["regret"];
    let choices = list(&regret["choices"]);
    let assumptions = list(&regret["assumptions"]).len();
    let (mean, largest) = (regret["least_mean"].as_str(), &regret["least_largest"]);
    let best = choices.iter().find(|it| Some(name(it)) == mean)?;
    if choices.len() < 2 || assumptions < 2 {
        return None;
    }
    let (on_the_mean, most) = (shown(best, "mean"), shown(best, "largest"));
    let keeps = match (data.plan.objectives.is_empty(), list(&best["broken_under"])) {
        (true, _) => "It",
        (false, []) => "It keeps all objectives wherever any choice does, and",
        (false, _) => "It keeps all objectives under the most of them, and",
    };
    let mut told = vec![
        format!(
            "Whatever turns out to be true, {} is regretted least.",
            name(best)
        ),
        format!(
            "{keeps} costs {on_the_mean} a month more on the mean than the best choice under the \
             same assumptions ({assumptions} combinations), at most {most}."
        ),
    ];
    if let Some(other) = largest.as_str()
        && other != name(best)
    {
        told.push(format!("{other} is regretted least at worst."));
    }
    let broken = choices.iter().filter_map(|choice| {
        let under = list(&choice["broken_under"]);
        let first = under.first()?.as_str()?;
        Some(format!(
            "{} breaks an objective under {} of {assumptions}, like {first}.",
            name(choice),
            under.len()
        ))
    });
    told.extend(broken.take(BROKEN_MAX));
    told.extend(hopeless(regret));
    if !data.plan.objectives.is_empty() {
        told.push(never_broken(data));
    }
    Some(told)
}

/// The regret of each choice as a chart.
pub fn figure(data: &SweepData<'_>) -> Option<Figure> {
    let choices = list(&data.cells["regret"]["choices"]);
    let cost = data.shown().into_iter().next()?;
    let line = |word: &str, key: &str, ink| {
        let in_row = |choice: &Value| {
            let value = amount(choice, key)?;
            let half = choice[key]["half_width"].as_f64().unwrap_or(0.0);
            let row = labelled(choice);
            Some(InRow {
                value: [value, value - half, value + half],
                word: format!("{row}, {word}: {}", cost.show((value, half))),
                row,
            })
        };
        let values = choices.iter().take(ROWS_MAX).filter_map(in_row).collect();
        Line::in_rows(word, Style::Points, ink, values)
    };
    let lines = vec![
        line("mean", "mean", Ink::Nth(0)),
        line("95 %", "p95", Ink::Nth(1)),
        line("largest", "largest", Ink::Nth(2)),
    ];
    let title = "Regret of each choice, a month".to_owned();
    let says = "The further left, the less there is to regret.".to_owned();
    let mut x = axis(&cost);
    if let Axis::Number { title, .. } = &mut x {
        "more than the best choice, a month".clone_into(title);
    }
    // Beside nothing a choice is neither regretted more nor less.
    let is_comparison = lines.iter().all(|line| 1 < line.y.0.len());
    is_comparison.then(|| rows_figure("regret", title, says, x, lines))
}
