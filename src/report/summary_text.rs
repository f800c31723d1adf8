//! The summary of a run for a terminal.
