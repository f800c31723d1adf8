//! What people look at: charts and terminal tables.

pub mod chart;
