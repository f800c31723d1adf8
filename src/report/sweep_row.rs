//! A sweep's run as one line of text that can tell whether it is whole: JSON, a tab, and the first
//! letters of its BLAKE3 hash. Numbers are decimals that read back as the same bits.

use serde_json::{Value, json};

use super::results::summary::event_hash;
use crate::experiment::run::RunEnd;
use crate::experiment::sweep::RunRow;

/// Letters of a line's hash.
const HASH_LETTERS: usize = 16;

const ENDS: [(&str, RunEnd); 5] = [
    ("horizon", RunEnd::Horizon),
    ("event-limit", RunEnd::EventLimit),
    ("task-limit", RunEnd::TaskLimit),
    ("request-limit", RunEnd::RequestLimit),
    ("cancelled", RunEnd::Cancelled),
];

/// A line with its checksum and its end.
pub fn sealed(record: &Value) -> String {
    let text = record.to_string();
    let hash = blake3::hash(text.as_bytes()).to_hex();
    format!("{text}\t{}\n", &hash[..HASH_LETTERS])
}

/// What a line says, if nothing of it was lost or changed.
pub fn opened(line: &str) -> Option<Value> {
    let (text, hash) = line.rsplit_once('\t')?;
    let found = blake3::hash(text.as_bytes()).to_hex();
    (found[..HASH_LETTERS] == *hash).then(|| serde_json::from_str(text).ok())?
}

/// A run's line.
pub fn line(row: &RunRow) -> String {
    let number = |value: &Option<f64>| value.map(|value| value.to_string());
    let end = ENDS.iter().find(|(_, end)| *end == row.end);
    sealed(&json!({
        "cell": row.cell,
        "replication": row.replication,
        "values": row.values.iter().map(number).collect::<Vec<_>>(),
        "held": row.held,
        "events": row.events,
        "event_hash": event_hash(row.event_hash),
        "end": end.map(|it| it.0),
        "caveats": row.caveats,
    }))
}

/// The run of a line; `None` where it is damaged, or not of so many values.
pub fn row(line: &str, measures: usize) -> Option<RunRow> {
    let record = opened(line)?;
    let integer = |name: &str| record.get(name)?.as_u64();
    let list = |name: &str| record.get(name)?.as_array();
    let value = |value: &Value| match value {
        Value::Null => Some(None),
        _ => Some(Some(value.as_str()?.parse::<f64>().ok()?)),
    };
    let held = |value: &Value| match value {
        Value::Null => Some(None),
        _ => Some(Some(value.as_bool()?)),
    };
    let text = |value: &Value| Some(value.as_str()?.to_owned());
    let end = record.get("end")?.as_str()?;
    let hash = record.get("event_hash")?.as_str()?;
    let row = RunRow {
        cell: usize::try_from(integer("cell")?).ok()?,
        replication: u32::try_from(integer("replication")?).ok()?,
        values: list("values")?.iter().map(value).collect::<Option<_>>()?,
        held: list("held")?.iter().map(held).collect::<Option<_>>()?,
        events: integer("events")?,
        event_hash: u64::from_str_radix(hash, 16).ok()?,
        end: ENDS.iter().find(|(word, _)| *word == end)?.1,
        caveats: list("caveats")?.iter().map(text).collect::<Option<_>>()?,
    };
    (row.values.len() == measures).then_some(row)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn a_row(values: Vec<Option<f64>>) -> RunRow {
        RunRow {
            cell: 3,
            replication: 17,
            values,
            held: vec![Some(true), None, Some(false)],
            events: 12_345,
            event_hash: 0x0123_4567_89ab_cdef,
            end: RunEnd::Horizon,
            caveats: vec!["tab\there, \"quotes\" and\nan end of line".to_owned()],
        }
    }

    #[test]
    fn a_line_with_a_flipped_bit_or_a_lost_end_is_no_run() {
        let line = line(&a_row(vec![Some(0.1)]));
        let line = line.trim_end_matches('\n');
        assert!(row(line, 1).is_some());
        assert!(row(line, 2).is_none());
        for cut in 0..line.len() {
            assert!(row(&line[..cut], 1).is_none(), "cut at {cut}");
        }
        for at in 0..line.len() {
            let mut bytes = line.as_bytes().to_vec();
            bytes[at] ^= 1;
            let Ok(flipped) = String::from_utf8(bytes) else {
                continue;
            };
            assert!(row(&flipped, 1).is_none(), "flipped at {at}");
        }
    }

    proptest! {
        #[test]
        fn a_run_reads_back_as_it_was(bits in proptest::collection::vec(any::<u64>(), 0..5)) {
            let value = |bits: &u64| Some(f64::from_bits(*bits)).filter(|it| it.is_finite());
            let written = a_row(bits.iter().map(value).collect());
            let line = line(&written);
            let read = row(line.trim_end_matches('\n'), bits.len()).unwrap();
            let as_bits = |row: &RunRow| -> Vec<Option<u64>> {
                row.values.iter().map(|it| it.map(f64::to_bits)).collect()
            };
            prop_assert_eq!(as_bits(&read), as_bits(&written));
            let rest = |row: RunRow| RunRow { values: Vec::new(), ..row };
            prop_assert_eq!(rest(read), rest(written));
        }
    }
}
