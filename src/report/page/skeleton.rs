//! The page around its parts: head, navigation, tools, the data and the scripts.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::html::{Html, escaped};
use super::{ReplayPage, library};
use crate::report::palette;

pub(super) const STYLE: &str = include_str!("assets/page.css");
/// Draws figures: it defines `window.fleetcastCharts`, and touches no page.
static CHARTS: LazyLock<String> = LazyLock::new(|| {
    let (light, dark): (Vec<String>, Vec<String>) = palette::on_pages().unzip();
    let colours = json!([light, dark]);
    let script = include_str!("assets/charts.js");
    format!("window.fleetcastColours = {colours};\n{script}")
});
/// The time that all charts show: it defines `window.fleetcastRange`.
pub(super) const RANGE: &str = include_str!("assets/range.js");
/// The buttons that move it.
pub(super) const TIME_TOOLS: &str = include_str!("assets/time-tools.html");
/// Figures as tables and files.
pub(super) const TABLES: &str = include_str!("assets/tables.js");
/// The page itself: it places figures and answers buttons.
const PAGE: &str = include_str!("assets/page.js");

/// Nothing is loaded from anywhere: the browser itself sees to it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'";

/// The script that draws figures.
pub(super) fn charts() -> &'static str {
    &CHARTS
}

/// A part of the page, as the navigation names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// The id of its section.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
}

/// A page before it is put together.
#[derive(Clone, Debug)]
pub struct Skeleton<'a> {
    /// The scenario's name.
    pub title: &'a str,
    /// What kind of page it is.
    pub kind: &'a str,
    /// What is said below the name.
    pub facts: Vec<(&'static str, String)>,
    /// Its parts.
    pub parts: Vec<Part>,
    /// Their HTML.
    pub body: Html,
    /// The figures and what belongs to them.
    pub data: Value,
    /// The moving picture, if there is one.
    pub replay: Option<&'a ReplayPage<'a>>,
    /// Where it comes from.
    pub footer: String,
}

impl Part {
    /// A part.
    pub const fn new(id: &'static str, title: &'static str) -> Self {
        Part { id, title }
    }
}

impl Skeleton<'_> {
    /// The whole page.
    pub fn into_page(mut self) -> String {
        let mut html = Html::default();
        self.head(&mut html);
        self.header(&mut html);
        let body = std::mem::take(&mut self.body).into_string();
        html.raw("<main id=\"main\" tabindex=\"-1\">\n").raw(&body);
        html.raw("</main>\n<footer>\n").line("p", "", &self.footer);
        html.raw("</footer>\n<div id=\"said\" role=\"status\" class=\"unseen\"></div>\n");
        self.scripts(&mut html);
        html.raw("</body>\n</html>\n");
        html.into_string()
    }

    fn head(&self, html: &mut Html) {
        html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"");
        html.raw(POLICY).raw("\">\n");
        html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        html.raw("<meta name=\"color-scheme\" content=\"light dark\">\n");
        html.raw("<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
        html.text(self.title).raw(" – fleetcast</title>\n<style>\n");
        html.raw(STYLE).raw("</style>\n");
        if let Some(replay) = self.replay {
            html.raw("<style>\n").raw(replay.style).raw("\n</style>\n");
        }
        html.raw("</head>\n<body>\n");
    }

    fn header(&self, html: &mut Html) {
        html.raw("<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n");
        html.line("p", "kind", self.kind);
        html.raw("<h1>")
            .name(self.title)
            .raw("</h1>\n<dl class=\"facts\">\n");
        for (name, value) in &self.facts {
            html.raw(&format!("<div data-fact=\"{}\"><dt>", escaped(name)))
                .text(name)
                .raw("</dt><dd><bdi>")
                .text(value);
            html.raw("</bdi></dd></div>\n");
        }
        html.raw("</dl>\n</header>\n<div class=\"bar\" role=\"region\" ");
        html.raw("aria-label=\"Parts and tools\">\n<nav aria-label=\"Parts\"><ul>\n");
        for part in &self.parts {
            html.raw(&format!(
                "<li><a href=\"#{}\">{}</a></li>\n",
                part.id, part.title
            ));
        }
        html.raw("</ul></nav>\n").raw(TIME_TOOLS).raw(
            "<div class=\"tools\">\n\
             <button type=\"button\" id=\"zone\" hidden></button>\n\
             <button type=\"button\" id=\"theme\">Dark</button>\n\
             <button type=\"button\" id=\"print\">Print</button>\n</div>\n</div>\n\
             <noscript><p class=\"warning\">Charts and sorting need JavaScript; text and tables \
             don't.</p></noscript>\n",
        );
    }

    fn scripts(&mut self, html: &mut Html) {
        self.data["name"] = self.title.into();
        let data = library::pack(&self.data.to_string());
        html.raw("<script type=\"application/octet-stream\" id=\"data\">")
            .raw(&data);
        html.raw("</script>\n<script type=\"application/octet-stream\" id=\"library\">");
        html.raw(library::packed()).raw("</script>\n");
        for script in [charts(), RANGE, TABLES, PAGE] {
            html.raw("<script>\n").raw(script).raw("</script>\n");
        }
        if let Some(replay) = self.replay {
            html.raw("<script type=\"application/octet-stream\" id=\"replay-data\">");
            html.raw(&library::pack(&replay.data))
                .raw("</script>\n<script>\n");
            html.raw(replay.script);
            html.raw(
                "\nfleetcastCharts.unpacked(\"replay-data\").then((data) => \
                 window.fleetcastReplay(document.getElementById(\"replay-stage\"), \
                 JSON.parse(data)));\n</script>\n",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "</title></script><script>alert(1)</script><!--\"'";

    fn page(replay: Option<&ReplayPage<'_>>) -> String {
        let title = format!("{HOSTILE}{}\u{202e}", "x".repeat(10_000));
        let skeleton = Skeleton {
            title: &title,
            kind: HOSTILE,
            facts: vec![("Run", title.clone())],
            parts: vec![Part::new("answer", "Answer")],
            body: Html::default(),
            data: json!({ "figures": [{ "title": title }] }),
            replay,
            footer: title.clone(),
        };
        skeleton.into_page()
    }

    #[test]
    fn hostile_names_end_no_element_and_begin_none() {
        let page = page(None);
        assert_eq!(page.matches("<script").count(), 6);
        assert_eq!(page.matches("</script>").count(), 6);
        assert_eq!(page.matches("</title>").count(), 1);
        assert!(!page.contains("<!--") && !page.contains('\u{202e}'));
    }

    #[test]
    fn a_moving_picture_has_its_script_only_where_it_is_given() {
        assert!(!page(None).contains("fleetcastReplay"));
        let replay = ReplayPage {
            data: "{\"name\":\"</script>\"}".to_owned(),
            script: "window.fleetcastReplay = () => {};",
            style: "#replay-stage { height: 9px }",
        };
        let page = page(Some(&replay));
        assert!(page.contains("window.fleetcastReplay(document.getElementById(\"replay-stage\")"));
        assert!(page.contains("#replay-stage { height: 9px }"));
        let (_, rest) = page.split_once("id=\"replay-data\">").unwrap();
        let (packed, _) = rest.split_once("</script>").unwrap();
        assert_eq!(packed, library::pack(&replay.data));
    }
}
