//! How many requests a run with `fidelity: requests` is about to play, said where that takes long.

use super::diagnostic::Diagnostic;
use super::node::Node;
use super::plan::{DemandPlan, Plan};
use crate::demand::cursor::RateCursor;
use crate::demand::load::Fidelity;
use crate::engine::SimTime;
use crate::engine::random::Streams;
use crate::policy::calls::{Edge, visits};

/// Fewer requests than this are not worth a word.
const WORTH_A_NOTE: f64 = 50e6;
/// Requests a second that one core plays. ASSUMPTION: `benches/requests.rs` on one machine.
const PLAYED_PER_S: f64 = 5e6;
/// Changes of one rate that are looked at; the rest of the run is taken to be like them.
const CHANGES_MAX: u32 = 10_000;

/// A note with the number of requests and how long they take, if they are many.
pub(super) fn note(plan: &Plan, tree: &Node) -> Option<Diagnostic> {
    if plan.run.fidelity != Fidelity::Requests {
        return None;
    }
    let requests = with_calls(plan);
    if requests <= WORTH_A_NOTE {
        return None;
    }
    let message = format!(
        "about {} requests are played one by one, further tries not counted: {} at 5 million a \
         second and core (ASSUMPTION)",
        in_words(requests),
        length(requests / PLAYED_PER_S)
    );
    let help = "a shorter run.duration or a lower demand plays sooner; fidelity: fluid plays a \
                rate, whatever its size";
    let note = Diagnostic::note("many-requests", message)
        .path("run.fidelity")
        .help(help);
    let place = tree.get("run").and_then(|run| run.get("fidelity"));
    Some(match place {
        Some(node) => note.at(node.span),
        None => note,
    })
}

/// All first tries of a run, those of calls included.
fn with_calls(plan: &Plan) -> f64 {
    let asked = plan.services.iter().map(|service| {
        let demand = service.demand.as_ref();
        demand.map_or(0.0, |demand| first_tries(plan, demand))
    });
    let asked: Vec<f64> = asked.collect();
    let mut edges: Vec<Edge> = Vec::new();
    for (caller, service) in plan.services.iter().enumerate() {
        let calls = plan.calls_of(service.task_definition).iter();
        edges.extend(calls.map(|call| (caller, call.callee.index(), call.terms.per_request)));
    }
    visits(&asked, &edges).unwrap_or(asked).iter().sum()
}

/// The integral of a rate over the run.
fn first_tries(plan: &Plan, demand: &DemandPlan) -> f64 {
    let streams = Streams::new(plan.run.seed, 0);
    let cursor = RateCursor::new(&demand.rate, &plan.calendar(), &streams, demand.key);
    let Ok(mut cursor) = cursor else { return 0.0 };
    let horizon = plan.horizon();
    let (mut at, mut rate, mut requests) = (SimTime::ZERO, 0.0, 0.0);
    for _ in 0..CHANGES_MAX {
        let Some((next, next_rate)) = cursor.next_change().filter(|next| next.0 < horizon) else {
            return requests + rate * horizon.since(at).as_secs_f64();
        };
        requests += rate * next.since(at).as_secs_f64();
        (at, rate) = (next, next_rate);
    }
    match at.as_secs_f64() {
        0.0 => 0.0,
        seen_s => requests * horizon.as_secs_f64() / seen_s,
    }
}

/// `120 million`, `2.5 billion`.
fn in_words(requests: f64) -> String {
    if requests < 999.5e6 {
        return format!("{:.0} million", requests / 1e6);
    }
    format!("{:.1} billion", requests / 1e9)
}

/// `24 s`, `7 min`, `3.5 h`.
fn length(seconds: f64) -> String {
    match seconds {
        ..120.0 => format!("{seconds:.0} s"),
        ..7_200.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_in_words() {
        let said = [50.4e6, 999.9e6, 2.52e9].map(in_words);
        assert_eq!(said, ["50 million", "1.0 billion", "2.5 billion"]);
        let said = [10.1, 125.0, 12_600.0].map(length);
        assert_eq!(said, ["10 s", "2 min", "3.5 h"]);
    }
}
