//! Every worked example of AWS's pages that the project knows by an id is a test where what it
//! touches is built, with AWS's source beside it, and said here where it is not.

use super::source;

/// An example's number, and AWS's source of it as the tests name it: a page, an API's shape.
type Built = (u32, &'static str);

/// Examples of the capacity pages that touch what is built: `CAP-E<number>`.
const CAP_BUILT: &[Built] = &[
    (1, "spot workshop"),
    (2, "spot workshop"),
    (3, "API CapacityProviderStrategyItem"),
    (4, "API CapacityProviderStrategyItem"),
    (5, "AWS Korea's session"),
    (6, "AWS-KR"),
    (7, "AWS-KR"),
    (8, "BLOG-cas"),
    (9, "WS-spot"),
    (10, "DG-managed-scaling"),
    (11, "DG-managed-scaling"),
    (12, "DG-managed-scaling"),
    (13, "DG-managed-scaling"),
    (14, "DG-managed-scaling"),
    (15, "DG-managed-scaling"),
    (16, "DG-managed-scaling"),
    (17, "ASG-UG"),
    (18, "ASG-UG"),
    (19, "ASG-UG"),
    (20, "developer guide, throttling"),
    (21, "UpdateContainerInstancesState"),
    (22, "UpdateContainerInstancesState"),
    (23, "container-instance-draining"),
    (24, "DG-azr"),
    (25, "elastic network interface trunking"),
    (26, "memory management"),
    (27, "memory management"),
    (28, "AWS Fargate pricing"),
    (29, "AWS Fargate pricing"),
    (30, "fargate-capacity-providers"),
    (31, "API PlacementStrategy"),
    (32, "ASG-UG"),
    (33, "DG-mi-opt"),
];
/// Examples of the pages on services that touch what is built: `SVC-E<number>`.
const SVC_BUILT: &[Built] = &[
    (1, "API DeploymentConfiguration"),
    (2, "deployment-type-ecs"),
    (3, "deployment-type-ecs"),
    (4, "service-options"),
    (5, "deployment-circuit-breaker"),
    (6, "sample-apex-skills"),
    (7, "step-scaling"),
    (8, "API StepScalingPolicyConfiguration"),
    (9, "step-scaling"),
    (10, "as-using-sqs-queue"),
    (11, "as-scaling-target-tracking"),
    (12, "a dump of real alarms"),
    (13, "API PredictiveScalingPolicyConfiguration"),
    (14, "cloudwatch-metrics"),
    (15, "cloudwatch-metrics"),
    (16, "API HealthCheck"),
    (17, "API TaskSet"),
    (18, "load-balancer-healthcheck"),
    (19, "sample-apex-skills"),
    (20, "alarms-and-missing-data"),
    (21, "eb-create-rule-schedule"),
    (22, "pitchblack408/pyawscron"),
    (23, "pitchblack408/pyawscron"),
    (24, "beemhq/aws-cron-parser"),
    (25, "API UpdateContainerInstancesState"),
    (26, "API servicediscovery, DnsConfig"),
];

/// The others, by what they need.
const CAP_NOT_BUILT: &[(&str, &[u32])] = &[];
/// The others, by what they need.
const SVC_NOT_BUILT: &[(&str, &[u32])] = &[];

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

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

/// Whether a line is in a test function, or in the comment above one.
fn is_in_test(lines: &[&str], at: usize) -> bool {
    let above = (at..lines.len()).find(|&line| !is_comment(lines[line]));
    if is_comment(lines[at]) && above.is_some_and(|line| lines[line].trim() == "#[test]") {
        return true;
    }
    let is_function = |line: &&&str| {
        indent(line) < indent(lines[at])
            && line
                .trim_start()
                .trim_start_matches("pub ")
                .starts_with("fn ")
    };
    let before = lines[..at].iter().rev();
    let function = before.clone().position(|line| is_function(&line));
    let above = function.and_then(|up| (at - up).checked_sub(2));
    above.is_some_and(|above| lines[above].trim() == "#[test]")
}

/// A line of code; or of a comment, all of it on one line.
fn row(lines: &[&str], at: usize) -> String {
    if !is_comment(lines[at]) {
        return lines[at].to_owned();
    }
    let first = (0..=at)
        .rev()
        .take_while(|&line| is_comment(lines[line]))
        .last();
    let rest = lines[first.unwrap_or(at)..].iter();
    let words = rest
        .take_while(|line| is_comment(line))
        .flat_map(|line| line.trim_start().trim_start_matches('/').split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

/// The examples that the tests of a file name, each with what stands beside it.
fn tested(text: &str, prefix: &str) -> Vec<(u32, String)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for at in (0..lines.len()).filter(|&at| lines[at].contains(prefix)) {
        if is_in_test(&lines, at) {
            let row = row(&lines, at);
            found.extend(
                named(lines[at], prefix)
                    .into_iter()
                    .map(|id| (id, row.clone())),
            );
        }
    }
    found
}

fn check(prefix: &str, last: u32, built: &[Built], not_built: &[(&str, &[u32])]) {
    let mut files = source::files("src");
    files.extend(source::files("tests"));
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| !file.path.ends_with("worked_examples.rs"))
    {
        for (id, row) in tested(&file.text, prefix) {
            let source = built.iter().find(|(known, _)| *known == id);
            let source = source.map_or("a source (say which in the table here)", |it| it.1);
            assert!(
                row.contains(source),
                "{}: {prefix}{id} names no {source:?} beside it: {row}",
                file.path
            );
            found.push(id);
        }
    }
    found.sort_unstable();
    found.dedup();
    let built: Vec<u32> = built.iter().map(|(id, _)| *id).collect();
    assert_eq!(found, built, "{prefix}: the examples that tests name");
    let others = not_built.iter().flat_map(|(_, ids)| ids.iter());
    let mut all: Vec<u32> = built.iter().chain(others).copied().collect();
    all.sort_unstable();
    assert_eq!(all, (1..=last).collect::<Vec<u32>>(), "{prefix}: each once");
}

#[test]
fn only_what_stands_in_a_test_counts_with_all_of_its_row() {
    let text = "
/// X-E1, a page.
fn rule() {}

/// X-E2, a
/// page.
#[test]
fn first() {
    // X-E3.
    let table = [(1, \"X-E4, a page\")];
    for row in table {
        assert!(row); // X-E5
    }
}

fn helper() {
    let row = \"X-E6, a page\";
}
";
    let expected = [
        (2, "X-E2, a page."),
        (3, "X-E3."),
        (4, "    let table = [(1, \"X-E4, a page\")];"),
        (5, "        assert!(row); // X-E5"),
    ];
    assert_eq!(
        tested(text, "X-E"),
        expected.map(|(id, row)| (id, row.to_owned()))
    );
}

#[test]
fn every_worked_example_of_what_is_built_is_a_test_that_names_its_source() {
    check("CAP-E", 33, CAP_BUILT, CAP_NOT_BUILT);
    check("SVC-E", 26, SVC_BUILT, SVC_NOT_BUILT);
}
