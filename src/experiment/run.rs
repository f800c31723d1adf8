//! One run, played, priced and judged.

use super::caveats::caveats;
use super::objective::{ObjectiveVerdict, verdicts};
use super::quota::{QuotaNeed, quota_needs};
use crate::billing::{Bill, bill};
use crate::ids::InstanceTypeId;
use crate::observe::trail::Trail;
use crate::observe::usage::Names;
use crate::scenario::plan::Plan;
use crate::simulation::outcome::{RunLimits, RunOutcome};
use crate::simulation::{Simulation, tables};

pub use crate::simulation::outcome::RunEnd;

/// A finished run with all that is said of it.
#[derive(Debug)]
pub struct PlayedRun {
    /// What happened.
    pub outcome: RunOutcome,
    /// What it cost.
    pub bill: Bill,
    /// Whether what should hold did, in the plan's order.
    pub objectives: Vec<ObjectiveVerdict>,
    /// The account quotas that it would need.
    pub quotas: Vec<QuotaNeed>,
    /// What a reader of its numbers should know, the most important first.
    pub caveats: Vec<String>,
}

/// The names of a plan's things, as the files of a run write them.
#[derive(Clone, Debug)]
pub struct PlanNames {
    services: Vec<String>,
    jobs: Vec<String>,
    load_balancers: Vec<String>,
    providers: Vec<String>,
    own_types: Vec<InstanceTypeId>,
}

/// Plays `plan` with the draws of `replication`, prices what it used and judges its objectives.
pub fn play(plan: &Plan, replication: u64, limits: &RunLimits) -> PlayedRun {
    judge(plan, Simulation::new(plan, replication).run(limits))
}

/// Plays `plan` as [`play`] does, with what its decisions are made from kept in `trail`.
pub fn replay(plan: &Plan, replication: u64, limits: &RunLimits, trail: Trail) -> RunOutcome {
    Simulation::new(plan, replication)
        .following(trail)
        .run(limits)
}

/// Builds the load model's tables for runs of `plan`, so that none of them has to wait for them.
pub fn prepare_tables(plan: &Plan) {
    tables::prepare(plan);
}

/// Prices and judges what was played.
pub fn judge(plan: &Plan, outcome: RunOutcome) -> PlayedRun {
    let names = PlanNames::of(plan);
    let usage = &outcome.observed.usage;
    let bill = bill(usage, &plan.prices, &names.names(), usage.reported());
    let objectives = verdicts(plan, &outcome.observed.summary, &bill);
    let quotas = quota_needs(plan, &outcome.vcpus_max);
    let caveats = caveats(plan, &outcome.observed.summary, &bill);
    PlayedRun {
        outcome,
        bill,
        objectives,
        quotas,
        caveats,
    }
}

impl PlayedRun {
    /// Whether it went to its end.
    pub fn is_complete(&self) -> bool {
        self.ended_because().is_none()
    }

    /// Why it did not go to its end.
    pub fn ended_because(&self) -> Option<&'static str> {
        match self.outcome.end {
            RunEnd::Horizon => None,
            RunEnd::EventLimit => Some("the limit of events was reached"),
            RunEnd::TaskLimit => Some("the limit of tasks at once was reached"),
            RunEnd::RequestLimit => Some("the limit of requests at once was reached"),
            RunEnd::Cancelled => Some("it was interrupted (Ctrl-C or SIGTERM)"),
        }
    }
}

impl PlanNames {
    /// The names of `plan`'s things.
    pub fn of(plan: &Plan) -> Self {
        PlanNames {
            services: plan
                .services
                .iter()
                .map(|service| service.name.clone())
                .collect(),
            jobs: plan
                .job_sources
                .iter()
                .map(|source| source.name.clone())
                .collect(),
            load_balancers: plan
                .load_balancers
                .iter()
                .map(|lb| lb.name.clone())
                .collect(),
            providers: plan
                .providers
                .iter()
                .map(|provider| provider.name.clone())
                .collect(),
            own_types: plan.own_types().collect(),
        }
    }

    /// The names, by id.
    pub fn names(&self) -> Names<'_> {
        Names {
            services: &self.services,
            jobs: &self.jobs,
            load_balancers: &self.load_balancers,
            providers: &self.providers,
            own_types: &self.own_types,
        }
    }
}
