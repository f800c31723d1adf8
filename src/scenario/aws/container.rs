//! The containers of a task definition.

use crate::engine::SimDuration;
use crate::policy::container_order::CONTAINERS_MAX;
use crate::policy::fargate::{STOP_TIMEOUT_MAX_S, STOP_TIMEOUT_MIN_S};
use crate::policy::placement::Protocol;
use crate::policy::task_health::ContainerCheck;
use crate::scenario::context::{Context, bounded, check_name, duplicate_name, not_built_value};
use crate::scenario::plan::{ContainerCode, ContainerPlan};
use crate::scenario::reader::{Field, MapReader};
use crate::units::{CpuUnits, MiB};

use super::boundary::needs::{self, ContainerNeeds};
use super::container_order::{self, Wait};
use super::{restart_policy, volumes};

/// The shortest and the longest `startTimeout` on Fargate (API ContainerDefinition, 2026-11).
const START_TIMEOUT_MIN_S: u64 = 2;
const START_TIMEOUT_MAX_S: u64 = 120;
/// The longest `stopTimeout` on instances, where AWS names none: a limit against slips.
const STOP_TIMEOUT_ON_INSTANCES_MAX_S: u64 = 7 * 86_400;

/// A container with what only the checks need.
pub(super) struct Container<'a> {
    pub(super) field: Field<'a>,
    pub(super) plan: ContainerPlan,
    pub(super) ports: Vec<Port<'a>>,
    /// `startTimeout`, where it stands.
    pub(super) start_timeout: Option<Field<'a>>,
    /// `restartPolicy`, where it stands and is enabled.
    pub(super) restart_policy: Option<Field<'a>>,
    /// `sourceVolume` of its mount points.
    pub(super) mounts: Vec<Field<'a>>,
    /// `dependsOn` as read.
    pub(super) waits: Vec<Wait<'a>>,
    pub(super) gpus: u32,
    /// What its start calls for.
    pub(super) needs: ContainerNeeds<'a>,
}

/// A port mapping.
pub(super) struct Port<'a> {
    pub(super) container: u32,
    /// `hostPort`, where it stands and is not 0.
    pub(super) host: Option<(u32, Field<'a>)>,
    /// `protocol`.
    pub(super) protocol: Protocol,
}

/// `protocol` of a port mapping (API TransportProtocol).
const PROTOCOLS: [(&str, Protocol); 2] = [("tcp", Protocol::Tcp), ("udp", Protocol::Udp)];

impl Container<'_> {
    /// The most that it asks for.
    pub(super) fn most(&self) -> MiB {
        let (memory, reservation) = (self.plan.memory, self.plan.memory_reservation);
        memory.max(reservation).unwrap_or(MiB(0))
    }

    /// What ECS reserves for it on an instance (API ContainerDefinition).
    pub(super) fn reserved(&self) -> MiB {
        self.plan.memory_reserved().unwrap_or(MiB(0))
    }

    /// The CPU that it reserves of its own.
    pub(super) fn cpu(&self) -> CpuUnits {
        self.plan.cpu.unwrap_or(CpuUnits(0))
    }
}

/// Reads `containerDefinitions`; `on_fargate` says whether Fargate's limits are those of all.
pub(super) fn read<'a>(
    cx: &Context<'_>,
    map: &mut MapReader<'a>,
    on_fargate: bool,
) -> Vec<Container<'a>> {
    let fields = bounded(map, "containerDefinitions", CONTAINERS_MAX);
    if fields.is_empty()
        && let Some(field) = map.field("containerDefinitions")
        && field.is_list()
    {
        let message = "containerDefinitions is empty, a task needs an essential container";
        let help = "leave it out for one container that is named like the family";
        field.error("invalid-value", message).help(help).report();
    }
    let mut containers: Vec<Container<'a>> = Vec::new();
    for field in fields {
        let Some(container) = container(cx, &field, on_fargate) else {
            continue;
        };
        let name = &container.plan.name;
        if containers.iter().any(|known| known.plan.name == *name) {
            duplicate_name(&field, "container", name);
        }
        containers.push(container);
    }
    if let Some(first) = containers.first()
        && containers.iter().all(|container| !container.plan.essential)
    {
        let message = "no container is essential, a task needs one that is";
        first.field.error("invalid-value", message).report();
    }
    restart_policy::warn_of_idle(&containers);
    containers
}

fn container<'a>(cx: &Context<'_>, field: &Field<'a>, on_fargate: bool) -> Option<Container<'a>> {
    let mut map = field.map()?;
    let name = map.required("name");
    let image_field = map.field("image");
    let image = image_field.as_ref().and_then(|field| field.str());
    let needs = needs::read(&mut map, image_field);
    let essential = map.bool("essential").unwrap_or(true);
    let stop_timeout = map.u64(
        "stopTimeout",
        match on_fargate {
            true => STOP_TIMEOUT_MIN_S..=STOP_TIMEOUT_MAX_S,
            false => 0..=STOP_TIMEOUT_ON_INSTANCES_MAX_S,
        },
    );
    let stop_timeout = stop_timeout.map(SimDuration::from_secs);
    let start_timeout = map.field("startTimeout");
    let seconds = start_timeout.as_ref().and_then(|field| {
        field.u64(match on_fargate {
            true => START_TIMEOUT_MIN_S..=START_TIMEOUT_MAX_S,
            false => 0..=STOP_TIMEOUT_ON_INSTANCES_MAX_S,
        })
    });
    let waits = container_order::read(&mut map);
    let policy_field = map.field("restartPolicy");
    let restart = policy_field.as_ref().and_then(restart_policy::read);
    let cpu = map.field("cpu").map_or(0, |field| {
        // A wrong one is said; that it is not there would be no second fault.
        field.u32(0..=1_048_576).unwrap_or(1)
    });
    let memory = map.u32("memory", 0..=u32::MAX).map(MiB);
    let memory_reservation = map.u32("memoryReservation", 0..=u32::MAX).map(MiB);
    let ports = ports(&mut map);
    let mounts = volumes::mount_points(&mut map);
    let gpus = gpus(&mut map);
    let health_check = map.map("healthCheck").map(health_check);
    map.finish_aws("ecs.ContainerDefinition");
    let name_field = name?;
    let name = name_field.str()?;
    check_name(&name_field, name, 255);
    Some(Container {
        field: field.clone(),
        plan: ContainerPlan {
            name: name.to_owned(),
            essential,
            image: image.unwrap_or_default().to_owned(),
            health_check,
            depends_on: Vec::new(),
            // The agent takes 0 as none.
            start_timeout: seconds.filter(|it| 0 < *it).map(SimDuration::from_secs),
            stop_timeout: stop_timeout.unwrap_or_else(|| default_stop_timeout(cx)),
            has_stop_timeout: stop_timeout.is_some(),
            code: ContainerCode::default(),
            restart,
            // The API takes 0 as none.
            cpu: Some(CpuUnits(cpu)).filter(|cpu| 0 < cpu.0),
            memory,
            memory_reservation,
        },
        restart_policy: policy_field.filter(|_| restart.is_some()),
        ports,
        mounts,
        start_timeout,
        waits,
        gpus,
        needs,
    })
}

/// `portMappings`.
fn ports<'a>(map: &mut MapReader<'a>) -> Vec<Port<'a>> {
    let mut ports = Vec::new();
    for mut mapping in map.maps("portMappings") {
        let container = mapping.u32("containerPort", 0..=65_535);
        let host = mapping.field("hostPort");
        let number = host.as_ref().and_then(|field| field.u32(0..=65_535));
        let protocol = mapping.choice("protocol", &PROTOCOLS);
        mapping.finish_aws("ecs.PortMapping");
        ports.extend(container.map(|container| Port {
            container,
            host: number.filter(|port| 0 < *port).zip(host),
            protocol: protocol.unwrap_or(Protocol::Tcp),
        }));
    }
    ports
}

/// `healthCheck`, in the ranges of API HealthCheck.
fn health_check(mut map: MapReader<'_>) -> ContainerCheck {
    let default = ContainerCheck::default();
    map.required("command");
    let interval = map.field("interval");
    let is_written = interval.is_some();
    let interval = interval.map_or(Some(default.interval), |field| {
        field.u64(5..=300).map(SimDuration::from_secs)
    });
    let timeout = map.field("timeout");
    let seconds = timeout.as_ref().and_then(|field| field.u64(2..=60));
    if let (Some(timeout), Some(seconds), Some(interval)) = (timeout, seconds, interval)
        && interval < SimDuration::from_secs(seconds)
    {
        let default = if is_written { "" } else { " (the default)" };
        let message =
            format!("a check may take {seconds} s, and one is made every {interval}{default}");
        let help = format!("write interval: {seconds} or more, or a shorter timeout");
        timeout
            .warning("invalid-value", message)
            .help(help)
            .report();
    }
    let retries = map.u32("retries", 1..=10);
    let start_period = map.u64("startPeriod", 0..=300);
    map.finish_aws("ecs.HealthCheck");
    ContainerCheck {
        interval: interval.unwrap_or(default.interval),
        retries: retries.unwrap_or(default.retries),
        start_period: start_period.map_or(default.start_period, SimDuration::from_secs),
    }
}

/// GPUs of `resourceRequirements`.
fn gpus(map: &mut MapReader<'_>) -> u32 {
    let mut gpus = 0;
    for field in map.list("resourceRequirements") {
        let Some(mut requirement) = field.map() else {
            continue;
        };
        let kind = requirement.required("type");
        let value = requirement.required("value");
        requirement.finish_aws("ecs.ResourceRequirement");
        let kinds = [("GPU", true), ("InferenceAccelerator", false)];
        match kind.as_ref().and_then(|kind| kind.choice(&kinds)) {
            Some(true) => gpus += value.and_then(|value| value.u32(0..=64)).unwrap_or(0),
            Some(false) => not_built_value(&kind.expect("it was read")),
            None => {}
        }
    }
    gpus
}

pub(super) fn default_stop_timeout(cx: &Context<'_>) -> SimDuration {
    cx.default_duration("aws.taskDefinitions.*.containerDefinitions.*.stopTimeout")
}

/// What the containers ask for fits into the task (API ContainerDefinition), as far as the task has
/// a size of its own.
pub(super) fn check_sums(
    containers: &[Container<'_>],
    (cpu, memory): (Option<CpuUnits>, Option<MiB>),
) {
    let mut sum = 0_u64;
    let mut is_said = false;
    for container in containers {
        sum += u64::from(container.cpu().0);
        if let Some(cpu) = cpu.filter(|cpu| u64::from(cpu.0) < sum && !is_said) {
            let message = format!(
                "the containers ask for {sum} CPU units, their task has {}",
                cpu.0
            );
            container.field.error("invalid-size", message).report();
            is_said = true;
        }
        if let Some(memory) = memory.filter(|memory| *memory < container.most()) {
            let (own, task) = (container.most().0, memory.0);
            let message = format!("the container asks for {own} MiB, its task has {task}");
            container.field.error("invalid-size", message).report();
        }
    }
}
