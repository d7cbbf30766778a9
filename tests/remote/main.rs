//! libSQL servers: the client against a stand-in of the protocol, and `decant migrate` through the binary.

#[path = "../support/mod.rs"]
mod support;

mod client;
mod faults;
mod migrate;
mod real;
mod upload;
