//! An example of every field of the format's own blocks, and of those of AWS's that have an effect,
//! with their units; a test loads each one.

/// Lines `block.field: example`.
const TABLE: &str = include_str!("examples.txt");

/// Lines `shape.field | unit | example`.
const AWS_TABLE: &str = include_str!("aws_examples.txt");

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

/// A field of AWS's: what its number counts, and what stands in its shape to show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AwsExample {
    /// The shape, such as `ecs.Service`.
    pub shape: &'static str,
    /// The field.
    pub field: &'static str,
    /// The unit of its number, if it has one.
    pub unit: Option<&'static str>,
    /// What stands in its shape, between the braces.
    pub example: &'static str,
}

/// The example of a field of AWS's.
pub fn of_aws(shape: &str, field: &str) -> Option<AwsExample> {
    aws_rows().find(|row| (row.shape, row.field) == (shape, field))
}

/// All of AWS's fields that have an example.
pub fn aws_rows() -> impl Iterator<Item = AwsExample> {
    let lines = AWS_TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let (path, rest) = line.split_once(" | ")?;
        let (unit, example) = rest.split_once(" | ")?;
        let (shape, field) = path.rsplit_once('.')?;
        Some(AwsExample {
            shape,
            field,
            unit: (unit != "-").then_some(unit),
            example,
        })
    })
}
