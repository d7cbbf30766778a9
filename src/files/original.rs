//! How the original custom tool executes a section, re-implemented, so that every emitted file can be checked: it splits
//! at each `;` wherever that stands, and silently drops what then begins with a comment. Measured on that tool.

use serde::Serialize;

use super::statements::{Statement, split, split_pieces};

/// Something that the original tool would do to a section that its author did not mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Line within the section, from 1.
    pub line: u32,
    /// What would happen.
    pub kind: ProblemKind,
    /// The same as a sentence.
    pub message: String,
}

/// The ways in which a section does not survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The statement has a comment in front and would be dropped with it.
    Dropped,
    /// The statement has a `;` inside and would be torn apart.
    Torn,
    /// A `;` stands in a comment between statements; the rest of the comment would be executed.
    CommentExecuted,
    /// The statement begins or ends a transaction, which fails inside the tool's own.
    TransactionControl,
    /// The pragma has no effect inside the tool's transaction.
    PragmaWithoutEffect,
    /// No statement would remain: `up` fails, and `down` only removes the ledger row.
    NothingLeft,
    /// The text never ends where it should (a string, a trigger body).
    Unreadable,
}

/// What the original tool makes of a section: the pieces that it executes.
pub fn pieces(section: &str) -> Vec<&str> {
    section
        .split(';')
        .map(str::trim)
        .filter(|piece| !piece.is_empty() && !piece.starts_with("--"))
        .collect()
}

/// Checks that the original tool executes exactly the statements that stand in the section.
///
/// # Errors
/// All the ways in which it would not, in the order of the lines.
pub fn survives_original_tool(section: &str) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let statements = match split_pieces(section) {
        Ok(statements) => statements,
        Err(fault) => {
            return Err(vec![Problem {
                line: fault.line,
                kind: ProblemKind::Unreadable,
                message: fault.to_string(),
            }]);
        }
    };
    let text = |from: usize, to: usize| section.get(from..to).unwrap_or_default();
    let mut behind = 0;
    for statement in &statements {
        let sql = Statement {
            sql: text(statement.start, statement.end).to_owned(),
            line: statement.line,
        };
        let gap = text(behind, statement.start);
        let first = sql.sql.lines().next().unwrap_or_default().to_owned();
        let mut say = |kind, message: String| {
            problems.push(Problem {
                line: statement.line,
                kind,
                message,
            });
        };
        if gap.contains(';') && gap.contains("--") {
            say(
                ProblemKind::CommentExecuted,
                format!(
                    "a comment in front of `{first}` has a `;`; what follows it would be executed"
                ),
            );
        } else if gap.trim_start().starts_with("--") {
            say(
                ProblemKind::Dropped,
                format!("`{first}` has a comment in front and would be dropped with it"),
            );
        }
        let own = text(statement.start, statement.behind);
        if own.strip_suffix(';').unwrap_or(own).contains(';') {
            say(
                ProblemKind::Torn,
                format!("`{first}` has a `;` inside and would be torn apart there"),
            );
        }
        problems.extend(forbidden(&sql));
        behind = statement.behind;
    }
    let rest = text(behind, section.len());
    if rest.contains(';') && !rest.trim_matches([';', ' ', '\n', '\r', '\t']).is_empty() {
        problems.push(Problem {
            line: line_of(section, behind),
            kind: ProblemKind::CommentExecuted,
            message:
                "a comment behind the last statement has a `;`; what follows it would be executed"
                    .to_owned(),
        });
    }
    let executed = pieces(section);
    if executed.is_empty() {
        problems.push(Problem {
            line: 1,
            kind: ProblemKind::NothingLeft,
            message: "no statement would be executed".to_owned(),
        });
    } else if problems.is_empty() && !executes_the_same(&executed, section) {
        // The rules above name every case known; this holds the promise for the others.
        problems.push(Problem {
            line: 1,
            kind: ProblemKind::Torn,
            message: "the pieces at each `;` are not the statements that stand here".to_owned(),
        });
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn executes_the_same(executed: &[&str], section: &str) -> bool {
    let meant: Vec<String> = split(section)
        .map(|list| list.into_iter().map(|s| s.sql).collect())
        .unwrap_or_default();
    let read: Option<Vec<String>> = executed
        .iter()
        .map(
            |piece| match split(&format!("{piece}\n;")).ok()?.as_slice() {
                [one] => Some(one.sql.clone()),
                _ => None,
            },
        )
        .collect();
    read.is_some_and(|read| read == meant)
}

fn forbidden(statement: &Statement) -> Option<Problem> {
    let words = statement.words(2);
    let first = words.first().map(String::as_str)?;
    let kind = match first {
        "BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => {
            ProblemKind::TransactionControl
        }
        "PRAGMA" => ProblemKind::PragmaWithoutEffect,
        _ => return None,
    };
    let why = match kind {
        ProblemKind::TransactionControl => {
            "fails inside the transaction that every section runs in"
        }
        _ => "may have no effect inside the transaction that every section runs in",
    };
    Some(Problem {
        line: statement.line,
        kind,
        message: format!("`{}` {why}", words.join(" ")),
    })
}

fn line_of(text: &str, at: usize) -> u32 {
    let before = text.get(..at).unwrap_or_default();
    u32::try_from(before.matches('\n').count() + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(section: &str) -> Vec<ProblemKind> {
        survives_original_tool(section)
            .err()
            .unwrap_or_default()
            .iter()
            .map(|p| p.kind)
            .collect()
    }

    #[test]
    fn what_survives() {
        for section in [
            "CREATE TABLE a (b);\nCREATE TABLE c (d);\n",
            "CREATE TABLE a (\n  -- why b\n  b\n);",
            "CREATE TABLE a (b) -- why\n;\n/* block */ CREATE TABLE c (d);",
            "SELECT 1; -- nothing follows",
        ] {
            assert_eq!(survives_original_tool(section), Ok(()), "{section}");
        }
    }

    #[test]
    fn what_does_not() {
        use ProblemKind::{
            CommentExecuted, Dropped, NothingLeft, PragmaWithoutEffect, Torn, TransactionControl,
            Unreadable,
        };
        let cases: [(&str, &[ProblemKind]); 10] = [
            ("-- first\nCREATE TABLE a (b);", &[Dropped, NothingLeft]),
            (
                "CREATE TABLE a (b); -- of c\nCREATE TABLE c (d);",
                &[Dropped],
            ),
            ("INSERT INTO a VALUES (';');", &[Torn]),
            ("CREATE TABLE a (b -- x;\n);", &[Torn]),
            (
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END;",
                &[Torn],
            ),
            ("CREATE TABLE a (b);\n-- x; y", &[CommentExecuted]),
            ("-- x; y\nCREATE TABLE a (b);", &[CommentExecuted]),
            (
                "BEGIN;\nSELECT 1;\nCOMMIT;",
                &[TransactionControl, TransactionControl],
            ),
            ("PRAGMA foreign_keys = OFF;", &[PragmaWithoutEffect]),
            ("SELECT 'a", &[Unreadable]),
        ];
        for (section, expected) in cases {
            assert_eq!(kinds(section), expected, "{section}");
        }
        assert_eq!(kinds(" \n"), [NothingLeft]);
    }
}
