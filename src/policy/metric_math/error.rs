//! What can be wrong with an expression of metric math.

use std::fmt;

use super::LENGTH_MAX;

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
    /// More values wait for their operator than there is room for, or it nests deeper than
    /// [`DEPTH_MAX`](super::DEPTH_MAX).
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
    /// A function of one metric that looks at all of its data points.
    OfThePast(String),
}

impl fmt::Display for MathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at;
        match &self.kind {
            MathErrorKind::TooLong => {
                write!(f, "an expression has {LENGTH_MAX} characters at the most")
            }
            MathErrorKind::TooDeep => {
                write!(
                    f,
                    "it nests too deep, or a list is too long, at character {at}"
                )
            }
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
            MathErrorKind::OfThePast(name) => {
                write!(
                    f,
                    "{name} at character {at} is of one metric over time, which is not simulated \
                     yet"
                )
            }
        }
    }
}
