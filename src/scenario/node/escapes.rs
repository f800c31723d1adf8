//! JSON's escapes for characters beyond the basic plane, which YAML writes otherwise.

use std::borrow::Cow;

/// Rewrites pairs like `\ud83d\ude00` (JSON, as Python and others print it) as YAML's `\U0001F600`.
/// Only in files that start as JSON does: YAML's single quotes know no escapes. What follows in the
/// line moves two columns to the left, in messages only.
pub(super) fn join_surrogates(text: &str) -> Cow<'_, str> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    if !is_json || !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        joined.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match pair(rest) {
            Some(character) => {
                joined.push_str(&format!("\\U{:08X}", u32::from(character)));
                12
            }
            None => {
                joined.push_str("\\u");
                2
            }
        };
        rest = &rest[taken..];
    }
    joined.push_str(rest);
    Cow::Owned(joined)
}

/// The character of the pair of escapes at the start of a text.
fn pair(text: &str) -> Option<char> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let units = [unit(0)?, unit(6)?];
    // A single unit that is no surrogate is a character already, and YAML reads it.
    let mut characters = char::decode_utf16(units);
    let first = characters.next()?.ok()?;
    characters.next().is_none().then_some(first)
}
