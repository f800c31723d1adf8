//! A trail taken apart by service, so that whoever looks at one looks at its own records only.

use std::collections::BTreeMap;

use super::Trail;
use crate::ids::{ScalableTargetId, ServiceId};
use crate::scenario::plan::Plan;
use crate::world::task::Owner;

impl Trail {
    /// Of each of these services a trail with what it wanted and had, what scaled and deployed it,
    /// and how its tasks ended; without launches, placements and all that is of instances.
    pub fn apart(&self, plan: &Plan, services: &[ServiceId]) -> BTreeMap<ServiceId, Trail> {
        let parts = services.iter().map(|service| (*service, Trail::default()));
        let mut parts: BTreeMap<ServiceId, Trail> = parts.collect();
        let target = |target: ScalableTargetId| plan.scalable_targets[target.index()].service;
        let mut of = |service: ServiceId, add: &dyn Fn(&mut Trail)| {
            if let Some(part) = parts.get_mut(&service) {
                add(part);
            }
        };
        for task in &self.tasks {
            if let Owner::Service(service) = task.owner {
                of(service, &|part| part.tasks.push(task.clone()));
            }
        }
        for it in &self.counts {
            of(it.1, &|part| part.counts.push(*it));
        }
        for it in &self.minutes {
            of(it.0, &|part| part.minutes.push(*it));
        }
        for it in &self.fine_points {
            of(it.0, &|part| part.fine_points.push(*it));
        }
        for it in &self.primed {
            of(it.0, &|part| part.primed.push(*it));
        }
        for it in &self.steps {
            of(it.1, &|part| part.steps.push(*it));
        }
        for it in &self.stops {
            of(it.service, &|part| part.stops.push(it.clone()));
        }
        for it in &self.deployments {
            of(it.1, &|part| part.deployments.push(*it));
        }
        for it in &self.breakers {
            of(it.1, &|part| part.breakers.push(*it));
        }
        for it in &self.scalings {
            of(target(it.target), &|part| part.scalings.push(it.clone()));
        }
        for it in &self.scheduled {
            of(target(it.target), &|part| part.scheduled.push(*it));
        }
        for it in &self.predicted {
            of(target(it.1), &|part| part.predicted.push(*it));
        }
        for it in &self.forecasts {
            of(target(it.target), &|part| part.forecasts.push(*it));
        }
        for it in &self.foretold {
            of(target(it.target), &|part| part.foretold.push(it.clone()));
        }
        for it in &self.alarm_states {
            let service = plan.alarms[it.1.index()].service;
            of(service, &|part| part.alarm_states.push(*it));
        }
        parts
    }
}
