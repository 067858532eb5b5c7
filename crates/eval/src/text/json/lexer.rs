//! Tokens of a JSON document.

use super::super::number::parse_float_saturating;

/// One token. The text of a string is kept in the lexer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    ArrayBegin,
    ArrayEnd,
    ObjectBegin,
    ObjectEnd,
    Colon,
    Comma,
    Null,
    True,
    False,
    String,
    Unsigned(u64),
    /// A whole number with a minus sign.
    Integer(i64),
    /// Infinite if the number is too large.
    Float(f64),
    End,
    /// Not a token, and why.
    Bad(&'static str),
}

impl Token {
    /// What messages call the token.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ArrayBegin => "'['",
            Self::ArrayEnd => "']'",
            Self::ObjectBegin => "'{'",
            Self::ObjectEnd => "'}'",
            Self::Colon => "':'",
            Self::Comma => "','",
            Self::Null => "null literal",
            Self::True => "true literal",
            Self::False => "false literal",
            Self::String => "string literal",
            Self::Unsigned(_) | Self::Integer(_) | Self::Float(_) => "number literal",
            Self::End => "end of input",
            Self::Bad(_) => "<parse error>",
        }
    }
}

const BAD_UTF8: &str = "invalid string: ill-formed UTF-8 byte";
const BAD_HEX: &str = "invalid string: '\\u' must be followed by 4 hex digits";
const LONE_HIGH_SURROGATE: &str =
    "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF";
const LONE_LOW_SURROGATE: &str =
    "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF";

/// The messages for bytes below a space inside a string, in their order.
const RAW_CONTROL: [&str; 32] = [
    "invalid string: control character U+0000 (NUL) must be escaped to \\u0000",
    "invalid string: control character U+0001 (SOH) must be escaped to \\u0001",
    "invalid string: control character U+0002 (STX) must be escaped to \\u0002",
    "invalid string: control character U+0003 (ETX) must be escaped to \\u0003",
    "invalid string: control character U+0004 (EOT) must be escaped to \\u0004",
    "invalid string: control character U+0005 (ENQ) must be escaped to \\u0005",
    "invalid string: control character U+0006 (ACK) must be escaped to \\u0006",
    "invalid string: control character U+0007 (BEL) must be escaped to \\u0007",
    "invalid string: control character U+0008 (BS) must be escaped to \\u0008 or \\b",
    "invalid string: control character U+0009 (HT) must be escaped to \\u0009 or \\t",
    "invalid string: control character U+000A (LF) must be escaped to \\u000A or \\n",
    "invalid string: control character U+000B (VT) must be escaped to \\u000B",
    "invalid string: control character U+000C (FF) must be escaped to \\u000C or \\f",
    "invalid string: control character U+000D (CR) must be escaped to \\u000D or \\r",
    "invalid string: control character U+000E (SO) must be escaped to \\u000E",
    "invalid string: control character U+000F (SI) must be escaped to \\u000F",
    "invalid string: control character U+0010 (DLE) must be escaped to \\u0010",
    "invalid string: control character U+0011 (DC1) must be escaped to \\u0011",
    "invalid string: control character U+0012 (DC2) must be escaped to \\u0012",
    "invalid string: control character U+0013 (DC3) must be escaped to \\u0013",
    "invalid string: control character U+0014 (DC4) must be escaped to \\u0014",
    "invalid string: control character U+0015 (NAK) must be escaped to \\u0015",
    "invalid string: control character U+0016 (SYN) must be escaped to \\u0016",
    "invalid string: control character U+0017 (ETB) must be escaped to \\u0017",
    "invalid string: control character U+0018 (CAN) must be escaped to \\u0018",
    "invalid string: control character U+0019 (EM) must be escaped to \\u0019",
    "invalid string: control character U+001A (SUB) must be escaped to \\u001A",
    "invalid string: control character U+001B (ESC) must be escaped to \\u001B",
    "invalid string: control character U+001C (FS) must be escaped to \\u001C",
    "invalid string: control character U+001D (GS) must be escaped to \\u001D",
    "invalid string: control character U+001E (RS) must be escaped to \\u001E",
    "invalid string: control character U+001F (US) must be escaped to \\u001F",
];

pub(super) struct Lexer<'t> {
    text: &'t [u8],
    /// How many bytes were read. Trying to read at the end counts as one more.
    read: usize,
    /// Whether the last token is a number.
    after_number: bool,
    /// Where the last string or number starts: what messages quote starts there.
    quote_from: usize,
    /// Where the text of the last string lies, if it is the same as in the document.
    plain: Option<(usize, usize)>,
    /// The text of the last string, if it had escapes.
    unescaped: Vec<u8>,
}

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            read: 0,
            after_number: false,
            quote_from: 0,
            plain: None,
            unescaped: Vec::new(),
        }
    }

    /// Whether the document ended before anything was read.
    pub(super) fn is_empty(&self) -> bool {
        self.read == 1
    }

    /// The text of the last string.
    pub(super) fn string(&self) -> &[u8] {
        self.plain
            .map_or(&self.unescaped, |(start, end)| &self.text[start..end])
    }

    /// The line and the column of the last byte read, both from 1; a newline is column 0 of the next line.
    /// The library looks at the byte after a number, too, and then reports column 0 before a newline.
    pub(super) fn position(&self) -> (usize, usize) {
        let before = &self.text[..self.read.min(self.text.len())];
        let lines = memchr::memchr_iter(b'\n', before).count();
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let looked_at_newline = self.after_number && self.peek() == Some(b'\n');
        (
            lines + 1,
            if looked_at_newline {
                0
            } else {
                self.read - line_start
            },
        )
    }

    /// What was read since the last string or number started, as messages quote it.
    pub(super) fn last_read(&self) -> Vec<u8> {
        let mut quoted = Vec::new();
        for &byte in &self.text[self.quote_from..self.read.min(self.text.len())] {
            if byte < b' ' {
                quoted.extend_from_slice(format!("<U+{byte:04X}>").as_bytes());
            } else {
                quoted.push(byte);
            }
        }
        quoted
    }

    fn get(&mut self) -> Option<u8> {
        self.read += 1;
        self.text.get(self.read - 1).copied()
    }

    /// Reads the next token.
    pub(super) fn scan(&mut self) -> Token {
        if self.read == 0 && self.text.first() == Some(&0xef) {
            // A byte order mark may come first.
            for expected in [0xef, 0xbb, 0xbf] {
                if self.get() != Some(expected) {
                    return Token::Bad("invalid BOM; must be 0xEF 0xBB 0xBF if given");
                }
            }
        }
        self.after_number = false;
        let rest = &self.text[self.read.min(self.text.len())..];
        self.read += rest
            .iter()
            .take_while(|byte| b" \t\n\r".contains(byte))
            .count();
        match self.get() {
            Some(b'[') => Token::ArrayBegin,
            Some(b']') => Token::ArrayEnd,
            Some(b'{') => Token::ObjectBegin,
            Some(b'}') => Token::ObjectEnd,
            Some(b':') => Token::Colon,
            Some(b',') => Token::Comma,
            Some(b't') => self.literal(b"rue", Token::True),
            Some(b'f') => self.literal(b"alse", Token::False),
            Some(b'n') => self.literal(b"ull", Token::Null),
            Some(b'"') => self
                .scan_string()
                .map_or_else(Token::Bad, |()| Token::String),
            Some(first @ (b'-' | b'0'..=b'9')) => self.number(first).unwrap_or_else(Token::Bad),
            Some(0) | None => Token::End,
            Some(_) => Token::Bad("invalid literal"),
        }
    }

    fn literal(&mut self, rest: &[u8], token: Token) -> Token {
        let complete = rest.iter().all(|&expected| self.get() == Some(expected));
        if complete {
            token
        } else {
            Token::Bad("invalid literal")
        }
    }

    /// Reads a number whose first byte was read already.
    fn number(&mut self, first: u8) -> Result<Token, &'static str> {
        let start = self.read - 1;
        self.quote_from = start;
        let mut digit = first;
        if first == b'-' {
            digit = self
                .digit()
                .ok_or("invalid number; expected digit after '-'")?;
        }
        if digit != b'0' {
            self.digits();
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.read += 1;
            self.digit()
                .ok_or("invalid number; expected digit after '.'")?;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.read += 1;
            let reason = if matches!(self.peek(), Some(b'+' | b'-')) {
                self.read += 1;
                "invalid number; expected digit after exponent sign"
            } else {
                "invalid number; expected '+', '-', or digit after exponent"
            };
            self.digit().ok_or(reason)?;
            self.digits();
        }
        self.after_number = true;
        // The digits are ASCII, so this cannot fail.
        let text = std::str::from_utf8(&self.text[start..self.read]).unwrap_or_default();
        let integer = match first {
            _ if !whole => None,
            b'-' => text.parse().ok().map(Token::Integer),
            _ => text.parse().ok().map(Token::Unsigned),
        };
        let float = || Token::Float(parse_float_saturating(text.as_bytes()).unwrap_or(f64::NAN));
        Ok(integer.unwrap_or_else(float))
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.read).copied()
    }

    /// Reads one byte, which is to be a digit.
    fn digit(&mut self) -> Option<u8> {
        self.get().filter(u8::is_ascii_digit)
    }

    fn digits(&mut self) {
        let rest = &self.text[self.read..];
        self.read += rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    }

    /// Reads a string whose opening quote was read already.
    fn scan_string(&mut self) -> Result<(), &'static str> {
        let start = self.read;
        self.quote_from = start - 1;
        self.unescaped.clear();
        let mut clean = start;
        loop {
            let rest = &self.text[self.read..];
            self.read += rest.iter().take_while(|byte| is_plain(**byte)).count();
            let here = self.read;
            match self.get().ok_or("invalid string: missing closing quote")? {
                b'"' if clean == start => {
                    self.plain = Some((start, here));
                    return Ok(());
                }
                b'"' => {
                    self.plain = None;
                    self.unescaped.extend_from_slice(&self.text[clean..here]);
                    return Ok(());
                }
                b'\\' => {
                    self.unescaped.extend_from_slice(&self.text[clean..here]);
                    let escaped = self.escape()?;
                    self.unescaped
                        .extend_from_slice(escaped.encode_utf8(&mut [0; 4]).as_bytes());
                    clean = self.read;
                }
                control @ 0..=0x1f => return Err(RAW_CONTROL[usize::from(control)]),
                lead => self.continuation(lead)?,
            }
        }
    }

    /// Reads the bytes that must follow the first one of a UTF-8 sequence.
    fn continuation(&mut self, lead: u8) -> Result<(), &'static str> {
        let (second, others) = match lead {
            0xc2..=0xdf => (0x80..=0xbf, 0),
            0xe0 => (0xa0..=0xbf, 1),
            0xed => (0x80..=0x9f, 1),
            0xe1..=0xef => (0x80..=0xbf, 1),
            0xf0 => (0x90..=0xbf, 2),
            0xf1..=0xf3 => (0x80..=0xbf, 2),
            0xf4 => (0x80..=0x8f, 2),
            _ => return Err(BAD_UTF8),
        };
        let mut good = self.get().is_some_and(|byte| second.contains(&byte));
        for _ in 0..others {
            good = good && self.get().is_some_and(|byte| (0x80..=0xbf).contains(&byte));
        }
        if good { Ok(()) } else { Err(BAD_UTF8) }
    }

    /// Reads an escape after its backslash.
    fn escape(&mut self) -> Result<char, &'static str> {
        Ok(match self.get() {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) {
                    if self.get() != Some(b'\\') || self.get() != Some(b'u') {
                        return Err(LONE_HIGH_SURROGATE);
                    }
                    let low = self.hex()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(LONE_HIGH_SURROGATE);
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                char::from_u32(code).ok_or(LONE_LOW_SURROGATE)?
            }
            _ => return Err("invalid string: forbidden character after backslash"),
        })
    }

    /// Reads four hexadecimal digits.
    fn hex(&mut self) -> Result<u32, &'static str> {
        (0..4).try_fold(0, |code, _| {
            let digit = self
                .get()
                .and_then(|byte| char::from(byte).to_digit(16))
                .ok_or(BAD_HEX)?;
            Ok(code << 4 | digit)
        })
    }
}

/// Whether a byte stands for itself in a string: ASCII without quote, backslash and control characters.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7f) && byte != b'"' && byte != b'\\'
}
