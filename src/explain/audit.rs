//! Holds what explanations rest on to the run: every decision of the trail, asked again, must come
//! out as it did, and no minute may be left out at which auto scaling would have acted.

mod groups;

use super::provider::ProviderQuestion;
use super::series::{Line, Series};
use super::{Replay, task};
use crate::demand::period::MetricClock;
use crate::engine::SimTime;
use crate::ids::{AlarmId, ServiceId};
use crate::observe::inputs::CircuitBreakerAsked;
use crate::observe::trail::Pick;
use crate::policy::alarm::{AlarmState, evaluate};
use crate::policy::circuit_breaker::Verdict;
use crate::policy::fargate::zone_for_task;
use crate::policy::strategy::ChoiceReason;
use crate::policy::target_tracking::{Signals, decide};

pub(super) fn disagreements(replay: &Replay<'_>) -> Vec<String> {
    let picks = replay.trail.picks.iter();
    let mut found: Vec<String> = picks.filter_map(|pick| of_pick(replay, pick)).collect();
    let placements = replay.trail.placements.iter();
    let other = placements.filter(|it| it.found != it.scanned);
    found.extend(other.map(|it| format!("the scan of all instances answers {it:?} otherwise")));
    found.extend(replay.trail.breakers.iter().filter_map(of_breaker));
    found.extend(groups::disagreements(replay));
    let services = (0..replay.plan.services.len()).map(ServiceId::from_index);
    for series in services.filter_map(|service| Series::of(replay, service)) {
        found.extend(of_scaling(&series));
    }
    let alarms = (0..replay.plan.alarms.len()).map(AlarmId::from_index);
    let clocks = replay.plan.metric_clocks();
    found.extend(alarms.filter_map(|alarm| of_alarm(replay, &clocks, alarm)));
    found
}

/// A deployment that was failed.
fn of_breaker((at, _, asked): &(SimTime, ServiceId, CircuitBreakerAsked)) -> Option<String> {
    let goes_on = matches!(asked.answer(), Verdict::GoesOn { .. });
    goes_on.then(|| format!("the deployment of {asked:?} goes on at {at:?}"))
}

/// Every minute of an alarm: its states are those that it was seen in, and when.
fn of_alarm(replay: &Replay<'_>, clocks: &[MetricClock], id: AlarmId) -> Option<String> {
    let plan = &replay.plan.alarms[id.index()];
    // Without load there are no data points, and nobody looks at the alarm.
    replay.plan.service(plan.service).demand.as_ref()?;
    let line = Line::of(replay, plan.service);
    let known = replay.trail.alarm_states.iter();
    let known = known.filter(|(_, of, _)| *of == id);
    let mut known = known.map(|(at, _, verdict)| (*at, *verdict)).peekable();
    let stands = known.next_if(|(at, _)| *at == SimTime::ZERO);
    let mut state = stands.map_or_else(AlarmState::default, |(_, verdict)| verdict.state);
    // It is looked at with the data points of its service's finest metric.
    let clock = clocks[plan.service.index()];
    let end_us = replay.ended_at.as_micros() as i64;
    for point in clock.newest_arrived_us(0)..=clock.newest_arrived_us(end_us) {
        let at_us = clock.arrival_us(point);
        if at_us <= 0 || end_us <= at_us {
            continue;
        }
        let verdict = evaluate(&plan.rule, &line.points(plan, at_us), state);
        if verdict.state == state {
            continue;
        }
        state = verdict.state;
        let at = SimTime::from_micros(at_us as u64);
        if known.next() != Some((at, verdict)) {
            return Some(format!(
                "alarm {} does not become {verdict:?} at {at:?}",
                plan.name
            ));
        }
    }
    let more = known.next()?;
    Some(format!("alarm {} becomes {more:?}", plan.name))
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
    let first = series.newest_arrived(SimTime::ZERO);
    let last = series.newest_arrived(series.replay.ended_at);
    let mut found = Vec::new();
    for asked in (first..=last).filter_map(|minute| series.ask(minute)) {
        let scheduled = &series.replay.trail.scheduled;
        let predicted = &series.replay.trail.predicted;
        let is_moved = scheduled.iter().any(|it| it.at == asked.at)
            || predicted.iter().any(|(at, ..)| *at == asked.at);
        if asked.at == series.replay.ended_at || is_moved {
            // The run is half-open; and of two things at one instant either may come first.
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
        let steps = series.steps(scaled.minute);
        let signals = Signals {
            tracking: &again,
            steps: &steps,
        };
        let is_same = again == scaled.readings && steps == scaled.steps;
        if !is_same || decide(&scaled.input, signals, scaled.at) != scaled.decision {
            found.push(format!("{again:?} where {scaled:?}"));
        }
    }
    found
}
