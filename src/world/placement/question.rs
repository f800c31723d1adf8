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
    /// Whether each task of its service or group is to have an instance of its own
    /// (`distinctInstance`).
    pub is_alone: bool,
    /// Where the tasks of its service or group are.
    pub hosting: &'a Hosting,
}

/// What the rules have left so far: classes, and amounts or a number of tasks that all share.
pub(super) struct Left<'a> {
    pub(super) classes: Vec<ClassId>,
    /// How many of these, from the front, are looked at now.
    pub(super) count: usize,
    pub(super) cpu: Option<u32>,
    pub(super) memory: Option<u32>,
    /// Tasks of the service that each has.
    pub(super) same: Option<u32>,
    pub(super) question: Question<'a>,
}

impl Hosting {
    /// No tasks, over so many zones and, for each attribute, so many values.
    pub fn new(zones: usize, values: &[usize]) -> Self {
        Hosting {
            zones: vec![0; zones],
            values: values.iter().map(|count| vec![0; count + 1]).collect(),
            instances: Vec::new(),
        }
    }

    /// A task more, or (`by` −1) one less, on an instance of this zone with these values.
    pub fn change(
        &mut self,
        instance: InstanceId,
        (zone, values): (usize, &[Option<usize>]),
        by: i32,
    ) {
        let at = |counts: &mut Vec<u32>, at: usize| {
            counts[at] = counts[at].saturating_add_signed(by);
        };
        at(&mut self.zones, zone);
        for (counts, value) in self.values.iter_mut().zip(values) {
            let last = counts.len() - 1;
            at(counts, value.unwrap_or(last));
        }
        let known = self.instances.binary_search_by_key(&instance, |it| it.0);
        match known {
            Ok(known) => {
                let (_, tasks) = &mut self.instances[known];
                *tasks = tasks.saturating_add_signed(by);
                if *tasks == 0 {
                    self.instances.remove(known);
                }
            }
            Err(free) if 0 < by => self.instances.insert(free, (instance, by as u32)),
            Err(_) => {}
        }
    }

    /// Tasks on an instance.
    pub fn on(&self, instance: InstanceId) -> u32 {
        let at = self.instances.binary_search_by_key(&instance, |it| it.0);
        at.map_or(0, |at| self.instances[at].1)
    }
}

impl Left<'_> {
    /// The classes that are looked at now.
    pub(super) fn classes(&self) -> &[ClassId] {
        &self.classes[..self.count]
    }
}
