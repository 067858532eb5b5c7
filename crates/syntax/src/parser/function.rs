//! The forms that reach as far right as they can: functions, `let`, `with`, `assert`, `if`.

use std::cell::Cell;

use super::operand::Operand;
use super::{Failure, Parse, Parser};
use crate::ast::{Attrs, ExprKind, ExprRef, Formal, Formals, Lambda};
use crate::error::ParseErrorKind;
use crate::lexer::DocComment;
use crate::position::Pos;
use crate::symbol::Symbol;
use crate::token::{Token, TokenKind};

/// A parsed pattern, before it is known to be one of a function.
#[derive(Default)]
struct Pattern<'a> {
    formals: &'a [Formal<'a>],
    has_ellipsis: bool,
}

/// What a brace at the start of an expression turned out to open.
enum Braced<'a> {
    Set(&'a Attrs<'a>),
    Pattern(Pattern<'a>),
}

/// What stands left of the colon, and where.
struct Head<'a> {
    pos: Pos,
    argument: Option<Token>,
    pattern: Option<Pattern<'a>>,
    doc: Option<DocComment>,
}

impl<'a> Parser<'a, '_> {
    /// An expression of any form.
    pub(super) fn expression(&mut self) -> Parse<ExprRef<'a>> {
        self.descend(1)?;
        let expr = match self.token.kind {
            TokenKind::Identifier => self.identifier_first(),
            TokenKind::BraceOpen => self.brace_first(),
            TokenKind::Let => self.let_first(),
            TokenKind::With => self.with(),
            TokenKind::Assert => self.assert(),
            TokenKind::If => self.conditional(),
            _ => self.operators(None),
        }?;
        self.depth -= 1;
        Ok(expr)
    }

    /// A function `x: …` or `x@{…}: …`, or an expression that starts with a variable.
    #[inline(never)]
    fn identifier_first(&mut self) -> Parse<ExprRef<'a>> {
        let name = self.token;
        let doc = self.lexer.doc_before(name.start);
        self.bump();
        match self.token.kind {
            TokenKind::Colon => {
                let argument = Some(name);
                self.lambda(&Head {
                    pos: self.pos(name.start),
                    argument,
                    pattern: None,
                    doc,
                })
            }
            TokenKind::At => {
                let argument = Some(name);
                self.bump();
                self.expect(TokenKind::BraceOpen, &[TokenKind::BraceOpen])?;
                let pattern = Some(self.pattern(None)?);
                self.check(TokenKind::Colon, &[TokenKind::Colon])?;
                self.lambda(&Head {
                    pos: self.pos(name.start),
                    argument,
                    pattern,
                    doc,
                })
            }
            _ => {
                let expr = self.variable(name);
                self.operators(Some(Operand {
                    expr,
                    start: name.start,
                }))
            }
        }
    }

    /// A function `{…}: …` or `{…}@x: …`, or an expression that starts with a set.
    #[inline(never)]
    fn brace_first(&mut self) -> Parse<ExprRef<'a>> {
        let start = self.token.start;
        let doc = self.lexer.doc_before(start);
        let pos = self.pos(start);
        match self.braced()? {
            Braced::Set(attrs) => {
                let expr = self.alloc(pos, ExprKind::Attrs(attrs));
                self.operators(Some(Operand { expr, start }))
            }
            Braced::Pattern(pattern) => {
                let mut head = Head {
                    pos,
                    argument: None,
                    pattern: Some(pattern),
                    doc,
                };
                if self.token.kind == TokenKind::At {
                    self.bump();
                    self.check(TokenKind::Identifier, &[TokenKind::Identifier])?;
                    head.argument = Some(self.token);
                    self.bump();
                    self.check(TokenKind::Colon, &[TokenKind::Colon])?;
                } else {
                    self.check(TokenKind::Colon, &[TokenKind::Colon, TokenKind::At])?;
                }
                self.lambda(&head)
            }
        }
    }

    /// What the brace at hand opens: a pattern or a set.
    fn braced(&mut self) -> Parse<Braced<'a>> {
        self.bump();
        match self.token.kind {
            TokenKind::Ellipsis => self.pattern(None).map(Braced::Pattern),
            TokenKind::Identifier => self.braced_name(),
            TokenKind::BraceClose => {
                self.bump();
                Ok(match self.token.kind {
                    TokenKind::Colon | TokenKind::At => Braced::Pattern(Pattern::default()),
                    _ => Braced::Set(self.arena.alloc(Attrs::default())),
                })
            }
            _ => self.set_after_brace().map(Braced::Set),
        }
    }

    /// What starts with a brace and a name: what follows the name tells.
    fn braced_name(&mut self) -> Parse<Braced<'a>> {
        let name = self.token;
        let doc = self.lexer.doc_before(name.start);
        self.bump();
        match self.token.kind {
            TokenKind::Question | TokenKind::Comma | TokenKind::BraceClose => {
                self.pattern(Some(name)).map(Braced::Pattern)
            }
            _ => self.set_after_name(name, doc).map(Braced::Set),
        }
    }

    /// The rest of a pattern, closing brace included. `first` is its first name if that is read already.
    fn pattern(&mut self, mut first: Option<Token>) -> Parse<Pattern<'a>> {
        const FORMAL: &[TokenKind] = &[
            TokenKind::Identifier,
            TokenKind::Ellipsis,
            TokenKind::BraceClose,
        ];
        let base = self.formals.len();
        let mut has_ellipsis = false;
        loop {
            let name = match (first.take(), self.token.kind) {
                (Some(name), _) => name,
                (None, TokenKind::Identifier) => {
                    let name = self.token;
                    self.bump();
                    name
                }
                (None, TokenKind::Ellipsis) => {
                    has_ellipsis = true;
                    self.bump();
                    self.check(TokenKind::BraceClose, &[TokenKind::BraceClose])?;
                    break;
                }
                (None, TokenKind::BraceClose) => break,
                _ => return Err(self.unexpected(FORMAL)),
            };
            self.formal(name)?;
            match self.token.kind {
                TokenKind::Comma => self.bump(),
                TokenKind::BraceClose => break,
                _ => return Err(self.unexpected(&[TokenKind::BraceClose, TokenKind::Comma])),
            }
        }
        self.bump();
        let formals = self.arena.alloc_slice_fill_iter(self.formals.drain(base..));
        Ok(Pattern {
            formals,
            has_ellipsis,
        })
    }

    /// The rest of a parameter after its name.
    fn formal(&mut self, token: Token) -> Parse<()> {
        let default = if self.token.kind == TokenKind::Question {
            self.bump();
            Some(self.expression()?)
        } else {
            None
        };
        let name = self.intern(token);
        self.formals.push(Formal {
            pos: self.pos(token.start),
            name,
            default,
        });
        Ok(())
    }

    /// A function from its colon on.
    fn lambda(&mut self, head: &Head<'a>) -> Parse<ExprRef<'a>> {
        self.bump();
        let body = self.expression()?;
        // C++ Nix interns this name after those of the body, and the order of names can be seen in which error comes first.
        let argument = head.argument.map(|name| self.intern(name));
        if let Some(pattern) = &head.pattern {
            self.check_formals(pattern.formals, argument, head.pos)?;
        }
        let lambda = self.arena.alloc(Lambda {
            argument,
            formals: head.pattern.as_ref().map(|pattern| Formals {
                formals: pattern.formals,
                has_ellipsis: pattern.has_ellipsis,
            }),
            body,
            name: Cell::new(None),
            doc: Cell::new(None),
        });
        let expr = self.alloc(head.pos, ExprKind::Lambda(lambda));
        if let Some(doc) = head.doc {
            set_doc(expr, (self.pos(doc.start), self.pos(doc.end)));
        }
        Ok(expr)
    }

    /// Fails if two parameters have the same name. Of several such names the one met first counts.
    fn check_formals(
        &mut self,
        formals: &[Formal],
        argument: Option<Symbol>,
        head: Pos,
    ) -> Parse<()> {
        if self.token.kind == TokenKind::Rejected {
            return Err(self.unexpected(&[]));
        }
        let mut names: Vec<(Symbol, Pos)> = formals
            .iter()
            .map(|formal| (formal.name, formal.pos))
            .collect();
        names.sort_unstable();
        let repeated = names
            .windows(2)
            .find(|pair| pair[0].0 == pair[1].0)
            .map(|pair| pair[1]);
        let as_argument = || {
            names
                .iter()
                .find(|(name, _)| Some(*name) == argument)
                .map(|(name, _)| (*name, head))
        };
        let Some((name, pos)) = repeated.or_else(as_argument) else {
            return Ok(());
        };
        let name = String::from_utf8_lossy(self.symbols.text(name)).into_owned();
        Err(Failure::new(pos, ParseErrorKind::DuplicateFormal(name)))
    }

    /// `let … in …`, or an expression that starts with `let {…}`.
    #[inline(never)]
    fn let_first(&mut self) -> Parse<ExprRef<'a>> {
        let start = self.token.start;
        self.bump();
        if self.token.kind == TokenKind::BraceOpen {
            let expr = self.let_body(start)?;
            return self.operators(Some(Operand { expr, start }));
        }
        let mut set = self.new_set();
        set.is_recursive = true;
        self.bindings(&mut set)?;
        self.expect(TokenKind::In, &[TokenKind::In, TokenKind::Inherit])?;
        let body = self.expression()?;
        let attrs = self.finish_set(set);
        if !attrs.dynamic.is_empty() {
            if self.token.kind == TokenKind::Rejected {
                return Err(self.unexpected(&[]));
            }
            return Err(Failure::new(self.pos(start), ParseErrorKind::DynamicInLet));
        }
        Ok(self.alloc(Pos::NONE, ExprKind::Let { attrs, body }))
    }

    #[inline(never)]
    fn with(&mut self) -> Parse<ExprRef<'a>> {
        let pos = self.pos(self.token.start);
        self.bump();
        let scope = self.expression()?;
        self.expect(TokenKind::Semicolon, &[TokenKind::Semicolon])?;
        let body = self.expression()?;
        Ok(self.alloc(pos, ExprKind::With { scope, body }))
    }

    #[inline(never)]
    fn assert(&mut self) -> Parse<ExprRef<'a>> {
        let pos = self.pos(self.token.start);
        self.bump();
        let condition = self.expression()?;
        self.expect(TokenKind::Semicolon, &[TokenKind::Semicolon])?;
        let body = self.expression()?;
        Ok(self.alloc(pos, ExprKind::Assert { condition, body }))
    }

    #[inline(never)]
    fn conditional(&mut self) -> Parse<ExprRef<'a>> {
        let pos = self.pos(self.token.start);
        self.bump();
        let condition = self.expression()?;
        self.expect(TokenKind::Then, &[TokenKind::Then])?;
        let consequence = self.expression()?;
        self.expect(TokenKind::Else, &[TokenKind::Else])?;
        let alternative = self.expression()?;
        Ok(self.alloc(
            pos,
            ExprKind::If {
                condition,
                consequence,
                alternative,
            },
        ))
    }
}

/// Names a function after what it is bound to, and the functions that it returns directly.
pub(super) fn set_name(mut expr: ExprRef, name: Symbol) {
    while let ExprKind::Lambda(lambda) = expr.kind {
        lambda.name.set(Some(name));
        expr = lambda.body;
    }
}

/// Gives a function a documentation comment, and the functions that it returns directly, up to the first
/// that has one of its own.
pub(super) fn set_doc(mut expr: ExprRef, doc: (Pos, Pos)) {
    while let ExprKind::Lambda(lambda) = expr.kind {
        if lambda.doc.get().is_some() {
            return;
        }
        lambda.doc.set(Some(doc));
        expr = lambda.body;
    }
}
