//! Deployments that can never move, each judged by what the timeline has made of its service and of
//! the cluster by then; services that it never deploys by what they start with.

use std::collections::{BTreeMap, BTreeSet};

use super::super::aws::{Aws, Deploying, Fit, ScheduledScaling, warn_at_count};
use super::super::plan::{GroupPlan, ServicePlan, ServiceUpdate, TimelineAction, TimelineEntry};
use super::super::reader::Field;
use crate::engine::SimTime;
use crate::ids::{GroupId, ScalableTargetId, ServiceId, TaskDefinitionId};
use crate::policy::auto_scaling_group::{SizeUpdate, Sizes};
use crate::policy::deployment::Percentages;
use crate::policy::scheduled_scaling::Bounds;
use crate::policy::strategy::Strategy;

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
    bounds: Option<Bounds>,
    /// Whether policies scale it.
    is_scaled: bool,
    /// Whether what runs, and where, is known: not after tasks were left on other capacity, or a
    /// deployment may not have got through.
    is_known: bool,
}

/// The timeline as it is gone through.
struct Walk<'w, 'a> {
    aws: &'w Aws<'a>,
    states: Vec<State<'w>>,
    groups: Vec<GroupPlan>,
    /// The scheduled actions of targets.
    scheduled: BTreeMap<(ScalableTargetId, usize), &'w ScheduledScaling<'a>>,
    /// Places of UpdateService, and scheduled actions, that something was said of.
    said: BTreeSet<usize>,
    looked_at: BTreeSet<usize>,
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
    let mut walk = Walk::new(aws);
    let calls = Calls::of(aws, entries, horizon);
    for (name, place) in starts {
        let service = aws.service_named(name);
        if let Some(service) = service.filter(|it| !calls.deployed.contains(it)) {
            let own = aws.services[service.index()].task_definition;
            let count = aws.services[service.index()].desired_count;
            walk.check_places(place, (service, own, count), AT_START);
        }
    }
    updates.times.sort_by_key(|(at, _)| *at);
    let mut places = updates.times.iter();
    for entry in entries.iter().take_while(|it| it.at < horizon) {
        match &entry.action {
            TimelineAction::UpdateService(update) => {
                let Some((_, index)) = places.next() else {
                    return;
                };
                let is_alone = !calls.together.contains(&(entry.at, update.service));
                walk.update((*index, &updates.fields[*index]), update, is_alone);
            }
            TimelineAction::SetDesiredCapacity { group, desired } => {
                let desired = Some(*desired);
                walk.resize(
                    *group,
                    SizeUpdate {
                        desired,
                        ..SizeUpdate::default()
                    },
                );
            }
            TimelineAction::UpdateGroup { group, update } => walk.resize(*group, *update),
            TimelineAction::ScaleOnSchedule { target, action } => walk.scale(*target, *action),
            // Which revision runs then depends on how far it was.
            TimelineAction::StopDeployment { service, .. } => {
                walk.states[service.index()].is_known = false;
            }
            _ => {}
        }
    }
}

/// What is known of the UpdateService calls of a run before it is gone through.
#[derive(Default)]
struct Calls {
    /// The services that are deployed.
    deployed: BTreeSet<ServiceId>,
    /// Instants with several calls of one service.
    together: BTreeSet<(SimTime, ServiceId)>,
}

impl Calls {
    fn of(aws: &Aws<'_>, entries: &[TimelineEntry], horizon: SimTime) -> Self {
        let present = |service: &ServicePlan| (service.task_definition, None);
        let mut states: Vec<_> = aws.services.iter().map(present).collect();
        let mut calls = Calls::default();
        for entry in entries.iter().take_while(|it| it.at < horizon) {
            if let TimelineAction::UpdateService(update) = &entry.action {
                let (present, last) = &mut states[update.service.index()];
                if deploys(update, *present) {
                    calls.deployed.insert(update.service);
                }
                *present = update.task_definition.unwrap_or(*present);
                if last.replace(entry.at) == Some(entry.at) {
                    calls.together.insert((entry.at, update.service));
                }
            }
        }
        calls
    }
}

/// Whether a call to a service of a revision starts a deployment.
fn deploys(update: &ServiceUpdate, present: TaskDefinitionId) -> bool {
    let is_other = update.task_definition.is_some_and(|it| it != present);
    update.force_new_deployment || is_other
}

impl<'w, 'a> Walk<'w, 'a> {
    fn new(aws: &'w Aws<'a>) -> Self {
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
            bounds,
            is_scaled,
            is_known: true,
        };
        let services = aws.services.iter().zip(bounds);
        let scheduled = aws.scheduled_scaling.iter();
        let scheduled = scheduled.map(|it| ((it.target, it.action), it));
        Walk {
            aws,
            states: services.zip(is_scaled).map(state).collect(),
            groups: aws.groups.clone(),
            scheduled: scheduled.collect(),
            said: BTreeSet::new(),
            looked_at: BTreeSet::new(),
            said_actions: BTreeSet::new(),
        }
    }

    /// UpdateService; `is_alone`: no other one of the service at the same instant.
    fn update(
        &mut self,
        (index, field): (usize, &Field<'a>),
        update: &'w ServiceUpdate,
        is_alone: bool,
    ) {
        let state = &mut self.states[update.service.index()];
        let before = (state.count, state.percentages);
        let changed = &update.deployment;
        let percentages = &mut state.percentages;
        if let Some(percent) = changed.minimum_healthy_percent {
            percentages.minimum_healthy = percent;
        }
        if let Some(percent) = changed.maximum_percent {
            percentages.maximum = percent;
        }
        if let (Some(shift), Some(_)) = (changed.shift, state.is_shifted) {
            state.is_shifted = Some(shift.is_some());
        }
        state.count = update.desired_count.unwrap_or(state.count);
        // Tasks stay where they are until they are replaced.
        let strategy = update.strategy.as_ref().unwrap_or(state.strategy);
        state.is_known &= is_alone && strategy.items() == state.strategy.items();
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
            // Of 100 and 100 together it was said whatever the count.
            let is_said = (now.1.minimum_healthy, now.1.maximum) == (100, 100)
                && changed.minimum_healthy_percent.is_some()
                && changed.maximum_percent.is_some();
            if !is_said && warn_at_count(&place, (&service.name, "with"), now, before) {
                self.said.insert(index);
            }
        }
        let state = &self.states[update.service.index()];
        let (old, is_known) = (state.definition, state.is_known);
        let new = update.task_definition.unwrap_or(old);
        // An entry that is repeated is looked at once.
        if deploys(update, old) && is_known && self.looked_at.insert(index) {
            let keys = ["capacityProviderStrategy", "taskDefinition"];
            let least = match (state.is_scaled, state.bounds) {
                (true, Some(bounds)) => bounds.min.max(1),
                _ => u32::MAX,
            };
            let count = before.0.min(state.count).min(least);
            let is_told =
                self.check_places(&inner(field, &keys), (update.service, new, count), BY_THEN);
            // Whether it ever gets through is not known.
            self.states[update.service.index()].is_known = !is_told;
        }
        self.states[update.service.index()].definition = new;
    }

    /// Warns where a deployment to a revision of so many tasks finds no place for its tasks.
    /// Whether it warned.
    fn check_places(
        &self,
        place: &Field<'_>,
        (service, new, desired): (ServiceId, TaskDefinitionId, u32),
        when: &'static str,
    ) -> bool {
        let state = &self.states[service.index()];
        let Some(is_shifted) = state.is_shifted else {
            return false;
        };
        let fit = Fit {
            groups: &self.groups,
            ..self.aws.fit()
        };
        let deploying = Deploying {
            service: &self.aws.services[service.index()],
            strategy: state.strategy,
            revisions: [state.definition, new],
            desired,
            percentages: state.percentages,
            is_shifted,
            when,
        };
        fit.check_rollout(place, &self.aws.quotas, &deploying)
    }

    /// A group has other sizes from now on, unless AWS refuses them.
    fn resize(&mut self, group: GroupId, update: SizeUpdate) {
        let group = &mut self.groups[group.index()];
        let sizes = Sizes {
            min: group.min_size,
            max: group.max_size,
            desired: group.desired_capacity,
        };
        if let Ok(sizes) = sizes.updated(&update) {
            group.min_size = sizes.min;
            group.max_size = sizes.max;
            group.desired_capacity = sizes.desired;
        }
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
