//! The lowered schema along a history. From one step to the next only the tables that changed are lowered anew; where one object's
//! lowering depends on more than itself and what it refers to, everything is.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use super::track::Track;
use crate::ir::{ConstraintKind, QualName};
use crate::lower::{self, Lowering, Rule, TableMap};
use crate::pg::named::{Mention, Named};
use crate::pg::schema::{Column, Schema, Sequence, Table, View};
use crate::sqlite::schema as sqlite;

/// One table on both sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Its name in PostgreSQL.
    pub name: QualName,
    pg: Table,
    /// What it became; none for a table that SQLite does not get.
    pub lowered: Option<Lowered>,
}

impl Part {
    /// Columns that get their numbers from a trigger.
    pub fn numbered(&self) -> Vec<&crate::lower::ColumnMap> {
        let lowered = self.lowered.as_ref();
        let columns = lowered.map(|l| lower::numbered_outside_key(&self.pg, &l.map));
        columns.unwrap_or_default()
    }
}

/// A table of SQLite.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lowered {
    pub map: TableMap,
    pub table: sqlite::Table,
    pub indexes: Vec<sqlite::Index>,
}

/// Objects that may depend on any table.
#[derive(Debug, Clone, Default, PartialEq)]
struct Objects {
    pg_views: IndexMap<QualName, View>,
    pg_triggers: Vec<crate::pg::schema::Trigger>,
    pg_functions: Vec<crate::pg::schema::Function>,
    views: Vec<sqlite::View>,
    triggers: Vec<sqlite::Trigger>,
    /// Tables that PostgreSQL does not have: labels of enums.
    lookups: Vec<sqlite::Table>,
}

/// A lowered schema whose tables are shared with the ones before and behind it.
#[derive(Debug, Clone)]
pub(super) struct Model {
    /// In the order of PostgreSQL's schema.
    parts: Vec<Arc<Part>>,
    places: HashMap<QualName, usize>,
    objects: Arc<Objects>,
    /// A PostgreSQL schema of types alone.
    types: Arc<Schema>,
    sequences: Arc<Named<Sequence>>,
    /// Whether the next step has to lower everything.
    entangled: bool,
    maps: OnceCell<Vec<TableMap>>,
}

/// Tables that differ between two models, and those that refer to them.
#[derive(Debug, Clone, Default)]
pub(super) struct Affected {
    names: HashSet<QualName>,
}

impl Model {
    /// Lowers a whole schema.
    pub fn of(pg: &Schema, options: &lower::Options) -> Self {
        let lowering = lower::lower(pg, options);
        let objects = Objects {
            pg_views: pg.views.clone(),
            pg_triggers: pg.triggers.clone(),
            pg_functions: pg.functions.clone(),
            views: lowering.sqlite.views.clone(),
            triggers: lowering.sqlite.triggers.clone(),
            lookups: lookups(&lowering),
        };
        let entangled = !options.enum_tables.is_empty()
            || lowering.sqlite.tables.len() != lowering.tables.len()
            || lowering.losses.iter().any(|l| l.rule == Rule::Renamed);
        let parts = split(pg, lowering).into_iter().map(Arc::new).collect();
        Self {
            objects: Arc::new(objects),
            types: Arc::new(types_of(pg)),
            sequences: Arc::new(pg.sequences.clone()),
            entangled,
            ..Self::with_parts(parts)
        }
    }

    fn with_parts(parts: Vec<Arc<Part>>) -> Self {
        let places = parts.iter().enumerate();
        Self {
            places: places.map(|(at, p)| (p.name.clone(), at)).collect(),
            parts,
            objects: Arc::default(),
            types: Arc::default(),
            sequences: Arc::default(),
            entangled: false,
            maps: OnceCell::new(),
        }
    }

    /// The model of the schema that this one became.
    pub fn next(&self, pg: &Schema, options: &lower::Options) -> Self {
        self.step(pg, options)
            .unwrap_or_else(|| self.share(Self::of(pg, options)))
    }

    /// Takes what is equal from here, so that it is known to be equal.
    fn share(&self, mut next: Self) -> Self {
        for part in &mut next.parts {
            if let Some(own) = self.shared(&part.name)
                && **own == **part
            {
                *part = own.clone();
            }
        }
        next
    }

    fn shared(&self, name: &QualName) -> Option<&Arc<Part>> {
        self.parts.get(*self.places.get(name)?)
    }

    /// The table of that name.
    pub fn part(&self, name: &QualName) -> Option<&Part> {
        self.shared(name).map(Arc::as_ref)
    }

    /// What the table of that name became.
    pub fn lowered(&self, name: &QualName) -> Option<&Lowered> {
        self.part(name)?.lowered.as_ref()
    }

    /// Both sides of all tables.
    pub fn maps(&self) -> &[TableMap] {
        self.maps.get_or_init(|| {
            let lowered = self.parts.iter().filter_map(|p| p.lowered.as_ref());
            lowered.map(|l| l.map.clone()).collect()
        })
    }

    /// Tables that PostgreSQL does not have.
    pub fn lookups(&self) -> &[sqlite::Table] {
        &self.objects.lookups
    }

    /// The tables of SQLite.
    pub fn tables(&self) -> impl Iterator<Item = &sqlite::Table> {
        let lowered = self.parts.iter().filter_map(|p| p.lowered.as_ref());
        lowered.map(|l| &l.table)
    }

    /// PostgreSQL's types alone.
    pub fn types(&self) -> &Schema {
        &self.types
    }

    /// The triggers.
    pub fn triggers(&self) -> &[sqlite::Trigger] {
        &self.objects.triggers
    }

    /// Tables whose names before and after are known, in the order of this schema.
    pub fn affected<'a>(&'a self, affected: &'a Affected) -> impl Iterator<Item = &'a Part> {
        let parts = self.parts.iter().map(Arc::as_ref);
        parts.filter(|p| affected.names.contains(&p.name))
    }

    /// The schema of SQLite, of tables no more than these.
    pub fn excerpt(&self, affected: &Affected) -> sqlite::Schema {
        let mut schema = sqlite::Schema {
            views: self.objects.views.clone(),
            triggers: self.objects.triggers.clone(),
            ..sqlite::Schema::default()
        };
        schema.tables.extend(self.objects.lookups.iter().cloned());
        for lowered in self.affected(affected).filter_map(|p| p.lowered.as_ref()) {
            schema.tables.push(lowered.table.clone());
            schema.indexes.extend(lowered.indexes.iter().cloned());
        }
        schema
    }

    /// Tables that differ from those of another model, and those that refer to them by a foreign key.
    pub fn differing(&self, other: &Self) -> Affected {
        let same = |a: &Arc<Part>, b: &Arc<Part>| Arc::ptr_eq(a, b) || a.lowered == b.lowered;
        let mut names: HashSet<QualName> = HashSet::new();
        let mut in_sqlite: HashSet<String> = HashSet::new();
        for (one, two) in [(self, other), (other, self)] {
            for part in &one.parts {
                if !two.shared(&part.name).is_some_and(|o| same(part, o)) {
                    names.insert(part.name.clone());
                    let lowered = part.lowered.as_ref();
                    in_sqlite.extend(lowered.map(|l| l.table.name.to_ascii_lowercase()));
                }
            }
        }
        let refers = |part: &Arc<Part>| {
            let lowered = part.lowered.as_ref();
            let mut keys = lowered.into_iter().flat_map(|l| &l.table.foreign_keys);
            keys.any(|k| in_sqlite.contains(&k.ref_table.to_ascii_lowercase()))
        };
        let both = self.parts.iter().chain(&other.parts);
        let beside: Vec<QualName> = both.filter(|p| refers(p)).map(|p| p.name.clone()).collect();
        names.extend(beside);
        Affected { names }
    }

    /// Tables of which a column is retyped by an expression, or has labels that are called otherwise: the same to SQLite, with
    /// other values.
    pub fn with_other_values(&self, mut affected: Affected, track: &Track) -> Affected {
        for part in &self.parts {
            let other = |c: &Column| {
                let using = track.column(&part.name, &c.name).and_then(|t| t.using);
                let mut labels = c.type_.user_defined().into_iter();
                using.is_some() || labels.any(|n| track.labels(&n).next().is_some())
            };
            if part.pg.columns.iter().any(other) {
                affected.names.insert(part.name.clone());
                affected.names.extend(track.was(&part.name).cloned());
            }
        }
        affected
    }

    /// The next model by lowering what changed; none where that is not enough.
    fn step(&self, pg: &Schema, options: &lower::Options) -> Option<Self> {
        let entangled = self.entangled
            || pg.domains != self.types.domains
            || pg.composites != self.types.composites;
        if entangled {
            return None;
        }
        let mut stale = self.stale(pg)?;
        let gone = self.parts.iter().map(|p| &p.name);
        let gone: Vec<QualName> = gone
            .filter(|name| !pg.tables.contains_key(*name))
            .cloned()
            .collect();
        let mut fresh: HashMap<QualName, Part> = HashMap::new();
        loop {
            let more = if stale.is_empty() {
                Vec::new()
            } else {
                let excerpt = with_parents(pg, &stale);
                let lowering = lower::lower(&excerpt, options);
                let simple = lowering.sqlite.tables.len() == lowering.tables.len()
                    && lowering.sqlite.triggers.is_empty()
                    && !lowering.losses.iter().any(|l| l.rule == Rule::Renamed);
                if !simple {
                    return None;
                }
                let parts = split(&excerpt, lowering).into_iter();
                fresh = parts
                    .filter(|p| stale.contains(&p.name))
                    .map(|p| (p.name.clone(), p))
                    .collect();
                self.reached(pg, &stale, &fresh)
            };
            if more.is_empty() {
                break;
            }
            stale.extend(more);
        }
        if !self.objects_stay(pg, stale.iter().chain(&gone)) {
            return None;
        }
        let parts: Option<Vec<Arc<Part>>> = pg
            .tables
            .keys()
            .map(|name| match fresh.remove(name) {
                Some(part) => Some(Arc::new(part)),
                None => self.shared(name).cloned(),
            })
            .collect();
        let types = if pg.enums == self.types.enums {
            self.types.clone()
        } else {
            Arc::new(types_of(pg))
        };
        let sequences = if pg.sequences == *self.sequences {
            self.sequences.clone()
        } else {
            Arc::new(pg.sequences.clone())
        };
        let next = Self {
            objects: self.objects.clone(),
            types,
            sequences,
            ..Self::with_parts(parts?)
        };
        next.names_differ().then_some(next)
    }

    /// Tables that are not what was lowered; none where that cannot be told table by table.
    fn stale(&self, pg: &Schema) -> Option<IndexSet<QualName>> {
        let mut stale: IndexSet<QualName> = pg
            .tables
            .iter()
            .filter(|(name, table)| self.part(name).is_none_or(|p| p.pg != **table))
            .map(|(name, _)| name.clone())
            .collect();
        if pg.enums != self.types.enums {
            if !pg.domains.is_empty() {
                return None;
            }
            let changed = |c: &Column| {
                let name = c.type_.user_defined();
                name.is_some_and(|n| pg.enums.get(&n) != self.types.enums.get(&n))
            };
            let tables = pg.tables.iter();
            let tables = tables.filter(|(_, t)| t.columns.iter().any(changed));
            stale.extend(tables.map(|(name, _)| name.clone()));
        }
        if pg.sequences != *self.sequences {
            let names: IndexSet<&QualName> =
                pg.sequences.keys().chain(self.sequences.keys()).collect();
            for name in names {
                let (old, new) = (self.sequences.get(name), pg.sequences.get(name));
                if old != new {
                    // A key may mean it by its name alone.
                    if new.is_some_and(|s| s.owned_by.is_none()) {
                        return None;
                    }
                    let owners = [old, new].into_iter().flatten();
                    let owners = owners.filter_map(|s| s.owned_by.as_ref());
                    stale.extend(owners.map(|o| o.table.clone()));
                    stale.extend(pg.tables.mentioning(Mention::DrawsFrom, &name.name));
                }
            }
            stale.retain(|name| pg.tables.contains_key(name));
        }
        Some(stale)
    }

    /// Tables that refer to one whose names, types or key are not what they were.
    fn reached(
        &self,
        pg: &Schema,
        stale: &IndexSet<QualName>,
        fresh: &HashMap<QualName, Part>,
    ) -> Vec<QualName> {
        let map = |part: &Part| part.lowered.as_ref().map(|l| l.map.clone());
        let moved = stale
            .iter()
            .filter(|name| self.part(name).and_then(map) != fresh.get(*name).and_then(map));
        let mut out = Vec::new();
        for name in moved {
            let children = pg.tables.mentioning(Mention::RefersTo, &name.name);
            out.extend(children.into_iter().filter(|c| !stale.contains(c)));
        }
        out
    }

    /// Whether views and triggers are the same, and mention none of these tables.
    fn objects_stay<'a>(&self, pg: &Schema, tables: impl Iterator<Item = &'a QualName>) -> bool {
        let own = &self.objects;
        if pg.views != own.pg_views || pg.triggers != own.pg_triggers {
            return false;
        }
        if own.views.is_empty() && own.pg_views.is_empty() && own.pg_triggers.is_empty() {
            return own.triggers.is_empty();
        }
        let functions = own.pg_triggers.is_empty() || pg.functions == own.pg_functions;
        let views = own.pg_views.values().map(|v| v.query.to_lowercase());
        let triggers = own.triggers.iter().map(|t| t.sql.to_lowercase());
        let tables_of = own.pg_triggers.iter();
        let tables_of = tables_of.map(|t| t.definition.table.name.to_lowercase());
        let texts: Vec<String> = views.chain(triggers).chain(tables_of).collect();
        let mut tables = tables.map(|name| name.name.to_lowercase());
        functions && !tables.any(|name| texts.iter().any(|text| text.contains(&name)))
    }

    /// Whether no two objects have one name in SQLite.
    fn names_differ(&self) -> bool {
        let mut seen: HashSet<String> = HashSet::new();
        let lowered = self.parts.iter().filter_map(|p| p.lowered.as_ref());
        let names = lowered.flat_map(|l| {
            let indexes = l.indexes.iter().map(|i| &i.name);
            std::iter::once(&l.table.name).chain(indexes)
        });
        let mut all = names.chain(self.objects.views.iter().map(|v| &v.name));
        all.all(|name| seen.insert(name.to_ascii_lowercase()))
    }
}

fn types_of(pg: &Schema) -> Schema {
    Schema {
        schemas: pg.schemas.clone(),
        extensions: pg.extensions.clone(),
        enums: pg.enums.clone(),
        domains: pg.domains.clone(),
        composites: pg.composites.clone(),
        ..Schema::default()
    }
}

/// Tables that no table of PostgreSQL became.
fn lookups(lowering: &Lowering) -> Vec<sqlite::Table> {
    let mapped = |t: &&sqlite::Table| lowering.tables.iter().any(|m| m.sqlite == t.name);
    let tables = lowering.sqlite.tables.iter();
    tables.filter(|t| !mapped(t)).cloned().collect()
}

/// A lowering, table by table.
fn split(pg: &Schema, lowering: Lowering) -> Vec<Part> {
    let tables = lowering.sqlite.tables.into_iter();
    let mut tables: HashMap<String, sqlite::Table> = tables.map(|t| (t.name.clone(), t)).collect();
    let mut indexes: HashMap<String, Vec<sqlite::Index>> = HashMap::new();
    for index in lowering.sqlite.indexes {
        indexes.entry(index.table.clone()).or_default().push(index);
    }
    let maps = lowering.tables.into_iter();
    let mut maps: HashMap<QualName, TableMap> = maps.map(|m| (m.pg.clone(), m)).collect();
    pg.tables
        .iter()
        .map(|(name, table)| {
            let lowered = maps.remove(name).and_then(|map| {
                Some(Lowered {
                    table: tables.remove(&map.sqlite)?,
                    indexes: indexes.remove(&map.sqlite).unwrap_or_default(),
                    map,
                })
            });
            Part {
                name: name.clone(),
                pg: table.clone(),
                lowered,
            }
        })
        .collect()
}

/// These tables with all that lowering asks about: types, sequences, and the columns and keys of the tables that they refer to,
/// directly or over others.
fn with_parents(pg: &Schema, stale: &IndexSet<QualName>) -> Schema {
    let mut wanted: BTreeSet<&QualName> = BTreeSet::new();
    let mut open: Vec<&QualName> = stale.iter().collect();
    while let Some(name) = open.pop() {
        let Some((name, table)) = pg.tables.get_key_value(name) else {
            continue;
        };
        if wanted.insert(name) {
            let keys = table.constraints.iter().map(|c| &c.constraint.kind);
            open.extend(keys.filter_map(|kind| match kind {
                ConstraintKind::ForeignKey(key) => Some(&key.ref_table),
                _ => None,
            }));
            // Rows of partitions are rows of their parent.
            open.extend(table.partition_of.iter().map(|(parent, _)| parent));
        }
    }
    let mut out = types_of(pg);
    for (name, table) in pg.tables.iter().filter(|(name, _)| wanted.contains(name)) {
        let table = if stale.contains(name) {
            table.clone()
        } else {
            outline(table)
        };
        out.tables.insert(name.clone(), table);
    }
    for (name, sequence) in pg.sequences.iter() {
        let owner = sequence.owned_by.as_ref();
        if owner.is_none_or(|o| wanted.contains(&o.table)) {
            out.sequences.insert(name.clone(), sequence.clone());
        }
    }
    out
}

/// A table's columns and keys, for those that refer to it.
fn outline(table: &Table) -> Table {
    let columns = table.columns.iter().map(|c| Column {
        name: c.name.clone(),
        type_: c.type_.clone(),
        declared: c.declared.clone(),
        nullable: c.nullable,
        default: None,
        identity_always: None,
        generated: None,
        collation: None,
        comment: None,
        origin: None,
    });
    let constraints = table.constraints.iter().filter(|c| {
        let kind = &c.constraint.kind;
        !matches!(
            kind,
            ConstraintKind::Check { .. } | ConstraintKind::Exclude { .. }
        )
    });
    Table {
        columns: columns.collect(),
        constraints: constraints.cloned().collect(),
        kind: table.kind,
        partition_of: table.partition_of.clone(),
        ..Table::default()
    }
}
