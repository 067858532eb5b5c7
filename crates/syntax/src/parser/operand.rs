//! What operators stand between: applications, selections, and the forms with brackets of their own.

use super::{Parse, Parser};
use crate::ast::{AttrName, Attrs, ExprKind, ExprRef, Select};
use crate::error::{Lint, Warning, WarningKind};
use crate::lexer::{parse_float, parse_integer};
use crate::position::Pos;
use crate::token::{Token, TokenKind};

/// An expression and where its text starts, brackets included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand<'a> {
    pub(super) expr: ExprRef<'a>,
    pub(super) start: u32,
}

impl<'a> Parser<'a, '_> {
    /// A function and its arguments, or a single operand; the function may have been read in part.
    pub(super) fn application(&mut self, head: Option<Operand<'a>>) -> Parse<Operand<'a>> {
        let start = head.map_or(self.token.start, |head| head.start);
        let function = self.selection(head)?.0;
        if !self.token.kind.starts_operand() {
            return Ok(Operand {
                expr: function,
                start,
            });
        }
        let base = self.exprs.len();
        while self.token.kind.starts_operand() {
            let arg = self.element()?;
            self.exprs.push(arg);
        }
        let expr = self.call_stacked(self.pos(start), function, base);
        Ok(Operand { expr, start })
    }

    /// A call with the arguments from `base` on on the stack. Arguments to a call join it.
    fn call_stacked(&mut self, pos: Pos, function: ExprRef<'a>, base: usize) -> ExprRef<'a> {
        let (pos, function, earlier): (Pos, ExprRef<'a>, &'a [ExprRef<'a>]) = match function.kind {
            ExprKind::Call {
                function: inner,
                args,
            } => (function.pos, inner, args),
            _ => (pos, function, &[]),
        };
        let count = earlier.len() + self.exprs.len() - base;
        let mut all = earlier.iter().copied().chain(self.exprs.drain(base..));
        let args = self
            .arena
            .alloc_slice_fill_with(count, |_| all.next().unwrap_or(function));
        drop(all);
        self.alloc(pos, ExprKind::Call { function, args })
    }

    /// A call.
    pub(super) fn call(
        &mut self,
        pos: Pos,
        function: ExprRef<'a>,
        args: &[ExprRef<'a>],
    ) -> ExprRef<'a> {
        let base = self.exprs.len();
        self.exprs.extend_from_slice(args);
        self.call_stacked(pos, function, base)
    }

    /// An argument, list element or default: a selection, with a warning if it is `f or`.
    fn element(&mut self) -> Parse<ExprRef<'a>> {
        let start = self.token.start;
        let (expr, cursed_end) = self.selection(None)?;
        if let Some(end) = cursed_end {
            let kind = WarningKind::OrAsIdentifier { end: self.pos(end) };
            self.notes.warnings.push(Warning {
                pos: self.pos(start),
                kind,
            });
        }
        Ok(expr)
    }

    /// An operand with what is selected from it. The second value is the end of the text if it is `f or`.
    fn selection(&mut self, head: Option<Operand<'a>>) -> Parse<(ExprRef<'a>, Option<u32>)> {
        let start = head.map_or(self.token.start, |head| head.start);
        let base = match head {
            Some(head) => head.expr,
            None => self.simple()?,
        };
        match self.token.kind {
            TokenKind::Dot => self.select(base, start).map(|expr| (expr, None)),
            TokenKind::Or => {
                let end = self.token.end;
                self.bump();
                let pos = self.pos(start);
                let or = self.alloc(pos, ExprKind::Var(self.known.or));
                let args = self.arena.alloc_slice_copy(&[or]);
                Ok((
                    self.alloc(
                        pos,
                        ExprKind::Call {
                            function: base,
                            args,
                        },
                    ),
                    Some(end),
                ))
            }
            _ => Ok((base, None)),
        }
    }

    /// `base.path` or `base.path or default`, from the dot on.
    #[inline(never)]
    fn select(&mut self, base: ExprRef<'a>, start: u32) -> Parse<ExprRef<'a>> {
        self.bump();
        let path = self.attribute_path()?;
        let default = if self.token.kind == TokenKind::Or {
            self.bump();
            self.descend(1)?;
            let default = self.element()?;
            self.depth -= 1;
            Some(default)
        } else {
            None
        };
        let select = self.arena.alloc(Select {
            base,
            path,
            default,
        });
        Ok(self.alloc(self.pos(start), ExprKind::Select(select)))
    }

    /// An attribute path of one component or more.
    pub(super) fn attribute_path(&mut self) -> Parse<&'a [AttrName<'a>]> {
        let base = self.names.len();
        loop {
            let name = self.attribute_name()?;
            self.names.push(name);
            if self.token.kind != TokenKind::Dot {
                break;
            }
            self.bump();
        }
        let path = self.arena.alloc_slice_copy(&self.names[base..]);
        self.names.truncate(base);
        Ok(path)
    }

    /// An expression with brackets of its own, or of one token.
    fn simple(&mut self) -> Parse<ExprRef<'a>> {
        let token = self.token;
        match token.kind {
            TokenKind::Identifier => {
                self.bump();
                Ok(self.variable(token))
            }
            TokenKind::Quote => self.string(),
            TokenKind::BraceOpen => self.set(token.start),
            TokenKind::BracketOpen => self.list(),
            TokenKind::ParenOpen => self.parenthesised(),
            TokenKind::IndentedOpen => self.indented_string(),
            TokenKind::Path | TokenKind::HomePath => self.path(),
            TokenKind::SearchPath => Ok(self.search_path(token)),
            TokenKind::Integer | TokenKind::Float => Ok(self.number(token)),
            TokenKind::Uri => self.uri(token),
            TokenKind::Let => {
                self.bump();
                self.check(TokenKind::BraceOpen, &[TokenKind::BraceOpen])?;
                self.let_body(token.start)
            }
            TokenKind::Rec => {
                self.bump();
                self.check(TokenKind::BraceOpen, &[TokenKind::BraceOpen])?;
                let attrs = self.recursive_set()?;
                Ok(self.alloc(self.pos(token.start), ExprKind::Attrs(attrs)))
            }
            _ => Err(self.unexpected(&[])),
        }
    }

    #[inline(never)]
    fn set(&mut self, start: u32) -> Parse<ExprRef<'a>> {
        self.bump();
        let attrs = self.set_after_brace()?;
        Ok(self.alloc(self.pos(start), ExprKind::Attrs(attrs)))
    }

    #[inline(never)]
    fn parenthesised(&mut self) -> Parse<ExprRef<'a>> {
        self.bump();
        let expr = self.expression()?;
        self.expect(TokenKind::ParenClose, &[TokenKind::ParenClose])?;
        Ok(expr)
    }

    #[inline(never)]
    fn list(&mut self) -> Parse<ExprRef<'a>> {
        self.descend(1)?;
        self.bump();
        let base = self.exprs.len();
        while self.token.kind.starts_operand() {
            let element = self.element()?;
            self.exprs.push(element);
        }
        self.expect(TokenKind::BracketClose, &[])?;
        let elements = self.arena.alloc_slice_copy(&self.exprs[base..]);
        self.exprs.truncate(base);
        self.depth -= 1;
        let pos = elements.first().map_or(Pos::NONE, |first| first.pos);
        Ok(self.alloc(pos, ExprKind::List(elements)))
    }

    /// `let {…}`, from the brace on: the attribute `body` of the set.
    #[inline(never)]
    pub(super) fn let_body(&mut self, start: u32) -> Parse<ExprRef<'a>> {
        let attrs: &'a Attrs<'a> = self.recursive_set()?;
        let base = self.alloc(self.pos(start), ExprKind::Attrs(attrs));
        let path = self
            .arena
            .alloc_slice_copy(&[AttrName::Static(Pos::NONE, self.known.body)]);
        let select = self.arena.alloc(Select {
            base,
            path,
            default: None,
        });
        Ok(self.alloc(Pos::NONE, ExprKind::Select(select)))
    }

    #[inline(never)]
    fn number(&mut self, token: Token) -> ExprRef<'a> {
        let text = self.lexer.slice(token.start, token.end);
        self.bump();
        let kind = if token.kind == TokenKind::Integer {
            ExprKind::Int(parse_integer(text).unwrap_or_default())
        } else {
            ExprKind::Float(parse_float(text).unwrap_or_default())
        };
        self.alloc(Pos::NONE, kind)
    }

    #[inline(never)]
    fn uri(&mut self, token: Token) -> Parse<ExprRef<'a>> {
        self.lint(Lint::UrlLiteral)?;
        let text = self
            .arena
            .alloc_slice_copy(self.lexer.slice(token.start, token.end));
        self.bump();
        Ok(self.alloc(Pos::NONE, ExprKind::Str(text)))
    }

    /// `<name/rest>`: a call of `__findFile`.
    #[inline(never)]
    fn search_path(&mut self, token: Token) -> ExprRef<'a> {
        let name = self
            .arena
            .alloc_slice_copy(self.lexer.slice(token.start + 1, token.end - 1));
        self.bump();
        let function = self.alloc(Pos::NONE, ExprKind::Var(self.known.find_file));
        let path = self.alloc(Pos::NONE, ExprKind::Var(self.known.nix_path));
        let name = self.alloc(Pos::NONE, ExprKind::Str(name));
        self.call(self.pos(token.start), function, &[path, name])
    }
}
