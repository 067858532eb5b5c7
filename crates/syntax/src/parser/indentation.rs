//! Indented strings: the indentation that all lines share is dropped.

use memchr::memchr;

use super::{Parse, Parser};
use crate::ast::{ExprKind, ExprRef};
use crate::lexer::IndentedPart;
use crate::position::Pos;
use crate::token::TokenKind;

/// A part of an indented string before indentation is dropped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pos: Pos,
    content: Content<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Content<'a> {
    /// Text of the source between two offsets.
    Text(u32, u32),
    /// What an escape stands for.
    Literal(&'static [u8]),
    Expr(ExprRef<'a>),
}

/// Where a line stands while parts are gone through.
struct Line {
    /// Whether only spaces were seen in it.
    is_at_start: bool,
    /// How many.
    spaces: usize,
}

impl<'a> Parser<'a, '_> {
    /// An indented string, from its opening delimiter to behind its closing one.
    #[inline(never)]
    pub(super) fn indented_string(&mut self) -> Parse<ExprRef<'a>> {
        const REST: &[TokenKind] = &[
            TokenKind::IndentedText,
            TokenKind::DollarBrace,
            TokenKind::IndentedClose,
        ];
        let pos = self.pos(self.token.start);
        let base = self.indented.len();
        loop {
            let (start, content) = match self.lexer.indented_part() {
                IndentedPart::Text { start, end } => {
                    let text = self.lexer.slice(start, end);
                    if memchr(0, text).is_some() {
                        return Err(self.null_byte(start, text));
                    }
                    (start, Content::Text(start, end))
                }
                IndentedPart::Literal { start, value: [0] } => {
                    return Err(self.null_byte(start, &[0]));
                }
                IndentedPart::Literal { start, value } => (start, Content::Literal(value)),
                IndentedPart::Interpolation(start) => {
                    (start, Content::Expr(self.enclosed_expression()?))
                }
                IndentedPart::Close => break,
                IndentedPart::EndOfFile => {
                    self.end_inside();
                    return Err(self.unexpected(REST));
                }
            };
            let pos = self.pos(start);
            self.indented.push(Part { pos, content });
        }
        self.bump();
        let expr = self.strip_indentation(pos, base);
        self.indented.truncate(base);
        Ok(expr)
    }

    /// The expression for the parts from `base` on on the stack.
    fn strip_indentation(&mut self, pos: Pos, base: usize) -> ExprRef<'a> {
        let indentation = self.shared_indentation(base);
        let stack = self.parts.len();
        let mut line = Line {
            is_at_start: true,
            spaces: 0,
        };
        for index in base..self.indented.len() {
            let Part { pos, content } = self.indented[index];
            let expr = match content {
                Content::Expr(expr) => {
                    line = Line {
                        is_at_start: false,
                        spaces: 0,
                    };
                    Some(expr)
                }
                Content::Literal(text) => {
                    let is_last = index + 1 == self.indented.len();
                    self.stripped(text, indentation, &mut line, is_last)
                }
                Content::Text(start, end) => {
                    let is_last = index + 1 == self.indented.len();
                    self.stripped(
                        self.lexer.slice(start, end),
                        indentation,
                        &mut line,
                        is_last,
                    )
                }
            };
            self.parts.extend(expr.map(|expr| (pos, expr)));
        }
        let expr = match self.parts[stack..] {
            [] => self.alloc(Pos::NONE, ExprKind::Str(b"")),
            [(_, expr)] if matches!(expr.kind, ExprKind::Str(_)) => expr,
            _ => {
                let parts = self.arena.alloc_slice_copy(&self.parts[stack..]);
                self.alloc(
                    pos,
                    ExprKind::Concat {
                        is_string: true,
                        parts,
                    },
                )
            }
        };
        self.parts.truncate(stack);
        expr
    }

    /// The number of spaces that all lines start with. Lines of spaces alone do not count.
    fn shared_indentation(&self, base: usize) -> usize {
        let mut shared = usize::MAX;
        let mut line = Line {
            is_at_start: true,
            spaces: 0,
        };
        for part in &self.indented[base..] {
            if let Content::Text(start, end) = part.content {
                line.measure(self.lexer.slice(start, end), &mut shared);
            } else if line.is_at_start {
                line.is_at_start = false;
                shared = shared.min(line.spaces);
            }
        }
        shared
    }

    /// A part without the indentation of its lines; nothing if that leaves nothing. In the last part a last
    /// line of spaces alone goes too.
    fn stripped(
        &mut self,
        text: &[u8],
        indentation: usize,
        line: &mut Line,
        is_last: bool,
    ) -> Option<ExprRef<'a>> {
        self.buffer.clear();
        line.strip(text, indentation, &mut self.buffer);
        if is_last
            && let Some(newline) = self.buffer.iter().rposition(|byte| *byte != b' ')
            && self.buffer[newline] == b'\n'
        {
            self.buffer.truncate(newline + 1);
        }
        if self.buffer.is_empty() {
            return None;
        }
        let text = self.arena.alloc_slice_copy(&self.buffer);
        Some(self.alloc(Pos::NONE, ExprKind::Str(text)))
    }
}

impl Line {
    /// Goes through text and lowers `shared` to the indentation of each line met.
    fn measure(&mut self, mut text: &[u8], shared: &mut usize) {
        while !text.is_empty() {
            if !self.is_at_start {
                let Some(newline) = memchr(b'\n', text) else {
                    return;
                };
                text = &text[newline + 1..];
                *self = Self {
                    is_at_start: true,
                    spaces: 0,
                };
            }
            let spaces = leading_spaces(text);
            self.spaces += spaces;
            text = &text[spaces..];
            match text.first() {
                None => {}
                Some(b'\n') => {
                    self.spaces = 0;
                    text = &text[1..];
                }
                Some(_) => {
                    self.is_at_start = false;
                    *shared = self.spaces.min(*shared);
                }
            }
        }
    }

    /// Goes through text and copies it without the indentation of its lines.
    fn strip(&mut self, mut text: &[u8], indentation: usize, out: &mut Vec<u8>) {
        while !text.is_empty() {
            if !self.is_at_start {
                let end = memchr(b'\n', text).map_or(text.len(), |newline| newline + 1);
                out.extend_from_slice(&text[..end]);
                self.is_at_start = text[end - 1] == b'\n';
                text = &text[end..];
                continue;
            }
            let spaces = leading_spaces(text);
            let dropped = indentation.saturating_sub(self.spaces).min(spaces);
            out.extend_from_slice(&text[dropped..spaces]);
            self.spaces += spaces;
            text = &text[spaces..];
            if let Some(byte) = text.first() {
                self.spaces = 0;
                self.is_at_start = *byte == b'\n';
                out.push(*byte);
                text = &text[1..];
            }
        }
    }
}

fn leading_spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}
