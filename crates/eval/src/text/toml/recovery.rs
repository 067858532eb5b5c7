//! Finding a place to go on after an error, so that one message can tell of several.

use super::Parser;
use super::rule;
use super::scalar::Kind;

/// How many brackets inside each other are looked through.
const MAX_DEPTH: usize = 256;

impl Parser<'_> {
    /// Moves to the first of some bytes, or to the end.
    pub(super) fn skip_until(&mut self, stops: &[u8]) {
        let rest = &self.source[self.at..];
        self.at += rest.iter().take_while(|byte| !stops.contains(byte)).count();
    }

    /// Skips what looks like a value inside `depth` others.
    pub(super) fn skip_value(&mut self, depth: usize) {
        match self.guess() {
            Ok(Kind::String) => self.skip_string(),
            Ok(Kind::Array) => self.skip_array(depth),
            Ok(Kind::InlineTable) => self.skip_inline_table(depth),
            _ => self.skip_until(b"\n,]}"),
        }
    }

    fn skip_string(&mut self) {
        let quote = self.current();
        let long = [quote; 3];
        let rest = &self.source[self.at..];
        if rest.starts_with(&long) {
            let body = &rest[3..];
            let length = memchr::memmem::find(body, &long).map_or(body.len(), |at| at + 3);
            self.at += 3 + length;
        } else {
            self.at += 1;
            self.skip_until(&[quote, b'\n']);
            self.advance();
        }
    }

    /// Skips comments and empty lines.
    pub(super) fn skip_comments(&mut self) {
        loop {
            self.skip_whitespace();
            if self.current() == b'#' {
                self.skip_until(b"\n");
            }
            if !self.accept(&rule::NEWLINE) {
                return;
            }
        }
    }

    /// Whether to look no further inside `depth` brackets. As a key leads back to the start of its line,
    /// the search need not come to the end of the text.
    fn skipping_ends(&mut self, depth: usize) -> bool {
        self.skips_left = self.skips_left.saturating_sub(1);
        self.gave_up |= self.skips_left == 0;
        self.at_end() || depth == MAX_DEPTH
    }

    fn at_header(&self) -> bool {
        rule::TABLE_HEADER.scan(self.source, self.at).is_some()
            || rule::ARRAY_HEADER.scan(self.source, self.at).is_some()
    }

    fn skip_array(&mut self, depth: usize) {
        self.at += 1;
        while !self.skipping_ends(depth) {
            match self.current() {
                b'"' | b'\'' => self.skip_string(),
                b'#' => self.skip_comments(),
                b'{' => self.skip_inline_table(depth + 1),
                // A header: the array before it was not closed.
                b'[' if self.at_header() => return,
                b'[' => self.skip_array(depth + 1),
                b'=' => {
                    // A key: the array was not closed before its line.
                    let before = &self.source[..self.at];
                    self.at = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
                    return;
                }
                b']' => return,
                _ => self.at += 1,
            }
        }
    }

    fn skip_inline_table(&mut self, depth: usize) {
        self.at += 1;
        while !self.skipping_ends(depth) {
            match self.current() {
                b'\n' | b'}' => return,
                b'"' | b'\'' => self.skip_string(),
                b'#' => return self.skip_comments(),
                b'[' if self.at_header() => return,
                b'[' => self.skip_array(depth + 1),
                b'{' => self.skip_inline_table(depth + 1),
                _ => self.at += 1,
            }
        }
    }

    /// Skips to the end of the line, or of what looks like a value on it.
    pub(super) fn skip_key_value(&mut self) {
        self.skip_until(b"=\n");
        if self.current() == b'=' {
            self.skip_until(b"\n,]}");
        }
    }

    /// Skips to the next line that is a header.
    pub(super) fn skip_to_header(&mut self) {
        while !self.at_end() {
            if self.accept_byte(b'\n') {
                let line = self.at;
                self.skip_whitespace();
                if self.at_header() {
                    self.at = line;
                    return;
                }
            }
            self.advance();
        }
    }
}
