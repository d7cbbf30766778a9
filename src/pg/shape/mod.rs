//! The shape of a query's result: names, types and collations of its columns, and whose columns its names mean.
//!
//! What `CREATE TABLE AS` makes, what `*` stands for, what a view's columns are, and what a renamed column changes in a view
//! all follow from it. A query is read against the relations of the schema; what cannot be told is `None`, never guessed.

mod types;
mod visit;

use std::collections::BTreeMap;

use crate::ir::QualName;
use crate::pg::schema::Schema;
use crate::pg::sql::ast::{FromItem, Node, Query, Select};
use crate::pg::sql::{figure_name, parse_query, print_expr};
use crate::pg::types::{BaseType, PgType};

pub use visit::{Owner, expand_stars, visit_columns};

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Name.
    pub name: String,
    /// Type; `None` when it is not known.
    pub type_: Option<PgType>,
    /// Collation, when it is not the type's own.
    pub collation: Option<String>,
}

impl Output {
    fn unknown(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            type_: None,
            collation: None,
        }
    }
}

/// Columns of temporary tables, which the schema does not have.
pub type Temporary = BTreeMap<QualName, Vec<Output>>;

/// The relations that a query is read against.
#[derive(Clone, Copy)]
pub struct Relations<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// Temporary tables.
    pub temporary: &'a Temporary,
}

/// Something in FROM: the name that qualifies its columns, the relation it is, and its columns where they are known.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) table: Option<QualName>,
    pub(super) columns: Option<Vec<Output>>,
    /// Columns that a `USING` or `NATURAL` join has merged into those of an earlier source.
    pub(super) merged: Vec<String>,
}

/// What names mean at one place: common table expressions, and the sources of this query and of those around it.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    pub(super) ctes: Vec<(String, Option<Vec<Output>>)>,
    /// Innermost last.
    pub(super) levels: Vec<Vec<Source>>,
}

/// Whom a column name means.
pub(super) enum Meaning<'n> {
    /// A column of this source.
    Column(&'n Source, Option<&'n Output>),
    /// It is not told.
    Unclear,
}

impl Names {
    pub(super) fn find(&self, path: &[String]) -> Meaning<'_> {
        let Some((column, qualifier)) = path.split_last() else {
            return Meaning::Unclear;
        };
        for level in self.levels.iter().rev() {
            let mut unclear = false;
            for source in level {
                if qualifier.last().is_some_and(|q| *q != source.name) {
                    continue;
                }
                match &source.columns {
                    Some(columns) => {
                        let merged = qualifier.is_empty() && source.merged.contains(column);
                        if let Some(found) = columns.iter().find(|c| c.name == *column)
                            && !merged
                        {
                            return Meaning::Column(source, Some(found));
                        }
                    }
                    None if !qualifier.is_empty() => return Meaning::Column(source, None),
                    None => unclear = true,
                }
            }
            if unclear {
                return Meaning::Unclear;
            }
        }
        Meaning::Unclear
    }
}

impl Relations<'_> {
    /// Columns of a table or view of the schema; `None` when they are not known.
    pub fn columns(&self, name: &QualName) -> Option<Vec<Output>> {
        if let Some(columns) = self.temporary.get(name) {
            return Some(columns.clone());
        }
        if let Some(table) = self.schema.tables.get(name) {
            let columns = table.columns.iter().map(|c| Output {
                name: c.name.clone(),
                type_: Some(c.type_.clone()),
                collation: c.collation.clone(),
            });
            return Some(columns.collect());
        }
        let view = self.schema.views.get(name)?;
        let query = parse_query(&view.query).ok()?;
        let mut columns = self.result(&query)?;
        for (slot, given) in columns.iter_mut().zip(&view.columns) {
            slot.name.clone_from(given);
        }
        Some(columns)
    }

    /// Columns of a query's result.
    pub fn result(&self, query: &Query) -> Option<Vec<Output>> {
        self.query(query, &Names::default())
    }

    fn query(&self, query: &Query, outer: &Names) -> Option<Vec<Output>> {
        let names = self.with(query, outer);
        let mut columns = self.select(&query.select, &names)?;
        for (_, select) in &query.compound {
            let more = self.select(select, &names)?;
            for (column, other) in columns.iter_mut().zip(more) {
                column.type_ = types::common(&[column.type_.clone(), other.type_]);
                if column.collation != other.collation {
                    column.collation = column.collation.take().or(other.collation);
                }
            }
        }
        for column in &mut columns {
            // A literal whose type nobody asked for is text (resolveTargetListUnknowns).
            if column.type_.as_ref().is_some_and(types::is_unknown) {
                column.type_ = Some(PgType::new(BaseType::Text));
            }
        }
        Some(columns)
    }

    /// The names within a query: those around it and its common table expressions.
    pub(super) fn with(&self, query: &Query, outer: &Names) -> Names {
        let mut names = outer.clone();
        for (name, given, inner) in &query.with {
            if query.recursive {
                // Its first part tells the columns.
                let first = Query {
                    compound: Vec::new(),
                    ..inner.clone()
                };
                let columns = renamed(self.query(&first, &names), given);
                names.ctes.push((name.clone(), columns));
                continue;
            }
            let columns = renamed(self.query(inner, &names), given);
            names.ctes.push((name.clone(), columns));
        }
        names
    }

    fn select(&self, select: &Select, outer: &Names) -> Option<Vec<Output>> {
        if let Some(first) = select.values.first() {
            let mut columns: Vec<Output> = Vec::new();
            for at in 0..first.len() {
                let types: Vec<Option<PgType>> = select
                    .values
                    .iter()
                    .map(|row| row.get(at).and_then(|n| self.type_of(n, outer)))
                    .collect();
                columns.push(Output {
                    type_: types::common(&types),
                    ..Output::unknown(format!("column{}", at + 1))
                });
            }
            return Some(columns);
        }
        let names = self.within(select, outer);
        let mut columns = Vec::new();
        for (node, alias) in &select.items {
            match (node, alias) {
                (Node::Star(qualifier), None) => {
                    let level = names.levels.last()?;
                    for (_, column) in starred(level, qualifier.as_deref())? {
                        columns.push(column);
                    }
                }
                (node, alias) => columns.push(Output {
                    name: alias.clone().unwrap_or_else(|| result_name(node)),
                    type_: self.type_of(node, &names),
                    collation: self.collation_of(node, &names),
                }),
            }
        }
        Some(columns)
    }

    /// The names within one SELECT: its sources in front.
    pub(super) fn within(&self, select: &Select, outer: &Names) -> Names {
        let mut names = outer.clone();
        names.levels.push(Vec::new());
        for item in &select.from {
            let mut sources = Vec::new();
            self.sources(item, &names, &mut sources);
            if let Some(level) = names.levels.last_mut() {
                level.extend(sources);
            }
        }
        names
    }

    /// Sources of an item of FROM in order.
    pub(super) fn sources(&self, item: &FromItem, names: &Names, out: &mut Vec<Source>) {
        let mut push = |name: String, table, columns| {
            out.push(Source {
                name,
                table,
                columns,
                merged: Vec::new(),
            });
        };
        match item {
            FromItem::Table(name, alias) => {
                let shown = alias.clone().unwrap_or_else(|| name.name.clone());
                let cte = names
                    .ctes
                    .iter()
                    .rev()
                    .find(|(n, _)| name.schema.is_none() && *n == name.name);
                match cte {
                    Some((_, columns)) => push(shown, None, columns.clone()),
                    None => push(shown, Some(name.clone()), self.columns(name)),
                }
            }
            FromItem::Query {
                query,
                alias,
                columns,
                ..
            } => {
                let result = renamed(self.query(query, names), columns);
                push(alias.clone().unwrap_or_default(), None, result);
            }
            FromItem::Function {
                call,
                alias,
                columns,
            } => {
                let shown = alias.clone().unwrap_or_else(|| result_name(call));
                let column = columns.first().cloned().unwrap_or_else(|| shown.clone());
                let type_ = self.type_of(call, names);
                let composite = type_.as_ref().is_some_and(|t| t.user_defined().is_some());
                let result = (columns.len() <= 1 && !composite && type_.is_some()).then(|| {
                    vec![Output {
                        type_,
                        ..Output::unknown(column)
                    }]
                });
                push(shown, None, result);
            }
            FromItem::Join {
                left,
                kind,
                right,
                using,
                ..
            } => {
                let mut sides = Vec::new();
                self.sources(left, names, &mut sides);
                let at = sides.len();
                self.sources(right, names, &mut sides);
                let (lefts, rights) = sides.split_at_mut(at);
                let shared: Vec<String> = if kind.starts_with("NATURAL") {
                    let of = |sources: &[Source]| -> Vec<String> {
                        sources
                            .iter()
                            .flat_map(|s| s.columns.iter().flatten().map(|c| c.name.clone()))
                            .collect()
                    };
                    let theirs = of(rights);
                    of(lefts)
                        .into_iter()
                        .filter(|c| theirs.contains(c))
                        .collect()
                } else {
                    using.clone()
                };
                for source in rights {
                    source.merged.extend(shared.iter().cloned());
                }
                if !shared.is_empty()
                    && let Some(first) = sides.first_mut()
                    && let Some(columns) = &mut first.columns
                {
                    // Merged columns stand in front (transformFromClauseItem).
                    columns.sort_by_key(|c| {
                        shared
                            .iter()
                            .position(|s| *s == c.name)
                            .unwrap_or(shared.len())
                    });
                }
                out.append(&mut sides);
            }
        }
    }
}

/// What a star stands for: the qualifier and the column of each; `None` when a source's columns are not known.
pub(super) fn starred(level: &[Source], qualifier: Option<&str>) -> Option<Vec<(String, Output)>> {
    let mut found = Vec::new();
    let mut any = false;
    for source in level {
        if qualifier.is_some_and(|q| q != source.name) {
            continue;
        }
        any = true;
        for column in source.columns.as_ref()? {
            if qualifier.is_none() && source.merged.contains(&column.name) {
                continue;
            }
            found.push((source.name.clone(), column.clone()));
        }
    }
    any.then_some(found)
}

fn renamed(columns: Option<Vec<Output>>, given: &[String]) -> Option<Vec<Output>> {
    let mut columns = columns?;
    for (slot, name) in columns.iter_mut().zip(given) {
        slot.name.clone_from(name);
    }
    Some(columns)
}

/// The name of a result column without an alias.
pub fn result_name(node: &Node) -> String {
    match figure_name(&print_expr(node)).as_str() {
        "expr" => "?column?".to_owned(),
        other => other.to_owned(),
    }
}
