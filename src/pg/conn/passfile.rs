//! libpq's files: passwords (`.pgpass`) and services (`pg_service.conf`).

use std::path::Path;

use super::params::Params;

/// What a password file gives for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Password {
    /// No file, or no line for it.
    None,
    /// The password of the first line that fits.
    Found(String),
    /// The file is not used: group or others may read it. libpq ignores such a file with a warning.
    TooOpen,
}

/// Looks a password up (PostgreSQL manual, "The Password File").
pub(super) fn password(file: &Path, host: &str, port: u16, database: &str, user: &str) -> Password {
    let Ok(metadata) = std::fs::metadata(file) else {
        return Password::None;
    };
    if !metadata.is_file() {
        return Password::None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if metadata.permissions().mode() & 0o077 != 0 {
            return Password::TooOpen;
        }
    }
    let Ok(text) = std::fs::read_to_string(file) else {
        return Password::None;
    };
    match find(&text, &[host, &port.to_string(), database, user]) {
        Some(password) => Password::Found(password),
        None => Password::None,
    }
}

/// The password of the first line whose fields are `*` or equal.
fn find(text: &str, wanted: &[&str; 4]) -> Option<String> {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .find_map(|line| {
            let fields = fields(line);
            let (password, keys) = fields.split_last()?;
            let fits = keys.len() == 4
                && keys
                    .iter()
                    .zip(wanted)
                    .all(|((text, star), wanted)| *star || text == wanted);
            fits.then(|| password.0.clone())
        })
}

/// Fields of a line between colons, backslashes undone, and whether each is a bare `*`. The fifth field takes the rest.
fn fields(line: &str) -> Vec<(String, bool)> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut escaped = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                escaped = true;
                field.extend(chars.next());
            }
            ':' if fields.len() < 4 => {
                let star = field == "*" && !escaped;
                fields.push((std::mem::take(&mut field), star));
                escaped = false;
            }
            c => field.push(c),
        }
    }
    fields.push((field, false));
    fields
}

/// The parameters of a service in the text of a service file; `None` when it has no such section.
///
/// # Errors
/// A sentence with the line, when the section has a line that is not `keyword=value`.
pub(super) fn service(text: &str, name: &str) -> Result<Option<Params>, String> {
    let mut found: Option<Params> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            if section == name {
                found = Some(Params::new());
            }
        } else if let Some(params) = &mut found {
            let (key, value) = line
                .split_once('=')
                .ok_or_else(|| format!("line {number} is not keyword=value"))?;
            params
                .entry(key.trim().to_owned())
                .or_insert_with(|| value.trim().to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let text = "# comment\nother:5432:*:*:no\nh:5432:app:u:a\\:b\\\\c\nh:*:*:*:later\n*:*:*:*:any:thing\nshort\n";
        for (key, expected) in [
            (["h", "5432", "app", "u"], Some("a:b\\c")),
            (["h", "1", "app", "u"], Some("later")),
            (["x", "1", "app", "u"], Some("any:thing")),
        ] {
            assert_eq!(find(text, &key).as_deref(), expected);
        }
        assert_eq!(find("\\*:1:d:u:p", &["h", "1", "d", "u"]), None);
    }

    #[test]
    fn a_service_is_one_section() {
        let text = "[one]\nhost=a\n\n# c\n[two]\nhost=b\nport = 5\n[two]\nhost=c\n";
        let two = service(text, "two").unwrap().unwrap();
        assert_eq!(two.get("host").map(String::as_str), Some("b"));
        assert_eq!(two.get("port").map(String::as_str), Some("5"));
        assert_eq!(service(text, "three"), Ok(None));
        assert_eq!(
            service("[x]\nnonsense", "x"),
            Err("line 2 is not keyword=value".to_owned())
        );
    }
}
