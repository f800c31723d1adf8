//! The nearest right word for a wrong one in an expression.

/// What is wrong with a bare word where an operator should stand, and the nearest operator.
pub(super) fn missing_operator(found: Option<&str>) -> String {
    const ALL: &str = "==, !=, >, >=, <, <=, exists, !exists, in, !in, =~ or !~";
    const MEANT: [(&str, &[&str]); 7] = [
        ("==", &["=", "===", "is", "eq", ":"]),
        ("!=", &["!", "!==", "ne"]),
        ("=~", &["~=", "~", "=~=", "like", "contains", "match"]),
        ("!~", &["~!", "!=~"]),
        (">=", &["ge", "gte"]),
        ("<=", &["le", "lte"]),
        ("!exists", &["missing", "absent"]),
    ];
    const WORDS: [&str; 12] = [
        "equals",
        "not_equals",
        "greater_than",
        "greater_than_equal",
        "less_than",
        "less_than_equal",
        "exists",
        "not_exists",
        "in",
        "not_in",
        "matches",
        "not_matches",
    ];
    let Some(text) = found else {
        return format!("an operator is missing: {ALL}");
    };
    let lower = text.to_ascii_lowercase();
    let meant = MEANT
        .iter()
        .find(|(_, said)| said.contains(&lower.as_str()));
    let near = |it: &&&str| strsim::jaro_winkler(it, &lower);
    let nearest = WORDS
        .iter()
        .max_by(|a, b| near(a).total_cmp(&near(b)))
        .filter(|it| 0.8 < near(it));
    match meant.map(|(sign, _)| sign).or(nearest) {
        Some(nearest) => format!("`{text}` is no operator; did you mean `{nearest}`?"),
        None => format!("an operator is missing: {ALL}"),
    }
}

/// What is wrong with a word where a subject should stand, and the nearest subject.
pub(super) fn unknown_subject(text: &str) -> String {
    const SUBJECTS: [&str; 7] = [
        "agentConnected",
        "agentVersion",
        "attribute:NAME",
        "ec2InstanceId",
        "registeredAt",
        "runningTasksCount",
        "task:group",
    ];
    let near = |it: &&&str| strsim::jaro_winkler(it, text);
    let nearest = SUBJECTS
        .iter()
        .max_by(|a, b| near(a).total_cmp(&near(b)))
        .filter(|it| 0.75 < near(it));
    match nearest {
        Some(nearest) => format!("`{text}` is no subject; did you mean `{nearest}`?"),
        None => format!("`{text}` is no subject; there are {}", SUBJECTS.join(", ")),
    }
}
