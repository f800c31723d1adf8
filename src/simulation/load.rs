//! The load of services: demand changes, tasks come and go, minutes close.

use crate::demand::load::Leaving;
use crate::demand::period::{PERIOD, ServicePeriod};
use crate::demand::service_load::LoadSpec;
use crate::demand::split_load::Side;
use crate::engine::queue::Queue;
use crate::engine::random::Purpose;
use crate::engine::{SimDuration, SimTime};
use crate::ids::{AlarmId, ScalableTargetId, ServiceId, TaskId, ZoneId};
use crate::observe::inputs::DecisionInputs;
use crate::observe::observation::Observation;
use crate::policy::life_cycle::StopCause;
use crate::scenario::plan::{Begin, Fidelity};
use crate::simulation::Simulation;
use crate::simulation::event::{Event, TaskFate};
use crate::world::groups::Phase;
use crate::world::service::Deployment;
use crate::world::task::Owner;
use crate::world::{load_spec, open_spec};

/// Draws of which task runs out of memory first.
const OUT_OF_MEMORY: Purpose = Purpose::new("out of memory");

impl Simulation<'_> {
    /// The demand on a service at the start, its tasks being up or not.
    pub(super) fn begin_demand(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let index = service.index();
        if self.world.loads[index].is_none() {
            return;
        }
        let first = self.world.rates[index]
            .as_mut()
            .and_then(|cursor| cursor.next_change());
        self.set_own_rate(service, first.map_or(0.0, |(_, rate)| rate));
        for side in self.sides(service) {
            // Task sets of several revisions may stand already.
            let spec = self.serving_spec(service, *side);
            if let Some(load) = &mut self.world.loads[index] {
                load.set_spec(*side, spec);
            }
            self.tell_tasks(service, *side);
        }
        if !self.is_called_or_calls(service) {
            self.begin_alarms((service, None), queue);
        }
    }

    /// Settles a load where the run begins so, and primes what scales its service and the alarms:
    /// by the minute that is expected, if it has settled with others already.
    pub(super) fn begin_alarms(
        &mut self,
        (service, expected): (ServiceId, Option<&ServicePeriod>),
        queue: &mut Queue<Event>,
    ) {
        let index = service.index();
        let Some(load) = &mut self.world.loads[index] else {
            return;
        };
        if self.plan.run.begin == Begin::Steady {
            if expected.is_none() {
                load.settle();
            }
            let alarms = self.world.alarms_of[index].clone();
            if self.world.target_of[index].is_some() || !alarms.is_empty() {
                let mut expected = expected.map_or_else(|| load.expected_minute(), |it| *it);
                if let Some(growth) = &self.world.growths[index] {
                    expected = growth.expected(self.now, &expected);
                }
                expected = self.with_others(service, expected);
                if let Some(watch) = &mut self.world.counted[index] {
                    watch.set(self.now, self.world.services[index].counts());
                    expected = watch.steady(&expected);
                }
                let period = &expected;
                if let Some(target) = self.world.target_of[index] {
                    self.world.targets[target].prime(period);
                }
                for index in alarms {
                    let alarm = &mut self.world.alarms[index];
                    let verdict = alarm.prime(&self.plan.alarms[index], period);
                    let stands = Observation::AlarmState {
                        alarm: AlarmId::from_index(index),
                        from: verdict.state,
                        verdict,
                        newest: None,
                    };
                    self.observer.observe(self.now, &stands);
                }
                let primed = DecisionInputs::Primed { service, period };
                self.observer.note(self.now, &primed);
            }
        }
        self.schedule_demand(service, queue);
        self.scaling_changed(service, queue);
    }

    /// The minute that is expected of a daemon which serves the tasks beside it, with what they
    /// cost it; any other service's as it is.
    fn with_others(&mut self, service: ServiceId, expected: ServicePeriod) -> ServicePeriod {
        if !self.world.serves_others(service) {
            return expected;
        }
        let loads = self.world.loads.iter_mut().enumerate();
        let answered = loads.filter_map(|(index, load)| {
            let minute = load.as_mut()?.expected_minute();
            Some((ServiceId::from_index(index), minute.at_tasks()))
        });
        let answered: Vec<(ServiceId, f64)> = answered.collect();
        let beside = self.world.beside.as_ref();
        beside.map_or(expected, |it| {
            it.expected(self.plan, service, &answered, &expected)
        })
    }

    fn schedule_demand(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let Some(cursor) = &self.world.rates[service.index()] else {
            return;
        };
        let at = cursor.peek();
        if at < self.plan.horizon() {
            queue.schedule_at(at.max(self.now), Event::DemandChange { service });
        }
    }

    /// The demand on a service changes; the next change is scheduled, no further one.
    pub(super) fn on_demand_change(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let Some(cursor) = &mut self.world.rates[service.index()] else {
            return;
        };
        let Some((at, rate)) = cursor.next_change() else {
            // It was no change, and no other comes: alarms have looked ahead up to here only.
            self.scaling_changed(service, queue);
            return;
        };
        if self.now < at {
            // The cursor passed over steps of one and the same rate.
            queue.schedule_at(
                at,
                Event::DemandSet {
                    service,
                    rate: rate.to_bits(),
                },
            );
            // A minute that ends just now is over for the alarms too.
            self.scaling_changed(service, queue);
            return;
        }
        self.set_demand(service, rate, queue);
    }

    /// The demand on a service is `rate` from now on.
    pub(super) fn set_demand(&mut self, service: ServiceId, rate: f64, queue: &mut Queue<Event>) {
        self.catch_up(service);
        self.set_own_rate(service, rate);
        self.schedule_demand(service, queue);
        if !self.calls_changed(service, queue) {
            self.scaling_changed(service, queue);
        }
    }

    /// A minute of a service is to be looked at: its load has not settled, or an alarm may go off.
    pub(super) fn on_load_wake(&mut self, service: ServiceId, tick: u32, queue: &mut Queue<Event>) {
        if self.world.services[service.index()].load_tick != tick {
            return;
        }
        self.catch_up(service);
        // What nobody asks is killed when it is out of memory, not when somebody looks.
        if self.world.is_asked(service) {
            self.check_memory(service, queue);
            self.check_growth(service, queue);
        }
        self.evaluate_scaling(service, queue);
        self.schedule_load_wake(service, queue);
    }

    /// To be called before a task of a service starts or ends: its load has been as it was until
    /// now.
    pub(super) fn load_is_about_to_change(&mut self, owner: Owner) {
        if let Owner::Service(service) = owner {
            self.catch_up(service);
        }
    }

    /// To be called after the tasks of a service changed.
    pub(super) fn load_changed(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let index = service.index();
        if self.world.loads[index].is_none() {
            return;
        }
        for side in self.sides(service) {
            self.fail_open(service, *side);
            let spec = self.serving_spec(service, *side);
            if let Some(load) = &mut self.world.loads[index] {
                load.set_spec(*side, spec);
            }
            self.tell_tasks(service, *side);
        }
        if !self.calls_changed(service, queue) {
            self.schedule_load_wake(service, queue);
        }
    }

    /// Tells a service's load how many tasks of a side run and how many are asked.
    fn tell_tasks(&mut self, service: ServiceId, side: Side) {
        let (running, serving) = self.world.asked_on(service, side);
        let state = &self.world.services[service.index()];
        let Some(load) = &mut self.world.loads[service.index()] else {
            return;
        };
        if load.is_zonal() {
            let zones = self.world.zones_out.iter().enumerate();
            let zones = zones.map(|(zone, out_until)| {
                let running = state.running_in(side, ZoneId::from_index(zone));
                (running, *out_until <= self.now)
            });
            load.set_running_by_zone(side, zones);
        }
        load.set_tasks(side, running, serving);
    }

    /// The target groups of a service that its traffic may go to.
    fn sides(&self, service: ServiceId) -> &'static [Side] {
        match self.plan.service(service).may_shift() {
            true => &Side::BOTH,
            false => &[Side::First],
        }
    }

    /// What requests cost in a target group: on the tasks of the revision that most of them run, in
    /// those parts that are counts or laws; in the means of all that serve, where two revisions do.
    fn serving_spec(&self, service: ServiceId, side: Side) -> LoadSpec {
        let mut spec = self.own_spec(service, side);
        let is_fluid = self.plan.run.fidelity == Fidelity::Fluid;
        if let Some(member) = self.world.calls.member(service).filter(|_| is_fluid) {
            member.add_to(&mut spec);
        }
        spec
    }

    /// The same, without what requests' calls add to them.
    pub(super) fn own_spec(&self, service: ServiceId, side: Side) -> LoadSpec {
        let state = &self.world.services[service.index()];
        let here = || state.deployments.iter().filter(|it| it.side == side);
        let is_open = !state.open[side as usize].is_empty();
        let asked = |it: &Deployment| if is_open { it.unhealthy } else { it.serving };
        let spec_of = if is_open { open_spec } else { load_spec };
        let most = here().rev().max_by_key(|deployment| asked(deployment));
        let most = most.unwrap_or(state.primary()).definition;
        let plan = self.plan.service(service);
        let base = spec_of(self.plan, plan, most);
        let others = here().filter(|it| it.definition != most && 0 < asked(it));
        let others = others.map(|it| (spec_of(self.plan, plan, it.definition), asked(it)));
        let others: Vec<(LoadSpec, u32)> = others.collect();
        let of_others: u32 = others.iter().map(|(_, tasks)| tasks).sum();
        let of_most = state.counts_on(side).1.saturating_sub(of_others);
        LoadSpec::mixed((base, of_most), &others)
    }

    /// A task answers requests from now on: its own revision's code.
    pub(super) fn serving_gained(&mut self, service: ServiceId, task: TaskId) {
        let record = &self.world.tasks.live(task).record;
        let state = &self.world.services[service.index()];
        let side = state.deployment(record.deployment).side;
        let calls = self.calls_of_task(service, record.definition);
        if let Some(load) = &mut self.world.loads[service.index()] {
            let spec = load_spec(self.plan, self.plan.service(service), record.definition);
            load.join((side, record.zone), task, (&spec, &calls));
        }
        self.begins_to_grow(task, service);
    }

    /// A task answers no longer; one that was killed takes the requests it worked on with it.
    pub(super) fn serving_lost(
        &mut self,
        (service, task): (ServiceId, TaskId),
        cause: StopCause,
        queue: &mut Queue<Event>,
    ) {
        self.serves_no_longer(task, service);
        let record = &self.world.tasks.live(task).record;
        let state = &self.world.services[service.index()];
        let side = state.deployment(record.deployment).side;
        let (left, zone) = (state.serving_on(side), record.zone);
        let ended = record.times.execution_stopped;
        let leaving = if matches!(
            cause,
            StopCause::EssentialContainerExited | StopCause::OutOfMemory
        ) {
            Leaving::Killed
        } else {
            Leaving::Drains(ended.unwrap_or(self.now))
        };
        if let Some(load) = &mut self.world.loads[service.index()] {
            load.leave((side, zone), task, leaving, left + 1);
        }
        self.address_lost(service, ended.unwrap_or(self.now), queue);
    }

    /// Where the mean use of memory is over what a task has, every running task of the service is
    /// killed within the minute, each at an instant of its own.
    fn check_memory(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let Some(load) = &self.world.loads[service.index()] else {
            return;
        };
        let is_over = Side::BOTH.map(|side| load.is_over_memory(side));
        if !is_over.contains(&true) {
            return;
        }
        let minute = self.now.period_index(PERIOD);
        let key = self.plan.service(service).key;
        let mut draws = self.streams.stream(OUT_OF_MEMORY, key, minute);
        let state = &self.world.services[service.index()];
        let deployments = state.deployments.iter();
        for deployment in deployments.filter(|it| is_over[it.side as usize]) {
            let running = [Phase::Running, Phase::Unhealthy, Phase::Healthy];
            for task in running
                .into_iter()
                .flat_map(|phase| deployment.groups.all_in(phase))
                .filter(|task| {
                    let zone = self.world.tasks.live(*task).record.zone;
                    load.is_over_memory_in(deployment.side, zone)
                })
            {
                let after = SimDuration::from_secs_f64(draws.uniform() * PERIOD.as_secs_f64());
                self.schedule_fate(queue, task, TaskFate::OutOfMemory, after);
            }
        }
    }

    /// A task whose code needs more memory than it has is killed when it starts to run.
    pub(super) fn check_base_memory(&mut self, id: TaskId, queue: &mut Queue<Event>) {
        let record = &self.world.tasks.live(id).record;
        let definition = self.plan.task_definition(record.definition);
        let needed = definition.work.memory_base_mib;
        let limit = definition.memory_limit(record.memory);
        if limit.is_some_and(|limit| f64::from(limit.0) < needed) {
            self.schedule_fate(queue, id, TaskFate::OutOfMemory, SimDuration::ZERO);
        }
    }

    /// Schedules the next look at a service's minutes, if one is needed: the next minute while the
    /// load has not settled, else the first at which an alarm will act if nothing changes.
    pub(super) fn schedule_load_wake(&mut self, service: ServiceId, queue: &mut Queue<Event>) {
        let at = self.next_load_wake(service);
        let state = &mut self.world.services[service.index()];
        state.load_tick += 1;
        let tick = state.load_tick;
        if at < self.plan.horizon() {
            queue.schedule_at(at, Event::LoadWake { service, tick });
        }
    }

    fn next_load_wake(&mut self, service: ServiceId) -> SimTime {
        let Some(load) = &mut self.world.loads[service.index()] else {
            return SimTime::MAX;
        };
        if self.world.fine[service.index()].is_none() {
            load.look_ahead();
        }
        let minute = PERIOD;
        let next_minute =
            SimTime::from_micros((self.now.period_index(minute) + 1) * minute.as_micros());
        let is_over = load.is_anywhere_over_memory();
        let is_steady = load.steady().is_some() && !self.world.serves_others(service);
        if !is_steady || is_over {
            return self.next_scaling_at(service, next_minute).min(next_minute);
        }
        self.next_scaling_at(service, SimTime::MAX)
    }

    /// The scalable target of a service.
    pub(super) fn target_id(&self, service: ServiceId) -> Option<ScalableTargetId> {
        self.world.target_of[service.index()].map(ScalableTargetId::from_index)
    }
}
