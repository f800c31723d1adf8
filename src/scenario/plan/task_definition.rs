//! Task definitions, and what their code costs.

use super::boundary::StartPlan;
use super::ec2::HostingPlan;
use crate::catalog::fargate::FargatePlatform;
use crate::engine::SimDuration;
use crate::engine::distribution::Distribution;
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
    /// Memory at task level.
    pub memory: MiB,
    /// `runtimePlatform.cpuArchitecture`.
    pub architecture: Architecture,
    /// `runtimePlatform.operatingSystemFamily`: one of Windows'.
    pub is_windows: bool,
    /// `ephemeralStorage.sizeInGiB`; 20 are included in the price.
    pub ephemeral_gib: u32,
    /// The longest `stopTimeout` of its containers.
    pub stop_timeout: SimDuration,
    /// Its containers.
    pub containers: Vec<ContainerPlan>,
    /// What of it matters on container instances.
    pub hosting: HostingPlan,
    /// What its tasks need to start, and what of it is missing.
    pub start: StartPlan,
    /// What its code costs.
    pub work: WorkPlan,
}

impl TaskDefinitionPlan {
    /// The health checks of its essential containers: the others' do not matter.
    pub fn health_checks(&self) -> impl Iterator<Item = ContainerCheck> {
        let essential = self
            .containers
            .iter()
            .filter(|container| container.essential);
        essential.filter_map(|container| container.health_check)
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
}

/// Tasks whose health checks fail: they answer nothing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct UnhealthyPlan {
    /// Share of the tasks, 0 to 1.
    pub share: f64,
    /// How long after RUNNING their checks begin to fail; zero: they never pass.
    pub after: SimDuration,
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
    /// vCPUs that a task uses while idle.
    pub idle_vcpus: f64,
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
