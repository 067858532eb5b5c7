//! Interned names.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

/// An interned name. Equal names have equal symbols; the order of symbols is the order of interning,
/// not of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Symbol(pub u32);

/// The table of all names that an evaluator has seen.
#[derive(Default)]
pub struct SymbolTable {
    by_text: FxHashMap<&'static [u8], Symbol>,
    texts: Vec<&'static [u8]>,
    arena: Arena,
}

impl std::fmt::Debug for SymbolTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SymbolTable({} names)", self.texts.len())
    }
}

/// Owns the bytes that `by_text` and `texts` point to. A bump arena never moves what it holds.
#[derive(Default)]
struct Arena(Bump);

impl Arena {
    /// Copies `text` into the arena.
    ///
    /// The lifetime is a private fiction: the references never leave [`SymbolTable`], which hands them
    /// out bound to its own borrow.
    #[expect(
        unsafe_code,
        reason = "the table owns both the arena and every reference into it"
    )]
    fn copy(&self, text: &[u8]) -> &'static [u8] {
        let copied: &[u8] = self.0.alloc_slice_copy(text);
        // SAFETY: the arena lives as long as the table, its chunks never move, and no reference with the
        // extended lifetime is handed out of the table.
        unsafe { std::mem::transmute::<&[u8], &'static [u8]>(copied) }
    }
}

impl SymbolTable {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The symbol of `text`, made if it is new.
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        if let Some(symbol) = self.by_text.get(text) {
            return *symbol;
        }
        let symbol = Symbol(self.texts.len() as u32);
        let kept = self.arena.copy(text);
        self.texts.push(kept);
        self.by_text.insert(kept, symbol);
        symbol
    }

    /// The symbol of `text` if it has one already.
    #[must_use]
    pub fn lookup(&self, text: &[u8]) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The text of a symbol of this table.
    #[must_use]
    pub fn text(&self, symbol: Symbol) -> &[u8] {
        self.texts[symbol.0 as usize]
    }

    /// How many names there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether no name was interned yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
