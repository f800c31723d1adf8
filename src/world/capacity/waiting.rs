//! Tasks in PROVISIONING that wait for an instance, those alike together.

use std::collections::VecDeque;

use crate::ids::{TaskDefinitionId, TaskId};
use crate::policy::placement::Need;
use crate::world::task::Owner;

/// Waiting tasks of one provider.
#[derive(Clone, Debug, Default)]
pub struct Waiting {
    /// Tasks that are alike, in the order in which the first of each came.
    pub shapes: Vec<Shape>,
    /// All of them.
    pub count: u32,
    /// Of these, those that wait for a Managed Instance that was launched for them.
    pub bound: u32,
    /// The tick of the live wake-up that places them.
    pub tick: u32,
    /// Whether such a wake-up is pending.
    pub is_awake: bool,
}

/// Waiting tasks that need the same and may go to the same instances.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Whose they are.
    pub owner: Owner,
    /// What they run.
    pub definition: TaskDefinitionId,
    /// What each needs.
    pub need: Need,
    /// The tasks, the oldest first; some may have stopped since.
    pub tasks: VecDeque<TaskId>,
    /// Those that have not.
    pub count: u32,
}

impl Waiting {
    /// A task more.
    pub fn add(&mut self, (owner, definition): (Owner, TaskDefinitionId), need: Need, id: TaskId) {
        self.count += 1;
        let at = match self.position((owner, definition), &need) {
            Some(at) => at,
            None => {
                self.shapes.push(Shape {
                    owner,
                    definition,
                    need,
                    tasks: VecDeque::new(),
                    count: 0,
                });
                self.shapes.len() - 1
            }
        };
        let shape = &mut self.shapes[at];
        shape.tasks.push_back(id);
        shape.count += 1;
    }

    /// A task less: it has an instance, or it is to stop. It stays in its list until it is met
    /// there.
    pub fn remove(&mut self, key: (Owner, TaskDefinitionId), need: &Need) {
        self.count -= 1;
        if let Some(at) = self.position(key, need) {
            self.shapes[at].count -= 1;
            if self.shapes[at].count == 0 {
                self.shapes.remove(at);
            }
        }
    }

    fn position(&self, key: (Owner, TaskDefinitionId), need: &Need) -> Option<usize> {
        let is = |shape: &Shape| (shape.owner, shape.definition) == key && shape.need == *need;
        self.shapes.iter().position(is)
    }
}
