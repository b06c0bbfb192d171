//! Requests to one service of a server, past the proxy, as somebody else in the same account makes them.

use serde_json::Value;

use super::http;

/// A service of a server.
pub(crate) struct Service {
    pub(crate) port: u16,
    pub(crate) account: String,
    /// As signatures name it.
    pub(crate) name: &'static str,
}

impl Service {
    /// Sends `body`, or nothing when it is null, with further header lines. No server here checks signatures.
    pub(crate) fn ask(&self, request: &str, headers: &[&str], body: &Value) -> http::Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.ask_text(request, headers, &body)
    }

    /// The same for a body that is no JSON.
    pub(crate) fn ask_text(&self, request: &str, headers: &[&str], body: &str) -> http::Answer {
        let scope = format!(
            "authorization: AWS4-HMAC-SHA256 Credential={}/20260101/eu-west-1/{}/aws4_request, \
             SignedHeaders=host, Signature=00",
            self.account, self.name
        );
        http::exchange(self.port, request, &[&[scope.as_str()], headers].concat(), body).expect("an answer")
    }

    /// What is at `path`.
    pub(crate) fn read(&self, path: &str) -> Value {
        let answer = self.ask(&format!("GET {path}"), &[], &Value::Null);
        // Moto's alias comes with 201.
        assert!(matches!(answer.status, 200 | 201), "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }
}
