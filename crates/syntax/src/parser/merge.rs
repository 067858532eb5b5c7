//! Sets in the making: definitions of the same attribute path meet here, and merge or clash.

use bumpalo::Bump;
use rustc_hash::FxHashMap;

use crate::ast::{Attr, AttrKind, AttrName, Attrs, DynamicAttr, Expr, ExprKind, ExprRef};
use crate::position::Pos;
use crate::symbol::Symbol;

/// Up to this many definitions a search from the first to the last is faster than a table.
const LINEAR: usize = 16;

/// A set in the making.
#[derive(Debug, Default)]
pub(super) struct SetBuilder<'a> {
    pub(super) is_recursive: bool,
    definitions: Vec<Definition<'a>>,
    /// Where each name is among the definitions; filled when there are more than [`LINEAR`].
    index: FxHashMap<Symbol, usize>,
    inherit_from: Vec<ExprRef<'a>>,
    dynamic: Vec<DynamicAttr<'a>>,
}

#[derive(Debug)]
struct Definition<'a> {
    name: Symbol,
    pos: Pos,
    value: Value<'a>,
}

#[derive(Debug)]
enum Value<'a> {
    /// As in the finished set.
    Done(AttrKind<'a>),
    /// A set that others were merged into, with its position.
    Merged(Pos, Box<SetBuilder<'a>>),
}

/// Two definitions of one attribute that cannot be merged.
#[derive(Debug)]
pub(super) struct Conflict {
    /// The attribute path from the set that was being added to.
    pub(super) path: Vec<Symbol>,
    /// The later definition.
    pub(super) pos: Pos,
    /// The earlier one.
    pub(super) previous: Pos,
}

impl<'a> SetBuilder<'a> {
    /// Adds `path = value;`, whose path starts at `pos`.
    pub(super) fn add(
        &mut self,
        arena: &'a Bump,
        path: &[AttrName<'a>],
        pos: Pos,
        value: ExprRef<'a>,
    ) -> Result<(), Box<Conflict>> {
        let mut set = self;
        let mut trail = Vec::new();
        let mut rest = path;
        while let [AttrName::Static(_, name), tail @ ..] = rest
            && !tail.is_empty()
            && let Some(index) = set.find(*name)
        {
            trail.push(*name);
            let previous = set.definitions[index].pos;
            match set.nested(index) {
                Some(nested) => set = nested,
                None => {
                    return Err(Box::new(Conflict {
                        path: trail,
                        pos,
                        previous,
                    }));
                }
            }
            rest = tail;
        }
        let [name, nested @ ..] = rest else {
            return Ok(());
        };
        let value = nest(arena, nested, pos, value);
        match *name {
            AttrName::Dynamic(_, name) => set.dynamic.push(DynamicAttr { pos, name, value }),
            AttrName::Static(_, name) => {
                set.insert(Attr {
                    name,
                    pos,
                    kind: AttrKind::Plain(value),
                })
                .map_err(|mut conflict| {
                    trail.append(&mut conflict.path);
                    conflict.path = trail;
                    conflict
                })?;
            }
        }
        Ok(())
    }

    /// Adds an inherited name, which never merges.
    pub(super) fn add_inherited(&mut self, attr: Attr<'a>) -> Result<(), Box<Conflict>> {
        self.insert(attr)
    }

    /// Adds the `e` of `inherit (e)` and returns its number.
    pub(super) fn add_source(&mut self, from: ExprRef<'a>) -> u32 {
        self.inherit_from.push(from);
        self.inherit_from.len() as u32 - 1
    }

    /// The set that was built; the builder is empty afterwards.
    pub(super) fn finish(&mut self, arena: &'a Bump) -> &'a Attrs<'a> {
        let done = |Definition { name, pos, value }| {
            let kind = match value {
                Value::Done(kind) => kind,
                Value::Merged(at, mut set) => {
                    let kind = ExprKind::Attrs(set.finish(arena));
                    AttrKind::Plain(arena.alloc(Expr { pos: at, kind }))
                }
            };
            Attr { name, pos, kind }
        };
        let attrs = arena.alloc_slice_fill_iter(self.definitions.drain(..).map(done));
        let finished = Attrs {
            is_recursive: std::mem::take(&mut self.is_recursive),
            attrs,
            inherit_from: arena.alloc_slice_copy(&self.inherit_from),
            dynamic: arena.alloc_slice_copy(&self.dynamic),
        };
        self.inherit_from.clear();
        self.dynamic.clear();
        self.index.clear();
        arena.alloc(finished)
    }

    fn find(&self, name: Symbol) -> Option<usize> {
        if self.definitions.len() > LINEAR {
            return self.index.get(&name).copied();
        }
        self.definitions
            .iter()
            .position(|definition| definition.name == name)
    }

    /// Adds a definition; two sets merge.
    fn insert(&mut self, attr: Attr<'a>) -> Result<(), Box<Conflict>> {
        let Attr { name, pos, kind } = attr;
        let Some(index) = self.find(name) else {
            self.push(Definition {
                name,
                pos,
                value: Value::Done(kind),
            });
            return Ok(());
        };
        let previous = self.definitions[index].pos;
        if let AttrKind::Plain(Expr {
            kind: ExprKind::Attrs(added),
            ..
        }) = kind
            && let Some(nested) = self.nested(index)
        {
            return nested.merge(added).map_err(|mut conflict| {
                conflict.path.insert(0, name);
                conflict
            });
        }
        Err(Box::new(Conflict {
            path: vec![name],
            pos,
            previous,
        }))
    }

    fn push(&mut self, definition: Definition<'a>) {
        let count = self.definitions.len();
        if count == LINEAR {
            let names = self.definitions.iter().map(|definition| definition.name);
            self.index.extend(names.zip(0..));
        }
        if count >= LINEAR {
            self.index.insert(definition.name, count);
        }
        self.definitions.push(definition);
    }

    /// Adds what is in a finished set. That it may be recursive is forgotten, as in C++ Nix.
    fn merge(&mut self, added: &'a Attrs<'a>) -> Result<(), Box<Conflict>> {
        let offset = self.inherit_from.len() as u32;
        for attr in added.attrs {
            let kind = match attr.kind {
                AttrKind::InheritedFrom(number) => AttrKind::InheritedFrom(number + offset),
                kind => kind,
            };
            self.insert(Attr { kind, ..*attr })?;
        }
        self.dynamic.extend_from_slice(added.dynamic);
        self.inherit_from.extend_from_slice(added.inherit_from);
        Ok(())
    }

    /// The definition at `index` as a set to add to, if it is a set.
    fn nested(&mut self, index: usize) -> Option<&mut Self> {
        let value = &mut self.definitions[index].value;
        if let Value::Done(AttrKind::Plain(Expr {
            pos,
            kind: ExprKind::Attrs(attrs),
        })) = *value
        {
            *value = Value::Merged(*pos, Box::new(Self::reopen(attrs)));
        }
        match value {
            Value::Merged(_, set) => Some(set),
            Value::Done(_) => None,
        }
    }

    /// A builder that holds what a finished set does.
    fn reopen(attrs: &'a Attrs<'a>) -> Self {
        let mut set = Self {
            is_recursive: attrs.is_recursive,
            ..Self::default()
        };
        for Attr { name, pos, kind } in attrs.attrs.iter().copied() {
            set.push(Definition {
                name,
                pos,
                value: Value::Done(kind),
            });
        }
        set.inherit_from.extend_from_slice(attrs.inherit_from);
        set.dynamic.extend_from_slice(attrs.dynamic);
        set
    }
}

/// `value` within a set for each name of `path`, the first outermost.
fn nest<'a>(arena: &'a Bump, path: &[AttrName<'a>], pos: Pos, value: ExprRef<'a>) -> ExprRef<'a> {
    path.iter().rev().fold(value, |value, name| {
        let mut set = Attrs::default();
        match *name {
            AttrName::Static(_, name) => {
                set.attrs = arena.alloc_slice_copy(&[Attr {
                    name,
                    pos,
                    kind: AttrKind::Plain(value),
                }]);
            }
            AttrName::Dynamic(_, name) => {
                set.dynamic = arena.alloc_slice_copy(&[DynamicAttr { pos, name, value }]);
            }
        }
        arena.alloc(Expr {
            pos: Pos::NONE,
            kind: ExprKind::Attrs(arena.alloc(set)),
        })
    })
}
