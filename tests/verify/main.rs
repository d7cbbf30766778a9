//! Seeded differences: each is planted alone and must be found at its table and column, with its kind; without one there are
//! none. The source is a table of PostgreSQL's output texts in memory, the target a real SQLite file.

mod data;
mod target;
mod world;
