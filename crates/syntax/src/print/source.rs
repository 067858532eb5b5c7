//! The form that parses to the same tree.

use super::tree::{self, Form};
use crate::ast::ExprRef;
use crate::symbol::SymbolTable;

/// An expression that parses to the same tree, positions, names and comments aside.
///
/// That holds for every tree that the parser made, unless a path has bytes in it that no path literal can have,
/// as when the base directory has a blank in its name.
#[must_use]
pub fn write_source(expr: ExprRef, symbols: &SymbolTable) -> Vec<u8> {
    tree::print(expr, symbols, Form::Source)
}
