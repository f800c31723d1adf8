//! What can be asked of a run in one line: `provider of task 5 of api`, `tasks of api in RUNNING at
//! 10m`, `cost per month`.

use crate::engine::SimTime;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::values::duration;

/// A figure that is asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Measure {
    /// Something of one task.
    OfTask {
        /// What.
        what: OfTask,
        /// Its owner's how-manieth it is, the first is 1.
        number: u64,
        /// The service or program.
        owner: String,
    },
    /// How many tasks of an owner there were, or are at an instant.
    Tasks(TaskFilter),
    /// A service's desired count.
    Desired {
        /// The service.
        service: String,
        /// When.
        at: SimTime,
    },
    /// Container instances that are ACTIVE.
    Instances {
        /// When.
        at: SimTime,
    },
    /// What the run cost, or a month of such runs.
    Cost {
        /// Whether of a month.
        is_per_month: bool,
    },
    /// A value of `summary.json`.
    Summary {
        /// Its path, entries of lists by their name.
        path: String,
    },
}

/// What of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OfTask {
    /// Its capacity provider.
    Provider,
    /// Its zone.
    Zone,
    /// The number of its container instance among those of the run, in the order of their launch.
    Instance,
    /// Its task definition with the revision.
    Definition,
    /// `stopCode`.
    StopCode,
    /// `stoppedReason`.
    StoppedReason,
    /// From wanted to RUNNING.
    TimeToRunning,
    /// For as long as it was in one of its states.
    TimeIn(&'static str),
}

/// Which tasks are counted.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TaskFilter {
    /// Whose.
    pub owner: String,
    /// On which capacity provider.
    pub on: Option<String>,
    /// In which state or zone.
    pub within: Option<String>,
    /// Of which task definition.
    pub with: Option<String>,
    /// When; `None`: over the whole run.
    pub at: Option<SimTime>,
}

/// The states of a task, in order.
pub(super) const STATES: [&str; 8] = [
    "PROVISIONING",
    "PENDING",
    "ACTIVATING",
    "RUNNING",
    "DEACTIVATING",
    "STOPPING",
    "DEPROVISIONING",
    "STOPPED",
];
const OF_TASK: [(&str, OfTask); 7] = [
    ("provider", OfTask::Provider),
    ("zone", OfTask::Zone),
    ("instance", OfTask::Instance),
    ("definition", OfTask::Definition),
    ("stopCode", OfTask::StopCode),
    ("stoppedReason", OfTask::StoppedReason),
    ("time to RUNNING", OfTask::TimeToRunning),
];
/// What a line may be, for whoever wrote another one.
pub(super) const HELP: &str = "a figure is one like `provider of task 5 of api`, `time in PENDING \
                               of task 1 of api`, `tasks of api on FARGATE_SPOT`, `tasks of api in \
                               RUNNING at 10m`, `desired of api at 10m`, `instances at 10m`, \
                               `cost per month`, `summary services.api.scale_outs`";

impl Measure {
    /// Reads a line.
    ///
    /// # Errors
    /// With what is wrong with it, if it is none.
    pub fn read(text: &str) -> Result<Measure, String> {
        let text = text.trim();
        let (before, at) = match text.split_once(" at ") {
            Some((before, at)) => (before.trim(), Some(instant(at)?)),
            None => (text, None),
        };
        let needs_instant =
            || at.ok_or_else(|| format!("{text:?} lacks its time: `{text} at 10m`"));
        if let Some(path) = text.strip_prefix("summary ") {
            return Ok(Measure::Summary {
                path: path.trim().to_owned(),
            });
        }
        match before {
            "cost" | "cost per month" if at.is_none() => {
                return Ok(Measure::Cost {
                    is_per_month: before != "cost",
                });
            }
            "instances" => {
                return Ok(Measure::Instances {
                    at: needs_instant()?,
                });
            }
            _ => {}
        }
        let (what, of) = before.split_once(" of ").ok_or_else(|| unknown(text))?;
        match what {
            "desired" => Ok(Measure::Desired {
                service: of.trim().to_owned(),
                at: needs_instant()?,
            }),
            "tasks" => Ok(Measure::Tasks(filter(of, at)?)),
            _ => {
                let (number, owner) = task(of).ok_or_else(|| unknown(text))?;
                if at.is_some() {
                    let message = "what is asked of a task has no time: leave ` at …` out";
                    return Err(message.to_owned());
                }
                Ok(Measure::OfTask {
                    what: of_task(what)?,
                    number,
                    owner,
                })
            }
        }
    }
}

/// `task 5 of api`, its number and its owner.
pub(super) fn task(text: &str) -> Option<(u64, String)> {
    let (number, owner) = text.trim().strip_prefix("task ")?.split_once(" of ")?;
    let number = number.trim().parse().ok().filter(|number| 0 < *number)?;
    Some((number, owner.trim().to_owned()))
}

/// A time since the start of the run.
pub(super) fn instant(text: &str) -> Result<SimTime, String> {
    duration(text.trim())
        .map(|since| SimTime::ZERO + since)
        .map_err(|_| {
            format!(
                "{:?} is no time since the start of the run, like 10m",
                text.trim()
            )
        })
}

fn of_task(what: &str) -> Result<OfTask, String> {
    if let Some(state) = what.strip_prefix("time in ") {
        let found = STATES.iter().find(|known| **known == state);
        return found.map(|state| OfTask::TimeIn(state)).ok_or_else(|| {
            let hint = suggestion(state, STATES).unwrap_or_default();
            format!("{state:?} is no state of a task; {hint}")
        });
    }
    let found = OF_TASK.iter().find(|(name, _)| *name == what);
    found.map(|(_, what)| *what).ok_or_else(|| {
        let names = OF_TASK.iter().map(|(name, _)| *name);
        let hint = suggestion(what, names.chain(["time in RUNNING"])).unwrap_or_default();
        format!("{what:?} is nothing that a task has; {hint}")
    })
}

/// `api on FARGATE in RUNNING with api:2`.
fn filter(text: &str, at: Option<SimTime>) -> Result<TaskFilter, String> {
    let mut words = text.split_whitespace();
    let mut filter = TaskFilter {
        owner: words.next().unwrap_or_default().to_owned(),
        at,
        ..TaskFilter::default()
    };
    while let Some(word) = words.next() {
        let place = match word {
            "on" => &mut filter.on,
            "in" => &mut filter.within,
            "with" => &mut filter.with,
            _ => {
                return Err(format!(
                    "{word:?} says nothing of tasks: they are `on` a provider, `in` a state or \
                     zone, `with` a task definition, `at` a time"
                ));
            }
        };
        let value = words
            .next()
            .ok_or_else(|| format!("nothing follows `{word}`"))?;
        *place = Some(value.to_owned());
    }
    let state = filter.within.as_deref();
    if at.is_none() && state.is_some_and(|state| STATES.contains(&state)) {
        return Err("how many tasks are in a state is asked at a time: ` at 10m`".to_owned());
    }
    Ok(filter)
}

fn unknown(text: &str) -> String {
    format!("{text:?} is nothing that can be asked of a run; {HELP}")
}
