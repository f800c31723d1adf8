//! What a Savings Plan's commitment should be: a table for people, JSON, and a folder with the curve.

mod files;
mod text;

use serde_json::{Value, json};

use super::results::{FORMAT_VERSION, RunInputs};
use crate::catalog::prices::{Commitment, Covers, Saving};
use crate::experiment::commitment::{Answer, CommitmentPoint, CommitmentUses};
use crate::experiment::statistics::CONFIDENCE;
use crate::scenario::plan::Plan;

/// Letters of a folder's hash.
const HASH_LETTERS: usize = 12;
const WHOLE_PPM: f64 = 1e6;

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

    fn commitment(&self) -> &Commitment {
        &self.plan.prices.commitments()[self.at]
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
        match &self.commitment().covers {
            Covers::Compute => "Compute Savings Plan".to_owned(),
            Covers::Family(family) => format!("EC2 Instance Savings Plan for {family}"),
            Covers::Type(_) => self.commitment().name.clone(),
        }
    }

    /// The commitment as an entry of `world.prices.commitments`.
    pub fn entry(&self) -> String {
        let kind = match &self.commitment().covers {
            Covers::Family(family) => format!("plan: ec2Instance, family: {family}"),
            Covers::Compute | Covers::Type(_) => "plan: compute".to_owned(),
        };
        let savings = self.savings();
        let savings = match &savings[..] {
            [(name, percent)] if name.is_empty() => format!("{percent} %"),
            several => {
                let each = several
                    .iter()
                    .map(|(name, percent)| format!("{name}: {percent} %"));
                format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
            }
        };
        let usd = self.answer.to_buy_usd();
        format!("{{ {kind}, commitment: {usd:.3} USD/h, savings: {savings} }}")
    }

    /// What the plan takes off, percent, by what; of everything: an empty name.
    fn savings(&self) -> Vec<(String, f64)> {
        let savings = self.commitment().savings.iter();
        let named = savings.map(|(of, ppm)| {
            let name = match of {
                Saving::Fargate => "fargate".to_owned(),
                Saving::Ec2 => "ec2".to_owned(),
                Saving::Family(family) => family.clone(),
                Saving::Type(id) => crate::catalog::instances::get(*id).name.to_string(),
                Saving::All => String::new(),
            };
            (name, f64::from(*ppm) * 100.0 / WHOLE_PPM)
        });
        named.collect()
    }

    /// The content of `savings_plan.json`, and of `--json`.
    pub fn json(&self) -> Value {
        let answer = self.answer;
        let savings: serde_json::Map<String, Value> = self
            .savings()
            .into_iter()
            .map(|(name, percent)| {
                let name = if name.is_empty() {
                    "all".to_owned()
                } else {
                    name
                };
                (name, percent.into())
            })
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
