//! What is asked of the index, and what the rules have left of it so far.

use crate::ids::InstanceId;
use crate::policy::placement::{Need, PlacementRule, Ports};
use crate::world::placement::index::ClassId;

/// Where a service's (or a group's) tasks are.
#[derive(Clone, Debug, Default)]
pub struct Hosting {
    /// Tasks by zone.
    pub zones: Vec<u32>,
    /// Tasks by the values of each attribute that rules spread over; the last entry counts those on
    /// instances without it.
    pub values: Vec<Vec<u32>>,
    /// Instances with tasks and how many, by id.
    pub instances: Vec<(InstanceId, u32)>,
}

/// A task that looks for an instance.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// What it needs.
    pub need: &'a Need,
    /// Host ports it needs.
    pub ports: &'a Ports,
    /// Classes that meet its lasting constraints, in zones that its subnets reach.
    pub classes: &'a [ClassId],
    /// Its strategy.
    pub rules: &'a [PlacementRule],
    /// Where the tasks of its service or group are.
    pub hosting: &'a Hosting,
}

/// What the rules have left so far: classes, and amounts or a number of tasks that all share.
pub(super) struct Left<'a> {
    pub(super) classes: Vec<ClassId>,
    pub(super) cpu: Option<u32>,
    pub(super) memory: Option<u32>,
    /// Tasks of the service that each has.
    pub(super) same: Option<u32>,
    pub(super) question: Question<'a>,
}

impl Hosting {
    /// Tasks on an instance.
    pub fn on(&self, instance: InstanceId) -> u32 {
        let at = self.instances.binary_search_by_key(&instance, |it| it.0);
        at.map_or(0, |at| self.instances[at].1)
    }
}
