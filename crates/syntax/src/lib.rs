//! The Nix expression language as text: from bytes to a syntax tree and back.
//!
//! This crate knows nothing of values. It interns names ([`symbol`]), numbers every byte of every source
//! file ([`position`]), and parses a file into an arena-allocated tree ([`ast`]).
//!
//! ```
//! use syntax::{parser, print, symbol::SymbolTable};
//!
//! let arena = bumpalo::Bump::new();
//! let mut symbols = SymbolTable::new();
//! let request = parser::Request { text: b"x: x + 1", ..parser::Request::default() };
//! let tree = parser::parse(&arena, &mut symbols, &request, &mut parser::Notes::default()).unwrap();
//! assert_eq!(print::show(tree, &symbols), b"(x: (x + 1))");
//! ```

pub mod ast;
pub mod error;
mod lexer;
pub mod parser;
pub mod position;
pub mod print;
pub mod symbol;
pub mod token;
