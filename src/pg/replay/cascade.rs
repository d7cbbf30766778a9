//! What goes when a function, type or extension goes (dependency.c): columns and attributes of a type, defaults, checks,
//! indexes and views that name it.

use super::lookup::mentions_word;
use super::{Failure, Outcome, Replay, catalog_name};
use crate::diag::Code;
use crate::ir::{ConstraintKind, DropFunction, DropType, Expr, IndexKey, QualName};
use crate::pg::named::{Mention, is_word};
use crate::pg::schema::{Table, TableConstraint, TableIndex};
use crate::pg::sql::{calls_function, names_type};
use crate::pg::types::PgType;

/// What depends on a function or type.
#[derive(Default)]
struct Dependents {
    columns: Vec<(QualName, String)>,
    defaults: Vec<(QualName, String)>,
    constraints: Vec<(QualName, String)>,
    indexes: Vec<(QualName, String)>,
    views: Vec<QualName>,
    types: Vec<QualName>,
    functions: Vec<(QualName, String)>,
    attributes: Vec<(QualName, String)>,
}

impl Dependents {
    fn is_empty(&self) -> bool {
        self.columns.is_empty()
            && self.defaults.is_empty()
            && self.constraints.is_empty()
            && self.indexes.is_empty()
            && self.views.is_empty()
            && self.types.is_empty()
            && self.functions.is_empty()
            && self.attributes.is_empty()
    }

    fn list(&self) -> Vec<String> {
        let of = |what: &str, list: &[(QualName, String)]| -> Vec<String> {
            list.iter()
                .map(|(t, c)| format!("{what} {c} of {t}"))
                .collect()
        };
        let mut all = of("column", &self.columns);
        all.extend(of("default value for column", &self.defaults));
        all.extend(of("constraint", &self.constraints));
        all.extend(of("index", &self.indexes));
        all.extend(of("attribute", &self.attributes));
        all.extend(self.views.iter().map(|v| format!("view {v}")));
        all.extend(self.types.iter().map(|t| format!("type {t}")));
        all.extend(
            self.functions
                .iter()
                .map(|(f, a)| format!("function {f}({a})")),
        );
        all
    }
}

fn is_type(text: &str, name: &QualName) -> bool {
    PgType::parse(text).is_ok_and(|t| t.user_defined().as_ref() == Some(name))
}

impl Replay {
    /// Expressions of tables that have a word and that `uses` says yes to.
    fn expressions_using(&self, word: &str, uses: &dyn Fn(&str) -> bool, found: &mut Dependents) {
        let hit = |expr: &Expr| uses(expr.sql());
        let names: Vec<QualName> = if is_word(word) {
            self.schema
                .tables
                .mentioning(Mention::Says, &word.to_lowercase())
        } else {
            self.schema.tables.keys().cloned().collect()
        };
        for name in &names {
            let Some(table) = self.schema.tables.get(name) else {
                continue;
            };
            for column in &table.columns {
                let slot = || (name.clone(), column.name.clone());
                if column.generated.as_ref().is_some_and(|g| hit(&g.expr)) {
                    found.columns.push(slot());
                } else if column.default.as_ref().is_some_and(hit) {
                    found.defaults.push(slot());
                }
            }
            let in_constraint = |c: &&TableConstraint| match &c.constraint.kind {
                ConstraintKind::Check { expr, .. } => hit(expr),
                ConstraintKind::Exclude {
                    elements,
                    predicate,
                    ..
                } => elements.iter().any(|(e, _)| uses(e)) || predicate.as_ref().is_some_and(hit),
                _ => false,
            };
            for constraint in table.constraints.iter().filter(in_constraint) {
                found
                    .constraints
                    .push((name.clone(), constraint.name().to_owned()));
            }
            let in_index = |i: &&TableIndex| {
                i.index.predicate.as_ref().is_some_and(hit)
                    || i.index.parts.iter().any(|p| match &p.key {
                        IndexKey::Expr(expr) => hit(expr),
                        IndexKey::Column(_) => false,
                    })
            };
            for index in table.indexes.iter().filter(in_index) {
                found.indexes.push((name.clone(), index.name().to_owned()));
            }
        }
        for (name, view) in &self.schema.views {
            if uses(&view.query) && !found.views.contains(name) {
                found.views.push(name.clone());
            }
        }
    }

    fn of_function(&self, name: &QualName) -> Dependents {
        let mut found = Dependents::default();
        self.expressions_using(
            &name.name,
            &|text| mentions_word(text, &name.name) && calls_function(text, name),
            &mut found,
        );
        found
    }

    /// Tables with a column of a user-defined type.
    pub(super) fn tables_of_type(&self, name: &QualName) -> Vec<QualName> {
        let uses = |t: &Table| {
            let mut types = t.columns.iter().map(|c| c.type_.user_defined());
            types.any(|found| found.as_ref() == Some(name))
        };
        self.schema
            .tables_mentioning(Mention::OfType, &name.name, uses)
    }

    fn of_type(&self, name: &QualName) -> Dependents {
        let mut found = Dependents::default();
        for table in self.tables_of_type(name) {
            let columns = self.schema.tables.get(&table).into_iter();
            for column in columns.flat_map(|t| &t.columns) {
                if column.type_.user_defined().as_ref() == Some(name) {
                    found.columns.push((table.clone(), column.name.clone()));
                }
            }
        }
        for (domain, d) in &self.schema.domains {
            if d.base.user_defined().as_ref() == Some(name) {
                found.types.push(domain.clone());
            }
        }
        for (composite, c) in &self.schema.composites {
            for (attribute, type_) in &c.attributes {
                if is_type(type_, name) {
                    found
                        .attributes
                        .push((composite.clone(), attribute.clone()));
                }
            }
        }
        for function in &self.schema.functions {
            let returned = function.returns.as_deref().is_some_and(|r| {
                let r = r.to_lowercase();
                is_type(r.strip_prefix("setof ").unwrap_or(&r), name)
            });
            let taken = super::routine::split_args(&function.args)
                .iter()
                .any(|a| is_type(a, name));
            if returned || taken {
                found
                    .functions
                    .push((function.name.clone(), function.args.clone()));
            }
        }
        self.expressions_using(
            &name.name,
            &|text| mentions_word(text, &name.name) && names_type(text, name),
            &mut found,
        );
        // Views that read a column of the type go with it.
        for (table, column) in &found.columns {
            for view in self.views_using(table, column) {
                if !found.views.contains(&view) {
                    found.views.push(view);
                }
            }
        }
        found
    }

    fn remove_dependents(&mut self, found: Dependents) {
        for view in &found.views {
            self.remove_view_and_dependents(view);
        }
        for (table, name) in &found.indexes {
            if let Some(table) = self.schema.tables.get_mut(table) {
                table.indexes.retain(|i| i.name() != name);
            }
        }
        for (table, name) in &found.constraints {
            if let Some(table) = self.schema.tables.get_mut(table) {
                table.constraints.retain(|c| c.name() != name);
            }
        }
        for (table, column) in &found.defaults {
            if let Some(table) = self.schema.tables.get_mut(table)
                && let Some(column) = table.columns.iter_mut().find(|c| c.name == *column)
            {
                column.default = None;
            }
        }
        for (table, column) in &found.columns {
            self.remove_column(table, column);
        }
        for (composite, attribute) in &found.attributes {
            if let Some(composite) = self.schema.composites.get_mut(composite) {
                composite.attributes.retain(|(n, _)| n != attribute);
            }
        }
        for (function, args) in &found.functions {
            self.remove_function(function, args);
        }
        for type_ in &found.types {
            self.remove_type(type_);
        }
    }

    /// Takes a function away with the triggers, defaults, checks, indexes and views that call it.
    pub(super) fn remove_function(&mut self, name: &QualName, args: &str) {
        let before = self.schema.functions.len();
        self.schema
            .functions
            .retain(|f| !(f.name == *name && f.args == args));
        if self.schema.functions.len() == before {
            return;
        }
        if args.is_empty() {
            self.schema
                .triggers
                .retain(|t| t.definition.function != *name);
        }
        if !self.schema.functions.iter().any(|f| f.name == *name) {
            let found = self.of_function(name);
            self.remove_dependents(found);
            self.schema.others.retain(|o| {
                !(matches!(
                    o.kind.as_str(),
                    "AGGREGATE" | "EVENT TRIGGER" | "OPERATOR" | "CAST"
                ) && mentions_word(&o.sql, &name.name)
                    && crate::pg::sql::names_word(&o.sql, &name.name))
            });
        }
    }

    /// Takes a type away with all that is of it.
    pub(super) fn remove_type(&mut self, name: &QualName) {
        let found = self.of_type(name);
        self.schema.enums.shift_remove(name);
        self.schema.domains.shift_remove(name);
        self.schema.composites.shift_remove(name);
        self.schema
            .others
            .retain(|o| !(o.kind == "TYPE" && o.name == *name));
        self.remove_dependents(found);
    }

    pub(super) fn drop_function(&mut self, op: &DropFunction) -> Outcome {
        let name = catalog_name(&op.name);
        if super::table::in_temporary_schema(&name) {
            return Ok(());
        }
        let at = match self.find_function(&name, op.args.as_deref()) {
            Ok(at) => at,
            Err(failure) if op.if_exists && failure.code == Code::MissingObject => return Ok(()),
            Err(failure) => {
                let shown = op
                    .args
                    .as_deref()
                    .map(super::routine::normal_args)
                    .unwrap_or_default();
                return Err(match failure.code {
                    Code::MissingObject => {
                        Failure::missing(format!("function {name}({shown}) does not exist"))
                    }
                    _ => failure,
                });
            }
        };
        let args = self
            .schema
            .functions
            .get(at)
            .map(|f| f.args.clone())
            .unwrap_or_default();
        if !op.cascade {
            let mut users: Vec<String> = self
                .schema
                .triggers
                .iter()
                .filter(|t| args.is_empty() && catalog_name(&t.definition.function) == name)
                .map(|t| {
                    format!(
                        "trigger {} on table {}",
                        t.definition.name, t.definition.table
                    )
                })
                .collect();
            let alone = self
                .schema
                .functions
                .iter()
                .filter(|f| f.name == name)
                .count()
                == 1;
            if alone {
                users.extend(self.of_function(&name).list());
            }
            if !users.is_empty() {
                self.dependents(&format!("function {name}"), &users)?;
            }
        }
        self.remove_function(&name, &args);
        Ok(())
    }

    pub(super) fn drop_type(&mut self, op: &DropType) -> Outcome {
        let name = catalog_name(&op.name);
        let own = self.schema.enums.contains_key(&name)
            || self.schema.domains.contains_key(&name)
            || self.schema.composites.contains_key(&name)
            || self
                .schema
                .others
                .iter()
                .any(|o| o.kind == "TYPE" && o.name == name);
        if !own {
            if op.if_exists {
                return Ok(());
            }
            return Err(self.no_type(&name));
        }
        if !op.cascade {
            let found = self.of_type(&name);
            let alone = found.types.iter().all(|t| self.dropping.contains(t))
                && found.columns.is_empty()
                && found.attributes.is_empty();
            let held = !alone
                && (!found.columns.is_empty()
                    || !found.types.is_empty()
                    || !found.attributes.is_empty());
            let failure = || {
                Failure::new(
                    Code::DependentObjects,
                    format!("cannot drop type {name} because other objects depend on it"),
                )
            };
            if !found.is_empty() && self.lenient {
                return Err(failure());
            }
            if held {
                // A run that passed had moved these columns to another type; dropping them here would lose more.
                self.report(&Failure {
                    help: Some(format!(
                        "it is still the type of {}; it was kept",
                        found.list().join(", ")
                    )),
                    ..failure()
                });
                return Ok(());
            }
            if !found.is_empty() {
                self.dependents(&format!("type {name}"), &found.list())?;
            }
        }
        self.remove_type(&name);
        Ok(())
    }

    /// What is of a type, in words.
    pub(super) fn users_of_type(&self, name: &QualName) -> Vec<String> {
        self.of_type(name).list()
    }

    /// Takes a view away with the views that read it.
    pub(super) fn remove_view_and_dependents(&mut self, view: &QualName) {
        for dependent in self.views_on(view) {
            self.remove_view(&dependent);
        }
        self.remove_view(view);
    }
}
