//! One request over HTTP: sent, waited for, judged. Nothing here knows what it carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::{Agent, Timeout};

use super::{Error, Token};

/// Says whether the wait for an answer should end.
pub(super) type Cancelled = Arc<dyn Fn() -> bool + Send + Sync>;

/// How often a signal is looked for while an answer is waited for.
const LOOK: Duration = Duration::from_millis(20);
/// An answer beyond this many bytes is refused. libsql-server ends at 10 MB of values, which base64 makes a third longer.
const ANSWER_BYTES: u64 = 64 << 20;
/// Idle connections are given up before servers and balancers do it, for a request on a dead one is lost.
const IDLE: Duration = Duration::from_secs(4);

/// An answer, of whatever status.
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

pub(super) struct Http {
    agent: Agent,
    authorization: Option<String>,
    pub cancelled: Option<Cancelled>,
}

impl Http {
    pub fn new(
        token: Option<&Token>,
        connect: Duration,
        answer: Duration,
        ca_file: Option<&Path>,
    ) -> Result<Self, Error> {
        let mut tls = TlsConfig::builder();
        if let Some(file) = ca_file {
            tls = tls.root_certs(roots(file)?);
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect of a POST would lose its body or send the token elsewhere; Hrana has base_url for that.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(connect))
            .timeout_recv_response(Some(answer))
            .timeout_recv_body(Some(answer))
            .max_idle_age(IDLE)
            .user_agent(concat!("decant/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build();
        Ok(Self {
            agent: Agent::new_with_config(config),
            authorization: token.map(Token::header),
            cancelled: None,
        })
    }

    /// Whether a token goes with each request.
    pub fn has_token(&self) -> bool {
        self.authorization.is_some()
    }

    /// A server's or proxy's sentence, should it repeat the token.
    pub fn without_token(&self, text: String) -> String {
        let token = self.authorization.as_deref();
        match token.and_then(|a| a.strip_prefix("Bearer ")) {
            Some(token) => text.replace(token, "(token)"),
            None => text,
        }
    }

    /// Sends a body and gives the answer. With `cancellable` a signal ends the wait; the server notices that nobody listens.
    pub fn post(
        &self,
        server: &str,
        url: &str,
        body: Vec<u8>,
        cancellable: bool,
    ) -> Result<Answer, Error> {
        let Some(cancelled) = self.cancelled.as_ref().filter(|_| cancellable) else {
            let sent = send(&self.agent, self.authorization.as_deref(), url, &body);
            return sent.map_err(|cause| fault(server, &cause));
        };
        let interrupted = || Error::Interrupted {
            server: server.to_owned(),
        };
        if cancelled() {
            return Err(interrupted());
        }
        let (agent, authorization, url) = (
            self.agent.clone(),
            self.authorization.clone(),
            url.to_owned(),
        );
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            // Whoever was told of a signal no longer listens.
            let _ = sender.send(send(&agent, authorization.as_deref(), &url, &body));
        });
        loop {
            match receiver.recv_timeout(LOOK) {
                Ok(sent) => return sent.map_err(|cause| fault(server, &cause)),
                Err(RecvTimeoutError::Timeout) if cancelled() => return Err(interrupted()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Lost {
                        server: server.to_owned(),
                        cause: "the request ended without an answer".to_owned(),
                    });
                }
            }
        }
    }
}

fn send(
    agent: &Agent,
    authorization: Option<&str>,
    url: &str,
    body: &[u8],
) -> Result<Answer, ureq::Error> {
    let mut request = agent.post(url).header("content-type", "application/json");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let mut response = request.send(body)?;
    let status = response.status().as_u16();
    let body = response
        .body_mut()
        .with_config()
        .limit(ANSWER_BYTES)
        .read_to_vec()?;
    Ok(Answer { status, body })
}

/// Whether the request can have reached the server is what matters: what is certain is told as certain.
fn fault(server: &str, cause: &ureq::Error) -> Error {
    use std::io::ErrorKind as Kind;
    let server = server.to_owned();
    let text = match cause {
        ureq::Error::Timeout(_) => "it did not answer in time".to_owned(),
        ureq::Error::Io(cause) => cause.to_string(),
        other => other.to_string(),
    };
    let unsent = match cause {
        ureq::Error::HostNotFound
        | ureq::Error::ConnectionFailed
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::Pem(_)
        | ureq::Error::BadUri(_)
        | ureq::Error::InvalidProxyUrl
        | ureq::Error::ConnectProxyFailed(_)
        | ureq::Error::Timeout(Timeout::Connect | Timeout::Resolve) => true,
        ureq::Error::Io(cause) => {
            matches!(
                cause.kind(),
                Kind::ConnectionRefused
                    | Kind::AddrNotAvailable
                    | Kind::HostUnreachable
                    | Kind::NetworkUnreachable // The standard library has no kind for a name that does not resolve, only this sentence.
            ) || cause.to_string().starts_with("failed to lookup address")
        }
        _ => false,
    };
    if unsent {
        Error::Unreachable {
            server,
            cause: text,
        }
    } else {
        Error::Lost {
            server,
            cause: text,
        }
    }
}

fn roots(file: &Path) -> Result<RootCerts, Error> {
    let fault = |what: String| {
        Error::Url(format!(
            "the certificates of {} cannot be used: {what}",
            file.display()
        ))
    };
    let pem = std::fs::read(file).map_err(|e| fault(e.to_string()))?;
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|e| fault(e.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(fault("it holds none".to_owned()));
    }
    Ok(RootCerts::from(certificates))
}

/// Where certificates of one's own are named, as OpenSSL's users do.
pub fn ca_file_of_environment() -> Option<PathBuf> {
    std::env::var_os("SSL_CERT_FILE")
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
}
