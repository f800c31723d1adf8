//! `summary.json`: the run in numbers, with its cost, its verdicts and what to know before
//! believing them.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Results;
use crate::billing::{Bill, CostSummary};
use crate::units::MicroUsd;

/// The content of `summary.json`; keys keep this order.
pub fn summary(results: &Results<'_>) -> Value {
    let Results {
        plan,
        played,
        inputs,
        ..
    } = results;
    let observed = value(&played.outcome.observed.summary);
    let mut summary = Map::new();
    let mut put = |key: &str, value: Value| {
        summary.insert(key.to_owned(), value);
    };
    put("version", observed["version"].clone());
    put("scenario", plan.name.clone().into());
    put("run", results.run_name().into());
    put("seed", plan.run.seed.into());
    put("replication", inputs.replication.into());
    put("complete", played.is_complete().into());
    put("ended_because", played.ended_because().into());
    put("start", observed["start"].clone());
    put("simulated_s", observed["simulated_s"].clone());
    if let Some(warm_up_s) = observed.get("warm_up_s") {
        put("warm_up_s", warm_up_s.clone());
    }
    put("cost", value(&CostSummary::of(&played.bill, &plan.prices)));
    for key in ["total", "services", "providers"] {
        put(key, observed[key].clone());
    }
    if !plan.groups.is_empty() {
        put("groups", groups(&observed["groups"], &played.bill));
    }
    for key in ["job_sources", "spot_zones"] {
        put(key, observed[key].clone());
    }
    if !plan.alarms.is_empty() {
        put("alarms", observed["alarms"].clone());
    }
    put("objectives", value(&played.objectives));
    put("quotas", value(&played.quotas));
    put("caveats", value(&played.caveats));
    put("notes", value(&plan.notes));
    put("defaults_applied", plan.assumptions.len().into());
    put("events", played.outcome.events.into());
    put("event_hash", event_hash(played.outcome.event_hash).into());
    Value::Object(summary)
}

/// The groups, each with what its capacity provider cost.
fn groups(observed: &Value, bill: &Bill) -> Value {
    let providers = bill.by_provider();
    let with_cost = |group: &Value| {
        let mut group = group.clone();
        let name = group["provider"].as_str();
        let cost = providers.iter().find(|sum| Some(sum.name.as_str()) == name);
        let usd = |amount: Option<MicroUsd>| amount.unwrap_or(MicroUsd::ZERO).usd();
        group["cost_usd"] = usd(cost.map(|it| it.cost)).into();
        group["cost_usd_per_month"] = usd(cost.map(|it| it.cost_month)).into();
        group
    };
    observed
        .as_array()
        .into_iter()
        .flatten()
        .map(with_cost)
        .collect()
}

/// The hash of a run's events as it is written everywhere.
pub fn event_hash(hash: u64) -> String {
    format!("{hash:016x}")
}

fn value(record: &impl Serialize) -> Value {
    serde_json::to_value(record).expect("records have text keys and finite numbers")
}
