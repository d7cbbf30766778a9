//! URLs of libSQL servers, in the spellings of libSQL's clients and of SQLAlchemy's dialect.

use super::Error;

/// A token, which no `Debug` and no sentence shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token; none of an empty text.
    ///
    /// # Errors
    /// It has characters that an HTTP header cannot hold.
    pub fn new(text: &str) -> Result<Option<Self>, Error> {
        let text = text.trim();
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::Url(
                "the token has a space, a line end or another character that no token has"
                    .to_owned(),
            ));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

/// A libSQL server's database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    /// `http(s)://host[:port][/path]`, without a `/` at its end.
    base: String,
    /// Token of the URL's own query.
    pub token: Option<Token>,
}

/// Parameters of pysqlite's that SQLAlchemy's dialect hands on; none of them is about a server.
const OF_DRIVERS: &[&str] = &[
    "timeout",
    "isolation_level",
    "detect_types",
    "check_same_thread",
    "cached_statements",
    "uri",
];

impl RemoteUrl {
    /// Whether a scheme is one of a server: `libsql`, `http`, `https`, `ws`, `wss`, `sqlite+libsql` and the like.
    pub fn is_scheme(scheme: &str) -> bool {
        secure_by(scheme).is_some()
    }

    /// Reads a URL. `libsql://` means TLS unless `?tls=0` says otherwise; `sqlite+libsql://` means none unless `?secure=true` says
    /// so, as in SQLAlchemy's dialect; `ws` and `wss` are taken for the HTTP door of the same server.
    ///
    /// # Errors
    /// [`Error::Url`]: it is none of a server, or has parts that cannot be meant. What may be a secret is not repeated.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fault = |what: String| Err(Error::Url(what));
        let Some((scheme, rest)) = text.trim().split_once("://") else {
            return fault(
                "the URL of a server begins with libsql://, https:// or http://".to_owned(),
            );
        };
        let scheme = scheme.to_lowercase();
        let Some(mut secure) = secure_by(&scheme) else {
            return fault(format!("{scheme}:// is not the URL of a libSQL server"));
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        if !fragment.is_empty() {
            return fault(format!("a {scheme}:// URL has no part behind a `#`"));
        }
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = place.split_once('/').unwrap_or((place, ""));
        if authority.contains('@') {
            return fault(format!(
                "a {scheme}:// URL takes no user and password; give the token by DATABASE_AUTH_TOKEN"
            ));
        }
        if !is_authority(authority) {
            return fault(format!("the {scheme}:// URL names no host"));
        }
        let mut token = None;
        for (name, value) in query.split('&').filter_map(|p| p.split_once('=')) {
            let value = String::from_utf8_lossy(&percent_decoded(value)).into_owned();
            match (name, value.to_lowercase().as_str()) {
                ("authToken" | "auth_token", _) => token = Token::new(&value)?,
                ("tls" | "secure", "1" | "true" | "yes" | "on") => secure = true,
                ("tls" | "secure", "0" | "false" | "no" | "off") => {
                    if scheme == "https" || scheme == "wss" {
                        return fault(format!(
                            "{scheme}:// with {name}={value} contradicts itself"
                        ));
                    }
                    secure = false;
                }
                (name, _) if OF_DRIVERS.contains(&name) => {}
                (name, _) => {
                    return fault(format!(
                        "the parameter `{name}` of the {scheme}:// URL is not known; known are authToken, tls and secure"
                    ));
                }
            }
        }
        let path = path.trim_end_matches('/');
        let slash = if path.is_empty() { "" } else { "/" };
        let http = if secure { "https" } else { "http" };
        Ok(Self {
            base: format!("{http}://{authority}{slash}{path}"),
            token,
        })
    }

    /// The same server by another address, which it gave itself.
    ///
    /// # Errors
    /// The address is none, or would send the token without encryption where it went encrypted until now.
    pub(super) fn moved(&self, base_url: &str) -> Result<String, String> {
        let lower = base_url.to_ascii_lowercase();
        let secure = lower.starts_with("https://");
        if !secure && !lower.starts_with("http://") {
            return Err("a base_url that is no http(s) URL".to_owned());
        }
        if self.base.starts_with("https://") && !secure {
            return Err("a base_url without encryption".to_owned());
        }
        Ok(base_url.trim_end_matches('/').to_owned())
    }

    /// `http(s)://host[:port][/path]`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether a token would travel readable for others: no TLS, and not to this machine.
    pub fn is_exposed(&self) -> bool {
        let Some(rest) = self.base.strip_prefix("http://") else {
            return false;
        };
        let host = rest.split('/').next().unwrap_or(rest);
        !["127.", "localhost", "[::1]"]
            .iter()
            .any(|local| host.starts_with(local))
    }
}

impl std::fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.base)
    }
}

/// Whether a scheme means TLS; none when it is none of a server.
fn secure_by(scheme: &str) -> Option<bool> {
    match scheme {
        "libsql" | "https" | "wss" => Some(true),
        "http" | "ws" | "sqlite+libsql" | "sqlite3+libsql" | "sqlite+aiolibsql" => Some(false),
        _ => None,
    }
}

fn is_authority(text: &str) -> bool {
    let port = match text.rsplit_once(':') {
        Some((_, port)) if !port.ends_with(']') => port,
        _ => "1",
    };
    let host = text
        .strip_suffix(port)
        .map_or(text, |host| host.trim_end_matches(':'));
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._[]:%".contains(&b);
    !host.is_empty() && port.parse::<u16>().is_ok() && text.bytes().all(legal)
}

/// The bytes of a text with `%41` for `A`.
pub fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let cases = [
            ("libsql://db.example.io", "https://db.example.io"),
            ("libsql://localhost:8080?tls=0", "http://localhost:8080"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
            ("HTTPS://h/dev/name/", "https://h/dev/name"),
            ("wss://h", "https://h"),
            ("ws://[::1]:8080", "http://[::1]:8080"),
            ("sqlite+libsql://h:8080", "http://h:8080"),
            ("sqlite+libsql://h/?secure=true", "https://h"),
            ("libsql://h?timeout=5", "https://h"),
        ];
        for (text, base) in cases {
            let parsed = RemoteUrl::parse(text).map(|url| url.base);
            assert_eq!(parsed.as_deref(), Ok(base), "{text}");
        }
        let with_token = RemoteUrl::parse("libsql://h?authToken=ab%2Ecd");
        assert_eq!(
            with_token.map(|url| url.token),
            Token::new("ab.cd"),
            "a token of the query"
        );
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_no_secret_is_told() {
        for text in [
            "libsql://",
            "libsql:///path",
            "https://user:secret@h",
            "https://h?tls=0&authToken=secret",
            "libsql://h?token=secret",
            "libsql://h#secret",
            "libsql://h:port",
            "libsql://h?authToken=se%0Acret",
            "libsql://h ost",
            "file://h",
        ] {
            let said = RemoteUrl::parse(text)
                .err()
                .map(|e| e.to_string())
                .unwrap_or_default();
            assert!(
                !said.is_empty() && !said.contains("secret"),
                "{text}: {said}"
            );
        }
        let url = RemoteUrl::parse("libsql://h?authToken=secret");
        assert!(!format!("{url:?}").contains("secret"));
    }

    #[test]
    fn a_token_is_exposed_without_tls_only() {
        for (text, exposed) in [
            ("http://h", true),
            ("http://localhost:8080", false),
            ("http://127.0.0.1", false),
            ("libsql://h", false),
        ] {
            let url = RemoteUrl::parse(text).map(|url| url.is_exposed());
            assert_eq!(url, Ok(exposed), "{text}");
        }
    }
}
