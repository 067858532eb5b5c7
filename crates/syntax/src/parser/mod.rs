//! From tokens to a tree: recursive descent, with an explicit stack for operators.
//!
//! The grammar is that of Nix 2.34. Where C++ Nix, whose parser is generated, notices an error only after
//! it has finished what stands before it, this parser returns to the caller that knows what could follow; so
//! both list the same expectations.
//!
//! What stands within brackets recurses. The functions on that way that are not inlined keep the stack that a
//! level takes below 1.3 KiB, so that [`MAX_DEPTH`] levels fit a thread's usual 2 MiB.

mod function;
mod indentation;
mod merge;
mod operand;
mod operator;
mod path;
mod set;
mod string;

use std::sync::atomic::{AtomicBool, Ordering};

use bumpalo::Bump;

use crate::ast::{AttrName, Attrs, Expr, ExprKind, ExprRef, Formal};
use crate::error::{Finding, Lint, ParseError, ParseErrorKind, Warning, WarningKind};
use crate::lexer::Lexer;
use crate::position::Pos;
use crate::symbol::{Symbol, SymbolTable};
use crate::token::{Token, TokenKind};

/// How deep expressions may be nested unless [`Options::max_depth`] says otherwise.
pub const MAX_DEPTH: u32 = 1000;

/// What to parse, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The source.
    pub text: &'r [u8],
    /// The position of its first byte, as [`crate::position::SourceMap::add`] gave it.
    pub base: u32,
    /// The absolute path of the directory that relative paths start from.
    pub base_dir: &'r [u8],
    /// What `~` stands for; `None` makes such paths an error, as pure evaluation wants it.
    pub home: Option<&'r [u8]>,
    /// What the settings say.
    pub options: Options,
    /// Once this is set, the rest of the text is taken for empty; whoever sets it drops the result.
    pub stop: Option<&'r AtomicBool>,
}

impl Default for Request<'_> {
    fn default() -> Self {
        Self {
            text: b"",
            base: 1,
            base_dir: b"/",
            home: None,
            options: Options::default(),
            stop: None,
        }
    }
}

/// The settings that the parser obeys.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How deep expressions may be nested: brackets, functions, right-associative and prefix operators, attribute
    /// paths of definitions. Chains of left-associative operators do not count and can be deeper.
    pub max_depth: u32,
    /// Whether the experimental feature `pipe-operators` is on.
    pub has_pipe_operators: bool,
    /// Setting `lint-url-literals`.
    pub url_literals: LintLevel,
    /// Setting `lint-short-path-literals`.
    pub short_paths: LintLevel,
    /// Setting `lint-absolute-path-literals`.
    pub absolute_paths: LintLevel,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            max_depth: MAX_DEPTH,
            has_pipe_operators: false,
            url_literals: LintLevel::Ignore,
            short_paths: LintLevel::Ignore,
            absolute_paths: LintLevel::Ignore,
        }
    }
}

/// What to do about a literal that a lint objects to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LintLevel {
    /// Nothing.
    #[default]
    Ignore,
    /// Add a [`Warning`].
    Warn,
    /// Fail.
    Fatal,
}

/// What the parser has to say besides the tree; it adds to what is there, also when it fails.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// What is doubtful, in the order of the source.
    pub warnings: Vec<Warning>,
    /// The documentation comments of attributes, in the order of the source.
    pub attribute_docs: Vec<AttributeDoc>,
}

/// A documentation comment before the definition of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeDoc {
    /// The position of the attribute.
    pub attribute: Pos,
    /// Where the comment starts, delimiter included.
    pub start: Pos,
    /// Where it ends.
    pub end: Pos,
}

/// Parses an expression.
pub fn parse<'a>(
    arena: &'a Bump,
    symbols: &mut SymbolTable,
    request: &Request,
    notes: &mut Notes,
) -> Result<ExprRef<'a>, ParseError> {
    let mut parser = Parser::new(arena, symbols, request, notes);
    parser.whole_expression().map_err(|failure| *failure.0)
}

/// Parses definitions as a prompt takes them: what could stand between the braces of a set, at least one.
pub fn parse_bindings<'a>(
    arena: &'a Bump,
    symbols: &mut SymbolTable,
    request: &Request,
    notes: &mut Notes,
) -> Result<&'a Attrs<'a>, ParseError> {
    let mut parser = Parser::new(arena, symbols, request, notes);
    parser.whole_bindings().map_err(|failure| *failure.0)
}

/// The result of parsing a part. The error is boxed to keep results in registers.
type Parse<T> = Result<T, Failure>;

struct Failure(Box<ParseError>);

impl Failure {
    #[cold]
    fn new(pos: Pos, kind: ParseErrorKind) -> Self {
        Self(Box::new(ParseError { pos, kind }))
    }
}

/// The names of what the language says operators and lookup paths mean.
struct KnownSymbols {
    sub: Symbol,
    mul: Symbol,
    div: Symbol,
    less_than: Symbol,
    find_file: Symbol,
    nix_path: Symbol,
    current_position: Symbol,
    or: Symbol,
    body: Symbol,
}

impl KnownSymbols {
    fn new(symbols: &mut SymbolTable) -> Self {
        Self {
            sub: symbols.intern(b"__sub"),
            mul: symbols.intern(b"__mul"),
            div: symbols.intern(b"__div"),
            less_than: symbols.intern(b"__lessThan"),
            find_file: symbols.intern(b"__findFile"),
            nix_path: symbols.intern(b"__nixPath"),
            current_position: symbols.intern(b"__curPos"),
            or: symbols.intern(b"or"),
            body: symbols.intern(b"body"),
        }
    }
}

struct Parser<'a, 'r> {
    arena: &'a Bump,
    symbols: &'r mut SymbolTable,
    lexer: Lexer<'r>,
    request: &'r Request<'r>,
    notes: &'r mut Notes,
    known: KnownSymbols,
    /// The token to look at; the lexer stands behind it.
    token: Token,
    depth: u32,
    /// Stacks for what is being collected; each user leaves a stack as it found it.
    exprs: Vec<ExprRef<'a>>,
    names: Vec<AttrName<'a>>,
    parts: Vec<(Pos, ExprRef<'a>)>,
    indented: Vec<indentation::Part<'a>>,
    formals: Vec<Formal<'a>>,
    pending: Vec<operator::Pending<'a>>,
    /// Builders of sets that can be used again.
    #[expect(
        clippy::vec_box,
        reason = "each level of nesting keeps one on the stack"
    )]
    spare_sets: Vec<Box<merge::SetBuilder<'a>>>,
    /// For text in the making.
    buffer: Vec<u8>,
}

impl<'a, 'r> Parser<'a, 'r> {
    fn new(
        arena: &'a Bump,
        symbols: &'r mut SymbolTable,
        request: &'r Request<'r>,
        notes: &'r mut Notes,
    ) -> Self {
        let known = KnownSymbols::new(symbols);
        let mut lexer = Lexer::new(request.text, request.options.has_pipe_operators);
        let token = lexer.next_token();
        Self {
            arena,
            symbols,
            lexer,
            request,
            notes,
            known,
            token,
            depth: 0,
            exprs: Vec::new(),
            names: Vec::new(),
            parts: Vec::new(),
            indented: Vec::new(),
            formals: Vec::new(),
            pending: Vec::new(),
            spare_sets: Vec::new(),
            buffer: Vec::new(),
        }
    }

    fn whole_expression(&mut self) -> Parse<ExprRef<'a>> {
        let expr = self.expression()?;
        self.check(TokenKind::EndOfFile, &[TokenKind::EndOfFile])?;
        Ok(expr)
    }

    fn whole_bindings(&mut self) -> Parse<&'a Attrs<'a>> {
        if !self.token.kind.starts_attribute() {
            self.check(TokenKind::Inherit, &[TokenKind::Inherit])?;
        }
        let mut set = self.new_set();
        self.bindings(&mut set)?;
        self.check(TokenKind::EndOfFile, &[TokenKind::EndOfFile])?;
        Ok(self.finish_set(set))
    }

    /// Goes on to the next token.
    #[inline]
    fn bump(&mut self) {
        if self
            .request
            .stop
            .is_some_and(|stop| stop.load(Ordering::Relaxed))
        {
            self.lexer.stop();
        }
        self.token = self.lexer.next_token();
    }

    /// Fails unless the token is of `kind`; says `expected`.
    #[inline]
    fn check(&mut self, kind: TokenKind, expected: &'static [TokenKind]) -> Parse<()> {
        if self.token.kind == kind {
            Ok(())
        } else {
            Err(self.unexpected(expected))
        }
    }

    /// Goes behind a token of `kind`, or fails and says `expected`.
    #[inline]
    fn expect(&mut self, kind: TokenKind, expected: &'static [TokenKind]) -> Parse<()> {
        self.check(kind, expected)?;
        self.bump();
        Ok(())
    }

    /// The error that the token at hand cannot stand here.
    #[cold]
    fn unexpected(&mut self, expected: &'static [TokenKind]) -> Failure {
        let pos = self.pos(self.token.start);
        let found = self.token.kind;
        let kind = self
            .lexer
            .take_rejection()
            .unwrap_or(ParseErrorKind::Unexpected { found, expected });
        Failure::new(pos, kind)
    }

    /// Counts one level of nesting.
    #[inline]
    fn descend(&mut self, levels: u32) -> Parse<()> {
        self.depth += levels;
        let limit = self.request.options.max_depth;
        if self.depth > limit {
            return Err(Failure::new(
                self.pos(self.token.start),
                ParseErrorKind::NestingTooDeep(limit),
            ));
        }
        Ok(())
    }

    #[inline]
    fn pos(&self, offset: u32) -> Pos {
        Pos(self.request.base + offset)
    }

    #[inline]
    fn alloc(&self, pos: Pos, kind: ExprKind<'a>) -> ExprRef<'a> {
        self.arena.alloc(Expr { pos, kind })
    }

    /// The symbol of a name token.
    #[inline]
    fn intern(&mut self, token: Token) -> Symbol {
        self.symbols
            .intern(self.lexer.slice(token.start, token.end))
    }

    /// The text of the token at hand.
    fn token_text(&self) -> String {
        String::from_utf8_lossy(self.lexer.slice(self.token.start, self.token.end)).into_owned()
    }

    /// Applies a lint to the literal at hand.
    fn lint(&mut self, lint: Lint) -> Parse<()> {
        let options = self.request.options;
        let level = match lint {
            Lint::UrlLiteral => options.url_literals,
            Lint::ShortPath => options.short_paths,
            Lint::AbsolutePath | Lint::HomePath => options.absolute_paths,
        };
        if level == LintLevel::Ignore {
            return Ok(());
        }
        let pos = self.pos(self.token.start);
        let finding = Finding {
            lint,
            literal: self.token_text(),
        };
        if level == LintLevel::Fatal {
            return Err(Failure::new(pos, ParseErrorKind::Lint(finding)));
        }
        self.notes.warnings.push(Warning {
            pos,
            kind: WarningKind::Lint(finding),
        });
        Ok(())
    }
}
