//! Metric math: an expression over the data points of other metrics, as a target tracking policy's
//! `CustomizedMetricSpecification.Metrics` and an alarm's `Metrics` have it (backlog per task is
//! `m1 / m2`, a share of failures `100 * m1 / m2`, with few requests left out
//! `IF(m2 > 100, 100 * m1 / m2)`).
//!
//! Of CloudWatch's language there is what one moment's data points are enough for: numbers, ids,
//! `+ - * / ^`, a minus before a value, comparisons, `AND` and `OR`, parentheses, `IF`, `FILL` with
//! a number, `ABS`, `CEIL`, `FLOOR`, `LOG`, `LOG10`, and `AVG`, `MAX`, `MIN`, `SUM` of a list
//! (`[m1, m2]`, `METRICS()`). What looks at a metric's past or at the clock (`RATE`, `HOUR`, `MAX`
//! of one metric, …) is refused at its place.
//!
//! Source: CloudWatch user guide, "Using metric math" (2022-10). A metric's missing data point is 0
//! beside one of another metric, a division by 0 leaves a data point out, and `IF` drops it where
//! its condition is missing, or false without a third argument. ASSUMPTION, as the page is silent:
//! operators bind as they do elsewhere (`OR` loosest, then `AND`, comparisons, sums, products, a
//! minus, and `^` closest, from the right); with a list's data points missing, `MAX` and `MIN` are
//! of the others.

mod error;
mod reader;
#[cfg(test)]
mod tests;

pub use error::{MathError, MathErrorKind};
pub use reader::{DEPTH_MAX, LENGTH_MAX};

/// What an expression does, one step after the other, on a stack.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    Number(f64),
    /// The metric with this position among the ids.
    Metric(usize),
    Negate,
    /// What is missing is this number.
    Fill(f64),
    Function(Function),
    /// Of so many values.
    Gather(Gathering, usize),
    /// Of two values; of two metrics' a missing one is 0 beside the other.
    Two {
        operator: Operator,
        are_series: bool,
    },
    /// Of a condition, what it is if that is not 0, and perhaps what it is otherwise; with a metric
    /// as the condition a metric's missing data point is 0 where that is not 0.
    If {
        has_other: bool,
        is_zero_filled: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
    And,
    Or,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Function {
    Absolute,
    Ceiling,
    Floor,
    Logarithm,
    Logarithm10,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Gathering {
    Average,
    Maximum,
    Minimum,
    Sum,
}

/// An expression that has been read.
#[derive(Clone, PartialEq, Debug)]
pub struct Expression {
    steps: Vec<Step>,
}

impl Expression {
    /// Reads an expression over these ids.
    pub fn parse(text: &str, ids: &[&str]) -> Result<Expression, MathError> {
        let steps = reader::steps(text, ids)?;
        Ok(Expression { steps })
    }

    /// The value, `value_of` being that of a metric by its position among the ids.
    pub fn value(&self, value_of: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        // Most alarms are of one metric.
        if let [Step::Metric(index)] = self.steps.as_slice() {
            return value_of(*index);
        }
        let mut stack = Stack::default();
        for step in &self.steps {
            let value = match *step {
                Step::Number(number) => Some(number),
                Step::Metric(index) => value_of(index),
                Step::Negate => stack.pop().map(|value| -value),
                Step::Fill(number) => stack.pop().or(Some(number)),
                Step::Function(function) => stack.pop().map(|value| function.of(value)),
                Step::Gather(gathering, count) => gathering.of(stack.take(count)),
                Step::Two {
                    operator,
                    are_series,
                } => {
                    let (right, left) = (stack.pop(), stack.pop());
                    both(left, right, are_series).map(|(left, right)| operator.of(left, right))
                }
                Step::If {
                    has_other,
                    is_zero_filled,
                } => {
                    let other = if has_other { stack.pop() } else { None };
                    let (chosen, condition) = (stack.pop(), stack.pop());
                    match condition {
                        None => None,
                        Some(0.0) => other,
                        Some(_) => chosen.or(is_zero_filled.then_some(0.0)),
                    }
                }
            };
            // What is infinite, or no number, is no data point.
            stack.push(value.filter(|value| value.is_finite()));
        }
        stack.pop()
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

/// Both values of an operator, if it has a result.
fn both(left: Option<f64>, right: Option<f64>, are_series: bool) -> Option<(f64, f64)> {
    match (left, right) {
        (Some(left), Some(right)) => Some((left, right)),
        (Some(left), None) if are_series => Some((left, 0.0)),
        (None, Some(right)) if are_series => Some((0.0, right)),
        _ => None,
    }
}

impl Operator {
    /// Its result; a division by 0 has none that is finite.
    fn of(self, left: f64, right: f64) -> f64 {
        let truth = |it: bool| f64::from(u8::from(it));
        match self {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            Operator::Power => libm::pow(left, right),
            Operator::Equal => truth(left == right),
            Operator::Unequal => truth(left != right),
            Operator::Less => truth(left < right),
            Operator::AtMost => truth(left <= right),
            Operator::More => truth(right < left),
            Operator::AtLeast => truth(right <= left),
            Operator::And => truth(left != 0.0 && right != 0.0),
            Operator::Or => truth(left != 0.0 || right != 0.0),
        }
    }
}

impl Function {
    fn of(self, value: f64) -> f64 {
        match self {
            Function::Absolute => value.abs(),
            Function::Ceiling => value.ceil(),
            Function::Floor => value.floor(),
            Function::Logarithm => libm::log(value),
            Function::Logarithm10 => libm::log10(value),
        }
    }
}

impl Gathering {
    /// Of a list's data points of one moment: none if all are missing.
    fn of(self, values: &[Option<f64>]) -> Option<f64> {
        let there = values.iter().flatten().copied();
        let sum = || there.clone().reduce(|sum, value| sum + value);
        match self {
            Gathering::Average => sum().map(|sum| sum / values.len() as f64),
            Gathering::Maximum => there.reduce(f64::max),
            Gathering::Minimum => there.reduce(f64::min),
            Gathering::Sum => sum(),
        }
    }
}

/// Values that wait for their operator: the reader lets no expression through that needs more room.
struct Stack {
    values: [Option<f64>; STACK],
    length: usize,
}

/// How many values may wait for their operator.
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

    /// The newest so many.
    fn take(&mut self, count: usize) -> &[Option<f64>] {
        let end = self.length;
        self.length = end.saturating_sub(count);
        &self.values[self.length..end]
    }
}
