//! What the figures rest on: caveats, notes, each default that applied with its source, and the
//! prices with theirs.

use serde_json::Value;

use super::data::RunData;
use super::html::{Cell, Html, TableHtml};
use super::most::{self, ROWS_MAX, SENTENCES_MAX};
use crate::report::results::manifest::DefaultRecord;
use crate::report::wording;

/// Writes the part of the page.
pub fn write(data: &RunData<'_>, html: &mut Html) {
    let manifest = &data.run.manifest;
    html.open_section("assumptions", "What it rests on");
    let quotas = data.each("quotas").filter_map(quota);
    let before: Vec<String> = quotas.chain(manifest.caveats.iter().cloned()).collect();
    listed("Before you rely on it", &before, html);
    listed("About the scenario", &manifest.notes, html);
    defaults(&manifest.defaults, html);
    prices(
        &data.summary["cost"]["by_item"],
        &manifest.catalog_date,
        html,
    );
    html.close_section();
}

/// What a new account must be allowed first, if it needs more than it has.
fn quota(need: &Value) -> Option<String> {
    let number = |key: &str| wording::count(need[key].as_f64().unwrap_or(0.0));
    (need["is_above_default"] == true).then(|| {
        format!(
            "{} needs {} vCPUs at once; a new account has {}. Ask for more of quota {}.",
            need["provider"].as_str().unwrap_or(""),
            number("vcpus_max"),
            number("aws_default_vcpus"),
            need["quota_code"].as_str().unwrap_or("")
        )
    })
}

/// A list of sentences below a heading; nothing without any.
pub fn listed(title: &str, sentences: &[String], html: &mut Html) {
    if sentences.is_empty() {
        return;
    }
    html.line("h3", "", title);
    html.raw("<ul class=\"caveats\">\n");
    for sentence in sentences.iter().take(SENTENCES_MAX) {
        html.line("li", "", sentence);
    }
    html.raw("</ul>\n");
    let of = ["sentences", "the first", "manifest.json"];
    most::say(SENTENCES_MAX, sentences.len(), of, html);
}

/// Each default that applied: what nobody knows for sure first.
pub fn defaults(defaults: &[DefaultRecord], html: &mut Html) {
    let mut sorted: Vec<&DefaultRecord> = defaults.iter().collect();
    sorted.sort_by_key(|it| !it.source.starts_with("ASSUMPTION"));
    let assumed = sorted
        .iter()
        .filter(|it| it.source.starts_with("ASSUMPTION"))
        .count();
    html.line("h3", "", "Defaults that applied");
    let says = format!(
        "The scenario leaves {} values to defaults; {assumed} of them are assumptions, the others \
         are AWS's own or measured. Each can be set at its path.",
        sorted.len()
    );
    html.line("p", "", &says);
    let row = |it: &&DefaultRecord| {
        vec![
            Cell::Path(it.path.clone()),
            Cell::Text(it.value.clone()),
            Cell::Text(it.source.clone()),
        ]
    };
    html.table(&TableHtml {
        caption: "Defaults that applied",
        columns: ["Path", "Value", "Source"]
            .map(|head| (head.to_owned(), false))
            .to_vec(),
        rows: sorted.iter().take(ROWS_MAX).map(row).collect(),
        sorts: true,
    });
    let of = ["defaults", "what is assumed, first", "manifest.json"];
    most::say(ROWS_MAX, sorted.len(), of, html);
}

fn prices(items: &Value, catalog_date: &str, html: &mut Html) {
    html.line("h3", "", "Prices");
    html.line("p", "", &format!("From the catalogue of {catalog_date}."));
    let row = |item: &Value| {
        let text = |key: &str| item[key].as_str().unwrap_or("").to_owned();
        let price = item["price_usd"].as_f64();
        let shown = price.map_or("–".to_owned(), |price| format!("${price}"));
        vec![
            Cell::Text(wording::item(item["item"].as_str().unwrap_or("")).into_owned()),
            Cell::Sorted(shown, price.unwrap_or(0.0)),
            Cell::Word(text("unit")),
            Cell::Word(text("price_date")),
            Cell::Word(text("price_sureness")),
            Cell::Text(text("price_source")),
        ]
    };
    let heads = ["Item", "Price", "Of a", "Since", "Sureness", "Source"];
    html.table(&TableHtml {
        caption: "Prices",
        columns: heads
            .map(|head| (head.to_owned(), head == "Price"))
            .to_vec(),
        rows: items
            .as_array()
            .into_iter()
            .flatten()
            .take(ROWS_MAX)
            .map(row)
            .collect(),
        sorts: true,
    });
    let all = items.as_array().map_or(0, Vec::len);
    most::say(ROWS_MAX, all, ["prices", "the first", "cost.csv"], html);
}
