//! Scopes while compiling: which name is in which slot of which frame.

use std::cell::Cell;

use bumpalo::Bump;
use syntax::position::Pos;
use syntax::symbol::Symbol;

use crate::code::{NamesKind, VisibleNames, WithPlace};

/// A frame under construction: counts the slots that its code takes.
pub(super) struct Frame {
    level: u32,
    size: Cell<u32>,
}

impl Frame {
    pub(super) fn new(level: u32) -> Frame {
        Frame {
            level,
            size: Cell::new(0),
        }
    }

    /// How many frames are around it.
    pub(super) fn level(&self) -> u32 {
        self.level
    }

    pub(super) fn size(&self) -> u32 {
        self.size.get()
    }

    /// Takes `count` slots and returns the first.
    pub(super) fn take(&self, count: u32) -> u32 {
        let first = self.size.get();
        self.size.set(first + count);
        first
    }
}

/// The names visible at some point.
pub(super) struct Scope<'s> {
    parent: Option<&'s Scope<'s>>,
    level: u32,
    kind: ScopeKind<'s>,
    debugged: Option<Debugged>,
}

/// A scope as the debugger will want it, and where such things are kept.
#[derive(Clone, Copy)]
struct Debugged {
    arena: &'static Bump,
    names: Option<&'static VisibleNames>,
}

impl Debugged {
    /// With another scope inside.
    fn inner(self, level: u32, kind: NamesKind) -> Debugged {
        let outer = self.names;
        let names = self.arena.alloc(VisibleNames { outer, level, kind });
        Debugged {
            names: Some(names),
            ..self
        }
    }
}

enum ScopeKind<'s> {
    Outermost,
    /// Names with slots, sorted.
    Variables(&'s [(Symbol, u32)]),
    With {
        slot: u32,
        pos: Pos,
    },
}

/// Where a name is.
pub(super) enum Place {
    Slot {
        depth: u32,
        slot: u32,
    },
    /// Not defined by name in the source.
    Outside,
}

impl Scope<'_> {
    /// The scope of a whole source; `debugged` is where its names are kept for the debugger.
    pub(super) fn outermost(debugged: Option<&'static Bump>) -> Scope<'static> {
        Scope {
            parent: None,
            level: 0,
            kind: ScopeKind::Outermost,
            debugged: debugged.map(|arena| Debugged { arena, names: None }),
        }
    }

    /// What is visible, if the debugger will want to know.
    pub(super) fn names(&self) -> Option<&'static VisibleNames> {
        self.debugged.and_then(|debugged| debugged.names)
    }

    /// This scope and variables of `frame`, sorted by name.
    pub(super) fn variables<'n>(
        &'n self,
        frame: &Frame,
        variables: &'n [(Symbol, u32)],
    ) -> Scope<'n> {
        let kind = ScopeKind::Variables(variables);
        Scope {
            parent: Some(self),
            level: frame.level,
            kind,
            debugged: self.debugged.filter(|_| !variables.is_empty()).map_or(
                self.debugged,
                |debugged| {
                    let variables = debugged.arena.alloc_slice_copy(variables);
                    Some(debugged.inner(frame.level, NamesKind::Variables(variables)))
                },
            ),
        }
    }

    /// This scope and a `with` whose set is in a slot of `frame`.
    pub(super) fn with<'n>(&'n self, frame: &Frame, slot: u32, pos: Pos) -> Scope<'n> {
        Scope {
            parent: Some(self),
            level: frame.level,
            kind: ScopeKind::With { slot, pos },
            debugged: self
                .debugged
                .map(|debugged| debugged.inner(frame.level, NamesKind::With { slot })),
        }
    }

    fn chain(&self) -> impl Iterator<Item = &Scope<'_>> {
        std::iter::successors(Some(self), |scope| scope.parent)
    }

    /// Where `name` is, seen from a frame at `level`.
    pub(super) fn find(&self, name: Symbol, level: u32) -> Place {
        for scope in self.chain() {
            if let ScopeKind::Variables(variables) = scope.kind
                && let Ok(index) = variables.binary_search_by_key(&name, |(name, _)| *name)
            {
                return Place::Slot {
                    depth: level - scope.level,
                    slot: variables[index].1,
                };
            }
        }
        Place::Outside
    }

    /// The `with`s around a point in a frame at `level`, innermost first.
    pub(super) fn withs(&self, level: u32) -> Vec<WithPlace> {
        self.chain()
            .filter_map(|scope| match scope.kind {
                ScopeKind::With { slot, pos } => Some(WithPlace {
                    depth: level - scope.level,
                    slot,
                    pos,
                }),
                _ => None,
            })
            .collect()
    }
}
