//! How many bytes of rows may be between those who read and the one who writes.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of rows that wait. One batch may be larger: it then waits alone.
const LIMIT: usize = 16 << 20;

#[derive(Debug, Default)]
struct State {
    /// The task whose rows are written now.
    front: usize,
    /// What waits of each task.
    queued: BTreeMap<usize, usize>,
    /// What is handed to the writer.
    writing: usize,
    closed: bool,
}

/// Bytes on their way from tasks, which are numbered in the order in which they are written, to the writer.
#[derive(Debug, Default)]
pub struct Budget {
    state: Mutex<State>,
    freed: Condvar,
}

impl Budget {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until so many bytes of a task may be queued; `false` when nobody takes them any more. The task in front never waits for
    /// those behind it.
    pub fn take(&self, task: usize, bytes: usize) -> bool {
        let mut state = self.state();
        loop {
            if state.closed {
                return false;
            }
            let used = state.queued.values().sum::<usize>() + state.writing;
            let own = state.queued.get(&task).copied().unwrap_or(0) + state.writing;
            if used + bytes <= LIMIT || (task == state.front && own == 0) {
                *state.queued.entry(task).or_default() += bytes;
                return true;
            }
            state = self
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Queued bytes of a task are handed to the writer.
    pub fn moved(&self, task: usize, bytes: usize) {
        let mut state = self.state();
        if let Some(queued) = state.queued.get_mut(&task) {
            *queued = queued.saturating_sub(bytes);
        }
        state.writing += bytes;
    }

    /// The writer is done with so many bytes.
    pub fn give(&self, bytes: usize) {
        let mut state = self.state();
        state.writing = state.writing.saturating_sub(bytes);
        drop(state);
        self.freed.notify_all();
    }

    /// From now on rows of this task are written.
    pub fn front(&self, task: usize) {
        let mut state = self.state();
        state.front = task;
        state.queued.retain(|number, _| *number >= task);
        drop(state);
        self.freed.notify_all();
    }

    /// Nobody takes bytes any more.
    pub fn close(&self) {
        self.state().closed = true;
        self.freed.notify_all();
    }
}

/// Closes a budget when it goes out of scope, by a fault too.
pub struct Closing<'b>(pub &'b Budget);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_bounded_and_the_front_goes_on() {
        let budget = Budget::default();
        assert!(budget.take(1, LIMIT));
        // Task 1 has used everything up, yet task 0 may have one batch of any size on its way.
        assert!(budget.take(0, 3 * LIMIT));
        std::thread::scope(|scope| {
            let second = scope.spawn(|| budget.take(0, LIMIT));
            budget.moved(0, 3 * LIMIT);
            assert!(!second.is_finished());
            budget.give(3 * LIMIT);
            assert!(second.join().expect("it does not panic"));
            let third = scope.spawn(|| budget.take(2, 1));
            budget.close();
            assert!(!third.join().expect("it does not panic"));
        });
    }
}
