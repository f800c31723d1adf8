use proptest::prelude::*;

use super::*;

/// An m5.large in us-east-1a with tasks of two groups.
struct Host {
    attributes: Vec<(&'static str, &'static str)>,
    groups: Vec<&'static str>,
}

impl Facts for Host {
    fn is_agent_connected(&self) -> bool {
        true
    }

    fn agent_version(&self) -> &str {
        "1.90.0"
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let mut named = self.attributes.iter();
        named.find(|it| it.0 == name).map(|it| it.1)
    }

    fn ec2_instance_id(&self) -> Option<&str> {
        Some("i-abcd1234")
    }

    fn registered_at_micros(&self) -> i64 {
        // 2026-03-01T00:00:00Z
        1_772_323_200_000_000
    }

    fn running_tasks(&self) -> u32 {
        2
    }

    fn has_task_group(&self, is_meant: &dyn Fn(&str) -> bool) -> bool {
        self.groups.iter().any(|group| is_meant(group))
    }
}

fn host() -> Host {
    Host {
        attributes: vec![
            ("ecs.instance-type", "m5.large"),
            ("ecs.availability-zone", "us-east-1a"),
            ("stack", "prod"),
        ],
        groups: vec!["service:production", "family:etl"],
    }
}

fn holds(text: &str) -> bool {
    Expression::parse(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .holds(&host())
}

fn error(text: &str) -> String {
    let error = Expression::parse(text).expect_err(text);
    format!("{}: {}", error.at, error.reason)
}

/// The forms that the developer guide shows (DG-2023, "Cluster query language").
#[test]
fn expressions_of_the_developer_guide_mean_what_it_says() {
    for (text, expected) in [
        ("attribute:ecs.instance-type == m5.large", true),
        ("attribute:ecs.instance-type =~ m5.*", true),
        ("attribute:ecs.instance-type =~ t2.*", false),
        (
            "attribute:ecs.availability-zone in [us-east-1a, us-east-1b]",
            true,
        ),
        (
            "attribute:ecs.instance-type == g2.2xlarge and \
             attribute:ecs.availability-zone != us-east-1d",
            false,
        ),
        ("task:group == service:production", true),
        ("not(task:group == database)", true),
        ("runningTasksCount == 1", false),
        ("ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", true),
        ("(runningTasksCount >= 2) && (attribute:stack exists)", true),
        ("agentConnected equals true", true),
        ("registeredAt < 2026-03-02", true),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
}

#[test]
fn every_operator_has_its_words_and_its_signs() {
    for (sign, word, argument, expected) in [
        ("==", "equals", "2", true),
        ("!=", "not_equals", "2", false),
        (">", "greater_than", "1", true),
        (">=", "greater_than_equal", "3", false),
        ("<", "less_than", "2", false),
        ("<=", "less_than_equal", "2", true),
        ("in", "in", "[1, 2]", true),
        ("!in", "not_in", "[1, 3]", true),
        ("exists", "exists", "", true),
        ("!exists", "not_exists", "", false),
    ] {
        for operator in [sign, word] {
            let text = format!("runningTasksCount {operator} {argument}");
            assert_eq!(holds(&text), expected, "{text}");
        }
    }
    assert!(holds("attribute:stack !~ de.*"));
    assert!(!holds("attribute:stack not_matches pr(o|e)d"));
    assert!(
        holds("agentVersion >= 1.9.0"),
        "versions are no texts: 90 is above 9"
    );
}

/// ASSUMPTION of the module: attributes are strings, and so is their order.
#[test]
fn attributes_are_compared_as_text() {
    let host = Host {
        attributes: vec![("rank", "10")],
        groups: vec![],
    };
    let asked = |text: &str| Expression::parse(text).unwrap();
    assert!(asked("attribute:rank < 9").holds(&host));
    assert!(!asked("attribute:rank > 9").holds(&host));
    let mixed = asked("attribute:rank > 9 and not(attribute:rank <= a or runningTasksCount > 3)");
    assert_eq!(mixed.numbers_as_text(), [("rank", "9")]);
}

#[test]
fn and_binds_more_than_or_and_not_more_than_both() {
    let yes = "attribute:stack == prod";
    let no = "attribute:stack == test";
    assert!(holds(&format!("{yes} or {no} and {no}")));
    assert!(!holds(&format!("({yes} or {no}) and {no}")));
    assert!(holds(&format!("not {no} and {yes}")));
    assert!(holds(&format!("!({no} || {no}) && {yes}")));
}

#[test]
fn an_attribute_that_nobody_has_is_unequal_to_everything() {
    for (text, expected) in [
        ("attribute:gpu == a", false),
        ("attribute:gpu != a", true),
        ("attribute:gpu in [a]", false),
        ("attribute:gpu !in [a]", true),
        ("attribute:gpu =~ .*", false),
        ("attribute:gpu exists", false),
        ("attribute:gpu !exists", true),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    for (text, expected) in [
        (
            "",
            "0: an expression is missing, such as `attribute:ecs.instance-type == m6i.large`",
        ),
        ("attribute: == a", "10: the name of an attribute is missing"),
        (
            "attribut:stack == prod",
            "0: `attribut:stack` is no subject; did you mean `attribute:NAME`?",
        ),
        (
            "runningTaskCount > 1",
            "0: `runningTaskCount` is no subject; did you mean \
                                  `runningTasksCount`?",
        ),
        (
            "attribute:stack prod",
            "16: an operator is missing: ==, !=, >, >=, <, <=, exists, \
                                  !exists, in, !in, =~ or !~",
        ),
        ("attribute:stack ==", "18: a value is missing"),
        (
            "attribute:stack in prod",
            "19: a list in brackets is needed here, such as [a, b]",
        ),
        ("attribute:stack in [a b]", "22: `,` or `]` is missing"),
        ("(attribute:stack exists", "23: `)` is missing"),
        ("attribute:stack exists)", "22: no parenthesis is open here"),
        (
            "attribute:a exists attribute:b exists",
            "19: `and` or `or` is missing before this",
        ),
        (
            "runningTasksCount > many",
            "20: a whole number is needed here, not `many`",
        ),
        (
            "task:group > a",
            "11: this subject has no order; use `==` or `in`",
        ),
        (
            "attribute:a =~ (",
            "15: `(` is no pattern that can be used here",
        ),
        ("attribute:a == 'b", "15: the quote ' is never closed"),
    ] {
        assert_eq!(error(text), expected, "{text}");
    }
    assert!(error(&"!".repeat(150)).ends_with("more than 100 levels within each other"));
    assert!(error(&"a".repeat(2001)).starts_with("2000: an expression has at most 2000"));
}

#[test]
fn what_changes_with_every_task_is_no_lasting_fact() {
    let lasting = |text: &str| Expression::parse(text).unwrap().is_lasting();
    assert!(lasting(
        "attribute:a == b and agentVersion >= 1.80.0 or not attribute:c exists"
    ));
    for text in [
        "ec2InstanceId exists",
        "registeredAt < 2026-01-01",
        "task:group == a",
        "runningTasksCount < 3",
        "agentConnected == true",
    ] {
        assert!(!lasting(&format!("attribute:a == b or {text}")), "{text}");
    }
    // What is joined by `and` at the top is asked apart: the index keeps the part that lasts.
    let joined = "attribute:a == b and (task:group == c && attribute:d exists) and (e or f)";
    let joined = joined.replace("(e or f)", "(runningTasksCount == 0 or attribute:g exists)");
    let parts = Expression::parse(&joined).unwrap().into_parts();
    let lasts: Vec<bool> = parts.iter().map(Expression::is_lasting).collect();
    assert_eq!(lasts, [true, false, true, false]);
    assert!(parts[3].asks_for(&Subject::RunningTasksCount));
    assert!(!parts[3].asks_for(&Subject::TaskGroup));
    let asked = Expression::parse("attribute:a == b and !(attribute:c exists)").unwrap();
    assert_eq!(asked.attributes(), ["a", "c"]);
}

#[test]
fn a_wrong_operator_is_helped_with_the_nearest() {
    let reason = |text: &str| Expression::parse(text).unwrap_err().reason;
    for (wrong, right) in [
        ("=", "=="),
        ("~=", "=~"),
        ("like", "=~"),
        ("IN", "in"),
        ("equal", "equals"),
        ("not_exist", "not_exists"),
    ] {
        let said = reason(&format!("attribute:stack {wrong} prod"));
        let expected = format!("`{wrong}` is no operator; did you mean `{right}`?");
        assert_eq!(said, expected);
    }
    let said = reason("attribute:stack prod");
    assert!(said.starts_with("an operator is missing: ==, !="), "{said}");
    assert!(reason("attribute:stack").starts_with("an operator is missing: =="));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[a-z:.'\"()\\[\\],!=<>&|~ *]{0,60}") {
        let _ = Expression::parse(&text);
    }

    /// De Morgan, over random tests of the host.
    #[test]
    fn not_of_or_is_and_of_nots(parts in prop::collection::vec(0usize..6, 1..5)) {
        const TESTS: [&str; 6] = [
            "attribute:stack == prod",
            "attribute:stack != prod",
            "runningTasksCount > 1",
            "task:group =~ family:.*",
            "attribute:none exists",
            "agentConnected == false",
        ];
        let texts: Vec<&str> = parts.iter().map(|at| TESTS[*at]).collect();
        let nots: Vec<String> = texts.iter().map(|it| format!("not({it})")).collect();
        let one = holds(&format!("not({})", texts.join(" or ")));
        prop_assert_eq!(one, holds(&nots.join(" and ")));
    }
}

/// Task definitions in the wild have them like this.
#[test]
fn spaces_around_operators_are_not_needed() {
    for (text, expected) in [
        ("attribute:ecs.availability-zone==us-east-1a", true),
        ("attribute:ecs.availability-zone!=us-east-1a", false),
        ("runningTasksCount<3", true),
        ("runningTasksCount>=3", false),
        ("attribute:stack==dev||attribute:stack==prod", true),
        ("attribute:stack==prod&&runningTasksCount<2", false),
        ("attribute:ecs.instance-type=~m5.*", true),
        ("attribute:ecs.instance-type!~m5.*", false),
        ("agentConnected=~t.*e", true),
        // One sign alone is a part of its word.
        ("attribute:stack == a=b", false),
    ] {
        assert_eq!(holds(text), expected, "{text}");
    }
}
