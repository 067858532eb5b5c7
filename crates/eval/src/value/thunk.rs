//! Delayed computations.

use super::{Env, Tag, Value, layout};
use crate::code::Code;
use crate::heap::{Heap, Kind};

/// A reference to a delayed computation, which is overwritten by its result.
#[derive(Clone, Copy)]
pub(crate) struct Thunk(*mut u64);

/// The state of a thunk.
#[derive(Clone, Copy)]
pub(crate) enum Suspension {
    /// Code to run in a scope.
    Code(&'static Code, Env),
    /// A function to call with one argument.
    Apply(Value, Value),
    /// A function to call with two arguments.
    Apply2(Value, Value, Value),
    /// Done, with this result.
    Evaluated(Value),
    /// Being evaluated right now.
    Blackhole,
    /// Failed with the error of this number.
    Failed(u32),
    /// A value that nobody has asked for yet.
    Held(Value),
}

impl Thunk {
    #[inline(always)]
    pub(super) fn at(object: *mut u64) -> Thunk {
        Thunk(object)
    }

    #[inline(always)]
    pub(crate) fn suspend(heap: &mut Heap, code: &'static Code, env: Env) -> Value {
        let object = heap.allocate(Kind::Thunk, 2);
        // SAFETY: a fresh object of two words.
        unsafe {
            *object = std::ptr::from_ref(code).expose_provenance() as u64 | layout::SUSPENDED;
            *object.add(1) = env.word();
        }
        Value::tagged(object, Tag::Thunk)
    }

    pub(crate) fn apply(heap: &mut Heap, function: Value, argument: Value) -> Value {
        let object = heap.allocate(Kind::Thunk, 3);
        // SAFETY: a fresh object of three words.
        unsafe {
            *object = layout::APPLY;
            *object.add(1) = function.0;
            *object.add(2) = argument.0;
        }
        Value::tagged(object, Tag::Thunk)
    }

    pub(crate) fn apply2(heap: &mut Heap, function: Value, first: Value, second: Value) -> Value {
        let object = heap.allocate(Kind::Thunk, 4);
        // SAFETY: a fresh object of four words.
        unsafe {
            *object = layout::APPLY2;
            *object.add(1) = function.0;
            *object.add(2) = first.0;
            *object.add(3) = second.0;
        }
        Value::tagged(object, Tag::Thunk)
    }

    /// A value as a thunk: messages do not look into it before it is asked for.
    pub(crate) fn hold(heap: &mut Heap, value: Value) -> Value {
        let object = heap.allocate(Kind::Thunk, 2);
        // SAFETY: a fresh object of two words.
        unsafe {
            *object = layout::HELD;
            *object.add(1) = value.0;
        }
        Value::tagged(object, Tag::Thunk)
    }

    /// The result, if there is one already.
    #[inline(always)]
    pub(crate) fn result(self) -> Option<Value> {
        // SAFETY: thunks have at least two words.
        unsafe { (*self.0 == layout::EVALUATED).then(|| Value(*self.0.add(1))) }
    }

    #[inline(always)]
    pub(crate) fn read(self) -> Suspension {
        // SAFETY: a thunk has the words that its state needs; code lives as long as the evaluator, or is kept
        // by the collector because this thunk refers to it.
        unsafe {
            let word = |index: usize| Value(*self.0.add(index));
            let header = *self.0;
            match header & 7 {
                layout::SUSPENDED => Suspension::Code(
                    &*std::ptr::with_exposed_provenance::<Code>(header as usize),
                    Env::from_word(*self.0.add(1)),
                ),
                layout::EVALUATED => Suspension::Evaluated(word(1)),
                layout::APPLY => Suspension::Apply(word(1), word(2)),
                layout::APPLY2 => Suspension::Apply2(word(1), word(2), word(3)),
                layout::FAILED => Suspension::Failed((header >> 3) as u32),
                layout::HELD => Suspension::Held(word(1)),
                _ => Suspension::Blackhole,
            }
        }
    }

    /// Says that the thunk is being evaluated; returns the word to give to `restore` if that fails.
    #[inline(always)]
    pub(crate) fn begin(self) -> u64 {
        // SAFETY: thunks have at least two words.
        unsafe { std::mem::replace(&mut *self.0, layout::BLACKHOLE) }
    }

    #[inline(always)]
    pub(crate) fn finish(self, result: Value) {
        debug_assert!(!result.is_thunk());
        // SAFETY: thunks have at least two words.
        unsafe {
            *self.0 = layout::EVALUATED;
            *self.0.add(1) = result.0;
        }
    }

    /// Says that the computation failed with the error of this number.
    pub(crate) fn fail(self, number: u32) {
        // SAFETY: thunks have at least two words.
        unsafe { *self.0 = layout::failure_header(number) };
    }

    /// Puts the computation back, to be tried again.
    pub(crate) fn restore(self, header: u64) {
        // SAFETY: thunks have at least two words; the others were left as they were.
        unsafe { *self.0 = header };
    }
}
