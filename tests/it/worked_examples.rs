//! Every worked example of AWS's pages that the project knows by an id is a test where what it
//! touches is built, and said here where it is not.

use super::source;

/// Examples of the capacity pages that touch what is built: `CAP-E<number>`.
const CAP_BUILT: &[u32] = &[1, 2, 3, 4, 5, 20, 21, 22, 23, 25, 26, 27, 28, 29, 30];
/// Examples of the pages on services that touch what is built: `SVC-E<number>`.
const SVC_BUILT: &[u32] = &[1, 2, 3, 4, 9, 10, 11, 12, 14, 16, 18, 20, 25];

/// The others, by what they need.
const CAP_NOT_BUILT: &[(&str, &[u32])] = &[
    (
        "managed scaling of an EC2 capacity provider",
        &[6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    ),
    ("Auto Scaling groups", &[17, 18, 19, 32]),
    ("availability zone rebalancing", &[24]),
    ("container instances", &[31]),
    ("Managed Instances", &[33]),
];
/// The others, by what they need.
const SVC_NOT_BUILT: &[(&str, &[u32])] = &[
    ("circuit breaker", &[5, 6]),
    ("step scaling", &[7, 8]),
    ("predictive scaling", &[13]),
    ("container instances", &[15]),
    ("task sets", &[17]),
    ("linear deployments", &[19]),
    ("schedules", &[21, 22, 23, 24]),
    ("Cloud Map", &[26]),
];

/// The numbers after `prefix` in a text.
fn named(text: &str, prefix: &str) -> Vec<u32> {
    let after = text.match_indices(prefix).map(|(at, _)| {
        let rest = &text[at + prefix.len()..];
        rest.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
    });
    after.filter_map(|digits| digits.parse().ok()).collect()
}

fn check(prefix: &str, last: u32, built: &[u32], not_built: &[(&str, &[u32])]) {
    let mut files = source::files("src");
    files.extend(source::files("tests"));
    let mut tested: Vec<u32> = files
        .iter()
        .filter(|file| !file.path.ends_with("worked_examples.rs"))
        .flat_map(|file| named(&file.text, prefix))
        .collect();
    tested.sort_unstable();
    tested.dedup();
    assert_eq!(tested, built, "{prefix}: the examples that tests name");
    let others = not_built.iter().flat_map(|(_, ids)| ids.iter());
    let mut all: Vec<u32> = built.iter().chain(others).copied().collect();
    all.sort_unstable();
    assert_eq!(all, (1..=last).collect::<Vec<u32>>(), "{prefix}: each once");
}

#[test]
fn every_worked_example_of_what_is_built_is_a_test() {
    check("CAP-E", 33, CAP_BUILT, CAP_NOT_BUILT);
    check("SVC-E", 26, SVC_BUILT, SVC_NOT_BUILT);
}
