//! Why: the decisions of a run looked at once more, evaluated again with other inputs, and told.
//!
//! A run is played again with its trail kept; what is told comes from the trail and from the pure
//! rules of `policy`. What would have made the difference is always the rule asked again with one
//! input changed, and speaks of that one decision: what else would have become of the run is not
//! told, but can be played.

mod alarm;
mod audit;
mod bounds;
mod capacity;
mod changes;
mod daemon;
mod deployment;
mod desired;
mod ended;
mod group;
mod hand_set;
mod host;
mod instance;
mod instance_life;
mod launch;
mod losses;
mod market;
mod order;
mod placement;
mod provider;
mod regime;
pub mod rules;
mod scaling;
mod schedule;
mod series;
mod service;
mod start;
mod stop;
mod task;
mod task_sets;
mod wait;
mod words;
mod zone;

use serde::Serialize;
use serde_json::Value;

use crate::engine::SimTime;
use crate::ids::{JobSourceId, PoolId, ProviderId, ServiceId};
use crate::observe::times::iso8601;
use crate::observe::trail::Trail;
use crate::scenario::plan::Plan;
use crate::world::instance::InstanceRecord;
pub use changes::{Change, ChangeKind};
pub use rules::Rule;
pub use schedule::lost::FailedCall;
pub use words::Clock;

/// A run that was played again.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    /// What was played.
    pub plan: &'a Plan,
    /// What its decisions were made from.
    pub trail: &'a Trail,
    /// The instant up to which it was played.
    pub ended_at: SimTime,
}

/// The answer to "why?".
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Explanation {
    /// Of whom or what, and when.
    pub subject: String,
    /// What is known of it, a line each.
    pub facts: Vec<String>,
    /// The reasons, the most important first.
    pub findings: Vec<Finding>,
    /// Changes of a service, in order of time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Changes that are left out of `changes`.
    #[serde(skip_serializing_if = "is_zero")]
    pub changes_left_out: usize,
}

/// One question about a run, answered.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// When it was decided, ISO 8601; `None`: at no single instant.
    pub at: Option<String>,
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
    /// Further sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What it was decided from.
    pub inputs: Value,
    /// The rules that decided, with their sources.
    pub rules: Vec<Rule>,
    /// What would have made the difference, each for this decision alone.
    pub otherwise: Vec<Difference>,
}

/// A changed input and what the rule then says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Difference {
    /// The change.
    pub with: String,
    /// What would have come of it.
    pub then: String,
}

impl Finding {
    /// A finding without further sentences, rules or alternatives.
    fn new(question: impl Into<String>, answer: impl Into<String>, inputs: Value) -> Self {
        Finding {
            at: None,
            question: question.into(),
            answer: answer.into(),
            details: Vec::new(),
            inputs,
            rules: Vec::new(),
            otherwise: Vec::new(),
        }
    }

    /// The same, decided at an instant of a run.
    fn decided(mut self, plan: &Plan, at: SimTime) -> Self {
        self.at = Some(iso8601(plan.run.start, at));
        self
    }

    /// The same, by these rules.
    fn by(mut self, rules: &[Rule]) -> Self {
        self.rules.extend_from_slice(rules);
        self
    }

    /// The same, with what would have made the difference.
    fn otherwise(mut self, differences: impl IntoIterator<Item = Difference>) -> Self {
        self.otherwise.extend(differences);
        self
    }

    /// The same, with further sentences.
    fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

impl Difference {
    fn new(with: impl Into<String>, then: impl Into<String>) -> Self {
        Difference {
            with: with.into(),
            then: then.into(),
        }
    }
}

/// Which task is meant by what a user wrote.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskFound {
    /// One, by its position in the trail.
    One(usize),
    /// None.
    None,
    /// So many: the beginning of an id that is too short.
    Several(usize),
}

/// Which instance is meant by what a user wrote.
#[derive(Clone, Debug)]
pub enum InstanceFound<'r> {
    /// One.
    One(&'r InstanceRecord),
    /// None; the id of some instance of the run, for an example.
    None(Option<String>),
    /// Several, by their ids: its beginning is too short.
    Several(Vec<String>),
}

impl<'r> Replay<'r> {
    /// The container instance of an id, or of the first letters of one.
    pub fn find_instance(&self, id: &str) -> InstanceFound<'r> {
        instance_life::find(self, id)
    }
}

impl Replay<'_> {
    /// The task of an id: a task's ARN, its 32 digits, or the first of them.
    pub fn find_task(&self, id: &str) -> TaskFound {
        task::find(self, id)
    }

    /// The ids of the tasks nearest to one that is not there.
    pub fn near_tasks(&self, id: &str) -> Vec<String> {
        task::near(self, id)
    }

    /// The id of some task of the run, for an example.
    pub fn any_task(&self) -> Option<String> {
        let first = self.trail.tasks.first()?;
        Some(task::id_of(self, first))
    }

    /// Why a task is where it is, waited, took its time to start, and stopped.
    pub fn explain_task(&self, position: usize) -> Explanation {
        task::explain(self, position)
    }

    /// Why an instance came, and went.
    pub fn explain_instance(&self, record: &InstanceRecord) -> Explanation {
        instance_life::explain(self, record)
    }

    /// What changed a service's count over the run; with the `most` most important changes.
    pub fn explain_service(&self, service: ServiceId, most: usize) -> Explanation {
        service::overview(self, service, most)
    }

    /// What changed each service over the run, as far as its reasons are kept.
    pub fn changes_of_services(&self) -> Vec<(ServiceId, Vec<Change>)> {
        changes::of_all(self)
    }

    /// Why a service's count was what it was at an instant.
    pub fn explain_service_at(&self, service: ServiceId, at: SimTime) -> Explanation {
        service::explain_at(self, service, at)
    }

    /// What changed the desired capacity of a provider's group over the run; with the `most`
    /// largest changes.
    pub fn explain_provider(&self, provider: ProviderId, most: usize) -> Explanation {
        capacity::overview(self, provider, most)
    }

    /// Why the desired capacity of a provider's group was what it was at an instant.
    pub fn explain_provider_at(&self, provider: ProviderId, at: SimTime) -> Explanation {
        capacity::explain_at(self, provider, at)
    }

    /// Why Fargate Spot's capacity in a zone became what it was at an instant.
    pub fn explain_regime_at(&self, pool: PoolId, at: SimTime) -> Explanation {
        regime::explain(self, pool, at)
    }

    /// The calls of a schedule or rule over the run; the `most` of them that matter most.
    pub fn explain_schedule(&self, source: JobSourceId, most: usize) -> Explanation {
        schedule::overview(self, source, most)
    }

    /// Tasks of schedules' and rules' calls that were not started, each try.
    pub fn failed_calls(&self) -> Vec<FailedCall> {
        schedule::lost::all(self)
    }

    /// The times of a schedule or rule that clocks leave out: when they have gone on past each, and
    /// the local time that is not there.
    pub fn skipped_calls(&self, source: JobSourceId) -> Vec<(SimTime, String)> {
        schedule::skipped(self, &self.plan.job_sources[source.index()])
    }

    /// Why a schedule or rule made its last call until an instant, and what became of it.
    pub fn explain_schedule_at(&self, source: JobSourceId, at: SimTime) -> Explanation {
        schedule::explain_at(self, source, at)
    }

    /// Decisions of the run that the rules, asked again, answer otherwise: none, but for a defect.
    pub fn disagreements(&self) -> Vec<String> {
        audit::disagreements(self)
    }

    fn clock(&self) -> Clock<'_> {
        Clock::of(self.plan)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests;
