//! Text that is not ours, made safe to show.
//!
//! The body is made of HTML blocks, which markdown does not look into, so `&`, `<` and `>` are all that can mean something
//! there: no text becomes an attribute but an [`address`]. GitHub looks for mentions, references, commits and addresses
//! afterwards, in what is rendered, but never within `code` and `pre`: whatever could be one of these is put there. An empty
//! line would end the block, so no text keeps its line ends.

use quick_xml::escape::partial_escape;

/// The most characters of a name or a value.
const NAME: usize = 140;
/// The most characters of a message with its causes.
const MESSAGE: usize = 1_500;

/// A name or a value, as code.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", partial_escape(clipped(text, NAME)))
}

/// A message with its lines.
pub(super) fn pre(text: &str) -> String {
    format!("<pre>{}</pre>", partial_escape(clipped(text.trim_end(), MESSAGE)).replace('\n', "&#10;"))
}

/// A phrase: as prose where nothing in it can be taken for something else, with `code` between its backticks; else as code.
pub(super) fn phrase(text: &str) -> String {
    shown(&clipped(text, MESSAGE))
}

/// The beginning of a phrase, where there is little room.
pub(super) fn brief(text: &str) -> String {
    shown(&clipped(text, NAME))
}

fn shown(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let prose = parts.iter().step_by(2).all(|part| is_prose(part));
    if parts.len().is_multiple_of(2) || !prose || text.contains('\n') {
        return format!("<code>{}</code>", partial_escape(text).replace('\n', "&#10;"));
    }
    let shown = parts.iter().enumerate().map(|(at, part)| match (at % 2, part.is_empty()) {
        (0, _) => partial_escape(*part).into_owned(),
        (_, true) => "``".to_owned(),
        (_, false) => code(part),
    });
    shown.collect()
}

/// A word of ours, such as the name of an environment or a setting, as it is; anything unusual as code.
pub(super) fn word(text: &str) -> String {
    if is_word(text) { text.to_owned() } else { code(text) }
}

/// The same in markdown, outside of any block.
pub(super) fn markdown_word(text: &str) -> String {
    if is_word(text) {
        return text.to_owned();
    }
    // A span of code is literal but for the backticks that end it, and takes a space off both ends.
    let text = clipped(text, NAME).replace('\n', " ");
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let text = if text.trim().is_empty() { "\u{fffd}".to_owned() } else { text };
    format!("{fence} {text} {fence}")
}

/// The first digits of a commit, which GitHub makes a link of when there is such a commit.
pub(super) fn commit(text: &str) -> String {
    let digits = text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.get(..7).filter(|_| digits) {
        Some(short) => short.to_ascii_lowercase(),
        None => code(text),
    }
}

/// An address that can be an attribute: `https://` or `http://`, and nothing that would have to be escaped.
pub(super) fn address(text: &str) -> Option<String> {
    let web = ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme));
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$+,;=%".contains(&byte);
    (web && text.len() <= 2_000 && text.bytes().all(safe)).then(|| text.to_owned())
}

/// A time: `0.4 s`, `12 s`, `3m12s`.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let time = std::time::Duration::try_from_secs_f64(seconds.round()).unwrap_or_default();
    if seconds < 59.5 { format!("{} s", time.as_secs()) } else { crate::report::numbers::span(time) }
}

/// A line of a list.
pub(super) fn item(html: &str) -> String {
    format!("<li>{html}</li>\n")
}

/// `1 function`, `2 functions`.
pub(super) fn plural(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

/// At most `most` characters, none of which is invisible or changes the direction of others.
fn clipped(text: &str, most: usize) -> String {
    let text = text.trim_end_matches(['\r', '\n']).replace("\r\n", "\n");
    let visible = |character| match character {
        '\t' => ' ',
        '\n' => '\n',
        hidden if is_hidden(hidden) => '\u{fffd}',
        other => other,
    };
    let mut kept: String = text.chars().take(most).map(visible).collect();
    if text.chars().nth(most).is_some() {
        kept.push('…');
    }
    // A line end within a name is no line end: names have one line.
    if most == NAME { kept.replace('\n', "\u{fffd}") } else { kept }
}

/// Controls, what has no width, and what turns the direction of the text around.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Lower-case letters, digits and hyphens, which are neither a commit nor a reference.
fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    edge(bytes.first())
        && edge(bytes.last())
        && bytes.len() <= NAME
        && bytes.iter().copied().all(plain)
        && is_prose(text)
}

/// Whether nothing in it can be taken for a mention, a reference, a commit, an address or an emoji.
fn is_prose(text: &str) -> bool {
    let lower = text.to_lowercase();
    let marked = ["@", "#", "://", "www."].iter().any(|mark| lower.contains(mark));
    let emoji = lower.split(char::is_whitespace).any(|word| word.matches(':').count() > 1);
    !marked && !emoji && text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').all(is_plain)
}

/// Neither a commit (seven digits of hex and more) nor a reference (`GH-1`, or `KEY-1` where a repository says so).
fn is_plain(word: &str) -> bool {
    let commit = |part: &str| {
        part.len() >= 7
            && part.bytes().all(|byte| byte.is_ascii_hexdigit())
            && part.bytes().any(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<&str> = word.split('-').collect();
    let numbered = parts.windows(2).any(|pair| {
        let key = pair[0].eq_ignore_ascii_case("gh") || pair[0].bytes().any(|byte| byte.is_ascii_uppercase());
        key && pair[1].bytes().next().is_some_and(|byte| byte.is_ascii_digit())
    });
    !numbered && !parts.into_iter().any(commit)
}
