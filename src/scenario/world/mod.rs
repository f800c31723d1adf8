//! `world:`: what the user does not control: demand, what the code costs, start-up times, spot
//! markets, prices.

mod arrivals;
pub(super) mod custom_metrics;
pub(super) mod demand;
pub(super) mod file_systems;
pub(super) mod hooks;
mod instance_types;
pub(super) mod instances;
pub(super) mod latencies;
mod law;
pub(super) mod managed_instances;
pub(super) mod prices;
mod rate;
mod recurring;
mod retirement;
pub(super) mod schedules;
pub(super) mod spot;
pub(super) mod streams;
pub(super) mod traces;
pub(super) mod work;

use super::aws::Aws;
use super::aws::group_parts::GroupParts;
use super::context::{Context, is_empty};
use super::reader::{Field, MapReader};
use crate::engine::SimDuration;
use custom_metrics::CustomMetricList;
use file_systems::FileSystems;
use hooks::Hooks;
use instances::Instances;
use latencies::Latencies;
use schedules::Schedules;
use streams::StreamNames;
use work::WorkEntries;

/// What `aws:` needs of `world:` to build its tables.
pub(super) struct Begun<'a> {
    pub(super) work: WorkEntries<'a>,
    pub(super) latencies: Latencies<'a>,
    pub(super) instances: Instances<'a>,
    pub(super) schedules: Schedules<'a>,
    pub(super) hooks: Hooks<'a>,
    pub(super) streams: StreamNames<'a>,
    pub(super) file_systems: FileSystems<'a>,
    pub(super) custom_metrics: CustomMetricList<'a>,
    pub(super) metric_delay: SimDuration,
    pub(super) fine_metric_delay: Option<SimDuration>,
    /// Services that pull from a queue, each with its queue's name.
    pub(super) pulls: Vec<(String, String)>,
    /// Which part of a service's requests comes by which of its target groups.
    pub(super) group_parts: GroupParts<'a>,
    pub(super) network_shift: SimDuration,
    pub(super) checks_to_healthy: u32,
    pub(super) bake: Option<SimDuration>,
    pub(super) start_throttle: SimDuration,
    pub(super) provisioning_retry: SimDuration,
    /// How often Fargate retires a platform revision, if it does.
    pub(super) retirements: Option<SimDuration>,
}

/// Refuses a block whose say of instances stands elsewhere.
fn say_of_instances(field: &Field<'_>) {
    let message = format!("{} is not simulated yet", field.path());
    let help = "world.instances has what instances lack and lose: shortages and launchFailures of \
                groups, failures and disconnects of one's own machines";
    field.error("not-built-yet", message).help(help).report();
}

/// Reads the blocks that stand on their own; the others need the tables of `aws:`.
pub(super) fn begin<'a>(cx: &Context<'_>, world: Option<&mut MapReader<'a>>) -> Begun<'a> {
    let mut blocks = [const { None }; 7];
    let mut custom_metrics = CustomMetricList::default();
    let mut retirement = None;
    let mut pulls = Vec::new();
    let mut group_parts = GroupParts::new();
    if let Some(map) = world {
        pulls = demand::pulls(map);
        group_parts = demand::group_parts(map);
        custom_metrics = custom_metrics::read(map);
        retirement = map.field("fargateRetirement");
        for key in ["capacity", "failures"] {
            if let Some(field) = map.field(key).filter(|field| !is_empty(field)) {
                say_of_instances(&field);
            }
        }
        let keys = [
            "streams",
            "work",
            "latencies",
            "instances",
            "schedules",
            "hooks",
            "fileSystems",
        ];
        blocks = keys.map(|key| map.map(key));
    }
    let [
        streams,
        work,
        latencies,
        instances,
        schedules,
        hooks,
        file_systems,
    ] = blocks;
    let streams = streams::read(streams);
    let work = work::read(work);
    let latencies = latencies::read(latencies);
    Begun {
        work,
        metric_delay: latencies.metric_delay(cx),
        fine_metric_delay: latencies.fine_metric_delay(),
        network_shift: latencies.network_shift(cx),
        checks_to_healthy: latencies.checks_to_healthy(cx),
        bake: latencies.bake(),
        start_throttle: latencies.start_throttle(cx),
        provisioning_retry: latencies.provisioning_retry(cx),
        pulls,
        group_parts,
        latencies,
        instances: instances::read(cx, instances),
        schedules: schedules::read(schedules),
        hooks: hooks::read(hooks),
        file_systems: file_systems::read(file_systems),
        custom_metrics,
        streams,
        retirements: retirement::read(cx, retirement),
    }
}

impl Begun<'_> {
    /// Reports the names under the blocks' entries that nothing in `aws:` has.
    pub(super) fn finish_names(&mut self, aws: &Aws) {
        self.work.check_names(&aws.task_definitions);
        self.work.check_health(&aws.task_definitions, &aws.services);
        self.work.check_beside(&aws.task_definitions, &aws.services);
        let services = aws.services.iter().map(|service| service.name.as_str());
        let programs = aws.job_sources.iter().map(|source| source.name.as_str());
        self.file_systems.check_names(&aws.task_definitions);
        let zones = aws.zones.iter().map(|zone| zone.name.as_str());
        let groups = aws.groups.iter().map(|group| group.name.as_str());
        let machines = aws.machine_names.iter().map(String::as_str);
        self.instances.check_names(groups.clone().chain(machines));
        self.latencies.check_names(&aws.providers);
        let targets = aws.job_sources.iter().filter(|it| it.target.is_some());
        let targets: Vec<&str> = targets.map(|it| it.name.as_str()).collect();
        self.schedules.check_names(&targets);
        let known = services.chain(programs).chain(zones).chain(groups);
        let known: Vec<&str> = known.collect();
        self.streams.check_names(&known);
    }
}
