//! Sets and the definitions in them.

use super::function::{set_doc, set_name};
use super::merge::{Conflict, SetBuilder};
use super::string::Text;
use super::{AttributeDoc, Failure, Parse, Parser};
use crate::ast::{Attr, AttrKind, AttrName, Attrs, ExprKind};
use crate::error::ParseErrorKind;
use crate::lexer::DocComment;
use crate::position::Pos;
use crate::print::write_identifier;
use crate::token::{Token, TokenKind};

impl<'a> Parser<'a, '_> {
    /// An empty set to fill.
    #[expect(
        clippy::unnecessary_box_returns,
        reason = "each level of nesting keeps one on the stack"
    )]
    pub(super) fn new_set(&mut self) -> Box<SetBuilder<'a>> {
        self.spare_sets.pop().unwrap_or_default()
    }

    /// The finished set; the builder is kept for the next one.
    pub(super) fn finish_set(&mut self, mut set: Box<SetBuilder<'a>>) -> &'a Attrs<'a> {
        let attrs = set.finish(self.arena);
        self.spare_sets.push(set);
        attrs
    }

    /// The rest of `{ … }` after the brace.
    pub(super) fn set_after_brace(&mut self) -> Parse<&'a Attrs<'a>> {
        let mut set = self.new_set();
        self.bindings(&mut set)?;
        self.expect(TokenKind::BraceClose, &[TokenKind::Inherit])?;
        Ok(self.finish_set(set))
    }

    /// The rest of `{ … }` after the brace and a name, which starts the first definition.
    pub(super) fn set_after_name(
        &mut self,
        name: Token,
        doc: Option<DocComment>,
    ) -> Parse<&'a Attrs<'a>> {
        let mut set = self.new_set();
        let base = self.names.len();
        let symbol = self.intern(name);
        self.names
            .push(AttrName::Static(self.pos(name.start), symbol));
        self.binding(&mut set, base, name.start, doc)?;
        self.bindings(&mut set)?;
        self.expect(TokenKind::BraceClose, &[TokenKind::Inherit])?;
        Ok(self.finish_set(set))
    }

    /// `{ … }` of `rec` and `let`, from the brace on.
    pub(super) fn recursive_set(&mut self) -> Parse<&'a Attrs<'a>> {
        self.bump();
        let mut set = self.new_set();
        set.is_recursive = true;
        self.bindings(&mut set)?;
        self.expect(
            TokenKind::BraceClose,
            &[TokenKind::Inherit, TokenKind::BraceClose],
        )?;
        Ok(self.finish_set(set))
    }

    /// Definitions, as many as there are.
    pub(super) fn bindings(&mut self, set: &mut SetBuilder<'a>) -> Parse<()> {
        loop {
            if self.token.kind.starts_attribute() {
                let base = self.names.len();
                let start = self.token.start;
                let doc = self.lexer.doc_before(start);
                let name = self.attribute_name()?;
                self.names.push(name);
                self.binding(set, base, start, doc)?;
            } else if self.token.kind == TokenKind::Inherit {
                self.inherit(set)?;
            } else {
                return Ok(());
            }
        }
    }

    /// The rest of `path = value;` after the first name, which is on the stack at `base`.
    fn binding(
        &mut self,
        set: &mut SetBuilder<'a>,
        base: usize,
        start: u32,
        doc: Option<DocComment>,
    ) -> Parse<()> {
        while self.token.kind == TokenKind::Dot {
            self.bump();
            let name = self.attribute_name()?;
            self.names.push(name);
        }
        self.expect(TokenKind::Assign, &[TokenKind::Dot, TokenKind::Assign])?;
        let levels = (self.names.len() - base - 1) as u32;
        self.descend(levels)?;
        let value = self.expression()?;
        self.depth -= levels;
        self.expect(TokenKind::Semicolon, &[TokenKind::Semicolon])?;

        let pos = self.pos(start);
        if let Err(conflict) = set.add(self.arena, &self.names[base..], pos, value) {
            return Err(self.already_defined(&conflict));
        }
        if let Some(AttrName::Static(_, name)) = self.names.last() {
            set_name(value, *name);
        }
        self.names.truncate(base);
        if let Some(doc) = doc {
            set_doc(value, (self.pos(doc.start), self.pos(doc.end)));
            self.note_doc(pos, doc);
        }
        Ok(())
    }

    fn note_doc(&mut self, attribute: Pos, doc: DocComment) {
        let (start, end) = (self.pos(doc.start), self.pos(doc.end));
        self.notes.attribute_docs.push(AttributeDoc {
            attribute,
            start,
            end,
        });
    }

    /// `inherit names;` or `inherit (e) names;`.
    fn inherit(&mut self, set: &mut SetBuilder<'a>) -> Parse<()> {
        self.bump();
        let mut kind = AttrKind::Inherited;
        if self.token.kind == TokenKind::ParenOpen {
            self.bump();
            let from = self.expression()?;
            self.expect(TokenKind::ParenClose, &[TokenKind::ParenClose])?;
            kind = AttrKind::InheritedFrom(set.add_source(from));
        }
        let base = self.names.len();
        while self.token.kind.starts_attribute() {
            let doc = self.lexer.doc_before(self.token.start);
            let name = self.attribute_name()?;
            let (AttrName::Static(pos, _) | AttrName::Dynamic(pos, _)) = name;
            if matches!(name, AttrName::Dynamic(..)) {
                return Err(Failure::new(pos, ParseErrorKind::DynamicInInherit));
            }
            if let Some(doc) = doc {
                self.note_doc(pos, doc);
            }
            self.names.push(name);
        }
        self.expect(TokenKind::Semicolon, &[])?;
        for index in base..self.names.len() {
            if let AttrName::Static(pos, name) = self.names[index]
                && let Err(conflict) = set.add_inherited(Attr { name, pos, kind })
            {
                return Err(self.already_defined(&conflict));
            }
        }
        self.names.truncate(base);
        Ok(())
    }

    /// A component of an attribute path.
    pub(super) fn attribute_name(&mut self) -> Parse<AttrName<'a>> {
        const NAME: &[TokenKind] = &[
            TokenKind::Identifier,
            TokenKind::Or,
            TokenKind::DollarBrace,
            TokenKind::Quote,
        ];
        let token = self.token;
        let pos = self.pos(token.start);
        match token.kind {
            TokenKind::Identifier | TokenKind::Or => {
                let symbol = self.intern(token);
                self.bump();
                Ok(AttrName::Static(pos, symbol))
            }
            TokenKind::Quote => Ok(match self.string_text()? {
                Text::Source(start, end) => {
                    AttrName::Static(pos, self.symbols.intern(self.lexer.slice(start, end)))
                }
                Text::Made(text) => AttrName::Static(pos, self.symbols.intern(text)),
                Text::Interpolated(expr) => AttrName::Dynamic(pos, expr),
            }),
            TokenKind::DollarBrace => {
                self.bump();
                let expr = self.expression()?;
                self.expect(TokenKind::BraceClose, &[TokenKind::BraceClose])?;
                Ok(match expr.kind {
                    ExprKind::Str(text) => AttrName::Static(pos, self.symbols.intern(text)),
                    _ => AttrName::Dynamic(pos, expr),
                })
            }
            _ => Err(self.unexpected(NAME)),
        }
    }

    /// The error that an attribute is defined twice.
    #[cold]
    fn already_defined(&self, conflict: &Conflict) -> Failure {
        let mut path = Vec::new();
        for (index, name) in conflict.path.iter().enumerate() {
            if index > 0 {
                path.push(b'.');
            }
            write_identifier(self.symbols.text(*name), &mut path);
        }
        let path = String::from_utf8_lossy(&path).into_owned();
        let previous = conflict.previous;
        Failure::new(
            conflict.pos,
            ParseErrorKind::AttributeDefined { path, previous },
        )
    }
}
