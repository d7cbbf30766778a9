//! What `bad_input.rs` is made of: the shop, the table of cases, the servers.

pub mod cases;
pub mod servers;
mod shop;

pub use shop::Shop;
