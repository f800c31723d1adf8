//! The JSON Schema of the scenario format, for editors: draft 2020-12, from one table of fields.
//!
//! Blocks of our own stand in [`table::BLOCKS`]; AWS's come from the catalogue of AWS's own shapes.
//! A test holds the table to what the reader asks for, field by field.

pub mod aws_reads;
pub mod examples;
pub mod reference;
pub mod table;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use crate::catalog::fields;
use table::{BLOCKS, Block, Kind};

/// The schema as JSON.
pub fn json_schema() -> Json {
    let mut definitions = Map::new();
    let mut shapes = BTreeSet::new();
    for block in BLOCKS {
        definitions.insert(block.name.to_owned(), object(block, &mut shapes));
    }
    // Shapes name further shapes: until none is new.
    let mut done = BTreeSet::new();
    while let Some(shape) = shapes.iter().find(|shape| !done.contains(*shape)).cloned() {
        let schema = aws_object(&shape, &mut shapes);
        definitions.insert(shape.clone(), schema);
        done.insert(shape);
    }
    for (name, schema) in values() {
        definitions.insert(name.to_owned(), schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fleetcast scenario",
        "$ref": "#/$defs/scenario",
        "$defs": definitions,
    })
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn object(block: &Block, shapes: &mut BTreeSet<String>) -> Json {
    let mut properties = Map::new();
    let built = block
        .fields
        .iter()
        .filter(|field| field.kind != Kind::Later);
    for field in built {
        let mut schema = kind(field.kind, shapes);
        if let (Json::Object(schema), false) = (&mut schema, field.doc.is_empty()) {
            schema.insert("description".to_owned(), Json::from(field.doc));
        }
        properties.insert(field.name.to_owned(), schema);
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    let open = match block.any_key {
        Some(inner) => kind(inner, shapes),
        None => Json::from(false),
    };
    schema["additionalProperties"] = open;
    if !block.required.is_empty() {
        schema["required"] = json!(block.required);
    }
    schema
}

fn kind(kind: Kind, shapes: &mut BTreeSet<String>) -> Json {
    match kind {
        Kind::Text => json!({ "type": ["string", "number"] }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Switch => json!({ "type": "boolean" }),
        Kind::Words(words) => json!({ "enum": words }),
        Kind::Value(name) | Kind::Block(name) => reference(name),
        Kind::Blocks(name) => json!({ "type": "array", "items": reference(name) }),
        Kind::ByName(name) => json!({ "type": "object", "additionalProperties": reference(name) }),
        Kind::Aws(shape) => {
            shapes.insert(shape.to_owned());
            reference(shape)
        }
        Kind::AwsList(shape) => {
            shapes.insert(shape.to_owned());
            json!({ "type": "array", "items": reference(shape) })
        }
        Kind::TextOrTexts => json!({
            "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
        }),
        Kind::Or(first, second) => {
            json!({ "anyOf": [self::kind(*first, shapes), self::kind(*second, shapes)] })
        }
        Kind::Any | Kind::Later => json!({}),
    }
}

/// A block of AWS's: any field that AWS has.
fn aws_object(block: &str, shapes: &mut BTreeSet<String>) -> Json {
    let api = block.split('.').next().unwrap_or_default();
    let mut properties = Map::new();
    for name in fields::names(block) {
        let Some(field) = fields::field(block, name) else {
            continue;
        };
        let mut inner = |shape: &str| {
            let name = format!("{api}.{shape}");
            shapes.insert(name.clone());
            reference(&name)
        };
        let schema = match field.kind {
            fields::Kind::Scalar("boolean") => json!({ "type": ["boolean", "null"] }),
            fields::Kind::Scalar("integer" | "long" | "double" | "float") => {
                json!({ "type": ["number", "string", "null"] })
            }
            fields::Kind::Scalar(_) => json!({ "type": ["string", "number", "null"] }),
            fields::Kind::Structure(shape) => inner(shape),
            fields::Kind::Structures(shape) => {
                json!({ "type": "array", "items": inner(shape) })
            }
            fields::Kind::Other(_) => json!({}),
        };
        properties.insert(name.to_owned(), schema);
    }
    for extra in table::BESIDE_AWS.iter().filter(|extra| extra.0 == block) {
        properties.insert(extra.1.to_owned(), kind(extra.2, shapes));
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}

/// A text of this shape.
fn text(pattern: &str, examples: &[&str]) -> Json {
    json!({ "type": "string", "pattern": pattern, "examples": examples })
}

/// Values with units, with examples.
fn values() -> Vec<(&'static str, Json)> {
    let or_zero = |schema: Json| json!({ "anyOf": [{ "const": 0 }, schema] });
    let time = "(us|µs|ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)";
    let duration = format!("^\\s*([0-9.]+\\s*{time}\\s*)+$");
    let rate = format!("^\\s*[0-9.]+\\s*\\w*\\s*/\\s*[0-9]*\\s*{time}\\s*$");
    let size = "^\\s*[0-9.]+\\s*[kKMGT]?i?B\\s*$";
    let moment = text(".", &["2d 14h", "2026-03-05T12:00:00Z", "03:00"]);
    let name = json!({ "type": "string", "examples": ["api"] });
    vec![
        (
            "duration",
            or_zero(text(&duration, &["200ms", "10s", "1h 30m", "7d"])),
        ),
        ("size", or_zero(text(size, &["400B", "1KiB", "220MiB"]))),
        ("ratePerTime", text(&rate, &["20/s", "800/min"])),
        ("share", text("^\\s*[0-9.]+\\s*%\\s*$", &["0.1 %"])),
        ("money", text("^\\s*[0-9.]+\\s*USD\\s*$", &["1200 USD"])),
        (
            "priceStep",
            text(
                "^\\s*([-+]?[0-9.]+\\s*%|[0-9.]+\\s*USD)\\s*$",
                &["5 %", "-10 %", "0.05 USD"],
            ),
        ),
        (
            "moneyRate",
            text("^\\s*[0-9.]+\\s*USD/[a-z0-9]+\\s*$", &["4.00 USD/h"]),
        ),
        ("vcpus", text("^\\s*[0-9.]+\\s*vCPU\\s*$", &["0.02 vCPU"])),
        (
            "timeOfDay",
            text("^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$", &["14:00"]),
        ),
        ("instant", text("^[0-9]{4}-", &["2026-03-05T00:00:00Z"])),
        ("streamName", name),
        ("moment", or_zero(moment)),
    ]
}

#[cfg(test)]
mod tests;
