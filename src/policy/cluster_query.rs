//! The cluster query language of `memberOf` constraints: an expression over the facts of a
//! container instance, true or false.
//!
//! Source: ECS developer guide, "Cluster query language" (DG-2023). Where the page is silent:
//! ASSUMPTION, an instance without an attribute meets `!=`, `!in` and `!~` and nothing else about
//! it; `task:group` with a negated operator means that no task of the instance has such a group.
//! Its tasks are those placed on it and not told to stop (their desired status is RUNNING).
//! Attributes are strings (API Attribute), `==` of them is "string equality" (the page of 2018), of
//! their order it says nothing: ASSUMPTION, `>`, `>=`, `<` and `<=` go by their characters, so that
//! `10` is less than `9`.

mod nearest;
mod parser;
#[cfg(test)]
mod tests;

use regex::Regex;

/// Longest expression, characters (API PlacementConstraint, 2026-11).
pub const LENGTH_MAX: usize = 2000;

/// An expression that can be asked of instances.
#[derive(Clone, Debug)]
pub enum Expression {
    /// All of them hold (`and`).
    All(Vec<Expression>),
    /// One of them holds (`or`).
    Any(Vec<Expression>),
    /// It does not hold (`not`).
    Not(Box<Expression>),
    /// A subject passes a test.
    Is(Subject, Test),
}

/// What of an instance is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// `agentConnected`: whether the agent is connected.
    AgentConnected,
    /// `agentVersion`: the agent's version.
    AgentVersion,
    /// `attribute:NAME`: the value of an attribute.
    Attribute(String),
    /// `ec2InstanceId`: the id of the EC2 instance.
    Ec2InstanceId,
    /// `registeredAt`: when it registered.
    RegisteredAt,
    /// `runningTasksCount`: its RUNNING tasks.
    RunningTasksCount,
    /// `task:group`: the groups of its tasks.
    TaskGroup,
}

/// What is asked of a subject.
#[derive(Clone, Debug)]
pub enum Test {
    /// `==`.
    Equals(Value),
    /// `!=`.
    NotEquals(Value),
    /// `>`.
    Greater(Value),
    /// `>=`.
    GreaterOrEqual(Value),
    /// `<`.
    Less(Value),
    /// `<=`.
    LessOrEqual(Value),
    /// `exists`.
    Exists,
    /// `!exists`.
    NotExists,
    /// `in`.
    In(Vec<Value>),
    /// `!in`.
    NotIn(Vec<Value>),
    /// `=~`: the whole value matches.
    Matches(Regex),
    /// `!~`.
    NotMatches(Regex),
}

/// An argument, read as its subject needs it.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub enum Value {
    /// Words.
    Text(String),
    /// A number of tasks.
    Count(u32),
    /// Yes or no.
    Flag(bool),
    /// A version by its numbers.
    Version(Vec<u32>),
    /// An instant, microseconds since 1970.
    Instant(i64),
}

/// The facts of a container instance that a query can ask for.
pub trait Facts {
    /// Whether its agent is connected.
    fn is_agent_connected(&self) -> bool;
    /// Its agent's version, such as `1.90.0`.
    fn agent_version(&self) -> &str;
    /// The value of an attribute, if it has it.
    fn attribute(&self, name: &str) -> Option<&str>;
    /// The id of its EC2 instance, if it is one.
    fn ec2_instance_id(&self) -> Option<&str>;
    /// When it registered, microseconds since 1970.
    fn registered_at_micros(&self) -> i64;
    /// Its RUNNING tasks.
    fn running_tasks(&self) -> u32;
    /// Whether one of its tasks has a group like this.
    fn has_task_group(&self, is_meant: &dyn Fn(&str) -> bool) -> bool;
}

/// Why a text is no expression.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason} (at character {})", .at + 1)]
pub struct QueryError {
    /// How many characters stand before the place.
    pub at: usize,
    /// What is wrong there, and what would be right.
    pub reason: String,
}

impl QueryError {
    /// The same, so many characters further on.
    fn further(self, characters: usize) -> Self {
        let at = self.at + characters;
        QueryError { at, ..self }
    }
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// With the place of the first thing that does not fit.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        parser::parse(text)
    }

    /// Whether it holds for an instance.
    pub fn holds(&self, of: &dyn Facts) -> bool {
        match self {
            Expression::All(parts) => parts.iter().all(|part| part.holds(of)),
            Expression::Any(parts) => parts.iter().any(|part| part.holds(of)),
            Expression::Not(part) => !part.holds(of),
            Expression::Is(subject, test) => test.passes(subject, of),
        }
    }

    /// Whether its answer is the same for all instances of a kind, and stays so: it asks for
    /// attributes and the agent's version only. An index can then keep it by class.
    pub fn is_lasting(&self) -> bool {
        match self {
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().all(Expression::is_lasting)
            }
            Expression::Not(part) => part.is_lasting(),
            Expression::Is(subject, _) => subject.is_lasting(),
        }
    }

    /// The expressions that all have to hold where this one does: what is joined by `and`, at the
    /// top. One that lasts need not be asked again with those that do not.
    pub fn into_parts(self) -> Vec<Expression> {
        match self {
            Expression::All(parts) => parts.into_iter().flat_map(Expression::into_parts).collect(),
            one => vec![one],
        }
    }

    /// Whether it asks for a subject anywhere.
    pub fn asks_for(&self, wanted: &Subject) -> bool {
        match self {
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().any(|part| part.asks_for(wanted))
            }
            Expression::Not(part) => part.asks_for(wanted),
            Expression::Is(subject, _) => subject == wanted,
        }
    }

    /// The names of all attributes it asks for.
    pub fn attributes(&self) -> Vec<&str> {
        match self {
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().flat_map(Expression::attributes).collect()
            }
            Expression::Not(part) => part.attributes(),
            Expression::Is(Subject::Attribute(name), _) => vec![name],
            Expression::Is(..) => vec![],
        }
    }
}

impl Expression {
    /// The tests in it that a task group of some name would meet: `task:group == service:web`.
    pub fn group_tests(&self) -> Vec<&Expression> {
        match self {
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().flat_map(Expression::group_tests).collect()
            }
            Expression::Not(part) => part.group_tests(),
            Expression::Is(
                Subject::TaskGroup,
                Test::Equals(_) | Test::In(_) | Test::Matches(_),
            ) => {
                vec![self]
            }
            Expression::Is(..) => vec![],
        }
    }

    /// The attributes of which it asks whether they are more or less than a number, with the
    /// number: they are compared as text.
    pub fn numbers_as_text(&self) -> Vec<(&str, &str)> {
        match self {
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().flat_map(Expression::numbers_as_text).collect()
            }
            Expression::Not(part) => part.numbers_as_text(),
            Expression::Is(
                Subject::Attribute(name),
                Test::Greater(Value::Text(than))
                | Test::GreaterOrEqual(Value::Text(than))
                | Test::Less(Value::Text(than))
                | Test::LessOrEqual(Value::Text(than)),
            ) if than.parse::<f64>().is_ok() => vec![(name, than)],
            Expression::Is(..) => vec![],
        }
    }

    /// Whether all that it asks of an attribute is that an instance does not have it.
    pub fn asks_only_absence(&self, name: &str) -> bool {
        match self {
            Expression::All(parts) | Expression::Any(parts) => {
                parts.iter().all(|part| part.asks_only_absence(name))
            }
            Expression::Not(part) => !part.attributes().contains(&name),
            Expression::Is(Subject::Attribute(own), test) => {
                own != name || matches!(test, Test::NotExists)
            }
            Expression::Is(..) => true,
        }
    }
}

impl Subject {
    /// Whether all instances of a kind have the same of it, for good.
    pub fn is_lasting(&self) -> bool {
        match self {
            Subject::AgentVersion | Subject::Attribute(_) => true,
            Subject::AgentConnected
            | Subject::Ec2InstanceId
            | Subject::RegisteredAt
            | Subject::RunningTasksCount
            | Subject::TaskGroup => false,
        }
    }

    /// What an instance has of it; `None`: nothing.
    fn value(&self, of: &dyn Facts) -> Option<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        match self {
            Subject::AgentConnected => Some(Value::Flag(of.is_agent_connected())),
            Subject::AgentVersion => parser::version(of.agent_version()).map(Value::Version),
            Subject::Attribute(name) => of.attribute(name).map(text),
            Subject::Ec2InstanceId => of.ec2_instance_id().map(text),
            Subject::RegisteredAt => Some(Value::Instant(of.registered_at_micros())),
            Subject::RunningTasksCount => Some(Value::Count(of.running_tasks())),
            // Has any number of values: `Test::passes_groups`.
            Subject::TaskGroup => None,
        }
    }
}

impl Test {
    fn passes(&self, subject: &Subject, of: &dyn Facts) -> bool {
        if *subject == Subject::TaskGroup {
            return self.passes_groups(of);
        }
        let value = subject.value(of);
        let Some(value) = value else {
            return self.is_negative();
        };
        match self {
            Test::Equals(wanted) => value == *wanted,
            Test::NotEquals(wanted) => value != *wanted,
            Test::Greater(than) => value > *than,
            Test::GreaterOrEqual(than) => value >= *than,
            Test::Less(than) => value < *than,
            Test::LessOrEqual(than) => value <= *than,
            Test::Exists => true,
            Test::NotExists => false,
            Test::In(all) => all.contains(&value),
            Test::NotIn(all) => !all.contains(&value),
            Test::Matches(pattern) => value.matches(pattern),
            Test::NotMatches(pattern) => !value.matches(pattern),
        }
    }

    fn passes_groups(&self, of: &dyn Facts) -> bool {
        let is = |group: &str, value: &Value| matches!(value, Value::Text(text) if text == group);
        match self {
            Test::Equals(wanted) => of.has_task_group(&|group| is(group, wanted)),
            Test::NotEquals(wanted) => !of.has_task_group(&|group| is(group, wanted)),
            Test::In(all) => of.has_task_group(&|group| all.iter().any(|it| is(group, it))),
            Test::NotIn(all) => !of.has_task_group(&|group| all.iter().any(|it| is(group, it))),
            Test::Matches(pattern) => of.has_task_group(&|group| pattern.is_match(group)),
            Test::NotMatches(pattern) => !of.has_task_group(&|group| pattern.is_match(group)),
            Test::Exists => of.has_task_group(&|_| true),
            Test::NotExists => !of.has_task_group(&|_| true),
            // The parser lets no order of groups through.
            Test::Greater(_) | Test::GreaterOrEqual(_) | Test::Less(_) | Test::LessOrEqual(_) => {
                false
            }
        }
    }

    fn is_negative(&self) -> bool {
        matches!(
            self,
            Test::NotEquals(_) | Test::NotIn(_) | Test::NotMatches(_) | Test::NotExists
        )
    }
}

/// Whether a text is a version that `agentVersion` can be compared with.
pub fn is_version(text: &str) -> bool {
    parser::version(text).is_some()
}

impl Value {
    fn matches(&self, pattern: &Regex) -> bool {
        match self {
            Value::Text(text) => pattern.is_match(text),
            Value::Flag(is) => pattern.is_match(if *is { "true" } else { "false" }),
            Value::Count(_) | Value::Version(_) | Value::Instant(_) => false,
        }
    }
}
