//! Blocks: aligned pieces of memory that hold cells of one kind and size.

use std::collections::{BTreeMap, BTreeSet};

use super::Lane;

pub(super) const BLOCK_BYTES: usize = 64 * 1024;
const HEADER_WORDS: usize = 3 + MARK_WORDS;
const MARK_WORDS: usize = BLOCK_BYTES / 8 / 64;
const BLOCK_WORDS: usize = BLOCK_BYTES / 8;
/// The biggest cell of which a block holds several.
pub(super) const MAX_CELL_WORDS: usize = 2048;
/// Memory is taken from the system in pieces of this size. Huge pages were measured and are slower: clearing them costs
/// more than the page faults they save.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;
/// Bigger objects get a piece of memory of their own, which goes back to the system with them.
const MAX_SHARED_BYTES: usize = CHUNK_BYTES / 2;

/// What the objects of a block are; tells the collector where their references stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Variables of a scope: link to the outer scope, then values.
    Env,
    /// A delayed computation (see `value::thunk`).
    Thunk,
    /// Attribute names and positions.
    Keys,
    /// An attribute set.
    Attrs,
    /// A list.
    List,
    /// A string and the link to its context.
    Str,
    /// A function.
    Function,
    /// A float, a big integer, a path.
    Boxed,
    /// Bytes without references.
    Bytes,
}

impl Kind {
    pub(super) const COUNT: usize = 9;
    /// What statistics call the kinds, in their order.
    pub(super) const NAMES: [&str; Kind::COUNT] = [
        "scopes",
        "thunks",
        "keys",
        "sets",
        "lists",
        "strings",
        "functions",
        "boxed",
        "bytes",
    ];
}

/// The header of a block; the cells follow it.
#[repr(C)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// How many blocks long this one is: more than one for a single big object.
    count: u32,
    cell_words: u32,
    cells: u32,
    /// Reciprocal of `cell_words` for turning offsets into indices.
    reciprocal: u64,
    marks: [u64; MARK_WORDS],
}

const _: () = assert!(size_of::<Block>() <= HEADER_WORDS * 8);

impl Block {
    /// The block that holds the object at `address`.
    pub(super) fn of(address: *const u64) -> *mut Block {
        let block = address.map_addr(|address| address & !(BLOCK_BYTES - 1));
        block.cast_mut().cast()
    }

    /// # Safety
    /// `block` is a fresh, zeroed block.
    pub(super) unsafe fn initialise(block: *mut Block, kind: Kind, cell_words: usize) -> Lane {
        let cells = (BLOCK_WORDS - HEADER_WORDS) / cell_words;
        // SAFETY: the block is at least one block long and ours alone.
        unsafe {
            Self::write_header(block, kind, cell_words, cells, 1);
            Self::run(block, 0, cells)
        }
    }

    /// # Safety
    /// `block` is a fresh, zeroed run of `count` blocks with room for `words` words.
    pub(super) unsafe fn initialise_alone(
        block: *mut Block,
        kind: Kind,
        words: usize,
        count: usize,
    ) -> *mut u64 {
        // SAFETY: as promised by the caller.
        unsafe {
            Self::write_header(block, kind, words, 1, count);
            Self::run(block, 0, 1).cursor
        }
    }

    unsafe fn write_header(
        block: *mut Block,
        kind: Kind,
        words: usize,
        cells: usize,
        count: usize,
    ) {
        // SAFETY: the callers pass a block of their own.
        unsafe {
            (*block).kind = kind;
            (*block).count = count as u32;
            (*block).cell_words = words as u32;
            (*block).cells = cells as u32;
            (*block).reciprocal = (1u64 << 32) / words as u64 + 1;
        }
    }

    unsafe fn run(block: *mut Block, start: usize, end: usize) -> Lane {
        // SAFETY: the callers pass a live block and indices of its cells.
        unsafe {
            let first = block.cast::<u64>().add(HEADER_WORDS);
            let words = (*block).cell_words as usize;
            Lane {
                cursor: first.add(start * words),
                limit: first.add(end * words),
            }
        }
    }

    /// Marks the object at `address`; false if it was marked before. The second value is its size in words.
    ///
    /// # Safety
    /// `address` is the start of an object in this live block.
    pub(super) unsafe fn mark(block: *mut Block, address: *const u64) -> (bool, usize) {
        // SAFETY: the caller passes a live block.
        let block = unsafe { &mut *block };
        let words = block.cell_words as usize;
        if block.count > 1 || block.cells == 1 {
            let fresh = block.marks[0] & 1 == 0;
            block.marks[0] |= 1;
            return (fresh, words);
        }
        let offset = (address.addr() & (BLOCK_BYTES - 1)) / 8 - HEADER_WORDS;
        // Exact for offsets below a block's size: the error of the reciprocal is less than 1 / offset.
        let index = ((offset as u64 * block.reciprocal) >> 32) as usize;
        let bit = 1u64 << (index % 64);
        let fresh = block.marks[index / 64] & bit == 0;
        block.marks[index / 64] |= bit;
        (fresh, words)
    }

    /// After marking: kind, cell size, number of live cells, length in blocks. The marks stay: they say which cells
    /// are taken, until the next collection clears them.
    ///
    /// # Safety
    /// `block` is a live block.
    pub(super) unsafe fn finish_marking(block: *mut Block) -> (Kind, usize, usize, usize) {
        // SAFETY: the caller passes a live block.
        let block = unsafe { &*block };
        let live = block
            .marks
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum();
        (
            block.kind,
            block.cell_words as usize,
            live,
            block.count as usize,
        )
    }

    /// The kind of its objects and its length in bytes.
    ///
    /// # Safety
    /// `block` is a live block.
    pub(super) unsafe fn extent(block: *mut Block) -> (Kind, usize) {
        // SAFETY: the caller passes a live block.
        unsafe { ((*block).kind, (*block).count as usize * BLOCK_BYTES) }
    }

    /// Forgets all marks.
    ///
    /// # Safety
    /// `block` is a live block.
    pub(super) unsafe fn clear_marks(block: *mut Block) {
        // SAFETY: the caller passes a live block.
        unsafe { (*block).marks.fill(0) };
    }

    /// The first run of unmarked cells at or after cell `from`.
    ///
    /// # Safety
    /// `block` is a live block of several cells.
    pub(super) unsafe fn next_free_run(block: *mut Block, from: usize) -> Option<(usize, usize)> {
        // SAFETY: the caller passes a live block.
        let block = unsafe { &*block };
        let cells = block.cells as usize;
        let is_marked = |index: usize| block.marks[index / 64] & (1 << (index % 64)) != 0;
        let start = (from..cells).find(|index| !is_marked(*index))?;
        let end = (start..cells)
            .find(|index| is_marked(*index))
            .unwrap_or(cells);
        Some((start, end))
    }

    /// Zeroes a run of cells, takes it, and hands it out.
    ///
    /// # Safety
    /// `block` is a live block, the cells are within it and unreachable.
    pub(super) unsafe fn clear_run(block: *mut Block, start: usize, end: usize) -> Lane {
        // SAFETY: as promised by the caller.
        unsafe {
            let lane = Self::run(block, start, end);
            let words = (*block).cell_words as usize;
            std::ptr::write_bytes(lane.cursor, 0, (end - start) * words);
            lane
        }
    }
}

/// How many blocks an object of its own needs.
pub(super) fn blocks_for(words: usize) -> usize {
    (words + HEADER_WORDS).div_ceil(BLOCK_WORDS)
}

/// Gets blocks from the operating system and keeps the ones given back.
#[derive(Default)]
pub(super) struct BlockSource {
    chunks: Vec<(*mut u8, usize)>,
    free: FreeRuns,
    /// The rest of the newest chunk, which nobody had yet.
    next: usize,
    end: usize,
}

impl BlockSource {
    pub(super) fn reserved(&self) -> usize {
        self.chunks.iter().map(|(_, bytes)| bytes).sum()
    }

    /// `count` adjacent zeroed blocks.
    pub(super) fn take(&mut self, count: usize) -> *mut Block {
        let bytes = count * BLOCK_BYTES;
        if bytes > MAX_SHARED_BYTES {
            return self.map(bytes).cast();
        }
        if let Some(address) = self.free.take(bytes) {
            let block: *mut u8 = std::ptr::with_exposed_provenance_mut(address);
            // SAFETY: blocks given back are unreachable, and the run is as long as was asked for.
            unsafe { std::ptr::write_bytes(block, 0, bytes) };
            return block.cast();
        }
        if self.next + bytes > self.end {
            self.free.add(self.next, self.end - self.next);
            let chunk = self.map(CHUNK_BYTES);
            self.next = chunk.expose_provenance();
            self.end = self.next + CHUNK_BYTES;
        }
        let block = std::ptr::with_exposed_provenance_mut(self.next);
        self.next += bytes;
        block
    }

    /// # Safety
    /// Nothing refers to the blocks any more.
    pub(super) unsafe fn give_back(&mut self, block: *mut Block, count: usize) {
        let bytes = count * BLOCK_BYTES;
        if bytes <= MAX_SHARED_BYTES {
            self.free.add(block.expose_provenance(), bytes);
            return;
        }
        let piece = (block.cast(), bytes);
        if let Some(index) = self.chunks.iter().position(|chunk| *chunk == piece) {
            let (start, bytes) = self.chunks.swap_remove(index);
            // SAFETY: the mapping was made by `map` with this size.
            unsafe { libc::munmap(start.cast(), bytes) };
        }
    }

    /// Zeroed memory, aligned to blocks.
    fn map(&mut self, bytes: usize) -> *mut u8 {
        let padded = bytes + BLOCK_BYTES;
        // SAFETY: an anonymous private mapping; the parts outside the aligned piece are unmapped again.
        unsafe {
            let start = libc::mmap(
                std::ptr::null_mut(),
                padded,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            );
            if start == libc::MAP_FAILED {
                std::alloc::handle_alloc_error(std::alloc::Layout::new::<[u8; BLOCK_BYTES]>());
            }
            let start: *mut u8 = start.cast();
            let lead = start.align_offset(BLOCK_BYTES);
            if lead > 0 {
                libc::munmap(start.cast(), lead);
            }
            let aligned = start.add(lead);
            if lead < BLOCK_BYTES {
                libc::munmap(aligned.add(bytes).cast(), BLOCK_BYTES - lead);
            }
            self.chunks.push((aligned, bytes));
            aligned
        }
    }
}

/// Memory that can be used again: runs of bytes, joined where they touch, so that objects of changing sizes find room.
#[derive(Default)]
struct FreeRuns {
    /// Address → bytes.
    by_address: BTreeMap<usize, usize>,
    /// The same as (bytes, address).
    by_size: BTreeSet<(usize, usize)>,
}

impl FreeRuns {
    /// The address of `bytes` bytes, from the smallest run that has as many.
    fn take(&mut self, bytes: usize) -> Option<usize> {
        let (found, address) = *self.by_size.range((bytes, 0)..).next()?;
        self.remove(address, found);
        self.add(address + bytes, found - bytes);
        Some(address)
    }

    fn add(&mut self, mut address: usize, mut bytes: usize) {
        if bytes == 0 {
            return;
        }
        if let Some((&before, &length)) = self.by_address.range(..address).next_back()
            && before + length == address
        {
            self.remove(before, length);
            (address, bytes) = (before, length + bytes);
        }
        if let Some(&length) = self.by_address.get(&(address + bytes)) {
            self.remove(address + bytes, length);
            bytes += length;
        }
        self.by_address.insert(address, bytes);
        self.by_size.insert((bytes, address));
    }

    fn remove(&mut self, address: usize, bytes: usize) {
        self.by_address.remove(&address);
        self.by_size.remove(&(bytes, address));
    }
}

impl Drop for BlockSource {
    fn drop(&mut self) {
        for (start, bytes) in self.chunks.drain(..) {
            // SAFETY: the mapping was made by `map` with this size, and the heap that used it is gone.
            unsafe { libc::munmap(start.cast(), bytes) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Objects of ever other sizes, one after the other, do with the memory of a few.
    #[test]
    fn memory_given_back_is_used_again() {
        let mut source = BlockSource::default();
        let mut held = std::collections::VecDeque::new();
        for round in 0..300 {
            let count = 1 + round * 7 % 61;
            held.push_back((source.take(count), count));
            if held.len() > 8
                && let Some((block, count)) = held.pop_front()
            {
                // SAFETY: nothing uses these blocks.
                unsafe { source.give_back(block, count) };
            }
        }
        assert!(
            source.reserved() <= 8 * CHUNK_BYTES,
            "{}",
            source.reserved()
        );
    }

    #[test]
    fn runs_that_touch_are_joined() {
        let mut runs = FreeRuns::default();
        for address in [30, 10, 20] {
            runs.add(address, 10);
        }
        assert_eq!(runs.by_size.iter().copied().collect::<Vec<_>>(), [(30, 10)]);
        assert_eq!(runs.take(31), None);
        assert_eq!(runs.take(25), Some(10));
        assert_eq!(runs.take(5), Some(35));
        assert_eq!(runs.take(1), None);
    }
}
