//! Where logs are kept: a group is a folder, a stream is a file in it.
//!
//! Both are percent-encoded, so that any name is a plain name in its folder, and two names are never the same file.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What is an escape, or means something in a path of some system.
const ESCAPED: &AsciiSet = &CONTROLS
    .add(b'%')
    .add(b'/')
    .add(b'\\')
    .add(b':')
    .add(b'*')
    .add(b'?')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'|');
/// The end of a stream's file name.
const EXTENSION: &str = ".log";

/// The folder of a log group, in the folder of all groups.
#[must_use]
pub fn log_folder(root: &Utf8Path, group: &str) -> Utf8PathBuf {
    root.join(encoded(group))
}

/// The file of a log stream.
#[must_use]
pub fn log_file(root: &Utf8Path, group: &str, stream: &str) -> Utf8PathBuf {
    log_folder(root, group).join(encoded(stream) + EXTENSION)
}

/// The log stream that a file in a group's folder holds; `None` when it is no log.
#[must_use]
pub fn log_stream(file: &str) -> Option<String> {
    let name = percent_decode_str(file.strip_suffix(EXTENSION)?).decode_utf8();
    name.ok().map(Cow::into_owned)
}

fn encoded(name: &str) -> String {
    let encoded = utf8_percent_encode(name, ESCAPED).to_string();
    // `.` and `..` are not plain names.
    encoded.strip_prefix('.').map(|rest| format!("%2E{rest}")).unwrap_or(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_group_is_a_plain_folder_of_its_own() {
        for (group, folder) in [
            ("/aws/lambda/hello", "%2Faws%2Flambda%2Fhello"),
            ("_aws_lambda_hello", "_aws_lambda_hello"),
            ("%2Faws%2Flambda%2Fhello", "%252Faws%252Flambda%252Fhello"),
            ("..", "%2E."),
            (".hidden", "%2Ehidden"),
            ("a.b", "a.b"),
            ("C:\\logs", "C%3A%5Clogs"),
        ] {
            assert_eq!(log_folder("/logs".into(), group), Utf8Path::new("/logs").join(folder));
        }
    }

    #[test]
    fn a_stream_is_read_back_from_its_file() {
        for stream in ["2026/11/21/[$LATEST]ab", "with_underscore", "..", "50%", "grüße"] {
            let file = log_file("/logs".into(), "group", stream);
            assert_eq!(file.parent(), Some(Utf8Path::new("/logs/group")), "{stream}");
            assert_eq!(file.file_name().and_then(log_stream).as_deref(), Some(stream));
        }
        assert_eq!(log_stream("notes.txt"), None);
    }
}
