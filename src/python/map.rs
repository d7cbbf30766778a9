//! Maps of the evaluator: they keep the order of insertion, as Python's do.

/// A map by names or keys of scripts. Its hash function is fast and fixed: the order never depends on it.
pub type Map<K, V> = indexmap::IndexMap<K, V, rustc_hash::FxBuildHasher>;
