//! Where a task goes on container instances: the resources it needs, the constraints it must meet,
//! the strategies that choose among what is left.
//!
//! Source: ECS developer guide, "task placement" (DG-2023): instances with enough room, then those
//! that meet all constraints, then the strategies, each narrowing the ties of the one before. The
//! plain scan here is the rule; an index that answers faster must agree with it.

mod failure;
mod fragments;
mod moving;
mod need;
mod rule;
mod scan;
mod stop;
mod zones;

pub use failure::{Lacking, Missing, nearest_shortage};
pub use fragments::is_fragmented;
pub use moving::fit_together;
pub use need::{Need, PORTS_MAX, Port, Ports, Protocol, RESERVED_PORTS};
pub use rule::{Binpack, MANAGED_INSTANCES, PlacementRule, SERVICE_DEFAULT, Spread};
pub use scan::{Candidate, Chosen, RANDOM_TRIES, closest, first_lacking, place, random_start};
pub use stop::{Held, task_to_stop};
pub use zones::{Rebalancing, is_eligible_for_rebalancing, rebalancing};
