//! `instances.csv`: one row an instance of an Auto Scaling group, with its timestamps.

use std::io;

use crate::catalog::instances;
use crate::engine::SimTime;
use crate::ids::{GroupId, InstanceId};
use crate::observe::tally::groups::cause_name;
use crate::observe::tasks::{arn, resource_id};
use crate::observe::times::iso8601;
use crate::policy::auto_scaling_group::Purchase;
use crate::scenario::plan::Plan;
use crate::world::instance::{InstanceRecord, InstanceTimes};

/// The columns of `instances.csv`.
pub const INSTANCE_COLUMNS: [&str; 17] = [
    "ec2InstanceId",
    "containerInstanceArn",
    "autoScalingGroupName",
    "capacityProviderName",
    "instanceType",
    "availabilityZone",
    "purchaseOption",
    "cpu",
    "memory",
    "launchedAt",
    "runningAt",
    "registeredAt",
    "drainingAt",
    "terminatedAt",
    "terminationCause",
    "warmAt",
    "takenFromWarmPoolAt",
];

/// Writes `instances.csv`, in the order of the slice.
pub fn write_instances_csv<W: io::Write>(
    plan: &Plan,
    records: &[InstanceRecord],
    out: W,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(INSTANCE_COLUMNS)?;
    for record in records {
        csv.write_record(row(plan, record))?;
    }
    csv.flush()
}

/// An instance's row, in the order of [`INSTANCE_COLUMNS`]; what never was is empty.
fn row(plan: &Plan, record: &InstanceRecord) -> [String; 17] {
    let group = plan.group(record.group);
    let its_type = &group.types[record.type_index as usize];
    let provider = plan.provider_of(record.group);
    let provider = provider.map(|provider| plan.provider(provider));
    let times = &record.times;
    let shown =
        |time: Option<SimTime>| time.map_or_else(String::new, |at| iso8601(plan.run.start, at));
    [
        ec2_instance_id(plan, record.group, record.id),
        container_instance_arn(plan, record.group, record.id),
        match group.managed {
            Some(_) => String::new(),
            None => group.name.clone(),
        },
        provider.map_or_else(String::new, |it| it.name.clone()),
        match group.is_external() {
            true => String::new(),
            false => instances::get(record.instance_type).name.to_owned(),
        },
        plan.zone_name(record.zone).to_owned(),
        match group.is_external() {
            true => "external".to_owned(),
            false => purchase_name(record.purchase).to_owned(),
        },
        its_type.registered.cpu.to_string(),
        its_type.registered.memory.to_string(),
        shown(Some(times.launched)),
        shown(times.running),
        shown(times.active),
        shown(times.draining),
        shown(times.terminated),
        record
            .cause
            .map_or_else(String::new, |cause| cause_name(cause).to_owned()),
        shown(record.warm.and_then(|warm| warm.ready)),
        shown(record.warm.and_then(|warm| warm.taken)),
    ]
}

/// How an instance is bought, as files write it.
pub const fn purchase_name(purchase: Purchase) -> &'static str {
    match purchase {
        Purchase::OnDemand => "on-demand",
        Purchase::Spot => "spot",
    }
}

/// An instance's id in EC2: `i-` (`mi-` of one's own machines) and 17 hexadecimal digits, the same
/// in every run.
pub fn ec2_instance_id(plan: &Plan, group: GroupId, id: InstanceId) -> String {
    // Systems Manager gives machines of one's own ids of their kind.
    let prefix = match plan.group(group).is_external() {
        true => "mi",
        false => "i",
    };
    format!("{prefix}-{}", &digits("instance", plan, group, id)[..17])
}

/// An instance's ARN in ECS.
pub fn container_instance_arn(plan: &Plan, group: GroupId, id: InstanceId) -> String {
    let digits = digits("container instance", plan, group, id);
    let cluster = &plan.cluster.name;
    arn(plan, &format!("container-instance/{cluster}/{digits}"))
}

/// By the group's key: a group that is renamed and keeps its streams keeps its instances' ids.
fn digits(kind: &str, plan: &Plan, group: GroupId, id: InstanceId) -> String {
    let key = format!("{:016x}", plan.group(group).key.value());
    resource_id(kind, &key, u64::from(id.0))
}

/// The same timestamps as they stood at `at`.
pub(super) fn times_until(times: &InstanceTimes, at: SimTime) -> InstanceTimes {
    let known = |time: Option<SimTime>| time.filter(|time| *time <= at);
    InstanceTimes {
        launched: times.launched,
        running: known(times.running),
        active: known(times.active),
        draining: known(times.draining),
        terminated: known(times.terminated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Observer;
    use crate::observe::fixture::{self, API, WEB};
    use crate::observe::observation::{CapacityObservation, Observation};
    use crate::observe::tasks::task_row;
    use crate::world::instance::InstanceStep;
    use crate::world::task::Owner;

    /// The rows of instances that are gone, or live on, at 200 s.
    fn rows(plan: &Plan, records: &[InstanceRecord]) -> Vec<String> {
        let mut observer = Observer::new(plan);
        let end = SimTime::from_secs(200);
        for record in records {
            let what = CapacityObservation::Instance(record, InstanceStep::Gone);
            observer.observe(end, &Observation::Capacity(what));
        }
        let observed = observer.finish(plan, end);
        let mut bytes = Vec::new();
        write_instances_csv(plan, &observed.instances, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().skip(1).map(str::to_owned).collect()
    }

    #[test]
    fn an_instance_has_its_ids_times_and_end() {
        let plan = fixture::plan_on_instances();
        let ended = fixture::instance(3, Purchase::Spot, 10, Some(150));
        // It will be gone after the run: nothing of that is known yet.
        let living = fixture::instance(1, Purchase::OnDemand, 160, Some(300));
        let id = ec2_instance_id(&plan, WEB, InstanceId(3));
        assert_eq!((id.len(), &id[..2]), (19, "i-"));
        let arn = container_instance_arn(&plan, WEB, InstanceId(3));
        assert!(arn.starts_with("arn:aws:ecs:us-east-1:012345678901:container-instance/shop/"));
        let at = |clock: &str| format!("2026-03-05T00:{clock}.000000Z");
        let rows = rows(&plan, &[ended, living]);
        let (launched, running) = (at("00:10"), at("00:40"));
        assert_eq!(
            rows[1],
            format!(
                "{id},{arn},web,web,m6i.large,us-east-1a,spot,2048,7680,{launched},{running},\
                 {},,{},scale_in,,",
                at("01:10"),
                at("02:30")
            )
        );
        assert!(
            rows[0].contains(",on-demand,") && rows[0].ends_with(",,,,,,"),
            "{}",
            rows[0]
        );
    }

    #[test]
    fn a_task_names_its_instance() {
        let plan = fixture::plan_on_instances();
        let task = fixture::placed_task(Owner::Service(API), 3, 20, 100);
        let row = task_row(&plan, &task);
        assert_eq!((row[4].as_str(), row[6].as_str()), ("EC2", "us-east-1a"));
        assert_eq!(row[7], container_instance_arn(&plan, WEB, InstanceId(3)));
        let mut waiting = task.clone();
        waiting.zone = crate::ids::ZoneId::NOWHERE;
        waiting.instance = None;
        let row = task_row(&plan, &waiting);
        assert_eq!((row[6].as_str(), row[7].as_str()), ("", ""));
    }

    #[test]
    fn without_recorded_tasks_no_instance_is_kept() {
        let mut plan = fixture::plan_on_instances();
        plan.record.tasks = false;
        plan.record.events = false;
        let record = fixture::instance(3, Purchase::Spot, 10, Some(150));
        assert_eq!(rows(&plan, &[record]).len(), 0);
    }
}
