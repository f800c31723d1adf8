//! Whether a role's policies allow a call: what IAM answers, as far as task starts ask it.
//!
//! Source: IAM user guide, "Policy evaluation logic" (2026-11): what no statement allows is denied,
//! and a statement that denies wins over all that allow. Actions are matched whatever their case.
//! ASSUMPTION: the conditions of a statement that allows hold, those of one that denies do not.

/// A statement of a policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// `Effect`: Allow, else Deny.
    pub allows: bool,
    /// `Action`, or `NotAction`.
    pub actions: Patterns,
    /// `Resource`, or `NotResource`.
    pub resources: Patterns,
    /// Whether it has a `Condition`.
    pub is_conditional: bool,
}

/// Patterns with `*` and `?`, or all that none of them matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Patterns {
    /// What one of them matches.
    Any(Vec<String>),
    /// What none of them matches.
    AllBut(Vec<String>),
}

/// What a call is about: its ARN where that is known, else the ends of the ARNs it may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Resource {
    /// The service's part of an ARN: `secretsmanager`.
    pub service: &'static str,
    /// The whole ARN, if the scenario has it.
    pub arn: Option<String>,
    /// The last parts that its ARN may have: `secret:db`.
    pub ends: Vec<String>,
}

impl Resource {
    /// A call that is about nothing in particular: `*`.
    pub const fn all(service: &'static str) -> Self {
        Resource {
            service,
            arn: None,
            ends: Vec::new(),
        }
    }

    /// Whether a pattern of a policy is for it.
    fn matches(&self, pattern: &str) -> bool {
        if pattern == "*" {
            return true;
        }
        if let Some(arn) = &self.arn {
            return is_like(pattern, arn);
        }
        // The account is not known: what is, is the service and the end.
        let mut parts = pattern.splitn(6, ':');
        let service = parts.nth(2);
        match (service, parts.nth(2)) {
            (Some(service), Some(end)) => {
                is_like(service, self.service) && self.ends.iter().any(|own| is_like(end, own))
            }
            _ => false,
        }
    }
}

impl Patterns {
    fn has(&self, matches: impl Fn(&str) -> bool) -> bool {
        match self {
            Patterns::Any(patterns) => patterns.iter().any(|it| matches(it)),
            Patterns::AllBut(patterns) => !patterns.iter().any(|it| matches(it)),
        }
    }
}

impl Statement {
    /// A statement of a managed policy that allows some actions everywhere.
    fn allowing(actions: &[&str]) -> Self {
        Statement {
            allows: true,
            actions: Patterns::Any(actions.iter().map(|it| (*it).to_owned()).collect()),
            resources: Patterns::Any(vec!["*".to_owned()]),
            is_conditional: false,
        }
    }

    fn is_for(&self, action: &str, resource: &Resource) -> bool {
        let action = action.to_ascii_lowercase();
        self.actions
            .has(|pattern| is_like(&pattern.to_ascii_lowercase(), &action))
            && self.resources.has(|pattern| resource.matches(pattern))
    }
}

/// Whether a role with these statements may make a call.
pub fn is_allowed(statements: &[Statement], action: &str, resource: &Resource) -> bool {
    let mut allowed = false;
    for statement in statements.iter().filter(|it| it.is_for(action, resource)) {
        match statement.allows {
            true => allowed = true,
            false if statement.is_conditional => {}
            false => return false,
        }
    }
    allowed
}

/// Whether a text is like a pattern: `*` stands for any text, `?` for one letter. O(text × stars).
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut of_text) = (0, 0);
    // Where the last star stands, and from where on the text is tried after it.
    let mut star: Option<(usize, usize)> = None;
    while of_text < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, of_text));
                at += 1;
            }
            Some(letter) if *letter == b'?' || *letter == text[of_text] => {
                at += 1;
                of_text += 1;
            }
            _ => {
                let Some((star_at, tried)) = star else {
                    return false;
                };
                star = Some((star_at, tried + 1));
                at = star_at + 1;
                of_text = tried + 1;
            }
        }
    }
    pattern[at..].iter().all(|letter| *letter == b'*')
}

/// AWS's managed policies that say something about the start of tasks, with what they allow.
///
/// Source of the first: ECS developer guide, task execution IAM role (2023-06; it has no
/// `logs:CreateLogGroup`). The others are from memory of the AWS managed policy reference, cut down
/// to what a start needs: ASSUMPTION.
const MANAGED: [(&str, &[&str]); 9] = [
    (
        "AmazonECSTaskExecutionRolePolicy",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ],
    ),
    (
        "AmazonEC2ContainerRegistryReadOnly",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        ],
    ),
    (
        "AmazonEC2ContainerRegistryPullOnly",
        &[
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
        ],
    ),
    ("CloudWatchLogsFullAccess", &["logs:*"]),
    ("SecretsManagerReadWrite", &["secretsmanager:*"]),
    ("AmazonSSMReadOnlyAccess", &["ssm:Get*", "ssm:List*"]),
    ("AmazonSSMFullAccess", &["ssm:*"]),
    ("PowerUserAccess", &["*"]),
    ("AdministratorAccess", &["*"]),
];

/// What a managed policy of AWS's allows of what tasks need to start; `None`: its text is not known
/// here.
pub fn managed_policy(name: &str) -> Option<Statement> {
    let known = MANAGED.iter().find(|(known, _)| *known == name);
    known.map(|(_, actions)| Statement::allowing(actions))
}

/// The names of the managed policies that are known here.
pub fn managed_policies() -> impl Iterator<Item = &'static str> {
    MANAGED.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(allows: bool, action: &str, resource: &str) -> Statement {
        Statement {
            allows,
            actions: Patterns::Any(vec![action.to_owned()]),
            resources: Patterns::Any(vec![resource.to_owned()]),
            is_conditional: false,
        }
    }

    fn secret(arn: Option<&str>) -> Resource {
        Resource {
            service: "secretsmanager",
            arn: arn.map(str::to_owned),
            ends: vec!["secret:db".into(), "secret:db-000000".into()],
        }
    }

    const GET: &str = "secretsmanager:GetSecretValue";

    #[test]
    fn the_execution_policy_of_aws_allows_what_the_guide_lists_and_no_secret() {
        // DG23:task_execution_IAM_role.
        let policy = [managed_policy("AmazonECSTaskExecutionRolePolicy").unwrap()];
        for action in [
            "ecr:GetAuthorizationToken",
            "ecr:BatchCheckLayerAvailability",
            "ecr:GetDownloadUrlForLayer",
            "ecr:BatchGetImage",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        ] {
            assert!(
                is_allowed(&policy, action, &Resource::all("ecr")),
                "{action}"
            );
        }
        for action in ["logs:CreateLogGroup", GET, "ssm:GetParameters"] {
            assert!(!is_allowed(&policy, action, &secret(None)), "{action}");
        }
    }

    #[test]
    fn a_denial_wins_and_what_nobody_allows_is_denied() {
        let all = statement(true, "*", "*");
        let no = statement(false, "secretsmanager:get*", "*");
        assert!(is_allowed(
            std::slice::from_ref(&all),
            GET,
            &Resource::all("x")
        ));
        assert!(!is_allowed(
            &[all.clone(), no.clone()],
            GET,
            &Resource::all("x")
        ));
        assert!(!is_allowed(&[], GET, &Resource::all("x")));
        let perhaps = Statement {
            is_conditional: true,
            ..no
        };
        assert!(is_allowed(&[all, perhaps], GET, &Resource::all("x")));
    }

    #[test]
    fn a_resource_is_matched_by_its_arn_or_without_one_by_the_end_of_it() {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf";
        let rows = [
            ("*", true, true),
            (arn, true, false),
            (
                "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-??????",
                true,
                true,
            ),
            (
                "arn:aws:secretsmanager:us-east-1:999999999999:secret:db-*",
                false,
                true,
            ),
            ("arn:aws:secretsmanager:*:*:secret:db", false, true),
            ("arn:aws:secretsmanager:*:*:secret:web*", false, false),
            ("arn:aws:ssm:*:*:secret:db*", false, false),
            ("db", false, false),
        ];
        for (pattern, by_arn, by_name) in rows {
            let policy = [statement(true, GET, pattern)];
            let known = is_allowed(&policy, GET, &secret(Some(arn)));
            assert_eq!(known, by_arn, "{pattern}");
            let unknown = is_allowed(&policy, GET, &secret(None));
            assert_eq!(unknown, by_name, "{pattern}");
        }
    }

    #[test]
    fn all_but_some_is_the_rest() {
        let rest = Statement {
            actions: Patterns::AllBut(vec!["iam:*".into(), "ssm:*".into()]),
            ..statement(true, "*", "*")
        };
        let rest = [rest];
        assert!(is_allowed(&rest, GET, &Resource::all("x")));
        assert!(!is_allowed(&rest, "ssm:GetParameters", &Resource::all("x")));
    }

    #[test]
    fn stars_and_question_marks_stand_for_what_they_stand_for() {
        let rows = [
            ("a*c", "abbc", true),
            ("a*c*", "ac", true),
            ("*b*b", "abab", true),
            ("a?c", "ac", false),
            ("", "", true),
            ("", "a", false),
            ("**", "", true),
            ("a*b", "acbd", false),
        ];
        for (pattern, text, is) in rows {
            assert_eq!(is_like(pattern, text), is, "{pattern} {text}");
        }
    }
}
