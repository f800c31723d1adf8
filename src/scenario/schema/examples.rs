//! An example of every field of the format's own blocks; a test loads each one.

/// Lines `block.field: example`.
const TABLE: &str = include_str!("examples.txt");

/// What stands in a block, between its braces, to show one of its fields.
pub fn example(block: &str, field: &str) -> Option<&'static str> {
    rows()
        .find(|(known, name, _)| (*known, *name) == (block, field))
        .map(|(_, _, example)| example)
}

/// All of the table: block, field, example.
pub fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (path, example) = line.split_once(": ")?;
        let (block, field) = path.split_once('.')?;
        Some((block, field, example))
    })
}
