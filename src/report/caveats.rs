//! What to know before believing the numbers of several runs: their caveats, each told once.

/// Caveats that are told.
const SHOWN: usize = 6;

/// A caveat of one or several runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Caveat<'a> {
    /// As the first of them has it.
    pub(super) text: &'a str,
    /// Whether others have it with other figures.
    pub(super) varies: bool,
}

impl Caveat<'_> {
    /// In a sentence.
    pub(super) fn told(&self) -> String {
        match self.varies {
            true => format!("{} (elsewhere with other figures)", self.text),
            false => self.text.to_owned(),
        }
    }
}

/// The caveats of all runs, the first of each before the second ones: the most important come first
/// in each. Those that differ in figures alone are one.
pub(super) fn together<'a>(lists: impl Iterator<Item = &'a [String]>) -> Vec<Caveat<'a>> {
    let lists: Vec<&[String]> = lists.collect();
    let longest = lists.iter().map(|list| list.len()).max().unwrap_or(0);
    let mut all: Vec<Caveat<'a>> = Vec::new();
    for at in 0..longest {
        for text in lists.iter().filter_map(|list| list.get(at)) {
            match all.iter_mut().find(|it| is_alike(it.text, text)) {
                Some(known) => known.varies |= known.text != text,
                None => all.push(Caveat {
                    text,
                    varies: false,
                }),
            }
        }
    }
    all
}

/// The same as notes on a terminal; what `others` has the ones that are too many.
pub(super) fn notes(all: &[Caveat<'_>], others: &str) -> Vec<String> {
    let told = all.iter().take(SHOWN);
    let told = told.map(|it| format!("note: {}", it.told()));
    let more = all.len().saturating_sub(SHOWN);
    let rest = (0 < more).then(|| format!("note: and {more} more in {others}"));
    told.chain(rest).collect()
}

fn is_alike(a: &str, b: &str) -> bool {
    let is_word = |it: &char| !it.is_ascii_digit() && *it != '.' && *it != ',';
    a.chars().filter(is_word).eq(b.chars().filter(is_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_come_before_the_second_and_figures_make_no_other() {
        let list = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let lists = [
            list(&["load for 3 of 60 minutes", "free tier"]),
            list(&["the reading", "load for 12 of 60 minutes"]),
        ];
        let all = together(lists.iter().map(Vec::as_slice));
        let texts: Vec<&str> = all.iter().map(|it| it.text).collect();
        assert_eq!(
            texts,
            ["load for 3 of 60 minutes", "the reading", "free tier"]
        );
        assert!(all[0].varies && !all[1].varies);
        let many: Vec<String> = ["a", "b", "c", "d", "e", "f", "g", "h"]
            .map(str::to_owned)
            .into();
        let told = notes(&together([many.as_slice()].into_iter()), "cells.json");
        assert_eq!(told.len(), 7);
        assert_eq!(told[6], "note: and 2 more in cells.json");
    }
}
