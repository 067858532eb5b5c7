//! Attribute names and positions: the part of a set that sets made in the same way share.

use std::hash::{Hash, Hasher};

use syntax::position::Pos;
use syntax::symbol::{Symbol, SymbolTable};

use super::Value;
use crate::heap::{Heap, Kind};

/// Sets with more attributes than this hardly ever have the same keys as another.
const MAX_SHARED: usize = 256;

/// Names, sorted by symbol, with their positions.
///
/// Layout: count and position of the set, order of the names as text, names, positions.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Keys(u64);

impl Keys {
    /// `names` must be sorted and unique.
    pub(crate) fn new(heap: &mut Heap, names: &[(Symbol, Pos)], position: Pos) -> Keys {
        debug_assert!(names.is_sorted_by(|left, right| left.0 < right.0));
        let keys = Keys::unset(heap, names.len(), position);
        for (index, (name, pos)) in names.iter().enumerate() {
            keys.set(index, *name, *pos);
        }
        keys
    }

    /// The keys with these names (sorted and unique): those of a set that was made before with the same ones, or new ones.
    pub(super) fn shared(heap: &mut Heap, names: &[(Symbol, Pos)], position: Pos) -> Keys {
        if names.len() > MAX_SHARED {
            return Keys::new(heap, names, position);
        }
        let mut hasher = rustc_hash::FxHasher::default();
        (names, position).hash(&mut hasher);
        let hash = hasher.finish();
        if let Some(keys) = heap.keys.get(&hash).copied()
            && keys.is_made_of(names, position)
        {
            return keys;
        }
        let keys = Keys::new(heap, names, position);
        heap.keys.insert(hash, keys);
        keys
    }

    /// The same names without positions.
    pub(crate) fn without_positions(self, heap: &mut Heap) -> Keys {
        let has_positions =
            self.position().is_some() || (0..self.len()).any(|index| self.pos(index).is_some());
        if !has_positions {
            return self;
        }
        let names: Vec<_> = self.names().iter().map(|name| (*name, Pos::NONE)).collect();
        let keys = Keys::shared(heap, &names, Pos::NONE);
        // SAFETY: keys have a second word, the order of the names as text (0 if unknown), which is the same for both.
        unsafe {
            if *keys.object().add(1) == 0 {
                *keys.object().add(1) = *self.object().add(1);
            }
        }
        keys
    }

    fn is_made_of(self, names: &[(Symbol, Pos)], position: Pos) -> bool {
        self.len() == names.len()
            && self.position() == position
            && names
                .iter()
                .enumerate()
                .all(|(index, (name, pos))| self.name(index) == *name && self.pos(index) == *pos)
    }

    /// Room for `count` names, which are set one by one, in order.
    fn unset(heap: &mut Heap, count: usize, position: Pos) -> Keys {
        let object = heap.allocate(Kind::Keys, 2 + count);
        // SAFETY: a fresh object of at least two words.
        unsafe { *object = count as u64 | u64::from(position.0) << 32 };
        Keys(object.expose_provenance() as u64)
    }

    pub(crate) fn from_word(word: u64) -> Keys {
        Keys(word)
    }

    pub(crate) fn word(self) -> u64 {
        self.0
    }

    #[inline(always)]
    fn object(self) -> *mut u64 {
        std::ptr::with_exposed_provenance_mut(self.0 as usize)
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        // SAFETY: the first word holds the count.
        unsafe { *self.object() as u32 as usize }
    }

    /// Where the set was written, if it is a literal.
    pub(crate) fn position(self) -> Pos {
        // SAFETY: the first word holds the position.
        Pos(unsafe { (*self.object() >> 32) as u32 })
    }

    #[inline(always)]
    pub(crate) fn names(self) -> &'static [Symbol] {
        // SAFETY: as many names as the count says follow the two header words; nothing frees them during an
        // evaluation.
        unsafe { std::slice::from_raw_parts(self.object().add(2).cast(), self.len()) }
    }

    #[inline(always)]
    pub(crate) fn name(self, index: usize) -> Symbol {
        self.names()[index]
    }

    #[inline(always)]
    fn numbers(self) -> *mut u32 {
        // SAFETY: names and positions follow the two header words.
        unsafe { self.object().add(2).cast() }
    }

    #[inline(always)]
    pub(crate) fn pos(self, index: usize) -> Pos {
        debug_assert!(index < self.len());
        // SAFETY: as many positions as names follow the names.
        Pos(unsafe { *self.numbers().add(self.len() + index) })
    }

    #[inline(always)]
    fn set(self, index: usize, name: Symbol, pos: Pos) {
        debug_assert!(index < self.len());
        // SAFETY: as for `pos`.
        unsafe {
            *self.numbers().add(index) = name.0;
            *self.numbers().add(self.len() + index) = pos.0;
        }
    }

    /// The place of a name.
    #[inline(always)]
    pub(crate) fn find(self, name: Symbol) -> Option<usize> {
        let names = self.names();
        if names.len() <= 8 {
            return names.iter().position(|candidate| *candidate == name);
        }
        names.binary_search(&name).ok()
    }

    /// The places of the names, ordered by the names' text; worked out once.
    pub(crate) fn order(self, heap: &mut Heap, symbols: &SymbolTable) -> &'static [u32] {
        let count = self.len();
        // SAFETY: the second word is 0 or refers to an object that holds `count` numbers.
        unsafe {
            let known = *self.object().add(1);
            let numbers: *mut u32 = if known == 0 {
                let object = heap.allocate(Kind::Bytes, count.div_ceil(2).max(1));
                let numbers = std::slice::from_raw_parts_mut(object.cast::<u32>(), count);
                for (index, number) in numbers.iter_mut().enumerate() {
                    *number = index as u32;
                }
                numbers.sort_unstable_by_key(|index| symbols.text(self.name(*index as usize)));
                *self.object().add(1) = object.expose_provenance() as u64;
                object.cast()
            } else {
                std::ptr::with_exposed_provenance_mut(known as usize)
            };
            std::slice::from_raw_parts(numbers, count)
        }
    }
}

/// A place that holds a value: forcing it may put the result there.
#[derive(Clone, Copy)]
pub(crate) struct Slot(*mut Value);

impl Slot {
    pub(super) fn at(address: *mut u64) -> Slot {
        Slot(address.cast())
    }

    #[inline(always)]
    pub(crate) fn get(self) -> Value {
        // SAFETY: slots point into live objects.
        unsafe { *self.0 }
    }

    #[inline(always)]
    pub(crate) fn set(self, value: Value) {
        // SAFETY: slots point into live objects.
        unsafe { *self.0 = value }
    }
}
