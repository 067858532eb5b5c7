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
