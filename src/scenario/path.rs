//! Paths of the scenario: `aws.services.api.desiredCount`, `a.b[c]`; reading and setting by path.

use crate::scenario::node::Node;

/// The fields by which AWS names the entries of its lists, tried in this order.
pub const NAME_FIELDS: [&str; 1] = ["name"];

/// The name of a list's entry.
pub fn entry_name(node: &Node) -> Option<String> {
    NAME_FIELDS
        .iter()
        .find_map(|field| node.get(field)?.as_text())
        .map(str::to_owned)
}

/// A path and one more key.
pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
