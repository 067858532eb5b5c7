//! Compiling set expressions and the definitions of `let`.

use std::cell::Cell;

use syntax::ast::{self, AttrKind, ExprKind};
use syntax::position::Pos;
use syntax::symbol::Symbol;

use super::scope::{Frame, Scope};
use super::{Code, Compiler, Name, Res, Select};
use crate::code::{AttrsLiteral, Definitions, DynamicAttr};
use crate::value::{Keys, Value};

/// The static attributes in the order of their names' symbols.
pub(super) fn sorted<'s, 'a>(attrs: &'s ast::Attrs<'a>) -> Vec<&'s ast::Attr<'a>> {
    let mut sorted: Vec<_> = attrs.attrs.iter().collect();
    sorted.sort_by_key(|attr| attr.name);
    sorted
}

impl Compiler<'_> {
    pub(super) fn attrs(
        &mut self,
        attrs: &ast::Attrs<'_>,
        pos: Pos,
        scope: &Scope<'_>,
        frame: &Frame,
    ) -> Res<Code> {
        let sorted = sorted(attrs);
        let names: Vec<_> = sorted.iter().map(|attr| (attr.name, attr.pos)).collect();
        let keys = Keys::new(self.heap, &names, pos);
        self.constants.push(Value::from_word(keys.word()));
        let variables = attrs.is_recursive.then(|| frame.take(sorted.len() as u32));
        let slots: Vec<(Symbol, u32)> = match variables {
            Some(first) => sorted
                .iter()
                .zip(first..)
                .map(|(attr, at)| (attr.name, at))
                .collect(),
            None => Vec::new(),
        };
        let inner = scope.variables(frame, &slots);
        let definitions = self.definitions(attrs, &sorted, (scope, &inner), frame)?;
        let mut dynamic = Vec::with_capacity(attrs.dynamic.len());
        for attr in attrs.dynamic {
            dynamic.push(DynamicAttr {
                name: self.direct(attr.name, &inner, frame)?,
                value: self.delayed(attr.value, &inner, frame)?,
                pos: attr.pos,
            });
        }
        let is_overrides = |attr: &&ast::Attr<'_>| attr.name == self.names.overrides;
        let overrides = variables
            .and(sorted.iter().position(is_overrides))
            .map(|at| at as u32);
        let dynamic = self.arena.alloc_slice_fill_iter(dynamic);
        Ok(Code::Attrs(self.arena.alloc(AttrsLiteral {
            definitions,
            keys,
            variables,
            overrides,
            dynamic,
            pos,
        })))
    }

    /// The values of a set or `let`; `inherit` looks in the outer one of the scopes, all else in the inner one.
    pub(super) fn definitions(
        &mut self,
        attrs: &ast::Attrs<'_>,
        sorted: &[&ast::Attr<'_>],
        (outer, inner): (&Scope<'_>, &Scope<'_>),
        frame: &Frame,
    ) -> Res<Definitions> {
        let mut from = Vec::new();
        let mut sources = Vec::with_capacity(attrs.inherit_from.len());
        let first = frame.size();
        for expr in attrs.inherit_from {
            if matches!(expr.kind, ExprKind::Var(_)) {
                sources.push(None);
            } else {
                sources.push(Some(frame.take(1)));
                from.push(self.delayed(expr, inner, frame)?);
            }
        }
        // Slots taken by delayed code belong to frames of their own, so these are adjacent.
        debug_assert_eq!(frame.size() - first, from.len() as u32);
        let mut values = Vec::with_capacity(sorted.len());
        for attr in sorted {
            values.push(match attr.kind {
                AttrKind::Plain(expr) => self.delayed(expr, inner, frame)?,
                AttrKind::Inherited => self.variable(attr.name, attr.pos, outer, frame)?,
                AttrKind::InheritedFrom(index) => {
                    let expr = attrs.inherit_from[index as usize];
                    let base = match sources[index as usize] {
                        Some(slot) => Code::Local {
                            depth: 0,
                            slot,
                            pos: expr.pos,
                        },
                        None => self.direct(expr, inner, frame)?,
                    };
                    Code::Select(self.arena.alloc(Select {
                        base,
                        path: self.arena.alloc_slice_fill_iter([Name::Static(attr.name)]),
                        default: None,
                        pos: attr.pos,
                        cache: Cell::new((0, 0)),
                    }))
                }
            });
        }
        Ok(Definitions {
            from_slot: first,
            from: self.arena.alloc_slice_fill_iter(from),
            values: self.arena.alloc_slice_fill_iter(values),
        })
    }
}
