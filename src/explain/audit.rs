//! Holds what explanations rest on to the run: every decision of the trail, asked again, must come
//! out as it did, and no minute may be left out at which auto scaling would have acted.

use super::provider::ProviderQuestion;
use super::series::Series;
use super::{Replay, task};
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::observe::inputs::CircuitBreakerAsked;
use crate::observe::trail::Pick;
use crate::policy::circuit_breaker::Verdict;
use crate::policy::fargate::zone_for_task;
use crate::policy::strategy::ChoiceReason;
use crate::policy::target_tracking::decide;

pub(super) fn disagreements(replay: &Replay<'_>) -> Vec<String> {
    let picks = replay.trail.picks.iter();
    let mut found: Vec<String> = picks.filter_map(|pick| of_pick(replay, pick)).collect();
    let placements = replay.trail.placements.iter();
    let other = placements.filter(|it| it.found != it.scanned);
    found.extend(other.map(|it| format!("the scan of all instances answers {it:?} otherwise")));
    found.extend(replay.trail.breakers.iter().filter_map(of_breaker));
    let services = (0..replay.plan.services.len()).map(ServiceId::from_index);
    for series in services.filter_map(|service| Series::of(replay, service)) {
        found.extend(of_scaling(&series));
    }
    found
}

/// A deployment that was failed.
fn of_breaker((at, _, asked): &(SimTime, ServiceId, CircuitBreakerAsked)) -> Option<String> {
    let goes_on = matches!(asked.answer(), Verdict::GoesOn { .. });
    goes_on.then(|| format!("the deployment of {asked:?} goes on at {at:?}"))
}

/// The provider and the zone of a launch.
fn of_pick(replay: &Replay<'_>, pick: &Pick) -> Option<String> {
    let record = task::record_of(replay, pick)?;
    let item = ProviderQuestion::of(pick).answer().item;
    let provider = pick.strategy.items()[item].provider;
    let was_picked = match pick.reason {
        ChoiceReason::Fallback { instead_of, .. } => instead_of,
        _ => record.provider,
    };
    if provider != was_picked {
        let name = &replay.plan.provider(provider).name;
        return Some(format!("{pick:?} went elsewhere than to {name}"));
    }
    let zones = pick.zones.as_ref()?;
    let choice = zone_for_task(&zones.counts, &zones.refuses, zones.when_refused);
    let zone = choice.map(|choice| zones.zones[choice.zone]);
    (zone != Some(record.zone)).then(|| format!("{pick:?} went elsewhere than to {zone:?}"))
}

/// Every minute of a target: what was decided is what is decided again, and nothing was passed
/// over.
fn of_scaling(series: &Series<'_>) -> Vec<String> {
    let first = series.newest_arrived(crate::engine::SimTime::ZERO);
    let last = series.newest_arrived(series.replay.ended_at);
    let mut found = Vec::new();
    for asked in (first..=last).filter_map(|minute| series.ask(minute)) {
        if asked.at == series.replay.ended_at {
            // The run is half-open.
            continue;
        }
        let Some(scaled) = series.scaled_at(asked.at) else {
            if asked.decision.desired != asked.input.desired {
                found.push(format!("nothing was decided where {asked:?}"));
            }
            continue;
        };
        let policies = 0..series.target.policies.len();
        let again: Vec<_> = policies
            .map(|index| series.reading(index, series.policy(index), scaled.minute))
            .collect();
        if again != scaled.readings || decide(&scaled.input, &again, scaled.at) != scaled.decision {
            found.push(format!("{again:?} where {scaled:?}"));
        }
    }
    found
}
