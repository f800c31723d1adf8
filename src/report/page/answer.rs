//! The answer first: what a month costs, whether the objectives held, and the three things that
//! matter most, as sentences with figures.

use serde_json::Value;

use super::findings::{Finding, three_most};
use super::html::{Cell, Html, TableHtml};
use super::most::{self, ROWS_MAX};
use crate::report::wording::{count, length, percent, seconds, share, usd};

/// The shortest run whose month is told, hours: `billing::MONTH_TELLING`.
const MONTH_TELLING_H: f64 = 1.0;

/// Writes the answer of a run's `summary.json`.
pub fn write(summary: &Value, html: &mut Html) {
    html.open_section("answer", "The answer");
    if summary["complete"] == false {
        let because = summary["ended_because"].as_str().unwrap_or("unknown");
        let early = format!(
            "This run was not played to its end: {because}. All figures are of the part that was."
        );
        html.line("p", "warning", &early);
    }
    html.raw("<div class=\"headline\">\n");
    let (figure, of) = headline(summary);
    html.raw("<p class=\"figure\"><strong>")
        .text(&figure)
        .raw("</strong> <span>");
    html.text(&of).raw("</span></p>\n");
    html.line("p", "objectives", &objectives_sentence(summary));
    html.raw("</div>\n");
    let findings = three_most(summary);
    if !findings.is_empty() {
        html.line("h3", "", "What matters most");
        html.raw("<ol class=\"findings\">\n");
        for Finding { says, .. } in &findings {
            html.line("li", "", says);
        }
        html.raw("</ol>\n");
    }
    objectives_table(summary, html);
    html.close_section();
}

/// Whether a run is long enough to tell a month's cost from.
pub fn tells_month(cost: &Value) -> bool {
    MONTH_TELLING_H <= cost["reported_hours"].as_f64().unwrap_or(0.0)
}

/// The cost as a figure, and what it is of.
fn headline(summary: &Value) -> (String, String) {
    let cost = |key: &str| summary["cost"][key].as_f64().unwrap_or(0.0);
    let seconds = |key: &str| summary[key].as_f64().unwrap_or(0.0);
    let measured = length(seconds("simulated_s") - seconds("warm_up_s"));
    let played = match 0.0 < seconds("warm_up_s") {
        true => format!(
            "{measured} after a warm-up of {}, as all figures,",
            length(seconds("warm_up_s"))
        ),
        false => format!("{measured} played"),
    };
    let run = usd(cost("total_usd"));
    match tells_month(&summary["cost"]) {
        true => (
            usd(cost("total_usd_per_month")),
            format!("a month ({run} for the {played})"),
        ),
        false => (
            run,
            format!("for the {played}, too short a run to tell a month from"),
        ),
    }
}

/// Whether what should hold did.
fn objectives_sentence(summary: &Value) -> String {
    let objectives = summary["objectives"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let judged: Vec<&Value> = objectives
        .iter()
        .filter(|it| !it["held"].is_null())
        .collect();
    let broken: Vec<&&Value> = judged.iter().filter(|it| it["held"] == false).collect();
    let told = |objective: &Value| {
        let text = objective["text"].as_str().unwrap_or("");
        format!("{text} (it was {})", objective_value(objective, "value"))
    };
    match (objectives.len(), judged.len(), broken.len()) {
        (0, ..) => "The scenario sets no objectives.".to_owned(),
        (_, 0, _) => "There was nothing to judge its objectives by.".to_owned(),
        (_, 1, 0) => "Its one objective held.".to_owned(),
        (_, all, 0) => format!("All {all} objectives held."),
        (_, 1, _) => format!("Its one objective is broken: {}.", told(broken[0])),
        (_, all, 1) => format!("1 of {all} objectives is broken: {}.", told(broken[0])),
        (_, all, some) => format!("{some} of {all} objectives are broken."),
    }
}

fn objectives_table(summary: &Value, html: &mut Html) {
    let row = |objective: &Value| {
        let (word, is_good) = match objective["held"].as_bool() {
            Some(true) => ("held", Some(true)),
            Some(false) => ("broken", Some(false)),
            None => ("not judged", None),
        };
        let minutes = |key: &str| objective[key].as_f64().map(count);
        let detail = match (minutes("minutes_held"), minutes("minutes_judged")) {
            (Some(held), Some(judged)) => format!("{held} of {judged} minutes"),
            _ => String::new(),
        };
        vec![
            Cell::Text(objective["text"].as_str().unwrap_or("").to_owned()),
            Cell::Verdict(word.to_owned(), is_good),
            Cell::Number(objective_value(objective, "value")),
            Cell::Text(bound(objective)),
            Cell::Text(detail),
        ]
    };
    let all = summary["objectives"].as_array();
    let all = all.map_or(&[][..], Vec::as_slice);
    let mut objectives: Vec<&Value> = all.iter().collect();
    if ROWS_MAX < all.len() {
        // What is broken, then what nobody could judge.
        objectives.sort_by_key(|it| it["held"].as_bool().map_or(1, |held| 2 * u8::from(held)));
        objectives.truncate(ROWS_MAX);
    }
    let heads = [
        ("Objective", false),
        ("Verdict", false),
        ("It was", true),
        ("Wanted", false),
        ("Held in", false),
    ];
    html.table(&TableHtml {
        caption: "Objectives",
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows: objectives.into_iter().map(row).collect(),
        sorts: false,
    });
    let of = ["objectives", "what is broken first", "summary.json"];
    most::say(ROWS_MAX, all.len(), of, html);
}

/// What an objective asks for.
fn bound(objective: &Value) -> String {
    let word = match objective["wanted"].as_str() {
        Some("below") => "below",
        Some("above") => "above",
        Some("at_least") => "at least",
        Some(_) | None => "",
    };
    format!("{word} {}", objective_value(objective, "bound"))
        .trim()
        .to_owned()
}

/// A value of an objective in its own unit; `–` without one.
pub fn objective_value(objective: &Value, key: &str) -> String {
    let Some(value) = objective[key].as_f64() else {
        return "–".to_owned();
    };
    match objective["unit"].as_str() {
        Some("seconds") => seconds(Some(value)),
        Some("percent") => percent(Some(value)),
        Some("share") => share(value),
        Some("usd") => usd(value),
        Some("usd_per_month") => format!("{} a month", usd(value)),
        Some(_) | None => count(value),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn objective(held: Option<bool>) -> Value {
        json!({ "text": "FailedRequests of api below 0.5 %", "held": held, "value": 0.0092,
                "bound": 0.005, "unit": "share" })
    }

    #[test]
    fn the_cost_is_a_month_where_the_run_is_long_enough_to_tell() {
        let cost = |hours: f64| {
            let cost = json!({ "reported_hours": hours, "total_usd": 172.84,
                               "total_usd_per_month": 751.01 });
            headline(&json!({ "cost": cost, "simulated_s": hours * 3_600.0 }))
        };
        let (figure, of) = cost(168.0);
        assert_eq!(
            (figure.as_str(), of.as_str()),
            ("$751.01", "a month ($172.84 for the 7 d played)")
        );
        let (figure, of) = cost(0.5);
        assert_eq!(figure, "$172.84");
        assert_eq!(
            of,
            "for the 30 min played, too short a run to tell a month from"
        );
    }

    #[test]
    fn objectives_are_told_in_a_sentence() {
        let told = |objectives: Value| objectives_sentence(&json!({ "objectives": objectives }));
        let [held, broken, unjudged] = [Some(true), Some(false), None].map(objective);
        assert_eq!(told(json!([])), "The scenario sets no objectives.");
        assert_eq!(
            told(json!([unjudged])),
            "There was nothing to judge its objectives by."
        );
        assert_eq!(told(json!([held])), "Its one objective held.");
        assert_eq!(
            told(json!([held, held, unjudged])),
            "All 2 objectives held."
        );
        assert_eq!(
            told(json!([held, broken])),
            "1 of 2 objectives is broken: FailedRequests of api below 0.5 % (it was 0.920 %)."
        );
        assert_eq!(
            told(json!([broken, broken, held])),
            "2 of 3 objectives are broken."
        );
    }
}
