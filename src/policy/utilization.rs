//! A service's CPUUtilization and MemoryUtilization as CloudWatch computes them.

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

#[cfg(test)]
mod tests {
    use super::*;

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
