//! Which fields AWS has in each of its API's shapes.

/// One field of a shape.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ApiField {
    /// The field's name as AWS spells it.
    pub name: &'static str,
    /// What it holds.
    pub kind: &'static str,
}

/// The field of a block (such as `ecs.Service`), if AWS has it.
pub fn field(block: &str, name: &str) -> Option<ApiField> {
    let _ = (block, name);
    None
}

/// All names of fields of a block, in alphabetical order.
pub fn names(block: &str) -> Vec<&'static str> {
    let _ = block;
    Vec::new()
}
