//! The evaluator of Nix expressions.
//!
//! Text becomes a tree (`syntax`), the tree becomes code with every variable resolved (`compile`), and code runs to values
//! (`interp`). Values live in a heap of the evaluator's own (`heap`, `value`). The world outside is behind two traits
//! ([`host`]).

#![expect(
    clippy::inline_always,
    reason = "accessors of a few instructions on the path of every evaluation; measured"
)]
#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "words are reinterpreted, and the language itself turns integers into floats"
)]

mod api;
mod builtins;
mod code;
mod coerce;
mod compile;
mod context;
mod debug;
mod documentation;
pub mod error;
mod evaluator;
mod failures;
mod files;
mod heap;
pub mod host;
mod interp;
mod names;
pub mod path;
mod print;
mod render;
mod roots;
mod settings;
pub mod std_io;
pub mod text;
mod value;

pub use api::{Pattern, Scalar, Scope, Text};
pub use builtins::NIX_VERSION;
pub use debug::{DebugFrame, DebugLevel, Decision, Front, Stop};
pub use documentation::Documentation;
pub use evaluator::Evaluator;
pub use heap::HeapStatistics;
pub use print::{JsonOptions, OnError, Style};
pub use roots::Handle;
pub use settings::{Debugging, Settings};
pub use value::{Type, Value};

/// Names close to one that was not found.
fn suggestions<'n>(names: impl Iterator<Item = &'n [u8]>, wanted: &[u8]) -> Vec<Vec<u8>> {
    text::suggest::best_matches(wanted, names)
        .into_iter()
        .map(<[u8]>::to_vec)
        .collect()
}
