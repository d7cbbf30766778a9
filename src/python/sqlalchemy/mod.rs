//! SQLAlchemy's objects, as the models build them, to the values of [`ir`](crate::ir): what its PostgreSQL compiler
//! would render of types, expressions, tables and names.

mod column;
mod constraint;
pub mod data;
pub mod expr;
mod from;
mod index;
pub mod naming;
mod objects;
pub mod schema;
pub mod types;

use std::rc::Rc;

use super::eval::interp::{Flow, Interp, R};
use super::eval::value::{Native, Unknown, Value};
use crate::diag::Code;
use crate::ir::QualName;

/// Why an operation could not be built.
pub enum Fail {
    /// An exception, or a bound.
    Flow(Flow),
    /// A part of it is not known.
    Unknown(Rc<Unknown>),
}

impl From<Flow> for Fail {
    fn from(flow: Flow) -> Self {
        Fail::Flow(flow)
    }
}

impl From<Rc<Unknown>> for Fail {
    fn from(unknown: Rc<Unknown>) -> Self {
        Fail::Unknown(unknown)
    }
}

/// A part of an operation, or why it could not be built.
pub type Built<T> = Result<T, Fail>;

/// The natives that the models of SQLAlchemy call.
pub fn natives() -> impl Iterator<Item = &'static Native> {
    types::NATIVES
        .iter()
        .chain(expr::NATIVES)
        .chain(schema::NATIVES)
}

impl Interp<'_> {
    /// Ends a native that builds an operation: what is not known becomes an opaque operation and a diagnostic.
    ///
    /// # Errors
    /// As evaluation.
    pub fn finish(&mut self, built: Built<()>, what: &str, schema: bool) -> R<Value> {
        match built {
            Ok(()) => Ok(Value::None),
            Err(Fail::Flow(flow)) => Err(flow),
            Err(Fail::Unknown(unknown)) => {
                let message = format!("a part of this {what} is not known: {}", unknown.reason);
                self.opaque(Code::UnknownValue, message, &unknown, schema)?;
                Ok(Value::None)
            }
        }
    }

    /// Text that an operation needs.
    ///
    /// # Errors
    /// It is not known, or no text.
    pub fn text(&mut self, value: &Value, what: &str) -> Built<String> {
        match value.plain() {
            Value::Str(text) => Ok(text.to_string()),
            Value::Unknown(unknown) => Err(unknown.into()),
            other => {
                let name = self.type_name(&other);
                Err(self
                    .raise("TypeError", format!("{what} must be text, not {name}"))
                    .into())
            }
        }
    }

    /// Text that may be missing.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub fn opt_text(&mut self, value: &Value, what: &str) -> Built<Option<String>> {
        match value {
            Value::None => Ok(None),
            other => self.text(other, what).map(Some),
        }
    }

    /// A flag, false when it is missing.
    ///
    /// # Errors
    /// It is not known.
    pub fn flag(&mut self, value: &Value) -> Built<bool> {
        Ok(self.truth(value)??)
    }

    /// Items of a list that an operation needs.
    ///
    /// # Errors
    /// They are not known.
    pub fn known_items(&mut self, value: &Value) -> Built<Vec<Value>> {
        Ok(self.iterate(value)??)
    }

    /// A name with its schema.
    ///
    /// # Errors
    /// As [`Self::text`].
    pub fn qual(&mut self, name: &Value, schema: &Value) -> Built<QualName> {
        let schema = self.opt_text(schema, "the schema")?;
        let name = self.text(name, "the name")?;
        Ok(QualName::qualified(
            schema.as_deref().filter(|s| !s.is_empty()),
            name,
        ))
    }

    /// An attribute of a model's instance, `None` when it has none.
    pub fn attr(&mut self, value: &Value, name: &str) -> R<Value> {
        match self.find_attribute(value, name)? {
            // What a model does not have is missing; what was put there and is not known stays so.
            Some(Value::Unknown(u)) if u.code => Ok(match value {
                Value::Instance(i) if i.get(name).is_some() => Value::Unknown(u),
                _ => Value::None,
            }),
            Some(found) => Ok(found),
            None => Ok(Value::None),
        }
    }

    /// Major and minor version of SQLAlchemy that the history ran with.
    pub fn sqlalchemy_version(&self) -> (u32, u32) {
        let mut parts = self
            .config
            .sqlalchemy_version
            .split('.')
            .map(|p| p.parse::<u32>().unwrap_or(0));
        match parts.next() {
            Some(major) if major > 0 => (major, parts.next().unwrap_or(0)),
            _ => (2, 0),
        }
    }
}
