//! Seeded differences: each is planted alone and must be found at its table and column, with its kind; without one there are
//! none. The source is a table of PostgreSQL's output texts in memory, the target a real SQLite file; in `seeded` a database of
//! a server and the file that it was ported into.

mod between;
mod data;
#[path = "../e2e/mod.rs"]
mod e2e;
mod encoders;
mod seeded;
mod sound;
#[path = "../support/mod.rs"]
mod support;
mod target;
mod world;
