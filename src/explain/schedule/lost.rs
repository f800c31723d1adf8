//! Tasks of EventBridge's calls that were not started: what was said of each, asked again.

use serde_json::json;

use crate::engine::{SimDuration, SimTime};
use crate::explain::{Difference, Finding, Replay, rules, words};
use crate::ids::JobSourceId;
use crate::observe::decisions::refusal_words;
use crate::observe::inputs::CallAsked;
use crate::policy::schedule::delivery::{Delivery, Failed, RetryPolicy, after_failure};
use crate::scenario::plan::TargetPlan;

/// A task of a call that was not started, at one of its tries.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FailedCall {
    /// When.
    pub at: SimTime,
    /// The schedule or rule.
    pub source: JobSourceId,
    /// When it had called.
    pub called_at: SimTime,
    /// What refused it, in words.
    pub why: &'static str,
    /// After how long it is tried again; `None`: nobody tries again.
    pub again: Option<SimDuration>,
}

/// All of them, in order of time.
pub(in crate::explain) fn all(replay: &Replay<'_>) -> Vec<FailedCall> {
    let failed = replay.trail.failed_calls.iter();
    let told = failed.map(|(at, asked)| FailedCall {
        at: *at,
        source: asked.source,
        called_at: asked.called_at,
        why: refusal_words(asked.reason),
        again: match asked.delivery {
            Delivery::Retry(wait) => Some(wait),
            Delivery::UsedUp | Delivery::TooOld | Delivery::Lost => None,
        },
    });
    told.collect()
}

/// What became of a task of a call in the end.
pub(super) fn delivery_words(replay: &Replay<'_>, asked: &CallAsked) -> &'static str {
    let source = &replay.plan.job_sources[asked.source.index()];
    let has_queue = source.target.is_some_and(|target| target.has_dead_letters);
    match (asked.delivery, has_queue) {
        (Delivery::Retry(_), _) => "it is tried again",
        (Delivery::UsedUp, true) => "its attempts are used up: to the dead-letter queue",
        (Delivery::UsedUp, false) => "its attempts are used up: dropped",
        (Delivery::TooOld, true) => "it is too old for another try: to the dead-letter queue",
        (Delivery::TooOld, false) => "it is too old for another try: dropped",
        (Delivery::Lost, _) => "RunTask names it in failures, and nobody tries again",
    }
}

/// What EventBridge says, asked again.
pub(in crate::explain) fn ask_again(
    asked: &CallAsked,
    at: SimTime,
    target: &TargetPlan,
) -> Delivery {
    ask(asked, at, asked.failed, (target, target.retry))
}

fn ask(
    asked: &CallAsked,
    at: SimTime,
    failed: Failed,
    (target, retry): (&TargetPlan, RetryPolicy),
) -> Delivery {
    let age = at.since(asked.called_at);
    let backoff = (target.backoff, asked.uniform);
    after_failure(failed, (asked.tries, age), retry, backoff)
}

/// Why tasks of a call were lost.
pub(super) fn finding(
    replay: &Replay<'_>,
    lost: &[(SimTime, CallAsked)],
    target: &TargetPlan,
) -> Option<Finding> {
    let (at, asked) = *lost.last()?;
    let tries = match asked.tries {
        1 => "1 try".to_owned(),
        more => format!(
            "{more} tries in {}",
            words::length(at.since(asked.called_at))
        ),
    };
    let count = u32::try_from(lost.len()).unwrap_or(u32::MAX);
    let answer = format!(
        "{}; {}, after {tries}",
        refusal_words(asked.reason),
        delivery_words(replay, &asked),
    );
    let inputs = json!({
        "tries": asked.tries,
        "maximumRetryAttempts": target.retry.attempts,
        "maximumEventAgeInSeconds": target.retry.age.as_micros() / 1_000_000,
        "draw": asked.uniform,
    });
    let question = match count {
        1 => "Why was its task not started?".to_owned(),
        more => format!("Why were {more} of its tasks not started?"),
    };
    let finding = Finding::new(question, answer, inputs)
        .decided(replay.plan, at)
        .by(&[rules::DELIVERY])
        .otherwise(lost_differences(&asked, at, target));
    Some(finding)
}

/// The nearest retry policy with which it would have been tried again.
pub(super) fn lost_differences(
    asked: &CallAsked,
    at: SimTime,
    target: &TargetPlan,
) -> Vec<Difference> {
    let had = target.retry;
    let again = |failed: Failed, retry: RetryPolicy, with: String| match ask(
        asked,
        at,
        failed,
        (target, retry),
    ) {
        Delivery::Retry(wait) => Some(Difference::new(
            with,
            format!(
                "it would have been tried again {} later",
                words::length(wait)
            ),
        )),
        Delivery::UsedUp | Delivery::TooOld | Delivery::Lost => None,
    };
    let attempts = RetryPolicy {
        attempts: asked.tries,
        ..had
    };
    let more = format!(
        "MaximumRetryAttempts {} instead of {}",
        asked.tries, had.attempts
    );
    // The youngest age that a further try fits in, in whole seconds.
    let wait = target.backoff.wait(asked.tries, asked.uniform);
    let age_us = at.since(asked.called_at).as_micros() + wait.as_micros();
    let seconds = age_us.div_ceil(1_000_000);
    let older = RetryPolicy {
        age: SimDuration::from_secs(seconds),
        ..had
    };
    let longer = format!(
        "MaximumEventAgeInSeconds {seconds} instead of {}",
        had.age.as_micros() / 1_000_000
    );
    let found = match asked.delivery {
        Delivery::UsedUp => again(asked.failed, attempts, more),
        Delivery::TooOld => again(asked.failed, older, longer),
        Delivery::Lost => {
            let with = "an error of the call in place of an entry in failures".to_owned();
            again(Failed::Error, had, with)
        }
        Delivery::Retry(_) => None,
    };
    found.into_iter().collect()
}
