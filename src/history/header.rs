//! What a revision script says about itself: its identifiers and its docstring.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::diag::Place;

/// The module-level variables and the docstring of one script, as `python::read_header` found them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RevisionHeader {
    /// Whether the file defines `revision`. Also true when that cannot be told because the file could not be parsed or
    /// the value could not be followed: then `revision` is `None` and a diagnostic has been given already.
    pub is_revision: bool,
    /// `revision`; `None` when it is not defined or not known.
    pub revision: Option<String>,
    /// `down_revision`: empty for a base, several for a merge point.
    pub down_revisions: Vec<String>,
    /// `branch_labels`.
    pub branch_labels: Vec<String>,
    /// `depends_on` as written: revision ids, or branch labels.
    pub depends_on: Vec<String>,
    /// The module's docstring, if it has one.
    pub docstring: Option<String>,
    /// First paragraph of the docstring on one line; empty without a docstring.
    pub message: String,
    /// The text after `Create Date:` in the docstring.
    pub create_date: Option<String>,
    /// The ids after `Revises:` in the docstring; empty when there are none.
    pub docstring_revises: Vec<String>,
    /// The id after `Revision ID:` in the docstring.
    pub docstring_revision: Option<String>,
    /// Whether the file defines `revision` and no `down_revision`.
    pub no_down_revision: bool,
    /// Where `revision` is assigned; the first statement when it is not.
    pub revision_place: Place,
    /// Where `down_revision` is assigned; as `revision_place` when it is not.
    pub down_revision_place: Place,
    /// Where `branch_labels` is assigned; as `revision_place` when it is not.
    pub branch_labels_place: Place,
    /// Where `depends_on` is assigned; as `revision_place` when it is not.
    pub depends_on_place: Place,
    /// The docstring's line `Revises:`, when it has one.
    pub docstring_revises_place: Option<Place>,
    /// The docstring's line `Revision ID:`, when it has one.
    pub docstring_revision_place: Option<Place>,
}

impl RevisionHeader {
    /// The header of a file of which nothing is known yet: every place is the file as a whole.
    pub fn for_file(path: &str) -> Self {
        let mut header = Self::default();
        header.stands_at(&Place::file(path));
        header
    }

    /// Gives every identifier this place until it is found elsewhere.
    pub(crate) fn stands_at(&mut self, place: &Place) {
        self.revision_place.clone_from(place);
        self.down_revision_place.clone_from(place);
        self.branch_labels_place.clone_from(place);
        self.depends_on_place.clone_from(place);
    }

    /// Takes over the module's docstring and reads `message`, `create_date` and `docstring_revises` out of it.
    ///
    /// Alembic's template writes the message, then `Revision ID:`, `Revises:` and `Create Date:` lines; as Alembic
    /// does, the message is the first paragraph.
    pub fn read_docstring(&mut self, text: &str) {
        let paragraph: Vec<&str> = text
            .trim()
            .lines()
            .map(str::trim)
            .take_while(|line| !line.is_empty() && !is_field(line))
            .collect();
        self.message = paragraph.join(" ");
        for line in text.lines().map(str::trim) {
            if let Some(rest) = field(line, "create date") {
                self.create_date = Some(rest.to_owned()).filter(|v| !v.is_empty());
            } else if let Some(rest) = field(line, "revision id") {
                self.docstring_revision = Some(rest.to_owned()).filter(|v| !v.is_empty());
            } else if let Some(rest) = field(line, "revises") {
                self.docstring_revises = rest
                    // Old templates write the tuple itself.
                    .split([',', ' ', '(', ')', '[', ']', '\'', '"'])
                    .filter(|v| !v.is_empty() && *v != "None")
                    .map(str::to_owned)
                    .collect();
            }
        }
        self.docstring = Some(text.to_owned());
    }
}

/// The value of a `Name: value` line, when the line has that name.
pub(crate) fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = line.split_once(':')?;
    key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
}

fn is_field(line: &str) -> bool {
    ["revision id", "revises", "create date", "branch labels"]
        .iter()
        .any(|name| field(line, name).is_some())
}

static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?").ok()
});

/// A `Create Date` as `YYYYMMDDHHMMSS`, the clock reading as written (an offset behind it is not applied, for Alembic
/// writes local time without one by default). `None` when it does not begin as an ISO 8601 date that exists.
pub fn timestamp_of(create_date: &str) -> Option<String> {
    let parts = DATE.as_ref()?.captures(create_date.trim())?;
    let number = |i: usize| parts.get(i).map_or("00", |m| m.as_str());
    let within = |i: usize, least: u8, most: u8| {
        number(i)
            .parse::<u8>()
            .is_ok_and(|n| (least..=most).contains(&n))
    };
    let date = jiff::civil::Date::new(
        number(1).parse().ok()?,
        number(2).parse().ok()?,
        number(3).parse().ok()?,
    );
    (date.is_ok() && within(4, 0, 23) && within(5, 0, 59) && within(6, 0, 59))
        .then(|| (1..=6).map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docstring_of_the_default_template() {
        let mut header = RevisionHeader::default();
        header.read_docstring(
            "add users\nand roles\n\nRevision ID: 1a\nRevises: 2b, 3c\nCreate Date: 2021-02-03 04:05:06.789\n\n",
        );
        assert_eq!(header.message, "add users and roles");
        assert_eq!(header.docstring_revises, ["2b", "3c"]);
        assert_eq!(
            header.create_date.as_deref(),
            Some("2021-02-03 04:05:06.789")
        );
    }

    #[test]
    fn docstring_with_a_tuple() {
        let mut header = RevisionHeader::default();
        header.read_docstring("x\n\nRevises: ('2b', '3c')\n");
        assert_eq!(header.docstring_revises, ["2b", "3c"]);
    }

    #[test]
    fn docstring_without_a_message() {
        let mut header = RevisionHeader::default();
        header.read_docstring("Revision ID: 1a\nRevises: None\n");
        assert_eq!(header.message, "");
        assert!(header.docstring_revises.is_empty());
    }

    #[test]
    fn timestamps() {
        let cases = [
            ("2021-02-03 04:05:06.789", Some("20210203040506")),
            ("2021-02-03T04:05:06+02:00", Some("20210203040506")),
            ("2021-02-03 04:05", Some("20210203040500")),
            ("2021-02-03", Some("20210203000000")),
            ("2021-02-30", None),
            ("2021-02-03 24:05:00", None),
            ("03/02/2021", None),
            ("${create_date}", None),
        ];
        for (text, expected) in cases {
            assert_eq!(timestamp_of(text).as_deref(), expected, "{text}");
        }
    }
}
