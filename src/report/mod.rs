//! What people look at: charts and terminal tables.

pub mod axis;
pub mod chart;
pub mod explain_text;
pub mod palette;
pub mod results;
pub mod spark;
pub mod summary_text;
mod sweep_charts;
pub mod sweep_files;
pub mod sweep_text;
pub mod table;
pub mod wording;
