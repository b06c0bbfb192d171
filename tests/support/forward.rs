//! The handle of `forward.py`, a proxy as companies have them: what is not sent to it gets nowhere.

use camino::Utf8PathBuf;
use serde::Deserialize;
use tempfile::TempDir;

use super::{Server, http, venv};

/// The host that most tests have AWS at; no name service knows it, so who reaches it does so through the proxy.
pub(crate) const AWS: &str = "aws.test";

/// A proxy that knows some hosts.
pub(crate) struct Forward {
    server: Server,
    user: Option<&'static str>,
    folder: TempDir,
}

/// A request that went through.
#[derive(Debug, Deserialize)]
pub(crate) struct Passed {
    /// `forward`, in clear, or `tunnel`, inside of TLS.
    pub(crate) how: String,
    /// With the port of a tunnel.
    pub(crate) host: String,
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
}

impl Forward {
    /// A proxy that takes requests for each host to the server at the endpoint beside it.
    pub(crate) fn to(hosts: &[(&str, &str)]) -> Self {
        Self::start(hosts, None)
    }

    /// The same for `user` (`NAME:PASSWORD`) alone.
    pub(crate) fn for_user(user: &'static str, hosts: &[(&str, &str)]) -> Self {
        Self::start(hosts, Some(user))
    }

    fn start(hosts: &[(&str, &str)], user: Option<&'static str>) -> Self {
        let folder = tempfile::Builder::new().prefix("authority-").tempdir().expect("a temporary folder");
        let mut command = venv::script("support/forward.py");
        command.arg("--authority").arg(folder.path().join("ca.pem"));
        for (host, endpoint) in hosts {
            command.args(["--to", &format!("{host}={endpoint}")]);
        }
        command.args(user.into_iter().flat_map(|user| ["--user", user]));
        Self { server: Server::start_announced("forward", &command), user, folder }
    }

    /// Its address, as `HTTPS_PROXY` has it.
    pub(crate) fn url(&self) -> String {
        let user = self.user.map(|user| format!("{user}@")).unwrap_or_default();
        format!("http://{user}127.0.0.1:{}", self.server.port)
    }

    /// The certificate of whom its users trust, as `SSL_CERT_FILE` has it.
    pub(crate) fn authority(&self) -> String {
        let path = Utf8PathBuf::try_from(self.folder.path().join("ca.pem"));
        path.expect("temporary folders have UTF-8 names").into_string()
    }

    /// What went through, in order.
    pub(crate) fn log(&self) -> Vec<Passed> {
        let text = http::ask(self.server.port, "GET /_forward/log", "");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}
