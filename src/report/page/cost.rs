//! What it costs: by service, by capacity provider, by item, over time, and what bought nothing.

use serde_json::Value;

use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use crate::report::wording::{self, share, usd};

/// Hours beyond which cost is drawn by the day.
const BY_THE_HOUR_MAX: usize = 14 * 24;
/// Items with a colour of their own; the rest is drawn together.
const ITEMS_MAX: usize = 8;

/// Writes the part of the page and adds its figures.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) {
    html.open_section("cost", "What it costs");
    let cost = &data.summary["cost"];
    let total = cost["total_usd_per_month"].as_f64().unwrap_or(0.0);
    let region = cost["region"].as_str().unwrap_or("");
    let says = format!(
        "A month has 730 hours; prices are those of {region}. Shares are of {} a month.",
        usd(total)
    );
    html.line("p", "", &says);
    for (key, caption, head) in [
        (
            "by_owner",
            "Cost by service, program and load balancer",
            "Who",
        ),
        (
            "by_provider",
            "Cost by capacity provider",
            "Capacity provider",
        ),
    ] {
        let rows = sorted(&cost[key]).into_iter();
        let rows = rows.map(|part| [vec![Cell::Name(owner(part))], money(part, total)].concat());
        html.table(&table(caption, head, rows.collect()));
    }
    let rows = sorted(&cost["by_item"]).into_iter().map(|item| {
        let name = wording::item(item["item"].as_str().unwrap_or("")).into_owned();
        [vec![Cell::Text(name)], money(item, total)].concat()
    });
    html.table(&table("Cost by item", "Item", rows.collect()));
    if let Some(figure) = over_time(data) {
        figure.place(html);
        figures.push(figure);
    }
    waste(cost, total, html);
    html.close_section();
}

fn table<'a>(caption: &'a str, head: &str, rows: Vec<Vec<Cell>>) -> TableHtml<'a> {
    let heads = [
        (head, false),
        ("This run", true),
        ("A month", true),
        ("Share", true),
    ];
    TableHtml {
        caption,
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows,
        sorts: true,
    }
}

/// Parts of the bill, the largest first.
fn sorted(parts: &Value) -> Vec<&Value> {
    let mut parts: Vec<&Value> = parts.as_array().into_iter().flatten().collect();
    let month = |part: &Value| part["usd_per_month"].as_f64().unwrap_or(0.0);
    parts.sort_by(|a, b| month(b).total_cmp(&month(a)));
    parts
}

/// Whose a part of the bill is.
fn owner(part: &Value) -> String {
    let name = part["name"].as_str().unwrap_or("");
    match (part["kind"].as_str(), name) {
        (Some("load_balancer"), name) => format!("load balancer {name}"),
        (Some("cluster"), "") => "the cluster".to_owned(),
        (_, "") => "not of a provider".to_owned(),
        (_, name) => name.to_owned(),
    }
}

fn money(part: &Value, total: f64) -> Vec<Cell> {
    let of = |key: &str| part[key].as_f64().unwrap_or(0.0);
    let month = of("usd_per_month");
    let of_all = if 0.0 < total { month / total } else { 0.0 };
    vec![
        Cell::Sorted(usd(of("usd")), of("usd")),
        Cell::Sorted(usd(month), month),
        Cell::Share(share(of_all), of_all),
    ]
}

fn waste(cost: &Value, total: f64, html: &mut Html) {
    let parts = sorted(&cost["waste"]);
    if parts.is_empty() {
        return;
    }
    html.line("h3", "", "What bought nothing");
    let says = "Parts of the total above, said once more; they overlap, so they don't add up.";
    html.line("p", "", says);
    let rows = parts.into_iter().map(|part| {
        let words = wording::waste(part["name"].as_str().unwrap_or("")).to_owned();
        [vec![Cell::Text(words)], money(part, total)].concat()
    });
    html.table(&table("What bought nothing", "Paid for", rows.collect()));
}

/// Cost by item over time.
fn over_time(data: &RunData<'_>) -> Option<Figure> {
    let hours = data.costs.iter().map(|it| it.usd.len()).max()?;
    let by_days = BY_THE_HOUR_MAX < hours;
    let (width, word) = if by_days { (24, "day") } else { (1, "hour") };
    let mut items: Vec<(f64, String, Vec<f64>)> = data
        .costs
        .iter()
        .map(|cost| {
            let columns = cost.usd.chunks(width).map(|chunk| chunk.iter().sum());
            let total = cost.usd.iter().sum();
            let name = wording::item(cost.item).into_owned();
            (total, name, columns.collect())
        })
        .filter(|(total, ..)| 0.0 < *total)
        .collect();
    items.sort_by(|a, b| b.0.total_cmp(&a.0));
    if ITEMS_MAX < items.len() {
        let rest = items.split_off(ITEMS_MAX - 1);
        let mut together = vec![0.0; hours.div_ceil(width)];
        for (_, _, columns) in &rest {
            together
                .iter_mut()
                .zip(columns)
                .for_each(|(sum, it)| *sum += it);
        }
        let total = rest.iter().map(|it| it.0).sum();
        items.push((total, format!("{} smaller items", rest.len()), together));
    }
    let sums: Vec<f64> = (0..hours.div_ceil(width))
        .map(|at| items.iter().filter_map(|it| it.2.get(at)).sum())
        .collect();
    let most = sums.iter().copied().fold(0.0, f64::max);
    let mean = sums.iter().sum::<f64>() / sums.len().max(1) as f64;
    let largest = items.first().map_or("", |it| it.1.as_str());
    let says = format!(
        "{} an {word} on average, {} in the dearest {word}; {largest} is the largest item.",
        usd(mean),
        usd(most)
    )
    .replace("an day", "a day");
    let x = Places::Even {
        from: data.clock.from_ms + (data.measured_from.as_micros() / 1_000) as i64,
        step: width as f64 * 3_600e3,
    };
    let lines = items
        .into_iter()
        .enumerate()
        .map(|(index, (_, name, usd))| {
            Line::new(name, Style::Bars, Ink::Nth(index), x.clone(), usd)
        });
    let figure = Figure {
        id: "cost-over-time".to_owned(),
        title: format!("Cost by item, each {word}"),
        says,
        note: String::new(),
        x: Axis::Time,
        panels: vec![Panel::new(
            format!("US dollars an {word}").replace("an day", "a day"),
            Unit::Usd,
            lines.collect(),
        )],
    };
    (!figure.is_empty()).then_some(figure)
}
