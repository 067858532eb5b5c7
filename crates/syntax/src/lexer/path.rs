//! Paths, lookup paths and URIs: literals without quotes, longer than the token they could also start with.

use super::Lexer;
use super::class::{self, PATH, SCHEME, URI};
use crate::token::TokenKind;

/// What follows in a path after its first literal part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathPart {
    /// Literal text between two offsets.
    Text(u32, u32),
    /// `${` at this offset.
    Interpolation(u32),
    /// Nothing more; where the text goes on, or where it ends.
    End,
}

/// A run of path characters.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Run {
    /// Where it ends.
    end: usize,
    /// Whether no path and no URI starts in it.
    is_plain: bool,
}

impl Lexer<'_> {
    /// The path or URI that starts at `start`, if one does: then it is longer than any other token there.
    pub(super) fn path_or_uri(&mut self, start: usize) -> Option<TokenKind> {
        if start >= self.run.end {
            self.run = Run {
                end: self.skip(start, PATH),
                is_plain: false,
            };
        } else if self.run.is_plain {
            return None;
        }
        let end = self.run.end;
        let found = match self.byte(end) {
            b'/' => self.path_end(end).map(|end| (end, TokenKind::Path)),
            b':' => self.uri_end(start, end).map(|end| (end, TokenKind::Uri)),
            _ => None,
        };
        let Some((end, kind)) = found else {
            // A URI can still start at a later byte of the run.
            self.run.is_plain = self.byte(end) != b':';
            return None;
        };
        self.position = end;
        Some(kind)
    }

    /// The end of the path whose first slash stands at `slash`, one slash behind its last component included.
    fn path_end(&self, slash: usize) -> Option<usize> {
        let mut end = slash;
        while self.byte(end) == b'/' && class::is(self.byte(end + 1), PATH) {
            end = self.skip(end + 1, PATH);
        }
        if end > slash {
            return Some(end + usize::from(self.byte(end) == b'/'));
        }
        self.text[slash..].starts_with(b"/${").then_some(slash + 1)
    }

    fn uri_end(&self, start: usize, colon: usize) -> Option<usize> {
        let is_uri = class::is(self.byte(colon + 1), URI)
            && self.text[start].is_ascii_alphabetic()
            && self.text[start..colon]
                .iter()
                .all(|byte| class::is(*byte, SCHEME));
        is_uri.then(|| self.skip(colon + 1, URI))
    }

    /// `~/` with a component or an interpolation behind it.
    pub(super) fn tilde(&mut self, start: usize) -> TokenKind {
        let end = if self.byte(start + 1) == b'/' {
            self.path_end(start + 1)
        } else {
            None
        };
        match end {
            Some(end) => self.take(end - start, TokenKind::HomePath),
            None => self.take(1, TokenKind::Invalid),
        }
    }

    /// The end of `<a/b>`.
    pub(super) fn search_path_end(&self, start: usize) -> Option<usize> {
        let mut end = start;
        while end == start || self.byte(end) == b'/' {
            let component = end + 1;
            end = self.skip(component, PATH);
            if end == component {
                return None;
            }
        }
        (self.byte(end) == b'>').then_some(end + 1)
    }

    /// What follows a part of a path, without blanks or comments between.
    pub(crate) fn path_part(&mut self) -> PathPart {
        let part = self.peek_path_part();
        match part {
            PathPart::Text(_, end) => self.position = end as usize,
            PathPart::Interpolation(_) => self.position += 2,
            PathPart::End => {}
        }
        part
    }

    /// What [`Self::path_part`] will return.
    pub(crate) fn peek_path_part(&self) -> PathPart {
        let start = self.position;
        if self.text[start..].starts_with(b"${") {
            return PathPart::Interpolation(start as u32);
        }
        let run_end = self.skip(start, PATH);
        let end = match self.byte(run_end) {
            b'/' => self.path_end(run_end).unwrap_or(run_end + 1),
            _ => run_end,
        };
        if end == start {
            PathPart::End
        } else {
            PathPart::Text(start as u32, end as u32)
        }
    }

    /// Whether nothing follows at all.
    pub(crate) fn is_at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    /// Reports the end of the text at `offset` instead, as C++ Nix does after a path that the text ends with.
    pub(crate) fn set_end_position(&mut self, offset: u32) {
        self.end_position = offset as usize;
    }

    /// The offset of the next byte.
    pub(crate) fn offset(&self) -> u32 {
        self.position as u32
    }

    fn skip(&self, start: usize, mask: u8) -> usize {
        let mut end = start;
        while class::is(self.byte(end), mask) {
            end += 1;
        }
        end
    }
}
