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

impl OnInstances {
    /// Adds what `other` is, times so much.
    pub fn add(&mut self, other: &OnInstances, times: f64) {
        self.requests += other.requests * times;
        self.log_mib += other.log_mib * times;
        self.task_s += other.task_s * times;
        self.instance_s += other.instance_s * times;
    }
}

/// Tasks of a DAEMON service over a stretch of time, and what they take on: the work of each times
/// how long it ran.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Served {
    /// How long they ran, seconds, all together.
    seconds: f64,
    /// [`BesideWork::cpu_s`], [`BesideWork::cpu_s_per_log_mib`] and
    /// [`BesideWork::vcpus_per_task`], each times seconds.
    work_s: [f64; 3],
}

impl Served {
    /// Tasks that ran for so many seconds together.
    pub fn seconds(seconds: f64, work: &BesideWork) -> Self {
        let each = [work.cpu_s, work.cpu_s_per_log_mib, work.vcpus_per_task];
        Served {
            seconds,
            work_s: each.map(|each| each * seconds),
        }
    }

    /// Adds what `other` is, times so much.
    pub fn add(&mut self, other: &Served, times: f64) {
        self.seconds += other.seconds * times;
        for (sum, other) in self.work_s.iter_mut().zip(other.work_s) {
            *sum += other * times;
        }
    }

    /// What the tasks beside them ask of them, vCPU-seconds.
    ///
    /// ASSUMPTION: the instances are alike, each with the mean of what all of them have: what tasks
    /// differ by from instance to instance is not looked at, and a service on some of the instances
    /// serves its share of them, a revision on some of them its own.
    pub fn cpu(&self, all: &OnInstances) -> f64 {
        if all.instance_s <= 0.0 {
            return 0.0;
        }
        // One that drains beside its successor serves nobody more.
        let served_s = all.instance_s.max(self.seconds);
        let [cpu_s, cpu_s_per_log_mib, vcpus_per_task] = self.work_s.map(|sum| sum / served_s);
        all.requests * cpu_s + all.log_mib * cpu_s_per_log_mib + all.task_s * vcpus_per_task
    }
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

/// The CPU of a service's tasks, of which these vCPU-seconds are reserved, and those used while
/// nobody is beside them.
pub fn daemon_cpu(served: &Served, (reserved, idle): (f64, f64), all: &OnInstances) -> DaemonCpu {
    DaemonCpu {
        asked: idle + served.cpu(all),
        reserved,
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

    fn cpu(daemons: f64, [vcpus, idle_vcpus]: [f64; 2], all: &OnInstances) -> DaemonCpu {
        let seconds = daemons * 60.0;
        let served = Served::seconds(seconds, &WORK);
        daemon_cpu(&served, (vcpus * seconds, idle_vcpus * seconds), all)
    }

    fn asked(daemons: f64, idle_vcpus: f64) -> f64 {
        cpu(daemons, [0.25, idle_vcpus], &MINUTE).asked
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
        assert_eq!(cpu(1.0, [0.25, 0.0], &nowhere).asked, 0.0);
    }

    #[test]
    fn two_revisions_serve_each_its_share() {
        let mut served = Served::seconds(5.0 * 60.0, &WORK);
        let double = BesideWork {
            cpu_s: 0.002,
            cpu_s_per_log_mib: 0.2,
            vcpus_per_task: 0.02,
        };
        served.add(&Served::seconds(60.0, &double), 5.0);
        // 24 s of one half, 48 s of the other.
        assert!((served.cpu(&MINUTE) - 72.0).abs() < 1e-9);
        // While both run on every instance, each serves a half of what is there.
        served.add(&served.clone(), 1.0);
        assert!((served.cpu(&MINUTE) - 72.0).abs() < 1e-9);
    }

    #[test]
    fn it_uses_what_it_reserves_and_says_when_that_is_too_little() {
        let enough = cpu(10.0, [0.25, 0.02], &MINUTE);
        assert_eq!((enough.reserved, enough.is_saturated()), (150.0, false));
        let small = cpu(10.0, [0.0625, 0.02], &MINUTE);
        assert_eq!((small.used(), small.is_saturated()), (37.5, true));
    }
}
