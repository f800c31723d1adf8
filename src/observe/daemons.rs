//! The load of DAEMON services: what tasks on instances do is summed by minute, and what it costs
//! the daemons beside them is told when the run is over. Runs without such work have no sink.

use serde::{Deserialize, Serialize};

use crate::demand::period::{PERIOD, ServicePeriod};
use crate::engine::SimTime;
use crate::ids::{ServiceId, TaskDefinitionId};
use crate::observe::observation::{CapacityObservation, Observation};
use crate::policy::daemon_load::{BesideWork, OnInstances, Served, daemon_cpu};
use crate::scenario::plan::Plan;
use crate::world::instance::{InstanceRecord, InstanceStep};
use crate::world::task::{Owner, TaskRecord};

const MIB: f64 = 1_048_576.0;
const PERIOD_S: f64 = PERIOD.as_micros() as f64 / 1e6;

/// Whether a DAEMON service has enough CPU for the tasks beside it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct DaemonSummary {
    /// CPU that its tasks ask for, of what they reserve, percent: the mean over the run.
    pub asked_percent: f64,
    /// The same in the minute in which it was most.
    pub asked_max_percent: f64,
    /// Minutes in which they asked for more than they reserve.
    pub saturated_minutes: u64,
}

/// A sum by minute of what is told in runs: each costs the same, however long it is.
#[derive(Clone, Debug)]
struct ByMinute {
    /// What a minute has more than the one before it.
    steps: Vec<f64>,
    /// What is its own.
    own: Vec<f64>,
}

impl ByMinute {
    fn new(minutes: usize) -> Self {
        ByMinute {
            steps: vec![0.0; minutes + 1],
            own: vec![0.0; minutes + 1],
        }
    }

    /// `count` minutes from `first` on have so much each.
    fn add_run(&mut self, first: u64, count: u64, each: f64) {
        let last = self.steps.len() as u64 - 1;
        self.steps[first.min(last) as usize] += each;
        self.steps[(first + count).min(last) as usize] -= each;
    }

    /// Each second from one instant to another adds `each`.
    fn add_span(&mut self, from: SimTime, until: SimTime, each: f64) {
        let (begin, end) = (from.as_micros(), until.as_micros());
        if end <= begin {
            return;
        }
        let period = PERIOD.as_micros();
        let (first, last) = (begin / period, end / period);
        let most = self.own.len() as u64 - 1;
        let mut add = |minute: u64, micros: u64| {
            self.own[minute.min(most) as usize] += each * micros as f64 / 1e6;
        };
        if first == last {
            return add(first, end - begin);
        }
        add(first, (first + 1) * period - begin);
        add(last, end - last * period);
        self.add_run(first + 1, last - first - 1, each * PERIOD_S);
    }

    /// The minutes, in order.
    fn values(&self) -> impl Iterator<Item = f64> {
        let mut level = 0.0;
        self.steps.iter().zip(&self.own).map(move |(step, own)| {
            level += step;
            // What rounding leaves of runs that are over is nothing.
            let level = if level < 1e-9 { 0.0 } else { level };
            level + own
        })
    }
}

/// A DAEMON service with work for the tasks beside it.
#[derive(Clone, Debug)]
struct Daemon {
    service: ServiceId,
    /// Whether its minutes were told in the run, as it has a load: then everybody has been told.
    is_told: bool,
    revisions: Vec<Revision>,
}

#[derive(Clone, Debug)]
struct Revision {
    definition: TaskDefinitionId,
    work: BesideWork,
    /// Of a task: vCPUs, those it uses while idle, MiB, and those it takes.
    size: [f64; 4],
    running_s: ByMinute,
}

/// A minute of a DAEMON service.
type Minute = (ServiceId, u64, ServicePeriod);

/// What a daemon's tasks did in a minute, all revisions together.
#[derive(Clone, Copy, Debug, Default)]
struct Running {
    seconds: f64,
    served: Served,
    /// vCPU-seconds that they reserve, and that they use with nobody beside them.
    cpu: (f64, f64),
    /// MiB-seconds that they reserve and use.
    memory: (f64, f64),
}

impl Running {
    fn add(&mut self, revision: &Revision, seconds: f64) {
        let [vcpus, idle_vcpus, mib, base_mib] = revision.size.map(|each| each * seconds);
        self.seconds += seconds;
        self.served
            .add(&Served::seconds(seconds, &revision.work), 1.0);
        self.cpu = (self.cpu.0 + vcpus, self.cpu.1 + idle_vcpus);
        self.memory = (self.memory.0 + mib, self.memory.1 + base_mib.min(mib));
    }
}

/// The sink of what DAEMON services serve.
#[derive(Clone, Debug)]
pub struct DaemonLoads {
    daemons: Vec<Daemon>,
    /// By service: log bytes of a request; `None`: it is not on instances, or a daemon.
    services: Vec<Option<f64>>,
    /// By definition: log bytes of a task's second.
    log_bytes: Vec<f64>,
    /// By provider: whether its tasks run on instances.
    hosted: Vec<bool>,
    /// By service: its place among the daemons.
    places: Vec<Option<usize>>,
    requests: ByMinute,
    log_mib: ByMinute,
    task_s: ByMinute,
    instance_s: ByMinute,
}

impl DaemonLoads {
    /// `None`: no DAEMON service has work for the tasks beside it.
    pub fn new(plan: &Plan) -> Option<Box<Self>> {
        let minutes = plan.horizon().period_index(PERIOD) as usize + 1;
        let revision = |definition: TaskDefinitionId| {
            let plan = plan.task_definition(definition);
            Revision {
                definition,
                work: plan.work.beside.unwrap_or_default(),
                size: [
                    plan.cpu.vcpus(),
                    plan.work.idle_vcpus,
                    f64::from(plan.memory.0),
                    plan.work.memory_base_mib,
                ],
                running_s: ByMinute::new(minutes),
            }
        };
        let daemons = plan.daemons_beside().map(|service| Daemon {
            service,
            is_told: plan.has_idle_load(service),
            revisions: plan
                .revisions_of(service)
                .into_iter()
                .map(revision)
                .collect(),
        });
        let daemons: Vec<Daemon> = daemons.collect();
        let mut places = vec![None; plan.services.len()];
        for (place, daemon) in daemons.iter().enumerate() {
            places[daemon.service.index()] = Some(place);
        }
        if daemons.is_empty() {
            return None;
        }
        let hosted = plan.providers.iter().map(|it| it.kind.is_hosted());
        let hosted: Vec<bool> = hosted.collect();
        let services = plan.services.iter();
        let services = services.map(|service| plan.logged_on_instances(service));
        let services = services.collect();
        let definitions = plan.task_definitions.iter();
        let log_bytes = definitions.map(|it| it.work.logged_per_second()).collect();
        Some(Box::new(DaemonLoads {
            daemons,
            services,
            log_bytes,
            hosted,
            places,
            requests: ByMinute::new(minutes),
            log_mib: ByMinute::new(minutes),
            task_s: ByMinute::new(minutes),
            instance_s: ByMinute::new(minutes),
        }))
    }

    /// Takes what happened.
    pub fn observe(&mut self, at: SimTime, what: &Observation<'_>) {
        match what {
            Observation::ServicePeriods {
                service,
                first,
                count,
                period,
            } => {
                if let Some(log_bytes) = self.services[service.index()] {
                    let answered = period.at_tasks();
                    self.requests.add_run(*first, *count, answered);
                    self.log_mib
                        .add_run(*first, *count, answered * log_bytes / MIB);
                }
            }
            Observation::TaskGone(record) => self.task(at, record),
            Observation::Capacity(CapacityObservation::Instance(record, InstanceStep::Gone)) => {
                self.instance(at, record);
            }
            _ => {}
        }
    }

    fn task(&mut self, at: SimTime, record: &TaskRecord) {
        let Some(started) = record.times.started.filter(|started| *started <= at) else {
            return;
        };
        let until = record.times.execution_stopped.unwrap_or(at).min(at);
        let place = match record.owner {
            Owner::Service(service) => self.places[service.index()],
            Owner::Job(_) => None,
        };
        let is_daemon = match record.owner {
            Owner::Service(service) => self.services[service.index()].is_none(),
            Owner::Job(_) => false,
        };
        if let Some(place) = place {
            let mut revisions = self.daemons[place].revisions.iter_mut();
            if let Some(its) = revisions.find(|it| it.definition == record.definition) {
                // Its metrics are of RUNNING tasks, as those of every service.
                let (started, stopping) = record.times.running(at);
                its.running_s.add_span(started, stopping, 1.0);
            }
        } else if self.hosted[record.provider.index()] && !is_daemon {
            self.task_s.add_span(started, until, 1.0);
            let logs = self.log_bytes[record.definition.index()] / MIB;
            self.log_mib.add_span(started, until, logs);
        }
    }

    fn instance(&mut self, at: SimTime, record: &InstanceRecord) {
        let Some(active) = record.times.active.filter(|active| *active <= at) else {
            return;
        };
        let until = record.times.terminated.unwrap_or(at).min(at);
        self.instance_s.add_span(active, until, 1.0);
    }

    /// The minutes of each daemon up to the run's end, in order, and how it got on from `measured`
    /// on.
    pub fn finish(
        &self,
        measured: SimTime,
        ended_at: SimTime,
    ) -> (Vec<Minute>, Vec<(ServiceId, DaemonSummary)>) {
        let minutes = ended_at.as_micros().div_ceil(PERIOD.as_micros()) as usize;
        let all = self.requests.values().zip(self.log_mib.values());
        let all = all.zip(self.task_s.values().zip(self.instance_s.values()));
        let all: Vec<OnInstances> = all
            .map(|((requests, log_mib), (task_s, instance_s))| OnInstances {
                requests,
                log_mib,
                task_s,
                instance_s,
            })
            .take(minutes)
            .collect();
        let mut told = Vec::new();
        let summaries = self.daemons.iter().map(|daemon| {
            let mut summary = DaemonSummary::default();
            let (mut asked, mut reserved) = (0.0, 0.0);
            let mut minutes: Vec<Running> = vec![Running::default(); all.len()];
            for revision in &daemon.revisions {
                for (minute, seconds) in minutes.iter_mut().zip(revision.running_s.values()) {
                    minute.add(revision, seconds);
                }
            }
            for (minute, (running, beside)) in minutes.iter().zip(&all).enumerate() {
                if running.seconds <= 0.0 {
                    continue;
                }
                let cpu = daemon_cpu(&running.served, running.cpu, beside);
                if measured.period_index(PERIOD) <= minute as u64 {
                    (asked, reserved) = (asked + cpu.asked, reserved + cpu.reserved);
                    let percent = 100.0 * cpu.asked / cpu.reserved.max(1e-9);
                    summary.asked_max_percent = summary.asked_max_percent.max(percent);
                    summary.saturated_minutes += u64::from(cpu.is_saturated());
                }
                if daemon.is_told {
                    continue;
                }
                let (memory_reserved, memory_used) = running.memory;
                let period = ServicePeriod {
                    cpu_used: cpu.used(),
                    cpu_reserved: cpu.reserved,
                    memory_used,
                    memory_reserved,
                    running: running.seconds / PERIOD_S,
                    ..ServicePeriod::default()
                };
                told.push((daemon.service, minute as u64, period));
            }
            summary.asked_percent = 100.0 * asked / reserved.max(1e-9);
            (daemon.service, summary)
        });
        let summaries = summaries.collect();
        (told, summaries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn spans_and_runs_are_summed_by_minute() {
        let mut sums = ByMinute::new(6);
        sums.add_span(at(30), at(210), 2.0);
        sums.add_span(at(65), at(80), 1.0);
        sums.add_run(1, 2, 10.0);
        let values: Vec<f64> = sums.values().take(6).collect();
        assert_eq!(values, [60.0, 145.0, 130.0, 60.0, 0.0, 0.0]);
    }
}
