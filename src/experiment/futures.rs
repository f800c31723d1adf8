//! Runs that share their past. Plans that differ only in what their timelines say from an instant
//! on are the same run until then: it is played once, and each goes on from a copy of it. What
//! comes out is what each would have been by itself.

use std::fmt::{self, Write};

use super::run::{PlayedRun, judge, play};
use crate::engine::SimTime;
use crate::scenario::plan::{Plan, TimelineEntry};
use crate::simulation::course::Course;
use crate::simulation::outcome::{RunEnd, RunLimits};

/// Plays plans with the draws of `replication`; what they share until `at`, once. The caller knows
/// that they do ([`pasts`]). Each is handed on as it ends, with its index.
pub fn play_futures(
    plans: &[&Plan],
    (replication, at): (u64, SimTime),
    limits: &RunLimits,
    mut on_end: impl FnMut(usize, PlayedRun),
) {
    let [first, _, ..] = plans else {
        for (index, plan) in plans.iter().enumerate() {
            on_end(index, play(plan, replication, limits));
        }
        return;
    };
    let past = Course::past(first, replication, at, limits);
    for (index, plan) in plans.iter().enumerate() {
        let outcome = past.future(plan, limits);
        let is_cancelled = outcome.end == RunEnd::Cancelled;
        on_end(index, judge(plan, outcome));
        if is_cancelled {
            return;
        }
    }
}

/// A run that parted into futures.
#[derive(Debug)]
pub struct Forked {
    /// What had come out when they parted.
    pub past: PlayedRun,
    /// What came out of each, the whole run.
    pub futures: Vec<PlayedRun>,
    /// Whether each had the first one's past.
    pub same_past: Vec<bool>,
}

/// Plays plans that part at `at` with the draws of `replication`. What all share is played once;
/// one that differs in more than its later timeline has a past of its own, which is the same one
/// still if nothing of that came to bear before.
pub fn fork(
    plans: &[&Plan],
    (replication, at): (u64, SimTime),
    limits: &RunLimits,
) -> Option<Forked> {
    let first = plans.first()?;
    let past = Course::past(first, replication, at, limits);
    let rest_of_first = rest(first);
    let (mut futures, mut same_past) = (Vec::new(), Vec::new());
    for plan in plans {
        let until = same_until([first, plan], [&timeline(first), &timeline(plan)]);
        let shares = until.is_none_or(|until| at <= until) && rest(plan) == rest_of_first;
        let own = (!shares).then(|| Course::past(plan, replication, at, limits));
        same_past.push(own.as_ref().is_none_or(|own| is_alike([own, &past], at)));
        let own = own.as_ref().unwrap_or(&past);
        futures.push(judge(plan, own.future(plan, limits)));
    }
    Some(Forked {
        past: judge(first, past.so_far(at)),
        futures,
        same_past,
    })
}

/// Whether two pasts went the same way and left the same figures.
fn is_alike(pasts: [&Course<'_>; 2], at: SimTime) -> bool {
    let [one, other] = pasts.map(|past| past.so_far(at).observed);
    pasts[0].event_hash() == pasts[1].event_hash()
        && one.summary == other.summary
        && format!("{:?}", one.usage) == format!("{:?}", other.usage)
}

/// Which plans share a past.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Pasts {
    /// By plan: its past.
    of: Vec<usize>,
    /// By past: until when its plans are the same; 0 where one plan stands alone.
    until: Vec<SimTime>,
}

impl Pasts {
    /// So many plans of which each stands alone.
    pub fn apart(plans: usize) -> Self {
        Pasts {
            of: (0..plans).collect(),
            until: vec![SimTime::ZERO; plans],
        }
    }

    /// The past of a plan, by its index.
    pub fn of(&self, plan: usize) -> usize {
        self.of[plan]
    }

    /// Until when plans of a past are the same; 0 where one plan stands alone.
    pub fn until(&self, past: usize) -> SimTime {
        self.until[past]
    }
}

/// Which of the plans share a past.
pub fn pasts(plans: &[&Plan]) -> Pasts {
    let timelines: Vec<Vec<String>> = plans.iter().map(|plan| timeline(plan)).collect();
    // As a rule timelines are all the same, and then nothing is shared.
    if timelines.windows(2).all(|pair| pair[0] == pair[1]) {
        return Pasts::apart(plans.len());
    }
    let rests: Vec<blake3::Hash> = plans.iter().map(|plan| rest(plan)).collect();
    let mut found = Pasts::default();
    // By past: its first plan.
    let mut firsts: Vec<usize> = Vec::new();
    for (index, plan) in plans.iter().enumerate() {
        let same = firsts.iter().enumerate().find_map(|(past, first)| {
            let of = [*first, index].map(|at| timelines[at].as_slice());
            let until = same_until([plans[*first], plan], of)?;
            let is_same = rests[*first] == rests[index] && SimTime::ZERO < until;
            is_same.then_some((past, until))
        });
        match same {
            Some((past, until)) => {
                found.of.push(past);
                let so_far = found.until[past];
                found.until[past] = match so_far {
                    SimTime::ZERO => until,
                    _ => so_far.min(until),
                };
            }
            None => {
                found.of.push(firsts.len());
                found.until.push(SimTime::ZERO);
                firsts.push(index);
            }
        }
    }
    found
}

/// Each entry as a text that is another for another one.
fn timeline(plan: &Plan) -> Vec<String> {
    let entry = |it: &TimelineEntry| format!("{it:?}");
    plan.timeline.iter().map(entry).collect()
}

/// When the first entry falls due that only one of two plans has; `None`: they are the same.
fn same_until(plans: [&Plan; 2], timelines: [&[String]; 2]) -> Option<SimTime> {
    let both = timelines[0].iter().zip(timelines[1]);
    let common = both.take_while(|(one, other)| one == other).count();
    let next = plans.map(|plan| plan.timeline.get(common).map(|it| it.at));
    next.into_iter().flatten().min()
}

/// The hash of all that moves a run beside its timeline.
fn rest(plan: &Plan) -> blake3::Hash {
    let bare = Plan {
        timeline: Vec::new(),
        assumptions: Vec::new(),
        notes: Vec::new(),
        ..plan.clone()
    };
    let mut hashed = Hashed(blake3::Hasher::new());
    // Who may call whom depends on the revisions that the timeline deploys.
    write!(hashed, "{bare:?} {:?}", plan.call_links()).expect("a hash takes every text");
    hashed.0.finalize()
}

struct Hashed(blake3::Hasher);

impl Write for Hashed {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}
