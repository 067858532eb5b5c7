//! The parser and printer as their users see them.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod cases;
mod documentation;
mod errors;
mod mutations;
mod nesting;
mod notes;
mod positions;
mod round_trip;

use std::path::PathBuf;
use std::sync::Arc;

use bumpalo::Bump;
use syntax::ast::ExprRef;
use syntax::error::ParseError;
use syntax::parser::{self, Notes, Options, Request};
use syntax::position::{Origin, SourceMap};
use syntax::print;
use syntax::symbol::SymbolTable;

/// Where sources of tests pretend to be.
const DIRECTORY: &[u8] = b"/dir";

/// One source with all that it takes to parse it.
struct Source {
    sources: SourceMap,
    base: u32,
    text: Arc<[u8]>,
    arena: Bump,
    symbols: SymbolTable,
    options: Options,
    notes: Notes,
}

impl Source {
    fn new(text: impl AsRef<[u8]>) -> Self {
        Self::named("case.nix", text)
    }

    fn named(name: &str, text: impl AsRef<[u8]>) -> Self {
        let mut sources = SourceMap::default();
        let text: Arc<[u8]> = text.as_ref().into();
        let origin = Origin::File(PathBuf::from(format!("/dir/{name}")));
        let base = sources.add(origin, Arc::clone(&text)).unwrap();
        Self {
            sources,
            base,
            text,
            arena: Bump::new(),
            symbols: SymbolTable::new(),
            options: Options::default(),
            notes: Notes::default(),
        }
    }

    fn parse(&mut self) -> Result<ExprRef<'_>, ParseError> {
        let request = Request {
            text: &self.text,
            base: self.base,
            base_dir: DIRECTORY,
            home: Some(b"/homeless"),
            options: self.options,
            ..Request::default()
        };
        parser::parse(&self.arena, &mut self.symbols, &request, &mut self.notes)
    }

    /// The tree as `nix-instantiate --parse` shows it, or the error with its place.
    fn outcome(mut self) -> Result<String, String> {
        let request = Request {
            text: &self.text,
            base: self.base,
            base_dir: DIRECTORY,
            home: Some(b"/homeless"),
            options: self.options,
            ..Request::default()
        };
        match parser::parse(&self.arena, &mut self.symbols, &request, &mut self.notes) {
            Ok(tree) => Ok(String::from_utf8_lossy(&print::show(tree, &self.symbols)).into_owned()),
            Err(error) => {
                let message = error.message(&self.sources);
                Err(match self.sources.locate(error.pos) {
                    Some(place) => format!("error: {message}\n       at {place}:"),
                    None => format!("error: {message}"),
                })
            }
        }
    }
}

/// The tree that `text` parses to, as `nix-instantiate --parse` shows it.
fn shown(text: &str) -> String {
    Source::new(text).outcome().unwrap()
}

/// What is wrong with `text`: line, column and message.
fn refused(text: impl AsRef<[u8]>) -> String {
    let mut source = Source::new(text);
    let error = source.parse().unwrap_err();
    let message = error.message(&source.sources);
    match source.sources.locate(error.pos) {
        Some(place) => format!("{}:{}: {message}", place.line, place.column),
        None => message,
    }
}
