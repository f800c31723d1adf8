//! The lessons of this program, which are in it: whoever installed it has them. Their files stand
//! in `scenarios/lessons`, and a test holds this list to them.

/// A lesson as it is in the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its folder's name: `06-weights`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Its scenario.
    pub scenario: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/scenarios/lessons/", $name, "/lesson.md"
            )),
            scenario: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"), "/scenarios/lessons/", $name, "/scenario.yaml"
            )),
        }),*]
    };
}

/// All of them, in the order in which they are learnt.
pub const LESSONS: &[Shipped] = shipped![
    "01-cluster",
    "02-task",
    "03-service",
    "04-scheduled-task",
    "05-how-a-task-is-born",
    "06-weights",
    "07-base",
    "08-fargate-spot",
    "09-managed-scaling",
    "10-placement",
    "11-deployment",
    "12-auto-scaling",
    "13-roles",
    "14-monitoring",
    "15-which-when",
];

impl Shipped {
    /// Its name without the number: `weights`.
    pub fn short_name(&self) -> &'static str {
        self.name
            .split_once('-')
            .map_or(self.name, |(_, name)| name)
    }
}
