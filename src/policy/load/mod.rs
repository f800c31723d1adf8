//! The load model's formulas after the fluid model of a service: no requests, only rates.

pub mod curve;
pub mod erlang;
pub mod fluid;
pub mod histogram;
pub mod limits;
pub mod response;
pub mod sharing;
pub mod special;
pub mod stationary;
