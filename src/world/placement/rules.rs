//! The way of a question through the rules: what each leaves, by the orders of the classes.

use crate::ids::InstanceId;
use crate::policy::placement::{Binpack, PlacementRule, Spread, random_start};
use crate::world::placement::index::{ClassId, PlacementIndex};
use crate::world::placement::place::{Place, Room};
use crate::world::placement::question::{Left, Question};
use crate::world::placement::sorting::{SORTINGS, Sorting, place};

impl PlacementIndex {
    /// The instance that takes a task, as `policy::placement::place` would say of all of them in
    /// the order of their ids.
    pub fn find(&self, question: &Question<'_>, random: impl FnMut() -> f64) -> Option<InstanceId> {
        if let [PlacementRule::Binpack(field)] = question.rules
            && !question.is_alone
            && question.is_room_enough()
        {
            return self.tightest_of_all(question, *field);
        }
        let mut classes = self.scratch.take();
        classes.clear();
        classes.extend_from_slice(question.classes);
        let mut left = Left {
            count: classes.len(),
            classes,
            cpu: None,
            memory: None,
            same: question.is_alone.then_some(0),
            room: Room::of(question.need),
            is_room_enough: question.is_room_enough(),
            question: *question,
        };
        let found = self.find_left(&mut left, random);
        self.scratch.replace(left.classes);
        found
    }

    /// The first one of all in the order of a field.
    fn tightest_of_all(&self, question: &Question<'_>, field: Binpack) -> Option<InstanceId> {
        let sorting = match field {
            Binpack::Cpu => Sorting::Cpu,
            Binpack::Memory => Sorting::Memory,
        };
        let (need, room) = (question.need, Room::of(question.need));
        let from = place(sorting, InstanceId(0), need);
        let mut first = Place::LAST;
        for class in question.classes {
            let order = self.classes[class.0 as usize].orders[sorting as usize].as_ref();
            // Behind the first one so far nothing is looked for.
            let found = order.and_then(|order| order.first_with_room((from, first), room));
            first = found.map_or(first, |found| found.min(first));
        }
        (first != Place::LAST).then(|| first.instance())
    }

    fn find_left(&self, left: &mut Left<'_>, random: impl FnMut() -> f64) -> Option<InstanceId> {
        let rules = left.question.rules;
        for (at, rule) in rules.iter().enumerate() {
            match rule {
                PlacementRule::Binpack(field) => {
                    let is_binpack = |rule| matches!(rule, &PlacementRule::Binpack(_));
                    if left.same.is_none_or(|same| same == 0) && rules[at..].iter().all(is_binpack)
                    {
                        // Nothing else is to be looked at: the order has all of it.
                        return self.tightest(left, &rules[at..]);
                    }
                    let least = Some(self.least(left, *field)?);
                    match field {
                        Binpack::Cpu => left.cpu = least,
                        Binpack::Memory => left.memory = least,
                    }
                }
                PlacementRule::Spread(Spread::Instance) => {
                    left.same = Some(self.fewest(left)?);
                }
                PlacementRule::Spread(field) => self.spread(left, *field)?,
                PlacementRule::Random => {
                    let is_left = |at: usize| self.is_left(left, InstanceId(at as u32));
                    let from = random_start(self.hosts.len(), is_left, random);
                    let from = InstanceId(from as u32);
                    return self
                        .first(left, from)
                        .or_else(|| self.first(left, InstanceId(0)));
                }
            }
        }
        self.first(left, InstanceId(0))
    }

    /// Whether an instance has room and is among what the rules left.
    fn is_left(&self, left: &Left<'_>, instance: InstanceId) -> bool {
        let Some(host) = self.host(instance) else {
            return false;
        };
        host.is_open && left.classes().contains(&host.class) && self.suits(left, instance)
    }

    /// What no order knows: shared amounts, ports, tasks of the service, constraints about what
    /// changes with every task (asked last: they cost most).
    fn suits(&self, left: &Left<'_>, instance: InstanceId) -> bool {
        let Some(host) = self.host(instance) else {
            return false;
        };
        let is = |shared: Option<u32>, has: u32| shared.is_none_or(|shared| shared == has);
        left.question.need.fits(&host.free)
            && is(left.cpu, host.free.cpu)
            && is(left.memory, host.free.memory)
            && (left.same.is_none() || is(left.same, left.question.hosting.on(instance)))
            && (left.question.ports.is_empty() || left.question.ports.clash(&host.ports).is_none())
            && left.question.live.is_none_or(|live| live.0(instance))
    }

    /// The first in the order of ids, from one on.
    fn first(&self, left: &Left<'_>, from: InstanceId) -> Option<InstanceId> {
        if let Some(same) = left.same.filter(|same| 0 < *same) {
            // Those with tasks of the service are known.
            let mut with = left.question.hosting.with(same, from);
            return with.find(|id| self.is_left(left, *id));
        }
        let sorting = match (left.cpu, left.memory) {
            (None, None) => Sorting::Id,
            (Some(_), None) => Sorting::Cpu,
            (None, Some(_)) => Sorting::Memory,
            (Some(_), Some(_)) => self.kept([Sorting::MemoryCpu, Sorting::CpuMemory]),
        };
        let from = place(sorting, from, &left.least_free());
        let firsts = left
            .classes()
            .iter()
            .filter_map(|class| self.first_of(left, *class, sorting, (from, Place::LAST)));
        firsts.map(Place::instance).min()
    }

    /// Whether any is left.
    fn has_any(&self, left: &Left<'_>) -> bool {
        if left.same.is_some_and(|same| 0 < same) {
            return self.first(left, InstanceId(0)).is_some();
        }
        // Whichever order is kept: where nothing is shared yet, by which one goes is all the same.
        let sorting = match (left.cpu, left.memory) {
            (None, None) => self.kept(SORTINGS),
            (Some(_), None) => self.kept([Sorting::Cpu, Sorting::CpuMemory]),
            (None, Some(_)) => self.kept([Sorting::Memory, Sorting::MemoryCpu]),
            (Some(_), Some(_)) => self.kept([Sorting::MemoryCpu, Sorting::CpuMemory]),
        };
        let from = place(sorting, InstanceId(0), &left.least_free());
        let mut classes = left.classes().iter();
        classes.any(|class| {
            self.first_of(left, *class, sorting, (from, Place::LAST))
                .is_some()
        })
    }

    /// The instance that is left where all further rules are `binpack`: the first one of an order.
    fn tightest(&self, left: &Left<'_>, rules: &[PlacementRule]) -> Option<InstanceId> {
        let sorting = match Sorting::of(&left.shared(), rules) {
            one @ (Sorting::Id | Sorting::Cpu | Sorting::Memory) => one,
            // Where all share both, either order has them.
            both => self.kept([both, Sorting::MemoryCpu, Sorting::CpuMemory]),
        };
        let from = place(sorting, InstanceId(0), &left.least_free());
        let mut first = None;
        for class in left.classes() {
            // Behind the first one so far nothing is looked for.
            let until = first.unwrap_or(Place::LAST);
            let found = self.first_of(left, *class, sorting, (from, until));
            first = found.filter(|place| *place < until).or(first);
        }
        first.map(Place::instance)
    }

    /// The first of these that is kept.
    fn kept<const N: usize>(&self, among: [Sorting; N]) -> Sorting {
        let is_kept = |it: &Sorting| self.sortings.contains(it);
        among.into_iter().find(is_kept).unwrap_or(Sorting::Id)
    }

    /// The first of a class in an order, from a place on; from the second on it may be missed.
    fn first_of(
        &self,
        left: &Left<'_>,
        class: ClassId,
        sorting: Sorting,
        among: (Place, Place),
    ) -> Option<Place> {
        let order = self.classes[class.0 as usize].orders[sorting as usize].as_ref()?;
        if left.has_all_with_room() {
            return match sorting {
                // Where it begins may be drawn, and is hardly asked for again.
                Sorting::Id => order.first(among, left.room, |_| true),
                _ => order.first_with_room(among, left.room),
            };
        }
        let suits = |it: InstanceId| self.suits(left, it);
        // Once the shared amounts are passed nothing later has them.
        let found = order.first(among, left.room, |it| {
            suits(it) || self.is_past(left, sorting, it)
        })?;
        self.suits(left, found.instance()).then_some(found)
    }

    fn is_past(&self, left: &Left<'_>, sorting: Sorting, instance: InstanceId) -> bool {
        let Some(host) = self.host(instance) else {
            return false;
        };
        let past = |shared: Option<u32>, has: u32| shared.is_some_and(|shared| shared < has);
        let same = |shared: Option<u32>, has: u32| shared.is_none_or(|shared| shared == has);
        let (cpu, memory) = (host.free.cpu, host.free.memory);
        match sorting {
            Sorting::Id => false,
            Sorting::Cpu => past(left.cpu, cpu),
            Sorting::Memory => past(left.memory, memory),
            Sorting::CpuMemory => {
                past(left.cpu, cpu) || same(left.cpu, cpu) && past(left.memory, memory)
            }
            Sorting::MemoryCpu => {
                past(left.memory, memory) || same(left.memory, memory) && past(left.cpu, cpu)
            }
        }
    }

    /// The least free of a resource among what is left.
    fn least(&self, left: &Left<'_>, field: Binpack) -> Option<u32> {
        let amount = |instance: InstanceId| {
            let free = self.host(instance)?.free;
            Some(match field {
                Binpack::Cpu => free.cpu,
                Binpack::Memory => free.memory,
            })
        };
        let known = match field {
            Binpack::Cpu => left.cpu,
            Binpack::Memory => left.memory,
        };
        if known.is_some() {
            return known;
        }
        if let Some(same) = left.same.filter(|same| 0 < *same) {
            let all = left.question.hosting.with(same, InstanceId(0));
            let with = all.filter(|id| self.is_left(left, *id));
            return with.filter_map(amount).min();
        }
        let sorting = match (field, left.cpu, left.memory) {
            (Binpack::Cpu, _, Some(_)) => Sorting::MemoryCpu,
            (Binpack::Cpu, _, None) => self.kept([Sorting::Cpu, Sorting::CpuMemory]),
            (Binpack::Memory, Some(_), _) => Sorting::CpuMemory,
            (Binpack::Memory, None, _) => self.kept([Sorting::Memory, Sorting::MemoryCpu]),
        };
        let from = place(sorting, InstanceId(0), &left.least_free());
        let firsts = left.classes().iter().filter_map(|class| {
            let found = self.first_of(left, *class, sorting, (from, Place::LAST))?;
            amount(found.instance())
        });
        firsts.min()
    }

    /// The fewest tasks of the service on an instance that is left.
    fn fewest(&self, left: &mut Left<'_>) -> Option<u32> {
        let same = left.same.replace(0);
        let has_without = same.is_none_or(|same| same == 0) && self.has_any(left);
        left.same = same;
        if has_without {
            return Some(0);
        }
        let hosting = left.question.hosting;
        hosting.fewest(|id| self.is_left(left, id))
    }

    /// Keeps the classes of the zone, or of the attribute's value, with the fewest tasks of the
    /// service, of those that have an instance left.
    fn spread(&self, left: &mut Left<'_>, field: Spread) -> Option<()> {
        let hosting = left.question.hosting;
        let tasks = |class: &ClassId| {
            let class = &self.classes[class.0 as usize];
            let (counts, at) = match field {
                Spread::Instance => return 0,
                Spread::Zone => (&hosting.zones, Some(class.zone)),
                Spread::Attribute(which) => {
                    let Some(counts) = hosting.values.get(which) else {
                        return 0;
                    };
                    (counts, class.values.get(which).copied().flatten())
                }
            };
            let at = at.unwrap_or(counts.len().saturating_sub(1));
            counts.get(at).copied().unwrap_or(0)
        };
        left.classes
            .sort_unstable_by_key(|class| (tasks(class), *class));
        // Group by group: one that has no instance left goes from the front of the list.
        while let Some(first) = left.classes.first() {
            let fewest = tasks(first);
            left.count = left.classes.partition_point(|class| tasks(class) <= fewest);
            if self.has_any(left) {
                left.classes.truncate(left.count);
                return Some(());
            }
            left.classes.drain(..left.count);
        }
        None
    }
}
