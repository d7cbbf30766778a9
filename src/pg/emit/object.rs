//! Everything that is not a table.

use std::collections::BTreeSet;

use super::Script;
use super::table::{constraint_definition, index_definition};
use crate::ir::{QualName, SequenceOptions};
use crate::pg::names::{quote_ident, quote_list, quote_literal, quote_qualified};
use crate::pg::schema::{Composite, Domain, Function, Schema, View};
use crate::pg::sql::{print_type, tables_in};
use crate::pg::types::PgType;

/// Schemas and extensions.
pub(super) fn namespaces(schema: &Schema, script: &mut Script) {
    for name in schema.schemas.keys() {
        script.push(format!("CREATE SCHEMA {}", quote_ident(name)));
    }
    for (name, extension) in &schema.extensions {
        let place = extension
            .schema
            .as_ref()
            .map(|s| format!(" WITH SCHEMA {}", quote_ident(s)))
            .unwrap_or_default();
        script.push(format!(
            "CREATE EXTENSION IF NOT EXISTS {}{place}",
            quote_ident(name)
        ));
    }
}

/// Whether a text names an object as a whole word.
fn names_object(text: &str, name: &QualName) -> bool {
    let lower = text.to_ascii_lowercase();
    let wanted = name.name.to_ascii_lowercase();
    lower.match_indices(&wanted).any(|(at, found)| {
        let word = |c: char| c == '_' || c.is_alphanumeric();
        let before = lower.get(..at).and_then(|t| t.chars().next_back());
        let after = lower.get(at + found.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// Whether a function's signature or its SQL-standard body needs tables or views to be there.
fn needs_relations(schema: &Schema, function: &Function) -> bool {
    let head: String = function.sql.replace(&function.body, " ");
    let atomic = function.sql.to_ascii_uppercase().contains("BEGIN ATOMIC");
    atomic
        || head.contains("%TYPE")
        || head.contains("%type")
        || schema.tables.keys().chain(schema.views.keys()).any(|t| {
            names_object(
                &format!(
                    "{} {}",
                    function.args,
                    function.returns.as_deref().unwrap_or_default()
                ),
                t,
            )
        })
}

/// Types in an order in which each finds those it is made of, and the functions that can come before tables; returns the
/// positions of the other functions.
pub(super) fn types_and_functions(schema: &Schema, script: &mut Script) -> Vec<usize> {
    for (name, kind) in &schema.enums {
        let labels: Vec<String> = kind.labels.iter().map(|l| quote_literal(l)).collect();
        script.push(format!(
            "CREATE TYPE {} AS ENUM ({})",
            quote_qualified(name),
            labels.join(", ")
        ));
    }
    others(schema, script, &["COLLATION", "TYPE"]);
    let mut done: BTreeSet<&QualName> = BTreeSet::new();
    let calls_function = |domain: &Domain| {
        schema.functions.iter().any(|f| {
            let used = |text: &str| names_object(text, &f.name);
            domain.default.as_ref().is_some_and(|d| used(d.sql()))
                || domain
                    .checks
                    .iter()
                    .any(|c| used(&constraint_definition(c)))
        })
    };
    made_of_types(schema, &mut done, script, &|d| !calls_function(d));
    let mut late = Vec::new();
    for (at, function) in schema.functions.iter().enumerate() {
        if needs_relations(schema, function) {
            late.push(at);
        } else {
            script.push(function.sql.clone());
        }
    }
    made_of_types(schema, &mut done, script, &|_| true);
    late
}

/// Composites and domains whose parts are there already, again and again until none is left that can be made.
fn made_of_types<'a>(
    schema: &'a Schema,
    done: &mut BTreeSet<&'a QualName>,
    script: &mut Script,
    wanted: &dyn Fn(&Domain) -> bool,
) {
    loop {
        let before = done.len();
        let ready = |type_: &PgType, done: &BTreeSet<&QualName>| match type_.user_defined() {
            Some(name) => {
                done.contains(&name)
                    || !(schema.domains.contains_key(&name)
                        || schema.composites.contains_key(&name))
            }
            None => true,
        };
        for (name, composite) in &schema.composites {
            let types = composite
                .attributes
                .iter()
                .map(|(_, t)| PgType::parse(t.split(" COLLATE ").next().unwrap_or(t)));
            if !done.contains(name) && types.flatten().all(|t| ready(&t, done)) {
                script.push(composite_definition(name, composite));
                done.insert(name);
            }
        }
        for (name, domain) in &schema.domains {
            if !done.contains(name) && wanted(domain) && ready(&domain.base, done) {
                script.push(domain_definition(name, domain));
                for check in domain.checks.iter().filter(|c| c.not_valid) {
                    script.push(format!(
                        "ALTER DOMAIN {} ADD CONSTRAINT {} {}",
                        quote_qualified(name),
                        quote_ident(check.name.as_deref().unwrap_or_default()),
                        constraint_definition(check)
                    ));
                }
                done.insert(name);
            }
        }
        if done.len() == before {
            return;
        }
    }
}

fn composite_definition(name: &QualName, composite: &Composite) -> String {
    let attributes: Vec<String> = composite
        .attributes
        .iter()
        .map(|(attribute, type_)| format!("{} {type_}", quote_ident(attribute)))
        .collect();
    format!(
        "CREATE TYPE {} AS ({})",
        quote_qualified(name),
        attributes.join(", ")
    )
}

fn domain_definition(name: &QualName, domain: &Domain) -> String {
    let mut text = format!(
        "CREATE DOMAIN {} AS {}",
        quote_qualified(name),
        print_type(&domain.base)
    );
    if let Some(collation) = &domain.collation {
        text.push_str(&format!(" COLLATE {}", quote_ident(collation)));
    }
    if let Some(default) = &domain.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if domain.not_null {
        text.push_str(" NOT NULL");
    }
    for check in domain.checks.iter().filter(|c| !c.not_valid) {
        text.push_str(&format!(
            " CONSTRAINT {} {}",
            quote_ident(check.name.as_deref().unwrap_or_default()),
            constraint_definition(check)
        ));
    }
    text
}

/// Options of a sequence as clauses.
pub(super) fn sequence_options(options: &SequenceOptions) -> Vec<String> {
    let mut clauses = Vec::new();
    if let Some(type_) = &options.data_type {
        clauses.push(format!("AS {type_}"));
    }
    let mut number = |word: &str, value: Option<i64>| {
        if let Some(value) = value {
            clauses.push(format!("{word} {value}"));
        }
    };
    number("START WITH", options.start);
    number("INCREMENT BY", options.increment);
    number("MINVALUE", options.min);
    number("MAXVALUE", options.max);
    number("CACHE", options.cache);
    if options.cycle == Some(true) {
        clauses.push("CYCLE".to_owned());
    }
    clauses
}

/// Sequences, but for those of identity columns, which come with their column.
pub(super) fn sequences(schema: &Schema, script: &mut Script) {
    for (name, sequence) in &schema.sequences {
        if sequence.identity && sequence.owned_by.is_some() {
            continue;
        }
        let mut text = format!("CREATE SEQUENCE {}", quote_qualified(name));
        for clause in sequence_options(&sequence.options) {
            text.push(' ');
            text.push_str(&clause);
        }
        script.push(text);
    }
}

/// `OWNED BY` of the sequences of serial columns.
pub(super) fn sequence_owners(schema: &Schema, script: &mut Script) {
    for (name, sequence) in &schema.sequences {
        if let Some(owner) = &sequence.owned_by
            && !sequence.identity
        {
            script.push(format!(
                "ALTER SEQUENCE {} OWNED BY {}.{}",
                quote_qualified(name),
                quote_qualified(&owner.table),
                quote_ident(&owner.column)
            ));
        }
    }
}

/// Late functions that need no view; returns the others.
pub(super) fn functions_before_views(
    schema: &Schema,
    late: &[usize],
    script: &mut Script,
) -> Vec<usize> {
    let mut rest = Vec::new();
    for at in late {
        let Some(function) = schema.functions.get(*at) else {
            continue;
        };
        if schema.views.keys().any(|v| names_object(&function.sql, v)) {
            rest.push(*at);
        } else {
            script.push(function.sql.clone());
        }
    }
    rest
}

/// Functions at these positions.
/// Objects of these kinds that are kept as their statements.
pub(super) fn others(schema: &Schema, script: &mut Script, kinds: &[&str]) {
    for kind in kinds {
        for other in schema.others.iter().filter(|o| o.kind == *kind) {
            script.push(other.sql.clone());
        }
    }
}

pub(super) fn functions(schema: &Schema, positions: &[usize], script: &mut Script) {
    for at in positions {
        if let Some(function) = schema.functions.get(*at) {
            script.push(function.sql.clone());
        }
    }
}

/// Views in order of creation, but never before a view that they read.
pub(super) fn views(schema: &Schema, script: &mut Script) {
    let mut done: BTreeSet<&QualName> = BTreeSet::new();
    loop {
        let before = done.len();
        for (name, view) in &schema.views {
            if done.contains(name) {
                continue;
            }
            let waiting = tables_in(&view.query)
                .iter()
                .any(|t| t != name && schema.views.contains_key(t) && !done.contains(t));
            if !waiting {
                script.push(view_definition(name, view));
                for index in &view.indexes {
                    script.push(index_definition(&index.index));
                }
                done.insert(name);
            }
        }
        if done.len() == before {
            break;
        }
    }
    // What reads itself in a circle cannot be made; it is written all the same, so that the failure is seen.
    for (name, view) in &schema.views {
        if !done.contains(name) {
            script.push(view_definition(name, view));
        }
    }
}

fn view_definition(name: &QualName, view: &View) -> String {
    let columns = if view.columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", quote_list(&view.columns))
    };
    let (with, check) = match view.options.as_deref() {
        None => (String::new(), String::new()),
        Some(options) => {
            let upper = options.to_ascii_uppercase();
            let check_at = upper
                .rfind("WITH")
                .filter(|at| upper.get(*at..).is_some_and(|t| t.contains("CHECK OPTION")));
            match check_at {
                Some(at) => (
                    options.get(..at).unwrap_or_default().trim().to_owned(),
                    options.get(at..).unwrap_or_default().to_owned(),
                ),
                None => (options.to_owned(), String::new()),
            }
        }
    };
    let kind = if view.materialized {
        "MATERIALIZED VIEW"
    } else {
        "VIEW"
    };
    let mut text = format!("CREATE {kind} {}{columns}", quote_qualified(name));
    if !with.is_empty() {
        text.push_str(&format!(" {with}"));
    }
    text.push_str(&format!(" AS\n{}", view.query.trim_end_matches(';')));
    if view.materialized {
        text.push_str("\nWITH NO DATA");
    }
    if !check.is_empty() {
        text.push_str(&format!("\n{check}"));
    }
    text
}

/// Triggers and their states.
pub(super) fn triggers(schema: &Schema, script: &mut Script) {
    for trigger in &schema.triggers {
        script.push(trigger.definition.sql.clone());
        let state = match trigger.state {
            'D' => "DISABLE TRIGGER",
            'R' => "ENABLE REPLICA TRIGGER",
            'A' => "ENABLE ALWAYS TRIGGER",
            _ => continue,
        };
        script.push(format!(
            "ALTER TABLE {} {state} {}",
            quote_qualified(&trigger.definition.table),
            quote_ident(&trigger.definition.name)
        ));
    }
}

/// Row security policies.
pub(super) fn policies(schema: &Schema, script: &mut Script) {
    for policy in &schema.policies {
        script.push(policy.sql.clone());
    }
}

/// Comments of all objects.
pub(super) fn comments(schema: &Schema, script: &mut Script) {
    let mut comment = |what: &str, name: String, text: Option<&String>| {
        if let Some(text) = text {
            script.push(format!(
                "COMMENT ON {what} {name} IS {}",
                quote_literal(text)
            ));
        }
    };
    for (name, namespace) in &schema.schemas {
        comment("SCHEMA", quote_ident(name), namespace.comment.as_ref());
    }
    for (name, kind) in &schema.enums {
        comment("TYPE", quote_qualified(name), kind.comment.as_ref());
    }
    for (name, domain) in &schema.domains {
        comment("DOMAIN", quote_qualified(name), domain.comment.as_ref());
        for check in &domain.checks {
            let own = check.name.as_deref().unwrap_or_default();
            let full = format!("{} ON DOMAIN {}", quote_ident(own), quote_qualified(name));
            comment("CONSTRAINT", full, check.comment.as_ref());
        }
    }
    for (name, sequence) in &schema.sequences {
        comment("SEQUENCE", quote_qualified(name), sequence.comment.as_ref());
    }
    for (name, table) in &schema.tables {
        let own = quote_qualified(name);
        comment("TABLE", own.clone(), table.comment.as_ref());
        for column in &table.columns {
            let full = format!("{own}.{}", quote_ident(&column.name));
            comment("COLUMN", full, column.comment.as_ref());
        }
        for constraint in &table.constraints {
            let full = format!("{} ON {own}", quote_ident(constraint.name()));
            comment("CONSTRAINT", full, constraint.constraint.comment.as_ref());
        }
        for index in &table.indexes {
            let full = QualName::qualified(name.schema.as_deref(), index.name());
            comment(
                "INDEX",
                quote_qualified(&full),
                index.index.comment.as_ref(),
            );
        }
    }
    for (name, view) in &schema.views {
        let kind = if view.materialized {
            "MATERIALIZED VIEW"
        } else {
            "VIEW"
        };
        comment(kind, quote_qualified(name), view.comment.as_ref());
    }
    for function in &schema.functions {
        let kind = if function.procedure {
            "PROCEDURE"
        } else {
            "FUNCTION"
        };
        let full = format!("{}({})", quote_qualified(&function.name), function.args);
        comment(kind, full, function.comment.as_ref());
    }
    for trigger in &schema.triggers {
        let (name, table) = (&trigger.definition.name, &trigger.definition.table);
        let full = format!("{} ON {}", quote_ident(name), quote_qualified(table));
        comment("TRIGGER", full, trigger.comment.as_ref());
    }
    for policy in &schema.policies {
        let (name, table) = (&policy.name, &policy.table);
        let full = format!("{} ON {}", quote_ident(name), quote_qualified(table));
        comment("POLICY", full, policy.comment.as_ref());
    }
    for other in &schema.others {
        let full = match (&other.table, &other.args) {
            (Some(table), _) => format!(
                "{} ON {}",
                quote_ident(&other.name.name),
                quote_qualified(table)
            ),
            (None, Some(args)) => format!("{}({args})", quote_qualified(&other.name)),
            (None, None) => quote_qualified(&other.name),
        };
        comment(&other.kind, full, other.comment.as_ref());
    }
}
