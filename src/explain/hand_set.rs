//! A group's desired capacity that no rule decided: the operator's SetDesiredCapacity, or a
//! scheduled action of the group.

use serde_json::json;

use super::{Difference, Finding, Replay, rules};
use crate::engine::{SimDuration, SimTime};
use crate::ids::GroupId;
use crate::scenario::plan::TimelineAction;

/// Instances follow what was set within so long.
const FOLLOWS: SimDuration = SimDuration::from_secs(60);

/// What the timeline set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct HandSet {
    /// When.
    pub at: SimTime,
    group: GroupId,
    /// `DesiredCapacity`; `None`: a scheduled action, which may set the other sizes too.
    desired: Option<u32>,
}

impl HandSet {
    /// What the timeline set last of a group until an instant.
    pub(super) fn last(replay: &Replay<'_>, group: GroupId, until: SimTime) -> Option<HandSet> {
        let timeline = replay.plan.timeline.iter().rev();
        let mut before = timeline.filter(|entry| entry.at <= until);
        before.find_map(|entry| {
            let desired = match entry.action {
                TimelineAction::SetDesiredCapacity { group: of, desired } if of == group => {
                    Some(desired)
                }
                TimelineAction::UpdateGroup { group: of, .. } if of == group => None,
                _ => return None,
            };
            Some(HandSet {
                at: entry.at,
                group,
                desired,
            })
        })
    }

    /// The same, if instances that come or go at an instant may follow it; not where managed
    /// scaling decided after it.
    pub(super) fn followed(replay: &Replay<'_>, group: GroupId, at: SimTime) -> Option<HandSet> {
        let set = HandSet::last(replay, group, at)?;
        let scaled = replay.trail.group_scaled_until(group, at);
        let is_last = scaled.is_none_or(|it| it.at <= set.at);
        (is_last && at.since(set.at) <= FOLLOWS).then_some(set)
    }

    /// Why an instance was launched by it.
    pub(super) fn words(&self) -> String {
        match self.desired {
            Some(desired) => format!("SetDesiredCapacity {desired} asked for it"),
            None => "a scheduled action had set its group's sizes".to_owned(),
        }
    }

    /// What would have come of it, had it not been set.
    pub(super) fn without(&self, then: &str) -> Difference {
        let call = match self.desired {
            Some(_) => "no `setDesiredCapacity` in the timeline",
            None => "no such scheduled action",
        };
        Difference::new(call, then)
    }

    /// Why the desired capacity is what it is.
    pub(super) fn finding(&self, replay: &Replay<'_>) -> Finding {
        let plan = replay.plan;
        let group = plan.group(self.group);
        let name = &group.name;
        let (question, answer) = match self.desired {
            Some(desired) => (
                format!("Why was the desired capacity of {name} set to {desired}?"),
                "the timeline's SetDesiredCapacity asked for it: nothing in the cluster decided it",
            ),
            None => (
                format!("Why did the sizes of {name} change?"),
                "a scheduled action of the group set them: nothing in the cluster decided it",
            ),
        };
        let provider = plan.provider_of(self.group);
        let settings = provider.and_then(|it| plan.provider(it).group.as_ref());
        let goes_on = settings.and_then(|it| it.managed_scaling).map(|_| {
            "managed scaling goes on from there, and may change it with its next look".to_owned()
        });
        let inputs = json!({ "autoScalingGroup": name, "desiredCapacity": self.desired });
        Finding::new(question, answer, inputs)
            .decided(plan, self.at)
            .by(&[rules::DESIRED_CAPACITY])
            .details(goes_on)
            .otherwise([self.without("its desired capacity would have stayed as it was")])
    }
}
