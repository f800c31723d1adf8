//! Fargate Spot's market in a run: its regimes, and what took a task.

use serde_json::json;

use super::{Difference, Finding, Replay, rules, words};
use crate::engine::SimTime;
use crate::ids::PoolId;
use crate::policy::spot::{Regime, is_reclaimed};
use crate::world::task::TaskRecord;

/// Percent of a whole.
const PERCENT: f64 = 100.0;

/// The regime of a zone at an instant.
fn regime(replay: &Replay<'_>, pool: PoolId, at: SimTime) -> Regime {
    let before = replay.trail.regimes.iter().rev();
    let mut of_pool = before.filter(|(when, of, ..)| *when <= at && *of == pool);
    of_pool
        .next()
        .map_or(Regime::Calm, |(_, _, regime, _)| *regime)
}

/// `us-east-1a empty, us-east-1b tight`.
pub(super) fn state_words(replay: &Replay<'_>, at: SimTime) -> String {
    let zones = replay.plan.zones.iter().enumerate();
    let words: Vec<String> = zones
        .map(|(index, zone)| {
            let regime = regime(replay, PoolId::from_index(index), at);
            format!("{} {}", zone.name, regime.word())
        })
        .collect();
    words.join(", ")
}

/// Why Spot took this task, and when it would have let it run.
pub(super) fn interruption(replay: &Replay<'_>, record: &TaskRecord, at: SimTime) -> Finding {
    let plan = replay.plan;
    let zone = plan.zone_name(record.zone);
    let is_its = |(when, owner, ordinal, ..): &&(SimTime, _, u64, f64, f64)| {
        *when <= at && (*owner, *ordinal) == (record.owner, record.ordinal)
    };
    let question = "Why did it stop?";
    let Some((taken_at, _, _, severity, uniform)) = replay.trail.reclaims.iter().find(is_its)
    else {
        let rate = plan.spot.rates.isolated_per_hour;
        let answer = format!(
            "Fargate Spot took it back alone, not in a reclaim of {zone}: that befalls {} of 100 \
             running tasks a day",
            words::number(PERCENT * 24.0 * rate)
        );
        let inputs = json!({ "kind": "isolated", "isolatedPerHour": rate });
        return Finding::new(question, answer, inputs)
            .decided(plan, at)
            .by(&[rules::RECLAIM, rules::SIGKILL])
            .otherwise([on_demand()]);
    };
    let answer = format!(
        "Fargate Spot took back {} % of its tasks in {zone} at {}, this one among them: its draw \
         of {:.2} is below {severity:.2}",
        words::number(PERCENT * severity),
        replay.clock().show(*taken_at),
        uniform,
    );
    let inputs = json!({
        "kind": "reclaim",
        "availabilityZone": zone,
        "severity": severity,
        "draw": uniform,
    });
    // The largest reclaim that leaves it alone, in tenths of a percent.
    let tenths = libm::floor(10.0 * PERCENT * uniform);
    let milder = (0.0 < tenths && !is_reclaimed(*uniform, tenths / (10.0 * PERCENT))).then(|| {
        let with = format!("a reclaim of at most {} %", words::number(tenths / 10.0));
        Difference::new(with, "it would have gone on")
    });
    Finding::new(question, answer, inputs)
        .decided(plan, *taken_at)
        .by(&[rules::RECLAIM, rules::SIGKILL])
        .otherwise(milder.into_iter().chain([on_demand()]))
}

fn on_demand() -> Difference {
    Difference::new("a task on FARGATE", "nothing takes it back")
}
