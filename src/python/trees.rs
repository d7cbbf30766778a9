//! Syntax trees of scripts that were parsed for their headers, kept for their evaluation.

use std::collections::HashMap;
use std::sync::Arc;

use super::parse::{SyntaxError, parse};
use super::syntax::Module;
use crate::history::ScriptFile;

/// Bytes of text whose trees are kept, at most: a tree takes some twenty times the memory of its text. The scripts beyond
/// are parsed again when they are evaluated.
const MAX_KEPT: usize = 8 << 20;

/// Trees of scripts, by the script's text.
#[derive(Debug, Clone, Default)]
pub struct Trees {
    /// By the text's address; the text is kept with the tree, so that no other can have it.
    kept: HashMap<usize, (Arc<str>, Arc<Module>)>,
    bytes: usize,
}

impl Trees {
    /// Parses a script and keeps its tree, if there is room.
    pub(super) fn parse(&mut self, script: &ScriptFile) -> Result<Arc<Module>, SyntaxError> {
        let tree = Arc::new(parse(&script.text)?);
        if self.bytes + script.text.len() <= MAX_KEPT {
            self.bytes += script.text.len();
            let kept = (Arc::clone(&script.text), Arc::clone(&tree));
            self.kept.insert(address(&script.text), kept);
        }
        Ok(tree)
    }

    /// The tree of a script: kept, or parsed now.
    pub(super) fn tree(&self, script: &ScriptFile) -> Result<Arc<Module>, SyntaxError> {
        match self.kept.get(&address(&script.text)) {
            Some((_, tree)) => Ok(Arc::clone(tree)),
            None => parse(&script.text).map(Arc::new),
        }
    }
}

fn address(text: &Arc<str>) -> usize {
    text.as_ptr().addr()
}
