//! Strings and keys.

use super::Parser;
use super::report::{Region, Report};
use super::rule::{self, Rule};
use super::tree::{Key, Value};

impl<'t> Parser<'t> {
    pub(super) fn string(&mut self) -> Result<(Value, Region), Report> {
        let start = self.at;
        let rest = &self.source[start..];
        let text = if rest.starts_with(b"\"\"\"") {
            let body = self.quoted(&rule::LONG_BASIC_STRING, "ml_basic_string", 3)?;
            unescape(skip_newline(body))?
        } else if rest.starts_with(b"'''") {
            let body = self.quoted(&rule::LONG_LITERAL_STRING, "ml_literal_string", 3)?;
            skip_newline(body).to_vec()
        } else {
            self.short_string()?
        };
        Ok((Value::String(text), Region::new(start, self.at)))
    }

    /// Reads a string on one line.
    fn short_string(&mut self) -> Result<Vec<u8>, Report> {
        if self.current() == b'"' {
            unescape(self.quoted(&rule::BASIC_STRING, "basic_string", 1)?)
        } else {
            self.quoted(&rule::LITERAL_STRING, "literal_string", 1)
                .map(<[u8]>::to_vec)
        }
    }

    /// Reads a string and gives what is between its quotes.
    fn quoted(&mut self, rule: &Rule, name: &str, quotes: usize) -> Result<&'t [u8], Report> {
        let start = self.at;
        let Some(end) = rule.scan(self.source, start) else {
            return Err(self.expecting(format!("toml::parse_{name}: invalid string format"), rule));
        };
        self.at = end;
        let source: &'t [u8] = self.source;
        Ok(&source[start + quotes..end - quotes])
    }

    /// Reads a key, which may have several parts.
    pub(super) fn key(&mut self) -> Result<Key, Report> {
        let start = self.at;
        let mut parts = Vec::new();
        while !self.at_end() {
            parts.push(self.simple_key()?);
            if !self.accept(&rule::DOT) {
                break;
            }
        }
        if parts.is_empty() {
            let title = "toml::parse_key: expected a new key, but got nothing";
            return Err(self.bad(start, title, "reached EOF"));
        }
        Ok(Key {
            parts,
            region: Region::new(start, self.at),
        })
    }

    fn simple_key(&mut self) -> Result<Vec<u8>, Report> {
        if matches!(self.current(), b'"' | b'\'') {
            return self.short_string();
        }
        let start = self.at;
        if self.accept(&rule::BARE_KEY) {
            return Ok(self.source[start..self.at].to_vec());
        }
        let title = "toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or \
                     bare key.";
        Err(self
            .expecting(title, &rule::BARE_KEY)
            .hint("Hint: non-ASCII scripts are allowed in toml v1.1.0, but not in v1.0.0.\n"))
    }
}

/// Drops the newline with which a long string may start.
fn skip_newline(body: &[u8]) -> &[u8] {
    rule::NEWLINE.scan(body, 0).map_or(body, |end| &body[end..])
}

/// Replaces the escapes of a string whose syntax was checked.
fn unescape(body: &[u8]) -> Result<Vec<u8>, Report> {
    let mut text = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(backslash) = memchr::memchr(b'\\', rest) {
        text.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash..];
        if let Some(end) = rule::ESCAPED_NEWLINE.scan(rest, 0) {
            rest = &rest[end..];
            continue;
        }
        let code = rest.get(1).copied().unwrap_or_default();
        let (escaped, length) = match code {
            b'b' => ('\u{8}', 2),
            b'f' => ('\u{c}', 2),
            b'n' => ('\n', 2),
            b'r' => ('\r', 2),
            b't' => ('\t', 2),
            b'u' => (code_point(rest, 6)?, 6),
            b'U' => (code_point(rest, 10)?, 10),
            _ => (char::from(code), 2),
        };
        text.extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[length..];
    }
    text.extend_from_slice(rest);
    Ok(text)
}

/// The character that a numeric escape of `length` bytes denotes.
fn code_point(escape: &[u8], length: usize) -> Result<char, Report> {
    let digits = std::str::from_utf8(&escape[2..length]).unwrap_or_default();
    let code = u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    char::from_u32(code).ok_or_else(|| {
        let (title, message) = if code < 0x11_0000 {
            (
                "toml::parse_utf8_codepoint: [0xD800, 0xDFFF] is not a valid UTF-8",
                "here",
            )
        } else {
            (
                "toml::parse_utf8_codepoint: input codepoint is too large.",
                "must be in range [0x00, 0x10FFFF]",
            )
        };
        let place = (escape, Region::new(1, length));
        Report::new(title).place_in("internal temporary", place, message)
    })
}
