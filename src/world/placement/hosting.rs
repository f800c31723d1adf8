//! Where the tasks of a service, or of a program, are.

use std::collections::BTreeSet;

use crate::ids::InstanceId;

/// From so many instances on counts may stand by id, if these are not far apart.
const FEW: usize = 64;
/// Ids for each instance with tasks, at most, for counts to stand by id.
const APART: usize = 16;

/// Where a service's (or a group's) tasks are.
#[derive(Clone, Debug, Default)]
pub struct Hosting {
    /// Tasks by zone.
    pub zones: Vec<u32>,
    /// Tasks by the values of each attribute that rules spread over; the last entry counts those on
    /// instances without it.
    pub values: Vec<Vec<u32>>,
    instances: Counts,
    /// The same by how many, the fewest first: where a strategy spreads over instances.
    by_count: Option<BTreeSet<(u32, InstanceId)>>,
}

/// Instances with tasks and how many.
#[derive(Clone, Debug)]
enum Counts {
    /// By id.
    Few(Vec<(InstanceId, u32)>),
    /// Of each id; and how many have any.
    Many(Vec<u32>, usize),
}

impl Default for Counts {
    fn default() -> Self {
        Counts::Few(Vec::new())
    }
}

impl Hosting {
    /// No tasks, over so many zones and, for each attribute, so many values.
    pub fn new(zones: usize, values: &[usize]) -> Self {
        Hosting {
            zones: vec![0; zones],
            values: values.iter().map(|count| vec![0; count + 1]).collect(),
            instances: Counts::default(),
            by_count: None,
        }
    }

    /// The same, before there is any task, for a strategy that spreads over instances: those with
    /// the fewest are at hand.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.by_count = Some(BTreeSet::new());
        self
    }

    /// A task more, or (`by` −1) one less, on an instance of this zone with these values.
    #[inline]
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
        match self.by_count {
            None => self.instances.change(instance, by),
            Some(_) => self.change_in_order(instance, by),
        }
    }

    fn change_in_order(&mut self, instance: InstanceId, by: i32) {
        let before = self.on(instance);
        self.instances.change(instance, by);
        let after = self.on(instance);
        if let Some(order) = &mut self.by_count {
            order.remove(&(before, instance));
            if 0 < after {
                order.insert((after, instance));
            }
        }
    }

    /// Tasks on an instance.
    pub fn on(&self, instance: InstanceId) -> u32 {
        match &self.instances {
            Counts::Few(known) => {
                let at = known.binary_search_by_key(&instance, |it| it.0);
                at.map_or(0, |at| known[at].1)
            }
            Counts::Many(by_id, _) => by_id.get(instance.index()).copied().unwrap_or(0),
        }
    }

    /// The fewest tasks on one of the instances with tasks that are left.
    pub fn fewest(&self, is_left: impl Fn(InstanceId) -> bool) -> Option<u32> {
        match &self.by_count {
            Some(order) => order.iter().find(|it| is_left(it.1)).map(|it| it.0),
            None => {
                let left = self.instances().filter(|it| is_left(it.0));
                left.map(|it| it.1).min()
            }
        }
    }

    /// Instances with so many tasks (one at least), from an id on, by id.
    pub fn with(&self, tasks: u32, from: InstanceId) -> impl Iterator<Item = InstanceId> + '_ {
        let last = InstanceId(u32::MAX);
        let known = self.by_count.iter();
        let known = known.flat_map(move |order| order.range((tasks, from)..=(tasks, last)));
        let plain = self.by_count.is_none().then(|| self.instances());
        let plain = plain.into_iter().flatten();
        let plain = plain.filter(move |it| it.1 == tasks && from <= it.0);
        known.map(|it| it.1).chain(plain.map(|it| it.0))
    }

    /// Instances with tasks and how many, by id.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceId, u32)> + '_ {
        let (few, many) = match &self.instances {
            Counts::Few(known) => (&known[..], &[][..]),
            Counts::Many(by_id, _) => (&[][..], &by_id[..]),
        };
        let many = many.iter().enumerate().filter(|(_, tasks)| 0 < **tasks);
        let many = many.map(|(id, tasks)| (InstanceId::from_index(id), *tasks));
        few.iter().copied().chain(many)
    }
}

impl Counts {
    #[inline]
    fn change(&mut self, instance: InstanceId, by: i32) {
        // Most of the time who has tasks stays the same.
        if let Counts::Many(by_id, _) = self
            && let Some(tasks) = by_id.get_mut(instance.index())
        {
            let after = tasks.saturating_add_signed(by);
            if (0 < *tasks) == (0 < after) {
                *tasks = after;
                return;
            }
        }
        self.change_who(instance, by);
    }

    /// The same, where an instance with tasks more or less may come of it.
    fn change_who(&mut self, instance: InstanceId, by: i32) {
        match self {
            Counts::Few(known) => {
                let place = known.binary_search_by_key(&instance, |it| it.0);
                match place {
                    Ok(place) => {
                        let (_, tasks) = &mut known[place];
                        *tasks = tasks.saturating_add_signed(by);
                        if *tasks == 0 {
                            known.remove(place);
                        }
                    }
                    Err(free) if 0 < by => {
                        known.insert(free, (instance, by as u32));
                        self.spread_out();
                    }
                    Err(_) => {}
                }
            }
            Counts::Many(by_id, count) => {
                let id = instance.index();
                if by_id.len() <= id {
                    by_id.resize(id + 1, 0);
                }
                let before = by_id[id];
                by_id[id] = before.saturating_add_signed(by);
                *count += usize::from(before == 0 && 0 < by_id[id]);
                *count -= usize::from(0 < before && by_id[id] == 0);
                if *count * APART * 2 < by_id.len() {
                    self.draw_in();
                }
            }
        }
    }

    /// Many instances close together: a place for each id.
    fn spread_out(&mut self) {
        let Counts::Few(known) = self else { return };
        let Some((last, _)) = known.last() else {
            return;
        };
        if known.len() < FEW || known.len() * APART < last.index() {
            return;
        }
        let mut by_id = vec![0; last.index() + 1];
        for (id, tasks) in &*known {
            by_id[id.index()] = *tasks;
        }
        *self = Counts::Many(by_id, known.len());
    }

    /// Few instances far apart: a list of them.
    fn draw_in(&mut self) {
        let Counts::Many(by_id, _) = self else { return };
        let all = by_id.iter().enumerate().filter(|(_, tasks)| 0 < **tasks);
        let known = all.map(|(id, tasks)| (InstanceId::from_index(id), *tasks));
        *self = Counts::Few(known.collect());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few or many, close together or far apart: what a sorted map has.
        #[test]
        fn counts_are_those_of_a_map(
            steps in prop::collection::vec((0u32..200, 0u32..3, any::<bool>()), 1..1_500),
        ) {
            let (mut hosting, mut plain) = (Hosting::new(1, &[]), BTreeMap::new());
            let mut in_order = Hosting::new(1, &[]).in_order();
            for (id, far, comes) in steps {
                let id = InstanceId(id + far * 2_000);
                let tasks = plain.entry(id).or_insert(0u32);
                if !comes && *tasks == 0 {
                    continue;
                }
                let by = if comes { 1 } else { -1 };
                *tasks = tasks.saturating_add_signed(by);
                hosting.change(id, (0, &[]), by);
                in_order.change(id, (0, &[]), by);
                let odd = |id: InstanceId| !id.0.is_multiple_of(2);
                prop_assert_eq!(in_order.fewest(odd), hosting.fewest(odd));
                let (some, from) = (hosting.on(id).max(1), InstanceId(100));
                prop_assert!(in_order.with(some, from).eq(hosting.with(some, from)));
                prop_assert_eq!(hosting.on(id), plain[&id]);
                prop_assert_eq!(hosting.zones[0], plain.values().sum::<u32>());
            }
            plain.retain(|_, tasks| 0 < *tasks);
            let found: Vec<_> = hosting.instances().collect();
            prop_assert_eq!(found, plain.into_iter().collect::<Vec<_>>());
        }
    }
}
