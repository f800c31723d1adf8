//! What it costs: by service, by capacity provider, by item, over time, and what bought nothing.

use serde_json::{Value, json};

use super::answer;
use super::data::RunData;
use super::figure::{Axis, Figure, Ink, Line, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::most::{self, ROWS_MAX};
use crate::billing::UNRESERVED;
use crate::report::wording::{self, count, share, usd};

/// Hours beyond which cost is drawn by the day.
const BY_THE_HOUR_MAX: usize = 14 * 24;
/// Items with a colour of their own; the rest is drawn together.
const ITEMS_MAX: usize = 8;

/// Writes the part of the page and adds its figures.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) {
    html.open_section("cost", "What it costs");
    let cost = &data.summary["cost"];
    let total = Total::of(cost);
    let region = cost["region"].as_str().unwrap_or("");
    let says = match total.tells_month {
        true => format!(
            "A month has 730 hours; prices are those of {region}. Shares are of {} a month.",
            usd(total.usd)
        ),
        false => format!(
            "Prices are those of {region}. Shares are of {}; the run is too short to tell a month \
             from.",
            usd(total.usd)
        ),
    };
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
        parts_table((&cost[key], caption, head), total, html);
    }
    let items = sorted(&cost["by_item"]).into_iter().take(ROWS_MAX);
    let rows = items.map(|item| {
        let name = wording::item(item["item"].as_str().unwrap_or("")).into_owned();
        [vec![Cell::Text(name)], money(item, total)].concat()
    });
    html.table(&table("Cost by item", "Item", rows.collect(), total));
    if let Some(figure) = over_time(data) {
        figure.place(html);
        figures.push(figure);
    }
    waste(cost, total, html);
    if cost["sidecars"].is_array() {
        let caption = "Containers beside the code, by what they reserve";
        parts_table((&cost["sidecars"], caption, "Of whose tasks"), total, html);
    }
    html.close_section();
}

/// The parts of the bill by whose they are; of too many the dearest, and the others together, so
/// that the table adds up to the whole.
fn parts_table((parts, caption, head): (&Value, &str, &str), total: Total, html: &mut Html) {
    let parts = sorted(parts);
    let shown = parts.iter().take(ROWS_MAX).copied();
    let row = |part: &Value| [vec![Cell::Name(owner(part))], money(part, total)].concat();
    let mut rows: Vec<Vec<Cell>> = shown.map(row).collect();
    if ROWS_MAX < parts.len() {
        let rest = &parts[ROWS_MAX..];
        let sum = |key: &str| -> f64 { rest.iter().filter_map(|it| it[key].as_f64()).sum() };
        let together = json!({ "usd": sum("usd"), "usd_per_month": sum("usd_per_month") });
        let name = format!("{} others together", count(rest.len() as f64));
        rows.push([vec![Cell::Text(name)], money(&together, total)].concat());
    }
    html.table(&table(caption, head, rows, total));
    let of = ["parts", "the dearest", "cost.csv"];
    most::say(ROWS_MAX, parts.len(), of, html);
}

/// What the parts of a bill are shares of.
#[derive(Clone, Copy)]
struct Total {
    /// A month's, or that of a run too short to tell a month from.
    usd: f64,
    tells_month: bool,
}

impl Total {
    fn of(cost: &Value) -> Self {
        let tells_month = answer::tells_month(cost);
        Total {
            usd: cost[usd_key(tells_month)].as_f64().unwrap_or(0.0),
            tells_month,
        }
    }
}

const fn usd_key(tells_month: bool) -> &'static str {
    match tells_month {
        true => "total_usd_per_month",
        false => "total_usd",
    }
}

fn table<'a>(caption: &'a str, head: &str, rows: Vec<Vec<Cell>>, total: Total) -> TableHtml<'a> {
    let mut heads = vec![(head, false), ("This run", true)];
    if total.tells_month {
        heads.push(("A month", true));
    }
    heads.push(("Share", true));
    let heads = heads.into_iter();
    TableHtml {
        caption,
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .collect(),
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
        (Some("cluster"), UNRESERVED) => wording::waste(UNRESERVED).to_owned(),
        (_, "") => "not of a provider".to_owned(),
        (_, name) => name.to_owned(),
    }
}

fn money(part: &Value, total: Total) -> Vec<Cell> {
    let of = |key: &str| part[key].as_f64().unwrap_or(0.0);
    let (run, month) = (of("usd"), of("usd_per_month"));
    let its = if total.tells_month { month } else { run };
    let of_all = if 0.0 < total.usd {
        its / total.usd
    } else {
        0.0
    };
    let mut cells = vec![Cell::Sorted(usd(run), run)];
    if total.tells_month {
        cells.push(Cell::Sorted(usd(month), month));
    }
    cells.push(Cell::Share(share(of_all), of_all));
    cells
}

fn waste(cost: &Value, total: Total, html: &mut Html) {
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
    html.table(&table(
        "What bought nothing",
        "Paid for",
        rows.collect(),
        total,
    ));
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
    let says = format!(
        "{} an {word} on average, {} in the dearest {word}.",
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
