//! `after`: programs that start when others have ended.

use std::collections::BTreeSet;

use crate::ids::JobSourceId;
use crate::scenario::aws::Aws;
use crate::scenario::context::{duplicate_name, unknown_name};
use crate::scenario::reader::Field;

/// `after`: the names of what a program comes after.
pub(super) fn after(field: &Field<'_>, aws: &Aws, id: JobSourceId) -> Option<Vec<JobSourceId>> {
    let own = &aws.job_sources[id.index()].name;
    let mut found: Vec<JobSourceId> = Vec::new();
    let mut add = |field: &Field<'_>| {
        let Some(name) = field.str() else { return };
        let message = match aws.job_source_named(name) {
            None => {
                let known = aws.job_sources.iter().map(|it| it.name.as_str());
                return unknown_name(field, "program, schedule or rule", name, known);
            }
            Some(other) if found.contains(&other) => {
                return duplicate_name(field, "program", name);
            }
            Some(other) if other == id => format!("{name} can't come after itself"),
            Some(other) if comes_after(aws, other, id) => {
                format!("{name} itself comes after {own}: neither would ever begin")
            }
            Some(other) => return found.push(other),
        };
        field.error("invalid-value", message).report();
    };
    if !field.is_list() {
        add(field);
        return Some(found);
    }
    let names = field.list()?;
    names.iter().for_each(&mut add);
    if names.is_empty() {
        let message = format!("{own} comes after nothing: nobody would ever call it");
        let help = "name a program, a schedule or a rule, or give it arrivals in place of after";
        field.error("invalid-value", message).help(help).report();
    }
    Some(found)
}

/// Whether a program comes after another, maybe by way of others.
fn comes_after(aws: &Aws, source: JobSourceId, other: JobSourceId) -> bool {
    let (mut open, mut seen) = (vec![source], BTreeSet::new());
    while let Some(at) = open.pop() {
        for before in &aws.job_sources[at.index()].after {
            if *before == other {
                return true;
            }
            if seen.insert(*before) {
                open.push(*before);
            }
        }
    }
    false
}
