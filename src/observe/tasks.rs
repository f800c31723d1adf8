//! `tasks.csv`.
