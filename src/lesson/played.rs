//! A lesson's run: its figures, and its explanations.

use serde_json::{Value as Json, json};

use super::measure::{Measure, OfTask, STATES, TaskFilter};
use super::{Subject, Value};
use crate::billing::CostSummary;
use crate::engine::{SimDuration, SimTime};
use crate::experiment::run::{PlayedRun, judge, replay};
use crate::explain::{Explanation, Replay};
use crate::ids::ServiceId;
use crate::observe::tasks::{owner_name, status_changes, stopped_reason};
use crate::observe::trail::Trail;
use crate::scenario::diagnostic::suggestion;
use crate::scenario::plan::Plan;
use crate::simulation::outcome::RunLimits;
use crate::world::task::TaskRecord;

/// Changes of a service that an explanation lists.
const CHANGES_MAX: usize = 8;

/// A lesson's scenario, played with what its decisions were made from kept.
#[derive(Debug)]
pub struct PlayedLesson<'p> {
    /// What was played.
    pub plan: &'p Plan,
    /// What came out.
    pub run: PlayedRun,
    trail: Trail,
    /// What `summary.json` has of it.
    summary: Json,
}

impl<'p> PlayedLesson<'p> {
    /// Plays a lesson's scenario.
    pub fn of(plan: &'p Plan, limits: &RunLimits) -> Self {
        let mut outcome = replay(plan, 0, limits, Trail::of(None));
        let trail = outcome.observed.trail.take().map(|trail| *trail);
        let run = judge(plan, outcome);
        let mut summary = json!({ "cost": CostSummary::of(&run.bill, &plan.prices) });
        let observed = serde_json::to_value(&run.outcome.observed.summary).unwrap_or_default();
        if let (Json::Object(all), Json::Object(observed)) = (&mut summary, observed) {
            all.extend(observed);
        }
        PlayedLesson {
            plan,
            run,
            trail: trail.unwrap_or_default(),
            summary,
        }
    }

    fn replay(&self) -> Replay<'_> {
        Replay {
            plan: self.plan,
            trail: &self.trail,
            ended_at: self.run.outcome.stopped_at,
        }
    }

    /// The explanation of a task or a service.
    ///
    /// # Errors
    /// If the run has none, with those that it has.
    pub fn explain(&self, subject: &Subject) -> Result<Explanation, String> {
        match subject {
            Subject::Task { number, owner } => {
                let position = self.position(owner, *number)?;
                Ok(self.replay().explain_task(position))
            }
            Subject::Service { name, at } => {
                let service = self.service(name)?;
                match at {
                    Some(at) => {
                        self.within(*at)?;
                        // What happens in a second belongs to it.
                        let last = SimDuration::from_micros(999_999);
                        let at = (*at + last).min(self.run.outcome.stopped_at);
                        Ok(self.replay().explain_service_at(service, at))
                    }
                    None => Ok(self.replay().explain_service(service, CHANGES_MAX)),
                }
            }
        }
    }

    /// A figure of the run.
    ///
    /// # Errors
    /// If the run has no such thing, with what is nearest.
    pub fn measure(&self, measure: &Measure) -> Result<Value, String> {
        match measure {
            Measure::OfTask {
                what,
                number,
                owner,
            } => {
                let record = &self.trail.tasks[self.position(owner, *number)?];
                Ok(self.of_task(record, *what))
            }
            Measure::Tasks(filter) => self.tasks(filter),
            Measure::Desired { service, at } => {
                let service = self.service(service)?;
                self.within(*at)?;
                Ok(Value::Count(self.desired(service, *at)))
            }
            Measure::Instances { at } => {
                self.within(*at)?;
                let active = self.trail.instances.iter().filter(|instance| {
                    let times = &instance.times;
                    let end = times.draining.or(times.terminated);
                    times.active.is_some_and(|from| from <= *at) && end.is_none_or(|end| *at < end)
                });
                Ok(Value::Count(active.count() as u64))
            }
            Measure::Cost { is_per_month } => Ok(Value::Usd(match is_per_month {
                true => self.run.bill.total_month.usd(),
                false => self.run.bill.total.usd(),
            })),
            Measure::Summary { path } => self.summary(path),
        }
    }

    /// An instant that the run has.
    fn within(&self, at: SimTime) -> Result<(), String> {
        let end = self.run.outcome.stopped_at;
        match at <= end {
            true => Ok(()),
            false => {
                let length = SimDuration::from_micros(end.as_micros());
                Err(format!("the run is over before that: it is {length} long"))
            }
        }
    }

    fn owners(&self) -> Vec<&str> {
        let services = self.plan.services.iter().map(|it| it.name.as_str());
        let jobs = self.plan.job_sources.iter().map(|it| it.name.as_str());
        services.chain(jobs).collect()
    }

    fn known_owner(&self, owner: &str) -> Result<(), String> {
        let owners = self.owners();
        if owners.contains(&owner) {
            return Ok(());
        }
        let hint = suggestion(owner, owners).unwrap_or_default();
        Err(format!(
            "the scenario has no service or program {owner:?}; {hint}"
        ))
    }

    fn service(&self, name: &str) -> Result<ServiceId, String> {
        self.known_owner(name)?;
        let mut services = self.plan.services.iter();
        let found = services.position(|service| service.name == name);
        found
            .map(ServiceId::from_index)
            .ok_or_else(|| format!("{name:?} is no service: it has no desired count"))
    }

    /// Where in the trail an owner's how-manieth task is.
    fn position(&self, owner: &str, number: u64) -> Result<usize, String> {
        self.known_owner(owner)?;
        let mut tasks = self.trail.tasks.iter();
        let found = tasks.position(|record| {
            record.ordinal + 1 == number && owner_name(self.plan, record.owner) == owner
        });
        found.ok_or_else(|| {
            let count = self.of_owner(owner).count();
            format!("{owner} has no task {number} in the run; it has {count} tasks")
        })
    }

    fn of_owner<'a>(&'a self, owner: &'a str) -> impl Iterator<Item = &'a TaskRecord> {
        let tasks = self.trail.tasks.iter();
        tasks.filter(move |record| owner_name(self.plan, record.owner) == owner)
    }

    fn of_task(&self, record: &TaskRecord, what: OfTask) -> Value {
        let plan = self.plan;
        let text = |text: &str| match text {
            "" => Value::Text("none".to_owned()),
            text => Value::Text(text.to_owned()),
        };
        match what {
            OfTask::Provider => text(&plan.provider(record.provider).name),
            OfTask::Zone => text(plan.zone_name(record.zone)),
            OfTask::Definition => text(&plan.task_definition(record.definition).name()),
            OfTask::StopCode => text(record.stop.map_or("", |stop| stop.code.as_str())),
            OfTask::StoppedReason => text(&stopped_reason(plan, record)),
            OfTask::Instance => record.instance.map_or_else(
                || text(""),
                |id| {
                    let mut ids: Vec<_> = self.trail.instances.iter().map(|it| it.id).collect();
                    ids.sort_unstable();
                    let earlier = ids.iter().filter(|other| **other < id).count();
                    Value::Count(earlier as u64 + 1)
                },
            ),
            OfTask::TimeToRunning => record.times.started.map_or_else(
                || text(""),
                |at| Value::Seconds(at.since(record.wanted_at).as_secs_f64()),
            ),
            OfTask::TimeIn(state) => {
                let end = self.run.outcome.stopped_at;
                let changes: Vec<_> = status_changes(&record.times).collect();
                let index = changes
                    .iter()
                    .position(|(status, _)| status.as_str() == state);
                index.map_or_else(
                    || text(""),
                    |index| {
                        let until = changes.get(index + 1).map_or(end, |(_, at)| *at);
                        Value::Seconds(until.since(changes[index].1).as_secs_f64())
                    },
                )
            }
        }
    }

    fn tasks(&self, filter: &TaskFilter) -> Result<Value, String> {
        self.known_owner(&filter.owner)?;
        let plan = self.plan;
        let providers = || plan.providers.iter().map(|it| it.name.as_str());
        if let Some(on) = &filter.on
            && !providers().any(|name| name == on)
        {
            let hint = suggestion(on, providers()).unwrap_or_default();
            return Err(format!(
                "the scenario has no capacity provider {on:?}; {hint}"
            ));
        }
        if let Some(at) = filter.at {
            self.within(at)?;
        }
        let state = filter.within.as_deref().filter(|it| STATES.contains(it));
        let zone = filter.within.as_deref().filter(|_| state.is_none());
        let is_counted = |record: &&TaskRecord| {
            let definition = || plan.task_definition(record.definition).name();
            let is_on = |on: &String| plan.provider(record.provider).name == *on;
            filter.on.as_ref().is_none_or(is_on)
                && zone.is_none_or(|zone| plan.zone_name(record.zone) == zone)
                && filter
                    .with
                    .as_ref()
                    .is_none_or(|with| definition() == *with)
                && filter
                    .at
                    .is_none_or(|at| match (state_at(record, at), state) {
                        (None, _) => false,
                        (Some(is), Some(asked)) => is == asked,
                        (Some(is), None) => is != "STOPPED",
                    })
        };
        Ok(Value::Count(
            self.of_owner(&filter.owner).filter(is_counted).count() as u64,
        ))
    }

    fn desired(&self, service: ServiceId, at: SimTime) -> u64 {
        let counts = self.trail.counts.iter().rev();
        let mut until = counts.filter(|(when, of, _)| *of == service && *when <= at);
        let first = u64::from(self.plan.service(service).desired_count);
        until
            .next()
            .map_or(first, |(.., counts)| u64::from(counts.desired))
    }

    /// A value of the summary, by a path of keys, names of entries, and positions.
    fn summary(&self, path: &str) -> Result<Value, String> {
        let mut at = &self.summary;
        for key in path.split('.') {
            let found = match at {
                Json::Object(entries) => entries.get(key),
                Json::Array(items) => items
                    .iter()
                    .find(|item| item["name"] == key)
                    .or_else(|| items.get(key.parse::<usize>().ok()?)),
                _ => None,
            };
            at = found.ok_or_else(|| {
                let hint = suggestion(key, known_keys(at)).unwrap_or_default();
                format!("summary.json has no {key:?} at {path:?}; {hint}")
            })?;
        }
        let last = path.rsplit('.').next().unwrap_or_default();
        match at {
            Json::Number(number) => Ok(of_number(number, last)),
            Json::String(text) => Ok(Value::Text(text.clone())),
            Json::Bool(is) => Ok(Value::Text(if *is { "yes" } else { "no" }.to_owned())),
            Json::Null => Ok(Value::Text("none".to_owned())),
            Json::Array(_) | Json::Object(_) => {
                let hint = suggestion("", known_keys(at)).unwrap_or_default();
                Err(format!(
                    "{path:?} of summary.json is no single figure; {hint}"
                ))
            }
        }
    }
}

/// The state of a task at an instant; `None` before it was created.
fn state_at(record: &TaskRecord, at: SimTime) -> Option<&'static str> {
    let until = status_changes(&record.times).take_while(|(_, since)| *since <= at);
    until.last().map(|(status, _)| status.as_str())
}

fn known_keys(at: &Json) -> Vec<&str> {
    match at {
        Json::Object(entries) => entries.keys().map(String::as_str).collect(),
        Json::Array(items) => items
            .iter()
            .filter_map(|item| item["name"].as_str())
            .collect(),
        _ => Vec::new(),
    }
}

/// A number of the summary, its unit told by its key (`docs/results.md`).
fn of_number(number: &serde_json::Number, key: &str) -> Value {
    let value = number.as_f64().unwrap_or(0.0);
    match number.as_u64() {
        _ if key.ends_with("_s") => Value::Seconds(value),
        _ if key.split('_').any(|part| part == "usd") => Value::Usd(value),
        Some(count) => Value::Count(count),
        None => Value::Number(value),
    }
}
