//! Marking: finds every object that the roots reach.

use super::block::{Block, Kind};
use crate::value::layout;

/// The state of one marking pass.
pub(super) struct Marker<'a> {
    pending: Vec<(*const u64, usize, Kind)>,
    on_failure: &'a mut dyn FnMut(u32),
}

impl<'a> Marker<'a> {
    pub(super) fn new(on_failure: &'a mut dyn FnMut(u32)) -> Marker<'a> {
        Marker {
            pending: Vec::new(),
            on_failure,
        }
    }

    /// Marks the object that a word refers to, if it refers to one.
    pub(super) fn mark(&mut self, word: u64) {
        let Some(address) = layout::referent(word) else {
            return;
        };
        let block = Block::of(address);
        // SAFETY: every reference that a live object holds points to the start of an object in a live block.
        let (fresh, words, kind) = unsafe {
            let (fresh, words) = Block::mark(block, address);
            (fresh, words, (*block).kind)
        };
        if fresh && kind != Kind::Bytes {
            self.pending.push((address, words, kind));
        }
    }

    /// Follows references until nothing new turns up.
    pub(super) fn run(&mut self) {
        while let Some((address, words, kind)) = self.pending.pop() {
            // SAFETY: `address` is the start of a live object of `words` words.
            let object = unsafe { std::slice::from_raw_parts(address, words) };
            let references = layout::references(kind, object);
            if let Some(number) = references.failure {
                (self.on_failure)(number);
            }
            for word in &object[references.words] {
                self.mark(*word);
            }
        }
    }
}
