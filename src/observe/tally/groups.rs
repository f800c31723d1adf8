//! Streaming aggregates of Auto Scaling groups: instances, launches, waiting tasks, reservations.

use std::collections::BTreeMap;

use crate::engine::SimTime;
use crate::ids::{GroupId, InstanceId};
use crate::observe::observation::{CapacityObservation, RefusedRequest};
use crate::observe::summary::{ExternalSummary, GroupSummary};
use crate::observe::tally::Tally;
use crate::observe::tally::counts::{CountTally, Tallies};
use crate::policy::auto_scaling_group::SizeRefusal;
use crate::policy::managed_scaling::ScalingReason;
use crate::scenario::plan::Plan;
use crate::world::instance::{
    Amounts, GroupCounts, InstanceRecord, InstanceStep, TerminationCause,
};

/// What is counted of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct GroupTally {
    counts: GroupCounts,
    desired: CountTally,
    on_demand: CountTally,
    spot: CountTally,
    empty: CountTally,
    warm: CountTally,
    waiting: CountTally,
    /// Amounts times microseconds.
    registered: Integral,
    reserved: Integral,
    fragmented: Integral,
    launches: u64,
    failed_launches: u64,
    ended: Tallies<TerminationCause>,
    running_us: u128,
    scale_outs: u64,
    scale_ins: u64,
    refused: Tallies<RefusedRequest>,
    recommendations: u64,
    failures: u64,
    disconnects: u64,
    stuck_us: u64,
    stuck_since: Option<SimTime>,
    /// Of instances that lived when measuring began: what was to end them, as far as it was known.
    /// It was told then, and some come to another end.
    told: BTreeMap<InstanceId, TerminationCause>,
    /// Whether this takes what is told then.
    takes_told: bool,
}

/// Amounts summed over time.
#[derive(Clone, Copy, Debug, Default)]
struct Integral {
    since: SimTime,
    cpu_us: u128,
    memory_us: u128,
}

/// The name of what ended an instance, in `summary.json` and `instances.csv`.
pub const fn cause_name(cause: TerminationCause) -> &'static str {
    match cause {
        TerminationCause::ScaleIn => "scale_in",
        TerminationCause::SpotInterruption => "spot_interruption",
        TerminationCause::LaunchFailed => "launch_failed",
        TerminationCause::Failure => "failure",
        TerminationCause::Refresh => "instance_refresh",
        TerminationCause::Rebalance => "capacity_rebalance",
        TerminationCause::ZoneBalance => "zone_balance",
        TerminationCause::Idle => "idle",
        TerminationCause::Consolidation => "consolidation",
        TerminationCause::Patching => "patching",
        TerminationCause::EndOfLife => "end_of_life",
        TerminationCause::Repacking => "repacking",
    }
}

/// The name of a request that AWS refused, in `summary.json`.
pub const fn refused_name(request: RefusedRequest) -> &'static str {
    match request {
        RefusedRequest::ScheduledAction(SizeRefusal::MinAboveMax) => {
            "scheduled_action_min_above_max"
        }
        RefusedRequest::ScheduledAction(SizeRefusal::DesiredOutside) => {
            "scheduled_action_desired_outside"
        }
        RefusedRequest::InstanceRefresh => "instance_refresh_in_progress",
    }
}

impl Tally {
    #[inline(always)]
    pub(super) fn on_capacity(&mut self, at: SimTime, what: &CapacityObservation<'_>) {
        match *what {
            CapacityObservation::Instance(record, InstanceStep::Gone) => {
                self.groups[record.group.index()].gone(at, record);
            }
            CapacityObservation::GroupCounts { group, counts } => {
                let old = self.groups[group.index()].counts.registered_instances();
                let now = counts.registered_instances();
                if old != now {
                    self.instances_now = self.instances_now - old + now;
                    self.instances.set(at, self.instances_now);
                }
                self.groups[group.index()].set(at, counts);
            }
            CapacityObservation::GroupScaling {
                provider, reason, ..
            } => {
                if let Some(group) = self.kinds[provider.index()].group() {
                    self.groups[group.index()].scaled(at, reason);
                }
            }
            CapacityObservation::InstanceLaunchFailed { group, .. } => {
                self.groups[group.index()].failed_launches += 1;
            }
            CapacityObservation::RebalanceRecommended { group } => {
                self.groups[group.index()].recommendations += 1;
            }
            CapacityObservation::MachineLost {
                group, is_failure, ..
            } => {
                let tally = &mut self.groups[group.index()];
                let lost = match is_failure {
                    true => &mut tally.failures,
                    false => &mut tally.disconnects,
                };
                *lost += 1;
            }
            CapacityObservation::RequestRefused { group, request } => {
                self.groups[group.index()].refused.add(request);
            }
            CapacityObservation::TaskPlaced { owner, waited, .. } => {
                self.tasks_of(owner).waits.add(waited);
            }
            CapacityObservation::Unplaced { service, tasks } => {
                self.services[service.index()].unplaced.set(at, tasks);
            }
            CapacityObservation::Asked { owner, instances } => {
                let tasks = self.tasks_of(owner);
                tasks.searches += 1;
                tasks.instances_asked += u64::from(instances);
            }
            CapacityObservation::Instance(_, InstanceStep::Active | InstanceStep::Draining)
            | CapacityObservation::Reservation { .. } => {}
        }
    }

    /// Takes a group's counts, if nothing has changed but what tasks have of it; else false.
    #[inline]
    pub fn reserved(&mut self, at: SimTime, group: GroupId, counts: &GroupCounts) -> bool {
        let tally = &mut self.groups[group.index()];
        let known = &mut tally.counts;
        if !known.is_same_but_reserved(counts) {
            return false;
        }
        if known.reserved != counts.reserved {
            tally.reserved.advance(at, &known.reserved);
            known.reserved = counts.reserved;
        }
        true
    }

    pub(super) fn group_summaries(&self, plan: &Plan, ended_at: SimTime) -> Vec<GroupSummary> {
        let groups = self.groups.iter().zip(&plan.groups).enumerate();
        let summary = groups.map(|(index, (tally, group))| {
            let id = Some(GroupId::from_index(index));
            let mut providers = plan.providers.iter();
            let provider = providers.find(|provider| provider.kind.group() == id);
            GroupSummary {
                name: group.name.clone(),
                external: group.is_external().then_some(ExternalSummary {
                    failures: tally.failures,
                    disconnects: tally.disconnects,
                }),
                provider: provider.map(|provider| provider.name.clone()),
                ..tally.summary(ended_at)
            }
        });
        summary.collect()
    }
}

impl GroupTally {
    fn set(&mut self, at: SimTime, counts: &GroupCounts) {
        let old = &self.counts;
        for (integral, old, new) in [
            (&mut self.registered, &old.registered, &counts.registered),
            (&mut self.reserved, &old.reserved, &counts.reserved),
            (&mut self.fragmented, &old.fragmented, &counts.fragmented),
        ] {
            if old != new {
                integral.advance(at, old);
            }
        }
        for (tally, old, new) in [
            (&mut self.desired, old.desired, counts.desired),
            (&mut self.on_demand, old.on_demand, counts.on_demand),
            (&mut self.spot, old.spot, counts.spot),
            (&mut self.empty, old.empty, counts.empty),
            (&mut self.warm, old.warm, counts.warm),
            (&mut self.waiting, old.waiting, counts.waiting),
        ] {
            if old != new {
                tally.set(at, new);
            }
        }
        self.counts = *counts;
    }

    /// Takes what is told at an end that is none.
    pub(super) fn take_told(&mut self) {
        self.takes_told = true;
    }

    /// Measures from `at` on: what there is stays. `told` took what was told then.
    pub(super) fn restart(&mut self, at: SimTime, told: &GroupTally) {
        let mut fresh = GroupTally {
            told: told.told.clone(),
            counts: self.counts,
            stuck_since: self.stuck_since.map(|_| at),
            ..GroupTally::default()
        };
        for integral in [
            &mut fresh.registered,
            &mut fresh.reserved,
            &mut fresh.fragmented,
        ] {
            integral.since = at;
        }
        for (fresh, count) in [
            (&mut fresh.desired, self.desired),
            (&mut fresh.on_demand, self.on_demand),
            (&mut fresh.spot, self.spot),
            (&mut fresh.empty, self.empty),
            (&mut fresh.warm, self.warm),
            (&mut fresh.waiting, self.waiting),
        ] {
            *fresh = count;
            fresh.restart(at);
        }
        *self = fresh;
    }

    /// Takes away what instances that live on had to tell before: they tell it once more when they
    /// end.
    pub(super) fn deduct(&mut self, told: &Self) {
        self.launches = self.launches.saturating_sub(told.launches);
        self.running_us = self.running_us.saturating_sub(told.running_us);
    }

    fn advance(&mut self, at: SimTime) {
        self.registered.advance(at, &self.counts.registered);
        self.reserved.advance(at, &self.counts.reserved);
        self.fragmented.advance(at, &self.counts.fragmented);
        if let Some(since) = self.stuck_since.take() {
            self.stuck_us += at.since(since).as_micros();
        }
    }

    /// An instance that is gone, or lives on at the end of the run, was launched once.
    fn gone(&mut self, at: SimTime, record: &InstanceRecord) {
        self.launches += 1;
        let end = record.times.terminated.unwrap_or(at).min(at);
        for (from, until) in record.paid(end) {
            self.running_us += u128::from(until.since(from).as_micros());
        }
        if let Some(cause) = record.cause.filter(|_| self.takes_told) {
            self.told.insert(record.id, cause);
            return;
        }
        let told = self.told.get(&record.id);
        if let Some(cause) = record.cause.filter(|cause| told != Some(cause)) {
            self.ended.add(cause);
            self.failed_launches += u64::from(cause == TerminationCause::LaunchFailed);
        }
    }

    fn scaled(&mut self, at: SimTime, reason: ScalingReason) {
        // It stands until the next minute that sees something else.
        let is_stuck = reason == ScalingReason::Stuck;
        match self.stuck_since {
            Some(since) if !is_stuck => {
                self.stuck_us += at.since(since).as_micros();
                self.stuck_since = None;
            }
            None if is_stuck => self.stuck_since = Some(at),
            Some(_) | None => {}
        }
        match reason {
            ScalingReason::ScaleOut { .. } | ScalingReason::First => self.scale_outs += 1,
            ScalingReason::ScaleIn { .. } => self.scale_ins += 1,
            ScalingReason::AtTarget
            | ScalingReason::Nothing
            | ScalingReason::Stuck
            | ScalingReason::WarmingUp
            | ScalingReason::Quiet { .. }
            | ScalingReason::AfterScaleOut
            | ScalingReason::Bounded
            | ScalingReason::AlreadyDesired => {}
        }
    }

    /// Its numbers, without its names.
    fn summary(&self, ended_at: SimTime) -> GroupSummary {
        let mut closed = self.clone();
        closed.advance(ended_at);
        let percent =
            |part: u128, whole: u128| (0 < whole).then(|| 100.0 * part as f64 / whole as f64);
        let (has, reserved) = (&closed.registered, &closed.reserved);
        GroupSummary {
            desired_capacity: closed.desired.summary(ended_at),
            on_demand: closed.on_demand.summary(ended_at),
            spot: closed.spot.summary(ended_at),
            empty: closed.empty.summary(ended_at),
            warm: Some(closed.warm.summary(ended_at)).filter(|warm| 0 < warm.max),
            waiting_tasks: closed.waiting.summary(ended_at),
            instance_hours: closed.running_us as f64 / 3.6e9,
            launches: closed.launches,
            failed_launches: closed.failed_launches,
            interruptions: closed.ended.count(TerminationCause::SpotInterruption),
            ended: closed.ended.named(cause_name),
            scale_outs: closed.scale_outs,
            scale_ins: closed.scale_ins,
            rebalance_recommendations: closed.recommendations,
            refused_requests: closed.refused.named(refused_name),
            cpu_reserved_percent: percent(reserved.cpu_us, has.cpu_us),
            memory_reserved_percent: percent(reserved.memory_us, has.memory_us),
            stuck_s: closed.stuck_us as f64 / 1e6,
            fragmented_vcpu_hours: closed.fragmented.cpu_us as f64 / 1_024.0 / 3.6e9,
            fragmented_gib_hours: closed.fragmented.memory_us as f64 / 1_024.0 / 3.6e9,
            ..GroupSummary::default()
        }
    }
}

impl Integral {
    /// Adds these amounts from when they were set until `at`.
    fn advance(&mut self, at: SimTime, amounts: &Amounts) {
        let length_us = u128::from(at.since(self.since).as_micros());
        self.cpu_us += u128::from(amounts.cpu) * length_us;
        self.memory_us += u128::from(amounts.memory) * length_us;
        self.since = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SimDuration;
    use crate::observe::Observer;
    use crate::observe::fixture::{self, API, ON_WEB, WEB};
    use crate::observe::observation::{Observation, Refusal};
    use crate::observe::summary::RunSummary;
    use crate::policy::auto_scaling_group::Purchase;
    use crate::world::task::Owner;

    fn summary(what: &[(u64, CapacityObservation<'_>)], ended_s: u64) -> RunSummary {
        let plan = fixture::plan_on_instances();
        let mut observer = Observer::new(&plan);
        for (at, what) in what {
            observer.observe(SimTime::from_secs(*at), &Observation::Capacity(*what));
        }
        let refused = Observation::LaunchRefused {
            owner: Owner::Service(API),
            provider: Some(ON_WEB),
            reason: Refusal::NoInstance,
            nearest: None,
            until: SimTime::ZERO,
        };
        observer.observe(SimTime::from_secs(ended_s), &refused);
        observer.finish(&plan, SimTime::from_secs(ended_s)).summary
    }

    fn counts(active: u32, reserved: u64) -> GroupCounts {
        GroupCounts {
            desired: active,
            active,
            on_demand: active.min(1),
            spot: active.saturating_sub(1),
            waiting: 3 - active.min(3),
            registered: Amounts {
                cpu: 2_048 * u64::from(active),
                memory: 7_680 * u64::from(active),
                gpus: 0,
            },
            reserved: Amounts {
                cpu: reserved,
                memory: 0,
                gpus: 0,
            },
            ..GroupCounts::default()
        }
    }

    #[test]
    fn a_groups_instances_and_reservations_are_weighted_by_time() {
        let (one, three) = (counts(1, 1_024), counts(3, 1_024));
        let set = |counts| CapacityObservation::GroupCounts { group: WEB, counts };
        let summary = summary(&[(0, set(&one)), (100, set(&three)), (150, set(&one))], 200);
        let group = &summary.groups[0];
        assert_eq!(
            (group.name.as_str(), group.provider.as_deref()),
            ("web", Some("web"))
        );
        assert_eq!(group.on_demand.mean, 1.0);
        assert_eq!(
            (group.spot.mean, group.spot.min, group.spot.max),
            (0.5, 0, 2)
        );
        assert_eq!(group.waiting_tasks.mean, 1.5);
        // 1,024 of 2,048 for 150 s and of 6,144 for 50 s.
        let expected = 100.0 * 1_024.0 * 200.0 / (2_048.0 * 150.0 + 6_144.0 * 50.0);
        assert_eq!(group.cpu_reserved_percent, Some(expected));
        assert_eq!(group.memory_reserved_percent, Some(0.0));
        assert_eq!(summary.services[0].tasks.refusals["no_instance"], 1);
    }

    #[test]
    fn launches_ends_and_waits_are_counted() {
        let mut taken = fixture::instance(0, Purchase::Spot, 0, Some(100));
        taken.cause = Some(TerminationCause::SpotInterruption);
        let mut failed = fixture::instance(1, Purchase::Spot, 0, Some(100));
        failed.cause = Some(TerminationCause::LaunchFailed);
        let living = fixture::instance(2, Purchase::OnDemand, 0, None);
        let gone = |record| CapacityObservation::Instance(record, InstanceStep::Gone);
        let refused = CapacityObservation::InstanceLaunchFailed {
            group: WEB,
            purchase: Purchase::Spot,
        };
        let placed = |seconds| CapacityObservation::TaskPlaced {
            owner: Owner::Service(API),
            provider: ON_WEB,
            waited: SimDuration::from_secs(seconds),
        };
        let scaled = |reason| CapacityObservation::GroupScaling {
            provider: ON_WEB,
            from: 0,
            to: 2,
            reason,
        };
        let what = [
            (0, scaled(ScalingReason::First)),
            (60, scaled(ScalingReason::AtTarget)),
            (80, placed(80)),
            (90, placed(20)),
            (100, gone(&taken)),
            (100, gone(&failed)),
            (150, refused),
            (200, gone(&living)),
        ];
        let summary = summary(&what, 200);
        let group = &summary.groups[0];
        assert_eq!((group.launches, group.failed_launches), (3, 2));
        assert_eq!((group.interruptions, group.ended["launch_failed"]), (1, 1));
        assert_eq!((group.scale_outs, group.scale_ins), (1, 0));
        // 70 + 70 + 170 s.
        assert_eq!(group.instance_hours, 310.0 / 3_600.0);
        let waits = summary.services[0].tasks.instance_wait.unwrap();
        assert_eq!(
            (waits.tasks, waits.delay.mean_s, waits.delay.max_s),
            (2, Some(50.0), Some(80.0))
        );
    }
}
