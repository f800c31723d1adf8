//! Tables and lists of more than a page has room for: how much of them it shows, and what it says
//! of the rest.

use super::html::Html;
use crate::report::wording::count;

/// Rows of a table.
pub const ROWS_MAX: usize = 300;
/// Sentences of a list.
pub const SENTENCES_MAX: usize = 40;
/// Rows of a time line.
pub const LANES_MAX: usize = 40;

/// Says that `shown` of `all` are shown: of what, which they are, and the file that has the others;
/// nothing where all are.
pub fn say(shown: usize, all: usize, [what, which, file]: [&str; 3], html: &mut Html) {
    if all <= shown {
        return;
    }
    let [some, all] = [shown, all].map(|number| count(number as f64));
    let says = format!("Shown are {some} of {all} {what}: {which}. {file} has all of them.");
    html.line("p", "note", &says);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_said_with_the_file_that_has_it() {
        let said = |shown, all| {
            let mut html = Html::default();
            let of = ["services", "the dearest", "summary.json"];
            say(shown, all, of, &mut html);
            html.into_string()
        };
        assert_eq!(said(300, 300), "");
        let some = said(300, 5_000);
        let says = "Shown are 300 of 5,000 services: the dearest. summary.json has all of them.";
        assert!(some.contains(says), "{some}");
    }
}
