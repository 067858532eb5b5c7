//! Attribute sets.
//!
//! A flat set is its keys and one value for each. The result of `//` with a small right side is a layer: its own
//! keys and values, and the set below it. Whoever needs all attributes in order makes the set flat first;
//! the flat form then takes the layer's place.

use syntax::position::Pos;
use syntax::symbol::Symbol;

use super::keys::{Keys, Slot};
use super::{Tag, Value};
use crate::heap::{Heap, Kind};

/// An attribute set.
///
/// Layout: number of attributes and of layers below; keys; for a layer the set below; values.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attrs(*mut u64);

/// One attribute.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) name: Symbol,
    pub(crate) value: Value,
    pub(crate) pos: Pos,
}

/// A right side of `//` with at most this many attributes becomes a layer.
const LAYER_LIMIT: usize = 16;
/// How many layers may lie above a flat set.
const MAX_DEPTH: u64 = 8;

impl Attrs {
    #[inline(always)]
    pub(super) fn at(object: *mut u64) -> Attrs {
        Attrs(object)
    }

    /// A flat set whose values are still to be set.
    #[inline(always)]
    pub(crate) fn with_keys(heap: &mut Heap, keys: Keys) -> Attrs {
        let count = keys.len();
        let object = heap.allocate(Kind::Attrs, 2 + count);
        // SAFETY: a fresh object of at least two words.
        unsafe {
            *object = count as u64;
            *object.add(1) = keys.word();
        }
        Attrs(object)
    }

    /// A flat set of values with names, sorted and unique.
    fn of(heap: &mut Heap, names: &[(Symbol, Pos)], values: &[Value], position: Pos) -> Attrs {
        let keys = Keys::shared(heap, names, position);
        let attrs = Attrs::with_keys(heap, keys);
        for (index, value) in values.iter().enumerate() {
            attrs.set(index, *value);
        }
        attrs
    }

    #[inline(always)]
    pub(crate) fn value(self) -> Value {
        Value::tagged(self.0, Tag::Attrs)
    }

    #[inline(always)]
    fn header(self) -> u64 {
        // SAFETY: sets have at least two words.
        unsafe { *self.0 }
    }

    /// The number of attributes.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.header() as u32 as usize
    }

    fn depth(self) -> u64 {
        self.header() >> 32
    }

    /// The keys of the uppermost layer.
    #[inline(always)]
    pub(crate) fn keys(self) -> Keys {
        // SAFETY: sets have at least two words.
        Keys::from_word(unsafe { *self.0.add(1) })
    }

    #[inline(always)]
    fn values_offset(self) -> usize {
        if self.depth() == 0 { 2 } else { 3 }
    }

    fn below(self) -> Option<Attrs> {
        // SAFETY: a set with layers below has a third word that refers to them.
        (self.depth() > 0).then(|| Attrs(Value::from_word(unsafe { *self.0.add(2) }).object()))
    }

    /// Where the value of the `index`th of `keys` is.
    #[inline(always)]
    pub(crate) fn slot(self, index: usize) -> Slot {
        debug_assert!(index < self.keys().len());
        // SAFETY: callers pass indices of the keys; as many values follow.
        Slot::at(unsafe { self.0.add(self.values_offset() + index) })
    }

    #[inline(always)]
    pub(crate) fn set(self, index: usize, value: Value) {
        self.slot(index).set(value);
    }

    /// Where the set was written, if it is a literal.
    pub(crate) fn position(self) -> Pos {
        self.keys().position()
    }

    /// Looks a name up: where its value is and where it was defined.
    #[inline(always)]
    pub(crate) fn find(self, name: Symbol) -> Option<(Slot, Pos)> {
        let mut set = self;
        loop {
            let keys = set.keys();
            if let Some(index) = keys.find(name) {
                return Some((set.slot(index), keys.pos(index)));
            }
            set = set.below()?;
        }
    }

    pub(crate) fn get(self, name: Symbol) -> Option<Value> {
        self.find(name).map(|(slot, _)| slot.get())
    }

    /// The same set without layers.
    pub(crate) fn flat(self, heap: &mut Heap) -> Attrs {
        let Some(below) = self.below() else {
            return self;
        };
        if self.keys().len() == 0 {
            return below;
        }
        let below = below.flat(heap);
        let merged = merge(heap, below, self);
        let empty = Keys::new(heap, &[], Pos::NONE);
        // SAFETY: a layer has at least three words. Without keys of its own it stands for what is below.
        unsafe {
            *self.0 = self.len() as u64 | 1 << 32;
            *self.0.add(1) = empty.word();
            *self.0.add(2) = merged.value().word();
        }
        merged
    }

    /// All attributes, in the order of symbols. The set must be flat.
    pub(crate) fn entries(self) -> impl ExactSizeIterator<Item = Entry> + Clone {
        debug_assert_eq!(self.depth(), 0);
        let keys = self.keys();
        (0..keys.len()).map(move |index| Entry {
            name: keys.name(index),
            value: self.slot(index).get(),
            pos: keys.pos(index),
        })
    }

    /// `self // over`.
    pub(crate) fn update(self, heap: &mut Heap, over: Attrs) -> Attrs {
        if self.len() == 0 {
            return over;
        }
        if over.len() == 0 {
            return self;
        }
        if over.len() > LAYER_LIMIT || self.depth() >= MAX_DEPTH || self.len() < over.len() * 2 {
            let below = self.flat(heap);
            let over = over.flat(heap);
            return merge(heap, below, over);
        }
        let over = over.flat(heap);
        let below = if self.keys().len() == 0 {
            self.flat(heap)
        } else {
            self
        };
        let keys = over.keys();
        let fresh = keys
            .names()
            .iter()
            .filter(|name| below.find(**name).is_none())
            .count();
        let object = heap.allocate(Kind::Attrs, 3 + keys.len());
        // SAFETY: a fresh object of this size; `over` is flat and has a value for each key.
        unsafe {
            *object = (below.len() + fresh) as u64 | (below.depth() + 1) << 32;
            *object.add(1) = keys.word();
            *object.add(2) = below.value().word();
            std::ptr::copy_nonoverlapping(over.0.add(2), object.add(3), keys.len());
        }
        Attrs(object)
    }
}

/// The flat set of what `below` (flat) and the uppermost layer of `over` define, `over` first.
fn merge(heap: &mut Heap, below: Attrs, over: Attrs) -> Attrs {
    let mut scratch = std::mem::take(&mut heap.scratch);
    let Scratch { names, values } = &mut scratch;
    names.clear();
    values.clear();
    let (lower, upper) = (below.keys(), over.keys());
    let mut take = |set: Attrs, keys: Keys, index: usize| {
        names.push((keys.name(index), keys.pos(index)));
        values.push(set.slot(index).get());
    };
    let (low_names, high_names) = (lower.names(), upper.names());
    let (mut low, mut high) = (0, 0);
    while low < low_names.len() && high < high_names.len() {
        if low_names[low] < high_names[high] {
            take(below, lower, low);
            low += 1;
        } else {
            low += usize::from(low_names[low] == high_names[high]);
            take(over, upper, high);
            high += 1;
        }
    }
    (low..low_names.len()).for_each(|index| take(below, lower, index));
    (high..high_names.len()).for_each(|index| take(over, upper, index));
    let merged = Attrs::of(heap, names, values, Pos::NONE);
    heap.scratch = scratch;
    merged
}

/// Memory for sets in the making, used again and again.
#[derive(Default)]
pub(crate) struct Scratch {
    names: Vec<(Symbol, Pos)>,
    values: Vec<Value>,
}

/// Collects attributes in any order.
#[derive(Default)]
pub(crate) struct AttrsBuilder {
    entries: Vec<Entry>,
}

impl AttrsBuilder {
    pub(crate) fn with_capacity(count: usize) -> AttrsBuilder {
        AttrsBuilder {
            entries: Vec::with_capacity(count),
        }
    }

    pub(crate) fn add(&mut self, name: Symbol, value: Value, pos: Pos) {
        self.entries.push(Entry { name, value, pos });
    }

    /// The set. Of several attributes with one name the first that was added counts.
    pub(crate) fn finish(self, heap: &mut Heap) -> Attrs {
        self.finish_at(heap, Pos::NONE)
    }

    /// The same, with the position of the literal that it comes from.
    pub(crate) fn finish_at(mut self, heap: &mut Heap, position: Pos) -> Attrs {
        if !self
            .entries
            .is_sorted_by(|left, right| left.name < right.name)
        {
            self.entries.sort_by_key(|entry| entry.name);
            self.entries.dedup_by_key(|entry| entry.name);
        }
        let mut scratch = std::mem::take(&mut heap.scratch);
        scratch.names.clear();
        scratch.values.clear();
        for entry in &self.entries {
            scratch.names.push((entry.name, entry.pos));
            scratch.values.push(entry.value);
        }
        let attrs = Attrs::of(heap, &scratch.names, &scratch.values, position);
        heap.scratch = scratch;
        attrs
    }
}
