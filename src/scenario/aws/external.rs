//! `aws.externalInstances`: machines of one's own that are registered with the cluster (ECS
//! Anywhere), and what AWS refuses of services on them.

use std::collections::BTreeMap;

use crate::catalog::instances::Architecture;
use crate::catalog::instances::own::{OwnType, register};
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution as Law;
use crate::ids::ZoneId;
use crate::policy::auto_scaling_group::{
    Distribution, OnDemandAllocation, SpotAllocation, TerminationPolicy,
};
use crate::policy::image_cleanup::ImageCleanup;
use crate::policy::placement::{Need, Port, Ports, Protocol};
use crate::scenario::context::{
    Context, bounded, check_name, duplicate_name, is_empty, not_built_value,
};
use crate::scenario::plan::{AgentPlan, GroupPlan, GroupTypePlan, ImagePull, InstanceLatencyPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::scenario::world::instances::Instances;
use crate::scenario::world::streams::StreamNames;
use crate::units::{CpuUnits, MiB, PicoUsd};

const ENTRIES_MAX: usize = 500;
/// ECS's quota of a cluster is 5,000 container instances; beyond it is an experiment.
const MACHINES_MAX: u32 = 100_000;
const CPU_MAX: u32 = CpuUnits::PER_VCPU * 100_000;
const MIB_MAX: u32 = 1 << 30;

const ARCHITECTURES: [(&str, Architecture); 2] = [
    ("x86_64", Architecture::X86_64),
    ("arm64", Architecture::Arm64),
];

/// The names of all entries, sound or not: who names one that was refused has done nothing wrong.
pub(super) fn names(aws: &mut MapReader<'_>) -> Vec<String> {
    aws.names_in("externalInstances", "name", |_| true)
}

/// Reads `aws.externalInstances`; `groups` are the names of Auto Scaling groups, `managed` those of
/// providers of Managed Instances.
pub(super) fn read(
    cx: &Context<'_>,
    aws: &mut MapReader<'_>,
    (instances, streams): (&Instances<'_>, &StreamNames<'_>),
    (groups, managed): (&[String], &[String]),
) -> Vec<GroupPlan> {
    let mut plans: Vec<GroupPlan> = Vec::new();
    for field in bounded(aws, "externalInstances", ENTRIES_MAX) {
        let read = field.map().and_then(|map| entry(cx, map));
        let Some(entry) = read else { continue };
        let is_taken = |known: &str| known == entry.name;
        if plans.iter().any(|known| is_taken(&known.name)) {
            duplicate_name(&field, "entry of aws.externalInstances", &entry.name);
        }
        if groups.iter().any(|known| is_taken(known)) {
            let message = format!(
                "an Auto Scaling group is named \"{}\" too: world.instances could mean either",
                entry.name
            );
            field.error("duplicate-name", message).report();
        }
        if managed.iter().any(|known| is_taken(known)) {
            let message = format!(
                "a capacity provider of Managed Instances is named \"{}\" too: world.instances \
                 could mean either",
                entry.name
            );
            field.error("duplicate-name", message).report();
        }
        plans.push(entry.plan(cx, (instances, streams)));
    }
    streams.put_in_order(&mut plans, |plan| &plan.name);
    plans
}

/// What an entry says.
struct Entry {
    name: String,
    count: u32,
    resources: Resources,
    attributes: Attributes,
}

fn entry(cx: &Context<'_>, mut map: MapReader<'_>) -> Option<Entry> {
    let name = map.required("name");
    let count = map.u32("count", 1..=MACHINES_MAX);
    let resources = map.required("registeredResources");
    let resources = resources.and_then(|field| resources_of(&field));
    let attributes = attributes(cx, &mut map);
    if let Some(field) = map.field("status")
        && field.str().is_some_and(|status| status != "ACTIVE")
    {
        not_built_value(&field);
    }
    map.finish_aws("ecs.ContainerInstance");
    let field = name?;
    let name = field.str()?;
    check_name(&field, name, 255);
    Some(Entry {
        name: name.to_owned(),
        count: count.unwrap_or_else(|| cx.default_u32("aws.externalInstances.*.count")),
        resources: resources?,
        attributes,
    })
}

/// `registeredResources`: what tasks may have of a machine.
#[derive(Default)]
struct Resources {
    cpu: u32,
    memory: u32,
    gpus: u32,
    ports: Vec<Port>,
}

fn resources_of(field: &Field<'_>) -> Option<Resources> {
    let mut found = Resources::default();
    let (mut has_cpu, mut has_memory, mut is_right) = (false, false, true);
    for item in &field.list()? {
        let Some(mut map) = item.map() else { continue };
        let name = map.required("name").and_then(|name| name.str());
        let amount = map.field("integerValue");
        let set = map.field("stringSetValue");
        // CPU is an INTEGER whatever it says.
        let _ = map.field("type");
        map.finish_aws("ecs.Resource");
        match name {
            Some("CPU") => {
                let read = amount.and_then(|field| field.u32(1..=CPU_MAX));
                (found.cpu, has_cpu) = (read.unwrap_or(0), true);
                is_right &= read.is_some();
            }
            Some("MEMORY") => {
                let read = amount.and_then(|field| field.u32(1..=MIB_MAX));
                (found.memory, has_memory) = (read.unwrap_or(0), true);
                is_right &= read.is_some();
            }
            Some("GPU") => {
                found.gpus = set
                    .and_then(|set| set.list())
                    .map_or(0, |it| it.len() as u32)
            }
            Some(kind @ ("PORTS" | "PORTS_UDP")) => {
                let protocol = match kind {
                    "PORTS" => Protocol::Tcp,
                    _ => Protocol::Udp,
                };
                let ports = set.and_then(|set| set.list()).unwrap_or_default();
                let port = |field: &Field<'_>| field.u32(1..=65_535);
                let ports = ports.iter().filter_map(port);
                let numbers = ports.filter_map(|port| u16::try_from(port).ok());
                let of_kind = numbers.map(|number| Port { number, protocol });
                found.ports.extend(of_kind);
            }
            Some(_) | None => {}
        }
    }
    for (name, has) in [("CPU", has_cpu), ("MEMORY", has_memory)] {
        if !has {
            let message = format!("{name} is missing: what tasks may have of the machine");
            let help = format!("add {{ name: {name}, integerValue: 4096 }}");
            field.error("missing-field", message).help(help).report();
            is_right = false;
        }
    }
    is_right.then_some(found)
}

/// `attributes`: what constraints and strategies may ask for.
struct Attributes {
    architecture: Architecture,
    custom: Vec<(String, String)>,
}

fn attributes(cx: &Context<'_>, map: &mut MapReader<'_>) -> Attributes {
    let mut architecture = None;
    let mut custom: BTreeMap<String, String> = BTreeMap::new();
    for field in map.list("attributes") {
        let Some(mut map) = field.map() else { continue };
        let name = map.required("name").and_then(|name| name.str());
        let value = map.field("value");
        map.finish_aws("ecs.Attribute");
        match name {
            Some("ecs.cpu-architecture") => {
                architecture = value.and_then(|value| value.choice(&ARCHITECTURES));
            }
            Some("ecs.os-type") => {
                if let Some(value) = value.filter(|value| value.str() != Some("linux")) {
                    not_built_value(&value);
                }
            }
            // The agent's capabilities, and what EC2 alone has.
            Some(name) if name.starts_with("ecs.") => {}
            Some(name) => {
                let value = value.and_then(|value| value.str()).unwrap_or_default();
                custom.insert(name.to_owned(), value.to_owned());
            }
            None => {}
        }
    }
    Attributes {
        architecture: architecture.unwrap_or_else(|| {
            cx.default_text("aws.externalInstances.*.attributes");
            Architecture::X86_64
        }),
        custom: custom.into_iter().collect(),
    }
}

impl Entry {
    fn plan(
        self,
        cx: &Context<'_>,
        (instances, streams): (&Instances<'_>, &StreamNames<'_>),
    ) -> GroupPlan {
        let resources = &self.resources;
        let registered = Need {
            cpu: resources.cpu,
            memory: resources.memory,
            gpus: resources.gpus,
            enis: 0,
        };
        let own = OwnType {
            name: self.name.clone(),
            vcpus: resources.cpu.div_ceil(CpuUnits::PER_VCPU),
            memory: MiB(resources.memory),
            registered: Some(MiB(resources.memory)),
            architecture: self.attributes.architecture,
            gpus: resources.gpus,
            awsvpc_tasks: (0, None),
            on_demand: PicoUsd::from_usd(0.0),
            spot: None,
        };
        let kind = GroupTypePlan {
            instance_type: register(own),
            registered,
            only: None,
            on_demand_micro_usd: 0,
            spot_micro_usd: 0,
            spot: None,
            pools: Vec::new(),
        };
        GroupPlan {
            name: self.name.clone(),
            key: streams.key(&self.name),
            min_size: self.count,
            max_size: self.count,
            desired_capacity: self.count,
            zones: vec![ZoneId::NOWHERE],
            types: vec![kind],
            distribution: Distribution::default(),
            on_demand_allocation: OnDemandAllocation::LowestPrice,
            spot_allocation: SpotAllocation::LowestPrice { pools: 1 },
            spot_max_micro_usd: None,
            protects_new_instances: false,
            subnets: Vec::new(),
            termination_policies: vec![TerminationPolicy::Default],
            warm_pool: None,
            capacity_rebalance: false,
            balances_zones: false,
            latencies: no_launch(),
            agent: AgentPlan {
                stop_timeout: None,
                reserved_ports: Ports::new(self.resources.ports),
                spot_draining: false,
                image_pull: ImagePull::Default,
                image_cleanup: Some(ImageCleanup::DEFAULT),
                attributes: self.attributes.custom,
            },
            agent_version: instances.agent_version(&self.name).to_owned(),
            is_unlimited: None,
            volumes: Vec::new(),
            shortages: None,
            launch_failures: 0.0,
            launch_retry: SimDuration::from_secs(1),
            external: Some(instances.of_machines(cx, &self.name)),
            managed: None,
        }
    }
}

/// Nobody launches them.
fn no_launch() -> InstanceLatencyPlan {
    let none = Law::constant(0.0).expect("no time is a length");
    InstanceLatencyPlan {
        request: none,
        pending: none,
        boot: none,
        register: none,
    }
}

/// What AWS refuses of a service on EXTERNAL instances (ECS developer guide, "Amazon ECS clusters
/// for external instances", considerations).
pub(super) fn refuse_of_service(map: &mut MapReader<'_>) {
    let refused: [(&'static str, &str); 3] = [
        (
            "loadBalancers",
            "no load balancer sends to EXTERNAL instances",
        ),
        (
            "serviceRegistries",
            "tasks on EXTERNAL instances have no service discovery",
        ),
        (
            "serviceConnectConfiguration",
            "tasks on EXTERNAL instances have no Service Connect",
        ),
    ];
    for (key, what) in refused {
        if let Some(field) = map.field(key).filter(|field| !is_empty(field)) {
            let message = format!("{what}, AWS refuses {key}");
            let help = "remove it, or take another launch type";
            field
                .error_at_key("invalid-value", message)
                .help(help)
                .report();
        }
    }
}
