//! What people look at: charts and terminal tables.

pub mod axis;
pub mod chart;
pub mod columns;
pub mod compare_text;
mod escape;
pub mod explain_text;
pub mod fork_text;
mod interval;
pub mod optimize_text;
pub mod palette;
pub mod results;
pub mod run_tables;
pub mod savings_plan;
pub mod spark;
pub mod summary_text;
mod sweep_analysis;
mod sweep_charts;
pub mod sweep_files;
pub mod sweep_journal;
pub mod sweep_parquet;
pub mod sweep_row;
pub mod sweep_runs;
pub mod sweep_shard;
pub mod sweep_text;
pub mod table;
pub mod test_report;
pub mod wording;
