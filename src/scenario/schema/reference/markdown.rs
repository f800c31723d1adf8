//! The reference as one page of Markdown, `docs/fields.md`.

use std::fmt::Write;

use super::place::{Inner, Place, block, inner};
use super::words::{holds, value_name};
use super::{FieldEntry, Standing};
use crate::catalog::fields;
use crate::scenario::names::NAME_FIELDS;
use crate::scenario::path::join;
use crate::scenario::schema::aws_reads::reads;
use crate::scenario::schema::table::{BLOCKS, Block, Kind};
use crate::scenario::schema::values;

const HEAD: &str = include_str!("head.md");
const AWS_HEAD: &str = include_str!("aws.md");

/// The page.
pub fn page() -> String {
    let places = places();
    let mut page = format!("{HEAD}\n");
    values_table(&mut page);
    for block in BLOCKS {
        let of = |(name, _): &&(&str, String)| *name == block.name;
        let paths: Vec<&str> = places
            .iter()
            .filter(of)
            .map(|(_, path)| path.as_str())
            .collect();
        block_table(&mut page, block, &paths);
    }
    let _ = writeln!(page, "{AWS_HEAD}\nSource: {}.\n", fields::source());
    aws_blocks(&mut page);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The blocks and where they stand, in the order of the table.
fn places() -> Vec<(&'static str, String)> {
    fn walk(place: &Place, above: &[&str], found: &mut Vec<(&'static str, String)>) {
        let Place::Ours { block, path } = place else {
            for name in place.names() {
                for inner in place.inner(name) {
                    if let Place::Ours { .. } = inner.place {
                        walk(&inner.place, above, found);
                    }
                }
            }
            return;
        };
        // A sum holds rates, which may be sums: said once.
        if above.contains(&block.name) {
            return;
        }
        found.push((block.name, path.clone()));
        let above = [above, &[block.name]].concat();
        for row in block.fields {
            for Inner { place, .. } in inner(row.kind, &join(path, row.name)) {
                walk(&place, &above, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(&Place::root(), &[], &mut found);
    found
}

fn values_table(page: &mut String) {
    page.push_str("## Values\n\n| value | like |\n|---|---|\n");
    for (name, schema) in values() {
        // Some are 0, or a text of a pattern.
        let schema = schema.pointer("/anyOf/1").unwrap_or(&schema);
        let examples = schema["examples"].as_array().into_iter().flatten();
        let examples = examples.filter_map(|example| example.as_str());
        let examples: Vec<String> = examples.map(|example| format!("`{example}`")).collect();
        let _ = writeln!(page, "| {} | {} |", value_name(name), examples.join(", "));
    }
    page.push('\n');
}

fn block_table(page: &mut String, block: &'static Block, paths: &[&str]) {
    let _ = writeln!(page, "## {}\n", block.name);
    let shown: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    match paths {
        [] | [""] => page.push_str("The whole file.\n\n"),
        _ => {
            let _ = writeln!(page, "At {}.\n", shown.join(", "));
        }
    }
    let place = Place::Ours {
        block,
        path: paths.first().copied().unwrap_or_default().to_owned(),
    };
    let entries = place.entries();
    let counts = |field: &&FieldEntry| field.standing != Standing::Later;
    page.push_str("| field | says | holds | default | example |\n|---|---|---|---|---|\n");
    for field in entries.iter().filter(counts) {
        let default = default(&place, field, paths);
        let example = field
            .example
            .map_or(String::new(), |text| format!("`{text}`"));
        let (name, says) = (field.name, field.says);
        let holds = linked(&field.holds);
        let _ = writeln!(
            page,
            "| `{name}` | {says} | {holds} | {default} | {example} |"
        );
    }
    if let Some(kind) = block.any_key {
        let what = match kind {
            Kind::Any => "accepted, without effect or refused".to_owned(),
            kind => holds(kind),
        };
        let _ = writeln!(page, "| any other | by its name | {what} | | |");
    }
    let later = entries
        .iter()
        .filter(|field| field.standing == Standing::Later);
    let later: Vec<String> = later.map(|field| format!("`{}`", field.name)).collect();
    if !later.is_empty() {
        let _ = write!(page, "\nNot simulated yet: {}.\n", later.join(", "));
    }
    page.push('\n');
}

/// `20ms (why)`; a block at several places has the first default that one of them has.
fn default(place: &Place, field: &FieldEntry, paths: &[&str]) -> String {
    let elsewhere = paths.iter().find_map(|path| {
        let Place::Ours { block, .. } = place else {
            return None;
        };
        let path = (*path).to_owned();
        Place::Ours { block, path }.entry(field.name)?.default
    });
    match (field.standing, field.default.or(elsewhere)) {
        (Standing::Required, _) => "required".to_owned(),
        (_, Some(row)) => format!("{} ({})", row.value, row.source),
        (_, None) => String::new(),
    }
}

/// `[law]` as a link to its table; AWS's lists of types, such as `[string]`, are none.
fn linked(holds: &str) -> String {
    let mut text = String::new();
    let mut rest = holds;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((name, end)) = after.split_once(']') else {
            break;
        };
        let _ = match block(name) {
            Some(_) => write!(text, "{before}[{name}](#{})", name.to_lowercase()),
            None => write!(text, "{before}list of {name}"),
        };
        rest = end;
    }
    text + rest
}

fn aws_blocks(page: &mut String) {
    let aws = block("aws").expect("the table has aws");
    let update = ("timeline.*.update", Kind::Aws("ecs.UpdateServiceRequest"));
    let rows = aws
        .fields
        .iter()
        .map(|row| (format!("aws.{}", row.name), row.kind));
    for (path, kind) in rows.chain([(update.0.to_owned(), update.1)]) {
        for Inner { place, .. } in inner(kind, &path) {
            if let Place::Aws { shape, .. } = &place {
                let _ = writeln!(page, "### {path}\n");
                aws_intro(page, (&path, shape), &place);
                let mut table = Lists::default();
                collect(&place, "", &mut table);
                table.write(page);
            }
        }
    }
}

/// The shape, its case, and what an entry goes by.
fn aws_intro(page: &mut String, (path, shape): (&str, &str), place: &Place) {
    let names = place.names();
    let is_pascal = names
        .first()
        .is_some_and(|name| name.starts_with(char::is_uppercase));
    let case = if is_pascal { "PascalCase" } else { "camelCase" };
    let (api, name) = shape.split_once('.').unwrap_or(("", shape));
    let merged = fields::BLOCKS.iter().find(|(known, _)| *known == shape);
    let merged = merged.map_or(String::new(), |(_, more)| {
        format!(" with {}", more.join(", "))
    });
    let key = match path {
        "aws.cluster" | "timeline.*.update" => String::new(),
        "aws.taskDefinitions" => "; an entry goes by `family`, or `family:revision`".to_owned(),
        "aws.schedules" => "; an entry goes by `Name`, in its group".to_owned(),
        "aws.scalableTargets" => "; an entry goes by its service's name".to_owned(),
        _ => {
            let key = NAME_FIELDS.iter().find(|field| names.contains(field));
            match key {
                Some(key) => format!("; an entry goes by `{key}`"),
                None => "; an entry goes by its index".to_owned(),
            }
        }
    };
    let _ = writeln!(page, "`{name}` of {api}{merged}, in {case}{key}.\n");
}

/// A shape's fields with those of the shapes in it, by what becomes of them.
#[derive(Default)]
struct Lists {
    effects: Vec<(String, FieldEntry)>,
    checked: Vec<String>,
    without: Vec<String>,
}

fn collect(place: &Place, below: &str, lists: &mut Lists) {
    for field in place.entries() {
        let name = match below {
            "" => field.name.to_owned(),
            below => format!("{below}.{}", field.name),
        };
        let inner = place.inner(field.name);
        match field.standing {
            Standing::NoEffect | Standing::Later => lists.without.push(name),
            Standing::Checked => {
                lists.checked.push(name.clone());
                nested(&inner, &name, lists);
            }
            Standing::Required | Standing::Optional => {
                lists.effects.push((name.clone(), field));
                nested(&inner, &name, lists);
            }
        }
    }
}

/// The fields inside, of shapes that the scenario reads field by field; others are read whole.
fn nested(inner: &[Inner], name: &str, lists: &mut Lists) {
    for Inner { place, .. } in inner {
        let Place::Aws { shape, .. } = place else {
            continue;
        };
        if reads(shape).is_some() {
            collect(place, name, lists);
        }
    }
}

impl Lists {
    fn write(&self, page: &mut String) {
        if !self.effects.is_empty() {
            page.push_str("| field | effect | holds | unit | default | example |\n");
            page.push_str("|---|---|---|---|---|---|\n");
        }
        for (name, field) in &self.effects {
            let default = field.default.map_or(String::new(), |row| {
                format!("{} ({})", row.value, row.source)
            });
            let says = match field.says {
                "" => "a field of this format, not of AWS's",
                says => says,
            };
            let holds = linked(&field.holds);
            let unit = field.unit.unwrap_or("–");
            let example = field
                .example
                .map_or(String::new(), |text| format!("`{text}`"));
            let _ = writeln!(
                page,
                "| `{name}` | {says} | {holds} | {unit} | {default} | {example} |"
            );
        }
        for (what, names) in [
            ("Only looked at", &self.checked),
            ("Accepted without effect", &self.without),
        ] {
            if !names.is_empty() {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let _ = write!(page, "\n{what}: {}.\n", names.join(", "));
            }
        }
        page.push('\n');
    }
}
