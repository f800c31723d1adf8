//! A job's wait for its turn: what its program's `concurrency` and the launches before it had to do
//! with it.

use serde_json::json;

use super::{Refusals, groups, reason};
use crate::engine::SimTime;
use crate::explain::provider::ProviderQuestion;
use crate::explain::{Difference, Finding, Replay, Rule, rules, words};
use crate::ids::ProviderId;
use crate::observe::trail::Pick;
use crate::world::task::Owner;

/// A job's wait for its turn: until its launch was first tried.
pub(super) fn finding(
    replay: &Replay<'_>,
    pick: &Pick,
    (arrived, tried): (SimTime, SimTime),
) -> Option<Finding> {
    let Owner::Job(source) = pick.owner else {
        return None;
    };
    let job = pick.job.filter(|job| job.starts == 0 && arrived < tried)?;
    let plan = &replay.plan.job_sources[source.index()];
    let waited = words::length(tried.since(arrived));
    let mut held = groups(replay, pick.owner, (arrived, tried));
    let is_free = held.is_empty();
    let provider = provider_of(pick);
    held.retain(|group| group.first.1.provider == provider);
    let mut answer = format!("its job came in at {} and ", replay.clock().show(arrived));
    let (said, otherwise) = match (plan.concurrency, held.is_empty()) {
        (Some(limit), true) => (
            format!("waited {waited} for its turn: `concurrency` let {limit} tasks run at once"),
            is_free.then(|| at_once(replay, pick, (arrived, limit))),
        ),
        (Some(limit), false) => (
            format!(
                "waited {waited} behind others: `concurrency` let {limit} tasks run at once, and \
                 launches were refused meanwhile"
            ),
            None,
        ),
        (None, _) => (
            format!("waited {waited} behind jobs whose launch was refused"),
            None,
        ),
    };
    answer.push_str(&said);
    let inputs = json!({
        "concurrency": plan.concurrency,
        "job": job.number,
        "refusals": held.iter().map(|group| group.times).sum::<u32>(),
    });
    let finding = Finding::new("Why did it wait?", answer, inputs)
        .decided(replay.plan, arrived)
        .by(&rules_of(replay, plan.concurrency.is_some(), &held))
        .otherwise(otherwise)
        .details(meanwhile(replay, &held));
    Some(finding)
}

/// The rules that made a job wait: its turn, and those that refused launches meanwhile.
fn rules_of(replay: &Replay<'_>, is_limited: bool, held: &[Refusals<'_>]) -> Vec<Rule> {
    let mut rules: Vec<Rule> = is_limited
        .then_some(rules::CONCURRENCY)
        .into_iter()
        .collect();
    for group in held {
        let (at, first, zones) = group.first;
        let rule = reason(replay, (at, first, zones)).1;
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    rules
}

/// The least `concurrency` with which a job that waited for nothing else would have been tried as
/// it came in: `limit` tasks ran, and those jobs waited before it that were started until it was.
fn at_once(replay: &Replay<'_>, pick: &Pick, (arrived, limit): (SimTime, u32)) -> Difference {
    let picks = replay.trail.picks.iter();
    let until_its = picks.take_while(|other| !std::ptr::eq(*other, pick));
    let before = until_its.filter(|other| other.owner == pick.owner && arrived < other.at);
    let before = u32::try_from(before.count()).unwrap_or(u32::MAX);
    let enough = limit.saturating_add(before).saturating_add(1);
    Difference::new(
        format!("a concurrency of {enough} instead of {limit}"),
        "it would have been tried as it came in",
    )
}

/// Why launches were refused while a job waited for its turn.
fn meanwhile(replay: &Replay<'_>, held: &[Refusals<'_>]) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    for group in held {
        let (at, first, zones) = group.first;
        let words = reason(replay, (at, first, zones)).0;
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said
}

/// The provider that a pick is of.
fn provider_of(pick: &Pick) -> Option<ProviderId> {
    let item = ProviderQuestion::of(pick).answer().item;
    Some(pick.strategy.items().get(item)?.provider)
}
