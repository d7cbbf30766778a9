//! Catalog relations.
