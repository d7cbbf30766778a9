//! Connection URLs and `keyword=value` strings into libpq's parameters (PostgreSQL manual, section "Connection Strings").

use indexmap::IndexMap;

/// Parameters by libpq's keyword, as given.
pub(super) type Params = IndexMap<String, String>;

/// Keywords that mean something here.
const USED: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "channel_binding",
    "connect_timeout",
    "options",
    "application_name",
    "fallback_application_name",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "sslmode",
    "sslnegotiation",
    "sslcert",
    "sslkey",
    "sslrootcert",
    "service",
    "servicefile",
    "target_session_attrs",
    "load_balance_hosts",
];

/// Keywords of libpq and of SQLAlchemy's drivers, poolers and other tools' URLs that are taken and change nothing here:
/// the session's settings are pinned anyway.
const TAKEN: &[&str] = &[
    "client_encoding",
    "requiressl",
    "sslcompression",
    "sslcrldir",
    "sslsni",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "gssdelegation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "require_auth",
    "prepared_statement_cache_size",
    "prepared_statement_name_func",
    "statement_cache_size",
    "async_fallback",
    "server_side_cursors",
    "pgbouncer",
    "connection_limit",
    "pool_timeout",
    "pool_size",
    "max_overflow",
    "schema",
    "command_timeout",
    "timeout",
];

/// Reads a connection string of either form.
///
/// # Errors
/// A sentence that says what is wrong, never with a password in it.
pub(super) fn parse(text: &str) -> Result<Params, String> {
    let text = text.trim();
    match text.split_once("://") {
        Some((scheme, rest)) if is_url_scheme(scheme) => parse_url(rest, scheme.contains('+')),
        Some((scheme, _))
            if scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '+') =>
        {
            Err(format!(
                "`{scheme}://` is not a PostgreSQL URL; it begins with postgresql:// or postgresql+driver://"
            ))
        }
        _ => parse_dsn(text),
    }
}

/// `postgres`, `postgresql`, and either with SQLAlchemy's `+driver`.
pub(super) fn is_url_scheme(scheme: &str) -> bool {
    let (name, driver) = scheme.split_once('+').unwrap_or((scheme, "x"));
    matches!(
        name.to_ascii_lowercase().as_str(),
        "postgres" | "postgresql"
    ) && !driver.is_empty()
        && driver
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn parse_url(rest: &str, sqlalchemy: bool) -> Result<Params, String> {
    let mut params = Params::new();
    let (userinfo, rest) = split_userinfo(rest, sqlalchemy);
    if let Some(userinfo) = userinfo {
        let (user, password) = match userinfo.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (userinfo, None),
        };
        put(&mut params, "user", decode(user, "the user")?);
        if let Some(password) = password {
            put(&mut params, "password", decode(password, "the password")?);
        }
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (hosts, rest) = rest.split_at(end);
    split_hosts(hosts, &mut params)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let database = path.strip_prefix('/').unwrap_or(path);
    put(&mut params, "dbname", decode(database, "the database")?);
    for pair in query.split('&').filter(|p| !p.is_empty()) {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| "a parameter of the connection URL has no `=`".to_owned())?;
        let key = decode(key, "the name of a parameter")?;
        let value = if sqlalchemy {
            // SQLAlchemy reads the query as an HTML form, where `+` is a blank.
            decode(&value.replace('+', " "), &key)?
        } else {
            decode(value, &key)?
        };
        query_parameter(&mut params, &key, value)?;
    }
    Ok(params)
}

/// The part before `@`. In libpq it ends at the first `/`; SQLAlchemy allows `/` in a password.
fn split_userinfo(rest: &str, sqlalchemy: bool) -> (Option<&str>, &str) {
    let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, _) = rest.split_at(authority_end);
    let at = authority.rfind('@').or_else(|| {
        let colon = authority.find(':')?;
        let at = rest.find('@').filter(|_| sqlalchemy)?;
        (colon < at).then_some(at)
    });
    match at {
        Some(at) => (rest.get(..at), rest.get(at + 1..).unwrap_or_default()),
        None => (None, rest),
    }
}

/// `host:port,[::1]:port`.
fn split_hosts(text: &str, params: &mut Params) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let mut hosts = Vec::new();
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (host, port) = split_port(part)?;
        hosts.push(decode(host, "the host")?);
        ports.push(port.to_owned());
    }
    put(params, "host", hosts.join(","));
    if ports.iter().any(|p| !p.is_empty()) {
        put(params, "port", ports.join(","));
    }
    Ok(())
}

/// Host and port of `host:port` or `[address]:port`; an empty port when there is none.
fn split_port(part: &str) -> Result<(&str, &str), String> {
    if let Some(rest) = part.strip_prefix('[') {
        let (host, after) = rest
            .split_once(']')
            .ok_or("an IPv6 address in the connection URL has no closing `]`")?;
        return match after.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if after.is_empty() => Ok((host, "")),
            None => Err(
                "something other than a port follows an IPv6 address in the connection URL"
                    .to_owned(),
            ),
        };
    }
    Ok(part.split_once(':').unwrap_or((part, "")))
}

fn query_parameter(params: &mut Params, key: &str, value: String) -> Result<(), String> {
    match key {
        // asyncpg's and JDBC's spellings.
        "ssl" => {
            let mode = match value.as_str() {
                "true" | "True" | "1" => "require",
                "false" | "False" | "0" => "disable",
                other => other,
            };
            put(params, "sslmode", mode.to_owned());
        }
        // SQLAlchemy: `host=a:5432&host=b:5433`.
        "host" => {
            let known = params.contains_key("host") && params.contains_key("host in query");
            let (host, port) = match value.rsplit_once(':') {
                Some((host, port))
                    if !host.is_empty()
                        && !host.contains([':', '/', ','])
                        && !port.is_empty()
                        && port.chars().all(|c| c.is_ascii_digit()) =>
                {
                    (host.to_owned(), Some(port.to_owned()))
                }
                _ => (value, None),
            };
            append(params, "host", host, known);
            if let Some(port) = port {
                append(params, "port", port, known);
            }
            put(params, "host in query", "yes".to_owned());
        }
        "database" => put(params, "dbname", value),
        "username" => put(params, "user", value),
        _ => {
            accept(key)?;
            params.insert(key.to_owned(), value);
        }
    }
    Ok(())
}

fn append(params: &mut Params, key: &str, value: String, more: bool) {
    match params.get_mut(key) {
        Some(known) if more => {
            known.push(',');
            known.push_str(&value);
        }
        _ => put(params, key, value),
    }
}

fn put(params: &mut Params, key: &str, value: String) {
    if !value.is_empty() {
        params.insert(key.to_owned(), value);
    }
}

fn accept(key: &str) -> Result<(), String> {
    if USED.contains(&key) || TAKEN.contains(&key) {
        return Ok(());
    }
    if matches!(key, "sslcrl" | "sslpassword" | "replication") {
        return Err(format!(
            "the connection parameter `{key}` is not supported; leave it out"
        ));
    }
    Err(format!(
        "`{key}` is not a connection parameter of PostgreSQL; leave it out or mend its spelling"
    ))
}

/// Undoes percent-encoding. `what` names the part for the message, which must not show its value.
fn decode(text: &str, what: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let Some((hex, tail)) = tail.split_first_chunk::<2>() else {
            return Err(percent_fault(what));
        };
        let (Some(high), Some(low)) = (
            char::from(hex[0]).to_digit(16),
            char::from(hex[1]).to_digit(16),
        ) else {
            return Err(percent_fault(what));
        };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        rest = tail;
    }
    if bytes.contains(&0) {
        return Err(format!(
            "{what} in the connection URL holds a zero byte (%00)"
        ));
    }
    String::from_utf8(bytes).map_err(|_| format!("{what} in the connection URL is not UTF-8"))
}

fn percent_fault(what: &str) -> String {
    format!(
        "{what} in the connection URL has a `%` without two hexadecimal digits after it; write a percent sign itself as %25"
    )
}

/// `host=/tmp dbname='my db' password=it\'s`.
fn parse_dsn(text: &str) -> Result<Params, String> {
    let mut params = Params::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (key, after) = rest.split_once('=').ok_or(
            "the connection string is neither a postgresql:// URL nor a list of keyword=value",
        )?;
        let key = key.trim_end();
        if key.contains(char::is_whitespace) {
            return Err("a keyword in the connection string has no `=` after it".to_owned());
        }
        accept(key)?;
        let (value, after) = dsn_value(after.trim_start(), key)?;
        params.insert(key.to_owned(), value);
        rest = after.trim_start();
    }
    Ok(params)
}

fn dsn_value<'a>(text: &'a str, key: &str) -> Result<(String, &'a str), String> {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                if let Some((_, escaped)) = chars.next() {
                    value.push(escaped);
                }
            }
            '\'' if quoted.is_some() => return Ok((value, body.get(at + 1..).unwrap_or_default())),
            c if c.is_whitespace() && quoted.is_none() => {
                return Ok((value, body.get(at..).unwrap_or_default()));
            }
            c => value.push(c),
        }
    }
    if quoted.is_some() {
        return Err(format!(
            "the value of `{key}` in the connection string has no closing quote"
        ));
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        match parse(text) {
            Ok(params) => params
                .iter()
                .filter(|(k, _)| *k != "host in query")
                .map(|(k, v)| format!("{k}={v}"))
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => format!("ERROR {error}"),
        }
    }

    #[test]
    fn urls_are_read_as_libpq_and_sqlalchemy_read_them() {
        for (url, expected) in [
            ("postgresql://", ""),
            ("postgres://localhost", "host=localhost"),
            (
                "postgresql://u:p%40ss%2F@db.example:5433/app",
                "user=u password=p@ss/ host=db.example port=5433 dbname=app",
            ),
            (
                "postgresql://u@h1:1,h2:2/app?target_session_attrs=read-write",
                "user=u host=h1,h2 port=1,2 dbname=app target_session_attrs=read-write",
            ),
            (
                "postgresql:///app?host=/var/run/postgresql&port=5544",
                "dbname=app host=/var/run/postgresql port=5544",
            ),
            (
                "postgresql://%2Ftmp%2Fsocket/app",
                "host=/tmp/socket dbname=app",
            ),
            (
                "postgresql://u@[::1]:5433/app",
                "user=u host=::1 port=5433 dbname=app",
            ),
            (
                "postgresql+psycopg2://u:pa/s:s@h/app",
                "user=u password=pa/s:s host=h dbname=app",
            ),
            (
                "postgresql+asyncpg://u:p@h/app?ssl=require",
                "user=u password=p host=h dbname=app sslmode=require",
            ),
            (
                "postgresql+psycopg://u@/app?host=h1:1&host=h2:2",
                "user=u dbname=app host=h1,h2 port=1,2",
            ),
            (
                "postgresql+psycopg2://u@h/app?options=-c+search_path%3Dx",
                "user=u host=h dbname=app options=-c search_path=x",
            ),
            (
                "postgresql://h/app?options=-c%20geqo%3Doff",
                "host=h dbname=app options=-c geqo=off",
            ),
            (
                "postgresql://u:a@b@h/app",
                "user=u password=a@b host=h dbname=app",
            ),
            ("POSTGRESQL://h/app", "host=h dbname=app"),
            (
                "host=/tmp dbname='my db' user=u password='it\\'s' connect_timeout = 3",
                "host=/tmp dbname=my db user=u password=it's connect_timeout=3",
            ),
            (
                "mysql://h/app",
                "ERROR `mysql://` is not a PostgreSQL URL; it begins with postgresql:// or postgresql+driver://",
            ),
            (
                "postgresql://u:se%cret@h/app",
                "ERROR the password in the connection URL has a `%` without two hexadecimal digits after it; write a percent sign itself as %25",
            ),
            (
                "postgresql://h/app?sslmod=require",
                "ERROR `sslmod` is not a connection parameter of PostgreSQL; leave it out or mend its spelling",
            ),
            (
                "host=h passwrd",
                "ERROR the connection string is neither a postgresql:// URL nor a list of keyword=value",
            ),
        ] {
            assert_eq!(show(url), expected, "{url}");
        }
    }
}
