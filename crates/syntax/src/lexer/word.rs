//! Names, keywords and numbers.

use super::Lexer;
use super::class::{self, DIGIT, IDENTIFIER, PATH};
use crate::error::ParseErrorKind;
use crate::token::TokenKind;

impl Lexer<'_> {
    /// A name or keyword, or the path or URI that it is the start of.
    #[inline]
    pub(super) fn word(&mut self, start: usize) -> TokenKind {
        let mut end = start + 1;
        while class::is(self.byte(end), IDENTIFIER) {
            end += 1;
        }
        let may_go_on = match self.byte(end) {
            b'.' | b'+' | b'/' => true,
            b':' => class::is(self.byte(end + 1), class::URI),
            _ => false,
        };
        if may_go_on && let Some(kind) = self.path_or_uri(start) {
            return kind;
        }
        self.position = end;
        keyword(&self.text[start..end])
    }

    /// A number, or the path that it is the start of.
    pub(super) fn number(&mut self, start: usize) -> TokenKind {
        let end = self.skip_digits(start);
        let next = self.byte(end);
        if (next == b'/' || class::is(next, PATH))
            && let Some(kind) = self.path_or_uri(start)
        {
            return kind;
        }
        if next == b'.' {
            let is_zero = end == start + 1 && class::is(self.byte(end + 1), DIGIT);
            if self.text[start] != b'0' || is_zero {
                return self.fraction(start, end + 1);
            }
        }
        self.position = end;
        let text = &self.text[start..end];
        // Nineteen digits can be too many; fewer cannot.
        if text.len() > 18 && parse_integer(text).is_none() {
            return self.reject(end, ParseErrorKind::InvalidInteger(lossy(text)));
        }
        TokenKind::Integer
    }

    /// A floating point number whose dot ends at `after_dot`.
    pub(super) fn fraction(&mut self, start: usize, after_dot: usize) -> TokenKind {
        let mut end = self.skip_digits(after_dot);
        if matches!(self.byte(end), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
            if class::is(self.byte(end + 1 + sign), DIGIT) {
                end = self.skip_digits(end + 1 + sign);
            }
        }
        let text = &self.text[start..end];
        if parse_float(text).is_none() {
            return self.reject(end, ParseErrorKind::InvalidFloat(lossy(text)));
        }
        self.position = end;
        TokenKind::Float
    }

    fn skip_digits(&self, start: usize) -> usize {
        let mut end = start;
        while class::is(self.byte(end), DIGIT) {
            end += 1;
        }
        end
    }
}

fn keyword(text: &[u8]) -> TokenKind {
    match text {
        b"if" => TokenKind::If,
        b"in" => TokenKind::In,
        b"or" => TokenKind::Or,
        b"let" => TokenKind::Let,
        b"rec" => TokenKind::Rec,
        b"then" => TokenKind::Then,
        b"else" => TokenKind::Else,
        b"with" => TokenKind::With,
        b"assert" => TokenKind::Assert,
        b"inherit" => TokenKind::Inherit,
        _ => TokenKind::Identifier,
    }
}

/// The value of decimal digits, if a signed 64-bit integer holds it.
pub(crate) fn parse_integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The value of a floating point literal. Values that a double cannot hold with full precision, too large or
/// too small, are refused.
pub(crate) fn parse_float(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let mantissa = text
        .split(|byte| matches!(byte, b'e' | b'E'))
        .next()
        .unwrap_or_default();
    let is_zero = mantissa.iter().all(|byte| matches!(byte, b'0' | b'.'));
    (value.is_normal() || is_zero).then_some(value)
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}
