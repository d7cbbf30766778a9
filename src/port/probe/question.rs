//! What is asked of all rows of a table together, and why.

use crate::ir::{ConstraintKind, QualName};
use crate::lower::encoding::{ColumnMap, Encoding, TableMap};
use crate::lower::{Lowering, Rule};
use crate::pg::schema::Schema;
use crate::pg::source::Source;
use crate::port::plan::TablePlan;
use crate::port::summary::BreachKind;
use crate::sqlite::schema::{IndexKey, Table, quote};

use super::Thorough;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// No two rows are equal in these, NULL apart, of those that meet the condition: each as it is grouped by, and without collation.
    Unique {
        parts: Vec<(String, String)>,
        condition: Option<String>,
    },
    /// Every row has one in the other table, at this place of the plan.
    Reference {
        columns: Vec<String>,
        parent: usize,
        ref_columns: Vec<String>,
    },
    /// No row makes the condition false.
    Check { condition: String },
}

/// A question, and whose fault it is when rows answer it badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Place of the table in the plan.
    pub table: usize,
    pub kind: BreachKind,
    /// The constraint's name.
    pub name: String,
    pub form: Form,
    pub cause: String,
}

/// What is asked of a source's rows.
pub fn all(
    source: &dyn Source,
    lowering: &Lowering,
    plans: &[TablePlan],
    thorough: Thorough,
    not_checked: &mut Vec<String>,
) -> Vec<Question> {
    let mut out = Vec::new();
    let loose = match (source.loose(), thorough) {
        (Some(why), _) => Some(why.to_owned()),
        (None, Thorough::Yes) => Some("the source breaks its own constraint".to_owned()),
        (None, Thorough::No) => None,
    };
    for (place, plan) in plans.iter().enumerate() {
        let Some(table) = lowering.sqlite.table(&plan.map.sqlite) else {
            continue;
        };
        let mut asking = Asking {
            place,
            plan,
            table,
            plans,
            loose: loose.as_deref(),
            schemas: [source.schema(), &lowering.pg],
            out: &mut out,
            not_checked: &mut *not_checked,
        };
        asking.keys(lowering);
        asking.references();
        asking.checks();
    }
    out
}

struct Asking<'a> {
    place: usize,
    plan: &'a TablePlan,
    table: &'a Table,
    plans: &'a [TablePlan],
    loose: Option<&'a str>,
    schemas: [&'a Schema; 2],
    out: &'a mut Vec<Question>,
    not_checked: &'a mut Vec<String>,
}

impl Asking<'_> {
    fn map(&self) -> &TableMap {
        &self.plan.map
    }

    fn push(&mut self, kind: BreachKind, name: &str, form: Form, cause: &str) {
        self.out.push(Question {
            table: self.place,
            kind,
            name: name.to_owned(),
            form,
            cause: cause.to_owned(),
        });
    }

    /// Whether rows have the columns as they are read: what SQLite computes is not.
    fn has(&mut self, columns: &[String], name: &str) -> bool {
        let read = |c: &String| {
            let mut read = self.plan.target_columns.iter();
            read.any(|r| r.eq_ignore_ascii_case(c))
        };
        let all = columns.iter().all(read);
        if !all {
            self.not_checked.push(format!(
                "{name} of table {}: SQLite computes a column of it",
                self.plan.map.pg
            ));
        }
        all
    }

    fn keys(&mut self, lowering: &Lowering) {
        let plain = |columns: &[String]| -> Vec<(String, String)> {
            columns.iter().map(|c| (quote(c), quote(c))).collect()
        };
        let table = self.table;
        let own = self.schemas.iter().find_map(|schema| {
            let mut constraints = schema.table(&self.map().pg)?.constraints.iter();
            let primary = |c: &&crate::pg::schema::TableConstraint| {
                matches!(c.constraint.kind, ConstraintKind::PrimaryKey { .. })
            };
            constraints.find(primary).map(|c| c.name().to_owned())
        });
        let own = own.unwrap_or_else(|| "primary key".to_owned());
        let primary = table.primary_key.iter().map(|k| {
            let name = k.name.clone().unwrap_or_else(|| own.clone());
            (name, plain(&k.columns), k.columns.clone(), None, Vec::new())
        });
        let uniques = table.uniques.iter().map(|u| {
            let name = u.name.clone();
            let name = name.unwrap_or_else(|| format!("unique ({})", u.columns.join(", ")));
            (name, plain(&u.columns), u.columns.clone(), None, Vec::new())
        });
        let of_table = |i: &&crate::sqlite::schema::Index| {
            i.unique && i.table.eq_ignore_ascii_case(&table.name)
        };
        let indexes = lowering
            .sqlite
            .indexes
            .iter()
            .filter(of_table)
            .map(|index| {
                let (mut columns, mut collations) = (Vec::new(), Vec::new());
                let parts = index.parts.iter().map(|part| {
                    let key = match &part.key {
                        IndexKey::Column(name) => {
                            columns.push(name.clone());
                            quote(name)
                        }
                        IndexKey::Expr(sql) => format!("({sql})"),
                    };
                    let collate = part.collate.as_ref().map(|c| {
                        collations.push(c.clone());
                        format!(" COLLATE {c}")
                    });
                    (format!("{key}{}", collate.unwrap_or_default()), key)
                });
                let parts: Vec<_> = parts.collect();
                (
                    index.name.clone(),
                    parts,
                    columns,
                    index.predicate.clone(),
                    collations,
                )
            });
        let keys: Vec<_> = primary.chain(uniques).chain(indexes).collect();
        for (name, parts, columns, condition, collations) in keys {
            let cause = match (self.loose, self.coarser(&columns, &collations)) {
                (_, Some(why)) => why.to_owned(),
                (Some(why), None) => why.to_owned(),
                (None, None) => continue,
            };
            if self.has(&columns, &name) {
                let form = Form::Unique { parts, condition };
                self.push(BreachKind::DuplicateKey, &name, form, &cause);
            }
        }
    }

    /// Why values that PostgreSQL tells apart may be equal in SQLite; `None` where they cannot.
    fn coarser(&self, columns: &[String], collations: &[String]) -> Option<&'static str> {
        const BLIND: &str =
            "SQLite compares the key without ASCII case (NOCASE), the source tells them apart";
        const STORED: &str = "values that the source tells apart are stored as one";
        let blind = |c: &str| !c.eq_ignore_ascii_case("BINARY");
        for name in columns {
            let map = self
                .map()
                .columns
                .iter()
                .find(|c| c.sqlite.eq_ignore_ascii_case(name))?;
            let collate = self.table.column(name).and_then(|c| c.collate.as_deref());
            let declared = map.declared_type.to_ascii_uppercase();
            let is_blind = collate.is_some_and(blind)
                || collations.iter().any(|c| blind(c))
                || declared.contains("COLLATE NOCASE");
            // citext folds at least what NOCASE does.
            if is_blind && !is_citext(map) {
                return Some(BLIND);
            }
            let merges = [Rule::Nearest, Rule::Clamp]
                .iter()
                .any(|rule| map.accepted.contains(rule));
            // A year is 365 days in one form and 360 when PostgreSQL compares; arrays lose their lower bounds.
            if merges || matches!(map.encoding, Encoding::IntervalEpoch | Encoding::ArrayJson) {
                return Some(STORED);
            }
        }
        None
    }

    fn references(&mut self) {
        for key in &self.table.foreign_keys {
            let name = key
                .name
                .clone()
                .unwrap_or_else(|| format!("({}) to {}", key.columns.join(", "), key.ref_table));
            let cause = match (self.is_not_valid(&name), self.loose) {
                (true, _) => NOT_VALID.to_owned(),
                (false, Some(why)) => why.to_owned(),
                (false, None) => continue,
            };
            let parent = self
                .plans
                .iter()
                .position(|p| p.map.sqlite.eq_ignore_ascii_case(&key.ref_table));
            let Some((at, parent)) = parent.and_then(|at| Some((at, self.plans.get(at)?))) else {
                continue;
            };
            let read = |c: &String| {
                let mut read = parent.target_columns.iter();
                read.any(|r| r.eq_ignore_ascii_case(c))
            };
            if !key.ref_columns.iter().all(read) || !self.has(&key.columns, &name) {
                continue;
            }
            let form = Form::Reference {
                columns: key.columns.clone(),
                parent: at,
                ref_columns: key.ref_columns.clone(),
            };
            self.push(BreachKind::Orphan, &name, form, &cause);
        }
    }

    fn checks(&mut self) {
        for check in &self.table.checks {
            let name = check.name.clone().unwrap_or_else(|| check.expr.clone());
            let cause = match (self.is_not_valid(&name), self.loose) {
                (true, _) => NOT_VALID.to_owned(),
                (false, Some(why)) => why.to_owned(),
                (false, None) => continue,
            };
            // Lengths are counted as rows go by.
            if name.starts_with("ck_") && name.ends_with("_length") {
                continue;
            }
            let computed: Vec<String> = self
                .map()
                .columns
                .iter()
                .filter(|c| c.generated && mentions(&check.expr, &c.sqlite))
                .map(|c| c.sqlite.clone())
                .collect();
            if self.has(&computed, &name) {
                let condition = check.expr.clone();
                self.push(BreachKind::Check, &name, Form::Check { condition }, &cause);
            }
        }
    }

    /// Whether a constraint of that name lets old rows stand, in the source or in the schema that was lowered.
    fn is_not_valid(&self, name: &str) -> bool {
        let table: &QualName = &self.map().pg;
        let in_domain = |schema: &Schema| {
            schema.domains.values().any(|domain| {
                domain.checks.iter().any(|check| {
                    let own = check.name.as_deref().unwrap_or_default();
                    check.not_valid && !own.is_empty() && name.ends_with(&format!("_{own}"))
                })
            })
        };
        self.schemas.iter().any(|schema| {
            let of_table = schema.table(table).is_some_and(|t| {
                t.constraints.iter().any(|c| {
                    let asked = matches!(
                        c.constraint.kind,
                        ConstraintKind::ForeignKey(_) | ConstraintKind::Check { .. }
                    );
                    asked && c.constraint.not_valid && c.name() == name
                })
            });
            of_table || in_domain(schema)
        })
    }
}

const NOT_VALID: &str = "the source's constraint is NOT VALID and lets them stand";

fn is_citext(map: &ColumnMap) -> bool {
    map.pg_type
        .user_defined()
        .is_some_and(|name| name.name == "citext")
}

/// Whether SQL may be about a column: its name stands there.
pub fn mentions(sql: &str, column: &str) -> bool {
    let column = column.to_ascii_lowercase().replace('"', "\"\"");
    sql.to_ascii_lowercase().contains(&column)
}
