//! Text in charts: its width in the embedded font, its shortening, and what a file format can't
//! carry.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef};
use plotters::style::{FontStyle, register_font};

use super::ChartError;

/// The families that an SVG asks for, in order; the first is embedded for PNG. Verdana is about as
/// wide.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, Geneva, sans-serif";

/// Checks the embedded fonts and makes them known to plotters, once a process.
pub(super) fn register() -> Result<(), ChartError> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = *DONE.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    });
    if done { Ok(()) } else { Err(ChartError::Font) }
}

/// The width in pixels of a text set at `size` pixels an em.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    static FONTS: OnceLock<Option<[FontRef<'static>; 2]>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let regular = FontRef::try_from_slice(dejavu::sans::regular()).ok()?;
        Some([regular, FontRef::try_from_slice(dejavu::sans::bold()).ok()?])
    });
    // `register` refuses to draw without the fonts; this width only keeps the question total.
    let Some(fonts) = fonts else {
        return text.chars().count() as f64 * size * 0.7;
    };
    let font = &fonts[usize::from(bold)];
    let em = font.units_per_em().unwrap_or(2048.0);
    let advance = |letter| f64::from(font.h_advance_unscaled(font.glyph_id(letter)) / em);
    text.chars().map(advance).sum::<f64>() * size
}

/// The text, or as much of its beginning as fits `room` pixels, with an ellipsis.
pub(super) fn fitted(text: &str, size: f64, bold: bool, room: f64) -> String {
    let text = clean(text);
    if width(&text, size, bold) <= room {
        return text;
    }
    let room = room - width("…", size, bold);
    let mut used = 0.0;
    let mut buffer = [0; 4];
    let fits = |letter: &char| {
        used += width(letter.encode_utf8(&mut buffer), size, bold);
        used <= room
    };
    let head: String = text.chars().take_while(fits).collect();
    format!("{}…", head.trim_end())
}

/// The text in so many lines of `room` pixels at most, broken where it has a mark or a space; the
/// last ends in an ellipsis if even that is too little.
pub(super) fn wrapped(text: &str, size: f64, room: f64, lines: usize) -> Vec<String> {
    let mut rest = clean(text);
    let mut done = Vec::new();
    while done.len() + 1 < lines && room < width(&rest, size, false) {
        let mut used = 0.0;
        let mut buffer = [0; 4];
        let mut end = 0;
        let mut at_mark = None;
        for (index, letter) in rest.char_indices() {
            used += width(letter.encode_utf8(&mut buffer), size, false);
            if room < used {
                break;
            }
            end = index + letter.len_utf8();
            if matches!(letter, ' ' | ',' | ';' | '/' | '.' | '-' | '_' | '=' | '·') {
                at_mark = Some(end);
            }
        }
        // A mark near the start leaves most of the line empty.
        let at = at_mark.filter(|at| end < 3 * at).unwrap_or(end);
        if at == 0 {
            break;
        }
        let tail = rest.split_off(at);
        done.push(rest.trim().to_owned());
        rest = tail.trim_start().to_owned();
    }
    done.push(fitted(&rest, size, false, room));
    done
}

/// Without what XML forbids or what would turn a line round: control characters, direction marks,
/// non-characters.
pub(super) fn clean(text: &str) -> String {
    let harmless = |letter: char| match letter {
        '\t' | '\n' | '\r' => ' ',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    // Longer names are cut by the room they have; this only bounds the work.
    text.chars().take(400).map(harmless).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_ends_in_an_ellipsis_and_fits() {
        let text = fitted(&"a very long service name ".repeat(20), 12.0, false, 150.0);
        assert!(
            text.ends_with('…') && width(&text, 12.0, false) <= 150.0,
            "{text}"
        );
        assert_eq!(fitted("api", 12.0, false, 150.0), "api");
    }

    #[test]
    fn a_long_name_takes_a_second_line() {
        let lines = wrapped(
            "aws.services.api.capacityProviderStrategy.weight",
            12.0,
            170.0,
            2,
        );
        assert_eq!(lines, ["aws.services.api.", "capacityProviderStrategy.…"]);
        let lines = wrapped("aws.services.api.desiredCount", 12.0, 170.0, 2);
        assert_eq!(lines, ["aws.services.api.", "desiredCount"]);
        assert_eq!(wrapped("api", 12.0, 170.0, 2), ["api"]);
        assert_eq!(wrapped(&"x".repeat(90), 12.0, 170.0, 1).len(), 1);
    }

    #[test]
    fn what_xml_forbids_is_replaced() {
        assert_eq!(clean("a\u{0}b\nc\u{202e}d"), "a\u{fffd}b c\u{fffd}d");
    }
}
