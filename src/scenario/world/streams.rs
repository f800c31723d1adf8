//! `world.streams`: pins a thing's random stream to another name, so that variants draw alike.

use std::collections::BTreeMap;

use crate::engine::random::NameHash;
use crate::scenario::context::unknown_name;
use crate::scenario::reader::{Field, MapReader};

/// Which name each thing draws under.
#[derive(Default)]
pub(in crate::scenario) struct StreamNames<'a> {
    pinned: BTreeMap<String, (String, Field<'a>)>,
}

/// Reads the block.
pub(super) fn read(map: Option<MapReader<'_>>) -> StreamNames<'_> {
    let mut names = StreamNames::default();
    let Some(mut map) = map else {
        return names;
    };
    for (key, field) in map.entries() {
        if let Some(name) = field.str() {
            names
                .pinned
                .insert(key.text.clone(), (name.to_owned(), field));
        }
    }
    map.finish();
    names
}

impl StreamNames<'_> {
    /// The key of the thing's random streams.
    pub(in crate::scenario) fn key(&self, name: &str) -> NameHash {
        NameHash::of(self.name(name))
    }

    /// The name that the thing draws under.
    fn name<'n>(&'n self, name: &'n str) -> &'n str {
        let pinned = self.pinned.get(name).map(|(name, _)| name.as_str());
        pinned.unwrap_or(name)
    }

    /// Puts things in the order in which they are asked where several want the same: by the names
    /// that they draw under, so that neither the order of the file nor a new name changes it.
    pub(in crate::scenario) fn put_in_order<T>(&self, things: &mut [T], name: impl Fn(&T) -> &str) {
        things.sort_by(|a, b| {
            let (a, b) = (name(a), name(b));
            (self.name(a), a).cmp(&(self.name(b), b))
        });
    }

    pub(super) fn check_names(&self, known: &[&str]) {
        for (name, (_, field)) in &self.pinned {
            if !known.contains(&name.as_str()) {
                unknown_name(
                    field,
                    "service, program, group or zone",
                    name,
                    known.iter().copied(),
                );
            }
        }
    }
}
