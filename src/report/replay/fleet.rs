//! What a replay leaves out of a run that is too long or too large for it, so that its time and
//! memory are bounded: the end of a long one, and the reasons of most services of a large fleet.

use serde_json::Value;

use super::PlayedAgain;
use crate::explain::Replay;
use crate::ids::ServiceId;
use crate::observe::trail::Trail;
use crate::report::foremost::{foremost, weights};
use crate::report::wording::{count, length};
use crate::scenario::plan::Plan;

/// Events of a run that are played again at most: a minute or two.
const EVENTS_PLAYED_MAX: u64 = 10_000_000;
/// Events, about, whose reasons are kept: some hundred bytes each.
const EVENTS_KEPT_MAX: u64 = 1_000_000;
/// Services that have lines and reasons of their own.
const SERVICES: [usize; 2] = [50, 500];

/// How many events of a run of so many are played for its replay; `None`: all of them.
pub fn events_played(events: u64) -> Option<u64> {
    (EVENTS_PLAYED_MAX < events).then_some(EVENTS_PLAYED_MAX)
}

/// The trail that a replay of a run of so many events is made from; `summary` is its
/// `summary.json`, which tells the services that matter most.
pub fn trail(plan: &Plan, summary: &Value, events: u64) -> Trail {
    let names: Vec<&str> = plan.services.iter().map(|it| it.name.as_str()).collect();
    let most = services_kept(names.len(), events.min(EVENTS_PLAYED_MAX));
    let chosen = foremost(&weights(&names, summary), most).into_iter();
    let chosen: Vec<ServiceId> = chosen.map(ServiceId::from_index).collect();
    Trail::of_some(plan, &chosen)
}

/// How many of so many services have reasons in a run of so many events.
fn services_kept(services: usize, events: u64) -> usize {
    let of_each = (events / services.max(1) as u64).max(1);
    let room = usize::try_from(EVENTS_KEPT_MAX / of_each).unwrap_or(usize::MAX);
    services.min(room.clamp(SERVICES[0], SERVICES[1]))
}

/// What is said of what is left out.
pub(super) fn notes(replay: &Replay<'_>, again: PlayedAgain<'_>) -> impl Iterator<Item = String> {
    let first = again.cut_from.map(|end| {
        let [shown, whole] = [again.ended_at, end].map(|at| length(at.as_secs_f64()));
        format!(
            "Shows the first {shown} of {whole}: a replay has at most {} events.",
            count(EVENTS_PLAYED_MAX as f64)
        )
    });
    let others = replay.trail.others.services;
    let all = replay.plan.services.len();
    let services = (0 < others).then(|| {
        format!(
            "Lines, events and reasons are of {} services of {}, the dearest and those in which \
             most requests failed; the others are shown together.",
            count((all - others) as f64),
            count(all as f64)
        )
    });
    first.into_iter().chain(services)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_fleet_has_reasons_of_as_many_services_as_there_is_room_for() {
        assert_eq!(services_kept(3, 9_000_000), 3);
        assert_eq!(services_kept(500, 838_000), 500);
        assert_eq!(services_kept(500, 2_900_000), 172);
        assert_eq!(services_kept(5_000, 8_300_000), 500);
        assert_eq!(services_kept(5_000, 1_000_000_000), 50);
        assert_eq!(services_kept(0, 0), 0);
    }

    #[test]
    fn the_beginning_of_a_run_of_many_events_is_played() {
        assert_eq!(events_played(EVENTS_PLAYED_MAX), None);
        assert_eq!(events_played(29_000_000), Some(EVENTS_PLAYED_MAX));
    }
}
