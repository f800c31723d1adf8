//! What travels packed inside of a page: its data, and the chart library's script (plotly.js), so
//! that a page needs no network.

use std::io::Write;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use plotly::Plot;

/// The script, as gzip in base64; packed once a process, the same bytes each time.
pub fn packed() -> &'static str {
    static PACKED: OnceLock<String> = OnceLock::new();
    PACKED.get_or_init(|| pack(&script()))
}

/// A text as gzip in base64: no letter of it can end the element that it stands in.
pub fn pack(text: &str) -> String {
    let mut packer = GzBuilder::new().write(Vec::new(), Compression::best());
    packer
        .write_all(text.as_bytes())
        .expect("memory takes what is written");
    let bytes = packer.finish().expect("memory takes what is written");
    STANDARD.encode(bytes)
}

/// The first script among those that the crate carries for pages without a network; the others
/// typeset formulas.
fn script() -> String {
    let sources = Plot::offline_js_sources();
    let inside = |text: &str| {
        let (_, rest) = text.split_once("<script")?;
        let (_, rest) = rest.split_once('>')?;
        let (script, _) = rest.split_once("</script>")?;
        Some(script.to_owned())
    };
    inside(&sources).expect("the crate carries plotly.js in a script element")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was packed.
    fn unpacked(packed: &str) -> String {
        use std::io::Read;
        let bytes = STANDARD.decode(packed).unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn what_is_unpacked_is_the_chart_library() {
        let script = unpacked(packed());
        assert_eq!(script, super::script());
        assert!(script.contains("newPlot") && script.contains("plotly.js v"));
        assert!(packed().len() < 2_500_000, "{}", packed().len());
    }
}
