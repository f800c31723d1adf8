//! What a DAEMON service's task works: a log router, a collector of traces or metrics serves the
//! tasks beside it on its instance.

/// What the tasks beside it cost such a task.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct BesideWork {
    /// Seconds of one core for a request that one of them answers.
    pub cpu_s: f64,
    /// Seconds of one core for a MiB that they log.
    pub cpu_s_per_log_mib: f64,
    /// vCPUs for each of them, whatever it does.
    pub vcpus_per_task: f64,
}

impl BesideWork {
    /// Whether they cost it anything.
    pub fn is_any(&self) -> bool {
        *self != BesideWork::default()
    }
}

/// What tasks on all container instances did in a stretch of time, those of DAEMON services left
/// out.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct OnInstances {
    /// Requests that they answered.
    pub requests: f64,
    /// MiB that they logged.
    pub log_mib: f64,
    /// How long they ran, seconds, all together.
    pub task_s: f64,
    /// How long the instances were there for them, seconds, all together.
    pub instance_s: f64,
}

/// The CPU of a DAEMON service's tasks over a stretch of time, vCPU-seconds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct DaemonCpu {
    /// What their work asks for.
    pub asked: f64,
    /// What they reserve.
    pub reserved: f64,
}

impl DaemonCpu {
    /// What they use. ASSUMPTION: no more than they reserve, as with every other task.
    pub fn used(self) -> f64 {
        self.asked.min(self.reserved)
    }

    /// Whether they ask for more than they reserve: what they should pass on waits, or is lost.
    pub fn is_saturated(self) -> bool {
        // Sums of floats may miss by a little.
        self.reserved * (1.0 + 1e-9) < self.asked
    }
}

/// The CPU of a service's tasks, which ran for so many seconds together, each with this size and
/// what it uses while nobody is beside it.
///
/// ASSUMPTION: the instances are alike, each with the mean of what all of them have: what tasks
/// differ by from instance to instance is not looked at, and a service on some of the instances
/// serves its share of them.
pub fn daemon_cpu(
    work: &BesideWork,
    (vcpus, idle_vcpus): (f64, f64),
    daemon_s: f64,
    all: &OnInstances,
) -> DaemonCpu {
    let served = match 0.0 < all.instance_s {
        true => (daemon_s / all.instance_s).min(1.0),
        false => 0.0,
    };
    let beside = all.requests * work.cpu_s
        + all.log_mib * work.cpu_s_per_log_mib
        + all.task_s * work.vcpus_per_task;
    DaemonCpu {
        asked: idle_vcpus * daemon_s + served * beside,
        reserved: vcpus * daemon_s,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: BesideWork = BesideWork {
        cpu_s: 0.001,
        cpu_s_per_log_mib: 0.1,
        vcpus_per_task: 0.01,
    };

    /// A minute of ten instances with fifty tasks that answer 6,000 requests and log 120 MiB.
    const MINUTE: OnInstances = OnInstances {
        requests: 6_000.0,
        log_mib: 120.0,
        task_s: 50.0 * 60.0,
        instance_s: 10.0 * 60.0,
    };

    fn asked(daemons: f64, idle_vcpus: f64) -> f64 {
        daemon_cpu(&WORK, (0.25, idle_vcpus), daemons * 60.0, &MINUTE).asked
    }

    #[test]
    fn a_daemon_on_each_instance_serves_all_tasks() {
        // 6 s for requests, 12 s for logs, 30 s for tasks, and 0.02 of ten for a minute.
        assert!((asked(10.0, 0.02) - (6.0 + 12.0 + 30.0 + 12.0)).abs() < 1e-9);
    }

    #[test]
    fn a_daemon_on_half_of_the_instances_serves_half_of_the_tasks() {
        assert!((asked(5.0, 0.0) - 24.0).abs() < 1e-9);
        // More of them than instances (one drains) serve no more.
        assert!((asked(12.0, 0.0) - 48.0).abs() < 1e-9);
        let nowhere = OnInstances::default();
        assert_eq!(daemon_cpu(&WORK, (0.25, 0.0), 60.0, &nowhere).asked, 0.0);
    }

    #[test]
    fn it_uses_what_it_reserves_and_says_when_that_is_too_little() {
        let cpu = daemon_cpu(&WORK, (0.25, 0.02), 600.0, &MINUTE);
        assert_eq!((cpu.reserved, cpu.is_saturated()), (150.0, false));
        let small = daemon_cpu(&WORK, (0.0625, 0.02), 600.0, &MINUTE);
        assert_eq!((small.used(), small.is_saturated()), (37.5, true));
    }
}
