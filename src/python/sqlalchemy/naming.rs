//! Names of constraints and indexes: `MetaData(naming_convention=..)`, as SQLAlchemy applies it.

use std::sync::LazyLock;

use regex::Regex;

use super::Built;
use crate::python::eval::interp::Interp;
use crate::python::eval::value::{Args, Value};
use crate::python::md5::md5_hex;

/// PostgreSQL's longest name, in characters as SQLAlchemy counts them.
const MAX_NAME: usize = 63;

static TOKEN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"%\(([A-Za-z0-9_]+)\)s|%%").ok());
static COLUMN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^(referred_)?column_(\d+)(_?N)?_(name|key|label)$").ok());

/// What the tokens of a convention refer to.
#[derive(Default, Clone)]
pub struct Named {
    /// Table.
    pub table: String,
    /// Its schema.
    pub schema: Option<String>,
    /// Columns; an expression is empty.
    pub columns: Vec<String>,
    /// Table that a foreign key refers to.
    pub referred_table: String,
    /// Columns that it refers to.
    pub referred_columns: Vec<String>,
}

impl Interp<'_> {
    /// The name that a constraint gets: its own, or what the convention of its table's metadata makes of it.
    /// `kind` is `ix`, `uq`, `ck`, `fk` or `pk`.
    ///
    /// # Errors
    /// A name that the convention needs is missing or not known.
    pub fn constraint_name(
        &mut self,
        kind: &str,
        constraint: &Value,
        table: &Value,
        named: &Named,
    ) -> Built<Option<String>> {
        let name = self.attr(constraint, "name")?;
        self.apply_convention(kind, &name, constraint, table, named)
    }

    /// As [`Self::constraint_name`], for a name that is given apart.
    ///
    /// # Errors
    /// As [`Self::constraint_name`].
    pub fn apply_convention(
        &mut self,
        kind: &str,
        name: &Value,
        constraint: &Value,
        table: &Value,
        named: &Named,
    ) -> Built<Option<String>> {
        if let Value::Unknown(u) = name {
            return Err(std::rc::Rc::clone(u).into());
        }
        let given = name.as_str().map(|n| n.to_string());
        if name.as_model("conv").is_some() {
            return Ok(given.map(|n| truncated(&n)));
        }
        let metadata = self.attr(table, "metadata")?;
        let convention = self.attr(&metadata, "naming_convention")?;
        let template = self.template(&convention, kind, constraint)?;
        let Some(template) = template else {
            return Ok(given);
        };
        if given.is_some() && !template.contains("constraint_name") {
            return Ok(given);
        }
        let made = self.expand(
            &template,
            &convention,
            given.as_deref(),
            constraint,
            table,
            named,
        )?;
        Ok(Some(truncated(&made)))
    }

    fn template(
        &mut self,
        convention: &Value,
        kind: &str,
        constraint: &Value,
    ) -> Built<Option<String>> {
        let Some(pairs) = (match convention {
            Value::None => None,
            other => self.pairs(other)?,
        }) else {
            return match convention {
                Value::Unknown(u) => Err(std::rc::Rc::clone(u).into()),
                _ => Ok(None),
            };
        };
        for (key, value) in pairs {
            let hit = match &key {
                Value::Class(c) => match constraint {
                    Value::Instance(i) => i.class.is_subclass(c),
                    _ => false,
                },
                other => other.as_str().is_some_and(|k| &*k == kind),
            };
            if hit {
                return self.text(&value, "the naming convention").map(Some);
            }
        }
        Ok(None)
    }

    fn expand(
        &mut self,
        template: &str,
        convention: &Value,
        given: Option<&str>,
        constraint: &Value,
        table: &Value,
        named: &Named,
    ) -> Built<String> {
        let Some(pattern) = TOKEN.as_ref() else {
            return Ok(template.to_owned());
        };
        let mut out = String::new();
        let mut last = 0;
        for found in pattern.captures_iter(template) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(template.get(last..whole.start()).unwrap_or_default());
            last = whole.end();
            let Some(token) = found.get(1) else {
                out.push('%');
                continue;
            };
            let custom = self
                .pairs(convention)?
                .unwrap_or_default()
                .into_iter()
                .find(|(k, _)| k.as_str().is_some_and(|k| &*k == token.as_str()));
            if let Some((_, function)) = custom {
                let args = Args::new(vec![constraint.clone(), table.clone()]);
                let text = self.call(&function, args)?;
                out.push_str(&self.text(&text, "a part of a conventional name")?);
                continue;
            }
            match token.as_str() {
                "constraint_name" => match given {
                    Some(name) => out.push_str(name),
                    None => {
                        return Err(self
                            .raise_model(
                                "sqlalchemy.exc",
                                "InvalidRequestError",
                                "Naming convention including %(constraint_name)s token requires that constraint is explicitly named.",
                            )
                            .into());
                    }
                },
                "table_name" => out.push_str(&named.table),
                "referred_table_name" => out.push_str(&named.referred_table),
                other => out.push_str(&column_token(other, named).unwrap_or_default()),
            }
        }
        out.push_str(template.get(last..).unwrap_or_default());
        Ok(out)
    }
}

fn column_token(token: &str, named: &Named) -> Option<String> {
    let found = COLUMN.as_ref()?.captures(token)?;
    let referred = found.get(1).is_some();
    let index: usize = found.get(2)?.as_str().parse().ok()?;
    let what = found.get(4)?.as_str();
    let columns = if referred {
        &named.referred_columns
    } else {
        &named.columns
    };
    let one = |column: &String| match (what, &named.schema) {
        ("label", Some(schema)) => format!("{}_{}_{column}", schema.replace('.', "_"), named.table),
        ("label", None) => format!("{}_{column}", named.table),
        _ => column.clone(),
    };
    match found.get(3) {
        Some(many) => {
            let separator = if many.as_str().starts_with('_') {
                "_"
            } else {
                ""
            };
            Some(columns.iter().map(one).collect::<Vec<_>>().join(separator))
        }
        None => columns.get(index).map(one),
    }
}

/// A name that a convention or `op.f` made, cut as SQLAlchemy cuts it: 55 characters, `_`, four digits of its MD5.
pub fn truncated(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    let head: String = name.chars().take(MAX_NAME - 8).collect();
    let digest = md5_hex(name.as_bytes());
    let tail = digest
        .get(digest.len().saturating_sub(4)..)
        .unwrap_or_default();
    format!("{head}_{tail}")
}

#[cfg(test)]
mod tests {
    use super::truncated;

    #[test]
    fn long_names_are_cut_as_sqlalchemy_does() {
        let name = format!("ix_{}_{}", "t".repeat(40), "c".repeat(40));
        let expected = format!("ix_{}_{}_f9ac", "t".repeat(40), "c".repeat(11));
        assert_eq!(truncated(&name), expected);
    }
}
