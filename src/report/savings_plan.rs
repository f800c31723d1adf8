//! What a Savings Plan's commitment should be: a table for people, JSON, a folder with the curve.

mod files;
mod text;

use serde_json::{Value, json};

use super::results::{FORMAT_VERSION, RunInputs};
use crate::experiment::commitment::{Answer, CommitmentPoint, CommitmentUses};
use crate::experiment::statistics::CONFIDENCE;
use crate::scenario::plan::Plan;

/// Letters of a folder's hash.
const HASH_LETTERS: usize = 12;

/// An answered question with everything that is said of it.
#[derive(Clone, Copy, Debug)]
pub struct SavingsPlanResults<'a> {
    /// The scenario.
    pub plan: &'a Plan,
    /// What it was made from.
    pub inputs: &'a RunInputs,
    /// Which of the scenario's commitments it is about, in the order of application.
    pub at: usize,
    /// Replications that were to be played.
    pub replications: u32,
    /// What the replications used.
    pub uses: &'a CommitmentUses,
    /// How much to buy.
    pub answer: &'a Answer,
    /// Where the plan's savings come from, if the scenario does not say them.
    pub savings_source: Option<&'a str>,
    /// Whether charts are drawn.
    pub with_charts: bool,
}

/// The name of an answer: a hash of all that decides it.
pub fn answer_name(plan: &Plan, inputs: &RunInputs, (at, replications): (usize, u32)) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(inputs.run_name(plan.run.seed).as_bytes());
    hasher.update(&replications.to_le_bytes());
    hasher.update(&(at as u64).to_le_bytes());
    format!(
        "savings-plan-{}",
        &hasher.finalize().to_hex()[..HASH_LETTERS]
    )
}

impl SavingsPlanResults<'_> {
    /// The answer's name.
    pub fn name(&self) -> String {
        answer_name(self.plan, self.inputs, (self.at, self.replications))
    }

    /// Whether all replications were played to their ends.
    pub fn is_complete(&self) -> bool {
        self.uses.runs().len() == self.replications as usize
    }

    /// The length of a replication, hours.
    fn hours_of_a_run(&self) -> f64 {
        let runs = self.uses.runs().iter();
        let mut lengths = runs.map(|run| run.hours.iter().map(|hour| hour.length).sum());
        lengths.next().unwrap_or(0.0)
    }

    /// What on-demand instances cost a month to which the plan does not apply, the mean.
    fn instances_not_covered_usd(&self) -> f64 {
        let runs = self.uses.runs();
        let sum: f64 = runs.iter().map(|run| run.instances_not_covered_usd).sum();
        sum / runs.len().max(1) as f64
    }

    /// What the plan's kind is called: `Compute Savings Plan`.
    fn kind(&self) -> String {
        self.plan.prices.commitments()[self.at].words()
    }

    /// What the plan takes off, percent, by what; of anything: none.
    fn savings(&self) -> Vec<(Option<String>, f64)> {
        self.plan.prices.commitments()[self.at].savings_percent()
    }

    /// The commitment as an entry of `world.prices.commitments`.
    pub fn entry(&self) -> String {
        let kind = self.plan.prices.commitments()[self.at].in_scenario();
        let savings = self.savings();
        let savings = match &savings[..] {
            [(None, percent)] => format!("{percent} %"),
            several => {
                let each = several
                    .iter()
                    .map(|(name, percent)| format!("{}: {percent} %", named(name)));
                format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
            }
        };
        let usd = self.answer.to_buy_usd();
        format!("{{ {kind}, commitment: {usd:.3} USD/h, savings: {savings} }}")
    }

    /// The content of `savings_plan.json`, and of `--json`.
    pub fn json(&self) -> Value {
        let answer = self.answer;
        let savings: serde_json::Map<String, Value> = self
            .savings()
            .into_iter()
            .map(|(name, percent)| (named(&name).to_owned(), percent.into()))
            .collect();
        let marks = answer.marks.iter().map(|mark| {
            let mut record = self.point(&mark.point);
            record["name"] = mark.name.into();
            record
        });
        let interval = answer
            .interval
            .map(|(low, high)| [low, high].map(|paid| paid / answer.paid_share));
        json!({
            "version": FORMAT_VERSION,
            "scenario": self.plan.name,
            "seed": self.plan.run.seed,
            "plan": self.kind(),
            "savings_percent": savings,
            "savings_source": self.savings_source,
            "replications": self.uses.runs().len(),
            "complete": self.is_complete(),
            "hours_of_a_run": self.hours_of_a_run(),
            "commitment_usd_per_hour": answer.to_buy_usd(),
            "commitment_interval_usd_per_hour": interval,
            "confidence_of_each_interval": CONFIDENCE,
            "least_expected_cost": self.point(&answer.best),
            "compared": marks.collect::<Vec<Value>>(),
            "curve": answer.curve.iter().map(|it| self.point(it)).collect::<Vec<Value>>(),
            "entry": self.entry(),
            "warnings": self.warnings(),
        })
    }

    fn point(&self, point: &CommitmentPoint) -> Value {
        json!({
            "commitment_usd_per_hour": point.per_hour_usd / self.answer.paid_share,
            "cost_month_usd": point.month_usd,
            "saving_month_usd": point.saving_usd,
            "utilization": point.utilization,
            "coverage": point.coverage,
        })
    }
}

/// What savings are of.
fn named(of: &Option<String>) -> &str {
    of.as_deref().unwrap_or("all")
}
