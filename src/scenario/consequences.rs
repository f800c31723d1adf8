//! Errors that another one brings about. Where a single value stands in place of a block of `aws`,
//! the names in that block are not known, and whatever speaks of them would be called wrong: one
//! mistake would stand among a dozen that are none. So with an entry that is refused: it stands in
//! the file, and who names it has done nothing wrong.

use super::diagnostic::{Diagnostic, Diagnostics, Missing, Severity};
use super::names;
use super::node::{Node, Value};
use super::path::{self, Path};
use super::source::{Sources, Span};

/// Leaves out what is said not to be there and stands in the file: it was refused for what another
/// error says. Nothing is left out if no error were left.
pub(super) fn leave_out_refused(diagnostics: &mut Diagnostics, tree: &Node) {
    let is_there = |item: &Diagnostic| item.missing.as_ref().is_some_and(|it| is_in(tree, it));
    let is_left = |item: &&Diagnostic| item.severity == Severity::Error && !is_there(item);
    if diagnostics.items().iter().any(|item| is_left(&item)) {
        diagnostics.leave_out(is_there);
    }
}

/// Whether a block of `aws` has an entry of that name, sound or not.
fn is_in(tree: &Node, missing: &Missing) -> bool {
    let Some(aws) = tree.get("aws") else {
        return false;
    };
    let blocks = missing.blocks.iter().filter_map(|block| aws.get(block));
    let mut lists = blocks.filter_map(Node::as_sequence);
    lists.any(|items| match &missing.name {
        None => !items.is_empty(),
        Some(name) => {
            let names = names::entry_names(items);
            names.iter().flatten().any(|it| it.matches(name))
        }
    })
}

/// The blocks of `aws` that things of this kind stand in.
pub(super) fn blocks_of(what: &str) -> &'static [&'static str] {
    match what {
        "Auto Scaling group" => &["autoScalingGroups"],
        "alarm" => &["alarms"],
        "capacity provider" | "capacity provider of the scenario" => &["capacityProviders"],
        "capacity provider with Spot" => &["capacityProviders"],
        "entry of aws.externalInstances" => &["externalInstances"],
        "launch template" => &["launchTemplates"],
        "load balancer" => &["loadBalancers"],
        "program of aws.runTasks" => &["runTasks"],
        "program, schedule or rule" => &["runTasks", "schedules", "rules"],
        "queue" => &["queues"],
        "rule" => &["rules"],
        "schedule or rule" => &["schedules", "rules"],
        "security group" => &["securityGroups"],
        "service" => &["services"],
        "service or program" => &["services", "runTasks", "schedules", "rules"],
        "service, program, group or zone" => &[
            "services",
            "runTasks",
            "schedules",
            "rules",
            "autoScalingGroups",
        ],
        "step scaling policy" => &["scalingPolicies"],
        "subnet" => &["subnets"],
        "target group" => &["targetGroups"],
        "task definition" => &["taskDefinitions"],
        _ => &[],
    }
}

/// What names that are not known are reported by.
const OF_NAMES: [&str; 2] = ["unknown-name", "no-such-path"];

/// Leaves out what is wrong only because a block of `aws` could not be read, and says how many
/// errors that were at the one that is left.
pub(super) fn leave_out(diagnostics: &mut Diagnostics) {
    let is_cause = |item: &Diagnostic| {
        let is_of_aws = item.path == "aws" || item.path.starts_with("aws.");
        is_of_aws && is_no_block(item)
    };
    let Some(cause) = diagnostics.items().iter().position(is_cause) else {
        return;
    };
    let cause = diagnostics.items()[cause].clone();
    let left_out = diagnostics.leave_out(|item| OF_NAMES.contains(&item.code));
    if left_out == 0 {
        return;
    }
    let errors = match left_out {
        1 => "1 error about a name that may stand in it is left out".to_owned(),
        _ => format!("{left_out} errors about names that may stand in it are left out"),
    };
    let help = match &cause.help {
        Some(help) => format!("{help} ({errors})"),
        None => format!("write it as a block; {errors}"),
    };
    diagnostics.replace(&cause, cause.clone().help(help));
}

/// Whether something was found where a block should be.
fn is_no_block(item: &Diagnostic) -> bool {
    let is_wanted = |block: &str| item.message.ends_with(&format!("expected {block}"));
    item.code == "wrong-type" && (is_wanted("a mapping") || is_wanted("a list"))
}

/// A single value that was set in place of a block: the assignment, and what to do instead.
pub(super) type SetOverBlock = (String, String);

/// What to do instead of setting a single value in place of the block that stands at `path`; `None`
/// where none does.
pub(super) fn instead(tree: &Node, path: &str, value: &str) -> Option<String> {
    let parsed = Path::parse(path).ok()?;
    let Value::Mapping(entries) = &parsed.get(tree).ok()?.value else {
        return None;
    };
    // A number goes where a number stands.
    let is_number = |text: &str| text.trim().parse::<f64>().is_ok();
    let is_alike = |node: &Node| {
        node.as_text()
            .is_some_and(|text| is_number(text) == is_number(value))
    };
    let names = names::NAME_FIELDS;
    let of_its_own = entries
        .iter()
        .find(|(key, node)| is_alike(node) && !names.contains(&key.text.as_str()));
    let (key, _) = of_its_own.or(entries.first())?;
    let one = path::join(path, &key.text);
    Some(format!(
        "{path} is a block; set one of its values, like {one}={value}"
    ))
}

/// Adds to errors about such values what to do instead.
pub(super) fn help(diagnostics: &mut Diagnostics, sources: &Sources, set: &[SetOverBlock]) {
    for (assignment, help) in set {
        let is_set = |span: Span| sources.text(span.file) == assignment;
        let is_it = |item: &&Diagnostic| item.span.is_some_and(is_set) && is_no_block(item);
        let found = diagnostics.items().iter().find(is_it).cloned();
        if let Some(found) = found {
            diagnostics.replace(&found, found.clone().help(help.clone()));
        }
    }
}
