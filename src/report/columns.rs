//! Tables as typed columns, laid out as Apache Arrow has them, for programs that take them over as
//! they are; what a column's values are is said once, by whoever makes the table.

use jiff::Timestamp;
use thiserror::Error;

/// A table: columns of the same length.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Table {
    /// Its columns, in the order of the file of the same content.
    pub columns: Vec<Column>,
}

/// One column.
#[derive(Clone, PartialEq, Debug)]
pub struct Column {
    /// Its name, as the file's heading has it.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// What a column's texts are to become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Float,
    /// `true` and `false`.
    Flag,
    /// Instants, ISO 8601.
    Time,
    /// Texts of which few are alike.
    Text,
    /// Texts of which many are alike: each is kept once.
    Word,
    /// Numbers if all of them are, words otherwise: the values of a sweep's parameter.
    NumberOrWord,
}

/// Values with what is missing: `values[i]` means nothing where `present[i]` is `false`.
#[derive(Clone, PartialEq, Debug)]
pub struct Slots<T> {
    /// A value a row.
    pub values: Vec<T>,
    /// Whether the row has one.
    pub present: Vec<bool>,
}

/// A column's values.
#[derive(Clone, PartialEq, Debug)]
pub enum Values {
    /// Whole numbers.
    Integers(Slots<i64>),
    /// Numbers.
    Floats(Slots<f64>),
    /// Truth values.
    Flags(Slots<bool>),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Times(Slots<i64>),
    /// Texts one behind the other; row `i` ends at byte `ends.values[i]` and begins where the one
    /// before ends.
    Texts {
        /// All texts.
        bytes: String,
        /// Their ends.
        ends: Slots<i64>,
    },
    /// Texts by their place in a list.
    Words {
        /// The list, each text once, in the order of first use.
        list: Vec<String>,
        /// Places in it.
        places: Slots<u32>,
    },
}

/// A value that is not what its column holds.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ColumnError {
    /// A text that can't be read.
    #[error("column {column}: {value:?} is not what this column holds")]
    Value {
        /// The column.
        column: String,
        /// The text.
        value: String,
    },
    /// The rows themselves.
    #[error("{0}")]
    Rows(String),
}

impl<T: Default> Slots<T> {
    /// No rows yet.
    pub fn new() -> Self {
        Slots {
            values: Vec::new(),
            present: Vec::new(),
        }
    }

    /// One row more.
    pub fn push(&mut self, value: Option<T>) {
        self.present.push(value.is_some());
        self.values.push(value.unwrap_or_default());
    }
}

impl<T: Default> Default for Slots<T> {
    fn default() -> Self {
        Slots::new()
    }
}

impl Column {
    /// A column without rows; what may be numbers or words is words until all are known.
    pub fn new(name: impl Into<String>, kind: Kind) -> Self {
        let values = match kind {
            Kind::Integer => Values::Integers(Slots::new()),
            Kind::Float => Values::Floats(Slots::new()),
            Kind::Flag => Values::Flags(Slots::new()),
            Kind::Time => Values::Times(Slots::new()),
            Kind::Text => Values::Texts {
                bytes: String::new(),
                ends: Slots::new(),
            },
            Kind::Word | Kind::NumberOrWord => Values::Words {
                list: Vec::new(),
                places: Slots::new(),
            },
        };
        let name = name.into();
        Column { name, values }
    }

    /// Adds a row; an empty text is a missing value.
    ///
    /// # Errors
    /// If the text is not of the column's kind.
    pub fn push_text(&mut self, text: &str) -> Result<(), ColumnError> {
        let wrong = |name: &str| ColumnError::Value {
            column: name.to_owned(),
            value: text.to_owned(),
        };
        let read = (!text.is_empty()).then_some(text);
        let name = &self.name;
        match &mut self.values {
            Values::Integers(slots) => {
                let value = read.map(|text| text.parse().map_err(|_| wrong(name)));
                slots.push(value.transpose()?);
            }
            Values::Floats(slots) => {
                let value = read.map(|text| text.parse().map_err(|_| wrong(name)));
                slots.push(value.transpose()?);
            }
            Values::Flags(slots) => {
                let value = read.map(|text| text.parse().map_err(|_| wrong(name)));
                slots.push(value.transpose()?);
            }
            Values::Times(slots) => {
                let value = read.map(|text| text.parse::<Timestamp>().map_err(|_| wrong(name)));
                slots.push(value.transpose()?.map(Timestamp::as_microsecond));
            }
            Values::Texts { bytes, ends } => {
                bytes.push_str(text);
                ends.push(Some(bytes.len() as i64));
                // A missing text has an end too: it is empty.
                if let (None, Some(last)) = (read, ends.present.last_mut()) {
                    *last = false;
                }
            }
            Values::Words { list, places } => {
                let place = read.map(|text| place_in(list, text, places.values.last().copied()));
                places.push(place);
            }
        }
        Ok(())
    }

    /// Adds a number to a column of numbers.
    pub fn push_number(&mut self, value: Option<f64>) {
        if let Values::Floats(slots) = &mut self.values {
            slots.push(value);
        }
    }

    /// Adds microseconds since 1970 to a column of times.
    pub fn push_micros(&mut self, micros: i64) {
        if let Values::Times(slots) = &mut self.values {
            slots.push(Some(micros));
        }
    }

    /// Words that are all numbers, as numbers; any other column as it is.
    fn with_numbers(self) -> Self {
        let Values::Words { list, places } = &self.values else {
            return self;
        };
        let numbers: Option<Vec<f64>> = list.iter().map(|word| word.parse().ok()).collect();
        let Some(numbers) = numbers.filter(|it| !it.is_empty()) else {
            return self;
        };
        let value = |place: &u32| numbers.get(*place as usize).copied().unwrap_or(f64::NAN);
        Column {
            values: Values::Floats(Slots {
                values: places.values.iter().map(value).collect(),
                present: places.present.clone(),
            }),
            name: self.name,
        }
    }
}

/// The place of a word, which joins the list if it is new. Rows repeat the word before them, and
/// then those of long ago: the list is searched from there.
fn place_in(list: &mut Vec<String>, text: &str, last: Option<u32>) -> u32 {
    if let Some(last) = last
        && list.get(last as usize).is_some_and(|word| word == text)
    {
        return last;
    }
    match list.iter().position(|word| word == text) {
        Some(place) => place as u32,
        None => {
            list.push(text.to_owned());
            list.len() as u32 - 1
        }
    }
}

impl Table {
    /// A table from rows of texts, the first of which is the heading; an empty text is a missing
    /// value.
    ///
    /// # Errors
    /// If there is no heading, a row has another length, or a text is not of its column's kind.
    pub fn from_records(
        kinds: &[Kind],
        records: impl IntoIterator<Item = impl AsRef<[String]>>,
    ) -> Result<Table, ColumnError> {
        let mut records = records.into_iter();
        let rows = |problem: &str| ColumnError::Rows(problem.to_owned());
        let heading = records
            .next()
            .ok_or_else(|| rows("a table has no heading"))?;
        let heading = heading.as_ref();
        if heading.len() != kinds.len() {
            return Err(rows("a table has other columns than kinds"));
        }
        let pairs = heading.iter().zip(kinds);
        let mut columns: Vec<Column> = pairs.map(|(name, kind)| Column::new(name, *kind)).collect();
        for record in records {
            let record = record.as_ref();
            if record.len() != columns.len() {
                return Err(rows("a row has other columns than its table"));
            }
            for (column, text) in columns.iter_mut().zip(record) {
                column.push_text(text)?;
            }
        }
        let finished = columns.into_iter().zip(kinds).map(|(column, kind)| {
            let may_be_numbers = *kind == Kind::NumberOrWord;
            match may_be_numbers {
                true => column.with_numbers(),
                false => column,
            }
        });
        Ok(Table {
            columns: finished.collect(),
        })
    }

    /// A table from the bytes of a CSV file; `kind` says what each column of the heading holds.
    ///
    /// # Errors
    /// As [`Table::from_records`].
    pub fn from_csv(bytes: &[u8], kind: impl Fn(&str) -> Kind) -> Result<Table, ColumnError> {
        let unreadable = |error: csv::Error| ColumnError::Rows(error.to_string());
        let mut reader = csv::Reader::from_reader(bytes);
        let heading = reader.headers().map_err(unreadable)?.clone();
        let mut columns: Vec<Column> = heading
            .iter()
            .map(|name| Column::new(name, kind(name)))
            .collect();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(unreadable)? {
            for (column, text) in columns.iter_mut().zip(&record) {
                column.push_text(text)?;
            }
        }
        Ok(Table { columns })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(rows: &[&[&str]]) -> Vec<Vec<String>> {
        let texts = |row: &&[&str]| row.iter().map(|text| (*text).to_owned()).collect();
        rows.iter().map(texts).collect()
    }

    #[test]
    fn each_kind_has_its_values_and_an_empty_text_is_missing() {
        let kinds = [
            Kind::Integer,
            Kind::Float,
            Kind::Flag,
            Kind::Time,
            Kind::Text,
            Kind::Word,
        ];
        let rows = records(&[
            &["n", "x", "held", "at", "id", "owner"],
            &["7", "0.5", "true", "1970-01-01T00:00:01.5Z", "äb", "web"],
            &["", "", "", "", "", ""],
            &[
                "-1",
                "1e3",
                "false",
                "1970-01-01T01:00:00+01:00",
                "c",
                "web",
            ],
        ]);
        let table = Table::from_records(&kinds, &rows).unwrap();
        let present = vec![true, false, true];
        let slots = |values: Vec<i64>| Slots {
            values,
            present: present.clone(),
        };
        let values: Vec<&Values> = table.columns.iter().map(|it| &it.values).collect();
        assert_eq!(*values[0], Values::Integers(slots(vec![7, 0, -1])));
        assert_eq!(
            *values[1],
            Values::Floats(Slots {
                values: vec![0.5, 0.0, 1000.0],
                present: present.clone()
            })
        );
        assert_eq!(
            *values[2],
            Values::Flags(Slots {
                values: vec![true, false, false],
                present: present.clone()
            })
        );
        assert_eq!(*values[3], Values::Times(slots(vec![1_500_000, 0, 0])));
        assert_eq!(
            *values[4],
            Values::Texts {
                bytes: "äbc".to_owned(),
                ends: slots(vec![3, 3, 4])
            }
        );
        assert_eq!(
            *values[5],
            Values::Words {
                list: vec!["web".to_owned()],
                places: Slots {
                    values: vec![0, 0, 0],
                    present
                }
            }
        );
    }

    #[test]
    fn a_parameter_is_numbers_where_all_its_values_are() {
        let rows = records(&[&["a", "b"], &["0", "0"], &["2.5", "10ms"]]);
        let kinds = [Kind::NumberOrWord; 2];
        let table = Table::from_records(&kinds, &rows).unwrap();
        assert!(matches!(&table.columns[0].values, Values::Floats(it) if it.values == [0.0, 2.5]));
        assert!(matches!(&table.columns[1].values, Values::Words { list, .. } if list.len() == 2));
    }

    #[test]
    fn a_text_of_another_kind_is_named_with_its_column() {
        let rows = records(&[&["cpu"], &["much"]]);
        let said = Table::from_records(&[Kind::Integer], &rows)
            .unwrap_err()
            .to_string();
        assert_eq!(said, "column cpu: \"much\" is not what this column holds");
        let rows = records(&[&["cpu"], &["1", "2"]]);
        assert!(Table::from_records(&[Kind::Integer], &rows).is_err());
    }
}
