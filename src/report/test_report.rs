//! Tested scenarios for people, for pull requests (Markdown), for CI (JUnit XML) and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use super::axis::Unit;
use super::escape::{markdown as escaped_markdown, xml as escaped_xml};
use super::interval::in_unit;
use super::table::{Align, Cell, Colour, Table, Tone};
use super::wording;
use crate::experiment::statistics::MeanInterval;
use crate::experiment::tested::{Tested, TestedObjective};

/// The version of the JSON.
pub const FORMAT: u64 = 1;

/// What an earlier revision's test said, from its JSON.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Base {
    record: Value,
}

/// A value that an earlier revision had.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Before {
    value: f64,
}

/// Tested scenarios with what they are compared with.
#[derive(Clone, Copy, Debug)]
pub struct TestReport<'a> {
    /// The scenarios.
    pub tested: &'a [Tested],
    /// An earlier revision's results.
    pub base: Option<&'a Base>,
    /// Whether an objective that one can't be sure of fails too.
    pub strict: bool,
    /// Whether all runs went to their ends.
    pub complete: bool,
    /// The seed of each scenario.
    pub seeds: &'a [u64],
}

impl Base {
    /// Reads the JSON that `fleetcast test --json` printed.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let record: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match record.get("fleetcast_test").and_then(Value::as_u64) {
            Some(FORMAT) => Ok(Base { record }),
            _ => Err("it is not what `fleetcast test --json` printed".to_owned()),
        }
    }

    fn scenario(&self, name: &str) -> Option<&Value> {
        let mut scenarios = self.record.get("scenarios")?.as_array()?.iter();
        scenarios.find(|it| it.get("scenario").and_then(Value::as_str) == Some(name))
    }

    fn cost(&self, scenario: &str) -> Option<Before> {
        before(self.scenario(scenario)?.get("cost_month_usd")?)
    }

    fn objective(&self, scenario: &str, text: &str) -> Option<Before> {
        let mut objectives = self
            .scenario(scenario)?
            .get("objectives")?
            .as_array()?
            .iter();
        let found = objectives.find(|it| it.get("text").and_then(Value::as_str) == Some(text))?;
        before(found.get("value")?)
    }
}

fn before(interval: &Value) -> Option<Before> {
    let value = interval.get("mean")?.as_f64()?;
    Some(Before { value })
}

impl TestReport<'_> {
    /// How many objectives fail.
    pub fn failures(&self) -> usize {
        let objectives = self.tested.iter().flat_map(|it| &it.objectives);
        objectives.filter(|it| it.fails(self.strict)).count()
    }

    fn count(&self) -> usize {
        self.tested.iter().map(|it| it.objectives.len()).sum()
    }

    /// The verdict on all of them in words.
    fn verdict(&self) -> String {
        let (failures, count) = (self.failures(), self.count());
        let objectives = wording::counted(count as u64, "objective");
        let unsure = self
            .tested
            .iter()
            .flat_map(|it| &it.objectives)
            .filter(|it| it.over_runs.holds == Some(true) && it.over_runs.probability.is_some())
            .filter(|it| !it.over_runs.is_sure)
            .count();
        let mut words = match failures {
            0 => format!("{objectives} kept"),
            _ => format!("{failures} of {objectives} broken"),
        };
        if 0 < unsure && !self.strict {
            let _ = write!(
                words,
                ", {unsure} of them not for sure (--strict would fail)"
            );
        }
        if !self.complete {
            words.push_str("; not all runs went to their ends");
        }
        words
    }

    /// For people at a terminal.
    pub fn render(&self, colour: Colour) -> String {
        let mut text = String::new();
        for (tested, seed) in self.tested.iter().zip(self.seeds) {
            let runs = wording::counted(tested.runs as u64, "replication");
            let _ = writeln!(
                text,
                "{}: {runs}, seed {seed}{}",
                tested.scenario,
                self.cost(tested)
            );
            let mut table = Table::new(&[
                ("", Align::Left),
                ("objective", Align::Left),
                ("held in", Align::Right),
                ("value", Align::Right),
                ("worst", Align::Right),
                ("before", Align::Right),
            ]);
            for objective in &tested.objectives {
                table.row(self.row(tested, objective));
            }
            let _ = writeln!(text, "{}", table.render(colour));
            for objective in &tested.objectives {
                if let Some(more) = objective.over_runs.runs_more {
                    let _ = writeln!(
                        text,
                        "{}: {} more runs would make sure of it if they went like these",
                        objective.text,
                        wording::count(more as f64)
                    );
                }
            }
            for caveat in &tested.caveats {
                let _ = writeln!(text, "note: {caveat}");
            }
        }
        let _ = writeln!(text, "{}", self.verdict());
        text
    }

    fn cost(&self, tested: &Tested) -> String {
        let Some(cost) = tested.cost_month else {
            return String::new();
        };
        let before = self.base.and_then(|base| base.cost(&tested.scenario));
        let change = before.map(|before| format!(" ({})", change(cost.mean, before)));
        format!(
            ", {} a month{}",
            interval(&cost, "usd"),
            change.unwrap_or_default()
        )
    }

    fn row(&self, tested: &Tested, objective: &TestedObjective) -> Vec<Cell> {
        let (word, tone) = match standing(objective, self.strict) {
            word @ ("broken" | "not judged" | "not sure") => (word, Tone::Bad),
            word => (word, Tone::Good),
        };
        let over = &objective.over_runs;
        let before = self
            .base
            .and_then(|base| base.objective(&tested.scenario, &objective.text));
        let value = objective.value.as_ref();
        vec![
            Cell::new(word, tone),
            objective.text.as_str().into(),
            format!("{}/{}", over.held_runs, over.judged_runs).into(),
            value
                .map_or_else(|| "–".to_owned(), |it| interval(it, objective.unit))
                .into(),
            objective
                .worst
                .map_or_else(|| "–".to_owned(), |it| shown(it, objective.unit))
                .into(),
            match (before, value) {
                (Some(before), Some(value)) => format!(
                    "{} ({})",
                    shown(before.value, objective.unit),
                    change(value.mean, before)
                ),
                _ => "–".to_owned(),
            }
            .into(),
        ]
    }

    /// For a pull request.
    pub fn markdown(&self) -> String {
        let mut text = format!("### fleetcast: {}\n", escaped_markdown(&self.verdict()));
        for tested in self.tested {
            let cost = escaped_markdown(&self.cost(tested));
            let runs = wording::counted(tested.runs as u64, "replication");
            let name = escaped_markdown(&tested.scenario);
            let _ = write!(
                text,
                "\n**{name}**: {runs}{cost}\n\n\
                 | | objective | held in | value | worst | before |\n|---|---|---|---|---|---|\n"
            );
            for objective in &tested.objectives {
                let cells = self.row(tested, objective);
                let cells = cells.iter().map(|cell| escaped_markdown(cell.text()));
                let _ = writeln!(text, "| {} |", cells.collect::<Vec<_>>().join(" | "));
            }
            for caveat in &tested.caveats {
                let _ = write!(text, "\n> {}\n", escaped_markdown(caveat));
            }
        }
        text
    }

    /// JUnit XML: a suite a scenario, a case an objective.
    pub fn junit(&self) -> String {
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(
            text,
            "<testsuites name=\"fleetcast\" tests=\"{}\" failures=\"{}\">",
            self.count(),
            self.failures()
        );
        for tested in self.tested {
            let name = escaped_xml(&tested.scenario);
            let failures = tested
                .objectives
                .iter()
                .filter(|it| it.fails(self.strict))
                .count();
            let count = tested.objectives.len();
            let _ = writeln!(
                text,
                "  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{failures}\">"
            );
            for objective in &tested.objectives {
                let case = escaped_xml(&objective.text);
                let _ = write!(text, "    <testcase classname=\"{name}\" name=\"{case}\"");
                if objective.fails(self.strict) {
                    let words = escaped_xml(&failure(objective, self.strict));
                    let _ = writeln!(
                        text,
                        ">\n      <failure message=\"{words}\"/>\n    </testcase>"
                    );
                } else {
                    text.push_str("/>\n");
                }
            }
            text.push_str("  </testsuite>\n");
        }
        text.push_str("</testsuites>\n");
        text
    }

    /// For programs, and as the base of a later revision.
    pub fn json(&self) -> Value {
        let scenarios = self.tested.iter().zip(self.seeds).map(|(tested, seed)| {
            let objectives = tested.objectives.iter().map(|objective| {
                let before = self
                    .base
                    .and_then(|base| base.objective(&tested.scenario, &objective.text));
                json!({
                    "text": objective.text,
                    "fails": objective.fails(self.strict),
                    "over_runs": objective.over_runs,
                    "value": objective.value,
                    "worst": objective.worst,
                    "bound": objective.bound,
                    "wanted": objective.wanted,
                    "unit": objective.unit,
                    "before": before.map(|before| before.value),
                })
            });
            let before = self.base.and_then(|base| base.cost(&tested.scenario));
            json!({
                "scenario": tested.scenario,
                "seed": seed,
                "runs": tested.runs,
                "cost_month_usd": tested.cost_month,
                "cost_month_usd_before": before.map(|before| before.value),
                "objectives": objectives.collect::<Vec<_>>(),
                "caveats": tested.caveats,
            })
        });
        json!({
            "fleetcast_test": FORMAT,
            "fleetcast": env!("CARGO_PKG_VERSION"),
            "objectives": self.count(),
            "failures": self.failures(),
            "complete": self.complete,
            "scenarios": scenarios.collect::<Vec<_>>(),
        })
    }
}

fn standing(objective: &TestedObjective, strict: bool) -> &'static str {
    let over = &objective.over_runs;
    match over.holds {
        None => "not judged",
        Some(false) => "broken",
        Some(true) if strict && !over.is_sure && over.probability.is_some() => "not sure",
        Some(true) => "kept",
    }
}

/// Why a case failed, in one line.
fn failure(objective: &TestedObjective, strict: bool) -> String {
    let over = &objective.over_runs;
    let held = format!("held in {} of {} runs", over.held_runs, over.judged_runs);
    let value = objective.value.as_ref().map_or_else(String::new, |value| {
        format!("; the value was {}", interval(value, objective.unit))
    });
    let worst = objective.worst.map_or_else(String::new, |worst| {
        format!(", at worst {}", shown(worst, objective.unit))
    });
    let wanted = objective.wanted.replace('_', " ");
    let bound = shown(objective.bound, objective.unit);
    format!(
        "{}: {held}{value}{worst}; wanted {wanted} {bound}",
        standing(objective, strict)
    )
}

/// `+4.3 %`, or `the same`.
fn change(now: f64, before: Before) -> String {
    let off = now - before.value;
    if off == 0.0 {
        return "the same".to_owned();
    }
    let sign = if off < 0.0 { "−" } else { "+" };
    match before.value == 0.0 {
        true => format!("{sign}{}", wording::count(off.abs())),
        false => format!("{sign}{}", wording::share((off / before.value).abs())),
    }
}

fn interval(interval: &MeanInterval, unit: &str) -> String {
    let (unit, scale) = unit_of(unit);
    in_unit(
        interval.mean * scale,
        interval.half_width.map(|half| half * scale),
        &unit,
    )
}

/// A value in its unit.
fn shown(value: f64, unit: &str) -> String {
    let (unit, scale) = unit_of(unit);
    unit.show(value * scale)
}

/// The unit of this name, and how many of it one is.
fn unit_of(name: &str) -> (Unit, f64) {
    match name {
        "seconds" => (Unit::Seconds, 1.0),
        "percent" => (Unit::Percent, 1.0),
        "share" => (Unit::Percent, 100.0),
        "usd" | "usd_per_month" => (Unit::Usd, 1.0),
        _ => (Unit::Count, 1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_what_the_command_printed() {
        assert!(Base::read("{}").is_err());
        assert!(Base::read("nothing").is_err());
        let base = Base::read("{ \"fleetcast_test\": 1, \"scenarios\": [] }").unwrap();
        assert_eq!(base.cost("web"), None);
    }
}
