//! What Fargate Spot offers in a zone: why it changed, what that means for launches and tasks, and
//! for how long it held.

use serde_json::json;

use super::{Difference, Explanation, Finding, Replay, market, rules, words};
use crate::engine::SimTime;
use crate::ids::{PoolId, ZoneId};
use crate::policy::spot::Regime;
use crate::scenario::plan::{DroughtPlan, TimelineAction};

/// Percent of a whole.
const PERCENT: f64 = 100.0;

/// A change of a zone's capacity.
#[derive(Clone, Copy, Debug)]
struct Change {
    at: SimTime,
    regime: Regime,
    /// The share of its tasks that it took back.
    reclaim: Option<f64>,
}

pub(super) fn explain(replay: &Replay<'_>, pool: PoolId, at: SimTime) -> Explanation {
    let zone = zone_name(replay, pool);
    let subject = format!("Fargate Spot in {zone} at {}", replay.clock().show(at));
    let facts = vec![format!("zones then: {}", market::state_words(replay, at))];
    let its = replay.trail.regimes.iter().filter(|it| it.1 == pool);
    let its = its.map(|(at, _, regime, reclaim)| Change {
        at: *at,
        regime: *regime,
        reclaim: *reclaim,
    });
    let all: Vec<Change> = its.collect();
    let count = all.partition_point(|it| it.at <= at);
    let findings = match count.checked_sub(1) {
        None => Vec::new(),
        Some(last) => vec![finding(replay, pool, &all[..=last], all.get(last + 1))],
    };
    Explanation {
        subject,
        facts,
        findings,
        ..Explanation::default()
    }
}

fn zone_name<'r>(replay: &Replay<'r>, pool: PoolId) -> &'r str {
    replay.plan.zone_name(ZoneId::from_index(pool.index()))
}

fn finding(replay: &Replay<'_>, pool: PoolId, until: &[Change], next: Option<&Change>) -> Finding {
    let (change, plan) = (until[until.len() - 1], replay.plan);
    let word = change.regime.word();
    let question = match until {
        [_] => format!("Why is it {word} when the run begins?"),
        _ => format!("Why did it become {word}?"),
    };
    let drought = drought(replay, pool, change.at);
    let is_replayed = plan.spot.replays.get(pool.index());
    let is_replayed = is_replayed.is_some_and(Option::is_some);
    let answer = match (drought, is_replayed) {
        (Some(drought), _) => format!(
            "the timeline's `drought` leaves Fargate Spot nothing there for {}",
            words::length(drought.length)
        ),
        (None, true) => "the trace that `world.spot` names for its zone says so".to_owned(),
        (None, false) => "the world's chance, drawn by what `world.spot` says of Fargate Spot: \
                          nothing in the cluster moves it"
            .to_owned(),
    };
    let kept = match drought {
        Some(_) => Some("no `drought` in the timeline"),
        None if is_replayed || change.regime == Regime::Calm => None,
        None => Some("a calmer preset in `world.spot`"),
    };
    let then = "its zone is short of capacity less often, or not then";
    let inputs = json!({
        "availabilityZone": zone_name(replay, pool),
        "regime": word,
        "reclaim": change.reclaim,
    });
    Finding::new(question, answer, inputs)
        .decided(plan, change.at)
        .by(&[rules::SPOT_GRANT])
        .details(details(replay, change, next))
        .otherwise(kept.map(|with| Difference::new(with, then)))
}

/// What it means, and until when.
fn details(replay: &Replay<'_>, change: Change, next: Option<&Change>) -> Vec<String> {
    let granted = match change.regime {
        Regime::Calm => "every launch there is granted".to_owned(),
        Regime::Tight => format!(
            "{} % of launches there are granted, by chance",
            words::number(PERCENT * replay.plan.spot.parameters.tight_grant)
        ),
        Regime::Empty => "no launch there is granted".to_owned(),
    };
    let taken = change.reclaim.filter(|severity| 0.0 < *severity);
    let taken = taken.map(|severity| {
        let share = words::number(PERCENT * severity);
        format!("with it Spot takes back {share} % of the tasks that run there")
    });
    let lasts = match next {
        Some(next) => format!(
            "it lasts {}, until {}; then it is {}",
            words::length(next.at.since(change.at)),
            replay.clock().show(next.at),
            next.regime.word()
        ),
        None => "it lasts to the end of the run".to_owned(),
    };
    [Some(granted), taken, Some(lasts)]
        .into_iter()
        .flatten()
        .collect()
}

/// The drought of Fargate Spot that begins at an instant in a zone.
fn drought<'r>(replay: &Replay<'r>, pool: PoolId, at: SimTime) -> Option<&'r DroughtPlan> {
    replay.plan.timeline.iter().find_map(|entry| {
        let TimelineAction::Drought(drought) = &entry.action else {
            return None;
        };
        let is_here = drought.zone.is_none_or(|zone| zone.index() == pool.index());
        (entry.at == at && drought.group.is_none() && is_here).then_some(drought)
    })
}
