//! `managedInstancesProvider` of a capacity provider: ECS Managed Instances, which ECS launches for
//! tasks that wait (API CreateManagedInstancesProviderConfiguration).

use crate::engine::SimDuration;
use crate::ids::{GroupId, ZoneId};
use crate::policy::auto_scaling_group::{
    Distribution, OnDemandAllocation, SpotAllocation, TerminationPolicy,
};
use crate::policy::image_cleanup::ImageCleanup;
use crate::policy::instance_requirements::{Buys, Per, Requirements};
use crate::policy::managed_instances::ScaleInAfter;
use crate::policy::placement::{Ports, RESERVED_PORTS};
use crate::scenario::context::{
    Context, bounded, not_built_value, refuse_not_built, warn_not_built,
};
use crate::scenario::node::Node;
use crate::scenario::plan::{
    AgentPlan, GroupPlan, GroupProviderPlan, ImagePull, ManagedPlan, VolumePlan,
};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::managed_instances::OfProvider;
use crate::units::MiB;

use super::auto_scaling_group::{Around, INSTANCES_MAX};
use super::capacity_provider::GroupProvider;
use super::group_types::{self, Launched, Offer};
use super::instance_requirements::{Market, Spelling, choose, read_requirements};
use super::networking::SUBNETS_OF_ONE_MAX;

const WHERE: &str = "aws.capacityProviders.*.managedInstancesProvider";
/// API ManagedInstancesStorageConfiguration, `storageSizeGiB`: the largest gp3 volume.
const STORAGE_MAX: u32 = 65_536;
/// API InfrastructureOptimization.
const SCALE_IN_AFTER_MAX: i64 = 3_600;

/// How instances are bought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CapacityOption {
    OnDemand,
    Spot,
    Reserved,
}

const OPTIONS: [(&str, CapacityOption); 3] = [
    ("ON_DEMAND", CapacityOption::OnDemand),
    ("SPOT", CapacityOption::Spot),
    ("RESERVED", CapacityOption::Reserved),
];

/// The names of all providers of Managed Instances, sound or not.
pub(super) fn names(aws: &mut MapReader<'_>) -> Vec<String> {
    let is_one = |it: &Node| it.get("managedInstancesProvider").is_some();
    aws.names_in("capacityProviders", "name", is_one)
}

/// Reads the provider of this name; its group has no id yet.
pub(super) fn read(
    cx: &Context<'_>,
    (name, place): (&str, &Field<'_>),
    field: &Field<'_>,
    around: &Around<'_>,
) -> Option<(GroupProvider, GroupPlan)> {
    let mut map = field.map()?;
    let template = map.required("instanceLaunchTemplate");
    let optimization = map.map("infrastructureOptimization");
    map.finish_aws("ecs.ManagedInstancesProvider");
    let template = template.and_then(|field| template_of(cx, &field, (place, around)));
    let of_world = around.instances.of_managed(cx, name);
    let scale_in_after = optimization.and_then(scale_in_after);
    let scale_in_after = scale_in_after.unwrap_or_else(|| {
        ScaleInAfter::After(of_world.scale_in_after.unwrap_or_else(|| {
            cx.default_duration("world.instances.*.managedInstances.scaleInAfter")
        }))
    });
    let managed = ManagedPlan {
        scale_in_after,
        lifetime: of_world.lifetime,
        replace_below_percent: of_world.replace_below_percent,
        gathering: of_world.gathering,
        is_of_any_age: of_world.is_of_any_age,
    };
    let provider = GroupProvider {
        name: name.to_owned(),
        plan: GroupProviderPlan {
            // Known once all groups are.
            group: GroupId::from_index(0),
            managed_scaling: None,
            termination_protection: false,
            managed_draining: true,
            placement_retry: of_world.gathering,
            wait_min: of_world.wait.0,
            wait_max: of_world.wait.1,
            is_managed_instances: true,
        },
    };
    let group = template?.group((name, managed), of_world, around);
    Some((provider, group))
}

/// `scaleInAfter`; none where AWS's own default applies.
fn scale_in_after(mut map: MapReader<'_>) -> Option<ScaleInAfter> {
    let field = map.field("scaleInAfter");
    map.finish_aws("ecs.InfrastructureOptimization");
    let field = field?;
    let text = field.node().as_text()?;
    match text.parse::<i64>() {
        Ok(-1) => Some(ScaleInAfter::Never),
        Ok(seconds @ 0..=SCALE_IN_AFTER_MAX) => Some(ScaleInAfter::After(SimDuration::from_secs(
            seconds.unsigned_abs(),
        ))),
        Ok(_) | Err(_) => {
            let message = format!("{text} is not between 0 and {SCALE_IN_AFTER_MAX} seconds");
            let help = "write whole seconds, or -1 to keep idle and under-used instances";
            field.error("out-of-range", message).help(help).report();
            None
        }
    }
}

/// What an instance is: `instanceLaunchTemplate`.
struct Template {
    zones: Vec<ZoneId>,
    types: Vec<crate::scenario::plan::GroupTypePlan>,
    buys_spot: bool,
    volume_gib: u32,
}

fn template_of(
    cx: &Context<'_>,
    field: &Field<'_>,
    (place, around): (&Field<'_>, &Around<'_>),
) -> Option<Template> {
    let mut map = field.map()?;
    let zones = zones(cx, &mut map, around);
    let volume_gib = storage(cx, &mut map);
    let bought = map.field("capacityOptionType");
    let requirements = map.field("instanceRequirements");
    if let Some(monitoring) = map.field("monitoring")
        && monitoring.choice(&[("BASIC", true), ("DETAILED", false)]) == Some(false)
    {
        warn_not_built(&monitoring, "what detailed monitoring costs");
    }
    if let Some(mut local) = map.map("localStorageConfiguration") {
        if let Some(used) = local.field("useLocalStorage")
            && used.bool() == Some(true)
        {
            not_built_value(&used);
        }
        local.finish_aws("ecs.ManagedInstancesLocalStorageConfiguration");
    }
    refuse_not_built(&mut map, &["capacityReservations"]);
    map.finish_aws("ecs.InstanceLaunchTemplate");
    let buys_spot = match bought {
        Some(field) => buys_spot(&field)?,
        None => {
            cx.default_text(&format!(
                "{WHERE}.instanceLaunchTemplate.capacityOptionType"
            ));
            false
        }
    };
    let (requirements, place) = match &requirements {
        Some(field) => (read_requirements(cx, field, &Spelling::ECS)?, field),
        None => {
            let path = format!("{WHERE}.instanceLaunchTemplate.instanceRequirements");
            cx.default_text(&path);
            (Requirements::general_purpose(), place)
        }
    };
    let types = types(cx, &requirements, (place, around, buys_spot))?;
    Some(Template {
        zones,
        types,
        buys_spot,
        volume_gib,
    })
}

fn buys_spot(field: &Field<'_>) -> Option<bool> {
    match field.choice(&OPTIONS)? {
        CapacityOption::OnDemand => Some(false),
        CapacityOption::Spot => Some(true),
        CapacityOption::Reserved => {
            let message = "capacity that is reserved beforehand is not simulated yet";
            let help = "write ON_DEMAND or SPOT";
            field.error("not-built-yet", message).help(help).report();
            None
        }
    }
}

/// The zones of `networkConfiguration.subnets`.
fn zones(cx: &Context<'_>, map: &mut MapReader<'_>, around: &Around<'_>) -> Vec<ZoneId> {
    let network = map.map("networkConfiguration");
    let Some(mut network) = network else {
        cx.default_text(&format!(
            "{WHERE}.instanceLaunchTemplate.networkConfiguration"
        ));
        return around.network.all();
    };
    let subnets = bounded(&mut network, "subnets", SUBNETS_OF_ONE_MAX);
    network.finish_aws("ecs.ManagedInstancesNetworkConfiguration");
    around.network.zones_of(cx, &subnets)
}

/// The size of the volume for tasks, GiB.
fn storage(cx: &Context<'_>, map: &mut MapReader<'_>) -> u32 {
    let storage = map.map("storageConfiguration");
    let given = storage.and_then(|mut storage| {
        let given = storage.u32("storageSizeGiB", 1..=STORAGE_MAX);
        storage.finish_aws("ecs.ManagedInstancesStorageConfiguration");
        given
    });
    given.unwrap_or_else(|| {
        cx.default_u32(&format!(
            "{WHERE}.instanceLaunchTemplate.storageConfiguration.storageSizeGiB"
        ))
    })
}

fn types(
    cx: &Context<'_>,
    requirements: &Requirements,
    (place, around, buys_spot): (&Field<'_>, &Around<'_>, bool),
) -> Option<Vec<crate::scenario::plan::GroupTypePlan>> {
    let market = Market {
        region: around.region,
        architecture: around.architecture,
        per: Per::Capacity,
        buys: Buys {
            on_demand: !buys_spot,
            spot: buys_spot,
        },
    };
    let found = choose(cx, requirements, (&Spelling::ECS, place), &market)?;
    let offer = Offer {
        region: around.region,
        trunking: around.trunking,
        reserved_memory: MiB(0),
        buys_spot,
    };
    let found: Vec<Launched<'_>> = found
        .into_iter()
        .map(|it| Launched {
            id: it.id,
            place: place.clone(),
            buys: it.buys,
        })
        .collect();
    group_types::plans(cx, &found, &offer)
}

impl Template {
    fn group(
        self,
        (name, managed): (&str, ManagedPlan),
        of_world: OfProvider,
        around: &Around<'_>,
    ) -> GroupPlan {
        GroupPlan {
            name: name.to_owned(),
            key: around.streams.key(name),
            min_size: 0,
            max_size: INSTANCES_MAX,
            desired_capacity: 0,
            zones: self.zones,
            subnets: Vec::new(),
            types: self.types,
            distribution: Distribution {
                on_demand_base: 0,
                on_demand_percent: if self.buys_spot { 0 } else { 100 },
            },
            on_demand_allocation: OnDemandAllocation::LowestPrice,
            spot_allocation: SpotAllocation::PriceCapacityOptimized,
            spot_max_micro_usd: None,
            protects_new_instances: false,
            termination_policies: vec![TerminationPolicy::Default],
            warm_pool: None,
            capacity_rebalance: false,
            balances_zones: false,
            latencies: of_world.latencies,
            agent_version: of_world.agent_version,
            agent: AgentPlan {
                stop_timeout: None,
                reserved_ports: Ports::tcp(&RESERVED_PORTS),
                spot_draining: true,
                image_pull: ImagePull::Default,
                image_cleanup: Some(ImageCleanup::DEFAULT),
                attributes: Vec::new(),
            },
            is_unlimited: None,
            volumes: vec![VolumePlan {
                gib: self.volume_gib,
            }],
            shortages: of_world.shortages,
            launch_failures: of_world.launch_failures,
            launch_retry: of_world.launch_retry,
            external: None,
            managed: Some(managed),
        }
    }
}
