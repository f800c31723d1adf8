//! The table of a sweep's runs as Parquet, typed: a group of rows at a time, and of it a column at
//! a time, so that there is never a second copy of the runs. The same runs give the same bytes: a
//! writer of one version writes nothing that depends on the time or the machine.
//!
//! Source of the format: parquet.apache.org/docs/file-format.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::Result;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::sweep_runs::{Column, Entry, RunsTable};
use crate::experiment::sweep::RunRow;

/// Rows of a group: what a column of them takes is held in memory.
const GROUP_ROWS: usize = 1 << 16;
/// The schema's own name.
const SCHEMA: &str = "runs";

/// What the values of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Whole,
    Number,
    Flag,
    Text,
}

/// A column with its name and what it holds.
#[derive(Debug)]
struct Field {
    column: Column,
    name: String,
    kind: Kind,
    /// Whether a run may have nothing in it.
    optional: bool,
}

/// Writes the runs as Parquet.
///
/// # Errors
/// If `out` takes no more.
pub fn write(table: &RunsTable<'_>, out: &mut (dyn Write + Send)) -> Result<()> {
    let fields = fields(table);
    let types = fields.iter().map(Field::schema).collect::<Result<_>>()?;
    let schema = Type::group_type_builder(SCHEMA)
        .with_fields(types)
        .build()?;
    let properties = WriterProperties::builder()
        // Without it: the version of the crate that writes it.
        .set_created_by(format!("fleetcast version {}", env!("CARGO_PKG_VERSION")))
        .build();
    let mut file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    for rows in table.runs.rows.chunks(GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        for field in &fields {
            field.write(table, rows, &mut group)?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

/// The columns; no two of one name, which readers refuse.
fn fields(table: &RunsTable<'_>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for column in table.columns() {
        let wanted = table.name(column);
        let mut name = wanted.clone();
        let mut next = 2;
        while fields.iter().any(|it| it.name == name) {
            name = format!("{wanted}_{next}");
            next += 1;
        }
        let kind = match column {
            Column::Cell | Column::Replication | Column::Events => Kind::Whole,
            Column::Parameter(index) => {
                let cells = table.grid.cells.iter();
                kind_of_labels(cells.map(|cell| cell.labels[index].as_str()))
            }
            Column::Measure(_) => Kind::Number,
            Column::Held(_) | Column::Complete => Kind::Flag,
            Column::EventHash => Kind::Text,
        };
        fields.push(Field {
            column,
            name,
            kind,
            optional: matches!(column, Column::Measure(_) | Column::Held(_)),
        });
    }
    fields
}

/// What a parameter's values are: whole numbers, numbers, yes or no, if all of them are; text else
/// (`80 %`, `250ms`).
fn kind_of_labels<'a>(labels: impl Iterator<Item = &'a str> + Clone) -> Kind {
    if labels.clone().all(|label| whole(label).is_some()) {
        Kind::Whole
    } else if labels.clone().all(|label| decimal(label).is_some()) {
        Kind::Number
    } else if labels.clone().all(|label| flag(label).is_some()) {
        Kind::Flag
    } else {
        Kind::Text
    }
}

fn whole(label: &str) -> Option<i64> {
    label.parse().ok()
}

fn decimal(label: &str) -> Option<f64> {
    label.parse().ok().filter(|value: &f64| value.is_finite())
}

fn flag(label: &str) -> Option<bool> {
    label.parse().ok()
}

impl Field {
    fn schema(&self) -> Result<Arc<Type>> {
        let (physical, logical) = match self.kind {
            Kind::Whole => (Physical::INT64, None),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Flag => (Physical::BOOLEAN, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let repetition = match self.optional {
            true => Repetition::OPTIONAL,
            false => Repetition::REQUIRED,
        };
        let field = Type::primitive_type_builder(&self.name, physical)
            .with_repetition(repetition)
            .with_logical_type(logical);
        Ok(Arc::new(field.build()?))
    }

    /// Writes what `rows` have in this column.
    fn write(
        &self,
        table: &RunsTable<'_>,
        rows: &[RunRow],
        group: &mut SerializedRowGroupWriter<'_, &mut (dyn Write + Send)>,
    ) -> Result<()> {
        let entries = rows.iter().map(|row| table.entry(self.column, row));
        match self.kind {
            Kind::Whole => self.put::<Int64Type>(entries.map(as_whole).collect(), group),
            Kind::Number => self.put::<DoubleType>(entries.map(as_number).collect(), group),
            Kind::Flag => self.put::<BoolType>(entries.map(as_flag).collect(), group),
            Kind::Text => self.put::<ByteArrayType>(entries.map(as_text).collect(), group),
        }
    }

    fn put<T: DataType>(
        &self,
        values: Vec<Option<T::T>>,
        group: &mut SerializedRowGroupWriter<'_, &mut (dyn Write + Send)>,
    ) -> Result<()> {
        // 1 where there is a value, 0 where there is none.
        let levels: Vec<i16> = values.iter().map(|it| i16::from(it.is_some())).collect();
        let values: Vec<T::T> = values.into_iter().flatten().collect();
        let Some(mut column) = group.next_column()? else {
            return Ok(());
        };
        let levels = self.optional.then_some(&levels[..]);
        column.typed::<T>().write_batch(&values, levels, None)?;
        column.close()
    }
}

fn as_whole(entry: Entry<'_>) -> Option<i64> {
    match entry {
        Entry::Whole(count) => Some(i64::try_from(count).unwrap_or(i64::MAX)),
        Entry::Label(label) => whole(label),
        _ => None,
    }
}

fn as_number(entry: Entry<'_>) -> Option<f64> {
    match entry {
        Entry::Number(value) => value,
        Entry::Label(label) => decimal(label),
        _ => None,
    }
}

fn as_flag(entry: Entry<'_>) -> Option<bool> {
    match entry {
        Entry::Flag(held) => held,
        Entry::Label(label) => flag(label),
        _ => None,
    }
}

fn as_text(entry: Entry<'_>) -> Option<ByteArray> {
    match entry {
        Entry::Label(label) => Some(label.into()),
        Entry::Text(text) => Some(text.into_bytes().into()),
        _ => None,
    }
}
