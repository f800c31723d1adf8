//! The rules of ECS as pure functions: values in, answer and reason out; no clock, no randomness,
//! no queue.

pub mod alarm;
pub mod auto_scaling_group;
pub mod cluster_query;
pub mod cpu_credits;
pub mod cron;
pub mod dashboard;
pub mod deployment;
pub mod fargate;
pub mod health_check;
pub mod instance_requirements;
pub mod launch_rate;
pub mod life_cycle;
pub mod load;
pub mod managed_instances;
pub mod managed_scaling;
pub mod placement;
pub mod savings_plan;
pub mod scale_in;
pub mod spot;
pub mod strategy;
pub mod target_tracking;
pub mod task_health;
pub mod throttle;
pub mod utilization;
pub mod what_if;
