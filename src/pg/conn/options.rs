//! Everything needed to connect, resolved from a connection string, a service file, `PG*` variables and defaults, in
//! libpq's order of precedence (PostgreSQL manual, chapter "libpq", "Parameter Key Words", "Environment Variables").

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::Environment;
use super::params::{self, Params};
use super::passfile::{self, Password};
use crate::pg::Error;

/// A password. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The password itself, for the server alone.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// How TLS is used (PostgreSQL manual, "SSL Support", "Protection Provided in Different Modes").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only if the server refuses a connection without it.
    Allow,
    /// If the server offers it; the default.
    #[default]
    Prefer,
    /// Always; the certificate is not verified unless there is a root certificate file.
    Require,
    /// Always; the certificate must come from a trusted authority.
    VerifyCa,
    /// Always; the certificate must also name the host.
    VerifyFull,
}

impl SslMode {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "disable" => Self::Disable,
            "allow" => Self::Allow,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => return None,
        })
    }
}

/// Whether a login by SCRAM is bound to the server's certificate (PostgreSQL manual, `channel_binding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelBinding {
    /// Never.
    Disable,
    /// Where server and certificate allow it; the default.
    #[default]
    Prefer,
    /// Always: without TLS, and with a server that logs in otherwise, the connection fails.
    Require,
}

impl ChannelBinding {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            _ => return None,
        })
    }
}

/// One server to try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name or address, and the numeric address to use instead of looking the name up.
    Tcp {
        /// Name, which TLS verifies.
        name: String,
        /// `hostaddr`.
        address: Option<IpAddr>,
        /// Port.
        port: u16,
    },
    /// The folder of a unix socket.
    Unix {
        /// Folder.
        folder: PathBuf,
        /// Port, which is part of the socket's name.
        port: u16,
    },
}

impl Host {
    /// Port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Tcp { port, .. } | Self::Unix { port, .. } => *port,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { name, port, .. } if name.contains(':') => write!(f, "[{name}]:{port}"),
            Self::Tcp { name, port, .. } => write!(f, "{name}:{port}"),
            Self::Unix { folder, port } => {
                write!(f, "{}", folder.join(format!(".s.PGSQL.{port}")).display())
            }
        }
    }
}

/// How and where to connect. `Display` and `Debug` never show a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Servers to try, in order.
    pub hosts: Vec<Host>,
    /// User.
    pub user: String,
    /// Database.
    pub database: String,
    /// Password of each host: the given one, or what the password file has.
    pub passwords: Vec<Option<Secret>>,
    /// TLS.
    pub ssl_mode: SslMode,
    /// Trusted authorities: a PEM file, or `system`.
    pub ssl_root_cert: Option<PathBuf>,
    /// Client certificate and its key, PEM files.
    pub ssl_identity: Option<(PathBuf, PathBuf)>,
    /// Whether the login is bound to the TLS session.
    pub channel_binding: ChannelBinding,
    /// TLS begins at once rather than by request (PostgreSQL 17).
    pub ssl_direct: bool,
    /// `target_session_attrs`.
    pub target_session_attrs: Option<String>,
    /// `options` for the server process.
    pub options: Option<String>,
    /// `application_name`.
    pub application_name: String,
    /// How long to wait for each server.
    pub connect_timeout: Option<Duration>,
    /// Keepalives: on, and seconds of idleness.
    pub keepalives: (bool, Option<Duration>),
    /// The password file that was left unread since others may read it.
    pub ignored_passfile: Option<PathBuf>,
}

impl ConnectOptions {
    /// Resolves a URL (`postgres://`, `postgresql://`, `postgresql+driver://`) or `keyword=value` string with this
    /// process's environment. The empty string means the environment and defaults alone.
    ///
    /// # Errors
    /// [`Error::Config`]: the string, a variable or the service file cannot be used. The sentence holds no password.
    pub fn parse(spec: &str) -> Result<Self, Error> {
        Self::resolve(spec, &Environment::of_process())
    }

    /// The same with a given environment.
    ///
    /// # Errors
    /// As [`ConnectOptions::parse`].
    pub fn resolve(spec: &str, environment: &Environment) -> Result<Self, Error> {
        let explicit = params::parse(spec).map_err(Error::Config)?;
        let params = with_defaults(explicit, environment)?;
        build(&params, environment).map_err(Error::Config)
    }
}

impl fmt::Display for ConnectOptions {
    /// A URL without password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgresql://{}@", self.user)?;
        let mut query = String::new();
        for (i, host) in self.hosts.iter().enumerate() {
            match host {
                Host::Tcp { .. } if i > 0 => write!(f, ",{host}")?,
                Host::Tcp { .. } => write!(f, "{host}")?,
                Host::Unix { folder, port } => {
                    query.push(if query.is_empty() { '?' } else { '&' });
                    query.push_str(&format!("host={}", folder.display()));
                    if *port != 5432 {
                        query.push_str(&format!("&port={port}"));
                    }
                }
            }
        }
        write!(f, "/{}{query}", self.database)
    }
}

/// A connection string as it may be shown: without password.
#[derive(Clone, Copy)]
pub struct Redacted<'a>(pub &'a str);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ConnectOptions::resolve(self.0, &Environment::default()) {
            Ok(options) => options.fmt(f),
            // What cannot be read may hold a password anywhere.
            Err(_) => f.write_str("(a connection string that cannot be read)"),
        }
    }
}

impl fmt::Debug for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// libpq's variables and the keywords that they stand for.
const VARIABLES: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
];

/// Fills in what was not given: first from the service, then from variables.
fn with_defaults(mut params: Params, environment: &Environment) -> Result<Params, Error> {
    let service = params
        .get("service")
        .map(String::as_str)
        .or_else(|| environment.get("PGSERVICE"))
        .map(str::to_owned);
    if let Some(name) = service {
        let servicefile = params.get("servicefile").map(PathBuf::from);
        for (key, value) in service_params(&name, servicefile, environment)? {
            params.entry(key).or_insert(value);
        }
    }
    for (variable, key) in VARIABLES {
        if let Some(value) = environment.get(variable) {
            params
                .entry((*key).to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
    Ok(params)
}

fn service_params(
    name: &str,
    servicefile: Option<PathBuf>,
    environment: &Environment,
) -> Result<Params, Error> {
    let own = servicefile
        .or_else(|| environment.get("PGSERVICEFILE").map(PathBuf::from))
        .or_else(|| environment.in_home(".pg_service.conf"));
    let system = environment
        .get("PGSYSCONFDIR")
        .unwrap_or("/etc/postgresql-common");
    let files = own
        .into_iter()
        .chain([Path::new(system).join("pg_service.conf")]);
    let mut looked = Vec::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else {
            looked.push(file.display().to_string());
            continue;
        };
        match passfile::service(&text, name) {
            Ok(Some(params)) => return Ok(params),
            Ok(None) => looked.push(file.display().to_string()),
            Err(cause) => {
                return Err(Error::Config(format!(
                    "service {name} in {}: {cause}",
                    file.display()
                )));
            }
        }
    }
    Err(Error::Config(format!(
        "the service {name} was not found; looked in {}",
        looked.join(" and ")
    )))
}

fn build(params: &Params, environment: &Environment) -> Result<ConnectOptions, String> {
    let get = |key: &str| {
        params
            .get(key)
            .map(String::as_str)
            .filter(|v| !v.is_empty())
    };
    let user = get("user")
        .or(environment.user.as_deref())
        .ok_or("no user is given; add one to the connection URL or set PGUSER")?
        .to_owned();
    let database = get("dbname").unwrap_or(&user).to_owned();
    let hosts = hosts(get("host"), get("hostaddr"), get("port"))?;
    let channel_binding = match get("channel_binding") {
        None => ChannelBinding::default(),
        Some(text) => ChannelBinding::parse(text).ok_or_else(|| {
            format!("channel_binding `{text}` is none of disable, prefer, require")
        })?,
    };
    let ssl_mode_text = get("sslmode");
    let root = get("sslrootcert");
    let ssl_mode = match ssl_mode_text {
        Some(text) => SslMode::parse(text).ok_or_else(|| {
            format!("sslmode `{text}` is none of disable, allow, prefer, require, verify-ca, verify-full")
        })?,
        // libpq: the system's authorities make no sense without the name's verification.
        None if root == Some("system") => SslMode::VerifyFull,
        None => SslMode::default(),
    };
    let (passwords, ignored_passfile) = passwords(
        get("password"),
        get("passfile"),
        &hosts,
        &database,
        &user,
        environment,
    );
    Ok(ConnectOptions {
        hosts,
        passwords,
        ssl_mode,
        ssl_root_cert: root
            .map(PathBuf::from)
            .or_else(|| existing(environment, ".postgresql/root.crt")),
        ssl_identity: identity(get("sslcert"), get("sslkey"), environment)?,
        channel_binding,
        ssl_direct: get("sslnegotiation") == Some("direct"),
        target_session_attrs: get("target_session_attrs").map(str::to_owned),
        options: get("options").map(str::to_owned),
        application_name: get("application_name")
            .or(get("fallback_application_name"))
            .unwrap_or("decant")
            .to_owned(),
        connect_timeout: seconds(get("connect_timeout"), "connect_timeout")?,
        keepalives: (
            get("keepalives") != Some("0"),
            seconds(get("keepalives_idle"), "keepalives_idle")?,
        ),
        ignored_passfile,
        user,
        database,
    })
}

/// Pairs hosts, addresses and ports; one port may serve all hosts.
fn hosts(
    host: Option<&str>,
    address: Option<&str>,
    port: Option<&str>,
) -> Result<Vec<Host>, String> {
    let split = |text: Option<&str>| -> Vec<String> {
        text.map(|t| t.split(',').map(|p| p.trim().to_owned()).collect())
            .unwrap_or_default()
    };
    let (names, addresses, ports) = (split(host), split(address), split(port));
    if !names.is_empty() && !addresses.is_empty() && names.len() != addresses.len() {
        return Err("`host` and `hostaddr` list different numbers of servers".to_owned());
    }
    let count = names.len().max(addresses.len()).max(1);
    if ports.len() > 1 && ports.len() != count {
        return Err("`host` and `port` list different numbers of servers".to_owned());
    }
    let mut hosts = Vec::with_capacity(count);
    for i in 0..count {
        let port = match ports.get(i).or(ports.first()).map(String::as_str) {
            None | Some("") => 5432,
            Some(text) => text
                .parse::<u16>()
                .ok()
                .filter(|p| *p > 0)
                .ok_or_else(|| format!("`{text}` is not a port; one is between 1 and 65535"))?,
        };
        let address = match addresses.get(i).map(String::as_str) {
            None | Some("") => None,
            Some(text) => Some(
                text.parse::<IpAddr>()
                    .map_err(|_| format!("hostaddr `{text}` is not an IP address"))?,
            ),
        };
        let name = names.get(i).map(String::as_str).unwrap_or_default();
        hosts.push(match (name, address) {
            ("", None) => Host::Unix {
                folder: default_socket_folder(port),
                port,
            },
            ("", Some(address)) => Host::Tcp {
                name: address.to_string(),
                address: Some(address),
                port,
            },
            // libpq takes an absolute path, or `@` for an abstract socket, as a unix socket.
            (name, None) if name.starts_with(['/', '@']) => Host::Unix {
                folder: PathBuf::from(name),
                port,
            },
            (name, address) => Host::Tcp {
                name: name.to_owned(),
                address,
                port,
            },
        });
    }
    Ok(hosts)
}

/// Where libpq looks without a host: Debian builds it with the first folder, PostgreSQL itself with the second.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

fn default_socket_folder(port: u16) -> PathBuf {
    let [first, second] = SOCKET_FOLDERS.map(PathBuf::from);
    let socket = format!(".s.PGSQL.{port}");
    if second.join(&socket).exists() && !first.join(&socket).exists() || !first.is_dir() {
        second
    } else {
        first
    }
}

fn existing(environment: &Environment, path: &str) -> Option<PathBuf> {
    environment.in_home(path).filter(|p| p.is_file())
}

fn identity(
    certificate: Option<&str>,
    key: Option<&str>,
    environment: &Environment,
) -> Result<Option<(PathBuf, PathBuf)>, String> {
    let certificate_path = certificate
        .map(PathBuf::from)
        .or_else(|| existing(environment, ".postgresql/postgresql.crt"));
    let key_path = key
        .map(PathBuf::from)
        .or_else(|| existing(environment, ".postgresql/postgresql.key"));
    match (certificate_path, key_path) {
        (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
        (Some(path), None) if certificate.is_some() => Err(format!(
            "the client certificate {} has no key; give it with sslkey",
            path.display()
        )),
        _ => Ok(None),
    }
}

fn seconds(text: Option<&str>, key: &str) -> Result<Option<Duration>, String> {
    let Some(text) = text else {
        return Ok(None);
    };
    let seconds: i64 = text
        .trim()
        .parse()
        .map_err(|_| format!("{key} `{text}` is not a number of seconds"))?;
    Ok(u64::try_from(seconds)
        .ok()
        .filter(|s| *s > 0)
        .map(Duration::from_secs))
}

fn passwords(
    given: Option<&str>,
    passfile: Option<&str>,
    hosts: &[Host],
    database: &str,
    user: &str,
    environment: &Environment,
) -> (Vec<Option<Secret>>, Option<PathBuf>) {
    if let Some(password) = given {
        return (vec![Some(Secret(password.to_owned())); hosts.len()], None);
    }
    let Some(file) = passfile
        .map(PathBuf::from)
        .or_else(|| environment.in_home(".pgpass"))
    else {
        return (vec![None; hosts.len()], None);
    };
    let mut ignored = None;
    let passwords = hosts
        .iter()
        .map(|host| {
            let name = match host {
                Host::Tcp { name, .. } => name.clone(),
                // libpq: `localhost` also stands for the default socket folder.
                Host::Unix { folder, .. }
                    if SOCKET_FOLDERS.iter().any(|f| Path::new(f) == folder) =>
                {
                    "localhost".to_owned()
                }
                Host::Unix { folder, .. } => folder.display().to_string(),
            };
            match passfile::password(&file, &name, host.port(), database, user) {
                Password::Found(password) => Some(Secret(password)),
                Password::None => None,
                Password::TooOpen => {
                    ignored = Some(file.clone());
                    None
                }
            }
        })
        .collect();
    (passwords, ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        Environment {
            variables: pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            home: None,
            user: Some("me".to_owned()),
        }
    }

    #[test]
    fn a_given_value_wins_over_the_service_and_the_service_over_variables() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        std::fs::write(&file, "[app]\nhost=service\nuser=service\ndbname=service\n").unwrap();
        let file = file.display().to_string();
        let environment = environment(&[
            ("PGSERVICEFILE", &file),
            ("PGHOST", "variable"),
            ("PGPORT", "7777"),
            ("PGDATABASE", "variable"),
            ("PGPASSWORD", "hush"),
        ]);
        let options =
            ConnectOptions::resolve("postgresql://given@/?service=app", &environment).unwrap();
        assert_eq!(
            options.to_string(),
            "postgresql://given@service:7777/service"
        );
        assert!(!format!("{options:?}").contains("hush"));
        assert_eq!(
            options
                .passwords
                .first()
                .unwrap()
                .as_ref()
                .unwrap()
                .reveal(),
            "hush"
        );
        let error = ConnectOptions::resolve("service=none", &environment).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the service none was not found; looked in ")
        );
    }

    #[test]
    fn defaults_are_those_of_libpq() {
        let options = ConnectOptions::resolve("postgresql://h", &environment(&[])).unwrap();
        assert_eq!(options.to_string(), "postgresql://me@h:5432/me");
        assert_eq!(options.ssl_mode, SslMode::Prefer);
        let options = ConnectOptions::resolve("host=/run/x port=5", &environment(&[])).unwrap();
        assert_eq!(
            options.to_string(),
            "postgresql://me@/me?host=/run/x&port=5"
        );
        let options =
            ConnectOptions::resolve("postgresql://h?sslrootcert=system", &environment(&[]))
                .unwrap();
        assert_eq!(options.ssl_mode, SslMode::VerifyFull);
        let error = ConnectOptions::resolve("postgresql://h:0/", &environment(&[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`0` is not a port; one is between 1 and 65535"
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_open_password_file_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pass");
        std::fs::write(&file, "h:5432:*:me:open sesame\n").unwrap();
        let spec = format!("host=h,i passfile={}", file.display());
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let options = ConnectOptions::resolve(&spec, &environment(&[])).unwrap();
        let found: Vec<_> = options
            .passwords
            .iter()
            .map(|p| p.as_ref().map(Secret::reveal))
            .collect();
        assert_eq!(found, [Some("open sesame"), None]);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let options = ConnectOptions::resolve(&spec, &environment(&[])).unwrap();
        assert_eq!(options.passwords, [None, None]);
        assert_eq!(options.ignored_passfile, Some(file));
    }

    #[test]
    fn a_shown_url_has_no_password() {
        for text in [
            "postgresql+psycopg2://u:s3cret@h/app",
            "postgresql://u@h/app?password=s3cret",
            "host=h user=u password=s3cret",
            "postgresql://u:s3cret%@h/app",
            "nonsense s3cret",
        ] {
            let shown = Redacted(text).to_string();
            assert!(!shown.contains("s3cret"), "{shown}");
        }
        assert_eq!(
            Redacted("postgresql+psycopg2://u:s3cret@h/app").to_string(),
            "postgresql://u@h:5432/app"
        );
    }
}
