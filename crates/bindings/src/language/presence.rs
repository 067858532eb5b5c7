//! What an evaluator's thread is at, so that whoever waits for it knows when to leave.
//!
//! Ctrl-C ends most evaluations at once, but some builtins hear of it only at their end: a sort of a million names, a
//! parser of another library. Whoever waits leaves them to themselves after a while. Not while the host is at work,
//! whose files and processes need an orderly end; and after that the host is not asked any more.

use std::sync::atomic::{AtomicU8, Ordering};

const IDLE: u8 = 0;
const EVALUATING: u8 = 1;
const ASKING: u8 = 2;
const LEFT: u8 = 3;

/// The state of one thread, shared with those who wait for it.
pub(crate) struct Presence(AtomicU8);

impl Default for Presence {
    fn default() -> Self {
        Presence(AtomicU8::new(IDLE))
    }
}

impl Presence {
    /// Begins a job. Returns what was under way, for [`Presence::end`]: a stopped debugger runs jobs within jobs.
    pub(super) fn begin(&self) -> u8 {
        self.0.swap(EVALUATING, Ordering::AcqRel)
    }

    /// Ends a job; whether it was left.
    pub(super) fn end(&self, outer: u8) -> bool {
        self.0.swap(outer, Ordering::AcqRel) == LEFT
    }

    /// Runs something that must not be left; `None` if the job was left already.
    pub(super) fn attend<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        if !self.change(EVALUATING, ASKING) {
            return None;
        }
        let result = work();
        self.change(ASKING, EVALUATING);
        Some(result)
    }

    /// Leaves the job that is running; false if that cannot be now.
    pub(super) fn leave(&self) -> bool {
        self.change(EVALUATING, LEFT) || self.0.load(Ordering::Acquire) == LEFT
    }

    fn change(&self, from: u8, to: u8) -> bool {
        self.0
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }
}
