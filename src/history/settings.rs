//! Alembic's settings, from an `alembic.ini` or from `[tool.alembic]` of a `pyproject.toml`: what of them decides which
//! scripts there are. Written after the rules of Alembic's `Config` and Python's `ConfigParser`.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::Error;
use super::script::slashed;
use crate::diag::Place;

/// What an alembic.ini or pyproject.toml says about the history.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The file, as the user gave it or as it was found.
    pub file: PathBuf,
    /// `script_location` as written, `%(here)s` replaced.
    pub script_location: Option<String>,
    /// `version_locations`, split and with `%(here)s` replaced; empty when there are none.
    pub version_locations: Vec<String>,
    /// `recursive_version_locations`; `None` when it is not set.
    pub recursive: Option<bool>,
    /// `prepend_sys_path`, split.
    pub prepend_sys_path: Vec<String>,
    /// `version_table` where a project keeps it in the file (Alembic itself reads it from env.py).
    pub version_table: Option<String>,
    /// Every option of the section, as written but with `%(name)s` and `%%` replaced.
    pub options: IndexMap<String, String>,
}

impl Settings {
    /// Reads `path` (a `.toml` file by its `[tool.alembic]` table, anything else as ini).
    ///
    /// # Errors
    /// When the file cannot be read or is malformed, or when it has no Alembic settings.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|cause| Error::Read {
            path: path.to_owned(),
            cause,
        })?;
        Self::parse(path, &text)
    }

    /// The same from text; `path` gives `%(here)s` and the kind of file.
    ///
    /// # Errors
    /// When the text is malformed or has no Alembic settings.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let here = match path.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir.to_string_lossy().replace('\\', "/"),
            _ => ".".to_owned(),
        };
        let mut settings = Settings {
            file: path.to_owned(),
            ..Self::default()
        };
        if path.extension().is_some_and(|e| e == "toml") {
            settings.take_toml(text, &here)?;
        } else {
            settings.take_ini(text, &here)?;
        }
        Ok(settings)
    }

    fn fault(&self, line: usize, message: impl Into<String>) -> Error {
        Error::Settings {
            path: self.file.clone(),
            line,
            message: message.into(),
        }
    }

    /// Where an option stands; the file as a whole when it is not found again.
    pub(super) fn place_of(&self, option: &str) -> Place {
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        let begins = |line: &str| {
            let rest = line.trim_start().strip_prefix(option);
            rest.is_some_and(|rest| rest.trim_start().starts_with(['=', ':']))
        };
        let mut place = Place::file(slashed(&self.file));
        if let Some((index, line)) = text.lines().enumerate().find(|(_, line)| begins(line)) {
            place.line = u32::try_from(index + 1).unwrap_or_default();
            place.column = 1;
            place.length = u32::try_from(option.len()).unwrap_or_default();
            line.clone_into(&mut place.text);
        }
        place
    }

    fn take_ini(&mut self, text: &str, here: &str) -> Result<(), Error> {
        let sections = parse_ini(text).map_err(|(line, message)| self.fault(line, message))?;
        let named = |wanted: &str| sections.iter().find(|s| s.name == wanted);
        // `alembic -n NAME` picks another section; without the usual one, the first that names scripts is meant.
        let section = named("alembic")
            .or_else(|| {
                sections
                    .iter()
                    .find(|s| s.options.contains_key("script_location"))
            })
            .ok_or_else(|| self.fault(0, "has no [alembic] section; is it an alembic.ini?"))?;
        let mut options = named("DEFAULT")
            .map(|s| s.options.clone())
            .unwrap_or_default();
        options.extend(section.options.iter().map(|(k, v)| (k.clone(), v.clone())));
        options.insert("here".to_owned(), here.replace('%', "%%"));
        for key in options.keys() {
            // An interpolation that cannot be resolved matters only where the value is used; logging formats have many.
            if let Some(value) = interpolate(&options, key, 0) {
                self.options.insert(key.clone(), value);
            }
        }
        self.options.shift_remove("here");
        self.script_location = self.option("script_location");
        self.version_table = self.option("version_table");
        self.recursive = self
            .option("recursive_version_locations")
            .map(|v| v == "true");
        let separator = self.separator()?;
        self.version_locations = self
            .option("version_locations")
            .map(|v| split_paths(&v, separator, ", "))
            .unwrap_or_default();
        self.prepend_sys_path = self
            .option("prepend_sys_path")
            .map(|v| split_paths(&v, self.options.get("path_separator").and(separator), ", :"))
            .unwrap_or_default();
        Ok(())
    }

    fn option(&self, name: &str) -> Option<String> {
        self.options
            .get(name)
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty())
    }

    fn separator(&self) -> Result<Option<char>, Error> {
        let name = ["path_separator", "version_path_separator"]
            .iter()
            .find_map(|key| self.option(key));
        match name.as_deref() {
            None => Ok(None),
            Some("space") => Ok(Some(' ')),
            Some("newline") => Ok(Some('\n')),
            Some("os") if cfg!(windows) => Ok(Some(';')),
            Some("os" | ":") => Ok(Some(':')),
            Some(";") => Ok(Some(';')),
            Some(other) => Err(self.fault(
                0,
                format!("path_separator = {other} is not one of space, newline, os, : and ;"),
            )),
        }
    }

    fn take_toml(&mut self, text: &str, here: &str) -> Result<(), Error> {
        let document: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            let line = e.span().map_or(0, |span| {
                text.get(..span.start)
                    .map_or(0, |before| before.matches('\n').count() + 1)
            });
            self.fault(line, e.message().to_owned())
        })?;
        let table = document
            .get("tool")
            .and_then(|t| t.get("alembic"))
            .and_then(toml::Value::as_table)
            .ok_or_else(|| self.fault(0, "has no [tool.alembic] table"))?;
        let expand = |v: &str| v.replace("%(here)s", here).replace("%%", "%");
        let strings = |key: &str| -> Vec<String> {
            match table.get(key) {
                Some(toml::Value::String(one)) => vec![expand(one)],
                Some(toml::Value::Array(many)) => many
                    .iter()
                    .filter_map(toml::Value::as_str)
                    .map(expand)
                    .collect(),
                _ => Vec::new(),
            }
        };
        for (key, value) in table {
            let text = value.as_str().map_or_else(|| value.to_string(), expand);
            self.options.insert(key.clone(), text);
        }
        self.script_location = strings("script_location").into_iter().next();
        self.version_locations = strings("version_locations");
        self.prepend_sys_path = strings("prepend_sys_path");
        self.version_table = strings("version_table").into_iter().next();
        self.recursive = table
            .get("recursive_version_locations")
            .map(|v| v.as_bool().unwrap_or(v.as_str() == Some("true")));
        Ok(())
    }
}

/// Splits at the separator, or, without one, at Alembic's old rule: any run of the `legacy` characters.
fn split_paths(value: &str, separator: Option<char>, legacy: &str) -> Vec<String> {
    let parts: Vec<&str> = match separator {
        Some(c) => value.split(c).collect(),
        None => value
            .split(|c: char| legacy.contains(c) || c.is_whitespace())
            .collect(),
    };
    parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

struct Section {
    name: String,
    options: IndexMap<String, String>,
}

/// The sections of an ini file as `ConfigParser` reads them; an error is a line number and a sentence.
fn parse_ini(text: &str) -> Result<Vec<Section>, (usize, String)> {
    let mut sections: Vec<Section> = Vec::new();
    let mut open: Option<(String, usize)> = None;
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = raw.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        let indent = raw.chars().take_while(|c| c.is_whitespace()).count();
        if line.is_empty() {
            continue;
        }
        if let (Some((key, of)), Some(section)) = (&open, sections.last_mut())
            && indent > *of
        {
            let value = section.options.entry(key.clone()).or_default();
            value.push('\n');
            value.push_str(line);
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|l| l.split_once(']')) {
            let name = name.0.to_owned();
            sections.push(Section {
                name,
                options: IndexMap::new(),
            });
            open = None;
            continue;
        }
        let Some(section) = sections.last_mut() else {
            return Err((
                index + 1,
                "an option stands before the first [section]".to_owned(),
            ));
        };
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err((
                index + 1,
                format!("`{line}` is neither a [section] nor `name = value`"),
            ));
        };
        let key = key.trim().to_lowercase();
        section.options.insert(key.clone(), value.trim().to_owned());
        open = Some((key, indent));
    }
    Ok(sections)
}

/// The value of an option with `%(name)s` and `%%` replaced; `None` when a name is missing or they go in circles.
fn interpolate(options: &IndexMap<String, String>, key: &str, depth: u8) -> Option<String> {
    // ConfigParser's own bound.
    const DEEPEST: u8 = 10;
    if depth > DEEPEST {
        return None;
    }
    let mut rest = options.get(key)?.as_str();
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('%') {
            out.push('%');
            rest = tail;
        } else if let Some((name, tail)) = after.strip_prefix('(').and_then(|a| a.split_once(")s"))
        {
            out.push_str(&interpolate(options, &name.to_lowercase(), depth + 1)?);
            rest = tail;
        } else {
            return None;
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ini(text: &str) -> Settings {
        Settings::parse(Path::new("conf/alembic.ini"), text).unwrap_or_default()
    }

    #[test]
    fn locations_by_each_separator() {
        let cases = [
            (
                "version_locations = %(here)s/a %(here)s/b",
                vec!["conf/a", "conf/b"],
            ),
            ("version_locations = a, b", vec!["a", "b"]),
            (
                "version_path_separator = :\nversion_locations = a b:c",
                vec!["a b", "c"],
            ),
            (
                "path_separator = newline\nversion_locations =\n  a\n  b",
                vec!["a", "b"],
            ),
            ("path_separator: ;\nversion_locations: a;b", vec!["a", "b"]),
        ];
        for (body, expected) in cases {
            let settings = ini(&format!("[alembic]\nscript_location = m\n{body}\n"));
            assert_eq!(settings.version_locations, expected, "{body}");
        }
    }

    #[test]
    fn logging_formats_do_not_disturb() {
        let settings = ini(
            "# top\n[alembic]\nfile_template = %%(year)d_%%(rev)s\nscript_location=%(here)s/x\n\
             [formatter_generic]\nformat = %(levelname)-5.5s\n",
        );
        assert_eq!(settings.script_location.as_deref(), Some("conf/x"));
        assert_eq!(settings.options["file_template"], "%(year)d_%(rev)s");
    }

    #[test]
    fn pyproject() {
        let settings = Settings::parse(
            Path::new("pyproject.toml"),
            "[tool.alembic]\nscript_location = \"%(here)s/m\"\nversion_locations = [\"a\", \"b\"]\n\
             recursive_version_locations = true\nprepend_sys_path = [\".\"]\n",
        )
        .unwrap_or_default();
        assert_eq!(settings.script_location.as_deref(), Some("./m"));
        assert_eq!(settings.version_locations, ["a", "b"]);
        assert_eq!(settings.recursive, Some(true));
    }

    #[test]
    fn what_is_no_ini_is_said_with_its_line() {
        let fault = Settings::parse(Path::new("a.ini"), "[alembic]\nscript_location\n");
        assert!(fault.is_err_and(|e| e.to_string().starts_with("a.ini:2: ")));
    }
}
