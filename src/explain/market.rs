//! Fargate Spot's market in a run: its regimes, and what took a task.

use serde_json::json;

use super::{Difference, Finding, Replay, rules, words};
use crate::engine::SimTime;
use crate::ids::PoolId;
use crate::policy::spot::{Regime, is_reclaimed};
use crate::world::instance::InstanceRecord;
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
    Finding::new(question, answer, inputs)
        .decided(plan, *taken_at)
        .by(&[rules::RECLAIM, rules::SIGKILL])
        .otherwise(milder(*uniform).into_iter().chain([on_demand()]))
}

/// Why EC2 took back this instance, and when it would have let it run.
pub(super) fn taken_back(replay: &Replay<'_>, record: &InstanceRecord, went: Finding) -> Finding {
    let bought = Difference::new("an instance bought on demand", "nothing takes it back");
    let noticed = record.times.draining.or(record.times.terminated);
    let noticed = noticed.unwrap_or(replay.ended_at);
    let mut reclaims = replay.trail.instance_reclaims.iter().rev();
    let reclaim = reclaims.find(|(at, id, ..)| *id == record.id && *at <= noticed);
    let Some((at, _, severity, uniform)) = reclaim else {
        let answer = format!(
            "{}; alone, in no reclaim of its pool, or as the trace of its pool says",
            went.answer
        );
        let finding = Finding { answer, ..went };
        return finding.by(&[rules::RECLAIM]).otherwise([bought]);
    };
    let answer = format!(
        "{}: its pool was taken back by {} % at {}, this one among them: its draw of {uniform:.2} \
         is below {severity:.2}",
        went.answer,
        words::number(PERCENT * severity),
        replay.clock().show(*at),
    );
    let inputs = json!({ "kind": "reclaim", "severity": severity, "draw": uniform });
    let finding = Finding {
        answer,
        inputs,
        ..went
    };
    let milder = milder(*uniform);
    finding
        .by(&[rules::RECLAIM])
        .otherwise(milder.into_iter().chain([bought]))
}

/// The largest reclaim that leaves a draw alone, in tenths of a percent.
fn milder(uniform: f64) -> Option<Difference> {
    let tenths = libm::floor(10.0 * PERCENT * uniform);
    let is_left = 0.0 < tenths && !is_reclaimed(uniform, tenths / (10.0 * PERCENT));
    is_left.then(|| {
        let with = format!("a reclaim of at most {} %", words::number(tenths / 10.0));
        Difference::new(with, "it would have gone on")
    })
}

fn on_demand() -> Difference {
    Difference::new("a task on FARGATE", "nothing takes it back")
}
