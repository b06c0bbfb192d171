//! The address of an API and the name of a repository: parsed once, so that a path that is put together from them is what it
//! looks like. Pure.

use super::error::Error;

/// An API's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// `https://ghe.example:8443`.
    pub(super) origin: String,
    /// `/api/v3`, or nothing.
    prefix: String,
}

impl Address {
    /// Parses `https://api.github.com` or `https://ghe.example/api/v3`.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |reason| Error::Address { address: shown(text), reason };
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("it has no scheme"))?;
        if !matches!(scheme, "http" | "https") {
            return Err(wrong("its scheme is neither https nor http"));
        }
        let (authority, path) =
            rest.find('/').map_or((rest, ""), |at| (&rest[..at], rest[at..].trim_end_matches('/')));
        if authority.is_empty() {
            return Err(wrong("it has no host"));
        }
        if authority.contains('@') {
            return Err(wrong("it has a user in it"));
        }
        if !authority.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]_".contains(c)) {
            return Err(wrong("its host is none"));
        }
        if !path.chars().all(|c| c.is_ascii_alphanumeric() || "/.-_~%".contains(c)) {
            return Err(wrong("it has more than a host and a path"));
        }
        Ok(Self { origin: format!("{scheme}://{authority}"), prefix: path.to_owned() })
    }

    /// The path of a REST call, such as `/user`.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The path of GraphQL: a GitHub Enterprise Server has REST at `/api/v3` and GraphQL at `/api/graphql`.
    pub(super) fn graphql(&self) -> String {
        format!("{}/graphql", self.prefix.strip_suffix("/v3").unwrap_or(&self.prefix))
    }
}

/// Checks that `text` is `owner/name` and nothing that would change a path.
pub(super) fn repository(text: &str) -> Result<&str, Error> {
    let is_name = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(text),
        _ => Err(Error::Repository(shown(text))),
    }
}

/// Checks that `text` is a commit.
pub(super) fn commit(text: &str) -> Result<&str, Error> {
    let hex = text.chars().all(|c| c.is_ascii_hexdigit());
    if hex && matches!(text.len(), 40 | 64) { Ok(text) } else { Err(Error::Commit(shown(text))) }
}

/// What is wrong comes from outside: at most a line of it, and no user in an address.
fn shown(text: &str) -> String {
    let text = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => {
            format!("{}…{}", &text[..scheme + 3], &text[at..])
        }
        _ => text.to_owned(),
    };
    super::error::one_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_path_and_puts_graphql_beside_rest() {
        let cases = [
            ("https://api.github.com", "https://api.github.com", "/user", "/graphql"),
            ("https://api.github.com/", "https://api.github.com", "/user", "/graphql"),
            ("https://ghe.example/api/v3", "https://ghe.example", "/api/v3/user", "/api/graphql"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080", "/user", "/graphql"),
            ("http://[::1]:1/x", "http://[::1]:1", "/x/user", "/x/graphql"),
        ];
        for (text, origin, rest, graphql) in cases {
            let address = Address::parse(text).unwrap();
            let found = (address.origin.as_str(), address.path("/user"), address.graphql());
            assert_eq!(found, (origin, rest.to_owned(), graphql.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        let cases = [
            "",
            "api.github.com",
            "ftp://x",
            "https://",
            "https:///x",
            "https://u:hunter2@x/y",
            "https://x?y",
            "https://x/?y",
            "https://x/#y",
            "https://x y",
            "https://x/\n",
            "https://ex\u{e4}mple",
        ];
        for text in cases {
            let error = Address::parse(text).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        for text in ["acme/shop", "a-b/c.d_e", "A/.github"] {
            assert_eq!(repository(text).unwrap(), text);
        }
        for text in ["", "acme", "acme/", "/shop", "a/b/c", "../shop", "acme/..", "a/b?c", "a b/c", "a/%2e"] {
            assert!(repository(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_commit_is_hexadecimal() {
        assert!(commit(&"a1".repeat(20)).is_ok());
        for text in ["", "main", "abc123", "../../user", &"g".repeat(40)] {
            assert!(commit(text).is_err(), "{text}");
        }
    }
}
