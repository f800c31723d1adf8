//! Why a service had fewer tasks than it should have had: launches that nobody granted, of which no
//! task tells, as none was created.

use super::{groups, holding, refused};
use crate::engine::{SimDuration, SimTime};
use crate::explain::{Finding, Replay, changes, words};
use crate::ids::ServiceId;
use crate::observe::observation::Refusal;
use crate::world::task::Owner;

/// How far back the end of a run looks for what holds launches.
const LOOK_BACK_US: u64 = 600_000_000;

/// What refused an owner's launches in a span, one finding a reason.
pub(in crate::explain) fn refusals(
    replay: &Replay<'_>,
    owner: Owner,
    span: (SimTime, SimTime),
) -> Vec<Finding> {
    let groups = groups(replay, owner, span);
    groups.iter().map(|group| refused(replay, group)).collect()
}

/// For how long, and at the end, a service had fewer tasks RUNNING than desired; `None`: never, or
/// for a while only and nothing kept it from creating them.
pub(in crate::explain) fn fact(
    replay: &Replay<'_>,
    service: ServiceId,
    is_refused: bool,
) -> Option<String> {
    let mut short = SimDuration::ZERO;
    let mut since = None::<SimTime>;
    let counts = replay.trail.counts.iter();
    for (at, _, counts) in counts.filter(|(_, of, _)| *of == service) {
        match since {
            None if counts.running < counts.desired => since = Some(*at),
            Some(from) if counts.desired <= counts.running => {
                short = short + at.since(from);
                since = None;
            }
            None | Some(_) => {}
        }
    }
    if let Some(from) = since {
        short = short + replay.ended_at.since(from);
    }
    let last = changes::counts_at(replay, service, replay.ended_at);
    let at_the_end = match last.running < last.desired {
        true => format!(
            ", at the end {} of {}{}",
            last.running,
            last.desired,
            match last.pending {
                0 => String::new(),
                some => format!(" with {some} on their way"),
            }
        ),
        false => String::new(),
    };
    let length = words::length(short);
    let is_told = is_refused || !at_the_end.is_empty();
    (!short.is_zero() && is_told)
        .then(|| format!("fewer RUNNING than desired for {length}{at_the_end}"))
}

/// What kept a service from creating tasks: of container instances over the whole run, as nothing
/// else tells of it; of everything else what holds at the end.
pub(in crate::explain) fn findings(replay: &Replay<'_>, service: ServiceId) -> Vec<Finding> {
    let end = replay.ended_at;
    let mut refusals = groups(replay, Owner::Service(service), (SimTime::ZERO, end));
    refusals.retain(|it| it.first.1.reason == Refusal::NoInstance);
    refusals.sort_by_key(|it| it.first.0);
    let mut findings: Vec<Finding> = refusals.iter().map(|it| refused(replay, it)).collect();
    let last = changes::counts_at(replay, service, end);
    if findings.is_empty() && last.running + last.pending < last.desired {
        let from = SimTime::from_micros(end.as_micros().saturating_sub(LOOK_BACK_US));
        findings = holding(replay, service, (from, end));
    }
    let name = &replay.plan.service(service).name;
    for finding in &mut findings {
        finding.question = format!("Why had {name} fewer tasks than desired?");
    }
    findings
}
