//! What it costs: the month, the run, and for what.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{InlineCharts, Text, inline};
use crate::billing::{Bill, BillLine, sidecars_by_owner, waste_by_class};
use crate::report::results::Results;
use crate::report::spark::spark;
use crate::report::table::{Align, Cell, Table, Tone};
use crate::report::wording::{self, count, length, usd};
use crate::units::MicroUsd;

/// Lines of the table at most: beyond, the smallest items of those who cost least share one.
const LINES_MAX: usize = 14;

pub(super) fn tell(results: &Results<'_>, text: &mut Text) {
    let bill = &results.played.bill;
    text.blank();
    let run = bill.reported;
    if bill.is_month_telling() {
        let month = format!("{} a month", usd(bill.total_month.usd()));
        text.line(&format!(
            "{}  ({} for the {} played)",
            text.painted(&month, Tone::Strong),
            usd(bill.total.usd()),
            length(run.as_secs_f64())
        ));
    } else {
        let cost = format!("{} for the {run} played", usd(bill.total.usd()));
        text.line(&format!(
            "{}  (shorter than 1 h: no cost of a month follows from it)",
            text.painted(&cost, Tone::Strong),
        ));
    }
    let sums = inline::cost(results);
    if 1 < sums.len() && text.inline == InlineCharts::Few {
        let greatest = sums.iter().copied().fold(0.0, f64::max);
        text.line(&format!(
            "{}  up to {} an hour",
            spark(&sums, text.spark()),
            usd(greatest)
        ));
    }
    if text.inline == InlineCharts::All {
        inline::tell(results, text);
    }
    text.section("Cost");
    let wide = table(results, Columns::OwnerProviderItem);
    match text.is_too_narrow_for(&wide) {
        true => text.table(&table(results, Columns::Item)),
        false => text.table(&wide),
    }
    for plan in &bill.commitments {
        let share = |part: f64| wording::share(part / plan.committed_usd.max(f64::MIN_POSITIVE));
        text.fact(
            "commitment",
            &format!(
                "{}: {} for the run, {} of it used for what costs {} on demand; {} that it may \
                 cover stayed on demand",
                plan.name,
                usd(plan.committed_usd),
                share(plan.used_usd),
                usd(plan.covered_on_demand_usd),
                usd(plan.uncovered_on_demand_usd),
            ),
        );
    }
    tell_parts(bill, text);
}

/// What of the bill bought nothing, and what went to containers beside the code.
fn tell_parts(bill: &Bill, text: &mut Text) {
    let mut part = |what: &str, cost: MicroUsd, month: MicroUsd| {
        let share = wording::share(month.usd() / bill.total_month.usd());
        let cost = match bill.is_month_telling() {
            true => format!("{} a month", usd(month.usd())),
            false => usd(cost.usd()),
        };
        text.fact("of it for", &format!("{what}: {cost} ({share})"));
    };
    for waste in waste_by_class(bill) {
        let class = wording::waste(waste.class.name());
        part(class, waste.cost, waste.cost_month);
    }
    let beside = sidecars_by_owner(bill);
    if !beside.is_empty() {
        let cost = beside.iter().map(|it| it.cost).sum();
        let month = beside.iter().map(|it| it.cost_month).sum();
        part(wording::SIDECARS, cost, month);
    }
}

/// Lines that say the same: an owner's item on a provider.
struct Row<'a> {
    line: &'a BillLine,
    cost: MicroUsd,
    month: MicroUsd,
}

/// What of a line of the bill has a column of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    OwnerProviderItem,
    /// The owner stands above its items, the provider before each.
    Item,
}

fn table(results: &Results<'_>, columns: Columns) -> Table {
    let bill = &results.played.bill;
    let rows = rows(&bill.lines);
    let names: usize = match columns {
        Columns::OwnerProviderItem => 3,
        Columns::Item => 1,
    };
    let mut heads = vec![("", Align::Left); names];
    heads.extend([
        ("this run", Align::Right),
        (month_heading(bill.is_month_telling()), Align::Right),
        ("share", Align::Right),
    ]);
    let mut table = Table::new(&heads);
    let in_month = |month: MicroUsd| match bill.is_month_telling() {
        true => usd(month.usd()),
        false => String::new(),
    };
    let figures = |cost: MicroUsd, month: MicroUsd| {
        let share = share_of(month, bill.total_month);
        [usd(cost.usd()), in_month(month), share]
    };
    let mut said = (String::new(), String::new());
    let shown = if rows.len() <= LINES_MAX {
        rows.len()
    } else {
        LINES_MAX - 1
    };
    for row in &rows[..shown] {
        let named = (owner(row.line), row.line.provider_name.clone());
        if columns == Columns::Item && said.0 != named.0 {
            table.row([named.0.as_str()]);
        }
        let item = wording::item(row.line.item.name()).into_owned();
        let mut cells = names_of(&named, &said, item, columns);
        cells.extend(figures(row.cost, row.month));
        table.row(cells);
        said = named;
    }
    if shown < rows.len() {
        let cost: MicroUsd = rows[shown..].iter().map(|row| row.cost).sum();
        let month: MicroUsd = rows[shown..].iter().map(|row| row.month).sum();
        let mut cells = vec![String::new(); names];
        cells[names - 1] = format!("{} more, see cost.csv", count((rows.len() - shown) as f64));
        cells.extend(figures(cost, month));
        table.row(cells);
    }
    table.rule();
    let strong = |text: String| Cell::new(text, Tone::Strong);
    let mut cells = vec![Cell::default(); names];
    cells[0] = strong("total".to_owned());
    cells.extend([
        strong(usd(bill.total.usd())),
        strong(in_month(bill.total_month)),
    ]);
    table.row(cells);
    table
}

/// The cells that name a row of this owner and provider, which the row above may have said.
fn names_of(
    named: &(String, String),
    said: &(String, String),
    item: String,
    columns: Columns,
) -> Vec<String> {
    let is_same_owner = said.0 == named.0;
    let unless = |is_same: bool, name: &String| match is_same {
        true => String::new(),
        false => name.clone(),
    };
    match columns {
        Columns::OwnerProviderItem => vec![
            unless(is_same_owner, &named.0),
            unless(is_same_owner && said.1 == named.1, &named.1),
            item,
        ],
        Columns::Item if named.1.is_empty() => vec![format!("  {item}")],
        Columns::Item => vec![format!("  {}: {item}", named.1)],
    }
}

fn month_heading(is_telling: bool) -> &'static str {
    if is_telling { "a month" } else { "" }
}

/// `12 %`; nothing of nothing.
fn share_of(month: MicroUsd, total: MicroUsd) -> String {
    match MicroUsd::ZERO < total {
        true => format!("{:.0} %", 100.0 * month.usd() / total.usd()),
        false => String::new(),
    }
}

/// The lines of a bill, those that say the same as one row, in the order of the table.
fn rows(lines: &[BillLine]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places = BTreeMap::new();
    for line in lines {
        let word = wording::item(line.item.name());
        let place = *places
            .entry((line.owner, line.provider, word))
            .or_insert(rows.len());
        match rows.get_mut(place) {
            Some(row) => {
                row.cost += line.cost;
                row.month += line.cost_month;
            }
            None => rows.push(Row {
                line,
                cost: line.cost,
                month: line.cost_month,
            }),
        }
    }
    sort(&mut rows);
    rows
}

/// By owner, then provider, then item, providers and items that cost most first; owners too, where
/// not all of them are told of.
fn sort(rows: &mut [Row<'_>]) {
    let mut providers: BTreeMap<_, MicroUsd> = BTreeMap::new();
    let mut owners: BTreeMap<_, MicroUsd> = BTreeMap::new();
    for row in rows.iter() {
        let provider = (row.line.owner, row.line.provider);
        *providers.entry(provider).or_default() += row.month;
        *owners.entry(row.line.owner).or_default() += row.month;
    }
    let are_all_told = rows.len() <= LINES_MAX;
    rows.sort_by_cached_key(|row| {
        let (owner, provider) = (row.line.owner, row.line.provider);
        let of_owner = Reverse(owners[&owner]);
        (
            (!are_all_told).then_some(of_owner),
            owner,
            Reverse(providers[&(owner, provider)]),
            provider,
            Reverse(row.month),
        )
    });
}

fn owner(line: &BillLine) -> String {
    match line.owner_kind {
        "service" => line.owner_name.clone(),
        "load_balancer" => format!("balancer {}", line.owner_name),
        "job" => format!("jobs of {}", line.owner_name),
        "cluster" if !line.owner_name.is_empty() => line.owner_name.clone(),
        kind => kind.to_owned(),
    }
}
