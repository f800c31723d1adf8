//! How many container instances a cluster may have: AWS's quota, which no run is held to.

use crate::policy::managed_scaling::CONTAINER_INSTANCES_MAX;
use crate::scenario::plan::GroupPlan;
use crate::scenario::reader::MapReader;

/// Says where a cluster has, or may come to have, more instances than AWS registers.
pub(super) fn check(map: &mut MapReader<'_>, groups: &[GroupPlan]) {
    let first = ["autoScalingGroups", "externalInstances"];
    let Some(field) = first.iter().find_map(|key| map.field(key)) else {
        return;
    };
    let sum =
        |of: fn(&GroupPlan) -> u32| -> u64 { groups.iter().map(|it| u64::from(of(it))).sum() };
    let quota = u64::from(CONTAINER_INSTANCES_MAX);
    let lifted = "the quota of a cluster is 5,000 container instances (service quotas, not \
                  adjustable), which is lifted here";
    let help = "AWS registers no more: divide them over several clusters";
    let (begun, most) = (sum(|it| it.desired_capacity), sum(|it| it.max_size));
    if quota < begun {
        let message = format!("the cluster is to have {begun} instances from the start; {lifted}");
        field.warning("above-quota", message).help(help).report();
    } else if quota < most {
        let message = format!("the groups may come to {most} instances (MaxSize); {lifted}");
        field.note("above-quota", message).help(help).report();
    }
}
