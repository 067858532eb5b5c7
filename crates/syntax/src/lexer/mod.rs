//! From bytes to tokens.
//!
//! One token at a time, driven by the parser: where a string or a path continues, the parser asks for its
//! next part instead of a token, so the lexer needs no stack of modes.

mod class;
mod path;
mod text;
mod trivia;
mod word;

pub(crate) use path::PathPart;
pub(crate) use text::{IndentedPart, StringPart, unescape};
pub(crate) use word::{parse_float, parse_integer};

use crate::error::ParseErrorKind;
use crate::token::{Token, TokenKind};

/// A documentation comment and the token that it stands before, as offsets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DocComment {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) token: u32,
}

pub(crate) struct Lexer<'src> {
    text: &'src [u8],
    /// The next byte to read.
    position: usize,
    /// The latest run of path characters looked at, so that `a.b.c` is scanned once and not for each name.
    run: path::Run,
    /// Where the end of the text is reported.
    end_position: usize,
    has_pipe_operators: bool,
    /// The latest documentation comment.
    doc: Option<DocComment>,
    /// Why the latest token is [`TokenKind::Rejected`].
    rejection: Option<ParseErrorKind>,
}

impl<'src> Lexer<'src> {
    pub(crate) fn new(text: &'src [u8], has_pipe_operators: bool) -> Self {
        Self {
            text,
            position: 0,
            run: path::Run::default(),
            end_position: text.len(),
            has_pipe_operators,
            doc: None,
            rejection: None,
        }
    }

    /// The byte at `index`; 0 behind the end, which is no part of any token.
    #[inline]
    fn byte(&self, index: usize) -> u8 {
        self.text.get(index).copied().unwrap_or(0)
    }

    /// The text between two offsets.
    #[inline]
    pub(crate) fn slice(&self, start: u32, end: u32) -> &'src [u8] {
        &self.text[start as usize..end as usize]
    }

    /// Why the latest token was rejected.
    pub(crate) fn take_rejection(&mut self) -> Option<ParseErrorKind> {
        self.rejection.take()
    }

    /// The documentation comment before the token that starts at `token`.
    #[inline]
    pub(crate) fn doc_before(&self, token: u32) -> Option<DocComment> {
        self.doc.filter(|doc| doc.token == token)
    }

    /// Goes to the end of the text.
    #[cold]
    pub(crate) fn stop(&mut self) {
        self.position = self.text.len();
    }

    /// The next token, after blanks and comments.
    #[inline]
    pub(crate) fn next_token(&mut self) -> Token {
        self.skip_trivia();
        let start = self.position;
        if start >= self.text.len() {
            let end = self.end_position as u32;
            return Token {
                kind: TokenKind::EndOfFile,
                start: end,
                end,
            };
        }
        let kind = self.token_at(start);
        Token {
            kind,
            start: start as u32,
            end: self.position as u32,
        }
    }

    #[inline]
    fn token_at(&mut self, start: usize) -> TokenKind {
        match self.text[start] {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.word(start),
            b'0'..=b'9' => self.number(start),
            b'.' => self.dot(start),
            b'"' => self.take(1, TokenKind::Quote),
            b'(' => self.take(1, TokenKind::ParenOpen),
            b')' => self.take(1, TokenKind::ParenClose),
            b'{' => self.take(1, TokenKind::BraceOpen),
            b'}' => self.take(1, TokenKind::BraceClose),
            b'[' => self.take(1, TokenKind::BracketOpen),
            b']' => self.take(1, TokenKind::BracketClose),
            b';' => self.take(1, TokenKind::Semicolon),
            b':' => self.take(1, TokenKind::Colon),
            b',' => self.take(1, TokenKind::Comma),
            b'@' => self.take(1, TokenKind::At),
            b'?' => self.take(1, TokenKind::Question),
            b'*' => self.take(1, TokenKind::Star),
            b'=' => self.one_or_two(start, b'=', (TokenKind::Assign, TokenKind::Equal)),
            b'!' => self.one_or_two(start, b'=', (TokenKind::Bang, TokenKind::NotEqual)),
            b'>' => self.one_or_two(start, b'=', (TokenKind::Greater, TokenKind::GreaterEqual)),
            b'&' => self.one_or_two(start, b'&', (TokenKind::Invalid, TokenKind::AndAnd)),
            b'$' => self.one_or_two(start, b'{', (TokenKind::Invalid, TokenKind::DollarBrace)),
            b'+' | b'-' | b'/' => self.sign(start),
            b'<' => self.less(start),
            b'|' => self.bar(start),
            b'~' => self.tilde(start),
            b'\'' => self.apostrophe(start),
            _ => self.take(1, TokenKind::Invalid),
        }
    }

    #[inline]
    fn take(&mut self, length: usize, kind: TokenKind) -> TokenKind {
        self.position += length;
        kind
    }

    /// A token of one byte, or of two if `second` follows.
    #[inline]
    fn one_or_two(&mut self, start: usize, second: u8, kinds: (TokenKind, TokenKind)) -> TokenKind {
        if self.byte(start + 1) == second {
            self.take(2, kinds.1)
        } else {
            self.take(1, kinds.0)
        }
    }

    /// `+`, `-` and `/` are operators or start a path.
    fn sign(&mut self, start: usize) -> TokenKind {
        if let Some(kind) = self.path_or_uri(start) {
            return kind;
        }
        match (self.text[start], self.byte(start + 1)) {
            (b'+', b'+') => self.take(2, TokenKind::Concat),
            (b'+', _) => self.take(1, TokenKind::Plus),
            (b'-', b'>') => self.take(2, TokenKind::Implies),
            (b'-', _) => self.take(1, TokenKind::Minus),
            (_, b'/') => self.take(2, TokenKind::Update),
            _ => self.take(1, TokenKind::Slash),
        }
    }

    fn dot(&mut self, start: usize) -> TokenKind {
        if let Some(kind) = self.path_or_uri(start) {
            return kind;
        }
        match (self.byte(start + 1), self.byte(start + 2)) {
            (b'.', b'.') => self.take(3, TokenKind::Ellipsis),
            (digit, _) if class::is(digit, class::DIGIT) => self.fraction(start, start + 1),
            _ => self.take(1, TokenKind::Dot),
        }
    }

    fn less(&mut self, start: usize) -> TokenKind {
        if let Some(end) = self.search_path_end(start) {
            return self.take(end - start, TokenKind::SearchPath);
        }
        match self.byte(start + 1) {
            b'=' => self.take(2, TokenKind::LessEqual),
            b'|' => self.pipe(TokenKind::PipeFrom),
            _ => self.take(1, TokenKind::Less),
        }
    }

    fn bar(&mut self, start: usize) -> TokenKind {
        match self.byte(start + 1) {
            b'|' => self.take(2, TokenKind::OrOr),
            b'>' => self.pipe(TokenKind::PipeInto),
            _ => self.take(1, TokenKind::Invalid),
        }
    }

    fn pipe(&mut self, kind: TokenKind) -> TokenKind {
        if self.has_pipe_operators {
            self.take(2, kind)
        } else {
            self.reject(self.position + 2, ParseErrorKind::PipeOperatorsDisabled)
        }
    }

    /// `''`, with the rest of its line when that is blank.
    fn apostrophe(&mut self, start: usize) -> TokenKind {
        if self.byte(start + 1) != b'\'' {
            return self.take(1, TokenKind::Invalid);
        }
        let mut end = start + 2;
        while self.byte(end) == b' ' {
            end += 1;
        }
        let length = if self.byte(end) == b'\n' {
            end + 1 - start
        } else {
            2
        };
        self.take(length, TokenKind::IndentedOpen)
    }

    /// A token up to `end` that cannot be used.
    #[cold]
    fn reject(&mut self, end: usize, why: ParseErrorKind) -> TokenKind {
        self.position = end;
        self.rejection = Some(why);
        TokenKind::Rejected
    }
}

#[cfg(test)]
mod tests {
    use super::{Lexer, TokenKind};

    /// The tokens of code without strings and interpolated paths, each with its text.
    fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
        let mut lexer = Lexer::new(text.as_bytes(), true);
        let mut tokens = Vec::new();
        loop {
            let token = lexer.next_token();
            if token.kind == TokenKind::EndOfFile {
                return tokens;
            }
            tokens.push((token.kind, &text[token.start as usize..token.end as usize]));
        }
    }

    fn kinds(text: &str) -> Vec<TokenKind> {
        tokens(text).into_iter().map(|(kind, _)| kind).collect()
    }

    /// The longest token wins: paths and URIs over names, numbers and operators.
    #[test]
    fn longest_token() {
        use TokenKind::{
            Colon, Concat, Dot, Float, Identifier, Integer, Path, SearchPath, Update, Uri,
        };
        assert_eq!(tokens("a.b/c"), [(Path, "a.b/c")]);
        assert_eq!(
            tokens("a.b.c"),
            [
                (Identifier, "a"),
                (Dot, "."),
                (Identifier, "b"),
                (Dot, "."),
                (Identifier, "c")
            ]
        );
        assert_eq!(tokens("a'b/c"), [(Identifier, "a'b"), (Path, "/c")]);
        assert_eq!(
            tokens("a//b"),
            [(Identifier, "a"), (Update, "//"), (Identifier, "b")]
        );
        assert_eq!(
            tokens("++/a ++ -a/b"),
            [(Path, "++/a"), (Concat, "++"), (Path, "-a/b")]
        );
        assert_eq!(tokens("if/x in/y"), [(Path, "if/x"), (Path, "in/y")]);
        assert_eq!(
            tokens("x:y x: y"),
            [
                (Uri, "x:y"),
                (Identifier, "x"),
                (Colon, ":"),
                (Identifier, "y")
            ]
        );
        assert_eq!(
            tokens("_a.b:c"),
            [(Identifier, "_a"), (Dot, "."), (Uri, "b:c")]
        );
        assert_eq!(
            tokens("1.5.6/x 1.5 .5"),
            [(Path, "1.5.6/x"), (Float, "1.5"), (Float, ".5")]
        );
        assert_eq!(
            tokens("00.5 1.e3"),
            [(Integer, "00"), (Float, ".5"), (Float, "1.e3")]
        );
        assert_eq!(
            tokens("<a/b> <a-b>"),
            [(SearchPath, "<a/b>"), (SearchPath, "<a-b>")]
        );
    }

    /// Operators that start alike.
    #[test]
    fn operators() {
        use TokenKind::{
            Bang, Dot, Ellipsis, Greater, Implies, Invalid, Less, LessEqual, Minus, NotEqual,
        };
        use TokenKind::{OrOr, PipeFrom, PipeInto, Slash};
        assert_eq!(
            kinds("< <= <| |> || | / -> - >"),
            [
                Less, LessEqual, PipeFrom, PipeInto, OrOr, Invalid, Slash, Implies, Minus, Greater
            ]
        );
        assert_eq!(
            kinds("... .. ! != &"),
            [Ellipsis, Dot, Dot, Bang, NotEqual, Invalid]
        );
        assert_eq!(
            kinds("<a <a/ <>"),
            [
                Less,
                TokenKind::Identifier,
                Less,
                TokenKind::Identifier,
                Slash,
                Less,
                Greater
            ]
        );
    }

    /// Comments are skipped; one without an end is none.
    #[test]
    fn comments() {
        use TokenKind::{Identifier, Slash, Star};
        assert_eq!(
            tokens("a # b\n/* c\n** / */ d"),
            [(Identifier, "a"), (Identifier, "d")]
        );
        assert_eq!(kinds("/* a"), [Slash, Star, Identifier]);
        assert_eq!(kinds("# a\rb"), [Identifier]);
    }
}
