//! Managed scaling's changes of a group's desired capacity: why, and what would have changed them.

use serde_json::json;

use super::{Difference, Finding, Replay, rules, words};
use crate::engine::SimDuration;
use crate::observe::trail::GroupScaled;
use crate::policy::managed_scaling::{
    ManagedScaling, Reservation, SCALE_IN_AFTER_SCALE_OUT, SCALE_IN_MINUTES, Scaling,
    ScalingReason, decide, reservation, wanted,
};

/// Differences that are told of one decision.
const TOLD_MAX: usize = 4;

/// A decision that can be made again.
#[derive(Clone, Debug)]
struct Question {
    settings: ManagedScaling,
    at: GroupScaled,
}

impl Question {
    fn reservation(&self) -> Reservation {
        let mut measured = self.at.measured;
        measured.wanted = wanted(&self.at.waiting, &self.at.types, self.settings.combining);
        reservation(&self.settings, &measured)
    }

    fn answer(&self) -> Scaling {
        decide(&self.settings, self.reservation(), &self.at.history)
    }

    /// The answer with something changed.
    fn with(&self, change: impl FnOnce(&mut Question)) -> Scaling {
        let mut changed = self.clone();
        change(&mut changed);
        changed.answer()
    }

    /// The answer if this many more (or fewer) tasks of the first kind waited.
    fn with_waiting(&self, tasks: u32) -> Scaling {
        self.with(|it| {
            let before = it.at.waiting[0].tasks;
            it.at.waiting[0].tasks = tasks;
            it.at.measured.waiting = it.at.measured.waiting + tasks - before;
            it.at.waiting.retain(|group| 0 < group.tasks);
        })
    }
}

/// The decision as the rule makes it again; `None`: its provider has no managed scaling.
pub(super) fn answer(replay: &Replay<'_>, scaled: &GroupScaled) -> Option<Scaling> {
    Some(question(replay, scaled)?.answer())
}

fn question(replay: &Replay<'_>, scaled: &GroupScaled) -> Option<Question> {
    let provider = replay.plan.provider_of(scaled.group)?;
    let settings = replay.plan.provider(provider).group.as_ref()?;
    Some(Question {
        settings: settings.managed_scaling?,
        at: scaled.clone(),
    })
}

/// Why the desired capacity changed.
pub(super) fn finding(replay: &Replay<'_>, scaled: &GroupScaled) -> Option<Finding> {
    let question = question(replay, scaled)?;
    let plan = replay.plan;
    let (from, to) = (scaled.history.desired, scaled.decided.desired);
    let is_out = from < to;
    let group = &plan.group(scaled.group).name;
    let measured = &scaled.measured;
    let target = question.settings.target_capacity;
    let percent = question.reservation().percent(target);
    let inputs = json!({
        "autoScalingGroup": group,
        "from": from,
        "to": to,
        "instances": measured.instances,
        "empty": measured.empty,
        "waiting": measured.waiting,
        "capacityProviderReservation": percent,
        "targetCapacity": target,
        "minSize": scaled.history.min,
        "maxSize": scaled.history.max,
    });
    let verb = if is_out { "up" } else { "down" };
    let asked = format!("Why did the desired capacity of {group} go {verb} from {from} to {to}?");
    let rule = match is_out {
        true => rules::MANAGED_SCALING,
        false => rules::MANAGED_SCALE_IN,
    };
    let told = match is_out {
        true => out_differences(&question),
        false => in_differences(&question),
    };
    let finding = Finding::new(asked, answer_words(&question, percent), inputs)
        .decided(plan, scaled.at)
        .by(&[rule])
        .details(details(&question))
        .otherwise(told.into_iter().take(TOLD_MAX));
    Some(finding)
}

fn answer_words(question: &Question, percent: f64) -> String {
    let Question { settings, at } = question;
    let measured = &at.measured;
    let stand = match percent {
        whole if (whole - whole.round()).abs() < 1e-9 => format!("{whole:.0} %"),
        part => format!("{part:.1} %"),
    };
    let against = format!(
        "a reservation of {stand}, the target is {} %",
        settings.target_capacity
    );
    let there = words::counted(measured.instances, "instance");
    let waiting = match measured.waiting {
        1 => "1 task waited".to_owned(),
        more => format!("{more} tasks waited"),
    };
    match at.decided.reason {
        ScalingReason::First => format!(
            "{waiting} and it had no instance: whatever the demand, an empty group begins with two"
        ),
        ScalingReason::ScaleIn { needed, is_limited } => {
            let limit = match is_limited {
                true => "; no more than half of the group goes at once",
                false => "",
            };
            format!(
                "{} of its {there} had no task for {SCALE_IN_MINUTES} minutes, so that {needed} \
                 were needed: {against}{limit}",
                measured.empty
            )
        }
        _ if measured.waiting == 0 => {
            format!(
                "{} of its {there} had a task: {against}",
                measured.instances - measured.empty
            )
        }
        ScalingReason::ScaleOut { needed } => {
            let more = needed.saturating_sub(measured.instances);
            format!(
                "{waiting} for room that {there} did not have, and ask for {more} more: {against}"
            )
        }
        _ => against,
    }
}

fn details(question: &Question) -> Vec<String> {
    let Question { settings, at } = question;
    let mut told = Vec::new();
    let asked = wanted(&at.waiting, &at.types, settings.combining);
    if 0 < asked.dropped {
        told.push(format!(
            "{} that waited exceed the smallest of its types and count for nothing",
            words::tasks(asked.dropped)
        ));
    }
    if 0 < at.measured.waiting && 1 < at.types.len() {
        told.push(
            "what waits is packed on the largest of its types: a lower bound, which the next \
             minutes complete"
                .to_owned(),
        );
    }
    // Without its bounds it would have gone further.
    let free = question.with(|it| {
        it.at.history.min = 0;
        it.at.history.max = u32::MAX;
    });
    if free.desired != at.decided.desired {
        let bound = match at.decided.desired < free.desired {
            true => format!("MaxSize {}", at.history.max),
            false => format!("MinSize {}", at.history.min),
        };
        told.push(format!("{bound} kept it from {}", free.desired));
    }
    told
}

/// What it would have come to.
fn then(question: &Question, other: Scaling) -> String {
    let from = question.at.history.desired;
    match other.desired {
        same if same == from => words::stayed_at(from),
        desired => format!("{desired}"),
    }
}

fn told(question: &Question, with: String, other: Scaling) -> Option<Difference> {
    let is_other = other.desired != question.at.decided.desired;
    is_other.then(|| Difference::new(with, then(question, other)))
}

/// The nearest other `targetCapacity` with another answer.
fn other_target(question: &Question) -> Option<Difference> {
    let had = question.settings.target_capacity;
    let near = (1..100).flat_map(|far| [had.saturating_sub(far), had + far]);
    let mut near = near.filter(|target| (1..=100).contains(target));
    near.find_map(|target| {
        let other = question.with(|it| it.settings.target_capacity = target);
        told(
            question,
            format!("targetCapacity {target} instead of {had}"),
            other,
        )
    })
}

fn out_differences(question: &Question) -> Vec<Difference> {
    let Question { settings, at } = question;
    let mut found = Vec::new();
    if let Some(first) = at.waiting.first() {
        let fewer = (0..first.tasks).rev().find_map(|tasks| {
            let with = format!("{} fewer waiting", words::tasks(first.tasks - tasks));
            told(question, with, question.with_waiting(tasks))
        });
        found.extend(fewer);
    }
    found.extend(other_target(question));
    let added = at.decided.desired - at.history.desired;
    if 1 < added {
        let most = added - 1;
        let other = question.with(|it| {
            it.settings.maximum_step = most;
            it.settings.minimum_step = it.settings.minimum_step.min(most);
        });
        let had = settings.maximum_step;
        let with = format!("maximumScalingStepSize {most} instead of {had}");
        found.extend(told(question, with, other));
    }
    let (desired, max) = (at.decided.desired, at.history.max);
    if desired == max {
        let other = question.with(|it| it.at.history.max = u32::MAX);
        found.extend(told(question, format!("MaxSize above {max}"), other));
    } else {
        let less = desired - 1;
        let other = question.with(|it| it.at.history.max = less);
        found.extend(told(
            question,
            format!("MaxSize {less} instead of {max}"),
            other,
        ));
    }
    if let Some(age) = at.history.youngest {
        let longer = SimDuration::from_secs(age.as_micros() / 1_000_000 + 1);
        let other = question.with(|it| it.settings.instance_warmup = longer);
        let with = format!(
            "instanceWarmupPeriod longer than the {} that its youngest instance is old",
            words::length(age)
        );
        found.extend(told(question, with, other));
    }
    found
}

fn in_differences(question: &Question) -> Vec<Difference> {
    let at = &question.at;
    let mut found = Vec::new();
    let busier = (0..at.measured.empty).rev().find_map(|empty| {
        let more = at.measured.empty - empty;
        let with = format!("a task on {} more", words::counted(more, "instance"));
        told(
            question,
            with,
            question.with(|it| it.at.measured.empty = empty),
        )
    });
    found.extend(busier);
    let quiet = question.with(|it| it.at.history.minutes_below = SCALE_IN_MINUTES - 1);
    let with = format!("one minute at its target within the last {SCALE_IN_MINUTES}");
    found.extend(told(question, with, quiet));
    found.extend(other_target(question));
    let (min, least) = (at.history.min, at.decided.desired + 1);
    let other = question.with(|it| it.at.history.min = least);
    found.extend(told(
        question,
        format!("MinSize {least} instead of {min}"),
        other,
    ));
    let recent = question.with(|it| it.at.history.since_scale_out = Some(SimDuration::ZERO));
    let with = format!(
        "a scale-out within the last {}",
        words::length(SCALE_IN_AFTER_SCALE_OUT)
    );
    found.extend(told(question, with, recent));
    found
}

#[cfg(test)]
mod tests;
