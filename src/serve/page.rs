//! The page: what is moved on the left, what it comes to in the middle, the scenario's text.

use serde_json::json;

use super::session::{Session, mark};
use crate::report::page::parts::{
    RANGE, STYLE, TABLES, TIME_TOOLS, charts, escaped, json_in_script, packed_library,
};

/// Nothing is loaded from anywhere but the program that served the page.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
                                 script-src 'unsafe-inline'; connect-src 'self'; \
                                 img-src data: blob:; base-uri 'none'; form-action 'none'; \
                                 frame-ancestors 'none'";

const OWN_STYLE: &str = include_str!("assets/serve.css");
const OWN_SCRIPT: &str = include_str!("assets/serve.js");
const BODY: &str = include_str!("assets/serve.html");

/// The page of a session, for who has the token.
pub(super) fn page(session: &Session, token: &str) -> String {
    let name = session.path().file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let text = session.text();
    let data = json!({
        "token": token,
        "file": session.path().display().to_string(),
        "began": mark(&text),
        "text": text,
        "set": session.set(),
    });
    let pieces = [
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
        "<meta name=\"color-scheme\" content=\"light dark\">\n",
        "<link rel=\"icon\" href=\"data:,\">\n",
        "<title>",
        &escaped(&name),
        " – fleetcast serve</title>\n<style>\n",
        STYLE,
        OWN_STYLE,
        "</style>\n</head>\n<body>\n",
        &BODY.replace("<!-- time tools -->", TIME_TOOLS),
        "<script type=\"application/json\" id=\"data\">",
        &json_in_script(&data.to_string()),
        "</script>\n<script type=\"application/octet-stream\" id=\"library\">",
        packed_library(),
        "</script>\n<script>\n",
        charts(),
        "</script>\n<script>\n",
        RANGE,
        "</script>\n<script>\n",
        TABLES,
        "</script>\n<script>\n",
        OWN_SCRIPT,
        "</script>\n</body>\n</html>\n",
    ];
    pieces.concat()
}
