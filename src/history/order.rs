//! The order of replay: the one in which Alembic's `upgrade` runs the revisions, down to its choices between branches.
//!
//! Alembic walks from the heads down, keeps a list of current heads, and emits a revision once no other current head
//! still descends from it; the run is that list reversed. The walk here takes the same decisions, but asks "does this
//! head descend from that revision" by a search bounded by depth instead of keeping sets of ancestors.

use std::collections::HashSet;

use super::{History, Revision, Target};

impl History {
    /// The revisions that `upgrade TARGET` runs on an empty database, in order.
    ///
    /// Where a revision has several `depends_on`, Alembic's own order between them differs from run to run (it keeps
    /// them in a set); here it is the order written.
    pub fn upgrade_order(&self, target: &Target) -> Vec<&Revision> {
        let heads: Vec<usize> = target
            .heads
            .iter()
            .filter_map(|id| self.revisions.get_index_of(id))
            .collect();
        let mut order = self.descending(&heads);
        order.reverse();
        order.into_iter().filter_map(|i| self.at(i)).collect()
    }

    /// The order of `upgrade heads`.
    pub fn full_order(&self) -> Vec<&Revision> {
        self.upgrade_order(&Target {
            heads: self.effective_heads.clone(),
        })
    }

    /// What must have run before `index`: its parents, then its dependencies.
    pub(super) fn before(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        let of = |edges: &[Vec<usize>]| edges.get(index).cloned().unwrap_or_default();
        let parents = of(&self.parents);
        let further: Vec<usize> = of(&self.dependencies)
            .into_iter()
            .filter(|d| !parents.contains(d))
            .collect();
        parents.into_iter().chain(further)
    }

    fn descending(&self, targets: &[usize]) -> Vec<usize> {
        let depths = self.depths();
        let mut todo = vec![false; self.revisions.len()];
        let mut stack = targets.to_vec();
        while let Some(index) = stack.pop() {
            if let Some(flag) = todo.get_mut(index)
                && !*flag
            {
                *flag = true;
                stack.extend(self.before(index));
            }
        }
        let mut heads: Vec<usize> = targets.to_vec();
        heads.sort_unstable();
        heads.dedup();
        let mut output = Vec::new();
        let mut current = 0;
        while let Some(&candidate) = heads.get(current) {
            let waits_for = heads
                .iter()
                .enumerate()
                .find(|(i, head)| *i != current && self.descends(**head, candidate, &depths));
            if let Some((other, _)) = waits_for {
                current = other;
                continue;
            }
            if let Some(flag) = todo.get_mut(candidate)
                && *flag
            {
                *flag = false;
                output.push(candidate);
            }
            let further: Vec<usize> = self
                .before(candidate)
                .filter(|i| todo.get(*i).copied().unwrap_or(false) && !heads.contains(i))
                .collect();
            match further.split_first() {
                None => {
                    heads.remove(current);
                    current = current.saturating_sub(1);
                }
                Some((first, rest)) => {
                    if let Some(slot) = heads.get_mut(current) {
                        *slot = *first;
                    }
                    heads.extend(rest);
                }
            }
        }
        output
    }

    /// Length of the longest way down from each revision to a base.
    fn depths(&self) -> Vec<usize> {
        let mut depths: Vec<Option<usize>> = vec![None; self.revisions.len()];
        for start in 0..depths.len() {
            let mut stack = vec![start];
            while let Some(&index) = stack.last() {
                let known = |i: usize| depths.get(i).copied().flatten();
                if known(index).is_some() {
                    stack.pop();
                    continue;
                }
                let missing: Vec<usize> =
                    self.before(index).filter(|i| known(*i).is_none()).collect();
                if missing.is_empty() {
                    let depth = self
                        .before(index)
                        .filter_map(known)
                        .max()
                        .map_or(0, |d| d + 1);
                    if let Some(slot) = depths.get_mut(index) {
                        *slot = Some(depth);
                    }
                    stack.pop();
                } else {
                    stack.extend(missing);
                }
            }
        }
        depths.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Whether `head` is `wanted` or comes after it.
    fn descends(&self, head: usize, wanted: usize, depths: &[usize]) -> bool {
        let depth = |i: usize| depths.get(i).copied().unwrap_or(0);
        let floor = depth(wanted);
        let mut seen = HashSet::new();
        let mut stack = vec![head];
        while let Some(index) = stack.pop() {
            if index == wanted {
                return true;
            }
            if depth(index) > floor && seen.insert(index) {
                stack.extend(self.before(index));
            }
        }
        false
    }
}

/// The dependencies of each revision without those that one of its ancestors (by parents only) has as well.
pub(super) fn normalized_dependencies(
    parents: &[Vec<usize>],
    depends: &[Vec<usize>],
) -> Vec<Vec<usize>> {
    let of = |edges: &[Vec<usize>], i: usize| edges.get(i).cloned().unwrap_or_default();
    (0..depends.len())
        .map(|index| {
            let mut own = of(depends, index);
            let mut seen = HashSet::new();
            let mut stack = of(parents, index);
            while !own.is_empty()
                && let Some(ancestor) = stack.pop()
            {
                if seen.insert(ancestor) {
                    let theirs = of(depends, ancestor);
                    own.retain(|d| !theirs.contains(d));
                    stack.extend(of(parents, ancestor));
                }
            }
            own
        })
        .collect()
}

/// The circles that a depth-first walk in order meets. Each is listed from a node along its edges; the edge from the last
/// to the first closes it. Without these closing edges the graph has no circle.
pub(super) fn circles(edges: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut found = Vec::new();
    let mut states = vec![State::New; edges.len()];
    for start in 0..edges.len() {
        if states.get(start) != Some(&State::New) {
            continue;
        }
        // Each entry: a node, and how many of its edges were followed.
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        if let Some(state) = states.get_mut(start) {
            *state = State::Open;
        }
        while let Some((node, followed)) = path.last_mut() {
            let target = edges.get(*node).and_then(|e| e.get(*followed)).copied();
            let Some(target) = target else {
                if let Some(state) = states.get_mut(*node) {
                    *state = State::Done;
                }
                path.pop();
                continue;
            };
            *followed += 1;
            match states.get(target).copied() {
                Some(State::New) => {
                    if let Some(state) = states.get_mut(target) {
                        *state = State::Open;
                    }
                    path.push((target, 0));
                }
                Some(State::Open) => {
                    let nodes = path.iter().map(|(n, _)| *n);
                    found.push(nodes.skip_while(|n| *n != target).collect());
                }
                Some(State::Done) | None => {}
            }
        }
    }
    found
}
