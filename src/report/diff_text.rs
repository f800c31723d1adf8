//! Two finished runs beside one another: what their scenarios say differently, and what came out.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::axis::Unit;
use super::table::{Align, Cell, Look, Table, Tone};
use super::wording;

/// Letters of a value that are shown.
const VALUE_LETTERS: usize = 60;
/// Differences of scenarios that are shown.
const SHOWN: usize = 40;

/// What is to be told of two runs.
#[derive(Clone, Copy, Debug)]
pub struct DiffText<'a> {
    /// The folders.
    pub names: [&'a str; 2],
    /// The content of each run's summary.json.
    pub summaries: [&'a Value; 2],
    /// What else sets them apart: seed, replication, version.
    pub apart: &'a [String],
    /// Where their scenarios differ: the path, and what each says; `None`: nothing.
    pub scenario: &'a [(String, [Option<String>; 2])],
}

/// A number of both runs.
struct Row {
    words: String,
    /// Where it stands in the JSON.
    key: String,
    unit: Unit,
    values: [Option<f64>; 2],
}

/// Numbers of all that the run had, by their place in summary.json.
const TOTALS: [(&str, &str, Unit); 12] = [
    ("cost a month", "/cost/total_usd_per_month", Unit::Usd),
    ("tries of them", "/total/requests", Unit::Count),
    ("failed requests", "/total/failed_percent", Unit::Percent),
    (
        "mean response time",
        "/total/response/mean_s",
        Unit::Seconds,
    ),
    ("p95 response time", "/total/response/p95_s", Unit::Seconds),
    ("p99 response time", "/total/response/p99_s", Unit::Seconds),
    ("tasks started", "/total/tasks/started", Unit::Count),
    (
        "interrupted tasks",
        "/total/tasks/interruptions",
        Unit::Count,
    ),
    (
        "p95 wait for a task",
        "/total/tasks/launch_delay/p95_s",
        Unit::Seconds,
    ),
    ("lost work", "/total/tasks/lost_work_s", Unit::Seconds),
    ("simulated time", "/simulated_s", Unit::Seconds),
    ("of it warm-up", "/warm_up_s", Unit::Seconds),
];

impl DiffText<'_> {
    /// The differences as a text for people.
    pub fn render(&self, look: Look) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = writeln!(text, "{} against {}\n", self.names[1], self.names[0]);
        for line in self.apart {
            let _ = writeln!(text, "{line}");
        }
        match self.scenario {
            [] => {
                let _ = writeln!(text, "the scenarios say the same\n");
            }
            differences => {
                let _ = writeln!(text, "{}", scenario_table(differences).render_within(look));
            }
        }
        if SHOWN < self.scenario.len() {
            let more = self.scenario.len() - SHOWN;
            let _ = writeln!(text, "… and {more} differences more (--json has all)\n");
        }
        let mut table = Table::new(&[
            ("", Align::Left),
            ("before", Align::Right),
            ("after", Align::Right),
            ("difference", Align::Right),
        ]);
        for row in self.rows() {
            table.row(cells(&row));
        }
        for objective in self.objectives() {
            table.row(objective);
        }
        let _ = write!(text, "{}", table.render_within(look));
        if self.scenario.is_empty() && self.have_same_events() {
            let _ = writeln!(text, "\nboth went the same way, event by event");
        }
        text
    }

    /// The same as JSON.
    pub fn json(&self) -> Value {
        let scenario = self.scenario.iter().map(
            |(path, [before, after])| json!({ "path": path, "before": before, "after": after }),
        );
        let figures = self.rows().into_iter().map(|row| {
            let [before, after] = row.values;
            let difference = before.zip(after).map(|(before, after)| after - before);
            let values = json!({ "before": before, "after": after, "difference": difference });
            (row.key, values)
        });
        let verdicts = |summary: &Value| summary["objectives"].clone();
        json!({
            "version": 1,
            "before": self.names[0],
            "after": self.names[1],
            "apart": self.apart,
            "scenario": scenario.collect::<Vec<_>>(),
            "figures": figures.collect::<Map<_, _>>(),
            "objectives": {
                "before": verdicts(self.summaries[0]),
                "after": verdicts(self.summaries[1]),
            },
            "same_events": self.have_same_events(),
        })
    }

    fn have_same_events(&self) -> bool {
        let [before, after] = self.summaries.map(|it| &it["event_hash"]);
        before == after
    }

    /// The totals, then the costs by provider and by item, then each service's tasks; what neither
    /// run has is left out.
    fn rows(&self) -> Vec<Row> {
        let total = |(words, place, unit): &(&str, &str, Unit)| Row {
            words: (*words).to_owned(),
            key: place.trim_start_matches('/').replace('/', "."),
            unit: unit.clone(),
            values: self
                .summaries
                .map(|it| it.pointer(place).and_then(Value::as_f64)),
        };
        let mut rows: Vec<Row> = TOTALS.iter().map(total).collect();
        rows.insert(1, self.requests());
        let lists = [
            (
                "/cost/by_provider",
                "name",
                "/usd_per_month",
                "cost a month of",
            ),
            ("/cost/by_item", "item", "/usd_per_month", "cost a month of"),
            (
                "/services",
                "name",
                "/running_count/mean",
                "running tasks of",
            ),
        ];
        for (list, name, value, words) in lists {
            let unit = match words.starts_with("cost") {
                true => Unit::Usd,
                false => Unit::Count,
            };
            for named in self.names_in(list, name) {
                let shown = match name {
                    "item" => wording::item(&named).into_owned(),
                    _ if named.is_empty() => "no provider".to_owned(),
                    _ => named.clone(),
                };
                rows.push(Row {
                    words: format!("{words} {shown}"),
                    key: format!("{}.{named}", list.trim_start_matches('/').replace('/', ".")),
                    unit: unit.clone(),
                    values: self.summaries.map(|summary| {
                        let entry = entries(summary, list).find(|it| it[name] == *named)?;
                        entry.pointer(value)?.as_f64()
                    }),
                });
            }
        }
        rows.retain(|row| row.values.iter().flatten().any(|value| *value != 0.0));
        // One run's time is the other's nearly always.
        let is_time = |row: &Row| matches!(row.key.as_str(), "simulated_s" | "warm_up_s");
        rows.retain(|row| !is_time(row) || row.values[0] != row.values[1]);
        // Where nothing is tried again, its tries are the requests.
        let [requests, tries] = ["total.first_tries", "total.requests"].map(|key| {
            let found = rows.iter().find(|row| row.key == key);
            found.map(|row| row.values)
        });
        rows.retain(|row| row.key != "total.requests" || requests != tries);
        rows
    }

    /// What clients asked for: `/total/requests` counts each try of it.
    fn requests(&self) -> Row {
        let first_tries = |summary: &Value| {
            let of = entries(summary, "/services").map(|it| it["load"]["first_tries"].as_f64());
            of.flatten().reduce(|sum, more| sum + more)
        };
        Row {
            words: "requests".to_owned(),
            key: "total.first_tries".to_owned(),
            unit: Unit::Count,
            values: self.summaries.map(first_tries),
        }
    }

    /// The names in a list of either summary.
    fn names_in(&self, list: &str, name: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for entry in self.summaries.iter().flat_map(|it| entries(it, list)) {
            let named = entry[name].as_str().unwrap_or_default().to_owned();
            if !names.contains(&named) {
                names.push(named);
            }
        }
        names
    }

    fn objectives(&self) -> Vec<Vec<Cell>> {
        let texts = self.names_in("/objectives", "text");
        let held = |summary: &Value, text: &str| -> Option<bool> {
            entries(summary, "/objectives").find(|it| it["text"] == *text)?["held"].as_bool()
        };
        let told = |held: Option<bool>| match held {
            Some(true) => Cell::new("held", Tone::Good),
            Some(false) => Cell::new("broken", Tone::Bad),
            None => "–".into(),
        };
        let row = |text: &String| {
            let [before, after] = self.summaries.map(|it| held(it, text));
            vec![text.clone().into(), told(before), told(after)]
        };
        texts.iter().map(row).collect()
    }
}

fn entries<'v>(summary: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    summary
        .pointer(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn scenario_table(differences: &[(String, [Option<String>; 2])]) -> Table {
    let mut table = Table::new(&[
        ("scenario", Align::Left),
        ("before", Align::Left),
        ("after", Align::Left),
    ]);
    for (path, values) in differences.iter().take(SHOWN) {
        let [before, after] = values
            .each_ref()
            .map(|it| it.as_deref().map_or("–".to_owned(), cut));
        table.row([path.clone(), before, after]);
    }
    table
}

/// The begin of a long value.
fn cut(text: &str) -> String {
    match text.chars().count() <= VALUE_LETTERS {
        true => text.to_owned(),
        false => text.chars().take(VALUE_LETTERS - 1).chain(['…']).collect(),
    }
}

fn cells(row: &Row) -> Vec<Cell> {
    let shown = row
        .values
        .map(|it| it.map_or_else(|| "–".to_owned(), |it| row.unit.show(it)));
    let [before, after] = shown.clone();
    let difference: Cell = match row.values {
        _ if shown[0] == shown[1] => Cell::new("same", Tone::Faint),
        [Some(before), Some(after)] => {
            let sign = if after < before { "-" } else { "+" };
            let amount = row.unit.show((after - before).abs());
            // A share of nothing says nothing.
            let share = match before != 0.0 && row.unit != Unit::Percent {
                true => format!(
                    " ({sign}{:.1} %)",
                    100.0 * ((after - before) / before).abs()
                ),
                false => String::new(),
            };
            format!("{sign}{amount}{share}").into()
        }
        _ => "–".into(),
    };
    vec![
        row.words.clone().into(),
        before.into(),
        after.into(),
        difference,
    ]
}
