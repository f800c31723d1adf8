//! The right instance type for a wrong name.

use thiserror::Error;

use super::{InstanceType, all, family};
use crate::catalog::names;

/// There is no instance type of this name.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("there is no instance type \"{name}\"")]
pub struct UnknownInstanceType {
    /// What was asked for.
    pub name: String,
}

impl UnknownInstanceType {
    /// For a name that the catalog lacks.
    pub(super) fn new(name: &str) -> Self {
        let name = name.to_owned();
        UnknownInstanceType { name }
    }

    /// Which type may have been meant; or the sizes of its family, where that exists.
    pub fn help(&self) -> Option<String> {
        let near: Vec<&str> = nearest(&self.name).iter().map(|near| near.name).collect();
        if let Some(help) = names::did_you_mean(&near) {
            return Some(help);
        }
        let asked = family_of(&self.name);
        let sizes: Vec<&str> = family(&asked).iter().map(|known| known.size()).collect();
        (!sizes.is_empty()).then(|| format!("{asked} has {}", sizes.join(", ")))
    }
}

/// The types that a wrong name may mean, at most three, the likeliest first: the same letters in
/// another spelling, a size of the family next to the one asked for, the nearest names otherwise.
pub fn nearest(name: &str) -> Vec<&'static InstanceType> {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|letter| letter.is_ascii_alphanumeric());
        letters.collect::<String>().to_lowercase()
    };
    let asked = letters(name);
    if let Some(same) = all().iter().find(|known| letters(known.name) == asked) {
        return vec![same];
    }
    let sizes = family(&family_of(name));
    if sizes.is_empty() {
        return by_name(names::nearest(name, all().iter().map(|known| known.name)));
    }
    let size = name.split_once('.').map_or("", |(_, size)| size);
    match multiple(size) {
        Some(wanted) => beside(&sizes, wanted),
        None => {
            let mut near = names::nearest(name, sizes.iter().map(|known| known.name));
            near.truncate(1);
            by_name(near)
        }
    }
}

fn by_name(names: Vec<&'static str>) -> Vec<&'static InstanceType> {
    let known = |name| super::find(name).ok().map(super::get);
    names.into_iter().filter_map(known).collect()
}

fn family_of(name: &str) -> String {
    let family = name.split_once('.').map_or(name, |(family, _)| family);
    family.to_lowercase()
}

/// How many xlarge a size is.
fn multiple(size: &str) -> Option<u32> {
    match size.to_lowercase().strip_suffix("xlarge")? {
        "" => Some(1),
        count => count.parse().ok(),
    }
}

/// The next smaller and the next larger size of a family.
fn beside(sizes: &[&'static InstanceType], wanted: u32) -> Vec<&'static InstanceType> {
    let counted = sizes
        .iter()
        .filter_map(|known| multiple(known.size()).map(|count| (count, *known)));
    let (smaller, larger): (Vec<_>, Vec<_>) = counted.partition(|(count, _)| *count < wanted);
    let smaller = smaller.into_iter().max_by_key(|(count, _)| *count);
    let larger = larger.into_iter().min_by_key(|(count, _)| *count);
    smaller
        .into_iter()
        .chain(larger)
        .map(|(_, known)| known)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalog::instances::find;

    fn check(wrong: &str, help: &str) {
        let refusal = find(wrong).unwrap_err();
        assert_eq!(refusal.help().as_deref().unwrap_or("none"), help, "{wrong}");
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        check("m6i.lagre", "did you mean \"m6i.large\"?");
        check("M6I.Large", "did you mean \"m6i.large\"?");
        check("m6i-large", "did you mean \"m6i.large\"?");
        check(
            "m6i.3xlarge",
            "did you mean \"m6i.2xlarge\" or \"m6i.4xlarge\"?",
        );
        check("m6i.99xlarge", "did you mean \"m6i.32xlarge\"?");
        check(
            "m6i",
            "m6i has large, xlarge, 2xlarge, 4xlarge, 8xlarge, 12xlarge, 16xlarge, 24xlarge, \
             32xlarge, metal",
        );
        check(
            "mi6.xlarge",
            "did you mean \"m6i.xlarge\", \"c6i.xlarge\" or \"g6.xlarge\"?",
        );
        check("", "none");
        check("Standard_D4s_v5", "none");
    }

    proptest! {
        #[test]
        fn any_name_is_found_or_answered(name in "\\PC{0,24}") {
            let found = find(&name);
            prop_assert!(found.is_ok() || nearest(&name).len() <= 3);
            let _ = found.map_err(|refusal| refusal.help());
        }

        #[test]
        fn names_of_the_right_letters_are_found_or_answered(name in "[a-z]{1,3}[0-9]{1,2}[a-z]?[.]?[0-9]{0,20}(x?large|metal)?") {
            let _ = find(&name).map_err(|refusal| refusal.help());
        }
    }
}
