//! Strings and their contexts.

use super::{Tag, Value};
use crate::heap::{Heap, Kind};

/// A string: bytes and a context.
///
/// Layout: length, context, bytes.
#[derive(Clone, Copy)]
pub(crate) struct Str(*mut u64);

/// The context of a string: a sorted list of numbers of context elements, or nothing. Shared between strings.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Context(u64);

impl Str {
    #[inline(always)]
    pub(super) fn at(object: *mut u64) -> Str {
        Str(object)
    }

    pub(crate) fn new(heap: &mut Heap, bytes: &[u8], context: Context) -> Str {
        Str::build(heap, bytes.len(), context, |space| {
            space.copy_from_slice(bytes);
        })
    }

    /// A string of `length` bytes that `fill` writes.
    pub(crate) fn build(
        heap: &mut Heap,
        length: usize,
        context: Context,
        fill: impl FnOnce(&mut [u8]),
    ) -> Str {
        let object = heap.allocate(Kind::Str, 2 + length.div_ceil(8));
        // SAFETY: a fresh, zeroed object with room for header and bytes.
        unsafe {
            *object = length as u64;
            *object.add(1) = context.0;
            fill(std::slice::from_raw_parts_mut(object.add(2).cast(), length));
        }
        Str(object)
    }

    #[inline(always)]
    pub(crate) fn value(self) -> Value {
        Value::tagged(self.0, Tag::String)
    }

    #[inline(always)]
    pub(crate) fn bytes(self) -> &'static [u8] {
        // SAFETY: a string has as many bytes as its first word says, and never changes; nothing frees it during an
        // evaluation.
        unsafe { std::slice::from_raw_parts(self.0.add(2).cast(), *self.0 as usize) }
    }

    #[inline(always)]
    pub(crate) fn context(self) -> Context {
        // SAFETY: strings have at least two words.
        Context(unsafe { *self.0.add(1) })
    }
}

impl Context {
    pub(crate) const EMPTY: Context = Context(0);

    #[inline(always)]
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// `elements` must be sorted and without repetitions.
    pub(crate) fn new(heap: &mut Heap, elements: &[u32]) -> Context {
        if elements.is_empty() {
            return Context::EMPTY;
        }
        let object = heap.allocate(Kind::Bytes, 1 + elements.len().div_ceil(2));
        // SAFETY: a fresh object with room for the count and the elements.
        unsafe {
            *object = elements.len() as u64;
            std::ptr::copy_nonoverlapping(elements.as_ptr(), object.add(1).cast(), elements.len());
        }
        Context(object.expose_provenance() as u64)
    }

    pub(crate) fn elements(self) -> &'static [u32] {
        if self.is_empty() {
            return &[];
        }
        let object: *const u64 = std::ptr::with_exposed_provenance(self.0 as usize);
        // SAFETY: a context has as many elements as its first word says, and never changes; nothing frees it during an
        // evaluation.
        unsafe { std::slice::from_raw_parts(object.add(1).cast(), *object as usize) }
    }
}
