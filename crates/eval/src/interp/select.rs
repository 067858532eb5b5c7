//! Attribute selection.

use syntax::position::Pos;
use syntax::symbol::Symbol;

use crate::code::{Code, HasAttr, Name, Select};
use crate::error::{Error, ErrorKind, Res};
use crate::evaluator::Evaluator;
use crate::value::{Attrs, Env, Slot, Value};

impl Evaluator {
    pub(super) fn select(&mut self, select: &'static Select, env: Env) -> Res {
        let base = self.eval(&select.base, env)?;
        let mut found_at = Pos::NONE;
        match self.select_from(select, base, env, &mut found_at) {
            Ok(value) => Ok(value),
            Err(error) if found_at.is_some() && !self.is_internal(found_at) => {
                let path = self.show_path(select.path, env);
                let message = [b"while evaluating the attribute '", &path[..], b"'"].concat();
                Err(error.trace(found_at, message))
            }
            Err(error) => Err(error),
        }
    }

    /// `found_at` becomes the position of the last attribute that was there.
    fn select_from(
        &mut self,
        select: &'static Select,
        base: Value,
        env: Env,
        found_at: &mut Pos,
    ) -> Res {
        if let (Some(attrs), [Name::Static(name)]) = (base.as_attrs(), select.path)
            && let Some((slot, pos)) = find_cached(select, attrs, *name)
        {
            *found_at = pos;
            return self.force_slot(slot, if pos.is_some() { pos } else { select.pos });
        }
        let mut value = base;
        let mut place: Option<Slot> = None;
        for name in select.path {
            let name = self.name(name, env)?;
            if let Some(default) = &select.default {
                value = self.force_at(value, place, select.pos)?;
                let Some((slot, pos)) = value.as_attrs().and_then(|attrs| attrs.find(name)) else {
                    return self.eval(default, env);
                };
                (place, *found_at) = (Some(slot), pos);
                value = slot.get();
            } else {
                value = self.force_at(value, place, select.pos)?;
                let Some(attrs) = value.as_attrs() else {
                    let error = self.mismatch("a set", value);
                    return Err(error.trace(select.pos, "while selecting an attribute"));
                };
                let Some((slot, pos)) = attrs.find(name) else {
                    return Err(self.missing_attribute(attrs, name).at(select.pos));
                };
                (place, *found_at) = (Some(slot), pos);
                value = slot.get();
            }
        }
        let pos = if found_at.is_some() {
            *found_at
        } else {
            select.pos
        };
        self.force_at(value, place, pos)
    }

    #[inline(always)]
    fn force_at(&mut self, value: Value, place: Option<Slot>, pos: Pos) -> Res {
        match place {
            Some(slot) => self.force_slot(slot, pos),
            None => self.force(value, pos),
        }
    }

    /// The value of a selection that needs no evaluation: one name of a variable whose set is there.
    #[inline]
    pub(super) fn select_at_hand(select: &'static Select, env: Env) -> Option<Value> {
        let (Code::Local { depth, slot, .. }, [Name::Static(name)]) = (&select.base, select.path)
        else {
            return None;
        };
        let attrs = env.outer(*depth).get(*slot).resolved().as_attrs()?;
        let (slot, _) = find_cached(select, attrs, *name)?;
        let value = slot.get().resolved();
        (!value.is_none()).then_some(value)
    }

    pub(super) fn has_attr(&mut self, test: &'static HasAttr, env: Env) -> Res {
        let mut value = self.eval(&test.base, env)?;
        for name in test.path {
            value = self.force(value, test.pos)?;
            let name = self.name(name, env)?;
            match value.as_attrs().and_then(|attrs| attrs.get(name)) {
                Some(found) => value = found,
                None => return Ok(Value::FALSE),
            }
        }
        Ok(Value::TRUE)
    }

    fn name(&mut self, name: &'static Name, env: Env) -> Res<Symbol> {
        match name {
            Name::Static(symbol) => Ok(*symbol),
            Name::Dynamic(code, pos, _) => {
                let value = self.eval(code, env)?;
                let context = "while evaluating an attribute name";
                let text = self.force_string_no_context(value, *pos, context)?;
                Ok(self.symbols.intern(text.bytes()))
            }
        }
    }

    fn show_path(&mut self, path: &'static [Name], env: Env) -> Vec<u8> {
        let mut shown = Vec::new();
        for (index, name) in path.iter().enumerate() {
            if index > 0 {
                shown.push(b'.');
            }
            match (self.name(name, env), name) {
                (Ok(symbol), _) => shown.extend_from_slice(self.symbols.text(symbol)),
                (Err(_), Name::Dynamic(_, _, text)) => {
                    shown.extend_from_slice(format!("\"${{{text}}}\"").as_bytes());
                }
                (Err(_), Name::Static(_)) => {}
            }
        }
        shown
    }

    #[cold]
    pub(crate) fn missing_attribute(&mut self, attrs: Attrs, name: Symbol) -> Error {
        let text = self.symbols.text(name);
        let message = [b"attribute '", text, b"' missing"].concat();
        let attrs = attrs.flat(&mut self.heap);
        let names = attrs
            .keys()
            .names()
            .iter()
            .map(|name| self.symbols.text(*name));
        let suggestions = crate::suggestions(names, text);
        Error::new(ErrorKind::MissingAttribute, message).suggest(suggestions)
    }
}

/// Looks a name up where it was the last time.
#[inline(always)]
fn find_cached(select: &Select, attrs: Attrs, name: Symbol) -> Option<(Slot, Pos)> {
    let keys = attrs.keys();
    let (cached_keys, index) = select.cache.get();
    if cached_keys == keys.word() {
        return Some((attrs.slot(index as usize), keys.pos(index as usize)));
    }
    if let Some(index) = keys.find(name) {
        select.cache.set((keys.word(), index as u32));
        return Some((attrs.slot(index), keys.pos(index)));
    }
    attrs.find(name)
}
