//! Objects by name that also know which of them mention another name, so that a long history is replayed in time linear
//! in its length: whose constraint a name is, who refers to a table, which defaults draw from a sequence.
//!
//! The index says where to look and never what is there: it may name an object too many, never one too few, and who asks
//! looks at the object itself. It is no part of the value: equality and JSON are those of the map.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Deref;

use indexmap::{IndexMap, IndexSet};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::schema::{Sequence, Table};
use crate::ir::{ConstraintKind, IndexKey, QualName};

/// How an object mentions a name. Names are without their schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mention {
    /// A table has a constraint or an index of that name.
    Owns,
    /// A foreign key of the table refers to a table of that name.
    RefersTo,
    /// The table is a partition of, or inherits from, a table of that name.
    ChildOf,
    /// A column has a user-defined type of that name.
    OfType,
    /// A default draws from a sequence of that name.
    DrawsFrom,
    /// The sequence is owned by a column of a table of that name.
    OwnedBy,
    /// An expression of the table has that word: lower case, letters, digits and `_` alone.
    Says,
}

/// An object that mentions names.
pub trait Mentions: Clone {
    /// Tells every name that the object mentions.
    fn each(&self, tell: &mut dyn FnMut(Mention, &str));
}

impl Mentions for Table {
    fn each(&self, tell: &mut dyn FnMut(Mention, &str)) {
        for constraint in &self.constraints {
            tell(Mention::Owns, constraint.name());
            if let ConstraintKind::ForeignKey(key) = &constraint.constraint.kind {
                tell(Mention::RefersTo, &key.ref_table.name);
            }
        }
        for index in &self.indexes {
            tell(Mention::Owns, index.name());
        }
        let parents = self.partition_of.iter().map(|(parent, _)| parent);
        for parent in parents.chain(&self.inherits) {
            tell(Mention::ChildOf, &parent.name);
        }
        for column in &self.columns {
            if let Some(name) = column.type_.user_defined() {
                tell(Mention::OfType, &name.name);
            }
            if let Some(default) = &column.default
                && let Some(name) = drawn(default.sql())
            {
                tell(Mention::DrawsFrom, &name);
            }
        }
        for text in expressions(self) {
            each_word(text, &mut |word| tell(Mention::Says, word));
        }
    }
}

/// The texts of all expressions of a table.
fn expressions(table: &Table) -> impl Iterator<Item = &str> {
    let columns = table.columns.iter().flat_map(|c| {
        let generated = c.generated.as_ref().map(|g| g.expr.sql());
        generated
            .into_iter()
            .chain(c.default.as_ref().map(|d| d.sql()))
    });
    let constraints = table.constraints.iter().flat_map(|c| -> Vec<&str> {
        match &c.constraint.kind {
            ConstraintKind::Check { expr, .. } => vec![expr.sql()],
            ConstraintKind::Exclude {
                elements,
                predicate,
                ..
            } => elements
                .iter()
                .map(|(text, _)| text.as_str())
                .chain(predicate.as_ref().map(|p| p.sql()))
                .collect(),
            ConstraintKind::PrimaryKey { .. }
            | ConstraintKind::Unique { .. }
            | ConstraintKind::ForeignKey(_) => Vec::new(),
        }
    });
    let indexes = table.indexes.iter().flat_map(|i| {
        let keys = i.index.parts.iter().filter_map(|p| match &p.key {
            IndexKey::Expr(expr) => Some(expr.sql()),
            IndexKey::Column(_) => None,
        });
        keys.chain(i.index.predicate.as_ref().map(|p| p.sql()))
    });
    columns.chain(constraints).chain(indexes)
}

/// Whether a name is one word, as [`Mention::Says`] knows them.
pub fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(in_word)
}

fn in_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The words of a text, lower case; an array type's internal name (`_mood`) without its `_`, too.
fn each_word(text: &str, tell: &mut dyn FnMut(&str)) {
    for word in text.split(|c| !in_word(c)).filter(|w| !w.is_empty()) {
        let lower = word.to_lowercase();
        tell(&lower);
        if let Some(bare) = lower.strip_prefix('_') {
            tell(bare);
        }
    }
}

impl Mentions for Sequence {
    fn each(&self, tell: &mut dyn FnMut(Mention, &str)) {
        if let Some(owner) = &self.owned_by {
            tell(Mention::OwnedBy, &owner.table.name);
        }
    }
}

/// The name of the sequence that a default draws from, lower case, without schema; empty when the text does not show it
/// as PostgreSQL prints it.
fn drawn(sql: &str) -> Option<String> {
    let at = find_ignoring_case(sql, "nextval")?;
    let plain = || {
        let rest = sql.get(at + "nextval".len()..)?.trim_start();
        let text = rest.strip_prefix('(')?.trim_start().strip_prefix('\'')?;
        let name = text.split('\'').next()?;
        let last = name.rsplit('.').next()?;
        let odd = |c: char| c == '"' || c == '\\' || !c.is_ascii();
        (at == 0 && !name.contains(odd)).then(|| last.to_ascii_lowercase())
    };
    Some(plain().unwrap_or_default())
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes()
        .windows(word.len())
        .position(|w| w.eq_ignore_ascii_case(word.as_bytes()))
}

/// Objects by name, in the order of their creation. Reads as the map that it is; changes go through its own methods.
#[derive(Debug, Clone)]
pub struct Named<V> {
    map: IndexMap<QualName, V>,
    /// Names of the objects that mention something, by its hash.
    mentioned: HashMap<u64, IndexSet<QualName>>,
    /// What each object mentioned when it was looked at last: sorted hashes.
    known: HashMap<QualName, Vec<u64>>,
    stale: Stale,
    /// How to take changes back, while that is wanted.
    journal: Option<Journal<V>>,
}

/// What happened to the objects, with what is needed to take it back.
#[derive(Debug, Clone)]
struct Journal<V> {
    undo: Vec<Undo<V>>,
    /// Names whose state at the mark is known already.
    saved: HashSet<QualName>,
    mark: usize,
}

/// One change.
#[derive(Debug, Clone)]
enum Undo<V> {
    /// It was this.
    Changed(QualName, V),
    /// It was not there.
    Inserted(QualName),
    /// It was this, at that place.
    Removed(usize, QualName, V),
}

/// Objects that may have changed since they were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stale {
    None,
    One(QualName),
    All,
}

fn key(mention: Mention, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    mention.hash(&mut hasher);
    name.hash(&mut hasher);
    hasher.finish()
}

impl<V> Default for Named<V> {
    fn default() -> Self {
        Self {
            map: IndexMap::new(),
            mentioned: HashMap::new(),
            known: HashMap::new(),
            stale: Stale::None,
            journal: None,
        }
    }
}

impl<V: PartialEq> PartialEq for Named<V> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<V> Deref for Named<V> {
    type Target = IndexMap<QualName, V>;

    fn deref(&self) -> &Self::Target {
        &self.map
    }
}

impl<V: Mentions> Named<V> {
    /// Names of the objects that may mention a name that way, in the order of their creation.
    pub fn mentioning(&self, mention: Mention, name: &str) -> Vec<QualName> {
        let mut found: IndexSet<&QualName> = IndexSet::new();
        match &self.stale {
            Stale::All => return self.map.keys().cloned().collect(),
            Stale::One(one) => {
                found.extend(self.map.get_key_value(one).map(|(name, _)| name));
            }
            Stale::None => {}
        }
        let mut names = vec![key(mention, name)];
        if mention == Mention::DrawsFrom {
            let lower = name.to_ascii_lowercase();
            names.extend([key(mention, &lower), key(mention, "")]);
        }
        for name in names {
            found.extend(self.mentioned.get(&name).into_iter().flatten());
        }
        let mut places: Vec<(usize, &QualName)> = found
            .into_iter()
            .filter_map(|name| Some((self.map.get_index_of(name)?, name)))
            .collect();
        places.sort_unstable_by_key(|(at, _)| *at);
        places.into_iter().map(|(_, name)| name.clone()).collect()
    }

    /// The object of that name, to be changed.
    pub fn get_mut(&mut self, name: &QualName) -> Option<&mut V> {
        if !self.map.contains_key(name) {
            return None;
        }
        self.save(name);
        match &self.stale {
            Stale::One(one) if one == name => {}
            _ => {
                self.look();
                self.stale = Stale::One(name.clone());
            }
        }
        self.map.get_mut(name)
    }

    /// All objects, to be changed; the next question then looks at all of them.
    pub fn values_mut(&mut self) -> indexmap::map::ValuesMut<'_, QualName, V> {
        self.save_all();
        self.stale = Stale::All;
        self.map.values_mut()
    }

    /// All names and objects, the objects to be changed.
    pub fn iter_mut(&mut self) -> indexmap::map::IterMut<'_, QualName, V> {
        self.save_all();
        self.stale = Stale::All;
        self.map.iter_mut()
    }

    /// Adds an object at the end, or in the place of the one of that name.
    pub fn insert(&mut self, name: QualName, value: V) -> Option<V> {
        self.save_place(&name);
        self.look();
        self.stale = Stale::One(name.clone());
        self.map.insert(name, value)
    }

    /// Adds an object at a place.
    pub fn shift_insert(&mut self, at: usize, name: QualName, value: V) -> Option<V> {
        self.save_place(&name);
        self.look();
        self.stale = Stale::One(name.clone());
        self.map.shift_insert(at, name, value)
    }

    /// Takes an object away; the others keep their order.
    pub fn shift_remove(&mut self, name: &QualName) -> Option<V> {
        self.shift_remove_full(name).map(|(_, _, value)| value)
    }

    /// Takes an object away; gives its place, too.
    pub fn shift_remove_full(&mut self, name: &QualName) -> Option<(usize, QualName, V)> {
        self.look();
        let removed = self.map.shift_remove_full(name)?;
        if let Some(journal) = &mut self.journal {
            let (at, name, value) = (removed.0, removed.1.clone(), removed.2.clone());
            journal.saved.insert(name.clone());
            journal.undo.push(Undo::Removed(at, name, value));
        }
        for key in self.known.remove(name).unwrap_or_default() {
            if let Some(names) = self.mentioned.get_mut(&key) {
                names.swap_remove(name);
                if names.is_empty() {
                    self.mentioned.remove(&key);
                }
            }
        }
        Some(removed)
    }

    /// From here on it is remembered how to take changes back; what was remembered before is forgotten.
    pub fn watch(&mut self) {
        self.journal = Some(Journal {
            undo: Vec::new(),
            saved: HashSet::new(),
            mark: 0,
        });
    }

    /// [`Named::undo`] goes back to here.
    pub fn mark(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.mark = journal.undo.len();
            journal.saved.clear();
        }
    }

    /// Every object that was touched since [`Named::watch`], as it was there; `None` where it was not.
    pub fn touched(&self) -> IndexMap<QualName, Option<V>> {
        let mut out = IndexMap::new();
        for undo in self.journal.iter().flat_map(|j| &j.undo) {
            let (name, was) = match undo {
                Undo::Changed(name, was) | Undo::Removed(_, name, was) => (name, Some(was)),
                Undo::Inserted(name) => (name, None),
            };
            if !out.contains_key(name) {
                out.insert(name.clone(), was.cloned());
            }
        }
        out
    }

    /// Takes everything back since the mark.
    pub fn undo(&mut self) {
        let Some(mut journal) = self.journal.take() else {
            return;
        };
        for undo in journal.undo.drain(journal.mark..).rev() {
            match undo {
                Undo::Changed(name, was) => {
                    if let Some(now) = self.get_mut(&name) {
                        *now = was;
                    }
                }
                Undo::Inserted(name) => {
                    self.shift_remove(&name);
                }
                Undo::Removed(at, name, was) => {
                    self.shift_insert(at.min(self.map.len()), name, was);
                }
            }
        }
        journal.saved.clear();
        self.journal = Some(journal);
    }

    /// Remembers an object before it changes.
    fn save(&mut self, name: &QualName) {
        if let Some(journal) = &mut self.journal
            && let Some(value) = self.map.get(name)
            && journal.saved.insert(name.clone())
        {
            journal
                .undo
                .push(Undo::Changed(name.clone(), value.clone()));
        }
    }

    fn save_all(&mut self) {
        if self.journal.is_some() {
            let names: Vec<QualName> = self.map.keys().cloned().collect();
            names.iter().for_each(|name| self.save(name));
        }
    }

    /// Remembers what is in the place of an object that comes.
    fn save_place(&mut self, name: &QualName) {
        if self.map.contains_key(name) {
            self.save(name);
        } else if let Some(journal) = &mut self.journal {
            journal.saved.insert(name.clone());
            journal.undo.push(Undo::Inserted(name.clone()));
        }
    }

    /// Keeps those that a test keeps. Not while changes are watched.
    pub fn retain(&mut self, keep: impl FnMut(&QualName, &mut V) -> bool) {
        self.map.retain(keep);
        self.stale = Stale::All;
    }

    /// Looks at what may have changed.
    fn look(&mut self) {
        match std::mem::replace(&mut self.stale, Stale::None) {
            Stale::None => {}
            Stale::One(name) => self.look_at(&name),
            Stale::All => {
                self.mentioned.clear();
                self.known.clear();
                let names: Vec<QualName> = self.map.keys().cloned().collect();
                for name in &names {
                    self.look_at(name);
                }
            }
        }
    }

    fn look_at(&mut self, name: &QualName) {
        let mut now = Vec::new();
        if let Some(value) = self.map.get(name) {
            value.each(&mut |mention, other| now.push(key(mention, other)));
        }
        now.sort_unstable();
        now.dedup();
        let before = self.known.get(name).map_or(&[][..], Vec::as_slice);
        if before == now.as_slice() {
            return;
        }
        for gone in before.iter().filter(|k| now.binary_search(k).is_err()) {
            if let Some(names) = self.mentioned.get_mut(gone) {
                names.swap_remove(name);
                if names.is_empty() {
                    self.mentioned.remove(gone);
                }
            }
        }
        for new in now.iter().filter(|k| before.binary_search(k).is_err()) {
            self.mentioned.entry(*new).or_default().insert(name.clone());
        }
        self.known.insert(name.clone(), now);
    }
}

impl<V: Mentions> FromIterator<(QualName, V)> for Named<V> {
    fn from_iter<I: IntoIterator<Item = (QualName, V)>>(items: I) -> Self {
        Self {
            map: items.into_iter().collect(),
            stale: Stale::All,
            ..Self::default()
        }
    }
}

impl<'a, V> IntoIterator for &'a Named<V> {
    type Item = (&'a QualName, &'a V);
    type IntoIter = indexmap::map::Iter<'a, QualName, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.iter()
    }
}

impl<'a, V: Mentions> IntoIterator for &'a mut Named<V> {
    type Item = (&'a QualName, &'a mut V);
    type IntoIter = indexmap::map::IterMut<'a, QualName, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<V> IntoIterator for Named<V> {
    type Item = (QualName, V);
    type IntoIter = indexmap::map::IntoIter<QualName, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.map.into_iter()
    }
}

impl<V: Serialize> Serialize for Named<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        super::schema::as_list::serialize(&self.map, serializer)
    }
}

impl<'de, V: Mentions + DeserializeOwned> Deserialize<'de> for Named<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let map: IndexMap<QualName, V> = super::schema::as_list::deserialize(deserializer)?;
        Ok(map.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::ColumnRef;

    fn sequence(table: &str) -> Sequence {
        Sequence {
            owned_by: Some(ColumnRef {
                table: QualName::new(table),
                column: "id".to_owned(),
            }),
            ..Sequence::default()
        }
    }

    fn owned(sequences: &Named<Sequence>, table: &str) -> Vec<String> {
        let names = sequences.mentioning(Mention::OwnedBy, table);
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_index_follows_every_change() {
        let mut all: Named<Sequence> = Named::default();
        for (name, table) in [("a_seq", "a"), ("b_seq", "b"), ("c_seq", "a")] {
            all.insert(QualName::new(name), sequence(table));
        }
        all.get_mut(&QualName::new("b_seq"));
        assert_eq!(
            owned(&all, "a"),
            ["a_seq", "b_seq", "c_seq"],
            "one may have changed"
        );
        all.insert(QualName::new("d_seq"), sequence("d"));
        all.shift_remove(&QualName::new("d_seq"));
        assert_eq!(owned(&all, "a"), ["a_seq", "c_seq"]);
        if let Some(found) = all.get_mut(&QualName::new("a_seq")) {
            *found = sequence("b");
        }
        all.insert(QualName::new("e_seq"), sequence("e"));
        all.shift_remove(&QualName::new("e_seq"));
        assert_eq!(owned(&all, "a"), ["c_seq"]);
        assert_eq!(owned(&all, "b"), ["a_seq", "b_seq"]);
        all.retain(|name, _| name.name != "b_seq");
        all.shift_remove(&QualName::new("c_seq"));
        assert_eq!(owned(&all, "b"), ["a_seq"]);
        assert!(owned(&all, "a").is_empty());
    }

    #[test]
    fn defaults_tell_their_sequences() {
        let cases = [
            ("nextval('t_id_seq'::regclass)", Some("t_id_seq")),
            ("nextval('S.Seq'::regclass)", Some("seq")),
            ("nextval('s.\"Odd.name\"'::regclass)", Some("")),
            ("'nextval'::text", Some("")),
            ("1 + NEXTVAL('a'::regclass)", Some("")),
            ("now()", None),
        ];
        for (sql, name) in cases {
            assert_eq!(drawn(sql).as_deref(), name, "{sql}");
        }
    }
}
