//! An explanation on a page: what it is about, each question with its answer, what would have made
//! the difference, the rules, and the changes.

use super::html::{Cell, Html, TableHtml};
use crate::explain::{Explanation, Finding, Rule};
use crate::report::explain_text::{capital, changes_heading};

/// Writes it; `zone` is whose clocks its times are of.
pub fn write(explanation: &Explanation, zone: &str, body: &mut Html) {
    body.raw("<div class=\"explained\">\n<p><strong>")
        .text(&capital(&explanation.subject))
        .raw("</strong> ")
        .raw("<span class=\"note\">(times: ")
        .text(zone)
        .raw(")</span></p>\n");
    for fact in &explanation.facts {
        body.line("p", "", fact);
    }
    let mut told: Vec<Rule> = Vec::new();
    for finding in &explanation.findings {
        write_finding(finding, &mut told, body);
    }
    changes(explanation, body);
    body.raw("</div>\n");
}

/// A finding; `told` are the rules that stand above already, as a task's life comes back to the
/// same ones.
fn write_finding(finding: &Finding, told: &mut Vec<Rule>, body: &mut Html) {
    body.raw("<p class=\"asked\"><strong>")
        .text(&finding.question)
        .raw("</strong></p>\n");
    body.line("p", "", &capital(&finding.answer));
    for detail in &finding.details {
        body.line("p", "", &capital(detail));
    }
    if !finding.otherwise.is_empty() {
        body.line("p", "note", "Otherwise, of that moment alone:");
        body.raw("<ul>\n");
        for other in &finding.otherwise {
            body.line("li", "", &format!("with {}: {}", other.with, other.then));
        }
        body.raw("</ul>\n");
    }
    for rule in &finding.rules {
        if !told.contains(rule) {
            body.line(
                "p",
                "note",
                &format!("Rule: {} [{}]", rule.says, rule.source),
            );
            told.push(*rule);
        }
    }
}

fn changes(explanation: &Explanation, body: &mut Html) {
    if explanation.changes.is_empty() {
        return;
    }
    let heading = changes_heading(explanation);
    let rows = explanation.changes.iter().map(|change| {
        vec![
            Cell::Text(change.local.clone()),
            Cell::Text(change.what.clone()),
            Cell::Text(change.why.clone()),
        ]
    });
    let columns = ["When", "What", "Why"].map(|head| (head.to_owned(), false));
    body.table(&TableHtml {
        caption: &heading,
        columns: columns.to_vec(),
        rows: rows.collect(),
        sorts: false,
    });
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::explain::{Difference, rules};

    fn finding(words: &str) -> Finding {
        Finding {
            at: None,
            question: format!("Why {words}?"),
            answer: format!("a {words}"),
            details: vec![words.to_owned()],
            inputs: Value::Null,
            rules: vec![rules::SPOT_GRANT],
            otherwise: vec![Difference {
                with: words.to_owned(),
                then: words.to_owned(),
            }],
        }
    }

    #[test]
    fn a_sentence_is_one_paragraph_whatever_its_length() {
        let long = "word ".repeat(100);
        let explanation = Explanation {
            subject: "task <b>".to_owned(),
            findings: vec![finding(&long), finding("<i>")],
            ..Explanation::default()
        };
        let mut body = Html::default();
        write(&explanation, "UTC", &mut body);
        let text = body.into_string();
        let whole = |line: &str| line.contains(long.trim_end());
        assert_eq!(text.lines().filter(|line| whole(line)).count(), 4, "{text}");
        assert!(!text.contains("<b>") && !text.contains("<i>"), "{text}");
        assert_eq!(text.matches("Rule: ").count(), 1, "each rule once");
    }
}
