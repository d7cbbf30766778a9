//! Why a table, column, constraint, index or type is as it is: the operations of the history are applied once more, one by one, and what each
//! of them changed is written down for the object that it changed. Renames are followed.

use std::collections::HashMap;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Error, Replayed};
use crate::diag::Origin;
use crate::ir::{Caught, Op, OpKind, OpSink as _, QualName};
use crate::pg::replay::catalog_name;
use crate::pg::schema::{Schema, Table};

/// The life of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Life {
    /// `table`, `column`, `constraint`, `index`, `enum`, `domain`, `composite`, `sequence`, `view`, `function`, `trigger`, `policy`.
    pub kind: &'static str,
    /// Its names in order, the last one last: `table`, `table.column`, `schema.table.column`.
    pub names: Vec<String>,
    /// Whether it is there at the end.
    pub exists: bool,
    /// What happened to it, and to what is in it, in order.
    pub events: Vec<Event>,
    /// The life of its table.
    #[serde(skip)]
    table: Option<usize>,
}

/// Something that happened to an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// What it happened to, as it was called then: `column users.email`.
    pub object: String,
    /// What happened.
    pub what: What,
    /// What changed, as `property: old -> new`; a column's type when it is created.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// The revision and line that did it.
    pub origin: Origin,
    /// Its place in the history: events of several objects are told in this order.
    #[serde(skip)]
    at: usize,
}

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It came to be.
    Created,
    /// Properties changed.
    Altered,
    /// It has another name.
    Renamed,
    /// It is gone.
    Dropped,
}

/// The lives of the objects that have or had this name: of all of them, when several did. A name is `TABLE`, `TABLE.COLUMN`, the name of a
/// constraint, index, type, sequence, view, function or trigger, each with or without its schema or table.
///
/// # Errors
/// The base file cannot be read.
pub fn why(replayed: &Replayed, name: &str) -> Result<Vec<Life>, Error> {
    let mut record = Record::default();
    let mut replay = super::history::start(&replayed.read.options)?;
    let origin = replay.ops.first().map(|op| op.origin.clone());
    record.compare(
        &Schema::default(),
        &replay.schema,
        &origin.unwrap_or_default(),
    );
    let mut before = replay.schema.clone();
    for op in replayed.revisions.iter().flat_map(|r| &r.ops) {
        if matches!(
            op.kind,
            OpKind::Data(_) | OpKind::BulkInsert(_) | OpKind::NoEffect(_) | OpKind::Opaque(_)
        ) {
            continue;
        }
        // What it says was said when the history was evaluated.
        let _ = replay.apply(Op::clone(op), Caught::No);
        if replay.schema != before {
            record.renames.clear();
            column_renames(&op.kind, &mut record.renames);
            record.compare(&before, &replay.schema, &op.origin);
            before.clone_from(&replay.schema);
        }
    }
    Ok(record.named(name))
}

/// All lives so far.
#[derive(Default)]
struct Record {
    lives: Vec<Life>,
    /// The ones that exist, by kind and name.
    now: HashMap<(&'static str, String), usize>,
    events: usize,
    /// Columns that the operation at hand gives another name, whatever else it changes of them: paths before and after.
    renames: Vec<(String, String)>,
}

/// The columns that an operation gives another name.
fn column_renames(kind: &OpKind, into: &mut Vec<(String, String)>) {
    if let OpKind::ExecuteSql(execute) = kind {
        let ops = execute.statements.iter().flat_map(|s| &s.ops);
        ops.for_each(|op| column_renames(op, into));
    }
    if let OpKind::AlterColumn(op) = kind
        && let Some(name) = &op.new_name
    {
        let table = catalog_name(&op.table);
        into.push((format!("{table}.{}", op.column), format!("{table}.{name}")));
    }
}

/// An object as its properties.
type Objects = IndexMap<String, Map<String, Value>>;

/// Properties of an object, without its name and where it comes from.
fn properties(object: &impl Serialize) -> Map<String, Value> {
    let mut map = match serde_json::to_value(object) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.retain(|key, value| !matches!(key.as_str(), "origin" | "name") && !value.is_null());
    for key in ["constraint", "index", "definition"] {
        if let Some(inner) = map.get_mut(key).and_then(Value::as_object_mut) {
            inner.remove("name");
        }
    }
    // Which table it is in is told by its name; what the script declared, by its line.
    for key in ["declared", "table"] {
        map.remove(key);
        if let Some(inner) = map.get_mut("index").and_then(Value::as_object_mut) {
            inner.remove(key);
        }
    }
    map
}

fn keyed<T: Serialize + PartialEq>(
    map: &IndexMap<QualName, T>,
    other: &IndexMap<QualName, T>,
) -> Objects {
    map.iter()
        .filter(|(name, object)| other.get(*name) != Some(object))
        .map(|(name, object)| (name.to_string(), properties(object)))
        .collect()
}

fn listed<T: Serialize + PartialEq>(
    list: &[T],
    other: &[T],
    path: impl Fn(&T) -> String,
) -> Objects {
    list.iter()
        .filter(|object| !other.contains(object))
        .map(|object| (path(object), properties(object)))
        .collect()
}

impl Record {
    /// Writes down what differs between two moments.
    fn compare(&mut self, before: &Schema, after: &Schema, origin: &Origin) {
        self.tables(before, after, origin);
        let maps: [(&'static str, Objects, Objects); 8] = [
            (
                "enum",
                keyed(&before.enums, &after.enums),
                keyed(&after.enums, &before.enums),
            ),
            (
                "domain",
                keyed(&before.domains, &after.domains),
                keyed(&after.domains, &before.domains),
            ),
            (
                "composite",
                keyed(&before.composites, &after.composites),
                keyed(&after.composites, &before.composites),
            ),
            (
                "sequence",
                keyed(&before.sequences, &after.sequences),
                keyed(&after.sequences, &before.sequences),
            ),
            (
                "view",
                keyed(&before.views, &after.views),
                keyed(&after.views, &before.views),
            ),
            (
                "function",
                listed(&before.functions, &after.functions, |f| f.name.to_string()),
                listed(&after.functions, &before.functions, |f| f.name.to_string()),
            ),
            (
                "trigger",
                listed(&before.triggers, &after.triggers, |t| {
                    format!("{}.{}", t.definition.table, t.definition.name)
                }),
                listed(&after.triggers, &before.triggers, |t| {
                    format!("{}.{}", t.definition.table, t.definition.name)
                }),
            ),
            (
                "policy",
                listed(&before.policies, &after.policies, |p| {
                    format!("{}.{}", p.table, p.name)
                }),
                listed(&after.policies, &before.policies, |p| {
                    format!("{}.{}", p.table, p.name)
                }),
            ),
        ];
        for (kind, old, new) in maps {
            self.objects(kind, old, new, None, origin);
        }
    }

    fn tables(&mut self, before: &Schema, after: &Schema, origin: &Origin) {
        let gone: Vec<&QualName> = before
            .tables
            .keys()
            .filter(|name| !after.tables.contains_key(*name))
            .collect();
        let come: Vec<&QualName> = after
            .tables
            .keys()
            .filter(|name| !before.tables.contains_key(*name))
            .collect();
        // One statement renames one table: its columns stay what they were.
        let renamed = match (gone.as_slice(), come.as_slice()) {
            ([old], [new]) if same_columns(&before.tables[*old], &after.tables[*new]) => {
                self.rename("table", &old.to_string(), &new.to_string(), origin);
                Some((*old, *new))
            }
            _ => None,
        };
        let empty = Table::default();
        for (name, old) in &before.tables {
            let now = match renamed {
                Some((from, to)) if from == name => to,
                _ => name,
            };
            match after.tables.get(now) {
                Some(new) if new != old => self.table(now, Some(old), new, origin),
                Some(_) => {}
                None => {
                    self.inside(&name.to_string(), old, &empty, origin);
                    self.end("table", &name.to_string(), origin);
                }
            }
        }
        for name in come {
            if renamed.is_none_or(|(_, to)| to != name)
                && let Some(new) = after.tables.get(name)
            {
                self.table(name, None, new, origin);
            }
        }
    }

    fn table(&mut self, name: &QualName, old: Option<&Table>, new: &Table, origin: &Origin) {
        let path = name.to_string();
        let own = |table: &Table| {
            let mut map = properties(table);
            map.retain(|key, _| !matches!(key.as_str(), "columns" | "constraints" | "indexes"));
            map
        };
        match old {
            None => self.begin("table", &path, None, Vec::new(), origin),
            Some(old) => self.alter("table", &path, &own(old), &own(new), origin),
        }
        self.inside(&path, old.unwrap_or(&Table::default()), new, origin);
    }

    /// Columns, constraints and indexes of a table.
    fn inside(&mut self, path: &str, old: &Table, new: &Table, origin: &Origin) {
        let table = self.now.get(&("table", path.to_owned())).copied();
        let at = |name: &str| format!("{path}.{name}");
        let parts: [(&'static str, Objects, Objects); 3] = [
            (
                "column",
                listed(&old.columns, &new.columns, |c| at(&c.name)),
                listed(&new.columns, &old.columns, |c| at(&c.name)),
            ),
            (
                "constraint",
                listed(&old.constraints, &new.constraints, |c| at(c.name())),
                listed(&new.constraints, &old.constraints, |c| at(c.name())),
            ),
            (
                "index",
                listed(&old.indexes, &new.indexes, |i| at(i.name())),
                listed(&new.indexes, &old.indexes, |i| at(i.name())),
            ),
        ];
        for (kind, old, new) in parts {
            self.objects(kind, old, new, table, origin);
        }
    }

    /// Objects that differ, of one kind.
    fn objects(
        &mut self,
        kind: &'static str,
        mut old: Objects,
        mut new: Objects,
        table: Option<usize>,
        origin: &Origin,
    ) {
        if kind == "column" {
            for (from, to) in self.renames.clone() {
                if !new.contains_key(&from)
                    && let (Some(was), Some(is)) = (old.get(&from), new.get(&to))
                {
                    self.rename(kind, &from, &to, origin);
                    self.alter(kind, &to, was, is, origin);
                    old.shift_remove(&from);
                    new.shift_remove(&to);
                }
            }
        }
        let gone: Vec<String> = old
            .keys()
            .filter(|k| !new.contains_key(*k))
            .cloned()
            .collect();
        let come: Vec<String> = new
            .keys()
            .filter(|k| !old.contains_key(*k))
            .cloned()
            .collect();
        if let ([from], [to]) = (gone.as_slice(), come.as_slice())
            && old.get(from) == new.get(to)
        {
            self.rename(kind, from, to, origin);
            old.shift_remove(from);
            new.shift_remove(to);
        }
        for (path, was) in &old {
            match new.get(path) {
                Some(is) => self.alter(kind, path, was, is, origin),
                None => self.end(kind, path, origin),
            }
        }
        for (path, is) in &new {
            if !old.contains_key(path) {
                let details = is.get("type").or_else(|| is.get("type_"));
                let details = details.map(|t| format!("type: {}", plain(t)));
                self.begin(kind, path, table, details.into_iter().collect(), origin);
            }
        }
    }

    fn event(&mut self, life: usize, what: What, details: Vec<String>, origin: &Origin) {
        self.events += 1;
        let at = self.events;
        if let Some(life) = self.lives.get_mut(life) {
            let name = life.names.last().cloned().unwrap_or_default();
            life.events.push(Event {
                object: format!("{} {name}", life.kind),
                what,
                details,
                origin: origin.clone(),
                at,
            });
        }
    }

    fn begin(
        &mut self,
        kind: &'static str,
        path: &str,
        table: Option<usize>,
        details: Vec<String>,
        origin: &Origin,
    ) {
        let life = self.lives.len();
        self.lives.push(Life {
            kind,
            names: vec![path.to_owned()],
            exists: true,
            events: Vec::new(),
            table,
        });
        self.now.insert((kind, path.to_owned()), life);
        self.event(life, What::Created, details, origin);
    }

    fn alter(
        &mut self,
        kind: &'static str,
        path: &str,
        was: &Map<String, Value>,
        is: &Map<String, Value>,
        origin: &Origin,
    ) {
        let keys = was
            .keys()
            .chain(is.keys().filter(|k| !was.contains_key(*k)));
        let details: Vec<String> = keys
            .filter(|key| was.get(*key) != is.get(*key))
            .map(|key| {
                let show = |map: &Map<String, Value>| {
                    map.get(key).map_or_else(|| "none".to_owned(), plain)
                };
                format!(
                    "{}: {} -> {}",
                    key.trim_end_matches('_'),
                    show(was),
                    show(is)
                )
            })
            .collect();
        if let (Some(life), false) = (
            self.now.get(&(kind, path.to_owned())).copied(),
            details.is_empty(),
        ) {
            self.event(life, What::Altered, details, origin);
        }
    }

    fn end(&mut self, kind: &'static str, path: &str, origin: &Origin) {
        if let Some(life) = self.now.remove(&(kind, path.to_owned())) {
            self.event(life, What::Dropped, Vec::new(), origin);
            if let Some(life) = self.lives.get_mut(life) {
                life.exists = false;
            }
        }
    }

    fn rename(&mut self, kind: &'static str, from: &str, to: &str, origin: &Origin) {
        let Some(life) = self.now.remove(&(kind, from.to_owned())) else {
            return;
        };
        self.event(life, What::Renamed, vec![format!("to {to}")], origin);
        self.now.insert((kind, to.to_owned()), life);
        if let Some(life) = self.lives.get_mut(life) {
            life.names.push(to.to_owned());
        }
        if kind != "table" {
            return;
        }
        // What is in a table goes by its name.
        let inside: Vec<(&'static str, String)> = self
            .now
            .iter()
            .filter(|(_, at)| self.lives.get(**at).is_some_and(|l| l.table == Some(life)))
            .map(|(key, _)| key.clone())
            .collect();
        for (kind, path) in inside {
            let Some(at) = self.now.remove(&(kind, path.clone())) else {
                continue;
            };
            let rest = path.strip_prefix(from).unwrap_or(&path);
            let path = format!("{to}{rest}");
            if let Some(life) = self.lives.get_mut(at) {
                life.names.push(path.clone());
            }
            self.now.insert((kind, path), at);
        }
    }

    /// The lives of that name; those of a table tell what happened in it, too.
    fn named(&self, name: &str) -> Vec<Life> {
        let name = name.strip_prefix("public.").unwrap_or(name);
        let matches = |life: &Life| {
            life.names
                .iter()
                .any(|n| n == name || (life.kind != "column" && n.rsplit('.').next() == Some(name)))
        };
        let mut found = Vec::new();
        for (at, life) in self.lives.iter().enumerate() {
            if !matches(life) {
                continue;
            }
            let mut life = life.clone();
            for inner in self.lives.iter().filter(|l| l.table == Some(at)) {
                life.events.extend(inner.events.iter().cloned());
            }
            life.events.sort_by_key(|event| event.at);
            found.push(life);
        }
        found
    }
}

fn same_columns(a: &Table, b: &Table) -> bool {
    a.columns.len() == b.columns.len()
        && a.columns
            .iter()
            .zip(&b.columns)
            .all(|(a, b)| a.name == b.name && a.type_ == b.type_)
}

/// A property's value for reading.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
