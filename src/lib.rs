//! `fleetcast` rehearses an Amazon ECS cluster before it is paid for: a scenario file is played
//! through a discrete-event engine, and what comes out says what it costs, how it behaves and why.
//!
//! The data flows one way, and the modules stand in its order:
//!
//! ```text
//! scenario file ─▶ scenario::Plan ─▶ simulation ─▶ observe ─▶ billing, experiment ─▶ report
//! ```
//!
//! Three kinds of code never mix: *meaning* ([`policy`], [`catalog`]: pure, cited), *state*
//! ([`world`]: plain data), *motion* ([`engine`], [`simulation`]: order and effects).
//! `ARCHITECTURE.md` says who may use whom.

pub mod ids;
pub mod units;

pub mod engine;

pub mod catalog;
pub mod policy;

pub mod demand;
pub mod scenario;

pub mod world;

pub mod observe;
pub mod simulation;

pub mod billing;
pub mod experiment;
pub mod explain;
pub mod lesson;
pub mod report;

pub mod serve;
pub mod validation;

pub mod cli;
