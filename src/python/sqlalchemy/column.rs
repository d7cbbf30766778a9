//! Columns: type, default, identity, and which one is serial.

use std::rc::Rc;

use super::expr::Columns;
use super::types::quote_qualified;
use super::{Built, Fail};
use crate::diag::Code;
use crate::ir::{Column, Expr, Generated, Identity};
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Unknown, Value};

impl Interp<'_> {
    /// A condition: text as it stands, or an expression.
    ///
    /// # Errors
    /// A part is not known.
    pub fn condition(&mut self, value: &Value) -> Built<Expr> {
        match value.plain() {
            Value::Str(text) => Ok(Expr(self.bind_text(&text, &Value::None)?.trim().to_owned())),
            Value::Unknown(u) => Err(u.into()),
            _ => Ok(Expr(self.render(value, Columns::Bare)?.trim().to_owned())),
        }
    }

    /// A server default; text is a literal, anything else an expression.
    ///
    /// # Errors
    /// It is not known.
    pub fn default_expr(&mut self, value: &Value) -> Built<Option<Expr>> {
        if value.as_model("FetchedValue").is_some() {
            return match value.as_model("DefaultClause") {
                Some(clause) => {
                    let arg = clause.get("arg").unwrap_or(Value::None);
                    self.default_expr(&arg)
                }
                None => Ok(None),
            };
        }
        if value.as_model("Sequence").is_some() {
            let name = self.sequence_qual(value)?;
            let text = quote_qualified(name.schema.as_deref(), &name.name);
            return Ok(Some(Expr(format!(
                "nextval('{}')",
                text.replace('\'', "''")
            ))));
        }
        match value.plain() {
            Value::None => Ok(None),
            Value::Str(text) => Ok(Some(Expr::string_literal(&text))),
            Value::Unknown(u) => Err(u.into()),
            _ => Ok(Some(Expr(self.render(value, Columns::Bare)?))),
        }
    }

    /// Says that the default of a column is not known, and goes on without it.
    ///
    /// # Errors
    /// As evaluation.
    pub fn default_unknown(&mut self, column: &str, unknown: &Rc<Unknown>) -> Built<()> {
        let message = format!(
            "the default of column {column} is not known: {}",
            unknown.reason
        );
        self.opaque(Code::UnknownValue, message, unknown, true)?;
        Ok(())
    }

    /// The identity clause of a column.
    ///
    /// # Errors
    /// As evaluation.
    pub fn identity(&mut self, value: &Value) -> Built<Identity> {
        let always = self.attr(value, "always")?;
        Ok(Identity {
            always: self.flag(&always)?,
            sequence: self.sequence_options(value)?,
            ..Identity::default()
        })
    }

    /// A column's clause. `serial` when it is the table's autoincrement column.
    ///
    /// # Errors
    /// A part is not known.
    pub fn column(&mut self, column: &Value, serial: bool) -> Built<Column> {
        if let Value::Unknown(u) = column {
            return Err(Rc::clone(u).into());
        }
        if let Value::Unknown(u) = self.attr(column, "_part")? {
            return Err(u.into());
        }
        let name = self.attr(column, "name")?;
        let name = self.text(&name, "the name of the column")?;
        let mut ty = self.attr(column, "type")?;
        if ty.as_model("NullType").is_some() {
            ty = self
                .try_method(column, "_referred_type", Vec::new())?
                .unwrap_or(ty);
        }
        let mut type_ = self.column_type(&ty)?;
        let mut made = Column {
            name,
            nullable: true,
            ..Column::default()
        };
        let nullable = self.attr(column, "nullable")?;
        made.nullable = self.flag(&nullable)?;
        let identity = self.attr(column, "identity")?;
        let default = self.attr(column, "server_default")?;
        if !identity.is_none() {
            made.identity = Some(self.identity(&identity)?);
            made.nullable = false;
        } else if serial {
            type_.sql = match type_.sql.as_str() {
                "BIGINT" => "BIGSERIAL",
                "SMALLINT" => "SMALLSERIAL",
                _ => "SERIAL",
            }
            .to_owned();
        } else {
            // The column is there whatever its default is.
            made.default = match self.default_expr(&default) {
                Err(Fail::Unknown(u)) => {
                    self.default_unknown(&made.name, &u)?;
                    None
                }
                known => known?,
            };
        }
        let computed = self.attr(column, "computed")?;
        if !computed.is_none() {
            let text = self.attr(&computed, "sqltext")?;
            let expr = self.condition(&text)?;
            let persisted = self.attr(&computed, "persisted")?;
            let stored =
                persisted.is_true() || (persisted.is_none() && self.sqlalchemy_version() < (2, 1));
            made.generated = Some(Generated { expr, stored });
        }
        made.collation = self.type_collation(&ty)?;
        let comment = self.attr(column, "comment")?;
        made.comment = self.opt_text(&comment, "the comment")?;
        // The collation is a clause of its own here, as PostgreSQL's catalog has it.
        if let Some((base, _)) = type_.sql.split_once(" COLLATE ") {
            type_.sql = base.to_owned();
        }
        made.type_ = type_;
        Ok(made)
    }

    /// The column that SQLAlchemy makes SERIAL: an integer alone in the key, without foreign key and default, or the
    /// one that says `autoincrement=True`.
    ///
    /// # Errors
    /// As evaluation.
    pub fn autoincrement_column(
        &mut self,
        table: &Value,
        columns: &[Value],
    ) -> Built<Option<Value>> {
        let pk = self.attr(table, "_pk_given")?;
        let mut keys = Vec::new();
        if pk.is_none() {
            for column in columns {
                let flag = self.attr(column, "primary_key")?;
                if self.flag(&flag)? {
                    keys.push(column.clone());
                }
            }
        } else {
            let list = self.attr(&pk, "_given")?;
            for name in self.column_names(&list)? {
                for column in columns {
                    let own = self.attr(column, "name")?;
                    if own.as_str().is_some_and(|n| *n == *name) {
                        keys.push(column.clone());
                    }
                }
            }
        }
        for column in &keys {
            let auto = self.attr(column, "autoincrement")?;
            if auto.is_true() && self.may_autoincrement(column, true)? {
                return Ok(Some(column.clone()));
            }
        }
        if let [column] = keys.as_slice() {
            let auto = self.attr(column, "autoincrement")?;
            let wanted = auto
                .as_str()
                .is_some_and(|w| matches!(&*w, "auto" | "ignore_fk"));
            let ignore_fk = auto.as_str().is_some_and(|w| &*w == "ignore_fk");
            if wanted {
                let fks = self.attr(column, "foreign_keys")?;
                let has_fk =
                    !self.known_items(&fks)?.is_empty() || self.in_foreign_key(table, column)?;
                if (ignore_fk || !has_fk) && self.may_autoincrement(column, false)? {
                    return Ok(Some(column.clone()));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn in_foreign_key(&mut self, table: &Value, column: &Value) -> Built<bool> {
        let own = self.attr(column, "name")?.as_str().unwrap_or_default();
        for constraint in self.constraints_of(table)? {
            if constraint.as_model("ForeignKeyConstraint").is_some() {
                let given = self.attr(&constraint, "_given")?;
                if self.column_names(&given)?.iter().any(|c| **c == *own) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    pub(super) fn may_autoincrement(&mut self, column: &Value, forced: bool) -> Built<bool> {
        let ty = self.attr(column, "type")?;
        let ty = match self.resolve_type(&ty) {
            Ok(ty) => ty,
            Err(Fail::Unknown(_)) => return Ok(false),
            Err(flow) => return Err(flow),
        };
        let visit = self
            .attr(&ty, "__visit_name__")?
            .as_str()
            .unwrap_or_default();
        let numeric = match &*visit {
            "INTEGER" | "BIGINT" | "SMALLINT" => true,
            // Until 2.1 an exact or inexact number counted as well.
            "NUMERIC" | "DECIMAL" | "FLOAT" | "REAL" | "DOUBLE PRECISION" => {
                self.sqlalchemy_version() < (2, 1)
            }
            _ => false,
        };
        let server = self.attr(column, "server_default")?;
        let identity = self.attr(column, "identity")?;
        let computed = self.attr(column, "computed")?;
        let client = self.attr(column, "default")?;
        let sequence = self.attr(column, "sequence")?;
        // A client-side default and a sequence of its own do not make it SERIAL, though they leave it the column that
        // counts; `Sequence(optional=True)` steps back where the database has SERIAL.
        let own = if sequence.is_none() {
            client.is_none()
        } else {
            self.attr(&sequence, "optional")?.is_true()
        };
        Ok(numeric
            && (server.is_none() || forced)
            && identity.is_none()
            && computed.is_none()
            && own)
    }

    /// The CHECK that a non-native enum brings along: its condition and name.
    ///
    /// # Errors
    /// As evaluation.
    pub fn type_check(&mut self, column: &Value) -> Built<Option<(String, Value)>> {
        let name = self.attr(column, "name")?;
        let ty = self.attr(column, "type")?;
        self.check_of_type(&name, &ty)
    }

    /// As [`Self::type_check`], for a column's name and a type.
    ///
    /// # Errors
    /// As evaluation.
    pub fn check_of_type(&mut self, name: &Value, ty: &Value) -> Built<Option<(String, Value)>> {
        if ty.is_none() {
            return Ok(None);
        }
        // A type that is not known is told where the column is built.
        let ty = match self.resolve_type(ty) {
            Ok(ty) => ty,
            Err(Fail::Unknown(_)) => return Ok(None),
            Err(flow) => return Err(flow),
        };
        let visit = self
            .attr(&ty, "__visit_name__")?
            .as_str()
            .unwrap_or_default();
        if &*visit != "ENUM" {
            return Ok(None);
        }
        let native = self.attr(&ty, "native_enum")?;
        let create = self.attr(&ty, "create_constraint")?;
        if self.flag(&native)? || !self.flag(&create)? {
            return Ok(None);
        }
        let labels: Vec<String> = self
            .labels(&ty)?
            .iter()
            .map(|l| Expr::string_literal(l).0)
            .collect();
        let column = self.text(name, "the name of the column")?;
        let text = format!(
            "{} IN ({})",
            super::types::quote(&column),
            labels.join(", ")
        );
        // The text is no `text()`: a colon in a label is no parameter.
        let text = text.replace(':', "\\:");
        Ok(Some((text, self.attr(&ty, "name")?)))
    }
}
