//! What happened, as observations; the sinks that listen, and the writers of their files.
pub mod observation;

pub mod usage;
