//! The inside of strings.

use memchr::memchr3;

use super::Lexer;
use super::class::{self, STRING_SPECIAL};

/// The next part of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StringPart {
    /// Text between two offsets.
    Text {
        start: u32,
        end: u32,
        /// Whether the text stands for itself: no escape, no carriage return, no NUL.
        is_plain: bool,
    },
    /// `${` at this offset.
    Interpolation(u32),
    /// The closing delimiter.
    Close,
    /// The end of the text.
    EndOfFile,
}

/// The next part of an indented string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IndentedPart {
    /// Text between two offsets, which stands for itself.
    Text { start: u32, end: u32 },
    /// `$`, `''` or `'`, or an escaped byte, that no indentation is looked for in.
    Literal { start: u32, value: &'static [u8] },
    /// `${` at this offset.
    Interpolation(u32),
    /// The closing delimiter.
    Close,
    /// The end of the text.
    EndOfFile,
}

/// Every byte, so that a single one can be had as a slice.
static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut index = 0;
    while index < 256 {
        bytes[index] = index as u8;
        index += 1;
    }
    bytes
};

impl Lexer<'_> {
    /// The next part of a `"` string.
    pub(crate) fn string_part(&mut self) -> StringPart {
        let start = self.position;
        let (end, is_plain) = self.string_text_end(start);
        if end > start {
            self.position = end;
            return StringPart::Text {
                start: start as u32,
                end: end as u32,
                is_plain,
            };
        }
        match (self.byte(end), self.byte(end + 1)) {
            (b'"', _) => {
                self.position += 1;
                StringPart::Close
            }
            (b'$', b'{') => {
                self.position += 2;
                StringPart::Interpolation(start as u32)
            }
            // What is left is a lone `\`, `$` or `$\` before the end.
            _ => {
                self.position = self.text.len();
                StringPart::EndOfFile
            }
        }
    }

    /// Where the text that starts at `start` ends, and whether it stands for itself.
    #[inline]
    fn string_text_end(&self, start: usize) -> (usize, bool) {
        let mut end = start;
        let mut is_plain = true;
        while let Some(byte) = self.text.get(end).copied() {
            if !class::is(byte, STRING_SPECIAL) {
                end += 1;
                continue;
            }
            let length = match byte {
                b'"' => break,
                b'$' => match self.text.get(end + 1) {
                    Some(b'{') | None => break,
                    Some(b'$') => 2,
                    Some(b'\\') if end + 2 >= self.text.len() => break,
                    Some(_) => 1,
                },
                b'\\' if end + 1 >= self.text.len() => break,
                b'\\' => 2,
                _ => 1,
            };
            is_plain &= byte == b'$';
            end += length;
        }
        (end, is_plain)
    }

    /// The next part of a `''` string.
    pub(crate) fn indented_part(&mut self) -> IndentedPart {
        let start = self.position;
        let at = start as u32;
        let literal = |value| IndentedPart::Literal { start: at, value };
        let next = (
            self.text.get(start),
            self.text.get(start + 1),
            self.text.get(start + 2),
        );
        let (length, part) = match next {
            (None, ..) => (0, IndentedPart::EndOfFile),
            (Some(b'$'), Some(b'{'), _) => (2, IndentedPart::Interpolation(at)),
            (Some(b'$'), Some(b'\'') | None, _) => (1, literal(b"$")),
            (Some(b'\''), Some(b'$') | None, _) => (1, literal(b"'")),
            (Some(b'\''), Some(b'\''), Some(b'$')) => (3, literal(b"$")),
            (Some(b'\''), Some(b'\''), Some(b'\'')) => (3, literal(b"''")),
            (Some(b'\''), Some(b'\''), Some(b'\\')) => match self.text.get(start + 3) {
                Some(byte) => (4, literal(escaped(*byte))),
                None => (2, IndentedPart::Close),
            },
            (Some(b'\''), Some(b'\''), _) => (2, IndentedPart::Close),
            _ => {
                let end = self.indented_text_end(start);
                (
                    end - start,
                    IndentedPart::Text {
                        start: at,
                        end: end as u32,
                    },
                )
            }
        };
        self.position += length;
        part
    }

    /// Where text ends that does not start with a delimiter or an escape.
    fn indented_text_end(&self, start: usize) -> usize {
        let mut end = start;
        while let Some(found) = memchr3(b'\'', b'$', 0, &self.text[end..]) {
            end += found;
            end += match (self.text[end], self.text.get(end + 1)) {
                (b'$', Some(b'{' | b'\'') | None) | (b'\'', Some(b'\'' | b'$') | None) => {
                    return end;
                }
                (b'$', Some(b'$')) => 2,
                _ => 1,
            };
        }
        self.text.len()
    }
}

/// What `\` before `byte` stands for.
pub(crate) fn escaped(byte: u8) -> &'static [u8] {
    match byte {
        b'n' => b"\n",
        b'r' => b"\r",
        b't' => b"\t",
        _ => &BYTES[byte as usize..=byte as usize],
    }
}

/// Appends what the text of a `"` string stands for: escapes are resolved, and carriage returns, alone or
/// before a line feed, become line feeds.
pub(crate) fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let mut index = 0;
    while let Some(byte) = text.get(index) {
        index += 1;
        match (byte, text.get(index)) {
            (b'\\', Some(next)) => {
                out.extend_from_slice(escaped(*next));
                index += 1;
            }
            (b'\r', next) => {
                out.push(b'\n');
                index += usize::from(next == Some(&b'\n'));
            }
            _ => out.push(*byte),
        }
    }
}
