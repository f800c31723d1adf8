//! The one integration binary: links once.

mod bad_input;
mod conservation;
mod determinism;
mod ecs_rules;
mod home;
mod layers;
mod scenarios;
mod source;
mod tidy;
