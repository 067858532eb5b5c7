//! Path literals.

use super::{Failure, Parse, Parser};
use crate::ast::{ExprKind, ExprRef};
use crate::error::{Lint, ParseErrorKind};
use crate::lexer::PathPart;
use crate::position::Pos;
use crate::token::{Token, TokenKind};

/// Where the latest parts of a path start. When the text ends with a path, C++ Nix reports what it misses at
/// these places.
struct Trail {
    last: u32,
    before: u32,
}

impl<'a> Parser<'a, '_> {
    /// A path, from its first token to behind its end.
    #[inline(never)]
    pub(super) fn path(&mut self) -> Parse<ExprRef<'a>> {
        let start = self.token.start;
        let first = self.path_start()?;
        let mut trail = Trail {
            last: start,
            before: start,
        };
        let base = self.parts.len();
        self.parts.push((self.pos(start), first));
        let mut has_slash = self.lexer.slice(start, self.token.end).ends_with(b"/");
        loop {
            match self.lexer.path_part() {
                PathPart::Text(start, end) => {
                    trail = Trail {
                        last: start,
                        before: trail.last,
                    };
                    has_slash = self.lexer.slice(start, end).ends_with(b"/");
                    self.path_text(base, (start, end), &trail)?;
                }
                PathPart::Interpolation(start) => {
                    self.interpolation(start)?;
                    trail = Trail {
                        last: self.token.start,
                        before: self.token.start,
                    };
                    has_slash = false;
                }
                PathPart::End => break,
            }
        }
        self.path_end(&trail, has_slash)?;
        let expr = if self.parts.len() == base + 1 {
            first
        } else {
            let parts = self.arena.alloc_slice_copy(&self.parts[base..]);
            self.alloc(
                self.pos(start),
                ExprKind::Concat {
                    is_string: false,
                    parts,
                },
            )
        };
        self.parts.truncate(base);
        Ok(expr)
    }

    /// Literal text after the first part. Before any interpolation it must be followed by one: that is text
    /// behind a double slash.
    fn path_text(&mut self, base: usize, (start, end): (u32, u32), trail: &Trail) -> Parse<()> {
        let text = self.arena.alloc_slice_copy(self.lexer.slice(start, end));
        let expr = self.alloc(Pos::NONE, ExprKind::Str(text));
        self.parts.push((self.pos(start), expr));
        if self.parts.len() > base + 2 {
            return Ok(());
        }
        let (kind, start) = match self.lexer.peek_path_part() {
            PathPart::Interpolation(_) => return Ok(()),
            PathPart::Text(start, _) => (TokenKind::StringText, start),
            PathPart::End if text.ends_with(b"/") => return self.path_end(trail, true),
            PathPart::End if self.lexer.is_at_end() => (TokenKind::PathEnd, trail.before),
            PathPart::End => (TokenKind::PathEnd, trail.last),
        };
        self.token = Token {
            kind,
            start,
            end: start,
        };
        Err(self.unexpected(&[TokenKind::DollarBrace]))
    }

    /// Checks how a path ends and goes on to the next token.
    fn path_end(&mut self, trail: &Trail, has_slash: bool) -> Parse<()> {
        let is_at_end = self.lexer.is_at_end();
        if has_slash {
            let at = if is_at_end {
                trail.last
            } else {
                self.lexer.offset()
            };
            return Err(Failure::new(self.pos(at), ParseErrorKind::TrailingSlash));
        }
        if is_at_end {
            self.lexer.set_end_position(trail.last);
        }
        self.bump();
        Ok(())
    }

    /// The path that the literal at hand starts with. A slash at its end stays, for what is appended.
    fn path_start(&mut self) -> Parse<ExprRef<'a>> {
        let literal = self.lexer.slice(self.token.start, self.token.end);
        self.buffer.clear();
        if self.token.kind == TokenKind::HomePath {
            let Some(home) = self.request.home else {
                let kind = ParseErrorKind::HomePathInPureMode(self.token_text());
                return Err(Failure::new(Pos::NONE, kind));
            };
            self.lint(Lint::HomePath)?;
            self.buffer.extend_from_slice(home);
            self.buffer.extend_from_slice(&literal[1..]);
        } else {
            if literal[0] == b'/' {
                self.lint(Lint::AbsolutePath)?;
            } else {
                if literal[0] != b'.' {
                    self.lint(Lint::ShortPath)?;
                }
                append_canonical(self.request.base_dir, &mut self.buffer);
            }
            append_canonical(literal, &mut self.buffer);
            if self.buffer.is_empty() {
                self.buffer.push(b'/');
            }
            if literal.len() > 1 && literal.ends_with(b"/") {
                self.buffer.push(b'/');
            }
        }
        let path = self.arena.alloc_slice_copy(&self.buffer);
        Ok(self.alloc(Pos::NONE, ExprKind::Path(path)))
    }
}

/// Appends the components of `path` to a canonical path, where nothing stands for the root.
fn append_canonical(path: &[u8], out: &mut Vec<u8>) {
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." => out.truncate(out.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
            _ => {
                out.push(b'/');
                out.extend_from_slice(component);
            }
        }
    }
}
