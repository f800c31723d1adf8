//! The tables of a run as typed columns: what its CSV files hold, without the way over the disk.

use std::io;

use super::columns::{Column, ColumnError, Kind, Table};
use super::results::Results;
use crate::billing::write_cost_csv;
use crate::engine::SimTime;
use crate::experiment::run::PlanNames;
use crate::observe::series::{Labels, METRIC_COLUMNS, MetricRun, SeriesSink};
use crate::observe::tasks::{TASK_COLUMNS, task_row};
use crate::observe::{instances, usage};

/// The tables that a run may have, by the names of their files.
pub const TABLES: [&str; 6] = ["metrics", "tasks", "instances", "alarms", "usage", "cost"];

/// Of `metrics`, the columns before the statistics.
const METRIC_LABELS: usize = 5;

/// A table of a run by its name in [`TABLES`]; `None` where the run has none, as it has no file.
///
/// # Errors
/// If a value is not of its column's kind, a defect of ours.
pub fn table(results: &Results<'_>, name: &str) -> Result<Option<Table>, ColumnError> {
    let Results { plan, played, .. } = results;
    let observed = &played.outcome.observed;
    let mut bytes = Vec::new();
    match name {
        "metrics" => return metrics(results),
        "tasks" if plan.record.tasks => return tasks(results).map(Some),
        "instances" if plan.record.tasks && !plan.groups.is_empty() => {
            instances::write_instances_csv(plan, &observed.instances, &mut bytes).map_err(rows)?;
        }
        "alarms" => match &observed.alarms {
            Some(alarms) => alarms.write_csv(plan, &mut bytes).map_err(rows)?,
            None => return Ok(None),
        },
        "usage" => {
            let names = PlanNames::of(plan);
            let (used, start) = (&observed.usage, plan.run.start);
            usage::write_csv(used, &names.names(), start, &mut bytes).map_err(rows)?;
        }
        "cost" => write_cost_csv(&played.bill, &mut bytes).map_err(rows)?,
        _ => return Ok(None),
    }
    Table::from_csv(&bytes, kind).map(Some)
}

/// What a column of these files holds, by its name.
fn kind(column: &str) -> Kind {
    match column {
        "cpu" | "memory" => Kind::Integer,
        "quantity" | "price_usd" | "cost_usd" | "cost_usd_per_month" | "value" => Kind::Float,
        "at" | "hour_start" => Kind::Time,
        "taskArn" | "ec2InstanceId" | "reason" => Kind::Text,
        _ if column.ends_with("At") => Kind::Time,
        _ => Kind::Word,
    }
}

fn tasks(results: &Results<'_>) -> Result<Table, ColumnError> {
    let plan = results.plan;
    let columns = TASK_COLUMNS.map(|name| Column::new(name, kind(name)));
    let mut columns = Vec::from(columns);
    for task in &results.played.outcome.observed.tasks {
        for (column, text) in columns.iter_mut().zip(task_row(plan, task)) {
            column.push_text(&text)?;
        }
    }
    Ok(Table { columns })
}

fn metrics(results: &Results<'_>) -> Result<Option<Table>, ColumnError> {
    let Some(store) = &results.played.outcome.observed.metrics else {
        return Ok(None);
    };
    let of_column = |(index, name): (usize, &&str)| match index {
        0 => Column::new(*name, Kind::Time),
        1..METRIC_LABELS => Column::new(*name, Kind::Word),
        _ => Column::new(*name, Kind::Float),
    };
    let mut columns = MetricColumns {
        start: results.plan.run.start.as_microsecond(),
        period: store.period.as_micros(),
        labels: Default::default(),
        columns: METRIC_COLUMNS.iter().enumerate().map(of_column).collect(),
    };
    store.tell(results.plan, &mut columns).map_err(rows)?;
    Ok(Some(Table {
        columns: columns.columns,
    }))
}

/// Takes series as columns.
struct MetricColumns {
    /// Microseconds since 1970.
    start: i64,
    /// Microseconds.
    period: u64,
    labels: [String; METRIC_LABELS - 1],
    columns: Vec<Column>,
}

impl SeriesSink for MetricColumns {
    fn series(&mut self, labels: &Labels) -> io::Result<()> {
        let Labels {
            namespace,
            metric,
            dimensions,
        } = labels;
        self.labels = [namespace, metric.name(), dimensions, metric.unit()].map(str::to_owned);
        Ok(())
    }

    fn run(&mut self, run: &MetricRun) -> io::Result<()> {
        let values = run.statistics.columns();
        for index in run.first..run.first + run.count {
            let at = SimTime::from_micros(u64::from(index) * self.period);
            let (labels, statistics) = self.columns.split_at_mut(METRIC_LABELS);
            labels[0].push_micros(self.start + at.as_micros() as i64);
            for (column, text) in labels[1..].iter_mut().zip(&self.labels) {
                column.push_text(text).map_err(io::Error::other)?;
            }
            for (column, value) in statistics.iter_mut().zip(values) {
                column.push_number(value);
            }
        }
        Ok(())
    }
}

fn rows(error: impl ToString) -> ColumnError {
    ColumnError::Rows(error.to_string())
}
