//! The answer as a text for people, and what makes it doubtful.

use std::fmt::Write;

use super::SavingsPlanResults;
use crate::experiment::commitment::{CommitmentPoint, WEEK_HOURS};
use crate::report::axis::Unit;
use crate::report::interval::{shown, with_half};
use crate::report::results::Placed;
use crate::report::table::{Align, Cell, Colour, Table, Tone};
use crate::report::wording;

/// The mark of what is to be bought.
const BEST: &str = "least expected cost";

impl SavingsPlanResults<'_> {
    /// The answer as a text for people.
    pub fn render(&self, placed: &Placed, colour: Colour) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let mut line = |words: &str| {
            let _ = writeln!(text, "{words}");
        };
        line(&self.heading());
        line("");
        line(&self.answered());
        line("");
        line(self.table().render(colour).trim_end());
        line("");
        for note in self.notes().into_iter().chain(self.warnings()) {
            line(&note);
        }
        line("");
        line(&format!(
            "to try it: world.prices.commitments: [{}]",
            self.entry()
        ));
        line(&format!(
            "results: {}{}",
            placed.path.display(),
            placed.note()
        ));
        text
    }

    fn heading(&self) -> String {
        let savings = self.savings();
        let each = savings.iter().map(|(name, percent)| {
            let percent = Unit::Percent.show(*percent);
            match name {
                None => format!("{percent} off on demand"),
                Some(name) => format!("{percent} off {}", spelled(name)),
            }
        });
        format!(
            "{}: {}, {}; {} replications of {}, seed {}",
            self.plan.name,
            self.kind(),
            each.collect::<Vec<_>>().join(", "),
            self.uses.runs().len(),
            wording::length(self.hours_of_a_run() * 3_600.0),
            self.plan.run.seed
        )
    }

    fn answered(&self) -> String {
        let usd = self.answer.to_buy_usd();
        let best = &self.answer.best;
        if usd <= 0.0 {
            return "commit to nothing: any commitment is expected to cost more than it saves"
                .into();
        }
        let interval = self.answer.interval.map(|(low, high)| {
            let [low, high] = [low, high].map(|paid| paid / self.answer.paid_share);
            format!("; the best amount lies between {low:.3} and {high:.3} (95 %)")
        });
        format!(
            "commit to {usd:.3} USD an hour: it saves {} a month against no commitment{}",
            shown(&best.saving_usd, &Unit::Usd, 1.0),
            interval.unwrap_or_default()
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            ("commitment", Align::Right),
            ("cost/month", Align::Right),
            ("saving/month", Align::Right),
            ("utilization", Align::Right),
            ("coverage", Align::Right),
            ("", Align::Left),
        ]);
        for mark in &self.answer.marks {
            let tone = if mark.name == BEST {
                Tone::Strong
            } else {
                Tone::Plain
            };
            let mut cells = self.cells(&mark.point);
            cells.push(mark.name.to_owned());
            table.row(cells.into_iter().map(|text| Cell::new(text, tone)));
        }
        table
    }

    fn cells(&self, point: &CommitmentPoint) -> Vec<String> {
        let share = |share: Option<f64>| share.map_or("–".to_owned(), wording::share);
        let (month, saving) = (&point.month_usd, &point.saving_usd);
        let half = month.half_width.map(wording::usd);
        vec![
            format!("{:.3} USD/h", point.per_hour_usd / self.answer.paid_share),
            with_half(wording::usd(month.mean), half),
            with_half(
                wording::usd(saving.mean),
                saving.half_width.map(wording::usd),
            ),
            share(point.utilization),
            share(point.coverage),
        ]
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let all = self.savings();
        if let [(_, percent)] = &all[..] {
            notes.push(format!(
                "what is committed costs {0} of the on-demand price, used or not: cost is least \
                 where {0} of all hours use more than that, neither at the mean hour nor at the \
                 least one",
                Unit::Percent.show(100.0 - percent),
            ));
        }
        notes.push(
            "± and intervals: 95 % each by itself, over replications; utilization is what of the \
             commitment is used, coverage what of the usage it pays, as Cost Explorer counts"
                .to_owned(),
        );
        if let Some(source) = self.savings_source {
            notes.push(format!(
                "what the plan takes off is ASSUMED ({source}); say yours with --savings"
            ));
        }
        notes
    }

    /// What makes the answer doubtful.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let hours = self.hours_of_a_run();
        if hours < WEEK_HOURS {
            warnings.push(format!(
                "WARNING: a replication is {}, shorter than a week: no weekend was seen, and a \
                 commitment is owed for a year or three; set run.duration to 7d or more",
                wording::length(hours * 3_600.0)
            ));
        }
        if self.uses.runs().len() < 2 {
            warnings.push(
                "WARNING: one replication tells nothing of how sure this is; play more".to_owned(),
            );
        }
        if !self.is_complete() {
            warnings.push(format!(
                "WARNING: {} of {} replications were played to their ends; the others are left out",
                self.uses.runs().len(),
                self.replications
            ));
        }
        let left_out = self.instances_not_covered_usd();
        if 0.0 < left_out {
            warnings.push(format!(
                "WARNING: instances on demand for {} a month are not covered: no rate of theirs \
                 was said (--savings '{{ fargate: 20 %, ec2: 27 % }}'), or the plan is not theirs",
                wording::usd(left_out)
            ));
        }
        let later = self.plan.prices.commitments().iter().skip(self.at + 1);
        let later: Vec<&str> = later
            .filter(|it| 0 < it.per_hour.0)
            .map(|it| it.name.as_str())
            .collect();
        if !later.is_empty() {
            warnings.push(format!(
                "WARNING: {} applies after this plan, and covers less the more this one does; that \
                 is not in these numbers",
                later.join(" and ")
            ));
        }
        warnings
    }
}

/// What a rate is of, as AWS spells it.
fn spelled(name: &str) -> &str {
    match name {
        "fargate" => "Fargate",
        "ec2" => "EC2",
        "lambda" => "Lambda",
        _ => name,
    }
}
