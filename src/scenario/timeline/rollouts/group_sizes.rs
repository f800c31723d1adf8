//! Sizes of groups over the timeline, and which of them it takes instances of.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::super::aws::Aws;
use super::super::super::plan::{GroupPlan, TimelineAction, TimelineEntry};
use crate::engine::{SimDuration, SimTime};
use crate::ids::{GroupId, ZoneId};
use crate::policy::auto_scaling_group::{SizeUpdate, Sizes};

/// For as long after its start, or the zone's return, instances are taken to be replaced.
const LASTS: SimDuration = SimDuration::from_secs(3_600);

/// A change of the sizes of a group.
struct Change {
    at: SimTime,
    /// The entry of the timeline that brings it.
    entry: usize,
    group: GroupId,
    /// What they are from then on.
    sizes: Sizes,
}

/// What the timeline makes of groups.
#[derive(Default)]
pub(super) struct GroupSizes {
    /// Groups of which it drains instances.
    drained: BTreeSet<GroupId>,
    /// Groups whose instances a refresh or an outage replaces, with the instant until which it may.
    replaced: Vec<(SimTime, GroupId)>,
    changes: Vec<Change>,
}

impl GroupSizes {
    pub(super) fn of(aws: &Aws<'_>, entries: &[TimelineEntry], horizon: SimTime) -> Self {
        let mut sizes: Vec<Sizes> = aws.groups.iter().map(GroupPlan::sizes).collect();
        let mut all = GroupSizes::default();
        let entries = entries.iter().take_while(|it| it.at < horizon);
        for (index, entry) in entries.enumerate() {
            let (group, update) = match &entry.action {
                TimelineAction::SetDesiredCapacity { group, desired } => (*group, set(*desired)),
                TimelineAction::UpdateGroup { group, update } => (*group, *update),
                TimelineAction::InstanceRefresh { group, .. } => {
                    all.replaced.push((entry.at.saturating_add(LASTS), *group));
                    continue;
                }
                TimelineAction::Drain(drain) => {
                    all.drained.insert(drain.group);
                    continue;
                }
                TimelineAction::Outage { zone, length } => {
                    let until = entry.at.saturating_add(*length).saturating_add(LASTS);
                    let groups = groups_in(aws, *zone).map(|group| (until, group));
                    all.replaced.extend(groups);
                    continue;
                }
                _ => continue,
            };
            let of_group = &mut sizes[group.index()];
            if let Ok(updated) = of_group.updated(&update)
                && updated != *of_group
            {
                *of_group = updated;
                all.changes.push(Change {
                    at: entry.at,
                    entry: index,
                    group,
                    sizes: updated,
                });
            }
        }
        all
    }

    /// Groups whose instances a refresh or an outage replaces at an instant or later.
    pub(super) fn replaced_from(&self, at: SimTime) -> BTreeSet<GroupId> {
        let from = self.replaced.iter().filter(|(until, _)| at < *until);
        from.map(|(_, group)| *group).collect()
    }

    /// Those, those of which instances drain at any time, and those that change their sizes after
    /// an instant.
    pub(super) fn changing_from(&self, at: SimTime) -> BTreeSet<GroupId> {
        let later = self.changes_after(at).iter().map(|it| it.group);
        let all = self.replaced_from(at).into_iter().chain(later);
        all.chain(self.drained.iter().copied()).collect()
    }

    /// The groups as large as they are now or will be after an instant.
    pub(super) fn most_from<'g>(&self, at: SimTime, now: &'g [GroupPlan]) -> Cow<'g, [GroupPlan]> {
        let mut groups = Cow::Borrowed(now);
        for Change { group, sizes, .. } in self.changes_after(at) {
            let known = &groups[group.index()];
            if known.max_size < sizes.max || known.desired_capacity < sizes.desired {
                let group = &mut groups.to_mut()[group.index()];
                group.max_size = group.max_size.max(sizes.max);
                group.desired_capacity = group.desired_capacity.max(sizes.desired);
            }
        }
        groups
    }

    fn changes_after(&self, at: SimTime) -> &[Change] {
        let after = self.changes.partition_point(|it| it.at <= at);
        &self.changes[after..]
    }

    /// Makes the change that an entry of the timeline brings, the next after so many; whether it
    /// brings one.
    pub(super) fn change(&self, groups: &mut [GroupPlan], entry: usize, made: usize) -> bool {
        let next = self.changes.get(made).filter(|it| it.entry == entry);
        if let Some(change) = next {
            groups[change.group.index()].set_sizes(change.sizes);
        }
        next.is_some()
    }
}

/// The groups that have instances in a zone.
fn groups_in<'g>(aws: &'g Aws<'_>, zone: ZoneId) -> impl Iterator<Item = GroupId> + 'g {
    let groups = aws.groups.iter().enumerate();
    let groups = groups.filter(move |(_, group)| group.zones.contains(&zone));
    groups.map(|(index, _)| GroupId::from_index(index))
}

/// SetDesiredCapacity.
fn set(desired: u32) -> SizeUpdate {
    SizeUpdate {
        desired: Some(desired),
        ..SizeUpdate::default()
    }
}
