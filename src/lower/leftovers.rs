//! What has no place of its own in SQLite: functions, sequences, policies, extensions, comments of other objects. And the last
//! touch: the order of the tables.

use super::loss::{Grade, Loss, Rule};
use super::work::Work;
use crate::ir::QualName;
use crate::sqlite::schema::{Default_, IndexKey, Table, comment_text, seed_safe, table_order};

/// Functions and procedures.
pub(super) fn lower_functions(work: &mut Work<'_>) {
    for function in &work.pg.functions {
        let object = format!("{}({})", function.name, function.args);
        let kind = if function.procedure {
            "procedure"
        } else {
            "function"
        };
        let only_triggers = function.returns.as_deref() == Some("trigger");
        let used = work.used_functions.contains(&function.name);
        let loss = if only_triggers && used {
            Loss::new(
                Rule::FunctionDropped,
                Grade::Exact,
                object,
                "A function of triggers alone: what becomes of them is said with each.",
            )
        } else if only_triggers {
            Loss::new(
                Rule::FunctionDropped,
                Grade::Exact,
                object,
                "A function for triggers that no trigger calls.",
            )
        } else {
            Loss::new(
                Rule::FunctionDropped,
                Grade::Dropped,
                object,
                format!("SQLite has no stored {kind}s."),
            )
            .remedy("Do its work in the application, or register a function with the connection where queries call it.")
        };
        work.lose(loss.at(function.origin.as_ref()));
    }
}

/// Sequences that no key owns.
pub(super) fn lower_sequences(work: &mut Work<'_>) {
    let of_keys: Vec<QualName> = work
        .out
        .tables
        .iter()
        .filter_map(|t| t.sequence.clone())
        .collect();
    for (name, sequence) in &work.pg.sequences {
        if of_keys.contains(name) || sequence.owned_by.is_some() {
            continue;
        }
        let loss = Loss::new(
            Rule::SequenceDropped,
            Grade::Dropped,
            name.to_string(),
            "SQLite has no sequences, and no key of one table stands for this one.",
        )
        .remedy("Keep the next number in a table of one row and take it in the transaction that uses it.");
        work.lose(loss.at(sequence.origin.as_ref()));
    }
    let mut seen: Vec<&QualName> = Vec::new();
    let mut shared = Vec::new();
    for name in &of_keys {
        if seen.contains(&name) && !shared.contains(name) {
            shared.push(name.clone());
        }
        seen.push(name);
    }
    for name in shared {
        let loss = Loss::new(
            Rule::SequenceDropped,
            Grade::Lossy,
            name.to_string(),
            "Several tables took their numbers from this sequence: each counts by itself now.",
        )
        .remedy("Where numbers must differ between the tables, give them in the application.");
        work.lose(loss);
    }
}

/// Extensions whose types and functions are translated, or whose work is not the application's.
const KNOWN_EXTENSIONS: &[&str] = &[
    "plpgsql",
    "uuid-ossp",
    "pgcrypto",
    "citext",
    "hstore",
    "btree_gin",
    "btree_gist",
    "moddatetime",
    "pg_stat_statements",
    "pg_buffercache",
    "pgaudit",
    "pg_prewarm",
    "amcheck",
    "adminpack",
];

/// Extensions that only make things faster.
const FASTER_EXTENSIONS: &[&str] = &["pg_trgm", "vector", "bloom", "rum", "pg_partman"];

/// Extensions, policies, composite types, comments.
pub(super) fn lower_others(work: &mut Work<'_>) {
    for (name, extension) in &work.pg.extensions {
        let loss = if KNOWN_EXTENSIONS.contains(&name.as_str()) {
            Loss::new(
                Rule::ExtensionDropped,
                Grade::Exact,
                name,
                "What the schema uses of the extension is translated.",
            )
        } else if FASTER_EXTENSIONS.contains(&name.as_str()) {
            Loss::new(
                Rule::ExtensionDropped,
                Grade::Widened,
                name,
                "The extension is gone: what the schema uses of it is said with each object.",
            )
        } else {
            Loss::new(
                Rule::ExtensionDropped,
                Grade::Lossy,
                name,
                "The extension has no equal: queries that call its functions fail.",
            )
            .remedy("Look for its functions in the application's queries before the move.")
        };
        work.lose(loss.at(extension.origin.as_ref()));
    }
    for policy in &work.pg.policies {
        let loss = Loss::new(
            Rule::RowSecurity,
            Grade::Dropped,
            format!("{}.{}", policy.table, policy.name),
            "Row security has no equal: every connection sees every row.",
        )
        .remedy("Filter in the application.");
        work.lose(loss.at(policy.origin.as_ref()));
    }
    for other in &work.pg.others {
        let kind = other.kind.to_lowercase();
        let (rule, note) = match other.kind.as_str() {
            "RULE" => (Rule::TriggerDropped, "SQLite has no rules.".to_owned()),
            "TEMPORAL KEY" => (
                Rule::ExclusionDropped,
                "A key over periods (WITHOUT OVERLAPS, PERIOD): on SQLite it compares them as texts, and periods may overlap."
                    .to_owned(),
            ),
            "COLLATION" => (
                Rule::Collation,
                "A collation of one's own has no equal.".to_owned(),
            ),
            "TYPE" => (
                Rule::TypeForm,
                "A range or base type of one's own: its values are kept as PostgreSQL's text."
                    .to_owned(),
            ),
            _ => (
                Rule::FunctionDropped,
                format!("SQLite has nothing like this {kind}."),
            ),
        };
        let object = match &other.table {
            Some(table) => format!("{table}.{}", other.name),
            None => other.name.to_string(),
        };
        let loss =
            Loss::new(rule, Grade::Dropped, object, note).remedy("Do its work in the application.");
        work.lose(loss.at(other.origin.as_ref()));
    }
    lost_comments(work);
}

/// Comments on anything but tables and columns.
fn lost_comments(work: &mut Work<'_>) {
    let pg = work.pg;
    let mut lost: Vec<String> = Vec::new();
    let mut note = |comment: &Option<String>, name: String| {
        if comment.is_some() {
            lost.push(name);
        }
    };
    for (name, found) in &pg.schemas {
        note(&found.comment, name.clone());
    }
    for (name, found) in &pg.enums {
        note(&found.comment, name.to_string());
    }
    for (name, found) in &pg.domains {
        note(&found.comment, name.to_string());
    }
    for (name, found) in &pg.sequences {
        note(&found.comment, name.to_string());
    }
    for (name, found) in &pg.views {
        note(&found.comment, name.to_string());
    }
    for found in &pg.functions {
        note(&found.comment, found.name.to_string());
    }
    for (name, table) in &pg.tables {
        for constraint in &table.constraints {
            note(
                &constraint.constraint.comment,
                format!("{name}.{}", constraint.name()),
            );
        }
        for index in &table.indexes {
            note(&index.index.comment, index.name().to_owned());
        }
    }
    for name in lost {
        work.lose(Loss::new(
            Rule::CommentInText,
            Grade::Exact,
            name,
            "The comment is left out.",
        ));
    }
}

/// Puts tables behind those that they refer to, where cycles allow, and their indexes in the same order.
pub(super) fn arrange(work: &mut Work<'_>) {
    let schema = &mut work.out.sqlite;
    let order = table_order(&schema.tables);
    let mut tables: Vec<Option<Table>> = std::mem::take(&mut schema.tables)
        .into_iter()
        .map(Some)
        .collect();
    schema.tables = order
        .iter()
        .filter_map(|at| tables.get_mut(*at).and_then(Option::take))
        .collect();
    let names: Vec<&String> = schema.tables.iter().map(|t| &t.name).collect();
    schema
        .indexes
        .sort_by_key(|i| names.iter().position(|name| **name == i.table));
}

/// Brings every text into the form in which the team's original tool does not split it, so that what is read back from a file
/// equals what was lowered.
pub(super) fn settle_texts(work: &mut Work<'_>) {
    let settle = |text: &mut String| *text = seed_safe(text);
    let schema = &mut work.out.sqlite;
    for table in &mut schema.tables {
        table.comment = table
            .comment
            .take()
            .map(|c| comment_text(&c))
            .filter(|c| !c.is_empty());
        for column in &mut table.columns {
            column.comment = column
                .comment
                .take()
                .map(|c| comment_text(&c))
                .filter(|c| !c.is_empty());
            if let Some(Default_::Literal(text) | Default_::Expr(text)) = &column.default {
                let safe = seed_safe(text);
                if safe != *text {
                    let inner = safe.strip_prefix('(').and_then(|s| s.strip_suffix(')'));
                    column.default = Some(Default_::Expr(inner.unwrap_or(&safe).to_owned()));
                }
            }
            if let Some(generated) = &mut column.generated {
                settle(&mut generated.expr);
            }
        }
        for check in &mut table.checks {
            settle(&mut check.expr);
        }
    }
    for index in &mut schema.indexes {
        for part in &mut index.parts {
            if let IndexKey::Expr(text) = &mut part.key {
                settle(text);
            }
        }
        index.predicate.iter_mut().for_each(settle);
    }
    for view in &mut schema.views {
        settle(&mut view.query);
    }
}
