//! Constraints about the groups of tasks that an instance has: whether any tasks have such a group.

use crate::policy::cluster_query::Facts;
use crate::scenario::aws::Aws;
use crate::scenario::context::Context;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::reader::Field;

use super::Placements;

/// What is said of an expression, if no tasks have a group that it asks for.
pub(super) fn warning(field: &Field<'_>, text: &str) -> Diagnostic {
    let message = format!("no tasks of the scenario have a group that `{text}` asks for");
    let help = "the group of a service's tasks is service:NAME, that of a program's family:NAME or \
                its `group`";
    let warning = Diagnostic::warning("unknown-name", message);
    warning.at(field.span()).path(field.path()).help(help)
}

impl Aws<'_> {
    /// Warns of constraints about task groups that no tasks have, once all tasks are known.
    pub(in crate::scenario) fn check_task_groups(&self, cx: &Context<'_>) {
        let services = self.services.iter().map(|service| service.name.as_str());
        let refused = self.services_known.refused.iter().map(String::as_str);
        let services = services
            .chain(refused)
            .map(|name| format!("service:{name}"));
        let programs = self.job_sources.iter().map(|source| source.group.clone());
        let known: Vec<String> = services.chain(programs).collect();
        if self.refused_programs.is_empty() {
            self.placements.check_groups(cx, &known);
        }
    }
}

impl Placements {
    /// Warns of constraints about task groups that no tasks of the scenario have; `known` are those
    /// that they have.
    fn check_groups(&self, cx: &Context<'_>, known: &[String]) {
        let groups = self.groups.borrow();
        let mut said: Vec<&Diagnostic> = Vec::new();
        for (test, warning) in groups.iter() {
            if !test.holds(&Known(known)) && !said.contains(&warning) {
                said.push(warning);
                cx.reader.push(warning.clone());
            }
        }
    }
}

/// All task groups of a scenario, as if one instance had tasks of each.
pub(super) struct Known<'a>(pub(super) &'a [String]);

impl Facts for Known<'_> {
    fn is_agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> &str {
        ""
    }

    fn attribute(&self, _: &str) -> Option<&str> {
        None
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        None
    }

    fn registered_at_micros(&self) -> i64 {
        0
    }

    fn running_tasks(&self) -> u32 {
        0
    }

    fn has_task_group(&self, is_meant: &dyn Fn(&str) -> bool) -> bool {
        self.0.iter().any(|group| is_meant(group))
    }
}
