//! What of a file's bytes is accepted and worth a word.

use crate::scenario::diagnostic::{Diagnostic, Diagnostics};
use crate::scenario::source::{FileId, Span};

/// Notes a byte order mark, and the line ends of Windows.
pub(super) fn note((text, path): (&str, &str), file: FileId, diagnostics: &mut Diagnostics) {
    // Without its folder: notes are kept with the results.
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let mut say = |message: String| {
        let span = Span::of_line(file, "");
        diagnostics.push(Diagnostic::note("file-bytes", message).at(span));
    };
    if text.starts_with('\u{feff}') {
        say(format!(
            "{name} starts with a byte order mark, which is skipped"
        ));
    }
    if text.contains("\r\n") {
        say(format!(
            "the lines of {name} end with CR LF, which is read like LF"
        ));
    }
}
