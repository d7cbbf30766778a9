//! What is read of a table, and how its rows are hashed.

use rusqlite::types::ValueRef;

use crate::lower::{ColumnMap, Rule, TableMap};
use crate::verify::decode::{Damaged, Decoder, Form, SourceValue};
use crate::verify::digest::{Pieces, cell_hash, combine};
use crate::verify::result::RuleCount;

/// The columns of a table that are compared, with their decoders.
pub(in crate::verify) struct Plan {
    /// The table.
    pub map: TableMap,
    /// A decoder per column of `map`.
    pub decoders: Vec<Decoder>,
    /// Places of the key's columns; empty without a key.
    pub key: Vec<usize>,
    /// Places in the whole table, which tell equal values of two columns apart when they are hashed.
    seeds: Vec<usize>,
}

impl Plan {
    /// All columns that hold rows; without those that SQLite computes when `generated` is false.
    pub fn new(table: &TableMap, generated: bool) -> Self {
        let mut map = table.clone();
        map.columns.retain(|c| generated || !c.generated);
        let places: Option<Vec<usize>> = map
            .key
            .iter()
            .map(|name| {
                map.columns
                    .iter()
                    .position(|c| c.sqlite.eq_ignore_ascii_case(name))
            })
            .collect();
        let decoders = map.columns.iter().map(Decoder::new).collect();
        Self {
            seeds: (0..map.columns.len()).collect(),
            map,
            decoders,
            key: places.unwrap_or_default(),
        }
    }

    /// The same rows by their key and some columns alone: keys hash as they do with all columns.
    pub fn reduced(&self, keep: &dyn Fn(usize) -> bool) -> Self {
        let kept = |place: &usize| self.key.contains(place) || keep(*place);
        let places: Vec<usize> = (0..self.decoders.len()).filter(kept).collect();
        let mut map = self.map.clone();
        map.columns = places
            .iter()
            .filter_map(|p| self.map.columns.get(*p).cloned())
            .collect();
        Self {
            seeds: places
                .iter()
                .filter_map(|p| self.seeds.get(*p).copied())
                .collect(),
            ..Self::new(&map, true)
        }
    }

    fn seed(&self, place: usize) -> usize {
        self.seeds.get(place).copied().unwrap_or(place)
    }

    /// Names of the columns in PostgreSQL.
    pub fn source_columns(&self) -> Vec<String> {
        self.map.columns.iter().map(|c| c.pg.clone()).collect()
    }

    /// A column and its decoder.
    pub fn column(&self, place: usize) -> Option<(&ColumnMap, &Decoder)> {
        self.map.columns.get(place).zip(self.decoders.get(place))
    }

    /// Whether rows are told apart by a key.
    pub fn keyed(&self) -> bool {
        !self.key.is_empty()
    }
}

/// What was seen of one column while hashing.
#[derive(Debug, Clone, Default)]
pub(in crate::verify) struct ColumnStats {
    /// Cells by accepted rule.
    pub by_rule: Vec<RuleCount>,
    /// Stored values that are not in their form.
    pub wrong_form: u64,
    /// What the first of them should be.
    pub wrong_form_note: Option<String>,
    /// Values of the source without a form.
    pub no_form: u64,
    /// Why the first of them has none.
    pub no_form_note: Option<String>,
}

impl ColumnStats {
    fn rule(&mut self, rule: Rule) {
        match self.by_rule.iter_mut().find(|c| c.rule == rule) {
            Some(count) => count.cells += 1,
            None => self.by_rule.push(RuleCount { rule, cells: 1 }),
        }
    }
}

/// The hashes of a row.
#[derive(Debug, Default)]
pub(in crate::verify) struct Hashed {
    /// Per column.
    pub cells: Vec<u128>,
    /// Of the key, or of the row where the table has none.
    pub key: u128,
    /// Of the row.
    pub row: u128,
}

/// Hashes the rows of one side.
pub(in crate::verify) struct Hasher<'p> {
    plan: &'p Plan,
    /// One per column.
    pub stats: Vec<ColumnStats>,
    /// Hashes of the row that was read last.
    pub hashed: Hashed,
    /// Bytes of the values that came by.
    pub bytes: u64,
    key_hashes: Vec<u128>,
    buffer: Vec<u8>,
}

/// Values of this many bytes are hashed where they stand, without a copy.
const LARGE_BYTES: usize = 1 << 20;

/// A cell of either side.
pub(in crate::verify) trait Cells {
    /// Appends the canonical bytes of a cell and takes note of what it is.
    fn canonical(
        &self,
        place: usize,
        decoder: &Decoder,
        stats: &mut ColumnStats,
        out: &mut Vec<u8>,
    ) -> Result<(), Damaged>;

    /// Hands the canonical bytes of a large cell on in pieces; `false` when it is none, or cannot be read so.
    fn pieces(&self, place: usize, decoder: &Decoder, piece: &mut dyn FnMut(&[u8])) -> bool;

    /// Bytes of all its values.
    fn bytes(&self, columns: usize) -> usize;

    /// Appends canonical bytes for matching keys, which need not be in their form.
    fn key_bytes(&self, place: usize, decoder: &Decoder, out: &mut Vec<u8>);
}

/// Cells of the source.
pub(super) struct SourceCells<'a>(pub &'a [Option<&'a [u8]>]);

impl Cells for SourceCells<'_> {
    fn canonical(
        &self,
        place: usize,
        decoder: &Decoder,
        stats: &mut ColumnStats,
        out: &mut Vec<u8>,
    ) -> Result<(), Damaged> {
        let cell = self
            .0
            .get(place)
            .copied()
            .ok_or(Damaged("fewer columns than were asked for"))?;
        match decoder.source(cell, out)? {
            SourceValue::Exact => {}
            SourceValue::ByRule(rule) => stats.rule(rule),
            SourceValue::NoForm(why) => {
                stats.no_form += 1;
                stats.no_form_note.get_or_insert_with(|| why.to_owned());
            }
        }
        Ok(())
    }

    fn pieces(&self, place: usize, decoder: &Decoder, piece: &mut dyn FnMut(&[u8])) -> bool {
        match self.0.get(place) {
            Some(Some(text)) if text.len() >= LARGE_BYTES => decoder.source_pieces(text, piece),
            _ => false,
        }
    }

    fn bytes(&self, _columns: usize) -> usize {
        self.0.iter().flatten().map(|text| text.len()).sum()
    }

    fn key_bytes(&self, _place: usize, _decoder: &Decoder, _out: &mut Vec<u8>) {}
}

/// Cells of the target, beginning at a column of the statement.
pub(super) struct TargetCells<'a, 's>(pub &'a rusqlite::Row<'s>);

impl TargetCells<'_, '_> {
    /// The stored value.
    pub fn value(&self, place: usize) -> ValueRef<'_> {
        self.0.get_ref(place).unwrap_or(ValueRef::Null)
    }
}

/// A stored value's type as `typeof` names it.
pub(super) fn type_name(value: ValueRef<'_>) -> &'static str {
    match value {
        ValueRef::Null => "NULL",
        ValueRef::Integer(_) => "INTEGER",
        ValueRef::Real(_) => "REAL",
        ValueRef::Text(_) => "TEXT",
        ValueRef::Blob(_) => "BLOB",
    }
}

impl Cells for TargetCells<'_, '_> {
    fn canonical(
        &self,
        place: usize,
        decoder: &Decoder,
        stats: &mut ColumnStats,
        out: &mut Vec<u8>,
    ) -> Result<(), Damaged> {
        let value = self.value(place);
        if let Form::Wrong(wanted) = decoder.stored(value, out) {
            stats.wrong_form += 1;
            stats
                .wrong_form_note
                .get_or_insert_with(|| format!("{} where {wanted} was expected", type_name(value)));
        }
        Ok(())
    }

    fn pieces(&self, place: usize, decoder: &Decoder, piece: &mut dyn FnMut(&[u8])) -> bool {
        match self.value(place) {
            value @ (ValueRef::Text(bytes) | ValueRef::Blob(bytes))
                if bytes.len() >= LARGE_BYTES =>
            {
                decoder.stored_pieces(value, piece)
            }
            _ => false,
        }
    }

    fn bytes(&self, columns: usize) -> usize {
        let size = |place| match self.value(place) {
            ValueRef::Null => 0,
            ValueRef::Integer(_) | ValueRef::Real(_) => 8,
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        };
        (0..columns).map(size).sum()
    }

    fn key_bytes(&self, place: usize, decoder: &Decoder, out: &mut Vec<u8>) {
        let value = self.value(place);
        let mut strict = Vec::new();
        if let Form::Wrong(_) = decoder.stored(value, &mut strict) {
            decoder.loose(value, out);
        }
    }
}

impl<'p> Hasher<'p> {
    /// A hasher for rows of a plan.
    pub fn new(plan: &'p Plan) -> Self {
        let columns = plan.decoders.len();
        Self {
            plan,
            stats: vec![ColumnStats::default(); columns],
            bytes: 0,
            hashed: Hashed {
                cells: vec![0; columns],
                key: 0,
                row: 0,
            },
            key_hashes: Vec::new(),
            buffer: Vec::with_capacity(256),
        }
    }

    /// Hashes one row; `wanted` decides by its key whether the cells outside of the key are read at all. Gives the place of
    /// the column whose value is damaged.
    pub fn hash(
        &mut self,
        cells: &dyn Cells,
        wanted: &dyn Fn(u128) -> bool,
    ) -> Result<bool, (usize, Damaged)> {
        let bytes = cells.bytes(self.plan.decoders.len());
        self.bytes += u64::try_from(bytes).unwrap_or_default();
        self.key_hashes.clear();
        for place in &self.plan.key {
            let own = self.cell(*place, cells)?;
            self.buffer.clear();
            if let Some(decoder) = self.plan.decoders.get(*place) {
                cells.key_bytes(*place, decoder, &mut self.buffer);
            }
            // A key in another spelling still finds its row; its cell differs all the same.
            self.key_hashes.push(if self.buffer.is_empty() {
                own
            } else {
                cell_hash(self.plan.seed(*place), &self.buffer)
            });
        }
        if self.plan.keyed() {
            self.hashed.key = combine(self.key_hashes.iter().copied(), &mut self.buffer);
            if !wanted(self.hashed.key) {
                return Ok(false);
            }
        }
        for place in 0..self.plan.decoders.len() {
            if !self.plan.key.contains(&place) {
                self.cell(place, cells)?;
            }
        }
        self.hashed.row = combine(self.hashed.cells.iter().copied(), &mut self.buffer);
        if !self.plan.keyed() {
            self.hashed.key = self.hashed.row;
            return Ok(wanted(self.hashed.key));
        }
        Ok(true)
    }

    fn cell(&mut self, place: usize, cells: &dyn Cells) -> Result<u128, (usize, Damaged)> {
        let seed = self.plan.seed(place);
        let mut pieces = None;
        let mut add = |bytes: &[u8]| pieces.get_or_insert_with(|| Pieces::new(seed)).add(bytes);
        let decoder = self.plan.decoders.get(place);
        let hash = if decoder.is_some_and(|d| cells.pieces(place, d, &mut add)) {
            pieces.map_or(0, |pieces| pieces.hash())
        } else {
            self.buffer.clear();
            if let (Some(decoder), Some(stats)) = (decoder, self.stats.get_mut(place)) {
                cells
                    .canonical(place, decoder, stats, &mut self.buffer)
                    .map_err(|e| (place, e))?;
            }
            let hash = cell_hash(seed, &self.buffer);
            self.buffer.shrink_to(LARGE_BYTES);
            hash
        };
        if let Some(slot) = self.hashed.cells.get_mut(place) {
            *slot = hash;
        }
        Ok(hash)
    }
}
