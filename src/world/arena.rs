//! The task arena: slots that are reused, ids that are not.

use crate::engine::prefetch::prefetch;
use crate::ids::TaskId;
use crate::world::task::Task;

/// All tasks that are not gone yet.
#[derive(Clone, Debug, Default)]
pub struct TaskArena {
    slots: Vec<Slot>,
    /// By slot: the task's position in its group's list. Apart from the rest of it, because a task
    /// that leaves a list moves another one, of which nothing else is looked at.
    positions: Vec<u32>,
    free: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Slot {
    generation: u32,
    task: Option<Task>,
}

impl TaskArena {
    /// Puts a task into a free slot and returns its id for life.
    #[inline]
    pub fn insert(&mut self, task: Task) -> TaskId {
        if let Some(index) = self.free.pop() {
            let slot = &mut self.slots[index as usize];
            slot.task = Some(task);
            return TaskId {
                index,
                generation: slot.generation,
            };
        }
        let index = u32::try_from(self.slots.len()).expect("the task limit is far below 2^32");
        self.slots.push(Slot {
            generation: 0,
            task: Some(task),
        });
        self.positions.push(0);
        TaskId {
            index,
            generation: 0,
        }
    }

    /// The task of this id, `None` once it is gone.
    #[inline]
    pub fn get(&self, id: TaskId) -> Option<&Task> {
        let slot = self.slots.get(id.index as usize)?;
        if slot.generation == id.generation {
            slot.task.as_ref()
        } else {
            None
        }
    }

    /// The task of this id, `None` once it is gone.
    #[inline]
    pub fn get_mut(&mut self, id: TaskId) -> Option<&mut Task> {
        let slot = self.slots.get_mut(id.index as usize)?;
        if slot.generation == id.generation {
            slot.task.as_mut()
        } else {
            None
        }
    }

    /// Has a task fetched into the cache.
    #[inline]
    pub fn prefetch(&self, id: TaskId) {
        if let Some(slot) = self.slots.get(id.index as usize) {
            prefetch(slot);
        }
        self.prefetch_position(id);
    }

    /// The same of its position in its group's list alone.
    #[inline]
    pub fn prefetch_position(&self, id: TaskId) {
        if let Some(position) = self.positions.get(id.index as usize) {
            prefetch(position);
        }
    }

    /// A live task's position in its group's list.
    pub fn position(&self, id: TaskId) -> u32 {
        self.positions[id.index as usize]
    }

    /// A live task stands at this position of its group's list from now on.
    pub fn set_position(&mut self, id: TaskId, position: u32) {
        self.positions[id.index as usize] = position;
    }

    /// The task of this id.
    ///
    /// # Panics
    /// If it is gone: lists of live tasks hold live ids only.
    pub fn live(&self, id: TaskId) -> &Task {
        self.get(id)
            .expect("lists of live tasks hold live ids only")
    }

    /// The task of this id.
    ///
    /// # Panics
    /// If it is gone: lists of live tasks hold live ids only.
    pub fn live_mut(&mut self, id: TaskId) -> &mut Task {
        self.get_mut(id)
            .expect("lists of live tasks hold live ids only")
    }

    /// Forgets the task; its id names nothing from now on.
    ///
    /// # Panics
    /// If it is gone already.
    pub fn remove(&mut self, id: TaskId) {
        let slot = &mut self.slots[id.index as usize];
        assert_eq!(
            slot.generation, id.generation,
            "a task can be removed only once"
        );
        slot.task = None;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.index);
    }

    /// All tasks in the order of their slots.
    pub fn iter(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| {
            let id = TaskId {
                index: index as u32,
                generation: slot.generation,
            };
            slot.task.as_ref().map(|task| (id, task))
        })
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Checks that every slot holds a task or is free, and is free once.
    ///
    /// # Panics
    /// If it is not so: a defect of ours.
    pub fn audit(&self) {
        let empty = self.slots.iter().filter(|slot| slot.task.is_none()).count();
        assert_eq!(self.free.len(), empty, "free slots of the arena");
        for index in &self.free {
            let slot = &self.slots[*index as usize];
            assert!(slot.task.is_none(), "a free slot holds no task");
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
