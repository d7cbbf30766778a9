//! Pages of a SQLite file, written behind its end: an index from its entries in order, from the leaves up
//! (sqlite.org/fileformat2.html, "B-tree Pages").

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::key::{push_varint, varint_length};

const LEAF: u8 = 0x0A;
const INTERIOR: u8 = 0x02;

/// The page that holds this byte is never used: systems lock there.
const LOCK_BYTE: u64 = 1 << 30;

/// How a file is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Bytes of a page.
    pub page: usize,
    /// Those that are used.
    pub usable: usize,
}

impl Layout {
    /// The longest entry of an index that needs no overflow pages.
    pub fn longest(self) -> usize {
        (self.usable - 12) * 64 / 255 - 23
    }
}

/// Gives out page numbers and writes pages.
#[derive(Debug)]
pub(super) struct Pages<'f> {
    file: &'f File,
    pub layout: Layout,
    /// Pages of the file so far.
    pub count: u32,
    /// Pages that follow each other and are not written yet.
    waiting: Vec<u8>,
    first: u32,
}

impl<'f> Pages<'f> {
    /// Pages behind the first `count`.
    pub fn new(file: &'f File, layout: Layout, count: u32) -> Self {
        Self {
            file,
            layout,
            count,
            waiting: Vec::new(),
            first: 0,
        }
    }

    fn offset(&self, number: u32) -> u64 {
        let page = u64::try_from(self.layout.page).unwrap_or_default();
        (u64::from(number) - 1) * page
    }

    /// Writes a page under the next number.
    fn append(&mut self, page: &[u8]) -> io::Result<u32> {
        let mut number = self.count + 1;
        let size = u64::try_from(self.layout.page).unwrap_or(1);
        if u64::from(number) == LOCK_BYTE / size + 1 {
            self.flush()?;
            number += 1;
        }
        if self.waiting.is_empty() {
            self.first = number;
        }
        self.waiting.extend_from_slice(page);
        self.count = number;
        if self.waiting.len() >= 1 << 20 {
            self.flush()?;
        }
        Ok(number)
    }

    /// Writes what waits.
    pub fn flush(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.file
                .write_all_at(&self.waiting, self.offset(self.first))?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// Makes a page the root of an index without entries.
    pub fn empty(&mut self, number: u32) -> io::Result<()> {
        let mut page = Vec::new();
        Node::new(LEAF).page(0, self.layout, &mut page);
        self.write(number, &page)
    }

    fn write(&mut self, number: u32, page: &[u8]) -> io::Result<()> {
        self.file.write_all_at(page, self.offset(number))
    }
}

/// A page that is being filled.
#[derive(Debug)]
struct Node {
    kind: u8,
    cells: Vec<u8>,
    /// Where each cell begins in `cells`.
    starts: Vec<usize>,
}

impl Node {
    fn new(kind: u8) -> Self {
        Self {
            kind,
            cells: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn header(&self) -> usize {
        if self.kind == LEAF { 8 } else { 12 }
    }

    fn fits(&self, cell: usize, layout: Layout) -> bool {
        self.header() + 2 * (self.starts.len() + 1) + self.cells.len() + cell <= layout.usable
    }

    /// Takes the last cell out.
    fn pop(&mut self) -> Vec<u8> {
        let start = self.starts.pop().unwrap_or(0);
        self.cells.split_off(start)
    }

    /// The page; `right` is the last child of an interior page.
    fn page(&self, right: u32, layout: Layout, out: &mut Vec<u8>) {
        out.clear();
        out.resize(layout.page, 0);
        let content = layout.usable - self.cells.len();
        let two = |n: usize| u16::try_from(n).unwrap_or(0).to_be_bytes();
        let mut head = Vec::with_capacity(12 + 2 * self.starts.len());
        head.extend_from_slice(&[self.kind, 0, 0]);
        head.extend_from_slice(&two(self.starts.len()));
        // 65536 is written as 0.
        head.extend_from_slice(&two(content));
        head.push(0);
        if self.kind == INTERIOR {
            head.extend_from_slice(&right.to_be_bytes());
        }
        for start in &self.starts {
            head.extend_from_slice(&two(content + start));
        }
        out.iter_mut().zip(&head).for_each(|(to, from)| *to = *from);
        if let Some(to) = out.get_mut(content..layout.usable) {
            to.copy_from_slice(&self.cells);
        }
    }
}

/// An index that is being built.
#[derive(Debug)]
pub(super) struct Tree {
    /// From the leaves up; each level's page that is being filled.
    levels: Vec<Node>,
    page: Vec<u8>,
    cell: Vec<u8>,
}

impl Tree {
    pub fn new() -> Self {
        Self {
            levels: vec![Node::new(LEAF)],
            page: Vec::new(),
            cell: Vec::new(),
        }
    }

    /// Adds the next entry; it is not longer than [`Layout::longest`].
    pub fn push(&mut self, record: &[u8], pages: &mut Pages<'_>) -> io::Result<()> {
        let mut cell = std::mem::take(&mut self.cell);
        cell.clear();
        let length = u64::try_from(record.len()).unwrap_or_default();
        cell.reserve(varint_length(length) + record.len());
        push_varint(length, &mut cell);
        cell.extend_from_slice(record);
        // The least that a cell takes, so that it can become a free block.
        while cell.len() < 4 {
            cell.push(0);
        }
        let done = self.add(0, &cell, pages);
        self.cell = cell;
        done
    }

    fn add(&mut self, level: usize, cell: &[u8], pages: &mut Pages<'_>) -> io::Result<()> {
        if self.levels.len() == level {
            self.levels.push(Node::new(INTERIOR));
        }
        let Some(node) = self.levels.get_mut(level) else {
            return Ok(());
        };
        if !node.fits(cell.len(), pages.layout) {
            // The last entry moves up and divides this page from the next, so that neither is ever empty.
            let mut divider = node.pop();
            let (right, entry) = if level == 0 {
                (0, divider)
            } else {
                let entry = divider.split_off(4);
                let right = divider.first_chunk().map_or(0, |c| u32::from_be_bytes(*c));
                (right, entry)
            };
            node.page(right, pages.layout, &mut self.page);
            node.cells.clear();
            node.starts.clear();
            let number = pages.append(&self.page)?;
            let mut up = number.to_be_bytes().to_vec();
            up.extend_from_slice(&entry);
            self.add(level + 1, &up, pages)?;
        }
        if let Some(node) = self.levels.get_mut(level) {
            node.starts.push(node.cells.len());
            node.cells.extend_from_slice(cell);
        }
        Ok(())
    }

    /// Writes the pages that are left, the topmost as the index's root. An index without entries keeps its empty root.
    pub fn finish(mut self, root: u32, pages: &mut Pages<'_>) -> io::Result<()> {
        let top = self.levels.len() - 1;
        let mut right = 0;
        for (level, node) in self.levels.iter().enumerate() {
            if level == 0 && level == top && node.starts.is_empty() {
                return Ok(());
            }
            node.page(right, pages.layout, &mut self.page);
            if level == top {
                pages.write(root, &self.page)?;
            } else {
                right = pages.append(&self.page)?;
            }
        }
        Ok(())
    }
}
