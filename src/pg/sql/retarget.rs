//! Names of schemas and functions changed inside SQL text without touching anything else of it, and the names and options
//! that a `CREATE` statement gives.

use std::ops::Range;

use squawk_syntax::{SourceFile, SyntaxKind as K, SyntaxNode};

use super::expr::column_path;
use super::tree::{NodeExt, qual_name_of};
use crate::ir::QualName;
use crate::pg::names::{quote_ident, quote_literal, quote_qualified};

const PREFIX: &str = "SELECT ";

type Edits = Vec<(Range<usize>, String)>;

fn range(node: &SyntaxNode) -> Range<usize> {
    let range = node.text_range();
    usize::from(range.start())..usize::from(range.end())
}

fn in_statement(sql: &str, edits: impl FnOnce(&SyntaxNode) -> Edits) -> String {
    super::columns::apply(sql, edits(&SourceFile::parse(sql).syntax_node()))
}

fn in_expr(text: &str, edits: impl FnOnce(&SyntaxNode) -> Edits) -> String {
    let whole = format!("{PREFIX}{text}\n");
    let out = super::columns::apply(&whole, edits(&SourceFile::parse(&whole).syntax_node()));
    let inside = out.strip_prefix(PREFIX).unwrap_or(&out);
    inside.strip_suffix('\n').unwrap_or(inside).to_owned()
}

fn quoted(parts: &[String]) -> String {
    parts
        .iter()
        .map(|p| quote_ident(p))
        .collect::<Vec<_>>()
        .join(".")
}

/// Dotted names that stand for relations, types and functions (not columns), outermost nodes only.
fn object_paths(root: &SyntaxNode) -> Vec<(SyntaxNode, Vec<String>)> {
    let mut found = Vec::new();
    for node in root.descendants() {
        let outermost = |kinds: &[K]| node.parent().is_none_or(|p| !kinds.contains(&p.kind()));
        match node.kind() {
            K::PATH | K::PATH_REF if outermost(&[K::PATH, K::PATH_REF]) => {
                let column = node
                    .ancestors()
                    .any(|a| a.kind() == K::QUALIFIED_COLUMN_NAME_REF);
                if !column {
                    found.push((node.clone(), node.path()));
                }
            }
            K::FIELD_EXPR if outermost(&[K::FIELD_EXPR]) => {
                let Some(path) = column_path(&node) else {
                    continue;
                };
                let called = node.parent().is_some_and(|p| {
                    p.kind() == K::CALL_EXPR && p.children().next().as_ref() == Some(&node)
                });
                if called || path.len() > 2 {
                    found.push((node.clone(), path));
                }
            }
            _ => {}
        }
    }
    found
}

/// Names within string literals that PostgreSQL reads as relations: `nextval('s.q')`, `'s.t'::regclass`.
fn literal_names(root: &SyntaxNode) -> Vec<(SyntaxNode, Vec<String>)> {
    root.descendants()
        .filter(|n| n.kind() == K::LITERAL)
        .filter_map(|node| {
            let text = node.string()?;
            let named = node.ancestors().skip(1).take(4).any(|a| match a.kind() {
                K::CAST_EXPR => a
                    .type_node()
                    .is_some_and(|t| t.sql().to_ascii_lowercase().starts_with("reg")),
                K::CALL_EXPR => a.children().next().and_then(|f| f.name()).is_some_and(|f| {
                    matches!(
                        f.as_str(),
                        "nextval" | "currval" | "setval" | "pg_get_serial_sequence"
                    )
                }),
                _ => false,
            });
            if !named {
                return None;
            }
            match super::parse_expr(&text).ok()? {
                super::ast::Node::Column(parts) => Some((node, parts)),
                _ => None,
            }
        })
        .collect()
}

fn schema_edits(root: &SyntaxNode, from: &str, to: &str) -> Edits {
    let renamed = |mut path: Vec<String>| {
        let [first, _, ..] = path.as_mut_slice() else {
            return None;
        };
        if first != from {
            return None;
        }
        to.clone_into(first);
        Some(quoted(&path))
    };
    let mut edits: Edits = object_paths(root)
        .into_iter()
        .filter_map(|(node, path)| Some((range(&node), renamed(path)?)))
        .collect();
    for (node, path) in literal_names(root) {
        if let Some(text) = renamed(path) {
            edits.push((range(&node), quote_literal(&text)));
        }
    }
    edits
}

/// A statement or query after a schema was renamed.
pub fn rename_schema_in_statement(sql: &str, from: &str, to: &str) -> String {
    in_statement(sql, |root| schema_edits(root, from, to))
}

/// An expression after a schema was renamed.
pub fn rename_schema_in_expr(text: &str, from: &str, to: &str) -> String {
    in_expr(text, |root| schema_edits(root, from, to))
}

fn function_edits(root: &SyntaxNode, from: &QualName, to: &QualName) -> Edits {
    root.descendants()
        .filter(|n| n.kind() == K::CALL_EXPR)
        .filter_map(|call| {
            let function = call.children().next()?;
            let name = qual_name_of(column_path(&function)?)?;
            (name == *from).then(|| (range(&function), quote_qualified(to)))
        })
        .collect()
}

/// A statement or query after a function was renamed or moved.
pub fn rename_function_in_statement(sql: &str, from: &QualName, to: &QualName) -> String {
    in_statement(sql, |root| function_edits(root, from, to))
}

/// An expression after a function was renamed or moved.
pub fn rename_function_in_expr(text: &str, from: &QualName, to: &QualName) -> String {
    in_expr(text, |root| function_edits(root, from, to))
}

/// Whether a text calls a function of that name.
pub fn calls_function(text: &str, name: &QualName) -> bool {
    let statement = SourceFile::parse(text).syntax_node();
    let whole = format!("{PREFIX}{text}\n");
    let expression = SourceFile::parse(&whole).syntax_node();
    !function_edits(&statement, name, name).is_empty()
        || !function_edits(&expression, name, name).is_empty()
}

/// Whether a text names a type, as a cast or as the type of a parameter.
pub fn names_type(text: &str, name: &QualName) -> bool {
    let whole = format!("{PREFIX}{text}\n");
    [text, whole.as_str()].iter().any(|text| {
        SourceFile::parse(text)
            .syntax_node()
            .descendants()
            .filter(|n| n.kind() == K::PATH_TYPE)
            .any(|n| n.qual_name().as_ref() == Some(name))
    })
}

/// Whether an identifier stands somewhere in a statement.
pub fn names_word(sql: &str, word: &str) -> bool {
    SourceFile::parse(sql)
        .syntax_node()
        .descendants_with_tokens()
        .filter_map(|e| e.into_token())
        .any(|t| !t.kind().is_trivia() && super::tree::identifier(t.text()) == word)
}

/// A `CREATE` statement that makes its object under another name.
pub fn rename_created(sql: &str, to: &QualName) -> String {
    in_statement(sql, |root| {
        root.children()
            .flat_map(|statement| statement.children().collect::<Vec<_>>())
            .find(|n| {
                matches!(
                    n.kind(),
                    K::FUNCTION_NAME
                        | K::PROCEDURE_NAME
                        | K::AGGREGATE_NAME
                        | K::TRIGGER
                        | K::POLICY
                        | K::RULE
                        | K::EVENT_TRIGGER
                        | K::COLLATION
                        | K::TYPE_NAME
                )
            })
            .map(|n| (range(&n), quote_qualified(to)))
            .into_iter()
            .collect()
    })
}

/// The unqualified relations that a query reads, put into a schema; its common table expressions are left.
pub fn in_schema(query: &str, schema: &str) -> String {
    let ctes = super::ctes_in(query);
    in_statement(query, |root| {
        root.descendants()
            .filter(|n| n.kind() == K::RELATION_NAME_REF)
            .filter_map(|n| {
                let name = n.qual_name()?;
                let own = name.schema.is_none() && !ctes.contains(&name.name);
                own.then(|| {
                    let full = QualName::qualified(Some(schema), name.name);
                    (range(&n), quote_qualified(&full))
                })
            })
            .collect()
    })
}

/// Which option a text sets, so that a later one takes its place.
fn slot(option: &str) -> String {
    let upper = option.to_ascii_uppercase();
    let mut words = upper.split_whitespace();
    match words.next().unwrap_or_default() {
        "IMMUTABLE" | "STABLE" | "VOLATILE" => "volatility".to_owned(),
        "STRICT" | "CALLED" | "RETURNS" => "null input".to_owned(),
        "SECURITY" | "EXTERNAL" => "security".to_owned(),
        "LEAKPROOF" | "NOT" => "leakproof".to_owned(),
        "SET" => format!("SET {}", words.next().unwrap_or_default()),
        other => other.to_owned(),
    }
}

/// A `CREATE FUNCTION` with options that `ALTER FUNCTION` gave afterwards.
pub fn with_function_options(sql: &str, options: &[String]) -> String {
    in_statement(sql, |root| {
        let Some(list) = root.find(K::FUNC_OPTION_LIST) else {
            return Vec::new();
        };
        let mut added: Vec<String> = Vec::new();
        let mut gone: Vec<String> = Vec::new();
        let mut all_settings = false;
        for option in options {
            let slot = slot(option);
            if slot == "RESET" {
                let name = option.split_whitespace().nth(1).unwrap_or_default();
                all_settings |= name.eq_ignore_ascii_case("all");
                gone.push(format!("SET {}", name.to_ascii_uppercase()));
            } else {
                gone.push(slot);
                added.push(option.clone());
            }
        }
        let mut edits: Edits = Vec::new();
        let mut end = usize::from(list.text_range().end());
        for existing in list.children() {
            let slot = slot(&existing.sql());
            end = usize::from(existing.text_range().end());
            if gone.contains(&slot) || (all_settings && slot.starts_with("SET ")) {
                edits.push((range(&existing), String::new()));
            }
        }
        if !added.is_empty() {
            edits.push((end..end, format!(" {}", added.join(" "))));
        }
        edits
    })
}

/// The parts of a `CREATE POLICY`: what stands before its roles, the roles, `USING` and `WITH CHECK`.
pub fn policy_parts(sql: &str) -> [String; 4] {
    let root = SourceFile::parse(sql).syntax_node();
    let part = |kind| root.find(kind).map(|n| n.sql()).unwrap_or_default();
    let parts = [
        K::POLICY_ROLES,
        K::USING_EXPR_CLAUSE,
        K::WITH_CHECK_EXPR_CLAUSE,
    ];
    let start = parts
        .iter()
        .filter_map(|k| root.find(*k))
        .map(|n| usize::from(n.text_range().start()))
        .min()
        .unwrap_or(sql.len());
    let [roles, using, check] = parts.map(part);
    let head = sql.get(..start).unwrap_or(sql).trim_end().to_owned();
    [head, roles, using, check]
}

/// The statement of a policy or rule after a column of its table was renamed.
pub fn rename_column_in_policy(sql: &str, table: &str, from: &str, to: &str) -> String {
    in_statement(sql, |root| {
        super::columns::mentions(root)
            .into_iter()
            .filter_map(|m| match m.path.as_slice() {
                [column] if column == from => Some((m.range.clone(), quote_ident(to))),
                [row, column]
                    if column == from && (row == table || row == "new" || row == "old") =>
                {
                    let text = format!("{}.{}", quote_ident(row), quote_ident(to));
                    Some((m.range.clone(), text))
                }
                _ => None,
            })
            .collect()
    })
}
