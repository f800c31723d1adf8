//! The security boundary: roles, secrets, keys, log groups, routes, and what of a task's start they
//! forbid. A block that stands in the scenario is taken to be complete; what no block names is
//! taken to be right.

pub(super) mod needs;
mod roles;
mod routes;
mod security_groups;
mod starts;
mod stored;

use std::cell::RefCell;

use crate::catalog::regions::Region;
use crate::engine::SimDuration;
use crate::ids::StartProblemId;
use crate::policy::life_cycle::StopCause;
use crate::policy::task_start::{self, Endpoint, StartPhase};
use crate::scenario::context::Context;
use crate::scenario::plan::{BilledPlan, BoundaryPlan, StartProblemPlan, SubnetPlan};
use crate::scenario::reader::MapReader;

pub(super) use roles::Roles;
pub(super) use routes::{Routes, usable};
pub(super) use starts::RoleFields;
pub(super) use stored::Stores;

/// The most entries of a block of these.
const ENTRIES_MAX: usize = 10_000;

/// What the scenario names of the boundary, and the ways in which starts fail, as they are found.
pub(super) struct Boundary {
    pub(super) region: &'static str,
    pub(super) roles: Option<Roles>,
    pub(super) stores: Stores,
    /// How long a start tries to reach what it can't reach.
    unreachable_after: Option<SimDuration>,
    problems: RefCell<Vec<StartProblemPlan>>,
}

impl Boundary {
    /// Reads `aws.roles`, `secrets`, `parameters`, `keys` and `logGroups`.
    pub(super) fn read(
        aws: &mut MapReader<'_>,
        region: &'static Region,
        unreachable_after: Option<SimDuration>,
    ) -> Self {
        Boundary {
            region: region.name,
            roles: roles::read(aws),
            stores: Stores::read(aws),
            unreachable_after,
            problems: RefCell::default(),
        }
    }

    /// Whether it names something that a task definition can lack.
    /// The roles that there are; `None`: all that are named.
    pub(super) fn role_names(&self) -> Option<Vec<String>> {
        let roles = self.roles.as_ref()?;
        Some(roles.names().map(str::to_owned).collect())
    }

    /// The enabled KMS keys that there are; `None`: all that are named.
    pub(super) fn key_names(&self) -> Option<Vec<String>> {
        let keys = self.stores.keys.as_ref()?;
        let enabled = keys.iter().filter(|it| it.is_usable);
        Some(enabled.map(|it| it.id.clone()).collect())
    }

    pub(super) fn names_something(&self) -> bool {
        self.roles.is_some() || self.stores.names_something()
    }

    /// The id of a way in which starts fail; each stands once.
    pub(super) fn problem(
        &self,
        (cause, phase): (StopCause, StartPhase),
        detail: String,
    ) -> StartProblemId {
        self.lasting((cause, phase), detail, SimDuration::ZERO)
    }

    fn lasting(
        &self,
        (cause, phase): (StopCause, StartPhase),
        detail: String,
        lasts: SimDuration,
    ) -> StartProblemId {
        let problem = StartProblemPlan {
            cause,
            detail,
            phase,
            lasts,
        };
        let mut problems = self.problems.borrow_mut();
        let known = problems.iter().position(|known| *known == problem);
        StartProblemId::from_index(known.unwrap_or_else(|| {
            problems.push(problem);
            problems.len() - 1
        }))
    }

    /// What a start comes to in a subnet without free addresses, without and with a public one.
    pub(super) fn exhausted(&self, subnet: &str) -> [StartProblemId; 2] {
        [false, true].map(|is_public| {
            let detail = task_start::no_address(subnet, is_public);
            self.problem((StopCause::NetworkInterface, StartPhase::Network), detail)
        })
    }

    /// The plan's part.
    pub(super) fn plan(
        self,
        cx: &Context<'_>,
        (subnets, routes): (Vec<SubnetPlan>, &Routes),
    ) -> BoundaryPlan {
        let of = |endpoint: Endpoint| {
            let (cause, detail) = task_start::unreachable(endpoint, self.region);
            let default = || cx.default_duration("world.latencies.default.unreachable");
            let lasts = self.unreachable_after.unwrap_or_else(default);
            self.lasting((cause, endpoint.phase()), detail, lasts)
        };
        let unreachable: Vec<StartProblemId> = match routes.names_something() {
            true => Endpoint::ALL.into_iter().map(of).collect(),
            false => Vec::new(),
        };
        BoundaryPlan {
            billed: BilledPlan {
                secrets: self
                    .stores
                    .secrets
                    .as_ref()
                    .map_or(0, |all| all.len() as u32),
                keys: self.stores.billed_keys(),
                ..routes.billed()
            },
            unreachable,
            problems: self.problems.into_inner(),
            subnets,
        }
    }
}
