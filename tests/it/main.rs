//! The one integration binary: links once.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing to unwrap has failed")]

mod bad_input;
mod conservation;
mod determinism;
mod ecs_rules;
mod home;
mod layers;
mod scenarios;
mod source;
mod tidy;
