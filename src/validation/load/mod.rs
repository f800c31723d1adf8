//! The load models: the exact one beside closed forms, the fluid one beside both.
//!
//! The exact model is `demand::requests`, the fluid one is asked as a run asks it
//! (`demand::service_load`). Times are in slot-holding times of a request that is alone, `S`.

pub mod change;
pub mod clients;
mod closed_forms;
mod controls;
mod errors;
mod fine;
pub mod laws;
pub mod overload;
mod pair;
mod paths;
mod reference_cells;
mod service;
pub mod settled;
mod settled_cells;
mod steady;
pub mod theory;
pub mod tries;
mod truth;
pub mod whole;
