//! Instances in an order of their free resources, in the way that suits how many kinds of them
//! there are.

use crate::ids::InstanceId;
use crate::world::placement::cells::Cells;
use crate::world::placement::place::{Place, Room};
use crate::world::placement::sorting::Sorting;
use crate::world::placement::tree::Tree;

/// Instances in one order.
#[derive(Clone, Debug)]
pub(super) struct Order(Kind);

/// Tasks of few sizes leave few amounts free, so that many instances are alike; a cluster in which
/// they are not is never asked again whether they are.
#[derive(Clone, Debug)]
enum Kind {
    Alike(Box<Cells>),
    Each(Box<Tree>),
}

impl Order {
    /// Nothing in it.
    pub(super) fn new(sorting: Sorting) -> Self {
        Order(match sorting {
            // All of them stand on one level, whatever they have free.
            Sorting::Id => Kind::Each(Box::new(Tree::new())),
            _ => Kind::Alike(Box::default()),
        })
    }

    /// Puts an instance in; it must not be there yet.
    pub(super) fn insert(&mut self, (place, room): (Place, Room)) {
        match &mut self.0 {
            Kind::Each(tree) => tree.insert(place, room),
            Kind::Alike(cells) => {
                if !cells.insert(place, room) {
                    self.tell_apart().insert(place, room);
                }
            }
        }
    }

    /// Takes an instance out, which must be there.
    pub(super) fn remove(&mut self, (place, room): (Place, Room)) {
        match &mut self.0 {
            Kind::Each(tree) => tree.remove(place),
            Kind::Alike(cells) => cells.remove(place, room),
        }
    }

    /// What is free of an instance has changed.
    #[inline]
    pub(super) fn change(&mut self, old: (Place, Room), new: (Place, Room)) {
        match &mut self.0 {
            Kind::Each(tree) if old.0 == new.0 => tree.set_room(new.0, new.1),
            Kind::Each(tree) => {
                tree.remove(old.0);
                tree.insert(new.0, new.1);
            }
            Kind::Alike(cells) => {
                cells.remove(old.0, old.1);
                if !cells.insert(new.0, new.1) {
                    self.tell_apart().insert(new.0, new.1);
                }
            }
        }
    }

    /// The first instance from a place on that seems to have the room for a need and `suits`
    /// ([`Room::holds`] says whether it has it then); from `until` on it may be missed.
    #[inline]
    pub(super) fn first(
        &self,
        among: (Place, Place),
        room: Room,
        suits: impl FnMut(InstanceId) -> bool,
    ) -> Option<Place> {
        match &self.0 {
            Kind::Each(tree) => tree.first(among, room, suits),
            Kind::Alike(cells) => cells.first(among, room, suits),
        }
    }

    /// The same of any instance; `among` begins with a level.
    #[inline]
    pub(super) fn first_with_room(&self, among: (Place, Place), room: Room) -> Option<Place> {
        match &self.0 {
            Kind::Each(tree) => tree.first_with_room(among, room),
            Kind::Alike(cells) => cells.first_with_room(among, room),
        }
    }

    /// Instances are too little alike: each stands for itself from now on.
    #[cold]
    fn tell_apart(&mut self) -> &mut Tree {
        let mut tree = Box::new(Tree::new());
        if let Kind::Alike(cells) = &self.0 {
            cells
                .all()
                .for_each(|(place, room)| tree.insert(place, room));
        }
        self.0 = Kind::Each(tree);
        match &mut self.0 {
            Kind::Each(tree) => tree,
            Kind::Alike(_) => unreachable!("it was made one of each just now"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::policy::placement::Need;

    fn stands(id: u32, (cpu, memory): (u32, u32)) -> (Place, Room) {
        let need = Need {
            cpu,
            memory,
            ..Need::default()
        };
        let place = Place::new(memory, (0, 0), InstanceId(id));
        (place, Room::of(&need))
    }

    proptest! {
        /// Few amounts or many, whole levels or parts of them: what a scan of a sorted map finds,
        /// and the instances that a tree asks, in the order in which it asks them.
        #[test]
        fn both_ways_find_and_ask_the_same(
            steps in prop::collection::vec((0u32..200, 0u32..60, 0u32..60, 0u8..4), 1..900),
            few in prop_oneof![Just(2u32), Just(7), Just(60)],
            odd in 2u32..6,
        ) {
            let mut order = Order::new(Sorting::Memory);
            let (mut tree, mut plain) = (Tree::new(), BTreeMap::new());
            let mut places: BTreeMap<u32, (Place, Room)> = BTreeMap::new();
            for (id, cpu, memory, asks) in steps {
                let stands = stands(id, (cpu % few, memory % few));
                if asks == 0 {
                    let until = Place::new(cpu % few, (0, 0), InstanceId(id / 2));
                    let until = if cpu < 20 { Place::LAST } else { until };
                    let among = (Place::new(memory % few / 2, (0, 0), InstanceId(id % 9)), until);
                    let (mut asked, mut expected) = (Vec::new(), Vec::new());
                    let found = order.first(among, stands.1, |id| {
                        asked.push(id);
                        id.0.is_multiple_of(odd)
                    });
                    let of_tree = tree.first(among, stands.1, |id| {
                        expected.push(id);
                        id.0.is_multiple_of(odd)
                    });
                    prop_assert_eq!((found, asked), (of_tree, expected));
                    let from = Place::new(memory % few / 2, (0, 0), InstanceId(0));
                    let found = order.first_with_room((from, until), stands.1);
                    let mut scan = plain.range(from..until.max(from));
                    let scan = scan.find(|it: &(&Place, &Room)| stands.1.fits(*it.1));
                    let is_before = |it: &Place| *it < until;
                    prop_assert_eq!(found.filter(is_before), scan.map(|it| *it.0));
                    continue;
                }
                match places.remove(&id) {
                    Some(old) if asks == 1 => {
                        order.remove(old);
                        tree.remove(old.0);
                        plain.remove(&old.0);
                    }
                    Some(old) => {
                        order.change(old, stands);
                        tree.remove(old.0);
                        tree.insert(stands.0, stands.1);
                        plain.remove(&old.0);
                        plain.insert(stands.0, stands.1);
                        places.insert(id, stands);
                    }
                    None => {
                        order.insert(stands);
                        tree.insert(stands.0, stands.1);
                        plain.insert(stands.0, stands.1);
                        places.insert(id, stands);
                    }
                }
            }
        }
    }

    #[test]
    fn instances_alike_stay_together_and_others_are_told_apart() {
        let mut order = Order::new(Sorting::Memory);
        (0..500).for_each(|id| order.insert(stands(id, (id % 40, id % 40))));
        assert!(matches!(order.0, Kind::Alike(_)));
        // The same instances with other amounts: those that no instance has go.
        for id in 0..500 {
            let amount = |more: u32| (id % 40 + more, id % 40 + more);
            order.change(stands(id, amount(0)), stands(id, amount(100)));
            order.change(stands(id, amount(100)), stands(id, amount(200)));
        }
        assert!(matches!(order.0, Kind::Alike(_)));
        (500..700).for_each(|id| order.insert(stands(id, (id, id))));
        assert!(matches!(order.0, Kind::Each(_)));
    }
}
