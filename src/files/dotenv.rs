//! `.env` files: `NAME=value` lines, as the usual readers take them.

use std::path::Path;

use indexmap::IndexMap;

use super::Error;

/// The variables of an `.env` file, in order; none when the file does not exist. The process environment is not touched.
///
/// # Errors
/// When the file exists and cannot be read.
pub fn read_dotenv(path: &Path) -> Result<IndexMap<String, String>, Error> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(parse(&text)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(IndexMap::new()),
        Err(cause) => Err(Error::Io {
            doing: "read",
            path: path.to_owned(),
            cause,
        }),
    }
}

fn parse(text: &str) -> IndexMap<String, String> {
    text.trim_start_matches('\u{feff}')
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
            let (name, value) = line.split_once('=')?;
            let name = name.trim();
            (!name.is_empty() && !name.starts_with('#'))
                .then(|| (name.to_owned(), unquote(value.trim())))
        })
        .collect()
}

fn unquote(value: &str) -> String {
    if let Some(inner) = value.strip_prefix('\'').and_then(|v| v.split_once('\'')) {
        return inner.0.to_owned();
    }
    if let Some(rest) = value.strip_prefix('"') {
        let mut out = String::new();
        let mut chars = rest.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => match chars.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some(other) => out.push(other),
                    None => {}
                },
                _ => out.push(c),
            }
        }
        return out;
    }
    // Without quotes a comment begins at ` #`.
    let end = value.find(" #").unwrap_or(value.len());
    value.get(..end).unwrap_or(value).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_lines() {
        let read = parse(
            "# c\nA=1\nexport B = 'x # y' # c\nC=\"a\\\"b\\n\"\nD=x # c\nE=\nnot a line\nF=a#b\n",
        );
        let pairs: Vec<(&str, &str)> = read.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            pairs,
            [
                ("A", "1"),
                ("B", "x # y"),
                ("C", "a\"b\n"),
                ("D", "x"),
                ("E", ""),
                ("F", "a#b")
            ]
        );
    }
}
