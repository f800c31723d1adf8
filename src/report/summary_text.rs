//! The summary of a run for a terminal: the answer first, then what it is made of, how the cluster
//! behaved, and what to know before believing it.

use std::time::Duration;

use super::results::{Placed, Results};
use super::table::{Align, COLUMNS, Cell, Colour, Look, Table, Tone};
use super::wording::{self, count, length, percent, usd};

mod behaviour;
mod chosen;
mod cost;
mod inline;
mod instances;
mod requests;
mod trust;

pub use inline::InlineCharts;

/// Characters of an inline chart at most.
const SPARK: usize = 48;
/// Columns that stand beside an inline chart.
const BESIDE_SPARK: usize = 48;

/// How long a command took: for the terminal only, no file has it.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Reading the scenario and its traces.
    pub load: Duration,
    /// Playing with the load model's tables made on the way, pricing, judging.
    pub play: Duration,
    /// Writing files and charts.
    pub write: Duration,
}

/// A finished and written run, to be told.
#[derive(Clone, Copy, Debug)]
pub struct SummaryText<'a> {
    /// The run.
    pub results: &'a Results<'a>,
    /// Where it stands.
    pub placed: &'a Placed,
    /// How long it took; `None` leaves it out, for texts that are compared.
    pub timing: Option<Timing>,
    /// Which inline charts it has.
    pub inline: InlineCharts,
}

impl SummaryText<'_> {
    /// The text; every line ends with a line feed.
    pub fn render(&self, look: impl Into<Look>) -> String {
        let Look { colour, columns } = look.into();
        let mut text = Text {
            out: String::new(),
            colour,
            columns,
            inline: self.inline,
        };
        self.heading(&mut text);
        cost::tell(self.results, &mut text);
        behaviour::tell(self.results, &mut text);
        self.objectives(&mut text);
        trust::tell(self.results, &mut text);
        self.closing(&mut text);
        text.out
    }

    fn heading(&self, text: &mut Text) {
        let Results { plan, played, .. } = self.results;
        let start = plan.run.start.to_zoned(plan.run.time_zone.clone());
        let zone = plan.run.time_zone.iana_name().unwrap_or("UTC");
        text.line(&format!(
            "{}  {} from {} {zone}, {}, seed {}",
            text.painted(&plan.name, Tone::Strong),
            length(plan.run.duration.as_secs_f64()),
            start.strftime("%Y-%m-%d %H:%M"),
            plan.region,
            plan.run.seed,
        ));
        let warm_up_s = played.outcome.observed.summary.warm_up_s;
        if 0.0 < warm_up_s {
            let end = start.saturating_add(jiff::SignedDuration::from_secs(warm_up_s as i64));
            text.line(&format!(
                "all figures are of the time after a warm-up of {}, from {} on; series, lists and \
                 charts have all of it",
                length(warm_up_s),
                end.strftime("%Y-%m-%d %H:%M"),
            ));
        }
        if let Some(why) = played.ended_because() {
            let reached = length(played.outcome.stopped_at.as_secs_f64());
            let said = format!("not complete: {why} after {reached}; all figures are of that part");
            text.line(&text.painted(&said, Tone::Bad));
        }
    }

    fn objectives(&self, text: &mut Text) {
        let verdicts = &self.results.played.objectives;
        if verdicts.is_empty() {
            return;
        }
        text.section("Objectives");
        let mut said: Vec<(&str, String)> = Vec::new();
        let mut table = Table::new(&[("", Align::Left), ("", Align::Left), ("", Align::Left)]);
        for verdict in verdicts {
            let (word, tone) = match verdict.held {
                Some(true) => ("held", Tone::Good),
                Some(false) => ("BROKEN", Tone::Bad),
                None => ("not judged", Tone::Faint),
            };
            let value = verdict.value.map_or_else(
                || "nothing to judge".to_owned(),
                |value| match (verdict.minutes_held, verdict.minutes_judged) {
                    (Some(held), Some(judged)) => format!(
                        "{} ({} of {})",
                        wording::share(value),
                        count(held as f64),
                        count(judged as f64)
                    ),
                    _ => in_unit(value, verdict.unit),
                },
            );
            said.push((word, format!("{}: {value}", verdict.text)));
            table.row([
                Cell::new(word, tone),
                verdict.text.as_str().into(),
                value.into(),
            ]);
        }
        if text.is_too_narrow_for(&table) {
            for (word, objective) in said {
                text.fact(word, &objective);
            }
            return;
        }
        text.table(&table);
    }

    fn closing(&self, text: &mut Text) {
        text.blank();
        let charts = match self.results.with_charts {
            true => "; pictures in charts/",
            false => "",
        };
        text.fitted(&format!(
            "Results: {}{charts}{}",
            self.placed.path.display(),
            self.placed.note()
        ));
        let Some(timing) = self.timing else { return };
        let outcome = &self.results.played.outcome;
        let [events, of_requests] = [outcome.events, outcome.request_events].map(|it| it as f64);
        let requests = match 0.0 < of_requests {
            true => format!(" and {} of single requests", count(of_requests)),
            false => String::new(),
        };
        let play = timing.play.as_secs_f64();
        let rate = match 0.0 < play {
            true => format!(", {} a second", count((events + of_requests) / play)),
            false => String::new(),
        };
        let spoken = format!(
            "Played in {} ({} events{requests}{rate}); read in {}, written in {}",
            wording::seconds(Some(play)),
            count(events),
            wording::seconds(Some(timing.load.as_secs_f64())),
            wording::seconds(Some(timing.write.as_secs_f64())),
        );
        let begin = text.out.len();
        text.fitted(&spoken);
        for line in text.out.split_off(begin).lines() {
            text.line(&text.painted(line, Tone::Faint));
        }
    }
}

/// A value of an objective in its unit.
fn in_unit(value: f64, unit: &str) -> String {
    match unit {
        "seconds" => wording::seconds(Some(value)),
        "percent" => percent(Some(value)),
        "share" => wording::share(value),
        "usd" => usd(value),
        "usd_per_month" => format!("{} a month", usd(value)),
        _ => count(value),
    }
}

/// The text as it grows.
struct Text {
    out: String,
    colour: Colour,
    columns: usize,
    inline: InlineCharts,
}

impl Text {
    /// Characters of an inline chart, here.
    fn spark(&self) -> usize {
        SPARK.min(self.columns.saturating_sub(BESIDE_SPARK)).max(8)
    }

    /// Whether a table would be broken by the end of the terminal's lines.
    fn is_too_narrow_for(&self, table: &Table) -> bool {
        let lines = table.render(Colour::Plain);
        lines
            .lines()
            .any(|line| self.columns < line.chars().count() + 2)
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// A line; over several where it has more letters than a narrow terminal has columns. Whoever
    /// reads it from a pipe finds a path whole.
    fn fitted(&mut self, line: &str) {
        match COLUMNS <= self.columns || line.chars().count() <= self.columns {
            true => self.line(line),
            false => self.wrapped("", 2, line),
        }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn section(&mut self, heading: &str) {
        self.blank();
        self.line(&self.painted(heading, Tone::Strong));
    }

    fn table(&mut self, table: &Table) {
        for line in table.render(self.colour).lines() {
            self.line(&format!("  {line}"));
        }
    }

    /// A sentence over as many lines as it takes, the later ones indented by `indent`.
    fn wrapped(&mut self, first: &str, indent: usize, sentence: &str) {
        let mut line = first.to_owned();
        for word in sentence.split_whitespace() {
            let length = line.chars().count() + 1 + word.chars().count();
            if self.columns < length && indent < line.len() {
                self.line(line.trim_end());
                line = " ".repeat(indent);
            } else if !line.ends_with(' ') && !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(line.trim_end());
    }

    /// A name and what is said of it, names in one column.
    fn fact(&mut self, name: &str, what: &str) {
        self.wrapped(&format!("  {name:<12}"), 14, what);
    }

    fn painted(&self, text: &str, tone: Tone) -> String {
        let mut table = Table::new(&[("", Align::Left)]);
        table.row([Cell::new(text, tone)]);
        table.render(self.colour).trim_end_matches('\n').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_keeps_to_the_width() {
        let mut text = Text {
            out: String::new(),
            colour: Colour::Plain,
            columns: 60,
            inline: InlineCharts::Few,
        };
        text.wrapped("  - ", 4, &"many words that go on ".repeat(20));
        assert!(
            text.out.lines().all(|line| line.chars().count() <= 60),
            "{}",
            text.out
        );
        assert!(
            text.out
                .lines()
                .skip(1)
                .all(|line| line.starts_with("    many") || line.starts_with("    "))
        );
        assert!(text.out.starts_with("  - many words"));
    }
}
