//! Text to [`Expression`]: words, operators, parentheses, each with its place.

use regex::Regex;

use super::nearest::{missing_operator, unknown_subject};
use super::{Expression, LENGTH_MAX, QueryError, Subject, Test, Value};

/// Parentheses and `not`s within each other, at most: no expression of AWS's length needs more.
const DEPTH_MAX: usize = 100;

#[derive(Clone, PartialEq, Debug)]
enum Token {
    /// A bare word, or one in quotes.
    Word { text: String, is_quoted: bool },
    /// `(`, `)`, `[`, `]`, `,` or an operator of signs.
    Sign(&'static str),
}

/// Longest first, so that `!=` is not taken for `!`.
const SIGNS: [&str; 18] = [
    "&&", "||", "==", "!=", ">=", "<=", "=~", "!~", "!in", "!exists", ">", "<", "!", "(", ")", "[",
    "]", ",",
];

/// Signs that end a word before them. (A single `=`, `!`, `&` or `|` may be a part of it.)
const OPERATORS: [&str; 10] = ["&&", "||", "==", "!=", ">=", "<=", "=~", "!~", ">", "<"];

struct Parser<'a> {
    tokens: &'a [(usize, Token)],
    next: usize,
    end: usize,
    depth: usize,
}

pub(super) fn parse(text: &str) -> Result<Expression, QueryError> {
    let length = text.chars().count();
    if LENGTH_MAX < length {
        let reason = format!("an expression has at most {LENGTH_MAX} characters, not {length}");
        return Err(QueryError {
            at: LENGTH_MAX,
            reason,
        });
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: length,
        depth: 0,
    };
    if tokens.is_empty() {
        return parser
            .fail("an expression is missing, such as `attribute:ecs.instance-type == m6i.large`");
    }
    let expression = parser.any()?;
    match parser.peek() {
        None => Ok(expression),
        Some(Token::Sign(")")) => parser.fail("no parenthesis is open here"),
        Some(_) => parser.fail("`and` or `or` is missing before this"),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, QueryError> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let start = at;
        let rest = &chars[at..];
        if rest[0].is_whitespace() {
            at += 1;
        } else if let quote @ ('"' | '\'') = rest[0] {
            let Some(length) = rest[1..].iter().position(|it| *it == quote) else {
                let reason = format!("the quote {quote} is never closed");
                return Err(QueryError { at, reason });
            };
            let text = rest[1..=length].iter().collect();
            tokens.push((
                start,
                Token::Word {
                    text,
                    is_quoted: true,
                },
            ));
            at += length + 2;
        } else if let Some(sign) = SIGNS
            .into_iter()
            .find(|sign| !after_match(&tokens) && begins(rest, sign))
        {
            tokens.push((start, Token::Sign(sign)));
            at += sign.len();
        } else {
            let length = word_length(rest, after_match(&tokens));
            let text = rest[..length].iter().collect();
            tokens.push((
                start,
                Token::Word {
                    text,
                    is_quoted: false,
                },
            ));
            at += length;
        }
    }
    Ok(tokens)
}

/// A pattern may have brackets and parentheses of its own.
fn after_match(tokens: &[(usize, Token)]) -> bool {
    match tokens.last() {
        Some((_, Token::Sign("=~" | "!~"))) => true,
        Some((_, Token::Word { text, .. })) => text == "matches" || text == "not_matches",
        _ => false,
    }
}

fn begins(rest: &[char], sign: &str) -> bool {
    let is_word = sign.ends_with(|last: char| last.is_ascii_alphabetic());
    let length = sign.len();
    let same = rest.len() >= length && rest.iter().zip(sign.chars()).all(|(a, b)| *a == b);
    same && !(is_word && rest.get(length).is_some_and(|next| is_in_word(*next)))
}

fn is_in_word(it: char) -> bool {
    !it.is_whitespace() && !"()[],!=<>&|'\"".contains(it)
}

/// The length of a bare word, which ends at an operator of signs too: spaces around those are not
/// needed. Of a pattern, up to the space or the parenthesis that it did not open.
fn word_length(rest: &[char], is_pattern: bool) -> usize {
    let mut open = 0i32;
    let ends = |(at, it): (usize, &char)| {
        if !is_pattern {
            let is_sign = OPERATORS.into_iter().any(|sign| begins(&rest[at..], sign));
            return is_sign || !is_in_word(*it) && !"!=&|".contains(*it);
        }
        match it {
            '(' | '[' => open += 1,
            ')' | ']' => open -= 1,
            _ => {}
        }
        it.is_whitespace() || open < 0
    };
    let ends = rest.iter().enumerate().position(ends);
    ends.unwrap_or(rest.len()).max(1)
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn fail<T>(&self, reason: impl Into<String>) -> Result<T, QueryError> {
        let at = self.tokens.get(self.next).map_or(self.end, |it| it.0);
        Err(QueryError {
            at,
            reason: reason.into(),
        })
    }

    /// Takes the next token if it is one of these words or signs.
    fn take(&mut self, words: &[&str]) -> bool {
        let is = match self.peek() {
            Some(Token::Sign(sign)) => words.contains(sign),
            Some(Token::Word { text, is_quoted }) => !is_quoted && words.contains(&text.as_str()),
            None => false,
        };
        self.next += usize::from(is);
        is
    }

    fn any(&mut self) -> Result<Expression, QueryError> {
        self.joined(&["or", "||"], Expression::Any, Parser::all)
    }

    fn all(&mut self) -> Result<Expression, QueryError> {
        self.joined(&["and", "&&"], Expression::All, Parser::single)
    }

    fn joined(
        &mut self,
        words: &[&str],
        join: fn(Vec<Expression>) -> Expression,
        part: fn(&mut Self) -> Result<Expression, QueryError>,
    ) -> Result<Expression, QueryError> {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.take(words) {
            parts.push(part(self)?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => join(parts),
        })
    }

    fn single(&mut self) -> Result<Expression, QueryError> {
        self.depth += 1;
        if DEPTH_MAX < self.depth {
            return self.fail(format!("more than {DEPTH_MAX} levels within each other"));
        }
        let expression = if self.take(&["not", "!"]) {
            Expression::Not(Box::new(self.single()?))
        } else if self.take(&["("]) {
            let within = self.any()?;
            if !self.take(&[")"]) {
                return self.fail("`)` is missing");
            }
            within
        } else {
            let subject = self.subject()?;
            let test = self.test(&subject)?;
            Expression::Is(subject, test)
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn subject(&mut self) -> Result<Subject, QueryError> {
        let Some(Token::Word { text, .. }) = self.peek() else {
            return self.fail("a subject is missing, such as `attribute:ecs.instance-type`");
        };
        let subject = match text.as_str() {
            "agentConnected" => Subject::AgentConnected,
            "agentVersion" => Subject::AgentVersion,
            "ec2InstanceId" => Subject::Ec2InstanceId,
            "registeredAt" => Subject::RegisteredAt,
            "runningTasksCount" => Subject::RunningTasksCount,
            "task:group" => Subject::TaskGroup,
            text => match text.strip_prefix("attribute:") {
                Some("") => {
                    let reason = "the name of an attribute is missing";
                    let before = text.chars().count();
                    return self.fail(reason).map_err(|it| it.further(before));
                }
                Some(name) => Subject::Attribute(name.to_owned()),
                None => return self.fail(unknown_subject(text)),
            },
        };
        self.next += 1;
        Ok(subject)
    }

    fn test(&mut self, subject: &Subject) -> Result<Test, QueryError> {
        let orders = !matches!(
            subject,
            Subject::TaskGroup | Subject::AgentConnected | Subject::Ec2InstanceId
        );
        let is_text = matches!(
            subject,
            Subject::AgentConnected
                | Subject::Attribute(_)
                | Subject::Ec2InstanceId
                | Subject::TaskGroup
        );
        let operator = self.next;
        if self.take(&["exists"]) {
            return Ok(Test::Exists);
        }
        if self.take(&["!exists", "not_exists"]) {
            return Ok(Test::NotExists);
        }
        if self.take(&["==", "equals"]) {
            return self.value(subject).map(Test::Equals);
        }
        if self.take(&["!=", "not_equals"]) {
            return self.value(subject).map(Test::NotEquals);
        }
        if self.take(&["in"]) {
            return self.list(subject).map(Test::In);
        }
        if self.take(&["!in", "not_in"]) {
            return self.list(subject).map(Test::NotIn);
        }
        let order = if self.take(&[">", "greater_than"]) {
            Some(Test::Greater as fn(Value) -> Test)
        } else if self.take(&[">=", "greater_than_equal"]) {
            Some(Test::GreaterOrEqual as fn(Value) -> Test)
        } else if self.take(&["<", "less_than"]) {
            Some(Test::Less as fn(Value) -> Test)
        } else if self.take(&["<=", "less_than_equal"]) {
            Some(Test::LessOrEqual as fn(Value) -> Test)
        } else {
            None
        };
        if let Some(order) = order {
            if !orders {
                self.next = operator;
                return self.fail("this subject has no order; use `==` or `in`");
            }
            return self.value(subject).map(order);
        }
        let pattern = if self.take(&["=~", "matches"]) {
            Test::Matches as fn(Regex) -> Test
        } else if self.take(&["!~", "not_matches"]) {
            Test::NotMatches as fn(Regex) -> Test
        } else {
            let found = match self.peek() {
                Some(Token::Word {
                    text,
                    is_quoted: false,
                }) => Some(text.as_str()),
                Some(_) | None => None,
            };
            return self.fail(missing_operator(found));
        };
        if !is_text {
            self.next = operator;
            return self
                .fail("patterns are for attributes, instance ids, task groups and agentConnected");
        }
        self.pattern().map(pattern)
    }

    fn word(&mut self) -> Result<String, QueryError> {
        match self.peek() {
            Some(Token::Word { text, .. }) => {
                let text = text.clone();
                self.next += 1;
                Ok(text)
            }
            Some(Token::Sign("[")) => {
                self.fail("a single value is needed here; lists go with `in`")
            }
            Some(Token::Sign(_)) | None => self.fail("a value is missing"),
        }
    }

    /// The argument of an operator, as the subject needs it.
    fn value(&mut self, subject: &Subject) -> Result<Value, QueryError> {
        let at = self.next;
        let text = self.word()?;
        let read = match subject {
            Subject::AgentConnected => text.parse().ok().map(Value::Flag),
            Subject::RunningTasksCount => text.parse().ok().map(Value::Count),
            Subject::AgentVersion => version(&text).map(Value::Version),
            Subject::RegisteredAt => instant(&text).map(Value::Instant),
            Subject::Attribute(_) | Subject::Ec2InstanceId | Subject::TaskGroup => {
                return Ok(Value::Text(text));
            }
        };
        let Some(value) = read else {
            self.next = at;
            let wanted = match subject {
                Subject::AgentConnected => "`true` or `false`",
                Subject::RunningTasksCount => "a whole number",
                Subject::AgentVersion => "a version such as 1.90.0",
                _ => "an instant such as 2026-03-01T00:00:00Z",
            };
            return self.fail(format!("{wanted} is needed here, not `{text}`"));
        };
        Ok(value)
    }

    fn list(&mut self, subject: &Subject) -> Result<Vec<Value>, QueryError> {
        if !self.take(&["["]) {
            return self.fail("a list in brackets is needed here, such as [a, b]");
        }
        let mut values = vec![self.value(subject)?];
        while self.take(&[","]) {
            values.push(self.value(subject)?);
        }
        if !self.take(&["]"]) {
            return self.fail("`,` or `]` is missing");
        }
        Ok(values)
    }

    /// A pattern stands for the whole value.
    fn pattern(&mut self) -> Result<Regex, QueryError> {
        let at = self.next;
        let text = self.word()?;
        Regex::new(&format!("^(?:{text})$")).or_else(|_| {
            self.next = at;
            self.fail(format!("`{text}` is no pattern that can be used here"))
        })
    }
}

/// The numbers of a version.
pub(super) fn version(text: &str) -> Option<Vec<u32>> {
    let parts = text.split('.').map(|part| part.parse().ok());
    parts.collect()
}

/// Microseconds since 1970 of an instant, or of a day in UTC.
fn instant(text: &str) -> Option<i64> {
    let whole = text.parse::<jiff::Timestamp>().ok();
    let day = || {
        let date: jiff::civil::Date = text.parse().ok()?;
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    };
    whole.or_else(day).map(|it| it.as_microsecond())
}
