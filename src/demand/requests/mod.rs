//! The exact load model (`run.fidelity: requests`): request by request through the balancer's
//! algorithm onto one task's slots, queue and processor-shared CPU.
//!
//! [`Fleet`] is the queueing system: arrivals, tasks, clients that give up and try again, in an
//! order of events of its own, which the cluster's queue never sees. [`RequestLoad`] makes of it
//! what the fluid model makes of a rate: the minutes of a service.
//!
//! One request: it waits in its task's queue for a slot (`slots`), computes its `cpu` (all requests
//! of a task share its vCPUs evenly, each uses at most one), then holds the slot for its `wait`.
//! Both are its own factor times the mean (law: `work.cv`), drawn by arrival, so that variants of a
//! scenario see the same requests. Computing before waiting is ASSUMPTION; settled figures do not
//! depend on it (product form).

mod answers;
mod arena;
mod calls;
mod earliest;
mod fleet;
mod group;
mod hold_heap;
mod law;
mod levels;
mod load;
mod messages;
mod processor;
mod server;
#[cfg(test)]
mod tests;

pub use calls::CallWork;
pub use fleet::{Answer, Areas, Clients, Fleet, Totals, Watch};
pub use group::{RequestGroup, Split};
pub use law::WorkLaw;
pub use load::{RequestLoad, WARM_UP_HOLDINGS, WARM_UP_REQUESTS};
pub use server::{RequestWork, ServerId};
