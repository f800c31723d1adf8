//! `cpu` and `wait` of `world.work`: as such, or `from` what CloudWatch shows of a running service.

use crate::catalog::fargate::{FargatePlatform, SizeRefusal, TaskSize, check_size, nearest_legal};
use crate::engine::SimDuration;
use crate::policy::dashboard::{NothingFollows, ShownLoad, cpu_s_per_request, wait_s_per_request};
use crate::scenario::context::Context;
use crate::scenario::path::Path;
use crate::scenario::reader::{Field, MapReader};
use crate::units::{CpuUnits, MiB};

use super::Revision;

/// CPU time per request.
#[derive(Clone)]
pub(super) enum Cpu<'a> {
    Given(SimDuration),
    Shown(ShownCpu<'a>),
}

/// `cpu: { from: { cpuUtilization: 45 %, requestsPerTarget: 800/min } }`.
#[derive(Clone)]
pub(super) struct ShownCpu<'a> {
    utilization: f64,
    requests: Field<'a>,
    requests_per_s: f64,
    /// The size of the task it was measured on; else the task definition's own.
    task_cpu: Option<CpuUnits>,
    place: Field<'a>,
}

/// Time per request without CPU.
#[derive(Clone)]
pub(super) enum Wait<'a> {
    Given(SimDuration),
    /// `wait: { from: { responseTime: 120ms } }`.
    Shown {
        response: SimDuration,
        task_cpu: Option<CpuUnits>,
        place: Field<'a>,
    },
}

/// Reads `cpu`.
pub(super) fn cpu<'a>(field: &Field<'a>) -> Option<Cpu<'a>> {
    if !field.is_mapping() {
        return field.duration().map(Cpu::Given);
    }
    let (place, mut from) = from_block(field)?;
    let utilization = from.required("cpuUtilization").and_then(|field| {
        let share = field.utilization()?;
        check_utilization(&field, share).then_some(share)
    });
    let requests = from.required("requestsPerTarget").and_then(|field| {
        let per_s = field.rate()?.per_second;
        if per_s <= 0.0 {
            let message = NothingFollows::NoRequests.to_string();
            field.error("invalid-value", message).report();
            return None;
        }
        Some((field, per_s))
    });
    let task_cpu = from.field("taskCpu").and_then(|field| measured_cpu(&field));
    from.finish();
    let (requests, requests_per_s) = requests?;
    Some(Cpu::Shown(ShownCpu {
        utilization: utilization?,
        requests,
        requests_per_s,
        task_cpu,
        place,
    }))
}

/// Reads `wait`.
pub(super) fn wait<'a>(field: &Field<'a>) -> Option<Wait<'a>> {
    if !field.is_mapping() {
        return field.duration().map(Wait::Given);
    }
    let (_, mut from) = from_block(field)?;
    let shown = from.required("responseTime");
    let task_cpu = from.field("taskCpu").and_then(|field| measured_cpu(&field));
    from.finish();
    let place = shown?;
    Some(Wait::Shown {
        response: place.duration()?,
        task_cpu,
        place,
    })
}

/// The size of the task that was looked at: one that Fargate has.
fn measured_cpu(field: &Field<'_>) -> Option<CpuUnits> {
    let cpu = field.aws_cpu()?;
    let asked = TaskSize {
        cpu,
        memory: MiB(0),
    };
    if let Err(refusal @ SizeRefusal::Cpu(_)) = check_size(asked, FargatePlatform::LinuxX86) {
        let nearest = nearest_legal(asked, FargatePlatform::LinuxX86).cpu.0;
        let help = format!("the next larger one is taskCpu: {nearest}");
        let help = match cpu.0 < nearest {
            true => help,
            false => format!("the largest one is taskCpu: {nearest}"),
        };
        field
            .error("invalid-size", refusal.to_string())
            .help(help)
            .report();
        return None;
    }
    Some(cpu)
}

/// The mapping under `from`, and its place.
fn from_block<'a>(field: &Field<'a>) -> Option<(Field<'a>, MapReader<'a>)> {
    let mut map = field.map()?;
    let from = map.required("from");
    map.finish();
    let from = from?;
    let block = from.map()?;
    Some((from, block))
}

fn check_utilization(field: &Field<'_>, share: f64) -> bool {
    if share <= 0.0 {
        let message = NothingFollows::NoCpu.to_string();
        field.error("invalid-value", message).report();
        return false;
    }
    if 1.0 < share {
        let message = "a task on Fargate never uses more than its CPU, one on instances may";
        let help = "this is read as so much more than the task definition's cpu";
        field.warning("above-cpu", message).help(help).report();
    } else if 1.0 <= share {
        let message = "at 100 % the CPU was full: the cost that follows is the least it can be";
        let help = "take a time at which the CPU was not full";
        field.warning("full-cpu", message).help(help).report();
    }
    true
}

/// What the figures of a dashboard come to for one revision.
pub(super) struct Measured<'a> {
    pub(super) cx: &'a Context<'a>,
    pub(super) of: Revision<'a>,
    pub(super) idle_vcpus: f64,
}

impl Measured<'_> {
    /// Seconds of one core per request.
    pub(super) fn cpu_s(&self, cpu: Option<Cpu<'_>>) -> f64 {
        match cpu {
            Some(Cpu::Given(cpu)) => cpu.as_secs_f64(),
            Some(Cpu::Shown(shown)) => self.shown_cpu_s(&shown),
            None => self.cx.default_duration("world.work.*.cpu").as_secs_f64(),
        }
    }

    /// Seconds per request without CPU.
    pub(super) fn wait_s(&self, wait: Option<Wait<'_>>, cpu_s: f64) -> f64 {
        let (response, place, vcpus) = match wait {
            Some(Wait::Given(wait)) => return wait.as_secs_f64(),
            None => return self.cx.default_duration("world.work.*.wait").as_secs_f64(),
            Some(Wait::Shown {
                response,
                task_cpu,
                place,
            }) => {
                let vcpus = self.measured_vcpus(task_cpu, &place);
                (response, place, vcpus)
            }
        };
        match wait_s_per_request(response.as_secs_f64(), cpu_s, vcpus) {
            Ok(wait_s) => {
                let text = place.node().as_text().unwrap_or_default();
                let how = format!(
                    "from a response after {text} on {vcpus} vCPU; holds if it was measured \
                     at low load"
                );
                self.assume("wait", wait_s, how);
                wait_s
            }
            Err(wrong) => {
                let help = format!(
                    "cpu is {}: look at both on tasks of one size, at low load",
                    milliseconds(cpu_s)
                );
                let pending = place.error("contradiction", wrong.to_string());
                pending.help(help).report();
                0.0
            }
        }
    }

    fn shown_cpu_s(&self, shown: &ShownCpu<'_>) -> f64 {
        let vcpus = self.measured_vcpus(shown.task_cpu, &shown.place);
        let found = cpu_s_per_request(ShownLoad {
            cpu_utilization: shown.utilization,
            requests_per_target_per_s: shown.requests_per_s,
            vcpus,
            idle_vcpus: self.idle_vcpus,
        });
        match found {
            Ok(cpu_s) => {
                let percent = shown.utilization * 100.0;
                let requests = shown.requests.node().as_text().unwrap_or_default();
                let idle = match self.idle_vcpus {
                    0.0 => String::new(),
                    idle => format!(", less {idle} idle"),
                };
                let how = format!(
                    "from {percent} % at {requests} on {vcpus} vCPU{idle}; holds for tasks of \
                     that size"
                );
                self.assume("cpu", cpu_s, how);
                cpu_s
            }
            Err(wrong) => {
                let pending = shown.place.error("contradiction", wrong.to_string());
                let help = "check world.work's idle, and the size of the task (taskCpu)";
                pending.help(help).report();
                0.0
            }
        }
    }

    /// The vCPUs of the task that was looked at. A size set from outside (by `--set` or a sweep)
    /// is no longer the one measured, so the block has to say which that was.
    fn measured_vcpus(&self, task_cpu: Option<CpuUnits>, place: &Field<'_>) -> f64 {
        if task_cpu.is_none() && self.is_size_set() {
            let message = "taskCpu is missing: the task's cpu is set from outside, so its size is \
                           no longer the one that was measured";
            let help = "write the size that was measured, such as taskCpu: 512";
            place.error("missing-field", message).help(help).report();
        }
        task_cpu.unwrap_or(self.of.cpu).vcpus()
    }

    fn is_size_set(&self) -> bool {
        let is_size = |path: &Path| {
            let steps = path.steps();
            steps.len() == 4 && steps[..2] == ["aws", "taskDefinitions"] && steps[3] == "cpu"
        };
        let mut paths = self.cx.options.set.iter();
        paths.any(|(path, _)| Path::parse(path).is_ok_and(|path| is_size(&path)))
    }

    /// Takes down what was derived: in the list of defaults, and as a sentence among the notes.
    fn assume(&self, field: &str, seconds: f64, how: String) {
        let family = self.of.family;
        let value = milliseconds(seconds);
        self.cx.note(format!("{field} of {family}: {value}, {how}"));
        let path = format!("world.work.{family}.{field}");
        self.cx.assume(path, value, &format!("DERIVED: {how}"));
    }
}

/// `17.2 ms`, or more digits where it is little.
fn milliseconds(seconds: f64) -> String {
    let ms = seconds * 1e3;
    match ms {
        _ if 100.0 <= ms => format!("{ms:.0} ms"),
        _ if 1.0 <= ms => format!("{ms:.1} ms"),
        _ => format!("{ms:.4} ms"),
    }
}
