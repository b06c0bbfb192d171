//! Words of others in a log that a runner of GitHub Actions reads: it obeys what looks like a command, whoever wrote it. Pure.
//!
//! Source: GitHub's runner. `ActionCommand.cs` takes a line for a command that begins with `::` after white space, or that has
//! `##[` anywhere; its streams break lines at a carriage return as well. What a terminal would not show may be taken away on the
//! line's way, so it must not hide the beginning of a command.

/// `text`, no line of which is a command. Such a line begins with `| `.
#[must_use]
pub(super) fn quoted(text: &str) -> String {
    let lines = lines(text).map(|line| {
        let bare = bare(line);
        if bare.trim_start().starts_with("::") {
            format!("| {}", bare.replace("##[", "## ["))
        } else if bare.contains("##[") {
            bare.replace("##[", "## [")
        } else {
            tame(line)
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `text` with all of its words, and of what steers a terminal only what ends in the same line, such as colours.
#[must_use]
pub fn tamed(text: &str) -> String {
    lines(text).map(tame).collect::<Vec<_>>().join("\n")
}

/// As a runner sees them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// The line without anything that steers a terminal.
fn bare(line: &str) -> String {
    parts(line).filter_map(|part| if part.starts_with('\u{1b}') { None } else { visible(part) }).collect()
}

fn tame(line: &str) -> String {
    parts(line)
        .filter_map(|part| if part.starts_with('\u{1b}') { Some(part) } else { visible(part) })
        .collect()
}

/// A single character, if it is one that is seen.
fn visible(part: &str) -> Option<&str> {
    let is_seen = |character: char| character == '\t' || !character.is_control();
    part.chars().all(is_seen).then_some(part)
}

/// Whole control sequences (ECMA-48: `ESC [`, parameters, a final byte), and single characters. An escape that begins no such
/// sequence is left out.
fn parts(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            let length = if first == '\u{1b}' { sequence(rest) } else { Some(first.len_utf8()) };
            let (part, after) = rest.split_at(length.unwrap_or(1));
            rest = after;
            if length.is_some() {
                return Some(part);
            }
        }
    })
}

/// The length of the control sequence that `text` begins with.
fn sequence(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|character: char| !(' '..='?').contains(&character))?;
    parameters[end..].starts_with(|last: char| ('@'..='~').contains(&last)).then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (text, expected) in [
            ("   Compiling hello v0.1.0\n", "   Compiling hello v0.1.0\n"),
            ("std::mem::swap", "std::mem::swap"),
            ("::stop-commands::x", "| ::stop-commands::x"),
            (" \t\u{a0}::set-env name=A::b", "|  \t\u{a0}::set-env name=A::b"),
            ("warning: x@0.1.0: ##[stop-commands]x", "warning: x@0.1.0: ## [stop-commands]x"),
            ("###[[a]", "### [[a]"),
            ("::a ##[b]", "| ::a ## [b]"),
            ("a\n::b\r\n::c", "a\n| ::b\n| ::c"),
            ("10 %\r::b\r::c\r\n", "10 %\n| ::b\n| ::c\n"),
            ("\u{1b}[32m   Compiling\u{1b}[0m a", "\u{1b}[32m   Compiling\u{1b}[0m a"),
            // These are nothing once colours are taken away.
            ("\u{1b}[0m::a", "| ::a"),
            ("\u{1b}[38;5;1m \u{1b}[K::a", "|  ::a"),
            ("##\u{1b}[0m[a]b", "## [a]b"),
            ("\u{0}::a", "| ::a"),
            ("\u{85}\u{9b}::a", "| ::a"),
            // A title that does not end would take the line break with it.
            ("\u{1b}]0;\nabc\u{7}::a", "]0;\nabc::a"),
            ("\u{1b}", ""),
            ("\u{1b}[", "["),
            ("\u{1b}[1", "[1"),
            ("\u{1b}[ä", "[ä"),
            ("", ""),
        ] {
            let quoted = quoted(text);
            assert_eq!(quoted, expected, "{text:?}");
            for line in quoted.split(['\n', '\r']) {
                let seen = anstream::adapter::strip_str(line).to_string();
                assert!(!seen.trim_start().starts_with("::") && !seen.contains("##["), "{seen:?}");
            }
        }
    }

    #[test]
    fn words_are_left_to_the_block_they_are_in() {
        assert_eq!(tamed("::a\n\u{1b}[1mb\u{1b}[0m\u{1b}]0;c\r::d"), "::a\n\u{1b}[1mb\u{1b}[0m]0;c\n::d");
    }
}
