//! Line 1 of a comment: that it is ours, which one, and how new what it says is. Pure.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::{Stamp, marker};

const NAME: &str = "cargo-lambdaship";

/// What line 1 says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// The format's version.
    v: u32,
    /// Which comment of a pull request it is.
    pub(super) key: String,
    /// How often what it says was changed.
    rev: u64,
    run: u64,
    attempt: u64,
    head: String,
    /// The content's digest, or else the first digits of the SHA-256 of what comes below line 1.
    pub(super) hash: String,
}

impl Header {
    /// The header over `body`.
    pub(super) fn new(stamp: &Stamp, body: &str, rev: u64) -> Self {
        let Stamp { key, run, attempt, head, content } = stamp.clone();
        Self { v: 1, key, rev, run, attempt, head, hash: content.unwrap_or_else(|| hash(body)) }
    }

    /// The same as change number `rev`.
    pub(super) fn revised(&self, rev: u64) -> Self {
        Self { rev, ..self.clone() }
    }

    /// Line 1.
    pub(super) fn render(&self) -> String {
        marker::render(NAME, self)
    }

    /// The header of a comment, if it has one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        marker::parse(NAME, text).filter(|header: &Self| header.v >= 1)
    }

    /// What `rev` becomes with the next change.
    pub(super) fn next_rev(&self) -> u64 {
        self.rev.saturating_add(1)
    }

    /// How new it is: a later run, or a later attempt of it, is greater.
    pub(super) fn order(&self) -> (u64, u64) {
        (self.run, self.attempt)
    }
}

/// The first digits of the SHA-256 of `body`.
pub(in crate::github) fn hash(body: &str) -> String {
    Sha256::digest(body).iter().take(16).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(key: &str, head: &str) -> Stamp {
        Stamp { key: key.to_owned(), run: 7, attempt: 2, head: head.to_owned(), content: None }
    }

    #[test]
    fn a_header_comes_back_as_it_was_and_never_ends_the_comment_early() {
        let values = [
            "plan",
            "",
            "-",
            "--",
            "---",
            "-->",
            "--!>",
            "<!--",
            "a\"b\\",
            "a\nb",
            "\u{2028}",
            "é日本",
            "\u{1b}",
            "-\u{2d}->",
        ];
        for key in values {
            for head in values {
                let header = Header::new(&stamp(key, head), "body", 3);
                let line = header.render();
                let inside = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")).unwrap();
                assert!(!inside.contains("--") && !inside.contains('>') && !inside.contains('\n'), "{line}");
                assert_eq!(Header::parse(&format!("{line}\nbody")), Some(header.clone()), "{line}");
                assert_eq!(Header::parse(&format!("{line}\r\nbody")), Some(header), "{line}");
            }
        }
    }

    #[test]
    fn the_header_is_as_documented() {
        let line = Header::new(&stamp("plan", "abc"), "body", 3).render();
        insta::assert_snapshot!(line, @r#"<!-- cargo-lambdaship {"v":1,"key":"plan","rev":3,"run":7,"attempt":2,"head":"abc","hash":"230d8358dc8e8890b4c58deeb62912ee"} -->"#);
    }

    #[test]
    fn texts_of_the_same_content_have_the_same_digest() {
        let stamp = Stamp { content: Some("c0ffee".to_owned()), ..stamp("plan", "abc") };
        assert_eq!(Header::new(&stamp, "in 3 s", 1).hash, Header::new(&stamp, "in 4 s", 1).hash);
    }

    #[test]
    fn other_first_lines_are_no_header() {
        let ours = Header::new(&stamp("plan", "abc"), "body", 1).render();
        let cases = [
            String::new(),
            "hello".to_owned(),
            "<!-- cargo-lambdaship -->".to_owned(),
            "<!-- cargo-lambdaship {} -->".to_owned(),
            "<!-- cargo-lambdaship {\"v\":1} -->".to_owned(),
            format!("hello\n{ours}"),
            format!("> {ours}"),
            format!("{ours} more"),
            ours.replace("cargo-lambdaship", "cargo-lambdaship-issue"),
            ours.replace("\"v\":1", "\"v\":0"),
            ours.replace("\"run\":7", "\"run\":-7"),
        ];
        for text in cases {
            assert_eq!(Header::parse(&text), None, "{text}");
        }
    }

    #[test]
    fn a_later_attempt_of_an_earlier_run_is_older() {
        let order = |run, attempt| Header::new(&Stamp { run, attempt, ..stamp("k", "h") }, "", 1).order();
        assert!(order(8, 1) > order(7, 9));
        assert!(order(7, 2) > order(7, 1));
    }
}
