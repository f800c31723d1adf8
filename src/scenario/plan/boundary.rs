//! The security boundary around tasks: what keeps them from starting, as far as the scenario names
//! roles, secrets, subnets and routes. What it does not name is taken to be right.

use crate::engine::SimDuration;
use crate::ids::{StartProblemId, SubnetId, ZoneId};
use crate::policy::life_cycle::StopCause;
use crate::policy::task_start::{Endpoint, Endpoints, StartPhase};

/// A way in which starts fail: one row for each `stoppedReason`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StartProblemPlan {
    /// What DescribeTasks' `stoppedReason` begins with, and its `stopCode`.
    pub cause: StopCause,
    /// The rest of `stoppedReason`.
    pub detail: String,
    /// How far the start gets.
    pub phase: StartPhase,
    /// How long it tries on before it gives up.
    pub lasts: SimDuration,
}

/// What of the boundary is a task definition's.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct StartPlan {
    /// What keeps its tasks from starting on Fargate, the first that they come to.
    pub on_fargate: Option<StartProblemId>,
    /// The same on container instances: the image and the logs are a matter of the instance's role
    /// there.
    pub on_instances: Option<StartProblemId>,
    /// What a start calls over the task's own network interface, on Fargate.
    pub calls: Endpoints,
    /// Secrets that a start reads from Secrets Manager.
    pub secret_reads: u32,
    /// How many of them a customer's key decrypts.
    pub key_uses: u32,
}

/// A subnet of `aws.subnets`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubnetPlan {
    /// Its zone.
    pub zone: ZoneId,
    /// Addresses that it has for tasks at the start; `None`: more than they need.
    pub addresses: Option<u32>,
    /// What a start without an address comes to, without and with a public one.
    pub exhausted: Option<[StartProblemId; 2]>,
}

/// A subnet that an owner's tasks may go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskSubnetPlan {
    /// Which.
    pub subnet: SubnetId,
    /// What a task there reaches, with the owner's security groups and addresses.
    pub reach: Endpoints,
    /// What of it a NAT gateway leads to, paid by the byte.
    pub by_nat: Endpoints,
    /// What of it an interface VPC endpoint leads to, paid by the byte.
    pub by_endpoint: Endpoints,
}

/// What of the boundary is paid for while it exists.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct BilledPlan {
    /// Secrets of Secrets Manager.
    pub secrets: u32,
    /// The customer's KMS keys.
    pub keys: u32,
    /// NAT gateways.
    pub nat_gateways: u32,
    /// Interface VPC endpoints, each once for each of its zones.
    pub endpoint_zones: u32,
}

/// The boundary as a whole; empty where the scenario names nothing of it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct BoundaryPlan {
    /// Every way in which starts fail; a [`StartProblemId`] is an index here.
    pub problems: Vec<StartProblemPlan>,
    /// The subnets with a number of addresses or a route that matters; a [`SubnetId`] is an index
    /// here.
    pub subnets: Vec<SubnetPlan>,
    /// What a start comes to that can't reach an endpoint, in the order of [`Endpoint::ALL`]; empty
    /// where nobody says what reaches what.
    pub unreachable: Vec<StartProblemId>,
    /// What is paid for while it exists.
    pub billed: BilledPlan,
}

impl BoundaryPlan {
    /// Whether nothing keeps a task from starting.
    pub fn is_open(&self) -> bool {
        self.problems.is_empty()
    }

    /// The way of this id.
    pub fn problem(&self, id: StartProblemId) -> &StartProblemPlan {
        &self.problems[id.index()]
    }

    /// What a start comes to that can't reach this.
    pub fn unreachable(&self, endpoint: Endpoint) -> Option<StartProblemId> {
        self.unreachable.get(endpoint as usize).copied()
    }
}
