//! Strings in double quotes.

use super::{Failure, Parse, Parser};
use crate::ast::{ExprKind, ExprRef};
use crate::error::ParseErrorKind;
use crate::lexer::{StringPart, unescape};
use crate::position::Pos;
use crate::token::{Token, TokenKind};

/// A string before it is known whether it is an expression or a name.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    /// Text that stands between two offsets of the source.
    Source(u32, u32),
    /// Text that had to be made.
    Made(&'a [u8]),
    /// Text with expressions in it.
    Interpolated(ExprRef<'a>),
}

impl<'a> Parser<'a, '_> {
    /// A string as an expression.
    #[inline(never)]
    pub(super) fn string(&mut self) -> Parse<ExprRef<'a>> {
        let text = self.string_text()?;
        Ok(self.text_expr(text))
    }

    /// A string, from its opening quote to behind its closing one.
    pub(super) fn string_text(&mut self) -> Parse<Text<'a>> {
        let mut text = match self.lexer.string_part() {
            StringPart::Text {
                start,
                end,
                is_plain,
            } => self.text(start, end, is_plain)?,
            StringPart::Close => {
                self.bump();
                return Ok(Text::Made(b""));
            }
            part => return self.interpolated(None, part),
        };
        let start = self.token.end;
        match self.lexer.string_part() {
            StringPart::Close => {
                self.bump();
                Ok(text)
            }
            part => {
                let expr = self.text_expr(text);
                text = self.interpolated(Some((self.pos(start), expr)), part)?;
                Ok(text)
            }
        }
    }

    /// A string that has an interpolation at `part`, perhaps with text before it.
    fn interpolated(
        &mut self,
        first: Option<(Pos, ExprRef<'a>)>,
        mut part: StringPart,
    ) -> Parse<Text<'a>> {
        let base = self.parts.len();
        self.parts.extend(first);
        loop {
            match part {
                StringPart::Text {
                    start,
                    end,
                    is_plain,
                } => {
                    let text = self.text(start, end, is_plain)?;
                    let expr = self.text_expr(text);
                    self.parts.push((self.pos(start), expr));
                }
                StringPart::Interpolation(start) => self.interpolation(start)?,
                StringPart::Close => break,
                StringPart::EndOfFile => {
                    self.end_inside();
                    return Err(self.unexpected(&[TokenKind::Quote]));
                }
            }
            part = self.lexer.string_part();
        }
        self.bump();
        let parts = self.arena.alloc_slice_copy(&self.parts[base..]);
        self.parts.truncate(base);
        Ok(Text::Interpolated(self.alloc(
            parts[0].0,
            ExprKind::Concat {
                is_string: true,
                parts,
            },
        )))
    }

    /// An expression in `${…}` that starts at `start`, up to its closing brace, onto the stack of parts.
    pub(super) fn interpolation(&mut self, start: u32) -> Parse<()> {
        let expr = self.enclosed_expression()?;
        self.parts.push((self.pos(start), expr));
        Ok(())
    }

    /// The expression behind `${`. The lexer is left right behind the closing brace.
    pub(super) fn enclosed_expression(&mut self) -> Parse<ExprRef<'a>> {
        self.bump();
        let expr = self.expression()?;
        self.check(TokenKind::BraceClose, &[TokenKind::BraceClose])?;
        Ok(expr)
    }

    /// Makes the end of the text, met inside a string, the token at hand.
    pub(super) fn end_inside(&mut self) {
        let end = self.request.text.len() as u32;
        self.token = Token {
            kind: TokenKind::EndOfFile,
            start: end,
            end,
        };
    }

    /// What the text between two offsets stands for.
    fn text(&mut self, start: u32, end: u32, is_plain: bool) -> Parse<Text<'a>> {
        if is_plain {
            return Ok(Text::Source(start, end));
        }
        self.buffer.clear();
        unescape(self.lexer.slice(start, end), &mut self.buffer);
        if self.buffer.contains(&0) {
            return Err(self.null_byte(start, &self.buffer));
        }
        Ok(Text::Made(self.arena.alloc_slice_copy(&self.buffer)))
    }

    /// The error that the string text that starts at `start` holds a NUL byte.
    #[cold]
    pub(super) fn null_byte(&self, start: u32, text: &[u8]) -> Failure {
        let shown = String::from_utf8_lossy(text).replace('\0', "␀");
        Failure::new(self.pos(start), ParseErrorKind::NullByte(shown))
    }

    fn text_expr(&self, text: Text<'a>) -> ExprRef<'a> {
        let text = match text {
            Text::Source(start, end) => self.arena.alloc_slice_copy(self.lexer.slice(start, end)),
            Text::Made(text) => text,
            Text::Interpolated(expr) => return expr,
        };
        self.alloc(Pos::NONE, ExprKind::Str(text))
    }
}
