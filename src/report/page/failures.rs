//! Requests of a service that failed over time: for good as objectives count them, and the tries
//! that failed, by how.

use serde_json::Value;

use super::figure::{Figure, Ink, Line, Panel, Style, Unit};
use super::findings;
use super::service::View;
use crate::observe::series::Metric;
use crate::report::wording::{count, share};

/// The kinds of tries that fail: what they are called, their metric, their colour, their entry in
/// `summary.json`.
const KINDS: [(&str, Metric, Ink, &str); 3] = [
    ("5xx of tasks", Metric::Target5xx, Ink::Nth(1), "target_5xx"),
    (
        "5xx of the balancer",
        Metric::BalancerErrors,
        Ink::Nth(0),
        "elb_5xx",
    ),
    (
        "the client gave up waiting",
        Metric::TimedOutRequests,
        Ink::Nth(3),
        "timed_out",
    ),
];

impl View<'_> {
    /// The failures of a service whose load `summary.json` sums up so; empty if nothing failed.
    pub(super) fn failures(&self, load: &Value) -> Figure {
        let line = |name: &str, metric, ink| -> Option<Line> {
            Some(self.line(name, Style::Line, ink, self.rate(metric)?))
        };
        let failed = line("failed for good", Metric::FailedRequests, Ink::Failure);
        let tries = KINDS
            .iter()
            .filter_map(|(name, metric, ink, _)| line(name, *metric, *ink));
        let panels = vec![
            Panel::new(
                "requests failed for good, a second",
                Unit::Count,
                failed.into_iter().collect(),
            ),
            Panel::new("failed tries, a second", Unit::Count, tries.collect()),
        ];
        let mut figure = self.figure(
            "failures",
            format!("Failed requests of {}", self.name()),
            in_words(
                load,
                findings::tells_failures(&self.data.summary, self.name()),
            ),
            panels,
        );
        figure.panels.retain(|panel| !panel.lines.is_empty());
        figure.note = "A try that fails may be repeated: a request has failed for good when its \
                       last try has. One try may fail in two ways."
            .to_owned();
        figure
    }
}

/// How many failed and how; how many not where the answer says so.
fn in_words(load: &Value, is_told: bool) -> String {
    let of = |key: &str| load[key].as_f64().unwrap_or(0.0);
    let (all, failed) = (of("first_tries"), of("failed_requests"));
    let part = if 0.0 < all { failed / all } else { 0.0 };
    let kinds: Vec<String> = KINDS
        .iter()
        .filter(|(.., key)| 0.5 <= of(key))
        .map(|(name, _, _, key)| format!("{name} {}", count(of(key).round())))
        .collect();
    let tries = match kinds.is_empty() {
        true => String::new(),
        false => format!("Of tries: {}.", kinds.join(", ")),
    };
    if is_told && !tries.is_empty() {
        return tries;
    }
    format!(
        "{} of {} requests failed for good ({}). {tries}",
        count(failed.round()),
        count(all.round()),
        share(part.min(1.0))
    )
    .trim_end()
    .to_owned()
}
