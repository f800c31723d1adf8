//! `beside` of `world.work`: what the tasks beside it on an instance cost a DAEMON service's
//! task, a log router or a collector.

use crate::engine::SimDuration;
use crate::policy::daemon_load::BesideWork;
use crate::scenario::aws::task_definition::TaskDefinitions;
use crate::scenario::plan::ServicePlan;
use crate::scenario::reader::MapReader;

use super::{WorkEntries, vcpus};

/// Reads it.
pub(super) fn read(mut map: MapReader<'_>) -> BesideWork {
    let mut cpu = |key| map.duration(key).map_or(0.0, SimDuration::as_secs_f64);
    let (cpu_s, cpu_s_per_log_mib) = (cpu("cpu"), cpu("perLogMiB"));
    let per_task = map.field("perTask");
    let per_task = per_task.and_then(|field| field.value("vCPUs", vcpus));
    map.finish();
    BesideWork {
        cpu_s,
        cpu_s_per_log_mib,
        vcpus_per_task: per_task.unwrap_or(0.0),
    }
}

impl WorkEntries<'_> {
    /// Only a DAEMON service's task has others beside it that it works for.
    pub(in crate::scenario::world) fn check_beside(
        &self,
        definitions: &TaskDefinitions,
        services: &[ServicePlan],
    ) {
        let given = self.entries.iter();
        for (name, (_, field)) in
            given.filter(|(_, (work, _))| work.beside.is_some_and(|it| it.is_any()))
        {
            let family = name.split(':').next().unwrap_or_default();
            let is_its = |service: &ServicePlan| {
                let of = &definitions.get(service.task_definition).family;
                service.is_daemon && (of == family || family == "default")
            };
            if (definitions.has_family(family) || family == "default")
                && !services.iter().any(is_its)
            {
                let message = format!(
                    "{name} has work for the tasks beside it, and no DAEMON service runs it"
                );
                let help = "write schedulingStrategy: DAEMON at its service; a container of the \
                            same task stands under sidecars";
                field.warning("no-effect", message).help(help).report();
            }
        }
    }
}
