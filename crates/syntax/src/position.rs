//! Positions: one `u32` for any byte of any source.
//!
//! Every source that is parsed gets a range of numbers, so that a position costs four bytes in the tree
//! and line and column are worked out only when somebody asks.

use std::path::PathBuf;
use std::sync::Arc;

/// A place in some source of a [`SourceMap`], or nowhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Pos(pub u32);

impl Pos {
    /// No position.
    pub const NONE: Pos = Pos(0);

    /// Whether this is a place in a source.
    #[must_use]
    pub fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// Where a source came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, by its absolute path.
    File(PathBuf),
    /// An expression given on the command line or through the API.
    String,
    /// Standard input.
    Stdin,
}

/// One source: its text and the number of its first byte.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it came from.
    pub origin: Origin,
    /// The whole text.
    pub text: Arc<[u8]>,
    /// The position of its first byte; byte `i` is at `base + i`, and the end of file at `base + len`.
    pub base: u32,
}

/// A position made readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Where the source came from.
    pub origin: Origin,
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
}

/// All sources of an evaluator, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    sources: Vec<Source>,
}

impl SourceMap {
    /// Adds a source and returns the position of its first byte.
    ///
    /// Returns `None` when the numbers are used up (4 GiB of sources).
    pub fn add(&mut self, origin: Origin, text: Arc<[u8]>) -> Option<u32> {
        let base = self.sources.last().map_or(Some(1), |last| {
            u32::try_from(last.text.len())
                .ok()?
                .checked_add(last.base)?
                .checked_add(1)
        })?;
        u32::try_from(text.len()).ok()?.checked_add(base)?;
        self.sources.push(Source { origin, text, base });
        Some(base)
    }

    /// The position that the next source will start at.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.sources
            .last()
            .map_or(1, |last| last.base + last.text.len() as u32 + 1)
    }

    /// The source that holds `pos`.
    #[must_use]
    pub fn source(&self, pos: Pos) -> Option<&Source> {
        if !pos.is_some() {
            return None;
        }
        let after = self.sources.partition_point(|source| source.base <= pos.0);
        after.checked_sub(1).map(|index| &self.sources[index])
    }

    /// Line and column of `pos`. A carriage return, alone or before a newline, ends a line, as in Nix.
    #[must_use]
    pub fn locate(&self, pos: Pos) -> Option<Location> {
        let source = self.source(pos)?;
        let offset = ((pos.0 - source.base) as usize).min(source.text.len());
        let before = &source.text[..offset];
        let mut line = 1;
        let mut line_start = 0;
        for (index, byte) in before.iter().enumerate() {
            let ends_line =
                *byte == b'\n' || (*byte == b'\r' && source.text.get(index + 1) != Some(&b'\n'));
            if ends_line {
                line += 1;
                line_start = index + 1;
            }
        }
        let column = (offset - line_start) as u32 + 1;
        Some(Location {
            origin: source.origin.clone(),
            line,
            column,
        })
    }
}

impl std::fmt::Display for Location {
    /// As messages give it: `/file.nix:1:2`, `«string»:1:2`, `«stdin»:1:2`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.origin {
            Origin::File(path) => write!(f, "{}", path.display())?,
            Origin::String => f.write_str("«string»")?,
            Origin::Stdin => f.write_str("«stdin»")?,
        }
        write!(f, ":{}:{}", self.line, self.column)
    }
}
