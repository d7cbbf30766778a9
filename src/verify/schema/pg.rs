//! PostgreSQL's schema against PostgreSQL's schema.

use super::comments::compare_comments;
use super::pg_table::compare_table;
use super::renames;
use super::{Finding, ObjectKind, Verdict, expr, query};
use crate::diag::Origin;
use crate::ir::{QualName, SequenceOptions};
use crate::pg::schema::{Domain, Function, Policy, Schema, Sequence, Table, Trigger, View};
use crate::pg::sql::policy_parts;
use crate::pg::types::PgType;

/// Tables that Alembic keeps its place in, by their usual name.
pub(super) const VERSION_TABLE: &str = "alembic_version";

/// What of `expected` is not so in `actual`, and what is there besides; nothing for equal schemas. Expressions and types are
/// compared by normal forms. Alembic's version table is left out. Where `expected` comes from a history, the findings say by
/// which revision an object was made, or that none made it.
pub fn compare_pg(expected: &Schema, actual: &Schema) -> Vec<Finding> {
    let mut compare = Compare {
        from_history: expected
            .tables
            .values()
            .any(|t| from_revision(t.origin.as_ref())),
        out: Vec::new(),
    };
    compare.presence(
        ObjectKind::Schema,
        expected
            .schemas
            .iter()
            .map(|(name, s)| (name.clone(), s.origin.as_ref())),
        actual.schemas.keys().cloned(),
    );
    compare.presence(
        ObjectKind::Extension,
        expected
            .extensions
            .iter()
            .map(|(name, e)| (name.clone(), e.origin.as_ref())),
        actual.extensions.keys().cloned(),
    );
    compare.enums(expected, actual);
    compare.domains(expected, actual);
    compare.presence(
        ObjectKind::Composite,
        expected
            .composites
            .iter()
            .map(|(name, c)| (name.to_string(), c.origin.as_ref())),
        actual.composites.keys().map(QualName::to_string),
    );
    compare.tables(expected, actual);
    compare.sequences(expected, actual);
    compare.views(expected, actual);
    compare.functions(expected, actual);
    compare.triggers(expected, actual);
    compare.policies(expected, actual);
    compare_comments(&mut compare, expected, actual);
    compare.out
}

fn from_revision(origin: Option<&Origin>) -> bool {
    origin.is_some_and(|o| !o.revision.is_empty())
}

/// What two databases display otherwise that a script's text has no common form with: the queries of views.
pub fn compare_displayed(expected: &Schema, actual: &Schema) -> Vec<Finding> {
    let query = |v: &View| {
        let words: Vec<&str> = v.query.split_whitespace().collect();
        words.join(" ").trim_end_matches(';').to_owned()
    };
    let both = expected
        .views
        .iter()
        .filter_map(|(name, one)| Some((name, one, actual.views.get(name)?)));
    both.filter(|(_, one, other)| query(one) != query(other))
        .map(|(name, one, other)| {
            let name = name.to_string();
            Finding::differs(ObjectKind::View, name, "query", query(one), query(other))
        })
        .collect()
}

/// Names of the views of both schemas whose queries were neither found to be the same nor to differ.
pub fn views_not_compared(expected: &Schema, actual: &Schema) -> Vec<String> {
    let both = expected
        .views
        .iter()
        .filter_map(|(name, one)| Some((name, one, actual.views.get(name)?)));
    let label = |text: &str| {
        let mut enums = expected.enums.values().chain(actual.enums.values());
        enums.any(|e| e.labels.iter().any(|l| l == text))
    };
    both.filter(|(_, one, other)| {
        let (one, other) = (
            (&*one.query, &*one.columns),
            (&*other.query, &*other.columns),
        );
        !query::same(one, other) && !query::differ(one, other, &label)
    })
    .map(|(name, _, _)| name.to_string())
    .collect()
}

/// Collects findings, and words them for a history or another schema.
pub(super) struct Compare {
    from_history: bool,
    pub out: Vec<Finding>,
}

impl Compare {
    /// Something expected that is not there.
    pub fn lost(&mut self, kind: ObjectKind, object: impl Into<String>, origin: Option<&Origin>) {
        let mut finding = Finding::new(Verdict::Lost, kind, object).with_origin(origin);
        if self.from_history && from_revision(origin) {
            finding = finding.noted("dropped by hand, or the source is at another revision");
        }
        self.out.push(finding);
    }

    /// Something there that was not expected.
    pub fn extra(&mut self, kind: ObjectKind, object: impl Into<String>) {
        let mut finding = Finding::new(Verdict::Extra, kind, object);
        if self.from_history {
            finding = finding.noted("in the source, made by no revision");
        }
        self.out.push(finding);
    }

    /// A property, by the text that people see; nothing when `same`.
    pub fn property(
        &mut self,
        same: bool,
        kind: ObjectKind,
        object: &str,
        aspect: &str,
        texts: (String, String),
        origin: Option<&Origin>,
    ) {
        if !same {
            let finding = Finding::differs(kind, object, aspect, texts.0, texts.1);
            self.out.push(finding.with_origin(origin));
        }
    }

    /// A property whose text says it all.
    pub fn text(
        &mut self,
        kind: ObjectKind,
        object: &str,
        aspect: &str,
        texts: (String, String),
        origin: Option<&Origin>,
    ) {
        self.property(texts.0 == texts.1, kind, object, aspect, texts, origin);
    }

    fn presence<'a>(
        &mut self,
        kind: ObjectKind,
        expected: impl Iterator<Item = (String, Option<&'a Origin>)>,
        actual: impl Iterator<Item = String>,
    ) {
        let mut rest: Vec<String> = actual.collect();
        for (name, origin) in expected {
            match rest.iter().position(|other| *other == name) {
                Some(place) => {
                    rest.remove(place);
                }
                None => self.lost(kind, name, origin),
            }
        }
        for name in rest {
            self.extra(kind, name);
        }
    }

    fn enums(&mut self, expected: &Schema, actual: &Schema) {
        self.presence(
            ObjectKind::Enum,
            expected
                .enums
                .iter()
                .map(|(name, e)| (name.to_string(), e.origin.as_ref())),
            actual.enums.keys().map(QualName::to_string),
        );
        for (name, one) in &expected.enums {
            let Some(other) = actual.enums.get(name) else {
                continue;
            };
            let texts = (one.labels.join(", "), other.labels.join(", "));
            let name = name.to_string();
            self.text(
                ObjectKind::Enum,
                &name,
                "labels",
                texts,
                one.origin.as_ref(),
            );
        }
    }

    fn domains(&mut self, expected: &Schema, actual: &Schema) {
        self.presence(
            ObjectKind::Domain,
            expected
                .domains
                .iter()
                .map(|(name, d)| (name.to_string(), d.origin.as_ref())),
            actual.domains.keys().map(QualName::to_string),
        );
        for (name, one) in &expected.domains {
            let Some(other) = actual.domains.get(name) else {
                continue;
            };
            self.domain(&name.to_string(), one, other);
        }
    }

    fn domain(&mut self, name: &str, one: &Domain, other: &Domain) {
        let (kind, origin) = (ObjectKind::Domain, one.origin.as_ref());
        let types = (one.base.to_string(), other.base.to_string());
        self.text(kind, name, "type", types, origin);
        let null = |d: &Domain| {
            if d.not_null {
                "NOT NULL"
            } else {
                "NULL allowed"
            }
            .to_owned()
        };
        self.text(kind, name, "nullability", (null(one), null(other)), origin);
        self.default(
            kind,
            name,
            (one.default.as_ref(), other.default.as_ref()),
            &one.base,
            origin,
        );
        let checks = |d: &Domain| {
            let mut all: Vec<String> = d
                .checks
                .iter()
                .map(|c| match &c.kind {
                    crate::ir::ConstraintKind::Check { expr, .. } => expr.sql().to_owned(),
                    _ => String::new(),
                })
                .collect();
            all.sort();
            all
        };
        let (mine, theirs) = (checks(one), checks(other));
        let same = mine.len() == theirs.len()
            && mine.iter().all(|a| theirs.iter().any(|b| expr::same(a, b)));
        let texts = (mine.join("; "), theirs.join("; "));
        self.property(same, kind, name, "checks", texts, origin);
    }

    /// A default of a column or domain.
    pub fn default(
        &mut self,
        kind: ObjectKind,
        name: &str,
        defaults: (Option<&crate::ir::Expr>, Option<&crate::ir::Expr>),
        type_: &PgType,
        origin: Option<&Origin>,
    ) {
        let sql = |expr: Option<&crate::ir::Expr>| expr.map(|e| e.sql().to_owned());
        let (one, other) = (sql(defaults.0), sql(defaults.1));
        let same = expr::same_default(one.as_deref(), other.as_deref(), type_);
        let texts = (one.unwrap_or_default(), other.unwrap_or_default());
        self.property(same, kind, name, "default", texts, origin);
    }

    fn tables(&mut self, expected: &Schema, actual: &Schema) {
        let ordinary = |(name, _): &(&QualName, &Table)| name.name != VERSION_TABLE;
        let renamed = renames::pg_tables(expected, actual);
        for (name, table) in expected.tables.iter().filter(ordinary) {
            let shown = name.to_string();
            match (
                actual.tables.get(name),
                renamed.iter().find(|(old, _)| *old == name),
            ) {
                (Some(other), _) => compare_table(self, &shown, table, other),
                (None, Some((_, new))) => {
                    let origin = table.origin.as_ref();
                    let names = (shown.clone(), new.to_string());
                    self.text(ObjectKind::Table, &shown, "name", names, origin);
                    if let Some(other) = actual.tables.get(*new) {
                        compare_table(self, &shown, table, other);
                    }
                }
                (None, None) => self.lost(ObjectKind::Table, shown, table.origin.as_ref()),
            }
        }
        for (name, _) in actual.tables.iter().filter(ordinary) {
            if !expected.tables.contains_key(name) && !renamed.iter().any(|(_, new)| *new == name) {
                self.extra(ObjectKind::Table, name.to_string());
            }
        }
    }

    fn policies(&mut self, expected: &Schema, actual: &Schema) {
        let name = |p: &Policy| format!("{}.{}", p.table, p.name);
        self.presence(
            ObjectKind::Policy,
            expected
                .policies
                .iter()
                .map(|p| (name(p), p.origin.as_ref())),
            actual.policies.iter().map(name),
        );
        for one in &expected.policies {
            if let Some(other) = actual.policies.iter().find(|p| name(p) == name(one)) {
                self.policy(&name(one), one, other);
            }
        }
    }

    fn policy(&mut self, name: &str, one: &Policy, other: &Policy) {
        let (kind, origin) = (ObjectKind::Policy, one.origin.as_ref());
        let (a, b) = (PolicyParts::of(&one.sql), PolicyParts::of(&other.sql));
        let roles = (a.roles.join(", "), b.roles.join(", "));
        self.text(kind, name, "command", (a.command, b.command), origin);
        self.text(kind, name, "roles", roles, origin);
        for (aspect, mine, theirs) in [
            ("USING", a.using, b.using),
            ("WITH CHECK", a.check, b.check),
        ] {
            let same = expr::same(&mine, &theirs);
            self.property(same, kind, name, aspect, (mine, theirs), origin);
        }
    }

    fn sequences(&mut self, expected: &Schema, actual: &Schema) {
        self.presence(
            ObjectKind::Sequence,
            expected
                .sequences
                .iter()
                .map(|(name, s)| (name.to_string(), s.origin.as_ref())),
            actual.sequences.keys().map(QualName::to_string),
        );
        for (name, one) in &expected.sequences {
            let Some(other) = actual.sequences.get(name) else {
                continue;
            };
            let (kind, origin) = (ObjectKind::Sequence, one.origin.as_ref());
            let name = name.to_string();
            let options = (sequence(&one.options), sequence(&other.options));
            self.text(kind, &name, "options", options, origin);
            let owner = |s: &Sequence| {
                s.owned_by
                    .as_ref()
                    .map(|o| format!("{}.{}", o.table, o.column))
                    .unwrap_or_default()
            };
            self.text(kind, &name, "owner", (owner(one), owner(other)), origin);
        }
    }

    fn views(&mut self, expected: &Schema, actual: &Schema) {
        self.presence(
            ObjectKind::View,
            expected
                .views
                .iter()
                .map(|(name, v)| (name.to_string(), v.origin.as_ref())),
            actual.views.keys().map(QualName::to_string),
        );
        for (name, one) in &expected.views {
            let Some(other) = actual.views.get(name) else {
                continue;
            };
            let shape = |m: bool| if m { "materialized view" } else { "view" }.to_owned();
            let texts = (shape(one.materialized), shape(other.materialized));
            let shown = name.to_string();
            self.text(ObjectKind::View, &shown, "kind", texts, one.origin.as_ref());
            let label = |text: &str| {
                let mut enums = expected.enums.values().chain(actual.enums.values());
                enums.any(|e| e.labels.iter().any(|l| l == text))
            };
            let queries = (
                (one.query.as_str(), one.columns.as_slice()),
                (other.query.as_str(), other.columns.as_slice()),
            );
            if self.from_history && query::differ(queries.0, queries.1, &label) {
                let texts = (one.query.clone(), other.query.clone());
                self.text(
                    ObjectKind::View,
                    &shown,
                    "query",
                    texts,
                    one.origin.as_ref(),
                );
            }
        }
    }

    fn functions(&mut self, expected: &Schema, actual: &Schema) {
        let name = |f: &Function| format!("{}({})", f.name, f.args);
        self.presence(
            ObjectKind::Function,
            expected
                .functions
                .iter()
                .map(|f| (name(f), f.origin.as_ref())),
            actual.functions.iter().map(name),
        );
        for one in &expected.functions {
            let Some(other) = actual.functions.iter().find(|f| name(f) == name(one)) else {
                continue;
            };
            let body = |f: &Function| f.body.split_whitespace().collect::<Vec<_>>().join(" ");
            let texts = (body(one), body(other));
            self.text(
                ObjectKind::Function,
                &name(one),
                "body",
                texts,
                one.origin.as_ref(),
            );
        }
    }

    fn triggers(&mut self, expected: &Schema, actual: &Schema) {
        let name = |t: &Trigger| format!("{}.{}", t.definition.table, t.definition.name);
        self.presence(
            ObjectKind::Trigger,
            expected
                .triggers
                .iter()
                .map(|t| (name(t), t.origin.as_ref())),
            actual.triggers.iter().map(name),
        );
        for one in &expected.triggers {
            if let Some(other) = actual.triggers.iter().find(|t| name(t) == name(one)) {
                self.trigger(&name(one), one, other);
            }
        }
    }

    fn trigger(&mut self, name: &str, one: &Trigger, other: &Trigger) {
        let (kind, origin) = (ObjectKind::Trigger, one.origin.as_ref());
        let event = |t: &Trigger| {
            let mut events: Vec<String> = t
                .definition
                .events
                .iter()
                .map(|e| e.to_ascii_uppercase())
                .collect();
            events.sort();
            let each = if t.definition.each_row {
                "EACH ROW"
            } else {
                "EACH STATEMENT"
            };
            format!(
                "{} {} FOR {each}",
                t.definition.timing.to_ascii_uppercase(),
                events.join(" OR ")
            )
        };
        self.text(kind, name, "events", (event(one), event(other)), origin);
        let function = |t: &Trigger| t.definition.function.to_string();
        self.text(
            kind,
            name,
            "function",
            (function(one), function(other)),
            origin,
        );
        let when = |t: &Trigger| t.definition.when.as_ref().map(|e| e.sql().to_owned());
        let (mine, theirs) = (when(one), when(other));
        let same = match (&mine, &theirs) {
            (Some(a), Some(b)) => expr::same(a, b),
            (a, b) => a == b,
        };
        let texts = (mine.unwrap_or_default(), theirs.unwrap_or_default());
        self.property(same, kind, name, "condition", texts, origin);
        let state = |t: &Trigger| t.state.to_string();
        self.text(kind, name, "state", (state(one), state(other)), origin);
    }
}

/// A policy with PostgreSQL's defaults filled in (manual, `CREATE POLICY`).
struct PolicyParts {
    command: String,
    roles: Vec<String>,
    using: String,
    check: String,
}

impl PolicyParts {
    fn of(sql: &str) -> Self {
        let [head, roles, using, check] = policy_parts(sql);
        let words: Vec<String> = head
            .split_whitespace()
            .map(str::to_ascii_uppercase)
            .collect();
        let behind = |word: &str, default: &str| {
            let mut words = words.iter().skip_while(|w| *w != word).skip(1);
            // The policy or its table may have a key word for a name: only what can stand there counts.
            words
                .next()
                .filter(|w| {
                    [
                        "ALL",
                        "SELECT",
                        "INSERT",
                        "UPDATE",
                        "DELETE",
                        "RESTRICTIVE",
                        "PERMISSIVE",
                    ]
                    .contains(&w.as_str())
                })
                .cloned()
                .unwrap_or_else(|| default.to_owned())
        };
        let mut roles: Vec<String> = roles
            .trim()
            .get(2..)
            .unwrap_or_default()
            .split(',')
            .map(|role| role.trim().trim_matches('"').to_owned())
            .filter(|role| !role.is_empty())
            .collect();
        if roles.is_empty() {
            roles.push("public".to_owned());
        }
        roles
            .iter_mut()
            .filter(|r| r.eq_ignore_ascii_case("public"))
            .for_each(|r| *r = "public".to_owned());
        roles.sort();
        let inner = |clause: &str, words: &[&str]| -> String {
            let mut rest = clause.trim();
            for word in words {
                rest = rest.get(word.len()..).unwrap_or_default().trim_start();
            }
            rest.strip_prefix('(')
                .and_then(|r| r.strip_suffix(')'))
                .unwrap_or(rest)
                .trim()
                .to_owned()
        };
        Self {
            command: format!(
                "{} FOR {}",
                behind("AS", "PERMISSIVE"),
                behind("FOR", "ALL")
            ),
            roles,
            using: inner(&using, &["USING"]),
            check: inner(&check, &["WITH", "CHECK"]),
        }
    }
}

/// A sequence's options with PostgreSQL's defaults filled in (manual, `CREATE SEQUENCE`).
fn sequence(options: &SequenceOptions) -> String {
    let type_ = options.data_type.as_deref().unwrap_or("bigint");
    let type_ = PgType::parse(type_)
        .map(|t| t.to_string())
        .unwrap_or_else(|_| type_.to_owned());
    let increment = options.increment.unwrap_or(1);
    let (low, high) = match type_.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let min = options.min.unwrap_or(if increment > 0 { 1 } else { low });
    let max = options.max.unwrap_or(if increment > 0 { high } else { -1 });
    let start = options
        .start
        .unwrap_or(if increment > 0 { min } else { max });
    let cycle = if options.cycle == Some(true) {
        " CYCLE"
    } else {
        ""
    };
    format!(
        "AS {type_} START {start} INCREMENT {increment} MINVALUE {min} MAXVALUE {max} CACHE {}{cycle}",
        options.cache.unwrap_or(1)
    )
}
