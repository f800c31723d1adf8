//! Where a command writes: results to one stream, messages to another, colours where they are
//! wanted.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};

use crate::report::summary_text::InlineCharts;
use crate::report::table::{COLUMNS, Colour, Look};

/// The two streams of a command and how they are looked at.
pub struct Console<'a> {
    out: Box<dyn Write + 'a>,
    err: Box<dyn Write + 'a>,
    /// Where answers come from; `None`: nobody is there to be asked.
    answers: Option<Box<dyn BufRead + 'a>>,
    out_colour: Colour,
    err_colour: Colour,
    is_watched: bool,
    inline: InlineCharts,
    columns: usize,
}

impl<'a> Console<'a> {
    /// The process's own: colours on a terminal only, and not with `NO_COLOR` (no-color.org).
    pub fn of_process() -> Console<'static> {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let colour = |is_terminal: bool| match wanted && is_terminal {
            true => Colour::Ansi,
            false => Colour::Plain,
        };
        let (out, err) = (io::stdout(), io::stderr());
        Console {
            out_colour: colour(out.is_terminal()),
            err_colour: colour(err.is_terminal()),
            is_watched: out.is_terminal() && err.is_terminal(),
            answers: (io::stdin().is_terminal() && out.is_terminal())
                .then(|| Box::new(BufReader::new(io::stdin())) as Box<dyn BufRead>),
            inline: match (
                out.is_terminal(),
                speaks_utf8(|name| std::env::var(name).ok()),
            ) {
                (false, _) => InlineCharts::Few,
                (true, true) => InlineCharts::All,
                (true, false) => InlineCharts::None,
            },
            columns: columns_of(terminal_size::terminal_size_of(&out)),
            out: Box::new(out),
            err: Box::new(err),
        }
    }

    /// Two streams without colours or progress, as for a pipe.
    pub fn plain(out: impl Write + 'a, err: impl Write + 'a) -> Self {
        Console {
            out: Box::new(out),
            err: Box::new(err),
            out_colour: Colour::Plain,
            err_colour: Colour::Plain,
            answers: None,
            is_watched: false,
            inline: InlineCharts::Few,
            columns: COLUMNS,
        }
    }

    /// The same, with somebody who answers.
    #[must_use]
    pub fn answered(mut self, answers: impl BufRead + 'a) -> Self {
        self.answers = Some(Box::new(answers));
        self
    }

    /// The same, for a terminal that can show these.
    #[must_use]
    pub fn showing(mut self, inline: InlineCharts) -> Self {
        self.inline = inline;
        self
    }

    /// The same, for a terminal of so many columns.
    #[must_use]
    pub fn of_columns(mut self, columns: usize) -> Self {
        self.columns = columns;
        self
    }

    /// Whether somebody is there who can be asked.
    pub fn can_ask(&self) -> bool {
        self.answers.is_some()
    }

    /// Asks, and waits for a line; `None` where none comes any more.
    ///
    /// # Errors
    /// If the prompt can't be written or the answer can't be read.
    pub fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        self.say(prompt)?;
        let Some(answers) = &mut self.answers else {
            return Ok(None);
        };
        let mut line = Vec::new();
        // What is no UTF-8 is an answer all the same, and a wrong one.
        match answers.read_until(b'\n', &mut line)? {
            0 => Ok(None),
            _ => Ok(Some(String::from_utf8_lossy(&line).into_owned())),
        }
    }

    /// Whether somebody watches a terminal, to be shown progress.
    pub fn is_watched(&self) -> bool {
        self.is_watched
    }

    /// Which inline charts a summary is to have.
    pub fn inline_charts(&self) -> InlineCharts {
        self.inline
    }

    /// Whether results are coloured.
    pub fn out_colour(&self) -> Colour {
        self.out_colour
    }

    /// How a text of results is to look.
    pub fn look(&self) -> Look {
        Look {
            colour: self.out_colour,
            columns: self.columns,
        }
    }

    /// Whether messages are coloured.
    pub fn err_is_coloured(&self) -> bool {
        self.err_colour == Colour::Ansi
    }

    /// Writes a result.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes a message. Where its reader went away, the command goes on: its results and its exit
    /// code are for others.
    pub fn warn(&mut self, text: &str) -> io::Result<()> {
        let written = self.err.write_all(text.as_bytes());
        match written.and_then(|()| self.err.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Writes an error of one line.
    pub fn complain(&mut self, message: &str) -> io::Result<()> {
        let word = self.err_text(
            "error:".to_owned(),
            "\u{1b}[1;31merror:\u{1b}[0m".to_owned(),
        );
        self.warn(&format!("{word} {message}\n"))
    }

    /// The one of two texts that suits stdout.
    pub fn out_text(&self, plain: String, coloured: String) -> String {
        if self.out_colour == Colour::Ansi {
            coloured
        } else {
            plain
        }
    }

    /// The one of two texts that suits stderr.
    pub fn err_text(&self, plain: String, coloured: String) -> String {
        if self.err_colour == Colour::Ansi {
            coloured
        } else {
            plain
        }
    }
}

/// Columns of a text on a terminal of this size: as many as it has, and no more than one likes to
/// read. What is no terminal has no size.
fn columns_of(terminal: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    /// Fewer leave no room beside a name.
    const LEAST: usize = 40;
    match terminal {
        // A terminal that does not know says 0.
        Some((terminal_size::Width(columns), _)) if 0 < columns => {
            usize::from(columns).clamp(LEAST, COLUMNS)
        }
        _ => COLUMNS,
    }
}

/// Whether a terminal knows letters beyond ASCII, by its locale: the first of the variables that is
/// set decides (POSIX, environment variables, 8.2). Where none is, as in containers, and on Windows
/// it does: hardly a terminal is left that does not.
fn speaks_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let mut locales = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().map(variable);
    let locale = locales.find_map(|value| value.filter(|value| !value.is_empty()));
    cfg!(windows)
        || locale.is_none_or(|locale| {
            let lower = locale.to_lowercase();
            lower.contains("utf-8") || lower.contains("utf8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_that_is_set_says_whether_utf8_is_spoken() {
        let speaks = |set: &[(&str, &str)]| {
            let value = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            speaks_utf8(value)
        };
        assert!(speaks(&[("LANG", "en_GB.UTF-8")]));
        assert!(speaks(&[
            ("LC_ALL", ""),
            ("LC_CTYPE", "C.utf8"),
            ("LANG", "C")
        ]));
        assert!(cfg!(windows) || !speaks(&[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]));
        assert!(cfg!(windows) || !speaks(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(speaks(&[]));
    }
}
