//! The heap of values: blocks of equal cells, allocated by bumping, freed by marking and sweeping.
//!
//! Objects never move and have no header of their own: a block holds cells of one [`Kind`] and one size, so
//! the address of an object tells what it is. A collection starts from roots that the evaluator names and
//! runs only while no evaluation is on the stack, which is what keeps values plain copyable words
//! (see `docs/decisions/0020-memory-of-the-evaluator.md`).

#![expect(
    unsafe_code,
    reason = "this module and `value` are the only ones that touch raw memory"
)]

mod block;
mod mark;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use block::{Block, BlockSource};
use rustc_hash::FxHashMap;

use crate::value::{Keys, Scratch};

pub(crate) use block::Kind;

/// Cells of up to this many words have a size class of their own.
const EXACT_WORDS: usize = 32;
/// Size classes beyond the exact ones: four per doubling, up to half a block.
const LARGE_CLASSES: usize = 32;
const CLASSES: usize = EXACT_WORDS + 1 + LARGE_CLASSES;

/// Where the next cell of one kind and size comes from: a run of free, zeroed cells.
#[derive(Clone, Copy)]
struct Lane {
    cursor: *mut u64,
    limit: *mut u64,
}

const EMPTY_LANE: Lane = Lane {
    cursor: std::ptr::null_mut(),
    limit: std::ptr::null_mut(),
};

/// The heap of one evaluator.
pub(crate) struct Heap {
    lanes: [[Lane; CLASSES]; Kind::COUNT],
    /// Blocks with free cells left by the last sweep, by kind and class, and the cell to go on from.
    partial: Vec<Vec<(*mut Block, usize)>>,
    source: BlockSource,
    blocks: Vec<*mut Block>,
    /// Bytes in blocks that are in use.
    used: usize,
    /// More bytes than this are too many: then `alarm` is set, which the evaluator looks at from time to time.
    limit: usize,
    alarm: Arc<AtomicBool>,
    /// Keys by a hash of what they are made of, for sharing; forgotten by a collection.
    pub(crate) keys: FxHashMap<u64, Keys>,
    pub(crate) scratch: Scratch,
}

/// Figures about a heap, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct HeapStatistics {
    /// Memory held from the operating system.
    pub reserved: usize,
    /// Memory in blocks that hold objects.
    pub used: usize,
    /// That memory by kind of object.
    pub by_kind: [(&'static str, usize); Kind::COUNT],
}

impl Heap {
    /// An empty heap that sets `alarm` when it takes more than `limit` bytes.
    pub(crate) fn new(limit: usize, alarm: Arc<AtomicBool>) -> Heap {
        Heap {
            lanes: [[EMPTY_LANE; CLASSES]; Kind::COUNT],
            partial: vec![Vec::new(); Kind::COUNT * CLASSES],
            source: BlockSource::default(),
            blocks: Vec::new(),
            used: 0,
            limit,
            alarm,
            keys: FxHashMap::default(),
            scratch: Scratch::default(),
        }
    }

    /// Zeroed memory for one object of `words` words.
    #[inline(always)]
    pub(crate) fn allocate(&mut self, kind: Kind, words: usize) -> *mut u64 {
        if words <= EXACT_WORDS {
            let lane = &mut self.lanes[kind as usize][words];
            let cell = lane.cursor;
            // Compares addresses, so that the empty lane (null, null) needs no test of its own.
            let next = cell.wrapping_add(words);
            if next <= lane.limit {
                lane.cursor = next;
                return cell;
            }
        }
        self.allocate_slowly(kind, words)
    }

    #[cold]
    #[inline(never)]
    fn allocate_slowly(&mut self, kind: Kind, words: usize) -> *mut u64 {
        let Some((class, cell_words)) = size_class(words) else {
            return self.allocate_alone(kind, words);
        };
        loop {
            let lane = &mut self.lanes[kind as usize][class];
            let next = lane.cursor.wrapping_add(cell_words);
            if !lane.cursor.is_null() && next <= lane.limit {
                let cell = lane.cursor;
                lane.cursor = next;
                return cell;
            }
            self.refill(kind, class, cell_words);
        }
    }

    /// Points a lane at the next run of free cells.
    fn refill(&mut self, kind: Kind, class: usize, cell_words: usize) {
        let index = kind as usize * CLASSES + class;
        while let Some((block, from)) = self.partial[index].pop() {
            // SAFETY: blocks in `partial` are live blocks of this heap.
            if let Some((start, end)) = unsafe { Block::next_free_run(block, from) } {
                self.partial[index].push((block, end));
                // SAFETY: as above; the run lies within the block, and its cells are unreachable.
                self.lanes[kind as usize][class] = unsafe { Block::clear_run(block, start, end) };
                return;
            }
        }
        let block = self.source.take(1);
        // SAFETY: a fresh, zeroed block.
        let lane = unsafe { Block::initialise(block, kind, cell_words) };
        self.blocks.push(block);
        self.count(block::BLOCK_BYTES);
        self.lanes[kind as usize][class] = lane;
    }

    /// An object that is too big for a block of several cells.
    fn allocate_alone(&mut self, kind: Kind, words: usize) -> *mut u64 {
        let count = block::blocks_for(words);
        let block = self.source.take(count);
        // SAFETY: a fresh, zeroed run of `count` blocks.
        let cell = unsafe { Block::initialise_alone(block, kind, words, count) };
        self.blocks.push(block);
        self.count(count * block::BLOCK_BYTES);
        cell
    }

    fn count(&mut self, bytes: usize) {
        self.used += bytes;
        if self.is_full() {
            self.alarm.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the heap takes more than it should.
    pub(crate) fn is_full(&self) -> bool {
        self.used > self.limit
    }

    /// How many bytes more it may take.
    #[inline(always)]
    pub(crate) fn room(&self) -> usize {
        self.limit.saturating_sub(self.used)
    }

    pub(crate) fn statistics(&self) -> HeapStatistics {
        let mut by_kind = Kind::NAMES.map(|name| (name, 0));
        for block in &self.blocks {
            // SAFETY: `blocks` holds exactly the live blocks of this heap.
            let (kind, bytes) = unsafe { Block::extent(*block) };
            by_kind[kind as usize].1 += bytes;
        }
        HeapStatistics {
            reserved: self.source.reserved(),
            used: self.used,
            by_kind,
        }
    }

    /// Frees every object that none of `roots` (words as objects hold them) reaches. `on_failure` is told of the
    /// numbers of the errors that live thunks failed with.
    ///
    /// The caller guarantees that no other reference into the heap is used afterwards.
    pub(crate) fn collect(
        &mut self,
        roots: impl Iterator<Item = u64>,
        on_failure: &mut dyn FnMut(u32),
    ) {
        self.keys.clear();
        for block in &self.blocks {
            // SAFETY: `blocks` holds exactly the live blocks of this heap.
            unsafe { Block::clear_marks(*block) };
        }
        let mut marker = mark::Marker::new(on_failure);
        for root in roots {
            marker.mark(root);
        }
        marker.run();
        self.sweep();
    }

    fn sweep(&mut self) {
        for kind_lanes in &mut self.lanes {
            kind_lanes.fill(EMPTY_LANE);
        }
        for list in &mut self.partial {
            list.clear();
        }
        let blocks = std::mem::take(&mut self.blocks);
        for block in blocks {
            // SAFETY: `blocks` holds exactly the live blocks of this heap.
            let (kind, cell_words, live, count) = unsafe { Block::finish_marking(block) };
            if live == 0 {
                self.used -= count * block::BLOCK_BYTES;
                // SAFETY: nothing in the block is reachable.
                unsafe { self.source.give_back(block, count) };
                continue;
            }
            self.blocks.push(block);
            if count == 1
                && let Some((class, _)) = size_class(cell_words)
            {
                self.partial[kind as usize * CLASSES + class].push((block, 0));
            }
        }
    }
}

/// The size class of an object and the words of its cells; `None` if it needs blocks of its own.
fn size_class(words: usize) -> Option<(usize, usize)> {
    if words <= EXACT_WORDS {
        return Some((words, words));
    }
    if words > block::MAX_CELL_WORDS {
        return None;
    }
    // Four classes for each doubling: 40, 48, 56, 64, 80, …
    let doubling = (words - 1).ilog2();
    let step = 1usize << (doubling - 2);
    let rounded = words.div_ceil(step) * step;
    let quarter = (rounded - (1 << doubling)) / step;
    let class = EXACT_WORDS + (doubling as usize - 5) * 4 + quarter;
    Some((class, rounded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_distinct_and_fit() {
        let mut seen = std::collections::BTreeMap::new();
        for words in 1..=block::MAX_CELL_WORDS {
            let (class, cell) = size_class(words).expect("small enough");
            assert!(
                cell >= words && cell <= words + words / 4 + 1,
                "{words} → {cell}"
            );
            assert!(class < CLASSES);
            assert_eq!(
                *seen.entry(class).or_insert(cell),
                cell,
                "class {class} has one size"
            );
        }
        assert!(size_class(block::MAX_CELL_WORDS + 1).is_none());
    }
}
