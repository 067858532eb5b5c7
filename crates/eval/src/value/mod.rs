//! Values: one word each.
//!
//! The low three bits say what a word is; small integers and constants are in the word itself, everything
//! else is a reference into the heap. A word with tag 0 is a thunk: it must be forced before its
//! type can be asked for. The accessors are safe to call as long as the heap's rule is kept: no value outlives a collection
//! unless it was among the roots.

#![expect(
    unsafe_code,
    reason = "this module and `heap` are the only ones that touch raw memory"
)]

mod attrs;
mod keys;
pub(crate) mod layout;
mod text;
mod thunk;

pub(crate) use attrs::{Attrs, AttrsBuilder, Entry, Scratch};
pub(crate) use keys::{Keys, Slot};
pub(crate) use text::{Context, Str};
pub(crate) use thunk::{Suspension, Thunk};

use syntax::position::Pos;

use crate::code::Lambda;
use crate::heap::{Heap, Kind};
use layout::Tag;

/// A value or a thunk: a word that can be copied freely.
///
/// Equality is identity: the same number, or the same object.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(u64);

/// The type of an evaluated value, as `builtins.typeOf` distinguishes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A 64-bit signed integer.
    Int,
    /// A double.
    Float,
    /// `true` or `false`.
    Bool,
    /// A string with its context.
    String,
    /// A path.
    Path,
    /// `null`.
    Null,
    /// An attribute set.
    Attrs,
    /// A list.
    List,
    /// A function, a builtin or a builtin with some of its arguments.
    Function,
    /// Not evaluated yet.
    Thunk,
}

const INT_BITS: u32 = 61;

impl Value {
    /// No value: a variable that is not set yet.
    pub(crate) const NONE: Value = Value(0);
    pub(crate) const NULL: Value = Value::immediate(0);
    pub(crate) const FALSE: Value = Value::immediate(1);
    pub(crate) const TRUE: Value = Value::immediate(2);

    const fn immediate(number: u64) -> Value {
        Value(number << 3 | Tag::Immediate as u64)
    }

    fn tagged(pointer: *const u64, tag: Tag) -> Value {
        Value(pointer.expose_provenance() as u64 | tag as u64)
    }

    pub(crate) fn from_word(word: u64) -> Value {
        Value(word)
    }

    pub(crate) fn word(self) -> u64 {
        self.0
    }

    #[inline(always)]
    fn tag(self) -> u64 {
        self.0 & 7
    }

    #[inline(always)]
    fn object(self) -> *mut u64 {
        std::ptr::with_exposed_provenance_mut((self.0 & !7) as usize)
    }

    #[inline(always)]
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    #[inline(always)]
    pub(crate) fn is_thunk(self) -> bool {
        self.tag() == Tag::Thunk as u64
    }

    /// A boolean.
    #[inline(always)]
    pub(crate) fn bool(value: bool) -> Value {
        if value { Value::TRUE } else { Value::FALSE }
    }

    #[inline(always)]
    pub(crate) fn as_bool(self) -> Option<bool> {
        match self {
            Value::TRUE => Some(true),
            Value::FALSE => Some(false),
            _ => None,
        }
    }

    /// An integer; only numbers beyond 61 bits take memory.
    #[inline(always)]
    pub(crate) fn int(heap: &mut Heap, number: i64) -> Value {
        let shifted = number << (64 - INT_BITS);
        if shifted >> (64 - INT_BITS) == number {
            return Value(shifted as u64 | Tag::Int as u64);
        }
        Self::boxed(heap, layout::BIG_INT, number as u64)
    }

    #[inline(always)]
    pub(crate) fn as_int(self) -> Option<i64> {
        if self.tag() == Tag::Int as u64 {
            return Some(self.0 as i64 >> (64 - INT_BITS));
        }
        self.unbox(layout::BIG_INT).map(|word| word as i64)
    }

    pub(crate) fn float(heap: &mut Heap, number: f64) -> Value {
        Self::boxed(heap, layout::FLOAT, number.to_bits())
    }

    pub(crate) fn as_float(self) -> Option<f64> {
        self.unbox(layout::FLOAT).map(f64::from_bits)
    }

    /// A path, given its text.
    pub(crate) fn path(heap: &mut Heap, text: Str) -> Value {
        Self::boxed(heap, layout::PATH, text.value().0)
    }

    /// The text of a path.
    pub(crate) fn as_path(self) -> Option<Str> {
        self.unbox(layout::PATH)
            .and_then(|word| Value(word).as_string())
    }

    fn boxed(heap: &mut Heap, kind: u64, word: u64) -> Value {
        let object = heap.allocate(Kind::Boxed, 2);
        // SAFETY: a fresh object of two words.
        unsafe {
            *object = kind;
            *object.add(1) = word;
        }
        Self::tagged(object, Tag::Boxed)
    }

    #[inline(always)]
    fn unbox(self, kind: u64) -> Option<u64> {
        if self.tag() != Tag::Boxed as u64 {
            return None;
        }
        let object = self.object();
        // SAFETY: boxed objects have two words.
        unsafe { (*object == kind).then(|| *object.add(1)) }
    }

    #[inline(always)]
    pub(crate) fn as_string(self) -> Option<Str> {
        (self.tag() == Tag::String as u64).then(|| Str::at(self.object()))
    }

    #[inline(always)]
    pub(crate) fn as_attrs(self) -> Option<Attrs> {
        (self.tag() == Tag::Attrs as u64).then(|| Attrs::at(self.object()))
    }

    #[inline(always)]
    pub(crate) fn as_list(self) -> Option<List> {
        (self.tag() == Tag::List as u64).then(|| List {
            object: self.object(),
        })
    }

    #[inline(always)]
    pub(crate) fn as_thunk(self) -> Option<Thunk> {
        (self.tag() == Tag::Thunk as u64 && self.0 != 0).then(|| Thunk::at(self.object()))
    }

    #[inline(always)]
    pub(crate) fn as_function(self) -> Option<Function> {
        (self.tag() == Tag::Function as u64).then(|| Function::read(self.object()))
    }

    /// The type; thunks that were forced already have the type of their result.
    pub(crate) fn kind(self) -> Type {
        match self.tag() {
            tag if tag == Tag::Int as u64 => Type::Int,
            tag if tag == Tag::Attrs as u64 => Type::Attrs,
            tag if tag == Tag::List as u64 => Type::List,
            tag if tag == Tag::String as u64 => Type::String,
            tag if tag == Tag::Function as u64 => Type::Function,
            tag if tag == Tag::Immediate as u64 => {
                if self == Value::NULL {
                    Type::Null
                } else {
                    Type::Bool
                }
            }
            tag if tag == Tag::Boxed as u64 => {
                // SAFETY: boxed objects have two words.
                match unsafe { *self.object() } {
                    layout::FLOAT => Type::Float,
                    layout::PATH => Type::Path,
                    _ => Type::Int,
                }
            }
            _ => match self.resolved() {
                value if value.is_thunk() => Type::Thunk,
                value => value.kind(),
            },
        }
    }

    /// The result of a thunk that was forced already; anything else is itself.
    #[inline(always)]
    pub(crate) fn resolved(self) -> Value {
        self.as_thunk().and_then(Thunk::result).unwrap_or(self)
    }

    /// A function made of code and the scope it was written in.
    #[inline(always)]
    pub(crate) fn lambda(heap: &mut Heap, lambda: &'static Lambda, env: Env) -> Value {
        let object = heap.allocate(Kind::Function, 2);
        // SAFETY: a fresh object of two words.
        unsafe {
            *object = std::ptr::from_ref(lambda).expose_provenance() as u64;
            *object.add(1) = env.word();
        }
        Self::tagged(object, Tag::Function)
    }

    /// Such a function with its first arguments.
    pub(crate) fn partial_lambda(
        heap: &mut Heap,
        lambda: &'static Lambda,
        env: Env,
        arguments: [&[Value]; 2],
    ) -> Value {
        let count = arguments[0].len() + arguments[1].len();
        let object = heap.allocate(Kind::Function, 3 + count);
        // SAFETY: a fresh object with room for the header and the arguments.
        unsafe {
            *object = std::ptr::from_ref(lambda).expose_provenance() as u64 | layout::PARTIAL;
            *object.add(1) = env.word();
            *object.add(2) = layout::count_word(count);
            let rest = object.add(3).cast::<Value>();
            std::ptr::copy_nonoverlapping(arguments[0].as_ptr(), rest, arguments[0].len());
            let rest = rest.add(arguments[0].len());
            std::ptr::copy_nonoverlapping(arguments[1].as_ptr(), rest, arguments[1].len());
        }
        Self::tagged(object, Tag::Function)
    }

    pub(crate) fn builtin(heap: &mut Heap, index: u32) -> Value {
        let object = heap.allocate(Kind::Function, 2);
        // SAFETY: a fresh object of two words.
        unsafe { *object = layout::builtin_header(index, 0) };
        Self::tagged(object, Tag::Function)
    }

    /// A builtin with its first arguments.
    pub(crate) fn partial(heap: &mut Heap, index: u32, arguments: &[Value]) -> Value {
        let object = heap.allocate(Kind::Function, 1 + arguments.len());
        // SAFETY: a fresh object with room for the header and the arguments.
        unsafe {
            *object = layout::builtin_header(index, arguments.len());
            std::ptr::copy_nonoverlapping(
                arguments.as_ptr(),
                object.add(1).cast(),
                arguments.len(),
            );
        }
        Self::tagged(object, Tag::Function)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:?} {:#x})", self.tag(), self.0)
    }
}

/// A function, taken apart.
#[derive(Clone, Copy)]
pub(crate) enum Function {
    /// Written in Nix; the scope it was written in and the arguments it has already.
    Lambda(&'static Lambda, Env, &'static [Value]),
    /// A builtin and the arguments it has already.
    Builtin(u32, &'static [Value]),
}

impl Function {
    #[inline(always)]
    fn read(object: *mut u64) -> Function {
        // SAFETY: function objects have a header word and what it announces.
        unsafe {
            let header = *object;
            match layout::read_builtin_header(header) {
                None => {
                    let code = (header & !7) as usize;
                    let given = if header & 7 == layout::PARTIAL {
                        let count = layout::read_count(*object.add(2));
                        std::slice::from_raw_parts(object.add(3).cast(), count)
                    } else {
                        &[]
                    };
                    let lambda = &*std::ptr::with_exposed_provenance::<Lambda>(code);
                    Function::Lambda(lambda, Env(*object.add(1)), given)
                }
                Some((index, count)) => Function::Builtin(
                    index,
                    std::slice::from_raw_parts(object.add(1).cast(), count),
                ),
            }
        }
    }
}

/// The variables of one scope, or none.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Env(u64);

impl Env {
    pub(crate) const EMPTY: Env = Env(0);

    #[inline(always)]
    pub(crate) fn new(heap: &mut Heap, outer: Env, size: usize) -> Env {
        let object = heap.allocate(Kind::Env, 1 + size);
        // SAFETY: a fresh object with at least one word.
        unsafe { *object = outer.0 };
        Env(object.expose_provenance() as u64)
    }

    pub(crate) fn word(self) -> u64 {
        self.0
    }

    pub(crate) fn from_word(word: u64) -> Env {
        Env(word)
    }

    #[inline(always)]
    fn object(self) -> *mut u64 {
        std::ptr::with_exposed_provenance_mut(self.0 as usize)
    }

    /// The scope around this one, `depth` steps out.
    #[inline(always)]
    pub(crate) fn outer(self, depth: u32) -> Env {
        let mut env = self;
        for _ in 0..depth {
            // SAFETY: depths are worked out when code is compiled; a scope's first word is the one around it.
            env = Env(unsafe { *env.object() });
        }
        env
    }

    #[inline(always)]
    pub(crate) fn get(self, slot: u32) -> Value {
        // SAFETY: slots are worked out when code is compiled.
        Value(unsafe { *self.object().add(1 + slot as usize) })
    }

    #[inline(always)]
    pub(crate) fn set(self, slot: u32, value: Value) {
        // SAFETY: as for `get`.
        unsafe { *self.object().add(1 + slot as usize) = value.0 }
    }
}

/// A list.
#[derive(Clone, Copy)]
pub(crate) struct List {
    object: *mut u64,
}

impl List {
    /// A list of `length` elements that are still to be set.
    pub(crate) fn new(heap: &mut Heap, length: usize) -> List {
        let object = heap.allocate(Kind::List, 1 + length);
        // SAFETY: a fresh object with at least one word.
        unsafe { *object = length as u64 };
        List { object }
    }

    pub(crate) fn from_slice(heap: &mut Heap, items: &[Value]) -> List {
        let list = List::new(heap, items.len());
        // SAFETY: the list was made with room for as many.
        unsafe {
            std::ptr::copy_nonoverlapping(items.as_ptr(), list.object.add(1).cast(), items.len());
        }
        list
    }

    pub(crate) fn value(self) -> Value {
        Value::tagged(self.object, Tag::List)
    }

    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        // SAFETY: a list's first word is its length.
        unsafe { *self.object as usize }
    }

    /// The elements. Forcing an element may replace it by its result meanwhile, hence the copy in `get`.
    pub(crate) fn items(self) -> &'static [Value] {
        // SAFETY: a list has as many words as its first word says; nothing frees it during an evaluation.
        unsafe { std::slice::from_raw_parts(self.object.add(1).cast(), self.len()) }
    }

    #[inline(always)]
    pub(crate) fn get(self, index: usize) -> Value {
        debug_assert!(index < self.len());
        // SAFETY: callers pass indices below `len`.
        unsafe { *self.object.add(1 + index).cast::<Value>() }
    }

    pub(crate) fn set(self, index: usize, value: Value) {
        debug_assert!(index < self.len());
        // SAFETY: callers pass indices below `len`.
        unsafe { *self.object.add(1 + index).cast::<Value>() = value }
    }
}

/// The position where a value was written, as far as values remember it.
pub(crate) fn position_of(value: Value, fallback: Pos) -> Pos {
    match value.resolved() {
        value if value.as_attrs().is_some() => value.as_attrs().map_or(fallback, Attrs::position),
        value => match value.as_function() {
            Some(Function::Lambda(lambda, _, given)) => lambda.param(given.len()).pos,
            _ => match value.as_thunk().map(Thunk::read) {
                Some(Suspension::Apply(function, _) | Suspension::Apply2(function, ..)) => {
                    position_of(function, Pos::NONE)
                }
                _ => fallback,
            },
        },
    }
}
