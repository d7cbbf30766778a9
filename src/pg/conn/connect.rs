//! Making a connection: each host in turn, with and without TLS as `sslmode` says, and a way to cancel what it runs.

use postgres::config::{
    ChannelBinding as WireBinding, SslMode as WireMode, SslNegotiation, TargetSessionAttrs,
};
use postgres::{CancelToken, Client, NoTls};
use tokio_postgres::Config;

use super::encrypted::Connector;
use super::options::{ChannelBinding, ConnectOptions, Host, SslMode};
use super::tls;
use crate::pg::Error;

/// A connection, and what is needed to cancel its statements.
pub(super) struct Connection {
    pub client: Client,
    pub canceller: Canceller,
    /// How it was made.
    pub way: Way,
}

/// The way to a server that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// Place of the host in the options.
    pub host: usize,
    /// With TLS.
    pub tls: bool,
}

/// Cancels the running statement of a connection, from any thread.
#[derive(Clone)]
pub(super) struct Canceller {
    token: CancelToken,
    tls: Option<Connector>,
}

impl Canceller {
    /// Asks the server to cancel. A server that cannot be asked has ended the statement anyway.
    pub fn cancel(&self) {
        let _ = match &self.tls {
            Some(tls) => self.token.cancel_query(tls.clone()),
            None => self.token.cancel_query(NoTls),
        };
    }
}

/// A plain connection without pinned settings, for callers with statements of their own.
///
/// # Errors
/// [`Error::Config`] for files that cannot be used, [`Error::Connect`] when no host can be connected to.
pub fn connect(options: &ConnectOptions) -> Result<Client, Error> {
    open(options).map(|c| c.client)
}

pub(super) fn open(options: &ConnectOptions) -> Result<Connection, Error> {
    let mut causes: Vec<String> = Vec::new();
    for (i, host) in options.hosts.iter().enumerate() {
        for tls in attempts(options.ssl_mode, host) {
            match attempt(options, i, host, *tls)? {
                Ok(connection) => return Ok(connection),
                Err(error) => {
                    let cause = describe(&error);
                    let last = refused_for_good(&error);
                    if !causes.contains(&cause) {
                        causes.push(cause);
                    }
                    if last {
                        break;
                    }
                }
            }
        }
    }
    let mut cause = causes.join("; ");
    if let Some(file) = &options.ignored_passfile {
        cause.push_str(&format!(
            " (the password file {} was not used, since group or others may read it: set its mode to 0600)",
            file.display()
        ));
    }
    Err(Error::Connect {
        target: options.to_string(),
        cause,
    })
}

/// With TLS or without, in the order to try. A unix socket has no TLS.
fn attempts(mode: SslMode, host: &Host) -> &'static [bool] {
    match (host, mode) {
        (Host::Unix { .. }, _) | (_, SslMode::Disable) => &[false],
        (_, SslMode::Allow) => &[false, true],
        (_, SslMode::Prefer) => &[true, false],
        (_, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[true],
    }
}

/// Whether the server's answer would be the same with the other attempt: all but its refusal by `pg_hba.conf`.
fn refused_for_good(error: &postgres::Error) -> bool {
    use postgres::error::SqlState;
    error
        .code()
        .is_some_and(|code| *code != SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// What the driver is told about a way.
pub(super) fn config(options: &ConnectOptions, way: Way) -> Config {
    let mut config = Config::new();
    config
        .user(&options.user)
        .dbname(&options.database)
        .application_name(&options.application_name);
    let password = options.passwords.get(way.host).and_then(Option::as_ref);
    if let Some(password) = password {
        config.password(password.reveal());
    }
    if let Some(text) = &options.options {
        config.options(text);
    }
    config.channel_binding(match options.channel_binding {
        ChannelBinding::Disable => WireBinding::Disable,
        ChannelBinding::Prefer => WireBinding::Prefer,
        ChannelBinding::Require => WireBinding::Require,
    });
    config.ssl_mode(if way.tls {
        WireMode::Require
    } else {
        WireMode::Disable
    });
    if way.tls && options.ssl_direct {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    config
}

/// The name that the server's certificate must have.
pub(super) fn tls_name(host: &Host) -> String {
    match host {
        Host::Tcp { name, .. } => name.clone(),
        Host::Unix { .. } => String::new(),
    }
}

fn attempt(
    options: &ConnectOptions,
    i: usize,
    host: &Host,
    tls: bool,
) -> Result<Result<Connection, postgres::Error>, Error> {
    let way = Way { host: i, tls };
    let mut config = config(options, way);
    config
        .port(host.port())
        .keepalives(options.keepalives.0)
        .target_session_attrs(match options.target_session_attrs.as_deref() {
            Some("read-write" | "primary") => TargetSessionAttrs::ReadWrite,
            Some("read-only" | "standby") => TargetSessionAttrs::ReadOnly,
            _ => TargetSessionAttrs::Any,
        });
    match host {
        Host::Tcp { name, address, .. } => {
            config.host(name);
            if let Some(address) = address {
                config.hostaddr(*address);
            }
        }
        Host::Unix { folder, .. } => {
            config.host_path(folder);
        }
    }
    if let Some(timeout) = options.connect_timeout {
        config.connect_timeout(timeout);
    }
    if let Some(idle) = options.keepalives.1 {
        config.keepalives_idle(idle);
    }
    let config = postgres::Config::from(config);
    if !tls {
        return Ok(config.connect(NoTls).map(|client| Connection {
            canceller: Canceller {
                token: client.cancel_token(),
                tls: None,
            },
            client,
            way,
        }));
    }
    let connector = tls::connector(options)?;
    Ok(config.connect(connector.clone()).map(|client| Connection {
        canceller: Canceller {
            token: client.cancel_token(),
            tls: Some(connector),
        },
        client,
        way,
    }))
}

/// An error in the server's or system's words, with PostgreSQL's code and hint. Its detail is left out: it may hold values
/// of rows.
pub(in crate::pg) fn describe(error: &postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        let mut text = format!("{} (SQLSTATE {})", db.message(), db.code().code());
        if let Some(hint) = db.hint() {
            text.push_str(&format!("; {hint}"));
        }
        return text;
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(&format!(": {more}"));
        }
        source = cause.source();
    }
    text
}

/// A failed statement as an error that says what was being done.
pub(in crate::pg) fn query_error(doing: impl Into<String>, error: &postgres::Error) -> Error {
    Error::Query {
        doing: doing.into(),
        cause: describe(error),
    }
}
