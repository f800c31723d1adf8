//! Names of the user in texts that mean something by letters.

/// Text in an attribute of XML; what XML can't say at all is left out.
pub fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Text in a cell of a Markdown table: letters that would mean something are told not to.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '#' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_text_in_xml_and_markdown() {
        let name = "a <script>\"x\" & 'y'|z\u{1}\n_b_";
        assert_eq!(xml(name), "a &lt;script&gt;&quot;x&quot; &amp; 'y'|z _b_");
        assert_eq!(markdown("a <b> | *c*\n"), "a &lt;b> \\| \\*c\\* ");
    }
}
