//! Deployments that can never move, each judged by what the timeline has made of its service and of
//! the cluster by then; services that it never deploys by what they start with.

mod calls;
mod group_sizes;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::super::aws::{Aws, Fit, Outlook, Redeployed, ScheduledScaling, warn_at_count};
use super::super::plan::{GroupPlan, ServicePlan, ServiceUpdate, TimelineAction, TimelineEntry};
use super::super::reader::Field;
use crate::engine::SimTime;
use crate::ids::{ScalableTargetId, ServiceId, TaskDefinitionId};
use crate::policy::deployment::Percentages;
use crate::policy::scheduled_scaling::Bounds;
use crate::policy::strategy::Strategy;

use calls::{Calls, deploys};
use group_sizes::GroupSizes;

/// How a message about what a service starts with begins.
const AT_START: &str = "as it stands";
const BY_THEN: &str = "by then";

/// The places of UpdateService entries, each with the instants at which it happens.
#[derive(Default)]
pub(super) struct Updates<'a> {
    fields: Vec<Field<'a>>,
    times: Vec<(SimTime, usize)>,
}

impl<'a> Updates<'a> {
    /// An entry of the timeline: `update` or `deploy`.
    pub(super) fn push(&mut self, entry: &Field<'a>, times: &[SimTime]) {
        let Some(mut map) = entry.map() else {
            return;
        };
        if let Some(field) = map.field("update").or_else(|| map.field("deploy")) {
            let index = self.fields.len();
            self.times.extend(times.iter().map(|at| (*at, index)));
            self.fields.push(field);
        }
    }
}

/// A service as the timeline has made it.
struct State<'s> {
    count: u32,
    percentages: Percentages,
    strategy: &'s Strategy,
    definition: TaskDefinitionId,
    /// Whether its tasks are replaced within its percentages, or all at once beside the old ones;
    /// `None`: ECS does not deploy it.
    is_shifted: Option<bool>,
    /// Whether it was said that its percentages move nothing, however many tasks there are.
    is_said: bool,
    bounds: Option<Bounds>,
    /// Whether policies scale it.
    is_scaled: bool,
    /// What it was before the calls of an instant of which not all are through.
    before: Option<Before>,
    /// Whether what runs, and where, is known: not after tasks were left on other capacity, or a
    /// deployment may not have got through.
    is_known: bool,
}

/// A service before calls that come at one instant: the last of them decides what is deployed.
#[derive(Clone, Copy)]
struct Before {
    definition: TaskDefinitionId,
    count: u32,
    /// Whether one of them so far starts a deployment.
    deploys: bool,
}

/// What a deployment is judged by: that to a revision, from one, of so many tasks within
/// percentages, shifted or not, after so many changes of groups.
type Judged = ([TaskDefinitionId; 2], u32, Percentages, Option<bool>, usize);

/// The timeline as it is gone through.
struct Walk<'w, 'a> {
    aws: &'w Aws<'a>,
    states: Vec<State<'w>>,
    groups: Vec<GroupPlan>,
    sizes: &'w GroupSizes,
    /// The scheduled actions of targets.
    scheduled: BTreeMap<(ScalableTargetId, usize), &'w ScheduledScaling<'a>>,
    /// Places of UpdateService, and scheduled actions, that something was said of.
    said: BTreeSet<usize>,
    /// What each place of UpdateService was last judged by, with the outlook.
    judged: BTreeMap<usize, (Judged, Outlook)>,
    /// Changes of groups' sizes so far.
    resizes: usize,
    said_actions: BTreeSet<(ScalableTargetId, usize)>,
}

/// Goes through the timeline, which stands in the order of time; `starts` has where each service
/// names its task definition.
pub(super) fn check<'w, 'a>(
    aws: &'w Aws<'a>,
    starts: &[(&str, Field<'a>)],
    mut updates: Updates<'a>,
    (entries, horizon): (&'w [TimelineEntry], SimTime),
) {
    let sizes = GroupSizes::of(aws, entries, horizon);
    let mut walk = Walk::new(aws, &sizes);
    let mut calls = Calls::of(aws, entries, horizon);
    for (name, place) in starts {
        let service = aws.service_named(name);
        if let Some(service) = service.filter(|it| !calls.deployed.contains(it)) {
            let own = aws.services[service.index()].task_definition;
            let count = aws.services[service.index()].desired_count;
            let of = (service, [own; 2], count);
            walk.check_places(place, of, (SimTime::ZERO, AT_START));
        }
    }
    updates.times.sort_by_key(|(at, _)| *at);
    let mut places = updates.times.iter();
    let entries = entries.iter().take_while(|it| it.at < horizon);
    for (position, entry) in entries.enumerate() {
        if sizes.change(&mut walk.groups, position, walk.resizes) {
            walk.resizes += 1;
        }
        match &entry.action {
            TimelineAction::UpdateService(update) => {
                let Some((_, index)) = places.next() else {
                    return;
                };
                let is_last = calls.is_last(entry.at, update.service);
                let field = &updates.fields[*index];
                walk.update((*index, field), update, (entry.at, is_last));
            }
            TimelineAction::ScaleOnSchedule { target, action } => walk.scale(*target, *action),
            // Which revision runs then depends on how far it was.
            TimelineAction::StopDeployment { service, .. } => {
                walk.states[service.index()].is_known = false;
            }
            _ => {}
        }
    }
}

/// Percentages that allow nothing, however many tasks there are.
fn moves_nothing(percentages: Percentages) -> bool {
    (percentages.minimum_healthy, percentages.maximum) == (100, 100)
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(aws: &'w Aws<'a>, sizes: &'w GroupSizes) -> Self {
        let targets = &aws.scalable_targets;
        let mut bounds = vec![None; aws.services.len()];
        let mut is_scaled = vec![false; aws.services.len()];
        for target in targets {
            bounds[target.service.index()] = Some(target.bounds());
            is_scaled[target.service.index()] = target.has_policies();
        }
        let state = |((service, bounds), is_scaled): ((&'w ServicePlan, _), bool)| State {
            count: service.desired_count,
            percentages: service.percentages(),
            strategy: &service.strategy,
            definition: service.task_definition,
            is_shifted: match service.has_task_sets() {
                true => None,
                false => Some(service.traffic_shift.is_some()),
            },
            is_said: moves_nothing(service.percentages()),
            bounds,
            is_scaled,
            before: None,
            is_known: true,
        };
        let services = aws.services.iter().zip(bounds);
        let scheduled = aws.scheduled_scaling.iter();
        let scheduled = scheduled.map(|it| ((it.target, it.action), it));
        Walk {
            aws,
            states: services.zip(is_scaled).map(state).collect(),
            groups: aws.groups.clone(),
            sizes,
            scheduled: scheduled.collect(),
            said: BTreeSet::new(),
            judged: BTreeMap::new(),
            resizes: 0,
            said_actions: BTreeSet::new(),
        }
    }

    /// UpdateService; `is_last`: no other one of the service follows at the same instant.
    fn update(
        &mut self,
        (index, field): (usize, &Field<'a>),
        update: &'w ServiceUpdate,
        (at, is_last): (SimTime, bool),
    ) {
        let state = &mut self.states[update.service.index()];
        state.before.get_or_insert(Before {
            definition: state.definition,
            count: state.count,
            deploys: false,
        });
        let before = (state.count, state.percentages);
        let changed = &update.deployment;
        let percentages = &mut state.percentages;
        if let Some(percent) = changed.minimum_healthy_percent {
            percentages.minimum_healthy = percent;
        }
        if let Some(percent) = changed.maximum_percent {
            percentages.maximum = percent;
        }
        // Of 100 and 100 together it was said whatever the count.
        let says_both =
            changed.minimum_healthy_percent.is_some() && changed.maximum_percent.is_some();
        state.is_said = moves_nothing(*percentages) && (says_both || state.is_said);
        if let (Some(shift), Some(_)) = (changed.shift, state.is_shifted) {
            state.is_shifted = Some(shift.is_some());
        }
        state.count = update.desired_count.unwrap_or(state.count);
        // Tasks stay where they are until they are replaced.
        let strategy = update.strategy.as_ref().unwrap_or(state.strategy);
        state.is_known &= strategy.items() == state.strategy.items();
        state.strategy = strategy;
        let now = (state.count, state.percentages);
        let service = &self.aws.services[update.service.index()];
        if state.is_shifted == Some(false) && !service.is_daemon && !self.said.contains(&index) {
            let by_count = update.desired_count.is_some();
            let key = if by_count {
                "desiredCount"
            } else {
                "deploymentConfiguration"
            };
            let place = inner(field, &[key]);
            let is_said = state.is_said && says_both;
            if !is_said && warn_at_count(&place, (&service.name, "with"), now, before) {
                self.said.insert(index);
            }
        }
        self.deploy((index, field), update, (at, is_last));
    }

    /// The deployment that UpdateService starts, where it starts one; that of the last of several
    /// calls takes the place of the others'.
    fn deploy(
        &mut self,
        (index, field): (usize, &Field<'a>),
        update: &ServiceUpdate,
        (at, is_last): (SimTime, bool),
    ) {
        let state = &mut self.states[update.service.index()];
        let deploys = deploys(update, state.definition);
        let new = update.task_definition.unwrap_or(state.definition);
        state.definition = new;
        let Some(before) = &mut state.before else {
            return;
        };
        before.deploys |= deploys;
        if !is_last {
            return;
        }
        let before = *before;
        state.before = None;
        if before.deploys && state.is_known {
            let keys = ["capacityProviderStrategy", "taskDefinition"];
            let least = match (state.is_scaled, state.bounds) {
                (true, Some(bounds)) => bounds.min.max(1),
                _ => u32::MAX,
            };
            let count = before.count.min(state.count).min(least);
            let revisions = [before.definition, new];
            let by = (
                revisions,
                count,
                state.percentages,
                state.is_shifted,
                self.resizes,
            );
            let known = self.judged.get(&index);
            // Of an entry that is repeated it is said once.
            let known = known.filter(|(last, said)| *last == by || *said == Outlook::Stuck);
            let outlook = known.map(|(_, outlook)| *outlook).unwrap_or_else(|| {
                let of = (update.service, revisions, count);
                self.check_places(&inner(field, &keys), of, (at, BY_THEN))
            });
            self.judged.insert(index, (by, outlook));
            // Else it is not known whether it ever gets through.
            self.states[update.service.index()].is_known = outlook == Outlook::HasPlaces;
        }
    }

    /// Warns where a deployment from one revision to another, of so many tasks, finds no place for
    /// its tasks, then and later.
    fn check_places(
        &self,
        place: &Field<'_>,
        (service, revisions, desired): (ServiceId, [TaskDefinitionId; 2], u32),
        (at, when): (SimTime, &'static str),
    ) -> Outlook {
        let state = &self.states[service.index()];
        let Some(is_shifted) = state.is_shifted else {
            return Outlook::Unsure;
        };
        let groups = self.sizes.most_from(at, &self.groups);
        let fit = Fit {
            groups: &groups,
            ..self.aws.fit()
        };
        let deploying = Redeployed {
            service: &self.aws.services[service.index()],
            strategy: state.strategy,
            revisions,
            desired,
            percentages: state.percentages,
            is_shifted,
            is_said: state.is_said,
            grows: matches!(groups, Cow::Owned(_)),
            replaced: &self.sizes.replaced_from(at),
            changing: &self.sizes.changing_from(at),
            when,
        };
        fit.check_rollout(place, &self.aws.quotas, &deploying)
    }

    /// A scheduled action of a service's target: its count is held within the new bounds, and where
    /// policies scale it, it may come down to the least.
    fn scale(&mut self, id: ScalableTargetId, action: usize) {
        let target = &self.aws.scalable_targets[id.index()];
        let state = &mut self.states[target.service.index()];
        let Some(bounds) = state.bounds.filter(|_| !target.scheduled_suspended) else {
            return;
        };
        let Ok(next) = bounds.updated(&target.scheduled[action].update) else {
            return;
        };
        state.bounds = Some(next);
        let (count, percentages) = (state.count, state.percentages);
        state.count = count.clamp(next.min, next.max);
        let service = &self.aws.services[target.service.index()];
        let scheduled = self.scheduled.get(&(id, action));
        if state.is_shifted != Some(false) || self.said_actions.contains(&(id, action)) {
            return;
        }
        let Some(scheduled) = scheduled else {
            return;
        };
        let at_least = (next.min.max(1), percentages);
        let was_least = (bounds.min.max(1), percentages);
        let name = service.name.as_str();
        let is_said = match target.has_policies() {
            true => warn_at_count(
                &scheduled.place,
                (name, "scaled in to"),
                at_least,
                was_least,
            ),
            false => {
                let now = (state.count, percentages);
                warn_at_count(&scheduled.place, (name, "with"), now, (count, percentages))
            }
        };
        if is_said {
            self.said_actions.insert((id, action));
        }
    }
}

/// The first of these fields of a block that is there, else the block itself.
fn inner<'a>(field: &Field<'a>, keys: &[&'static str]) -> Field<'a> {
    let map = field.is_mapping().then(|| field.map()).flatten();
    let found = map.and_then(|mut map| keys.iter().find_map(|key| map.field(key)));
    found.unwrap_or_else(|| field.clone())
}
