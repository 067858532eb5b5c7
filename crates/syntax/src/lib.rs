//! The Nix expression language as text: from bytes to a syntax tree and back.
//!
//! This crate knows nothing of values. It interns names ([`symbol`]), numbers every byte of every source
//! file ([`position`]), and parses a file into an arena-allocated tree ([`ast`]).

pub mod ast;
pub mod position;
pub mod symbol;
