//! How requests leave this machine: through which proxy, and whose certificates are trusted besides the system's.
//!
//! In: the environment, which says it to curl, git, cargo and the AWS CLI in the same words. Out: the proxy for an address, and
//! a client of reqwest that keeps to it. The AWS SDK has a client of its own, which asks here as well: `aws/route.rs`. Neither
//! may read the environment itself: what they do with it differs, and both would send what is meant for this machine away.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use camino::Utf8PathBuf;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, ClientBuilder, Url};

use crate::context::Environment;

/// Where the proxy for `https` is stated, the first to be found. Small letters come first, as for curl and the AWS CLI.
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// The same for `http`.
const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// Where it is stated what is reached without one.
const EXCEPT: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// The addresses of what gives credentials to this machine or container, where they are not the usual ones.
const CREDENTIALS: [&str; 2] = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_SERVICE_ENDPOINT"];

/// A proxy that nobody can have (RFC 6761): what is sent there fails, as what has no way may not be sent directly.
const NOWHERE: &str = "http://proxy.invalid";

/// What the environment says of the way to other servers. The default has no proxy at all.
#[derive(Debug, Clone, Default)]
pub struct Network {
    proxies: Option<Arc<Proxies>>,
    /// A file of certificates (`SSL_CERT_FILE`).
    authorities: Option<Utf8PathBuf>,
}

#[derive(Debug)]
struct Proxies {
    /// What is wrong with it matters to nobody who has `https` alone, so it is said once such an address is asked for.
    http: Result<Option<Proxy>, Malformed>,
    https: Option<Proxy>,
    /// Intercepts all but the exceptions; the proxy that it names is none.
    exceptions: Matcher,
}

/// A proxy. Shown, it is `HOST:PORT of VARIABLE`, without the password that it may have.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    variable: &'static str,
    url: Url,
}

/// A variable that should have a proxy's address. What it has is not shown, as there may be a password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is not the address of a proxy: {why}")]
pub struct Malformed {
    variable: &'static str,
    why: &'static str,
}

impl Malformed {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with %40 for an @ of the password and so on; or unset it"
    }
}

impl Network {
    /// As the environment says.
    ///
    /// # Errors
    /// When what should be the address of the proxy for `https` is none; for the other see [`Network::way`].
    pub fn of(environment: &Environment) -> Result<Self, Malformed> {
        let proxies = Proxies::of(environment)?.map(Arc::new);
        Ok(Self { proxies, authorities: environment.get("SSL_CERT_FILE").map(Utf8PathBuf::from) })
    }

    /// The proxies that are stated, each with the schemes of the addresses that it is for.
    #[must_use]
    pub fn proxies(&self) -> Vec<(&'static str, &Proxy)> {
        let Some(proxies) = self.proxies.as_deref() else { return Vec::new() };
        let (https, http) = (proxies.https.as_ref(), proxies.http.as_ref().ok().and_then(Option::as_ref));
        if https == http {
            return https.map(|both| ("https and http", both)).into_iter().collect();
        }
        let https = https.map(|proxy| ("https", proxy));
        https.into_iter().chain(http.map(|proxy| ("http", proxy))).collect()
    }

    /// The proxy by which `address` is reached, if any is known.
    #[must_use]
    pub fn proxy(&self, address: &str) -> Option<&Proxy> {
        self.way(address).ok().flatten()
    }

    /// How `address` is reached: by a proxy, or directly.
    ///
    /// # Errors
    /// When what should be the address of its proxy is none. Nothing is to be sent then.
    pub fn way(&self, address: &str) -> Result<Option<&Proxy>, Malformed> {
        match (self.proxies.as_deref(), Url::parse(address)) {
            (Some(proxies), Ok(url)) => proxies.choose(&url),
            (None, _) | (_, Err(_)) => Ok(None),
        }
    }

    /// Whether everything is reached directly.
    #[must_use]
    pub(crate) fn is_direct(&self) -> bool {
        self.proxies.is_none()
    }

    /// The beginning of a client of reqwest.
    pub fn client(&self) -> ClientBuilder {
        // Without this it reads the environment in its own way.
        let mut client = reqwest::Client::builder().no_proxy();
        if let Some(proxies) = self.proxies.clone() {
            let choose = move |url: &Url| match proxies.choose(url) {
                Ok(proxy) => proxy.map(|proxy| proxy.url.clone()),
                Err(_) => Url::parse(NOWHERE).ok(),
            };
            client = client.proxy(reqwest::Proxy::custom(choose));
        }
        // The SDK's client reads the file on every system, and reqwest's only where the system itself has such files.
        let read = self.authorities.as_ref().and_then(|path| fs_err::read(path).ok());
        let authorities = read.and_then(|text| Certificate::from_pem_bundle(&text).ok());
        match authorities {
            Some(authorities) => client.tls_certs_merge(authorities),
            None => client,
        }
    }
}

impl Proxies {
    fn of(environment: &Environment) -> Result<Option<Self>, Malformed> {
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| Some((*name, environment.get(name)?.trim())))
        };
        let stated = first(&EXCEPT).map_or("", |(_, stated)| stated);
        if stated.split(',').any(|one| one.trim() == "*") {
            return Ok(None);
        }
        let proxy = |names| first(names).map(|(name, text)| Proxy::parse(name, text)).transpose();
        let (https, http) = (proxy(&HTTPS)?, proxy(&HTTP));
        if https.is_none() && http == Ok(None) {
            return Ok(None);
        }
        let credentials = CREDENTIALS.iter().filter_map(|name| Url::parse(environment.get(name)?).ok());
        let hosts = credentials.filter_map(|url| Some(bare(url.host_str()?).to_owned()));
        let all: Vec<String> = std::iter::once(stated.to_owned()).chain(hosts).collect();
        let exceptions = Matcher::builder().all("http://any").no(all.join(",")).build();
        Ok(Some(Self { http, https, exceptions }))
    }

    fn choose(&self, url: &Url) -> Result<Option<&Proxy>, Malformed> {
        let Some(host) = url.host_str() else { return Ok(None) };
        let is_exception = || {
            let address = format!("http://{host}/").parse();
            address.is_ok_and(|address| self.exceptions.intercept(&address).is_none())
        };
        if is_near(host) || is_exception() {
            return Ok(None);
        }
        match url.scheme() {
            "https" => Ok(self.https.as_ref()),
            "http" => self.http.as_ref().map(Option::as_ref).map_err(Clone::clone),
            _ => Ok(None),
        }
    }
}

/// Whether a host is this machine, or something that serves this machine alone, such as the metadata of an instance
/// (169.254.169.254, `fd00:ec2::254`) and the credentials of a container (169.254.170.2, 169.254.170.23, `fd00:ec2::23`).
/// For a proxy the same address is another thing; and it would see the credentials.
fn is_near(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    if name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost") {
        return true;
    }
    match bare(host).parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V4(address)) => {
            address.is_loopback() || address.is_link_local() || address.is_unspecified()
        }
        Ok(IpAddr::V6(address)) => {
            let is_of_ec2 = matches!(address.segments(), [0xfd00, 0x0ec2, ..]);
            address.is_loopback() || address.is_unicast_link_local() || address.is_unspecified() || is_of_ec2
        }
        Err(_) => false,
    }
}

/// A host without the brackets of IPv6.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

impl Proxy {
    fn parse(variable: &'static str, text: &str) -> Result<Self, Malformed> {
        let wrong = |why| Malformed { variable, why };
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&whole).map_err(|_| wrong("it is no address"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("only proxies that speak http or https are known"));
        }
        // A name or a password with one of / ? # before it: what comes before that would be taken for the host.
        let rest = [Some(url.path()), url.query(), url.fragment()];
        if rest.into_iter().flatten().any(|part| part.contains('@')) {
            return Err(wrong(
                "there is an @ after a /, ? or #, which have to be %2F, %3F or %23 in a password",
            ));
        }
        // Those who go by it read it once more, with less patience.
        let read = Matcher::builder().all(url.as_str()).build();
        let is_read = "http://any/".parse().is_ok_and(|address| read.intercept(&address).is_some());
        if is_read { Ok(Self { variable, url }) } else { Err(wrong("it is no address")) }
    }

    /// Its address, with the password that it may have.
    #[must_use]
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// The next step for the user when nothing comes through it.
    #[must_use]
    pub fn hint(&self) -> String {
        format!(
            "see whether the proxy runs and lets this through, or correct {}; what is to be reached without it is named in NO_PROXY",
            self.variable
        )
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        write!(f, "{host}:{port} of {}", self.variable)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: &str = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions?x=%20";

    fn network(variables: &[(&str, &str)]) -> Result<Network, Malformed> {
        Network::of(&variables.iter().copied().collect())
    }

    /// What `address` is reached through.
    fn through(variables: &[(&str, &str)], address: &str) -> Option<String> {
        network(variables).unwrap().proxy(address).map(ToString::to_string)
    }

    #[test]
    fn the_scheme_of_an_address_decides_which_variable_counts() {
        let http = "http://example.com/";
        for (variables, https_through, http_through) in [
            (&[][..], None, None),
            (&[("HTTPS_PROXY", "http://a:1")], Some("a:1 of HTTPS_PROXY"), None),
            (&[("HTTP_PROXY", "http://a:1")], None, Some("a:1 of HTTP_PROXY")),
            (&[("https_proxy", "http://a:1"), ("HTTPS_PROXY", "b:2")], Some("a:1 of https_proxy"), None),
            (&[("https_proxy", ""), ("HTTPS_PROXY", "b:2")], Some("b:2 of HTTPS_PROXY"), None),
            (&[("ALL_PROXY", "a")], Some("a:80 of ALL_PROXY"), Some("a:80 of ALL_PROXY")),
            (
                &[("ALL_PROXY", "socks5://a"), ("HTTPS_PROXY", "https://b"), ("http_proxy", "[::1]:3128")],
                Some("b:443 of HTTPS_PROXY"),
                Some("[::1]:3128 of http_proxy"),
            ),
        ] {
            assert_eq!(through(variables, LAMBDA).as_deref(), https_through, "{variables:?}");
            assert_eq!(through(variables, http).as_deref(), http_through, "{variables:?}");
        }
    }

    #[test]
    fn exceptions_are_hosts_domains_and_networks() {
        for (except, address, is_one) in [
            ("example.com", "https://example.com", true),
            ("example.com", "https://api.example.com:8443/x", true),
            (".example.com", "https://api.example.com", true),
            ("example.com", "https://notexample.com", false),
            ("other.org , EXAMPLE.com", "https://example.com", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("fd00::/8", "https://[fd00::1]", true),
            ("*", "https://example.com", true),
            ("", "https://example.com", false),
        ] {
            let variables = [("ALL_PROXY", "http://a:1"), ("NO_PROXY", except)];
            assert_eq!(through(&variables, address).is_none(), is_one, "{except} {address}");
        }
        let small = [("ALL_PROXY", "http://a:1"), ("NO_PROXY", "other.org"), ("no_proxy", "example.com")];
        assert_eq!(through(&small, "https://example.com"), None);
        assert!(through(&small, "https://other.org").is_some());
    }

    #[test]
    fn this_machine_and_its_credentials_are_never_reached_through_a_proxy() {
        let full = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "https://agent.internal:8443/credentials");
        let variables = [("ALL_PROXY", "http://a:1"), full];
        for near in [
            "http://localhost:4566",
            "http://s3.localhost:4566",
            "http://LOCALHOST./",
            "http://127.0.0.1:4570/2015-03-31/functions",
            "http://127.8.8.8",
            "http://[::1]:4566",
            "http://[::ffff:127.0.0.1]",
            "http://0.0.0.0:80",
            "http://169.254.169.254/latest/api/token",
            "http://[fd00:ec2::254]/latest/api/token",
            "http://169.254.170.2/v2/credentials",
            "http://169.254.170.23/v1/credentials",
            "http://[fd00:ec2::23]/v1/credentials",
            "https://agent.internal:8443/credentials",
        ] {
            assert_eq!(through(&variables, near), None, "{near}");
        }
        for far in [LAMBDA, "http://10.0.0.1", "http://[fd00:ec3::1]", "http://localhost.example.com"] {
            assert!(through(&variables, far).is_some(), "{far}");
        }
        assert_eq!(Network::default().proxy(LAMBDA), None);
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        for text in [
            "http://",
            "socks5://u:hunter2@a:1",
            "http://u:hunter2@",
            "http://u:hun/ter2@a",
            "http://me:1234/hunter2@proxy:3128",
            "http://me:1234?hunter2@proxy:3128",
            "http://me:1234#hunter2@proxy:3128",
            "me:1234/hunter2@proxy:3128",
            "http://a:port",
            "a b",
        ] {
            let error = network(&[("HTTPS_PROXY", text)]).unwrap_err();
            let said = format!("{error} {error:?} {}", error.hint());
            assert!(said.starts_with("HTTPS_PROXY is not the address of a proxy: "), "{said}");
            assert!(!said.contains("hunter2") && !said.contains("ter2"), "{said}");
            assert!(network(&[("HTTPS_PROXY", text), ("NO_PROXY", "*")]).is_ok(), "nothing goes by it");
        }
    }

    #[test]
    fn what_is_wrong_with_a_proxy_for_http_is_said_of_such_addresses_alone() {
        let all = ("ALL_PROXY", "socks5://u:hunter2@p:1080");
        let network = |more: &[(&str, &str)]| network(&[&[all][..], more].concat());
        let wrong =
            "ALL_PROXY is not the address of a proxy: only proxies that speak http or https are known";
        assert_eq!(network(&[]).unwrap_err().to_string(), wrong, "it is for both");
        let network = network(&[("HTTPS_PROXY", "http://p:3128"), ("NO_PROXY", "near.test")]).unwrap();
        for (address, expected) in [
            (LAMBDA, Ok(Some("p:3128 of HTTPS_PROXY"))),
            ("https://near.test", Ok(None)),
            ("http://near.test", Ok(None)),
            ("http://localhost:4566", Ok(None)),
            ("http://aws.test", Err(wrong)),
        ] {
            let way = network.way(address);
            let way = way.map(|proxy| proxy.map(ToString::to_string)).map_err(|error| error.to_string());
            let expected = expected.map(|proxy| proxy.map(str::to_owned)).map_err(str::to_owned);
            assert_eq!(way, expected, "{address}");
        }
        let told: Vec<_> =
            network.proxies().into_iter().map(|(what, proxy)| format!("{what}: {proxy}")).collect();
        assert_eq!(told, ["https: p:3128 of HTTPS_PROXY"]);
    }

    #[test]
    fn a_proxy_is_shown_without_its_password_and_used_with_it() {
        let network = network(&[("https_proxy", "http://me:hunter2@proxy.corp:3128/x?y")]).unwrap();
        let proxy = network.proxy(LAMBDA).unwrap();
        assert_eq!(proxy.to_string(), "proxy.corp:3128 of https_proxy");
        let shown = format!("{network:?} {proxy:?} {}", proxy.hint());
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_eq!(proxy.url().password(), Some("hunter2"));
    }

    #[test]
    fn proxies_are_told_with_what_they_are_for() {
        for (variables, expected) in [
            (&[][..], &[][..]),
            (&[("ALL_PROXY", "a:1")], &["https and http: a:1 of ALL_PROXY"][..]),
            (
                &[("HTTPS_PROXY", "a:1"), ("HTTP_PROXY", "a:1")],
                &["https: a:1 of HTTPS_PROXY", "http: a:1 of HTTP_PROXY"],
            ),
        ] {
            let network = network(variables).unwrap();
            let told: Vec<_> =
                network.proxies().into_iter().map(|(what, proxy)| format!("{what}: {proxy}")).collect();
            assert_eq!(told, expected);
        }
    }
}
