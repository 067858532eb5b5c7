//! How words and objects are laid out; what the collector knows of them.

use std::ops::Range;

use crate::heap::Kind;

/// The low three bits of a word.
#[repr(u64)]
#[derive(Clone, Copy)]
pub(super) enum Tag {
    /// A reference to a thunk; also untagged references between objects (scopes, keys, contexts).
    Thunk = 0,
    Int = 1,
    Attrs = 2,
    List = 3,
    String = 4,
    Function = 5,
    Boxed = 6,
    Immediate = 7,
}

// First words of boxed objects.
pub(super) const FLOAT: u64 = 1;
pub(super) const BIG_INT: u64 = 2;
pub(super) const PATH: u64 = 3;

// Low bits of a thunk's first word; the rest of it is the code.
pub(super) const SUSPENDED: u64 = 0;
pub(super) const APPLY: u64 = 1;
pub(super) const APPLY2: u64 = 2;
pub(super) const EVALUATED: u64 = 3;
pub(super) const BLACKHOLE: u64 = 4;
pub(super) const FAILED: u64 = 5;
pub(super) const HELD: u64 = 6;

// Low bits of a function's first word: none for a lambda, whose code it is.
const BUILTIN: u64 = 1;
/// A lambda with some of its arguments.
pub(super) const PARTIAL: u64 = 2;

/// The number of arguments of a partial lambda, in a form that the collector takes for an integer.
pub(super) fn count_word(count: usize) -> u64 {
    (count as u64) << 3 | Tag::Int as u64
}

pub(super) fn read_count(word: u64) -> usize {
    (word >> 3) as usize
}

/// The first word of a builtin with `count` arguments.
pub(super) fn builtin_header(index: u32, count: usize) -> u64 {
    u64::from(index) << 32 | (count as u64) << 3 | BUILTIN
}

/// Index and number of arguments of a builtin; `None` if the word is a lambda's code.
#[inline(always)]
pub(super) fn read_builtin_header(header: u64) -> Option<(u32, usize)> {
    (header & 7 == BUILTIN).then_some(((header >> 32) as u32, (header as u32 >> 3) as usize))
}

/// The object that a word refers to.
#[inline(always)]
pub(crate) fn referent(word: u64) -> Option<*const u64> {
    let tag = word & 7;
    if word < 8 || tag == Tag::Int as u64 || tag == Tag::Immediate as u64 {
        return None;
    }
    Some(std::ptr::with_exposed_provenance((word & !7) as usize))
}

/// Where an object's references are.
pub(crate) struct References {
    /// Words of the object that may refer to others.
    pub(crate) words: Range<usize>,
    /// The number of the error that a thunk failed with.
    pub(crate) failure: Option<u32>,
}

/// The first word of a thunk that failed.
pub(super) fn failure_header(number: u32) -> u64 {
    u64::from(number) << 3 | FAILED
}

/// Where the references of an object of some kind are.
pub(crate) fn references(kind: Kind, object: &[u64]) -> References {
    let length = object.len();
    let words = |words| References {
        words,
        failure: None,
    };
    match kind {
        Kind::Env => words(0..length),
        Kind::Attrs | Kind::List | Kind::Function => words(1..length),
        Kind::Keys | Kind::Str => words(1..2),
        Kind::Bytes => words(0..0),
        Kind::Boxed => words(if object[0] == PATH { 1..2 } else { 0..0 }),
        Kind::Thunk => match object[0] & 7 {
            BLACKHOLE => words(0..0),
            FAILED => References {
                words: 0..0,
                failure: Some((object[0] >> 3) as u32),
            },
            SUSPENDED | EVALUATED | HELD => words(1..2),
            _ => words(1..length),
        },
    }
}
