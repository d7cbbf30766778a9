//! One revision's text to operations, without running Python.
pub mod parse;
pub mod syntax;
