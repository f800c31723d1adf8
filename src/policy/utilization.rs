//! A service's CPUUtilization and MemoryUtilization, and a cluster's CPUReservation and
//! MemoryReservation, as CloudWatch computes them.

use crate::units::{CpuUnits, MiB};

/// A service's CPU utilization is what its tasks use, as a percentage of what its task definition
/// gives each of them.
///
/// Source: ECS developer guide, cloudwatch-metrics: one task defined with 512 CPU units that uses
/// 2,048 is at 400 % (possible on EC2, where the size is set for the container; a size of the task
/// is a ceiling). `None` without tasks: then there is no data point.
pub fn cpu_utilization_percent(used_units: f64, defined: CpuUnits, tasks: u32) -> Option<f64> {
    percent_of(used_units, defined.0, tasks)
}

/// A service's memory utilization is what its tasks use, as a percentage of `memoryReservation` if
/// set, else `memory`.
///
/// Source: ECS developer guide, cloudwatch-metrics: 512 of 1,024 MiB are 50 %. `None` without
/// tasks.
pub fn memory_utilization_percent(used_mib: f64, defined: MiB, tasks: u32) -> Option<f64> {
    percent_of(used_mib, defined.0, tasks)
}

fn percent_of(used: f64, defined: u32, tasks: u32) -> Option<f64> {
    let given = f64::from(defined) * f64::from(tasks);
    (0.0 < given).then(|| 100.0 * used / given)
}

/// A cluster's CPU or memory reservation: what its tasks reserve, as a percentage of what its
/// registered container instances have.
///
/// Source: ECS developer guide, cloudwatch-metrics. `None` without instances.
pub fn reservation_percent(reserved: u64, registered: u64) -> Option<f64> {
    (0 < registered).then(|| 100.0 * reserved as f64 / registered as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservation_is_a_share_of_what_instances_registered() {
        // SVC-E15, cloudwatch-metrics: ten tasks of 1,024 units and 2,048 MiB; AWS shows whole
        // percents.
        let whole =
            |reserved, registered| reservation_percent(reserved, registered).map(f64::trunc);
        assert_eq!(whole(10 * 1_024, 18_432), Some(55.0));
        assert_eq!(whole(10 * 2_048, 33_926), Some(60.0));
        assert_eq!(reservation_percent(0, 18_432), Some(0.0));
        assert_eq!(reservation_percent(0, 0), None);
    }

    #[test]
    fn utilization_is_a_share_of_the_task_definitions_size() {
        // SVC-E14, cloudwatch-metrics.
        assert_eq!(
            cpu_utilization_percent(2_048.0, CpuUnits(512), 1),
            Some(400.0)
        );
        assert_eq!(memory_utilization_percent(512.0, MiB(1_024), 1), Some(50.0));
        assert_eq!(
            cpu_utilization_percent(1_024.0, CpuUnits(512), 4),
            Some(50.0)
        );
        assert_eq!(cpu_utilization_percent(0.0, CpuUnits(512), 0), None);
    }
}
