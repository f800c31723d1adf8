//! Task definitions, and what their code costs.

use super::boundary::StartPlan;
use super::ec2::HostingPlan;
use crate::catalog::fargate::FargatePlatform;
use crate::engine::distribution::Distribution;
use crate::engine::{SimDuration, SimTime};
use crate::policy::container_order::{self, CONTAINERS_MAX, Dependency, Starts, stop_timeout};
use crate::policy::daemon_load::BesideWork;
use crate::policy::memory_growth::MemoryGrowth;
use crate::policy::restart::RestartPolicy;
use crate::policy::task_health::ContainerCheck;
use crate::units::{CpuUnits, MiB};

/// A CPU architecture of Fargate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Architecture {
    /// `X86_64`.
    X86,
    /// `ARM64` (Graviton).
    Arm,
}

/// A revision of a task definition.
#[derive(Clone, Debug)]
pub struct TaskDefinitionPlan {
    /// The family.
    pub family: String,
    /// The revision, from 1.
    pub revision: u32,
    /// CPU at task level.
    pub cpu: CpuUnits,
    /// Memory at task level; of one that gives none, what its containers reserve.
    pub memory: MiB,
    /// Whether it is no limit: on instances, of a task that gives no memory.
    pub memory_is_reserved: bool,
    /// `runtimePlatform.cpuArchitecture`.
    pub architecture: Architecture,
    /// `runtimePlatform.operatingSystemFamily`: one of Windows'.
    pub is_windows: bool,
    /// `ephemeralStorage.sizeInGiB`; 20 are included in the price.
    pub ephemeral_gib: u32,
    /// The log group that its containers write to.
    pub log_group: String,
    /// The longest `stopTimeout` of its containers.
    pub stop_timeout: SimDuration,
    /// Its containers.
    pub containers: Vec<ContainerPlan>,
    /// Their positions, each after those that it depends on; empty: none depends on another, all
    /// start at once.
    pub order: Vec<usize>,
    /// `volumes` that are configured at launch, by name.
    pub launch_volumes: Vec<String>,
    /// The ids of the EFS file systems that it mounts.
    pub mounts: Vec<String>,
    /// What of it matters on container instances.
    pub hosting: HostingPlan,
    /// What its tasks need to start, and what of it is missing.
    pub start: StartPlan,
    /// What its code costs.
    pub work: WorkPlan,
}

impl TaskDefinitionPlan {
    /// The memory beyond which a task of this size is killed, that of its main container; `None`:
    /// it only reserves some of its instance's, which nothing holds it to.
    pub fn memory_limit(&self, of_task: MiB) -> Option<MiB> {
        let own = self.main_container().and_then(|container| container.memory);
        let task = (!self.memory_is_reserved).then_some(of_task);
        own.into_iter().chain(task).min()
    }

    /// The container whose code `work` describes: the first essential one.
    pub fn main_container(&self) -> Option<&ContainerPlan> {
        self.containers.iter().find(|container| container.essential)
    }

    /// The containers beside that one which run as long as the task does.
    pub fn sidecars(&self) -> impl Iterator<Item = &ContainerPlan> {
        let main = self.main_container().map(|it| it.name.as_str());
        let lasting = self.containers.iter().filter(|it| it.code.ends.is_none());
        lasting.filter(move |it| main != Some(it.name.as_str()))
    }

    /// CPU units and MiB that they reserve of their task.
    pub fn reserved_beside(&self) -> [u64; 2] {
        self.sidecars().fold([0, 0], ContainerPlan::and_reserved)
    }

    /// The health checks of its essential containers: the others' do not matter.
    pub fn health_checks(&self) -> impl Iterator<Item = ContainerCheck> {
        self.checked_containers().map(|(_, _, check)| check)
    }

    /// Its essential containers with a health check: position, container, check.
    pub fn checked_containers(
        &self,
    ) -> impl Iterator<Item = (usize, &ContainerPlan, ContainerCheck)> {
        let all = self.containers.iter().enumerate();
        let essential = all.filter(|(_, container)| container.essential);
        essential.filter_map(|(at, container)| Some((at, container, container.health_check?)))
    }

    /// When its code answers that is RUNNING from an instant on: its slowest essential container.
    pub fn ready_at(&self, running: SimTime, starts: &Starts) -> SimTime {
        if self.containers.is_empty() {
            return running + self.work.start;
        }
        let essential = self.containers.iter().enumerate();
        let essential = essential.filter(|(_, container)| container.essential);
        let ready = essential.map(|(at, container)| {
            let left = container.code.start.as_micros();
            let left = left.saturating_sub(starts.before_running(at).as_micros());
            running + SimDuration::from_micros(left)
        });
        ready.max().unwrap_or(running)
    }

    /// Its essential containers with a health check, of a task that is RUNNING from an instant on.
    pub fn checked_at<'a>(
        &'a self,
        running: SimTime,
        starts: &'a Starts,
    ) -> impl Iterator<Item = CheckedContainer> + 'a {
        self.checked_containers()
            .map(move |(at, container, check)| {
                let lead = starts.before_running(at).as_micros();
                CheckedContainer {
                    check,
                    started: SimTime::from_micros(running.as_micros().saturating_sub(lead)),
                    start: container.code.start,
                }
            })
    }

    /// How long its containers take to end after SIGTERM, in the reverse of the order of their
    /// start, and whether the first essential one is killed for it. Of a container without a
    /// `stopTimeout` the agent of its instance may say how long it has
    /// ([`AgentPlan::stop_timeout`](super::AgentPlan::stop_timeout)).
    pub fn stops(&self, by_agent: Option<SimDuration>) -> (SimDuration, bool) {
        let Some(first) = self.main_container() else {
            let timeout = by_agent.unwrap_or(self.stop_timeout);
            let takes = self.work.stops_in.min(timeout);
            return (takes, timeout < self.work.stops_in);
        };
        let timeout = |it: &ContainerPlan| {
            let own = it.has_stop_timeout.then_some(it.stop_timeout);
            stop_timeout(own, by_agent, it.stop_timeout)
        };
        let is_killed = timeout(first) < first.code.stops_in;
        let takes = |container: &ContainerPlan| match container.code.ends {
            None => container.code.stops_in.min(timeout(container)),
            // It has ended.
            Some(_) => SimDuration::ZERO,
        };
        if self.order.is_empty() {
            let longest = self.containers.iter().map(takes).max();
            return (longest.unwrap_or(SimDuration::ZERO), is_killed);
        }
        let mut each = [SimDuration::ZERO; CONTAINERS_MAX];
        for (at, container) in self.containers.iter().enumerate() {
            each[at] = takes(container);
        }
        let depends_on = |at: usize| &self.containers[at].depends_on[..];
        (
            container_order::stops_in(&self.order, depends_on, &each),
            is_killed,
        )
    }

    /// What its tasks are on Fargate, as far as prices differ.
    pub fn fargate_platform(&self) -> FargatePlatform {
        match (self.is_windows, self.architecture) {
            (true, _) => FargatePlatform::Windows,
            (false, Architecture::X86) => FargatePlatform::LinuxX86,
            (false, Architecture::Arm) => FargatePlatform::LinuxArm,
        }
    }

    /// `family:revision`, as DescribeTasks' ARNs end.
    pub fn name(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}

/// A container whose health is checked, since its start.
#[derive(Clone, Copy, Debug)]
pub struct CheckedContainer {
    /// Its check.
    pub check: ContainerCheck,
    /// When it started.
    pub started: SimTime,
    /// From then until its code answers.
    pub start: SimDuration,
}

impl CheckedContainer {
    /// When it is HEALTHY.
    pub fn healthy_at(&self) -> SimTime {
        self.check
            .healthy_at(self.started, self.started + self.start)
    }

    /// When it is UNHEALTHY, whose checks fail from an instant on.
    pub fn unhealthy_at(&self, failing_from: SimTime) -> SimTime {
        self.check.unhealthy_at(self.started, failing_from)
    }
}

/// A container of a task definition.
#[derive(Clone, Debug)]
pub struct ContainerPlan {
    /// Its name.
    pub name: String,
    /// Whether its end ends the task.
    pub essential: bool,
    /// The image's name.
    pub image: String,
    /// `healthCheck`; `None`: it has none.
    pub health_check: Option<ContainerCheck>,
    /// `dependsOn`.
    pub depends_on: Vec<Dependency>,
    /// `startTimeout`: how long others wait for it; `None`: without a bound of its own.
    pub start_timeout: Option<SimDuration>,
    /// `stopTimeout`, or its default.
    pub stop_timeout: SimDuration,
    /// Whether it has a `stopTimeout` of its own.
    pub has_stop_timeout: bool,
    /// What its code does.
    pub code: ContainerCode,
    /// `cpu`, what it reserves of its task; `None`: none of its own.
    pub cpu: Option<CpuUnits>,
    /// `memory`, its hard limit.
    pub memory: Option<MiB>,
    /// `memoryReservation`.
    pub memory_reservation: Option<MiB>,
    /// `restartPolicy`, where it is enabled.
    pub restart: Option<RestartPolicy>,
}

/// What the code of one container does, beside what `work` says of the whole task.
#[derive(Clone, Debug, Default)]
pub struct ContainerCode {
    /// From its start until it answers.
    pub start: SimDuration,
    /// How it ends by itself; `None`: it runs on.
    pub ends: Option<EndPlan>,
    /// From SIGTERM to its exit.
    pub stops_in: SimDuration,
    /// What it takes of its task; nothing of the main container's, whose is all that others leave.
    pub own: OwnWork,
}

/// What a container beside the code takes of its task, which `work` has among the task's.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct OwnWork {
    /// Seconds of one core per request.
    pub cpu_s: f64,
    /// vCPUs, whatever the code does.
    pub idle_vcpus: f64,
    /// Memory, MiB.
    pub memory_mib: f64,
}

/// A container that ends by itself.
#[derive(Clone, Debug)]
pub struct EndPlan {
    /// How long it runs, in seconds.
    pub duration: Distribution,
    /// Exit codes, with shares that sum to 1.
    pub exit_codes: Vec<(i32, f64)>,
}

impl ContainerPlan {
    /// A container with this name that depends on none: all that AWS and the world leave out.
    pub fn named(name: &str, work: &WorkPlan, stop_timeout: SimDuration) -> Self {
        ContainerPlan {
            name: name.to_owned(),
            essential: true,
            image: String::new(),
            health_check: None,
            depends_on: Vec::new(),
            start_timeout: None,
            restart: None,
            cpu: None,
            memory: None,
            memory_reservation: None,
            stop_timeout,
            has_stop_timeout: false,
            code: ContainerCode {
                start: work.start,
                ends: None,
                stops_in: work.stops_in,
                own: OwnWork::default(),
            },
        }
    }

    /// What it reserves of its own, CPU units and MiB; `None`: nothing of it.
    pub fn reserved(&self) -> [Option<f64>; 2] {
        [
            self.cpu.map(|cpu| f64::from(cpu.0)),
            self.memory_reserved().map(|memory| f64::from(memory.0)),
        ]
    }

    /// The memory that it reserves of its own on an instance (API ContainerDefinition).
    pub fn memory_reserved(&self) -> Option<MiB> {
        self.memory_reservation.or(self.memory)
    }

    /// CPU units and MiB with what it reserves besides.
    pub fn and_reserved([cpu, memory]: [u64; 2], container: &ContainerPlan) -> [u64; 2] {
        let own = container.cpu.map_or(0, |units| u64::from(units.0));
        let its = container
            .memory_reserved()
            .map_or(0, |mib| u64::from(mib.0));
        [cpu + own, memory + its]
    }
}

/// Tasks whose health checks fail: they answer nothing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct UnhealthyPlan {
    /// Share of the tasks, 0 to 1.
    pub share: f64,
    /// How long after RUNNING their checks begin to fail; zero: they never pass.
    pub after: SimDuration,
}

/// Memory that tasks keep.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GrowthPlan {
    /// What a task of mean pace keeps.
    pub growth: MemoryGrowth,
    /// A task's own pace, 1 in the mean.
    pub pace: Distribution,
}

/// What the code of a task costs: the `work` block of a family or family:revision.
#[derive(Clone, Debug)]
pub struct WorkPlan {
    /// Seconds of one core per request.
    pub cpu_s: f64,
    /// Seconds per request that hold a slot without CPU.
    pub wait_s: f64,
    /// Coefficient of variation of the service time.
    pub cv: f64,
    /// Requests that a task works on at once.
    pub slots: u32,
    /// Requests that may queue at a task, further ones are turned away; `None`: any number.
    pub queue: Option<u32>,
    /// Share of requests answered with a 5xx, 0 to 1.
    pub errors: f64,
    /// Memory of an idle task, MiB.
    pub memory_base_mib: f64,
    /// Further memory per request in flight, MiB.
    pub memory_per_request_mib: f64,
    /// Memory that it never gives back; `None`: it gives back all.
    pub memory_growth: Option<GrowthPlan>,
    /// vCPUs that a task uses while idle.
    pub idle_vcpus: f64,
    /// Of a DAEMON service's task: what the tasks beside it cost it; `None`: nothing.
    pub beside: Option<BesideWork>,
    /// Log bytes per request, and per task and second, that go elsewhere than to CloudWatch.
    pub logged_elsewhere: [f64; 2],
    /// Log bytes per request.
    pub log_bytes_per_request: f64,
    /// Log bytes per task and second, whatever it does.
    pub log_bytes_per_second: f64,
    /// Metrics that the code sends to CloudWatch, all tasks of a service together.
    pub custom_metrics: u32,
    /// Bytes of a request that cross between Availability Zones: each is charged out of one and
    /// into the other.
    pub cross_zone_bytes_per_request: f64,
    /// Compressed image size, MiB, all containers together.
    pub image_mib: f64,
    /// From the start of the containers until the code answers.
    pub start: SimDuration,
    /// How long a task works before it ends by itself, in seconds; `None`: it runs on.
    pub duration: Option<Distribution>,
    /// Exit codes of tasks that end by themselves, with shares that sum to 1.
    pub exit_codes: Vec<(i32, f64)>,
    /// Mean time to a crash of the running task; `None`: never.
    pub mttf: Option<SimDuration>,
    /// How long after RUNNING every task crashes; `None`: none does.
    pub crash_after: Option<SimDuration>,
    /// Tasks whose health checks fail; `None`: none.
    pub unhealthy: Option<UnhealthyPlan>,
    /// Share of requests answered with a 5xx by tasks whose health checks fail, where they are
    /// asked all the same, 0 to 1.
    pub errors_unhealthy: f64,
    /// Share of tasks that fail before RUNNING, 0 to 1.
    pub start_failures: f64,
    /// How long the code takes to exit after SIGTERM.
    pub stops_in: SimDuration,
    /// A restarted task begins at its last checkpoint; `None`: from the beginning.
    pub checkpoint_every: Option<SimDuration>,
}
