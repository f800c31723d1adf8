//! Rollouts that find no place for a task beside those that run, and may stop none first.

mod quotas;

use std::collections::BTreeSet;

use crate::ids::{GroupId, TaskDefinitionId};
use crate::policy::deployment::Percentages;
use crate::policy::placement::{Candidate, Need};
use crate::policy::strategy::Strategy;
use crate::scenario::plan::{GroupPlan, ProviderKind, QuotaPlan, ServicePlan, TaskDefinitionPlan};
use crate::scenario::reader::Field;

use super::super::rollout_bounds::{DaemonBounds, starts_first};
use super::{Fit, Hosted, need};

/// A service as a deployment finds it.
pub(in crate::scenario) struct Redeployed<'d> {
    pub(in crate::scenario) service: &'d ServicePlan,
    pub(in crate::scenario) strategy: &'d Strategy,
    /// The revision that runs, and the one that is to run.
    pub(in crate::scenario) revisions: [TaskDefinitionId; 2],
    pub(in crate::scenario) desired: u32,
    pub(in crate::scenario) percentages: Percentages,
    /// Whether the new tasks all stand beside the old ones before traffic goes over.
    pub(in crate::scenario) is_shifted: bool,
    /// Of a DAEMON: whether it was said that its percentages keep all tasks, however many.
    pub(in crate::scenario) is_said: bool,
    /// Whether groups are taken for larger than they are by then: the timeline enlarges them.
    pub(in crate::scenario) grows: bool,
    /// Groups whose instances the timeline replaces: new tasks come with new ones.
    pub(in crate::scenario) replaced: &'d BTreeSet<GroupId>,
    /// Those and others of which it takes or adds instances: a DAEMON's tasks come and go with
    /// them.
    pub(in crate::scenario) changing: &'d BTreeSet<GroupId>,
    /// How the message begins.
    pub(in crate::scenario) when: &'static str,
}

/// What is known of a deployment before it is played.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::scenario) enum Outlook {
    /// It can never move: that was said.
    Stuck,
    /// There are fewer places for the new tasks than are wanted.
    Unsure,
    /// There is a place for each new task.
    HasPlaces,
}

/// Instances of a group that a service's tasks may go to, without any task.
struct Standing {
    instances: u64,
    /// Tasks of the revision that runs, and of the one that is to run, that one takes at most.
    each: [u32; 2],
    /// Tasks of the former that one may have at most and still take one of the latter; `None`: it
    /// takes none at all.
    beside: Option<u32>,
    /// CPU units and MiB of all of them together.
    amounts: [u64; 2],
    /// Whether the revision that is to run may go where the other one may not.
    has_more: bool,
}

impl Standing {
    /// Tasks of the revision that runs (0), or of the one that is to run (1), that all of these
    /// take at most.
    fn places(all: &[Standing], which: usize) -> u64 {
        let places = all
            .iter()
            .map(|it| it.instances * u64::from(it.each[which]));
        places.sum()
    }
}

impl Fit<'_> {
    /// Warns of a service whose deployments can never start a task: its instances take no more of
    /// them than it has, or its vCPU quota does not. What other tasks need beside is left out.
    pub(in crate::scenario) fn check_rollout(
        &self,
        place: &Field<'_>,
        quotas: &QuotaPlan,
        of: &Redeployed<'_>,
    ) -> Outlook {
        if of.service.is_daemon {
            return match self.check_daemon_rollout(place, of) {
                true => Outlook::Stuck,
                false => Outlook::HasPlaces,
            };
        }
        let all = self.all_standing(of);
        let is_sure =
            |(all, _): &(Vec<Standing>, bool)| u64::from(of.desired) <= Standing::places(all, 1);
        let is_sure = all.as_ref().is_none_or(is_sure);
        let outlook = match is_sure {
            true => Outlook::HasPlaces,
            false => Outlook::Unsure,
        };
        if of.desired == 0 || !(of.is_shifted || starts_first(of.desired, of.percentages)) {
            return outlook;
        }
        let is_replaced =
            |it: &GroupPlan| self.id_of(it).is_some_and(|id| of.replaced.contains(&id));
        if !of.is_shifted && self.used_groups(of).any(is_replaced) {
            return outlook;
        }
        let places = all.and_then(|(all, is_scaled)| self.too_few_places(of, &all, is_scaled));
        let said = places.or_else(|| self.too_few_vcpus(of, quotas));
        let Some((what, help)) = said else {
            return outlook;
        };
        let (name, when, desired) = (&of.service.name, of.when, of.desired);
        let (message, help) = match of.is_shifted {
            true => (
                format!(
                    "{when}, a deployment of {name} has no room for its {desired} new tasks \
                     beside the {desired} that run: {what}"
                ),
                help,
            ),
            false => (
                format!(
                    "{when}, a deployment of {name} can start no task: {what}, and \
                     minimumHealthyPercent {} lets none of its {desired} stop first",
                    of.percentages.minimum_healthy
                ),
                format!("{help}, or less minimumHealthyPercent"),
            ),
        };
        let pending = place.warning("stuck-deployments", message);
        pending.help(help).report();
        Outlook::Stuck
    }

    /// The same of a DAEMON service, which stops a task first: percentages that keep all.
    fn check_daemon_rollout(&self, place: &Field<'_>, of: &Redeployed<'_>) -> bool {
        if of.is_said {
            return false;
        }
        let groups: Vec<&GroupPlan> = self.used_groups(of).collect();
        // Of groups that are scaled it is not known how many there are, which 100 % does not ask;
        // where instances come or go, so do tasks.
        let is_share = of.percentages.minimum_healthy < 100;
        let varies = |it: &&GroupPlan| {
            let is_scaled = is_share && self.is_scaled(it) && it.min_size != it.max_size;
            let changes = || self.id_of(it).is_some_and(|id| of.changing.contains(&id));
            is_scaled || (changes() && self.standing(it, of).is_some())
        };
        if groups.iter().any(varies) {
            return false;
        }
        let standing = groups.iter().filter_map(|group| self.standing(group, of));
        let standing: Vec<Standing> = standing.collect();
        // Where they come to be on other instances too, none has to stop first.
        if standing.iter().any(|it| it.has_more) {
            return false;
        }
        let standing = standing.into_iter();
        let instances = standing.filter(|it| 0 < it.each[1]).map(|it| it.instances);
        let instances = u32::try_from(instances.sum::<u64>()).unwrap_or(u32::MAX);
        let stuck = DaemonBounds::stuck(instances, of.percentages);
        if let Some(stuck) = &stuck {
            let (name, when) = (&of.service.name, of.when);
            let message = format!("{when}, a deployment of {name} can stop no task: {stuck}");
            let pending = place.warning("stuck-deployments", message);
            pending.help(stuck.help()).report();
        }
        stuck.is_some()
    }

    /// The groups that tasks go to.
    fn used_groups(&self, of: &Redeployed<'_>) -> impl Iterator<Item = &GroupPlan> {
        self.used(of.strategy).flat_map(|kind| self.groups_of(kind))
    }

    /// The instances that a service's tasks may go to, by group, and whether one of the groups may
    /// come to have more for tasks that wait; `None`: they also go elsewhere.
    fn all_standing(&self, of: &Redeployed<'_>) -> Option<(Vec<Standing>, bool)> {
        let mut all = Vec::new();
        let mut is_scaled = false;
        for kind in self.used(of.strategy) {
            // ECS launches Managed Instances for what waits.
            if !kind.is_hosted() || matches!(kind, ProviderKind::ManagedInstances(_)) {
                return None;
            }
            for group in self.groups_of(kind) {
                is_scaled |= self.is_scaled(group);
                all.extend(self.standing(group, of));
            }
        }
        Some((all, is_scaled))
    }

    /// What is said where the instances that a strategy's groups may have take no more tasks than
    /// are wanted.
    fn too_few_places(
        &self,
        of: &Redeployed<'_>,
        all: &[Standing],
        is_scaled: bool,
    ) -> Option<(String, String)> {
        let places = Standing::places(all, 0);
        // Who waits for a place gets one when the group grows, as a new task.
        if of.grows && places < u64::from(of.desired) {
            return None;
        }
        // Where there are none, that was said.
        if places == 0 || all.iter().any(|it| it.has_more) || self.has_room(all, of) {
            return None;
        }
        let definitions = of.revisions.map(|id| self.task_definitions.get(id));
        let is_alone = of.service.placement.distinct_instance;
        let (each, help) = match (definitions[1].hosting.ports.len(), is_alone) {
            (0, false) => ("", "raise MaxSize"),
            (0, true) => (" (distinctInstance: one each)", "raise MaxSize"),
            _ => (
                " (its host port is there once on each)",
                "write hostPort: 0, raise MaxSize",
            ),
        };
        let help = match is_scaled {
            true => help.to_owned(),
            false => help.replace("raise MaxSize", "raise DesiredCapacity"),
        };
        let instances: u64 = all.iter().map(|it| it.instances).sum();
        let there = match (instances, is_scaled) {
            (1, true) => "the one instance that there may be takes".to_owned(),
            (1, false) => "the one instance that there is takes".to_owned(),
            (_, true) => format!("the {instances} instances that there may be take"),
            (_, false) => format!("the {instances} instances that there are take"),
        };
        let names = definitions.map(TaskDefinitionPlan::name);
        let taken = match places {
            1 => format!("one task of {}", names[0]),
            _ => format!("{places} tasks of {}", names[0]),
        };
        let what = match names[0] == names[1] {
            true => format!("{there} {taken}{each}"),
            false if of.is_shifted => {
                format!("{there} {taken}{each}, or fewer beside {}", names[1])
            }
            false => format!(
                "{there} {taken}{each}, and none of {} beside them",
                names[1]
            ),
        };
        Some((what, help))
    }

    /// Whether a task of the new revision may stand beside all of the old one's; where traffic is
    /// shifted, as many as wanted. It is only denied where that is sure.
    fn has_room(&self, all: &[Standing], of: &Redeployed<'_>) -> bool {
        let desired = u64::from(of.desired);
        let old = Standing::places(all, 0);
        if !of.is_shifted {
            // Where fewer have a place than are wanted, no more run.
            let running = desired.min(old);
            // One instance has no more than leaves room, all others are full.
            return all.iter().filter(|it| 0 < it.instances).any(|it| {
                let beside = it.beside.map(u64::from);
                let others = old - u64::from(it.each[0]);
                beside.is_some_and(|beside| running <= others + beside)
            });
        }
        let new = Standing::places(all, 1);
        if of.revisions[0] == of.revisions[1] {
            return 2 * desired <= old;
        }
        let needs = of.revisions.map(|id| need(self.task_definitions.get(id)));
        let asked = [
            needs.iter().map(|it| u64::from(it.cpu)).sum::<u64>(),
            needs.iter().map(|it| u64::from(it.memory)).sum::<u64>(),
        ];
        if self.keeps_apart(of) {
            // One of either an instance.
            let takes = all.iter().filter(|it| it.each != [0, 0]);
            let instances: u64 = takes.map(|it| it.instances).sum();
            return desired <= new && 2 * desired <= instances;
        }
        let mut amounts = [0; 2];
        for it in all {
            amounts = [amounts[0] + it.amounts[0], amounts[1] + it.amounts[1]];
        }
        let fits = asked.iter().zip(amounts);
        desired <= new
            && fits
                .into_iter()
                .all(|(asked, there)| desired * asked <= there)
    }

    /// Whether a group may come to have more instances for tasks that wait.
    fn is_scaled(&self, group: &GroupPlan) -> bool {
        self.id_of(group)
            .is_some_and(|id| self.providers.scales_group(id))
    }

    fn id_of(&self, group: &GroupPlan) -> Option<GroupId> {
        let position = self.groups.iter().position(|it| it.name == group.name);
        position.map(GroupId::from_index)
    }

    /// Whether no instance may have a task of both revisions.
    fn keeps_apart(&self, of: &Redeployed<'_>) -> bool {
        let ports = of
            .revisions
            .map(|id| &self.task_definitions.get(id).hosting.ports);
        of.service.placement.distinct_instance || ports[0].clash(ports[1]).is_some()
    }

    /// The instances of a group that a service's tasks may go to; `None` without any.
    fn standing(&self, group: &GroupPlan, of: &Redeployed<'_>) -> Option<Standing> {
        let definitions = of.revisions.map(|id| self.task_definitions.get(id));
        let rooms = [0, 1].map(|which| {
            let hosted = Hosted {
                task_definition: of.revisions[which],
                strategy: of.strategy,
                placement: &of.service.placement,
                zones: &of.service.zones,
            };
            let rooms = self.rooms(&[group], definitions[which], &hosted);
            let all = rooms.into_iter().map(|(it, _)| it);
            all.collect::<Vec<Candidate>>()
        });
        let has_more = goes_further(&rooms, &definitions.map(need));
        let rooms = rooms.map(|mut all| {
            all.retain(is_open);
            all
        });
        let zones: BTreeSet<usize> = rooms[0].iter().map(|it| it.zone).collect();
        let size = match self.is_scaled(group) {
            true => group.max_size,
            false => group.desired_capacity,
        };
        // Zones are kept even: no more than their share is in those that are reached.
        let in_zones = match group.balances_zones && !group.zones.is_empty() {
            true => size.div_ceil(group.zones.len() as u32) * zones.len() as u32,
            false => size,
        };
        let is_alone = |which: usize| {
            of.service.placement.distinct_instance || !definitions[which].hosting.ports.is_empty()
        };
        let needs = definitions.map(need);
        let each = [0, 1].map(|which| {
            let each = rooms[which]
                .iter()
                .map(|it| needs[which].times_in(&it.free));
            let most = each.max().unwrap_or(0);
            if is_alone(which) { most.min(1) } else { most }
        });
        let keeps_apart = self.keeps_apart(of);
        let beside = |free: &Need| {
            let most = if keeps_apart { 0 } else { each[0] };
            let left = needs[0].times_in(&free.less(&needs[1]));
            needs[1].fits(free).then_some(left.min(most))
        };
        let amounts = |of: fn(&Need) -> u32| {
            let most = rooms[0].iter().map(|it| of(&it.free)).max();
            u64::from(most.unwrap_or(0)) * u64::from(size.min(in_zones))
        };
        (!zones.is_empty() || has_more).then(|| Standing {
            instances: u64::from(size.min(in_zones)),
            each,
            beside: rooms[1].iter().filter_map(|it| beside(&it.free)).max(),
            amounts: [amounts(|free| free.cpu), amounts(|free| free.memory)],
            has_more,
        })
    }

    /// The providers that tasks go to: not those of weight 0 without a base.
    fn used(&self, strategy: &Strategy) -> impl Iterator<Item = ProviderKind> {
        let items = strategy.items().iter();
        let items = items.filter(|item| 0 < item.weight || 0 < item.base);
        items.map(|item| self.providers.kind(item.provider))
    }
}

/// Whether a task may go to instances like this one, room apart.
fn is_open(it: &Candidate) -> bool {
    it.is_suitable && it.is_reached && it.meets_lasting
}

/// Whether the second revision may go to instances of a group that the first one may not go to.
fn goes_further([old, new]: &[Vec<Candidate>; 2], needs: &[Need; 2]) -> bool {
    let takes = |it: &Candidate, need: &Need| is_open(it) && need.fits(&it.free);
    let mut pairs = old.iter().zip(new);
    pairs.any(|(old, new)| takes(new, &needs[1]) && !takes(old, &needs[0]))
}
