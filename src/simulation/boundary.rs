//! The security boundary of a start: the address it takes, and what it comes to where something is
//! missing.

use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{StartProblemId, SubnetId, TaskDefinitionId, ZoneId};
use crate::policy::container_order::Unresolved;
use crate::policy::task_start::StartPhase;
use crate::scenario::plan::{NetworkMode, StartProblemPlan, TaskSubnetPlan};
use crate::simulation::Simulation;
use crate::simulation::event::TaskStep;
use crate::simulation::launch::LaunchRequest;
use crate::world::task::{Owner, TaskRecord, TaskTimes};

/// What was foreseen of a start, all of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foreseen {
    pub(super) connectivity: SimTime,
    pub(super) pull_started: SimTime,
    pub(super) pull_stopped: SimTime,
    pub(super) started: SimTime,
}

impl Foreseen {
    /// The same, with so much more time before the pull.
    pub(super) fn later(self, by: SimDuration) -> Self {
        Foreseen {
            connectivity: self.connectivity,
            pull_started: self.pull_started + by,
            pull_stopped: self.pull_stopped + by,
            started: self.started + by,
        }
    }

    /// When a start gives up over `problem`, with the timestamps that it has by then.
    pub(super) fn fails_at(
        &self,
        times: &mut TaskTimes,
        problem: &StartProblemPlan,
        now: SimTime,
    ) -> SimTime {
        let got_past = |phase: StartPhase| phase < problem.phase;
        times.connectivity = got_past(StartPhase::Network).then_some(self.connectivity);
        times.pull_started = got_past(StartPhase::Resources).then_some(self.pull_started);
        times.pull_stopped = got_past(StartPhase::Pull).then_some(self.pull_stopped);
        let at = match problem.phase {
            StartPhase::Role => now,
            StartPhase::Network => self.connectivity,
            // What is refused is refused at once: no layer of an image is pulled.
            StartPhase::Resources | StartPhase::Pull => self.pull_started,
            StartPhase::Containers => self.started,
        };
        at + problem.lasts
    }
}

/// What comes of a start.
#[derive(Clone, Copy, Debug)]
pub(super) struct NextOfStart {
    step: TaskStep,
    at: SimTime,
    /// The timestamps that it has by then.
    times: TaskTimes,
    unresolved: Option<Unresolved>,
}

impl NextOfStart {
    /// Notes it in the task's record: its next step, and when that is.
    pub(super) fn take_place(self, record: &mut TaskRecord) -> (TaskStep, SimTime) {
        record.times = self.times;
        if self.unresolved.is_some() {
            record.unresolved = self.unresolved;
        }
        (self.step, self.at)
    }
}

/// Draws of how long a volume takes to be attached.
const VOLUME: Purpose = Purpose::new("task volume");

impl<'p> Simulation<'p> {
    /// What comes of a start, and when, with the timestamps that it has by then.
    #[inline]
    pub(super) fn next_of_start(
        &self,
        record: &TaskRecord,
        foreseen: &Foreseen,
        fails: bool,
    ) -> NextOfStart {
        let mut next = NextOfStart {
            step: TaskStep::FailedToStart,
            at: foreseen.pull_stopped,
            times: record.times,
            unresolved: None,
        };
        if let Some(problem) = record.problem {
            let problem = self.plan.boundary.problem(problem);
            next.at = foreseen.fails_at(&mut next.times, problem, self.now);
            return next;
        }
        next.times.connectivity = Some(foreseen.connectivity);
        next.times.pull_started = Some(foreseen.pull_started);
        if fails {
            return next;
        }
        next.times.pull_stopped = Some(foreseen.pull_stopped);
        let starts = self.starts(record);
        if let Some((after, unresolved)) = starts.fails {
            next.unresolved = Some(unresolved);
            next.at = foreseen.started + after;
            return next;
        }
        next.at = foreseen.started + starts.all;
        next.times.started = Some(next.at);
        next.step = TaskStep::Started;
        next
    }

    /// How long the EBS volume of a task takes to be created and attached: before the pull, after
    /// its network interface (ASSUMPTION).
    pub(super) fn attach_time(&self, record: &TaskRecord) -> SimDuration {
        let volume = match record.owner {
            Owner::Service(service) => self.plan.service(service).volume,
            Owner::Job(source) => self.plan.job_sources[source.index()].volume,
        };
        if volume.is_none() {
            return SimDuration::ZERO;
        }
        let key = self.owner_key(record.owner);
        let mut draws = self.streams.stream(VOLUME, key, record.ordinal);
        let law = &self.plan.provider(record.provider).latencies.volume;
        SimDuration::from_secs_f64(law.sample(&mut draws))
    }

    /// The subnets that an owner's tasks may go to, where something is known of them.
    fn subnets_of(&self, owner: Owner) -> &'p [TaskSubnetPlan] {
        match owner {
            Owner::Service(service) => &self.plan.service(service).subnets,
            Owner::Job(source) => &self.plan.job_sources[source.index()].subnets,
        }
    }

    fn free_addresses(&self, subnet: SubnetId) -> u32 {
        self.world.addresses[subnet.index()]
    }

    /// The subnet of a zone that a task of this owner goes to: the one with the most free
    /// addresses, of those alike the first (ASSUMPTION: AWS does not say which).
    fn subnet_in(&self, owner: Owner, zone: ZoneId) -> Option<TaskSubnetPlan> {
        let all = self.subnets_of(owner).iter();
        let there = all.filter(|it| self.plan.boundary.subnets[it.subnet.index()].zone == zone);
        let free = |it: &&TaskSubnetPlan| self.free_addresses(it.subnet);
        there.rev().max_by_key(free).copied()
    }

    /// Which zones have an address for a launch. ASSUMPTION: one that has none is passed over as
    /// long as another has that is up; where none has, the task is created and fails.
    pub(super) fn zones_with_addresses(
        &self,
        request: LaunchRequest,
    ) -> impl Fn(ZoneId) -> bool + use<'p> {
        let owner = request.owner;
        let zones: Vec<ZoneId> = self
            .subnets_of(owner)
            .iter()
            .filter(|it| 0 < self.free_addresses(it.subnet))
            .map(|it| self.plan.boundary.subnets[it.subnet.index()].zone)
            .filter(|zone| !self.is_out(*zone) && request.zone.is_none_or(|it| it == *zone))
            .collect();
        move |zone| zones.is_empty() || zones.contains(&zone)
    }

    /// A start meets the boundary: its interface takes an address, and what keeps it from RUNNING
    /// is noted in its record.
    pub(super) fn meet_boundary(&mut self, record: &mut TaskRecord) {
        let plan = self.plan;
        if plan.boundary.is_open() {
            return;
        }
        let definition = plan.task_definition(record.definition);
        let is_hosted = plan.provider(record.provider).kind.is_hosted();
        let own = match is_hosted {
            true => definition.start.on_instances,
            false => definition.start.on_fargate,
        };
        let phase = |id: StartProblemId| plan.boundary.problem(id).phase;
        record.problem = own;
        if own.is_some_and(|own| phase(own) == StartPhase::Role) {
            return;
        }
        if definition.hosting.network != NetworkMode::Awsvpc {
            return;
        }
        let Some(subnet) = self.subnet_in(record.owner, record.zone) else {
            return;
        };
        if let Some(out) = self.take_address(record, subnet.subnet) {
            record.problem = Some(out);
            return;
        }
        // On an instance it is the agent that calls, over the instance's interface.
        let missing = definition.start.calls.first_out_of(subnet.reach);
        let missing = missing.filter(|_| !is_hosted);
        if let Some(missing) = missing
            && own.is_none_or(|own| missing.phase() <= phase(own))
        {
            record.problem = plan.boundary.unreachable(missing).or(own);
        }
    }

    /// Takes an address of a subnet that counts them; what a start comes to if there is none.
    fn take_address(
        &mut self,
        record: &mut TaskRecord,
        subnet: SubnetId,
    ) -> Option<StartProblemId> {
        let of = &self.plan.boundary.subnets[subnet.index()];
        let exhausted = of.exhausted?;
        let free = &mut self.world.addresses[subnet.index()];
        if *free == 0 {
            let is_public = match record.owner {
                Owner::Service(service) => self.plan.service(service).assign_public_ip,
                Owner::Job(source) => self.plan.job_sources[source.index()].assign_public_ip,
            };
            return Some(exhausted[usize::from(is_public)]);
        }
        *free -= 1;
        record.subnet = Some(subnet);
        None
    }

    /// A task that is gone gives its address back.
    pub(super) fn give_address_back(&mut self, subnet: Option<SubnetId>) {
        if let Some(subnet) = subnet {
            self.world.addresses[subnet.index()] += 1;
        }
    }

    /// Whether tasks of a service could have been started on a provider: one that could not does
    /// not stand at the start of a steady run.
    pub(super) fn could_start(
        &self,
        (owner, definition): (Owner, TaskDefinitionId),
        (is_hosted, zone): (bool, ZoneId),
    ) -> bool {
        if let Owner::Service(service) = owner
            && self.is_out_of_reach(service, zone)
        {
            return false;
        }
        if self.plan.boundary.is_open() {
            return true;
        }
        let definition = self.plan.task_definition(definition);
        let start = &definition.start;
        let own = if is_hosted {
            start.on_instances
        } else {
            start.on_fargate
        };
        if own.is_some() {
            return false;
        }
        if definition.hosting.network != NetworkMode::Awsvpc {
            return true;
        }
        self.subnet_in(owner, zone).is_none_or(|subnet| {
            let reaches = start.calls.first_out_of(subnet.reach).is_none();
            0 < self.free_addresses(subnet.subnet) && (is_hosted || reaches)
        })
    }
}
