//! What a request costs the code, read off a dashboard: CloudWatch's utilization, requests per
//! target and response time, turned around. [`super::utilization`] goes the other way.

use thiserror::Error;

/// What CloudWatch shows of a service over some time, and the task it shows it of.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShownLoad {
    /// `CPUUtilization`, average, as a share: 0.45.
    pub cpu_utilization: f64,
    /// `RequestCountPerTarget` over the same time, as requests a second.
    pub requests_per_target_per_s: f64,
    /// The vCPUs of the task that it was measured on.
    pub vcpus: f64,
    /// The vCPUs that the task uses without any request.
    pub idle_vcpus: f64,
}

/// Why nothing follows from what is shown.
#[derive(Clone, Copy, PartialEq, Debug, Error)]
pub enum NothingFollows {
    /// No request came in.
    #[error("without requests nothing follows about the cost of one")]
    NoRequests,
    /// No CPU was in use.
    #[error("a CPU utilization of 0 % says nothing about the cost of a request")]
    NoCpu,
    /// The idle task accounts for all of it.
    #[error("{used:.3} vCPU in use are no more than the {idle:.3} of an idle task")]
    IdleTakesAll {
        /// vCPUs in use.
        used: f64,
        /// vCPUs in use without any request.
        idle: f64,
    },
    /// The response came before the CPU could have done its part.
    #[error(
        "a response after {:.1} ms is sooner than the {:.1} ms that its CPU takes alone",
        response_s * 1e3,
        cpu_alone_s * 1e3
    )]
    SoonerThanCpu {
        /// The mean response time shown, seconds.
        response_s: f64,
        /// How long the CPU part lasts when nobody else computes, seconds.
        cpu_alone_s: f64,
    },
}

/// A request's CPU time is the CPU that requests use, over the requests that use it:
/// `(utilization × vCPUs − idle vCPUs) / requests per target and second`, in seconds of one core.
///
/// DERIVED from the definition of CPUUtilization (ECS developer guide, cloudwatch-metrics: what is
/// in use over what the task definition gives). It is a mean over the time shown, and holds for
/// the task it was measured on: a task of another size or processor needs a measurement of its
/// own. On an instance a task may use more than its own CPU: of 512 units, one that uses 2,048
/// shows 400 % (the same page). On Fargate the CPU was full at 100 %, requests were waiting, and
/// the true cost is this or more.
/// What else computes in the task (agents, side-cars) belongs into the idle vCPUs, or it is
/// counted as the requests'.
///
/// # Errors
/// If the figures contradict one another, or say nothing.
///
/// ```
/// use fleetcast::policy::dashboard::{ShownLoad, cpu_s_per_request};
/// // 45 % of half a vCPU are 0.225 cores; 800 requests a minute share them: 16.875 ms each.
/// let shown = ShownLoad {
///     cpu_utilization: 0.45,
///     requests_per_target_per_s: 800.0 / 60.0,
///     vcpus: 0.5,
///     idle_vcpus: 0.0,
/// };
/// let cpu_s = cpu_s_per_request(shown).unwrap();
/// assert!((cpu_s - 0.016875).abs() < 1e-12);
/// ```
pub fn cpu_s_per_request(shown: ShownLoad) -> Result<f64, NothingFollows> {
    let ShownLoad {
        cpu_utilization,
        requests_per_target_per_s,
        vcpus,
        idle_vcpus,
    } = shown;
    if requests_per_target_per_s <= 0.0 {
        return Err(NothingFollows::NoRequests);
    }
    if cpu_utilization <= 0.0 {
        return Err(NothingFollows::NoCpu);
    }
    let used = cpu_utilization * vcpus;
    if used <= idle_vcpus {
        let idle = idle_vcpus;
        return Err(NothingFollows::IdleTakesAll { used, idle });
    }
    Ok((used - idle_vcpus) / requests_per_target_per_s)
}

/// A request's time without CPU is its mean response time at low load, less what its CPU takes on
/// a task where nobody else computes: a request uses at most one core, and at most the task.
///
/// DERIVED; at low load only. Under load a response also waits for its turn: with a share `u` of
/// the CPU in use, the CPU part lasts up to 1/(1 − u) times as long (M/G/1-PS, one task alone), and
/// all of that would be read as `wait`.
///
/// # Errors
/// If the response is sooner than its CPU allows.
///
/// ```
/// use fleetcast::policy::dashboard::wait_s_per_request;
/// // 20 ms of a core take 40 ms on half a vCPU; 120 − 40 = 80 ms were spent elsewhere.
/// assert!((wait_s_per_request(0.120, 0.020, 0.5).unwrap() - 0.080).abs() < 1e-12);
/// // With two vCPUs a request still uses one of them at most.
/// assert!((wait_s_per_request(0.120, 0.020, 2.0).unwrap() - 0.100).abs() < 1e-12);
/// ```
pub fn wait_s_per_request(response_s: f64, cpu_s: f64, vcpus: f64) -> Result<f64, NothingFollows> {
    let cpu_alone_s = cpu_s / vcpus.min(1.0);
    if response_s < cpu_alone_s {
        return Err(NothingFollows::SoonerThanCpu {
            response_s,
            cpu_alone_s,
        });
    }
    Ok(response_s - cpu_alone_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::utilization::cpu_utilization_percent;
    use crate::units::CpuUnits;
    use proptest::prelude::*;

    const SHOWN: ShownLoad = ShownLoad {
        cpu_utilization: 0.45,
        requests_per_target_per_s: 800.0 / 60.0,
        vcpus: 0.5,
        idle_vcpus: 0.0,
    };

    fn message(shown: ShownLoad) -> String {
        cpu_s_per_request(shown).unwrap_err().to_string()
    }

    #[test]
    fn an_idle_task_s_cpu_is_no_request_s() {
        // 0.225 vCPU in use, 0.025 of them idle; 0.2 over 13.333 a second.
        let idle_vcpus = 0.025;
        let cpu_s = cpu_s_per_request(ShownLoad {
            idle_vcpus,
            ..SHOWN
        });
        assert!((cpu_s.unwrap() - 0.015).abs() < 1e-12);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let with = |cpu_utilization| ShownLoad {
            cpu_utilization,
            ..SHOWN
        };
        assert_eq!(
            message(with(0.0)),
            "a CPU utilization of 0 % says nothing about the cost of a request"
        );
        // 400 % of half a vCPU are two, over 13.333 requests a second.
        assert_eq!(cpu_s_per_request(with(4.0)), Ok(0.15));
        assert_eq!(
            message(ShownLoad {
                requests_per_target_per_s: 0.0,
                ..SHOWN
            }),
            "without requests nothing follows about the cost of one"
        );
        assert_eq!(
            message(ShownLoad {
                idle_vcpus: 0.3,
                ..SHOWN
            }),
            "0.225 vCPU in use are no more than the 0.300 of an idle task"
        );
        assert_eq!(
            wait_s_per_request(0.030, 0.020, 0.5)
                .unwrap_err()
                .to_string(),
            "a response after 30.0 ms is sooner than the 40.0 ms that its CPU takes alone"
        );
        assert_eq!(wait_s_per_request(0.040, 0.020, 0.5), Ok(0.0));
    }

    proptest! {
        #[test]
        fn what_a_known_cost_shows_leads_back_to_it(
            cpu_s in 1e-5..2.0_f64,
            share in 0.01..0.99_f64,
            size in 0..5_usize,
            idle_share in 0.0..0.5_f64,
        ) {
            let units = CpuUnits([256, 512, 1_024, 4_096, 16_384][size]);
            let vcpus = f64::from(units.0) / 1_024.0;
            let idle_vcpus = idle_share * vcpus;
            let rate = share * (vcpus - idle_vcpus) / cpu_s;
            let used_units = (rate * cpu_s + idle_vcpus) * 1_024.0;
            let percent = cpu_utilization_percent(used_units, units, 1).unwrap();
            let shown = ShownLoad {
                cpu_utilization: percent / 100.0,
                requests_per_target_per_s: rate,
                vcpus,
                idle_vcpus,
            };
            let found = cpu_s_per_request(shown).unwrap();
            prop_assert!((found / cpu_s - 1.0).abs() < 1e-9);
        }
    }
}
