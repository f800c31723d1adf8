//! How AWS names the entries of its lists: what a path addresses them by, and what merging matches.

use std::collections::BTreeMap;

use crate::scenario::node::Node;

/// The field that names an entry, tried in this order; the last ones are the most general.
pub(super) const NAME_FIELDS: [&str; 27] = [
    "serviceName",
    "deploymentGroupName",
    "PolicyName",
    "ScheduledActionName",
    "TargetGroupName",
    "LoadBalancerName",
    "AutoScalingGroupName",
    "LaunchTemplateName",
    "LifecycleHookName",
    "AlarmName",
    "GroupName",
    "QueueName",
    "RoleName",
    "NatGatewayId",
    "VpcEndpointId",
    "SubnetId",
    "RouteTableId",
    "logGroupName",
    "capacityProvider",
    "externalId",
    "Name",
    "name",
    "key",
    "Key",
    "Id",
    "id",
    "KeyId",
];

/// What one entry of a list goes by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EntryNames {
    /// The name that tells it from all others: `api:2`, `service/shop/api/cpu`.
    pub full: String,
    /// Shorter names, good as long as no other entry has them too.
    pub short: Vec<String>,
}

impl EntryNames {
    fn only(full: &str) -> Self {
        EntryNames {
            full: full.to_owned(),
            short: Vec::new(),
        }
    }

    /// Whether it goes by this name.
    pub fn matches(&self, name: &str) -> bool {
        self.full == name || self.short.iter().any(|short| short == name)
    }
}

/// Why a name does not lead to one entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotFound {
    /// No entry has it; these are the names there are.
    None(Vec<String>),
    /// Several have it; these are their full names.
    Several(Vec<String>),
}

/// The names of a list's entries; `None` for entries without one.
pub fn entry_names(items: &[Node]) -> Vec<Option<EntryNames>> {
    let mut revisions: BTreeMap<String, u64> = BTreeMap::new();
    let names = items
        .iter()
        .map(|item| match item.get("family").and_then(Node::as_text) {
            Some(family) => Some(revision_names(item, family, &mut revisions)),
            None => names_of(item),
        });
    names.collect()
}

/// The shortest name of each entry that no other one has.
pub fn labels(items: &[Node]) -> Vec<Option<String>> {
    let names = entry_names(items);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for names in names.iter().flatten() {
        for short in &names.short {
            *counts.entry(short).or_insert(0) += 1;
        }
    }
    let label = |names: &EntryNames| {
        let only = names
            .short
            .iter()
            .rev()
            .find(|short| counts.get(short.as_str()) == Some(&1));
        only.unwrap_or(&names.full).clone()
    };
    names
        .iter()
        .map(|names| names.as_ref().map(label))
        .collect()
}

/// The index of the entry that goes by `name`, or by a number that is its index.
pub fn find_entry(items: &[Node], name: &str) -> Result<usize, NotFound> {
    let names = entry_names(items);
    let full = |entry: &Option<EntryNames>| entry.as_ref().is_some_and(|it| it.full == name);
    if let Some(index) = names.iter().position(full) {
        return Ok(index);
    }
    let matching = |entry: &Option<EntryNames>| entry.as_ref().is_some_and(|it| it.matches(name));
    let found: Vec<usize> = (0..names.len())
        .filter(|index| matching(&names[*index]))
        .collect();
    let fulls = |indices: &[usize]| {
        let names = indices.iter().map(|index| match &names[*index] {
            Some(entry) => entry.full.clone(),
            None => format!("[{index}]"),
        });
        names.collect()
    };
    match (found.as_slice(), name.parse::<usize>()) {
        ([index], _) => Ok(*index),
        ([], Ok(index)) if index < items.len() => Ok(index),
        ([], _) => Err(NotFound::None(fulls(&(0..names.len()).collect::<Vec<_>>()))),
        (several, _) => Err(NotFound::Several(fulls(several))),
    }
}

/// Families without `revision` are numbered in order, after the last one of the family.
fn revision_names(item: &Node, family: &str, revisions: &mut BTreeMap<String, u64>) -> EntryNames {
    let last = revisions.entry(family.to_owned()).or_insert(0);
    let given = item.get("revision").and_then(Node::as_text);
    let revision = given
        .and_then(|text| text.parse().ok())
        .unwrap_or(last.saturating_add(1));
    *last = revision;
    EntryNames {
        full: format!("{family}:{revision}"),
        short: vec![family.to_owned()],
    }
}

fn names_of(item: &Node) -> Option<EntryNames> {
    let text = |field: &str| {
        let node = item.get(field).filter(|node| !node.is_null())?;
        node.as_text()
    };
    let name = NAME_FIELDS.iter().find_map(|field| text(field));
    // EC2 Auto Scaling: a group's scheduled action is named within the group.
    if let (Some(action), Some(group)) = (text("ScheduledActionName"), text("AutoScalingGroupName"))
    {
        return Some(EntryNames {
            full: format!("{group}/{action}"),
            short: vec![action.to_owned()],
        });
    }
    // EventBridge Scheduler: named within a group, which is `default` for most.
    if let (Some(name), true) = (text("Name"), item.get("FlexibleTimeWindow").is_some()) {
        let group = text("GroupName").filter(|group| *group != "default");
        return Some(match group {
            Some(group) => EntryNames {
                full: format!("{group}/{name}"),
                short: vec![name.to_owned()],
            },
            None => EntryNames::only(name),
        });
    }
    // Application Auto Scaling: what is scaled is part of the name, and all of a target's.
    let Some(resource) = text("ResourceId") else {
        return name.map(EntryNames::only);
    };
    let last = resource.rsplit('/').next().unwrap_or(resource).to_owned();
    Some(match name {
        Some(name) => EntryNames {
            full: format!("{resource}/{name}"),
            short: vec![name.into()],
        },
        None => match text("ScalableDimension") {
            Some(dimension) => EntryNames {
                full: format!("{resource}:{dimension}"),
                short: vec![resource.to_owned(), last],
            },
            None => EntryNames {
                full: resource.to_owned(),
                short: vec![last],
            },
        },
    })
}

#[cfg(test)]
mod tests;
