//! Tables, their constraints and indexes.

use super::Script;
use crate::ir::{
    Constraint, ConstraintKind, ForeignKey, Index, IndexKey, IndexPart, QualName, ReferentialAction,
};
use crate::pg::names::{quote_ident, quote_list, quote_literal, quote_qualified};
use crate::pg::schema::{Column, Schema, Table, TableConstraint};
use crate::pg::sql::print_type;

/// `CREATE TABLE` for every table, with columns, checks and primary keys.
pub(super) fn tables(schema: &Schema, script: &mut Script) {
    for (name, table) in &schema.tables {
        let parents: Vec<&Table> = table
            .inherits
            .iter()
            .filter_map(|p| schema.tables.get(p))
            .collect();
        let mut lines: Vec<String> = table
            .columns
            .iter()
            .filter(|c| !parents.iter().any(|p| inherits_column(p, c)))
            .map(|c| {
                let mut text = column(schema, name, c);
                let given = |p: &Table| p.column(&c.name).is_some_and(|o| o.default.is_some());
                if c.default.is_none() && c.generated.is_none() && parents.iter().any(|p| given(p))
                {
                    // A child without the default of its parent says so.
                    text.push_str(" DEFAULT NULL");
                }
                text
            })
            .collect();
        // Checks first: the order in which PostgreSQL would make them again.
        let primary =
            |c: &&TableConstraint| matches!(c.constraint.kind, ConstraintKind::PrimaryKey { .. });
        let (keys, checks): (Vec<_>, Vec<_>) = table.constraints.iter().partition(primary);
        for constraint in checks.into_iter().chain(keys) {
            let constraint = &constraint.constraint;
            let inherited = matches!(constraint.kind, ConstraintKind::Check { .. })
                && parents
                    .iter()
                    .any(|p| p.constraints.iter().any(|c| c.constraint == *constraint));
            if inherited {
                continue;
            }
            let inline = matches!(
                constraint.kind,
                ConstraintKind::Check { .. } | ConstraintKind::PrimaryKey { .. }
            );
            if inline && !constraint.not_valid {
                lines.push(named(constraint));
            }
        }
        let body = if lines.is_empty() {
            "()".to_owned()
        } else {
            format!("(\n    {}\n)", lines.join(",\n    "))
        };
        let mut text = format!(
            "CREATE {}TABLE {} {body}",
            if table.unlogged { "UNLOGGED " } else { "" },
            quote_qualified(name)
        );
        if !table.inherits.is_empty() {
            let parents: Vec<String> = table.inherits.iter().map(quote_qualified).collect();
            text.push_str(&format!("\nINHERITS ({})", parents.join(", ")));
        }
        if let Some(partition) = &table.partition_by {
            text.push_str(&format!("\nPARTITION BY {partition}"));
        }
        if !table.with.is_empty() {
            let options: Vec<String> = table
                .with
                .iter()
                .map(|(k, v)| format!("{k} = {v}"))
                .collect();
            text.push_str(&format!("\nWITH ({})", options.join(", ")));
        }
        script.push(text);
    }
    for (name, table) in &schema.tables {
        if let Some((parent, bound)) = &table.partition_of {
            script.push(format!(
                "ALTER TABLE ONLY {} ATTACH PARTITION {} {bound}",
                quote_qualified(parent),
                quote_qualified(name)
            ));
        }
        if table.row_security {
            script.push(format!(
                "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
                quote_qualified(name)
            ));
        }
        if table.row_security_forced {
            script.push(format!(
                "ALTER TABLE {} FORCE ROW LEVEL SECURITY",
                quote_qualified(name)
            ));
        }
    }
}

/// Whether a column comes from a parent as it is there.
fn inherits_column(parent: &Table, column: &Column) -> bool {
    parent.column(&column.name).is_some_and(|own| {
        own.default == column.default
            && own.nullable == column.nullable
            && own.comment == column.comment
    })
}

/// A column without its name, as `CREATE TABLE` has it: `integer DEFAULT 1 NOT NULL`.
pub fn column_definition(schema: &Schema, table: &QualName, column: &Column) -> String {
    let text = self::column(schema, table, column);
    let name = quote_ident(&column.name);
    text.strip_prefix(&name)
        .map(|rest| rest.trim_start().to_owned())
        .unwrap_or(text)
}

fn column(schema: &Schema, table: &QualName, column: &Column) -> String {
    let mut text = format!(
        "{} {}",
        quote_ident(&column.name),
        print_type(&column.type_)
    );
    if let Some(collation) = &column.collation {
        text.push_str(&format!(" COLLATE {}", quote_ident(collation)));
    }
    if let Some(generated) = &column.generated {
        text.push_str(&format!(" GENERATED ALWAYS AS ({}) STORED", generated.expr));
    } else if let Some(default) = &column.default {
        text.push_str(&format!(" DEFAULT {default}"));
    }
    if !column.nullable {
        text.push_str(" NOT NULL");
    }
    if let Some(always) = column.identity_always {
        text.push_str(&format!(
            " GENERATED {} AS IDENTITY",
            if always { "ALWAYS" } else { "BY DEFAULT" }
        ));
        if let Some((name, sequence)) = schema.owned_sequence(table, &column.name) {
            let mut options = vec![format!("SEQUENCE NAME {}", quote_qualified(name))];
            let mut own = sequence.options.clone();
            // It follows from the column's type.
            own.data_type = None;
            options.extend(super::object::sequence_options(&own));
            text.push_str(&format!(" ({})", options.join(" ")));
        }
    }
    text
}

fn named(constraint: &Constraint) -> String {
    format!(
        "CONSTRAINT {} {}",
        quote_ident(constraint.name.as_deref().unwrap_or_default()),
        constraint_definition(constraint)
    )
}

/// A constraint as `pg_get_constraintdef()` words it: `PRIMARY KEY (a, b)`, `FOREIGN KEY (..) REFERENCES ..`.
pub fn constraint_definition(constraint: &Constraint) -> String {
    let include = |columns: &[String]| {
        if columns.is_empty() {
            String::new()
        } else {
            format!(" INCLUDE ({})", quote_list(columns))
        }
    };
    let mut text = match &constraint.kind {
        ConstraintKind::PrimaryKey {
            columns,
            include: included,
            ..
        } => format!("PRIMARY KEY ({}){}", quote_list(columns), include(included)),
        ConstraintKind::Unique {
            columns,
            include: included,
            nulls_not_distinct,
            ..
        } => format!(
            "UNIQUE {}({}){}",
            if *nulls_not_distinct {
                "NULLS NOT DISTINCT "
            } else {
                ""
            },
            quote_list(columns),
            include(included)
        ),
        ConstraintKind::ForeignKey(key) => foreign_key(key),
        ConstraintKind::Check { expr, no_inherit } => format!(
            "CHECK ({expr}){}",
            if *no_inherit { " NO INHERIT" } else { "" }
        ),
        ConstraintKind::Exclude {
            method,
            elements,
            predicate,
        } => {
            let list: Vec<String> = elements
                .iter()
                .map(|(element, op)| format!("{element} WITH {op}"))
                .collect();
            let filter = predicate
                .as_ref()
                .map(|p| format!(" WHERE ({p})"))
                .unwrap_or_default();
            format!(
                "EXCLUDE USING {} ({}){filter}",
                quote_ident(method),
                list.join(", ")
            )
        }
    };
    if constraint.deferrable {
        text.push_str(" DEFERRABLE");
    }
    if constraint.initially_deferred {
        text.push_str(" INITIALLY DEFERRED");
    }
    if constraint.not_valid {
        text.push_str(" NOT VALID");
    }
    text
}

fn foreign_key(key: &ForeignKey) -> String {
    let mut text = format!(
        "FOREIGN KEY ({}) REFERENCES {}({})",
        quote_list(&key.columns),
        quote_qualified(&key.ref_table),
        quote_list(&key.ref_columns)
    );
    if key.match_full {
        text.push_str(" MATCH FULL");
    }
    if key.on_update != ReferentialAction::NoAction {
        text.push_str(&format!(" ON UPDATE {}", key.on_update.sql()));
    }
    if key.on_delete != ReferentialAction::NoAction {
        text.push_str(&format!(" ON DELETE {}", key.on_delete.sql()));
        if !key.on_delete_columns.is_empty() {
            text.push_str(&format!(" ({})", quote_list(&key.on_delete_columns)));
        }
    }
    text
}

fn add(name: &QualName, constraint: &Constraint) -> String {
    format!(
        "ALTER TABLE {} ADD {}",
        quote_qualified(name),
        named(constraint)
    )
}

/// Tables with partitions before the tables that they are partitions of, so that parents find their children's keys.
fn children_first(schema: &Schema) -> Vec<(&QualName, &Table)> {
    let mut ordered: Vec<(&QualName, &Table)> = schema.tables.iter().collect();
    let depth = |table: &Table| {
        let mut depth = 0_usize;
        let mut parent = table.partition_of.as_ref();
        while let Some((name, _)) = parent {
            depth += 1;
            if depth > schema.tables.len() {
                break;
            }
            parent = schema
                .tables
                .get(name)
                .and_then(|t| t.partition_of.as_ref());
        }
        depth
    };
    ordered.sort_by_key(|(_, t)| std::cmp::Reverse(depth(t)));
    ordered
}

/// Unique and exclusion constraints, constraints that are not validated, and indexes.
///
/// Unique constraints stand apart from `CREATE TABLE`, which would drop one over the very columns of another key.
pub(super) fn keys_and_indexes(schema: &Schema, script: &mut Script) {
    for (name, table) in children_first(schema) {
        for constraint in &table.constraints {
            let constraint = &constraint.constraint;
            let apart = match constraint.kind {
                ConstraintKind::Unique { .. } | ConstraintKind::Exclude { .. } => true,
                ConstraintKind::Check { .. } => constraint.not_valid,
                ConstraintKind::PrimaryKey { .. } | ConstraintKind::ForeignKey(_) => false,
            };
            if apart {
                script.push(add(name, constraint));
            }
        }
        for index in &table.indexes {
            script.push(index_definition(&index.index));
        }
    }
}

/// Foreign keys of all tables.
pub(super) fn foreign_keys(schema: &Schema, script: &mut Script) {
    for (name, table) in children_first(schema) {
        for constraint in &table.constraints {
            if matches!(constraint.constraint.kind, ConstraintKind::ForeignKey(_)) {
                script.push(add(name, &constraint.constraint));
            }
        }
    }
}

/// `CREATE INDEX ..` for an index, as `pg_get_indexdef()` words it where that is known.
pub fn index_definition(index: &Index) -> String {
    let parts: Vec<String> = index.parts.iter().map(part).collect();
    let mut text = format!(
        "CREATE {}INDEX {} ON {} USING {} ({})",
        if index.unique { "UNIQUE " } else { "" },
        quote_ident(index.name.as_deref().unwrap_or_default()),
        quote_qualified(&index.table),
        quote_ident(index.method.as_deref().unwrap_or("btree")),
        parts.join(", ")
    );
    if !index.include.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", quote_list(&index.include)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if !index.with.is_empty() {
        let options: Vec<String> = index
            .with
            .iter()
            .map(|(key, value)| format!("{}={}", quote_ident(key), quote_literal(value)))
            .collect();
        text.push_str(&format!(" WITH ({})", options.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE ({predicate})"));
    }
    text
}

fn part(part: &IndexPart) -> String {
    let mut text = match &part.key {
        IndexKey::Column(name) => quote_ident(name),
        IndexKey::Expr(expr) => format!("({expr})"),
    };
    if let Some(collation) = &part.collation {
        text.push_str(&format!(" COLLATE {}", quote_ident(collation)));
    }
    if let Some(opclass) = &part.opclass {
        text.push_str(&format!(" {opclass}"));
    }
    if part.descending {
        text.push_str(" DESC");
    }
    match part.nulls_first {
        Some(true) => text.push_str(" NULLS FIRST"),
        Some(false) => text.push_str(" NULLS LAST"),
        None => {}
    }
    text
}
