//! `ecsConfig` of a launch template: the settings of the ECS agent, by the names of their
//! environment variables (amazon-ecs-agent's README, 2026-11).

use std::collections::BTreeMap;

use crate::engine::SimDuration;
use crate::policy::image_cleanup::ImageCleanup;
use crate::policy::placement::{PORTS_MAX, Port, Ports, Protocol, RESERVED_PORTS};
use crate::scenario::context::Context;
use crate::scenario::plan::{AgentPlan, ImagePull};
use crate::scenario::reader::{Field, MapReader};
use crate::units::MiB;

/// The agent of a launch template's instances.
pub(super) struct Agent {
    /// `ECS_RESERVED_MEMORY`.
    pub(super) reserved_memory: MiB,
    /// `ECS_WARM_POOLS_CHECK`.
    pub(super) checks_warm_pools: bool,
    pub(super) plan: AgentPlan,
}

impl Agent {
    /// Whether all that is simulated of the two is the same.
    pub(super) fn is_as(&self, other: &Agent) -> bool {
        (self.reserved_memory, &self.plan) == (other.reserved_memory, &other.plan)
    }
}

const PULLS: [(&str, ImagePull); 4] = [
    ("default", ImagePull::Default),
    ("always", ImagePull::Always),
    ("once", ImagePull::Once),
    ("prefer-cached", ImagePull::PreferCached),
];

/// The settings of its clean-up of images, and the least that it takes of each.
const CLEANUP: [(&str, SimDuration); 3] = [
    (
        "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION",
        ImageCleanup::LEAST.task_wait,
    ),
    ("ECS_IMAGE_CLEANUP_INTERVAL", ImageCleanup::LEAST.interval),
    (
        "ECS_IMAGE_MINIMUM_CLEANUP_AGE",
        ImageCleanup::LEAST.minimum_age,
    ),
];

/// Settings that change nothing here.
const NO_EFFECT: [&str; 21] = [
    "ECS_AVAILABLE_LOGGING_DRIVERS",
    "ECS_AWSVPC_BLOCK_IMDS",
    "ECS_BACKEND_HOST",
    "ECS_CONTAINER_CREATE_TIMEOUT",
    "ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM",
    "ECS_CONTAINER_INSTANCE_TAGS",
    "ECS_CONTAINER_START_TIMEOUT",
    "ECS_DATADIR",
    "ECS_DISABLE_METRICS",
    "ECS_DISABLE_PRIVILEGED",
    "ECS_ENABLE_CONTAINER_METADATA",
    "ECS_ENABLE_GPU_SUPPORT",
    "ECS_ENABLE_TASK_CPU_MEM_LIMIT",
    "ECS_ENABLE_TASK_ENI",
    "ECS_ENABLE_TASK_IAM_ROLE",
    "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST",
    "ECS_ENGINE_AUTH_TYPE",
    "ECS_LOGFILE",
    "ECS_LOGLEVEL",
    "ECS_NUM_IMAGES_DELETE_PER_CYCLE",
    "ECS_POLL_METRICS",
];

/// Reads the block; without it every setting has its default.
pub(super) fn read(cx: &Context<'_>, field: Option<Field<'_>>, cluster: Option<&str>) -> Agent {
    let mut map = field.and_then(|field| field.map());
    let mut taken = |key: &'static str| map.as_mut().and_then(|map| map.field(key));
    let memory = taken("ECS_RESERVED_MEMORY").and_then(|field| field.u32(0..=u32::MAX));
    let tcp = taken("ECS_RESERVED_PORTS").map(|field| ports(&field, Protocol::Tcp));
    let udp = taken("ECS_RESERVED_PORTS_UDP").map(|field| ports(&field, Protocol::Udp));
    let draining = taken("ECS_ENABLE_SPOT_INSTANCE_DRAINING").and_then(|field| field.bool());
    let pull = taken("ECS_IMAGE_PULL_BEHAVIOR").and_then(|field| field.choice(&PULLS));
    let keeps = taken("ECS_DISABLE_IMAGE_CLEANUP").and_then(|field| field.bool());
    let cleanup =
        CLEANUP.map(|(key, least)| taken(key).and_then(|field| no_less_than(&field, least)));
    let stop = taken("ECS_CONTAINER_STOP_TIMEOUT").and_then(|field| stop_timeout(&field));
    let warm = taken("ECS_WARM_POOLS_CHECK").and_then(|field| field.bool());
    let attributes = taken("ECS_INSTANCE_ATTRIBUTES").map(|field| attributes(&field));
    if let Some(map) = map {
        finish(map, cluster);
    }
    let path = |key: &str| format!("aws.launchTemplates.*.ecsConfig.{key}");
    let image_pull = pull.unwrap_or_else(|| {
        cx.default_text(&path("ECS_IMAGE_PULL_BEHAVIOR"));
        ImagePull::Default
    });
    let [task_wait, interval, minimum_age] = std::array::from_fn(|at| {
        cleanup[at].unwrap_or_else(|| cx.default_duration(&path(CLEANUP[at].0)))
    });
    let image_cleanup = ImageCleanup {
        task_wait,
        interval,
        minimum_age,
    };
    let cleans = image_pull != ImagePull::PreferCached && keeps != Some(true);
    let reserved = memory.unwrap_or_else(|| cx.default_u32(&path("ECS_RESERVED_MEMORY")));
    Agent {
        reserved_memory: MiB(reserved),
        // It matters to a group with a warm pool only, which says so.
        checks_warm_pools: warm.unwrap_or(false),
        plan: AgentPlan {
            reserved_ports: {
                let mut ports = tcp.unwrap_or_else(|| {
                    cx.default_text(&path("ECS_RESERVED_PORTS"));
                    Ports::tcp(&RESERVED_PORTS)
                });
                ports.take(&udp.unwrap_or_default());
                ports
            },
            spot_draining: draining.unwrap_or_else(|| {
                cx.default_text(&path("ECS_ENABLE_SPOT_INSTANCE_DRAINING")) == "true"
            }),
            image_pull,
            image_cleanup: cleans.then_some(image_cleanup),
            stop_timeout: stop,
            attributes: attributes.unwrap_or_default(),
        },
    }
}

/// A length below the least that the agent takes has its default.
fn no_less_than(field: &Field<'_>, least: SimDuration) -> Option<SimDuration> {
    let length = field.duration()?;
    if least <= length {
        return Some(length);
    }
    let message =
        format!("{length} is below the {least} that the agent takes at least: it uses its default");
    let help = format!("write {least} or more");
    field.warning("below-minimum", message).help(help).report();
    None
}

/// The agent takes no time-out below a second.
fn stop_timeout(field: &Field<'_>) -> Option<SimDuration> {
    let timeout = field.duration()?;
    if SimDuration::from_secs(1) <= timeout {
        return Some(timeout);
    }
    let message =
        format!("a time-out of {timeout} is below the second that the agent takes at least");
    let help = "write 1s or more";
    field.error("out-of-range", message).help(help).report();
    None
}

/// What is left: known to the agent and without effect, or unknown.
fn finish(mut map: MapReader<'_>, cluster: Option<&str>) {
    // There is one cluster.
    let said = map.field("ECS_CLUSTER");
    if let (Some(field), Some(cluster)) = (&said, cluster)
        && let Some(other) = field.node().as_text().filter(|it| *it != cluster)
    {
        let message = format!(
            "its instances would register with the cluster {other} on AWS, and no task of \
             {cluster} would run there; here they are {cluster}'s"
        );
        let help = format!("write ECS_CLUSTER: {cluster}");
        field.warning("other-cluster", message).help(help).report();
    }
    let unread = NO_EFFECT
        .iter()
        .filter_map(|key| Some((*key, map.field(key)?)));
    let unread: Vec<(&str, Field<'_>)> = unread.collect();
    if let Some((_, first)) = unread.first() {
        let names: Vec<&str> = unread.iter().map(|(name, _)| *name).collect();
        let message = format!("no effect here: {} (ecsConfig)", names.join(", "));
        first.note("no-effect", message).report();
    }
    map.finish();
}

/// `[22, 2375]`, or the same as JSON text.
fn ports(field: &Field<'_>, protocol: Protocol) -> Ports {
    let port = |number: &u64| {
        let number = u16::try_from(*number).ok().filter(|port| 0 < *port)?;
        Some(Port { number, protocol })
    };
    let given: Option<Vec<u64>> = match field.is_list() {
        true => {
            let items = field.list().unwrap_or_default();
            items.iter().map(|item| item.u64(1..=65_535)).collect()
        }
        false => field.str().and_then(|text| {
            let read = serde_json::from_str(text).ok();
            if read.is_none() {
                let message = format!("{} is no list of ports", field.node().describe());
                let help = "write [22, 2375], or the same as JSON text";
                field.error("invalid-value", message).help(help).report();
            }
            read
        }),
    };
    let given = given.unwrap_or_default();
    let ports: Vec<Port> = given.iter().filter_map(port).collect();
    if ports.len() != given.len() {
        let message = "a port is a whole number between 1 and 65535";
        field.error("out-of-range", message).report();
    }
    let ports = Ports::new(ports);
    if PORTS_MAX < ports.len() {
        let message = format!(
            "{} ports are more than the {PORTS_MAX} of an instance",
            ports.len()
        );
        field.error("too-many", message).report();
    }
    ports
}

/// `{ stack: prod }`, or the same as JSON text.
fn attributes(field: &Field<'_>) -> Vec<(String, String)> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    if field.is_mapping() {
        let Some(mut map) = field.map() else {
            return Vec::new();
        };
        for (key, value) in map.entries() {
            let value = value.str().unwrap_or_default().to_owned();
            found.insert(key.text.clone(), value);
        }
        map.finish();
    } else if let Some(text) = field.str() {
        match serde_json::from_str(text) {
            Ok(read) => found = read,
            Err(_) => {
                let message = format!("{} is no map of attributes", field.node().describe());
                let help = "write { stack: prod }, or the same as JSON text";
                field.error("invalid-value", message).help(help).report();
            }
        }
    }
    for name in found.keys().filter(|name| name.starts_with("ecs.")) {
        let message = format!("the attribute \"{name}\" is ECS's own, ecs. is its prefix");
        field.error("invalid-name", message).report();
    }
    found.into_iter().collect()
}
