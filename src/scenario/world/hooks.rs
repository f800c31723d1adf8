//! `world.hooks`: what the lifecycle hooks of deployments say, and how long they take; by the name
//! of the function, `PAUSE` for those that wait for somebody, or `default`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::engine::SimDuration;
use crate::scenario::context::{Context, unknown_name};
use crate::scenario::reader::{Field, MapReader};

/// What a hook that waits for somebody is called here.
pub(in crate::scenario) const PAUSE: &str = "PAUSE";

/// How long a function takes by default.
const LAMBDA_TAKES: SimDuration = SimDuration::from_secs(10);
/// How long somebody takes to say CONTINUE by default.
const PAUSE_TAKES: SimDuration = SimDuration::from_secs(600);

/// The block as read.
#[derive(Default)]
pub(in crate::scenario) struct Hooks<'a> {
    by_name: BTreeMap<String, (Given, Field<'a>)>,
    /// The names of hooks, those of ROLLING services too.
    known: RefCell<BTreeSet<String>>,
}

#[derive(Clone, Copy, Default)]
struct Given {
    takes: Option<SimDuration>,
    fails: Option<f64>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> Hooks<'_> {
    let mut hooks = Hooks::default();
    let Some(mut map) = map else {
        return hooks;
    };
    for (key, field) in map.entries() {
        let Some(mut entry) = field.map() else {
            continue;
        };
        let given = Given {
            takes: entry.duration("takes"),
            fails: entry.share("fails"),
        };
        entry.finish();
        hooks.by_name.insert(key.text.clone(), (given, field));
    }
    map.finish();
    hooks
}

impl Hooks<'_> {
    /// How long an answer of this hook takes, and which share of them is FAILED.
    pub(in crate::scenario) fn of(&self, cx: &Context<'_>, name: &str) -> (SimDuration, f64) {
        self.known.borrow_mut().insert(name.to_owned());
        let of = |name: &str| self.by_name.get(name).map(|it| it.0).unwrap_or_default();
        let (given, all) = (of(name), of("default"));
        let takes = given.takes.or(all.takes).unwrap_or_else(|| {
            let (takes, text, what) = match name {
                PAUSE => (
                    PAUSE_TAKES,
                    "10min",
                    "somebody who waits for it looks and decides",
                ),
                _ => (
                    LAMBDA_TAKES,
                    "10s",
                    "a smoke test; every function differs, say yours",
                ),
            };
            let path = format!("world.hooks.{name}.takes");
            cx.assume(path, text.to_owned(), &format!("ASSUMPTION: {what}"));
            takes
        });
        (takes, given.fails.or(all.fails).unwrap_or(0.0))
    }

    /// Reports entries whose name no hook has.
    pub(in crate::scenario) fn check_names(&self) {
        let known = self.known.borrow();
        for (name, (_, field)) in &self.by_name {
            if name != "default" && !known.contains(name.as_str()) {
                unknown_name(
                    field,
                    "lifecycle hook",
                    name,
                    known.iter().map(String::as_str),
                );
            }
        }
    }
}
