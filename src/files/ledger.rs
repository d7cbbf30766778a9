//! What was applied against what is on disk: a pure function.

use serde::Serialize;

use super::MigrationFile;

/// A row of the ledger, with what our own table knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Applied {
    /// The file's name, as the ledger records it.
    pub version: String,
    /// When, as the ledger says (UTC).
    pub applied_at: String,
    /// Checksum of the file at that time; `None` when the original tool applied it.
    pub checksum: Option<String>,
}

/// Where a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Applied, and on disk as it was then.
    Applied,
    /// On disk, not applied.
    Pending,
    /// On disk, not applied, although a later one is.
    OutOfOrder,
    /// Applied, and no longer on disk.
    Missing,
    /// Applied, and changed on disk since.
    Changed,
}

impl State {
    /// As the table of `status` says it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::OutOfOrder => "out of order",
            Self::Missing => "missing",
            Self::Changed => "changed",
        }
    }

    /// Whether `up` would apply it.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Pending | Self::OutOfOrder)
    }
}

/// One migration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The file's name.
    pub version: String,
    /// Where it stands.
    pub state: State,
    /// When it was applied (UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_at: Option<String>,
}

/// Compares both sides; the entries are ordered by file name, as both tools order them.
pub fn compare(applied: &[Applied], on_disk: &[MigrationFile]) -> Vec<Entry> {
    let newest = applied.iter().map(|a| a.version.as_str()).max();
    let mut entries: Vec<Entry> = on_disk
        .iter()
        .map(|file| {
            let row = applied.iter().find(|a| a.version == file.file_name);
            let state = match row {
                Some(row) if row.checksum.as_ref().is_some_and(|c| *c != file.checksum) => {
                    State::Changed
                }
                Some(_) => State::Applied,
                None if newest.is_some_and(|newest| file.file_name.as_str() < newest) => {
                    State::OutOfOrder
                }
                None => State::Pending,
            };
            Entry {
                version: file.file_name.clone(),
                state,
                applied_at: row.map(|row| row.applied_at.clone()),
            }
        })
        .collect();
    let missing = applied
        .iter()
        .filter(|row| !on_disk.iter().any(|file| file.file_name == row.version));
    entries.extend(missing.map(|row| Entry {
        version: row.version.clone(),
        state: State::Missing,
        applied_at: Some(row.applied_at.clone()),
    }));
    entries.sort_by(|a, b| a.version.cmp(&b.version));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, checksum: &str) -> MigrationFile {
        MigrationFile {
            file_name: name.to_owned(),
            checksum: checksum.to_owned(),
            ..MigrationFile::default()
        }
    }

    fn row(version: &str, checksum: Option<&str>) -> Applied {
        Applied {
            version: version.to_owned(),
            checksum: checksum.map(str::to_owned),
            ..Applied::default()
        }
    }

    #[test]
    fn every_state() {
        let applied = [
            row("1_a", Some("x")),
            row("3_c", Some("old")),
            row("4_d", None),
            row("5_e", None),
        ];
        let disk = [
            file("1_a", "x"),
            file("2_b", "x"),
            file("3_c", "new"),
            file("4_d", "x"),
            file("6_f", "x"),
        ];
        let states: Vec<(String, State)> = compare(&applied, &disk)
            .into_iter()
            .map(|e| (e.version, e.state))
            .collect();
        let expected = [
            ("1_a", State::Applied),
            ("2_b", State::OutOfOrder),
            ("3_c", State::Changed),
            ("4_d", State::Applied),
            ("5_e", State::Missing),
            ("6_f", State::Pending),
        ];
        assert_eq!(states, expected.map(|(v, s)| (v.to_owned(), s)));
    }
}
