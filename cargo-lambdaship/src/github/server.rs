//! Which servers a token may be sent to. Pure.

use reqwest::Url;

/// The API of github.com.
const PUBLIC: &str = "https://api.github.com";

/// Whether `stated` is an address of the API of the server that this job belongs to: `api` and `server` are
/// `GITHUB_API_URL` and `GITHUB_SERVER_URL`. A token that goes elsewhere is somebody else's.
#[must_use]
pub fn is_own(stated: &str, api: Option<&str>, server: Option<&str>) -> bool {
    let Ok(stated) = Url::parse(stated) else { return false };
    let is_plain = stated.username().is_empty()
        && stated.password().is_none()
        && stated.query().is_none()
        && stated.fragment().is_none();
    let Ok(api) = Url::parse(api.unwrap_or(PUBLIC)) else { return false };
    let server =
        server.and_then(|server| Url::parse(server).ok()).filter(|server| server.scheme() == "https");
    let is_same = |other: &Url| stated.origin() == other.origin() && stated.origin().is_tuple();
    is_plain
        && matches!(stated.scheme(), "http" | "https")
        && (is_same(&api) || server.is_some_and(|server| is_same(&server)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_the_servers_own_api_only() {
        let (public, company) = (Some("https://api.github.com"), Some("https://git.acme.example/api/v3"));
        let local = Some("http://127.0.0.1:4010");
        for (stated, api, server, expected) in [
            ("https://api.github.com", public, Some("https://github.com"), true),
            ("https://api.github.com/", public, None, true),
            ("https://api.github.com", None, None, true),
            ("https://git.acme.example/api/v3", company, None, true),
            ("https://git.acme.example/api/v3", public, Some("https://git.acme.example"), true),
            ("http://127.0.0.1:4010", local, None, true),
            ("http://127.0.0.1:4010", public, None, false),
            ("http://127.0.0.1:4011", local, None, false),
            ("http://git.acme.example/api/v3", company, None, false),
            ("http://git.acme.example", public, Some("http://git.acme.example"), false),
            ("https://api.github.com.evil.example", public, None, false),
            ("https://api.github.com@evil.example", public, None, false),
            ("https://me:secret@api.github.com", public, None, false),
            ("https://api.github.com:8443", public, None, false),
            ("https://api.github.com?x", public, None, false),
            ("file:///etc/passwd", public, None, false),
            ("api.github.com", public, None, false),
            ("https://api.github.com", Some("nonsense"), None, false),
        ] {
            assert_eq!(is_own(stated, api, server), expected, "{stated} {api:?} {server:?}");
        }
    }
}
