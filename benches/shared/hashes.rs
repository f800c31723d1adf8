//! The committed hash of every bench's result, so that speed is never bought with another answer.

use std::collections::BTreeMap;
use std::fmt::{Debug, Write};
use std::fs;

use super::{Checksum, is_test};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/hashes.txt");
/// Set: the file is written anew, as that of the event hashes is.
const UPDATE: &str = "FLEETCAST_UPDATE_HASHES";

/// The checksum of a value as `Debug` prints it: of numbers all digits, so that it is equal where
/// all of their bits are. Where the project stands does not count.
pub fn of(value: &impl Debug) -> Checksum {
    let text = format!("{value:?}").replace(env!("CARGO_MANIFEST_DIR"), "");
    let mut sum = Checksum::default();
    text.bytes().for_each(|byte| sum.add(u64::from(byte)));
    sum
}

/// Holds a bench's result to the committed hash; the small inputs of `cargo test` have their own.
///
/// # Panics
/// If it is another.
pub fn hold(bench: &str, result: Checksum) {
    let key = match is_test() {
        true => format!("{bench} (small)"),
        false => bench.to_owned(),
    };
    let found = format!("{:016x}", result.value());
    let text = fs::read_to_string(FILE).unwrap_or_default();
    let rows = text.lines().filter_map(|line| line.rsplit_once(": "));
    let mut rows: BTreeMap<String, String> = rows
        .map(|(key, hash)| (key.to_owned(), hash.to_owned()))
        .collect();
    if std::env::var_os(UPDATE).is_some() {
        rows.insert(key, found);
        let mut text = String::new();
        for (key, hash) in rows {
            writeln!(text, "{key}: {hash}").expect("a string takes everything");
        }
        fs::write(FILE, text).expect("the benches' folder can be written to");
        return;
    }
    assert_eq!(
        rows.get(&key),
        Some(&found),
        "{key}: the result is another than the committed one (left: benches/hashes.txt, right: \
         now). If that is not meant, it is a defect. If it is, write the file anew with\n  \
         {UPDATE}=1 cargo test --benches\n  {UPDATE}=1 cargo bench -- --test"
    );
}
