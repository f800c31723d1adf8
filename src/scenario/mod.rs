//! The scenario file: text to a tree with positions, merged, checked, and turned into a `Plan`.
//!
//! [`load`] is the one way from a file to a [`plan::Plan`]. The modules stand in the order of its
//! steps: files and text (`files`, `source`, `node`), one tree (`include`, `merge`, `path`), values
//! (`reader`, `values`), and the blocks of the format (`run`, `aws`, `world`, `timeline`,
//! `objectives`, `sweep`, `what_if`), with one table of [`defaults`].

mod added;
pub mod arn;
mod aws;
mod consequences;
mod context;
pub mod defaults;
pub mod diagnostic;
pub mod differences;
pub mod files;
pub mod fork;
pub mod generate;
pub mod include;
pub mod knobs;
mod load;
pub mod merge;
pub mod names;
pub mod node;
mod objectives;
pub mod path;
pub mod plan;
pub mod reader;
mod requests_ahead;
mod resolved;
mod run;
pub mod schema;
pub mod source;
pub mod sweep;
pub mod text_edit;
mod timeline;
mod unused_defaults;
pub mod values;
mod what_if;
mod world;

#[cfg(test)]
mod tests;

pub use added::with_entry;
pub use load::{Failure, LoadOptions, Loaded, TraceFile, load, load_text, load_tree};
pub use run::zone_named;
pub use world::traces::TraceCache;
