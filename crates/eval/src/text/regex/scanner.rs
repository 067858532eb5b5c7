//! Tokens of an extended regular expression, one ahead of the parser.
//!
//! The rules are those of libstdc++'s `std::regex` with the `extended` grammar, which Nix exposes; they
//! are stricter than POSIX in places (a backslash may only precede a special character) and laxer in
//! others (`}` and `]` alone are ordinary).

use super::RegexError;

/// One token. Names of classes and counts are slices of the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'p> {
    /// An ordinary byte, inside brackets or out.
    Byte(u8),
    Any,
    LineBegin,
    LineEnd,
    Or,
    Star,
    Plus,
    Optional,
    GroupOpen,
    GroupClose,
    /// `[`, or `[^` when true.
    BracketOpen(bool),
    BracketClose,
    Dash,
    /// The name in `[:name:]`.
    Class(&'p [u8]),
    /// The name in `[.name.]`.
    Collating(&'p [u8]),
    /// The name in `[=name=]`.
    Equivalence(&'p [u8]),
    BraceOpen,
    BraceClose,
    Comma,
    /// Decimal digits inside braces.
    Count(&'p [u8]),
    End,
}

/// Where in the pattern the scanner is.
#[derive(Clone, Copy)]
enum Place {
    Normal,
    /// Inside brackets; the flag says that nothing but a `^` was read yet.
    Bracket(bool),
    Brace,
}

pub(super) struct Scanner<'p> {
    pattern: &'p [u8],
    at: usize,
    place: Place,
    /// The token that the parser sees.
    pub(super) token: Token<'p>,
}

impl<'p> Scanner<'p> {
    pub(super) fn new(pattern: &'p [u8]) -> Result<Self, RegexError> {
        let mut scanner = Self {
            pattern,
            at: 0,
            place: Place::Normal,
            token: Token::End,
        };
        scanner.advance()?;
        Ok(scanner)
    }

    /// Moves to the next token if the current one is `wanted`, and says whether it was.
    pub(super) fn accept(&mut self, wanted: Token) -> Result<bool, RegexError> {
        let found = self.token == wanted;
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub(super) fn advance(&mut self) -> Result<(), RegexError> {
        let Some(&byte) = self.pattern.get(self.at) else {
            self.token = Token::End;
            return Ok(());
        };
        self.at += 1;
        self.token = match self.place {
            Place::Normal => self.normal(byte)?,
            Place::Bracket(at_start) => self.bracket(byte, at_start)?,
            Place::Brace => self.brace(byte)?,
        };
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.at).copied()
    }

    fn normal(&mut self, byte: u8) -> Result<Token<'p>, RegexError> {
        Ok(match byte {
            b'.' => Token::Any,
            b'^' => Token::LineBegin,
            b'$' => Token::LineEnd,
            b'|' => Token::Or,
            b'*' => Token::Star,
            b'+' => Token::Plus,
            b'?' => Token::Optional,
            b'(' => Token::GroupOpen,
            b')' => Token::GroupClose,
            b'{' => {
                self.place = Place::Brace;
                Token::BraceOpen
            }
            b'[' => {
                self.place = Place::Bracket(true);
                let negated = self.peek() == Some(b'^');
                self.at += usize::from(negated);
                Token::BracketOpen(negated)
            }
            b'\\' => {
                let escaped = self.peek().filter(|next| b".[\\()*+?{|^$".contains(next));
                self.at += 1;
                Token::Byte(escaped.ok_or(RegexError::Invalid)?)
            }
            0 => return Err(RegexError::Invalid),
            _ => Token::Byte(byte),
        })
    }

    fn bracket(&mut self, byte: u8, at_start: bool) -> Result<Token<'p>, RegexError> {
        self.place = Place::Bracket(false);
        Ok(match byte {
            b'-' => Token::Dash,
            b']' if !at_start => {
                self.place = Place::Normal;
                Token::BracketClose
            }
            b'[' => match self.peek().ok_or(RegexError::Invalid)? {
                b'.' => Token::Collating(self.name()?),
                b':' => Token::Class(self.name()?),
                b'=' => Token::Equivalence(self.name()?),
                _ => Token::Byte(byte),
            },
            _ => Token::Byte(byte),
        })
    }

    /// The name of a class: what lies between the mark here and the next one, which a `]` must follow.
    fn name(&mut self) -> Result<&'p [u8], RegexError> {
        let mark = self.pattern[self.at];
        let rest = &self.pattern[self.at + 1..];
        let length = rest
            .iter()
            .position(|&byte| byte == mark)
            .ok_or(RegexError::Invalid)?;
        if rest.get(length + 1) != Some(&b']') {
            return Err(RegexError::Invalid);
        }
        self.at += length + 3;
        Ok(&rest[..length])
    }

    fn brace(&mut self, byte: u8) -> Result<Token<'p>, RegexError> {
        match byte {
            b',' => Ok(Token::Comma),
            b'}' => {
                self.place = Place::Normal;
                Ok(Token::BraceClose)
            }
            b'0'..=b'9' => {
                let start = self.at - 1;
                while self.peek().is_some_and(|next| next.is_ascii_digit()) {
                    self.at += 1;
                }
                Ok(Token::Count(&self.pattern[start..self.at]))
            }
            _ => Err(RegexError::Invalid),
        }
    }
}
