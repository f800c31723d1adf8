//! Lessons: a text whose questions a run answers, told with the words in which that run explains
//! itself.
//!
//! A lesson is a folder with a scenario and a text (`docs/lessons.md` has the format). The text
//! asks, and says by which figures of the run its answer is right; what is explained comes from
//! [`explain`](crate::explain), never from the text. [`open`] reads a folder, [`shipped`] has those
//! of this program, [`PlayedLesson`] plays one, and [`tell`] holds its answers to the run.

mod fact;
mod folder;
mod measure;
mod played;
pub mod shipped;
mod text;
mod told;
mod value;

use crate::engine::SimTime;
use crate::scenario::source::Span;

pub use fact::Fact;
pub use folder::{Opened, SCENARIO, TEXT, open, open_texts};
pub use measure::Measure;
pub use played::PlayedLesson;
pub use told::{Told, ToldFact, ToldLine, ToldPart, ToldQuestion, tell};
pub use value::{Literal, Value};

/// A lesson's text, read.
#[derive(Clone, Debug, Default)]
pub struct Lesson {
    /// Its heading.
    pub title: String,
    /// What it says, asks and shows, in order.
    pub parts: Vec<Part>,
}

/// A piece of a lesson.
#[derive(Clone, Debug)]
pub enum Part {
    /// Markdown.
    Text(String),
    /// A question with its answer.
    Question(Question),
    /// Figures of the run.
    Show(Vec<ShowLine>),
    /// Explanations of the run.
    Explain(Vec<Asked>),
}

/// A question, and by what of the run its answer is right.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub text: String,
    /// The choices, `a` first; none: the answer is the value of the first fact.
    pub choices: Vec<String>,
    /// The right choice.
    pub right: Option<usize>,
    /// What holds in the run.
    pub facts: Vec<Fact>,
}

/// A line of figures: the same of several tasks, or at several times.
#[derive(Clone, Debug)]
pub struct ShowLine {
    /// What is shown.
    pub label: String,
    /// Each figure, with what tells it from the others; empty where their order does.
    pub figures: Vec<(String, Measure)>,
    /// Where it is asked for.
    pub span: Span,
}

/// What `explain` is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Whom or what about.
    pub subject: Subject,
    /// Of its findings only those whose question says this.
    pub about: Option<String>,
    /// Where it is asked.
    pub span: Span,
}

/// Whom or what an explanation is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// An owner's how-manieth task, the first is 1.
    Task {
        /// Which.
        number: u64,
        /// Whose.
        owner: String,
    },
    /// A service over the run, or at an instant.
    Service {
        /// Its name.
        name: String,
        /// The instant.
        at: Option<SimTime>,
    },
}

/// The choice of an index: `a`, `b`, ….
pub fn letter(choice: usize) -> char {
    ('a'..='z').nth(choice).unwrap_or('z')
}

/// The most choices of a question.
const CHOICES_MAX: usize = 8;

#[cfg(test)]
mod tests;
