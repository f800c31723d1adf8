//! A lesson with what its run says: figures, answers held to the run, explanations.

use serde::Serialize;

use super::fact::Comparison;
use super::measure::Measure;
use super::{Asked, Lesson, Part, PlayedLesson, Question, ShowLine, Value};
use crate::engine::SimDuration;
use crate::explain::{Clock, Explanation};
use crate::scenario::diagnostic::{Diagnostic, Diagnostics};

/// What is asked for when only the facts are wanted: no finding, no change.
const IN_SHORT: &str = "in short";
/// What summary.json says of the whole run, its warm-up included.
const OF_THE_RUN: [&str; 5] = ["version", "scenario", "start", "simulated_s", "warm_up_s"];

/// A lesson with the figures and words of its run.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Told {
    /// Its heading.
    pub title: String,
    /// The time zone of the times in explanations.
    pub zone: String,
    /// Its parts, in order.
    pub parts: Vec<ToldPart>,
}

/// A piece of a lesson.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ToldPart {
    /// Markdown.
    Text(String),
    /// A question and what answers it.
    Question(ToldQuestion),
    /// Figures.
    Show(Vec<ToldLine>),
    /// Explanations.
    Explain(Vec<Explanation>),
}

/// A question with its answer.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ToldQuestion {
    /// What is asked.
    pub text: String,
    /// The choices, `a` first.
    pub choices: Vec<String>,
    /// The index of the right one; `None`: there are none, the first fact's value is right.
    pub right: Option<usize>,
    /// What of the run says so.
    pub facts: Vec<ToldFact>,
}

/// A figure that an answer rests on.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ToldFact {
    /// What was asked of the run.
    pub figure: String,
    /// Its value.
    pub value: Value,
    /// The value in words.
    pub shown: String,
}

/// A line of figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct ToldLine {
    /// What is shown.
    pub label: String,
    /// Each, with what tells it from the others.
    pub figures: Vec<(String, Value)>,
}

impl ToldLine {
    /// The line in words; figures of several tasks in the order of the tasks.
    pub fn said(&self) -> String {
        let figures = self.figures.iter().map(|(name, value)| match &name[..] {
            "" => value.to_string(),
            name => format!("{value} at {name}"),
        });
        let said = figures.collect::<Vec<_>>().join(", ");
        format!("{}: {said}", self.label)
    }
}

/// The lesson with the words of its run.
///
/// # Errors
/// With every answer that the run does not give, and all that it asks of what the run has not.
pub fn tell(lesson: &Lesson, played: &PlayedLesson<'_>) -> Result<Told, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let mut parts = Vec::new();
    for part in &lesson.parts {
        parts.push(match part {
            Part::Text(text) => ToldPart::Text(text.clone()),
            Part::Question(question) => {
                ToldPart::Question(tell_question(question, played, &mut diagnostics))
            }
            Part::Show(lines) => ToldPart::Show(
                lines
                    .iter()
                    .filter_map(|line| keep(tell_line(line, played), &mut diagnostics))
                    .collect(),
            ),
            Part::Explain(asked) => ToldPart::Explain(
                asked
                    .iter()
                    .filter_map(|asked| keep(explain(asked, played), &mut diagnostics))
                    .collect(),
            ),
        });
    }
    match diagnostics.has_errors() {
        true => Err(diagnostics),
        false => Ok(Told {
            title: lesson.title.clone(),
            zone: Clock::of(played.plan).zone().to_owned(),
            parts,
        }),
    }
}

fn keep<T>(told: Result<T, Box<Diagnostic>>, diagnostics: &mut Diagnostics) -> Option<T> {
    told.map_err(|wrong| diagnostics.push(*wrong)).ok()
}

fn tell_question(
    question: &Question,
    played: &PlayedLesson<'_>,
    diagnostics: &mut Diagnostics,
) -> ToldQuestion {
    let facts = question.facts.iter().filter_map(|fact| {
        let wrong = |message: String| {
            let wrong = Diagnostic::error("lesson-answer", message).at(fact.span);
            Box::new(wrong)
        };
        let told = played
            .measure(&fact.measure)
            .map_err(wrong)
            .and_then(|value| match fact.holds(&value) {
                true => Ok(value),
                false => Err(wrong(differs(&value, fact.comparison))),
            });
        let value = keep(told, diagnostics)?;
        Some(ToldFact {
            figure: labelled(&fact.label, &fact.measure, played),
            shown: value.to_string(),
            value,
        })
    });
    ToldQuestion {
        text: question.text.clone(),
        choices: question.choices.clone(),
        right: question.right,
        facts: facts.collect(),
    }
}

fn differs(value: &Value, comparison: Comparison) -> String {
    match comparison {
        Comparison::Is => format!("the run does not give this answer: it is {value}"),
        _ => format!(
            "the run does not give this answer: it is {value}, which is not {} that",
            comparison.sign()
        ),
    }
}

fn tell_line(line: &ShowLine, played: &PlayedLesson<'_>) -> Result<ToldLine, Box<Diagnostic>> {
    let figures = line.figures.iter().map(|(name, measure)| {
        let value = played.measure(measure);
        let wrong = |message| Box::new(Diagnostic::error("lesson-show", message).at(line.span));
        value.map(|value| (name.clone(), value)).map_err(wrong)
    });
    let label = match line.figures.first() {
        Some((_, measure)) => labelled(&line.label, measure, played),
        None => line.label.clone(),
    };
    Ok(ToldLine {
        label,
        figures: figures.collect::<Result<_, _>>()?,
    })
}

/// What is asked, and of which time it is where a warm-up is left out of it: money and summaries
/// are of what comes after, tasks and instants of the whole run.
fn labelled(label: &str, measure: &Measure, played: &PlayedLesson<'_>) -> String {
    let warm_up = played.plan.run.warm_up;
    let is_of_the_rest = match measure {
        Measure::Cost { .. } => true,
        Measure::Summary { path } => !OF_THE_RUN.contains(&path.as_str()),
        _ => false,
    };
    match is_of_the_rest && SimDuration::ZERO < warm_up {
        true => format!("{label}, after the warm-up of {warm_up}"),
        false => label.to_owned(),
    }
}

/// The explanation that is asked for: of its findings those that are.
fn explain(asked: &Asked, played: &PlayedLesson<'_>) -> Result<Explanation, Box<Diagnostic>> {
    let wrong = |message| Box::new(Diagnostic::error("lesson-explain", message).at(asked.span));
    let mut explanation = played.explain(&asked.subject).map_err(wrong)?;
    let Some(about) = &asked.about else {
        return Ok(explanation);
    };
    if about == IN_SHORT {
        explanation.findings.clear();
        explanation.changes.clear();
        explanation.changes_left_out = 0;
        return Ok(explanation);
    }
    let questions: Vec<String> = explanation
        .findings
        .iter()
        .map(|it| it.question.clone())
        .collect();
    let lower = about.to_lowercase();
    explanation
        .findings
        .retain(|finding| finding.question.to_lowercase().contains(&lower));
    if explanation.findings.is_empty() {
        let known = match questions.is_empty() {
            true => "it answers none".to_owned(),
            false => format!("it answers {}", questions.join(" ")),
        };
        return Err(wrong(format!(
            "the explanation has no question with {about:?}; {known}"
        )));
    }
    explanation.facts.clear();
    explanation.changes.clear();
    explanation.changes_left_out = 0;
    Ok(explanation)
}
