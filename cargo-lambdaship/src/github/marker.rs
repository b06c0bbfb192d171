//! The HTML comment that makes the first line of a text ours: a name and a JSON object. Pure.
//!
//! What goes in is not ours, and neither `--` nor `>` of it may end the comment: they are written as JSON's escapes.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// `<!-- name {…} -->`.
pub(super) fn render(name: &str, fields: &impl Serialize) -> String {
    // Maps of strings and numbers always become JSON.
    let json = serde_json::to_string(fields).unwrap_or_default();
    // Outside of strings JSON of objects and unsigned numbers has none of these.
    let json = json.replace("--", "-\\u002d").replace('>', "\\u003e").replace('<', "\\u003c");
    format!("<!-- {name} {json} -->")
}

/// What the first line of `text` says, when it is such a comment with that name.
pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Option<T> {
    let line = text.lines().next()?.trim_end();
    let rest = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    serde_json::from_str(rest.strip_prefix(name)?.strip_prefix(' ')?).ok()
}
