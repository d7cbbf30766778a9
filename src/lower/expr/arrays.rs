//! Functions that change arrays, which are stored as JSON (PostgreSQL documentation, section 9.19).

use super::{Result, Sql, Translator, Ty, level};
use crate::lower::encoding::Encoding;
use crate::lower::loss::Grade;
use crate::pg::sql::ast::{Call, Node};

impl Translator<'_> {
    /// A function of arrays; `None` for other names.
    pub(super) fn array_call(&mut self, call: &Call) -> Result<Option<Sql>> {
        let items = match (call.name.as_str(), call.args.as_slice()) {
            ("array_remove", [array, item]) => {
                let (array, item) = self.array_and_item(array, item)?;
                let list = "SELECT json_group_array(value ORDER BY key) FROM json_each";
                self.array_of(
                    &array,
                    format!(
                        "({list}({}) WHERE value IS NOT {})",
                        array.text,
                        item.at(level::COMPARE)
                    ),
                )
            }
            ("array_replace", [array, from, to]) => {
                let (array, from) = self.array_and_item(array, from)?;
                let element = from.ty.clone().unwrap_or_else(Ty::text);
                let to = self.expr_as(to, &element)?;
                self.array_of(
                    &array,
                    format!(
                        "(SELECT json_group_array(CASE WHEN value IS {} THEN {} ELSE value END ORDER BY key) FROM json_each({}))",
                        from.at(level::COMPARE),
                        to.text,
                        array.text
                    ),
                )
            }
            ("array_append", [array, item]) => {
                let (array, item) = self.array_and_item(array, item)?;
                let text = format!(
                    "json_insert(coalesce({}, '[]'), '$[#]', {})",
                    array.text, item.text
                );
                self.compact();
                Sql::atom(text, array.ty)
            }
            ("array_prepend", [item, array]) => {
                let (array, item) = self.array_and_item(array, item)?;
                let text = format!(
                    "(SELECT json_group_array(value ORDER BY key) FROM (SELECT -1 AS key, {} AS value UNION ALL SELECT key, value FROM json_each(coalesce({}, '[]'))))",
                    item.text, array.text
                );
                self.compact();
                Sql::atom(text, array.ty)
            }
            ("array_position", [array, item]) => {
                let (array, item) = self.array_and_item(array, item)?;
                Sql::atom(
                    format!(
                        "(SELECT min(key) + 1 FROM json_each({}) WHERE value IS {})",
                        array.text,
                        item.at(level::COMPARE)
                    ),
                    Ty::integer(),
                )
            }
            _ => return Ok(None),
        };
        Ok(Some(items))
    }

    /// A stored array, and a value in the form of its items.
    fn array_and_item(&mut self, array: &Node, item: &Node) -> Result<(Sql, Sql)> {
        let array = self.stored_array(array)?;
        let element = array.ty.as_ref().map(|t| self.ty_of(&t.pg.element()));
        let element = element.ok_or("an array of an unknown type")?;
        if !matches!(element.encoding, Encoding::Text | Encoding::Integer) {
            return Err("items of this type stand otherwise inside an array".to_owned());
        }
        let item = self.expr_as(item, &element)?;
        Ok((array, item))
    }

    /// A new array in place of one that is not NULL.
    fn array_of(&mut self, array: &Sql, text: String) -> Sql {
        self.compact();
        Sql::atom(
            format!(
                "CASE WHEN {} IS NOT NULL THEN {text} END",
                array.at(level::COMPARE)
            ),
            array.ty.clone(),
        )
    }

    fn compact(&mut self) {
        self.note(
            Grade::Widened,
            "SQLite's JSON has no blanks between its parts.",
        );
    }
}
