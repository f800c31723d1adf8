//! Tables for Python by Arrow's PyCapsule interface: whoever takes one (polars, pyarrow, DuckDB,
//! pandas) takes over the buffers as they are.

use std::sync::Arc;

use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::types::UInt32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Float64Array, Int64Array, LargeStringArray,
    RecordBatch, RecordBatchIterator, StringArray, TimestampMicrosecondArray, UInt32Array,
};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ffi::FFI_ArrowSchema;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use fleetcast::report::columns::{self, Slots, Values};
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// A table of results; `polars.DataFrame(table)` and `pyarrow.table(table)` take it as it is.
#[pyclass(frozen, module = "fleetcast")]
pub(crate) struct Table {
    batch: RecordBatch,
}

impl Table {
    /// The same table in Arrow's buffers, which are those of `table`; only the bits that say what
    /// is missing are packed anew.
    pub(crate) fn new(table: columns::Table) -> PyResult<Self> {
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for column in table.columns {
            let array = array(column.values).map_err(defect)?;
            fields.push(Field::new(column.name, array.data_type().clone(), true));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
        Ok(Table {
            batch: batch.map_err(defect)?,
        })
    }
}

fn defect(error: ArrowError) -> PyErr {
    PyRuntimeError::new_err(format!(
        "a table can't be laid out, a defect of ours: {error}"
    ))
}

fn nulls(present: Vec<bool>) -> Option<NullBuffer> {
    let has_all = present.iter().all(|it| *it);
    (!has_all).then(|| NullBuffer::from(present))
}

fn array(values: Values) -> Result<ArrayRef, ArrowError> {
    Ok(match values {
        Values::Integers(Slots { values, present }) => {
            Arc::new(Int64Array::try_new(values.into(), nulls(present))?)
        }
        Values::Floats(Slots { values, present }) => {
            Arc::new(Float64Array::try_new(values.into(), nulls(present))?)
        }
        Values::Flags(Slots { values, present }) => {
            Arc::new(BooleanArray::new(values.into(), nulls(present)))
        }
        Values::Times(Slots { values, present }) => {
            let times = TimestampMicrosecondArray::try_new(values.into(), nulls(present))?;
            Arc::new(times.with_timezone("UTC"))
        }
        Values::Texts { bytes, ends } => {
            let mut offsets = ends.values;
            offsets.insert(0, 0);
            let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
            let bytes = Buffer::from_vec(bytes.into_bytes());
            Arc::new(LargeStringArray::try_new(
                offsets,
                bytes,
                nulls(ends.present),
            )?)
        }
        Values::Words { list, places } => {
            let keys = UInt32Array::try_new(places.values.into(), nulls(places.present))?;
            let words = Arc::new(StringArray::from(list));
            Arc::new(DictionaryArray::<UInt32Type>::try_new(keys, words)?)
        }
    })
}

#[pymethods]
impl Table {
    /// How many rows it has.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Its columns' names.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        let schema = self.batch.schema();
        schema.fields().iter().map(|it| it.name().clone()).collect()
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    fn __repr__(&self) -> String {
        let schema = self.batch.schema();
        let kind = |field: &Field| match field.data_type() {
            DataType::Dictionary(..) => "word".to_owned(),
            DataType::LargeUtf8 => "text".to_owned(),
            DataType::Timestamp(..) => "time".to_owned(),
            other => other.to_string().to_lowercase(),
        };
        let columns = schema.fields().iter();
        let columns: Vec<String> = columns
            .map(|it| format!("{}: {}", it.name(), kind(it)))
            .collect();
        format!(
            "<fleetcast.Table, {} rows: {}>",
            self.batch.num_rows(),
            columns.join(", ")
        )
    }

    /// The table as an Arrow C stream, a capsule named `arrow_array_stream`. `requested_schema` is
    /// a wish that the interface lets a producer leave unfulfilled.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let batches = std::iter::once(Ok(self.batch.clone()));
        let reader = RecordBatchIterator::new(batches, self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// The table's columns as an Arrow C schema, a capsule named `arrow_schema`.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(self.batch.schema().as_ref()).map_err(defect)?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// Where in memory a column's values begin: of texts their bytes, of words their places.
    fn buffer_address(&self, column: &str) -> PyResult<usize> {
        let found = self.batch.column_by_name(column);
        let array = found.ok_or_else(|| PyKeyError::new_err(column.to_owned()))?;
        let data = array.to_data();
        let values = data.buffers().last();
        Ok(values.map_or(0, |buffer| buffer.as_ptr() as usize))
    }
}
