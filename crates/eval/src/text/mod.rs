//! The text algorithms behind the builtins. They know bytes only: no values, no positions, no evaluator.

pub mod builder;
pub mod escape;
pub mod flake_ref;
#[cfg(test)]
mod fuzz;
pub mod json;
pub mod number;
pub mod regex;
mod shortest;
pub mod suggest;
pub mod toml;
pub mod url;
pub mod version;
pub mod xml;
