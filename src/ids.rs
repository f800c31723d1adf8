//! Typed ids: an index into one arena or table, so that a service can't be taken for a task.

use std::fmt;

macro_rules! table_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in the table of its kind.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of the `index`-th entry of its table.
            ///
            /// # Panics
            /// If the table had more than 2³² entries, which the loader's limits exclude.
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("tables are bounded by the loader's limits"))
            }
        }
    };
}

table_id!(
    /// A task definition revision of the plan.
    TaskDefinitionId
);
table_id!(
    /// A service of the plan.
    ServiceId
);
table_id!(
    /// A program that calls RunTask: an entry of `aws.runTasks`, or a `run` of the timeline.
    JobSourceId
);
table_id!(
    /// A target group of the plan.
    TargetGroupId
);
table_id!(
    /// A load balancer of the plan.
    LoadBalancerId
);
table_id!(
    /// A capacity provider of the cluster.
    ProviderId
);
table_id!(
    /// An Auto Scaling group of the plan.
    GroupId
);
table_id!(
    /// A container instance: its place among those of the run.
    InstanceId
);
table_id!(
    /// An Availability Zone of the plan.
    ZoneId
);
table_id!(
    /// An EC2 instance type of the catalog.
    InstanceTypeId
);
table_id!(
    /// A spot pool: for Fargate Spot, a zone.
    PoolId
);
table_id!(
    /// A scalable target of Application Auto Scaling.
    ScalableTargetId
);
table_id!(
    /// A CloudWatch alarm of the plan.
    AlarmId
);
table_id!(
    /// A subnet of the plan.
    SubnetId
);
table_id!(
    /// A way in which starts of tasks fail, of the plan.
    StartProblemId
);

impl ZoneId {
    /// No zone yet: of a task that waits for an instance.
    pub const NOWHERE: ZoneId = ZoneId(u32::MAX);
}

/// A task, stable for its whole life: the slot in the arena and the generation of that slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId {
    /// The slot in the task arena; reused after the task is gone.
    pub index: u32,
    /// How often the slot was used before: tells an old id from the slot's present tenant.
    pub generation: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t-{}.{}", self.index, self.generation)
    }
}
