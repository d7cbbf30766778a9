//! Types: enums, domains, composites, and the types of columns.

use super::base::Object;
use super::lookup::mentions_word;
use super::{Failure, Outcome, Replay, catalog_name, ident, visit};
use crate::ir::{
    AlterComposite, AlterDomain, AlterEnum, AttributeAction, Change, Constraint, CreateComposite,
    CreateDomain, CreateEnum, DomainAction, EnumAction, EnumPosition, Expr, QualName, RenameType,
};
use crate::pg::names::{self, quote_literal, quote_qualified};
use crate::pg::schema::{Composite, Domain, EnumType};
use crate::pg::sql::ast::Node;
use crate::pg::sql::{parse_expr, rename_type_in_expr};
use crate::pg::types::{BaseType, PgType};

/// The integer type of a serial pseudo-type (manual, section 8.1.4).
pub(super) fn serial_type(text: &str) -> Option<BaseType> {
    match text.trim().to_ascii_lowercase().as_str() {
        "serial" | "serial4" => Some(BaseType::Integer),
        "bigserial" | "serial8" => Some(BaseType::BigInt),
        "smallserial" | "serial2" => Some(BaseType::SmallInt),
        _ => None,
    }
}

/// `nextval('sequence'::regclass)`.
pub(super) fn nextval_expr(sequence: &QualName) -> Expr {
    Expr(format!(
        "nextval({}::regclass)",
        quote_literal(&quote_qualified(sequence))
    ))
}

/// The sequence that a default draws from.
pub(super) fn nextval_target(expr: &Expr) -> Option<QualName> {
    if !mentions_word(expr.sql(), "nextval") {
        return None;
    }
    let Ok(Node::Call(call)) = parse_expr(expr.sql()) else {
        return None;
    };
    let argument = match (call.name.as_str(), call.args.as_slice()) {
        ("nextval", [Node::Cast(inner, _)]) => inner.as_ref(),
        ("nextval", [other]) => other,
        _ => return None,
    };
    let Node::String(name) = argument else {
        return None;
    };
    match parse_expr(name).ok()? {
        Node::Column(mut parts) => {
            let last = parts.pop()?;
            Some(QualName::qualified(parts.pop().as_deref(), last))
        }
        _ => None,
    }
}

/// Types that extensions bring, by the extension's name.
const EXTENSION_TYPES: &[(&str, &[&str])] = &[
    ("citext", &["citext"]),
    ("hstore", &["hstore"]),
    ("ltree", &["ltree", "lquery", "ltxtquery"]),
    ("vector", &["vector", "halfvec", "sparsevec"]),
    (
        "postgis",
        &["geometry", "geography", "box2d", "box3d", "raster"],
    ),
    ("cube", &["cube"]),
    ("seg", &["seg"]),
    (
        "isn",
        &["isbn", "isbn13", "issn", "issn13", "ean13", "upc", "ismn"],
    ),
    ("semver", &["semver"]),
    ("intarray", &["query_int"]),
];

/// Types that an extension brings, as far as they are known.
pub(super) fn types_of_extension(name: &str) -> &'static [&'static str] {
    EXTENSION_TYPES
        .iter()
        .find(|(extension, _)| *extension == name)
        .map_or(&[], |(_, types)| types)
}

/// Built-in types that [`BaseType`] names only by name.
const RARE_BUILTINS: &[&str] = &[
    "aclitem",
    "anyarray",
    "bpchar",
    "cstring",
    "pg_ndistinct",
    "pg_node_tree",
    "record",
    "refcursor",
    "regoperator",
    "trigger",
    "unknown",
    "void",
];

/// Types of other databases: no base has them.
const TYPES_OF_OTHERS: &[&str] = &[
    "blob",
    "clob",
    "datetime",
    "datetime2",
    "datetimeoffset",
    "double",
    "longblob",
    "longtext",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "nclob",
    "number",
    "nvarchar",
    "nvarchar2",
    "tinyblob",
    "tinyint",
    "tinytext",
    "uniqueidentifier",
    "varchar2",
];

impl Replay {
    /// A type name into a type; a user-defined one must exist.
    pub(super) fn resolve_type(&mut self, text: &str) -> Outcome<PgType> {
        let type_ = self.type_by_name(text)?;
        if let Some(name) = type_.user_defined()
            && !self.type_exists(&name)
            && !self.extension_has_type(&name.name)
        {
            let mut failure = self.no_type(&name);
            let brought = EXTENSION_TYPES
                .iter()
                .find(|(_, types)| types.contains(&name.name.as_str()));
            if let Some((extension, _)) = brought {
                failure.help = Some(format!(
                    "extension {extension} has it, but no revision creates that extension"
                ));
            }
            self.tolerate(failure)?;
        }
        Ok(type_)
    }

    /// A type name into a type, whether or not there is one of that name.
    pub(super) fn type_by_name(&self, text: &str) -> Outcome<PgType> {
        let mut type_ = PgType::parse(text).map_err(Failure::bad)?;
        if let Some(name) = type_.user_defined() {
            let name = self.type_by_path(catalog_name(&name));
            type_.base = BaseType::Named {
                schema: name.schema,
                name: name.name,
            };
        }
        Ok(type_)
    }

    fn extension_has_type(&self, name: &str) -> bool {
        if RARE_BUILTINS.contains(&name) {
            return true;
        }
        let known = EXTENSION_TYPES
            .iter()
            .any(|(_, types)| types.contains(&name));
        if known {
            return EXTENSION_TYPES.iter().any(|(extension, types)| {
                types.contains(&name)
                    && self
                        .schema
                        .extensions
                        .keys()
                        .any(|e| e.starts_with(extension))
            });
        }
        // An extension outside the list may bring any type.
        const WITHOUT_TYPES: &[&str] = &[
            "uuid-ossp",
            "pgcrypto",
            "pg_trgm",
            "btree_gin",
            "btree_gist",
            "unaccent",
            "plpgsql",
            "pg_stat_statements",
            "fuzzystrmatch",
            "tablefunc",
            "pg_cron",
        ];
        self.schema.extensions.keys().any(|e| {
            !WITHOUT_TYPES.contains(&e.as_str())
                && !EXTENSION_TYPES.iter().any(|(known, _)| known == e)
        })
    }

    pub(super) fn no_type(&self, name: &QualName) -> Failure {
        let sentence = format!("type \"{name}\" does not exist");
        if name.schema.is_none() && TYPES_OF_OTHERS.contains(&name.name.as_str()) {
            return Failure::missing(sentence);
        }
        self.missing(Object::Type(name.clone()), sentence)
    }

    fn duplicate_type(name: &QualName) -> Failure {
        Failure::duplicate(format!("type \"{}\" already exists", name.name))
    }

    pub(super) fn create_enum(&mut self, op: &CreateEnum) -> Outcome {
        let name = catalog_name(&op.name);
        if self.type_exists(&name) {
            if op.if_not_exists {
                return Ok(());
            }
            return Err(Self::duplicate_type(&name));
        }
        self.need_schema(&name)?;
        self.base.know(Object::Type(name.clone()));
        self.schema.enums.insert(
            name,
            EnumType {
                labels: op.labels.clone(),
                comment: None,
                origin: Some(self.origin.clone()),
            },
        );
        Ok(())
    }

    pub(super) fn alter_enum(&mut self, op: &AlterEnum) -> Outcome {
        let name = catalog_name(&op.name);
        if let EnumAction::SetSchema(schema) = &op.action {
            let to = QualName::qualified(Some(&ident(schema)), name.name.clone());
            return self.move_type(&name, &to);
        }
        let Some(target) = self.schema.enums.get_mut(&name) else {
            return Err(self.no_type(&name));
        };
        match &op.action {
            EnumAction::AddValue {
                label,
                position,
                if_not_exists,
            } => {
                if target.labels.contains(label) {
                    if *if_not_exists {
                        return Ok(());
                    }
                    return Err(Failure::duplicate(format!(
                        "enum label \"{label}\" already exists"
                    )));
                }
                let find = |wanted: &str| {
                    target
                        .labels
                        .iter()
                        .position(|l| l == wanted)
                        .ok_or_else(|| {
                            Failure::missing(format!("\"{wanted}\" is not an existing enum label"))
                        })
                };
                let at = match position {
                    EnumPosition::Last => target.labels.len(),
                    EnumPosition::Before(other) => find(other)?,
                    EnumPosition::After(other) => find(other)? + 1,
                };
                target.labels.insert(at, label.clone());
            }
            EnumAction::RenameValue { from, to } => {
                if target.labels.contains(to) {
                    return Err(Failure::duplicate(format!(
                        "enum label \"{to}\" already exists"
                    )));
                }
                match target.labels.iter_mut().find(|l| *l == from) {
                    Some(label) => label.clone_from(to),
                    None => {
                        return Err(Failure::missing(format!(
                            "\"{from}\" is not an existing enum label"
                        )));
                    }
                }
                self.rename_label(&name, from, to);
            }
            EnumAction::SetSchema(_) => {}
        }
        Ok(())
    }

    /// Defaults are kept by value: a bare literal of a renamed label follows.
    fn rename_label(&mut self, name: &QualName, from: &str, to: &str) {
        let old = quote_literal(from);
        let new = quote_literal(to);
        for table in self.tables_of_type(name) {
            let Some(table) = self.schema.tables.get_mut(&table) else {
                continue;
            };
            for column in &mut table.columns {
                if column.type_.user_defined().as_ref() == Some(name)
                    && let Some(default) = &mut column.default
                {
                    if default.0 == old {
                        default.0.clone_from(&new);
                    } else if let Some(rest) = default.0.strip_prefix(&format!("{old}::")) {
                        default.0 = format!("{new}::{rest}");
                    }
                }
            }
        }
    }

    pub(super) fn rename_type(&mut self, op: &RenameType) -> Outcome {
        let name = catalog_name(&op.name);
        let to = QualName::qualified(name.schema.as_deref(), ident(&op.new_name));
        self.move_type(&name, &to)
    }

    fn move_type(&mut self, from: &QualName, to: &QualName) -> Outcome {
        if from == to && self.type_exists(from) {
            return Ok(());
        }
        self.need_schema(to)?;
        if self.type_exists(to) {
            return Err(Self::duplicate_type(to));
        }
        if let Some((at, _, value)) = self.schema.enums.shift_remove_full(from) {
            self.schema.enums.shift_insert(at, to.clone(), value);
        } else if let Some((at, _, value)) = self.schema.domains.shift_remove_full(from) {
            self.schema.domains.shift_insert(at, to.clone(), value);
        } else if let Some((at, _, value)) = self.schema.composites.shift_remove_full(from) {
            self.schema.composites.shift_insert(at, to.clone(), value);
        } else if let Some(at) = self
            .schema
            .others
            .iter()
            .position(|o| o.kind == "TYPE" && o.name == *from)
        {
            self.move_other(at, to.clone());
        } else {
            return Err(self.no_type(from));
        }
        self.base.know(Object::Type(to.clone()));
        self.retarget_type(from, to);
        Ok(())
    }

    fn retarget_type(&mut self, from: &QualName, to: &QualName) {
        let base = BaseType::Named {
            schema: to.schema.clone(),
            name: to.name.clone(),
        };
        visit::types(&mut self.schema, &mut |type_| {
            if type_.user_defined().as_ref() == Some(from) {
                type_.base = base.clone();
            }
        });
        visit::expressions(&mut self.schema, &mut |expr| {
            if mentions_word(expr.sql(), &from.name) {
                expr.0 = rename_type_in_expr(&expr.0, from, to);
            }
        });
        self.retarget_type_in_statements(from, to);
    }

    pub(super) fn alter_composite(&mut self, op: &AlterComposite) -> Outcome {
        let name = catalog_name(&op.name);
        if !self.schema.composites.contains_key(&name) {
            return Err(if self.type_exists(&name) {
                Failure::bad(format!("\"{}\" is not a composite type", name.name))
            } else {
                self.no_type(&name)
            });
        }
        for action in &op.actions {
            let added = match action {
                AttributeAction::Add(_, type_) | AttributeAction::Type(_, type_) => {
                    self.attribute_type(type_)?
                }
                AttributeAction::Drop(..) | AttributeAction::Rename(..) => String::new(),
            };
            let Some(composite) = self.schema.composites.get_mut(&name) else {
                continue;
            };
            let attributes = &mut composite.attributes;
            let at = |wanted: &str| attributes.iter().position(|(n, _)| n == wanted);
            let missing = |wanted: &str| {
                Failure::missing(format!(
                    "column \"{wanted}\" of relation \"{}\" does not exist",
                    name.name
                ))
            };
            let taken = |wanted: &str| {
                Failure::duplicate(format!(
                    "column \"{wanted}\" of relation \"{}\" already exists",
                    name.name
                ))
            };
            match action {
                AttributeAction::Add(attribute, _) => {
                    let attribute = ident(attribute);
                    if at(&attribute).is_some() {
                        return Err(taken(&attribute));
                    }
                    attributes.push((attribute, added));
                }
                AttributeAction::Drop(attribute, if_exists) => match at(&ident(attribute)) {
                    Some(at) => {
                        attributes.remove(at);
                    }
                    None if *if_exists => {}
                    None => return Err(missing(&ident(attribute))),
                },
                AttributeAction::Type(attribute, _) => {
                    let at = at(&ident(attribute)).ok_or_else(|| missing(&ident(attribute)))?;
                    if let Some(slot) = attributes.get_mut(at) {
                        slot.1 = added;
                    }
                }
                AttributeAction::Rename(attribute, new) => {
                    let new = ident(new);
                    if at(&new).is_some() {
                        return Err(taken(&new));
                    }
                    let at = at(&ident(attribute)).ok_or_else(|| missing(&ident(attribute)))?;
                    if let Some(slot) = attributes.get_mut(at) {
                        slot.0 = new;
                    }
                }
            }
        }
        Ok(())
    }

    /// Type of an attribute; a user-defined one must exist.
    fn attribute_type(&mut self, text: &str) -> Outcome<String> {
        let lower = text.to_ascii_lowercase();
        let (type_, collation) = match lower.find(" collate ") {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let resolved = self.resolve_type(type_)?;
        let collation = collation
            .get(" collate ".len()..)
            .map(|c| format!(" COLLATE {}", c.trim()))
            .unwrap_or_default();
        Ok(format!(
            "{}{collation}",
            crate::pg::sql::print_type(&resolved)
        ))
    }

    pub(super) fn create_composite(&mut self, op: &CreateComposite) -> Outcome {
        let name = catalog_name(&op.name);
        if self.type_exists(&name) {
            return Err(Self::duplicate_type(&name));
        }
        self.need_schema(&name)?;
        let mut attributes = Vec::new();
        for (attribute, type_) in &op.attributes {
            attributes.push((ident(attribute), self.attribute_type(type_)?));
        }
        self.base.know(Object::Type(name.clone()));
        self.schema.composites.insert(
            name,
            Composite {
                attributes,
                origin: Some(self.origin.clone()),
            },
        );
        Ok(())
    }

    pub(super) fn create_domain(&mut self, op: &CreateDomain) -> Outcome {
        let name = catalog_name(&op.name);
        if self.type_exists(&name) {
            if op.if_not_exists {
                return Ok(());
            }
            return Err(Self::duplicate_type(&name));
        }
        self.need_schema(&name)?;
        let mut domain = Domain {
            base: self.resolve_type(&op.base)?,
            not_null: op.not_null,
            default: op.default.clone(),
            collation: op.collation.clone(),
            checks: Vec::new(),
            comment: None,
            origin: Some(self.origin.clone()),
        };
        for check in &op.checks {
            push_check(&name, &mut domain, check);
        }
        self.base.know(Object::Type(name.clone()));
        self.schema.domains.insert(name, domain);
        Ok(())
    }

    pub(super) fn alter_domain(&mut self, op: &AlterDomain) -> Outcome {
        let name = catalog_name(&op.name);
        let Some(domain) = self.schema.domains.get_mut(&name) else {
            return Err(self.no_type(&name));
        };
        match &op.action {
            DomainAction::NotNull(on) => domain.not_null = *on,
            DomainAction::Default(Change::Keep) => {}
            DomainAction::Default(Change::Unset) => domain.default = None,
            DomainAction::Default(Change::Set(expr)) => domain.default = Some(expr.clone()),
            DomainAction::AddConstraint(check) => push_check(&name, domain, check),
            DomainAction::Validate(constraint) => {
                let constraint = ident(constraint);
                match domain
                    .checks
                    .iter_mut()
                    .find(|c| c.name.as_deref() == Some(constraint.as_str()))
                {
                    Some(check) => check.not_valid = false,
                    None => return Err(no_domain_constraint(&constraint, &name)),
                }
            }
            DomainAction::RenameConstraint(from, to) => {
                let (from, to) = (ident(from), ident(to));
                let named = |n: &str, c: &Constraint| c.name.as_deref() == Some(n);
                if domain.checks.iter().any(|c| named(&to, c)) {
                    return Err(Failure::duplicate(format!(
                        "constraint \"{to}\" for domain {} already exists",
                        name.name
                    )));
                }
                match domain.checks.iter_mut().find(|c| named(&from, c)) {
                    Some(check) => check.name = Some(to),
                    None => return Err(no_domain_constraint(&from, &name)),
                }
            }
            DomainAction::DropConstraint(constraint, if_exists) => {
                let constraint = ident(constraint);
                let before = domain.checks.len();
                domain
                    .checks
                    .retain(|c| c.name.as_deref() != Some(constraint.as_str()));
                if domain.checks.len() == before && !if_exists {
                    return Err(no_domain_constraint(&constraint, &name));
                }
            }
        }
        Ok(())
    }
}

fn no_domain_constraint(constraint: &str, domain: &QualName) -> Failure {
    Failure::missing(format!(
        "constraint \"{constraint}\" of domain \"{}\" does not exist",
        domain.name
    ))
}

fn push_check(name: &QualName, domain: &mut Domain, check: &Constraint) {
    let mut check = check.clone();
    let chosen = match &check.name {
        Some(given) => ident(given),
        None => names::choose_name(&name.name, None, "check", |n| {
            domain.checks.iter().any(|c| c.name.as_deref() == Some(n))
        }),
    };
    check.name = Some(chosen);
    domain.checks.push(check);
}
