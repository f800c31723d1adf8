//! The right name for a wrong one: what messages suggest.

/// The known names nearest to `wrong`, nearest first, at most three; none if nothing is near.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let lower = wrong.to_lowercase();
    let mut scored: Vec<(usize, &str)> = known
        .into_iter()
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        // A third of the letters may differ, and always two: `mx` for `max`.
        .filter(|(distance, name)| *distance <= 2.max(name.chars().count() / 3))
        .filter(|(distance, name)| *distance < name.chars().count())
        .collect();
    scored.sort();
    scored.dedup();
    let best = scored.first().map_or(0, |(distance, _)| *distance);
    scored.retain(|(distance, _)| *distance <= best + 1);
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

/// `did you mean "desiredCount"?`, or the list of all names if none is near and they are few.
pub fn suggestion<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    did_you_mean(&nearest(wrong, known.iter().copied())).or_else(|| match known.len() {
        1..=20 => Some(format!("known here: {}", known.join(", "))),
        _ => None,
    })
}

/// `did you mean "a", "b" or "c"?`; nothing for no names.
pub fn did_you_mean(near: &[&str]) -> Option<String> {
    match near {
        [] => None,
        [one] => Some(format!("did you mean \"{one}\"?")),
        [first @ .., last] => Some(format!(
            "did you mean \"{}\" or \"{last}\"?",
            first.join("\", \"")
        )),
    }
}
