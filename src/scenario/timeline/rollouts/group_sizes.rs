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

/// What the timeline makes of groups.
#[derive(Default)]
pub(super) struct GroupSizes {
    /// Groups of which it drains instances.
    drained: BTreeSet<GroupId>,
    /// Groups whose instances a refresh or an outage replaces, with the instant until which it may.
    replaced: Vec<(SimTime, GroupId)>,
    /// Each change of the sizes of one, with what they are from then on.
    later: Vec<(SimTime, GroupId, Sizes)>,
}

impl GroupSizes {
    pub(super) fn of(aws: &Aws<'_>, entries: &[TimelineEntry], horizon: SimTime) -> Self {
        let mut sizes: Vec<Sizes> = aws.groups.iter().map(sizes_of).collect();
        let mut all = GroupSizes::default();
        for entry in entries.iter().take_while(|it| it.at < horizon) {
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
                all.later.push((entry.at, group, updated));
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
        let later = self.later.iter().filter(|(when, ..)| at < *when);
        let later = later.map(|(_, group, _)| *group);
        let all = self.replaced_from(at).into_iter().chain(later);
        all.chain(self.drained.iter().copied()).collect()
    }

    /// The groups as large as they are now or will be after an instant.
    pub(super) fn most_from<'g>(&self, at: SimTime, now: &'g [GroupPlan]) -> Cow<'g, [GroupPlan]> {
        let mut groups = Cow::Borrowed(now);
        let later = self.later.partition_point(|(when, ..)| *when <= at);
        for (_, group, sizes) in &self.later[later..] {
            let known = &groups[group.index()];
            if known.max_size < sizes.max || known.desired_capacity < sizes.desired {
                let group = &mut groups.to_mut()[group.index()];
                group.max_size = group.max_size.max(sizes.max);
                group.desired_capacity = group.desired_capacity.max(sizes.desired);
            }
        }
        groups
    }
}

/// The groups that have instances in a zone.
fn groups_in<'g>(aws: &'g Aws<'_>, zone: ZoneId) -> impl Iterator<Item = GroupId> + 'g {
    let groups = aws.groups.iter().enumerate();
    let groups = groups.filter(move |(_, group)| group.zones.contains(&zone));
    groups.map(|(index, _)| GroupId::from_index(index))
}

/// The sizes that a group has.
pub(super) fn sizes_of(group: &GroupPlan) -> Sizes {
    Sizes {
        min: group.min_size,
        max: group.max_size,
        desired: group.desired_capacity,
    }
}

/// SetDesiredCapacity.
pub(super) fn set(desired: u32) -> SizeUpdate {
    SizeUpdate {
        desired: Some(desired),
        ..SizeUpdate::default()
    }
}
