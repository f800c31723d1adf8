//! What became of a service's requests: failures, response times, its queue.

use super::Text;
use crate::observe::summary::{LoadSummary, QueueSummary};
use crate::report::wording::{count, seconds, share};

pub(super) fn tell(load: &LoadSummary, text: &mut Text) {
    text.fact(
        "requests",
        &format!(
            "{}{} (up to {} a minute), {} failed for good{}{}",
            count(load.first_tries),
            tries(load),
            count(load.requests_max_minute),
            share(load.failed_percent.unwrap_or(0.0) / 100.0),
            failures(load),
            unanswered(load),
        ),
    );
    let response = &load.response;
    text.fact(
        "response",
        &format!(
            "p50 {}, p90 {}, p95 {}, p99 {}; the worst minute's p99 {}",
            seconds(response.p50_s),
            seconds(response.p90_s),
            seconds(response.p95_s),
            seconds(response.p99_s),
            seconds(response.p99_max_minute_s),
        ),
    );
    if let Some(queue) = &load.queue {
        tell_queue(queue, load, text);
    }
}

/// The queue that it pulls from.
fn tell_queue(queue: &QueueSummary, load: &LoadSummary, text: &mut Text) {
    let again = queue.received / load.requests.max(1.0) - 1.0;
    let again = match 0.001 <= again {
        true => format!("; {} received once more", share(again)),
        false => String::new(),
    };
    text.fact(
        "queue",
        &format!(
            "{} messages wait on average, up to {}, {} at the end{again}",
            count(libm::round(queue.visible_mean)),
            count(libm::round(queue.visible_max_minute)),
            count(libm::round(queue.visible_last_minute)),
        ),
    );
    text.fact(
        "oldest",
        &format!(
            "waited {} on average, {} in the worst 5 % of minutes, at most {}",
            seconds(Some(queue.oldest_mean_s)),
            seconds(Some(queue.oldest_p95_minute_s)),
            seconds(Some(queue.oldest_max_minute_s)),
        ),
    );
}

/// With further tries: how many there were of all.
fn tries(load: &LoadSummary) -> String {
    let [first, all] = [load.first_tries, load.requests].map(count);
    match first == all {
        true => String::new(),
        false => format!(" in {all} tries"),
    }
}

/// What still waited when the run ended, if that is more than a word about it is worth: who counts
/// failures only would call an overload without time-outs a success.
fn unanswered(load: &LoadSummary) -> String {
    let unanswered = load.in_flight_last_minute / load.requests.max(1.0);
    if unanswered < 0.001 {
        return String::new();
    }
    format!(
        "; {} not answered when the run ended",
        share(unanswered.min(1.0))
    )
}

/// Of all tries: what the tasks, the balancer and the clients' patience ended.
fn failures(load: &LoadSummary) -> String {
    let kinds = [
        (load.target_5xx, "5xx of tasks"),
        (load.elb_502, "502 (their task went away)"),
        (load.elb_503, "503 (no target)"),
        (load.elb_504, "504 (no answer in time)"),
        (load.timed_out, "timed out"),
    ];
    let some = kinds.iter().filter(|(tries, _)| 0.5 <= *tries);
    let said: Vec<String> = some
        .map(|(tries, kind)| format!("{} {kind}", count(libm::round(*tries))))
        .collect();
    if said.is_empty() {
        String::new()
    } else {
        format!(" (tries: {})", said.join(", "))
    }
}
