//! The sink of what decisions were made from: kept only when a run is played again to be explained.

mod apart;
mod capacity;
mod choices;
mod groups;
mod reasons;
mod records;

use crate::demand::period::ServicePeriod;
use crate::engine::SimTime;
use crate::ids::{
    AlarmId, GroupId, InstanceId, PoolId, ProviderId, ScalableTargetId, ServiceId, TaskDefinitionId,
};
use crate::observe::inputs::{
    CallAsked, CircuitBreakerAsked, ContainerEnd, DecisionInputs, HeldLaunch, ServiceStep,
    TypeChoice, ZoneSearch,
};
use crate::observe::observation::{DeploymentStep, Observation};
use crate::observe::placements::Placement;
use crate::policy::alarm::Verdict;
use crate::policy::auto_scaling_group::Purchase;
use crate::policy::spot::Regime;
use crate::policy::target_tracking::ScalingReason;
use crate::policy::what_if::Emptied;
use crate::scenario::plan::Plan;
use crate::world::instance::{InstanceRecord, TerminationCause};
use crate::world::service::ServiceCounts;
use crate::world::task::{Owner, TaskRecord};

pub use capacity::{Managed, RefusedPools};
pub use groups::{EndChosen, GroupScaled, Launched, PoolFound, PoolRegime};
pub use reasons::Together;
pub use records::{
    Forecast, Foretold, Minutes, Pick, Restarted, Scaled, Scheduled, StopChosen, Zones,
};

/// What decisions were made from, each list in order of time.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The one owner that it follows; `None`: all.
    only: Option<Owner>,
    /// Of whom it keeps more than tasks.
    reasons: reasons::Reasons,
    /// The services of which it keeps no more.
    pub others: Together,
    /// Services beside it whose minutes are kept: those that its alarms watch.
    watched: Vec<ServiceId>,
    /// All tasks, by their end.
    pub tasks: Vec<TaskRecord>,
    /// Launches that were granted.
    pub picks: Vec<Pick>,
    /// Searches for an instance: a task's first one that found none, and the one that found one.
    pub placements: Vec<Placement>,
    /// Container instances that were ACTIVE.
    pub instances: Vec<InstanceRecord>,
    /// Those that were gone, or the run over, before they were.
    pub never_active: Vec<InstanceRecord>,
    /// Why each Managed Instance is of its type.
    pub types: Vec<(SimTime, InstanceId, TypeChoice)>,
    /// Container instances that began to drain, and what made them; `None`: the operator.
    pub drains: Vec<(SimTime, InstanceId, Option<TerminationCause>)>,
    /// Launches of instances that failed in every pool that was tried.
    pub launch_failures: Vec<(SimTime, GroupId, Purchase)>,
    /// Pools that had no instance for a group of Managed Instances.
    pub refused_pools: Vec<RefusedPools>,
    /// What managed scaling decided of a provider's group.
    pub managed: Vec<Managed>,
    /// Changes of groups' desired capacities by it.
    pub group_scalings: Vec<GroupScaled>,
    /// Launches of instances.
    pub launched: Vec<Launched>,
    /// Instances that were chosen to end.
    pub ends_chosen: Vec<EndChosen>,
    /// Instances that a reclaim took: when, which, the severity, the instance's draw.
    pub instance_reclaims: Vec<(SimTime, InstanceId, f64, f64)>,
    /// What the Spot pools of groups offer: as they stand at the start, and their changes.
    pub pool_regimes: Vec<PoolRegime>,
    /// Tasks of EventBridge's calls that were not started, each try.
    pub failed_calls: Vec<(SimTime, CallAsked)>,
    /// Launches that wait.
    pub held: Vec<(SimTime, HeldLaunch, Option<Zones>)>,
    /// Steps of the service scheduler.
    pub steps: Vec<(SimTime, ServiceId, ServiceStep)>,
    /// Tasks that were picked to be stopped.
    pub stops: Vec<StopChosen>,
    /// Instances that `whatIf.repacking` emptied, and why.
    pub emptied: Vec<(SimTime, InstanceId, Emptied)>,
    /// Tasks that a reclaim took: when, whose, which, the severity, the task's draw.
    pub reclaims: Vec<(SimTime, Owner, u64, f64, f64)>,
    /// When AWS retired Fargate's platform revision, and when it had given notice.
    pub retirements: Vec<(SimTime, SimTime)>,
    /// Changes of desired counts by service auto scaling.
    pub scalings: Vec<Scaled>,
    /// What scheduled actions of targets did.
    pub scheduled: Vec<Scheduled>,
    /// What predictive scaling set: the least and the most tasks of an hour.
    pub predicted: Vec<(SimTime, ScalableTargetId, (u32, u32))>,
    /// What predictive policies foretold: when, of which, the count before and after.
    pub forecasts: Vec<Forecast>,
    /// The same with the load that was foretold, and the hours that it was foretold from.
    pub foretold: Vec<Foretold>,
    /// Essential containers that ended by themselves: when, of whose how-manieth task.
    pub ends: Vec<(SimTime, Owner, u64, ContainerEnd)>,
    /// Those that were started again in their task.
    pub restarts: Vec<Restarted>,
    /// The states of alarms: those at the start, and their changes.
    pub alarm_states: Vec<(SimTime, AlarmId, Verdict)>,
    /// The counts of services.
    pub counts: Vec<(SimTime, ServiceId, ServiceCounts)>,
    /// Steps of deployments.
    pub deployments: Vec<(SimTime, ServiceId, TaskDefinitionId, DeploymentStep)>,
    /// What the circuit breaker was asked with when it failed a deployment.
    pub breakers: Vec<(SimTime, ServiceId, CircuitBreakerAsked)>,
    /// The market's regimes by zone, with the severity of a reclaim.
    pub regimes: Vec<(SimTime, PoolId, Regime, Option<f64>)>,
    /// Minutes of services.
    pub minutes: Vec<(ServiceId, Minutes)>,
    /// Data points of fine metrics.
    pub fine_points: Vec<(ServiceId, Minutes)>,
    /// What alarms were primed with.
    pub primed: Vec<(ServiceId, Minutes)>,
    /// The last search for a zone: part of the pick or refusal that follows it.
    search: Option<(Owner, ProviderId, Zones)>,
    /// The last search for a pool: part of the launch that follows it.
    pool_found: groups::Pending,
}

impl Trail {
    /// A trail of one owner's decisions, or of all.
    pub fn of(only: Option<Owner>) -> Self {
        Trail {
            only,
            ..Trail::default()
        }
    }

    /// The record of an instance, whether it was ever ACTIVE or not.
    pub fn instance(&self, id: InstanceId) -> Option<&InstanceRecord> {
        let mut all = self.instances.iter().chain(&self.never_active);
        all.find(|it| it.id == id)
    }

    /// Keeps the minutes of the services whose alarms may fail the deployments of the one that it
    /// follows, too: an alarm may watch who calls it.
    #[must_use]
    pub fn with_alarms_of(mut self, plan: &Plan) -> Self {
        if let Some(Owner::Service(only)) = self.only {
            let alarms = plan.alarms.iter();
            let its = alarms.filter(|alarm| alarm.fails_deployments_of.contains(&only));
            self.watched = its.map(|alarm| alarm.service).collect();
        }
        self
    }

    fn follows(&self, owner: Owner) -> bool {
        self.only.is_none_or(|only| only == owner)
    }

    fn asks(&self, owner: Owner) -> bool {
        self.follows(owner) && self.has_reasons_of(owner)
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        match *what {
            Observation::TaskGone(record) if self.follows(record.owner) => {
                let mut record = record.clone();
                record.times.cut_after(at);
                self.tasks.push(record);
            }
            Observation::ServiceCounts {
                service, counts, ..
            } if self.follows(Owner::Service(service)) => match self.reasons.has(service) {
                true => self.counts.push((at, service, counts)),
                false => self.others.count(at, service, counts),
            },
            Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            } if self.follows(Owner::Service(service)) || self.watched.contains(&service) => {
                match self.reasons.has(service) || self.watched.contains(&service) {
                    true => {
                        let minutes = Minutes::of(first, count, period);
                        self.minutes.push((service, minutes));
                    }
                    false => self.others.load((first, count), period.requests),
                }
            }
            Observation::Deployment {
                service,
                definition,
                step,
                ..
            } if self.asks(Owner::Service(service)) => {
                self.deployments.push((at, service, definition, step));
            }
            Observation::Scaling {
                target,
                from,
                to,
                reason,
            } if self.has_reasons_of_target(target) => {
                self.observe_scaling((at, target), [from, to], reason);
            }
            Observation::AlarmState { alarm, verdict, .. } if self.has_reasons_of_alarm(alarm) => {
                self.alarm_states.push((at, alarm, verdict));
            }
            Observation::SpotRegime {
                pool,
                regime,
                reclaim,
            } => self.regimes.push((at, pool, regime, reclaim)),
            Observation::TaskGone(_)
            | Observation::ServiceCounts { .. }
            | Observation::ServicePeriods { .. }
            | Observation::Deployment { .. }
            | Observation::Scaling { .. }
            | Observation::AlarmState { .. }
            | Observation::TaskStarted { .. }
            | Observation::TaskInterrupted { .. }
            | Observation::LaunchRefused { .. }
            | Observation::ProviderPicked { .. }
            | Observation::JobFinished { .. }
            | Observation::Called { .. }
            | Observation::CallFailed { .. }
            | Observation::ContainerRestarted { .. }
            | Observation::JobsWaiting { .. } => {}
            Observation::Capacity(ref what) => self.observe_capacity(at, what),
        }
    }

    /// Takes what moved a target beside its alarms.
    fn observe_scaling(
        &mut self,
        (at, target): (SimTime, ScalableTargetId),
        counts: [u32; 2],
        reason: ScalingReason,
    ) {
        match reason {
            ScalingReason::Scheduled { action, outcome } => self.scheduled.push(Scheduled {
                at,
                target,
                action,
                counts,
                outcome,
            }),
            ScalingReason::Predicted {
                policy,
                forecast,
                outcome,
            } => self.forecasts.push(Forecast {
                at,
                target,
                policy,
                counts,
                forecast,
                outcome,
            }),
            _ => {}
        }
    }

    /// Data points that alarms saw, which are no minutes of the run.
    fn note_points(&mut self, inputs: &DecisionInputs<'_>) {
        match *inputs {
            DecisionInputs::Primed { service, period } if self.reasons.has(service) => {
                self.primed.push((service, Minutes::of(0, 0, period)));
            }
            DecisionInputs::FinePoints {
                service,
                first,
                count,
                period,
            } if self.reasons.has(service) => {
                let points = Minutes::of(first, count, period);
                self.fine_points.push((service, points));
            }
            _ => {}
        }
    }

    /// Takes what a decision was made from.
    pub fn note(&mut self, at: SimTime, inputs: &DecisionInputs<'_>) {
        match *inputs {
            DecisionInputs::Zone {
                owner,
                provider,
                search,
            } => self.search = Some((owner, provider, Zones::of(search))),
            DecisionInputs::Held(held) if self.asks(held.owner) => {
                let zones = held.provider.and_then(|on| self.searched(held.owner, on));
                self.held.push((at, held, zones));
            }
            DecisionInputs::Step { service, step } if self.asks(Owner::Service(service)) => {
                self.steps.push((at, service, step));
            }
            DecisionInputs::Reclaimed { owner, .. } if self.asks(owner) => {
                self.note_reclaim(at, inputs);
            }
            DecisionInputs::Placement {
                owner,
                ordinal,
                provider,
                search,
            } if self.asks(owner) => {
                let placement = Placement::of(at, (owner, ordinal, provider), search);
                self.placements.push(placement);
            }
            DecisionInputs::TypeChosen {
                instance, choice, ..
            } => self.types.push((at, instance, choice.clone())),
            DecisionInputs::PoolsRefused { group, pools } => self.refuse_pools(at, group, pools),
            DecisionInputs::Emptied { instance, emptied } => {
                self.emptied.push((at, instance, emptied));
            }
            DecisionInputs::ContainerEnded { owner, .. } if self.asks(owner) => {
                self.note_container(at, inputs);
            }
            DecisionInputs::Restarted { service, .. } if self.asks(Owner::Service(service)) => {
                self.note_container(at, inputs);
            }
            DecisionInputs::Predicted { .. }
            | DecisionInputs::Foretold { .. }
            | DecisionInputs::Scaled { .. } => self.note_scaling(at, inputs),
            DecisionInputs::Group(ref what) => self.note_group(at, what),
            DecisionInputs::CallFailed(asked) => self.note_call(at, asked),
            DecisionInputs::Retired { noticed } => self.retirements.push((at, noticed)),
            DecisionInputs::Primed { .. } | DecisionInputs::FinePoints { .. } => {
                self.note_points(inputs);
            }
            DecisionInputs::Pick { owner, .. } if self.asks(owner) => self.note_pick(at, inputs),
            DecisionInputs::StopChosen { service, .. } if self.asks(Owner::Service(service)) => {
                self.note_stop(at, inputs);
            }
            DecisionInputs::CircuitBreaker { service, asked }
                if self.asks(Owner::Service(service)) =>
            {
                self.breakers.push((at, service, asked));
            }
            DecisionInputs::Held(_)
            | DecisionInputs::ContainerEnded { .. }
            | DecisionInputs::Restarted { .. }
            | DecisionInputs::CircuitBreaker { .. }
            | DecisionInputs::Reclaimed { .. }
            | DecisionInputs::Placement { .. }
            | DecisionInputs::Step { .. }
            | DecisionInputs::Pick { .. }
            | DecisionInputs::StopChosen { .. } => {}
        }
    }

    /// The search for a zone that a refusal belongs to.
    fn searched(&mut self, owner: Owner, provider: ProviderId) -> Option<Zones> {
        let (of, on, zones) = self.search.take()?;
        ((of, on) == (owner, provider)).then_some(zones)
    }
}

impl Zones {
    fn of(search: &ZoneSearch<'_>) -> Self {
        Zones {
            zones: search.zones.to_vec(),
            counts: search.counts.to_vec(),
            refuses: search.refuses.to_vec(),
            when_refused: search.when_refused,
        }
    }
}

impl Minutes {
    fn of(first: u64, count: u64, period: &ServicePeriod) -> Self {
        Minutes {
            first,
            count,
            cpu: period.cpu_utilization(),
            memory: period.memory_utilization(),
            requests_per_target: period.requests_per_target(),
            period: *period,
        }
    }
}
