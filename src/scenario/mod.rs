//! The scenario file: text to a tree with positions, merged, checked, and turned into a `Plan`.

pub mod arn;
pub mod defaults;
pub mod diagnostic;
pub mod include;
pub mod merge;
pub mod names;
pub mod node;
pub mod path;
pub mod plan;
pub mod reader;
pub mod source;
pub mod values;
