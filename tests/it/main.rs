//! The one integration binary: links once.

#![allow(
    clippy::unwrap_used,
    reason = "what a test needs and does not get is its failure"
)]

mod analysis;
mod bad_boundary;
mod bad_calls;
mod bad_files;
mod bad_input;
mod bad_order;
mod bad_pipeline;
mod bad_shift;
mod bad_sweep;
mod bad_task_sets;
mod balancers;
mod calls;
mod conservation;
mod coverage;
mod daemon_alarm;
mod dashboard;
mod determinism;
mod diff;
mod drains;
mod ecs_rules;
mod event_hashes;
mod explain;
mod explain_causes;
mod explain_ends;
mod explain_groups;
mod fields;
mod fluid;
mod fork;
mod fuzz_corpus;
mod home;
mod input;
mod layers;
mod lessons;
mod not_placed;
mod parquet;
mod replay;
mod replay_events;
mod report;
mod requests;
mod run_time;
mod savings_plan;
mod scenarios;
mod scheduler_bill;
mod searches;
mod shell;
mod source;
mod spot_replay;
mod swarm;
mod sweeps;
mod target_groups;
mod target_reasons;
mod tidy;
mod validation;
mod volumes;
mod warm_up;
mod worked_examples;
