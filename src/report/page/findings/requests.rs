//! How many requests of a service failed for good, told once on a page.

use serde_json::Value;

use super::{Finding, Subject, each, name, number, three_most, weight};
use crate::report::wording::{count, share};

/// The rule.
pub(super) fn failed_requests(summary: &Value, found: &mut Vec<Finding>) {
    for service in each(summary, "services") {
        let failed = number(&service["load"]["failed_percent"]);
        if 0.01 <= failed {
            found.push(Finding {
                subject: Subject::Requests,
                weight: weight(failed, 2.0, 55.0, 98.0),
                says: failures_of(summary, service),
            });
        }
    }
}

/// How many of a service's requests failed; their share not where it stands above already, as the
/// one objective that is broken.
fn failures_of(summary: &Value, service: &Value) -> String {
    let (load, name) = (&service["load"], name(service));
    let counted = |key: &str| count(number(&load[key]).round());
    let (failed, all) = (counted("failed_requests"), counted("first_tries"));
    let mut broken = each(summary, "objectives").filter(|it| it["held"] == false);
    let is_told = match (broken.next(), broken.next()) {
        (Some(only), None) => {
            let text = only["text"].as_str().unwrap_or("");
            text.starts_with(&format!("FailedRequests of {name} "))
        }
        _ => false,
    };
    let part = share(number(&load["failed_percent"]) / 100.0);
    match is_told {
        true => format!("{failed} of {all} requests to {name} failed for good."),
        false => format!("Of the requests to {name}, {part} failed for good ({failed} of {all})."),
    }
}

/// Whether what is told of a run says how many of a service's requests failed.
pub fn tells_failures(summary: &Value, service: &str) -> bool {
    let mut its = each(summary, "services").filter(|it| name(it) == service);
    let says = its.next().map(|it| failures_of(summary, it));
    let mut told = three_most(summary).into_iter();
    told.any(|finding| Some(finding.says) == says)
}
