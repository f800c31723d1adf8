//! Deployments, schedules, alarms and what was planned, as a time line.

use std::collections::{BTreeMap, BTreeSet};

use super::data::RunData;
use super::deployments::Deployments;
use super::figure::{Axis, Figure, Ink, Line, Numbers, Panel, Places, Style, Unit};
use super::html::{Cell, Html, TableHtml};
use super::most::{self, LANES_MAX, ROWS_MAX};
use super::planned;
use super::services::Chosen;
use super::zone::PageZone;
use crate::engine::SimTime;
use crate::report::wording::{self, count};
use crate::scenario::plan::Plan;

/// Spans of one kind that the chart draws.
const SPANS_MAX: usize = 1_000;

/// A span of time in a row.
#[derive(Clone, PartialEq, Debug)]
pub struct Span {
    /// Whose it is.
    pub row: String,
    /// From when, milliseconds since 1970.
    pub from: i64,
    /// Until when; an instant ends when it begins.
    pub to: i64,
    /// What it is.
    pub word: String,
}

/// Writes the part of the page and adds its figure.
pub fn write(data: &RunData<'_>, html: &mut Html, figures: &mut Vec<Figure>) {
    html.open_section("timeline", "Deployments and schedules");
    let Deployments {
        spans: deployments,
        lasts,
        file,
    } = Deployments::of(data);
    let calls = calls(data);
    let alarms = alarms(data);
    let planned = planned(data.plan, data.clock.from_ms);
    let counts = [&deployments, &calls, &alarms, &planned].map(Vec::len);
    let told = told(counts);
    if told.is_empty() {
        html.line(
            "p",
            "",
            "Nothing was deployed, scheduled or planned in this run.",
        );
        html.close_section();
        return;
    }
    let all = [&deployments, &calls, &alarms, &planned];
    let figure = drawn(data, all, format!("{}.", told.join(", ")), lasts);
    if !figure.is_empty() {
        figure.place(html);
        figures.push(figure);
    }
    for (caption, list, of) in [
        (
            "Deployments",
            deployments,
            ["deployments", "the first", file],
        ),
        ("Alarms", alarms, ["alarms", "the first", "alarms.csv"]),
        (
            "Planned changes",
            planned,
            ["planned changes", "the first", "scenario.yaml"],
        ),
    ] {
        list_of(caption, &list, &data.zone(), html);
        most::say(ROWS_MAX, list.len(), of, html);
    }
    html.close_section();
}

/// All as a chart; `lasts` says how long a deployment does.
fn drawn(data: &RunData<'_>, all: [&Vec<Span>; 4], says: String, lasts: &str) -> Figure {
    let [deployments, calls, alarms, planned] = all;
    let (lanes, more) = lanes(data, all);
    let length = data.clock.to_ms - data.clock.from_ms;
    let mut widest = 0;
    let mut drawn = |name: &str, ink, all: &[Span]| {
        let of_lanes = all.iter().filter(|span| lanes.contains(span.row.as_str()));
        let (shown, apart) = joined(of_lanes.cloned().collect(), SPANS_MAX, length);
        widest = apart.max(widest);
        line(name, ink, &shown)
    };
    let lines = vec![
        drawn("deployments", Ink::Nth(0), deployments),
        drawn("runs of programs", Ink::Nth(2), calls),
        drawn("in ALARM", Ink::Failure, alarms),
        drawn("planned", Ink::Nth(1), planned),
    ];
    let joined = match widest {
        0 => String::new(),
        apart => format!(
            " There are more than a chart can show: what is less than {} apart is drawn as one.",
            wording::length(apart as f64 / 1e3)
        ),
    };
    let more = joined + &more;
    Figure {
        id: "timeline".to_owned(),
        title: "What happened when".to_owned(),
        says,
        note: match deployments.is_empty() {
            true => more.trim_start().to_owned(),
            false => format!("{lasts}{more}"),
        },
        x: Axis::Time,
        panels: vec![Panel::new("", Unit::Rows, lines)],
    }
}

/// How many there are of what, as far as there are any.
fn told([deployments, calls, alarms, planned]: [usize; 4]) -> Vec<String> {
    let counts = [
        (deployments, "deployment"),
        (calls, "run of a program or schedule"),
        (alarms, "alarm"),
        (planned, "planned change"),
    ];
    counts
        .iter()
        .filter(|(some, _)| 0 < *some)
        .map(|(some, what)| match (*some, *what) {
            (1, what) => format!("1 {what}"),
            (some, "run of a program or schedule") => {
                format!("{} runs of programs or schedules", count(some as f64))
            }
            (some, what) => format!("{} {what}s", count(some as f64)),
        })
        .collect()
}

/// The rows of the chart: all, or those of the services that have charts and then the first; and
/// what is said of the others.
fn lanes<'s>(data: &RunData<'_>, all: [&'s Vec<Span>; 4]) -> (BTreeSet<&'s str>, String) {
    let mut names: Vec<&str> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for span in all.into_iter().flatten() {
        if known.insert(&span.row) {
            names.push(&span.row);
        }
    }
    if names.len() <= LANES_MAX {
        return (known, String::new());
    }
    let drawn = Chosen::of_run(data).drawn.into_iter();
    let drawn = drawn.map(|index| data.plan.services[index].name.as_str());
    let matter: Vec<&str> = drawn.filter_map(|name| known.get(name).copied()).collect();
    let more = format!(
        " Drawn are {LANES_MAX} of {} rows: the services that matter most, and the first.",
        count(names.len() as f64)
    );
    let mut lanes: BTreeSet<&str> = matter.into_iter().collect();
    for name in names {
        if lanes.len() < LANES_MAX {
            lanes.insert(name);
        }
    }
    (lanes, more)
}

fn list_of(caption: &str, spans: &[Span], zone: &PageZone, html: &mut Html) {
    let row = |span: &Span| {
        let length = (span.to - span.from) as f64 / 1e3;
        let lasted = match span.to <= span.from {
            true => "–".to_owned(),
            false => wording::length(length),
        };
        vec![
            Cell::Moment(zone.second(span.from), span.from as f64),
            Cell::Name(span.row.clone()),
            Cell::Text(span.word.clone()),
            Cell::Sorted(lasted, length),
        ]
    };
    let heads = [
        ("From", false),
        ("Of", false),
        ("What", false),
        ("For", true),
    ];
    html.table(&TableHtml {
        caption,
        columns: heads
            .map(|(head, is_figure)| (head.to_owned(), is_figure))
            .to_vec(),
        rows: spans.iter().take(ROWS_MAX).map(row).collect(),
        sorts: true,
    });
}

/// Spans as a line of a figure; an instant is as wide as a line.
fn line(name: &str, ink: Ink, spans: &[Span]) -> Line {
    Line {
        low: Numbers(spans.iter().map(|it| it.from as f64).collect()),
        words: spans.iter().map(|it| it.word.clone()).collect(),
        ..Line::new(
            name,
            Style::Spans,
            ink,
            Places::Rows(spans.iter().map(|it| it.row.clone()).collect()),
            spans.iter().map(|it| (it.to - it.from) as f64).collect(),
        )
    }
}

/// The same spans, those of a row as one where they are little apart and there are more than
/// `most`, and how far apart that is, milliseconds; 0 if none had to be. None is left out: the end
/// of a long run is as much to be seen as its beginning.
fn joined(spans: Vec<Span>, most: usize, length: i64) -> (Vec<Span>, i64) {
    let rows: BTreeSet<&str> = spans.iter().map(|it| it.row.as_str()).collect();
    let most = most.max(rows.len());
    let (mut all, mut apart) = (spans.clone(), 0);
    // What is closer than a thousandth of a chart looks like one already.
    let mut wider = (length / 1_000).max(1);
    while most < all.len() {
        apart = wider;
        all = joined_within(&spans, apart);
        wider = wider.saturating_mul(2);
    }
    (all, apart)
}

/// Spans less than `apart` from the one before in their row as one with it.
fn joined_within(spans: &[Span], apart: i64) -> Vec<Span> {
    let mut all: Vec<(Span, usize)> = Vec::new();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    let mut in_order: Vec<&Span> = spans.iter().collect();
    in_order.sort_by_key(|it| it.from);
    for span in in_order {
        let before = last.get(span.row.as_str()).copied();
        match before.filter(|it| span.from - all[*it].0.to < apart) {
            Some(place) => {
                let (whole, parts) = &mut all[place];
                whole.to = whole.to.max(span.to);
                *parts += 1;
            }
            None => {
                last.insert(&span.row, all.len());
                all.push((span.clone(), 1));
            }
        }
    }
    let named = |(span, parts): (Span, usize)| match parts {
        1 => span,
        parts => Span {
            word: format!("{} of them", count(parts as f64)),
            ..span
        },
    };
    all.into_iter().map(named).collect()
}

/// Runs of programs and schedules: tasks created at one instant together.
fn calls(data: &RunData<'_>) -> Vec<Span> {
    let mut of: BTreeMap<(&str, &str), Vec<(i64, i64)>> = BTreeMap::new();
    for task in data.tasks.as_deref().unwrap_or_default() {
        if let Some(created) = task.created {
            let its = of.entry((&task.group, &task.started_by)).or_default();
            its.push((created, task.stopped.unwrap_or(data.clock.to_ms)));
        }
    }
    let mut all = Vec::new();
    for source in &data.plan.job_sources {
        let its = of.get(&(source.group.as_str(), source.started_by.as_str()));
        let mut its = its.cloned().unwrap_or_default();
        its.sort_unstable();
        let mut calls: Vec<(i64, i64, usize)> = Vec::new();
        for (from, to) in its {
            match calls.last_mut() {
                Some(call) if call.0 == from => {
                    call.1 = call.1.max(to);
                    call.2 += 1;
                }
                _ => calls.push((from, to, 1)),
            }
        }
        all.extend(calls.into_iter().map(|(from, to, tasks)| Span {
            row: source.name.clone(),
            from,
            to,
            word: match tasks {
                1 => "1 task".to_owned(),
                some => format!("{some} tasks"),
            },
        }));
    }
    all
}

/// Times in which an alarm was in ALARM.
fn alarms(data: &RunData<'_>) -> Vec<Span> {
    let mut open: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
    let mut all = Vec::new();
    let mut close = |alarm: &str, (from, reason): (i64, &str), to: i64| {
        all.push(Span {
            row: alarm.to_owned(),
            from,
            to,
            word: reason.to_owned(),
        });
    };
    for change in &data.alarms {
        let Some(at) = change.at else { continue };
        if let Some(begun) = open.remove(change.alarm.as_str()) {
            close(&change.alarm, begun, at);
        }
        if change.to == "ALARM" {
            open.insert(&change.alarm, (at, &change.reason));
        }
    }
    for (alarm, begun) in open {
        close(alarm, begun, data.clock.to_ms);
    }
    all.sort_by_key(|span| span.from);
    all
}

/// What the scenario has planned: the operator's and the world's.
fn planned(plan: &Plan, from_ms: i64) -> Vec<Span> {
    let at_ms = |at: SimTime| from_ms + (at.as_micros() / 1_000) as i64;
    let entry = |entry: &crate::scenario::plan::TimelineEntry| {
        let (row, word, length_ms) = planned::words(plan, &entry.action);
        let from = at_ms(entry.at);
        Span {
            row,
            from,
            to: from + length_ms,
            word,
        }
    };
    plan.timeline.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(row: &str, from: i64, to: i64) -> Span {
        Span {
            row: row.to_owned(),
            from,
            to,
            word: "1 task".to_owned(),
        }
    }

    #[test]
    fn what_is_too_much_for_a_chart_is_drawn_as_one_to_the_end_of_the_run() {
        let spans = || {
            let import = (0..100).map(|at| span("import", 100 * at, 100 * at + 60));
            import.chain([span("report", 9_000, 9_500)])
        };
        let whole = |(spans, apart): (Vec<Span>, i64)| {
            let told = |it: Span| (it.row, it.from, it.to, it.word);
            (spans.into_iter().map(told).collect::<Vec<_>>(), apart)
        };
        let few: Vec<Span> = spans().collect();
        assert_eq!(joined(few.clone(), 101, 10_000), (few, 0));
        let (some, apart) = whole(joined(spans().collect(), 60, 10_000));
        let expected = [
            ("import", 0, 9_960, "100 of them"),
            ("report", 9_000, 9_500, "1 task"),
        ];
        let expected = expected.map(|(row, from, to, word)| (row.into(), from, to, word.into()));
        // The gaps are 40 long, and 10, 20 and 40 are tried before.
        assert_eq!((some, apart), (expected.to_vec(), 80));
    }

    #[test]
    fn rows_that_are_more_than_there_is_room_for_are_all_drawn() {
        let all: Vec<Span> = (0..9)
            .map(|at| span(&format!("p{at}"), at, at + 1))
            .collect();
        assert_eq!(joined(all.clone(), 3, 10), (all, 0));
    }
}
