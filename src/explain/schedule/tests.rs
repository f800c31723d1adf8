use super::lost::{ask_again, lost_differences};
use super::*;
use crate::observe::observation::Refusal;
use crate::policy::schedule::delivery::{Backoff, Failed, RetryPolicy};
use crate::scenario::plan::TargetPlan;

fn target(attempts: u32, age_s: u64) -> TargetPlan {
    TargetPlan {
        caller: Caller::Scheduler,
        retry: RetryPolicy {
            attempts,
            age: SimDuration::from_secs(age_s),
        },
        backoff: Backoff::DEFAULT,
        has_dead_letters: false,
    }
}

/// A call of second 100 that was refused for the `tries`-th time in second `at`.
fn asked(tries: u32, failed: Failed, at: u64, target: &TargetPlan) -> (SimTime, CallAsked) {
    let at = SimTime::from_secs(at);
    let mut asked = CallAsked {
        source: JobSourceId::from_index(0),
        number: 0,
        called_at: SimTime::from_secs(100),
        tries,
        reason: Refusal::LaunchRate,
        failed,
        uniform: 0.5,
        delivery: Delivery::Lost,
    };
    asked.delivery = ask_again(&asked, at, target);
    (at, asked)
}

fn told(tries: u32, failed: Failed, at: u64, target: &TargetPlan) -> (Delivery, Vec<String>) {
    let (at, asked) = asked(tries, failed, at, target);
    let differences = lost_differences(&asked, at, target).into_iter();
    let told = differences.map(|it| format!("{}: {}", it.with, it.then));
    (asked.delivery, told.collect())
}

#[test]
fn what_was_given_up_would_have_been_tried_again_with_one_attempt_more() {
    // The third wait is 4 s at the middle of its draw.
    let (delivery, told) = told(3, Failed::Error, 104, &target(2, 86_400));
    assert_eq!(delivery, Delivery::UsedUp);
    assert_eq!(
        told,
        ["MaximumRetryAttempts 3 instead of 2: it would have been tried again 4 s later"]
    );
}

#[test]
fn what_was_too_old_would_have_been_tried_again_with_the_age_that_its_wait_ends_at() {
    let (delivery, told) = told(3, Failed::Error, 157, &target(185, 60));
    assert_eq!(delivery, Delivery::TooOld);
    assert_eq!(
        told,
        ["MaximumEventAgeInSeconds 61 instead of 60: it would have been tried again 4 s later"]
    );
}

#[test]
fn what_is_named_in_failures_is_lost_whatever_the_retry_policy() {
    let (delivery, told) = told(1, Failed::Failure, 100, &target(185, 86_400));
    assert_eq!(delivery, Delivery::Lost);
    assert_eq!(
        told,
        [
            "an error of the call in place of an entry in failures: it would have been tried again \
          1 s later"
        ]
    );
}

#[test]
fn the_time_that_a_call_is_of_is_the_last_one_named_before_it() {
    let second = |at: i64| Timestamp::from_second(at).unwrap();
    let every_minute = |from: Timestamp| {
        let at = from.as_microsecond().div_euclid(60_000_000);
        let is_whole = from.as_microsecond() % 60_000_000 == 0;
        Some(second(60 * (at + i64::from(!is_whole))))
    };
    assert_eq!(
        last_named(every_minute, (second(0), second(130))),
        Some(second(120))
    );
    assert_eq!(last_named(every_minute, (second(61), second(119))), None);
}
