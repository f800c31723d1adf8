//! A capacity provider's group over a run, and at an instant: what changed its desired capacity,
//! what stands against a further change, and what its instances did.

use serde_json::json;

use super::changes::{Change, ChangeKind};
use super::hand_set::HandSet;
use super::{Explanation, Finding, Replay, group, rules, words};
use crate::engine::SimTime;
use crate::ids::{GroupId, ProviderId};
use crate::observe::decisions::{Decision, decision_value};
use crate::observe::trail::{GroupScaled, Managed};

/// All changes of a group's desired capacity, the `most` largest of them.
pub(super) fn overview(replay: &Replay<'_>, provider: ProviderId, most: usize) -> Explanation {
    let plan = replay.plan;
    let Some(id) = plan.provider(provider).kind.group() else {
        return without_group(replay, provider);
    };
    let scalings = replay.trail.group_scalings.iter();
    let scalings: Vec<&GroupScaled> = scalings.filter(|it| it.group == id).collect();
    let mut order: Vec<usize> = (0..scalings.len()).collect();
    let size = |at: &usize| {
        let it = scalings[*at];
        it.decided.desired.abs_diff(it.history.desired)
    };
    order.sort_by_key(|at| std::cmp::Reverse(size(at)));
    order.truncate(most);
    order.sort_unstable();
    let changes = order.iter().map(|at| change(replay, scalings[*at]));
    Explanation {
        subject: subject(replay, provider, id),
        facts: facts(replay, id, scalings.len()),
        changes: changes.collect(),
        changes_left_out: scalings.len() - order.len(),
        ..Explanation::default()
    }
}

fn without_group(replay: &Replay<'_>, provider: ProviderId) -> Explanation {
    let name = &replay.plan.provider(provider).name;
    Explanation {
        subject: format!("capacity provider {name}"),
        facts: vec!["AWS has its capacity: it has no group whose size changes".to_owned()],
        ..Explanation::default()
    }
}

fn subject(replay: &Replay<'_>, provider: ProviderId, group: GroupId) -> String {
    let plan = replay.plan;
    let (name, group) = (&plan.provider(provider).name, &plan.group(group).name);
    match name == group {
        true => format!("capacity provider {name}"),
        false => format!("capacity provider {name}, its group {group}"),
    }
}

fn facts(replay: &Replay<'_>, id: GroupId, changes: usize) -> Vec<String> {
    let group = replay.plan.group(id);
    let all = replay.trail.instances.iter().filter(|it| it.group == id);
    let stood = all.clone().filter(|it| it.stood).count();
    let (count, changes) = (all.count(), changes as u32);
    vec![
        format!(
            "MinSize {}, MaxSize {}; {} changes of its desired capacity by managed scaling",
            group.min_size,
            group.max_size,
            match changes {
                0 => "no".to_owned(),
                some => some.to_string(),
            }
        ),
        format!("{count} instances were ACTIVE, {stood} of them from the start"),
    ]
}

fn change(replay: &Replay<'_>, scaled: &GroupScaled) -> Change {
    let (from, to) = (scaled.history.desired, scaled.decided.desired);
    let kind = match from < to {
        true => ChangeKind::ScaledOut,
        false => ChangeKind::ScaledIn,
    };
    let why = group::finding(replay, scaled).map(|finding| finding.answer);
    let what = format!("desired capacity {from} to {to}");
    let what = (what, why.unwrap_or_default());
    Change::new(replay, scaled.at, kind, what, from.abs_diff(to))
}

/// Why the desired capacity was what it was at an instant.
pub(super) fn explain_at(replay: &Replay<'_>, provider: ProviderId, at: SimTime) -> Explanation {
    let plan = replay.plan;
    let Some(id) = plan.provider(provider).kind.group() else {
        return without_group(replay, provider);
    };
    let there = |when: Option<SimTime>| when.is_some_and(|when| when <= at);
    let mut counts = [0_u32; 3];
    for it in replay.trail.instances.iter().filter(|it| it.group == id) {
        if at < it.times.launched || there(it.times.terminated) {
            continue;
        }
        let state = match (there(it.times.active), there(it.times.draining)) {
            (_, true) => 2,
            (true, false) => 1,
            (false, false) => 0,
        };
        counts[state] += 1;
    }
    let clock = replay.clock();
    let [launching, active, draining] = counts;
    let scaled = replay.trail.group_scaled_until(id, at);
    let mut findings: Vec<Finding> = Vec::new();
    let set = HandSet::last(replay, id, at);
    let set = set.filter(|set| scaled.is_none_or(|scaled| scaled.at < set.at));
    findings.extend(match set {
        Some(set) => Some(set.finding(replay)),
        None => scaled.and_then(|scaled| group::finding(replay, scaled)),
    });
    let since = set.map(|set| set.at).or(scaled.map(|scaled| scaled.at));
    let since = since.unwrap_or(SimTime::ZERO);
    findings.extend(held(replay, provider, (since, at)));
    Explanation {
        subject: format!("{} at {}", subject(replay, provider, id), clock.show(at)),
        facts: vec![format!(
            "{} ACTIVE, {launching} on their way, {draining} DRAINING",
            words::counted(active, "instance")
        )],
        findings,
        ..Explanation::default()
    }
}

/// What managed scaling said last without changing anything.
fn held(
    replay: &Replay<'_>,
    provider: ProviderId,
    (since, at): (SimTime, SimTime),
) -> Option<Finding> {
    let looks = replay.trail.managed.iter().rev();
    let mut looks = looks.filter(|it| it.provider == provider && it.at <= at);
    let last: &Managed = looks.next().filter(|it| since < it.at)?;
    let counts = [last.desired; 2];
    let decision = Decision::ManagedScaling(provider, counts, last.reason);
    let told = decision_value(replay.plan, last.at, &decision);
    let answer = told["decision"].as_str().unwrap_or_default().to_owned();
    let inputs = json!({ "reason": told["inputs"]["reason"] });
    let finding = Finding::new("Why was it not changed since?", answer, inputs)
        .decided(replay.plan, last.at)
        .by(&[rules::MANAGED_SCALING]);
    Some(finding)
}
