//! A lesson told to somebody: its questions are asked, where somebody is there, and answered.

use crate::cli::Console;
use crate::cli::exit::Stop;
use crate::lesson::{Literal, Told, ToldPart, ToldQuestion, letter};
use crate::report::lesson_text;

/// Tells the parts in order; asks at the questions until nobody answers any more.
pub(super) fn tell(told: &Told, asks: bool, console: &mut Console<'_>) -> Result<(), Stop> {
    let mut asks = asks;
    let look = console.look();
    for part in &told.parts {
        console.say(&lesson_text::render(part, &told.zone, look))?;
        let ToldPart::Question(question) = part else {
            continue;
        };
        let said = match asks {
            true => ask(question, console)?,
            false => Said::Nothing,
        };
        asks = asks && !matches!(said, Said::Gone);
        let verdict = match said {
            Said::Right => Some(("Right:", true)),
            Said::Wrong => Some(("Not quite. It is", false)),
            Said::Nothing | Said::Gone => None,
        };
        console.say(&format!(
            "\n{}",
            lesson_text::answer(question, verdict, look)
        ))?;
    }
    Ok(())
}

/// What a learner answered.
enum Said {
    Right,
    Wrong,
    /// Nothing: to be told.
    Nothing,
    /// Their input ended.
    Gone,
}

/// Asks until there is an answer that can be one.
fn ask(question: &ToldQuestion, console: &mut Console<'_>) -> Result<Said, Stop> {
    let count = question.choices.len();
    let prompt = match count {
        0 => "Your answer (Enter to be told): ".to_owned(),
        _ => format!(
            "Your answer, a to {} (Enter to be told): ",
            letter(count - 1)
        ),
    };
    console.say("\n")?;
    loop {
        let Some(answer) = console.ask(&prompt)? else {
            console.say("\n")?;
            return Ok(Said::Gone);
        };
        let answer = answer.trim().trim_end_matches(')');
        if answer.is_empty() {
            return Ok(Said::Nothing);
        }
        let is_right = match question.right {
            Some(right) => {
                let lower = answer.to_lowercase();
                let given = (0..count).find(|choice| {
                    lower == letter(*choice).to_string()
                        || lower == question.choices[*choice].to_lowercase()
                });
                let Some(given) = given else {
                    let last = letter(count - 1);
                    console.say(&format!("That is none of the choices a to {last}.\n"))?;
                    continue;
                };
                given == right
            }
            None => {
                let guess = Literal::read(answer);
                let mut facts = question.facts.iter();
                facts
                    .next()
                    .is_some_and(|fact| fact.value.is_guessed_by(&guess))
            }
        };
        return Ok(if is_right { Said::Right } else { Said::Wrong });
    }
}
