//! Queries of views in a normal form: what a script says and what `pg_get_viewdef` displays of it become the same tree.
//!
//! PostgreSQL displays columns with their table, expands `*`, names every column, and puts expressions in the place of positions
//! and aliases behind `GROUP BY` and `ORDER BY`. Two queries of the same form are the same; of two forms that differ it is not said
//! that the queries do.

use super::expr::simplify;
use crate::pg::sql::ast::{FromItem, Node, Query, Select};
use crate::pg::sql::{figure_name, parse_query, print_expr, rewrite};

/// Whether two queries with these names for their columns are found to be the same.
pub(super) fn same(one: (&str, &[String]), other: (&str, &[String])) -> bool {
    match (Form::of(one.0, one.1), Form::of(other.0, other.1)) {
        (Some(a), Some(b)) => a.query == b.query && a.tables_agree(&b),
        _ => false,
    }
}

/// Whether two queries are found to ask for something else: they give another number of columns, or they are the same but for a number
/// or a word. Nothing else proves it. PostgreSQL displays other texts for the same dates, documents and intervals, and the present name of
/// what was renamed, a `label` of an enumeration too.
pub(super) fn differ(
    one: (&str, &[String]),
    other: (&str, &[String]),
    label: &dyn Fn(&str) -> bool,
) -> bool {
    let (Some(mut a), Some(mut b)) = (Form::of(one.0, one.1), Form::of(other.0, other.1)) else {
        return false;
    };
    if a.query.select.items.len() != b.query.select.items.len() {
        return true;
    }
    let (mine, theirs) = (a.take_constants(), b.take_constants());
    let same_but = a.query == b.query && a.tables_agree(&b) && mine.len() == theirs.len();
    let plain = |text: &str| {
        let letters = |c: char| c.is_alphabetic() || matches!(c, '_' | ' ' | '-');
        // `inf` is displayed as `Infinity`.
        !label(text) && text.chars().all(letters) && !text.to_lowercase().starts_with("inf")
    };
    let apart = |(a, b): (&Node, &Node)| match (a, b) {
        (Node::Number(a), Node::Number(b)) => match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a != b,
            _ => false,
        },
        (Node::String(a), Node::String(b)) => {
            plain(a) && plain(b) && a.trim().to_lowercase() != b.trim().to_lowercase()
        }
        _ => false,
    };
    same_but && mine.iter().zip(&theirs).any(apart)
}

/// A query without the tables of its columns, and those tables in the order of the walk.
struct Form {
    query: Query,
    tables: Vec<Option<String>>,
}

impl Form {
    fn of(text: &str, names: &[String]) -> Option<Self> {
        let mut query = parse_query(text.trim().trim_end_matches(';')).ok()?;
        for ((_, alias), name) in query.select.items.iter_mut().zip(names) {
            *alias = Some(name.clone());
        }
        let mut walk = Walk { tables: Vec::new() };
        walk.query(&mut query)?;
        Some(Self {
            query,
            tables: walk.tables,
        })
    }

    /// A column without its table was found in one table alone, or PostgreSQL had refused it.
    fn tables_agree(&self, other: &Self) -> bool {
        let mut tables = self.tables.iter().zip(&other.tables);
        let agree = |(a, b): (&Option<String>, &Option<String>)| match (a, b) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        self.tables.len() == other.tables.len() && tables.all(agree)
    }

    /// Puts one and the same constant in the place of every number, and another in that of every text; gives what stood there.
    fn take_constants(&mut self) -> Vec<Node> {
        let mut taken = Vec::new();
        let mut visit = |node: &Node| -> Option<Node> {
            let instead = match node {
                Node::Number(_) => Node::Number("0".to_owned()),
                Node::String(_) => Node::String(String::new()),
                _ => return None,
            };
            taken.push(node.clone());
            Some(instead)
        };
        match rewrite::rewrite_query(&mut self.query, &mut visit) {
            Ok(()) => taken,
            Err(_) => Vec::new(),
        }
    }
}

struct Walk {
    tables: Vec<Option<String>>,
}

impl Walk {
    /// `None` for what has no form.
    fn query(&mut self, query: &mut Query) -> Option<()> {
        for (_, _, part) in &mut query.with {
            self.query(part)?;
        }
        let plain = query.compound.is_empty();
        for item in &mut query.order_by {
            if plain {
                meant(&mut item.expr, &query.select);
            }
        }
        self.select(&mut query.select)?;
        for (_, select) in &mut query.compound {
            self.select(select)?;
        }
        for item in &mut query.order_by {
            self.expr(&mut item.expr)?;
        }
        for bound in [&mut query.limit, &mut query.offset].into_iter().flatten() {
            self.expr(bound)?;
        }
        Some(())
    }

    fn select(&mut self, select: &mut Select) -> Option<()> {
        let mut groups = std::mem::take(&mut select.group_by);
        for node in &mut groups {
            meant(node, select);
        }
        for (node, alias) in &mut select.items {
            if matches!(node, Node::Star(_)) {
                return None;
            }
            alias.get_or_insert_with(|| match figure_name(&print_expr(node)).as_str() {
                "expr" => "?column?".to_owned(),
                name => name.to_owned(),
            });
            self.expr(node)?;
        }
        for item in &mut select.from {
            self.from(item)?;
        }
        for node in &mut groups {
            self.expr(node)?;
        }
        select.group_by = groups;
        let rest = select.distinct_on.iter_mut().chain(&mut select.filter);
        let rest = rest.chain(&mut select.having);
        for node in rest.chain(select.values.iter_mut().flatten()) {
            self.expr(node)?;
        }
        Some(())
    }

    fn from(&mut self, item: &mut FromItem) -> Option<()> {
        match item {
            FromItem::Table(name, alias) => {
                if name.schema.as_deref() == Some("public") {
                    name.schema = None;
                }
                if alias.as_deref() == Some(name.name.as_str()) {
                    *alias = None;
                }
            }
            FromItem::Query { query, .. } => self.query(query)?,
            FromItem::Function { call, .. } => self.expr(call)?,
            FromItem::Join {
                left,
                kind,
                right,
                on,
                ..
            } => {
                let words = kind.split_whitespace();
                let words = words.filter(|w| !matches!(*w, "INNER" | "OUTER"));
                *kind = words.collect::<Vec<_>>().join(" ");
                self.from(left)?;
                self.from(right)?;
                if let Some(on) = on {
                    self.expr(on)?;
                }
            }
        }
        Some(())
    }

    fn expr(&mut self, node: &mut Node) -> Option<()> {
        let mut known = true;
        let mut visit = |node: &Node| -> Option<Node> {
            match node {
                Node::Column(parts) => {
                    let (name, table) = parts.split_last()?;
                    self.tables.push(table.last().cloned());
                    Some(Node::Column(vec![name.clone()]))
                }
                Node::Subquery(query) => {
                    let mut query = query.clone();
                    known &= self.query(&mut query).is_some();
                    Some(Node::Subquery(query))
                }
                Node::Exists(query) => {
                    let mut query = query.clone();
                    // What it selects does not count.
                    query.select.items.clear();
                    known &= self.query(&mut query).is_some();
                    Some(Node::Exists(query))
                }
                Node::InQuery {
                    operand,
                    query,
                    negated,
                } => {
                    let (mut operand, mut query) = (operand.clone(), query.clone());
                    known &= self.expr(&mut operand).is_some();
                    known &= self.query(&mut query).is_some();
                    Some(Node::InQuery {
                        operand,
                        query,
                        negated: *negated,
                    })
                }
                Node::Other(_) => {
                    known = false;
                    None
                }
                _ => None,
            }
        };
        rewrite::rewrite(node, &mut visit).ok()?;
        *node = simplify(std::mem::replace(node, Node::Null));
        known.then_some(())
    }
}

/// Puts the expression in the place of a position or an alias of the result.
fn meant(node: &mut Node, select: &Select) {
    let item = match node {
        Node::Number(digits) => digits
            .parse::<usize>()
            .ok()
            .and_then(|at| select.items.get(at.checked_sub(1)?)),
        Node::Column(parts) => match parts.as_slice() {
            [name] => select
                .items
                .iter()
                .find(|(_, alias)| alias.as_deref() == Some(name)),
            _ => None,
        },
        _ => None,
    };
    if let Some((meant, _)) = item {
        *node = meant.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::{differ, same};

    #[test]
    fn what_proves_that_queries_differ_and_what_does_not() {
        for (script, shown, apart) in [
            (
                "SELECT id FROM t WHERE a > 1",
                "SELECT t.id FROM t WHERE (t.a > 2)",
                true,
            ),
            (
                "SELECT id FROM t WHERE a > 1",
                "SELECT t.id FROM t WHERE (t.a > 1)",
                false,
            ),
            (
                "SELECT id FROM t LIMIT 5",
                "SELECT t.id FROM t LIMIT 6",
                true,
            ),
            ("SELECT id FROM t", "SELECT t.id, t.a FROM t", true),
            ("SELECT * FROM t", "SELECT t.id, t.a FROM t", false),
            (
                "SELECT id FROM t WHERE s = 'open'",
                "SELECT t.id FROM t WHERE (t.s = 'shut'::text)",
                true,
            ),
            (
                "SELECT id FROM t WHERE s = 'open'",
                "SELECT t.id FROM t WHERE ((t.s)::text = 'open'::text)",
                false,
            ),
            (
                "SELECT id FROM t WHERE s IN ('a', 'b')",
                "SELECT t.id FROM t WHERE (t.s = ANY (ARRAY['a'::text, 'c'::text]))",
                true,
            ),
            (
                "SELECT id FROM t WHERE s = 'was'",
                "SELECT t.id FROM t WHERE (t.s = 'label'::mood)",
                false,
            ),
            (
                "SELECT id FROM t WHERE d > 'June 1 2020'",
                "SELECT t.id FROM t WHERE (t.d > '2020-06-01'::date)",
                false,
            ),
            (
                "SELECT id FROM t WHERE f < 'inf'",
                "SELECT t.id FROM t WHERE (t.f < 'Infinity'::double precision)",
                false,
            ),
            (
                "SELECT id FROM t WHERE n > .50",
                "SELECT t.id FROM t WHERE (t.n > 0.5)",
                false,
            ),
            (
                "SELECT id FROM t WHERE a > 1",
                "SELECT t.id FROM t WHERE (t.b > 2)",
                false,
            ),
            ("SELECT id FROM old", "SELECT new.id FROM new", false),
        ] {
            let found = differ((script, &[]), (shown, &[]), &|text| text == "label");
            assert_eq!(found, apart, "{script}");
        }
    }

    #[test]
    fn scripts_and_displays_are_the_same_and_other_queries_are_not() {
        for (script, shown, equal) in [
            (
                "SELECT id, name FROM users WHERE status IN ('a', 'b')",
                " SELECT users.id,\n    users.name\n   FROM users\n  WHERE ((users.status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]));",
                true,
            ),
            (
                "SELECT u.id, count(*) FROM users u INNER JOIN orders o ON o.user_id = u.id GROUP BY 1 ORDER BY 2 DESC",
                " SELECT u.id,\n    count(*) AS count\n   FROM (users u\n     JOIN orders o ON ((o.user_id = u.id)))\n  GROUP BY u.id\n  ORDER BY (count(*)) DESC;",
                true,
            ),
            (
                "SELECT a + 1 AS b FROM public.t ORDER BY b",
                "SELECT (t.a + 1) AS b FROM t ORDER BY (t.a + 1)",
                true,
            ),
            (
                "SELECT id FROM t WHERE EXISTS (SELECT 1 FROM s WHERE s.t_id = t.id)",
                "SELECT t.id FROM t WHERE (EXISTS ( SELECT 1 FROM s WHERE (s.t_id = t.id)))",
                true,
            ),
            (
                "SELECT id FROM t WHERE a > 1",
                "SELECT t.id FROM t WHERE (t.a > 2)",
                false,
            ),
            ("SELECT id FROM t", "SELECT t.id FROM s t", false),
            ("SELECT id AS x FROM t", "SELECT t.id FROM t", false),
            ("SELECT a.id FROM a, b", "SELECT b.id FROM a, b", false),
            (
                "SELECT id FROM t LIMIT 5",
                "SELECT t.id FROM t LIMIT 6",
                false,
            ),
        ] {
            assert_eq!(same((script, &[]), (shown, &[])), equal, "{script}");
        }
        let names = ["n".to_owned()];
        assert!(same(
            ("SELECT id FROM t", &names),
            ("SELECT t.id AS n FROM t", &[])
        ));
    }
}
