//! Metric math: an expression over the data points of other metrics, as a target tracking policy's
//! `CustomizedMetricSpecification.Metrics` and an alarm's `Metrics` have it (backlog per task is
//! `m1 / m2`, a share of failures `100 * FILL(m1, 0) / m2`).
//!
//! Of CloudWatch's language there are numbers, ids, `+ - * /`, a minus before a value, parentheses
//! and `FILL` with a number; other functions (`IF`, …), comparisons and strings are refused at
//! their place. A data point is missing where one of its metrics has none that nothing fills, and
//! where it would divide by 0 (CloudWatch user guide, "Using metric math": a division by zero gives
//! no data point; FILL "fills in the missing values of a time series").

use std::fmt;

/// The longest expression, characters (API MetricDataQuery: Expression, 1 to 2,048).
pub const LENGTH_MAX: usize = 2_048;
/// The deepest nesting of parentheses and signs: a bound on the reader's own stack.
pub const DEPTH_MAX: u32 = 32;

/// What an expression does, one step after the other, on a stack.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    Number(f64),
    /// The metric with this position among the ids.
    Metric(usize),
    Negate,
    /// What is missing is this number.
    Fill(f64),
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// An expression that has been read.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    steps: Vec<Step>,
}

/// What is wrong with an expression, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MathError {
    /// The character at which it is wrong, from 1 on.
    pub at: usize,
    /// What is wrong there.
    pub kind: MathErrorKind,
}

/// What is wrong with an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MathErrorKind {
    /// It is longer than [`LENGTH_MAX`].
    TooLong,
    /// It nests deeper than [`DEPTH_MAX`].
    TooDeep,
    /// It ends where a value should be.
    Ends,
    /// A character that belongs to no expression, or not there.
    Unexpected(char),
    /// A parenthesis that is not closed.
    Unclosed,
    /// A number that is none.
    Number(String),
    /// An id that no metric has.
    UnknownId(String),
    /// A function of CloudWatch's language that is not simulated.
    Function(String),
}

impl fmt::Display for MathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match &self.kind {
            MathErrorKind::TooLong => {
                write!(f, "an expression has {LENGTH_MAX} characters at the most")
            }
            MathErrorKind::TooDeep => write!(f, "it nests too deep at character {at}"),
            MathErrorKind::Ends => write!(f, "a value is missing at its end (character {at})"),
            MathErrorKind::Unexpected(found) => {
                write!(f, "\"{found}\" is not expected at character {at}")
            }
            MathErrorKind::Unclosed => {
                write!(f, "the parenthesis at character {at} is not closed")
            }
            MathErrorKind::Number(text) => write!(f, "\"{text}\" at character {at} is no number"),
            MathErrorKind::UnknownId(id) => {
                write!(f, "no metric has the id \"{id}\" (character {at})")
            }
            MathErrorKind::Function(name) => {
                write!(
                    f,
                    "the function {name} at character {at} is not simulated yet"
                )
            }
        }
    }
}

impl Expression {
    /// Reads an expression over these ids.
    pub fn parse(text: &str, ids: &[&str]) -> Result<Expression, MathError> {
        if LENGTH_MAX < text.chars().count() {
            let kind = MathErrorKind::TooLong;
            return Err(MathError { at: 1, kind });
        }
        let mut reader = Reader {
            chars: text.chars().collect(),
            at: 0,
            depth: 0,
            ids,
            steps: Vec::new(),
        };
        reader.sum()?;
        match reader.peek() {
            Some(found) => Err(reader.error(MathErrorKind::Unexpected(found))),
            None => Ok(Expression {
                steps: reader.steps,
            }),
        }
    }

    /// The value, `value_of` being that of a metric by its position among the ids.
    pub fn value(&self, value_of: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        // Most alarms are of one metric.
        if let [Step::Metric(index)] = self.steps.as_slice() {
            return value_of(*index);
        }
        let mut stack = Stack::default();
        for step in &self.steps {
            match *step {
                Step::Number(number) => stack.push(Some(number)),
                Step::Metric(index) => stack.push(value_of(index)),
                Step::Negate => {
                    let value = stack.pop().map(|value| -value);
                    stack.push(value);
                }
                Step::Fill(number) => {
                    let value = stack.pop().filter(|value| value.is_finite());
                    stack.push(value.or(Some(number)));
                }
                Step::Add | Step::Subtract | Step::Multiply | Step::Divide => {
                    let (right, left) = (stack.pop(), stack.pop());
                    let both = left.zip(right);
                    stack.push(both.and_then(|(left, right)| match step {
                        Step::Add => Some(left + right),
                        Step::Subtract => Some(left - right),
                        Step::Multiply => Some(left * right),
                        _ => (right != 0.0).then(|| left / right),
                    }));
                }
            }
        }
        stack.pop().filter(|value| value.is_finite())
    }

    /// The positions of the ids that it reads.
    pub fn metrics(&self) -> impl Iterator<Item = usize> + '_ {
        self.steps.iter().filter_map(|step| match step {
            Step::Metric(index) => Some(*index),
            _ => None,
        })
    }

    /// The expression of one metric alone.
    pub fn of_metric(index: usize) -> Expression {
        Expression {
            steps: vec![Step::Metric(index)],
        }
    }
}

/// Values that wait for their operator. Each level of nesting leaves two at the most, and so the
/// stack never grows beyond what it has room for.
struct Stack {
    values: [Option<f64>; STACK],
    length: usize,
}

const STACK: usize = 3 * DEPTH_MAX as usize + 4;

impl Default for Stack {
    fn default() -> Self {
        Stack {
            values: [None; STACK],
            length: 0,
        }
    }
}

impl Stack {
    fn push(&mut self, value: Option<f64>) {
        if let Some(place) = self.values.get_mut(self.length) {
            *place = value;
            self.length += 1;
        }
    }

    fn pop(&mut self) -> Option<f64> {
        self.length = self.length.saturating_sub(1);
        self.values[self.length]
    }
}

struct Reader<'t> {
    chars: Vec<char>,
    at: usize,
    depth: u32,
    ids: &'t [&'t str],
    steps: Vec<Step>,
}

impl Reader<'_> {
    fn error(&self, kind: MathErrorKind) -> MathError {
        let at = self.at + 1;
        MathError { at, kind }
    }

    fn peek(&mut self) -> Option<char> {
        while self.chars.get(self.at).is_some_and(|it| it.is_whitespace()) {
            self.at += 1;
        }
        self.chars.get(self.at).copied()
    }

    fn sum(&mut self) -> Result<(), MathError> {
        self.product()?;
        while let Some(sign @ ('+' | '-')) = self.peek() {
            self.at += 1;
            self.product()?;
            let step = if sign == '+' {
                Step::Add
            } else {
                Step::Subtract
            };
            self.steps.push(step);
        }
        Ok(())
    }

    fn product(&mut self) -> Result<(), MathError> {
        self.factor()?;
        while let Some(sign @ ('*' | '/')) = self.peek() {
            self.at += 1;
            self.factor()?;
            let step = match sign {
                '*' => Step::Multiply,
                _ => Step::Divide,
            };
            self.steps.push(step);
        }
        Ok(())
    }

    fn factor(&mut self) -> Result<(), MathError> {
        if DEPTH_MAX <= self.depth {
            return Err(self.error(MathErrorKind::TooDeep));
        }
        self.depth += 1;
        match self.peek() {
            None => return Err(self.error(MathErrorKind::Ends)),
            Some('-') => {
                self.at += 1;
                self.factor()?;
                self.steps.push(Step::Negate);
            }
            Some('(') => {
                let unclosed = self.error(MathErrorKind::Unclosed);
                self.at += 1;
                self.sum()?;
                self.expect(')', &unclosed)?;
            }
            Some(found) if found.is_ascii_digit() || found == '.' => self.number()?,
            Some(found) if found.is_ascii_alphabetic() => self.id()?,
            Some(found) => return Err(self.error(MathErrorKind::Unexpected(found))),
        }
        self.depth -= 1;
        Ok(())
    }

    /// `(m1, 0)` after FILL: what is filled, and with which number.
    fn fill(&mut self) -> Result<(), MathError> {
        let unclosed = self.error(MathErrorKind::Unclosed);
        self.at += 1;
        self.sum()?;
        self.expect(',', &unclosed)?;
        let is_negative = self.peek() == Some('-');
        self.at += usize::from(is_negative);
        match self.peek() {
            Some(found) if found.is_ascii_digit() || found == '.' => {}
            Some(found) if found.is_ascii_alphabetic() => {
                let (at, text) = self.word(|it| it.is_ascii_alphanumeric());
                let kind = MathErrorKind::Function(format!("FILL with {text}"));
                return Err(MathError { at, kind });
            }
            Some(found) => return Err(self.error(MathErrorKind::Unexpected(found))),
            None => return Err(unclosed),
        }
        let (at, text) = self.word(|it| it.is_ascii_digit() || it == '.');
        let Some(number) = text.parse::<f64>().ok().filter(|it| it.is_finite()) else {
            let kind = MathErrorKind::Number(text);
            return Err(MathError { at, kind });
        };
        let signed = if is_negative { -number } else { number };
        self.steps.push(Step::Fill(signed));
        self.expect(')', &unclosed)
    }

    fn expect(&mut self, sign: char, unclosed: &MathError) -> Result<(), MathError> {
        match self.peek() {
            Some(found) if found == sign => self.at += 1,
            Some(found) => return Err(self.error(MathErrorKind::Unexpected(found))),
            None => return Err(unclosed.clone()),
        }
        Ok(())
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> (usize, String) {
        let begin = self.at;
        while self.chars.get(self.at).is_some_and(|it| belongs(*it)) {
            self.at += 1;
        }
        (begin + 1, self.chars[begin..self.at].iter().collect())
    }

    fn number(&mut self) -> Result<(), MathError> {
        let (at, text) = self.word(|it| it.is_ascii_digit() || it == '.');
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => self.steps.push(Step::Number(number)),
            _ => {
                let kind = MathErrorKind::Number(text);
                return Err(MathError { at, kind });
            }
        }
        Ok(())
    }

    fn id(&mut self) -> Result<(), MathError> {
        let (at, text) = self.word(|it| it.is_ascii_alphanumeric() || it == '_');
        if self.peek() == Some('(') {
            if text == "FILL" {
                return self.fill();
            }
            let kind = MathErrorKind::Function(text);
            return Err(MathError { at, kind });
        }
        match self.ids.iter().position(|id| *id == text) {
            Some(index) => self.steps.push(Step::Metric(index)),
            None => {
                let kind = MathErrorKind::UnknownId(text);
                return Err(MathError { at, kind });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, values: &[Option<f64>]) -> Option<f64> {
        let ids = ["m1", "m2", "e_3"];
        let read = Expression::parse(text, &ids).unwrap();
        read.value(|index| values[index])
    }

    fn error(text: &str) -> String {
        Expression::parse(text, &["m1", "m2"])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn backlog_per_task_is_what_aws_says() {
        // EC2 Auto Scaling user guide, as-using-sqs-queue: 1,500 messages, 10 instances, 150 each.
        let values = [Some(1_500.0), Some(10.0), None];
        assert_eq!(value("m1 / m2", &values), Some(150.0));
        assert_eq!(value("m1/m2", &values), Some(150.0));
    }

    #[test]
    fn operators_bind_as_in_arithmetic() {
        let values = [Some(7.0), Some(2.0), Some(1.0)];
        assert_eq!(value("m1 - m2 - e_3", &values), Some(4.0));
        assert_eq!(value("m1 + m2 * 3", &values), Some(13.0));
        assert_eq!(value("(m1 + m2) * 3", &values), Some(27.0));
        assert_eq!(value("12 / m2 / 3", &values), Some(2.0));
        assert_eq!(value("-(m1 - 10) * -1.5", &values), Some(-4.5));
    }

    #[test]
    fn a_missing_metric_and_a_division_by_0_give_no_data_point() {
        assert_eq!(value("m1 / m2", &[Some(3.0), None, None]), None);
        assert_eq!(value("m1 / m2", &[Some(3.0), Some(0.0), None]), None);
        assert_eq!(value("m1 / m2", &[Some(0.0), Some(3.0), None]), Some(0.0));
        // Not even where dividing by what is infinite would make a number of it again.
        assert_eq!(value("3 / (m1 / m2)", &[Some(3.0), Some(0.0), None]), None);
        // What is not read need not be there.
        assert_eq!(value("m1 * 2", &[Some(3.0), None, None]), Some(6.0));
    }

    /// CloudWatch user guide, "Using metric math", FILL: `FILL(m1, 0)`; without it a share of
    /// failures is missing while nothing fails, as counts appear only when they are not 0.
    #[test]
    fn what_is_missing_is_filled_with_a_number() {
        let failures = "100 * FILL(m1, 0) / m2";
        let none = [None, Some(50.0), None];
        assert_eq!(value(failures, &none), Some(0.0));
        assert_eq!(value(failures, &[Some(5.0), Some(50.0), None]), Some(10.0));
        assert_eq!(value("100 * m1 / m2", &none), None);
        assert_eq!(value("FILL(m1 / e_3, -1.5)", &none), Some(-1.5));
        assert_eq!(value(failures, &[None, None, None]), None);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        assert_eq!(
            error("m1 / "),
            "a value is missing at its end (character 6)"
        );
        assert_eq!(error("m1 m2"), "\"m\" is not expected at character 4");
        assert_eq!(
            error("(m1 / m2"),
            "the parenthesis at character 1 is not closed"
        );
        assert_eq!(
            error("m1 / m3"),
            "no metric has the id \"m3\" (character 6)"
        );
        let function = "the function IF at character 1 is not simulated yet";
        assert_eq!(error("IF(m1, 0)"), function);
        let repeat = "the function FILL with REPEAT at character 10 is not simulated yet";
        assert_eq!(error("FILL(m1, REPEAT)"), repeat);
        assert_eq!(
            error("FILL(m1, 0"),
            "the parenthesis at character 5 is not closed"
        );
        assert_eq!(error("FILL(m1)"), "\")\" is not expected at character 8");
        assert_eq!(error("m1 > 3"), "\">\" is not expected at character 4");
        assert_eq!(error("1.2.3"), "\"1.2.3\" at character 1 is no number");
        assert_eq!(error(&"(".repeat(40)), "it nests too deep at character 33");
        let long = "1+".repeat(2_000);
        assert_eq!(
            error(&long),
            "an expression has 2048 characters at the most"
        );
    }

    proptest! {
        /// Any text is read or refused, and what is read has a value or none.
        #[test]
        fn no_text_is_too_strange(text in "(FILL\\(|[m12+*/(), .\\-]){0,60}") {
            if let Ok(read) = Expression::parse(&text, &["m1", "m2"]) {
                let _ = read.value(|index| Some(index as f64));
            }
        }
    }
}
