//! What a step says to GitHub Actions: commands among its output, and entries of the files that a runner reads after it. Pure.
//!
//! In: text that nobody vouches for. Out: text in which only this tool's own words are commands.

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Something is worth knowing, and failed nothing.
    Warning,
    /// Something is as it has to be, and may surprise.
    Notice,
}

/// The command that shows `message` on the page of the run.
#[must_use]
pub fn message(level: Level, title: &str, message: &str) -> String {
    let command = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
    };
    format!("::{command} title={}::{}", property(title), data(message))
}

/// The entry of an output. `delimiter` has to be one that nobody can guess.
#[must_use]
pub fn output(name: &str, value: &str, delimiter: &str) -> String {
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

/// Text after the `::` of a command: one line, and no escape of its own.
pub(crate) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a command's property, which ends at a comma or a colon as well.
pub(crate) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_message_begins_a_command_of_its_own() {
        let hostile = "100 %\r\n::set-output name=result::unchanged";
        let escaped = "100 %25%0D%0A::set-output name=result::unchanged";
        assert_eq!(message(Level::Error, "plan", hostile), format!("::error title=plan::{escaped}"));
        assert_eq!(
            message(Level::Warning, "a,file=b::c\n", "text"),
            "::warning title=a%2Cfile=b%3A%3Ac%0A::text"
        );
        assert_eq!(message(Level::Notice, "a", "b"), "::notice title=a::b");
    }

    #[test]
    fn an_output_ends_with_its_delimiter_and_a_line_break() {
        assert_eq!(output("versions", "{\n}", "d-1"), "versions<<d-1\n{\n}\nd-1\n");
    }
}
