//! What is shown as prose, and what as code.

use crate::report::comment::text::{address, commit, markdown_word, phrase, pre, seconds, word};

#[test]
fn a_word_is_left_alone_only_when_it_can_be_nothing_else() {
    for plain in ["staging", "prod-2", "eu-west-1", "fmt", "memory", "v2"] {
        assert_eq!((word(plain), markdown_word(plain)), (plain.to_owned(), plain.to_owned()));
    }
    for odd in ["Staging", "a_b", "a.b", "deadbeef1", "gh-1", "-a", "a b", "@a", "#1", "", "ä"] {
        assert_eq!(word(odd), format!("<code>{odd}</code>"));
    }
    let table = [
        ("a_b", "` a_b `"),
        ("`", "`` ` ``"),
        ("a``b`", "``` a``b` ```"),
        ("one\ntwo", "` one\u{fffd}two `"),
        ("", "` \u{fffd} `"),
    ];
    for (name, span) in table {
        assert_eq!(markdown_word(name), span);
    }
}

#[test]
fn a_phrase_is_prose_unless_something_in_it_would_be_linked() {
    let table = [
        ("12 of 120 calls failed (10 %)", "12 of 120 calls failed (10 %)"),
        ("alarm `db` was red", "alarm <code>db</code> was red"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("`@me` did", "<code>@me</code> did"),
        ("ask @me", "<code>ask @me</code>"),
        ("fixes #1", "<code>fixes #1</code>"),
        ("see GH-12", "<code>see GH-12</code>"),
        ("see SHOP-12", "<code>see SHOP-12</code>"),
        ("eu-west-1 is slow", "eu-west-1 is slow"),
        ("in 0123abc", "<code>in 0123abc</code>"),
        ("at https://a.b", "<code>at https://a.b</code>"),
        ("at WWW.a.b", "<code>at WWW.a.b</code>"),
        ("a :tada: b", "<code>a :tada: b</code>"),
        ("odd ` tick", "<code>odd ` tick</code>"),
        ("two\nlines", "<code>two&#10;lines</code>"),
    ];
    for (text, html) in table {
        assert_eq!(phrase(text), html);
    }
}

#[test]
fn text_is_cut_and_hidden_characters_are_seen() {
    assert_eq!(word(&"X".repeat(200)), format!("<code>{}…</code>", "X".repeat(140)));
    assert_eq!(pre("a\r\n\r\nb\u{202e}c\u{0}\n"), "<pre>a&#10;&#10;b\u{fffd}c\u{fffd}</pre>");
    assert_eq!(pre(&"é".repeat(5_000)), format!("<pre>{}…</pre>", "é".repeat(1_500)));
}

#[test]
fn commits_addresses_and_times() {
    assert_eq!(commit("3F1C9D7e5a0b"), "3f1c9d7");
    assert_eq!(commit("</sub>"), "<code>&lt;/sub&gt;</code>");
    assert_eq!(address("https://a.b/c?d=e#f").as_deref(), Some("https://a.b/c?d=e#f"));
    for bad in ["javascript:x", "https://a\"b", "https://a b", "//a", "https://a.b/<x>", "https://a\n"] {
        assert_eq!(address(bad), None);
    }
    let table = [
        (0.04, "0.0 s"),
        (0.4, "0.4 s"),
        (9.97, "10 s"),
        (59.7, "1m00s"),
        (641.0, "10m41s"),
        (f64::NAN, "0s"),
    ];
    for (number, text) in table {
        assert_eq!(seconds(number), text);
    }
}
