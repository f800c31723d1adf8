//! What DAEMON services serve, as it happens: what the tasks beside them do is summed by minute, so
//! that alarms on a daemon's own CPU see what they cost it. Only runs in which an alarm or a policy
//! looks at such a daemon have one; for all others the sum is made when the run is over.

use std::collections::VecDeque;

use crate::demand::period::{PERIOD, ServicePeriod};
use crate::demand::service_load::Closed;
use crate::engine::SimTime;
use crate::ids::ServiceId;
use crate::policy::daemon_load::{OnInstances, Served, daemon_cpu};
use crate::scenario::plan::Plan;
use crate::world::task::{Owner, TaskRecord};

const MINUTE_US: u64 = PERIOD.as_micros();
const MIB: f64 = 1_048_576.0;
/// Minutes that are kept: every daemon closes each as soon as it is over.
const KEPT: u64 = 8;

/// What is summed of a stretch of time.
#[derive(Clone, Debug, Default)]
struct Sums {
    /// What tasks on instances did, those of DAEMON services left out.
    all: OnInstances,
    /// What the tasks of each watched daemon take on, in the order of the daemons.
    daemons: Vec<Served>,
}

/// What a second of a task adds.
#[derive(Clone, Copy)]
enum Part {
    /// Of a watched daemon, by its place.
    Daemon(usize, Served),
    /// Of whoever stands beside them.
    Beside(OnInstances),
}

/// The sums of the run so far.
#[derive(Clone, Debug)]
pub struct Beside {
    /// The DAEMON services that have a load, as somebody looks at them or their code keeps memory.
    daemons: Vec<ServiceId>,
    /// The minutes before it have been asked for.
    asked: u64,
    /// Up to here everything is summed.
    now_us: u64,
    /// What a second adds: tasks and instances.
    level: Sums,
    /// The first minute that is kept.
    first: u64,
    minutes: VecDeque<Sums>,
}

impl Beside {
    /// `None`: no DAEMON service that has work for the tasks beside it has a load.
    pub fn of(plan: &Plan) -> Option<Box<Self>> {
        let daemons = plan.daemons_beside().filter(|it| plan.has_idle_load(*it));
        let daemons: Vec<ServiceId> = daemons.collect();
        let nothing = Sums {
            all: OnInstances::default(),
            daemons: vec![Served::default(); daemons.len()],
        };
        (!daemons.is_empty()).then(|| {
            Box::new(Beside {
                daemons,
                asked: 0,
                now_us: 0,
                level: nothing,
                first: 0,
                minutes: VecDeque::new(),
            })
        })
    }

    /// Whether a service is one of these daemons.
    pub fn is_of(&self, service: ServiceId) -> bool {
        self.place(service).is_some()
    }

    fn place(&self, service: ServiceId) -> Option<usize> {
        self.daemons.iter().position(|it| *it == service)
    }

    /// Whether minutes are over that not all have been asked for yet; they are from now on.
    pub fn asks_others(&mut self, now: SimTime) -> bool {
        let minute = now.period_index(PERIOD);
        let asks = self.asked < minute;
        if asks {
            self.asked = minute;
            self.advance(now);
        }
        asks
    }

    /// Everything is as it was until now.
    pub fn advance(&mut self, now: SimTime) {
        let level = std::mem::take(&mut self.level);
        let add = |sums: &mut Sums, times| sums.add(&level, times);
        self.add_span((self.now_us, now.as_micros()), add);
        self.level = level;
        self.now_us = now.as_micros().max(self.now_us);
        let kept = (self.now_us / MINUTE_US).saturating_sub(KEPT);
        while self.first < kept && !self.minutes.is_empty() {
            self.minutes.pop_front();
            self.first += 1;
        }
        self.first = self.first.max(kept);
    }

    /// A task runs from now on.
    pub fn task_runs(&mut self, plan: &Plan, now: SimTime, record: &TaskRecord) {
        self.advance(now);
        let part = self.part(plan, record);
        self.level.add_part(part, 1.0);
    }

    /// A task is stopping; its containers run until an instant. What a daemon serves ends now, as
    /// metrics are of RUNNING tasks.
    pub fn task_stops(&mut self, plan: &Plan, now: SimTime, record: &TaskRecord) {
        self.advance(now);
        let part = self.part(plan, record);
        self.level.add_part(part, -1.0);
        if !record.owner.is_daemon(plan) {
            let until = record.times.execution_stopped.unwrap_or(now);
            let add = |sums: &mut Sums, times| sums.add_part(part, times);
            self.add_span((now.as_micros(), until.as_micros()), add);
        }
    }

    /// The containers of a task that is stopping are gone already.
    pub fn task_is_cut(
        &mut self,
        plan: &Plan,
        (now, foreseen): (SimTime, SimTime),
        record: &TaskRecord,
    ) {
        if record.owner.is_daemon(plan) {
            return;
        }
        let part = self.part(plan, record);
        let take = |sums: &mut Sums, times: f64| sums.add_part(part, -times);
        self.add_span((now.as_micros(), foreseen.as_micros()), take);
    }

    /// So many more instances are there for tasks.
    pub fn instances(&mut self, now: SimTime, more: f64) {
        self.advance(now);
        self.level.all.instance_s += more;
    }

    /// Minutes of a service are over.
    pub fn answered(
        &mut self,
        plan: &Plan,
        service: ServiceId,
        (first, count, period): Closed<'_>,
    ) {
        let Some(log_bytes) = plan.logged_on_instances(plan.service(service)) else {
            return;
        };
        let answered = period.at_tasks();
        for minute in first.max(self.first)..first + count {
            let all = &mut self.minute(minute).all;
            all.requests += answered;
            all.log_mib += answered * log_bytes / MIB;
        }
    }

    /// A minute of a daemon with what the tasks beside it cost it.
    pub fn minute_of(
        &self,
        service: ServiceId,
        minute: u64,
        idle: &ServicePeriod,
    ) -> ServicePeriod {
        let sums = minute.checked_sub(self.first);
        let sums = sums.and_then(|at| self.minutes.get(at as usize));
        match (self.place(service), sums) {
            (Some(place), Some(sums)) => self.with(place, sums, idle),
            _ => *idle,
        }
    }

    /// The same, as if everything had been as it is for long; `answered` is what services on
    /// instances answer in a minute.
    pub fn expected(
        &self,
        plan: &Plan,
        service: ServiceId,
        answered: &[(ServiceId, f64)],
        idle: &ServicePeriod,
    ) -> ServicePeriod {
        let mut sums = self.nothing();
        sums.add(&self.level, PERIOD.as_secs_f64());
        for (service, answered) in answered {
            if let Some(log_bytes) = plan.logged_on_instances(plan.service(*service)) {
                sums.all.requests += *answered;
                sums.all.log_mib += *answered * log_bytes / MIB;
            }
        }
        match self.place(service) {
            Some(place) => self.with(place, &sums, idle),
            None => *idle,
        }
    }

    fn with(&self, place: usize, sums: &Sums, idle: &ServicePeriod) -> ServicePeriod {
        let size = (idle.cpu_reserved, idle.cpu_used);
        ServicePeriod {
            cpu_used: daemon_cpu(&sums.daemons[place], size, &sums.all).used(),
            ..*idle
        }
    }

    fn nothing(&self) -> Sums {
        Sums {
            all: OnInstances::default(),
            daemons: vec![Served::default(); self.daemons.len()],
        }
    }

    fn part(&self, plan: &Plan, record: &TaskRecord) -> Part {
        let work = &plan.task_definition(record.definition).work;
        let place = match record.owner {
            Owner::Service(service) => self.place(service),
            Owner::Job(_) => None,
        };
        if let Some(place) = place {
            let beside = work.beside.unwrap_or_default();
            return Part::Daemon(place, Served::seconds(1.0, &beside));
        }
        let mut part = OnInstances::default();
        if plan.provider(record.provider).kind.is_hosted() && !record.owner.is_daemon(plan) {
            part.task_s = 1.0;
            part.log_mib = work.logged_per_second() / MIB;
        }
        Part::Beside(part)
    }

    fn minute(&mut self, minute: u64) -> &mut Sums {
        let at = minute.saturating_sub(self.first) as usize;
        while self.minutes.len() <= at {
            let nothing = self.nothing();
            self.minutes.push_back(nothing);
        }
        &mut self.minutes[at]
    }

    /// So much a second from one instant to another.
    fn add_span(&mut self, (from_us, until_us): (u64, u64), add: impl Fn(&mut Sums, f64)) {
        let mut at = from_us.max(self.first * MINUTE_US);
        while at < until_us {
            let minute = at / MINUTE_US;
            let end = until_us.min((minute + 1) * MINUTE_US);
            add(self.minute(minute), (end - at) as f64 / 1e6);
            at = end;
        }
    }
}

impl Sums {
    fn add(&mut self, other: &Sums, times: f64) {
        self.all.add(&other.all, times);
        for (sum, other) in self.daemons.iter_mut().zip(&other.daemons) {
            sum.add(other, times);
        }
    }

    fn add_part(&mut self, part: Part, times: f64) {
        match part {
            Part::Daemon(place, served) => self.daemons[place].add(&served, times),
            Part::Beside(all) => self.all.add(&all, times),
        }
    }
}
