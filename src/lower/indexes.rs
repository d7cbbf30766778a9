//! Indexes: what orders or tells apart stays, what searches inside values is left out with a word.

use super::enforce;
use super::expr::{Place, Translator, Ty, table_scope};
use super::loss::{Grade, Loss, Rule};
use super::work::{Work, column_map};
use crate::diag::Origin;
use crate::ir::{ConstraintKind, Expr, Index, IndexKey, IndexPart, QualName};
use crate::pg::schema::TableConstraint;
use crate::pg::sql::ast::Node;
use crate::pg::sql::referenced_columns;
use crate::pg::types::BaseType;
use crate::sqlite::schema::{self as sqlite, quote};

/// Indexes, and unique constraints that only an index can keep.
pub(super) fn lower_indexes(work: &mut Work<'_>) {
    for name in work.table_names() {
        let Some(table) = work.pg.tables.get(&name) else {
            continue;
        };
        for constraint in &table.constraints {
            lower_constraint(work, &name, constraint);
        }
        for index in &table.indexes {
            lower_index(work, &name, &index.index, index.origin.as_ref());
        }
    }
}

/// `UNIQUE NULLS NOT DISTINCT` and exclusion constraints.
fn lower_constraint(work: &mut Work<'_>, table: &QualName, constraint: &TableConstraint) {
    let origin = constraint.origin.as_ref();
    match &constraint.constraint.kind {
        ConstraintKind::Unique {
            columns,
            nulls_not_distinct: true,
            ..
        } => {
            let already = work.sqlite_table(table).is_some_and(|t| {
                t.uniques
                    .iter()
                    .any(|u| u.name.as_deref() == Some(constraint.name()))
            });
            if !already {
                let index = Index {
                    name: Some(constraint.name().to_owned()),
                    table: table.clone(),
                    parts: columns.iter().map(IndexPart::column).collect(),
                    unique: true,
                    nulls_not_distinct: true,
                    ..Index::default()
                };
                lower_index(work, table, &index, origin);
            }
        }
        ConstraintKind::Exclude {
            elements,
            predicate,
            ..
        } => {
            let plain = elements.iter().all(|(key, op)| {
                op == "="
                    && work
                        .map(table)
                        .is_some_and(|t| column_map(t, key).is_some())
            });
            if plain {
                // An exclusion by equality alone is a unique rule.
                let index = Index {
                    name: Some(constraint.name().to_owned()),
                    table: table.clone(),
                    parts: elements
                        .iter()
                        .map(|(key, _)| IndexPart::column(key))
                        .collect(),
                    unique: true,
                    predicate: predicate.clone(),
                    ..Index::default()
                };
                lower_index(work, table, &index, origin);
                return;
            }
            let object = format!("{table}.{}", constraint.name());
            let predicate = predicate.as_ref().map(|p| p.sql());
            let reason = match enforce::exclusion(work, table, constraint, elements, predicate) {
                Ok(notes) => {
                    let kept = super::expr::Note {
                        grade: Grade::Exact,
                        text: "Becomes triggers that refuse rows that conflict.".to_owned(),
                    };
                    for note in std::iter::once(kept).chain(notes) {
                        let loss = Loss::new(
                            Rule::ExclusionDropped,
                            note.grade,
                            object.clone(),
                            note.text,
                        );
                        work.lose(loss.at(origin));
                    }
                    return;
                }
                Err(reason) => reason,
            };
            let rules: Vec<_> = elements
                .iter()
                .map(|(k, op)| format!("{k} WITH {op}"))
                .collect();
            let loss = Loss::new(
                Rule::ExclusionDropped,
                Grade::Dropped,
                object,
                format!(
                    "EXCLUDE ({}) has no equal ({reason}): rows that conflict are accepted.",
                    rules.join(", ")
                ),
            )
            .remedy("Look for a conflicting row in a BEFORE INSERT and BEFORE UPDATE trigger with RAISE, or in the application within a transaction.");
            work.lose(loss.at(origin));
        }
        _ => {}
    }
}

fn lower_index(work: &mut Work<'_>, table: &QualName, index: &Index, origin: Option<&Origin>) {
    let given = index.name.clone().unwrap_or_default();
    if work.options.libsql && matches!(index.method.as_deref(), Some("hnsw" | "ivfflat")) {
        return vector_index(work, table, index, origin);
    }
    if let Some(loss) = method_loss(work, table, index) {
        work.lose(loss.at(origin));
        return;
    }
    let mut remarks = Vec::new();
    let parts = match parts(work, table, index, &mut remarks) {
        Ok(parts) => parts,
        Err(reason) => return left_out(work, index, &reason, origin),
    };
    let predicate = match index.predicate.as_ref().map(|p| condition(work, table, p)) {
        None => None,
        Some(Ok((sql, notes))) => {
            remarks.extend(
                notes
                    .into_iter()
                    .map(|n| (Rule::IndexExpression, n.grade, n.text)),
            );
            Some(sql)
        }
        Some(Err(reason)) => return left_out(work, index, &reason, origin),
    };
    storage_remarks(index, &mut remarks);
    let name = work.names.take_index(table.schema.as_deref(), &given);
    if name != given {
        remarks.push((
            Rule::Renamed,
            Grade::Exact,
            format!("The name is taken: the index is called `{name}`."),
        ));
    }
    for (rule, grade, text) in remarks {
        work.lose(Loss::new(rule, grade, given.clone(), text).at(origin));
    }
    let Some(sqlite_table) = work.map(table).map(|t| t.sqlite.clone()) else {
        return;
    };
    work.out.sqlite.indexes.push(sqlite::Index {
        name,
        table: sqlite_table,
        parts,
        unique: index.unique,
        predicate,
        origin: origin.cloned(),
    });
}

/// Whether an index is over `to_tsvector(..)`.
fn over_vector(index: &Index) -> bool {
    index.parts.iter().any(|p| match &p.key {
        IndexKey::Expr(e) => e.sql().to_ascii_lowercase().contains("to_tsvector"),
        IndexKey::Column(_) => false,
    })
}

type Remarks = Vec<(Rule, Grade, String)>;

/// Methods that no plain index replaces.
fn method_loss(work: &Work<'_>, table: &QualName, index: &Index) -> Option<Loss> {
    let name = index.name.clone().unwrap_or_default();
    let method = index.method.as_deref().unwrap_or("btree");
    let trigram = index
        .parts
        .iter()
        .any(|p| p.opclass.as_deref().is_some_and(|o| o.contains("trgm")));
    let of_type = |wanted: &dyn Fn(&crate::lower::ColumnMap) -> bool| {
        index.parts.iter().any(|p| match &p.key {
            IndexKey::Column(c) => work
                .map(table)
                .and_then(|t| column_map(t, c))
                .is_some_and(wanted),
            IndexKey::Expr(_) => false,
        })
    };
    let columns: Vec<String> = index
        .parts
        .iter()
        .filter_map(|p| match &p.key {
            IndexKey::Column(c) => Some(c.clone()),
            IndexKey::Expr(e) => crate::pg::sql::parse_expr(e.sql())
                .ok()
                .and_then(|n| referenced_columns(&n).into_iter().next()),
        })
        .collect();
    let search = |tokenizer: &str| {
        let sql = work
            .map(table)
            .and_then(|map| fts5(map, &columns, tokenizer));
        match sql {
            Some(sql) => format!("Search through FTS5 instead, kept up to date by triggers: {sql}"),
            None => "Build an FTS5 table over the searched columns.".to_owned(),
        }
    };
    let slower = |note: &str, remedy: &str| {
        Some(Loss::new(Rule::IndexMethod, Grade::Widened, name.clone(), note).remedy(remedy))
    };
    match method {
        "btree" | "hash" => None,
        "brin" => slower(
            "A BRIN index has no equal and is left out.",
            "Make a plain index where range queries are slow.",
        ),
        _ if trigram => slower(
            "A trigram index has no equal: searches with LIKE '%..%' read the whole table.",
            &search("trigram"),
        ),
        "gin" if of_type(&|c| c.pg_type.array) => slower(
            "An index over the items of arrays has no equal: searches inside arrays read the whole table.",
            "Keep the items in a table of their own where they are searched.",
        ),
        "gin" if of_type(&|c| c.pg_type.base == BaseType::Jsonb) => slower(
            "An index over the parts of JSON has no equal: searches inside documents read the whole table.",
            "Make expression indexes over the paths that queries use: CREATE INDEX .. ON t (column ->> 'key').",
        ),
        "gin" | "gist"
            if of_type(&|c| c.pg_type.base == BaseType::TsVector) || over_vector(index) =>
        {
            slower(
                "A full-text index has no equal here.",
                &search("porter unicode61"),
            )
        }
        "hnsw" | "ivfflat" => slower(
            "A vector index has no equal here: nearest neighbours are found by reading all rows.",
            "On libSQL make an index with libsql_vector_idx.",
        ),
        other => slower(
            &format!("The index method {other} has no equal, and the index is left out."),
            "Make a plain index over the columns that queries compare.",
        ),
    }
}

/// The full-text table that would find what an index of PostgreSQL finds (sqlite.org/fts5.html, section 4.4.3).
pub(super) fn fts5(map: &super::TableMap, columns: &[String], tokenizer: &str) -> Option<String> {
    let names: Vec<String> = map
        .columns
        .iter()
        .filter(|c| columns.contains(&c.pg) && c.encoding == super::Encoding::Text)
        .map(|c| c.sqlite.clone())
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "CREATE VIRTUAL TABLE {} USING fts5({}, content={}, tokenize={})",
            quote(&format!("{}_fts", map.sqlite)),
            sqlite::quote_list(&names),
            sqlite::string_literal(&map.sqlite),
            sqlite::string_literal(tokenizer),
        )
    })
}

/// An index for nearest neighbours, which libSQL alone understands: it goes into a migration of its own, since stock SQLite
/// cannot write to its table any more.
fn vector_index(work: &mut Work<'_>, table: &QualName, index: &Index, origin: Option<&Origin>) {
    let given = index.name.clone().unwrap_or_default();
    let lose = |work: &mut Work<'_>, grade: Grade, note: &str, remedy: Option<&str>| {
        let mut loss = Loss::new(Rule::IndexMethod, grade, given.clone(), note);
        loss.remedy = remedy.map(str::to_owned);
        work.lose(loss.at(origin));
    };
    let part = match index.parts.as_slice() {
        [part] => part,
        _ => {
            return lose(
                work,
                Grade::Widened,
                "A vector index over several columns is left out.",
                None,
            );
        }
    };
    let column = match &part.key {
        IndexKey::Column(name) => work.map(table).and_then(|map| column_map(map, name)),
        IndexKey::Expr(_) => None,
    };
    let Some(column) = column.filter(|c| c.encoding == super::Encoding::VectorF32) else {
        return lose(
            work,
            Grade::Widened,
            "A vector index over something that is no vector of libSQL is left out.",
            None,
        );
    };
    let metric = match part.opclass.as_deref() {
        Some("vector_cosine_ops") => "cosine",
        None | Some("vector_l2_ops") => "l2",
        Some(other) => {
            let note = format!("libSQL has no vector index by {other}: it is left out.");
            return lose(
                work,
                Grade::Widened,
                &note,
                Some("Normalise the vectors and search by cosine."),
            );
        }
    };
    let Some(map) = work.map(table) else { return };
    let (target, key) = (map.sqlite.clone(), column.sqlite.clone());
    let name = work.names.take_index(table.schema.as_deref(), &given);
    let sql = format!(
        "CREATE INDEX {} ON {} (libsql_vector_idx({}, 'metric={metric}'))",
        quote(&name),
        quote(&target),
        quote(&key)
    );
    lose(
        work,
        Grade::Widened,
        "Becomes an index of libSQL's in the migration of vector indexes: run it on the server, last, after the data was verified.",
        Some("Ask it with vector_top_k()."),
    );
    work.out.vector_indexes.push((name, sql));
}

/// An index that cannot be made.
fn left_out(work: &mut Work<'_>, index: &Index, reason: &str, origin: Option<&Origin>) {
    let name = index.name.clone().unwrap_or_default();
    let loss = if index.unique {
        Loss::new(
            Rule::UniqueWeakened,
            Grade::Lossy,
            name,
            format!("The unique index has no equal ({reason}): equal rows are accepted."),
        )
        .remedy("Keep the compared value in a column of its own and make that unique.")
    } else {
        Loss::new(
            Rule::IndexExpression,
            Grade::Widened,
            name,
            format!("The index has no equal ({reason}) and is left out: its queries are slower."),
        )
        .remedy("Keep the compared value in a column of its own and index that.")
    };
    work.lose(loss.at(origin));
}

fn parts(
    work: &Work<'_>,
    table: &QualName,
    index: &Index,
    remarks: &mut Remarks,
) -> Result<Vec<sqlite::IndexPart>, String> {
    let map = work.map(table).ok_or("its table is not lowered")?;
    let mut out = Vec::new();
    for part in &index.parts {
        let collate = part_collation(part, remarks);
        match &part.key {
            IndexKey::Column(name) => {
                let column = column_map(map, name).ok_or("its column is not lowered")?;
                if index.nulls_not_distinct && index.unique && column.nullable {
                    out.extend(not_distinct(&quote(&column.sqlite)));
                    continue;
                }
                out.push(sqlite::IndexPart {
                    key: sqlite::IndexKey::Column(column.sqlite.clone()),
                    collate,
                    descending: part.descending,
                });
            }
            IndexKey::Expr(expr) => {
                let translator =
                    Translator::new(work.catalog(), Place::Index, table_scope(map, None));
                let node = unhashed(crate::pg::sql::parse_expr(expr.sql())?, remarks);
                if let Some(hashed) = hashed_or_text(&node) {
                    let done = translator.value(hashed)?;
                    remarks.push((
                        Rule::IndexExpression,
                        Grade::Exact,
                        "md5() is left out: the text itself is the key, and NULL equals NULL."
                            .to_owned(),
                    ));
                    out.extend(not_distinct(&done.sql));
                    continue;
                }
                let done = translator.value(&node)?;
                for note in done.notes {
                    let grade = note.grade;
                    remarks.push((Rule::IndexExpression, grade, note.text));
                }
                let mut lowered =
                    sqlite::IndexPart::from_sql(&done.sql).ok_or("an empty expression")?;
                lowered.descending = part.descending;
                lowered.collate = lowered.collate.or(collate);
                out.push(lowered);
            }
        }
    }
    if !index.unique {
        // Behind the key they serve the same reads; in a unique index they would change what is unique.
        for name in &index.include {
            let column = column_map(map, name).ok_or("its column is not lowered")?;
            out.push(sqlite::IndexPart {
                key: sqlite::IndexKey::Column(column.sqlite.clone()),
                collate: None,
                descending: false,
            });
        }
    }
    Ok(out)
}

/// `md5(x)` as a key is `x` made short for PostgreSQL's pages; SQLite indexes texts of any length.
fn unhashed(node: Node, remarks: &mut Remarks) -> Node {
    match node {
        Node::Call(call) if call.name == "md5" && call.args.len() == 1 => {
            remarks.push((
                Rule::IndexExpression,
                Grade::Exact,
                "md5() is left out: the text itself is the key.".to_owned(),
            ));
            call.args.into_iter().next().unwrap_or(Node::Null)
        }
        other => other,
    }
}

/// The column of `coalesce(md5(column), 'text')`, when no hash is that text.
fn hashed_or_text(node: &Node) -> Option<&Node> {
    let Node::Call(call) = node else { return None };
    let [Node::Call(hash), Node::String(text)] = call.args.as_slice() else {
        return None;
    };
    let [column @ Node::Column(_)] = hash.args.as_slice() else {
        return None;
    };
    (call.name == "coalesce" && hash.name == "md5" && text.len() != 32).then_some(column)
}

/// Two parts by which NULL equals NULL: the value or an empty text, and whether it is NULL.
fn not_distinct(value: &str) -> [sqlite::IndexPart; 2] {
    let part = |text: String| sqlite::IndexPart {
        key: sqlite::IndexKey::Expr(text),
        collate: None,
        descending: false,
    };
    [
        part(format!("coalesce({value}, '')")),
        part(format!("{value} IS NULL")),
    ]
}

fn part_collation(part: &IndexPart, remarks: &mut Remarks) -> Option<String> {
    if let Some(opclass) = &part.opclass
        && !is_plain_opclass(opclass)
    {
        remarks.push((
            Rule::IndexMethod,
            Grade::Widened,
            format!("The operator class {opclass} has no equal: the index orders as usual."),
        ));
    }
    let collation = part.collation.as_deref()?;
    let bare = collation
        .rsplit('.')
        .next()
        .unwrap_or(collation)
        .trim_matches('"');
    if !super::tables::is_bytewise(bare) {
        remarks.push((
            Rule::Collation,
            Grade::Widened,
            format!("Collation `{bare}` has no equal: the index orders by bytes."),
        ));
    }
    None
}

/// Operator classes that order as SQLite does anyway.
fn is_plain_opclass(opclass: &str) -> bool {
    let bare = opclass.rsplit('.').next().unwrap_or(opclass);
    bare.ends_with("_pattern_ops") || (bare.ends_with("_ops") && !bare.contains("trgm"))
}

fn condition(
    work: &Work<'_>,
    table: &QualName,
    predicate: &Expr,
) -> Result<(String, Vec<super::expr::Note>), String> {
    let map = work.map(table).ok_or("its table is not lowered")?;
    let translator = Translator::new(work.catalog(), Place::Index, table_scope(map, None));
    let node = crate::pg::sql::parse_expr(predicate.sql())?;
    let done = translator.value_for(&node, &Ty::boolean())?;
    Ok((done.sql, done.notes))
}

fn storage_remarks(index: &Index, remarks: &mut Remarks) {
    if index.method.as_deref() == Some("hash") {
        remarks.push((
            Rule::IndexMethod,
            Grade::Exact,
            "A hash index becomes a plain one.".to_owned(),
        ));
    }
    if !index.with.is_empty() {
        let options: Vec<_> = index
            .with
            .iter()
            .map(|(k, v)| format!("{k} = {v}"))
            .collect();
        remarks.push((
            Rule::StorageOption,
            Grade::Exact,
            format!("WITH ({}) has no meaning in SQLite.", options.join(", ")),
        ));
    }
    if !index.include.is_empty() {
        let note = if index.unique {
            "INCLUDE is left out: in SQLite its columns would be part of what is unique."
        } else {
            "INCLUDE becomes further columns of the key."
        };
        remarks.push((Rule::StorageOption, Grade::Exact, note.to_owned()));
    }
    if index
        .parts
        .iter()
        .any(|p| p.nulls_first.is_some_and(|first| first != p.descending))
    {
        remarks.push((
            Rule::StorageOption,
            Grade::Exact,
            "The place of NULL in the index follows SQLite; results are the same.".to_owned(),
        ));
    }
    if index.nulls_not_distinct && index.unique {
        remarks.push((
            Rule::UniqueWeakened,
            Grade::Exact,
            "NULLS NOT DISTINCT becomes two expressions per column that may be NULL.".to_owned(),
        ));
    }
}
