//! Reading an expression of metric math.

use super::error::{MathError, MathErrorKind};
use super::{Function, Gathering, Operator, STACK, Step};

/// The longest expression, characters (API MetricDataQuery: Expression, 1 to 2,048).
pub const LENGTH_MAX: usize = 2_048;
/// The deepest nesting of parentheses and signs: a bound on the reader's own stack.
pub const DEPTH_MAX: u32 = 32;

/// The steps of an expression over these ids.
pub(super) fn steps(text: &str, ids: &[&str]) -> Result<Vec<Step>, MathError> {
    if LENGTH_MAX < text.chars().count() {
        let kind = MathErrorKind::TooLong;
        return Err(MathError { at: 1, kind });
    }
    let mut reader = Reader {
        chars: text.chars().collect(),
        at: 0,
        depth: 0,
        held: 0,
        ids,
        steps: Vec::new(),
    };
    reader.either()?;
    match reader.peek() {
        Some(found) => Err(reader.error(MathErrorKind::Unexpected(found))),
        None => Ok(reader.steps),
    }
}

/// What a part of an expression is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, which is always there.
    Scalar,
    /// A time series, whose data point may be missing.
    Series,
}

/// Operators by how they are written, the longer ones first.
type Level = &'static [(&'static str, Operator)];

const EITHER: Level = &[("OR", Operator::Or), ("||", Operator::Or)];
const BOTH: Level = &[("AND", Operator::And), ("&&", Operator::And)];
const COMPARISONS: Level = &[
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("<", Operator::Less),
    (">", Operator::More),
];
const SUMS: Level = &[("+", Operator::Add), ("-", Operator::Subtract)];
const PRODUCTS: Level = &[("*", Operator::Multiply), ("/", Operator::Divide)];

struct Reader<'t> {
    chars: Vec<char>,
    at: usize,
    depth: u32,
    /// How many values wait for their operator after the steps until now.
    held: usize,
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

    /// Adds a step, which takes so many values and leaves one.
    fn step(&mut self, step: Step, takes: usize) -> Result<(), MathError> {
        self.held = self.held + 1 - takes;
        if STACK < self.held {
            return Err(self.error(MathErrorKind::TooDeep));
        }
        self.steps.push(step);
        Ok(())
    }

    /// Takes one of the operators, if one of them is next.
    fn operator(&mut self, level: Level) -> Option<Operator> {
        self.peek()?;
        let rest = &self.chars[self.at..];
        let is_next = |(text, _): &&(&str, Operator)| {
            let length = text.len();
            let is_word = text.starts_with(char::is_alphabetic);
            let ends = |it: &char| !it.is_ascii_alphanumeric() && *it != '_';
            text.chars().eq(rest.iter().take(length).copied())
                && (!is_word || rest.get(length).is_none_or(ends))
        };
        let (text, operator) = level.iter().find(is_next)?;
        self.at += text.len();
        Some(*operator)
    }

    /// Values with operators of one level between them, from the left.
    fn level(
        &mut self,
        level: Level,
        part: fn(&mut Self) -> Result<Kind, MathError>,
    ) -> Result<Kind, MathError> {
        let mut left = part(self)?;
        while let Some(operator) = self.operator(level) {
            let right = part(self)?;
            left = self.two(operator, left, right)?;
        }
        Ok(left)
    }

    fn two(&mut self, operator: Operator, left: Kind, right: Kind) -> Result<Kind, MathError> {
        let are_series = (left, right) == (Kind::Series, Kind::Series);
        let step = Step::Two {
            operator,
            are_series,
        };
        self.step(step, 2)?;
        Ok(either_series(left, right))
    }

    fn either(&mut self) -> Result<Kind, MathError> {
        self.level(EITHER, Self::both)
    }

    fn both(&mut self) -> Result<Kind, MathError> {
        self.level(BOTH, Self::comparison)
    }

    fn comparison(&mut self) -> Result<Kind, MathError> {
        self.level(COMPARISONS, Self::sum)
    }

    fn sum(&mut self) -> Result<Kind, MathError> {
        self.level(SUMS, Self::product)
    }

    fn product(&mut self) -> Result<Kind, MathError> {
        self.level(PRODUCTS, Self::signed)
    }

    fn signed(&mut self) -> Result<Kind, MathError> {
        self.nest()?;
        let kind = match self.peek() {
            Some('-') => {
                self.at += 1;
                let kind = self.signed()?;
                self.step(Step::Negate, 1)?;
                kind
            }
            _ => self.power()?,
        };
        self.depth -= 1;
        Ok(kind)
    }

    fn power(&mut self) -> Result<Kind, MathError> {
        let base = self.value()?;
        match self.operator(&[("^", Operator::Power)]) {
            None => Ok(base),
            Some(operator) => {
                let exponent = self.signed()?;
                self.two(operator, base, exponent)
            }
        }
    }

    fn nest(&mut self) -> Result<(), MathError> {
        if DEPTH_MAX <= self.depth {
            return Err(self.error(MathErrorKind::TooDeep));
        }
        self.depth += 1;
        Ok(())
    }

    fn value(&mut self) -> Result<Kind, MathError> {
        match self.peek() {
            None => Err(self.error(MathErrorKind::Ends)),
            Some('(') => {
                let unclosed = self.open();
                let kind = self.either()?;
                self.expect(')', &unclosed)?;
                Ok(kind)
            }
            Some(found) if found.is_ascii_digit() || found == '.' => {
                let number = self.number()?;
                self.step(Step::Number(number), 0)?;
                Ok(Kind::Scalar)
            }
            Some(found) if found.is_ascii_alphabetic() => self.named(),
            Some(found) => Err(self.error(MathErrorKind::Unexpected(found))),
        }
    }

    /// Passes what opens; what to say if nothing closes it.
    fn open(&mut self) -> MathError {
        let unclosed = self.error(MathErrorKind::Unclosed);
        self.at += 1;
        unclosed
    }

    /// `(m1, 0)` after FILL: what is filled, and with which number.
    fn fill(&mut self) -> Result<Kind, MathError> {
        let unclosed = self.open();
        self.either()?;
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
        let number = self.number()?;
        let signed = if is_negative { -number } else { number };
        self.step(Step::Fill(signed), 1)?;
        self.expect(')', &unclosed)?;
        Ok(Kind::Series)
    }

    /// `(condition, value)` or `(condition, value, other)` after IF.
    fn choice(&mut self) -> Result<Kind, MathError> {
        let unclosed = self.open();
        let condition = self.either()?;
        self.expect(',', &unclosed)?;
        let chosen = self.either()?;
        let has_other = self.peek() == Some(',');
        let mut kind = match has_other {
            true => {
                self.at += 1;
                either_series(chosen, self.either()?)
            }
            false => Kind::Series,
        };
        kind = either_series(kind, condition);
        let is_zero_filled = (condition, chosen) == (Kind::Series, Kind::Series);
        let step = Step::If {
            has_other,
            is_zero_filled,
        };
        self.step(step, 2 + usize::from(has_other))?;
        self.expect(')', &unclosed)?;
        Ok(kind)
    }

    /// `(m1)` after a function of each data point.
    fn function(&mut self, function: Function) -> Result<Kind, MathError> {
        let unclosed = self.open();
        let kind = self.either()?;
        self.step(Step::Function(function), 1)?;
        self.expect(')', &unclosed)?;
        Ok(kind)
    }

    /// `([m1, m2])` or `(METRICS())` after a function of a list.
    fn gather(
        &mut self,
        gathering: Gathering,
        (at, name): (usize, String),
    ) -> Result<Kind, MathError> {
        let unclosed = self.open();
        let mut count = 0;
        if self.peek() == Some('[') {
            let list_unclosed = self.open();
            loop {
                self.either()?;
                count += 1;
                if self.peek() != Some(',') {
                    break;
                }
                self.at += 1;
            }
            self.expect(']', &list_unclosed)?;
        } else if self.passes("METRICS") {
            let at = self.at + 1 - "METRICS".len();
            self.expect('(', &unclosed)?;
            if self.peek() != Some(')') {
                let kind = MathErrorKind::Function("METRICS with a text".to_owned());
                return Err(MathError { at, kind });
            }
            self.at += 1;
            count = self.ids.len();
            for index in 0..count {
                self.step(Step::Metric(index), 0)?;
            }
        } else {
            let kind = MathErrorKind::OfThePast(name);
            return Err(MathError { at, kind });
        }
        self.step(Step::Gather(gathering, count), count)?;
        self.expect(')', &unclosed)?;
        Ok(Kind::Series)
    }

    /// Passes these characters, if they are next.
    fn passes(&mut self, text: &str) -> bool {
        let rest = self.chars[self.at..].iter().copied();
        let is_next = rest.take(text.len()).eq(text.chars());
        self.at += if is_next { text.len() } else { 0 };
        is_next
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

    fn number(&mut self) -> Result<f64, MathError> {
        let (at, text) = self.word(|it| it.is_ascii_digit() || it == '.');
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => {
                let kind = MathErrorKind::Number(text);
                Err(MathError { at, kind })
            }
        }
    }

    /// An id, or a function with its arguments.
    fn named(&mut self) -> Result<Kind, MathError> {
        let (at, text) = self.word(|it| it.is_ascii_alphanumeric() || it == '_');
        if self.peek() == Some('(') {
            return match text.as_str() {
                "FILL" => self.fill(),
                "IF" => self.choice(),
                "ABS" => self.function(Function::Absolute),
                "CEIL" => self.function(Function::Ceiling),
                "FLOOR" => self.function(Function::Floor),
                "LOG" => self.function(Function::Logarithm),
                "LOG10" => self.function(Function::Logarithm10),
                "AVG" => self.gather(Gathering::Average, (at, text)),
                "MAX" => self.gather(Gathering::Maximum, (at, text)),
                "MIN" => self.gather(Gathering::Minimum, (at, text)),
                "SUM" => self.gather(Gathering::Sum, (at, text)),
                _ => {
                    let kind = MathErrorKind::Function(text);
                    Err(MathError { at, kind })
                }
            };
        }
        match self.ids.iter().position(|id| *id == text) {
            Some(index) => {
                self.step(Step::Metric(index), 0)?;
                Ok(Kind::Series)
            }
            None => {
                let kind = MathErrorKind::UnknownId(text);
                Err(MathError { at, kind })
            }
        }
    }
}

/// Of two parts: a time series, if one of them is.
fn either_series(left: Kind, right: Kind) -> Kind {
    match (left, right) {
        (Kind::Scalar, Kind::Scalar) => Kind::Scalar,
        _ => Kind::Series,
    }
}
