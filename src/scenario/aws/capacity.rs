//! What tasks are and where they may run: task definitions, groups of instances, quotas.

use crate::catalog::instances::EniTrunking;
use crate::catalog::regions::Region;
use crate::scenario::context::Context;
use crate::scenario::plan::{GroupPlan, QuotaPlan, RetirementPlan};
use crate::scenario::reader::MapReader;
use crate::scenario::world::Begun;

use super::boundary::Boundary;
use super::capacity_provider::GroupProviders;
use super::networking::Network;
use super::placement::Placements;
use super::scheduled_action::ScheduledAction;
use super::task_definition::TaskDefinitions;
use super::{
    account, auto_scaling_group, capacity_provider, cluster, external, instance_quota,
    launch_template, managed_instances, scheduled_action, task_definition,
};

/// What tasks are and where they may run.
pub(super) struct Capacity<'a> {
    pub(super) machine_names: Vec<String>,
    pub(super) quotas: QuotaPlan,
    pub(super) retirement: Option<RetirementPlan>,
    pub(super) placements: Placements,
    pub(super) task_definitions: TaskDefinitions,
    /// Groups of instances that providers of the cluster have.
    pub(super) groups: Vec<GroupPlan>,
    pub(super) scheduled_actions: Vec<ScheduledAction<'a>>,
    pub(super) providers: GroupProviders,
}

/// Reads what a cluster's tasks are and what they may run on.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    world: &Begun<'_>,
    (region, is_region_known, network, boundary): (&'static Region, bool, &Network, &Boundary),
) -> Capacity<'a> {
    let account = account::read(cx, map);
    let templates = launch_template::read(cx, map);
    let has_groups = map.field("autoScalingGroups").is_some();
    let group_names = auto_scaling_group::names(map);
    let around = (&world.instances, &world.streams);
    let managed_names = managed_instances::names(map);
    let machines = external::read(cx, map, around, (&group_names, &managed_names));
    let own = machines.iter().flat_map(|it| &it.agent.attributes);
    let own = own.map(|(name, _)| name.as_str());
    let of_place: Vec<&str> = auto_scaling_group::ids_of_place(map, network).collect();
    let placements = Placements::new(
        templates
            .attributes()
            .chain(own)
            .chain(of_place.iter().copied()),
        world.instances.has_agent_version(),
    );
    let task_definitions = task_definition::read(
        cx,
        map,
        &task_definition::Around {
            work: &world.work,
            placements: &placements,
            boundary,
            has_instances: has_groups || !machines.is_empty() || !managed_names.is_empty(),
        },
    );
    let around = auto_scaling_group::Around {
        region,
        is_region_known,
        network,
        templates: &templates,
        instances: &world.instances,
        streams: &world.streams,
        trunking: match has_groups || !managed_names.is_empty() {
            true => account.trunking(cx),
            false => EniTrunking::Off,
        },
        architecture: task_definitions.usual_architecture(),
    };
    let listed = cluster::listed(map);
    let mut groups = auto_scaling_group::read(cx, map, &around);
    let mut providers = capacity_provider::read(cx, map, &mut groups, (&around, listed.as_deref()));
    let mut machine_names = external::names(map);
    providers.has_external = !machine_names.is_empty();
    machine_names.extend(managed_names);
    let managed = std::mem::take(&mut providers.managed);
    let scheduled_actions = scheduled_action::read(cx, map, &groups);
    let groups = groups.plans.into_iter().chain(managed).chain(machines);
    let groups: Vec<GroupPlan> = groups.collect();
    instance_quota::check(map, &groups);
    Capacity {
        machine_names,
        retirement: account.retirement(cx, world.retirements),
        quotas: account.quotas,
        placements,
        task_definitions,
        scheduled_actions,
        groups,
        providers,
    }
}
