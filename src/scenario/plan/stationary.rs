//! Whether what is asked of a cluster is the same at every time, so that it may settle.

use super::{ArrivalPlan, Plan, TimelineAction};

impl Plan {
    /// What of its demand changes with time, in words: `the demand of api follows a daily profile`;
    /// `None`: nothing does.
    pub fn changing_demand(&self) -> Option<String> {
        let until = self.horizon();
        let of_services = self.services.iter().find_map(|service| {
            let change = service.demand.as_ref()?.rate.change_before(until)?;
            Some(format!("the demand of {} follows {change}", service.name))
        });
        let of_jobs = || {
            self.job_sources.iter().find_map(|source| {
                let change = match source.arrivals.as_ref()? {
                    ArrivalPlan::Trace(_) => "a trace",
                    ArrivalPlan::Generated { rate, .. } => rate.change_before(until)?,
                    ArrivalPlan::Schedule(_) => "a schedule",
                };
                Some(format!("the arrivals of {} follow {change}", source.name))
            })
        };
        let of_timeline = || {
            self.timeline.iter().find_map(|entry| match entry.action {
                TimelineAction::RunTask { source, .. } => {
                    let name = &self.job_sources[source.index()].name;
                    Some(format!("the timeline runs tasks of {name}"))
                }
                _ => None,
            })
        };
        of_services.or_else(of_jobs).or_else(of_timeline)
    }
}
