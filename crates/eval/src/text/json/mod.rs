//! JSON: a parser that reports what it reads to a builder, and the escaping of strings to write.
//!
//! What is accepted, and the messages for what is not, are those of the C++ library that Nix uses
//! (nlohmann/json 3.11).

mod lexer;
mod write;

pub use self::write::write_string;

use self::lexer::{Lexer, Token};
use super::builder::ValueBuilder;

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError<E> {
    /// It is not JSON; with the library's message.
    Syntax(Vec<u8>),
    /// A whole number above Nix's range but within 64 bits without sign.
    IntegerTooLarge(u64),
    /// This string or key contains a NUL.
    Nul(Vec<u8>),
    /// The builder gave up.
    Builder(E),
}

impl<E> JsonError<E> {
    /// The message of Nix, unless the builder has its own.
    pub fn message(&self) -> Option<Vec<u8>> {
        match self {
            Self::Syntax(message) => Some(message.clone()),
            Self::IntegerTooLarge(value) => {
                Some(format!("unsigned json number {value} outside of Nix integer range").into())
            }
            Self::Nul(text) => Some(super::escape::nul_message(text)),
            Self::Builder(_) => None,
        }
    }
}

/// Reads one document. A key may come more than once in an object. Nesting has no limit other than memory.
pub fn parse<B: ValueBuilder>(text: &[u8], builder: &mut B) -> Result<(), JsonError<B::Error>> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::End,
        nesting: Vec::new(),
    };
    parser.advance();
    parser.document(builder)
}

/// What encloses a value.
#[derive(Clone, Copy, PartialEq)]
enum Enclosing {
    Array,
    Object,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token,
    nesting: Vec<Enclosing>,
}

impl Parser<'_> {
    fn advance(&mut self) {
        self.token = self.lexer.scan();
    }

    fn document<B: ValueBuilder>(&mut self, builder: &mut B) -> Result<(), JsonError<B::Error>> {
        loop {
            // The current token starts a value.
            if !self.value(builder)? {
                continue;
            }
            // A value is complete, and so may be what encloses it.
            loop {
                self.advance();
                let Some(enclosing) = self.nesting.last() else {
                    return self.expect(Token::End, "value");
                };
                let (end, context) = match enclosing {
                    Enclosing::Array => (Token::ArrayEnd, "array"),
                    Enclosing::Object => (Token::ObjectEnd, "object"),
                };
                if self.token == Token::Comma {
                    let in_object = *enclosing == Enclosing::Object;
                    self.advance();
                    if in_object {
                        self.key(builder)?;
                    }
                    break;
                }
                self.expect(end, context)?;
                self.nesting.pop();
                let ended = if end == Token::ArrayEnd {
                    builder.end_list()
                } else {
                    builder.end_attrs()
                };
                ended.map_err(JsonError::Builder)?;
            }
        }
    }

    /// Reports the value that the current token starts. A container that is not empty is only opened, and
    /// the current token then starts its first value; says whether the value is complete.
    fn value<B: ValueBuilder>(&mut self, builder: &mut B) -> Result<bool, JsonError<B::Error>> {
        let reported = match self.token {
            Token::ObjectBegin => {
                builder.begin_attrs().map_err(JsonError::Builder)?;
                self.advance();
                if self.token != Token::ObjectEnd {
                    self.key(builder)?;
                    self.nesting.push(Enclosing::Object);
                    return Ok(false);
                }
                builder.end_attrs()
            }
            Token::ArrayBegin => {
                builder.begin_list().map_err(JsonError::Builder)?;
                self.advance();
                if self.token != Token::ArrayEnd {
                    self.nesting.push(Enclosing::Array);
                    return Ok(false);
                }
                builder.end_list()
            }
            Token::Null => builder.null(),
            Token::True => builder.boolean(true),
            Token::False => builder.boolean(false),
            Token::String => builder.string(self.string()?),
            Token::Integer(value) => builder.integer(value),
            Token::Unsigned(value) => {
                let value = i64::try_from(value).map_err(|_| JsonError::IntegerTooLarge(value))?;
                builder.integer(value)
            }
            Token::Float(value) if value.is_finite() => builder.float(value),
            Token::Float(_) => {
                let start: &[u8] = b"[json.exception.out_of_range.406] number overflow parsing '";
                let number = self.lexer.last_read();
                return Err(JsonError::Syntax([start, number.as_slice(), b"'"].concat()));
            }
            Token::End if self.lexer.is_empty() => {
                let words = "attempting to parse an empty input; check that your input string or \
                             stream contains the expected JSON";
                return Err(self.error(words.as_bytes()));
            }
            Token::Bad(_) => return Err(self.unexpected(None, "value")),
            _ => return Err(self.unexpected(Some("'[', '{', or a literal"), "value")),
        };
        reported.map_err(JsonError::Builder)?;
        Ok(true)
    }

    /// Reports the key that is the current token, and goes on to the value after the colon.
    fn key<B: ValueBuilder>(&mut self, builder: &mut B) -> Result<(), JsonError<B::Error>> {
        self.expect(Token::String, "object key")?;
        builder.key(self.string()?).map_err(JsonError::Builder)?;
        self.advance();
        self.expect(Token::Colon, "object separator")?;
        self.advance();
        Ok(())
    }

    /// The string that is the current token.
    fn string<E>(&self) -> Result<&[u8], JsonError<E>> {
        let text = self.lexer.string();
        if text.contains(&0) {
            Err(JsonError::Nul(text.to_vec()))
        } else {
            Ok(text)
        }
    }

    fn expect<E>(&self, token: Token, context: &str) -> Result<(), JsonError<E>> {
        if self.token == token {
            return Ok(());
        }
        Err(self.unexpected(Some(token.name()), context))
    }

    /// The error for the current token where `expected` was to come.
    fn unexpected<E>(&self, expected: Option<&str>, context: &str) -> JsonError<E> {
        let mut words = format!("syntax error while parsing {context} - ").into_bytes();
        if let Token::Bad(reason) = self.token {
            words.extend_from_slice(reason.as_bytes());
            words.extend_from_slice(b"; last read: '");
            words.extend_from_slice(&self.lexer.last_read());
            words.push(b'\'');
        } else {
            words.extend_from_slice(b"unexpected ");
            words.extend_from_slice(self.token.name().as_bytes());
        }
        if let Some(expected) = expected {
            words.extend_from_slice(b"; expected ");
            words.extend_from_slice(expected.as_bytes());
        }
        self.error(&words)
    }

    fn error<E>(&self, words: &[u8]) -> JsonError<E> {
        let (line, column) = self.lexer.position();
        let start = "[json.exception.parse_error.101] parse error at line";
        let mut message = format!("{start} {line}, column {column}: ").into_bytes();
        message.extend_from_slice(words);
        JsonError::Syntax(message)
    }
}

#[cfg(test)]
mod tests {
    use super::super::builder::transcript::Transcript;
    use super::*;

    /// What a document is read as, or the message.
    fn read(text: impl AsRef<[u8]>) -> Result<String, String> {
        let mut transcript = Transcript::default();
        match parse(text.as_ref(), &mut transcript) {
            Ok(()) => Ok(transcript.text()),
            Err(error) => {
                let message = error.message().unwrap_or_default();
                Err(String::from_utf8_lossy(&message).into_owned())
            }
        }
    }

    fn written(text: impl AsRef<[u8]>) -> Result<String, String> {
        let mut out = Vec::new();
        write_string(text.as_ref(), &mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }

    /// Documents, and where and why reading them fails.
    #[rustfmt::skip]
    const SYNTAX_ERRORS: &[(&[u8], &str)] = &[
        (b"", "1, column 1: attempting to parse an empty input; check that your input string or stream contains the expected JSON"),
        (b" ", "1, column 2: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal"),
        (b"{\"a\": tru}", "1, column 10: syntax error while parsing value - invalid literal; last read: '\"a\": tru}'"),
        (b"[1,]", "1, column 4: syntax error while parsing value - unexpected ']'; expected '[', '{', or a literal"),
        (b"[1 2]", "1, column 4: syntax error while parsing array - unexpected number literal; expected ']'"),
        (b"{1:2}", "1, column 2: syntax error while parsing object key - unexpected number literal; expected string literal"),
        (b"{\"a\" 1}", "1, column 6: syntax error while parsing object separator - unexpected number literal; expected ':'"),
        (b"{\"a\":1", "1, column 7: syntax error while parsing object - unexpected end of input; expected '}'"),
        (b"\n\n{} x", "3, column 4: syntax error while parsing value - invalid literal; last read: '<U+000A><U+000A>{} x'; expected end of input"),
        (b"[01\n]", "1, column 0: syntax error while parsing array - unexpected number literal; expected ']'"),
        (b"-", "1, column 2: syntax error while parsing value - invalid number; expected digit after '-'; last read: '-'"),
        (b"1.x", "1, column 3: syntax error while parsing value - invalid number; expected digit after '.'; last read: '1.x'"),
        (b"1e", "1, column 3: syntax error while parsing value - invalid number; expected '+', '-', or digit after exponent; last read: '1e'"),
        (b"1e+", "1, column 4: syntax error while parsing value - invalid number; expected digit after exponent sign; last read: '1e+'"),
        (b"\"a", "1, column 3: syntax error while parsing value - invalid string: missing closing quote; last read: '\"a'"),
        (b"\"\t\"", "1, column 2: syntax error while parsing value - invalid string: control character U+0009 (HT) must be escaped to \\u0009 or \\t; last read: '\"<U+0009>'"),
        (b"\"\\x\"", "1, column 3: syntax error while parsing value - invalid string: forbidden character after backslash; last read: '\"\\x'"),
        (b"\"\\u12x\"", "1, column 6: syntax error while parsing value - invalid string: '\\u' must be followed by 4 hex digits; last read: '\"\\u12x'"),
        (b"\"\\ud800\"", "1, column 8: syntax error while parsing value - invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF; last read: '\"\\ud800\"'"),
        (b"\"\\udc00\"", "1, column 7: syntax error while parsing value - invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF; last read: '\"\\udc00'"),
        (b"\"\xc0\"", "1, column 2: syntax error while parsing value - invalid string: ill-formed UTF-8 byte; last read: '\"\u{fffd}'"),
        (b"\xef\xbbx", "1, column 3: syntax error while parsing value - invalid BOM; must be 0xEF 0xBB 0xBF if given; last read: '\u{fffd}x'"),
    ];

    #[test]
    fn values_are_reported_in_the_order_of_the_text() {
        let cases = [
            (
                r#" {"a":[1,-2,{}],"b":null,"a":true} "#,
                "{ a: [ 1 -2 { } ] b: null a: true }",
            ),
            ("[[],[ ],[[false]]]", "[ [ ] [ ] [ [ false ] ] ]"),
            (
                r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00é""#,
                "\"\"\\/\u{8}\u{c}\n\r\té😀é\"",
            ),
            ("\u{feff}0", "0"),
            ("[1.5,1e2,-0.0,1E-400,-0]", "[ 1.5 100.0 -0.0 0.0 0 ]"),
            (
                "[9223372036854775807,-9223372036854775808]",
                "[ 9223372036854775807 -9223372036854775808 ]",
            ),
            (
                "[-9223372036854775809,18446744073709551616]",
                "[ -9.223372036854776e18 1.8446744073709552e19 ]",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn syntax_errors_have_the_words_and_the_place_of_the_library() {
        let start = "[json.exception.parse_error.101] parse error at line ";
        for (text, expected) in SYNTAX_ERRORS {
            assert_eq!(read(text), Err(format!("{start}{expected}")));
        }
    }

    #[test]
    fn numbers_and_strings_that_nix_cannot_hold_are_errors() {
        let overflow = "[json.exception.out_of_range.406] number overflow parsing '1e999'";
        assert_eq!(read("[1e999]"), Err(overflow.to_owned()));
        let integer = "unsigned json number 9223372036854775808 outside of Nix integer range";
        assert_eq!(read("9223372036854775808"), Err(integer.to_owned()));
        let nul = "input string 'a\u{2400}b' cannot be represented as Nix string because it contains null bytes";
        assert_eq!(read(r#""a\u0000b""#), Err(nul.to_owned()));
        assert_eq!(read(r#"{"a\u0000b":1}"#), Err(nul.to_owned()));
    }

    #[test]
    fn nesting_needs_no_stack() {
        let depth = 100_000;
        let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(read(text).map(|read| read.len()), Ok(4 * depth - 1));
        assert!(read("{\"a\":".repeat(depth)).is_err());
    }

    #[test]
    fn strings_are_escaped_only_where_needed() {
        let text = "\u{8}\t\n\u{c}\r\"\\/\u{1}\u{1f}\u{7f}é😀";
        let expected = "\"\\b\\t\\n\\f\\r\\\"\\\\/\\u0001\\u001f\u{7f}é😀\"";
        assert_eq!(written(text), Ok(expected.to_owned()));
    }

    #[test]
    fn text_that_is_not_utf_8_names_the_first_wrong_byte() {
        let start = "[json.exception.type_error.316]";
        let cases: &[(&[u8], &str)] = &[
            (b"a\xff", "invalid UTF-8 byte at index 1: 0xFF"),
            (b"\xe2\x82x", "invalid UTF-8 byte at index 2: 0x78"),
            (b"\xed\xa0\x80", "invalid UTF-8 byte at index 1: 0xA0"),
            (b"a\xe2\x82", "incomplete UTF-8 string; last byte: 0x82"),
        ];
        for (text, expected) in cases {
            assert_eq!(written(text), Err(format!("{start} {expected}")));
        }
    }
}
