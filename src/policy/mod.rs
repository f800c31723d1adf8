//! The rules of ECS as pure functions: values in, answer and reason out; no clock, no randomness,
//! no queue.

pub mod alarm;
pub mod deployment;
pub mod fargate;
pub mod launch_rate;
pub mod load;
pub mod scale_in;
pub mod spot;
pub mod strategy;
pub mod target_tracking;
pub mod throttle;
