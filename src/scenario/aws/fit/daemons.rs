//! What DAEMON services leave of an instance for others, and what managed scaling then launches.

use crate::catalog::instances::get;
use crate::policy::placement::{Candidate, Need};
use crate::scenario::plan::{NetworkMode, ProviderKind, ServicePlan, TaskDefinitionPlan};
use crate::scenario::reader::Field;

use super::{Fit, Hosted, Possible, lacks, nearest, need, suits};

impl Fit<'_> {
    /// The same for tasks of a service, after all services were read: what is left of instances
    /// beside DAEMON services, and whether managed scaling launches any for them.
    pub(in crate::scenario) fn check_again(&self, field: &Field<'_>, of: &Hosted<'_>) {
        let definition = self.task_definitions.get(of.task_definition);
        for (kind, provider) in self.providers.hosts_of(of.strategy) {
            let rooms = self.rooms(&self.groups_of(kind), definition, of);
            // What no instance takes at all was said when the service was read.
            if nearest(definition, &rooms).is_none() {
                self.check_daemons(field, (kind, provider), (definition, rooms));
            }
        }
    }

    /// Reports tasks that no instance takes beside those of DAEMON services, and warns of those
    /// that managed scaling launches none for.
    pub(super) fn check_daemons(
        &self,
        field: &Field<'_>,
        (kind, provider): (ProviderKind, &str),
        (definition, mut rooms): (&TaskDefinitionPlan, Vec<(Candidate, Possible<'_>)>),
    ) {
        for (candidate, possible) in &mut rooms {
            candidate.free = self.left(possible, candidate.free);
        }
        if let Some((closest, lacking, candidate)) = nearest(definition, &rooms) {
            let names: Vec<&str> = self.daemons().map(|it| it.name.as_str()).collect();
            let message = format!(
                "no instance of {provider} can ever take a task of {} beside the DAEMON service{} \
                 {}, whose tasks come first on each: {}",
                definition.name(),
                if names.len() == 1 { "" } else { "s" },
                names.join(", "),
                lacks(closest, lacking, (definition, candidate))
            );
            let help = format!("the closest of its types is {}", closest.name);
            field.error("never-fits", message).help(help).report();
            return;
        }
        if let ProviderKind::AutoScalingGroup(group) = kind
            && self.providers.scales(provider)
        {
            self.check_smallest(field, (group.index(), provider), definition);
        }
    }

    /// Managed scaling counts tasks only that fit the smallest of the group's types in every
    /// dimension (`policy::managed_scaling::wanted`).
    fn check_smallest(
        &self,
        field: &Field<'_>,
        (group, provider): (usize, &str),
        definition: &TaskDefinitionPlan,
    ) {
        let (group, need) = (&self.groups[group], need(definition));
        let zones = group.zones.first();
        let left = group.types.iter().map(|known| {
            let possible = Possible {
                group,
                kind: get(known.instance_type),
                zone: zones.map_or("", |zone| self.network.zone_name(*zone)),
                subnet: group.subnets.first().and_then(Option::as_deref),
            };
            (self.left(&possible, known.registered), possible.kind.name)
        });
        let exceeded = left.filter(|(left, _)| !need.fits(left));
        let Some((left, name)) = exceeded.min_by_key(|(left, _)| (left.cpu, left.memory)) else {
            return;
        };
        let why = if left.cpu < need.cpu {
            format!("{} CPU units, {name} has {}", need.cpu, left.cpu)
        } else if left.memory < need.memory {
            format!("{} MiB, {name} registers {}", need.memory, left.memory)
        } else if left.gpus < need.gpus {
            format!("{} GPUs, {name} has {}", need.gpus, left.gpus)
        } else {
            format!("a task ENI, {name} has none")
        };
        let message = format!(
            "managed scaling of {provider} launches no instance for a task of {}: it needs {why}, \
             and ECS counts only tasks that fit the smallest of the group's types",
            definition.name()
        );
        let help = "it waits in PROVISIONING until an instance with room is there for another \
                    reason: give it a provider whose types all take it, or a higher MinSize";
        field
            .warning("never-scales-out", message)
            .help(help)
            .report();
    }

    fn daemons(&self) -> impl Iterator<Item = &ServicePlan> {
        let services = self.services.unwrap_or_default().iter();
        services.filter(|service| service.is_daemon)
    }

    /// What the DAEMON services that go to an instance, and fit there one after the other, leave
    /// of it.
    fn left(&self, possible: &Possible<'_>, mut free: Need) -> Need {
        for daemon in self.daemons() {
            let definition = self.task_definitions.get(daemon.task_definition);
            let hosting = &definition.hosting;
            let goes_there = self.providers.hosts_of(&daemon.strategy).any(|(kind, _)| {
                let groups = self.groups_of(kind);
                groups
                    .iter()
                    .any(|group| std::ptr::eq(*group, possible.group))
            });
            let mut expressions = hosting
                .constraints
                .iter()
                .chain(&daemon.placement.constraints);
            let is_reached = hosting.network != NetworkMode::Awsvpc || !daemon.zones.is_empty();
            let is_wanted = goes_there
                && is_reached
                && suits(possible.kind, hosting.architecture)
                && expressions.all(|it| possible.may_meet(it));
            let need = need(definition);
            if is_wanted && need.fits(&free) {
                free = free.less(&need);
            }
        }
        free
    }
}
